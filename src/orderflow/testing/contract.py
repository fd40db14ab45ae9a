"""
What the contract checks of all ports share: their answer, and how a harness says that something cannot be tried.

A check takes a factory of harnesses and raises AssertionError (or whatever the adapter raised) where the contract is
broken. Otherwise it answers :class:`Passed` or :class:`NotApplicable`, so that nothing untried looks like a success::

    @pytest.mark.parametrize("check", GATEWAY_CHECKS, ids=lambda check: check.__name__)
    def test_my_gateway(check):
        outcome = check(MyHarness)
        if isinstance(outcome, NotApplicable):
            pytest.skip(outcome.reason)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs

from ..identifiers import order_id
from ..ports.gateway import NotificationRefused, RawNotification
from ..runtime.world import SystemClock, SystemIds

__all__ = ("Harness", "NotApplicable", "NotTestableError", "Outcome", "Passed")

H = TypeVar("H")
T = TypeVar("T")


@attrs.frozen
class Passed:
    """The adapter does what the check demands."""


@attrs.frozen
class NotApplicable:
    """The check could not be tried on this adapter, and why."""

    reason: str


_GARBAGE = (b"", b"\xff\xfe", b"{", b"{}", b"[]", b"null", b"0", b"a=1&b=2", b"<xml/>")

Outcome: TypeAlias = Passed | NotApplicable


class NotTestableError(Exception):
    """Raised by a harness that cannot do what a check asks of it; the check is then not applicable."""


class Harness:
    """
    One adapter and its partner, made anew for every check.

    ``order``, or ``other_order`` where a check needs two, begins every reference that a check uses and has the length
    of a real one; both are fresh for each harness, so that a partner's sandbox may be used again and again.
    """

    signature_header: str | None = None
    """The lower-case header that carries a notification's signature; None where it lies elsewhere, as in the body."""

    @functools.cached_property
    def order(self) -> str:
        """The key that begins all references of this harness."""
        return order_id(SystemClock().now(), SystemIds().entropy())

    @functools.cached_property
    def other_order(self) -> str:
        """The key of another order at the same partner; what comes after it in references is the same."""
        return order_id(SystemClock().now(), SystemIds().entropy())

    def lose_reply(self, method: str) -> None:
        """Let the next call of *method* be carried out by the partner, and its reply be lost."""
        raise NotTestableError("the harness cannot lose replies")

    def cut_off(self, method: str) -> None:
        """Let the next call of *method* never reach the partner."""
        raise NotTestableError("the harness cannot cut the connection")

    def notifications(self) -> Sequence[RawNotification]:
        """What the partner has sent by itself since the last call, oldest first."""
        raise NotTestableError("the harness cannot receive notifications")


def contract_check(body: Callable[[H], None]) -> Callable[[Callable[[], H]], Outcome]:
    """Make a check of a function that tries one harness."""

    @functools.wraps(body)
    def check(factory: Callable[[], H]) -> Outcome:
        try:
            body(factory())
        except NotTestableError as untried:
            return NotApplicable(str(untried))
        return Passed()

    return check


def numbered(names: Mapping[str, Any], prefix: str) -> tuple[Any, ...]:
    """A module's checks by number."""
    return tuple(check for name, check in sorted(names.items()) if name.startswith(prefix))


def demand(condition: bool, problem: str) -> None:
    """Fail with *problem*, also under ``python -O``."""
    __tracebackhide__ = True  # pytest then shows the check's own line
    if not condition:
        raise AssertionError(problem)


def same(actual: object, wanted: object, about: str) -> None:
    """Fail unless both are equal."""
    __tracebackhide__ = True
    demand(actual == wanted, f"{about}: expected {wanted!r}, got {actual!r}")


def applies(condition: bool, reason: str) -> None:
    """End the check as not applicable unless *condition* holds."""
    if not condition:
        raise NotTestableError(reason)


def unsure(call: Callable[[], T]) -> T | None:
    """The answer to a call whose connection fails; None where the adapter raised, which also says "unknown"."""
    try:
        return call()
    except AssertionError:
        raise
    except Exception:  # noqa: BLE001 - whatever an adapter raises means that it does not know
        return None


def answered(call: Callable[[], T], about: str) -> T:
    """The answer to a call that must not raise."""
    try:
        return call()
    except Exception as error:
        raise AssertionError(f"{about}: expected an answer, got {error!r}") from error


def refuses_forgeries(read: Callable[[RawNotification], object], genuine: RawNotification, harness: Harness) -> None:
    """Every forged or garbled notification must end in NotificationRefused, and in no other exception."""
    forged = {
        "another order's reference": attrs.evolve(genuine, body=_about_another(genuine.body, harness.order)),
        **{f"the body {body!r}": attrs.evolve(genuine, body=body) for body in _GARBAGE},
    }
    if harness.signature_header is not None:
        kept = {name: value for name, value in genuine.headers.items() if name != harness.signature_header}
        for about, signature in (("a wrong", "0" * 64), ("a non-ASCII", "é"), ("an empty", "")):
            headers = {**kept, harness.signature_header: signature}
            forged[f"{about} signature"] = attrs.evolve(genuine, headers=headers)
        forged["no signature"] = attrs.evolve(genuine, headers=kept)
    for about, notification in forged.items():
        try:
            read(notification)
        except NotificationRefused as refused:
            demand(refused.reply.status >= 400, f"{about}: refused with a reply that says {refused.reply.status}")
        except Exception as error:
            raise AssertionError(f"{about}: expected NotificationRefused, got {error!r}") from error
        else:
            raise AssertionError(f"{about}: was accepted")


def _about_another(body: bytes, order: str) -> bytes:
    applies(order.encode() in body, "the body does not hold our reference as it is")
    last = "1" if order[-1] != "1" else "2"
    return body.replace(order.encode(), f"{order[:-1]}{last}".encode())
