"""The published JSON document for a basket to be priced, with all that its price depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs
from cattrs import Converter

from ..errors import InvalidInputError
from ..money import Money, minor_units
from ..pricing import (
    DEFAULT_POLICY,
    MOST_LINES,
    NO_PROMOTIONS,
    Basket,
    BasketLine,
    Circumstances,
    DeliveryMethod,
    Fee,
    HostBenefitRule,
    HostConditionRule,
    MoneyPolicy,
    PaymentTerms,
    Promotion,
    Promotions,
    Stacking,
    Tariff,
    VatRate,
)
from ._promotions import NO_RULES, plain_set, promotion_converter, promotions_of
from ._reading import MOST_ENTRIES, names, object_of, rate_reader, whole_text, write_rate, written
from ._strict import Hook, reader, strict_converter

BASKET_FORMAT = "basket/1"

LEFT_OUT: Mapping[type, Mapping[str, Any]] = {
    BasketLine: {"line": None, "vat": {"percent": "0", "code": "none"}, "price_includes_vat": True},
    DeliveryMethod: {"kind": "courier", "vat": {"percent": "0", "code": "none"}},
    Fee: {"vat": {"percent": "0", "code": "none"}},
}
"""What a document may leave out although its class has no default, and what it means; a line is named by its place."""


@attrs.frozen(kw_only=True)
class BasketDocument:
    """What a basket document says: the arguments of :func:`orderflow.pricing.quote`."""

    basket: Basket
    tariff: Tariff = Tariff()
    promotions: Promotions = NO_PROMOTIONS
    policy: MoneyPolicy = DEFAULT_POLICY


@attrs.frozen(kw_only=True)
class Keys:
    """
    A basket, and all that its price depends on.

    ``country`` is where the goods go. ``delivery`` are the methods of delivery on offer, ``delivery_method`` is the
    chosen one's code. ``payments`` are the ways to pay, the chosen one is in ``circumstances``. ``stacking`` says how
    the promotions combine, ``money`` how amounts are rounded and shared.
    """

    currency: str
    lines: tuple[BasketLine, ...]
    country: str = "PL"
    delivery_method: str | None = None
    delivery: tuple[DeliveryMethod, ...] = ()
    payments: tuple[PaymentTerms, ...] = ()
    circumstances: Circumstances = Circumstances()
    stacking: Stacking = Stacking.SEQUENTIAL
    promotions: tuple[Promotion, ...] = ()
    money: MoneyPolicy = DEFAULT_POLICY


def load_basket(
    document: Mapping[str, Any] | str | bytes,
    *,
    host_conditions: Mapping[str, HostConditionRule] = NO_RULES,
    host_benefits: Mapping[str, HostBenefitRule] = NO_RULES,
) -> BasketDocument:
    """
    Read what is to be priced from JSON, or from what a JSON parser made of it.

    There must be ``currency`` and ``lines``, and a line must have ``sku``, ``unit_price`` and ``quantity``; all else
    may be left out. Amounts are decimal text in the basket's currency, but promotions are written as in
    :func:`~orderflow.wire.load_promotions`. A rate of VAT is text (``"23"``) or has its code beside it
    (``{"percent": "8", "code": "reduced"}``); without one there is none: 0 %, code ``none``. A line that is not
    named is called by its place, ``1`` for the first.

    >>> found = load_basket('''{"currency": "PLN", "lines": [{"sku": "MUG", "unit_price": "19.99", "quantity": 2}]}''')
    >>> found.basket.lines[0].line, found.basket.lines[0].unit_price
    ('1', Money('19.99', 'PLN'))

    Raises:
        InvalidInputError: anything malformed, larger than :data:`LARGEST_DOCUMENT`, or of more than 1000 lines;
            ``path`` leads to the place (``lines[1].quantity``), and is ``document`` for the document as a whole.
    """
    value = object_of(document)
    if value.pop("format", BASKET_FORMAT) != BASKET_FORMAT:
        raise InvalidInputError("format", f"expected {BASKET_FORMAT!r}")
    if "currency" not in value:
        raise InvalidInputError("currency", "is missing")
    minor_units(value["currency"])
    found: Keys = _reader(value["currency"])(value)
    promotions = promotions_of(found.promotions, found.stacking, host_conditions, host_benefits)
    return BasketDocument(basket=_basket(found), tariff=_tariff(found), promotions=promotions, policy=found.money)


def dump_basket(document: BasketDocument) -> str:
    """
    Write the document from which :func:`load_basket` reads the same, given the same rules of the host.

    Raises:
        InvalidInputError: an amount in another currency, or more than a document may hold.
    """
    basket = document.basket
    for path, amount in _amounts(document):
        if amount is not None and amount.currency != basket.currency:
            raise InvalidInputError(path, f"expected {basket.currency} like the basket, got {amount.currency}")
    try:
        names(dict(basket.circumstances.known))
    except InvalidInputError as error:
        raise error.under("circumstances.known") from None
    plain = _converter(basket.currency, False).unstructure
    return written(
        {
            "format": BASKET_FORMAT,
            **plain(basket),
            "delivery": plain(document.tariff.methods),
            "payments": plain(document.tariff.payments),
            "money": plain(document.policy),
            **plain_set(document.promotions),
        }
    )


def _amounts(document: BasketDocument) -> list[tuple[str, Money | None]]:
    found: list[tuple[str, Money | None]] = []
    for index, line in enumerate(document.basket.lines):
        amounts = [("unit_price", line.unit_price), ("floor", line.floor), ("deposit", line.deposit)]
        found += [(f"lines[{index}].{name}", amount) for name, amount in amounts]
    for index, method in enumerate(document.tariff.methods):
        amounts = [("price", method.price), ("free_from", method.free_from), ("minimum_goods", method.minimum_goods)]
        for place, step in enumerate(method.steps):
            amounts += [(f"steps[{place}].price", step.price), (f"steps[{place}].from_goods", step.from_goods)]
        found += [(f"delivery[{index}].{name}", amount) for name, amount in amounts]
    for index, terms in enumerate(document.tariff.payments):
        fee = terms.fee.price if terms.fee else None
        amounts = [("fee.price", fee), ("highest_total", terms.highest_total), ("lowest_total", terms.lowest_total)]
        found += [(f"payments[{index}].{name}", amount) for name, amount in amounts]
    return found


def _basket(found: Keys) -> Basket:
    return Basket(
        currency=found.currency,
        lines=found.lines,
        delivery_method=found.delivery_method,
        country=found.country,
        circumstances=found.circumstances,
    )


def _tariff(found: Keys) -> Tariff:
    try:
        return Tariff(found.delivery, found.payments)
    except InvalidInputError as error:
        path = f"delivery{error.path.removeprefix('methods')}" if error.path.startswith("methods") else error.path
        raise InvalidInputError(path, error.problem) from None


@cache
def _reader(currency: str) -> Callable[[Any], Any]:
    return reader(Keys, lambda detailed: _converter(currency, detailed))


@cache  # currencies are some 160, and checked before this is asked
def _converter(currency: str, detailed: bool) -> Converter:
    converter = strict_converter(detailed=detailed, complete=False, longest=_longest)
    pairs = tuple[tuple[str, str], ...]
    converter.register_structure_hook(str, whole_text)
    converter.register_structure_hook(Money, lambda value, _: Money.parse(value, currency, ""))
    converter.register_unstructure_hook(Money, lambda money: money.text)
    converter.register_structure_hook_func(lambda kind: kind == pairs, names)
    converter.register_unstructure_hook_func(lambda kind: kind == pairs, dict)
    converter.register_structure_hook(VatRate, _rate(rate_reader(converter)))
    converter.register_unstructure_hook(VatRate, write_rate)
    converter.register_structure_hook(Promotion, promotion_converter(detailed).get_structure_hook(Promotion))
    for kind, left_out in LEFT_OUT.items():
        converter.register_structure_hook(kind, _completed(converter.get_structure_hook(kind), left_out))
    lines = tuple[BasketLine, ...]
    named = _named(converter.get_structure_hook(lines))
    converter.register_structure_hook_func(lambda kind: kind == lines, named)
    return converter


def _longest(item: Any) -> int | None:
    return {BasketLine: MOST_LINES, Promotion: None}.get(item, MOST_ENTRIES)


def _rate(read: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        if type(value) is not str:
            return read(value, kind)
        try:
            return VatRate.parse(value)
        except InvalidInputError as error:
            raise InvalidInputError("", error.problem) from None

    return structure


def _completed(read: Hook, left_out: Mapping[str, Any]) -> Hook:
    return lambda value, kind: read({**left_out, **value} if type(value) is dict else value, kind)


def _named(read: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        if type(value) is list and len(value) <= MOST_LINES:
            value = [
                {"line": str(place), **line} if type(line) is dict else line for place, line in enumerate(value, 1)
            ]
        return read(value, kind)

    return structure
