"""An explanation in plain English, for a terminal and for a notebook. Other languages are in the wording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import assert_never

from ..money import Money
from ._explanation import AppliedRow, Explanation, PromotionRow
from ._names import KINDS
from ._reasons import (
    Beaten,
    Excluded,
    GiftNotInBasket,
    NoAlternative,
    NothingToReduce,
    NotNow,
    NotTheCase,
    NotThisOrder,
    OtherCurrency,
    Reason,
    RuledOut,
    Stopped,
    TooFewUnits,
    TotalTooLow,
)

Names = Mapping[str, str]
Cells = tuple[str, ...]

_CONDITIONS = {kind.__name__: name for kind, name in KINDS.items()}
_HEADS: Cells = ("", "units", "list price", "at list price", "off", "to pay")
_CELL = "text-align:right;padding:2px 8px"
_FIRST = "text-align:left;padding:2px 8px"
_HEAD = f"{_CELL};border-bottom:1px solid #999"


def as_text(explanation: Explanation) -> str:
    """Tables of aligned columns: the amounts, then the promotions."""
    return "\n".join(
        (
            f"All amounts in {explanation.currency}",
            *_aligned([_HEADS, *_amounts(explanation)], left=(0,)),
            *_aligned([(*row[:1], row[2], row[1]) for row in _promotions(explanation)], left=(0, 2)),
            *_verdict(explanation),
        )
    )


def as_html(explanation: Explanation) -> str:
    """One table without scripts or style sheets; whatever it shows is escaped."""
    heads = "".join(_cell(head, _HEAD if place else f"{_FIRST};border-bottom:1px solid #999", "th")
                    for place, head in enumerate(_HEADS))  # fmt: skip
    rows = ["".join(_cell(text, _CELL if place else _FIRST) for place, text in enumerate(row))
            for row in _amounts(explanation)]  # fmt: skip
    for name, detail, amount in _promotions(explanation):
        rows.append(_cell(name, _FIRST) + _cell(detail, _FIRST, span=3) + _cell(amount, _CELL) + _cell("", _CELL))
    rows += [_cell(text, _FIRST, span=len(_HEADS)) for text in _verdict(explanation)]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        '<table style="border-collapse:collapse">'
        f'<caption style="{_FIRST}">{escape(f"All amounts in {explanation.currency}")}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(text: str, style: str, tag: str = "td", span: int = 1) -> str:
    wide = f' colspan="{span}"' if span > 1 else ""
    return f'<{tag}{wide} style="{style}">{escape(text)}</{tag}>'


def _aligned(rows: list[Cells], left: Iterable[int]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            text.ljust(width) if place in left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _amounts(explanation: Explanation) -> Iterator[Cells]:
    for line in explanation.lines:
        listed = line.unit_price * line.quantity
        name = line.sku if line.price_includes_vat else f"{line.sku} (before VAT)"
        yield name, str(line.quantity), line.unit_price.text, listed.text, _off(line.discount), line.gross.text
    for line in explanation.lines:
        if deposit := line.deposit:
            each = line.unit_deposit.text
            yield f"deposit {line.sku}", str(line.quantity), each, deposit.text, "", deposit.text
    if delivery := explanation.delivery:
        name = f"delivery {delivery.code}" + ("" if delivery.price_includes_vat else " (before VAT)")
        yield name, "", "", delivery.listed.text, _off(delivery.discount), delivery.gross.text
    if fee := explanation.fee:
        name = f"fee {fee.code}" + ("" if fee.price_includes_vat else " (before VAT)")
        yield name, "", "", fee.listed.text, "", fee.gross.text
    yield "total", "", "", "", _off(explanation.saved), explanation.total.text
    for group in explanation.vat:
        yield f"VAT {group.rate.percent} % in {group.gross.text}", "", "", "", "", group.vat.text


def _off(amount: Money) -> str:
    return (-amount).text if amount else ""


def _promotions(explanation: Explanation) -> Iterator[tuple[str, str, str]]:
    names = explanation.names
    for row in explanation.promotions:
        yield " ".join(row.name.split()), _detail(row, names), _off(row.amount) if isinstance(row, AppliedRow) else ""


def _detail(row: PromotionRow, names: Names) -> str:
    if not isinstance(row, AppliedRow):
        return "not applied: " + ("; ".join(plain(reason, names) for reason in row.reasons) or "no reason is known")
    parts = [
        f"{line.sku} " + " + ".join(f"{run.units} × {run.amount.text}" for run in line.units if run.amount)
        for line in row.lines
    ]
    return "; ".join([*parts, *([f"delivery {row.delivery.text}"] if row.delivery else [])])


def _verdict(explanation: Explanation) -> Iterator[str]:
    if proof := explanation.proof:
        yield "proven best" if proof.proven else f"at most {proof.at_most_more.text} more could be saved"


def plain(reason: Reason, names: Names) -> str:
    """A reason in a few words of plain English, with what is missing."""
    match reason:
        case TotalTooLow(needed=needed, discounted=discounted):
            return f"{reason.missing.text} more to reach {needed.text}" + (" after discounts" if discounted else "")
        case TooFewUnits(needed=needed):
            return f"{_units(reason.missing, 'more ')} to reach {needed}"
        case NotTheCase(what=what, wanted=wanted):
            named = what.replace("_", " ")
            return f"{named} is not {' or '.join(wanted)}" if wanted else f"{named} is not the case"
        case NotThisOrder(number=number, found=None):
            return f"only for order number {number}, and earlier orders are not known"
        case NotThisOrder(number=number, found=found):
            return f"only for order number {number}, this is number {found}"
        case NotNow(starts=starts, ends=ends):
            bounds = [f"from {starts.isoformat()}"] if starts else []
            bounds += [f"before {ends.isoformat()}"] if ends else []
            return f"only {' and '.join(bounds)}" if bounds else "not at this time"
        case RuledOut(condition=condition):
            return f"ruled out by the condition {_CONDITIONS.get(condition, condition).replace('_', ' ')}"
        case NoAlternative(reasons=reasons):
            return f"none of these ways: ({'; '.join(plain(each, names) for each in reasons)})"
        case OtherCurrency(currency=currency):
            return f"has no amount in {currency}"
        case NothingToReduce():
            return "nothing to reduce"
        case GiftNotInBasket(sku=sku, units=units):
            return f"add {_units(units)} of {sku}, free of charge"
        case Stopped(by=by):
            return f"nothing comes after {names.get(by, by)}"
        case Excluded(by=by, would_have_saved=saved):
            return f"would have saved {saved.text}, but {names.get(by, by)} stands alone"
        case Beaten(by=by, would_have_saved=saved):
            winners = ", ".join(names.get(each, each) for each in by) or "others together"
            return f"would have saved {saved.text}, beaten by {winners}"
        case _:
            assert_never(reason)


def _units(number: int, more: str = "") -> str:
    return f"{number} {more}unit{'' if number == 1 else 's'}"
