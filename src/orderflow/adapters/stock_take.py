"""
A stock-take as people's spreadsheets write it: CSV with a row for every item that was counted.

The first row names the columns. ``sku`` and ``counted`` must be there, ``location`` may; others, such as the goods'
names, are not read, and are named in ``Sheet.left_out``. Columns are separated by commas, semicolons or tabs. The text
is UTF-8 or UTF-16 with its mark, or of any code page of Windows: in the columns that are read, all is ASCII.

Nothing is guessed. ``1,000`` is one unit to some and a thousand to others, and ``1.23E+15`` was a number of thirteen
digits before a spreadsheet shortened it: both are refused, each with its row and column. So is the whole file then.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from ..errors import InvalidInputError
from ..identifiers import MAIN
from ..stock import CountStock

__all__ = ("LARGEST_SHEET", "MOST_ROWS", "CellRefused", "Sheet", "read_sheet")

LARGEST_SHEET = 16 * 1024 * 1024
"""Bytes of a file."""

MOST_ROWS = 50_000
"""Rows with counts: they are booked in one commit, for which others wait."""

_LONGEST_LINE = 32_000
_DELIMITERS = ",;\t"
_NEEDED = ("sku", "counted")
_KNOWN = (*_NEEDED, "location")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?![0-9])")
_WHOLE = re.compile(r"([0-9]{1,12})(?:[.,]0{1,2})?")
_SEPARATOR = re.compile(r"sep=[,;\t]")
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)


@attrs.frozen
class CellRefused:
    """What is wrong in a *row* (as a spreadsheet numbers them) and *column*; 0 and "" where it is the whole file."""

    row: int
    column: str
    problem: str


@attrs.frozen
class Sheet:
    """
    The counts of a file, and the row in which each stands.

    Where anything was *refused*, there are no counts. *left_out* are the columns that were not read.
    """

    counts: tuple[CountStock, ...] = ()
    rows: tuple[int, ...] = ()
    refused: tuple[CellRefused, ...] = ()
    left_out: tuple[str, ...] = ()


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, row: int, column: str, problem: str) -> None:
        super().__init__(problem)
        self.cell = CellRefused(row, column, problem)


def read_sheet(content: bytes, *, counted_at: datetime, reference: str | None = None) -> Sheet:
    r"""
    The counts in *content*, taken at *counted_at*.

    *reference* names the stock-take, and makes a repetition harmless; without one it is made of the content, so that
    the same file is booked once.

    >>> from datetime import UTC
    >>> sheet = read_sheet(b"SKU;Name;Counted\nMUG;Mug, blue;12\nTEAPOT;Teapot;3,5\n", counted_at=datetime.now(UTC))
    >>> sheet.refused[0].row, sheet.refused[0].column, sheet.refused[0].problem
    (3, 'counted', 'expected a whole number, such as 12, got 3,5')
    """
    name = reference or f"sheet-{hashlib.sha256(content).hexdigest()[:24]}"
    try:
        header, rows = _table(_text(content))
    except _Refused as refused:
        return Sheet(refused=(refused.cell,))
    left_out = tuple(column for column in header if column and column not in _KNOWN)
    counts: dict[tuple[str, str], tuple[int, CountStock]] = {}
    refused_cells: list[CellRefused] = []
    for number, cells in rows:
        try:
            count = _count(number, cells, header, counted_at, name)
        except _Refused as refused:
            refused_cells.append(refused.cell)
            continue
        before, _ = counts.setdefault((count.sku, count.location), (number, count))
        if before != number:
            problem = f"{count.sku} in {count.location} is in row {before} already; add both up in one row"
            refused_cells.append(CellRefused(number, "sku", problem))
    if not (counts or refused_cells):
        refused_cells.append(CellRefused(0, "", "there are no counts in it"))
    if refused_cells:
        return Sheet(refused=tuple(refused_cells), left_out=left_out)
    found = counts.values()
    return Sheet(tuple(count for _, count in found), tuple(row for row, _ in found), left_out=left_out)


def _text(content: bytes) -> str:
    if len(content) > LARGEST_SHEET:
        raise _Refused(0, "", f"it has more than {LARGEST_SHEET} bytes")
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        if is_wide:
            raise _Refused(0, "", "it begins as UTF-16 and does not go on so") from None
        text = content.decode("latin-1")  # no code page of Windows differs from it in what is read
    if "\x00" in text:
        raise _Refused(0, "", "it is no text: save it as CSV")
    return text


def _table(text: str) -> tuple[Sequence[str], Sequence[tuple[int, Sequence[str]]]]:
    """The names of the columns, and all rows below them."""
    lines = text.splitlines()
    if max(map(len, lines), default=0) > _LONGEST_LINE:
        raise _Refused(0, "", f"it has a line of more than {_LONGEST_LINE} characters")
    first = lines[0].strip().casefold() if lines else ""
    told = first.removeprefix("sep=") if _SEPARATOR.fullmatch(first) else ""
    for delimiter in told or _DELIMITERS:
        names = _columns(text, delimiter, bool(told))
        if all(name in names for name in _NEEDED):
            _, *rows = _rows(text, delimiter, bool(told))
            return _unambiguous(names), rows
    raise _Refused(1, "", "the first row must name the columns: sku and counted, and location where there are several")


def _columns(text: str, delimiter: str, is_told: bool) -> Sequence[str]:
    try:
        _, cells = next(_rows(text, delimiter, is_told), (0, ()))
    except _Refused:  # as it looks with another delimiter
        return ()
    return [cell.strip().casefold() for cell in cells]


def _unambiguous(names: Sequence[str]) -> Sequence[str]:
    for name in _KNOWN:
        if names.count(name) > 1:
            raise _Refused(1, name, "there are two columns of this name")
    return names


def _rows(text: str, delimiter: str, is_told: bool) -> Iterator[tuple[int, Sequence[str]]]:
    """Every row that holds something, with its number as a spreadsheet counts them."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(rows, start=1):
            if number > MOST_ROWS + 2:
                raise _Refused(number, "", f"there are more than {MOST_ROWS} rows; divide the file")
            if any(cell.strip() for cell in cells) and not (is_told and number == 1):
                yield number, cells
    except csv.Error as error:
        raise _Refused(number + 1, "", f"it is no CSV: {error}") from None


def _count(number: int, cells: Sequence[str], header: Sequence[str], at: datetime, reference: str) -> CountStock:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise _Refused(number, "", f"it has {len(cells)} cells, and there are {len(header)} columns")
    row: Mapping[str, str] = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    sku = row.get("sku", "")
    if _SHORTENED.fullmatch(sku):
        problem = f"{sku} was a longer number before the spreadsheet shortened it; format the column as text"
        raise _Refused(number, "sku", problem)
    counted = _units(number, row.get("counted", ""))
    location = row.get("location") or MAIN
    try:
        return CountStock(sku=sku, counted=counted, counted_at=at, reference=reference, location=location)
    except InvalidInputError as error:
        raise _Refused(number, error.path, error.problem) from None


def _units(number: int, text: str) -> int:
    plain = re.sub("[ \u00a0\u202f]", "", text) if _GROUPED.match(text) else text
    found = _WHOLE.fullmatch(plain)
    if found is None:
        shown = text[:40] if text.isprintable() else "characters that cannot be shown"
        raise _Refused(number, "counted", f"expected a whole number, such as 12, got {shown or 'nothing'}")
    return int(found[1])
