"""Short ways to say what is in a basket, and strategies for whole baskets."""

from __future__ import annotations

from hypothesis import strategies as st

from orderflow.decisions import Rejected
from orderflow.money import Money
from orderflow.pricing import (
    Basket,
    BasketLine,
    Circumstances,
    DeliveryKind,
    DeliveryMethod,
    Fee,
    PaymentTerms,
    Quote,
    Tariff,
    VatRate,
    quote,
)

STANDARD = VatRate(2300)
REDUCED = VatRate(800, "reduced")
ZERO = VatRate(0, "zero")
EXEMPT = VatRate(0, "exempt")
RATES = (STANDARD, REDUCED, VatRate(750), ZERO, EXEMPT)


def line(
    price: str,
    quantity: int = 1,
    vat: VatRate = STANDARD,
    *,
    id: str = "1",
    net: bool = False,
    currency: str = "PLN",
    grams: int = 0,
) -> BasketLine:
    return BasketLine(
        line=id,
        sku=f"SKU-{id}",
        quantity=quantity,
        unit_price=Money.parse(price, currency),
        vat=vat,
        price_includes_vat=not net,
        weight_grams=grams,
    )


def basket(*lines: BasketLine, delivery: str | None = None, currency: str = "PLN", country: str = "PL") -> Basket:
    return Basket(currency=currency, lines=lines, delivery_method=delivery, country=country)


def method(
    price: str,
    vat: VatRate = STANDARD,
    *,
    code: str = "courier",
    net: bool = False,
    currency: str = "PLN",
    free_from: str | None = None,
    max_weight_grams: int | None = None,
    countries: tuple[str, ...] = (),
) -> DeliveryMethod:
    return DeliveryMethod(
        code=code,
        kind=DeliveryKind.COURIER,
        price=Money.parse(price, currency),
        vat=vat,
        price_includes_vat=not net,
        free_from=None if free_from is None else Money.parse(free_from, currency),
        max_weight_grams=max_weight_grams,
        countries=countries,
    )


def priced(*lines: BasketLine, delivery: DeliveryMethod | None = None, currency: str = "PLN") -> Quote:
    """The quote for these lines, which must have one."""
    chosen = delivery.code if delivery else None
    answer = quote(basket(*lines, delivery=chosen, currency=currency), Tariff((delivery,) if delivery else ()))
    assert isinstance(answer, Quote), answer
    return answer


def refused(asked: Basket, *methods: DeliveryMethod) -> tuple[object, ...]:
    """The reasons why this basket has no price."""
    answer = quote(asked, Tariff(methods))
    assert isinstance(answer, Rejected), answer
    return answer.reasons


rates = st.sampled_from(RATES) | st.builds(VatRate, st.integers(0, 10_000))
quantities = st.integers(1, 12) | st.sampled_from((997, 1_000_000))
amounts = st.integers(0, 50) | st.integers(0, 200_000)


@st.composite
def delivered_baskets(draw: st.DrawFn) -> tuple[Basket, Tariff]:
    """Up to eight lines in gross and net prices at several rates, often with a delivery and a fee to pay for."""
    currency = draw(st.sampled_from(("PLN", "JPY", "KWD")))
    lines = tuple(
        BasketLine(
            line=f"l{index}",
            sku=f"s{index}",
            quantity=draw(quantities),
            unit_price=Money(draw(amounts), currency),
            vat=draw(rates),
            price_includes_vat=draw(st.booleans()),
            deposit=draw(st.none() | st.builds(Money, st.integers(0, 200), st.just(currency))),
        )
        for index in range(draw(st.integers(1, 8)))
    )
    delivery = DeliveryMethod(
        code="courier",
        kind=DeliveryKind.COURIER,
        price=Money(draw(amounts), currency),
        vat=draw(rates),
        price_includes_vat=draw(st.booleans()),
        free_from=draw(st.none() | st.builds(Money, st.integers(0, 100_000), st.just(currency))),
    )
    fee = Fee(price=Money(draw(amounts), currency), vat=draw(rates), price_includes_vat=draw(st.booleans()))
    chosen = draw(st.sampled_from(("courier", "courier", None)))
    paid = Circumstances(payment_method=draw(st.sampled_from(("cash", None))))
    basket = Basket(currency=currency, lines=lines, delivery_method=chosen, country="PL", circumstances=paid)
    return basket, Tariff((delivery,), (PaymentTerms(code="cash", fee=fee),))
