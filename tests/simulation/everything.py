"""
A shop that uses everything at once: three locations, rules of sale, promotions, coupons, points, returns of all kinds.

The other world looks at money and parcels from outside, here the rules that meet in one commit are mixed: what each
of them promises must hold whatever the others do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from orderflow import Quantities, Shop, coupons, loyalty, orders, pricing, returns, shipping, stock
from orderflow.coupons import UseStage
from orderflow.dispositions import Disposition
from orderflow.orders import OrderStage
from orderflow.ports.store import Store
from orderflow.verify import verify

from . import actions, checks
from .actions import Action, Chance
from .driver import Dice
from .world import BANKS, CREDITS, LOW, MANUAL, SKUS, START, TARGETS, VAT, World, order_of, pln

CUSTOMERS = tuple(CREDITS.values())
CODES = ("SUMMER", "WELCOME", "THANKS")
PLACES = ("main", "krakow", "back")
PER_CUSTOMER = 4
SOLD = (*SKUS, "BOOK", "JAM", "MUG-B")
PRICES = {**SKUS, "BOOK": ("31.50", True), "JAM": ("12.30", True), "MUG-B": ("9.99", True)}


def _promotion(id: str, benefit: Any, **more: Any) -> pricing.Promotion:
    return pricing.Promotion(id=id, benefit=benefit, **more)


OPTIONS: dict[str, Any] = {
    "locations": (
        stock.Location("main"),
        stock.Location("krakow", stock.LocationKind.SHOP),
        stock.Location("back", stock.LocationKind.ASIDE),
    ),
    "sales_rules": (
        stock.SalesRule(sku="MUG", safety=1, backorder=5, wait=timedelta(days=14)),
        stock.SalesRule(sku="BOOK", released=START + timedelta(days=6), per_customer=PER_CUSTOMER),
        stock.SalesRule(sku="JAM", tracked_by=stock.Tracking.LOTS, good_for=1, backorder=3),
        stock.SalesRule(sku="TEAPOT", kept_for={"market": 2}),
    ),
    "b_grades": {"MUG": "MUG-B"},
    "campaigns": (
        coupons.Campaign(id="summer", codes=["SUMMER"], limited=True),
        coupons.Campaign(id="welcome", codes=["WELCOME"], uses_per_customer=1, given_back=False),
        coupons.Campaign(id="thanks", codes=["THANKS"], budgeted=True),
    ),
    "promotions": pricing.Promotions(
        [
            _promotion(
                "summer",
                pricing.OrderPercent(percent=pricing.Percent.parse("10")),
                condition=pricing.WithCoupon("summer"),
            ),
            _promotion("welcome", pricing.OrderAmount(amount=pln("7.01")), condition=pricing.WithCoupon("welcome")),
            _promotion(
                "thanks",
                pricing.LinePercent(percent=pricing.Percent.parse("33")),
                condition=pricing.WithCoupon("thanks"),
            ),
            _promotion(
                "three-mugs",
                pricing.PerCompleteGroup(size=3, amount=pln("1.00")),
                target=pricing.Target(skus=("MUG",)),
            ),
        ]
    ),
    "loyalty": loyalty.Programme(id="club", per=pln("5.00"), points=2),
}


class EveryWorld(World):
    """The same partners and faults, and a shop that uses everything."""

    def __init__(self, store: Store | None = None, seed: int = 0, shop: Callable[..., Shop] = Shop) -> None:
        self.shelves: Counter[tuple[str, str]] = Counter()  # what came, by SKU and location, as the host booked it
        self.granted: Counter[str] = Counter()
        self.points_given: Counter[str] = Counter()
        super().__init__(store, seed, partial(shop, **OPTIONS))

    def insist(self, command: Any) -> bool:
        """Carry out a command that is harmless when it is repeated, until there is an answer; whether it was taken."""
        for _ in range(9):
            before = self.counts["crashed"] + self.counts["store failed"]
            if self.survive(lambda: self.shop.do(command)) is not None:
                return True
            if self.counts["crashed"] + self.counts["store failed"] == before:
                return False
        raise AssertionError(f"{command} has no answer")

    def reference(self) -> str:
        """One that nobody used."""
        self.counts["references"] += 1
        return f"n{self.counts['references']}"

    def receive(self, sku: str, quantity: int, location: str, days: int = 300) -> None:
        """Units arrive somewhere; jam is of a lot, and lasts so many *days*."""
        lots = (self.lot(quantity, days),) if sku == "JAM" else ()
        self.insist(
            stock.ReceiveStock(sku=sku, quantity=quantity, reference=self.reference(), location=location, lots=lots)
        )

    def lot(self, units: int, days: int) -> stock.LotUnits:
        """Units that last so many days; what was made on one day is one lot."""
        expires = (self.clock.now() + timedelta(days=days)).date()
        return stock.LotUnits(f"L-{expires}", units, expires)

    def restock(self, sku: str, quantity: int, reference: str) -> None:
        """Units arrive in the main location."""
        self.receive(sku, quantity, "main")


OWN: list[Action] = []


def own(act: Action) -> Action:
    """Register what only such a shop does."""
    OWN.append(act)
    return act


def _order(world: World, chance: Chance) -> Any:
    return world.view(chance.choose(world.orders[-6:])) if world.orders else None


def _line(number: int, sku: str, quantity: int, *, backorder: bool) -> orders.Line:
    price, gross = PRICES[sku]
    return orders.Line(
        line=str(number),
        sku=sku,
        name=sku.title(),
        quantity=quantity,
        unit_price=pln(price),
        vat=VAT if gross else LOW,
        price_includes_vat=gross,
        weight_grams=300,
        deposit=pln("0.50") if sku == "PLATE" else None,
        backorder=backorder,
        tracked=sku != "CLOCK",
    )


@own
def place(world: EveryWorld, chance: Chance) -> None:
    """An order with coupons, of limited goods, perhaps for what there is; now and then looked at first."""
    lines = []
    for number in range(1, chance.number(1, 3) + 1):
        sku = chance.choose(SOLD)
        backorder = sku in ("MUG", "PLATE") and chance.choose((False, True))
        lines.append(_line(number, sku, chance.number(1, 4), backorder=backorder))
    codes = tuple(code for code in CODES if chance.number(0, 4) == 0)
    command = order_of(
        *lines,
        payment=chance.choose((*BANKS, *MANUAL)),
        delivery=chance.choose(tuple(TARGETS)),
        customer=chance.choose((None, *CUSTOMERS)),
        coupons=codes,
        partial=chance.number(0, 2) == 0,
    )
    seen = world.survive(lambda: world.shop.preview(command)) if chance.number(0, 2) == 0 else None
    before = world.counts["crashed"] + world.counts["store failed"]
    placed = world.do(command)
    if seen is not None and world.counts["crashed"] + world.counts["store failed"] == before:
        assert placed is not None, "preview answered, and place refused"
        same = (placed.total, placed.left_out, placed.remaining, placed.order.quote)
        assert same == (seen.total, seen.left_out, seen.remaining, seen.order.quote), "preview told something else"


@own
def shelves_change(world: EveryWorld, chance: Chance) -> None:
    """Deliveries, lorries, corrections, stock-takes and purchase orders, anywhere."""
    sku, place, other = chance.choose(SOLD), chance.choose(PLACES), chance.choose(PLACES)
    reference, count = world.reference(), chance.number(1, 5)
    now = world.clock.now()
    lots = (world.lot(count, chance.choose((0, 2, 10, 40))),) if sku == "JAM" else ()
    world.insist(
        chance.choose(
            (
                stock.ReceiveStock(sku=sku, quantity=count, reference=reference, location=place, lots=lots),
                stock.ReceiveStock(sku=sku, quantity=count, reference=reference, location=place, lots=lots),
                stock.CountStock(
                    sku=sku, counted=count, counted_at=now, reference=reference, location=place, lots=lots
                ),
                stock.TransferStock(sku=sku, quantity=count, reference=reference, location=place, to=other),
                stock.AdjustStock(sku=sku, delta=-count, reason="broken", reference=reference, location=place),
                stock.CountStock(sku=sku, counted=count, counted_at=now, reference=reference, location=place),
                stock.ExpectStock(
                    sku=sku, quantity=count, due=now + timedelta(days=3), reference=reference, location=place
                ),
            )
        )
    )


@own
def campaigns_grow(world: EveryWorld, chance: Chance) -> None:
    """More uses, or more money."""
    if chance.choose((True, False)):
        if world.insist(coupons.GrantUses(campaign="summer", uses=2, reference=world.reference())):
            world.granted["summer"] += 2
    elif world.insist(coupons.GrantBudget(campaign="thanks", amount=pln("25.00"), reference=world.reference())):
        world.granted["thanks"] += 2500


@own
def points_move(world: EveryWorld, chance: Chance) -> None:
    """A customer gets something for points, or a present."""
    customer, count = chance.choose(CUSTOMERS), chance.number(1, 30)
    if chance.choose((True, False)):
        if world.insist(loyalty.RedeemPoints(customer=customer, points=count, reference=world.reference())):
            world.points_given[customer] -= count
    elif world.insist(
        loyalty.AdjustPoints(customer=customer, change=count, reason="birthday", reference=world.reference())
    ):
        world.points_given[customer] += count


@own
def pack_somewhere(world: EveryWorld, chance: Chance) -> None:
    """One location packs what lies there, or finds it missing."""
    view = _order(world, chance)
    if view is None:
        return
    where = chance.choose((None, "main", "krakow"))
    if chance.number(0, 4) == 0 and view.order.stage is OrderStage.CONFIRMED:
        units = actions._units(view.remaining - view.file.shipping.picked, chance)
        if units:
            wait = chance.choose((False, True))
            world.do(shipping.ReportShortPick(order=view.id, quantities=units, location=where, wait=wait))
        return
    world.do(shipping.PickLines(order=view.id))
    world.do(shipping.PackParcel(order=view.id, location=where))
    parcels = world.view(view.id).parcels
    if parcels and chance.choose((True, False)):
        world.run()
        world.do(shipping.HandOver(order=view.id, parcel=parcels[-1].number))


@own
def inspect(world: EveryWorld, chance: Chance) -> None:
    """What came back is kept somewhere, as something, or not kept."""
    view = _order(world, chance)
    if view is None or not view.returns:
        return
    one = chance.choose(view.returns)
    arrive = actions._units((one.quantities - one.received) & world.with_customer(view), chance)
    if arrive:
        world.do(returns.ReceiveReturn(order=view.id, return_=one.number, quantities=one.received + arrive))
    one = world.view(view.id).returns[one.number - 1]
    good = actions._units(one.uninspected, chance)
    bad = actions._units(one.uninspected - good, chance)
    if good or bad:
        kept_as = chance.choose((Disposition.RESELL, Disposition.RESELL, Disposition.B_GRADE, Disposition.REPAIR))
        world.do(
            returns.InspectReturn(
                order=view.id,
                return_=one.number,
                restock=one.restocked + good,
                write_off=one.written_off + bad,
                location=chance.choose(PLACES),
                restock_as=kept_as,
                write_off_as=chance.choose((Disposition.SCRAP, Disposition.SUPPLIER)),
            )
        )


_LEFT_OUT = (actions.place, actions.stock_changes, actions.take_back)
EVERYTHING: tuple[Action, ...] = (
    *(act for act in actions.ACTIONS if act not in _LEFT_OUT),
    *OWN,
    *[place] * 4,
    *[pack_somewhere] * 2,
)


def after_step(world: EveryWorld) -> None:
    """What must hold at every moment."""
    for order in world.orders:
        view = world.view(order)
        known = world.seen.get(order)
        if known is None or known.version != view.version:
            checks._log(world, order, view)
            checks._refunds_leave_what_is_owed(known, view)
            world.seen[order] = view
        checks._banks(world, order, view)
    checks._cards(world)
    checks._works(world)
    _limits(world)
    _points(world)
    _shelves(world)


def _limits(world: EveryWorld) -> None:
    used: Counter[str] = Counter()
    spent = 0
    bought: Counter[str] = Counter()
    for view in world.seen.values():
        released = view.coupons.stage is UseStage.RELEASED
        for use in () if released else view.coupons.uses:
            if use.campaign not in view.coupons.given_back:
                used[use.campaign] += 1
                spent += use.saved.minor if use.campaign == "thanks" else 0
        if view.order.customer is not None:
            books = Quantities((e.sku, view.remaining[e.line]) for e in view.order.lines if e.sku == "BOOK")
            bought[view.order.customer] += books["BOOK"]
    assert used["summer"] <= world.granted["summer"], f"K1: {used} of {world.granted}"
    assert spent <= world.granted["thanks"], f"K2: {spent} of {world.granted}"
    assert all(count <= PER_CUSTOMER for count in bought.values()), f"S6: {bought}"


def _points(world: EveryWorld) -> None:
    earned: Counter[str] = Counter()
    for view in world.seen.values():
        if view.order.customer is not None:
            earned[view.order.customer] += view.loyalty.points
    for customer in CUSTOMERS:
        points = world.shop.points(customer)
        expected = earned[customer] + world.points_given[customer]
        assert points == expected, f"K5 {customer}: {points} points, {expected} by counting"


def _shelves(world: EveryWorld) -> None:
    with world.store.reading() as transaction:
        for sku in SOLD:
            for place in PLACES:
                key = stock.item_id(sku, place)
                level = transaction.counters.level(key)
                if level is None:
                    continue
                beyond = sum(
                    dict(v.file.stock.shelves)[place].backordered[sku]
                    for v in world.seen.values()
                    if place in dict(v.file.stock.shelves)
                )
                assert level.held <= level.value + beyond, f"S1 {key}: {level}, {beyond} on backorder"
                assert place != "back" or not level.held, f"S1 {key}: held where nothing is sold: {level}"
    if world.counts["steps"] % 5 == 0:
        found = verify(world.store)
        assert not found, f"verify: {found}"


def _write_off_jam(world: EveryWorld) -> None:
    """What came back and has expired since cannot be sold again."""
    for view in world.views():
        jam = Quantities((each.line, each.quantity) for each in view.order.lines if each.sku == "JAM")
        for one in view.returns:
            if expired := one.uninspected & jam:
                world.do(
                    returns.InspectReturn(
                        order=view.id,
                        return_=one.number,
                        restock=one.restocked,
                        write_off=one.written_off + expired,
                        opened=one.opened,
                    )
                )


def finish(world: EveryWorld) -> None:
    """Everything comes to an end."""
    for _ in range(3):
        _write_off_jam(world)
        for view in world.views():
            for place, shelf in view.file.stock.shelves:
                for sku, count in shelf.backordered:
                    world.receive(sku, count, place)
        for sku in SOLD:
            world.receive(sku, 20, "main")
            world.receive(sku, 20, "krakow")
        actions.finish(world)


def at_rest(world: EveryWorld) -> None:
    """What must hold when nothing is under way."""
    after_step(world)
    found = verify(world.store)
    assert not found, f"verify: {found}"
    for order in world.orders:
        view = world.view(order)
        assert view.order.stage is OrderStage.CLOSED, f"{order} cannot be closed: {checks._why_open(world, view)}"
        kept = world.money_outside(order)
        assert kept == view.owed.minor, f"M4 {order}: {kept} is held and {view.owed.minor} is owed"
        assert not view.file.stock.open, f"S5 {order} still holds {view.file.stock.open}"
        assert view.coupons.stage is not UseStage.RESERVED, f"K3 {order} still holds coupons"
    with world.store.reading() as transaction:
        for sku in SOLD:
            for place in PLACES:
                level = transaction.counters.level(stock.item_id(sku, place))
                assert level is None or level.held == 0, f"S5 a hold on {sku} in {place} leaked: {level}"


def simulate(
    seed: int, steps: int, store: Store | None = None, shop: Callable[..., Shop] = Shop, *, calm: bool = False
) -> EveryWorld:
    """Run *steps* random actions, check after each, finish everything, and check what is left."""
    world = EveryWorld(store, seed, shop)
    dice = Dice(seed)
    for sku in SOLD:
        world.receive(sku, 5, "main")
        world.receive(sku, 4, "krakow")
    campaigns_grow(world, dice)
    campaigns_grow(world, dice)
    story: list[str] = []
    try:
        for _ in range(steps):
            pool: Sequence[Action] = actions.TROUBLE if not calm and dice.number(1, 8) == 1 else EVERYTHING
            act = dice.choose(pool)
            story.append(act.__name__)
            world.counts["steps"] += 1
            act(world, dice)
            after_step(world)
        story.append("finish")
        finish(world)
        at_rest(world)
    except BaseException as error:
        error.add_note(f"seed {seed}, step {len(story)}: … {' '.join(story[-12:])}")
        raise
    return world
