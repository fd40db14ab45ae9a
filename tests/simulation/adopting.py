"""Documents of a marketplace, in whatever state, again and again, while our own staff act on the same orders."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from orderflow import Money, Quantities, orders
from orderflow.orders import OrderStage
from orderflow.verify import verify

from . import actions, checks
from .actions import Action, Chance
from .driver import Dice
from .world import CONTACT, SKUS, TARGETS, VAT, World, pln

DELIVERY = 1499


@attrs.define(kw_only=True)
class Elsewhere:
    """What a marketplace knows of one order; every change makes a newer document."""

    number: str
    lines: dict[str, tuple[str, int]]
    placed_at: datetime
    modified_at: datetime
    stage: OrderStage
    method: str
    paid: int = 0
    delivered_at: datetime | None = None
    refunds: list[orders.RecordedRefund] = attrs.field(factory=list)
    delivery: str = "courier"

    @property
    def total(self) -> int:
        """What it came to there, in minor units."""
        return sum(price(sku) * count for sku, count in self.lines.values()) + DELIVERY

    def document(self) -> orders.RecordOrder:
        """What the marketplace says of it now."""
        recorded = tuple(
            orders.RecordedLine(
                line=orders.Line(
                    line=name,
                    sku=sku,
                    name=sku,
                    quantity=count,
                    unit_price=Money(price(sku), "PLN"),
                    vat=VAT,
                    tracked=sku != "CLOCK",
                ),
                gross=Money(price(sku) * count, "PLN"),
                vat=Money(vat(price(sku) * count), "PLN"),
                discount=pln("0.00"),
            )
            for name, (sku, count) in self.lines.items()
        )
        amounts = (
            orders.RecordedAmount(
                code="courier",
                charge=orders.RecordedCharge.DELIVERY,
                gross=Money(DELIVERY, "PLN"),
                vat=Money(vat(DELIVERY), "PLN"),
            ),
        )
        return orders.RecordOrder(
            numbers={"market": self.number},
            currency="PLN",
            lines=recorded,
            amounts=amounts,
            total=Money(self.total, "PLN"),
            vat_total=Money(sum(each.vat.minor for each in (*recorded, *amounts)), "PLN"),
            contact=CONTACT,
            target=TARGETS[self.delivery],
            delivery_method=self.delivery,
            payment_method=self.method,
            stage=self.stage,
            placed_at=self.placed_at,
            modified_at=self.modified_at,
            paid=Money(self.paid, "PLN"),
            paid_at=self.modified_at if self.paid else None,
            delivered_at=self.delivered_at,
            refunds=tuple(self.refunds),
        )


def price(sku: str) -> int:
    """Minor units for one."""
    return pln(SKUS[sku][0]).minor


def vat(gross: int) -> int:
    """The tax in a gross amount, half up."""
    return (2 * gross * 23 + 123) // (2 * 123)


class Market(World):
    """A shop that also gets the orders of a marketplace."""

    def __init__(self, seed: int = 0) -> None:
        self.elsewhere: dict[str, Elsewhere] = {}
        self.documents: list[orders.RecordOrder] = []
        super().__init__(seed=seed)

    def tell(self, one: Elsewhere) -> None:
        """A document of how an order stands there now arrives."""
        document = one.document()
        self.documents.append(document)
        self.record(document)

    def record(self, document: orders.RecordOrder) -> None:
        """A document arrives."""
        view = self.do(document)
        if view is not None and view.id not in self.orders:
            self.orders.append(view.id)


OWN: list[Action] = []


def own(act: Action) -> Action:
    """Register what only such a shop does."""
    OWN.append(act)
    return act


@own
def new_elsewhere(world: Market, chance: Chance) -> None:
    """An order that exists elsewhere, in any state."""
    world.counts["elsewhere"] += 1
    now = world.clock.now()
    one = Elsewhere(
        number=str(world.counts["elsewhere"]),
        lines={str(n): (chance.choose(tuple(SKUS)), chance.number(1, 3)) for n in range(1, chance.number(1, 3) + 1)},
        placed_at=now - timedelta(hours=chance.number(0, 400)),
        modified_at=now,
        stage=chance.choose(tuple(OrderStage)),
        method=chance.choose(("transfer", "cash_on_delivery", "allegro")),
        delivery=chance.choose(("courier", "locker", "counter", "download")),
    )
    one.paid = chance.choose((0, one.total, one.total, one.total, one.total // 2))
    if one.stage is OrderStage.CLOSED or chance.number(0, 5) == 0:
        one.delivered_at = now - timedelta(hours=1)
    world.elsewhere[one.number] = one
    world.tell(one)


@own
def news_elsewhere(world: Market, chance: Chance) -> None:
    """Something changes there: stage, money, delivery, refunds, a line."""
    if not world.elsewhere:
        return
    one = chance.choose(tuple(world.elsewhere.values())[-5:])
    one.modified_at = max(world.clock.now(), one.modified_at + timedelta(seconds=1))
    match chance.number(0, 6):
        case 0:
            one.stage = chance.choose(tuple(OrderStage))
        case 1:
            one.paid = one.total
        case 2:
            one.delivered_at = one.delivered_at or world.clock.now()
        case 3 | 4:
            left = one.paid - sum(each.amount.minor for each in one.refunds)
            if left > 0:
                name, (sku, count) = chance.choose(tuple(one.lines.items()))
                units = chance.number(0, count)
                amount = min(left, price(sku) * units or chance.number(1, left))
                one.refunds.append(
                    orders.RecordedRefund(
                        external=f"R{one.number}-{len(one.refunds)}",
                        amount=Money(amount, "PLN"),
                        at=one.modified_at,
                        units=Quantities({name: units}) if units else Quantities(),
                    )
                )
        case 5:
            name, (sku, count) = chance.choose(tuple(one.lines.items()))
            if count > 1:
                one.lines[name] = (sku, count - 1)
        case _:
            pass
    world.tell(one)


@own
def an_old_document(world: Market, chance: Chance) -> None:
    """A document comes again, late."""
    if world.documents:
        world.record(chance.choose(world.documents[-12:]))


EVERYTHING = (*(act for act in actions.ACTIONS if act is not actions.place), *OWN, *OWN, *OWN)


def after_step(world: Market) -> None:
    """The log folds, and everything that the shop can work out again is as it says."""
    for order in world.orders:
        view = world.view(order)
        known = world.seen.get(order)
        if known is None or known.version != view.version:
            checks._log(world, order, view, stages=False)
            world.seen[order] = view
    checks._works(world)
    found = verify(world.store)
    assert not found, f"verify: {found}"


def simulate(seed: int, steps: int) -> Market:
    """Run *steps* random actions, check after each, and let everybody finish what they can."""
    world = Market(seed)
    dice = Dice(seed)
    for sku in SKUS:
        world.restock(sku, 8, "opening")
    story: list[str] = []
    try:
        for _ in range(steps):
            act = dice.choose(actions.TROUBLE if dice.number(1, 10) == 1 else EVERYTHING)
            story.append(act.__name__)
            act(world, dice)
            after_step(world)
        story.append("finish")
        actions.finish(world)
        after_step(world)
    except BaseException as error:
        error.add_note(f"seed {seed}, step {len(story)}: … {' '.join(story[-12:])}")
        raise
    return world
