"""
Shop: the front door for hosts. Thin on purpose: it loads, asks the pure plan, commits, and performs what is due.

Thread-safe, and safe to run in several processes on one store.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from os import PathLike
from typing import Any, TypeAlias, overload

import attrs

from .. import coupons, giftcards, loyalty, orders, payments, pricing, stock, workflows
from ..actors import STAFF, Actor
from ..counters import Level
from ..coupons import Campaign, Claim
from ..decisions import Rejected
from ..errors import InvalidInputError
from ..giftcards import Card, VoucherKind
from ..identifiers import OrderId, Reference, canonical_reference, code, order_id, person_ref, reference
from ..loyalty import AdjustPoints, NoProgramme, Programme, RedeemPoints, account_id, member_of
from ..moments import moment
from ..money import Money, minor_units
from ..orders import Identity, PlaceOrder, RecordOrder
from ..ports.courier import Courier
from ..ports.gateway import NotificationRefused, PaymentGateway, RawNotification, Reply
from ..ports.notifier import Notifier
from ..ports.store import JoiningStore, Store, StoreConflictError, StoreError, Transaction, WorkRow
from ..ports.warehouse import Warehouse, WarehouseLevel
from ..ports.world import Clock, Ids
from ..pricing import Tariff
from ..quantities import MOST_UNITS, Quantities
from ..shipping import Insert
from ..texts import LONGEST_NOTE, human_text
from ..workflows import Command, Context, OrderFile, PaymentMethod, Plan, plan
from ._cards import Paid, carry_out_card, known_card, own_code, to_card_ids
from ._commit import in_one_commit
from ._coupons import allow_customers, allow_customers_in, carry_out_item, claims_now
from ._door import (
    CAMPAIGN_COMMANDS,
    CARD_COMMANDS,
    COMMANDS,
    ITEM_COMMANDS,
    PLACING,
    POINTS_COMMANDS,
    optional,
    optional_call,
    require_call,
    require_command,
    require_key,
    require_kind,
    require_request,
    several,
    texts_by_name,
    values_by_name,
)
from ._errands import ORDER_KEY_LENGTH
from ._inbox import keep, order_of
from ._items import StockTakeRejected, carry_out_stock, take_levels, take_stock
from ._lots import good_through, lots_now, takers
from ._loyalty import book
from ._mirror import compare, to_report
from ._opening import partners_of, policy_of
from ._receipts import answered, keep_receipt
from ._steps import next_step
from ._supplies import bought_now, position_now
from ._unit import CommandRejected, Known, Loaded, New, Projection, UnitOfWork, load_card
from ._worker import Subscriber, Worker, entry
from .views import Explanation, HistoryEntry, IssuedGiftCard, LotSent, OrderSummary, OrderView, Performed, RunReport
from .world import SystemClock, SystemIds

__all__ = ("CommandRejected", "Shop", "StockTakeRejected")

ApartCommand: TypeAlias = stock.ItemCommand | coupons.ItemCommand | loyalty.ItemCommand

_BATCH = 16
_IDENTIFIER = re.compile(
    r"ord_\w{1,40}|[a-z_]{1,20}:\d{1,20}|(?=\S*\d)(?=\S*[A-Za-z])(?:[0-9A-Za-z]-?){9,11}", re.ASCII
)
_PLACING_TRIES = 3
_MOST_LISTED = 1000
_MOST_TOGETHER = 1000
_NO_FILE = OrderFile()


class Shop:
    """
    One shop on one store; several shops may share a store and its stock.

    Every port has a safe default: without gateways customers pay by transfer or at the door, confirmed by
    hand; without couriers parcels are booked by hand; without a notifier messages are kept in the store.

    Args:
        store: where orders live (``MemoryStore()``, ``SqliteStore(path)``).
        seller: who sells, as the host names itself; pinned in every order.
        channel: where these orders come from, for example a country's web shop.
        law: the jurisdiction whose consumer law applies (``PL``, ``DE``, ``FR``, ``CZ`` …).
        gateways: payment gateways by name, which is also the payment method's code unless *payment_methods* says more.
        couriers: couriers by name; delivery methods of the tariff refer to them.
        notifier: sends messages to customers; without one they are kept in the store.
        tariff: the delivery methods and their prices; without one no order can be placed.
        promotions: all promotions and how they combine.
        campaigns: what coupon codes open, and what is limited; promotions name them in ``WithCoupon``.
        coupon_attempts: called with the customer (None: a guest) and whether the code could be used, for every code
            that anybody tries, before anything is placed; what it raises refuses the attempt.
        gift_card_key: a secret of at most 64 bytes that keys the digests of gift cards' codes, kept outside the store
            and for ever: with another key no card is found. Without one, codes of your own have 26 letters at least.
        gift_card_attempts: like *coupon_attempts*, for codes of gift cards.
        money: how amounts are rounded and shared.
        loyalty: the programme by which customers earn points.
        payment_methods: the ways to pay that are offered; without them one per gateway, ``transfer`` and
            ``cash_on_delivery``.
        payment_window: how long an unpaid order and its stock wait, by kind of payment; an hour for prepaid ones and
            seven days for transfers, unless said otherwise.
        return_url: where payment pages send the customer back to, such as ``https://shop.example/orders/{reference}``;
            the order's reference takes the place of ``{reference}``. Gateways get it with every payment they start.
        checks: the host's own checks; verified here, statically.
        stages: the host's own stages; verified here, statically.
        inserts: what goes into parcels beside the goods, such as a leaflet, and when.
        locations: where stock lies; without them there is one, ``main``. Backorders wait at the first that sells.
        warehouses: who has the stock of a location in his house, by the location's code; it is then a mirror of his.
        sourcing: from which locations an order's units come; in the order of *locations* (``stock.Priority``), unless
            said otherwise.
        sales_rules: by SKU, what stays on the shelf, what is kept for a channel, and what may be promised for later.
        b_grades: by SKU, the SKU as which its returned units of second choice are sold.
        longest_hold: how long after it was placed further attempts to pay keep an order's units; without it, as long as
            somebody starts them in time.
        project: called inside every commit with the transaction, the order's id and the new events.
        subscribers: functions by name, called by ``run`` with committed events, at least once, in order per order.
        clock: tells the time; for tests, a ``VirtualClock``.
        ids: makes identifiers; for tests, ``CountingIds``.

    Raises:
        InvalidInputError: checks or stages in which an order could get stuck, or methods that name no gateway or
            courier, or ask of one what it declares that it cannot do.
    """

    def __init__(
        self,
        store: Store,
        *,
        seller: str,
        channel: str = "default",
        law: str = "PL",
        gateways: Mapping[str, PaymentGateway] | None = None,
        couriers: Mapping[str, Courier] | None = None,
        notifier: Notifier | None = None,
        tariff: Tariff | None = None,
        promotions: pricing.Promotions | None = None,
        campaigns: Sequence[Campaign] = (),
        coupon_attempts: Callable[[str | None, bool], object] | None = None,
        gift_card_key: bytes = b"",
        gift_card_attempts: Callable[[str | None, bool], object] | None = None,
        money: pricing.MoneyPolicy | None = None,
        loyalty: Programme | None = None,
        payment_methods: Sequence[PaymentMethod] | None = None,
        payment_window: Mapping[payments.TenderKind, timedelta] | None = None,
        return_url: str | None = None,
        checks: Sequence[orders.HostCheck] = (),
        stages: Sequence[orders.HostStage] = (),
        inserts: Sequence[Insert] = (),
        locations: Sequence[stock.Location] = (),
        warehouses: Mapping[str, Warehouse] | None = None,
        sourcing: stock.Sourcing | None = None,
        sales_rules: Sequence[stock.SalesRule] = (),
        b_grades: Mapping[str, str] | None = None,
        longest_hold: timedelta | None = None,
        project: Projection | None = None,
        subscribers: Mapping[str, Subscriber] | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
    ) -> None:
        if isinstance(store, str | PathLike):
            raise InvalidInputError("store", "expected a store, got a path; give SqliteStore(path)")
        self.store = store
        self._clock: Clock = optional(Clock, clock, "clock") or SystemClock()
        moment(self._clock.now(), "clock")
        self._ids: Ids = optional(Ids, ids, "ids") or SystemIds()
        partners = partners_of(
            store,
            self._clock,
            gateways=gateways,
            couriers=couriers,
            notifier=notifier,
            warehouses=warehouses,
            return_url=return_url,
        )
        self.policy = policy_of(
            partners,
            seller=seller,
            channel=channel,
            law=law,
            tariff=tariff,
            promotions=promotions,
            campaigns=campaigns,
            money=money,
            loyalty=loyalty,
            payment_methods=payment_methods,
            payment_window=payment_window,
            checks=checks,
            stages=stages,
            inserts=inserts,
            locations=locations,
            sourcing=sourcing,
            sales_rules=sales_rules,
            b_grades=b_grades,
            longest_hold=longest_hold,
        )
        self._location_codes = tuple(location.code for location in self.policy.locations)
        self._coupon_attempts = optional_call(coupon_attempts, "coupon_attempts")
        self._gift_card_key = require_key(gift_card_key)
        self._gift_card_attempts = optional_call(gift_card_attempts, "gift_card_attempts")
        hearers = values_by_name(subscribers, "subscribers", require_call)
        self._unit = UnitOfWork(store, optional_call(project, "project"), tuple(hearers), self.policy)
        self._worker = Worker(self._unit, partners, self.policy, self._clock, hearers)

    def within(self, connection: Any) -> Shop:
        """
        The same shop inside a transaction of yours: what it writes stays or goes with your own rows.

        *connection* is what the store's ``within`` takes, such as a session of SQLAlchemy or a connection of Django.
        Use the shop you get in that transaction only. It calls no partners: ``perform`` afterwards.

        Raises:
            StoreError: this store cannot join, or the connection is in no transaction.
        """
        if not isinstance(self.store, JoiningStore):
            raise StoreError("this store cannot write in a transaction of yours; SqlStore can")
        joined, store = copy(self), self.store.within(connection)
        unit = self._unit.within(store)
        vars(joined).update(store=store, _unit=unit, _worker=attrs.evolve(self._worker, unit=unit))
        return joined

    def _require_own_commits(self, name: str) -> None:
        if self._unit.is_hosted:
            raise StoreError(f"{name} calls partners, which must not wait in a transaction; call it after your commit")

    # Asking for a price, and placing

    def quote(
        self, basket: pricing.Basket, coupons: Sequence[str] = (), *, customer: str | None = None
    ) -> pricing.Quote:
        """
        What *basket* costs now, with every delivery method on offer, and what became of every promotion.

        *coupons* are codes as they were typed by *customer* (None: a guest); nothing is kept for anybody.

        Raises:
            CommandRejected: it cannot be priced, or a code cannot be used; all reasons.
        """
        require_kind(pricing.Basket, basket, "basket")
        codes, policy, at = orders.coupon_codes(coupons), self.policy, self._clock.now()
        if customer is not None:
            code(customer, "customer")
        claims = self._claims(codes, customer, basket.currency, at)
        self._tell_attempts(codes, claims, customer)
        there = workflows.in_shop(basket, policy, at)
        opened = workflows.with_coupons(there.circumstances, policy, claims)
        if opened != there.circumstances:
            there = attrs.evolve(there, circumstances=opened)
        quoted = pricing.quote(there, policy.tariff, policy.promotions, policy.money)
        facts = workflows.coupon_facts(quoted, at=at, policy=policy, claims=claims)
        refused = workflows.refused_coupons(codes, facts)
        if isinstance(quoted, Rejected):
            raise CommandRejected((*quoted.reasons, *refused), basket)
        if refused:
            raise CommandRejected(refused, basket)
        return quoted

    def place(
        self,
        command: PlaceOrder,
        *,
        gift_cards: Sequence[str] = (),
        store_credit: bool = False,
        request_id: str | None = None,
    ) -> OrderView:
        """
        Price, pin, hold stock and record the order in one commit.

        The cards whose codes are *gift_cards* pay first, one after the other, then the customer's *store_credit*; what
        is left is asked for by the order's payment method.

        Raises:
            CommandRejected: every reason why not (out of stock, method not offered, a card that cannot pay …).
        """
        at = self._clock.now()
        require_request(request_id)
        tenders = self._tenders(command, gift_cards, store_credit)
        conflict = None
        claims: tuple[Claim, ...] = ()
        asked = Paid(command=command, tenders=tenders) if tenders else command
        for number in range(_PLACING_TRIES):
            if request_id is not None and (answered := self._answered(request_id, asked)):
                return answered
            self._require_free(command)
            identity = self._new_identity(at, command.reference)
            if command.coupons:
                claims = self._claims(command.coupons, command.customer, command.currency, at)
                if number == 0:
                    self._tell_attempts(command.coupons, claims, command.customer)
                allow_customers(self.store, claims, at)
            if number == 0:
                self._tell_card_attempts(tuple(filter(giftcards.is_gift_card, tenders)), command.customer, at)
            try:
                return self._carry_out(
                    identity.order,
                    command,
                    at,
                    identity=identity,
                    request_id=request_id,
                    asked=asked,
                    claims=claims,
                    tenders=tenders,
                )
            except StoreConflictError as error:  # somebody took the request id, the reference or a number meanwhile
                conflict = error
        raise conflict or StoreConflictError("no free reference was found")

    def preview(self, command: Command, *, gift_cards: Sequence[str] = (), store_credit: bool = False) -> OrderView:
        """
        The order as it would be after *command*: its price, what is due or goes back, what it would be promised.

        For a new order it is what :meth:`place` would make, paid with these *gift_cards* and the customer's
        *store_credit*; what would be left out is told, and its id and reference are nobody's. Nothing is held or kept.

        Raises:
            CommandRejected: every reason why not.
            InvalidInputError: an order from elsewhere, which is recorded and never refused.
        """
        at = self._clock.now()
        if not isinstance(command, PlaceOrder):
            require_command(command, COMMANDS)
            if isinstance(command, RecordOrder):
                raise InvalidInputError("command", "an order from elsewhere is as it is; record it, and look")
            return self._carry_out(self._stream(command.order, command), command, at, keep=False)
        tenders = self._tenders(command, gift_cards, store_credit)
        self._require_free(command)
        claims = self._claims(command.coupons, command.customer, command.currency, at)
        self._tell_attempts(command.coupons, claims, command.customer)
        self._tell_card_attempts(tuple(filter(giftcards.is_gift_card, tenders)), command.customer, at)
        new = self._new_identity(at, command.reference)
        return self._carry_out(new.order, command, at, identity=new, claims=claims, tenders=tenders, keep=False)

    def _tenders(self, command: PlaceOrder, gift_cards: Sequence[str], store_credit: bool) -> tuple[str, ...]:
        require_command(command, PLACING)
        require_kind(bool, store_credit, "store_credit")
        tenders = to_card_ids(gift_cards, self._gift_card_key)
        if not store_credit:
            return tenders
        return (*tenders, giftcards.credit_id(self.policy.seller, command.customer or "", command.currency))

    def place_all(
        self, commands: Sequence[PlaceOrder], *, request_ids: Sequence[str] | None = None
    ) -> tuple[OrderView | CommandRejected | StoreConflictError, ...]:
        """
        Place several orders in one commit, each whole or not at all, and answer each as :meth:`place` would.

        One flush to the disk for all of them is what it saves: at most a thousand, as others wait to write meanwhile.
        An order that cannot be placed in this commit is placed alone right after it. A rejection is an answer here,
        and nothing is raised for one order that would hide the answers of the others.

        Raises:
            InvalidInputError: something else than commands, or another number of request ids; nothing was placed.
        """
        commands = several(commands, PlaceOrder, "commands")
        if len(commands) > _MOST_TOGETHER:
            raise InvalidInputError("commands", f"at most {_MOST_TOGETHER} orders at once, got {len(commands)}")
        requests: Sequence[str | None] = [None] * len(commands) if request_ids is None else tuple(request_ids)
        if len(requests) != len(commands):
            raise InvalidInputError("request_ids", f"expected one for each order, got {len(requests)}")
        for command, request in zip(commands, requests, strict=True):
            require_command(command, PLACING)
            require_request(request)
        at = self._clock.now()
        news = [self._new(command, request, at) for command, request in zip(commands, requests, strict=True)]
        try:
            there = self._unit.commit_together([new for new in news if new is not None], at)
        except StoreConflictError:  # somebody else was faster with one of them
            there = {}
        return tuple(
            _view(there[new.stream]) if new is not None and new.stream in there else self._placed(command, request)
            for new, command, request in zip(news, commands, requests, strict=True)
        )

    def _new(self, command: PlaceOrder, request_id: str | None, at: datetime) -> New | None:
        """What is to be committed for an order, unless it is not acceptable, or coupons or shelves are looked up."""
        if command.coupons or self.policy.sourcing is not None:
            return None
        identity = self._new_identity(at, command.reference)
        planned = plan(command, _NO_FILE, self._context(at, Known(), identity=identity))
        if isinstance(planned, Rejected):
            return None

        def is_free(transaction: Transaction) -> bool:
            known = request_id is not None and transaction.work.receipt(request_id) is not None
            return not known and not any(transaction.records.find(name) for name in _names(command))

        def also(transaction: Transaction, after: Loaded) -> None:
            if request_id is not None:
                keep_receipt(transaction, request_id, command, after, self._ids.entropy(), at)

        return New(identity.order, planned, is_free, also)

    def _placed(self, command: PlaceOrder, request_id: str | None) -> OrderView | CommandRejected | StoreConflictError:
        try:
            return self.place(command, request_id=request_id)
        except (CommandRejected, StoreConflictError) as error:
            return error

    def _claims(self, codes: Sequence[str], customer: str | None, currency: str, at: datetime) -> tuple[Claim, ...]:
        if not codes:
            return ()
        given = coupons.Given(codes=tuple(codes), customer=customer, currency=currency, at=at)
        with self.store.reading() as transaction:
            return claims_now(transaction, given, self.policy.campaigns)

    def _tell_attempts(self, codes: Sequence[str], claims: Sequence[Claim], customer: str | None) -> None:
        if self._coupon_attempts is not None:
            usable = {claim.typed for claim in claims}
            for typed in codes:
                self._coupon_attempts(customer, typed in usable)

    @overload
    def do(self, command: ApartCommand, *, request_id: str | None = None) -> Level: ...
    @overload
    def do(self, command: giftcards.Command, *, request_id: str | None = None) -> Card: ...
    @overload
    def do(self, command: Command, *, request_id: str | None = None) -> OrderView: ...
    def do(
        self, command: Command | ApartCommand | giftcards.Command, *, request_id: str | None = None
    ) -> OrderView | Level | Card:
        """
        Carry out any command: on an order, or apart from orders.

        One on an order answers its new view, one on a gift card or store credit the card as it is then; one on a stock
        item, a campaign or a customer's points how their counter stands.

        With a ``request_id`` (1 to 64 printable ASCII characters) the same request gets the same answer and happens
        once; the same id with other content is refused.

        Raises:
            CommandRejected: every reason why not.
            StoreConflictError: others kept changing the order first; nothing happened.
        """
        if isinstance(command, PlaceOrder):
            return self.place(command, request_id=request_id)
        require_request(request_id)
        if isinstance(command, stock.ItemCommand):
            require_command(command, ITEM_COMMANDS)
            policy, at = self.policy, self._clock.now()
            return in_one_commit(self.store, lambda transaction: carry_out_stock(transaction, command, policy, at))
        if isinstance(command, coupons.GrantUses | coupons.GrantBudget | coupons.IssueCodes):
            require_command(command, CAMPAIGN_COMMANDS)
            campaigns, at = self.policy.campaigns, self._clock.now()
            return in_one_commit(self.store, lambda transaction: carry_out_item(transaction, command, campaigns, at))
        if isinstance(command, RedeemPoints | AdjustPoints):
            require_command(command, POINTS_COMMANDS)
            loyalty, at = self.policy.loyalty, self._clock.now()
            return in_one_commit(self.store, lambda transaction: book(transaction, command, loyalty, at))
        if isinstance(command, giftcards.Command):
            require_command(command, CARD_COMMANDS)
            seller, at = self.policy.seller, self._clock.now()
            return in_one_commit(self.store, lambda transaction: carry_out_card(transaction, command, seller, at))
        require_command(command, COMMANDS)
        if request_id is not None and (answered := self._answered(request_id, command)):
            return answered
        at = self._clock.now()
        if isinstance(command, RecordOrder):
            return self._record(command, at, request_id)
        return self._carry_out(self._stream(command.order, command), command, at, request_id=request_id)

    def take_stock(self, counts: Sequence[stock.CountStock]) -> tuple[tuple[Level, Level], ...]:
        """
        Book a whole stock-take in one commit, or nothing of it; how each item stood before, and stands now.

        Raises:
            StockTakeRejected: a count cannot be booked; ``by_place`` has every reason by the place in the list.
        """
        counts = several(counts, stock.CountStock, "counts")
        policy, at = self.policy, self._clock.now()
        return in_one_commit(self.store, lambda transaction: take_stock(transaction, counts, policy, at))

    def book_levels(self, location: str) -> tuple[CommandRejected, ...]:
        """
        Ask the warehouse of a location for its levels, and book each; those that could not be booked.

        Raises:
            InvalidInputError: the location lies in nobody else's house.
        """
        reports = [to_report(level, location) for level in self._levels(location)]
        at = self._clock.now()
        pages = [reports[start : start + _MOST_TOGETHER] for start in range(0, len(reports), _MOST_TOGETHER)]
        refused = [
            in_one_commit(self.store, partial(take_levels, reports=page, policy=self.policy, at=at)) for page in pages
        ]
        return tuple(each for page in refused for each in page)

    def reconcile(self, location: str) -> tuple[stock.Difference, ...]:
        """
        Ask the warehouse of a location for its levels, and compare each with what is here; nothing is changed.

        Raises:
            InvalidInputError: the location lies in nobody else's house.
        """
        levels = self._levels(location)
        with self.store.reading() as transaction:
            return compare(transaction, levels, location)

    def _levels(self, location: str) -> Sequence[WarehouseLevel]:
        self._require_own_commits("a warehouse's levels")
        house = self._worker.partners.warehouses.get(code(location, "location"))
        if house is None:
            raise InvalidInputError("location", f"{location!r} is in no warehouse of this shop")
        return several(house.levels(), WarehouseLevel, "levels")

    def level(self, sku: str, location: str = stock.MAIN) -> Level:
        """
        How an item stands in a location: on hand, and held by orders.

        Raises:
            CommandRejected: the shop has no such location.
        """
        code(sku, "sku")
        self._require_location(location)
        with self.store.reading() as transaction:
            return transaction.counters.level(stock.item_id(sku, location)) or Level(0, 0)

    def _require_location(self, location: str) -> None:
        code(location, "location")
        if location not in self._location_codes:
            raise CommandRejected((stock.UnknownLocation(location, self._location_codes),))

    def lots(self, sku: str, location: str = stock.MAIN) -> tuple[stock.LotLevel, ...]:
        """
        The lots of an item that lie in a location, in the order in which they are to be sent: what expires first.

        Raises:
            CommandRejected: the shop has no such location.
        """
        code(sku, "sku")
        self._require_location(location)
        rule = self.policy.rules.get(sku) or stock.SalesRule(sku=sku)
        day = good_through(self.policy, rule, self._clock.now())
        with self.store.reading() as transaction:
            return stock.levels(lots_now(transaction.counters, sku, location), day)

    def recall(self, sku: str, lot: str) -> tuple[LotSent, ...]:
        """
        Which orders were sent units of a lot, or of a serial number, the oldest order first. Reads a whole ledger.

        Orders that took units of it and sent none, as they were broken or missing, are not among them.
        """
        code(sku, "sku")
        code(lot, "lot")
        with self.store.reading() as transaction:
            owners = takers(transaction.counters, sku, lot, self._location_codes)
            views = [_view(self._unit.load(transaction, owner)) for owner in owners]
        return tuple(
            LotSent(order=view.id, reference=view.reference, parcel=one.parcel, lot=one.lot, back=one.back)
            for view in views
            for one in view.lots
            if (one.sku, one.lot.lot) == (sku, lot)
        )

    def available(self, sku: str, *, at: datetime | None = None, locations: Sequence[str] | None = None) -> int:
        """
        Units of a SKU that this shop can promise to send by *at* (default: now) from *locations* (default: all).

        Raises:
            CommandRejected: the shop has no such location.
        """
        now = self._clock.now()
        (promised,) = self._promised(Quantities({sku: MOST_UNITS}), now, locations)
        return promised.by(now if at is None else moment(at))

    def promise(
        self,
        units: Quantities,
        *,
        locations: Sequence[str] | None = None,
        order: str | None = None,
        customer: str | None = None,
    ) -> tuple[stock.Promise, ...]:
        """
        What can be promised of *units* by SKU, and for when. Nothing is held by asking.

        What *order* holds counts as free for it, and what *customer* has bought before counts towards his limit.

        Raises:
            CommandRejected: the shop has no such location, or there is no such order.
        """
        require_kind(Quantities, units, "units")
        if customer is not None:
            code(customer, "customer")
        return self._promised(units, self._clock.now(), locations, order, customer)

    def _promised(
        self,
        units: Quantities,
        at: datetime,
        locations: Sequence[str] | None,
        order: str | None = None,
        customer: str | None = None,
    ) -> tuple[stock.Promise, ...]:
        places = self.policy.selling if locations is None else several(locations, str, "locations")
        if unknown := [place for place in places if place not in self._location_codes]:
            raise CommandRejected(tuple(stock.UnknownLocation(place, self._location_codes) for place in unknown))
        stream = None if order is None else self._stream(order)
        rules = self.policy.rules
        with self.store.reading() as transaction:
            allocation = stock.Allocation() if stream is None else self._unit.load(transaction, stream).file.stock
            limited = (sku for sku, _ in units if sku in rules)
            bought = {} if customer is None else bought_now(transaction.counters, customer, limited)
            return tuple(
                stock.promise(
                    code(sku, "units"),
                    count,
                    [
                        _for(allocation, sku, position_now(transaction, self.policy, sku, place, count, at), at)
                        for place in places
                    ],
                    at=at,
                    rule=rules.get(sku),
                    channel=self.policy.channel,
                    bought=bought.get(sku, 0) - _own(allocation, sku, customer),
                )
                for sku, count in units
            )

    def campaign_level(self, campaign: str, currency: str | None = None) -> Level:
        """How a campaign stands: uses that are left, or with a *currency* its money in minor units; and those held."""
        code(campaign, "campaign")
        if currency is not None:
            minor_units(currency)
        key = coupons.uses_id(campaign) if currency is None else coupons.budget_id(campaign, currency)
        with self.store.reading() as transaction:
            return transaction.counters.level(key) or Level(0, 0)

    def points(self, customer: str) -> int:
        """
        The points that a customer can redeem; below zero where points already redeemed were taken back.

        Raises:
            CommandRejected: the shop has no loyalty programme.
        """
        code(customer, "customer")
        programme = self.policy.loyalty
        if programme is None:
            raise CommandRejected((NoProgramme(),))
        with self.store.reading() as transaction:
            level = transaction.counters.level(account_id(programme.id, member_of(programme.id, customer)))
        return level.available if level else 0

    def issue_codes(self, campaign: str, count: int) -> tuple[str, ...]:
        """
        New codes of a campaign, each for one use. They are told here once, and kept only as digests.

        Raises:
            CommandRejected: there is no such campaign, or it has no codes of its own (``single_codes``).
        """
        if type(count) is not int or not 1 <= count <= coupons.MOST_CODES:
            raise InvalidInputError("count", f"expected a whole number from 1 to {coupons.MOST_CODES}")
        codes = tuple(coupons.new_code(self._ids.entropy(), self._ids.entropy()) for _ in range(count))
        self.do(coupons.IssueCodes(campaign=campaign, codes=codes))
        return codes

    # Gift cards and store credit

    def issue_gift_card(
        self,
        amount: Money,
        *,
        valid_until: datetime | None = None,
        kind: VoucherKind = VoucherKind.MULTI_PURPOSE,
        vat: pricing.VatRate | None = None,
        country: str | None = None,
        code: str | None = None,
        actor: Actor = STAFF,
    ) -> IssuedGiftCard:
        """
        A new gift card, with a new code of 130 bits or a *code* of your own.

        Here only a digest of the code is kept, so send it, or keep it. The same code on the same terms again is the
        same card.

        Raises:
            CommandRejected: the code is taken, or the card would be over already.
        """
        known = giftcards.new_code(self._ids.entropy(), self._ids.entropy())
        code = known if code is None else own_code(code, self._gift_card_key)
        command = giftcards.IssueGiftCard(
            card=giftcards.card_id(code, self._gift_card_key),
            amount=amount,
            valid_until=valid_until,
            kind=kind,
            vat=vat,
            country=country,
            actor=actor,
        )
        return IssuedGiftCard(code=code, card=self.do(command))

    def gift_card(self, code: str, *, customer: str | None = None) -> Card:
        """
        The card that *code* opens, as *customer* typed it (None: a guest): its balance, and until when it can be used.

        Raises:
            CommandRejected: no card can be used by this code; why not is never said.
        """
        (card,) = to_card_ids((code,), self._gift_card_key)
        (found,) = self._tell_card_attempts((card,), customer, self._clock.now())
        if found is None:
            raise CommandRejected((payments.GiftCardNotUsable(),))
        return found

    def pay_with_gift_card(
        self, order: str, code: str, amount: Money | None = None, *, request_id: str | None = None
    ) -> OrderView:
        """
        Pay *amount* of an order, or as much as can be, with the card that *code* opens (``payments.PayWithGiftCard``).

        Raises:
            CommandRejected: every reason why not.
        """
        require_request(request_id)
        (card,) = to_card_ids((code,), self._gift_card_key)
        command = payments.PayWithGiftCard(order=order, card=card, amount=amount)
        require_command(command, COMMANDS)
        if request_id is not None and (answered := self._answered(request_id, command)):
            return answered
        self._tell_card_attempts((card,), self.order(order).order.customer, self._clock.now())
        return self.do(command, request_id=request_id)

    def _tell_card_attempts(self, cards: Sequence[str], customer: str | None, at: datetime) -> Sequence[Card | None]:
        if not cards:
            return ()
        with self.store.reading() as transaction:
            states = [load_card(transaction, card)[0] for card in cards]
        usable = [
            state if isinstance(state, Card) and giftcards.is_usable(state, self.policy.seller, at) else None
            for state in states
        ]
        if self._gift_card_attempts is not None:
            for card in usable:
                self._gift_card_attempts(customer, card is not None)
        return usable

    def card(self, card: str) -> Card:
        """
        A gift card, or store credit, by its id, whether or not it can be used.

        Raises:
            CommandRejected: there is none.
        """
        code(card, "card")
        with self.store.reading() as transaction:
            return known_card(load_card(transaction, card)[0], card)

    def card_history(self, card: str) -> tuple[HistoryEntry, ...]:
        """
        Everything that came on a gift card or store credit, and went, with the orders, who and when.

        Raises:
            CommandRejected: there is none.
        """
        self.card(card)
        with self.store.reading() as transaction:
            return tuple(entry(row) for row in transaction.streams.read(card))

    def store_credit(self, customer: str, currency: str) -> Money:
        """What a customer has to spend here."""
        minor_units(currency)
        name = giftcards.credit_id(self.policy.seller, code(customer, "customer"), currency)
        with self.store.reading() as transaction:
            state = load_card(transaction, name)[0]
        return state.balance if isinstance(state, Card) else Money.zero(currency)

    # Doing what is due

    def perform(self, order: str, *, secrets: Mapping[str, str] | None = None) -> Performed:
        """
        Perform the due requests of one order now; says what the customer must do to pay.

        ``secrets`` (a BLIK code, a card token) reach the gateway and are never stored.
        """
        self._require_own_commits("perform")
        given = texts_by_name(secrets, "secrets")
        stream = self._stream(order)
        outcomes: Counter[str] = Counter()
        while rows := self._worker.claim(self._clock.now(), 1, stream):
            outcomes.update(self._worker.do(row, given) for row in rows)
        with self.store.reading() as transaction:
            step = next_step(transaction, self._unit.load(transaction, stream).file)
        return Performed(next_step=step, **{name: outcomes[name] for name in ("done", "postponed", "parked")})

    def run(self, until: datetime | None = None, *, progress: Callable[[str, int], None] | None = None) -> RunReport:
        """
        Perform all requests and timers that are due by *until* (default: now). Never sleeps.

        ``progress`` is told each finished kind of work and how many were done so far.
        """
        self._require_own_commits("run")
        now = self._clock.now()
        limit = max(moment(until, "until"), now) if until is not None else now
        done: Counter[str] = Counter()
        outcomes: Counter[str] = Counter()
        while rows := self._worker.claim(limit, _BATCH):
            for row in rows:
                outcome = self._worker.do(row, {})
                outcomes[outcome] += 1
                if outcome == "done":
                    done[row.kind] += 1
                if progress is not None:
                    progress(row.kind, sum(outcomes.values()))
        return RunReport(done=tuple(sorted(done.items())), postponed=outcomes["postponed"], parked=outcomes["parked"])

    def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """
        Take a notification: verify it on its raw bytes, store it, apply it, and say what to reply.

        What it says of orders that are not there yet waits for them.
        """
        self._require_own_commits("receive")
        source = self._worker.source(code(name, "name"))
        lowered = {key.lower(): value for key, value in texts_by_name(headers, "headers").items()}
        if not isinstance(body, bytes):
            raise InvalidInputError("body", f"expected the raw bytes, got {type(body).__name__}")
        raw = RawNotification(headers=lowered, body=body, received_at=self._clock.now())
        try:
            notification = source.read_notification(raw)
        except NotificationRefused as refused:
            return refused.reply
        for row in keep(self._unit, name, raw, {order_of(fact) for fact in notification.facts}):
            # Unclaimed on purpose: facts are cumulative, so applying them here and in a worker at once does no harm.
            self._worker.do(attrs.evolve(row, attempts=1), {})
        return notification.reply

    # Looking

    def order(self, order: str) -> OrderView:
        """
        One order, by reference (however typed), id, or ``system:number``.

        Raises:
            CommandRejected: there is none.
        """
        stream = self._stream(order)
        with self.store.reading() as transaction:
            loaded = self._unit.load(transaction, stream)
        if loaded.version == 0:
            raise _unknown(order)
        return _view(loaded)

    def orders(
        self,
        *,
        status: str | None = None,
        customer: str | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[OrderSummary, ...]:
        """
        Orders, newest first; the next page comes ``after`` the last one's ``id``.

        Raises:
            InvalidInputError: there is no such status; the message lists them.
        """
        for path, text in (("status", status), ("customer", customer), ("after", after)):
            if text is not None:
                human_text(text, path)
        if status is not None and status not in (known := [str(each) for each in workflows.Status]):
            raise InvalidInputError("status", f"expected one of {', '.join(known)}")
        if type(limit) is not int or not 1 <= limit <= _MOST_LISTED:
            raise InvalidInputError("limit", f"expected a whole number from 1 to {_MOST_LISTED}")
        since = None if since is None else moment(since, "since")
        with self.store.reading() as transaction:
            rows = transaction.records.search(status=status, customer=customer, since=since, after=after, limit=limit)
        return tuple(
            OrderSummary(
                id=row.stream,
                reference=row.reference,
                status=workflows.Status(row.status),
                placed_at=row.placed_at,
                customer=row.customer,
                numbers=row.numbers,
            )
            for row in rows
        )

    def history(self, order: str) -> tuple[HistoryEntry, ...]:
        """
        Everything that happened to an order, in order, with who and when.

        Raises:
            CommandRejected: there is none.
        """
        stream = self._stream(order)
        with self.store.reading() as transaction:
            rows = transaction.streams.read(stream)
        if not rows:
            raise _unknown(order)
        return tuple(entry(row) for row in rows)

    def as_of(self, order: str, at: datetime) -> OrderView:
        """
        The order as it was known at *at* (by when things were recorded).

        Raises:
            CommandRejected: nothing of it was recorded by then, or there is none.
        """
        until = moment(at)
        known = [entry for entry in self.history(order) if entry.recorded_at <= until]
        if not known:
            raise _unknown(order, when=f" at {until.isoformat()}")
        return OrderView(workflows.fold(entry.event for entry in known), known[-1].version)

    def explain(self, order: str, command: Any) -> Explanation:
        """
        What a command (or a command's type, where it needs only the order) would do now, or every reason why not.

        Raises:
            InvalidInputError: the command names another order.
        """
        asked = _asked(command, order)
        stream = self._stream(order)
        named = getattr(asked, "order", order)
        if named != order and self._stream(named) != stream:
            raise InvalidInputError("command.order", f"this is about {order!r}, but the command names {named!r}")
        with self.store.reading() as transaction:
            loaded = self._unit.load(transaction, stream)
            person = self._unit.person(transaction, loaded.file)
            cards = {name: load_card(transaction, name)[0] for name in workflows.accounts(asked, loaded.file)}
            at = self._clock.now()
            positions = self._unit.positions(transaction, asked, loaded.file, at)
            bought = self._unit.bought(transaction, asked, loaded.file)
            lots = self._unit.lots(transaction, asked, loaded.file, at)
        known = Known(person, cards=cards, positions=positions, bought=bought, lots=lots)
        planned = plan(asked, loaded.file, self._context(at, known))
        if isinstance(planned, Rejected):
            return Explanation(allowed=False, reasons=planned.reasons)
        return Explanation(allowed=True, events=planned.events)

    def alerts(self) -> tuple[WorkRow, ...]:
        """Work that waits for a person, each with its reason in ``note``."""
        with self.store.reading() as transaction:
            return tuple(transaction.work.parked())

    def resume(self, id: str) -> bool:
        """Try parked work again; an alert is thereby acknowledged. False where nothing is parked under this id."""
        human_text(id, "id", LONGEST_NOTE)
        at = self._clock.now()
        return in_one_commit(self.store, lambda transaction: transaction.work.resume(id, at))

    # How it is done

    def _context(
        self,
        at: datetime,
        known: Known,
        identity: Identity | None = None,
        claims: tuple[Claim, ...] = (),
        tenders: tuple[str, ...] = (),
    ) -> Context:
        return Context(
            at=at,
            policy=self.policy,
            person=known.person,
            shortages=known.shortages,
            cards=known.cards,
            positions=known.positions,
            bought=known.bought,
            lots=known.lots,
            identity=identity,
            claims=claims,
            tenders=tenders,
        )

    def _carry_out(
        self,
        stream: str,
        command: Any,
        at: datetime,
        *,
        identity: Identity | None = None,
        request_id: str | None = None,
        asked: object = None,
        claims: tuple[Claim, ...] = (),
        tenders: tuple[str, ...] = (),
        keep: bool = True,
    ) -> OrderView:
        def planner(file: OrderFile, known: Known) -> Plan | Rejected[Any]:
            return plan(command, file, self._context(at, known, identity, claims, tenders))

        def also(transaction: Transaction, after: Loaded) -> None:
            if request_id is not None:
                keep_receipt(transaction, request_id, asked or command, after, self._ids.entropy(), at)

        first = None if keep else partial(allow_customers_in, claims=claims, at=at)
        try:
            loaded, _ = self._unit.commit(
                stream, planner, at, first=first, also=also, command=command, tenders=tenders, keep=keep
            )
        except CommandRejected as rejected:
            if orders.NotPlaced() in rejected.reasons:
                raise _unknown(command.order, command) from None
            raise
        return _view(loaded)

    def _require_free(self, command: PlaceOrder) -> None:
        names = _names(command)
        if not names:
            return
        with self.store.reading() as transaction:
            taken = [name for name in names if transaction.records.find(name) is not None]
        if taken:
            raise CommandRejected(tuple(orders.NumberTaken(number=name) for name in taken), command)

    def _record(self, command: RecordOrder, at: datetime, request_id: str | None) -> OrderView:
        try:
            return self._record_once(command, at, request_id)
        except StoreConflictError:  # somebody adopted it meanwhile: then this is an update
            return self._record_once(command, at, request_id)

    def _record_once(self, command: RecordOrder, at: datetime, request_id: str | None) -> OrderView:
        number = ":".join(command.numbers[0])
        with self.store.reading() as transaction:
            stream = transaction.records.find(number)
            known = None if stream is None else self._unit.load(transaction, stream).file.order
        if known is None:
            identity = self._new_identity(at, None)
        else:
            identity = Identity(
                order=known.id,
                reference=known.reference,
                person=known.person,
                seller=known.seller,
                law=known.law,
                channel=known.channel,
                process=workflows.PROCESS,
            )
        return self._carry_out(identity.order, command, at, identity=identity, request_id=request_id)

    def _new_identity(self, at: datetime, own: str | None) -> Identity:
        return Identity(
            order=order_id(at, self._ids.entropy()),
            reference=Reference(own) if own is not None else reference(self._ids.entropy()),
            person=person_ref(at, self._ids.entropy()),
            seller=self.policy.seller,
            law=self.policy.law,
            channel=self.policy.channel,
            process=workflows.PROCESS,
        )

    def _stream(self, order: str, command: object = None) -> OrderId:
        if not isinstance(order, str):
            raise InvalidInputError("order", f"expected its reference or .id as text, got {type(order).__name__}")
        human_text(order, "order", LONGEST_NOTE)
        if order.startswith("ord_") and len(order) == ORDER_KEY_LENGTH:
            return OrderId(order)
        with self.store.reading() as transaction:
            found = transaction.records.find(order) or transaction.records.find(_as_reference(order))
        if found is None:
            raise _unknown(order, command)
        return OrderId(found)

    def _answered(self, request_id: str, command: object) -> OrderView | None:
        with self.store.reading() as transaction:
            return answered(transaction, request_id, command)


def _own(allocation: stock.Allocation, sku: str, customer: str | None) -> int:
    """What counts for this order itself towards the customer's limit."""
    return allocation.quota[sku] if customer is not None and allocation.buyer == stock.buyer_of(customer) else 0


def _for(allocation: stock.Allocation, sku: str, position: stock.Position, at: datetime) -> stock.Position:
    """How a SKU stands for an order, which does not compete with its own units."""
    if allocation.lapsed_by(at):  # a hold that is over counts as free for everybody
        return position
    shelf = allocation.at(position.location)
    return attrs.evolve(position, held=position.held - shelf.open[sku] + shelf.backordered[sku])


def _names(command: PlaceOrder) -> Sequence[str]:
    """Names that no other order may have."""
    own = () if command.reference is None else (command.reference,)
    return (*(":".join(pair) for pair in command.numbers), *own)


def _asked(command: Any, order: str) -> Any:
    try:
        asked = command(order=order) if isinstance(command, type) and command in COMMANDS else command
    except TypeError:
        raise InvalidInputError("command", "this one needs more than the order; give the whole command") from None
    require_command(asked, COMMANDS)
    return asked


def _as_reference(text: str) -> str:
    try:
        return canonical_reference(text)
    except InvalidInputError:
        return text


def _unknown(order: str, command: object = None, when: str = "") -> CommandRejected:
    error = CommandRejected((orders.NotPlaced(),), command)
    # People also paste names, addresses and phone numbers here, and errors end in logs.
    asked = f"{order!r}" if _IDENTIFIER.fullmatch(order) else f"by the {len(order)} characters that were asked for"
    known = "Give its reference, its id (ord_…) or SYSTEM:NUMBER; shop.orders() lists the newest ones"
    error.args = (f"{error.command} was rejected: this store knows no order {asked}{when}. {known}",)
    return error


def _view(loaded: Loaded) -> OrderView:
    if loaded.version == 0:
        raise CommandRejected((orders.NotPlaced(),))
    return OrderView(loaded.file, loaded.version)
