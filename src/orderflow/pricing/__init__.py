"""
Prices: from a basket and a tariff to a quote that is exact down to the single unit.

Everything is integers of minor units inside. Discounts come between list prices and VAT; VAT is rounded once per
rate; what was rounded is shared out to lines by largest remainder and from there evenly to units.
"""

from ._basket import Basket, BasketLine
from ._ledger import Ledger, LineLedger, Run, Share, even_ledger, share_delivery
from ._quote import LARGEST_TOTAL, MOST_LINES, RULES, Quote, QuotedDelivery, QuotedLine, quote
from ._rejections import (
    CountryNotServed,
    DuplicateLine,
    EmptyBasket,
    MixedCurrencies,
    Rejection,
    TooHeavy,
    TooManyLines,
    TotalTooLarge,
    UnknownDeliveryMethod,
)
from ._tariff import DeliveryKind, DeliveryMethod, DeliveryOffer, Tariff
from ._vat import VatGroup, VatRate

__all__ = (
    "LARGEST_TOTAL",
    "MOST_LINES",
    "RULES",
    "Basket",
    "BasketLine",
    "CountryNotServed",
    "DeliveryKind",
    "DeliveryMethod",
    "DeliveryOffer",
    "DuplicateLine",
    "EmptyBasket",
    "Ledger",
    "LineLedger",
    "MixedCurrencies",
    "Quote",
    "QuotedDelivery",
    "QuotedLine",
    "Rejection",
    "Run",
    "Share",
    "Tariff",
    "TooHeavy",
    "TooManyLines",
    "TotalTooLarge",
    "UnknownDeliveryMethod",
    "VatGroup",
    "VatRate",
    "even_ledger",
    "quote",
    "share_delivery",
)
