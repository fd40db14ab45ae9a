"""
VAT rates of the member states as dated data: of each level of rate, not of which goods are on it.

The levels are those of Directive 2006/112/EC art. 97-98: ``standard``; ``reduced`` and ``second_reduced``, the higher
and the lower of the rates from 5 % up; ``super_reduced``, below that; ``zero``; ``exempt``. Rates for a region
(islands, the Canaries, Corsica, Madeira) and for a few services only are left out. Lists of rates disagree with each
other, so see ``confirmed``, and hand in entries of your own where you know better.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code as checked_code
from ..texts import country_code

__all__ = ("VAT_RATES", "VatEntry", "vat_rate")

_HUNDRED_PERCENT = 10_000
_BEGIN = date(2020, 1, 1)


def _day(value: Any, path: str) -> None:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidInputError(path, f"expected a date, got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class VatEntry:
    """
    One level of rate in one country, from ``valid_from`` to ``valid_to`` inclusive; None: until further notice.

    ``confirmed``: the rate and its first day were read in the act, or in what the authority or a commentary says of
    it. The others are from memory; but all that were in force on 29 September 2026 agree with the Commission's
    database of that day.
    """

    country: str
    code: str
    basis_points: int
    valid_from: date
    valid_to: date | None = None
    source: str
    confirmed: bool = False

    def __attrs_post_init__(self) -> None:
        country_code(self.country)
        checked_code(self.code, "code")
        if type(self.basis_points) is not int or not 0 <= self.basis_points <= _HUNDRED_PERCENT:
            raise InvalidInputError("basis_points", "expected whole basis points from 0 to 10000 (25.5 % is 2550)")
        _day(self.valid_from, "valid_from")
        if self.valid_to is not None:
            _day(self.valid_to, "valid_to")
            if self.valid_to < self.valid_from:
                raise InvalidInputError("valid_to", "must not be before valid_from")

    def holds_on(self, day: date) -> bool:
        """Whether *day* lies in the period."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


_CODES = ("standard", "reduced", "second_reduced", "super_reduced")


def _levels(
    country: str, source: str, *rates: int, since: date = _BEGIN, until: date | None = None, confirmed: bool = False
) -> tuple[VatEntry, ...]:
    """A period in which these were the rates, in the order of ``_CODES``; 0 where there is none."""
    return tuple(
        VatEntry(
            country=country, code=code, basis_points=rate, valid_from=since, valid_to=until, source=source,
            confirmed=confirmed,
        )
        for code, rate in zip(_CODES, rates, strict=False)
        if rate
    )  # fmt: skip


_AT = "UStG 1994 § 10"
_CZ = "zákon č. 235/2004 Sb. § 47"
_DE = "UStG § 12(1)-(2)"
_EE = "käibemaksuseadus § 15"
_FI = "arvonlisäverolaki (1501/1993) § 84-85 a"
_IE = "Value-Added Tax Consolidation Act 2010 s. 46"
_LT = "PVM įstatymas (IX-751) art. 19"
_LU = "loi TVA du 12.2.1979 art. 39-40"
_PL = "ustawa z 11.03.2004 o podatku od towarów i usług"
_RO = "Codul fiscal (Legea 227/2015) art. 291"
_SK = "zákon č. 222/2004 Z. z. § 27"

VAT_RATES: tuple[VatEntry, ...] = (
    *_levels("AT", _AT, 2000, 1300, 1000),
    VatEntry(
        country="AT", code="super_reduced", basis_points=490, valid_from=date(2026, 7, 1),
        source=f"{_AT}, for some basic foods", confirmed=True,
    ),
    *_levels("BE", "arrêté royal n° 20 du 20.7.1970", 2100, 1200, 600),
    *_levels("BG", "ZDDS art. 66", 2000, 900),
    *_levels("CY", "N. 95(I)/2000", 1900, 900, 500),
    *_levels("CZ", _CZ, 2100, 1500, 1000, until=date(2023, 12, 31), confirmed=True),
    *_levels("CZ", f"{_CZ} (by act č. 349/2023 Sb.)", 2100, 1200, since=date(2024, 1, 1), confirmed=True),
    *_levels("DE", _DE, 1900, 700, until=date(2020, 6, 30), confirmed=True),
    *_levels(
        "DE", f"{_DE}, § 28(1)-(2)", 1600, 500, since=date(2020, 7, 1), until=date(2020, 12, 31), confirmed=True
    ),
    *_levels("DE", _DE, 1900, 700, since=date(2021, 1, 1), confirmed=True),
    *_levels("DK", "momsloven § 33", 2500),
    *_levels("EE", _EE, 2000, until=date(2023, 12, 31), confirmed=True),
    *_levels("EE", _EE, 2200, since=date(2024, 1, 1), until=date(2025, 6, 30), confirmed=True),
    *_levels("EE", _EE, 2400, since=date(2025, 7, 1), confirmed=True),
    *_levels("EE", _EE, 0, 900, until=date(2024, 12, 31), confirmed=True),
    *_levels("EE", _EE, 0, 1300, 900, since=date(2025, 1, 1), confirmed=True),
    *_levels("ES", "Ley 37/1992 art. 90-91", 2100, 1000, 0, 400),
    *_levels("FI", _FI, 2400, until=date(2024, 8, 31), confirmed=True),
    *_levels("FI", _FI, 2550, since=date(2024, 9, 1), confirmed=True),
    *_levels("FI", _FI, 0, 1400, until=date(2025, 12, 31), confirmed=True),
    *_levels("FI", _FI, 0, 1350, since=date(2026, 1, 1), confirmed=True),
    *_levels("FI", _FI, 0, 0, 1000, confirmed=True),
    *_levels("FR", "CGI art. 278-281 octies", 2000, 1000, 550, 210),
    *_levels("GR", "VAT code (n. 2859/2000, since n. 5144/2024) art. 21", 2400, 1300, 600),
    *_levels("HR", "Zakon o PDV-u art. 38", 2500, 1300, 500),
    *_levels("HU", "2007. évi CXXVII. törvény § 82", 2700, 1800, 500),
    *_levels("IE", _IE, 2300, until=date(2020, 8, 31)),
    *_levels("IE", _IE, 2100, since=date(2020, 9, 1), until=date(2021, 2, 28)),
    *_levels("IE", _IE, 2300, since=date(2021, 3, 1)),
    *_levels("IE", _IE, 0, 1350, 900),
    *_levels("IT", "D.P.R. 633/1972 art. 16", 2200, 1000, 500, 400),
    *_levels("LT", _LT, 2100, 900, 500, until=date(2025, 12, 31), confirmed=True),
    *_levels("LT", f"{_LT} (by act XV-287)", 2100, 1200, 500, since=date(2026, 1, 1), confirmed=True),
    *_levels("LU", _LU, 1700, 800, 0, 300, until=date(2022, 12, 31), confirmed=True),
    *_levels("LU", _LU, 1600, 700, 0, 300, since=date(2023, 1, 1), until=date(2023, 12, 31), confirmed=True),
    *_levels("LU", _LU, 1700, 800, 0, 300, since=date(2024, 1, 1), confirmed=True),
    *_levels("LV", "PVN likums art. 41-42", 2100, 1200, 500),
    *_levels("MT", "VAT Act (Cap. 406), eighth schedule", 1800, 700, 500),
    *_levels("NL", "Wet OB 1968 art. 9", 2100, 900),
    *_levels(
        "PL", f"{_PL} art. 41 ust. 1, 2, 2a, art. 146ef", 2300, 800, 500, since=date(2011, 1, 1), confirmed=True
    ),
    VatEntry(
        country="PL", code="zero", basis_points=0, valid_from=date(2011, 1, 1),
        source=f"{_PL} art. 41 ust. 3-11, art. 42, art. 83", confirmed=True,
    ),
    VatEntry(
        country="PL", code="exempt", basis_points=0, valid_from=date(2011, 1, 1),
        source=f"{_PL} art. 43, art. 113 (zw)", confirmed=True,
    ),
    *_levels("PT", "CIVA art. 18, mainland", 2300, 1300, 600),
    *_levels("RO", _RO, 1900, 900, 500, until=date(2025, 7, 31), confirmed=True),
    *_levels("RO", f"{_RO} (by act 141/2025)", 2100, 1100, since=date(2025, 8, 1), confirmed=True),
    *_levels("SE", "mervärdesskattelagen (2023:200) ch. 9", 2500, 1200, 600),
    *_levels("SI", "ZDDV-1 art. 41", 2200, 950, 500),
    *_levels("SK", _SK, 2000, 1000, until=date(2024, 12, 31), confirmed=True),
    *_levels("SK", f"{_SK} (by act č. 278/2024 Z. z.)", 2300, 1900, 500, since=date(2025, 1, 1), confirmed=True),
)  # fmt: skip
"""The 27 member states. Entries begin on 2020-01-01 at the earliest (PL: 2011-01-01), even where a rate is older."""


def vat_rate(country: str, code: str, day: date, entries: Iterable[VatEntry] | None = None) -> VatEntry | None:
    """
    That level of rate on the day of the supply; None: there is none, or it is not known here.

    *entries* are :data:`VAT_RATES` where none are given. Of several that hold on the day the one that began last
    counts, of those the first: put what you know better before them. A correction of an invoice uses the rate of the
    original supply.

    >>> vat_rate("FI", "standard", date(2026, 11, 22)).basis_points
    2550

    Raises:
        InvalidInputError: not a country code, or not a day.
    """
    country_code(country)
    _day(day, "day")
    known = VAT_RATES if entries is None else entries
    found = [entry for entry in known if entry.country == country and entry.code == code and entry.holds_on(day)]
    return max(found, key=lambda entry: entry.valid_from, default=None)
