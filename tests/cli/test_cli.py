"""The command line: what each command says, how it exits, and that no failure of the world becomes a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.verify.populated import Populated

import orderflow
from orderflow import cli, demo
from orderflow.adapters.sqlite import _schema
from orderflow.cli import _output, main

EXAMPLES = Path(__file__).parents[2] / "examples" / "woocommerce"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a few orders."""
    path = tmp_path_factory.mktemp("cli") / "shop.db"
    shop = Populated(path)
    shop.closed_and_erased()
    shop.card_with_short_pick()
    shop.withdrawn()
    shop.adopted()
    shop.with_coupons()
    shop.store.close()
    return path


@pytest.fixture
def copy(shop: Path, tmp_path: Path) -> Path:
    """The same file, to be spoiled."""
    return Path(shutil.copy(shop, tmp_path / "copy.db"))


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(Path(orderflow.__file__).parents[1])}
    command = [sys.executable, "-W", "error", "-m", "orderflow", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60, **options)


def sql(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


# Help


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("import",),
        ("import", "woocommerce"),
        ("list",),
        ("show",),
        ("stock-take",),
        ("verify",),
        ("price",),
        ("diagram",),
        ("demo",),
    ],
)
def test_every_command_has_help(command, capsys):
    """Help says what there is and leaves with 0."""
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "usage: orderflow" in text
    if command != ("import",):
        assert "examples:\n  orderflow " in text


def test_every_example_of_the_help_is_a_command(capsys):
    """What is shown can be typed: its arguments are those that the parser takes."""
    texts = [value for name, value in vars(cli).items() if name.endswith("_EPILOG") and isinstance(value, str)]
    lines = [line.split("#")[0] for text in texts for line in text.splitlines() if line.startswith("  orderflow ")]
    assert len(lines) >= 12
    for line in lines:
        words = line.split(">")[0].replace('"Tea & Mug"', "Tea").split()[1:]
        cli._parser().parse_args(words)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("eat",),
        ("show",),
        ("show", "x"),
        ("verify",),
        ("price",),
        ("diagram", "cake"),
        ("diagram", "--format", "png"),
        ("import",),
    ],
)
def test_a_wrong_command_leaves_with_2(arguments, capsys):
    """Wrong usage is told from a finding."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_without_a_command_its_help_is_printed(capsys):
    """Who types only the name is told what there is; a script hears that nothing was done."""
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert "record orders that exist elsewhere" in capsys.readouterr().err


# Show


def test_show_tells_an_order_from_its_history_to_its_messages(shop, capsys):
    """Money, stock, parcels, returns and messages stand beside the time line."""
    assert main(["show", "allegro:77", "--db", str(shop)]) == 0
    text = capsys.readouterr().out
    assert "History, in the order in which it was recorded\nversion  happened at" in text
    for part in ("Money", "Payments", "Lines", "Stock", "Parcels", "Messages", "History", "order.placed.v1", "114.97"):
        assert part in text
    assert "ala@example.com" in text


def test_show_as_json_is_one_document(shop, capsys):
    """A program reads the same as a person."""
    assert main(["show", "allegro:77", "--db", str(shop), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["numbers"] == {"allegro": "77"}
    assert document["money"]["total"] == "114.97 PLN"
    assert [entry["version"] for entry in document["history"]] == list(range(1, document["version"] + 1))
    assert document["parcels"][0]["quantities"] == {"1": 2, "2": 1}


def test_show_tells_what_became_of_coupons(shop, capsys):
    """Which campaign saved how much, and whether it has its use back."""
    with contextlib.closing(sqlite3.connect(shop)) as connection:
        ((back,),) = connection.execute("SELECT stream FROM events WHERE name = 'coupon.given_back.v1'").fetchall()
    assert main(["show", back, "--db", str(shop)]) == 0
    text = capsys.readouterr().out
    assert "Coupons\n" in text
    assert re.search(r"summer +9\.00 PLN +given back", text)
    assert re.search(r"batch +10\.00 PLN +used", text)
    assert main(["show", back, "--db", str(shop), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [use["campaign"] for use in document["coupons"]["uses"]] == ["summer", "batch"]
    assert document["coupons"]["given_back"] == ["summer"]


def test_show_finds_every_order_by_reference_and_id(shop, capsys):
    """Erased ones, adopted ones and those with returns too."""
    with sqlite3.connect(shop) as connection:
        rows = connection.execute("SELECT reference, stream FROM orders").fetchall()
    connection.close()
    for reference, stream in rows:
        assert main(["show", reference.lower(), "--db", str(shop)]) == 0
        assert main(["show", stream, "--db", str(shop), "--json"]) == 0
    assert "personal data was erased" in capsys.readouterr().out


def test_an_unknown_reference_is_a_rejection(shop, capsys):
    """It leaves with 1 and names what was looked for; as JSON too."""
    assert main(["show", "nobody", "--db", str(shop)]) == 1
    assert "nobody: no order has this reference" in capsys.readouterr().err
    assert main(["show", "nobody", "--db", str(shop), "--json"]) == 1
    assert "nobody" in json.loads(capsys.readouterr().out)["error"]


def test_a_spoiled_order_is_explained(copy, capsys):
    """An event that cannot be read is no traceback."""
    sql(copy, "UPDATE events SET payload = '{' WHERE name = 'order.placed.v1'")
    assert main(["show", "allegro:77", "--db", str(copy)]) == 2
    assert capsys.readouterr().err.startswith("orderflow: ")


def test_what_comes_from_outside_cannot_steer_the_terminal(capsys):
    """Control characters are shown as what they are: nothing to print."""
    _output.Output().table("T", ("a",), [("\x1b[2J",)])
    _output.Output().line("x\x07y\rz")
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_table_in_a_pipe_is_at_most_100_wide_and_loses_nothing(capsys):
    """Long cells go on in the next line; a reference is not broken at its dashes, and no column comes to nothing."""
    words = [f"word{number}" for number in range(80)]
    _output.Output().table("T", ("", "what", "why"), [("", "1K1-MFX-GZR", " ".join(words)), ("", "", "x" * 250)])
    _output.Output().table("T", tuple("abcdefghij"), [("q" * 40,) * 10])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    assert [word for word in text.split() if word.startswith("word")] == words
    assert text.count("x") == 250
    assert text.count("q") == 400
    assert "1K1-MFX-GZR" in text


def test_things_are_counted_in_words():
    """One is no plural."""
    said = [_output.counted(number, "story", "stories") for number in (0, 1, 2)]
    assert said == ["0 stories", "1 story", "2 stories"]


# Verify


def test_verify_finds_nothing_in_a_healthy_file(shop, capsys):
    """It leaves with 0."""
    assert main(["verify", "--db", str(shop)]) == 0
    assert "no violations" in capsys.readouterr().out


def test_verify_names_what_does_not_hold(copy, capsys):
    """It leaves with 1, in words and as JSON."""
    sql(copy, "UPDATE counters SET value = value + 1 WHERE key = 'stk_MUG'")
    assert main(["verify", "--db", str(copy)]) == 1
    assert "S2" in capsys.readouterr().out
    assert main(["verify", "--db", str(copy), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert {"invariant": "S2", "stream": "stk_MUG"}.items() <= document["violations"][0].items()


# Import


def test_import_adopts_what_the_files_hold(tmp_path, capsys):
    """The file is created; the same files again change nothing; the orders can be shown and verified."""
    path = tmp_path / "new.db"
    files = sorted(map(str, EXAMPLES.glob("*.json")))
    first = main(["import", "woocommerce", *files, "--db", str(path), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert first == (0 if document["ok"] else 1)
    assert document["orders"]
    assert {each["outcome"] for each in document["orders"]} == {"new"}
    before = path.stat().st_size
    main(["import", "woocommerce", *files, "--db", str(path)])
    assert f"{path}: 0 orders new, 0 changed, {len(document['orders'])} as before" in capsys.readouterr().out
    assert path.stat().st_size == before
    assert main(["show", document["orders"][0]["number"], "--db", str(path)]) == 0
    assert main(["verify", "--db", str(path)]) == 0


def test_import_tells_what_a_newer_document_changed(tmp_path, capsys):
    """An order whose newer document says more is changed; one with a refund is, too; the rest stays as it was."""
    path, files = tmp_path / "shop.db", sorted(EXAMPLES.glob("*.json"))
    main(["import", "woocommerce", *map(str, files), "--db", str(path)])
    (one, *_) = (document for document in map(_first_document, files) if document.get("status") == "processing")
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps({**one, "status": "completed", "date_modified_gmt": "2031-01-01T00:00:00"}))
    capsys.readouterr()
    assert main(["import", "woocommerce", str(newer), "--db", str(path), "--json"]) == 0
    (order,) = json.loads(capsys.readouterr().out)["orders"]
    assert (order["number"], order["outcome"]) == (f"woocommerce:{one['id']}", "changed")
    assert main(["import", "woocommerce", str(newer), "--db", str(path)]) == 0
    assert f"{path}: 0 orders new, 0 changed, 1 as before; nothing refused" in capsys.readouterr().out


def _first_document(path):
    data = json.loads(path.read_text())
    return data[0] if isinstance(data, list) else data


def test_import_reads_on_where_a_file_cannot_be_read(tmp_path, capsys):
    """What is missing or no document is listed with its place, and the rest is taken."""
    broken = tmp_path / "broken.json"
    broken.write_text('{"id": 1,')
    good = sorted(map(str, EXAMPLES.glob("*.json")))
    arguments = [
        str(tmp_path / "none.json"),
        str(tmp_path),
        str(broken),
        *good,
        "--db",
        str(tmp_path / "n.db"),
        "--json",
    ]
    assert main(["import", "woocommerce", *arguments]) == 1
    document = json.loads(capsys.readouterr().out)
    refused = {each["path"]: each["problem"] for each in document["refused"]}
    assert refused[str(tmp_path / "none.json")] == "cannot be read: No such file or directory"
    assert "directory" in refused[str(tmp_path)]
    assert any(path.startswith(str(broken)) for path in refused)
    assert document["orders"]


def test_nothing_to_record_makes_no_file(tmp_path, capsys):
    """What cannot be read begins no shop; a file that is there is used all the same."""
    path = tmp_path / "n.db"
    (tmp_path / "broken.json").write_text("{")
    arguments = ["import", "woocommerce", str(tmp_path / "none.json"), str(tmp_path / "broken.json"), "--db", str(path)]
    assert main(arguments) == 1
    assert "Nothing to record; 2 refused" in capsys.readouterr().out
    assert [each.name for each in tmp_path.iterdir()] == ["broken.json"]
    main(["import", "woocommerce", *map(str, EXAMPLES.glob("*.json")), "--db", str(path)])
    capsys.readouterr()
    assert main(arguments) == 1
    assert "Nothing to record; 2 refused" in capsys.readouterr().out


def test_an_unknown_law_is_refused_before_anything_is_written(tmp_path, capsys):
    """The file is not even created."""
    path = tmp_path / "n.db"
    assert main(["import", "woocommerce", str(tmp_path), "--db", str(path), "--law", "XX"]) == 2
    assert "XX" in capsys.readouterr().err
    assert not path.exists()


# List


def test_orders_are_listed_page_by_page(tmp_path, capsys):
    """The last that came in first; the end of a page says how to ask for the next one."""
    path = tmp_path / "shop.db"
    main(["import", "woocommerce", *map(str, EXAMPLES.glob("*.json")), "--db", str(path)])
    capsys.readouterr()
    assert main(["list", "--db", str(path), "--json"]) == 0
    orders = json.loads(capsys.readouterr().out)["orders"]
    assert sorted((each["id"] for each in orders), reverse=True) == [each["id"] for each in orders]
    assert main(["list", "--db", str(path), "--limit", "2"]) == 0
    first = capsys.readouterr().out
    assert all(each["reference"] in first for each in orders[:2])
    assert f"2 orders listed; those before: --after {orders[1]['id']}" in first
    assert main(["list", "--db", str(path), "--after", orders[1]["id"]]) == 0
    rest = capsys.readouterr().out
    assert orders[1]["reference"] not in rest
    assert f"{len(orders) - 2} orders listed\n" in rest
    status = orders[0]["status"]
    assert main(["list", "--db", str(path), "--status", status, "--json"]) == 0
    assert {each["status"] for each in json.loads(capsys.readouterr().out)["orders"]} == {status}


def test_a_status_that_there_is_not_is_refused(tmp_path, capsys):
    """The answer lists those that there are."""
    path = tmp_path / "shop.db"
    main(["import", "woocommerce", *map(str, EXAMPLES.glob("*.json")), "--db", str(path)])
    capsys.readouterr()
    assert main(["list", "--db", str(path), "--status", "eaten"]) == 2
    assert "awaiting_payment" in capsys.readouterr().err


# Diagram


LIFECYCLES = ["order", "substitute", "payment", "refund", "parcel", "return"]


@pytest.mark.parametrize("name", LIFECYCLES)
def test_a_diagram_is_drawn_from_the_lifecycle(name, capsys):
    """Mermaid is bare for one, so that it can be piped; markdown is a table."""
    assert main(["diagram", name]) == 0
    assert capsys.readouterr().out.startswith("stateDiagram-v2\n")
    assert main(["diagram", name, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("| State")


def test_all_diagrams_make_a_page(capsys):
    """Each has its heading and its fence; as JSON, its name."""
    assert main(["diagram"]) == 0
    text = capsys.readouterr().out
    assert text.count("```mermaid") == len(LIFECYCLES)
    assert "## Refund\n" in text
    assert main(["diagram", "--json"]) == 0
    assert [*json.loads(capsys.readouterr().out)["lifecycles"]] == LIFECYCLES


# Demo


def _played(*, ok: bool) -> demo.Report:
    check = demo.Check(text="the money is there", ok=ok)
    return demo.Report((demo.Story(name="late", title="Late money", checks=(check,), orders=()),))


@pytest.mark.parametrize("ok", [True, False])
def test_the_demo_says_how_its_stories_ended(ok, tmp_path, monkeypatch, capsys):
    """It leaves with 1 where one does not hold, and writes its page all the same."""
    monkeypatch.setattr(demo, "run", lambda db, progress: _played(ok=ok))
    page = tmp_path / "day.html"
    assert main(["demo", "--html", str(page)]) == (0 if ok else 1)
    assert "Late money" in capsys.readouterr().out
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert main(["demo", "--json"]) == (0 if ok else 1)
    assert json.loads(capsys.readouterr().out)["ok"] is ok


def test_a_page_that_cannot_be_written_is_explained(monkeypatch, capsys):
    """Here the device is full."""
    monkeypatch.setattr(demo, "run", lambda db, progress: _played(ok=True))
    assert main(["demo", "--html", "/dev/full"]) == 2
    assert "No space left on device" in capsys.readouterr().err


def test_a_page_without_a_place_is_refused_before_the_day_is_played(tmp_path, monkeypatch, capsys):
    """Eight seconds of stories for nothing would be a bad joke."""
    played = []
    monkeypatch.setattr(demo, "run", lambda db, progress: played.append(db) or _played(ok=True))
    for page in (tmp_path / "none" / "day.html", tmp_path):
        assert main(["demo", "--html", str(page)]) == 2
        assert str(page) in capsys.readouterr().err
    assert played == []


# A hostile world


COMMANDS = (("show", "x"), ("verify",))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file_is_not_created(command, tmp_path, capsys):
    """Looking at what is not there is a mistake, not a new shop."""
    path = tmp_path / "none.db"
    assert main([*command, "--db", str(path)]) == 2
    assert "no such file" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize("command", [*COMMANDS, ("import", "woocommerce", "none.json")])
@pytest.mark.parametrize("kind", ["text", "folder", "foreign", "newer", "gutted", "no folder"])
def test_a_file_that_cannot_be_used_is_explained_and_left_alone(command, kind, copy, capsys):
    """Text, a folder, another program's database, a newer orderflow's, one without its tables."""
    words = {
        "text": "not an SQLite database",
        "folder": "is a folder",
        "foreign": "database of another program",
        "newer": "newer orderflow",
        "gutted": "cannot be used",
        "no folder": "does not exist" if command[0] == "import" else "no such file",
    }
    if kind == "text":
        copy.write_text("Dear diary, this is quite a long text, and certainly no database. " * 20)
    elif kind in ("folder", "foreign", "no folder"):
        copy.unlink()
    if kind == "folder":
        copy.mkdir()
    elif kind == "foreign":
        sql(copy, "CREATE TABLE theirs (a)")
    elif kind == "newer":
        sql(copy, "UPDATE meta SET value = 99")
    elif kind == "gutted":
        for table in ("events", "names", "orders"):
            sql(copy, f"DROP TABLE {table}")
    elif kind == "no folder":
        copy = copy.parent / "none" / "shop.db"
    before = copy.read_bytes() if copy.is_file() else None
    if command[0] == "import" and kind in ("gutted", "no folder"):
        command = ("import", "woocommerce", *map(str, EXAMPLES.glob("*.json")))
    assert main([*command, "--db", str(copy)]) == 2
    captured = capsys.readouterr()
    assert words[kind] in captured.err
    assert captured.out == ""
    assert before is None or kind == "gutted" or copy.read_bytes() == before


def test_a_locked_file_is_explained(copy, monkeypatch, capsys):
    """Another program writes, and keeps on writing."""
    monkeypatch.setattr(_schema, "PATIENCE", 0.1)
    other = sqlite3.connect(copy, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    assert main(["verify", "--db", str(copy)]) == 2
    other.close()
    assert "another program kept the file locked" in capsys.readouterr().err


def test_a_full_disk_is_explained(tmp_path):
    """Here the process may write no file beyond 32 KiB."""
    limit = 32 << 10
    done = run(
        "import", "woocommerce", *EXAMPLES.glob("*.json"), "--db", tmp_path / "n.db",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr


def test_a_folder_that_may_not_be_written_is_explained(copy):
    """SQLite keeps its log beside the file, even for reading; root may write anywhere, so it steps down here."""
    for folder in (*reversed(copy.parents),):
        if folder.stat().st_uid == os.getuid() and folder not in (Path("/"), Path("/tmp")):
            folder.chmod(folder.stat().st_mode | 0o755)
    copy.chmod(0o666)
    copy.parent.chmod(0o555)
    child = os.fork()
    if child == 0:
        said = io.StringIO()
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            with contextlib.redirect_stderr(said):
                code = main(["verify", "--db", str(copy)])
        finally:
            os._exit(0 if code == 2 and "may not be written" in said.getvalue() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    copy.parent.chmod(0o755)


def test_a_reader_that_goes_away_is_no_failure(shop):
    """As with ``| head``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "orderflow", "show", "allegro:77", "--db", str(shop), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(orderflow.__file__).parents[1])},
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


@pytest.mark.parametrize("with_rich", [True, False])
def test_a_terminal_gets_tables_and_a_bar_with_rich_or_without(with_rich, shop, monkeypatch, capsys):
    """Rich is an extra; without it the same is said in plain text."""
    if with_rich:
        pytest.importorskip("rich")
    else:
        for name in ("rich", "rich.box", "rich.console", "rich.progress", "rich.table", "rich.text"):
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["verify", "--db", str(shop)]) == 0
    assert main(["show", "allegro:77", "--db", str(shop)]) == 0
    captured = capsys.readouterr()
    assert "no violations" in captured.out
    assert "Parcels" in captured.out
    assert ("verifying" in captured.err) is (not with_rich or bool(captured.err))


def test_rich_stays_unloaded_where_nobody_looks(shop):
    """A script's pipe pays nothing for tables on a terminal."""
    code = (
        "import sys; from orderflow.cli import main; "
        f"main(['verify', '--db', {str(shop)!r}]); print('rich' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(orderflow.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "False"
