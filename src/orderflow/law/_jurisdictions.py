"""Whose law: the zone in which days are counted and the holidays that move their end."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from ..errors import InvalidInputError
from ._calendars import CALENDARS, Calendar

__all__ = ("JURISDICTIONS", "Jurisdiction", "jurisdiction")


@attrs.frozen(kw_only=True)
class Jurisdiction:
    """A country as the date engine sees it."""

    code: str
    zone: str
    calendar: Calendar


_ZONES = {"PL": "Europe/Warsaw", "DE": "Europe/Berlin", "FR": "Europe/Paris", "CZ": "Europe/Prague"}

JURISDICTIONS: Mapping[str, Jurisdiction] = MappingProxyType(
    {code: Jurisdiction(code=code, zone=zone, calendar=CALENDARS[code]) for code, zone in _ZONES.items()}
)


def jurisdiction(code: str) -> Jurisdiction:
    """
    The jurisdiction with this code.

    Raises:
        InvalidInputError: a country whose rules are not here.
    """
    if code not in JURISDICTIONS:
        raise InvalidInputError(
            "jurisdiction", f"no rules for {str(code)[:12]!r}; there are {', '.join(JURISDICTIONS)}"
        )
    return JURISDICTIONS[code]
