"""A stock-take from a spreadsheet: as people's programs write it, and never half of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.workflows.counter import Counter

from orderflow import Shop, stock
from orderflow.adapters import stock_take
from orderflow.adapters.sqlite import SqliteStore
from orderflow.adapters.stock_take import LARGEST_SHEET, Sheet, read_sheet
from orderflow.cli import main
from orderflow.counters import Level
from orderflow.runtime.shop import StockTakeRejected
from orderflow.runtime.world import SystemClock
from orderflow.stock import CountedInFuture, CountStock, ReceiveStock, UnknownLocation
from orderflow.verify import verify

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def read(content: str | bytes, encoding: str = "utf-8") -> Sheet:
    """A sheet counted at eight."""
    raw = content if isinstance(content, bytes) else content.encode(encoding)
    return read_sheet(raw, counted_at=AT, reference="sheet-1")


def counted(sheet: Sheet) -> list[tuple[str, int, str]]:
    """What was counted where."""
    assert sheet.refused == ()
    return [(count.sku, count.counted, count.location) for count in sheet.counts]


def refused(content: str | bytes) -> list[tuple[int, str]]:
    """Where the sheet was refused; there are then no counts."""
    sheet = read(content)
    assert sheet.counts == ()
    assert all(cell.problem for cell in sheet.refused)
    return [(cell.row, cell.column) for cell in sheet.refused]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sheet_is_read_as_spreadsheets_write_it(encoding: str, delimiter: str, end: str) -> None:
    """In any of their encodings, with any of their delimiters; names of goods are not read."""
    rows = [["SKU", " Counted ", "Größe"], ["MUG", "12", "üb"], ["TEA, GREEN", "0", "ó"], ["", "", ""]]
    text = end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    sheet = read(text, encoding)
    assert counted(sheet) == [("MUG", 12, "main"), ("TEA, GREEN", 0, "main")]
    assert sheet.rows == (2, 3)
    assert sheet.left_out == ("grösse",)


def test_a_separator_in_the_first_line_is_heeded() -> None:
    """Some programs say it there; the rows are numbered as the spreadsheet numbers them all the same."""
    assert read("sep=;\nsku;counted\nMUG;1\n").rows == (3,)
    assert refused("sep=;\nsku;counted\nMUG;x\n") == [(3, "counted")]


@pytest.mark.parametrize(
    ("text", "units"),
    [("7", 7), ("007", 7), (" 7 ", 7), ("7,0", 7), ("7.00", 7), ("1 200", 1200), ("1\u00a0200", 1200)],
)
def test_whole_numbers_are_read_as_they_are_shown(text: str, units: int) -> None:
    """With decimals that are zero, and with spaces between thousands."""
    assert counted(read(f"sku;counted\nMUG;{text}\n")) == [("MUG", units, "main")]


@pytest.mark.parametrize(
    "text",
    [
        *("", "7,5", "-1", "+1", "1,000", "1.000", "1 20", "12 0000", "1e3", "=7", "0x7"),
        *("٧", "\N{FULLWIDTH DIGIT SEVEN}", "NaN", "9" * 13, "7 szt"),
    ],
)
def test_what_may_mean_something_else_is_refused(text: str) -> None:
    """A thousand, or one to three places? Nobody knows, so nothing is booked."""
    assert refused(f"sku;counted\nMUG;{text}\n") == [(2, "counted")]


def test_every_cell_that_is_wrong_is_named() -> None:
    """One look at the sheet is enough to correct it."""
    text = "sku,counted,location\nA,x,\n,1,\nÜ,1,\nB,1,in the hall\nBOWL,1\n1.23E+15,1,\nBOWL,2,main\nJUG,1,a,b\n"
    assert refused(text) == [
        (2, "counted"), (3, "sku"), (4, "sku"), (5, "location"), (7, "sku"), (8, "sku"), (9, "")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"", 1), (b"\n\n", 1), (b"sku,count\nMUG,1\n", 1), (b"MUG;1\n", 1), (b"sku,counted\n", 0),
        (b"sku,counted,counted\nMUG,1,2\n", 1), (b'sku,counted\n"MUG,1\n', 2), (b'sku,counted\n"M"UG,1\n', 2),
        (b"PK\x03\x04\x00\x00", 0), (b"\xff\xfes", 0), (b"sku,counted\nMUG,1" + b"0" * 40_000, 0),
        (b"x" * (LARGEST_SHEET + 1), 0),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_refused_as_a_whole(content: bytes, row: int) -> None:
    """Nothing, no header, two columns of a name, an open quote, a workbook, half of UTF-16, too much."""
    assert [place for place, _ in refused(content)] == [row]


def test_a_sheet_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would all be one commit."""
    monkeypatch.setattr(stock_take, "MOST_ROWS", 2)
    assert counted(read("sku,counted\nA,1\nB,1\n"))
    assert refused("sku,counted\nA,1\nB,1\nC,1\nD,1\n")


NEARLY = st.text(st.sampled_from('sku,;\tcounted"\r\n01 .=é\u00a0'), max_size=80).map(str.encode)


@given(st.binary(max_size=300) | NEARLY)
@example(b"sku,counted\n" + b'"' * 50)
@example("sku,counted\nMUG,1\u20282\n".encode())
def test_no_bytes_break_the_reader(content: bytes) -> None:
    """Either there are counts, or it is said why not."""
    for head in (b"", b"sku;counted\n"):
        sheet = read(head + content)
        assert bool(sheet.counts) is not bool(sheet.refused)


def test_the_file_names_the_stock_take_unless_told_otherwise() -> None:
    """The same file is the same stock-take, another is another."""
    first, again, other = (
        read_sheet(text, counted_at=AT).counts[0].reference
        for text in (b"sku,counted\nMUG,1", b"sku,counted\nMUG,1", b"sku,counted\nMUG,2")
    )
    assert first == again != other


def test_a_stock_take_is_booked_as_a_whole_or_not_at_all() -> None:
    """One count that cannot be booked keeps all of them out, and each is told with its reasons."""
    counter = Counter()
    now = counter.clock.now()
    good = CountStock(sku="MUG", counted=9, counted_at=now, reference="sheet")
    later = CountStock(sku="TEAPOT", counted=4, counted_at=now + timedelta(days=1), reference="sheet")
    nowhere = CountStock(sku="TEAPOT", counted=4, counted_at=now, reference="sheet", location="attic")
    with pytest.raises(StockTakeRejected) as rejected:
        counter.shop.take_stock([good, later, nowhere])
    assert rejected.value.by_place == {
        1: (CountedInFuture(now + timedelta(days=1)),),
        2: (UnknownLocation("attic", ("main",)),),
    }
    assert counter.mugs() == (10, 0)
    assert counter.shop.take_stock([good]) == ((Level(10, 0), Level(9, 0)),)
    assert counter.shop.take_stock([good]) == ((Level(9, 0), Level(9, 0)),)
    assert counter.shop.take_stock([]) == ()
    assert verify(counter.store) == ()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A file with ten mugs, and a bowl in Krakow."""
    path = tmp_path / "shop.db"
    store = SqliteStore(path)
    shop = Shop(store, seller="Mug Shop", locations=[stock.Location("main"), stock.Location("krakow")])
    shop.do(ReceiveStock(sku="MUG", quantity=10, reference="opening"))
    shop.do(ReceiveStock(sku="BOWL", quantity=1, reference="opening", location="krakow"))
    store.close()
    return path


def run(capsys: pytest.CaptureFixture[str], sheet: Path, shop: Path, *more: str) -> tuple[int, dict[str, object]]:
    """The exit code, and the document."""
    at = SystemClock().now().isoformat()
    code = main(["stock-take", str(sheet), "--db", str(shop), "--counted-at", at, "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_books_a_sheet_and_says_what_changed(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it, in the places that were named."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("sku;counted;location;who\nMUG;9;;Ola\nBOWL;1;krakow;Jan\n")
    code, told = run(capsys, sheet, shop)
    assert (code, told["counted"]) == (1, 0)
    assert told["refused"] == [
        {"row": 3, "column": "", "problem": "There is no location krakow. The shop's locations: main."}
    ]
    code, told = run(capsys, sheet, shop, "--location", "krakow")
    assert (code, told["counted"], told["left_out"]) == (0, 2, ["who"])
    assert told["changed"] == [{"sku": "MUG", "location": "main", "before": 10, "after": 9}]


def test_the_command_says_in_words_which_cell_is_wrong(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the row as the spreadsheet numbers it; a moment without its offset is wrong usage."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("sku;counted\nMUG;nine\n")
    assert main(["stock-take", str(sheet), "--db", str(shop), "--counted-at", "2026-11-02T08:00Z"]) == 1
    told = capsys.readouterr().out
    assert "2    counted  expected a whole number, such as 12, got nine" in told
    assert "Nothing was booked; 1 cell was refused" in told
    assert main(["stock-take", str(sheet), "--db", str(shop), "--counted-at", "2026-11-02"]) == 2


def test_many_items_are_looked_up_in_one_pass_over_the_ledger() -> None:
    """What a long sheet books is what its rows one by one would have booked, an item that is there twice included."""
    counter, one_by_one = Counter(), Counter()
    at = counter.clock.now()
    counts = [
        CountStock(sku=f"S{number % 30}", counted=number, counted_at=at, reference=f"r{number}") for number in range(31)
    ]
    counts.append(CountStock(sku="MUG", counted=8, counted_at=at, reference="mugs"))
    for each in (counter, one_by_one):
        each.place()
        each.clock.advance(timedelta(minutes=1))
    levels = counter.shop.take_stock(counts)
    assert [after for _, after in levels] == [one_by_one.shop.do(count) for count in counts]
    assert (counter.mugs(), counter.shop.level("S0")) == ((8, 2), Level(30, 0))
    assert verify(counter.store) == ()
