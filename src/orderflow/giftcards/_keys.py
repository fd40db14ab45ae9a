"""What gift cards and store credit are called in a store; a card's code cannot be had from its name."""

from __future__ import annotations

from hashlib import blake2b

from ..errors import InvalidInputError
from ..pricing import normal_code

__all__ = ("LONGEST_KEY", "PREFIXES", "card_id", "credit_id", "is_card", "is_gift_card")

LONGEST_KEY = 64
_GIFT_CARD, _STORE_CREDIT = "gft_", "scr_"
PREFIXES = (_GIFT_CARD, _STORE_CREDIT)
_DIGEST = 24  # bytes


def card_id(code: str, key: bytes = b"") -> str:
    """
    The id of the gift card that *code* opens: a digest, keyed where there is a *key* (of at most 64 bytes).

    >>> card_id("abcde-fghjk") == card_id(" ABCDE FGHJK ")
    True

    Raises:
        InvalidInputError: what can be no code, or no key.
    """
    if not isinstance(key, bytes) or len(key) > LONGEST_KEY:
        raise InvalidInputError("key", f"expected at most {LONGEST_KEY} bytes")
    return _GIFT_CARD + blake2b(normal_code(code).encode(), digest_size=_DIGEST, key=key).hexdigest()


def credit_id(seller: str, customer: str, currency: str) -> str:
    """The id of a customer's store credit in one currency."""
    whose = blake2b(f"{seller}\n{customer}".encode(), digest_size=_DIGEST).hexdigest()
    return f"{_STORE_CREDIT}{whose}_{currency}"


def is_card(text: str) -> bool:
    """Whether this is the id of a gift card or of store credit."""
    return text.startswith(PREFIXES)


def is_gift_card(text: str) -> bool:
    """Whether this is the id of a gift card, and not of store credit."""
    return text.startswith(_GIFT_CARD)
