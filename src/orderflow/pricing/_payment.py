"""What paying costs and who may pay how: the terms of ways to pay, as part of a tariff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money, at_least_zero, minor_units
from ..texts import country_code
from ._basket import flag
from ._rejections import (
    PaymentCountryNotServed,
    PaymentNotForDelivery,
    PaymentNotInCurrency,
    PaymentRefusal,
    TotalAboveHighest,
    TotalBelowLowest,
)
from ._vat import VatRate, is_rate


@attrs.frozen(kw_only=True)
class Fee:
    """
    What a way to pay costs on top, taxed like delivery: at its own rate, or at the goods'. No promotion reduces it.

    What a courier charges for collecting cash is the usual case. The law limits fees: none may be more than the means
    of payment costs the seller (CRD art. 19), and consumers' cards and transfers may cost nothing (PSD2 art. 62(4)).
    Whether an amount is lawful is not checked here.
    """

    price: Money
    vat: VatRate
    price_includes_vat: bool = True

    def __attrs_post_init__(self) -> None:
        at_least_zero(self.price, "price")
        flag(self.price_includes_vat, "price_includes_vat")
        is_rate(self.vat)


def _countries(values: Iterable[str]) -> tuple[str, ...]:
    return sequence(values, "countries")


def _delivery_methods(values: Iterable[str]) -> tuple[str, ...]:
    return sequence(values, "delivery_methods")


def _currencies(values: Iterable[str]) -> tuple[str, ...]:
    return sequence(values, "currencies")


@attrs.frozen(kw_only=True)
class PaymentTerms:
    """
    What the way to pay with this code costs, and for which orders it is offered.

    All that would be paid by it, its own ``fee`` included, is at most ``highest_total`` and at least ``lowest_total``;
    the goods go to one of ``countries`` by one of ``delivery_methods``, and the total is in one of ``currencies``, any
    when empty. Before a delivery is chosen, what is known counts.
    """

    code: str
    fee: Fee | None = None
    highest_total: Money | None = None
    lowest_total: Money | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=_countries)
    delivery_methods: tuple[str, ...] = attrs.field(default=(), converter=_delivery_methods)
    currencies: tuple[str, ...] = attrs.field(default=(), converter=_currencies)

    def __attrs_post_init__(self) -> None:
        code(self.code, "code")
        if self.fee is not None and not isinstance(self.fee, Fee):
            raise InvalidInputError("fee", f"expected a Fee, got {type(self.fee).__name__}")
        for path in ("highest_total", "lowest_total"):
            if (amount := getattr(self, path)) is not None:
                at_least_zero(amount, path)
                if amount.currency != self.currency:
                    raise InvalidInputError(path, f"expected {self.currency} like the other amounts")
        for index, country in enumerate(self.countries):
            country_code(country, f"countries[{index}]")
        for index, method in enumerate(self.delivery_methods):
            code(method, f"delivery_methods[{index}]")
        for index, currency in enumerate(self.currencies):
            minor_units(currency, f"currencies[{index}]")

    @property
    def currency(self) -> str | None:
        """That of its amounts; None where there are none."""
        known = (self.fee.price if self.fee else None, self.highest_total, self.lowest_total)
        return next((amount.currency for amount in known if amount is not None), None)

    def refusals(
        self, total: Money, country: str, delivery: str | None, allowed: tuple[str, ...] = ()
    ) -> Iterator[PaymentRefusal]:
        """
        Everything for which *total*, its fee included, cannot be paid by it, with the ways that are *allowed* instead.

        *country* is where the goods go, *delivery* the method that takes them there, if one is chosen.
        """
        own = self.currency
        taken = (own,) if own is not None and own != total.currency else self.currencies
        if taken and total.currency not in taken:
            priced_in = ", ".join(taken)
            yield PaymentNotInCurrency(method=self.code, currency=total.currency, priced_in=priced_in, allowed=allowed)
        else:
            if self.highest_total is not None and total > self.highest_total:
                yield TotalAboveHighest(
                    method=self.code, total=total, highest_total=self.highest_total, allowed=allowed
                )
            if self.lowest_total is not None and total < self.lowest_total:
                yield TotalBelowLowest(method=self.code, total=total, lowest_total=self.lowest_total, allowed=allowed)
        if self.countries and country not in self.countries:
            yield PaymentCountryNotServed(method=self.code, country=country, allowed=allowed)
        if self.delivery_methods and delivery is not None and delivery not in self.delivery_methods:
            yield PaymentNotForDelivery(
                method=self.code, delivery_method=delivery, delivery_methods=self.delivery_methods, allowed=allowed
            )


@attrs.frozen(kw_only=True)
class PaymentOffer:
    """A way to pay that serves the basket, with the gross ``fee`` it adds to the total."""

    code: str
    fee: Money


@attrs.frozen(kw_only=True)
class PaymentNotOffered:
    """
    A way to pay that does not serve the basket; ``reasons`` are those for which choosing it is rejected.

    ``fee`` is what it would add to the total, gross; None where that is in another currency.
    """

    code: str
    fee: Money | None
    reasons: tuple[PaymentRefusal, ...]


@attrs.frozen(kw_only=True)
class QuotedFee:
    """
    The fee of the chosen way to pay; ``code`` is that way's, ``listed`` in terms of the fee's price.

    ``vat`` is the fee's own rate, whichever rates the money policy taxes it at.
    """

    code: str
    vat: VatRate
    price_includes_vat: bool
    listed: Money
    gross: Money
    net: Money
    vat_amount: Money
