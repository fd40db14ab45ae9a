"""Everything that README, docs and examples show is run."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from code import InteractiveConsole
from pathlib import Path
from types import ModuleType

import pytest

import orderflow
from orderflow.adapters.sqlite import SqliteStore

from ..servers import require_extra

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])
EXAMPLES = sorted(ROOT.glob("examples/*.py"))
BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<kind>python|console)\n(?P<code>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE)
COMMAND = "$ python -m orderflow"
SERVER = "postgresql://shop:secret@db.example.com/shop"  # in pages; tests put a database of their own in its place


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def run(arguments: list[str], where: Path) -> None:
    """Run Python in *where*, with warnings as errors; its output is part of the failure."""
    environment = os.environ | {"PYTHONPATH": str(Path(orderflow.__file__).parents[1])}
    command = [sys.executable, "-W", "error", *arguments]
    done = subprocess.run(command, check=False, cwd=where, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{shlex.join(arguments)} left with {done.returncode}\n{done.stdout}\n{done.stderr}"


def run_python(code: str, page: str, line: int, namespace: dict[str, object]) -> None:
    """Run a block as it stands; one with ``>>>`` is a dialogue whose answers must be right."""
    if ">>> " not in code:
        exec(compile("\n" * line + code, page, "exec"), namespace)
        return
    dialogue = doctest.DocTestParser().get_doctest(code, namespace, page, page, line)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    said: list[str] = []
    runner.run(dialogue, out=said.append, clear_globs=False)
    namespace.update(dialogue.globs)
    assert not said, "".join(said)


@pytest.fixture
def until_the_end(monkeypatch):
    """What a program leaves open is closed when it ends; here many programs share one process."""
    opened: list[SqliteStore] = []
    opening = SqliteStore.__init__

    def remembered(store: SqliteStore, path: str) -> None:
        opening(store, path)
        opened.append(store)

    monkeypatch.setattr(SqliteStore, "__init__", remembered)
    yield
    for store in opened:
        store.close()


@pytest.mark.usefixtures("until_the_end")
@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch, request):
    """The Python blocks of a page share one namespace, and its orderflow commands the same directory."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)  # classes find their module when types are resolved
    text = page.read_text("utf-8")
    if "orderflow.adapters.sql" in text:
        require_extra()
    if "mariadb://" in text:
        require_extra("pymysql")
    if SERVER in text:
        text = text.replace(SERVER, request.getfixturevalue("database"))
    for block in BLOCK.finditer(text):
        if block["kind"] == "python":
            line = text.count("\n", 0, block.start("code"))
            run_python(block["code"], relative(page), line, vars(module))
        else:
            for line in block["code"].splitlines():
                if line.startswith(COMMAND):
                    run(shlex.split(line.removeprefix("$ python "), comments=True), tmp_path)


class Prompt(InteractiveConsole):
    """Python's prompt, into which somebody pastes line by line."""

    def showsyntaxerror(self, filename: str | None = None, **more: object) -> None:
        raise AssertionError("a block does not end where the prompt thinks it does") from sys.exc_info()[1]

    def showtraceback(self) -> None:
        raise AssertionError("a block failed at the prompt") from sys.exc_info()[1]


@pytest.mark.usefixtures("until_the_end")
@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs/tutorial/first-order.md"], ids=relative)
def test_a_first_page_can_be_pasted_into_a_prompt(page, tmp_path, monkeypatch):
    """A compound statement needs an empty line behind it before the next block may begin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "displayhook", lambda value: None)
    prompt = Prompt()
    for block in BLOCK.finditer(page.read_text("utf-8")):
        if block["kind"] == "python" and ">>> " not in block["code"]:
            unfinished = [prompt.push(line) for line in block["code"].splitlines()]
            assert not unfinished[-1], block["code"]
        elif block["kind"] == "python":
            for example in doctest.DocTestParser().get_examples(block["code"]):
                for line in (*example.source.splitlines(), ""):  # who types a compound statement ends it
                    prompt.push(line)


@pytest.mark.parametrize("example", EXAMPLES, ids=relative)
def test_an_example_runs(example, tmp_path, request):
    """Each example is a program of its own that ends well; some want the URL of a database."""
    text = example.read_text("utf-8")
    if "import django" in text:
        pytest.importorskip("django")
    run([str(example), *([request.getfixturevalue("database")] if "postgresql://" in text else [])], tmp_path)
