"""
The order desk of an online shop: pure rules from the placed order to the last refund.

:class:`Shop` is the front door of a host; the concepts (:mod:`orderflow.orders` and its siblings) are the front door of
those who want the rules only. Everything is loaded on first use, so that importing orderflow costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        coupons,
        giftcards,
        law,
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
    from .errors import InvalidInputError, OrderflowError
    from .money import Money
    from .quantities import Quantities
    from .runtime.defaults import BankTransfer
    from .runtime.memory import MemoryStore
    from .runtime.shop import CommandRejected, Shop
    from .workflows import PaymentMethod

__all__ = (
    "BankTransfer", "CommandRejected", "InvalidInputError", "MemoryStore", "Money", "OrderflowError", "PaymentMethod",
    "Quantities", "Shop",
    "coupons", "giftcards", "law", "loyalty", "orders", "payments", "people", "pricing", "returns", "shipping", "stock",
    "workflows",
)  # fmt: skip

__version__ = "0.1.0"

_HOMES = {
    "BankTransfer": ".runtime.defaults",
    "CommandRejected": ".runtime.shop",
    "InvalidInputError": ".errors",
    "MemoryStore": ".runtime.memory",
    "Money": ".money",
    "OrderflowError": ".errors",
    "PaymentMethod": ".workflows",
    "Quantities": ".quantities",
    "Shop": ".runtime.shop",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name)
    value = getattr(import_module(home, __name__), name) if home else import_module(f".{name}", __name__)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
