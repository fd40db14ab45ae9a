"""What a quote tells about itself: every promotion, where it took what, and what the others are missing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing
from orderflow.money import Money
from orderflow.pricing import (
    AppliedRow,
    Basket,
    BasketLine,
    Beaten,
    Excluded,
    GiftNotInBasket,
    LineOff,
    NoAlternative,
    NotAppliedRow,
    NothingToReduce,
    NotNow,
    NotTheCase,
    NotThisOrder,
    OtherCurrency,
    Percent,
    Promotion,
    Promotions,
    Proof,
    Quote,
    RuledOut,
    Stacking,
    Stopped,
    Target,
    Tariff,
    TooFewUnits,
    TotalTooLow,
    UnitsOff,
    quote,
)
from orderflow.pricing._explanation_text import plain

from .baskets import REDUCED, basket, delivered_baskets, line, method

COURIER = method("14.99")


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def ten_percent(id: str, **more) -> Promotion:
    return Promotion(id=id, benefit=pricing.OrderPercent(percent=Percent.parse("10")), **more)


def priced(asked: Basket, promotions: Promotions, *methods: pricing.DeliveryMethod) -> Quote:
    answer = quote(asked, Tariff(methods), promotions)
    assert isinstance(answer, Quote), answer
    return answer


MUGS_AND_TEA = basket(line("19.99", 3, id="mug"), line("8.00", vat=REDUCED, id="tea", net=True), delivery="courier")
SHOP = Promotions(
    [
        ten_percent("ten", name="Ten percent for all"),
        Promotion(id="ship", benefit=pricing.DeliveryAmount(amount=pln("5.00"))),
        Promotion(
            id="big",
            name="Ten off from 100",
            benefit=pricing.OrderAmount(amount=pln("10.00")),
            condition=pricing.GoodsTotal(at_least=pln("100.00")),
        ),
    ]
)


def test_every_promotion_has_a_row_in_the_order_of_the_shop():
    """What was taken from where; or what is missing."""
    told = priced(MUGS_AND_TEA, SHOP, COURIER).explain(SHOP)
    assert told.promotions == (
        NotAppliedRow(
            promotion="big",
            name="Ten off from 100",
            reasons=(TotalTooLow(needed=pln("100.00"), found=pln("67.97")),),
        ),
        AppliedRow(promotion="ship", name="ship", amount=pln("5.00"), lines=(), delivery=pln("5.00")),
        AppliedRow(
            promotion="ten",
            name="Ten percent for all",
            amount=pln("6.80"),
            lines=(
                LineOff(line="mug", sku="SKU-mug", amount=pln("6.00"), units=(UnitsOff(3, pln("2.00")),)),
                LineOff(line="tea", sku="SKU-tea", amount=pln("0.80"), units=(UnitsOff(1, pln("0.80")),)),
            ),
            delivery=pln("0"),
        ),
    )
    assert (told.applied, told.not_applied) == (told.promotions[1:], told.promotions[:1])


def test_the_amounts_are_those_of_the_quote():
    """List prices, what comes off, VAT, delivery, and the total."""
    asked = priced(MUGS_AND_TEA, SHOP, COURIER)
    told = asked.explain()
    assert (told.listed, told.discount, told.saved) == (pln("67.97"), pln("6.80"), pln("11.80"))
    assert (told.goods, told.delivery_price, told.total) == (asked.goods, asked.delivery_price, asked.total)
    assert (told.vat, told.vat_total, told.delivery) == (asked.vat, asked.vat_total, asked.delivery)
    assert (told.fee, told.payment_fee) == (asked.fee, asked.payment_fee)
    assert told.lines == tuple(asked.lines)


def test_without_the_promotions_their_ids_stand_for_their_names():
    """A quote knows ids; names may have changed since."""
    told = priced(MUGS_AND_TEA, SHOP, COURIER).explain()
    assert told.names == {"big": "big", "ship": "ship", "ten": "ten"}


def test_another_delivery_method_does_not_count():
    """An offer that was not chosen is cheaper too, and nobody saves that."""
    shop = Promotions([Promotion(id="free", benefit=pricing.FreeDelivery())])
    asked = basket(line("10.00"), delivery="courier")
    told = priced(asked, shop, COURIER, method("9.99", code="locker")).explain()
    assert told.applied[0].delivery == told.saved == COURIER.price
    undecided = priced(attrs.evolve(asked, delivery_method=None), shop, COURIER).explain()
    assert undecided.saved == pln("0")


def test_odd_coins_of_several_promotions_fall_on_different_units():
    """Three promotions of a coin each on two units come out as even as the ledger: two coins and one."""
    shop = Promotions([Promotion(id=id, benefit=pricing.OrderAmount(amount=pln("0.01"))) for id in "abc"])
    told = priced(basket(line("1.00", 2)), shop).explain()
    one, none = UnitsOff(1, pln("0.01")), UnitsOff(1, pln("0.00"))
    assert [row.lines[0].units for row in told.applied] == [(one, none), (none, one), (one, none)]


def test_odd_coins_run_on_at_the_first_unit():
    """Two and two odd coins over three units: the second pair lies on the last unit and the first."""
    shop = Promotions([Promotion(id=id, benefit=pricing.OrderAmount(amount=pln("0.02"))) for id in "ab"])
    told = priced(basket(line("1.00", 3)), shop).explain()
    runs = [[(run.units, run.amount.minor) for run in row.lines[0].units] for row in told.applied]
    assert runs == [[(2, 1), (1, 0)], [(1, 1), (1, 0), (1, 1)]]


# Laws

BENEFITS = ("order_percent", "order", "line_percent", "unit", "three_for_two", "delivery", "half_delivery", "both")


def benefit(kind: str, amount: Money) -> pricing.Benefit:
    match kind:
        case "order_percent":
            return pricing.OrderPercent(percent=Percent.parse("7"))
        case "order":
            return pricing.OrderAmount(amount=amount)
        case "line_percent":
            return pricing.LinePercent(percent=Percent.parse("33.3"), max_units=4)
        case "unit":
            return pricing.UnitAmount(amount=amount)
        case "three_for_two":
            return pricing.GroupDeal(size=3, effect=pricing.NthFree())
        case "delivery":
            return pricing.DeliveryAmount(amount=amount)
        case "half_delivery":
            return pricing.DeliveryPercent(percent=Percent.parse("50"))
        case "both":
            return pricing.OrderAndDelivery(amount=amount)
        case _:
            raise AssertionError(kind)


@st.composite
def quotes_with_promotions(draw: st.DrawFn) -> tuple[Quote, Promotions]:
    """Any basket under up to six promotions, combined in any way."""
    asked, tariff = draw(delivered_baskets())
    found = [
        Promotion(
            id=f"p{index}",
            benefit=benefit(draw(st.sampled_from(BENEFITS)), Money(draw(st.integers(1, 3000)), asked.currency)),
            target=draw(st.sampled_from((pricing.EVERYTHING, Target(skus=("s0", "s1"))))),
            condition=draw(st.sampled_from((pricing.All(), pricing.Units(at_least=20)))),
            name=draw(st.sampled_from(("", "Summer"))),
            priority=draw(st.integers(0, 1)),
            lane=draw(st.integers(0, 1)),
            group=draw(st.sampled_from(("", "g"))),
            exclusive=draw(st.sampled_from((False, False, False, True))),
            stop=draw(st.sampled_from((False, False, True))),
            compounds=draw(st.booleans()),
            stacks=draw(st.booleans()),
        )
        for index in range(draw(st.integers(0, 6)))
    ]
    promotions = Promotions(found, draw(st.sampled_from(Stacking)))
    answer = quote(asked, tariff, promotions)
    assert isinstance(answer, Quote)
    return answer, promotions


@given(quotes_with_promotions())
def test_what_the_promotions_took_is_everything_that_was_taken_off(made):
    """Over the lines the discount, with the delivery whatever was saved; nothing twice and nothing lost."""
    asked, promotions = made
    told = asked.explain(promotions)
    over_lines = sum(off.amount.minor for row in told.applied for off in row.lines)
    over_delivery = sum(row.delivery.minor for row in told.applied)
    taken_off_delivery = asked.delivery.discount.minor if asked.delivery else 0
    assert over_lines == asked.discount.minor
    assert over_delivery == taken_off_delivery
    assert over_lines + over_delivery == told.saved.minor == sum(row.amount.minor for row in told.applied)


@given(quotes_with_promotions())
def test_each_row_sums_up_from_its_lines_and_units(made):
    """A row is its lines and delivery, a line its units, and it has all of its units."""
    asked, promotions = made
    quantities = {each.line: each.quantity for each in asked.lines}
    for row in asked.explain(promotions).applied:
        assert row.amount.minor == sum(off.amount.minor for off in row.lines) + row.delivery.minor
        for off in row.lines:
            assert off.amount.minor == sum(run.units * run.amount.minor for run in off.units)
            assert sum(run.units for run in off.units) == quantities[off.line]
            assert len(off.units) <= 3


def off_by_unit(runs, changes: set[int]) -> list[int]:
    """What each unit that begins a run somewhere has off."""
    found = []
    for unit in sorted(changes):
        left = unit
        for count, amount in runs:
            if left < count:
                found.append(amount)
                break
            left -= count
    return found


def starts(runs) -> set[int]:
    places, place = set(), 0
    for count, _ in runs:
        places.add(place)
        place += count
    return places


@given(quotes_with_promotions())
def test_unit_by_unit_the_rows_sum_to_the_ledger(made):
    """What is taken off one unit, promotion by promotion, is what a refund of that unit reckons with."""
    asked, promotions = made
    rows = [off for row in asked.explain(promotions).applied for off in row.lines]
    for ledger in asked.ledger.lines:
        told = [[(run.units, run.amount.minor) for run in off.units] for off in rows if off.line == ledger.line]
        pinned = [(run.units, run.share.discount) for run in ledger.runs]
        changes = set().union(*map(starts, [*told, pinned]))
        each = [off_by_unit(runs, changes) for runs in told]
        sums = [sum(parts) for parts in zip(*each, strict=True)] if each else [0] * len(changes)
        assert sums == off_by_unit(pinned, changes)


@given(quotes_with_promotions())
def test_every_promotion_is_told_once_and_a_refused_one_says_why(made):
    """No promotion of the shop is forgotten, and none is refused without a word."""
    asked, promotions = made
    told = asked.explain(promotions)
    assert [row.promotion for row in told.promotions] == [each.id for each in promotions.promotions]
    assert all(row.reasons for row in told.not_applied)
    assert (told.proof is not None) == (promotions.stacking is Stacking.BEST_DEAL)


@given(quotes_with_promotions())
def test_an_explanation_is_the_same_whenever_it_is_asked_for(made):
    """It depends on the quote and the names, and on nothing else."""
    asked, promotions = made
    again = attrs.evolve(asked, lines=tuple(asked.lines))
    for told, repeated in ((asked.explain(promotions), again.explain(promotions)), (asked.explain(), again.explain())):
        assert told == repeated
        assert (str(told), told._repr_html_()) == (str(repeated), repeated._repr_html_())


# In plain English


def test_an_explanation_prints_as_a_table():
    """Amounts in columns, then the promotions with what they took or what they are missing."""
    assert str(priced(MUGS_AND_TEA, SHOP, COURIER).explain(SHOP)).splitlines() == [
        "All amounts in PLN",
        "                      units  list price  at list price     off  to pay",
        "SKU-mug                   3       19.99          59.97   -6.00   53.97",
        "SKU-tea (before VAT)      1        8.00           8.00   -0.80    7.78",
        "delivery courier                                 14.99   -5.00    9.99",
        "total                                                   -11.80   71.74",
        "VAT 23 % in 63.96                                                11.96",
        "VAT 8 % in 7.78                                                   0.58",
        "Ten off from 100            not applied: 32.03 more to reach 100.00",
        "ship                 -5.00  delivery 5.00",
        "Ten percent for all  -6.80  SKU-mug 3 × 2.00; SKU-tea 1 × 0.80",
    ]


def test_a_quote_without_promotions_prints_too():
    """A table of amounts, and nothing else."""
    assert str(priced(basket(line("1.00")), Promotions()).explain()).splitlines() == [
        "All amounts in PLN",
        "                  units  list price  at list price  off  to pay",
        "SKU-1                 1        1.00           1.00         1.00",
        "total                                                      1.00",
        "VAT 23 % in 1.00                                           0.19",
    ]


def test_a_best_deal_says_how_good_it_is():
    """Proven, or how much more there may be."""
    shop = Promotions([ten_percent("a"), ten_percent("b")], Stacking.BEST_DEAL)
    told = priced(basket(line("10.00")), shop).explain()
    assert told.proof is not None
    assert told.proof.proven
    assert str(told).endswith("\nproven best")
    bounded = attrs.evolve(told, proof=Proof(pln("1.50"), 7))
    assert str(bounded).endswith("\nat most 1.50 more could be saved")


WHEN = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
SENTENCES = [
    (TotalTooLow(needed=pln("100"), found=pln("76.90")), "23.10 more to reach 100.00"),
    (TotalTooLow(needed=pln("100"), found=pln("76.90"), discounted=True), "23.10 more to reach 100.00 after discounts"),
    (TooFewUnits(needed=3, found=2), "1 more unit to reach 3"),
    (TooFewUnits(needed=3, found=1), "2 more units to reach 3"),
    (NotTheCase(what="delivery_method", wanted=("locker", "shop")), "delivery method is not locker or shop"),
    (NotTheCase(what="full_moon"), "full moon is not the case"),
    (NotThisOrder(number=1, found=3), "only for order number 1, this is number 3"),
    (NotThisOrder(number=1, found=None), "only for order number 1, and earlier orders are not known"),
    (NotNow(), "not at this time"),
    (NotNow(starts=WHEN), "only from 2026-12-01T08:30:00+00:00"),
    (NotNow(starts=WHEN, ends=WHEN), "only from 2026-12-01T08:30:00+00:00 and before 2026-12-01T08:30:00+00:00"),
    (RuledOut(condition="InCountry"), "ruled out by the condition in country"),
    (RuledOut(condition="by_payment"), "ruled out by the condition by payment"),
    (
        NoAlternative(reasons=(TooFewUnits(needed=3, found=1), Stopped(by="x"))),
        "none of these ways: (2 more units to reach 3; nothing comes after X)",
    ),
    (OtherCurrency(currency="EUR"), "has no amount in EUR"),
    (NothingToReduce(), "nothing to reduce"),
    (GiftNotInBasket(sku="MUG", units=2), "add 2 units of MUG, free of charge"),
    (Stopped(by="x"), "nothing comes after X"),
    (Excluded(by="other", would_have_saved=pln("2")), "would have saved 2.00, but other stands alone"),
    (Beaten(by=("x", "y"), would_have_saved=pln("2")), "would have saved 2.00, beaten by X, y"),
    (Beaten(by=(), would_have_saved=pln("2")), "would have saved 2.00, beaten by others together"),
]


@pytest.mark.parametrize(("reason", "expected"), SENTENCES)
def test_a_reason_in_plain_english(reason, expected):
    """What is missing, in a few words, with promotions by their names."""
    assert plain(reason, {"x": "X"}) == expected


def test_every_reason_is_among_those():
    """A class that is new fails here until it has words."""
    assert {type(reason) for reason, _ in SENTENCES} == set(get_args(pricing.Reason))


# In a notebook

HOSTILE = "<script>alert('x')</script>\"&"


class Tags(HTMLParser):
    """The tags that a browser would find, what they say, and what was left open."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert not tags.open
    return tags


def hostile_quote() -> tuple[Quote, Promotions]:
    goods = BasketLine(
        line="1", sku=HOSTILE, quantity=1, unit_price=pln("9.99"), vat=REDUCED, price_includes_vat=True, tags=(HOSTILE,)
    )
    shop = Promotions(
        [
            ten_percent("ten", name=HOSTILE, stop=True, priority=2),
            ten_percent("late", name="Late"),
            ten_percent(HOSTILE, condition=pricing.InChannel([HOSTILE]), priority=3),
        ]
    )
    return priced(basket(goods, delivery=HOSTILE), shop, method("5.00", code=HOSTILE)), shop


def test_hostile_names_are_escaped():
    """No name becomes a tag: goods, promotions, deliveries, and what a reason repeats."""
    asked, shop = hostile_quote()
    html = asked.explain(shop)._repr_html_()
    tags = parsed(html)
    assert "<script" not in html
    assert tags.seen == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert tags.attributes == {"style", "colspan"}
    assert {HOSTILE, f"delivery {HOSTILE}", f"not applied: channel is not {HOSTILE}"} <= set(tags.said)
    assert f"not applied: nothing comes after {HOSTILE}" in tags.said


def test_a_notebook_shows_a_quote_as_its_explanation():
    """A quote at the end of a cell is a table."""
    asked, _ = hostile_quote()
    assert asked._repr_html_() == asked.explain()._repr_html_()


def test_the_html_says_what_the_text_says():
    """The same cells, in the same order."""
    told = priced(MUGS_AND_TEA, SHOP, COURIER).explain(SHOP)
    words = re.sub(r"\s+", "", "".join(parsed(told._repr_html_()).said))
    text = str(told)
    assert all(re.sub(r"\s+", "", row.name) in words for row in told.promotions)
    assert sorted(re.findall(r"-?\d+\.\d\d", text)) == sorted(
        each for said in parsed(told._repr_html_()).said for each in re.findall(r"-?\d+\.\d\d", said)
    )


@given(quotes_with_promotions())
def test_every_quote_is_a_sound_table(made):
    """Each row has six columns, whatever was priced."""
    asked, promotions = made
    html = asked.explain(promotions)._repr_html_()
    parsed(html)
    for row in re.findall(r"<tr>(.*?)</tr>", html):
        spans = [int(span or 1) for span in re.findall(r'<t[dh](?: colspan="(\d)")? ', row)]
        assert sum(spans) == 6
