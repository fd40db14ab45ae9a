"""Money: read exactly or refused, printed as it was read, split to the last coin."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import CurrencyMismatchError, InvalidInputError
from orderflow.money import MINOR_UNITS, Money, allocate, minor_units, round_half_up, share_out, total_of

CURRENCIES = st.sampled_from(sorted(MINOR_UNITS))
MINORS = st.integers(-(10**15), 10**15)
MONEY = st.builds(Money, MINORS, CURRENCIES)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("19.99", "PLN", 1999),
        ("0", "PLN", 0),
        ("-0.00", "PLN", 0),
        ("-0.01", "PLN", -1),
        ("007", "PLN", 700),
        ("5.1", "PLN", 510),
        ("5.1000", "PLN", 510),
        ("1500", "JPY", 1500),
        ("1500.00", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
        ("999999999999999.99", "PLN", 99999999999999999),
    ],
)
def test_decimal_text_is_read_exactly(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "hostile",
    [
        "", " ", "-", ".", "1.", ".5", "+1", "--1", " 1", "1 ", "1\n", "\n1", "1,50", "1 000", "1_000", "0x10",
        "1e3", "1E3", "1e1000000", "NaN", "nan", "sNaN", "Infinity", "-inf", "1.2.3", "1.23456", "1" * 16, "0.001",
        "19.999", "١٢٫٣٤", "١٢", "１２", "1\u0660", "\u202e12.00", "12\u200b", "\ufeff12", "12\x00", "½", "²",
        "12.00 PLN", "zł12", pytest.param("1" * 5000, id="long"),
        1, 1.0, 19.99, float("nan"), True, None, b"12", ["12"], Fraction(1, 2),
    ],
)  # fmt: skip
def test_anything_but_plain_decimal_text_is_refused(hostile):
    with pytest.raises(InvalidInputError) as caught:
        Money.parse(hostile, "PLN", "lines[0].price")
    assert caught.value.path == "lines[0].price"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(("text", "currency"), [("1.5", "JPY"), ("1.0001", "KWD"), ("1.001", "RSD"), ("1.05", "UYI")])
def test_digits_beyond_the_currencys_places_are_refused(text, currency):
    with pytest.raises(InvalidInputError, match="decimal places"):
        Money.parse(text, currency)


@pytest.mark.parametrize("unit", ["9", "1e9", "-", ".", "0", "\u0661", "\u202e"])
def test_a_megabyte_is_refused_at_once(unit):
    text = unit * (2**20 // len(unit))
    began = time.process_time()
    for _ in range(100):
        with pytest.raises(InvalidInputError):
            Money.parse(text, "PLN")
        with pytest.raises(InvalidInputError):
            minor_units(text)
    assert time.process_time() - began < 5  # what is not bounded takes minutes


@pytest.mark.parametrize("minor", [1.0, 0.1, float("nan"), True, "1", None, Fraction(1)])
def test_minor_units_are_whole_numbers(minor):
    with pytest.raises(InvalidInputError, match="minor"):
        Money(minor, "PLN")


@pytest.mark.parametrize(
    "currency",
    [
        "", "pln", "PLN ", "ZZZ", "XAU", "XTS", "XXX", "\u202ePLN", None, 985, ["PLN"], {"PLN": 2},
        pytest.param("P" * 2**20, id="megabyte"), pytest.param(10**5000, id="huge"),
    ],
)  # fmt: skip
def test_what_is_not_a_currency_is_refused(currency):
    for attempt in (lambda: Money(1, currency), lambda: minor_units(currency), lambda: Money.parse("1", currency)):
        with pytest.raises(InvalidInputError, match="currency") as caught:
            attempt()
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("places", "codes"),
    [
        (0, "JPY KRW CLP VND ISK UGX XAF XOF XPF PYG RWF UYI"),
        (2, "PLN EUR USD GBP CZK HUF SEK CHF RSD TWD IDR XCG ZWG SLE VED VES UAH MRU MGA AFN ALL IRR"),
        (3, "KWD IQD BHD TND JOD LYD OMR"),
        (4, "CLF UYW"),
    ],
)
def test_places_follow_iso_4217_and_not_custom(places, codes):
    """RSD is counted in para and IQD in fils, whatever printers of numbers do."""
    assert {code: minor_units(code) for code in codes.split()} == dict.fromkeys(codes.split(), places)


@pytest.mark.parametrize("code", "BGN HRK ANG SLL ZWL CUC LTL LVL EEK DEM FRF ITL MRO STD VEF BYR TRL ROL".split())
def test_retired_currencies_are_not_money(code):
    """Bulgaria has the euro since 2026, Croatia since 2023; Curaçao and Sint Maarten have the XCG since 2025."""
    with pytest.raises(InvalidInputError):
        Money(1, code)


def test_the_table_is_well_formed_and_cannot_be_changed():
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MINOR_UNITS)
    assert set(MINOR_UNITS.values()) == {0, 2, 3, 4}
    assert len(MINOR_UNITS) == 165
    with pytest.raises(TypeError):
        MINOR_UNITS["PLN"] = 3  # type: ignore[index]


@given(MONEY)
def test_what_is_printed_reads_back_the_same(money):
    assert Money.parse(money.text, money.currency) == money
    assert str(money) == f"{money.text} {money.currency}"
    assert eval(repr(money)[5:]) == (money.text, money.currency)
    _, dot, fraction = money.text.partition(".")
    assert len(fraction) == MINOR_UNITS[money.currency]
    assert bool(dot) == bool(fraction)


@given(st.text(max_size=30))
def test_no_text_makes_reading_fail_in_any_other_way(text):
    try:
        money = Money.parse(text, "PLN")
    except InvalidInputError:
        return
    assert text.isascii()
    assert Fraction(text) * 100 == money.minor


@given(MINORS, MINORS, MINORS, st.integers(-1000, 1000))
def test_money_adds_like_whole_numbers(a, b, c, n):
    x, y, z = (Money(minor, "EUR") for minor in (a, b, c))
    zero = Money.zero("EUR")
    assert (x + y) + z == x + (y + z) == total_of([z, y, x], "EUR")
    assert x + zero == x == Money(-a, "EUR") * -1
    assert -x == zero - x
    assert x - y == x + -y == Money(a - b, "EUR")
    assert x * n == Money(a * n, "EUR")
    assert (x < y, x <= y, x > y, x >= y, x == y) == (a < b, a <= b, a > b, a >= b, a == b)
    assert (hash(x) == hash(Money(a, "EUR")), bool(x)) == (True, a != 0)


def test_nothing_sums_to_zero():
    assert total_of([], "JPY") == Money(0, "JPY") == Money.zero("JPY")


def test_currencies_never_mix():
    zloty, euro = Money(1, "PLN"), Money(1, "EUR")
    for mix in (
        lambda: zloty + euro,
        lambda: zloty - euro,
        lambda: zloty < euro,
        lambda: zloty >= euro,
        lambda: total_of([zloty], "EUR"),
    ):
        with pytest.raises(CurrencyMismatchError):
            mix()
    assert zloty != euro
    assert Money(0, "PLN") != Money(0, "EUR")
    assert zloty != 1


@pytest.mark.parametrize("other", [0.5, 2.0, True, "2", None, Fraction(1, 2), Money(2, "PLN")])
def test_money_is_multiplied_by_whole_counts_only(other):
    with pytest.raises(InvalidInputError):
        Money(1, "PLN") * other


@pytest.mark.parametrize("other", [1, 0, 0.5, "1", None])
def test_money_is_added_to_and_compared_with_money_only(other):
    for attempt in (lambda: Money(1, "PLN") + other, lambda: Money(1, "PLN") - other, lambda: Money(1, "PLN") < other):
        with pytest.raises(InvalidInputError):
            attempt()


WHOLE_COUNTS = "money is multiplied by whole counts only, got"
MISTAKES = {
    "a fraction": (lambda: Money(1.5, "PLN"), "minor: expected whole minor units as int, got float"),
    "a number of 31 digits": (lambda: Money(10**30, "PLN"), "minor: expected at most 30 digits"),
    "a currency that is not": (
        lambda: Money(1, "ZLOTY PLEASE, THANK YOU"),
        "currency: 'ZLOTY PLEASE' is not an active ISO 4217 currency code, e.g. 'PLN'",
    ),
    "a currency that is a number": (
        lambda: minor_units(985),
        "currency: int is not an active ISO 4217 currency code, e.g. 'PLN'",
    ),
    "a currency in its place": (
        lambda: minor_units("zł", "lines[2].currency"),
        "lines[2].currency: 'zł' is not an active ISO 4217 currency code, e.g. 'PLN'",
    ),
    "a number for text": (
        lambda: Money.parse(1.5, "PLN"),
        "amount: float is not an amount; write decimal text such as '29.35'",
    ),
    "text of another kind": (
        lambda: Money.parse("twelve zloty and fifty grosze", "PLN"),
        "amount: 'twelve zloty and fifty g' is not an amount; write decimal text such as '29.35'",
    ),
    "too many decimal places": (
        lambda: Money.parse("1.005", "PLN"),
        "amount: '1.005' has more than the 2 decimal places of PLN",
    ),
    "half a coin times": (lambda: Money(1, "PLN") * 0.5, f"{WHOLE_COUNTS} float"),
    "money times money": (lambda: Money(1, "PLN") * Money(1, "PLN"), f"{WHOLE_COUNTS} Money"),
    "money and a number": (lambda: Money(1, "PLN") + 1, "expected Money, got int"),
    "two currencies": (
        lambda: Money(150, "PLN") - Money(1, "EUR"),
        "0.01 EUR is not in PLN; convert it before adding or comparing",
    ),
    "negative weights": (lambda: share_out(1, [1, -1]), "weights: must not be negative"),
    "weights of nothing": (lambda: share_out(-7, [0, 0]), "weights: cannot split 7 over weights that are all zero"),
}


@pytest.mark.parametrize(("make", "said"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_is_named_with_its_place(make, said):
    """What is wrong, and what to write instead."""
    with pytest.raises((InvalidInputError, CurrencyMismatchError)) as caught:
        make()
    assert str(caught.value) == said


@pytest.mark.parametrize("largest", [10**30 - 1, 1 - 10**30])
def test_thirty_digits_are_money(largest):
    """More than that is refused, on both sides of zero."""
    assert Money(largest, "PLN").minor == largest
    with pytest.raises(InvalidInputError):
        Money(largest + (1 if largest > 0 else -1), "PLN")


def test_amounts_are_told_apart_by_their_hashes():
    """A set of amounts is no list."""
    assert len({hash(Money(minor, currency)) for minor in range(50) for currency in ("PLN", "EUR")}) > 90


def test_money_cannot_be_changed():
    with pytest.raises(AttributeError):
        Money(1, "PLN").minor = 2  # type: ignore[misc]


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
def test_rounding_goes_to_the_nearest_and_halves_away_from_zero(numerator, denominator):
    rounded = round_half_up(numerator, denominator)
    distance = abs(Fraction(numerator, denominator) - rounded)
    assert distance <= Fraction(1, 2)
    if distance == Fraction(1, 2):
        assert abs(rounded) > abs(Fraction(numerator, denominator))
    assert round_half_up(-numerator, denominator) == -rounded


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_shares_are_exact_and_fair(total, weights):
    """Exact sum, nothing for a zero weight, each within one coin of its exact part; a refund splits like the sale."""
    shares = share_out(total, weights)
    whole = sum(weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert weight or share == 0
        assert abs(share - Fraction(total * weight, whole)) < 1
        assert share * total >= 0
    assert share_out(-total, weights) == tuple(-share for share in shares)


@given(st.integers(0, 10**9), WEIGHTS)
def test_shares_are_stable(total, weights):
    """A heavier weight never gets less, of equal ones the earlier is ahead by a coin at most, zeros change nothing."""
    shares = share_out(total, weights)
    for i, (share, weight) in enumerate(zip(shares, weights, strict=True)):
        for other, other_weight in zip(shares[i + 1 :], weights[i + 1 :], strict=True):
            if weight == other_weight:
                assert 0 <= share - other <= 1
            elif weight > other_weight:
                assert share >= other
            else:
                assert share <= other
    assert share_out(total, [0, *weights, 0]) == (0, *shares, 0)


def test_shares_over_nothing():
    assert share_out(0, []) == ()
    assert share_out(0, [0, 0]) == (0, 0)
    for weights in ([], [0], [0, 0]):
        with pytest.raises(InvalidInputError, match="weights"):
            share_out(1, weights)
    for total in (0, 1, -1):
        with pytest.raises(InvalidInputError, match="weights"):
            share_out(total, [2, -1])


@given(MONEY, WEIGHTS)
def test_money_is_allocated_to_the_last_coin(money, weights):
    shares = allocate(money, weights)
    assert total_of(shares, money.currency) == money
    assert tuple(share.minor for share in shares) == share_out(money.minor, weights)
