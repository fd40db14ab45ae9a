"""Whether personal data will do, and what is refused outright."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import InvalidInputError
from orderflow.people import (
    Address,
    Contact,
    Person,
    Problem,
    check_address,
    check_contact,
    check_tax_number,
    nip_is_valid,
)


def address(**changes: str) -> Address:
    fields = {"name": "Anna Nowak", "street": "Prosta 1", "city": "Warszawa", "postal_code": "00-950", "country": "PL"}
    return Address(**{**fields, **changes})


def found(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems]


def test_a_complete_contact_and_address_have_no_problems() -> None:
    """The ordinary case."""
    contact = Contact(name="Anna Nowak", email="anna@example.com", phone="600 100 200")
    assert check_contact(contact, "PL") == ()
    assert check_address(address()) == ()


def test_a_contact_needs_a_name_and_a_way_to_reach_it() -> None:
    """Either an e-mail address or a phone number will do."""
    assert found(check_contact(Contact(name=" "), "PL")) == [("name", "missing"), ("email", "email_or_phone_missing")]
    assert check_contact(Contact(name="A", phone="600100200"), "PL") == ()
    assert check_contact(Contact(name="A", email="a@b.pl"), "PL") == ()


def test_every_problem_of_an_address_is_named() -> None:
    """A company's name stands in for a person's."""
    empty = address(name="", street=" ", city="", postal_code="")
    assert found(check_address(empty)) == [
        ("name", "missing"),
        ("street", "missing"),
        ("city", "missing"),
        ("postal_code", "missing"),
    ]
    assert check_address(address(name="", company="ACME")) == ()


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("PL", "00-950"),
        ("DE", "01067"),
        ("FR", "75008"),
        ("CZ", "110 00"),
        ("CZ", "11000"),
        ("SK", "811 01"),
        ("US", "20500"),
        ("US", "20500-0003"),
        ("GB", "SW1A 1AA"),
        ("GB", "m1 1ae"),
        ("NL", "1012 AB"),
        ("LT", "LT-01103"),
        ("HK", ""),
        ("IE", ""),
        ("IE", "D02 AF30"),
        ("XK", "whatever"),
    ],
)
def test_a_postal_code_in_its_countrys_form_is_accepted(country: str, text: str) -> None:
    """Countries without postal codes may leave it empty; unlisted ones are not judged."""
    assert check_address(address(country=country, postal_code=text)) == ()


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("PL", "00950"),
        ("PL", "00-95"),
        ("PL", "٠٠-٩٥٠"),
        ("DE", "1067"),
        ("CZ", "1100"),
        ("US", "20500-3"),
        ("GB", "12345"),
        ("JP", ""),
    ],
)
def test_a_postal_code_of_another_form_is_a_problem(country: str, text: str) -> None:
    """And it says so for the postal code only."""
    assert [path for path, _ in found(check_address(address(country=country, postal_code=text)))] == ["postal_code"]


def test_a_problem_names_an_example_and_never_the_value() -> None:
    """Problems may be logged and stored; personal data may not."""
    (problem,) = check_address(address(postal_code="SECRET"))
    assert problem == Problem(path="postal_code", code="malformed", params=(("country", "PL"), ("example", "00-950")))


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("PL", "600100200"),
        ("PL", "600-100-200"),
        ("PL", "+48 600 100 200"),
        ("PL", "0048 (22) 123.45.67"),
        ("PL", "+49 30 1234567"),
        ("DE", "030 1234567"),
        ("DE", "+48 600 100 200"),
        ("US", "(202) 456-1111"),
    ],
)
def test_a_phone_number_is_accepted_however_it_is_written(country: str, text: str) -> None:
    """Foreign numbers with their prefix are accepted everywhere."""
    assert check_contact(Contact(name="A", phone=text), country) == ()


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("PL", "60010020"),
        ("PL", "6001002000"),
        ("PL", "000000000"),
        ("DE", "+48 600 100 20"),
        ("DE", "12345"),
        ("DE", "1" * 16),
        ("DE", "++49301234567"),
        ("DE", "+00301234567"),
        ("US", "call me"),
        ("PL", "٦٠٠١٠٠٢٠٠"),
        ("PL", " "),
    ],
)
def test_what_cannot_be_a_phone_number_is_a_problem(country: str, text: str) -> None:
    """Too short, too long, letters, foreign digits."""
    assert found(check_contact(Contact(name="A", phone=text), country)) == [("phone", "malformed")]


@pytest.mark.parametrize(
    "text", ["a@b.pl", "anna.nowak+shop@mail.example.com", "żółw@poczta.pl", "o'neil@xn--bcher-kva.example"]
)
def test_an_address_that_can_receive_mail_is_accepted(text: str) -> None:
    """Plus signs, quotes, and letters of any language."""
    assert check_contact(Contact(name="A", email=text), "PL") == ()


@pytest.mark.parametrize(
    "text",
    [
        "anna",
        "@b.pl",
        "a@",
        "a@b",
        "a@b..pl",
        ".a@b.pl",
        "a.@b.pl",
        "a..b@c.pl",
        "a@@b.pl",
        "a b@c.pl",
        "a@-b.pl",
        "a@b-.pl",
        "a@1.2.3.4",
        "a@b.pl,c@d.pl",
        "a\u200b@b.pl",
        "<a@b.pl>",
        "a" * 65 + "@b.pl",
        "a@" + "b" * 64 + ".pl",
    ],
)
def test_what_cannot_be_an_email_address_is_a_problem(text: str) -> None:
    """Checked without a regular expression, in one pass."""
    assert found(check_contact(Contact(name="A", email=text), "PL")) == [("email", "malformed")]


def test_hostile_texts_are_judged_at_once() -> None:
    """The longest accepted fields, a thousand times, in well under a second."""
    contact = Contact(name="A", email=("a." * 100)[:199] + "@", phone="(" * 199 + "1")
    started = time.process_time()
    for _ in range(1000):
        assert len(check_contact(contact, "PL")) == 2
    assert time.process_time() - started < 2


def test_polish_tax_numbers_are_checked_to_the_last_digit() -> None:
    """Written with dashes, spaces or the country's prefix."""
    for text in ("5261040828", "526-10-40-828", "PL 526 104 08 28"):
        assert nip_is_valid(text)
        assert check_tax_number(text, "PL") == ()
    for text in ("5261040829", "526104082", "52610408280", "0000000000", "1000000000", "٥٢٦١٠٤٠٨٢٨", "", "5" * 99):
        assert not nip_is_valid(text)
        assert found(check_tax_number(text, "PL")) == [("tax_number", "malformed")]


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_wrong_digit_in_a_tax_number_is_noticed(position: int, digit: int) -> None:
    """The check digit catches every single wrong digit."""
    right = "5261040828"
    wrong = right[:position] + str(digit) + right[position + 1 :]
    assert nip_is_valid(wrong) == (wrong == right)


def test_foreign_tax_numbers_are_checked_for_their_shape_only() -> None:
    """Letters and digits, neither too few nor too many."""
    assert check_tax_number("DE 136.695.976", "DE") == ()
    assert found(check_tax_number("DE!", "DE")) == [("tax_number", "malformed")]
    assert found(check_tax_number("1" * 16, "DE")) == [("tax_number", "malformed")]


@pytest.mark.parametrize("text", ["A\nB", "A\u2028B", "A\x00B", "A\u202eB", "A" * 201, None, 7])
def test_what_nobody_should_store_is_refused_with_its_path(text: str) -> None:
    """In every field of a contact and an address."""
    for path in ("name", "street", "city", "postal_code", "line2", "region", "company"):
        with pytest.raises(InvalidInputError) as caught:
            address(**{path: text})
        assert caught.value.path == path
    with pytest.raises(InvalidInputError) as caught:
        Contact(name=text)
    assert caught.value.path == "name"


@pytest.mark.parametrize("country", ["pl", "POL", "", "P1", None])
def test_a_country_is_two_capital_letters(country: str) -> None:
    """ISO 3166 alpha-2, nothing else."""
    with pytest.raises(InvalidInputError) as caught:
        address(country=country)
    assert caught.value.path == "country"


def test_an_absent_way_to_reach_someone_is_none_and_not_empty() -> None:
    """An empty text says neither yes nor no."""
    for path in ("email", "phone"):
        with pytest.raises(InvalidInputError) as caught:
            Contact(name="A", **{path: ""})
        assert caught.value.path == path


def test_a_person_holds_what_its_fields_promise() -> None:
    """Notes may have lines; nothing else may, and each part is of its kind."""
    contact = Contact(name="Anna")
    assert Person(contact=contact, notes=["Ring twice.\nThird floor."]).notes == ("Ring twice.\nThird floor.",)
    for path, changes in {
        "contact": {"contact": "Anna"},
        "delivery": {"delivery": "Prosta 1"},
        "billing": {"billing": contact},
        "tax_number": {"tax_number": ""},
        "notes[1]": {"notes": ("fine", "\x07")},
        "notes": {"notes": ("x",) * 101},
    }.items():
        with pytest.raises(InvalidInputError) as caught:
            Person(**{"contact": contact, **changes})
        assert caught.value.path == path
