"""Points through the front door, on both stores: earned when goods are paid, taken back with them, redeemed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from threading import Thread
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.workflows.counter import Counter, pln

from orderflow import CommandRejected, Money, Quantities, Shop, loyalty, orders, payments, returns, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.loyalty import AdjustPoints, NoProgramme, NotEnoughPoints, Programme, RedeemPoints, ReferenceReused
from orderflow.runtime.memory import MemoryStore
from orderflow.verify import verify

CLUB = Programme(id="club", per=pln("1.00"))


class Club(Counter):
    """The small shop, where every full zloty paid for goods earns a point."""

    def __init__(self, store: Any = None, programme: Programme | None = CLUB) -> None:
        super().__init__(loyalty=programme)
        if store is not None:
            self.store, policy = store, self.shop.policy
            self.shop = Shop(store, seller=policy.seller, tariff=policy.tariff, clock=self.clock, loyalty=programme)
            for sku in ("MUG", "TEAPOT"):
                self.shop.do(stock.ReceiveStock(sku=sku, quantity=1000, reference="more"))

    def bought(self, customer: str = "c-1") -> str:
        """A paid order of goods for 99.98."""
        order = self.place(customer=customer)
        self.pay(order)
        return order

    def redeem(self, points: int, reference: str = "gift", customer: str = "c-1") -> Any:
        """The customer gets something for points."""
        return self.shop.do(RedeemPoints(customer=customer, points=points, reference=reference))


@pytest.fixture(params=["memory", "sqlite"])
def club(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Club]:
    """The shop on either store; whatever happened in it is verified in the end."""
    store: Any = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "shop.db")
    yield Club(store)
    assert verify(store) == ()
    store.close()


def test_points_come_with_the_money_and_not_before(club: Club) -> None:
    """Goods for 99.98 are 99 points; delivery earns none."""
    order = club.place(customer="c-1")
    assert (club.view(order).loyalty.points, club.shop.points("c-1")) == (0, 0)
    club.pay(order)
    assert (club.view(order).loyalty.points, club.shop.points("c-1")) == (99, 99)


def test_cash_on_delivery_earns_when_it_is_collected(club: Club) -> None:
    """A confirmed order that nobody has paid yet is worth no points."""
    order = club.place(customer="c-1", payment_method="cash_on_delivery")
    assert club.view(order).loyalty.points == 0
    club.ship(order)
    club.deliver(order)
    assert club.shop.points("c-1") == 99


def test_guests_earn_nothing(club: Club) -> None:
    """Nobody would know whose points they are."""
    order = club.place()
    club.pay(order)
    assert club.view(order).loyalty == loyalty.Loyalty()


def test_a_cancelled_line_takes_its_points_along(club: Club) -> None:
    """A teapot for 60.00 is cancelled: 39.98 are left, and 39 points."""
    order = club.bought()
    club.shop.do(orders.CancelLines(order=order, quantities=Quantities({"2": 1})))
    assert club.shop.points("c-1") == 39
    club.shop.do(orders.CancelOrder(order=order))
    assert club.shop.points("c-1") == 0


def test_a_refunded_return_takes_its_points_along(club: Club) -> None:
    """One mug comes back; the points of what is kept stay."""
    order = club.bought()
    club.ship(order)
    club.deliver(order)
    one = Quantities({"1": 1})
    club.shop.do(returns.DeclareWithdrawal(order=order, quantities=one))
    assert club.shop.points("c-1") == 99
    club.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=one))
    club.shop.do(returns.InspectReturn(order=order, return_=1, restock=one))
    assert club.shop.points("c-1") == 79


def test_points_that_were_redeemed_are_owed_after_a_return(club: Club) -> None:
    """The balance goes below zero, nothing can be redeemed, and the next order fills it up."""
    order = club.bought()
    assert club.redeem(90).available == 9
    club.shop.do(orders.CancelOrder(order=order))
    assert club.shop.points("c-1") == -90
    with pytest.raises(CommandRejected) as rejected:
        club.redeem(1, "second")
    assert rejected.value.reasons == (NotEnoughPoints(1, -90),)
    club.bought()
    assert club.shop.points("c-1") == 9


def test_a_repeated_redemption_happens_once(club: Club) -> None:
    """The same reference with another number is refused."""
    club.bought()
    for _ in range(2):
        club.redeem(40)
    assert club.shop.points("c-1") == 59
    with pytest.raises(CommandRejected) as rejected:
        club.redeem(41)
    assert rejected.value.reasons == (ReferenceReused("gift", 40),)


def test_points_are_given_and_taken_by_hand(club: Club) -> None:
    """A birthday present; what is taken must be there."""
    birthday = AdjustPoints(customer="c-2", change=50, reason="birthday", reference="2026")
    assert club.shop.do(birthday).available == 50
    club.shop.do(AdjustPoints(customer="c-2", change=-20, reason="mistake", reference="m-1"))
    assert (club.shop.points("c-1"), club.shop.points("c-2")) == (0, 30)
    with pytest.raises(CommandRejected) as rejected:
        club.shop.do(AdjustPoints(customer="c-2", change=-31, reason="mistake", reference="m-2"))
    assert rejected.value.reasons == (NotEnoughPoints(31, 30),)


def test_a_changed_programme_leaves_placed_orders_alone() -> None:
    """What was promised is pinned: a return takes back by the rule that gave."""
    before = Club()
    order = before.bought()
    after = Club(before.store, attrs.evolve(CLUB, points=7))
    assert after.shop.points("c-1") == 99
    after.shop.do(orders.CancelLines(order=order, quantities=Quantities({"2": 1})))
    assert after.shop.points("c-1") == 39
    assert verify(before.store) == ()


def test_a_shop_without_a_programme_says_so() -> None:
    """Instead of an empty balance."""
    shop = Club(programme=None).shop
    for ask in (lambda: shop.points("c-1"), lambda: shop.do(RedeemPoints(customer="c", points=1, reference="r"))):
        with pytest.raises(CommandRejected) as rejected:
            ask()
        assert rejected.value.reasons == (NoProgramme(),)


def test_no_name_of_a_customer_is_in_the_books(club: Club) -> None:
    """Streams, counters and events know a digest per programme."""
    order = club.bought("jan.kowalski")
    club.redeem(10, customer="jan.kowalski")
    with club.store.reading() as transaction:
        names = [*transaction.streams.names(), *transaction.counters.keys()]
        told = [row.payload for row in transaction.streams.read(order) if row.name.startswith("loyalty.")]
    assert "jan.kowalski" not in "".join([*names, *told])


STEP = st.sampled_from(["buy", "mug", "teapot", "all", "fail", "redeem"])
STEPS = st.lists(st.tuples(STEP, st.integers(0, 5)), max_size=12)


@given(steps=STEPS)
@settings(max_examples=60)
def test_a_balance_is_what_orders_are_worth_less_what_was_redeemed(steps: list[tuple[str, int]]) -> None:
    """Whatever is bought, cancelled, refunded in vain and redeemed, in any order."""
    club, bought, redeemed = Club(), [""], 0
    for number, (step, which) in enumerate(steps):
        order = bought[which % len(bought)]
        match step:
            case "buy" if len(bought) < 4:
                bought.append(club.bought())
            case "mug" | "teapot" if order and club.view(order).remaining["1" if step == "mug" else "2"]:
                club.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1" if step == "mug" else "2": 1})))
            case "all" if order:
                club.shop.do(orders.CancelOrder(order=order))
            case "fail" if order:
                _refuse_refunds(club, order)
            case "redeem":
                points, enough = which + 1, club.shop.points("c-1") > which
                with nullcontext() if enough else pytest.raises(CommandRejected, match="NotEnoughPoints"):
                    club.redeem(points, f"r-{number}")
                redeemed += points if enough else 0
        worth = [club.view(each).loyalty.points for each in bought if each]
        assert club.shop.points("c-1") == sum(worth) - redeemed
    assert verify(club.store) == ()


def _refuse_refunds(club: Club, order: str) -> None:
    for refund in club.view(order).file.payments.refunds:
        if refund.stage is not payments.RefundStage.REJECTED:
            club.shop.do(
                payments.ObserveRefund(
                    order=order,
                    refund=refund.number,
                    outcome=payments.RefundStage.REJECTED,
                    code="no",
                    occurred_at=club.clock.now(),
                )
            )


def test_threads_never_redeem_a_point_twice(tmp_path: Path) -> None:
    """Ten points, eight threads of three each: three get through."""
    club = Club(SqliteStore(tmp_path / "shop.db"), Programme(id="club", per=Money(999, "PLN")))
    club.bought()
    assert club.shop.points("c-1") == 10
    results: list[bool] = []

    def redeem(number: int) -> None:
        try:
            club.redeem(3, f"r-{number}")
            results.append(True)
        except CommandRejected:
            results.append(False)

    threads = [Thread(target=redeem, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (results.count(True), len(results), club.shop.points("c-1")) == (3, 8, 1)
    assert verify(club.store) == ()
    club.store.close()
