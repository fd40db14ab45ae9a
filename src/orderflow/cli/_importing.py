"""``orderflow import``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..adapters.woocommerce import LARGEST_FILE, Adopted, Reading, Refused, adopt, read_all
from ..law import jurisdiction
from ..runtime.shop import Shop
from ..runtime.views import OrderView
from ._database import Database, opened
from ._output import Output, Progress, counted

__all__ = ("import_woocommerce",)


def import_woocommerce(
    output: Output, *, files: Sequence[Path], db: Database, seller: str, channel: str, law: str
) -> int:
    """Record what the files hold; 1 where anything of it was refused."""
    jurisdiction(law)
    contents, unreadable = _contents(files)
    reading = read_all(contents)
    adopted = Adopted(orders=(), refused=())
    if reading.orders or reading.refunds or db.exists():  # nothing to record is no reason to begin a file
        with opened(db, create=True) as store, output.progress("importing") as tell:
            adopted = _adopted(Shop(store, seller=seller, channel=channel, law=law), reading, tell)
    refused = (*unreadable, *reading.refused, *adopted.refused)
    left_out = sum(each.count for each in reading.left_out)
    output.document(
        {
            "ok": not refused,
            "orders": [_order(view) for view in adopted.orders],
            "refused": [{"path": each.path, "problem": each.problem} for each in refused],
            "left_out": [{"path": each.path, "count": each.count} for each in reading.left_out],
        }
    )
    notes = [(view.reference, _number(view), each.code, each.detail) for view in adopted.orders
             for each in view.order.findings]  # fmt: skip
    output.table("What to look at", ("order", "number", "finding", "detail"), notes)
    output.table("Refused", ("where", "why"), [(each.path, each.problem) for each in refused])
    if left_out:
        entries = counted(left_out, "entry of metadata was", "entries of metadata were")
        output.line(f"{entries} not kept: what is personal, or no plain code, stays out")
    there = f"{counted(len(adopted.orders), 'order is', 'orders are')} in {db}" if db.exists() else "Nothing to record"
    output.line(f"{there}; {len(refused) or 'nothing'} refused")
    return 1 if refused else 0


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


def _adopted(shop: Shop, reading: Reading, tell: Progress) -> Adopted:
    """One at a time, so that one can see how far it is."""
    views: dict[str, OrderView] = {}
    refused: list[Refused] = []
    parts = [*(Reading(orders=(order,)) for order in reading.orders)]
    parts += [Reading(refunds=(refund,)) for refund in reading.refunds]
    for number, part in enumerate(parts):
        tell(number, len(parts), "")
        done = adopt(shop, part)
        views.update((view.id, view) for view in done.orders)
        refused.extend(done.refused)
    return Adopted(orders=tuple(views.values()), refused=tuple(refused))


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
