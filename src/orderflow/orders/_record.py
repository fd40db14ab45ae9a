"""
Adopting an order from elsewhere: its totals as they were recorded, and whatever does not add up named.

Nothing is repriced. What the items do not explain becomes a difference of its own, so that the parts sum to
the recorded total and nobody wonders later where a cent went.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from ..decisions import Accepted, Rejected
from ..money import Money, total_of
from ..pricing import (
    DEFAULT_POLICY,
    LARGEST_TOTAL,
    Quote,
    QuotedLine,
    Share,
    VatGroup,
    share_delivery,
)
from ..quantities import Quantities
from ._commands import RecordedAmount, RecordedCharge, RecordedLine, RecordOrder, RecordRefunds
from ._events import Event, OrderRecorded
from ._facts import Facts
from ._rejections import AlreadyPlaced, IncompleteTotals, NotAdopted, Rejection
from ._state import Order, State
from ._values import MOST_LINES, Difference, Finding, Line, OrderStage, RecordedRefund, destination

RECORDED_RULES = "recorded/1"


def record(command: RecordOrder, state: State, facts: Facts) -> Accepted[Event] | Rejected[Rejection]:
    """Adopt or update; the same document again, or an older one, changes nothing."""
    if isinstance(state, Order) and not state.adopted:
        return Rejected((AlreadyPlaced(),))
    if facts.identity is None:
        raise ValueError("recording needs facts.identity")
    if isinstance(state, Order) and state.modified_at is not None and command.modified_at < state.modified_at:
        return Accepted(())
    if reasons := contradictions(command):
        return Rejected(reasons)
    identity = facts.identity
    differences = _differences(command)
    known = state.recorded_refunds if isinstance(state, Order) else ()
    event = OrderRecorded(
        order=identity.order,
        reference=identity.reference,
        person=identity.person,
        seller=identity.seller,
        law=identity.law,
        channel=identity.channel,
        source=command.source,
        language=command.language,
        customer=command.customer,
        buyer=command.buyer,
        invoice_requested=command.invoice_requested,
        numbers=command.numbers,
        lines=tuple(recorded.line for recorded in command.lines),
        quote=_quote(command, differences),
        destination=destination(command.target),
        delivery_method=command.delivery_method,
        payment_method=command.payment_method,
        tags=command.tags,
        extras=command.extras,
        note_count=len(command.notes),
        stage=command.stage,
        paid=command.paid,
        paid_at=command.paid_at,
        refunds=_joined(known, command.refunds),
        delivered_at=command.delivered_at,
        credit=Money.zero(command.currency),
        returned=Quantities(),
        differences=differences,
        findings=(),
        placed_at=command.placed_at,
        modified_at=command.modified_at,
        at=facts.at,
    )
    return _told(_concluded(event), state)


def record_refunds(command: RecordRefunds, order: Order, at: datetime) -> Accepted[Event] | Rejected[Rejection]:
    """The order's last document, as if it had told these refunds too."""
    if order.document is None:
        return Rejected((NotAdopted(),))
    document = order.document
    refunds = _joined(document.refunds, command.refunds)
    reasons = (
        *_amount_problems(command.refunds, document.quote.currency),
        *_refund_problems(refunds, document.lines, document.quote.total),
    )
    if reasons:
        return Rejected(reasons)
    return _told(_concluded(attrs.evolve(document, refunds=refunds, at=at)), order)


def _told(event: OrderRecorded, state: State) -> Accepted[Event]:
    document = state.document if isinstance(state, Order) else None
    return Accepted(() if document and attrs.evolve(event, at=document.at) == document else (event,))


def _joined(known: Sequence[RecordedRefund], told: Sequence[RecordedRefund]) -> tuple[RecordedRefund, ...]:
    """Refunds by their id: what is known stays, unless it is told with another amount or with more detail."""
    joined = {refund.external: refund for refund in known}
    for refund in told:
        old = joined.get(refund.external)
        if old is None or refund.amount != old.amount or (refund.units and refund.units != old.units):
            joined[refund.external] = refund
    return tuple(joined.values())


def contradictions(command: RecordOrder) -> tuple[IncompleteTotals, ...]:
    """Everything in which a document contradicts itself beyond what a difference can itemise."""
    problems = [*_currency_problems(command)]
    if problems:
        return tuple(problems)  # amounts of several currencies cannot even be compared
    return (
        *_sign_problems(command),
        *_line_problems(command),
        *_refund_problems(command.refunds, tuple(each.line for each in command.lines), command.total),
    )


def _amounts(command: RecordOrder) -> Iterable[tuple[str, Money]]:
    yield from (("total", command.total), ("vat_total", command.vat_total), ("paid", command.paid))
    for index, line in enumerate(command.lines):
        yield f"lines[{index}].unit_price", line.line.unit_price
        yield from ((f"lines[{index}].{name}", getattr(line, name)) for name in ("gross", "vat", "discount"))
    for index, amount in enumerate(command.amounts):
        yield from ((f"amounts[{index}].{name}", getattr(amount, name)) for name in ("gross", "vat"))


def _currency_problems(command: RecordOrder) -> Iterable[IncompleteTotals]:
    for path, amount in _amounts(command):
        if amount.currency != command.currency:
            yield IncompleteTotals(path=path, problem=f"is in {amount.currency}, the order in {command.currency}")
    yield from _amount_problems(command.refunds, command.currency)


def _amount_problems(refunds: Sequence[RecordedRefund], currency: str) -> Iterable[IncompleteTotals]:
    for index, refund in enumerate(refunds):
        path = f"refunds[{index}].amount"
        if refund.amount.currency != currency:
            yield IncompleteTotals(path=path, problem=f"is in {refund.amount.currency}, the order in {currency}")
        elif refund.amount.minor < 0:
            yield IncompleteTotals(path=path, problem="must not be negative")


def _sign_problems(command: RecordOrder) -> Iterable[IncompleteTotals]:
    for path, amount in _amounts(command):
        if amount.minor < 0 and not path.startswith("amounts"):
            yield IncompleteTotals(path=path, problem="must not be negative")
        if abs(amount.minor) > LARGEST_TOTAL:
            yield IncompleteTotals(path=path, problem=f"is larger than {Money(LARGEST_TOTAL, command.currency)}")


def _line_problems(command: RecordOrder) -> Iterable[IncompleteTotals]:
    if not command.lines and not command.amounts:
        yield IncompleteTotals(path="lines", problem="an order has lines or charges")
    if len(command.lines) + len(command.amounts) > MOST_LINES:
        yield IncompleteTotals(path="lines", problem=f"an order has at most {MOST_LINES} lines and charges")
    yield from _repeated("lines", "line", [each.line.line for each in command.lines])
    for index, each in enumerate(command.lines):
        if each.vat > each.gross:
            yield IncompleteTotals(path=f"lines[{index}].vat", problem="is more than the line's gross amount")


def _refund_problems(
    refunds: Sequence[RecordedRefund], lines: Sequence[Line], total: Money
) -> Iterable[IncompleteTotals]:
    yield from _repeated("refunds", "refund", [refund.external for refund in refunds])
    units = Quantities((line.line, line.quantity) for line in lines)
    amount, given = Money.zero(total.currency), Quantities()
    for index, refund in enumerate(refunds):
        if refund.amount.currency == total.currency:
            amount += refund.amount
        given += refund.units
        if amount > total:
            yield IncompleteTotals(path=f"refunds[{index}].amount", problem=f"gives back more than the total, {total}")
        if not given <= units:
            yield IncompleteTotals(
                path=f"refunds[{index}].units", problem="gives back units that the order does not have or not any more"
            )


def _repeated(path: str, kind: str, names: Sequence[str]) -> Iterable[IncompleteTotals]:
    if len(set(names)) < len(names):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield IncompleteTotals(path=path, problem=f"{kind} {name!r} appears twice")


def _differences(command: RecordOrder) -> tuple[Difference, ...]:
    gross = [*(each.gross for each in command.lines), *(each.gross for each in command.amounts)]
    explained = total_of(gross, command.currency) + _deposit(command)
    vat = total_of([*(each.vat for each in command.lines), *(each.vat for each in command.amounts)], command.currency)
    found = (
        Difference(code="total", amount=command.total - explained),
        Difference(code="vat", amount=command.vat_total - vat),
    )
    return tuple(difference for difference in found if difference.amount)


def _deposit(command: RecordOrder) -> Money:
    return Money(sum(_held(each.line) for each in command.lines), command.currency)


def _held(line: Line) -> int:
    return line.deposit.minor * line.quantity if line.deposit else 0


def _quote(command: RecordOrder, differences: tuple[Difference, ...]) -> Quote:
    currency = command.currency
    # Without lines nothing can carry the delivery: then it is a charge like any other.
    carried = [each for each in command.amounts if each.charge is RecordedCharge.DELIVERY and command.lines]
    charges = [each for each in command.amounts if each not in carried]
    delivery = total_of((each.gross for each in carried), currency)
    if differences:
        unexplained = {difference.code: difference.amount for difference in differences}
        zero = Money.zero(currency)
        charges.append(
            RecordedAmount(
                code="difference",
                charge=RecordedCharge.FEE,
                gross=unexplained.get("total", zero),
                vat=unexplained.get("vat", zero),
            )
        )
    lines, deposit = _lines(command.lines, charges, delivery), _deposit(command)
    return Quote(
        currency=currency,
        lines=lines,
        delivery=None,
        vat=_vat_groups(command.lines, [*carried, *charges], currency),
        goods=command.total - delivery - deposit,
        delivery_price=delivery,
        total=command.total,
        vat_total=command.vat_total,
        discount=total_of((each.discount for each in command.lines), currency),
        rules=RECORDED_RULES,
        policy=DEFAULT_POLICY,
        promotions=(),
        proof=None,
        offers=(),
        not_offered=(),
        fee=None,
        payment_offers=(),
        payment_not_offered=(),
        deposit=deposit,
    )


def _lines(
    recorded: tuple[RecordedLine, ...], charges: list[RecordedAmount], delivery: Money
) -> tuple[QuotedLine, ...]:
    carried = _carried(recorded, delivery.minor)
    goods = (
        QuotedLine(
            line=each.line.line,
            sku=each.line.sku,
            quantity=each.line.quantity,
            unit_price=each.line.unit_price,
            vat=each.line.vat,
            price_includes_vat=each.line.price_includes_vat,
            share=Share(
                each.gross.minor,
                (each.gross - each.vat).minor,
                each.vat.minor,
                each.discount.minor,
                part,
                _held(each.line),
            ),
        )
        for each, part in zip(recorded, carried, strict=True)
    )
    others = (
        QuotedLine(
            line=f"charge:{index}:{charge.code}"[:64].rstrip(),
            sku=charge.code,
            quantity=1,
            unit_price=charge.gross,
            vat=charge.rate,
            price_includes_vat=True,
            share=Share(charge.gross.minor, (charge.gross - charge.vat).minor, charge.vat.minor, 0, 0),
        )
        for index, charge in enumerate(charges, start=1)
    )
    return (*goods, *others)


def _carried(recorded: tuple[RecordedLine, ...], delivery: int) -> tuple[int, ...]:
    if not recorded:
        return ()
    return tuple(
        share_delivery(delivery, [each.gross.minor for each in recorded], [each.line.quantity for each in recorded])
    )


def _vat_groups(
    lines: Sequence[RecordedLine], charges: Sequence[RecordedAmount], currency: str
) -> tuple[VatGroup, ...]:
    parts = [(each.line.vat, each.gross, each.vat) for each in lines]
    parts += [(each.rate, each.gross, each.vat) for each in charges]
    groups = []
    for rate in sorted({part[0] for part in parts}, key=lambda rate: (-rate.basis_points, rate.code)):
        members = [(gross, vat) for each, gross, vat in parts if each == rate]
        gross, vat = (total_of(amounts, currency) for amounts in zip(*members, strict=True))
        groups.append(VatGroup(rate=rate, price_includes_vat=True, net=gross - vat, vat=vat, gross=gross))
    return tuple(groups)


def _concluded(event: OrderRecorded) -> OrderRecorded:
    """The event with what follows from its amounts and refunds: the credit, the units that came back, findings."""
    total = event.quote.total
    refunded = total_of((refund.amount for refund in event.refunds), total.currency)
    units = Quantities((line.line, line.quantity) for line in event.lines)
    cancelled = event.stage is OrderStage.CANCELLED
    given_back = sum((refund.units for refund in event.refunds), start=Quantities())
    return attrs.evolve(
        event,
        credit=total if cancelled else min(refunded, total),
        returned=units if cancelled else units & given_back,
        findings=tuple(_findings(event, refunded)),
    )


def _findings(event: OrderRecorded, refunded: Money) -> Iterable[Finding]:
    total = event.quote.total
    for difference in event.differences:
        yield Finding(code=f"difference_{difference.code}", detail=str(difference.amount))
    if refunded > total:
        yield Finding(code="refunded_more_than_total", detail=str(refunded - total))
    if refunded > event.paid:
        yield Finding(code="refunded_more_than_paid", detail=str(refunded - event.paid))
    if event.delivered_at is not None and event.paid < total:
        yield Finding(code="delivered_unpaid", detail=str(total - event.paid))
    if event.stage is OrderStage.CANCELLED and event.paid > refunded:
        yield Finding(code="cancelled_but_paid", detail=str(event.paid - refunded))
