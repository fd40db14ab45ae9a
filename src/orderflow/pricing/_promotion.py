"""A promotion: a benefit, the goods it is for, and when it holds; and all of a shop, with how they combine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..texts import human_text
from ._basket import Basket, BasketLine, flag
from ._benefits import Benefit, BuyGet, HostBenefit, SetPrice
from ._conditions import ALWAYS, Condition, HostCondition, check_condition, parts
from ._target import EVERYTHING, Target

MOST_PROMOTIONS = 1000
_FURTHEST = 1_000_000


class Stacking(StrEnum):
    """
    How promotions combine.

    - ``sequential``: by priority, each on what the ones before have left; exclusive ones alone, ``stop`` ends it.
    - ``lanes``: lane by lane; within a lane each line gets the best single promotion.
    - ``compete``: within each priority the best single promotion, priority by priority.
    - ``zone``: in the first priority that gives anything, the better of all compounding ones together and each
      other one alone.
    - ``best_deal``: every unit serves at most one promotion, and no other choice saves more; promotions that stack
      come after, sequentially.
    """

    SEQUENTIAL = "sequential"
    LANES = "lanes"
    COMPETE = "compete"
    ZONE = "zone"
    BEST_DEAL = "best_deal"


def _whole(path: str) -> Any:
    def checked(_: object, __: object, value: Any) -> None:
        if type(value) is not int or abs(value) > _FURTHEST:
            raise InvalidInputError(path, f"expected a whole number from {-_FURTHEST} to {_FURTHEST}")

    return attrs.field(default=0, validator=checked)


@attrs.frozen(kw_only=True)
class Promotion:
    """
    One promotion, as data.

    ``id`` is stable and breaks every tie; ``version`` tells what the id meant when an order was priced; ``name`` is
    what customers read. Higher ``priority`` goes first. An ``exclusive`` one stands alone, after one with ``stop``
    nothing comes. Of a ``group`` only one applies: the first, or the best deal. ``lane`` and ``compounds`` matter to
    the ways of stacking of that name; ``stacks`` says that in a best deal it takes no units from others.
    """

    id: str
    benefit: Benefit
    target: Target = EVERYTHING
    condition: Condition = ALWAYS
    name: str = ""
    version: int = attrs.field(default=1)
    priority: int = _whole("priority")
    lane: int = _whole("lane")
    group: str = ""
    exclusive: bool = False
    stop: bool = False
    compounds: bool = True
    stacks: bool = False

    def __attrs_post_init__(self) -> None:
        code(self.id, "id")
        if self.name:
            human_text(self.name, "name")
        if self.group:
            code(self.group, "group")
        if type(self.version) is not int or not 1 <= self.version <= _FURTHEST:
            raise InvalidInputError("version", f"expected a whole number from 1 to {_FURTHEST}")
        if not isinstance(self.benefit, Benefit):
            raise InvalidInputError("benefit", f"expected a benefit, got {type(self.benefit).__name__}")
        if not isinstance(self.target, Target):
            raise InvalidInputError("target", f"expected a Target, got {type(self.target).__name__}")
        check_condition(self.condition, "condition")
        for path in ("exclusive", "stop", "compounds", "stacks"):
            flag(getattr(self, path), path)
        if isinstance(self.benefit, BuyGet | SetPrice) and self.target != EVERYTHING:
            raise InvalidInputError("target", "is not asked here: the benefit names its own goods")


@attrs.frozen
class Offered:
    """What a host's condition or benefit may look at: the basket, and what is left of each line, in minor units."""

    basket: Basket
    left: Mapping[str, int]
    members: tuple[BasketLine, ...]


HostConditionRule: TypeAlias = Callable[[HostCondition, Offered], bool]
"""Whether the condition holds; pure."""

HostBenefitRule: TypeAlias = Callable[[HostBenefit, Offered], Mapping[str, int]]
"""Minor units off each line, by its id; pure. What goes below a floor is cut off at it."""


def _by_name(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(rules))


def _promotions(values: Iterable[Promotion]) -> tuple[Promotion, ...]:
    found = sequence(values, "promotions")
    if len(found) > MOST_PROMOTIONS:
        raise InvalidInputError("promotions", f"at most {MOST_PROMOTIONS}, got {len(found)}")
    seen: set[str] = set()
    for index, promotion in enumerate(found):
        if not isinstance(promotion, Promotion):
            raise InvalidInputError(f"promotions[{index}]", f"expected a Promotion, got {type(promotion).__name__}")
        if promotion.id in seen:
            raise InvalidInputError(f"promotions[{index}].id", f"{promotion.id!r} is taken by an earlier promotion")
        seen.add(promotion.id)
    return tuple(sorted(found, key=lambda promotion: (-promotion.priority, promotion.id)))


@attrs.frozen
class Promotions:
    """
    All promotions of a shop, checked once: higher priorities first, equal ones by id, however they were listed.

    ``host_conditions`` and ``host_benefits`` are the host's own rules by the names its promotions use.

    Raises:
        InvalidInputError: two with one id, or a host's rule that is not registered.
    """

    promotions: tuple[Promotion, ...] = attrs.field(default=(), converter=_promotions)
    stacking: Stacking = Stacking.SEQUENTIAL
    host_conditions: Mapping[str, HostConditionRule] = attrs.field(factory=dict, converter=_by_name, kw_only=True)
    host_benefits: Mapping[str, HostBenefitRule] = attrs.field(factory=dict, converter=_by_name, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.stacking, Stacking):
            raise InvalidInputError("stacking", "expected a Stacking")
        for promotion in self.promotions:
            where = f"promotions[{promotion.id}]"
            if isinstance(promotion.benefit, HostBenefit) and promotion.benefit.name not in self.host_benefits:
                raise InvalidInputError(f"{where}.benefit", f"{promotion.benefit.name!r} is not among host_benefits")
            for condition in _all_conditions(promotion.condition):
                if isinstance(condition, HostCondition) and condition.name not in self.host_conditions:
                    raise InvalidInputError(f"{where}.condition", f"{condition.name!r} is not among host_conditions")

    def __len__(self) -> int:
        return len(self.promotions)


def _all_conditions(condition: Condition) -> Iterator[Condition]:
    yield condition
    for part in parts(condition):
        yield from _all_conditions(part)


NO_PROMOTIONS = Promotions()
