"""The rules of returns: what a command leads to, or every reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias, assert_never

from .. import law
from ..decisions import Accepted, Rejected
from ..lots import NamedLots, units_named
from ..money import Money
from ..pricing import Share
from ..quantities import Quantities
from ._commands import (
    CloseReturn,
    Command,
    DeclareWithdrawal,
    GrantRefund,
    InspectReturn,
    ReceiveReturn,
    SettleParcel,
)
from ._events import (
    Event,
    ParcelSettled,
    RefundGranted,
    ReturnClosed,
    ReturnInspected,
    ReturnReceived,
    WithdrawalDeclared,
    WithdrawnInTransit,
)
from ._evolve import evolve
from ._facts import Facts
from ._parcels import ParcelEnd, ParcelUnits, units_of
from ._queries import allowed, refusal, settled_units, withdrawal_deadline
from ._rejections import (
    DeclaredInFuture,
    ExceedsDeclared,
    ExceedsDelivered,
    ExceedsReceived,
    LotsDiffer,
    NotAConsumer,
    NotDelivered,
    NotInspected,
    NotLostByOpening,
    NotWithdrawable,
    RefundOutstanding,
    Rejection,
    ReturnOver,
    UnknownReturn,
    WithdrawalPeriodOver,
)
from ._state import Return, Returns

__all__ = ("decide",)

_Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]


def decide(command: Command, state: Returns, facts: Facts) -> _Decision:
    """The events that follow from *command*, or every reason why not."""
    if isinstance(command, DeclareWithdrawal):
        return _declare(command, state, facts)
    found = state.numbered(command.return_)
    if found is None:
        return Rejected((UnknownReturn(return_=command.return_),))
    match command:
        case ReceiveReturn():
            return _receive(command, found, facts)
        case InspectReturn():
            return _inspect(command, found, facts)
        case GrantRefund():
            return _grant(command, found, facts)
        case CloseReturn():
            return _close(command, found, facts)
        case SettleParcel():
            return _settle(command, found, state, facts)
        case _:
            assert_never(command)


def _decision(reasons: tuple[Rejection, ...], *events: Event) -> _Decision:
    return Rejected(reasons) if reasons else Accepted(events)


def _declare(command: DeclareWithdrawal, state: Returns, facts: Facts) -> _Decision:
    declared_at = command.declared_at or facts.at
    free = allowed(state, facts)
    if any(_is_same(command, declared_at, one, free) for one in state.returns):
        return Accepted(())
    refund = law.refund_deadline(facts.at, facts.jurisdiction, concluded=facts.concluded)
    send_back = law.send_back_deadline(declared_at, facts.jurisdiction, concluded=facts.concluded)
    declared = WithdrawalDeclared(
        return_=len(state.returns) + 1,
        quantities=command.quantities,
        declared_at=declared_at,
        refund_by=refund.legal_end,
        refund_target=refund.target,
        send_back_by=send_back.legal_end,
        at=facts.at,
    )
    in_transit = (
        WithdrawnInTransit(return_=declared.return_, parcel=each.parcel, quantities=inside, at=facts.at)
        for each in facts.parcels
        if each.end is None and (inside := each.quantities & command.quantities)
    )
    reasons = (*_untimely(declared_at, facts), *_not_free(command.quantities, free, facts))
    return _decision(reasons, declared, *in_transit)


def _is_same(command: DeclareWithdrawal, declared_at: datetime, one: Return, free: Quantities) -> bool:
    # A second statement like the first may mean as many units more: only where those are not there is it a repetition.
    repeated = declared_at == one.declared_at or (command.declared_at is None and not command.quantities <= free)
    return not one.is_over and command.quantities == one.quantities and repeated


def _untimely(declared_at: datetime, facts: Facts) -> Iterator[Rejection]:
    if not law.has_withdrawal_right(facts.buyer):
        yield NotAConsumer(buyer=facts.buyer)
    if declared_at > facts.at:
        yield DeclaredInFuture(declared_at=declared_at)
    deadline = withdrawal_deadline(facts)
    if deadline is not None and not deadline.is_in_time(declared_at):
        yield WithdrawalPeriodOver(until=deadline.legal_end)


def _not_free(units: Quantities, free: Quantities, facts: Facts) -> Iterator[Rejection]:
    sent = facts.delivered + facts.in_transit
    for line, wanted in units:
        if (code := refusal(line, facts)) is not None:
            yield NotWithdrawable(line=line, code=code)
        if not sent[line]:
            yield NotDelivered(line=line)
        elif wanted > free[line]:
            yield ExceedsDelivered(line=line, wanted=wanted, allowed=free[line])


def _receive(command: ReceiveReturn, one: Return, facts: Facts) -> _Decision:
    new = command.quantities - one.received
    if not new:
        return Accepted(())
    reasons = (*_over(one), *_undeclared(command.quantities, one.quantities - one.lost))
    return _decision(reasons, ReturnReceived(return_=one.number, quantities=new, at=facts.at))


def _inspect(command: InspectReturn, one: Return, facts: Facts) -> _Decision:
    restock, write_off = command.restock - one.restocked, command.write_off - one.written_off
    opened = command.opened - one.opened
    new = restock + write_off + opened
    if not new:
        return Accepted(())
    reasons = (
        *_over(one),
        *(
            ExceedsReceived(line=line, wanted=count, allowed=one.uninspected[line])
            for line, count in new
            if count > one.uninspected[line]
        ),
        *(NotLostByOpening(line=line) for line, _ in opened if not _has_seal(line, facts)),
        *(_lots_differ(restock, command.lots) if command.lots else ()),
        *(_lots_differ(write_off, command.write_off_lots) if command.write_off_lots else ()),
    )
    inspected = ReturnInspected(
        return_=one.number,
        restock=restock,
        write_off=write_off,
        opened=opened,
        location=command.location,
        restock_as=command.restock_as,
        write_off_as=command.write_off_as,
        lots=command.lots,
        write_off_lots=command.write_off_lots,
        at=facts.at,
    )
    return _decision(reasons, inspected, *_entitlement(one, inspected, facts))


def _lots_differ(units: Quantities, lots: NamedLots) -> Iterator[LotsDiffer]:
    for line, count in units_named(lots):
        if count != units[line]:
            yield LotsDiffer(line=line, wanted=units[line], named=count)


def _has_seal(line: str, facts: Facts) -> bool:
    found = facts.exception(line)
    return found is not None and law.lost_only_when_opened(found)


def _grant(command: GrantRefund, one: Return, facts: Facts) -> _Decision:
    creditable = one.quantities - one.opened
    wanted = creditable if command.quantities is None else command.quantities
    if not wanted - one.granted:
        return Accepted(())
    reasons = (*_over(one), *_undeclared(wanted, creditable))
    return _decision(reasons, *_refund(one, wanted - one.granted, facts))


def _entitlement(one: Return, event: ReturnInspected | ParcelSettled, facts: Facts) -> tuple[RefundGranted, ...]:
    """The credit for what *event* makes the customer's due beyond what was credited before."""
    (after,) = evolve(Returns(returns=(one,)), event).returns
    return () if one.is_over else _refund(one, after.entitled - one.granted, facts)


def _refund(one: Return, units: Quantities, facts: Facts) -> tuple[RefundGranted, ...]:
    """The credit for *units*, as far as they are still in the ledger; nothing where none is."""
    units = units & facts.in_ledger
    if not units:
        return ()
    share = sum((facts.ledger.take(line, facts.left[line], count) for line, count in units), start=Share())
    currency = facts.ledger.currency
    everything = not facts.in_ledger - units
    goods, deposit = Money(share.gross, currency), Money(share.deposit, currency)
    delivery = law.delivery_refund(
        facts.delivery_paid, facts.cheapest_delivery, facts.delivery_refunded, everything=everything
    )
    fee = law.fee_refund(facts.fee_paid or Money.zero(currency), everything=everything)
    granted = RefundGranted(
        return_=one.number,
        units=units,
        goods=goods,
        deposit=deposit,
        delivery=delivery,
        fee=fee,
        amount=goods + deposit + delivery + fee,
        vat=share.vat,
        at=facts.at,
    )
    return (granted,)


def _close(command: CloseReturn, one: Return, facts: Facts) -> _Decision:
    if one.is_over:
        return Accepted(())
    owed = (one.accepted - one.granted) & facts.in_ledger
    reasons: tuple[Rejection, ...] = (
        *(NotInspected(line=line, units=count) for line, count in one.uninspected),
        *(RefundOutstanding(line=line, units=count) for line, count in owed),
    )
    return _decision(reasons, ReturnClosed(return_=one.number, reason=command.reason, at=facts.at))


def _settle(command: SettleParcel, one: Return, state: Returns, facts: Facts) -> _Decision:
    parcel = facts.parcel(command.parcel)
    if parcel is None or parcel.end is None:
        return Accepted(())
    known = next((each for each in one.settled if each.parcel == parcel.parcel), None)
    if known is not None and known.end is parcel.end:
        return Accepted(())
    inside = _withdrawn_units(parcel, one, state) if known is None else known.quantities
    if not inside:
        return Accepted(())
    # Staff may have recorded the same units as received: which of the two came first changes nothing.
    brought = units_of(one.settled, ParcelEnd.RETURNED) + inside
    settled = ParcelSettled(
        return_=one.number,
        parcel=parcel.parcel,
        quantities=inside,
        arrived=brought - one.received if parcel.end is ParcelEnd.RETURNED else Quantities(),
        end=parcel.end,
        at=facts.at,
    )
    return Accepted((settled, *_entitlement(one, settled, facts)))


def _withdrawn_units(parcel: ParcelUnits, one: Return, state: Returns) -> Quantities:
    if parcel.end is ParcelEnd.DELIVERED:
        return Quantities()
    return one.may_hold(parcel) & (parcel.quantities - settled_units(state, parcel.parcel))


def _over(one: Return) -> Iterator[Rejection]:
    if one.is_over:
        yield ReturnOver(return_=one.number, stage=one.stage)


def _undeclared(units: Quantities, declared: Quantities) -> Iterator[Rejection]:
    for line, wanted in units:
        if wanted > declared[line]:
            yield ExceedsDeclared(line=line, wanted=wanted, allowed=declared[line])
