"""One JSON object of a document and where it stands: whatever is wrong with a field is told with its path."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from ...errors import InvalidInputError
from ...identifiers import code
from ...moments import moment
from ...money import Money
from ...texts import LONGEST_NAME, LONGEST_NOTE, human_text

_MOST_ITEMS = 1000
_LONGEST_TEXT = 20_000
_LARGEST_ID = 10**15


@attrs.frozen
class Node:
    """An object at ``path``; every question raises InvalidInputError with the field's own path."""

    value: Mapping[str, Any]
    path: str = ""

    def at(self, key: str) -> str:
        """The path of a field."""
        return f"{self.path}.{key}" if self.path and not self.path.endswith("/") else f"{self.path}{key}"

    def refuse(self, key: str, problem: str) -> InvalidInputError:
        """What is wrong with a field, to be raised."""
        return InvalidInputError(self.at(key), problem)

    def node(self, key: str) -> Node:
        """An object within; one without fields where there is none."""
        value = self.value.get(key)
        if value is None or value == []:  # PHP writes an empty object as a list
            return Node({}, self.at(key))
        if not isinstance(value, Mapping):
            raise self.refuse(key, f"expected an object, got {type(value).__name__}")
        return Node(value, self.at(key))

    def items(self, key: str) -> tuple[Node, ...]:
        """The objects of a list; none where there is no list."""
        value = self.value.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            raise self.refuse(key, f"expected a list, got {type(value).__name__}")
        if len(value) > _MOST_ITEMS:
            raise self.refuse(key, f"at most {_MOST_ITEMS} entries, got {len(value)}")
        for index, item in enumerate(value):
            if not isinstance(item, Mapping):
                raise InvalidInputError(f"{self.at(key)}[{index}]", f"expected an object, got {type(item).__name__}")
        return tuple(Node(item, f"{self.at(key)}[{index}]") for index, item in enumerate(value))

    def text(self, key: str, longest: int = LONGEST_NAME) -> str:
        """Text for people on one line, without HTML's entities; empty where there is none."""
        return self._human(" ".join(self._plain(key).split()), key, longest)

    def note(self, key: str) -> str:
        """As :meth:`text`, on as many lines as it has; what goes beyond a note's length is cut off."""
        plain = self._plain(key).replace("\r\n", "\n").replace("\t", " ").strip()
        return self._human(_cut(plain, LONGEST_NOTE), key, LONGEST_NOTE)

    def title(self, key: str) -> str:
        """As :meth:`text`; what goes beyond a name's length is cut off."""
        return self._human(_cut(" ".join(self._plain(key).split()), LONGEST_NAME), key, LONGEST_NAME)

    def _plain(self, key: str) -> str:
        value = self.value.get(key)
        if value is None:
            return ""
        if type(value) is not str:
            raise self.refuse(key, f"expected text, got {type(value).__name__}")
        if len(value) > _LONGEST_TEXT:
            raise self.refuse(key, f"expected at most {_LONGEST_TEXT} characters, got {len(value)}")
        return html.unescape(value)

    def _human(self, text: str, key: str, longest: int) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self.refuse(key, "contains half of a surrogate pair") from None
        return human_text(text, self.at(key), longest) if text else ""

    def code(self, key: str) -> str:
        """A code; empty where there is none."""
        value = self.value.get(key)
        if value is None or value == "":
            return ""
        if type(value) is not str:
            raise self.refuse(key, f"expected text, got {type(value).__name__}")
        return code(value.strip(), self.at(key))

    def id(self, key: str = "id") -> int:
        """A number that names something: 1 or more."""
        value = self.whole(key)
        if not 0 < value < _LARGEST_ID:
            raise self.refuse(key, "expected a whole number of one or more")
        return value

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self.value.get(key)
        if type(value) is not int:
            raise self.refuse(key, "is missing" if value is None else _no_whole_number(value))
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is not said."""
        value = self.value.get(key)
        if value is not None and type(value) is not bool:
            raise self.refuse(key, f"expected true or false, got {type(value).__name__}")
        return bool(value)

    def amount(self, key: str, currency: str, missing: str | None = None) -> Money:
        """An amount as text; *missing* stands for one that is not there or empty."""
        value = self.value.get(key)
        if value is None or value == "":
            value = missing
        if value is None:
            raise self.refuse(key, "is missing")
        if type(value) is not str:
            raise self.refuse(key, f"expected an amount as text such as '29.35', got {type(value).__name__}")
        return Money.parse(value, currency, self.at(key))

    def moment(self, key: str) -> datetime | None:
        """A date and time that WooCommerce gives in GMT without saying so; None where there is none."""
        value = self.value.get(key)
        if value is None or value == "":
            return None
        try:
            parsed = datetime.fromisoformat(value) if type(value) is str and 16 <= len(value) <= 40 else None
        except ValueError:
            parsed = None
        if parsed is None:
            raise self.refuse(key, "expected a date and time in GMT such as '2026-11-22T12:00:00'")
        try:
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else moment(parsed)
        except OverflowError:
            raise self.refuse(key, "is beyond the calendar") from None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _no_whole_number(value: object) -> str:
    shown = f"{value[:24]!r}" if isinstance(value, str) else type(value).__name__
    return f"expected a whole number, got {shown}"
