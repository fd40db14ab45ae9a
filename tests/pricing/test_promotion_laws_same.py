"""Laws of sameness: what must not change a price does not change it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from decimal import Context, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orderflow import pricing as p
from orderflow.money import Money
from orderflow.pricing import _stacking
from orderflow.pricing._till import Till

from .promotion_strategies import RATES, Shop, fewer, shops, targets

ROOT = Path(__file__).parents[2]


def sums(quote: p.Quote) -> tuple[object, ...]:
    """All that does not name a line."""
    found = quote.total, quote.vat, quote.vat_total, quote.goods, quote.discount, quote.delivery, quote.fee
    return *found, quote.payment_offers, quote.offers


@given(shops())
@fewer
def test_pricing_again_gives_the_same(shop: Shop) -> None:
    """The same basket, promotions and policy have the same quote, part by part."""
    assert shop.price() == shop.price()


@given(shops())
@fewer
def test_a_quote_is_worked_out_again_from_what_it_says(shop: Shop) -> None:
    """List prices, what promotions took and the policy stored with it give the same sums, whatever the policy is."""
    quote = shop.price()
    methods = []
    if delivery := quote.delivery:
        method = shop.tariff.find(delivery.code)
        assert method is not None
        methods.append(attrs.evolve(method, price=delivery.listed, free_from=None))
    terms = [each for each in shop.tariff.payments if quote.fee and each.code == quote.fee.code]
    again = p.priced_again(quote, p.Tariff(methods, terms), shop.basket.country)
    assert isinstance(again, p.Quote)
    assert (quote.policy, again.policy) == (shop.policy, shop.policy)
    assert (again.lines, again.delivery) == (quote.lines, quote.delivery)
    assert sums(again)[:-2] == sums(quote)[:-2]
    assert again.rules == quote.rules == p.RULES


@given(shops())
@fewer
def test_the_way_to_a_basket_does_not_matter(shop: Shop) -> None:
    """A coupon added and removed, a delivery or a country changed and restored, a line put in and taken out again."""
    basket, before = shop.basket, shop.price()
    circumstances = basket.circumstances
    coupon = attrs.evolve(circumstances, coupons=(*circumstances.coupons, "another"))
    for changed in (
        attrs.evolve(basket, circumstances=coupon),
        attrs.evolve(basket, delivery_method=None),
        attrs.evolve(basket, country="DE"),
        attrs.evolve(basket, lines=(*basket.lines, attrs.evolve(basket.lines[0], line="one-more"))),
    ):
        p.quote(changed, shop.tariff, shop.promotions, shop.policy)
        assert shop.price() == before


@given(shops(), st.randoms(use_true_random=False))
@fewer
def test_the_order_of_lines_changes_nothing(shop: Shop, chance: random.Random) -> None:
    """No sum, and no line either: ties go by the ids of lines."""
    lines = list(shop.basket.lines)
    chance.shuffle(lines)
    one, other = shop.price(), shop.holding(*lines).price()
    assert sums(one) == sums(other)
    assert one.promotions == other.promotions
    assert sorted(one.lines, key=_id) == sorted(other.lines, key=_id)


def _id(line: p.QuotedLine) -> str:
    return line.line


@given(shops(), st.randoms(use_true_random=False))
@fewer
def test_the_order_of_promotions_in_a_list_changes_nothing(shop: Shop, chance: random.Random) -> None:
    """Priority decides, and of equal priorities the id."""
    listed = list(shop.promotions.promotions)
    chance.shuffle(listed)
    assert shop.price() == shop.having(*listed).price()


# Lines that are split or merged

together = shops(
    stacking=st.just(p.Stacking.SEQUENTIAL), policy=st.just(p.DEFAULT_POLICY), most_promotions=0, large=False
)


@st.composite
def for_all_units_alike(draw: st.DrawFn, currency: str) -> p.Promotion:
    """One promotion that rounds once for everything it takes off, or for each of its groups of units."""
    small = st.integers(1, 4)
    percent = draw(st.integers(1, 1_000_000).map(p.Percent))
    amount = Money(draw(st.integers(1, 9_000)), currency)
    of = draw(targets(currency))
    benefit = draw(
        st.sampled_from(
            (
                p.OrderPercent(percent=percent),
                p.OrderPercent(percent=percent, at_most=amount),
                p.OrderAmount(amount=amount),
                p.OrderPrice(price=amount),
                p.UnitAmount(amount=amount),
                p.UnitPrice(price=amount),
                p.LinePercent(percent=percent, by_unit=True),
                p.GroupDeal(size=draw(small), effect=p.PercentOffGroup(percent=percent)),
                p.GroupDeal(size=draw(small), effect=p.GroupPrice(price=amount), max_groups=draw(small)),
                p.GroupDeal(size=draw(small), effect=p.NthFree(), dearest_first=True),
                p.BundlePrice(units=draw(small), price=amount),
                p.BuyGet(buy=of, buy_units=draw(small), get=of, get_units=draw(small), percent=percent),
                p.SetPrice(parts=[p.SetPart(of, draw(small)), p.SetPart(p.EVERYTHING)], price=amount),
                p.Gift(sku="s0", units=draw(small)),
            )
        )
    )
    own_goods = isinstance(benefit, p.BuyGet | p.SetPrice | p.Gift)
    return p.Promotion(id="one", benefit=benefit, target=p.EVERYTHING if own_goods else of)


@given(together, st.data())
@fewer
def test_a_line_split_in_two_costs_the_same_in_all(shop: Shop, data: st.DataObject) -> None:
    """Where promotions are rounded for the order, for a group or for a unit, and tax for a rate: not line by line."""
    lines = [attrs.evolve(line, price_includes_vat=True) for line in shop.basket.lines]
    if data.draw(st.booleans()):  # one rate, on net prices: then the tax is the same, too
        lines = [attrs.evolve(line, price_includes_vat=False, vat=RATES[0]) for line in lines]
    one, *others = lines
    assume(one.quantity > 1)
    promotion = data.draw(for_all_units_alike(shop.basket.currency))
    first = data.draw(st.integers(1, one.quantity - 1))
    parts = (attrs.evolve(one, quantity=first), attrs.evolve(one, line="l0b", quantity=one.quantity - first))
    whole = shop.having(promotion).holding(*lines).price()
    split = shop.having(promotion).holding(*parts, *others).price()
    assert (split.total, split.discount) == (whole.total, whole.discount)
    if len(whole.vat) == 1:
        assert split.vat == whole.vat


def test_a_line_split_in_two_may_cost_another_coin_where_lines_are_rounded() -> None:
    """10 % of 2 × 0.05 is a coin, and 10 % of 0.05 is one too: that is what rounding line by line means."""
    tea = p.BasketLine(
        line="a", sku="tea", quantity=2, unit_price=Money(5, "PLN"), vat=p.VatRate(2300), price_includes_vat=True
    )
    parts = (attrs.evolve(tea, quantity=1), attrs.evolve(tea, line="b", quantity=1))
    for benefit, discounts in (
        (p.LinePercent(percent=p.Percent(100_000)), (1, 2)),
        (p.LinePercent(percent=p.Percent(100_000), by_unit=True), (2, 2)),
        (p.OrderPercent(percent=p.Percent(100_000)), (1, 1)),
    ):
        promotions = p.Promotions([p.Promotion(id="ten", benefit=benefit)])
        found = []
        for lines in ((tea,), parts):
            quote = p.quote(p.Basket(currency="PLN", lines=lines, country="PL"), p.Tariff(), promotions)
            assert isinstance(quote, p.Quote)
            found.append(quote.discount.minor)
        assert tuple(found) == discounts


# What is unrelated


@given(shops(given=st.sampled_from(("reductions", "deals")), conditional=False), st.integers(1, 9_000))
@fewer
def test_an_unrelated_article_changes_no_discount_of_others(shop: Shop, minor: int) -> None:
    """Whatever combines how; only what counts the whole basket has to be left out."""
    narrow = [_narrowed(each) for each in shop.promotions.promotions if not _counts_everything(each.benefit)]
    other = p.BasketLine(
        line="l0-unrelated",
        sku="unrelated",
        quantity=2,
        unit_price=Money(minor, shop.basket.currency),
        vat=RATES[0],
        price_includes_vat=True,
    )
    shop = shop.having(*narrow)
    before = {line.line: line.share.discount for line in shop.price().lines}
    after = {line.line: line.share.discount for line in shop.holding(other, *shop.basket.lines).price().lines}
    assert after == before | {"l0-unrelated": 0}


def _narrowed(promotion: p.Promotion) -> p.Promotion:
    """The same for articles of the shop only."""
    own = p.Target(skus=("s0", "s1"))
    benefit = promotion.benefit
    if isinstance(benefit, p.BuyGet):
        return attrs.evolve(promotion, benefit=attrs.evolve(benefit, buy=own, get=own))
    if isinstance(benefit, p.SetPrice):
        parts = [attrs.evolve(part, of=own) for part in benefit.parts]
        return attrs.evolve(promotion, benefit=attrs.evolve(benefit, parts=parts))
    return promotion if isinstance(benefit, p.Gift) else attrs.evolve(promotion, target=own)


def _counts_everything(benefit: p.Benefit) -> bool:
    return isinstance(benefit, p.LinePercentByTotal)


# Numbers


def in_currency(value: Any, currency: str) -> Any:
    """The same minor units of another currency, however deep in a value."""
    if isinstance(value, Money):
        return Money(value.minor, currency) if value.currency != "CHF" else value
    if isinstance(value, tuple):
        return tuple(in_currency(each, currency) for each in value)
    if attrs.has(type(value)):
        fields = [field for field in attrs.fields(type(value)) if field.init]
        changes = {field.alias: in_currency(getattr(value, field.name), currency) for field in fields}
        return attrs.evolve(value, **changes) if fields else value
    return currency if value in ("PLN", "JPY", "KWD") else value


@given(shops())
@fewer
def test_how_many_places_a_currency_has_changes_no_number(shop: Shop) -> None:
    """So many minor units of yen, złoty and dinars are the same arithmetic."""
    found = set()
    for currency in ("JPY", "PLN", "KWD"):
        quote = in_currency(shop, currency).price()
        taken = tuple((each.promotion, each.amount.minor, each.lines, each.delivery) for each in quote.applied)
        found.add((quote.total.minor, quote.vat_total.minor, tuple(line.share for line in quote.lines), taken))
    assert len(found) == 1


@given(shops(), st.integers(2**53, 10**25), st.integers(1, 1_000_000))
@fewer
def test_no_number_is_too_large_to_be_exact(shop: Shop, minor: int, millionths: int) -> None:
    """Promotions count in whole numbers, also far beyond what a double holds and any order may come to."""
    lines = [
        attrs.evolve(line, unit_price=line.unit_price + Money(minor, line.unit_price.currency))
        for line in shop.basket.lines
    ]
    till = Till(attrs.evolve(shop.basket, lines=lines), shop.policy)
    rung_up = _stacking.ring_up(shop.promotions, till)
    amounts = [each.amount.minor for each in rung_up.outcomes if isinstance(each, p.Applied)]
    assert sum(till.listed) - sum(till.left) == sum(amounts)
    assert all(type(amount) is int for amount in (*amounts, *till.left))
    alone = Till(
        attrs.evolve(shop.basket, lines=[attrs.evolve(lines[0], floor=None, discountable=True)]), p.DEFAULT_POLICY
    )
    percent = p.Promotion(id="percent", benefit=p.OrderPercent(percent=p.Percent(millionths)))
    _stacking.ring_up(p.Promotions([percent]), alone)
    exact = Fraction(alone.listed[0] * millionths, 1_000_000)
    assert -Fraction(1, 2) < (alone.listed[0] - alone.left[0]) - exact <= Fraction(1, 2)


def test_a_sum_beyond_what_an_order_may_come_to_is_refused() -> None:
    """And a list price beyond it is not, once promotions have brought it down."""
    dear = p.BasketLine(
        line="1",
        sku="palace",
        quantity=1,
        unit_price=Money(2**53 + 1, "PLN"),
        vat=p.VatRate(0, "exempt"),
        price_includes_vat=True,
    )
    basket = p.Basket(currency="PLN", lines=[dear], country="PL")
    assert not isinstance(p.quote(basket, p.Tariff()), p.Quote)
    bargain = p.Promotion(id="one-left", benefit=p.OrderAmount(amount=Money(2**53, "PLN")))
    quote = p.quote(basket, p.Tariff(), p.Promotions([bargain]))
    assert isinstance(quote, p.Quote)
    assert (quote.total.minor, quote.discount.minor) == (1, 2**53)


# The machine

_DIGEST = """
import hashlib, sys
sys.path.insert(0, {root!r})
from tests.pricing.small_carts import small_cart
from orderflow.pricing import Stacking
found = [small_cart(seed).combining(stacking).price() for seed in range(12) for stacking in Stacking]
print(hashlib.sha256(repr(found).encode()).hexdigest())
"""


def _digests() -> Iterator[str]:
    for seed, zone, tongue in (
        ("0", "UTC", "C"),
        ("1", "Asia/Kathmandu", "tr_TR.UTF-8"),
        ("2", "America/New_York", "de_DE.UTF-8"),
    ):
        told = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": tongue, "PYTHONPATH": str(ROOT / "src")}
        program = _DIGEST.format(root=str(ROOT))
        ran = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, text=True, check=True)
        yield ran.stdout


def test_the_machine_has_no_influence() -> None:
    """Neither the seed of hashes nor its time zone or language."""
    assert len(set(_digests())) == 1


@pytest.mark.parametrize("digits", [1, 3])
def test_the_decimal_context_has_no_influence(digits: int) -> None:
    """Somebody else's precision is not ours."""
    from .small_carts import small_cart

    usual = [small_cart(seed).price() for seed in range(20)]
    with localcontext(Context(prec=digits)):
        assert [small_cart(seed).price() for seed in range(20)] == usual
