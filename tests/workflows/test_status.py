"""The headline of an order, for every way an order can stand; verdicts, and why an order cannot be filed yet."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from orderflow import Quantities, orders, payments, returns, shipping, stock
from orderflow.orders import Standing
from orderflow.shipping import TrackingStatus
from orderflow.workflows import RequestKind, Status, status, unsettled, verdicts

from .counter import ADDRESS, CONTACT, VAT, pln
from .planning import Desk, policy

MUGS, TEAPOT = Quantities({"1": 2}), Quantities({"2": 1})
HELD = orders.HoldOrder(order="A", reason="phone")


def confirmed() -> Desk:
    desk = Desk()
    desk.place()
    desk.pay()
    return desk


def shipped(units: Quantities | None = None) -> Desk:
    desk = confirmed()
    desk.ship(units)
    return desk


def told(*statuses: TrackingStatus, units: Quantities | None = None) -> Desk:
    desk = shipped(units)
    for each in statuses:
        desk.track(each)
    return desk


def closed() -> Desk:
    desk = told(TrackingStatus.DELIVERED)
    desk.later(days=30)
    desk.due(RequestKind.CLOSE_ORDER)
    return desk


def after(desk: Desk, *commands: object) -> Desk:
    for command in commands:
        desk.do(command)  # type: ignore[arg-type]
    return desk


def placed(**changes: object) -> Desk:
    desk = Desk()
    desk.place(**changes)
    return desk


def verified() -> Desk:
    engrave = orders.HostStage(name="engrave", after=orders.OrderStage.VERIFIED, before=orders.Gate.CONFIRM)
    desk = Desk(policy(stages=(engrave,)))
    desk.place()
    desk.pay()
    return desk


def received() -> Desk:
    desk = Desk(policy(checks=(orders.HostCheck(name="fraud"),)))
    desk.place()
    desk.pay()
    return desk


def packed(units: Quantities | None = None) -> Desk:
    desk = confirmed()
    desk.pack(units)
    return desk


WAYS: list[tuple[Status, Callable[[], Desk]]] = [
    (Status.NONE, Desk),
    (Status.AWAITING_PAYMENT, placed),
    (Status.RECEIVED, received),
    (Status.ON_HOLD, lambda: after(placed(), HELD)),
    (Status.ON_HOLD, lambda: after(shipped(), HELD)),
    (Status.VERIFIED, verified),
    (Status.CONFIRMED, confirmed),
    (Status.CONFIRMED, lambda: placed(payment_method="cash_on_delivery")),
    (Status.CONFIRMED, lambda: packed(MUGS)),
    (Status.CONFIRMED, lambda: after(packed(), shipping.CancelParcel(order="A", parcel=1))),
    (Status.PREPARED, packed),
    (Status.PARTLY_SHIPPED, lambda: shipped(MUGS)),
    (Status.SHIPPED, shipped),
    (Status.SHIPPED, lambda: told(TrackingStatus.IN_TRANSIT, TrackingStatus.ATTEMPT_FAILED)),
    (Status.AWAITING_COLLECTION, lambda: told(TrackingStatus.AWAITING_COLLECTION)),
    (Status.PARTLY_DELIVERED, lambda: told(TrackingStatus.DELIVERED, units=MUGS)),
    (Status.DELIVERED, lambda: told(TrackingStatus.DELIVERED)),
    (Status.DELIVERED, lambda: after(told(TrackingStatus.DELIVERED, units=MUGS), cancel(TEAPOT))),
    (Status.COMING_BACK, lambda: told(TrackingStatus.REFUSED)),
    (Status.COMING_BACK, lambda: told(TrackingStatus.NOT_COLLECTED, TrackingStatus.RETURNING)),
    (Status.CANCELLED, lambda: told(TrackingStatus.RETURNED)),
    (Status.CANCELLED, lambda: told(TrackingStatus.LOST)),
    (Status.CANCELLED, lambda: after(placed(), orders.CancelOrder(order="A"))),
    (Status.CANCELLED, lambda: after(confirmed(), orders.CancelOrder(order="A"))),
    (Status.CLOSED, closed),
]


def cancel(units: Quantities) -> orders.CancelLines:
    return orders.CancelLines(order="A", quantities=units)


@pytest.mark.parametrize(("headline", "way"), WAYS)
def test_the_headline_says_how_the_order_stands(headline: Status, way: Callable[[], Desk]) -> None:
    """Derived from everything that happened, and from nothing else."""
    assert status(way().file) is headline


def test_every_headline_can_be_reached() -> None:
    """None of them is only a word."""
    assert {headline for headline, _ in WAYS} == set(Status)


class TestPartsThatNeverArrived:
    """Three mugs, of which two came to nothing: the headline is about the third."""

    def lost_two(self, how: TrackingStatus) -> Desk:
        three = orders.Line(line="1", sku="MUG", name="Mug", quantity=3, unit_price=pln("19.99"), vat=VAT)
        desk = Desk()
        desk.place(lines=(three,))
        desk.pay()
        desk.ship(MUGS)
        desk.track(how)
        assert desk.file.order.remaining == Quantities({"1": 1})
        return desk

    @pytest.mark.parametrize("how", [TrackingStatus.LOST, TrackingStatus.RETURNED])
    def test_what_is_still_to_be_packed_is_not_prepared(self, how: TrackingStatus) -> None:
        """The units in the parcel that failed are not those that are still wanted."""
        assert status(self.lost_two(how).file) is Status.CONFIRMED

    @pytest.mark.parametrize("how", [TrackingStatus.LOST, TrackingStatus.RETURNED])
    def test_what_was_sent_since_is_on_its_way(self, how: TrackingStatus) -> None:
        """And then delivered."""
        desk = self.lost_two(how)
        desk.pack()
        assert status(desk.file) is Status.PREPARED
        desk.do(shipping.HandOver(order="A", parcel=2))
        assert status(desk.file) is Status.SHIPPED
        desk.track(TrackingStatus.DELIVERED, parcel=2)
        assert status(desk.file) is Status.DELIVERED


class TestFiling:
    @pytest.mark.parametrize(
        ("way", "why"),
        [
            (placed, ("money", "stock", "units")),
            (confirmed, ("stock", "units")),
            (packed, ("stock", "parcels", "units")),
            (shipped, ("parcels", "units")),
            (lambda: told(TrackingStatus.DELIVERED, units=MUGS), ("stock", "units")),
            (lambda: told(TrackingStatus.DELIVERED), ()),
            (lambda: told(TrackingStatus.LOST), ("money",)),
            (lambda: after(confirmed(), orders.CancelOrder(order="A")), ("money",)),
            (lambda: after(placed(), orders.CancelOrder(order="A")), ()),
            (
                lambda: after(told(TrackingStatus.DELIVERED), returns.DeclareWithdrawal(order="A", quantities=TEAPOT)),
                ("returns",),
            ),
        ],
    )
    def test_what_keeps_an_order_from_being_filed_is_named(self, way: Callable[[], Desk], why: tuple[str, ...]) -> None:
        """Money, stock, parcels, units, returns."""
        assert unsettled(way().file) == why

    def test_a_returned_unit_does_not_stand_in_for_one_that_was_never_sent(self) -> None:
        """Two of three were delivered and one of them came back: the third is still to be sent."""
        three = orders.Line(line="1", sku="MUG", name="Mug", quantity=3, unit_price=pln("19.99"), vat=VAT)
        desk = Desk()
        desk.place(lines=(three,))
        desk.pay()
        desk.ship(MUGS)
        desk.track(TrackingStatus.DELIVERED)
        one = Quantities({"1": 1})
        desk.do(returns.DeclareWithdrawal(order="A", quantities=one))
        desk.do(returns.ReceiveReturn(order="A", return_=1, quantities=one))
        desk.do(returns.InspectReturn(order="A", return_=1, restock=one))
        assert "units" in unsettled(desk.file)


class TestVerdicts:
    def of(self, desk: Desk, check: str) -> orders.Verdict:
        found = verdicts(desk.file, desk.person, desk.policy, desk.at)
        return next(verdict for verdict in found if verdict.check == check)

    def test_built_in_checks_come_first_and_the_hosts_in_their_order(self) -> None:
        """Always all of them."""
        desk = Desk(policy(checks=(orders.HostCheck(name="fraud"), orders.HostCheck(name="age"))))
        desk.place()
        assert [verdict.check for verdict in verdicts(desk.file, desk.person, desk.policy, desk.at)] == [
            "contact",
            "address",
            "payment",
            "totals",
            "stock",
            "fraud",
            "age",
        ]

    def test_an_order_in_good_order_waits_for_its_money_only(self) -> None:
        """And says what brings it."""
        desk = placed()
        standing = {each.check: each.standing for each in verdicts(desk.file, desk.person, desk.policy, desk.at)}
        assert standing == {
            "contact": Standing.PASSED,
            "address": Standing.PASSED,
            "payment": Standing.WAITING,
            "totals": Standing.PASSED,
            "stock": Standing.PASSED,
        }
        assert self.of(desk, "payment").released_by == "transfer_received"
        assert self.of(placed(payment_method="card"), "payment").released_by == "RetryPayment"

    def test_problems_of_contact_and_address_are_named_by_their_place(self) -> None:
        """Each with the command that mends it."""
        broken = attrs.evolve(ADDRESS, postal_code="0")
        desk = placed(contact=attrs.evolve(CONTACT, email="ala@"), target=orders.ToAddress(address=broken))
        contact, address = self.of(desk, "contact"), self.of(desk, "address")
        assert (contact.standing, contact.released_by) == (Standing.FAILED, "AmendContact")
        assert contact.reasons[0].startswith("email:")
        assert (address.standing, address.released_by) == (Standing.FAILED, "AmendAddress")
        assert address.reasons[0].startswith("postal_code:")

    def test_an_invoice_needs_a_tax_number_that_can_be_true(self) -> None:
        """Without an invoice nobody reads it."""
        wrong = {"tax_number": "1234567890", "buyer": orders.BuyerKind.BUSINESS}
        assert self.of(placed(**wrong, invoice_requested=True), "contact").standing is Standing.FAILED
        assert self.of(placed(**wrong, invoice_requested=False), "contact").standing is Standing.PASSED

    def test_an_erased_person_cannot_be_checked(self) -> None:
        """Nobody could be reached."""
        desk = placed()
        assert verdicts(desk.file, None, desk.policy, desk.at)[0] == orders.Verdict(
            check="contact", standing=Standing.FAILED, reasons=("erased",), released_by="AmendContact"
        )

    @pytest.mark.parametrize(
        "way",
        [
            confirmed,
            lambda: placed(payment_method="cash_on_delivery"),
            lambda: placed(
                lines=(orders.Line(line="1", sku="FREE", name="Leaflet", quantity=1, unit_price=pln("0"), vat=VAT),),
                target=orders.ToShop(shop="WAW", country="PL"),
                delivery_method="counter",
            ),
        ],
    )
    def test_payment_passes_where_nothing_is_to_be_paid_before(self, way: Callable[[], Desk]) -> None:
        """Paid, to be paid at the door, or free."""
        assert self.of(way(), "payment").standing is Standing.PASSED

    def test_money_set_aside_is_as_good_as_paid_once_it_is_enough(self) -> None:
        """It is taken when the order is confirmed."""
        desk = placed(payment_method="card")
        desk.authorise(amount=pln("114.96"))
        assert self.of(desk, "payment").standing is Standing.WAITING
        desk.authorise(amount=pln("114.97"))
        assert self.of(desk, "payment").standing is Standing.PASSED

    def test_another_total_than_the_customer_saw_waits_for_a_person(self) -> None:
        """Who accepts it by a tag."""
        desk = placed(seen_total=pln("100.00"))
        assert self.of(desk, "totals").reasons == ("seen 100.00 PLN, priced 114.97 PLN",)
        desk.do(orders.TagOrder(order="A", add=["totals_accepted"]))
        assert self.of(desk, "totals").standing is Standing.PASSED

    def test_units_that_are_not_held_are_named(self) -> None:
        """By what is to be received."""
        desk = placed()
        desk.do(stock.ReleaseStock(order="A", quantities=Quantities({"MUG": 1}), cause="broken"))
        verdict = self.of(desk, "stock")
        assert (verdict.standing, verdict.reasons) == (Standing.FAILED, ("missing:MUG",))

    def test_a_hosts_check_waits_until_its_verdict_came(self) -> None:
        """And then is what the host said, also after the next verification."""
        desk = received()
        assert self.of(desk, "fraud").reasons == ("no_verdict",)
        desk.do(orders.RecordVerdict(order="A", check="fraud", standing=Standing.FAILED, reasons=("velocity",)))
        desk.do(orders.VerifyOrder(order="A"))
        assert self.of(desk, "fraud").reasons == ("velocity",)
        assert desk.file.order.holds == ("check:fraud",)


def test_a_void_is_asked_for_and_closes_the_door() -> None:
    """A cancelled order lets go of what was set aside."""
    desk = Desk(policy(checks=(orders.HostCheck(name="fraud"),)))
    desk.place(payment_method="card")
    desk.authorise()
    desk.do(orders.CancelOrder(order="A"))
    assert desk.file.payments.attempts[0].voiding
    assert RequestKind.VOID_MONEY in desk.kinds()
    assert payments.authorised_total(desk.file.payments, "PLN") == pln("0.00")
