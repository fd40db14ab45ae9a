"""What importing orderflow costs, and what it never brings along."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import orderflow

ROOT = Path(__file__).parents[2]
HEAVY = ("asyncio", "babel", "cattrs", "hypothesis", "pytest", "sqlalchemy", "statemachine")


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run *code* in a fresh interpreter that finds orderflow where this one found it."""
    source = str(Path(orderflow.__file__).parents[1])
    command = [sys.executable, *options, "-c", f"import sys; sys.path.insert(0, {source!r})\n{code}"]
    return subprocess.run(command, check=True, capture_output=True, text=True)


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after *statement*."""
    return set(python(f"{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})").stdout.split())


def test_importing_orderflow_loads_nothing_heavy(record_property):
    """A host that imports orderflow pays for what it uses, when it uses it."""
    assert loaded_by("import orderflow").isdisjoint(HEAVY)
    timed = python("import orderflow", "-X", "importtime").stderr.splitlines()
    record_property("microseconds", [line.split("|")[1].strip() for line in timed if "orderflow" in line])


@pytest.mark.parametrize("module", ["runtime.shop", "adapters.sqlite", "cli", "testing.fakes"])
def test_running_a_shop_needs_no_test_tools_and_no_extras(module):
    """Test kits and optional packages stay out of production."""
    assert loaded_by(f"import orderflow.{module}").isdisjoint({"hypothesis", "pytest", "sqlalchemy", "psycopg"})


@pytest.mark.parametrize("name", orderflow.__all__)
def test_every_promised_name_can_be_reached(name):
    """A lazy name leads to what it says: the concept, or the thing in its module."""
    found = getattr(orderflow, name)
    assert found.__name__.rpartition(".")[2] == name
    assert getattr(orderflow, name) is found


def test_an_unknown_name_is_refused_like_in_any_module():
    """Laziness does not invent names."""
    with pytest.raises(AttributeError, match="no attribute 'ordres'"):
        _ = orderflow.ordres


def test_dir_lists_what_is_promised():
    """Completion in an editor shows the promised names and nothing else."""
    assert set(dir(orderflow)) == {*orderflow.__all__, "__version__"}


def test_the_runtime_dependencies_are_exactly_four():
    """Everything else is an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^A-Za-z0-9-]", line)[0] for line in project["dependencies"]}
    assert names == {"attrs", "babel", "cattrs", "python-statemachine"}
