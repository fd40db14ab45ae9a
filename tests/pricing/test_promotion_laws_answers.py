"""Laws of answers: every promotion has an outcome, reasons are data, asking has no effects, nothing is converted."""

from __future__ import annotations

from copy import deepcopy
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing as p
from orderflow.decisions import Rejected
from orderflow.money import Money

from .baskets import basket, line, method
from .promotion_strategies import NOON, Shop, conditions, fewer, shops


@given(shops())
@fewer
def test_every_promotion_has_an_outcome_with_an_amount_or_with_reasons(shop: Shop) -> None:
    """In the order of the promotions; reasons are values of known kinds."""
    quote = shop.price()
    assert [each.promotion for each in quote.promotions] == [each.id for each in shop.promotions.promotions]
    for outcome in quote.promotions:
        if isinstance(outcome, p.Applied):
            assert outcome.lines or outcome.delivery
            assert all(amount > 0 for _, amount in (*outcome.lines, *outcome.delivery))
            assert outcome.amount.currency == quote.currency
        else:
            assert outcome.reasons
            assert all(type(reason) in p.KINDS for reason in outcome.reasons)


@given(shops())
@fewer
def test_reasons_name_promotions_that_count(shop: Shop) -> None:
    """Whoever excluded, beat or stopped another one applies itself."""
    quote = shop.price()
    applied = {each.promotion for each in quote.applied}
    for outcome in quote.not_applied:
        for reason in outcome.reasons:
            if isinstance(reason, p.Excluded | p.Stopped):
                assert reason.by in applied
            if isinstance(reason, p.Beaten):
                assert reason.by
                assert set(reason.by) <= applied


@given(shops(most_promotions=1, conditional=False))
@fewer
def test_the_only_promotion_is_refused_for_reasons_of_its_own(shop: Shop) -> None:
    """Nobody excludes, beats or stops it."""
    for outcome in shop.price().not_applied:
        assert not any(isinstance(reason, p.Excluded | p.Beaten | p.Stopped) for reason in outcome.reasons)


@given(shops())
@fewer
def test_asking_has_no_effects(shop: Shop) -> None:
    """A simulation is the same function: what goes in stays as it is, and the answer is the one that counts."""
    asked = deepcopy((shop.basket, shop.tariff, shop.policy))
    listed = shop.promotions.promotions
    simulated = shop.price()
    shop.having().price()
    assert (shop.basket, shop.tariff, shop.policy) == asked
    assert shop.promotions.promotions is listed
    assert shop.price() == simulated


@given(shops(conditional=False))
@fewer
def test_an_offered_delivery_costs_what_it_costs_when_it_is_chosen(shop: Shop) -> None:
    """Where no promotion asks which one it is, and none on delivery stands in the way of one on goods or after one."""
    promotions = [
        attrs.evolve(each, exclusive=False, group="", stop=False)
        for each in shop.promotions.promotions
        if not isinstance(each.benefit, p.OrderAndDelivery)
    ]
    shop = shop.having(*promotions).combining(p.Stacking.SEQUENTIAL)
    for offer in shop.delivered(None).price().offers:
        assert shop.delivered(offer.code).price().delivery_price == offer.price


# Currencies


@given(shops(most_promotions=2))
@fewer
def test_no_amount_is_ever_converted(shop: Shop) -> None:
    """Promotions that know amounts of other currencies only do not apply, and a basket of several has no price."""
    foreign = Money(500, "CHF")
    promotions = [
        p.Promotion(id=f"x{place}", benefit=benefit)
        for place, benefit in enumerate(
            (
                p.OrderAmount(amount=foreign),
                p.OrderPrice(price=foreign),
                p.LineAmount(amount=foreign),
                p.UnitAmount(amount=foreign),
                p.UnitPrice(price=foreign),
                p.FirstAndFurther(first=foreign, further=foreign),
                p.LineAmountByValue(base=foreign),
                p.PerCompleteGroup(size=1, amount=foreign),
                p.BundlePrice(units=1, price=foreign),
                p.GroupDeal(size=1, effect=p.GroupPrice(price=foreign)),
                p.GroupDeal(size=1, effect=p.AmountOffGroup(amount=foreign)),
                p.GroupDeal(size=1, effect=p.GroupUnitPrice(price=foreign)),
                p.SetPrice(parts=[p.SetPart(p.EVERYTHING)], price=foreign),
                p.DeliveryAmount(amount=foreign),
                p.DeliveryPrice(price=foreign),
                p.OrderAndDelivery(amount=foreign),
            )
        )
    ]
    quote = shop.having(*promotions).price()
    assert not quote.applied
    lines = [attrs.evolve(each, unit_price=foreign, floor=None, deposit=None) for each in shop.basket.lines[:1]]
    mixed = p.quote(attrs.evolve(shop.basket, lines=lines), shop.tariff, shop.promotions, shop.policy)
    assert mixed == Rejected((p.MixedCurrencies(currency=shop.basket.currency, found=("CHF",)),))


# What is not known

NOT_KNOWN = (
    p.NthOrder(1),
    p.Between(starts=NOON),
    p.WeeklyHours(days=range(1, 8), zone="UTC"),
    p.InChannel(["web"]),
    p.ByPayment(["card"]),
    p.ByDelivery(["courier"]),
    p.GoodsTotal(at_least=Money(1, "EUR")),
)


def applies(condition: p.Condition, asked: p.Basket) -> bool:
    ten = p.Promotion(id="ten", benefit=p.OrderPercent(percent=p.Percent(100_000)), condition=condition)
    quote = p.quote(asked, p.Tariff([method("1.00")]), p.Promotions([ten]))
    assert isinstance(quote, p.Quote)
    return bool(quote.applied)


@pytest.mark.parametrize("condition", NOT_KNOWN, ids=lambda condition: type(condition).__name__)
def test_what_is_not_known_holds_neither_way(condition: p.Condition) -> None:
    """A guest's order is neither the first nor certainly not the first."""
    asked = basket(line("10.00"))
    assert not applies(condition, asked)
    assert not applies(p.Not(condition), asked)
    assert not applies(p.Not(p.Not(condition)), asked)


def test_what_is_not_known_does_not_matter_where_something_else_decides() -> None:
    """Not both of them, where one does not hold; one of them, where one holds."""
    asked = basket(line("10.00"))
    unknown, holds, fails = p.NthOrder(1), p.Units(), p.Units(at_least=2)
    assert applies(p.AnyOf([unknown, holds]), asked)
    assert applies(p.Not(p.All([unknown, fails])), asked)
    assert not applies(p.Not(p.AnyOf([unknown, holds])), asked)
    assert not applies(p.Not(p.AnyOf([unknown, fails])), asked)
    assert not applies(p.Not(p.All([unknown, holds])), asked)


@given(conditions("PLN"), shops(most_promotions=0))
@fewer
def test_a_condition_and_its_opposite_never_both_hold(condition: p.Condition, shop: Shop) -> None:
    """And where everything it asks is known, one of them does."""
    asked = attrs.evolve(shop.basket, currency="PLN", lines=(line("10.00", 2),))
    rules = shop.promotions

    def holds(one: p.Condition) -> bool:
        each = p.Promotion(id="1", benefit=p.OrderPercent(percent=p.Percent(500_000)), condition=one)
        quote = p.quote(asked, p.Tariff(), attrs.evolve(rules, promotions=[each]))
        assert isinstance(quote, p.Quote)
        return bool(quote.applied)

    if asked.delivery_method is not None:
        asked = attrs.evolve(asked, delivery_method=None)
    assert not (holds(condition) and holds(p.Not(condition)))
    known = p.Circumstances(at=NOON, channel="web", payment_method="card", completed_orders=0)
    asked = attrs.evolve(asked, circumstances=known)
    if not _asks_what_stays_unknown(condition):
        assert holds(condition) != holds(p.Not(condition))


def _asks_what_stays_unknown(condition: p.Condition) -> bool:
    """The delivery, which nobody chose, and amounts in other currencies."""
    match condition:
        case p.All(parts) | p.AnyOf(parts):
            return any(map(_asks_what_stays_unknown, parts))
        case p.Not(negated):
            return _asks_what_stays_unknown(negated)
        case p.GoodsTotal() | p.DiscountedTotal():
            return "PLN" not in {amount.currency for amount in condition.at_least}
        case p.ByDelivery():
            return True
        case _:
            return False


# Codes

_DECORATION = (" ", "-", "_", "\u00a0", "\u2013", "\u200b")


@given(st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=12), st.integers(0, 10**6))
@fewer
def test_a_code_is_the_same_however_it_is_typed(code: str, seed: int) -> None:
    """Upper or lower case, with spaces and dashes, in full width; and what is normal stays so."""
    random = Random(seed)
    typed = "".join(
        random.choice(("", *_DECORATION)) + random.choice((sign, sign.lower(), chr(ord(sign) + 0xFEE0)))
        for sign in code
    )
    assert p.normal_code(typed) == p.normal_code(code) == code
