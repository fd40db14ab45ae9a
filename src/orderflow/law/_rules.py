"""
The periods of the right of withdrawal by country, with their sources and the contracts they cover.

The directive behind all of them is 2011/83/EU (CRD), art. 9, 10, 13 and 14. ``confirmed`` says whether the article
itself or a legal commentary on it was read when the rule was written down; the others are to be checked by a person.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import attrs

from ..errors import InvalidInputError

__all__ = ("RULES", "Period", "Rule", "Unit", "rule")


class Period(StrEnum):
    """Which period a rule fixes."""

    WITHDRAWAL = "withdrawal"  # from possession of the goods, or the conclusion of the contract
    WITHDRAWAL_AFTER_VISIT = "withdrawal_after_visit"  # the same, for an uninvited visit at home or an excursion
    UNINFORMED = "uninformed"  # added to the above where the consumer was not told of the right
    REFUND = "refund"  # from receipt of the statement
    SEND_BACK = "send_back"  # from the statement


class Unit(StrEnum):
    """What a period is counted in."""

    DAYS = "days"
    MONTHS = "months"


@attrs.frozen(kw_only=True)
class Rule:
    """How long one period is in one country, for contracts concluded from ``contracts_from`` on, until a later rule."""

    period: Period
    jurisdiction: str
    amount: int
    unit: Unit
    contracts_from: date
    source: str
    confirmed: bool = False


def _rules(
    jurisdiction: str, since: date, *rows: tuple[Period, int, Unit, str], confirmed: bool = False
) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            period=period,
            jurisdiction=jurisdiction,
            amount=amount,
            unit=unit,
            contracts_from=since,
            source=source,
            confirmed=confirmed,
        )
        for period, amount, unit, source in rows
    )


_UPK = "ustawa z 30.05.2014 o prawach konsumenta (Dz.U. 2024 poz. 1796)"
_NOZ = "zákon č. 89/2012 Sb. (občanský zákoník)"

RULES: tuple[Rule, ...] = (
    *_rules(
        "PL", date(2014, 12, 25),
        (Period.WITHDRAWAL, 14, Unit.DAYS, f"{_UPK} art. 27 ust. 1, art. 28"),
        (Period.WITHDRAWAL_AFTER_VISIT, 14, Unit.DAYS, f"{_UPK} art. 27"),
        (Period.UNINFORMED, 12, Unit.MONTHS, f"{_UPK} art. 29"),
        (Period.REFUND, 14, Unit.DAYS, f"{_UPK} art. 32"),
        (Period.SEND_BACK, 14, Unit.DAYS, f"{_UPK} art. 34"),
        confirmed=True,
    ),
    *_rules(
        "PL", date(2023, 1, 1),
        (Period.WITHDRAWAL_AFTER_VISIT, 30, Unit.DAYS, f"{_UPK} art. 27 ust. 2"),
        confirmed=True,
    ),
    *_rules(
        "DE", date(2014, 6, 13),
        (Period.WITHDRAWAL, 14, Unit.DAYS, "BGB § 355(2), § 356(2)"),
        (Period.WITHDRAWAL_AFTER_VISIT, 14, Unit.DAYS, "BGB § 355(2)"),
        (Period.UNINFORMED, 12, Unit.MONTHS, "BGB § 356(3)"),
        (Period.REFUND, 14, Unit.DAYS, "BGB § 357(1)"),
        (Period.SEND_BACK, 14, Unit.DAYS, "BGB § 355(3), § 357(1)"),
    ),
    *_rules(
        "FR", date(2014, 6, 14),
        (Period.WITHDRAWAL, 14, Unit.DAYS, "Code de la consommation art. L221-18"),
        (Period.WITHDRAWAL_AFTER_VISIT, 14, Unit.DAYS, "Code de la consommation art. L221-18"),
        (Period.UNINFORMED, 12, Unit.MONTHS, "Code de la consommation art. L221-20"),
        (Period.REFUND, 14, Unit.DAYS, "Code de la consommation art. L221-24"),
        (Period.SEND_BACK, 14, Unit.DAYS, "Code de la consommation art. L221-23"),
    ),
    *_rules(
        "CZ", date(2014, 1, 1),
        (Period.WITHDRAWAL, 14, Unit.DAYS, f"{_NOZ} § 1829(1)"),
        (Period.WITHDRAWAL_AFTER_VISIT, 14, Unit.DAYS, f"{_NOZ} § 1829(1)"),
        (Period.UNINFORMED, 12, Unit.MONTHS, f"{_NOZ} § 1829"),
        (Period.REFUND, 14, Unit.DAYS, f"{_NOZ} § 1832(1)"),
        (Period.SEND_BACK, 14, Unit.DAYS, f"{_NOZ} § 1831"),
    ),
    *_rules("CZ", date(2023, 1, 6), (Period.WITHDRAWAL_AFTER_VISIT, 30, Unit.DAYS, f"{_NOZ} § 1829")),
)  # fmt: skip
"""All rules; of those for one period and country the latest that covers the contract holds."""


def rule(period: Period, jurisdiction: str, concluded: date | None = None) -> Rule:
    """
    The rule for a contract concluded on that day; None: the newest rule.

    Raises:
        InvalidInputError: no rule for this country, or the contract is older than all of them.
    """
    found = [
        one
        for one in RULES
        if one.period is period
        and one.jurisdiction == jurisdiction
        and (concluded is None or one.contracts_from <= concluded)
    ]
    if not found:
        when = "" if concluded is None else f" for contracts of {concluded}"
        raise InvalidInputError("jurisdiction", f"no rule on {period.value} for {str(jurisdiction)[:12]!r}{when}")
    return max(found, key=lambda one: one.contracts_from)
