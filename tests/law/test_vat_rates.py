"""VAT rates of the member states by level and day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations

import pytest

from orderflow import law
from orderflow.errors import InvalidInputError

NEWEST = date(2026, 11, 22)

COMMISSION = {
    "AT": "20 13 10 4.9", "BE": "21 12 6", "BG": "20 9", "CY": "19 9 5", "CZ": "21 12", "DE": "19 7", "DK": "25",
    "EE": "24 13 9", "ES": "21 10 4", "FI": "25.5 13.5 10", "FR": "20 10 5.5 2.1", "GR": "24 13 6", "HR": "25 13 5",
    "HU": "27 18 5", "IE": "23 13.5 9", "IT": "22 10 5 4", "LT": "21 12 5", "LU": "17 8 3", "LV": "21 12 5",
    "MT": "18 7 5", "NL": "21 9", "PL": "23 8 5", "PT": "23 13 6", "RO": "21 11", "SE": "25 12 6", "SI": "22 9.5 5",
    "SK": "23 19 5",
}  # fmt: skip
"""In force on 29 September 2026 by the Commission's database, without regional rates and those of a few services."""


def percent(country: str, code: str, day: date) -> float | None:
    found = law.vat_rate(country, code, day)
    return None if found is None else found.basis_points / 100


@pytest.mark.parametrize("country", sorted(law.EU_COUNTRIES))
def test_the_rates_in_force_are_those_of_the_commission(country: str) -> None:
    """All levels of all member states, from the highest down."""
    day = date(2026, 9, 29)
    found = [entry.basis_points for entry in law.VAT_RATES if entry.country == country and entry.holds_on(day)]
    listed = [round(float(text) * 100) for text in COMMISSION[country].split()]
    assert sorted(filter(None, found), reverse=True) == listed


@pytest.mark.parametrize(
    ("country", "code", "before", "changes", "after"),
    [
        ("DE", "standard", 19, date(2020, 7, 1), 16),
        ("DE", "standard", 16, date(2021, 1, 1), 19),
        ("DE", "reduced", 7, date(2020, 7, 1), 5),
        ("DE", "reduced", 5, date(2021, 1, 1), 7),
        ("IE", "standard", 23, date(2020, 9, 1), 21),
        ("IE", "standard", 21, date(2021, 3, 1), 23),
        ("LU", "standard", 17, date(2023, 1, 1), 16),
        ("LU", "standard", 16, date(2024, 1, 1), 17),
        ("CZ", "reduced", 15, date(2024, 1, 1), 12),
        ("CZ", "second_reduced", 10, date(2024, 1, 1), None),
        ("EE", "standard", 20, date(2024, 1, 1), 22),
        ("EE", "standard", 22, date(2025, 7, 1), 24),
        ("FI", "standard", 24, date(2024, 9, 1), 25.5),
        ("FI", "reduced", 14, date(2026, 1, 1), 13.5),
        ("SK", "standard", 20, date(2025, 1, 1), 23),
        ("SK", "second_reduced", None, date(2025, 1, 1), 5),
        ("RO", "standard", 19, date(2025, 8, 1), 21),
        ("RO", "reduced", 9, date(2025, 8, 1), 11),
        ("LT", "reduced", 9, date(2026, 1, 1), 12),
        ("AT", "super_reduced", None, date(2026, 7, 1), 4.9),
    ],
)
def test_a_rate_changes_on_its_day(
    country: str, code: str, before: float | None, changes: date, after: float | None
) -> None:
    """The old rate on the day before, the new one from the day on."""
    assert percent(country, code, date.fromordinal(changes.toordinal() - 1)) == before
    assert percent(country, code, changes) == after


def test_polish_zero_and_exempt_are_two_things_without_a_rate() -> None:
    """0 % is taxed and gives back what was paid before; "zw" is not taxed."""
    zero, exempt = (law.vat_rate("PL", code, NEWEST) for code in ("zero", "exempt"))
    assert zero is not None
    assert exempt is not None
    assert (zero.basis_points, exempt.basis_points) == (0, 0)
    assert zero != exempt


@pytest.mark.parametrize(
    ("country", "code", "day"),
    [
        ("DK", "reduced", NEWEST),  # has none
        ("PL", "standard", date(2010, 12, 31)),  # older than the entries
        ("PL", "half", NEWEST),
        ("US", "standard", NEWEST),
    ],
)
def test_what_is_not_known_is_none_and_never_a_guess(country: str, code: str, day: date) -> None:
    """No level, no entry so old, no such country."""
    assert law.vat_rate(country, code, day) is None


def test_entries_of_the_host_come_first() -> None:
    """A temporary cut is put before the others and ends by itself."""
    cut = law.VatEntry(
        country="PL", code="standard", basis_points=1500, source="an act of tomorrow",
        valid_from=date(2027, 1, 1), valid_to=date(2027, 6, 30),
    )  # fmt: skip
    known = (cut, *law.VAT_RATES)
    found = [law.vat_rate("PL", "standard", date(2027, month, 1), known) for month in (6, 7)]
    assert [entry and entry.basis_points for entry in found] == [1500, 2300]


def test_no_level_has_two_rates_on_one_day_and_every_entry_a_source() -> None:
    """Entries of one country and level do not overlap."""
    for entry in law.VAT_RATES:
        assert entry.source
        assert entry.country in law.EU_COUNTRIES
    for one, other in combinations(law.VAT_RATES, 2):
        if (one.country, one.code) == (other.country, other.code):
            assert not one.holds_on(other.valid_from)
            assert not other.holds_on(one.valid_from)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("country", {"country": "Poland"}),
        ("code", {"code": ""}),
        ("basis_points", {"basis_points": 25.5}),
        ("basis_points", {"basis_points": 10_001}),
        ("basis_points", {"basis_points": True}),
        ("valid_from", {"valid_from": "2027-01-01"}),
        ("valid_from", {"valid_from": datetime(2027, 1, 1, tzinfo=UTC)}),
        ("valid_to", {"valid_to": date(2026, 12, 31)}),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(path: str, fields: dict) -> None:
    """The error names the field."""
    good = {"country": "PL", "code": "standard", "basis_points": 1500, "valid_from": date(2027, 1, 1), "source": "x"}
    with pytest.raises(InvalidInputError) as refused:
        law.VatEntry(**good | fields)
    assert refused.value.path == path


def test_a_moment_is_not_a_day() -> None:
    """Whose day it is must be decided before."""
    with pytest.raises(InvalidInputError) as refused:
        law.vat_rate("PL", "standard", datetime(2026, 11, 22, tzinfo=UTC))
    assert refused.value.path == "day"
