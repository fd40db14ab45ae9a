"""What may come through the front door: values of the right kind, before anything is looked up or begun."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, get_args

import attrs

from .. import coupons, giftcards, loyalty, stock
from .. import law as laws
from .._kinds import check_kinds
from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..orders import PlaceOrder
from ..payments import TenderKind
from ..texts import LONGEST_NOTE, human_text
from ..workflows import Command

__all__ = (
    "CAMPAIGN_COMMANDS", "CARD_COMMANDS", "COMMANDS", "ITEM_COMMANDS", "PLACING", "POINTS_COMMANDS", "optional",
    "optional_call", "require_call", "require_command", "require_key", "require_kind", "require_law",
    "require_request", "require_url", "require_windows", "several", "texts_by_name", "values_by_name",
)  # fmt: skip

PLACING: frozenset[type] = frozenset({PlaceOrder})
ITEM_COMMANDS: frozenset[type] = frozenset(get_args(stock.ItemCommand))
CAMPAIGN_COMMANDS: frozenset[type] = frozenset(get_args(coupons.ItemCommand))
POINTS_COMMANDS: frozenset[type] = frozenset(get_args(loyalty.ItemCommand))
CARD_COMMANDS: frozenset[type] = frozenset(get_args(giftcards.Command))
COMMANDS: frozenset[type] = frozenset(get_args(Command))

T = TypeVar("T")
C = TypeVar("C", bound=Callable[..., Any])


def require_command(command: Any, kinds: frozenset[type]) -> None:
    """Refuse what is no command of these *kinds*, and one with a field of a wrong kind."""
    if type(command) not in kinds:
        got = (
            f"the class {command.__name__}; write {command.__name__}(…)"
            if isinstance(command, type)
            else type(command).__name__
        )
        raise InvalidInputError("command", f"expected a command, got {got}")
    check_kinds(command)


def require_request(request_id: str | None) -> None:
    """Refuse a request id that is no code: two that look the same would be two orders."""
    if request_id is not None:
        code(request_id, "request_id")


def require_kind(kind: type, value: Any, path: str) -> None:
    """Refuse anything but a value (or port) of this kind."""
    if not isinstance(value, kind):
        raise InvalidInputError(path, f"expected a {kind.__name__}, got {type(value).__name__}")
    if attrs.has(kind):
        try:
            check_kinds(value)
        except InvalidInputError as error:
            raise error.under(path) from None


def optional(kind: type, value: T | None, path: str) -> T | None:
    """A value (or port) of this kind, or None."""
    if value is not None:
        require_kind(kind, value, path)
    return value


def optional_call(value: C | None, path: str) -> C | None:
    """Something that can be called, or None."""
    if value is not None:
        require_call(value, path)
    return value


def require_call(value: Any, path: str) -> None:
    """Refuse what cannot be called."""
    if not isinstance(value, Callable):  # type: ignore[arg-type]
        raise InvalidInputError(path, f"expected a function, got {type(value).__name__}")


def require_law(law: Any) -> str:
    """Refuse a law without rules here: deadlines of withdrawal could not be told when the first parcel arrives."""
    if not isinstance(law, str) or law not in laws.JURISDICTIONS:
        raise InvalidInputError(
            "law", f"expected one of {', '.join(laws.JURISDICTIONS)}: there are no other rules here"
        )
    return law


def require_key(key: Any) -> bytes:
    """Refuse what cannot key a digest."""
    if not isinstance(key, bytes) or len(key) > giftcards.LONGEST_KEY:
        raise InvalidInputError("gift_card_key", f"expected at most {giftcards.LONGEST_KEY} bytes")
    return key


def require_url(url: Any, path: str) -> str | None:
    """Refuse what is no address of a page, or has other braces than ``{reference}``."""
    if url is None:
        return None
    human_text(url, path, LONGEST_NOTE)
    scheme, _, rest = url.replace("{reference}", "").partition("://")
    if not (scheme and rest) or {*"{} "} & {*scheme, *rest}:
        raise InvalidInputError(path, "expected a whole address such as 'https://shop.example/orders/{reference}'")
    return str(url)


def require_windows(windows: Any) -> Mapping[TenderKind, timedelta]:
    """How long unpaid orders wait, by kind of payment."""
    for kind, window in _mapping(windows, "payment_window").items():
        if not isinstance(kind, TenderKind) or not isinstance(window, timedelta) or window <= timedelta(0):
            raise InvalidInputError("payment_window", "expected a timedelta above zero by TenderKind")
    return _mapping(windows, "payment_window")


def several(values: Any, kind: type[T], path: str) -> tuple[T, ...]:
    """*values* as a tuple, each of this kind."""
    found = sequence(values, path)
    for index, value in enumerate(found):
        require_kind(kind, value, f"{path}[{index}]")
    return found


def values_by_name(values: Any, path: str, require: Callable[[Any, str], object]) -> dict[str, Any]:
    """A dictionary by codes, each value as *require* wants it."""
    found = dict(_mapping(values, path))
    for name, value in found.items():
        require(value, f"{path}.{code(name, path)}")
    return found


def texts_by_name(values: Any, path: str) -> dict[str, str]:
    """A dictionary of texts; none of them is repeated in an error."""
    found = dict(_mapping(values, path))
    if not all(isinstance(part, str) for pair in found.items() for part in pair):
        raise InvalidInputError(path, "expected texts by name")
    return found


def _mapping(values: Any, path: str) -> Mapping[Any, Any]:
    if values is not None and not isinstance(values, Mapping):
        raise InvalidInputError(path, f"expected values by name, got {type(values).__name__}")
    return values or {}
