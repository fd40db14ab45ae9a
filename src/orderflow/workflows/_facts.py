"""The frozen facts each concept declares it needs, built from the folds of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from .. import giftcards, law, orders, payments, people, pricing, returns, shipping, stock
from ..counters import Shortage
from ..coupons import Claim
from ..decisions import Rejected
from ..giftcards import Card, NoCard, VoucherKind
from ..lots import LotUnits
from ..money import Money, total_of
from ..orders import AmendDelivery, DestinationKind, Gate, OrderStage, PlaceOrder
from ..payments import ChooseRefundForm, PayWithGiftCard, PayWithStoreCredit, StoredValue
from ..people import Person
from ..quantities import Quantities
from ..returns import ParcelEnd, ParcelUnits
from ..shipping import PackParcel, ParcelStage, RecordDelivery, inserts_for
from ._balance import (
    came_to_nothing,
    due,
    gone,
    is_cash_on_delivery,
    is_settled,
    not_supplied,
    owed,
    packed_units,
    taken_off,
)  # fmt: skip
from ._coupons import usable_claims, with_coupons
from ._file import OrderFile
from ._policy import Policy
from ._verification import demand, verdicts
from ._ways_to_pay import refused_after, retry_facts, ways_to_pay

__all__ = (
    "Context",
    "floors",
    "free_units",
    "in_shop",
    "order_facts",
    "payment_facts",
    "people_facts",
    "pick_lists",
    "placing_facts",
    "return_facts",
    "shipping_facts",
    "stock_facts",
    "store_credit",
    "usable_card",
)


_NO_UNITS = Quantities()
_DELIVERED = (pricing.DeliveryKind.COURIER, pricing.DeliveryKind.POINT)
WITHDRAWAL_INFORMATION = "withdrawal_information"
"""The evidence that says the customer was told of the right of withdrawal. An order that records evidence without it
gives twelve more months (UPK art. 29); one that records none says nothing of it."""


@attrs.frozen(kw_only=True)
class Context:
    """
    What comes from outside the file: the moment, the shop's policy, the erasable person, a new order's identity.

    ``claims`` are those of a new order's coupon codes that can be used, as far as its counters show before the commit.
    ``tenders`` are the cards and the store credit with which it is paid, one after the other; ``cards`` are those that
    an order has to do with, as they stand in its own transaction.
    ``positions`` are how everything stands that the order needs, in each location that is sold from; ``bought`` is what
    the customer of a new order has bought before of what is limited; ``lots`` are those of tracked items, by the items'
    names.
    """

    at: datetime
    policy: Policy
    person: Person | None = None
    identity: orders.Identity | None = None
    shortages: tuple[Shortage, ...] = ()
    claims: tuple[Claim, ...] = ()
    tenders: tuple[str, ...] = ()
    cards: Mapping[str, giftcards.State] = attrs.field(factory=dict)
    positions: Mapping[str, tuple[stock.Position, ...]] = attrs.field(factory=dict)
    bought: Mapping[str, int] = attrs.field(factory=dict)
    lots: Mapping[str, tuple[LotUnits, ...]] = attrs.field(factory=dict)


def _basket(
    units: Iterable[tuple[orders.Line, int]], currency: str, delivery: str | None, country: str
) -> pricing.Basket:
    lines = [
        pricing.BasketLine(
            line=line.line,
            sku=line.sku,
            quantity=count,
            unit_price=line.unit_price,
            vat=line.vat,
            price_includes_vat=line.price_includes_vat,
            weight_grams=line.weight_grams,
            tags=line.tags,
            floor=line.floor,
            discountable=line.discountable,
            reduced=line.reduced,
            dimensions_mm=line.dimensions_mm,
            minimum_age=line.minimum_age,
            deposit=line.deposit,
        )
        for line, count in units
    ]
    return pricing.Basket(currency=currency, lines=tuple(lines), delivery_method=delivery, country=country)


def in_shop(basket: pricing.Basket, policy: Policy, at: datetime, payment_method: str | None = None) -> pricing.Basket:
    """The basket with what the shop knows of its circumstances: the moment, the channel, how it is to be paid."""
    given = basket.circumstances
    known = attrs.evolve(given, at=at, channel=policy.channel, payment_method=payment_method or given.payment_method)
    return attrs.evolve(basket, circumstances=known)


def placing_facts(command: PlaceOrder, context: Context) -> orders.Facts:
    """What placing needs: the price, what is offered, and who the order is."""
    units = ((line, line.quantity) for line in command.lines)
    there = orders.destination(command.target)
    policy = context.policy
    claims = usable_claims(context.claims, context.at, context.shortages)
    circumstances = with_coupons(command.circumstances, policy, claims)
    basket = attrs.evolve(
        _basket(units, command.currency, command.delivery_method, there.country), circumstances=circumstances
    )
    quote = pricing.quote(
        in_shop(basket, policy, context.at, command.payment_method), policy.tariff, policy.promotions, policy.money
    )
    priced = quote if isinstance(quote, pricing.Quote) else None
    ways = (way.code for way in ways_to_pay(policy, there.kind))
    offered = None if priced is None else {offer.code for offer in priced.payment_offers}
    return orders.Facts(
        at=context.at,
        identity=context.identity,
        quote=quote,
        delivery_offered=priced.offers if priced else (),
        payment_offered=tuple(way for way in ways if offered is None or way in offered),
    )


_TAKES_UNITS_OUT = (orders.CancelLines, orders.CancelOrder, orders.OfferSubstitute, orders.AcceptSubstitute)


def order_facts(command: orders.Command, file: OrderFile, context: Context) -> orders.Facts:
    """What the order's own rules need to decide *command*; what it does not ask for is not worked out."""
    if isinstance(file.orders, orders.NoOrder):
        return orders.Facts(at=context.at, identity=context.identity)
    cancels = isinstance(command, _TAKES_UNITS_OUT)
    amends = isinstance(command, orders.AmendAddress | AmendDelivery)
    is_new = file.orders.stage is OrderStage.RECEIVED
    checks = isinstance(command, orders.VerifyOrder) or (isinstance(command, orders.ConfirmOrder) and is_new)
    known = orders.Facts(
        at=context.at,
        identity=context.identity,
        quote=_substitute_quote(command, file) if isinstance(command, orders.OfferSubstitute) else None,
        verdicts=verdicts(file, context.person, context.policy, context.at) if checks else (),
        checks=context.policy.checks,
        stages=context.policy.stages,
        packed=_not_to_cancel(command, file) if cancels else packed_units(file) if amends else _NO_UNITS,
        gone=gone(file) if cancels else _NO_UNITS,
        not_supplied=not_supplied(file) if cancels else _NO_UNITS,
        keep_delivery=cancels and _delivery_was_made(file),
        unsettled=unsettled(file) if isinstance(command, orders.CloseOrder) else (),
    )
    return _with_delivery(known, command, file, context.policy) if isinstance(command, AmendDelivery) else known


def _with_delivery(known: orders.Facts, command: AmendDelivery, file: OrderFile, policy: Policy) -> orders.Facts:
    quote = _quote_now(command, file, policy)
    if quote is None:
        return known
    return attrs.evolve(
        known,
        delivery_offered=quote.offers,
        delivery_not_offered=quote.not_offered,
        payment_refused=refused_after(command, quote.offers, file, policy),
    )


def _substitute_quote(command: orders.OfferSubstitute, file: OrderFile) -> pricing.Quote | Rejected[pricing.Rejection]:
    order, line = file.order, command.substitute
    basket = _basket(((line, line.quantity),), order.currency, None, order.destination.country)
    return pricing.quote(basket, pricing.Tariff(), policy=order.quote.policy)


def _not_to_cancel(command: orders.Command, file: OrderFile) -> Quantities:
    packed = packed_units(file)
    if packed and isinstance(command, orders.CancelOrder):
        return packed
    return _packed_or_to_credit(file)


def _packed_or_to_credit(file: OrderFile) -> Quantities:
    # Those that a return has credited are gone already; those it is still to credit are not cancelled as well.
    return packed_units(file) + returns.settled_units(file.returns) - returns.granted_units(file.returns)


def free_units(file: OrderFile) -> Quantities:
    """Units by line that can still be taken out of the order."""
    order = file.order
    return order.remaining - _packed_or_to_credit(file) - (gone(file) - order.cancelled)


def _delivery_was_made(file: OrderFile) -> bool:
    # A parcel nobody fetched was carried all the same; a lost one was not, and at the door nobody paid for it.
    carried = shipping.handed_over(file.shipping) - shipping.in_stage(file.shipping, ParcelStage.LOST)
    return bool(carried) and not due(file)


def _quote_now(command: AmendDelivery, file: OrderFile, policy: Policy) -> pricing.Quote | None:
    order = file.order
    units = ((line, order.remaining[line.line]) for line in order.lines if order.remaining[line.line])
    country = orders.destination(command.target).country
    quote = pricing.quote(_basket(units, order.currency, None, country), policy.tariff)
    return quote if isinstance(quote, pricing.Quote) else None


def unsettled(file: OrderFile) -> tuple[str, ...]:
    """Why the order cannot be filed yet."""
    under_way = [str(parcel.number) for parcel in file.shipping.parcels if parcel.is_live and not parcel.is_over]
    checks = (
        ("money", not is_settled(file)),
        ("stock", bool(file.stock.open)),
        ("parcels", bool(under_way)),
        ("units", not _is_supplied(file)),
        ("returns", bool(returns.open_returns(file.returns))),
    )
    return tuple(name for name, is_open in checks if is_open)


def _is_supplied(file: OrderFile) -> bool:
    order = file.order
    if order.stage is OrderStage.CANCELLED or order.destination.kind is DestinationKind.DOWNLOAD:
        return True
    return _to_ship(file) <= shipping.delivered(file.shipping) + came_to_nothing(file)


def payment_facts(command: payments.Command, file: OrderFile, context: Context) -> payments.Facts:
    """What the payment rules need to decide *command*; what it does not ask for is not worked out."""
    if isinstance(command, payments.RetryPayment):
        return retry_facts(file, context.policy, context.at)
    if not isinstance(command, PayWithGiftCard | PayWithStoreCredit | ChooseRefundForm):
        return payments.Facts(at=context.at, owed=owed(file))
    credit = store_credit(file)
    return attrs.evolve(
        retry_facts(file, context.policy, context.at),
        collecting=_collecting(file),
        value=_stored_value(_account(command, credit), file.order.seller, context),
        store_credit=credit,
    )


def _account(command: PayWithGiftCard | PayWithStoreCredit | ChooseRefundForm, credit: str) -> str:
    return command.card if isinstance(command, PayWithGiftCard) else credit


def store_credit(file: OrderFile) -> str:
    """The name of the customer's store credit; empty for a guest."""
    order = file.order
    return "" if order.customer is None else giftcards.credit_id(order.seller, order.customer, order.currency)


def usable_card(account: str, seller: str, context: Context) -> Card | None:
    """The card, where it can pay an order of this seller now."""
    card = context.cards.get(account, NoCard())
    return card if isinstance(card, Card) and giftcards.is_usable(card, seller, context.at) else None


def _stored_value(account: str, seller: str, context: Context) -> StoredValue | None:
    card = usable_card(account, seller, context)
    if card is None:
        return None
    return StoredValue(account=account, available=card.balance, taxed=card.kind is VoucherKind.SINGLE_PURPOSE)


def _collecting(file: OrderFile) -> Money:
    on_the_way = (parcel for parcel in file.shipping.parcels if parcel.is_live and not parcel.is_over)
    return total_of((parcel.cash_due for parcel in on_the_way if parcel.cash_due), file.order.currency)


def stock_facts(file: OrderFile, context: Context) -> stock.Facts:
    """What the stock rules need."""
    policy = context.policy
    if policy.sourcing is None and not file.stock.elsewhere:
        locations = tuple(location.code for location in policy.locations)
        return stock.Facts(
            at=context.at,
            shortages=context.shortages,
            locations=locations,
            selling=policy.selling,
            b_grades=policy.b_grades,
            warehouses=policy.warehouses,
        )
    there = file.order.destination
    person = context.person if there.kind is DestinationKind.ADDRESS else None
    address = None if person is None else person.delivery
    return stock.Facts(
        at=context.at,
        shortages=context.shortages,
        sourcing=policy.sourcing,
        supplies=stock.supplies(context.positions, policy.rules, policy.channel, policy.selling),
        later=_later(context),
        rules=policy.rules,
        ordered=_ordered(file),
        buyer="" if file.order.customer is None else stock.buyer_of(file.order.customer),
        bought=context.bought,
        country=there.country,
        postal_code="" if address is None else address.postal_code,
        packed=tuple((location, demand(file, units)) for location, units in _packed_here(file)),
        locations=tuple(location.code for location in policy.locations),
        selling=policy.selling,
        b_grades=policy.b_grades,
        warehouses=policy.warehouses,
        lots=context.lots,
        zone=law.jurisdiction(policy.law).zone,
    )


def _ordered(file: OrderFile) -> Quantities:
    if file.order.stage is OrderStage.CANCELLED:
        return _NO_UNITS
    return Quantities((line.sku, file.order.remaining[line.line]) for line in file.order.lines)


def _later(context: Context) -> Mapping[str, tuple[stock.Offer, ...]]:
    policy = context.policy
    return {
        sku: tuple(stock.later_offers(context.positions[sku], rule, at=context.at, channel=policy.channel))
        for sku in context.positions
        if (rule := policy.rules.get(sku)) is not None
    }


def floors(event: stock.Event, context: Context) -> Mapping[str, stock.Floor]:
    """What holds must leave of each item that is sold by a rule, and of each customer's quota."""
    policy = context.policy
    if isinstance(event, stock.QuotaTaken):
        limits = ((sku, policy.rules[sku].per_customer) for sku, _ in event.quantities if sku in policy.rules)
        return {stock.quota_id(sku, event.buyer): stock.Floor(shelf=-most) for sku, most in limits if most is not None}
    if not isinstance(event, stock.StockHeld) or not policy.rules:
        return {}
    return stock.floors(context.positions, policy.rules, policy.channel)


def _unreleased(file: OrderFile, context: Context) -> tuple[tuple[str, datetime], ...]:
    """Lines that must not be sent yet, and until when."""
    rules = context.policy.rules
    dated = ((line.line, rules[line.sku].released) for line in file.order.lines if line.sku in rules)
    return tuple((line, when) for line, when in dated if when is not None and when > context.at)


def _packed_here(file: OrderFile) -> tuple[tuple[str, Quantities], ...]:
    """Units by line that lie in parcels which have not left, by location."""
    here = [parcel for parcel in file.shipping.parcels if parcel.is_here]
    return tuple(
        (location, Quantities(pair for parcel in here if parcel.location == location for pair in parcel.quantities))
        for location in sorted({parcel.location for parcel in here})
    )


def pick_lists(file: OrderFile) -> tuple[tuple[str, Quantities], ...]:
    """
    Units by line that are still to be packed, by the location in which they lie; lines without stock lie in each.

    Nothing where all of it lies in the main location.
    """
    if not file.stock.elsewhere:
        return ()
    packed = dict(_packed_here(file))
    left = dict(_to_ship(file) - shipping.packed(file.shipping))
    found = []
    for location, shelf in file.stock.shelves:
        loose = dict(shelf.open - demand(file, packed.get(location, _NO_UNITS)))
        lying: dict[str, int] = {}
        for line in file.order.lines:
            part = left.get(line.line, 0)
            if line.tracked:
                part = min(part, loose.get(line.sku, 0))
                loose[line.sku] = loose.get(line.sku, 0) - part
                left[line.line] = left.get(line.line, 0) - part
            lying[line.line] = part
        found.append((location, Quantities(lying)))
    return tuple((location, units) for location, units in found if units)


def people_facts(file: OrderFile, context: Context) -> people.Facts:
    """Whether personal data is still needed."""
    order = file.order
    needed = () if order.stage is OrderStage.CLOSED else ("order_open",)
    return people.Facts(at=context.at, open_reasons=needed)


_ABOUT_ONE_PARCEL = (
    shipping.CancelParcel,
    shipping.RecordBooking,
    shipping.RecordBookingFailure,
    shipping.RecordTracking,
)


def shipping_facts(command: shipping.Command, file: OrderFile, context: Context) -> shipping.Facts:
    """What the shipping rules need to decide *command*; what it does not ask for is not worked out."""
    if isinstance(command, _ABOUT_ONE_PARCEL):
        return shipping.Facts(at=context.at)
    to_ship = _NO_UNITS if _is_only_sent(command, file) else _to_ship(file)
    if isinstance(command, RecordDelivery):
        to_ship += taken_off(file)  # what was refunded elsewhere may have arrived before
    blocked = _blocked(file, context.policy)
    waiting = _unreleased(file, context) if context.policy.rules else ()
    if not isinstance(command, PackParcel):
        return shipping.Facts(
            at=context.at,
            to_ship=to_ship,
            blocked=blocked,
            unreleased=waiting,
            carriers=_carriers(file, context.policy),
        )
    order = file.order
    offer = next((offer for offer in order.delivery_offered if offer.code == order.delivery_method), None)
    return shipping.Facts(
        at=context.at,
        to_ship=to_ship,
        blocked=blocked,
        weights=tuple((line.line, line.weight_grams) for line in order.lines),
        inserts=inserts_for(context.policy.inserts, total=order.quote.total, channel=order.channel, tags=order.tags),
        cash_due=_cash_due(command, file),
        lying=pick_lists(file),
        courier="manual" if offer is None else offer.courier,
        target=order.destination.kind,
        carriers=_carriers(file, context.policy),
    )


def _carriers(file: OrderFile, policy: Policy) -> tuple[shipping.Carrier, ...]:
    travels = file.order.destination.kind in (DestinationKind.ADDRESS, DestinationKind.POINT)
    return policy.carriers if travels else ()


def _is_only_sent(command: shipping.Command, file: OrderFile) -> bool:
    return file.order.destination.kind is DestinationKind.DOWNLOAD and not isinstance(command, RecordDelivery)


def _to_ship(file: OrderFile) -> Quantities:
    # What never arrived was cancelled, unless it is a return's, and still counts as picked and packed.
    return file.order.remaining + came_to_nothing(file) - not_supplied(file)


def _blocked(file: OrderFile, policy: Policy) -> tuple[str, ...]:
    order = file.order
    stages = orders.open_stages(order, policy.stages, Gate.SHIP)
    checks = (
        ("not_confirmed", order.stage is not OrderStage.CONFIRMED),
        ("on_hold", bool(order.holds)),
        ("unpaid", bool(due(file)) and not is_cash_on_delivery(file)),
    )
    return (*(name for name, blocks in checks if blocks), *(f"stage:{stage}" for stage in stages))


def _cash_due(command: PackParcel, file: OrderFile) -> Money | None:
    """What the courier collects for this parcel: all that is due, less what other parcels collect or will."""
    if not is_cash_on_delivery(file):
        return None
    order = file.order
    asked = _collecting(file).minor
    picked = file.shipping.picked - shipping.packed(file.shipping)
    inside = picked if command.quantities is None else command.quantities
    later = order.remaining - packed_units(file) - not_supplied(file) - inside
    left = gone(file)
    kept = sum(order.quote.ledger.take(line, left[line], count).credit for line, count in later)
    return Money(max(due(file).minor - asked - kept, 0), order.currency)


_ENDS = {
    ParcelStage.DELIVERED: ParcelEnd.DELIVERED,
    ParcelStage.RETURNED: ParcelEnd.RETURNED,
    ParcelStage.LOST: ParcelEnd.LOST,
}


def _sent(parcel: shipping.Parcel) -> ParcelUnits:
    return ParcelUnits(parcel=parcel.number, quantities=parcel.quantities, end=_ENDS.get(parcel.stage))


def return_facts(file: OrderFile, context: Context) -> returns.Facts:
    """What withdrawing and refunding need."""
    order = file.order
    delivered = shipping.delivered(file.shipping)
    # Collecting from the shop is not a delivery, so its price of nothing caps no refund (CRD art. 13(2)). Nor is
    # there a cap on what nobody paid.
    paid = bool(payments.money_in(file.payments, order.currency))
    cheapest = [offer.price for offer in order.delivery_offered if offer.ordinary and offer.kind in _DELIVERED and paid]
    return returns.Facts(
        at=context.at,
        buyer=order.buyer,
        jurisdiction=order.law,
        delivered=delivered,
        parcels=tuple(_sent(parcel) for parcel in file.shipping.parcels if parcel.has_left),
        last_delivery=shipping.last_delivery(file.shipping),
        all_delivered=order.remaining - not_supplied(file) <= delivered,
        excluded=tuple((line.line, line.not_withdrawable) for line in order.lines if line.not_withdrawable),
        ledger=order.quote.ledger,
        left=gone(file),
        delivery_paid=order.delivery_price,
        cheapest_delivery=min(cheapest, default=None),
        delivery_refunded=returns.granted_delivery(file.returns, order.currency),
        fee_paid=order.payment_fee,
        concluded=order.placed_at,
        informed=not order.evidence or any(each.kind == WITHDRAWAL_INFORMATION for each in order.evidence),
    )
