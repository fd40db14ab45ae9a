"""The rules of cards by themselves: given these events, when this command, then exactly these events or reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.workflows.counter import START, VAT, pln

from orderflow import InvalidInputError, Money
from orderflow import giftcards as g
from orderflow.decisions import Accepted, Rejected
from orderflow.giftcards import VoucherKind
from orderflow.pricing import VatRate

CARD = g.card_id("some code")
CREDIT = g.credit_id("Shop", "c-1", "PLN")
DAY = timedelta(days=1)
FACTS = g.Facts(at=START, seller="Shop")
TAXED: dict[str, Any] = {"kind": VoucherKind.SINGLE_PURPOSE, "vat": VAT, "country": "PL"}


def issued(**changes: Any) -> g.GiftCardIssued:
    """A card of 50.00 without an end."""
    usual: dict[str, Any] = {
        "card": CARD, "seller": "Shop", "amount": pln("50.00"), "valid_until": None,
        "kind": VoucherKind.MULTI_PURPOSE, "vat": None, "country": None, "at": START,
    }  # fmt: skip
    return g.GiftCardIssued(**usual | changes)


def issue(**changes: Any) -> g.IssueGiftCard:
    """The command of :func:`issued`."""
    return g.IssueGiftCard(**{"card": CARD, "amount": pln("50.00")} | changes)


FIVE = pln("5.00")


def top_up(amount: Money = FIVE, reference: str = "r") -> g.TopUpGiftCard:
    """Five more."""
    return g.TopUpGiftCard(card=CARD, amount=amount, reference=reference)


def grant(amount: Money = FIVE, reference: str = "r") -> g.GrantStoreCredit:
    """Five to a customer."""
    return g.GrantStoreCredit(customer="c-1", amount=amount, reference=reference)


def when(command: g.Command, *given: g.Event) -> Any:
    """What the rules answer: events, or reasons."""
    decision = g.decide(command, g.fold(given), FACTS)
    return decision.events if isinstance(decision, Accepted) else decision.reasons


UNTIL = START + DAY
ENDING = issued(valid_until=UNTIL)
BLOCKED = g.GiftCardBlocked(card=CARD, reason="stolen", at=START)
SPENT = g.BalanceSpent(card=CARD, order="ord_1", attempt=1, amount=pln("30.00"), at=START)
MORE = g.GiftCardToppedUp(card=CARD, amount=pln("5.00"), reference="r", at=START)
OPENED = g.StoreCreditOpened(card=CREDIT, seller="Shop", customer="c-1", currency="PLN", at=START)
GRANTED = g.StoreCreditGranted(card=CREDIT, amount=pln("5.00"), reference="r", cause="goodwill", at=START)


@pytest.mark.parametrize(
    ("given", "command", "then"),
    [
        ((), issue(), (issued(),)),
        ((), issue(valid_until=UNTIL), (ENDING,)),
        ((), issue(**TAXED), (issued(**TAXED),)),
        ((), issue(valid_until=START), (g.EndsInThePast(valid_until=START),)),
        ((issued(),), issue(), ()),
        ((issued(), MORE, SPENT, BLOCKED), issue(), ()),
        ((issued(),), issue(amount=pln("60.00")), (g.CodeTaken(),)),
        ((issued(),), issue(valid_until=UNTIL), (g.CodeTaken(),)),
        ((issued(seller="Other"),), issue(), (g.CodeTaken(),)),
        ((), top_up(), (g.UnknownGiftCard(card=CARD),)),
        ((issued(seller="Other"),), top_up(), (g.UnknownGiftCard(card=CARD),)),
        ((issued(),), top_up(), (MORE,)),
        ((issued(), MORE), top_up(), ()),
        ((issued(), MORE), top_up(pln("6.00")), (g.ReferenceReused(reference="r", recorded=pln("5.00")),)),
        ((issued(),), top_up(Money.parse("5.00", "EUR")), (g.WrongCurrency(expected="PLN"),)),
        ((issued(**TAXED),), top_up(), (g.NotToppedUp(),)),
        ((issued(**TAXED), BLOCKED), top_up(), (g.NotToppedUp(), g.GiftCardIsBlocked())),
        ((issued(valid_until=START),), top_up(), (g.GiftCardIsOver(valid_until=START),)),
        ((), grant(), (OPENED, GRANTED)),
        ((OPENED, GRANTED), grant(), ()),
        ((OPENED, GRANTED), grant(pln("6.00")), (g.ReferenceReused(reference="r", recorded=pln("5.00")),)),
        ((issued(),), g.BlockGiftCard(card=CARD, reason="stolen"), (BLOCKED,)),
        ((issued(), BLOCKED), g.BlockGiftCard(card=CARD, reason="again"), ()),
        ((issued(), BLOCKED), g.UnblockGiftCard(card=CARD), (g.GiftCardUnblocked(card=CARD, at=START),)),
        ((issued(),), g.UnblockGiftCard(card=CARD), ()),
        (
            (ENDING,),
            g.ProlongGiftCard(card=CARD, valid_until=UNTIL + DAY),
            (g.GiftCardProlonged(card=CARD, valid_until=UNTIL + DAY, at=START),),
        ),
        (
            (ENDING,),
            g.ProlongGiftCard(card=CARD, valid_until=None),
            (g.GiftCardProlonged(card=CARD, valid_until=None, at=START),),
        ),
        ((ENDING,), g.ProlongGiftCard(card=CARD, valid_until=UNTIL), ()),
        ((issued(),), g.ProlongGiftCard(card=CARD, valid_until=None), ()),
        ((issued(),), g.ProlongGiftCard(card=CARD, valid_until=UNTIL), (g.CannotShorten(asked=UNTIL),)),
        ((ENDING,), g.ProlongGiftCard(card=CARD, valid_until=START), (g.CannotShorten(asked=START),)),
        (
            (issued(valid_until=START - 2 * DAY),),
            g.ProlongGiftCard(card=CARD, valid_until=START - DAY),
            (g.EndsInThePast(valid_until=START - DAY),),
        ),
    ],
)
def test_what_is_asked_of_a_card(given: Any, command: g.Command, then: Any) -> None:
    """Events where it holds, all reasons where it does not, nothing where it is already so."""
    assert when(command, *given) == then
    if then and isinstance(then[0], g.Event):
        assert when(command, *given, *then) == ()


@pytest.mark.parametrize(
    ("given", "usable"),
    [
        ((), False),
        ((issued(),), True),
        ((issued(seller="Other"),), False),
        ((issued(valid_until=UNTIL),), True),
        ((issued(valid_until=START),), False),
        ((issued(), BLOCKED), False),
        ((issued(), BLOCKED, g.GiftCardUnblocked(card=CARD, at=START)), True),
        ((issued(amount=pln("30.00")), SPENT), False),
        ((issued(amount=pln("30.01")), SPENT), True),
        ((OPENED,), False),
        ((OPENED, GRANTED), True),
    ],
)
def test_a_card_can_be_used_while_it_lasts_is_not_blocked_and_has_something_on_it(given: Any, usable: bool) -> None:
    """Until before its end."""
    assert g.is_usable(g.fold(given), "Shop", START) is usable


def test_what_is_on_a_card_is_what_came_less_what_went() -> None:
    """Issued, added, spent, returned."""
    back = g.BalanceReturned(card=CARD, order="ord_1", refund=1, amount=pln("10.00"), at=START)
    card = g.fold((issued(), MORE, SPENT, back))
    assert isinstance(card, g.Card)
    assert (card.loaded, card.spent, card.returned, card.balance) == tuple(
        map(pln, ("55.00", "30.00", "10.00", "35.00"))
    )


def test_money_that_comes_back_prolongs_a_card_that_would_be_over_too_soon() -> None:
    """A year is left then; a card that lasts longer, or for ever, is left alone."""

    def after(*given: g.Event) -> list[str]:
        told = g.give_back(
            g.fold(given), CARD, seller="Shop", customer=None, order="o", refund=1, amount=pln("1.00"), at=START
        )
        return [type(event).__name__ for event in told]

    year = g.VALID_AFTER_REFUND
    assert after(issued()) == after(issued(valid_until=START + year)) == ["BalanceReturned"]
    assert after(issued(valid_until=START + year - DAY)) == ["BalanceReturned", "GiftCardProlonged"]
    assert after() == ["StoreCreditOpened", "BalanceReturned"]


@pytest.mark.parametrize(
    ("rates", "country", "fits"),
    [
        ((VAT,), "PL", True),
        ((VAT, VAT), "PL", True),
        ((VAT,), "DE", False),
        ((VatRate(800),), "PL", False),
        ((VAT, VatRate(800)), "PL", False),
        ((VatRate(2300, "other"),), "PL", False),
    ],
)
def test_a_single_purpose_card_fits_one_rate_in_one_country(rates: Any, country: str, fits: bool) -> None:
    """A multi-purpose one fits everything."""
    taxed, other = g.fold((issued(**TAXED),)), g.fold((issued(),))
    assert isinstance(taxed, g.Card)
    assert isinstance(other, g.Card)
    assert (g.objections(taxed, rates, country) == ()) is fits
    assert g.objections(other, rates, country) == ()


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"amount": pln("0.00")}, "amount"),
        ({"amount": pln("-1.00")}, "amount"),
        ({"amount": Money(10**12 + 1, "PLN")}, "amount"),
        ({"card": "ord_1"}, "card"),
        ({"card": "some code"}, "card"),
        ({"kind": VoucherKind.SINGLE_PURPOSE}, "vat"),
        ({"kind": VoucherKind.SINGLE_PURPOSE, "vat": VAT}, "country"),
        ({"vat": VAT}, "vat"),
        ({"country": "PL"}, "country"),
        (TAXED | {"country": "Poland"}, "country"),
        ({"kind": "multi_purpose"}, "kind"),
        ({"valid_until": START.replace(tzinfo=None)}, "valid_until"),
    ],
)
def test_a_card_that_makes_no_sense_is_not_even_asked_for(fields: dict[str, Any], path: str) -> None:
    """A single-purpose card says where and how it was taxed, and no other does."""
    with pytest.raises(InvalidInputError) as refused:
        issue(**fields)
    assert refused.value.path == path


def test_a_decision_is_never_made_of_both() -> None:
    """Events or reasons."""
    assert isinstance(g.decide(top_up(), g.NoCard(), FACTS), Rejected)
