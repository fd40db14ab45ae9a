"""Every text is there in every language, says the same things, and is used."""

from __future__ import annotations

import ast
import inspect
import re
import string
from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, Never, get_args

import attrs
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import orderflow
from orderflow import (
    coupons,
    giftcards,
    loyalty,
    orders,
    payments,
    people,
    pricing,
    returns,
    shipping,
    stock,
    workflows,
)
from orderflow.law import WithdrawalException
from orderflow.orders import DestinationKind, OrderStage, Standing, SubstituteStage
from orderflow.payments import AttemptStage, RefundStage, TenderKind
from orderflow.returns import ReturnStage
from orderflow.shipping import ParcelStage
from orderflow.stock import Disposition
from orderflow.testing.strategies import values
from orderflow.wording import LANGUAGES, rejection_text
from orderflow.wording._catalog import PLURALS, voice
from orderflow.wording._rejections import rejection_key
from orderflow.workflows import MESSAGES, Status

SOURCE = Path(orderflow.__file__).parent
CONCEPTS = (orders, pricing, people, payments, stock, coupons, giftcards, loyalty, shipping, returns)
ENUMS: tuple[type[StrEnum], ...] = (
    AttemptStage,
    DestinationKind,
    Disposition,
    OrderStage,
    ParcelStage,
    RefundStage,
    ReturnStage,
    Standing,
    Status,
    SubstituteStage,
    TenderKind,
    WithdrawalException,
)
FORMS = {"de": 2, "en": 2, "pl": 3}


def rejection_classes() -> set[type]:
    """Every class in a concept's union of rejections, and in its module of rejections."""
    found: set[type] = set()
    for concept in CONCEPTS:
        unions = (concept.Rejection, getattr(concept, "ItemRejection", concept.Rejection))
        for union in unions:
            found |= {each for each in (get_args(union) or (union,)) if each is not Never}
        module = inspect.getmodule(next(iter(get_args(concept.Rejection) or (unions[-1],))))
        if module is not None and module.__name__.endswith("._rejections"):
            found |= {each for _, each in inspect.getmembers(module, attrs.has) if each.__module__ == module.__name__}
    return found


REJECTIONS = sorted(rejection_classes(), key=rejection_key)
REASONS = get_args(pricing.Reason)
CONDITIONS = get_args(pricing.Condition)


def condition_key(kind: type) -> str:
    return f"condition.{pricing.KINDS[kind]}"


def catalog(language: str) -> Catalog:
    path = SOURCE / "wording" / "locale" / language / "LC_MESSAGES" / "orderflow.po"
    return read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)


CATALOGS = {language: catalog(language) for language in LANGUAGES}


def entries(language: str) -> dict[str, tuple[str, ...]]:
    """Texts by key; a plural has several."""
    found = {}
    for message in CATALOGS[language]:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return found


ENGLISH = entries("en")


def placeholders(text: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


def constants(path: Path) -> Iterator[str]:
    """Every text constant of a module that is code, not a docstring."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_rejections_were_found():
    """The list below is not empty, and has those of every concept."""
    assert {rejection_key(each).split(".")[0] for each in REJECTIONS} == {
        concept.__name__.rpartition(".")[2] for concept in CONCEPTS
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", REJECTIONS, ids=rejection_key)
def test_every_rejection_has_a_text_in_every_language(kind, language):
    """A class that is new fails here until it can be said."""
    assert entries(language)[rejection_key(kind)][0].strip()


@pytest.mark.parametrize("kind", REJECTIONS, ids=rejection_key)
def test_a_rejection_text_names_every_field_and_only_fields(kind):
    """Whatever a rejection knows helps whoever reads it."""
    named = {name for name, _ in placeholders(ENGLISH[rejection_key(kind)][0])}
    assert named == {field.name for field in attrs.fields(kind)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", REJECTIONS, ids=rejection_key)
def test_a_rejection_says_what_is_wrong_and_what_to_do(kind, language):
    """Two statements at least, the first of which may hold both halves."""
    text = entries(language)[rejection_key(kind)][0]
    assert text.endswith(".")
    assert len(re.findall(r"[.;:](?:\s|$)", text)) >= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("member", [each for kind in ENUMS for each in kind], ids=lambda each: f"{each!r}")
def test_every_stage_and_headline_has_a_text_in_every_language(member, language):
    """A member that is new fails here until it can be said."""
    assert entries(language)[f"{type(member).__name__}.{member.value}"][0].strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", REASONS)
def test_every_reason_why_a_promotion_does_not_apply_has_words_in_every_language(kind, language):
    """A class that is new fails here until it can be said."""
    assert f"reason.{pricing.KINDS[kind]}" in entries(language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", CONDITIONS)
def test_every_kind_of_condition_has_words_in_every_language(kind, language):
    """Whatever rules a promotion out can be named."""
    assert entries(language)[condition_key(kind)][0].strip()


def enums_in_rejections() -> set[type]:
    found = set()
    for kind in REJECTIONS:
        resolved: Any = attrs.resolve_types(kind)
        for field in attrs.fields(resolved):
            found |= {
                each
                for each in (field.type, *get_args(field.type))
                if isinstance(each, type) and issubclass(each, StrEnum)
            }
    return found


def test_the_enums_above_are_all_that_a_rejection_can_hold():
    """A rejection with a new kind of stage is noticed."""
    assert enums_in_rejections() <= set(ENUMS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_every_message_has_a_subject_in_every_language(kind, language):
    """Bodies are proved by being written; see test_messages.py."""
    assert "{reference}" in entries(language)[f"subject.{kind.value}"][0]


def test_the_languages_have_the_same_texts():
    """No language lags behind."""
    assert all(set(entries(language)) == set(ENGLISH) for language in LANGUAGES)
    assert {path.name for path in (SOURCE / "wording" / "locale").iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_every_text_is_filled_in_and_its_placeholders_agree(key, language):
    """A translation says neither more nor less than the English text."""
    forms = entries(language)[key]
    assert all(form.strip() for form in forms)
    assert len(forms) == (FORMS[language] if key in PLURALS else 1)
    assert all(placeholders(form) == placeholders(ENGLISH[key][0]) for form in forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_stands_once(language):
    """A second entry under the same key would hide the first."""
    text = (SOURCE / "wording" / "locale" / language / "LC_MESSAGES" / "orderflow.po").read_text("utf-8")
    keys = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(ENGLISH)


def used_keys() -> set[str]:
    """Keys that the code can ask for: by class, by member, by kind of message or destination, or by name."""
    own = {text for path in (SOURCE / "wording").glob("*.py") for text in constants(path)}
    others = {text for path in SOURCE.rglob("*.py") if path.parent != SOURCE / "wording" for text in constants(path)}
    terms = {f"term.{text.removesuffix(':')}" for text in others}
    by_kind = {f"subject.{kind.value}" for kind in MESSAGES} | {f"next.{kind.value}" for kind in DestinationKind}
    by_class = {rejection_key(kind) for kind in REJECTIONS}
    by_member = {f"{kind.__name__}.{member.value}" for kind in ENUMS for member in kind}
    return own | terms | by_kind | by_class | by_member | {condition_key(kind) for kind in CONDITIONS}


def test_no_text_is_unused():
    """What nobody can say any more leaves the catalogs."""
    assert set(ENGLISH) - used_keys() == set()


def test_every_text_that_the_code_names_exists():
    """A misspelt key would be shown to a customer."""
    asked = set()
    for path in (SOURCE / "wording").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say":
                asked |= {
                    each.value
                    for argument in node.args[:1]
                    for each in ((argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,))
                    if isinstance(each, ast.Constant)
                }
    assert len(asked) > 40
    assert asked <= set(ENGLISH)


def keyword_constants(path: str, *names: str) -> set[str]:
    """What a module passes under these keywords, as text constants."""
    tree = ast.parse((SOURCE / path).read_text("utf-8"))
    return {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in names and isinstance(node.value, ast.Constant)
    }


def first_of_pairs(path: str, *functions: str) -> set[str]:
    """The first texts of the pairs written down in these functions."""
    tree = ast.parse((SOURCE / path).read_text("utf-8"))
    return {
        pair.elts[0].value
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in functions
        for pair in ast.walk(function)
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and isinstance(pair.elts[0], ast.Constant)
    }


def verdict_constants() -> set[str]:
    """The checks, and what releases them, that verification writes down."""
    tree = ast.parse((SOURCE / "workflows/_verification.py").read_text("utf-8"))
    return {
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_verdict"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }


def our_codes() -> set[str]:
    """Codes of our own that reach rejections and verdicts."""
    return {
        *keyword_constants("orders/_placing.py", "field", "needed_for"),
        *keyword_constants("people/_checks.py", "code", "path"),
        *keyword_constants("workflows/_verification.py", "check", "released_by"),
        *verdict_constants(),
        *first_of_pairs("workflows/_facts.py", "_blocked", "unsettled"),
    } - {""}


@pytest.mark.parametrize("code", sorted(our_codes()))
def test_every_code_of_ours_can_be_said(code):
    """Customers and staff read words, not codes."""
    assert f"term.{code}" in ENGLISH


def test_the_codes_were_found():
    """The parameters above are not empty where a function is renamed."""
    expected = {"unpaid", "money", "phone", "malformed", "AmendContact", "the download", "stock"}
    assert expected <= our_codes()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, ("0 units", "0 Stück", "0 sztuk")),
        (1, ("1 unit", "1 Stück", "1 sztuka")),
        (2, ("2 units", "2 Stück", "2 sztuki")),
        (4, ("4 units", "4 Stück", "4 sztuki")),
        (5, ("5 units", "5 Stück", "5 sztuk")),
        (12, ("12 units", "12 Stück", "12 sztuk")),
        (22, ("22 units", "22 Stück", "22 sztuki")),
        (112, ("112 units", "112 Stück", "112 sztuk")),
        (1234, ("1,234 units", "1.234 Stück", "1\u00a0234 sztuki")),
    ],
)
def test_plurals_take_the_right_form(number, expected):
    """Polish has three forms, and teens of their own."""
    assert tuple(voice(language).count("units", number) for language in ("en", "de", "pl")) == expected


def test_days_have_plurals_of_their_own():
    """A day, days."""
    counted = [voice(language).count("days", n) for language in ("en", "de", "pl") for n in (1, 14)]
    assert counted == ["1 day", "14 days", "1 Tag", "14 Tage", "1 dzień", "14 dni"]


@pytest.mark.parametrize(
    ("tag", "language", "locale"),
    [
        ("pl", "pl", "pl"),
        ("pl-PL", "pl", "pl_PL"),
        ("pl_PL.UTF-8", "pl", "pl_PL"),
        ("PL", "pl", "pl"),
        ("de-AT", "de", "de_AT"),
        ("de-XX", "de", "de"),
        ("en-GB", "en", "en_GB"),
        ("fr-CA", "en", "en"),
        ("xx", "en", "en"),
        ("-", "en", "en"),
        ("{name}", "en", "en"),
    ],
)
def test_a_language_falls_back_to_its_base_then_to_english(tag, language, locale):
    """Whatever a host calls the language, there is a text."""
    found = voice(tag)
    assert (found.language, str(found.locale)) == (language, locale)


@given(st.one_of([values(kind) for kind in REJECTIONS]), st.sampled_from((*LANGUAGES, "cs", "de-CH")))
def test_every_rejection_can_be_said_with_whatever_it_holds(reason, language):
    """No value breaks a text."""
    for law in (None, "PL"):
        text = rejection_text(reason, language, law)
        assert text.endswith(".")
        assert "\n" not in text


def test_every_rejection_of_the_workflows_is_one_of_those():
    """No concept is forgotten above."""
    assert set(get_args(workflows.Rejection)) <= set(REJECTIONS)
