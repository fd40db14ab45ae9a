"""``orderflow stock-take``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..adapters.stock_take import LARGEST_SHEET, CellRefused, Sheet, read_sheet
from ..counters import Level
from ..moments import parse_moment
from ..runtime.shop import Shop, StockTakeRejected
from ..stock import MAIN, Location
from ..wording import rejection_text
from ._database import Database, opened
from ._output import Output, counted

__all__ = ("stock_take",)


def stock_take(
    output: Output, *, file: Path, db: Database, counted_at: str, reference: str | None, location: Sequence[str]
) -> int:
    """Book what was counted, all of it or nothing; 1 where it was refused."""
    at = parse_moment(counted_at, "--counted-at")
    with file.open("rb") as opened_file:
        sheet = read_sheet(opened_file.read(LARGEST_SHEET + 1), counted_at=at, reference=reference)
    places = tuple(map(Location, dict.fromkeys((MAIN, *location))))
    refused = sheet.refused
    levels: tuple[tuple[Level, Level], ...] = ()
    if not refused:
        with opened(db) as store:
            try:
                levels = Shop(store, seller="stock-take", locations=places).take_stock(sheet.counts)
            except StockTakeRejected as rejected:
                refused = _refused(rejected, sheet)
    changed = [
        (count.sku, count.location, before.value, after.value, f"{after.value - before.value:+}")
        for count, (before, after) in zip(sheet.counts, levels, strict=False)
        if before != after
    ]
    output.document(
        {
            "ok": not refused,
            "counted": len(levels),
            "changed": [
                {"sku": sku, "location": place, "before": old, "after": new} for sku, place, old, new, _ in changed
            ],
            "refused": [{"row": each.row, "column": each.column, "problem": each.problem} for each in refused],
            "left_out": list(sheet.left_out),
        }
    )
    output.table("Changed", ("sku", "location", "before", "after", "by"), changed)
    output.table("Refused", ("row", "column", "why"), [(each.row or "", each.column, each.problem) for each in refused])
    if sheet.left_out:
        output.line(f"Columns that were not read: {', '.join(sheet.left_out)}")
    if refused:
        output.line(f"Nothing was booked; {counted(len(refused), 'cell was', 'cells were')} refused")
        return 1
    output.line(f"{counted(len(levels), 'item', 'items')} counted, {len(changed) or 'none'} changed in {db}")
    return 0


def _refused(rejected: StockTakeRejected, sheet: Sheet) -> tuple[CellRefused, ...]:
    return tuple(
        CellRefused(sheet.rows[place], "", rejection_text(reason, "en"))
        for place, reasons in rejected.by_place.items()
        for reason in reasons
    )
