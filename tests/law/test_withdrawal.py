"""The right of withdrawal: who has it, until when, and what is paid back by when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orderflow import law
from orderflow.errors import InvalidInputError
from orderflow.money import Money

WARSAW = ZoneInfo("Europe/Warsaw")


def noon(year: int, month: int, day: int) -> datetime:
    """Noon in Warsaw."""
    return datetime(year, month, day, 12, tzinfo=WARSAW)


def pln(text: str) -> Money:
    """Złoty."""
    return Money.parse(text, "PLN")


def test_fourteen_days_run_from_possession() -> None:
    """Delivered on Monday 7 December 2026: until the end of Monday the 21st, Warsaw time."""
    found = law.withdrawal_deadline(noon(2026, 12, 7), "PL")
    assert found.legal_end == date(2026, 12, 21)
    assert found.ends_before == datetime(2026, 12, 21, 23, tzinfo=UTC)


def test_parcels_of_one_order_run_from_the_last() -> None:
    """Parcels of 2, 6 and 9 November 2026: until Monday the 23rd."""
    last = max(noon(2026, 11, 9), noon(2026, 11, 2), noon(2026, 11, 6))
    assert law.withdrawal_deadline(last, "PL").legal_end == date(2026, 11, 23)


def test_a_subscription_runs_from_the_first_delivery() -> None:
    """First box on 2 November 2026: until Monday the 16th."""
    assert law.withdrawal_deadline(noon(2026, 11, 2), "PL").legal_end == date(2026, 11, 16)


def test_a_file_runs_from_the_conclusion_of_the_contract() -> None:
    """An e-book bought on Sunday 1 November 2026: nominally to Sunday the 15th, so to Monday."""
    found = law.withdrawal_deadline(noon(2026, 11, 1), "PL")
    assert (found.nominal, found.legal_end) == (date(2026, 11, 15), date(2026, 11, 16))


def test_an_uninvited_visit_gives_thirty_days() -> None:
    """Goods delivered on 2 December 2026 after a visit at home: nominally New Year, so Monday 4 January."""
    found = law.withdrawal_deadline(noon(2026, 12, 2), "PL", after_visit=True)
    assert (found.nominal, found.legal_end) == (date(2027, 1, 1), date(2027, 1, 4))


def test_a_visit_before_the_law_changed_gave_fourteen() -> None:
    """The rule in force when the contract was concluded holds, not today's."""
    found = law.withdrawal_deadline(noon(2023, 1, 4), "PL", after_visit=True, concluded=noon(2022, 12, 31))
    assert found.nominal == date(2023, 1, 18)


def test_a_statement_sent_in_the_last_minute_is_in_time() -> None:
    """Sent on 21 December at 23:58 for a delivery of the 7th; that it arrives on the 22nd does not matter."""
    deadline = law.withdrawal_deadline(noon(2026, 12, 7), "PL")
    sent = datetime(2026, 12, 21, 23, 58, tzinfo=WARSAW)
    assert deadline.is_in_time(sent)
    assert not deadline.is_in_time(sent + timedelta(minutes=2))


def test_without_information_a_year_is_added() -> None:
    """An initial end of 16 November 2026 becomes 16 November 2027."""
    found = law.withdrawal_deadline(noon(2026, 11, 1), "PL", informed=False)
    assert found.legal_end == date(2027, 11, 16)


@pytest.mark.parametrize(
    ("told", "end"),
    [
        (noon(2027, 3, 10), date(2027, 3, 24)),  # within the year
        (noon(2026, 10, 30), date(2026, 11, 16)),  # early: never shorter than for the informed
        (noon(2027, 11, 17), date(2027, 11, 16)),  # too late to matter
    ],
)
def test_later_information_ends_the_long_period(told: datetime, end: date) -> None:
    """Fourteen days after the consumer was told, where that was within the year."""
    found = law.withdrawal_deadline(noon(2026, 11, 1), "PL", informed=False, informed_later=told)
    assert found.legal_end == end


@pytest.mark.parametrize(
    ("received", "nominal", "end", "target"),
    [
        (noon(2026, 12, 22), date(2027, 1, 5), date(2027, 1, 5), date(2027, 1, 5)),
        (noon(2026, 12, 23), date(2027, 1, 6), date(2027, 1, 7), date(2027, 1, 5)),
    ],
)
def test_the_trader_pays_back_in_fourteen_days(received: datetime, nominal: date, end: date, target: date) -> None:
    """Epiphany moves the legal end to the 7th, and the trader's target to the day before it."""
    found = law.refund_deadline(received, "PL")
    assert (found.nominal, found.legal_end, found.target) == (nominal, end, target)


def test_a_refund_may_wait_for_the_goods_or_proof_of_dispatch() -> None:
    """The first of the two ends the wait, nothing before the deadline counts, and with neither nothing is overdue."""
    deadline = law.refund_deadline(noon(2026, 12, 22), "PL")
    early, late, later = noon(2026, 12, 28), noon(2027, 1, 10), noon(2027, 1, 12)
    assert law.refund_due(deadline, early, None) == deadline.ends_before
    assert law.refund_due(deadline, later, late) == late
    assert law.refund_due(deadline, later, None) == later
    assert law.refund_due(deadline, None, None) is None


def test_the_consumer_sends_back_in_fourteen_days() -> None:
    """Declared on 21 December 2026: Monday 4 January 2027."""
    assert law.send_back_deadline(noon(2026, 12, 21), "PL").legal_end == date(2027, 1, 4)


def test_full_withdrawal_gives_back_the_cheapest_delivery() -> None:
    """Goods 199.00 and 49.90 sent by express for 24.99 where 12.99 was offered: 261.89."""
    delivery = law.delivery_refund(pln("24.99"), pln("12.99"), pln("0"), everything=True)
    assert pln("199.00") + pln("49.90") + delivery == pln("261.89")


@pytest.mark.parametrize(
    ("paid", "cheapest", "refunded", "kept", "everything", "due"),
    [
        ("24.99", None, "0", None, True, "24.99"),  # nothing cheaper was offered
        ("9.99", "12.99", "0", None, True, "9.99"),  # never more than was paid
        ("24.99", "12.99", "5.00", None, True, "7.99"),  # what went back before is taken off
        ("24.99", "12.99", "20.00", None, True, "0"),  # and never asked back
        ("24.99", "12.99", "0", None, False, "0"),  # the kept goods would have cost the same
        ("24.99", None, "0", None, False, "0"),
        ("24.99", "12.99", "0", "8.99", False, "4.00"),  # they would have gone for less
        ("24.99", "12.99", "0", "15.99", False, "0"),  # or for more: no claw-back
    ],
)
def test_delivery_goes_back_by_rule(
    paid: str, cheapest: str | None, refunded: str, kept: str | None, everything: bool, due: str
) -> None:
    """All of it up to the cheapest for a full withdrawal, the difference for a partial one, never less than nothing."""
    found = law.delivery_refund(
        pln(paid),
        None if cheapest is None else pln(cheapest),
        pln(refunded),
        everything=everything,
        kept=None if kept is None else pln(kept),
    )
    assert found == pln(due)


def test_businesses_have_no_right_and_sole_traders_are_given_it() -> None:
    """The law leaves a sole trader's purpose open; the policy is to give the right."""
    assert [law.has_withdrawal_right(buyer) for buyer in ("consumer", "sole_trader", "business")] == [True, True, False]


def test_the_exceptions_are_a_closed_list_of_thirteen() -> None:
    """Thirteen points as in the directive; two of them only once the seal is broken."""
    assert len(law.WithdrawalException) == 13
    opened = [one.value for one in law.WithdrawalException if law.lost_only_when_opened(one)]
    assert opened == ["sealed_hygiene", "sealed_media_software"]
    with pytest.raises(ValueError, match="sale_item"):
        law.WithdrawalException("sale_item")


@pytest.mark.parametrize("country", law.JURISDICTIONS)
def test_every_jurisdiction_has_every_period_with_a_source(country: str) -> None:
    """No country is half written down, and of two rules the newer one is found."""
    for period in law.Period:
        rule = law.rule(period, country)
        assert rule.source
        assert rule.contracts_from == max(
            one.contracts_from for one in law.RULES if (one.period, one.jurisdiction) == (period, country)
        )


def test_contracts_older_than_the_rules_are_refused() -> None:
    """The old law is not written down here, so it is not guessed."""
    with pytest.raises(InvalidInputError, match="2014-12-24"):
        law.rule(law.Period.WITHDRAWAL, "PL", date(2014, 12, 24))
    assert law.rule(law.Period.WITHDRAWAL, "PL", date(2014, 12, 25)).amount == 14
