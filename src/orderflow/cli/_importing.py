"""``orderflow import``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from ..adapters.woocommerce import LARGEST_FILE, SYSTEM, Reading, Refused, adopt, read_all
from ..law import jurisdiction
from ..runtime.shop import CommandRejected, Shop
from ..runtime.views import OrderView
from ._database import Database, opened
from ._output import Output, Progress, counted

__all__ = ("import_woocommerce",)


@attrs.define
class _Imported:
    """The orders that the files are about, by what came of them, and what was refused."""

    new: dict[str, OrderView] = attrs.field(factory=dict)
    changed: dict[str, OrderView] = attrs.field(factory=dict)
    as_before: dict[str, OrderView] = attrs.field(factory=dict)
    refused: list[Refused] = attrs.field(factory=list)

    def take(self, view: OrderView, before: int) -> None:
        """An order that stood at version *before*, 0 if it was not there; a refund may change what is new already."""
        if view.id in self.new or not before:
            self.new[view.id] = view
        elif view.id in self.changed or view.version != before:
            self.as_before.pop(view.id, None)
            self.changed[view.id] = view
        else:
            self.as_before[view.id] = view

    def orders(self) -> list[tuple[str, OrderView]]:
        """All of them, each with what came of it."""
        return [
            (outcome, view)
            for outcome, views in (("new", self.new), ("changed", self.changed), ("as before", self.as_before))
            for view in views.values()
        ]


def import_woocommerce(
    output: Output, *, files: Sequence[Path], db: Database, seller: str, channel: str, law: str
) -> int:
    """Record what the files hold; 1 where anything of it was refused."""
    jurisdiction(law)
    contents, unreadable = _contents(files)
    reading = read_all(contents)
    imported = _Imported()
    if reading.orders or reading.refunds or db.exists():  # nothing to record is no reason to begin a file
        with opened(db, create=True) as store, output.progress("importing") as tell:
            imported = _imported(Shop(store, seller=seller, channel=channel, law=law), reading, tell)
    orders, refused = imported.orders(), (*unreadable, *reading.refused, *imported.refused)
    left_out = sum(each.count for each in reading.left_out)
    output.document(
        {
            "ok": not refused,
            "orders": [{**_order(view), "outcome": outcome} for outcome, view in orders],
            "refused": [{"path": each.path, "problem": each.problem} for each in refused],
            "left_out": [{"path": each.path, "count": each.count} for each in reading.left_out],
        }
    )
    notes = [(view.reference, _number(view), each.code, each.detail) for _, view in orders
             for each in view.order.findings]  # fmt: skip
    output.table("What to look at", ("order", "number", "finding", "detail"), notes)
    output.table("Refused", ("where", "why"), [(each.path, each.problem) for each in refused])
    if left_out:
        entries = counted(left_out, "entry of metadata was", "entries of metadata were")
        output.line(f"{entries} not kept: what is personal, or no plain code, stays out")
    output.line(f"{_summary(imported, db) if orders else 'Nothing to record'}; {len(refused) or 'nothing'} refused")
    return 1 if refused else 0


def _summary(imported: _Imported, db: Database) -> str:
    changed, same = len(imported.changed), len(imported.as_before)
    return f"{db}: {counted(len(imported.new), 'order', 'orders')} new, {changed} changed, {same} as before"


def _contents(files: Sequence[Path]) -> tuple[dict[str, bytes], tuple[Refused, ...]]:
    contents: dict[str, bytes] = {}
    refused: list[Refused] = []
    for path in files:
        try:
            with path.open("rb") as file:
                contents[str(path)] = file.read(LARGEST_FILE + 1)
        except OSError as error:
            refused.append(Refused(path=str(path), problem=f"cannot be read: {error.strerror}"))
    return contents, tuple(refused)


def _imported(shop: Shop, reading: Reading, tell: Progress) -> _Imported:
    """One at a time, so that one can see how far it is."""
    imported = _Imported()
    parts = [(":".join(order.numbers[0]), Reading(orders=(order,))) for order in reading.orders]
    parts += [(f"{SYSTEM}:{refund.order}", Reading(refunds=(refund,))) for refund in reading.refunds]
    for place, (number, part) in enumerate(parts):
        tell(place, len(parts), "")
        before = _version(shop, number)
        done = adopt(shop, part)
        for view in done.orders:
            imported.take(view, before)
        imported.refused.extend(done.refused)
    return imported


def _version(shop: Shop, number: str) -> int:
    try:
        return shop.order(number).version
    except CommandRejected:
        return 0


def _number(view: OrderView) -> str:
    return ":".join(view.order.numbers[0])


def _order(view: OrderView) -> dict[str, object]:
    return {
        "reference": view.reference,
        "id": view.id,
        "number": _number(view),
        "status": str(view.status),
        "total": str(view.total),
        "findings": [{"code": each.code, "detail": each.detail} for each in view.order.findings],
    }
