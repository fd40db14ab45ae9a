"""
The catalogs, and the one formatter that fills their texts.

A message id is a stable key (``orders.OnHold``), English included, so that an English text can be mended without
touching the others. Catalogs are read from their ``.po`` files at first use. What stands in braces is printed by its
type (money, days, moments, stages); after a colon stands a plural (``{wanted:units}``) or ``terms``, for codes that
have a text of their own where they are ours and are shown as they are where they are a host's.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from gettext import GNUTranslations
from importlib import resources
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberPattern, format_decimal

from ..law import JURISDICTIONS
from ..money import Money, minor_units
from ..quantities import Quantities

__all__ = ("FALLBACK", "LANGUAGES", "PLURALS", "Voice", "voice")

LANGUAGES = ("de", "en", "pl")
"""The languages in which every text is there."""

FALLBACK = "en"
PLURALS = ("days", "units", "units_more", "units_from")
_TERMS = "terms"
_SYMBOL_BEFORE_DIGIT = re.compile(r"([^\W\d_])(?=\d)")
_NO_BREAK_SPACE = "\u00a0"


@cache
def _translations(language: str) -> GNUTranslations:
    source = resources.files("orderflow.wording").joinpath("locale", language, "LC_MESSAGES", "orderflow.po")
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    """The locale of a language tag where its language has a catalog, else that of its base language, else English."""
    base = re.split("[-_]", language, maxsplit=1)[0].lower()
    if base not in LANGUAGES:
        return Locale(FALLBACK)
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale(base)


@lru_cache(maxsize=64)
def _money_pattern(locale: Locale, places: int) -> NumberPattern:
    # The places are our own table's: CLDR's follow customary use, which drops the fils and paras one can be charged.
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return pattern


@lru_cache(maxsize=4096)  # a long explanation tells the same few over and over
def _money_text(amount: Money, locale: Locale) -> str:
    text: str = _money_pattern(locale, minor_units(amount.currency)).apply(
        Decimal(amount.text), locale, currency=amount.currency, currency_digits=False
    )
    return _SYMBOL_BEFORE_DIGIT.sub(rf"\1{_NO_BREAK_SPACE}", text)


class _Filler(string.Formatter):
    def __init__(self, speaker: Voice) -> None:
        self._voice = speaker

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec in PLURALS:
            return self._voice.count(format_spec, value)
        if format_spec == _TERMS:
            return self._voice.terms((value,) if isinstance(value, str) else value)
        return self._voice.show(value)


@attrs.frozen
class Voice:
    """One language, with the zone in which moments are told; without one they are told in UTC, and say so."""

    locale: Locale
    zone: str | None

    @property
    def language(self) -> str:
        """The language of the texts, e.g. ``pl``."""
        return str(self.locale.language)

    def say(self, key: str, /, **values: object) -> str:
        """The text under *key*, filled with *values*."""
        return _Filler(self).vformat(_translations(self.language).gettext(key), (), values)

    def knows(self, key: str) -> bool:
        """Whether there is a text under *key*."""
        return _translations(self.language).gettext(key) != key

    def count(self, noun: str, number: int) -> str:
        """A number with its noun in the right form: 1 sztuka, 2 sztuki, 5 sztuk."""
        text = _translations(self.language).ngettext(noun, noun, number)
        return text.replace("{n}", format_decimal(number, locale=self.locale))

    def terms(self, codes: Iterable[str]) -> str:
        """Codes in words, where they are ours; ``postal_code:malformed`` is told part by part."""
        return ", ".join(self._term(code) for code in codes) or self.say("none")

    def _term(self, code: str) -> str:
        if self.knows(f"term.{code}"):
            return self.say(f"term.{code}")
        head, colon, rest = code.partition(":")
        return f"{self._term(head)}: {self._term(rest)}" if colon and head and rest else self.show(code)

    def show(self, value: object) -> str:
        """A value by its type; text comes on one line, so that no name can forge a line of its own."""
        match value:
            case Money():
                return self._money(value)
            case datetime():
                return self._moment(value)
            case date():
                return format_date(value, "long", locale=self.locale)
            case StrEnum():
                return self.say(f"{type(value).__name__}.{value.value}")
            case Decimal():
                return str(format_decimal(value, locale=self.locale))
            case Quantities():
                return ", ".join(f"{key} ({self.count('units', count)})" for key, count in value) or self.say("none")
            case tuple():
                return ", ".join(self.show(each) for each in value) or self.say("none")
            case _:
                return " ".join(str(value).split())

    def _money(self, amount: Money) -> str:
        return _money_text(amount, self.locale)

    def _moment(self, at: datetime) -> str:
        clock = format_time(self._local(at).time(), "short", locale=self.locale)
        return self.say("moment" if self.zone else "moment.utc", day=self.day(at), clock=clock)

    def day(self, at: datetime) -> date:
        """On which day of the zone a moment lies."""
        return self._local(at).date()

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone or "UTC"))


def voice(language: str, law: str | None = None) -> Voice:
    """The voice for a language tag, telling the time of the law's country."""
    place = JURISDICTIONS.get(law) if law else None
    return Voice(_locale(language), place.zone if place else None)
