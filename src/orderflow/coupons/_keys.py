"""What counters and streams of coupons are called, and how codes are kept."""

from __future__ import annotations

from hashlib import sha256

from ..pricing import normal_code

__all__ = ("PREFIX", "budget_id", "code_id", "codes_id", "customer_id", "digest", "pseudonym", "uses_id")

PREFIX = "cpn_"


def uses_id(campaign: str) -> str:
    """The stream and counter of a campaign's uses."""
    return f"{PREFIX}u_{campaign}"


def budget_id(campaign: str, currency: str) -> str:
    """The stream and counter of a campaign's money, in minor units."""
    return f"{PREFIX}b_{campaign}_{currency}"


def codes_id(campaign: str) -> str:
    """The stream of the codes that were issued."""
    return f"{PREFIX}i_{campaign}"


def code_id(campaign: str, digest: str) -> str:
    """The counter of one code that serves once."""
    return f"{PREFIX}k_{campaign}_{digest}"


def customer_id(campaign: str, customer: str) -> str:
    """The stream and counter of one customer's uses; *customer* is a :func:`pseudonym`."""
    return f"{PREFIX}c_{campaign}_{customer}"


def digest(code: str) -> str:
    """What is kept of a code that serves once: with it, nobody who reads a store can use the code."""
    return sha256(normal_code(code).encode()).hexdigest()


def pseudonym(campaign: str, customer: str) -> str:
    """A customer as the counters of one campaign know them."""
    return sha256(f"{campaign}\n{customer}".encode()).hexdigest()
