"""Campaigns: which codes open them, how long they run, and what is limited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..pricing import normal_code
from ..quantities import quantity

__all__ = ("MOST_CODES", "Campaign", "check_campaigns", "to_codes")

MOST_CODES = 10_000
"""How many codes a campaign shares, or one command issues, at most."""


def to_codes(values: Iterable[str], path: str = "codes") -> tuple[str, ...]:
    """Codes in the form in which they are compared, each once; no code is repeated in an error."""
    found = sequence(values, path)
    if len(found) > MOST_CODES:
        raise InvalidInputError(path, f"at most {MOST_CODES} codes, got {len(found)}")
    return tuple(dict.fromkeys(normal_code(value, f"{path}[{index}]") for index, value in enumerate(found)))


def _flag(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not bool:
        raise InvalidInputError(field.name, f"expected True or False, got {type(value).__name__}")


def _starts(value: Any) -> datetime | None:
    return None if value is None else moment(value, "starts")


def _ends(value: Any) -> datetime | None:
    return None if value is None else moment(value, "ends")


def _shared(campaign: Campaign) -> frozenset[str]:
    return frozenset(campaign.codes)


@attrs.frozen(kw_only=True)
class Campaign:
    """
    What a coupon code opens; promotions name it in ``WithCoupon(id)``.

    ``codes`` are shared: everybody types the same one. With ``single_codes``, codes that are issued one by one serve
    once each. It runs from ``starts`` until before ``ends``. A ``limited`` campaign has as many uses as were granted
    (``GrantUses``), a ``budgeted`` one takes off no more money than was granted (``GrantBudget``); until something is
    granted, there is nothing. ``uses_per_customer`` is each customer's limit, and keeps guests out. An order that is
    cancelled after it was confirmed gives its use and its money back, unless ``given_back`` is False.
    """

    id: str
    codes: tuple[str, ...] = attrs.field(default=(), converter=to_codes, repr=False)
    single_codes: bool = attrs.field(default=False, validator=_flag)
    starts: datetime | None = attrs.field(default=None, converter=_starts)
    ends: datetime | None = attrs.field(default=None, converter=_ends)
    limited: bool = attrs.field(default=False, validator=_flag)
    uses_per_customer: int | None = None
    budgeted: bool = attrs.field(default=False, validator=_flag)
    given_back: bool = attrs.field(default=True, validator=_flag)
    _shared: frozenset[str] = attrs.field(init=False, repr=False, eq=False, default=attrs.Factory(_shared, True))

    def __attrs_post_init__(self) -> None:
        code(self.id, "id")
        if self.uses_per_customer is not None:
            quantity(self.uses_per_customer, "uses_per_customer")
        if self.starts is not None and self.ends is not None and self.ends <= self.starts:
            raise InvalidInputError("ends", "expected a moment after the start")

    def runs(self, at: datetime) -> bool:
        """Whether its codes can be used at *at*."""
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)

    def shares(self, code: str) -> bool:
        """Whether *code*, in its normal form, is one of its shared ones; in the same time for every code."""
        return code in self._shared


def check_campaigns(campaigns: Iterable[Campaign]) -> None:
    """
    Refuse campaigns that share an id or a code.

    Raises:
        InvalidInputError: with the path of the later one.
    """
    ids: set[str] = set()
    codes: set[str] = set()
    for index, campaign in enumerate(campaigns):
        if campaign.id in ids:
            raise InvalidInputError(f"campaigns[{index}].id", f"{campaign.id!r} is taken by an earlier campaign")
        if codes & {*campaign.codes}:
            raise InvalidInputError(f"campaigns[{index}].codes", "one of them opens an earlier campaign")
        ids.add(campaign.id)
        codes.update(campaign.codes)
