"""The prior price beside an announced reduction: which days count, which price, and what may be said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import law
from orderflow.errors import CurrencyMismatchError, InvalidInputError
from orderflow.law import NotAnnounceable, PricePoint, PriorPriceBasis
from orderflow.money import Money

WARSAW = ZoneInfo("Europe/Warsaw")
BLACK_FRIDAY = date(2026, 11, 27)


def pln(text: str) -> Money:
    """Złoty."""
    return Money.parse(text, "PLN")


def point(at: date | datetime, price: str, original: str | None = None) -> PricePoint:
    """One entry of a history in złoty."""
    return PricePoint(at, pln(price), None if original is None else pln(original))


AUTUMN = (
    point(date(2026, 1, 2), "100.00"),
    point(date(2026, 10, 20), "120.00"),
    point(date(2026, 11, 5), "89.00", "120.00"),
    point(date(2026, 11, 9), "120.00"),
)
WINTER = (point(date(2026, 1, 2), "200.00"), point(date(2026, 12, 1), "160.00", "200.00"))


def test_an_earlier_promotion_within_the_window_is_the_prior_price() -> None:
    """100, 120 from 20 October, 89 on 5 to 8 November, then 120: 79 from 27 November is 11 % off 89, not 34 off 120."""
    found = law.announce_reduction(AUTUMN, BLACK_FRIDAY, pln("79.00"), "PL")
    assert found.window == (date(2026, 10, 28), date(2026, 11, 26))
    assert (found.prior_price, found.percent, found.may_announce) == (pln("89.00"), 11, True)
    assert found.basis is PriorPriceBasis.THIRTY_DAYS
    assert found.trace == AUTUMN[1:]


@pytest.mark.parametrize("price", ["95.00", "89.00"])
def test_what_is_not_below_the_prior_price_is_no_reduction(price: str) -> None:
    """95 instead of 120 sounds cheap; it was 89 three weeks ago."""
    found = law.announce_reduction(AUTUMN, BLACK_FRIDAY, pln(price), "PL")
    assert (found.refusal, found.may_announce, found.percent) == (NotAnnounceable.NOT_LOWER, False, 0)
    assert found.prior_price == pln("89.00")


def test_a_new_item_has_the_days_since_it_is_offered() -> None:
    """Offered since 12 November at 150: 120 is 20 % less."""
    history = [point(date(2026, 11, 12), "150.00")]
    found = law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL", offered_since=date(2026, 11, 12))
    assert (found.prior_price, found.percent, found.basis) == (pln("150.00"), 20, PriorPriceBasis.SHORTER_OFFER)
    assert found.window == (date(2026, 11, 12), date(2026, 11, 26))


def test_an_item_that_comes_back_has_the_days_since_it_is_back() -> None:
    """A price from before counts only where it is still the price when the item returns."""
    history = [point(date(2026, 11, 1), "80.00"), point(date(2026, 11, 12), "150.00")]
    back = law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL", offered_since=date(2026, 11, 12))
    same = law.announce_reduction(history[:1], BLACK_FRIDAY, pln("70.00"), "PL", offered_since=date(2026, 11, 12))
    assert (back.prior_price, same.prior_price) == (pln("150.00"), pln("80.00"))


@pytest.mark.parametrize(
    ("country", "prior", "percent", "basis", "first_day"),
    [
        ("PL", "160.00", 25, PriorPriceBasis.THIRTY_DAYS, date(2026, 11, 10)),
        ("DE", "200.00", 40, PriorPriceBasis.PROGRESSIVE, date(2026, 11, 1)),
        ("FR", "200.00", 40, PriorPriceBasis.PROGRESSIVE, date(2026, 11, 1)),
        ("CZ", "200.00", 40, PriorPriceBasis.PROGRESSIVE, date(2026, 11, 1)),
    ],
)
def test_a_deeper_cut_is_a_new_reduction_in_poland_only(
    country: str, prior: str, percent: int, basis: PriorPriceBasis, first_day: date
) -> None:
    """200 to 160 on 1 December, 160 to 120 on the 10th: 25 % off 160, elsewhere 40 % off 200."""
    first_cut = date(2026, 12, 1)
    found = law.announce_reduction(WINTER, date(2026, 12, 10), pln("120.00"), country, first_cut=first_cut)
    assert (found.prior_price, found.percent, found.basis) == (pln(prior), percent, basis)
    assert found.window[0] == first_day


@pytest.mark.parametrize(
    "history",
    [
        (*WINTER, point(date(2026, 12, 5), "180.00", "200.00")),  # went up in between
        (*WINTER, point(date(2026, 12, 5), "110.00", "200.00")),  # and to 120 now
        WINTER[:1],  # never cut
        (WINTER[0], point(date(2026, 12, 1), "200.00")),  # nor by that entry
    ],
)
def test_a_series_that_was_interrupted_has_no_progressive_prior_price(history: tuple[PricePoint, ...]) -> None:
    """Then the 30 days before the new cut count in Germany too."""
    starts = date(2026, 12, 10)
    found = law.announce_reduction(history, starts, pln("120.00"), "DE", first_cut=date(2026, 12, 1))
    plain = law.announce_reduction(history, starts, pln("120.00"), "DE")
    assert found == plain
    assert found.basis is PriorPriceBasis.THIRTY_DAYS


def test_perishable_goods_have_the_price_before_the_first_cut() -> None:
    """Milk at 5, once 3 two weeks ago, cut to 4 yesterday and to 2 today: reduced from 5."""
    history = [
        point(date(2026, 1, 2), "5.00"),
        point(date(2026, 11, 10), "3.00"),
        point(date(2026, 11, 11), "5.00"),
        point(date(2026, 11, 26), "4.00", "5.00"),
    ]
    first_cut = date(2026, 11, 26)

    def milk(country: str) -> law.Announcement:
        return law.announce_reduction(history, BLACK_FRIDAY, pln("2.00"), country, perishable=True, first_cut=first_cut)

    found = milk("PL")
    assert (found.prior_price, found.percent) == (pln("5.00"), 60)
    assert found.basis is PriorPriceBasis.PERISHABLE_BEFORE_FIRST_CUT
    assert found.window == (date(2026, 11, 25), date(2026, 11, 25))
    assert found.trace == (history[2],)
    assert milk("DE").basis is PriorPriceBasis.PERISHABLE_EXEMPT


def test_the_first_cut_of_perishable_goods_is_this_one_where_none_is_named() -> None:
    """The price of the evening before."""
    found = law.announce_reduction(AUTUMN, BLACK_FRIDAY, pln("79.00"), "PL", perishable=True)
    assert (found.prior_price, found.percent) == (pln("120.00"), 34)


@pytest.mark.parametrize(
    ("raised", "prior"),
    [(date(2026, 10, 27), "120.00"), (date(2026, 10, 28), "120.00"), (date(2026, 10, 29), "50.00")],
)
def test_the_window_opens_thirty_days_before_the_reduction(raised: date, prior: str) -> None:
    """A price of 50 that ended with 27 October is out; one day more and it is the prior price on 27 November."""
    history = [point(date(2026, 1, 2), "50.00"), point(raised, "120.00")]
    assert law.announce_reduction(history, BLACK_FRIDAY, pln("49.00"), "PL").prior_price == pln(prior)


@pytest.mark.parametrize(("cut", "prior"), [(date(2026, 11, 26), "50.00"), (BLACK_FRIDAY, "120.00")])
def test_the_window_ends_with_the_day_before_the_reduction(cut: date, prior: str) -> None:
    """A price of the last day counts, one of the first day of the reduction does not."""
    history = [point(date(2026, 1, 2), "120.00"), point(cut, "50.00")]
    assert law.announce_reduction(history, BLACK_FRIDAY, pln("49.00"), "PL").prior_price == pln(prior)


def test_every_price_of_a_day_counts() -> None:
    """An offer of one hour in the night is the prior price of the next four weeks."""
    night = datetime(2026, 11, 20, 23, 30, tzinfo=WARSAW)
    history = [*AUTUMN, point(night, "60.00"), point(night + timedelta(minutes=59), "120.00")]
    assert law.announce_reduction(history, BLACK_FRIDAY, pln("59.00"), "PL").prior_price == pln("60.00")


def test_days_are_those_of_the_jurisdiction() -> None:
    """23:30 UTC on 26 November is already the day of the reduction in Warsaw."""
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    before = point(late - timedelta(hours=1), "60.00")
    assert law.announce_reduction([*AUTUMN, point(late, "60.00")], BLACK_FRIDAY, pln("59"), "PL").percent == 33
    assert law.announce_reduction([*AUTUMN, before], BLACK_FRIDAY, pln("59"), "PL").percent == 1


def test_a_reduction_at_noon_counts_the_morning() -> None:
    """The window is thirty full days and the hours of the day before the start."""
    noon = datetime(2026, 11, 27, 12, tzinfo=WARSAW)
    history = [*AUTUMN, point(BLACK_FRIDAY, "70.00")]
    found = law.announce_reduction(history, noon, pln("69.00"), "PL")
    assert (found.prior_price, found.window) == (pln("70.00"), (date(2026, 10, 28), BLACK_FRIDAY))


def test_a_history_that_begins_too_late_is_no_ground_for_a_claim() -> None:
    """Nobody knows what it cost in the first days of the window, unless it was not offered then."""
    history = [point(date(2026, 11, 12), "150.00")]
    found = law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL")
    assert (found.refusal, found.prior_price) == (NotAnnounceable.PRICES_UNKNOWN, None)
    older = law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL", offered_since=date(2026, 11, 11))
    assert older.refusal is NotAnnounceable.PRICES_UNKNOWN
    none = law.announce_reduction([], BLACK_FRIDAY, pln("120.00"), "PL", perishable=True)
    assert none.refusal is NotAnnounceable.PRICES_UNKNOWN


def test_the_hour_of_the_first_day_does_not_matter() -> None:
    """Offered since 12 November, where the log has its first price at nine."""
    history = [point(datetime(2026, 11, 12, 9, tzinfo=WARSAW), "150.00")]
    found = law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL", offered_since=date(2026, 11, 12))
    assert found.percent == 20


def test_a_history_that_begins_during_the_first_day_of_the_window_begins_too_late() -> None:
    """An older item was sold before nine, too."""
    history = [point(datetime(2026, 10, 28, 9, tzinfo=WARSAW), "150.00")]
    assert not law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL").may_announce
    history = [point(date(2026, 10, 28), "150.00")]
    assert law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL").may_announce


def test_of_two_prices_of_one_day_the_lower_one_stays() -> None:
    """Nobody knows which came last, so the claim is the smaller one."""
    day = date(2026, 10, 1)
    for history in ([point(day, "60.00"), point(day, "120.00")], [point(day, "120.00"), point(day, "60.00")]):
        assert law.announce_reduction(history, BLACK_FRIDAY, pln("54.00"), "PL").prior_price == pln("60.00")


def test_an_original_price_that_is_not_higher_announces_nothing() -> None:
    """The same price twice is no reduction."""
    same = point(BLACK_FRIDAY, "79.00", "79.00")
    assert not same.is_announced
    assert law.running_reduction([same], datetime(2026, 12, 1, tzinfo=UTC), "PL") is None


def test_an_item_never_offered_before_has_nothing_to_be_reduced_from() -> None:
    """An introductory price is not a reduction."""
    history = [point(BLACK_FRIDAY, "150.00")]
    found = law.announce_reduction(history, BLACK_FRIDAY, pln("120.00"), "PL", offered_since=BLACK_FRIDAY)
    assert (found.refusal, found.trace) == (NotAnnounceable.NOT_OFFERED_BEFORE, ())
    assert found.window == (date(2026, 10, 28), date(2026, 11, 26))


def test_a_shop_may_promise_a_longer_period() -> None:
    """Sixty days bring 100 back into the window; the law asks for thirty."""
    longer = attrs.evolve(law.reduction_rule("PL"), days=60)
    history = (AUTUMN[0], AUTUMN[1])
    assert law.announce_reduction(history, BLACK_FRIDAY, pln("79.00"), longer).prior_price == pln("100.00")
    assert law.announce_reduction(history, BLACK_FRIDAY, pln("79.00"), "PL").prior_price == pln("120.00")


def test_a_reduction_that_runs_on_keeps_its_prior_price() -> None:
    """The same terms in the third month: still reduced from 120."""
    history = (AUTUMN[1], point(BLACK_FRIDAY, "79.00", "120.00"))
    running = law.running_reduction(history, datetime(2027, 2, 20, tzinfo=UTC), "PL")
    assert running is not None
    assert (running.starts, running.price) == (BLACK_FRIDAY, pln("79.00"))
    assert law.announce_reduction(history, running.starts, running.price, "PL").prior_price == pln("120.00")


@pytest.mark.parametrize(
    ("raised", "starts"),
    [
        (date(2026, 12, 20), BLACK_FRIDAY),
        (date(2026, 12, 26), BLACK_FRIDAY),
        (date(2026, 12, 27), date(2026, 12, 27)),
    ],
)
def test_a_raise_in_the_first_thirty_days_is_the_same_reduction(raised: date, starts: date) -> None:
    """Afterwards it is a new one, whose window holds nothing but the lower price."""
    history = (AUTUMN[1], point(BLACK_FRIDAY, "79.00", "120.00"), point(raised, "99.00", "120.00"))
    running = law.running_reduction(history, datetime(2027, 1, 5, tzinfo=UTC), "PL")
    assert running is not None
    assert (running.starts, running.price) == (starts, pln("99.00"))


def test_a_running_reduction_knows_its_first_cut() -> None:
    """Each cut starts anew; the series began with the first."""
    history = (*WINTER, point(date(2026, 12, 10), "120.00", "200.00"))
    found = law.running_reduction(history, datetime(2026, 12, 11, tzinfo=UTC), "DE")
    assert found == law.RunningReduction(
        starts=date(2026, 12, 10), first_cut=date(2026, 12, 1), price=pln("120.00"), original=pln("200.00")
    )


@pytest.mark.parametrize("at", [datetime(2026, 11, 4, 22, tzinfo=UTC), datetime(2026, 11, 8, 23, tzinfo=UTC)])
def test_nothing_runs_before_a_reduction_or_after_it(at: datetime) -> None:
    """The promotion of 5 to 8 November, Warsaw time."""
    assert law.running_reduction(AUTUMN, at, "PL") is None
    assert law.running_reduction(AUTUMN, datetime(2026, 11, 8, 22, 59, tzinfo=UTC), "PL") is not None


def test_another_original_price_is_another_reduction() -> None:
    """What was reduced from 120 and is now reduced from 150 has other terms."""
    history = (AUTUMN[1], point(BLACK_FRIDAY, "79.00", "120.00"), point(date(2026, 12, 3), "79.00", "150.00"))
    found = law.running_reduction(history, datetime(2026, 12, 4, tzinfo=UTC), "PL")
    assert found is not None
    assert (found.starts, found.first_cut) == (date(2026, 12, 3), date(2026, 12, 3))


def test_prices_in_two_currencies_are_refused() -> None:
    """Nothing is converted in silence."""
    euro = PricePoint(date(2026, 1, 2), Money.parse("100.00", "EUR"))
    with pytest.raises(CurrencyMismatchError, match=r"history\[0\]"):
        law.announce_reduction([euro], BLACK_FRIDAY, pln("79.00"), "PL")
    with pytest.raises(CurrencyMismatchError, match=r"history\[1\]"):
        law.running_reduction([AUTUMN[0], euro], datetime(2026, 12, 4, tzinfo=UTC), "PL")
    with pytest.raises(InvalidInputError) as refused:
        PricePoint(date(2026, 1, 2), Money.parse("79.00", "EUR"), pln("100.00"))
    assert refused.value.path == "original"


NAIVE = datetime(2026, 11, 27)  # noqa: DTZ001


@pytest.mark.parametrize("when", [NAIVE, "2026-11-27", None, 20261127])
def test_moments_without_a_zone_and_other_kinds_are_refused(when: object) -> None:
    """A naive datetime is no day and no moment."""
    with pytest.raises(InvalidInputError) as refused:
        PricePoint(when, pln("1.00"))  # type: ignore[arg-type]
    assert refused.value.path == "at"
    with pytest.raises(InvalidInputError) as refused:
        law.announce_reduction(AUTUMN, when, pln("79.00"), "PL")  # type: ignore[arg-type]
    assert refused.value.path == "starts"


@pytest.mark.parametrize("option", ["offered_since", "first_cut"])
def test_options_without_a_zone_are_refused(option: str) -> None:
    """The error names the option."""
    with pytest.raises(InvalidInputError) as refused:
        law.announce_reduction(AUTUMN, BLACK_FRIDAY, pln("79.00"), "PL", **{option: NAIVE})
    assert refused.value.path == option


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("history[0]", ([("2026-01-02", "100.00")], BLACK_FRIDAY, pln("79"), "PL")),
        ("history", ("2026", BLACK_FRIDAY, pln("79"), "PL")),
        ("new_price", (AUTUMN, BLACK_FRIDAY, pln("-1"), "PL")),
        ("new_price", (AUTUMN, BLACK_FRIDAY, "79", "PL")),
        ("jurisdiction", (AUTUMN, BLACK_FRIDAY, pln("79"), "XX")),
        ("jurisdiction", (AUTUMN, date(2022, 12, 31), pln("79"), "PL")),
        ("starts", (AUTUMN, date(2022, 12, 31), pln("79"), law.reduction_rule("PL"))),
    ],
)
def test_what_cannot_be_judged_is_refused_by_its_path(path: str, arguments: tuple) -> None:
    """Kinds, signs, unknown countries, and days before there was a rule."""
    with pytest.raises(InvalidInputError) as refused:
        law.announce_reduction(*arguments)
    assert refused.value.path == path


def test_a_first_cut_after_the_reduction_is_refused() -> None:
    """It would be the next one."""
    with pytest.raises(InvalidInputError) as refused:
        law.announce_reduction(AUTUMN, BLACK_FRIDAY, pln("79"), "DE", first_cut=date(2026, 11, 28))
    assert refused.value.path == "first_cut"


def test_every_rule_has_a_source_a_zone_and_at_least_thirty_days() -> None:
    """Directive 98/6/EC art. 6a(2) allows no shorter period."""
    for rule in law.REDUCTION_RULES:
        assert rule.source
        assert rule.days >= 30
        assert law.jurisdiction(rule.jurisdiction).zone
        assert law.reduction_rule(rule.jurisdiction, rule.starts_from) == rule


days = st.integers(0, 80).map(lambda number: date(2026, 9, 20) + timedelta(days=number))
moments = st.integers(0, 80 * 24).map(lambda hours: datetime(2026, 9, 20, tzinfo=UTC) + timedelta(hours=hours))
amounts = st.integers(0, 20_000).map(lambda minor: Money(minor, "PLN"))
points = st.builds(PricePoint, days | moments, amounts, st.none() | amounts)
histories = st.lists(points, max_size=12).map(lambda later: [point(date(2026, 1, 2), "150.00"), *later])
countries = st.sampled_from([rule.jurisdiction for rule in law.REDUCTION_RULES])


@given(histories, amounts, countries, st.randoms(use_true_random=False))
def test_order_and_repetition_of_the_history_do_not_matter(history, price, country, chance) -> None:
    """The same entries, shuffled and some of them twice, say the same."""
    mixed = [*history, *history[::2]]
    chance.shuffle(mixed)
    first_cut = date(2026, 11, 20)
    once = law.announce_reduction(history, BLACK_FRIDAY, price, country, first_cut=first_cut)
    assert law.announce_reduction(mixed, BLACK_FRIDAY, price, country, first_cut=first_cut) == once
    at = datetime(2026, 12, 1, tzinfo=UTC)
    assert law.running_reduction(mixed, at, country) == law.running_reduction(history, at, country)


@given(histories, amounts, countries, st.booleans())
def test_the_percentage_never_overstates(history, price, country, perishable) -> None:
    """It is the largest whole number that is true of the prior price, and no price counted is below that."""
    found = law.announce_reduction(history, BLACK_FRIDAY, price, country, perishable=perishable)
    assert found.prior_price is not None
    assert found.prior_price == min(each.price for each in found.trace)
    assert found.may_announce == (price < found.prior_price)
    if found.may_announce:
        assert price.minor * 100 <= found.prior_price.minor * (100 - found.percent)
        assert price.minor * 100 > found.prior_price.minor * (100 - found.percent - 1)
    else:
        assert found.percent == 0


during = st.integers(0, 90 * 24).map(lambda hours: datetime(2026, 11, 27, tzinfo=WARSAW) + timedelta(hours=hours))


@given(histories, st.lists(st.builds(PricePoint, during, amounts), min_size=1, max_size=6), amounts, countries)
def test_what_is_charged_during_the_reduction_changes_nothing(history, later, price, country) -> None:
    """Raises and further cuts from the start on leave the prior price of this reduction as it is."""
    before = law.announce_reduction(history, BLACK_FRIDAY, price, country)
    assert law.announce_reduction([*history, *later], BLACK_FRIDAY, price, country) == before


@given(histories, points, amounts)
def test_one_more_low_price_never_raises_the_prior_price(history, extra, price) -> None:
    """An entry that undercuts all others can only lower it, wherever it stands."""
    low = attrs.evolve(extra, price=min(each.price for each in history), original=None)
    without = law.announce_reduction(history, BLACK_FRIDAY, price, "PL")
    found = law.announce_reduction([*history, low], BLACK_FRIDAY, price, "PL")
    assert found.prior_price is not None
    assert without.prior_price is not None
    assert found.prior_price <= without.prior_price


@given(histories, amounts, countries, st.integers(1, 29))
def test_a_raise_of_a_fresh_reduction_keeps_its_prior_price(history, price, country, day) -> None:
    """Reduced on 27 November and raised within thirty days: announced from where it began."""
    original = pln("500.00")
    start = datetime(2026, 11, 27, tzinfo=WARSAW)
    earlier = [
        each for each in history if (each.at < start if isinstance(each.at, datetime) else each.at < BLACK_FRIDAY)
    ]
    raised = BLACK_FRIDAY + timedelta(days=day)
    log = [
        *earlier,
        PricePoint(BLACK_FRIDAY, price, original),
        PricePoint(raised, price + pln("1.00"), original),
    ]
    found = law.running_reduction(log, datetime(2027, 1, 5, tzinfo=UTC), country)
    assert found is not None
    assert (found.starts, found.price) == (BLACK_FRIDAY, price + pln("1.00"))
