"""Laws of every quote: currencies with 0, 2 and 3 places, gross and net prices, any rates, free things, huge lines."""

from __future__ import annotations

from fractions import Fraction

import attrs
from hypothesis import given
from hypothesis import strategies as st

from orderflow.money import total_of
from orderflow.pricing import Basket, Quote, Share, Tariff, quote

from .baskets import delivered_baskets


def price_of(basket: Basket, tariff: Tariff) -> Quote:
    answer = quote(basket, tariff)
    assert isinstance(answer, Quote), answer
    return answer


@given(delivered_baskets())
def test_the_parts_sum_to_the_total(asked: tuple[Basket, Tariff]) -> None:
    """Lines, delivery, fee and deposit, and the ledger's units come to the total; VAT groups to what is taxed of it."""
    answer = price_of(*asked)
    currency = answer.currency
    assert total_of((line.gross for line in answer.lines), currency) == answer.goods
    taxed = answer.goods + answer.delivery_price + answer.payment_fee
    assert taxed + answer.deposit == answer.total
    assert total_of((group.gross for group in answer.vat), currency) == taxed
    assert total_of((group.net for group in answer.vat), currency) == taxed - answer.vat_total
    assert total_of((group.vat for group in answer.vat), currency) == answer.vat_total
    borne = [line.vat_amount for line in answer.lines]
    borne += [each.vat_amount for each in (answer.delivery, answer.fee) if each]
    assert total_of(borne, currency) == answer.vat_total
    assert answer.ledger.total.paid + answer.payment_fee.minor == answer.total.minor
    assert answer.ledger.total.delivery == answer.delivery_price.minor


@given(delivered_baskets())
def test_the_ledger_holds_what_the_lines_say(asked: tuple[Basket, Tariff]) -> None:
    """A line's units sum to its share, component by component."""
    answer = price_of(*asked)
    assert [answer.ledger.line_total(line.line) for line in answer.lines] == [line.share for line in answer.lines]
    assert [ledger.units for ledger in answer.ledger.lines] == [line.quantity for line in asked[0].lines]


@given(delivered_baskets())
def test_each_group_is_rounded_once_and_its_members_add_up(asked: tuple[Basket, Tariff]) -> None:
    """A group's VAT is the nearest coin to the exact one, and is what its lines, delivery and fee bear."""
    answer = price_of(*asked)
    for group in answer.vat:
        key = (group.rate, group.price_includes_vat)
        members = [line.share for line in answer.lines if (line.vat, line.price_includes_vat) == key]
        members += [
            Share(each.gross.minor, each.net.minor, each.vat_amount.minor)
            for each in (answer.delivery, answer.fee)
            if each and (each.vat, each.price_includes_vat) == key
        ]
        together = sum(members, start=Share())
        assert (together.gross, together.net, together.vat) == (group.gross.minor, group.net.minor, group.vat.minor)
        rate = Fraction(group.rate.basis_points, 10_000)
        exact = group.gross.minor * rate / (1 + rate) if group.price_includes_vat else group.net.minor * rate
        assert Fraction(-1, 2) < group.vat.minor - exact <= Fraction(1, 2)


@given(delivered_baskets())
def test_list_prices_are_kept_to_the_coin(asked: tuple[Basket, Tariff]) -> None:
    """A gross price times quantity is the line's gross; a net one its net; VAT never turns either negative."""
    for line, quoted in zip(asked[0].lines, price_of(*asked).lines, strict=True):
        listed = line.unit_price * line.quantity
        assert (quoted.gross if line.price_includes_vat else quoted.net) == listed
        assert min(quoted.share.gross, quoted.share.net, quoted.share.vat, quoted.share.delivery) >= 0


@given(delivered_baskets(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_sum(asked: tuple[Basket, Tariff], chance: st.DataObject) -> None:
    """Permuting lines changes neither total, VAT groups nor offers."""
    basket, tariff = asked
    lines = list(basket.lines)
    chance.shuffle(lines)
    one, other = price_of(basket, tariff), price_of(attrs.evolve(basket, lines=lines), tariff)
    for name in ("total", "goods", "vat", "vat_total", "delivery", "offers", "fee", "payment_offers"):
        assert getattr(one, name) == getattr(other, name)


@given(delivered_baskets())
def test_an_offer_is_what_choosing_it_costs(asked: tuple[Basket, Tariff]) -> None:
    """The price shown before is the price on the bill, and the goods cost the same either way."""
    basket, tariff = asked
    before = price_of(attrs.evolve(basket, delivery_method=None), tariff)
    after = price_of(attrs.evolve(basket, delivery_method="courier"), tariff)
    assert before.offers == after.offers
    assert after.delivery_price == before.offers[0].price
    assert after.goods == before.goods
    assert [attrs.evolve(line.share, delivery=0) for line in after.lines] == [line.share for line in before.lines]


@given(delivered_baskets(), st.data())
def test_units_leave_in_any_order_and_portions_until_nothing_is_left(
    asked: tuple[Basket, Tariff], data: st.DataObject
) -> None:
    """Cancellations and returns, line by line and mixed, give back exactly what the order came to."""
    ledger = price_of(*asked).ledger
    left = {line.line: line.units for line in ledger.lines}
    gone = dict.fromkeys(left, 0)
    given_back = Share()
    while left:
        line = data.draw(st.sampled_from(sorted(left)))
        units = data.draw(st.just(left[line]) | st.integers(1, left[line]))
        given_back += ledger.take(line, gone[line], units)
        gone[line] += units
        left[line] -= units
        if not left[line]:
            del left[line]
    assert given_back == ledger.total
