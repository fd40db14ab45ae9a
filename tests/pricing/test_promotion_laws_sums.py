"""Laws of every quote with promotions: everything adds up, and nothing goes too far."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orderflow import pricing as p
from orderflow.decisions import Rejected
from orderflow.money import Money, total_of

from .promotion_strategies import NOON, Shop, amounts, charges, fewer, money, policies, shops


def taken(applied: p.Applied, quote: p.Quote) -> int:
    """What a promotion took off goods and the chosen delivery, part by part."""
    delivery = quote.delivery.code if quote.delivery else ""
    return sum(amount for _, amount in applied.lines) + dict(applied.delivery).get(delivery, 0)


# Conservation


@given(shops())
@fewer
def test_lines_and_delivery_and_added_tax_are_the_total(shop: Shop) -> None:
    """What a customer adds up is what is asked: prices less discounts, delivery, and tax where prices have none."""
    quote = shop.price()
    total = 0
    for line in quote.lines:
        left = line.unit_price.minor * line.quantity - line.share.discount
        assert line.share.gross == left + (0 if line.price_includes_vat else line.share.vat)
        assert line.share.net + line.share.vat == line.share.gross
        total += line.share.gross
    for charge in charges(quote):
        assert charge.gross == charge.left + (0 if charge.key[1] else charge.vat)
        assert charge.net + charge.vat == charge.gross
        total += charge.gross
    assert total == (quote.goods + quote.delivery_price + quote.payment_fee).minor
    assert quote.total.minor == total + quote.deposit.minor


@given(shops())
@fewer
def test_the_shares_of_a_promotion_are_its_amount(shop: Shop) -> None:
    """Line by line and with the delivery, to the coin."""
    quote = shop.price()
    for applied in quote.applied:
        assert applied.amount.minor == taken(applied, quote)


@given(shops())
@fewer
def test_the_amounts_of_all_promotions_are_the_discount(shop: Shop) -> None:
    """Of the goods and of the delivery; so an explanation adds up to what the customer saves."""
    quote = shop.price()
    delivery = quote.delivery.discount.minor if quote.delivery else 0
    assert sum(applied.amount.minor for applied in quote.applied) == quote.discount.minor + delivery
    for line in quote.lines:
        assert line.share.discount == sum(dict(applied.lines).get(line.line, 0) for applied in quote.applied)


@given(shops(), st.data())
@fewer
def test_units_and_portions_of_units_add_up_to_their_line(shop: Shop, data: st.DataObject) -> None:
    """Of price, tax, discount and delivery alike, wherever a line is cut in two."""
    quote = shop.price()
    for line in quote.lines:
        cut = data.draw(st.integers(0, line.quantity))
        last, first = quote.ledger.take(line.line, 0, cut), quote.ledger.take(line.line, cut, line.quantity - cut)
        assert first + last == line.share


@given(shops(conditional=False))
@fewer
def test_how_it_is_paid_changes_no_price_and_no_tax(shop: Shop) -> None:
    """Where no promotion asks for it and it costs nothing: a gift card is money, and no discount."""
    answers = [
        attrs.evolve(
            shop.without_fees(),
            basket=attrs.evolve(
                shop.basket, circumstances=attrs.evolve(shop.basket.circumstances, payment_method=method)
            ),
        ).price()
        for method in (None, "card", "gift-card")
    ]
    assert answers[0] == answers[1] == answers[2]


# Bounds


@given(shops())
@fewer
def test_nothing_is_negative_and_no_discount_is_more_than_its_base(shop: Shop) -> None:
    """No line, unit, tax, delivery or total; and what may not be reduced is not."""
    quote = shop.price()
    for line, ledger in zip(quote.lines, quote.ledger.lines, strict=True):
        for share in (line.share, *(run.share for run in ledger.runs)):
            assert min(attrs.astuple(share)) >= 0
        assert line.share.discount <= line.unit_price.minor * line.quantity
        assert shop.lines[line.line].discountable or not line.share.discount
    for offer in quote.offers:
        assert offer.price.minor >= 0
    assert not quote.delivery or quote.delivery.discount <= quote.delivery.listed
    assert min(quote.total.minor, quote.vat_total.minor, *(group.net.minor for group in quote.vat)) >= 0


@given(shops())
@fewer
def test_no_unit_goes_below_its_floor(shop: Shop) -> None:
    """What is left of a line is its floor for each unit at least, or the list price where that is lower."""
    for line in shop.price().lines:
        floor = shop.lines[line.line].floor
        left = line.unit_price.minor * line.quantity - line.share.discount
        assert left >= min(floor.minor if floor else 0, line.unit_price.minor) * line.quantity


@given(shops(conditional=False, policy=st.just(p.DEFAULT_POLICY)), st.integers(1, 50_000))
@fewer
def test_each_share_of_an_amount_is_within_a_coin_of_its_exact_part(shop: Shop, minor: int) -> None:
    """Where no floor is in the way; and what costs nothing gets nothing."""
    lines = [attrs.evolve(line, floor=None, discountable=True) for line in shop.basket.lines]
    listed = {line.line: line.unit_price.minor * line.quantity for line in lines}
    whole = sum(listed.values())
    assume(whole)
    off = p.Promotion(id="off", benefit=p.OrderAmount(amount=Money(minor, shop.basket.currency)))
    quote = shop.holding(*lines).having(off).price()
    for line in quote.lines:
        exact = Fraction(min(minor, whole) * listed[line.line], whole)
        assert abs(line.share.discount - exact) < 1
        assert listed[line.line] or not line.share.discount


@given(shops(), st.sampled_from((p.OrderPercent, p.LinePercent)))
@fewer
def test_a_hundred_per_cent_off_leaves_exactly_nothing(shop: Shop, kind: type[p.OrderPercent | p.LinePercent]) -> None:
    """No coin of price and none of tax, however they are rounded and shared."""
    lines = [attrs.evolve(line, floor=None, discountable=True) for line in shop.basket.lines]
    all_of_it = p.Promotion(id="all", benefit=kind(percent=p.Percent(1_000_000)))
    quote = shop.holding(*lines).having(all_of_it).delivered(None).without_fees().price()
    assert (quote.total, quote.vat_total.minor) == (quote.deposit, 0)
    assert all(not (line.share.gross or line.share.net or line.share.vat) for line in quote.lines)


@given(shops())
@fewer
def test_nothing_off_changes_nothing(shop: Shop) -> None:
    """Promotions of zero per cent and of no amount take no part, and say so."""
    none, zero = p.Percent(0), Money(0, shop.basket.currency)
    benefits = (
        p.OrderPercent(percent=none),
        p.LinePercent(percent=none),
        p.OrderAmount(amount=zero),
        p.UnitAmount(amount=zero),
        p.DeliveryPercent(percent=none),
        p.GroupDeal(size=1, effect=p.PercentOffGroup(percent=none)),
    )
    promotions = [p.Promotion(id=str(place), benefit=benefit) for place, benefit in enumerate(benefits)]
    plain, quote = shop.having().price(), shop.having(*promotions).price()
    reasons = {type(reason) for outcome in quote.not_applied for reason in outcome.reasons}
    assert reasons <= {p.NothingToReduce, p.TooFewUnits}
    assert len(quote.not_applied) == len(benefits)
    assert attrs.evolve(quote, promotions=(), proof=None) == attrs.evolve(plain, proof=None)


@given(shops(stacking=st.just(p.Stacking.SEQUENTIAL)), st.data())
@fewer
def test_caps_are_never_exceeded(shop: Shop, data: st.DataObject) -> None:
    """The cap of the whole holds, and no line gets more than it would without the cap."""
    currency = shop.basket.currency
    most = data.draw(money(currency))
    percent = p.Percent(data.draw(st.integers(1, 1_000_000)))
    limits = {"max_units": data.draw(st.none() | st.integers(1, 4)), "max_units_per_line": data.draw(st.integers(1, 4))}
    for capped, free in (
        (p.OrderPercent(percent=percent, at_most=most), p.OrderPercent(percent=percent)),
        (p.LinePercent(percent=percent, at_most=most), p.LinePercent(percent=percent)),
        (p.LinePercent(percent=percent, at_most=most, **limits), p.LinePercent(percent=percent, **limits)),
    ):
        quote = shop.having(p.Promotion(id="capped", benefit=capped)).delivered(None).price()
        other = shop.having(p.Promotion(id="free", benefit=free)).delivered(None).price()
        assert quote.discount.minor == min(most.minor, other.discount.minor)
        if isinstance(capped, p.LinePercent):
            for line, uncapped in zip(quote.lines, other.lines, strict=True):
                assert line.share.discount <= uncapped.share.discount


def test_a_cap_does_not_shift_a_discount_to_other_lines() -> None:
    """Half off one unit of each line, 50.00 at most: the line of ten cheap cups gets no more than half a cup off."""
    cup, jar = (
        p.BasketLine(
            line=name,
            sku=name,
            quantity=units,
            unit_price=Money(minor, "PLN"),
            vat=p.VatRate(2300),
            price_includes_vat=True,
        )
        for name, units, minor in (("cup", 10, 1000), ("jar", 1, 10000))
    )
    half = p.LinePercent(percent=p.Percent(500_000), max_units_per_line=1, at_most=Money(5000, "PLN"))
    basket = p.Basket(currency="PLN", lines=[cup, jar], country="PL")
    quote = p.quote(basket, p.Tariff(), p.Promotions([p.Promotion(id="half", benefit=half)]))
    assert isinstance(quote, p.Quote)
    assert [line.share.discount for line in quote.lines] == [500, 4500]


@given(shops(), st.integers(1, 4), st.data())
@fewer
def test_limits_of_units_are_never_exceeded(shop: Shop, most: int, data: st.DataObject) -> None:
    """What so many units save is at most the price of so many of the dearest."""
    amount = data.draw(amounts(shop.basket.currency))
    per_unit = p.Promotion(id="some", benefit=p.UnitAmount(amount=amount, max_units=most))
    given_away = p.Promotion(id="gift", benefit=p.Gift(sku="s0", units=most))
    prices = sorted(line.unit_price.minor for line in shop.basket.lines for _ in range(min(line.quantity, most)))
    for promotion in (per_unit, given_away):
        quote = shop.having(promotion).delivered(None).price()
        assert quote.discount.minor <= sum(prices[-most:])


@given(shops(), policies)
@fewer
def test_a_basket_in_which_everything_is_free_has_a_price(shop: Shop, policy: p.MoneyPolicy) -> None:
    """Of nothing; whatever promotions there are, and whatever shares what by which weights."""
    nothing = Money(0, shop.basket.currency)
    free = attrs.evolve(shop, policy=policy).holding(
        *(attrs.evolve(line, unit_price=nothing) for line in shop.basket.lines)
    )
    quote = free.price()
    assert quote.goods == quote.discount == nothing
    assert quote.ledger.total.paid == (quote.delivery_price + quote.deposit).minor
    assert quote.total == quote.delivery_price + quote.payment_fee + quote.deposit


@pytest.mark.parametrize("stacking", tuple(p.Stacking))
def test_an_empty_basket_has_none_and_says_so(stacking: p.Stacking) -> None:
    """Nothing is divided by nothing."""
    basket = p.Basket(currency="PLN", lines=[], country="PL", circumstances=p.Circumstances(at=NOON))
    promotions = p.Promotions([p.Promotion(id="ten", benefit=p.OrderPercent(percent=p.Percent(100_000)))], stacking)
    assert p.quote(basket, p.Tariff(), promotions) == Rejected((p.EmptyBasket(),))


def test_the_sum_of_all_lines_is_what_the_quote_says() -> None:
    """An example by hand: 3 × 9.99 and 2 × 5.01, a third off, 9.99 for the courier."""
    goods = [
        p.BasketLine(
            line=name,
            sku=name,
            quantity=units,
            unit_price=Money(minor, "PLN"),
            vat=p.VatRate(2300),
            price_includes_vat=True,
        )
        for name, units, minor in (("cup", 3, 999), ("tea", 2, 501))
    ]
    third = p.Promotion(id="third", benefit=p.OrderPercent(percent=p.Percent(333_333)))
    courier = p.DeliveryMethod(
        code="courier", kind=p.DeliveryKind.COURIER, price=Money(999, "PLN"), vat=p.VatRate(2300)
    )
    basket = p.Basket(currency="PLN", lines=goods, delivery_method="courier", country="PL")
    quote = p.quote(basket, p.Tariff([courier]), p.Promotions([third]))
    assert isinstance(quote, p.Quote)
    assert quote.discount.minor == 1333  # of 39.99
    assert [line.share.discount for line in quote.lines] == [999, 334]
    assert total_of((line.gross for line in quote.lines), "PLN") == Money(2666, "PLN")
    assert quote.total == Money(3665, "PLN")
