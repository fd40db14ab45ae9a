"""A shop with coupon campaigns, and the words its tests are written in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tests.workflows.counter import START, TARIFF, order_of, pln

from orderflow import CommandRejected, Shop, coupons, orders, pricing, stock
from orderflow.coupons import Campaign, CouponNotUsable, GrantBudget, GrantUses
from orderflow.ports.store import Store
from orderflow.runtime.memory import MemoryStore
from orderflow.runtime.views import OrderView
from orderflow.testing.world import CountingIds, VirtualClock

TENTH = pricing.OrderPercent(percent=pricing.Percent.parse("10"))


def promotion(campaign: str, **changes: Any) -> pricing.Promotion:
    """Ten percent off the goods with a code of this campaign."""
    return pricing.Promotion(
        **{"id": f"{campaign}-10", "benefit": TENTH, "condition": pricing.WithCoupon(campaign), **changes}
    )


def basket(*, currency: str = "PLN", **known: Any) -> pricing.Basket:
    """What :func:`order_of` orders, to be priced."""
    lines = [
        pricing.BasketLine(
            line=line.line,
            sku=line.sku,
            quantity=line.quantity,
            unit_price=line.unit_price,
            vat=line.vat,
            price_includes_vat=True,
        )
        for line in order_of().lines
    ]
    return pricing.Basket(
        currency=currency,
        lines=lines,
        delivery_method="courier",
        country="PL",
        circumstances=pricing.Circumstances(**known),
    )


class Desk:
    """A shop with a thousand mugs and teapots, and campaigns of ten percent each."""

    def __init__(
        self,
        *campaigns: Campaign,
        store: Store | None = None,
        clock: VirtualClock | None = None,
        promotions: Iterable[pricing.Promotion] | None = None,
        **options: Any,
    ) -> None:
        self.clock = clock or VirtualClock(START)
        self.store = store or MemoryStore()
        own = [promotion(campaign.id) for campaign in campaigns] if promotions is None else promotions
        self.shop = Shop(
            self.store,
            seller="Mug Shop",
            tariff=TARIFF,
            clock=self.clock,
            ids=options.pop("ids", None) or CountingIds(),
            campaigns=campaigns,
            promotions=pricing.Promotions(own, **options.pop("combined", {})),
            **options,
        )
        for sku in ("MUG", "TEAPOT"):  # a repetition changes nothing
            self.shop.do(stock.ReceiveStock(sku=sku, quantity=1000, reference="opening"))

    def grant(self, campaign: str, uses: int, reference: str = "first") -> None:
        """More uses."""
        self.shop.do(GrantUses(campaign=campaign, uses=uses, reference=reference))

    def budget(self, campaign: str, amount: str, reference: str = "first") -> None:
        """More money."""
        self.shop.do(GrantBudget(campaign=campaign, amount=pln(amount), reference=reference))

    def place(self, *codes: str, **changes: Any) -> OrderView:
        """Place an order with these codes, paid at the door unless said otherwise: it is confirmed at once."""
        usual = {"coupons": codes, "payment_method": "cash_on_delivery"}
        return self.shop.place(order_of(**{**usual, **changes}))

    def refused(self, *codes: str, **changes: Any) -> tuple[object, ...]:
        """Why an order with these codes is not placed; none where it is."""
        try:
            self.place(*codes, **changes)
        except CommandRejected as rejected:
            return rejected.reasons
        return ()

    def cancel(self, view: OrderView) -> OrderView:
        """Cancel the order."""
        return self.shop.do(orders.CancelOrder(order=view.id))

    def level(self, key: str) -> tuple[int, int] | None:
        """How a counter stands."""
        with self.store.reading() as transaction:
            found = transaction.counters.level(key)
        return None if found is None else (found.value, found.held)

    def uses(self, campaign: str) -> tuple[int, int] | None:
        """Uses that are left, and how many of them are held."""
        return self.level(coupons.uses_id(campaign))

    def money(self, campaign: str) -> tuple[int, int] | None:
        """Money that is left, and how much of it is held."""
        return self.level(coupons.budget_id(campaign, "PLN"))

    def later(self, **time: float) -> None:
        """Time passes, and the shop does what has come due."""
        self.clock.advance(timedelta(**time))
        self.shop.run()


def not_usable(*codes: str) -> tuple[CouponNotUsable, ...]:
    """The one thing that is said of codes that cannot be used."""
    return tuple(CouponNotUsable(code) for code in codes)
