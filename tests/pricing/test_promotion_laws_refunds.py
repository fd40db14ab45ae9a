"""Laws of refunds: shares are frozen, and every way to give units back adds up to what was paid."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing as p
from orderflow.money import Money

from .baskets import basket, line, priced
from .promotion_strategies import Shop, charges, fewer, shops


@given(shops())
@fewer
def test_everything_given_back_is_what_was_paid_rate_by_rate(shop: Shop) -> None:
    """Goods, delivery and fee, net and tax, to the coin."""
    quote = shop.price()
    assert quote.ledger.total.paid + quote.payment_fee.minor == quote.total.minor
    back: dict[tuple[p.VatRate, bool], tuple[int, int]] = {}
    for quoted, ledger in zip(quote.lines, quote.ledger.lines, strict=True):
        key, share = (quoted.vat, quoted.price_includes_vat), ledger.take(0, quoted.quantity)
        net, vat = back.get(key, (0, 0))
        back[key] = net + share.net, vat + share.vat
    paid = {(group.rate, group.price_includes_vat): (group.net.minor, group.vat.minor) for group in quote.vat}
    if beside := charges(quote):  # their tax belongs to the groups, and is nobody's unit
        left = {key: (paid[key][0] - back.get(key, (0, 0))[0], paid[key][1] - back.get(key, (0, 0))[1]) for key in paid}
        assert sum(net for net, _ in left.values()) == sum(charge.net for charge in beside)
        assert sum(vat for _, vat in left.values()) == sum(charge.vat for charge in beside)
    else:
        assert back == paid


@given(shops(), st.data())
@fewer
def test_refunds_in_any_order_and_portion_never_exceed_what_was_paid_and_end_at_it(
    shop: Shop, data: st.DataObject
) -> None:
    """None of them is negative, the last one included."""
    quote = shop.price()
    left = {quoted.line: quoted.quantity for quoted in quote.lines}
    back = p.Share()
    while left:
        name = data.draw(st.sampled_from(sorted(left)))
        units = data.draw(st.just(left[name]) | st.integers(1, left[name]))
        gone = quote.ledger.line(name).units - left[name]
        portion = quote.ledger.take(name, gone, units)
        assert min(attrs.astuple(portion)) >= 0
        back += portion
        assert back.paid <= quote.total.minor
        left[name] -= units
        if not left[name]:
            del left[name]
    assert back == quote.ledger.total
    assert back.paid + quote.payment_fee.minor == quote.total.minor
    assert back.discount == quote.discount.minor


@given(shops(), st.data())
@fewer
def test_what_one_line_gives_back_leaves_the_others_as_they_are(shop: Shop, data: st.DataObject) -> None:
    """A deal that is broken up re-prices nothing: shares are selected, never worked out again."""
    quote = shop.price()
    ledger = quote.ledger
    before = {each.line: each.total for each in ledger.lines}
    name = data.draw(st.sampled_from(sorted(before)))
    taken = ledger.take(name, 0, data.draw(st.integers(0, ledger.line(name).units)))
    assert {each.line: each.total for each in quote.ledger.lines} == before
    others = sum((total for line_, total in before.items() if line_ != name), start=p.Share())
    assert ledger.total - others - taken == before[name] - taken


# Deals whose saving is spread


@st.composite
def spread_deals(draw: st.DrawFn) -> tuple[p.Basket, p.Promotion]:
    """A deal that uses up the whole basket: some units bought, some got for nothing, of one kind or of two."""
    bought, got = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    price = draw(st.integers(1, 9_000))
    benefit: p.Benefit = p.BuyGet(buy=p.EVERYTHING, buy_units=bought, get=p.EVERYTHING, get_units=got, spread=True)
    if draw(st.booleans()):
        benefit = p.GroupDeal(size=bought + got, effect=p.NthFree(spread=True))
    same = p.BasketLine(
        line="1",
        sku="mug",
        quantity=bought + got,
        unit_price=Money(price, "PLN"),
        vat=p.VatRate(2300),
        price_includes_vat=True,
    )
    lines = [same]
    if draw(st.booleans()):
        dearer = Money(price + draw(st.integers(0, 5_000)), "PLN")
        lines = [
            attrs.evolve(same, line="2", quantity=bought, unit_price=dearer),
            attrs.evolve(same, sku="cup", quantity=got),
        ]
    return basket(*lines), p.Promotion(id="deal", benefit=benefit)


@given(spread_deals())
@fewer
def test_who_keeps_the_free_unit_of_a_spread_deal_has_paid_for_it(deal: tuple[p.Basket, p.Promotion]) -> None:
    """Each unit bears its part of the saving by price, so nothing is gained by giving the paid ones back."""
    asked, promotion = deal
    quote = p.quote(asked, p.Tariff(), p.Promotions([promotion]))
    assert isinstance(quote, p.Quote)
    worth = sum(each.unit_price.minor * each.quantity for each in quote.lines)
    for quoted, ledger in zip(quote.lines, quote.ledger.lines, strict=True):
        for run in ledger.runs:
            fair = quoted.unit_price.minor * (worth - quote.discount.minor)
            assert (
                abs(run.share.gross * worth - fair) < 2 * worth
            )  # a coin for the line's share, and one for the unit's


def test_without_spreading_the_free_unit_may_be_kept_for_nothing() -> None:
    """Two kinds, "buy the mug, get the cup": the cup costs nothing, and giving back the mug pays all of it back."""
    asked = basket(line("20.00", id="mug"), line("10.00", id="cup"))
    mug, cup = p.Target(skus=["SKU-mug"]), p.Target(skus=["SKU-cup"])
    paid = {}
    for spread in (False, True):
        deal = p.Promotion(id="deal", benefit=p.BuyGet(buy=mug, get=cup, spread=spread))
        quote = p.quote(asked, p.Tariff(), p.Promotions([deal]))
        assert isinstance(quote, p.Quote)
        paid[spread] = [quoted.share.gross for quoted in quote.lines]
    assert paid == {False: [2000, 0], True: [1333, 667]}


# Delivery


@given(shops())
@fewer
def test_units_carry_the_delivery_as_it_was_paid_once(shop: Shop) -> None:
    """After what promotions and the tariff took off it."""
    quote = shop.price()
    delivery = quote.delivery
    assert quote.ledger.total.delivery == quote.delivery_price.minor
    if delivery:
        left = delivery.listed - delivery.discount
        assert delivery.gross == (left if delivery.price_includes_vat else left + delivery.vat_amount)
    else:
        assert quote.ledger.total.delivery == 0


def test_a_line_without_promotions_is_refunded_at_its_price() -> None:
    """The simplest case by hand: a third of 10.00, unit by unit from the end."""
    ledger = priced(line("3.33", 3)).ledger
    assert [ledger.take("1", gone, 1).gross for gone in range(3)] == [333, 333, 333]
