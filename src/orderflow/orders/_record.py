"""
Adopting an order from elsewhere: its totals as they were recorded, and whatever does not add up named.

Nothing is repriced. What the items do not explain becomes a difference of its own, so that the parts sum to
the recorded total and nobody wonders later where a cent went.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..decisions import Accepted, Rejected
from ..identifiers import OrderId, PersonRef, Reference
from ..money import Money, total_of
from ..pricing import (
    Ledger,
    Quote,
    QuotedLine,
    Share,
    VatGroup,
    VatRate,
    even_ledger,
    share_delivery,
)
from ..quantities import Quantities
from ._commands import RecordedAmount, RecordedCharge, RecordedLine, RecordOrder
from ._events import Event, OrderRecorded
from ._evolve import evolve
from ._rejections import IncompleteTotals, Rejection
from ._state import Destination, Difference, Finding, Order, OrderStage, State

RECORDED_RULES = "recorded/1"
_NO_VAT = VatRate(basis_points=0, code="recorded")


def record(
    command: RecordOrder,
    state: State,
    *,
    destination: Destination,
    order: OrderId,
    reference: Reference,
    person: PersonRef,
    seller: str,
    law: str,
    channel: str,
    at: datetime,
) -> Accepted[Event] | Rejected[Rejection]:
    """Adopt or update; the same document again, or an older one, changes nothing."""
    if isinstance(state, Order) and state.modified_at is not None and command.modified_at < state.modified_at:
        return Accepted(())
    if reasons := tuple(_contradictions(command)):
        return Rejected(reasons)
    differences = _differences(command)
    event = OrderRecorded(
        order=order,
        reference=reference,
        person=person,
        seller=seller,
        law=law,
        channel=channel,
        source=command.source,
        language=command.language,
        customer=command.customer,
        buyer=command.buyer,
        invoice_requested=command.invoice_requested,
        numbers=command.numbers,
        lines=tuple(recorded.line for recorded in command.lines),
        quote=_quote(command, differences),
        destination=destination,
        delivery_method=command.delivery_method,
        payment_method=command.payment_method,
        tags=command.tags,
        extras=command.extras,
        note_count=len(command.notes),
        stage=command.stage,
        paid=command.paid,
        paid_at=command.paid_at,
        refunds=command.refunds,
        delivered_at=command.delivered_at,
        credit=_credit(command),
        returned=_returned(command),
        differences=differences,
        findings=tuple(_findings(command, differences)),
        placed_at=command.placed_at,
        modified_at=command.modified_at,
        at=at,
    )
    return Accepted(() if _is_known(event, state) else (event,))


def _is_known(event: OrderRecorded, state: State) -> bool:
    if not isinstance(state, Order):
        return False
    return evolve(state, event) == state


def _contradictions(command: RecordOrder) -> Iterable[Rejection]:
    amounts = [
        ("total", command.total),
        ("vat_total", command.vat_total),
        ("paid", command.paid),
        *((f"lines[{index}].gross", each.gross) for index, each in enumerate(command.lines)),
        *((f"lines[{index}].unit_price", each.line.unit_price) for index, each in enumerate(command.lines)),
        *((f"amounts[{index}].gross", each.gross) for index, each in enumerate(command.amounts)),
        *((f"refunds[{index}].amount", each.amount) for index, each in enumerate(command.refunds)),
    ]
    for path, amount in amounts:
        if amount.currency != command.currency:
            yield IncompleteTotals(path=path, problem=f"is in {amount.currency}, the order in {command.currency}")
    for path, amount in amounts:
        if amount.minor < 0 and not path.startswith("amounts"):
            yield IncompleteTotals(path=path, problem="must not be negative")
    if not command.lines and not command.amounts:
        yield IncompleteTotals(path="lines", problem="an order has lines or charges")
    names = [each.line.line for each in command.lines]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield IncompleteTotals(path="lines", problem=f"line {name!r} appears twice")
    units = Quantities((each.line.line, each.line.quantity) for each in command.lines)
    for index, refund in enumerate(command.refunds):
        if not refund.units <= units:
            yield IncompleteTotals(path=f"refunds[{index}].units", problem="names units that the order does not have")


def _differences(command: RecordOrder) -> tuple[Difference, ...]:
    explained = total_of(
        [*(each.gross for each in command.lines), *(each.gross for each in command.amounts)], command.currency
    )
    vat = total_of([*(each.vat for each in command.lines), *(each.vat for each in command.amounts)], command.currency)
    found = (
        Difference(code="total", amount=command.total - explained),
        Difference(code="vat", amount=command.vat_total - vat),
    )
    return tuple(difference for difference in found if difference.amount)


def _quote(command: RecordOrder, differences: tuple[Difference, ...]) -> Quote:
    currency = command.currency
    zero = Money.zero(currency)
    delivery = total_of((each.gross for each in command.amounts if each.charge is RecordedCharge.DELIVERY), currency)
    unexplained = {difference.code: difference.amount for difference in differences}
    charges = [each for each in command.amounts if each.charge is RecordedCharge.FEE]
    if differences:
        charges.append(
            RecordedAmount(
                code="difference",
                charge=RecordedCharge.FEE,
                gross=unexplained.get("total", zero),
                vat=unexplained.get("vat", zero),
            )
        )
    lines = _lines(command.lines, charges, delivery)
    return Quote(
        currency=currency,
        lines=lines,
        delivery=None,
        vat=_vat_groups(command),
        goods=command.total - delivery,
        delivery_price=delivery,
        total=command.total,
        vat_total=command.vat_total,
        discount=total_of((each.discount for each in command.lines), currency),
        ledger=Ledger(currency, tuple(even_ledger(line.line, line.quantity, line.share) for line in lines)),
        rules=RECORDED_RULES,
        offers=(),
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
            share=Share(each.gross.minor, (each.gross - each.vat).minor, each.vat.minor, each.discount.minor, part),
        )
        for each, part in zip(recorded, carried, strict=True)
    )
    others = (
        QuotedLine(
            line=f"charge:{index}:{charge.code}"[:64],
            sku=charge.code,
            quantity=1,
            unit_price=charge.gross,
            vat=_NO_VAT,
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


def _vat_groups(command: RecordOrder) -> tuple[VatGroup, ...]:
    currency = command.currency
    rates = sorted({each.line.vat for each in command.lines}, key=lambda rate: (-rate.basis_points, rate.code))
    groups = []
    for rate in rates:
        members = [each for each in command.lines if each.line.vat == rate]
        gross, vat = (total_of(amounts, currency) for amounts in ([m.gross for m in members], [m.vat for m in members]))
        groups.append(VatGroup(rate=rate, price_includes_vat=True, net=gross - vat, vat=vat, gross=gross))
    return tuple(groups)


def _credit(command: RecordOrder) -> Money:
    if command.stage is OrderStage.CANCELLED:
        return command.total
    return min(total_of((refund.amount for refund in command.refunds), command.currency), command.total)


def _returned(command: RecordOrder) -> Quantities:
    units = Quantities((each.line.line, each.line.quantity) for each in command.lines)
    if command.stage is OrderStage.CANCELLED:
        return units
    return units & sum((refund.units for refund in command.refunds), start=Quantities())


def _findings(command: RecordOrder, differences: tuple[Difference, ...]) -> Iterable[Finding]:
    for difference in differences:
        yield Finding(code=f"difference_{difference.code}", detail=str(difference.amount))
    refunded = total_of((refund.amount for refund in command.refunds), command.currency)
    if refunded > command.paid:
        yield Finding(code="refunded_more_than_paid", detail=str(refunded - command.paid))
    if command.delivered_at is not None and command.paid < command.total:
        yield Finding(code="delivered_unpaid", detail=str(command.total - command.paid))
    if command.stage is OrderStage.CANCELLED and command.paid > refunded:
        yield Finding(code="cancelled_but_paid", detail=str(command.paid - refunded))
