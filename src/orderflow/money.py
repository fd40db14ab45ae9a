"""
Money is an integer count of minor units and a currency; there is no other money here.

Minor units follow ISO 4217 (list one, 2026): grosze, cents, whole yen. Text is parsed by a bounded
ASCII grammar before any number type sees it, because ``int(Decimal("1e1000000"))`` takes half a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import attrs

from ._currencies import MINOR_UNITS
from .errors import CurrencyMismatchError, InvalidInputError

__all__ = ("MINOR_UNITS", "Money", "allocate", "at_least_zero", "minor_units", "round_half_up", "share_out", "total_of")

_GRAMMAR = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,4}))?", re.ASCII)
_LARGEST = 10**30  # of minor units: far beyond what any shop sums up, and still quick to read and write


def minor_units(currency: Any, path: str = "currency") -> int:
    """
    How many decimal places the currency has.

    >>> minor_units("PLN"), minor_units("JPY"), minor_units("KWD")
    (2, 0, 3)

    Raises:
        InvalidInputError: not an active ISO 4217 code.
    """
    places = MINOR_UNITS.get(currency) if isinstance(currency, str) else None
    if places is None:
        shown = repr(currency[:12]) if isinstance(currency, str) else type(currency).__name__
        raise InvalidInputError(path, f"{shown} is not an active ISO 4217 currency code, e.g. 'PLN'")
    return places


@attrs.frozen(eq=False, repr=False)
class Money:
    """
    An exact amount: ``minor`` units of ``currency``. May be negative where a difference can be.

    >>> Money.parse("19.99", "PLN") * 3
    Money('59.97', 'PLN')
    """

    minor: int
    currency: str

    def __attrs_post_init__(self) -> None:
        if type(self.minor) is not int:
            raise InvalidInputError("minor", f"expected whole minor units as int, got {type(self.minor).__name__}")
        if not -_LARGEST < self.minor < _LARGEST:
            raise InvalidInputError("minor", "expected at most 30 digits")
        if type(self.currency) is not str or self.currency not in MINOR_UNITS:
            minor_units(self.currency)

    @classmethod
    def parse(cls, text: Any, currency: str, path: str = "amount") -> Money:
        """
        Read decimal text such as ``"29.35"``; digits beyond the currency's places must be zeros.

        Raises:
            InvalidInputError: floats, exponents, signs other than ``-``, NaN, separators, too many digits.
        """
        places = minor_units(currency)
        match = _GRAMMAR.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            shown = f"{text[:24]!r}" if isinstance(text, str) else type(text).__name__
            raise InvalidInputError(path, f"{shown} is not an amount; write decimal text such as '29.35'")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if int(fraction[places:] or 0):
            raise InvalidInputError(path, f"{text!r} has more than the {places} decimal places of {currency}")
        minor = int(whole + fraction[:places].ljust(places, "0"))
        return cls(-minor if sign else minor, currency)

    @staticmethod
    @cache
    def zero(currency: str) -> Money:
        """Nothing, in *currency*."""
        return Money(0, currency)

    @property
    def text(self) -> str:
        """Decimal text with exactly the currency's places; ``Money.parse`` reads it back."""
        places = MINOR_UNITS[self.currency]
        digits = str(abs(self.minor)).rjust(places + 1, "0")
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"

    def __str__(self) -> str:
        return f"{self.text} {self.currency}"

    def __repr__(self) -> str:
        return f"Money({self.text!r}, {self.currency!r})"

    def __hash__(self) -> int:
        return hash((self.minor, self.currency))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor == other.minor and self.currency == other.currency

    def __lt__(self, other: Money) -> bool:
        return self.minor < _minor_in(self.currency, other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= _minor_in(self.currency, other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > _minor_in(self.currency, other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= _minor_in(self.currency, other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __add__(self, other: Money) -> Money:
        minor = _minor_in(self.currency, other)
        return Money(self.minor + minor, self.currency) if minor else self

    def __sub__(self, other: Money) -> Money:
        minor = _minor_in(self.currency, other)
        return Money(self.minor - minor, self.currency) if minor else self

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise InvalidInputError("", f"money is multiplied by whole counts only, got {type(count).__name__}")
        return Money(self.minor * count, self.currency)


def _minor_in(currency: str, amount: Money) -> int:
    if not isinstance(amount, Money):
        raise InvalidInputError("", f"expected Money, got {type(amount).__name__}")
    if amount.currency != currency:
        raise CurrencyMismatchError(f"{amount} is not in {currency}; convert it before adding or comparing")
    return amount.minor


def at_least_zero(value: Any, path: str) -> None:
    """Refuse anything but an amount of zero or more."""
    if not isinstance(value, Money):
        got = f"{type(value).__name__}; write Money.parse('29.35', 'PLN')"
        raise InvalidInputError(path, f"expected a Money of zero or more, got {got}")
    if value.minor < 0:
        raise InvalidInputError(path, f"expected a Money of zero or more, got {value}")


def total_of(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, which is zero in *currency* when there is nothing to add."""
    return Money(sum([_minor_in(currency, amount) for amount in amounts]), currency)


def round_half_up(numerator: int, denominator: int) -> int:
    """
    The nearest integer; halves go away from zero, so a refund rounds like the sale it undoes.

    >>> round_half_up(5, 2), round_half_up(-5, 2), round_half_up(4, 3)
    (3, -3, 1)
    """
    if numerator < 0:
        return -round_half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def share_out(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """
    Split *total* in proportion to non-negative *weights* by largest remainder.

    The shares sum to *total* exactly, a zero weight gets zero, every share lies within one of its
    exact proportion, and ties go to the earlier weight: put a stable order in, get a stable split out.

    >>> share_out(100, [1, 1, 1])
    (34, 33, 33)
    >>> share_out(-1, [0, 1, 1])
    (0, -1, 0)

    Raises:
        InvalidInputError: a negative weight, or something to split over weights that are all zero.
    """
    if weights and min(weights) < 0:
        raise InvalidInputError("weights", "must not be negative")
    if total < 0:
        return tuple(-share for share in share_out(-total, weights))
    whole = sum(weights)
    if whole == 0:
        if total:
            raise InvalidInputError("weights", f"cannot split {total} over weights that are all zero")
        return (0,) * len(weights)
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)
    if left:
        remainders = [total * weight % whole for weight in weights]
        for index in sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)[:left]:
            shares[index] += 1
    return tuple(shares)


def allocate(amount: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """:func:`share_out` for money: shares that sum to *amount* to the last coin."""
    return tuple(Money(share, amount.currency) for share in share_out(amount.minor, weights))
