"""Money, days and moments as each country writes them; rejections, headlines and verdicts in words."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orderflow
from orderflow import orders, returns, shipping, stock
from orderflow.law import WithdrawalException
from orderflow.money import MINOR_UNITS, Money
from orderflow.orders import OrderStage, Standing, Verdict
from orderflow.quantities import Quantities
from orderflow.wording import LANGUAGES, rejection_text, status_text, verdict_text
from orderflow.wording._catalog import voice
from orderflow.workflows import Status

SPACE = "\u00a0"


@pytest.mark.parametrize(
    ("language", "amount", "currency", "expected"),
    [
        ("pl", "1234.50", "PLN", "1_234,50_zł"),
        ("pl", "12.345", "KWD", "12,345_KWD"),
        ("pl", "1234", "JPY", "1_234_JPY"),
        ("pl", "10", "RSD", "10,00_RSD"),
        ("de", "1234.50", "EUR", "1.234,50_€"),
        ("de-AT", "1234.50", "EUR", "€_1.234,50"),
        ("de", "1234.50", "PLN", "1.234,50_PLN"),
        ("en", "1234.50", "USD", "$1,234.50"),
        ("en", "1234.50", "PLN", "PLN_1,234.50"),
        ("en", "-0.05", "PLN", "-PLN_0.05"),
        ("en", "12.345", "KWD", "KWD_12.345"),
        ("en", "1234", "JPY", "¥1,234"),
        ("en", "10", "RSD", "RSD_10.00"),
        ("en", "1.2345", "CLF", "CLF_1.2345"),
    ],
)
def test_money_is_written_as_people_write_it_with_our_decimal_places(language, amount, currency, expected):
    """The places are those of ISO 4217, not of custom; spaces never break."""
    assert voice(language).show(Money.parse(amount, currency)).replace(SPACE, "_") == expected


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(MINOR_UNITS)), st.sampled_from(LANGUAGES))
def test_money_keeps_every_digit(minor, currency, language):
    """Nothing is rounded away or added by printing."""
    amount = Money(minor, currency)
    shown = voice(language).show(amount)
    assert [each for each in shown if each.isdigit()] == [each for each in amount.text if each.isdigit()]


def test_days_are_written_out():
    """Nobody has to guess which number is the month."""
    day = date(2026, 12, 4)
    assert [voice(language).show(day) for language in ("pl", "de", "en", "en-GB")] == [
        "4 grudnia 2026", "4. Dezember 2026", "December 4, 2026", "4 December 2026",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ("PL", "1 stycznia 2027, 00:30"),
        ("CZ", "1 stycznia 2027, 00:30"),
        (None, "31 grudnia 2026, 23:30 UTC"),
        ("XX", "31 grudnia 2026, 23:30 UTC"),
    ],
)
def test_moments_are_told_in_the_zone_of_the_law(law, expected):
    """The year has begun in Warsaw; without a zone it says which one is meant."""
    assert voice("pl", law).show(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == expected


def test_moments_follow_summer_time():
    """Half the year Warsaw is two hours ahead."""
    assert voice("de", "PL").show(datetime(2026, 7, 1, 10, tzinfo=UTC)) == "1. Juli 2026, 12:00 Uhr"


@pytest.mark.parametrize(
    ("reason", "language", "expected"),
    [
        (
            orders.WrongStage(stage=OrderStage.CLOSED, allowed=(OrderStage.RECEIVED, OrderStage.VERIFIED)),
            "en",
            "This cannot be done while the order is: closed. It can be done when the order is: received, verified.",
        ),
        (
            orders.OnHold(holds=("check:stock", "fraud")),
            "pl",
            "Zamówienie jest wstrzymane: nieudana kontrola: stan magazynu, fraud. Najpierw usuń te wstrzymania.",
        ),
        (
            orders.DeliveryNotOffered(method="stock", offered=()),
            "de",
            "Die Versandart stock ist für diese Bestellung nicht möglich. Wählen Sie eine von diesen: keine.",
        ),
        (
            stock.OutOfStock(sku="MUG", wanted=5, available=1),
            "pl",
            "Brakuje towaru MUG. Potrzeba: 5 sztuk, dostępne: 1 sztuka. Zamów mniej albo poczekaj na dostawę.",
        ),
        (
            stock.AlreadyRecorded(source="parcel 1", recorded=Quantities({"MUG": 2, "TEA": 1})),
            "en",
            "parcel 1 was booked before with other quantities: MUG (2 units), TEA (1 unit). Look at that entry.",
        ),
        (
            shipping.Blocked(reasons=("unpaid", "stage:engrave")),
            "en",
            "The order is held back: not paid, stage: engrave. Settle this first.",
        ),
        (
            returns.WithdrawalPeriodOver(until=date(2026, 12, 28)),
            "pl",
            "Termin na odstąpienie minął; ostatnim dniem był 28 grudnia 2026. Reklamacja wady jest nadal możliwa.",
        ),
        (
            returns.NotWithdrawable(line="cup", code=WithdrawalException.PERISHABLE),
            "en-AU",
            (
                "Line cup cannot be withdrawn from: it spoils quickly or has a short shelf life."
                " A complaint about a defect is still possible."
            ),
        ),
    ],
)
def test_a_rejection_reads_like_this(reason, language, expected):
    """What is wrong, and what to do; a host's own codes stay as they are, even where they look like ours."""
    assert rejection_text(reason, language) == expected


def test_braces_in_a_hosts_code_are_only_braces():
    """Values are never read as templates."""
    reason = orders.UnknownLine(line="{0.__class__}", lines=("{line}",))
    assert rejection_text(reason, "en") == "The order has no line {0.__class__}. Its lines are: {line}."


def test_headlines_have_words():
    """The status in each language."""
    assert [status_text(Status.AWAITING_COLLECTION, language) for language in ("en", "pl", "de")] == [
        "awaiting collection", "czeka na odbiór", "abholbereit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict(check="contact", standing=Standing.PASSED), "contact: passed."),
        (
            Verdict(
                check="address",
                standing=Standing.FAILED,
                reasons=("postal_code:malformed", "city:missing"),
                released_by="AmendAddress",
            ),
            (
                "address: not passed. Why: postal code: not in the right form, town: missing."
                " What helps: correct the address (AmendAddress)."
            ),
        ),
        (
            Verdict(check="stock", standing=Standing.FAILED, reasons=("missing:MUG",), released_by="a van"),
            "stock: not passed. Why: missing: MUG. What helps: a van.",
        ),
        (
            Verdict(check="fraud", standing=Standing.WAITING, reasons=("no_verdict",), released_by="RecordVerdict"),
            "fraud: waiting. Why: no verdict yet. What helps: record the verdict (RecordVerdict).",
        ),
    ],
)
def test_a_verdict_says_how_it_stands_why_and_what_helps(verdict, expected):
    """Built-in checks in words, a host's by their names."""
    assert verdict_text(verdict, "en") == expected


def test_importing_orderflow_or_a_shop_does_not_load_babel():
    """Only whoever says something pays for the catalogs."""
    source = str(Path(orderflow.__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {source!r}); import orderflow.runtime.shop; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "orderflow.runtime.shop" in loaded
    assert "babel" not in loaded
    assert "orderflow.wording" not in loaded
