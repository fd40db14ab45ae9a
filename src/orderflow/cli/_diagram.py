"""``orderflow diagram``: drawn from the classes that declare the lifecycles, so it cannot go stale."""

from __future__ import annotations

from typing import Any

from ._output import Output

__all__ = ("FORMATS", "NAMES", "diagram")

NAMES = ("order", "substitute", "payment", "refund", "parcel", "return")
FORMATS = ("mermaid", "markdown")


def diagram(output: Output, *, name: str | None, format: str) -> int:
    """One lifecycle, or all of them; Mermaid for a single one is bare, so that it can be piped."""
    texts = {each: _drawn(each, format) for each in NAMES if name in (None, each)}
    output.document({"format": format, "lifecycles": texts})
    for each, text in texts.items():
        if name is None:
            output.line(f"## {each.capitalize()}")
            output.line()
        fenced = name is None and format == "mermaid"
        for line in ("```mermaid", *text.splitlines(), "```") if fenced else text.splitlines():
            output.line(line)
        if name is None:
            output.line()
    return 0


def _drawn(name: str, format: str) -> str:
    return f"{_lifecycle(name):{'mermaid' if format == 'mermaid' else 'md'}}".strip()


def _lifecycle(name: str) -> Any:
    from .. import orders, payments, returns, shipping

    return {
        "order": orders.OrderLifecycle,
        "substitute": orders.SubstituteLifecycle,
        "payment": payments.AttemptLifecycle,
        "refund": payments.RefundLifecycle,
        "parcel": shipping.ParcelLifecycle,
        "return": returns.ReturnLifecycle,
    }[name]
