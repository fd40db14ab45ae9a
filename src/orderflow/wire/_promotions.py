"""The published JSON documents for promotions: one, or all of a shop with how they combine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast

import attrs
from cattrs import Converter

from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money, minor_units
from ..pricing import (
    All,
    AnyOf,
    Condition,
    HostBenefit,
    HostBenefitRule,
    HostCondition,
    HostConditionRule,
    InCountry,
    Not,
    Promotion,
    Promotions,
    Stacking,
)
from ..texts import country_code
from ._reading import MOST_ENTRIES, names, object_of, whole_text, written
from ._strict import LONGEST_KEY_SHOWN, Hook, reader, refuse, strict_converter

PROMOTION_FORMAT = "promotion/1"
PROMOTIONS_FORMAT = "promotions/1"
MOST_CODES = 10_000
"""How many codes one list of a promotion may have."""

# More than any promotion may have: what is endless is not read.
_DEEPEST = 16
_WIDEST = 1000

NO_RULES: Mapping[str, Any] = {}


@attrs.frozen(kw_only=True)
class PromotionSet:
    """The keys of the document for all promotions."""

    stacking: Stacking = Stacking.SEQUENTIAL
    promotions: tuple[Promotion, ...] = ()


def load_promotion(document: Mapping[str, Any] | str | bytes) -> Promotion:
    """
    Read one promotion from JSON, or from what a JSON parser made of it.

    The keys are the fields of :class:`~orderflow.pricing.Promotion` and of what it is made of, and ``format``, which
    is ``"promotion/1"``. Benefits and conditions say their ``kind``, by the names of :data:`orderflow.pricing.KINDS`.
    Fields with a default may be left out; a key that is not known is refused, and so is one that is given twice.
    Amounts are objects of decimal text by currency, percentages decimal text, a host's ``data`` an object of texts.

    >>> load_promotion('''{
    ...     "format": "promotion/1", "id": "summer",
    ...     "benefit": {"kind": "order_percent", "percent": "17.5", "at_most": {"PLN": "50.00", "EUR": "12.00"}},
    ...     "condition": {"kind": "with_coupon", "campaign": "summer"}
    ... }''').benefit.at_most
    (Money('12.00', 'EUR'), Money('50.00', 'PLN'))

    Raises:
        InvalidInputError: anything malformed or larger than :data:`LARGEST_DOCUMENT`; ``path`` leads to the place
            (``benefit.percent``), and is ``document`` for the document as a whole.
    """
    return cast(Promotion, _reader(Promotion)(_contents(document, PROMOTION_FORMAT)))


def dump_promotion(promotion: Promotion) -> str:
    """
    Write the document from which :func:`load_promotion` reads the same promotion; every field is in it.

    Raises:
        InvalidInputError: more of a host's data than a document may hold.
    """
    return written({"format": PROMOTION_FORMAT, **_plain(promotion, "")})


def load_promotions(
    document: Mapping[str, Any] | str | bytes,
    *,
    host_conditions: Mapping[str, HostConditionRule] = NO_RULES,
    host_benefits: Mapping[str, HostBenefitRule] = NO_RULES,
) -> Promotions:
    """
    Read all promotions of a shop: ``{"format": "promotions/1", "stacking": "best_deal", "promotions": [...]}``.

    Each is written as for :func:`load_promotion`, without a ``format`` of its own. The host's rules are code: they
    are given here, and the document has their names.

    Raises:
        InvalidInputError: as for :func:`load_promotion`, two promotions with one id, or a host's rule that is not
            given; ``path`` is such as ``promotions[2].benefit.percent``.
    """
    found: PromotionSet = _reader(PromotionSet)(_contents(document, PROMOTIONS_FORMAT))
    return promotions_of(found.promotions, found.stacking, host_conditions, host_benefits)


def dump_promotions(promotions: Promotions) -> str:
    """
    Write the document from which :func:`load_promotions` reads the same promotions, given the same rules of the host.

    Raises:
        InvalidInputError: more than a document may hold, or data as for :func:`dump_promotion`.
    """
    return written({"format": PROMOTIONS_FORMAT, **plain_set(promotions)})


def promotions_of(
    promotions: Iterable[Promotion],
    stacking: Stacking,
    host_conditions: Mapping[str, HostConditionRule],
    host_benefits: Mapping[str, HostBenefitRule],
) -> Promotions:
    """The promotions as they stand in a document; what they lack in rules of the host is refused at its place there."""
    found = tuple(promotions)
    for index, promotion in enumerate(found):
        for host, path in _hosts(promotion):
            if host.name not in (host_benefits if isinstance(host, HostBenefit) else host_conditions):
                raise InvalidInputError(f"promotions[{index}].{path}.name", f"{host.name!r} is no rule of this host")
    return Promotions(found, stacking, host_conditions=host_conditions, host_benefits=host_benefits)


def plain_set(promotions: Promotions) -> dict[str, Any]:
    """The keys of :class:`PromotionSet`."""
    found = enumerate(promotions.promotions)
    return {
        "stacking": str(promotions.stacking),
        "promotions": [_plain(promotion, f"promotions[{index}].") for index, promotion in found],
    }


def _contents(document: Mapping[str, Any] | str | bytes, expected: str) -> dict[str, Any]:
    value = object_of(document)
    if value.pop("format", None) != expected:
        raise InvalidInputError("format", f"expected {expected!r}")
    return value


def _plain(promotion: Promotion, where: str) -> dict[str, Any]:
    for host, path in _hosts(promotion):
        try:
            names(dict(host.data))
        except InvalidInputError as error:
            raise error.under(f"{where}{path}.data") from None
    return cast(dict[str, Any], promotion_converter(False).unstructure(promotion))


def _hosts(promotion: Promotion) -> Iterator[tuple[HostBenefit | HostCondition, str]]:
    """What the host decides in a promotion, with its place."""
    if isinstance(promotion.benefit, HostBenefit):
        yield promotion.benefit, "benefit"
    yield from _hosts_in(promotion.condition, "condition")


def _hosts_in(condition: Condition, path: str) -> Iterator[tuple[HostCondition, str]]:
    match condition:
        case HostCondition():
            yield condition, path
        case Not():
            yield from _hosts_in(condition.condition, f"{path}.condition")
        case All() | AnyOf():
            for index, part in enumerate(condition.conditions):
                yield from _hosts_in(part, f"{path}.conditions[{index}]")
        case _:
            pass


@cache
def promotion_converter(detailed: bool) -> Converter:
    """A converter for what promotions are made of, in any currency."""
    converter = strict_converter(detailed=detailed, complete=False, longest=_longest)
    amounts, codes, data = tuple[Money, ...], tuple[str, ...], tuple[tuple[str, str], ...]
    converter.register_structure_hook(str, whole_text)
    converter.register_structure_hook(Money, _amount)
    converter.register_unstructure_hook(Money, lambda money: {money.currency: money.text})
    converter.register_structure_hook_func(lambda kind: kind == amounts, _amounts)
    converter.register_unstructure_hook_func(
        lambda kind: kind == amounts, lambda found: {money.currency: money.text for money in found}
    )
    converter.register_structure_hook_func(lambda kind: kind == codes, _codes)
    converter.register_structure_hook_func(lambda kind: kind == data, names)
    converter.register_unstructure_hook_func(lambda kind: kind == data, dict)
    converter.register_structure_hook(InCountry, _countries_first(converter.get_structure_hook(InCountry)))
    converter.register_structure_hook(Promotion, _depth_first(converter.get_structure_hook(Promotion)))
    return converter


def _longest(item: Any) -> int | None:
    """Tiers, parts and days; promotions and conditions have limits of their own."""
    return MOST_ENTRIES if item is not Promotion and (item is int or attrs.has(item)) else None


@cache
def _reader(kind: type) -> Callable[[Any], Any]:
    return reader(kind, promotion_converter)


def _amounts(value: Any, _: Any) -> tuple[Money, ...]:
    if type(value) is not dict:
        refuse('an object such as {"PLN": "19.99"}', value)
    found = []
    for currency, given in value.items():
        path = str(currency)[:LONGEST_KEY_SHOWN]
        minor_units(currency, path)
        found.append(Money.parse(given, currency, path))
        if found[-1].minor < 0:
            raise InvalidInputError(path, "expected an amount of zero or more")
    return tuple(found)


def _amount(value: Any, _: Any) -> Money:
    found = _amounts(value, _)
    if len(found) != 1:
        raise InvalidInputError("", f"expected an amount in one currency, got {len(found)}")
    return found[0]


def _codes(value: Any, _: Any) -> tuple[str, ...]:
    """Checked in the order of the document, for the promotion has an order of its own."""
    if type(value) is not list:
        refuse("a list", value)
    if len(value) > MOST_CODES:
        raise InvalidInputError("", f"at most {MOST_CODES} entries, got {len(value)}")
    return tuple([code(each, f"[{index}]") for index, each in enumerate(value)])


def _countries_first(read: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        countries = value.get("countries") if type(value) is dict else None
        for index, country in enumerate(countries if type(countries) is list else ()):
            country_code(country, f"countries[{index}]")
        return read(value, kind)

    return structure


def _depth_first(read: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        waiting = [(value.get("condition"), "condition", 1)] if type(value) is dict else []
        while waiting:
            condition, path, depth = waiting.pop()
            if depth > _DEEPEST:
                raise InvalidInputError(path, "is nested too deeply")
            if type(condition) is dict:
                inner = condition.get("conditions")
                if type(inner) is list and len(inner) > _WIDEST:
                    raise InvalidInputError(f"{path}.conditions", f"at most {_WIDEST} entries, got {len(inner)}")
                parts = enumerate(inner if type(inner) is list else ())
                waiting += [(part, f"{path}.conditions[{index}]", depth + 1) for index, part in parts]
                waiting.append((condition.get("condition"), f"{path}.condition", depth + 1))
        return read(value, kind)

    return structure
