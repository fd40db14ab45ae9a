"""``orderflow list``."""

from __future__ import annotations

from ..runtime.shop import Shop
from ..runtime.views import OrderSummary
from ._database import Database, opened
from ._output import Output, counted

__all__ = ("list_orders",)


def list_orders(output: Output, *, db: Database, status: str | None, after: str | None, limit: int) -> int:
    """Print a page of orders, the last that came in first."""
    with opened(db) as store:
        found = Shop(store, seller="command line").orders(status=status, after=after, limit=limit)
    output.document({"ok": True, "orders": [_document(each) for each in found]})
    output.table(
        "Orders",
        ("order", "placed", "status", "numbers"),
        [(each.reference, _when(each), str(each.status), " ".join(each.numbers)) for each in found],
    )
    output.line(f"{counted(len(found), 'order', 'orders')} listed{_more(found, limit)}")
    return 0


def _more(found: tuple[OrderSummary, ...], limit: int) -> str:
    return f"; those before: --after {found[-1].id}" if len(found) == limit else ""


def _document(summary: OrderSummary) -> dict[str, object]:
    return {
        "reference": summary.reference,
        "id": summary.id,
        "placed_at": summary.placed_at.isoformat(),
        "status": str(summary.status),
        "numbers": [*summary.numbers],
    }


def _when(summary: OrderSummary) -> str:
    return f"{summary.placed_at:%Y-%m-%d %H:%M:%S}Z"
