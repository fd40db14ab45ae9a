"""The best deal: equal to trying everything, never worse than anything simpler, valid when steps run out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing as p
from orderflow.money import Money
from orderflow.pricing import _best_deal

from .baskets import basket, line
from .best_deal_oracle import best_saving
from .promotion_strategies import Shop, fewer, shops
from .small_carts import small_cart

best_deals = shops(stacking=st.just(p.Stacking.BEST_DEAL), large=False)


def shop(*promotions: p.Promotion, of: p.Basket) -> Shop:
    return Shop(of, p.Tariff(), p.Promotions(promotions, p.Stacking.BEST_DEAL), p.DEFAULT_POLICY)


def off(name: str, minor: int, *skus: str, **more: object) -> p.Promotion:
    """So many minor units off these goods together."""
    return p.Promotion(
        id=name,
        benefit=p.OrderAmount(amount=Money(minor, "PLN")),
        target=p.Target(skus=skus),
        **more,  # type: ignore[arg-type]
    )


def amounts(quote: p.Quote) -> dict[str, int]:
    return {each.promotion: each.amount.minor for each in quote.applied}


# Against trying everything


def check_against_everything(seeds: Iterable[int], **size: int) -> None:
    for seed in seeds:
        cart = small_cart(seed, **size)
        quote = cart.price()
        assert quote.proof is not None
        assert quote.proof.proven, seed
        assert quote.discount.minor == best_saving(cart), seed


def test_it_saves_what_the_best_of_all_assignments_of_units_saves() -> None:
    """On 300 small carts, half of them adversarial: all promotions want all goods, and save nearly the same."""
    check_against_everything(range(300))


@pytest.mark.long
def test_it_saves_what_the_best_of_all_assignments_saves_on_many_carts() -> None:
    """The same on 20 000 carts, and on 3 000 with more units and promotions."""
    check_against_everything(range(1_000, 21_000))
    check_against_everything(range(3_000), most_units=8, most_promotions=6)


# Against simpler ways


@given(best_deals)
@fewer
def test_it_saves_no_less_than_each_promotion_by_itself(found: Shop) -> None:
    """Whatever competes, stacks, excludes or stops."""
    found = found.never_free()
    saved = sum(amounts(found.price()).values())
    for promotion in found.promotions.promotions:
        assert saved >= sum(amounts(found.having(promotion).price()).values()), promotion.id


@given(best_deals)
@fewer
def test_it_saves_no_less_than_the_greedy_way(found: Shop) -> None:
    """One promotion after another by what it saves by itself, each only on lines that none before it touched."""
    goods = [each for each in found.promotions.promotions if _best_deal._competes(each) and not each.exclusive]
    alone = {each.id: quote.applied[0] for each in goods if (quote := found.having(each).price()).applied}
    groups = {each.id: each.group for each in goods}
    touched: set[str] = set()
    used: set[str] = set()
    saved = 0
    for name, applied in sorted(alone.items(), key=lambda item: (-item[1].amount.minor, item[0])):
        lines = {line for line, _ in applied.lines}
        benefit = next(each.benefit for each in goods if each.id == name)
        if isinstance(benefit, p.BuyGet | p.SetPrice | p.GroupDeal | p.BundlePrice | p.Gift):
            lines = {line.line for line in found.basket.lines}
        if not lines & touched and (not groups[name] or groups[name] not in used):
            saved += sum(amount for _, amount in applied.lines)
            touched |= lines
            used.add(groups[name])
    assert sum(amounts(found.having(*goods).price()).values()) >= saved


@given(best_deals)
@fewer
def test_a_promotion_more_never_raises_the_price_of_the_goods(found: Shop) -> None:
    """Among those that compete. What stacks may lose a threshold, and an exclusive one shuts others out."""
    goods = [each for each in found.promotions.promotions if _best_deal._competes(each)]
    for place in range(len(goods)):
        fewer = goods[:place] + goods[place + 1 :]
        assert found.having(*goods).price().discount >= found.having(*fewer).price().discount


@given(st.integers(0, 10**6))
@fewer
def test_a_unit_more_never_lowers_the_saving(seed: int) -> None:
    """Where promotions choose their units freely: percentages and amounts by unit, groups, sets, buy and get."""
    cart = small_cart(seed, most_units=5)
    free = [each for each in cart.promotions.promotions if _chooses_freely(each.benefit)]
    one, *others = cart.basket.lines
    more = p.BasketLine(
        line="more",
        sku=one.sku,
        quantity=1,
        unit_price=one.unit_price,
        vat=one.vat,
        price_includes_vat=True,
        tags=one.tags,
        floor=one.floor,
        discountable=one.discountable,
    )
    before, after = cart.having(*free), cart.having(*free).holding(one, *others, more)
    assert after.price().discount >= before.price().discount


def _chooses_freely(benefit: p.Benefit) -> bool:
    if isinstance(benefit, p.GroupDeal):
        return not (isinstance(benefit.effect, p.NthFree) and benefit.effect.overall)
    if isinstance(benefit, p.LinePercent):
        return not benefit.at_most and benefit.max_units is None and benefit.max_units_per_line is None
    return isinstance(benefit, p.BuyGet | p.SetPrice | p.UnitAmount | p.UnitPrice)


# Units


@given(best_deals)
@fewer
def test_no_unit_serves_two_promotions_that_compete(found: Shop) -> None:
    """What they claim together of a line is there, and nobody reduces a line without claiming units of it."""
    counter = _best_deal.Counter(found.promotions, _best_deal.Till(found.basket, found.policy))
    competing = [each for each in found.promotions.promotions if _best_deal._competes(each)]
    alone = _best_deal._alone(counter)
    plan = _best_deal._search([each for each in competing if each.id in alone], alone, counter.till)
    claimed: Counter[int] = Counter()
    for cuts in plan.cuts.values():
        assert set(cuts.goods) <= set(cuts.consumed)
        claimed.update(cuts.consumed)
    assert all(units <= counter.till.quantities[index] for index, units in claimed.items())
    assert plan.saving == sum(sum(cuts.goods.values()) for cuts in plan.cuts.values()) <= plan.bound


@given(best_deals)
@fewer
def test_only_one_promotion_of_a_group_applies(found: Shop) -> None:
    """Among those that compete and those that follow alike."""
    groups = {each.id: each.group for each in found.promotions.promotions}
    applied = [groups[name] for name, amount in amounts(found.price()).items() if amount and groups[name]]
    assert len(applied) == len(set(applied))


# When steps run out


def out_of_steps(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    monkeypatch.setattr(_best_deal, "DEFAULT_STEPS", steps)


@pytest.mark.parametrize("steps", [0, 3])
def test_without_steps_it_is_valid_and_says_how_much_it_may_have_missed(
    monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """The saving is one that can be had, at least as good as one promotion, and the best is within the bound."""
    missed = 0
    for seed in range(200):
        cart = small_cart(seed)
        best = cart.price().discount
        with monkeypatch.context() as patched:
            out_of_steps(patched, steps)
            quote, again = cart.price(), cart.price()
            alone = [cart.having(each).price().discount for each in cart.promotions.promotions]
        assert quote == again
        assert quote.proof is not None
        assert quote.discount <= best <= quote.discount + quote.proof.at_most_more
        assert quote.discount >= max(alone)
        assert quote.discount.minor == sum(amounts(quote).values())
        missed += not quote.proof.proven
    assert missed


# Shops found by attacking it


def test_nobody_buys_the_cheap_one_and_gets_the_dear_one() -> None:
    """Buy one, get the cheapest free: what is got could have been bought, and what is bought got."""
    both = p.BuyGet(buy=p.EVERYTHING, get=p.EVERYTHING)
    asked = basket(line("100.00", id="shoes"), line("10.00", id="socks"))
    assert amounts(shop(p.Promotion(id="bogo", benefit=both), of=asked).price()) == {"bogo": 1000}


def test_the_dearest_may_be_got_where_the_promotion_says_so() -> None:
    """The same with a pick of its own."""
    both = p.BuyGet(buy=p.EVERYTHING, get=p.EVERYTHING, pick=p.Pick.DEAREST)
    asked = basket(line("100.00", id="shoes"), line("10.00", id="socks"))
    assert amounts(shop(p.Promotion(id="bogo", benefit=both), of=asked).price()) == {"bogo": 10000}


def test_any_unit_of_a_gift_may_be_the_free_one() -> None:
    """The dearer line of the same article is free, though by itself the promotion would take the cheaper one."""
    cheap, dear = (
        p.BasketLine(
            line=name,
            sku="mug",
            quantity=1,
            unit_price=Money(minor, "PLN"),
            vat=p.VatRate(2300),
            price_includes_vat=True,
        )
        for name, minor in (("cheap", 100), ("dear", 900))
    )
    found = shop(p.Promotion(id="gift", benefit=p.Gift(sku="mug")), of=basket(cheap, dear))
    assert amounts(found.price()) == {"gift": 900}


def test_what_gives_nothing_by_its_own_rules_is_searched_all_the_same() -> None:
    """One group for 10.00: the cheapest two cost less already, the dearest two do not."""
    pair = p.GroupDeal(size=2, effect=p.GroupPrice(price=Money(1000, "PLN")), max_groups=1)
    asked = basket(line("2.00", 2, id="cup"), line("9.00", 2, id="mug"))
    quote = shop(p.Promotion(id="pair", benefit=pair), of=asked).price()
    assert (amounts(quote), quote.proof and quote.proof.proven) == ({"pair": 800}, True)


def test_an_amount_in_other_currencies_only_is_not_searched() -> None:
    """It is no promotion here, and not one at a price of nothing."""
    for benefit in (
        p.UnitPrice(price=Money(1, "EUR")),
        p.SetPrice(parts=[p.SetPart(p.EVERYTHING)], price=Money(1, "EUR")),
    ):
        quote = shop(p.Promotion(id="euros", benefit=benefit), of=basket(line("10.00"))).price()
        assert quote.not_applied == (p.NotApplied("euros", (p.OtherCurrency(currency="PLN"),)),)


def test_what_competes_does_not_cost_more_in_what_follows_than_it_saves() -> None:
    """1.00 off would break the threshold of 40.00 off: the customer keeps the 40.00."""
    follows = off("big", 4000, stacks=True, condition=p.DiscountedTotal(at_least=Money(10000, "PLN")))
    quote = shop(off("small", 100), follows, of=basket(line("100.00"))).price()
    assert amounts(quote) == {"big": 4000}
    assert quote.not_applied == (p.NotApplied("small", (p.Beaten(by=("big",), would_have_saved=Money(100, "PLN")),)),)


def test_of_those_that_follow_the_one_that_saves_more_than_all_goes_first() -> None:
    """By priority the small one comes first, and would leave too little for the threshold of the other."""
    big = off("big", 4000, stacks=True, condition=p.DiscountedTotal(at_least=Money(10000, "PLN")))
    small = off("small", 100, stacks=True, priority=1)
    assert amounts(shop(small, big, of=basket(line("100.00"))).price()) == {"big": 4000, "small": 100}


def test_a_group_holds_between_those_that_compete_and_those_that_follow() -> None:
    """Of a group only one applies, here the one that competes."""
    one, other = off("one", 500, group="g"), off("other", 300, group="g", stacks=True)
    quote = shop(one, other, of=basket(line("100.00"))).price()
    assert amounts(quote) == {"one": 500}
    assert quote.not_applied[0].reasons == (p.Beaten(by=("one",), would_have_saved=Money(300, "PLN")),)


def test_a_stop_is_about_those_that_follow_each_other() -> None:
    """What competes has no order: what stacks still follows."""
    quote = shop(off("one", 500, stop=True), off("other", 300, stacks=True), of=basket(line("100.00"))).price()
    assert amounts(quote) == {"one": 500, "other": 300}


def test_an_exclusive_one_stands_alone_where_it_saves_more() -> None:
    """The others say what they would have saved; where it saves less, it is the one that is beaten."""
    asked = basket(line("100.00"))
    more, less = off("more", 900, exclusive=True), off("less", 700, exclusive=True)
    others = (off("one", 500), off("other", 300, stacks=True))
    assert amounts(shop(more, *others, of=asked).price()) == {"more": 900}
    assert amounts(shop(less, *others, of=asked).price()) == {"one": 500, "other": 300}


def test_the_steps_are_shared_by_all_ways_to_choose_of_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty-four ways to choose do not mean sixty-four times the work."""
    given_steps: list[int] = []
    search = _best_deal.best_packing

    def watched(*args: object) -> p.Packing:
        found = search(*args)  # type: ignore[arg-type]
        given_steps.append(found.steps)
        return found

    monkeypatch.setattr(_best_deal, "best_packing", watched)
    monkeypatch.setattr(_best_deal, "DEFAULT_STEPS", 500)
    promotions = [
        p.Promotion(
            id=f"{group}{place}",
            group=group,
            benefit=p.GroupDeal(size=3, effect=p.AmountOffGroup(amount=Money(95 + place, "PLN"))),
            target=p.Target(skus=[f"SKU-{number:02}" for number in range(place, 12, 2)]),
        )
        for group in "abc"
        for place in range(4)
    ]
    asked = basket(*(line("1.00", 1, id=f"{number:02}") for number in range(12)))
    quote = shop(*promotions, of=asked).price()
    assert len(given_steps) == 64
    assert quote.proof is not None
    assert quote.proof.steps == sum(given_steps) <= 600
