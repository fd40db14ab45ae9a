"""What all documents from outside share: how large they may be, and how texts, names and rates are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import attrs
from cattrs import Converter

from ..errors import InvalidInputError
from ..identifiers import code
from ..pricing import VatRate
from ._json import decode, encode
from ._strict import LONGEST_KEY_SHOWN, Hook, refuse, text

LARGEST_DOCUMENT = 1 << 20
"""In characters, or bytes where bytes are given."""

MOST_ENTRIES = 100
"""How many entries a list or an object of names has at most, where nothing else is said."""


@attrs.frozen
class Vat:
    """How a rate is written: decimal text in percent, and its code."""

    percent: str
    code: str = "standard"


def object_of(document: Mapping[str, Any] | str | bytes) -> dict[str, Any]:
    """
    The document's outermost object, from text or from what a JSON parser made of it.

    Raises:
        InvalidInputError: not JSON, no object, or too large.
    """
    value = dict(document) if isinstance(document, Mapping) else _parse(document)
    if not all(isinstance(key, str) for key in value):
        raise InvalidInputError("document", "expected texts as keys")
    return value


def _parse(document: str | bytes) -> dict[str, Any]:
    if not isinstance(document, str | bytes):
        raise InvalidInputError("document", f"expected JSON text or an object, got {type(document).__name__}")
    if len(document) > LARGEST_DOCUMENT:
        raise InvalidInputError("document", f"at most {LARGEST_DOCUMENT} characters, got {len(document)}")
    try:
        value = decode(document if isinstance(document, str) else document.decode(), "document")
    except UnicodeDecodeError:
        raise InvalidInputError("document", "is not UTF-8") from None
    if type(value) is not dict:
        try:
            refuse("an object", value)
        except InvalidInputError as error:
            raise error.under("document") from None
    return cast(dict[str, Any], value)


def written(document: Mapping[str, Any]) -> str:
    """
    The document as text.

    Raises:
        InvalidInputError: it is larger than any that is read.
    """
    text = encode(document)
    if len(text) > LARGEST_DOCUMENT:
        raise InvalidInputError("document", f"at most {LARGEST_DOCUMENT} characters, this takes {len(text)}")
    return text


def whole_text(value: Any, _: Any = str) -> str:
    """Text that can be written down again."""
    try:
        text(value).encode()
    except UnicodeEncodeError:
        raise InvalidInputError("", "contains half of a surrogate pair") from None
    return cast(str, value)


def names(value: Any, _: Any = None) -> tuple[tuple[str, str], ...]:
    """An object of texts, as pairs."""
    if type(value) is not dict:
        refuse("an object of texts", value)
    if len(value) > MOST_ENTRIES:
        raise InvalidInputError("", f"at most {MOST_ENTRIES} entries, got {len(value)}")
    for name, given in value.items():
        try:
            whole_text(name)
            whole_text(given)
        except InvalidInputError as error:
            raise error.under(str(name)[:LONGEST_KEY_SHOWN]) from None
    return tuple(value.items())


def write_rate(rate: VatRate) -> dict[str, str]:
    """A rate as an object."""
    return {"percent": rate.percent, "code": rate.code}


def rate_reader(converter: Converter) -> Hook:
    """Reads a rate from an object."""

    def read(value: Any, _: Any) -> VatRate:
        vat = converter.structure(value, Vat)
        code(vat.code, "code")
        try:
            return VatRate.parse(vat.percent, vat.code)
        except InvalidInputError as error:
            raise InvalidInputError("percent", error.problem) from None

    return read
