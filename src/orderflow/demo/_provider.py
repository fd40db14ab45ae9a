"""A pretend payment provider with a book of its own in a file: what it says it charged is what was charged."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from ..moments import parse_moment
from ..money import Money
from ..ports.gateway import (
    GatewayCapabilities,
    Notification,
    NotificationRefused,
    PaymentAnswer,
    PaymentFact,
    PaymentOutcome,
    RawNotification,
    Redirect,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from ..ports.world import Clock

__all__ = ("Provider",)

_KEY = b"demo only"
_TABLES = """
CREATE TABLE IF NOT EXISTS payments (
    reference TEXT PRIMARY KEY, amount INTEGER, currency TEXT, outcome TEXT, captured INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS refunds (operation TEXT PRIMARY KEY, reference TEXT, amount INTEGER);
CREATE TABLE IF NOT EXISTS charges (reference TEXT, amount INTEGER);
"""


class Provider:
    """
    Charges by redirect, or at once (a stored card) with ``at_once``.

    With ``dies_after_charging`` the process that asks is killed after the charge and before the answer.
    """

    capabilities = GatewayCapabilities(lookup=True, notifications=True)

    def __init__(self, book: Path, clock: Clock, *, at_once: bool = False, dies_after_charging: bool = False) -> None:
        self._db = sqlite3.connect(book, isolation_level=None, check_same_thread=False)
        self._db.executescript(_TABLES)
        self._clock = clock
        self._at_once = at_once
        self._dies = dies_after_charging

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Open the payment; the same reference is the same payment."""
        known = self.lookup(request.reference)
        if known is not None:
            return known
        self._db.execute(
            "INSERT INTO payments (reference, amount, currency, outcome) VALUES (?, ?, ?, 'awaiting_customer')",
            (request.reference, request.amount.minor, request.amount.currency),
        )
        if self._at_once:
            self.customer_pays(request.reference)
            if self._dies:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        answer = self.lookup(request.reference)
        if answer is None:
            raise LookupError(request.reference)
        return answer

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """How the payment stands in the book."""
        row = self._db.execute(
            "SELECT currency, outcome, captured FROM payments WHERE reference = ?", (reference,)
        ).fetchone()
        if row is None:
            return None
        currency, outcome, captured = row
        waiting = outcome == PaymentOutcome.AWAITING_CUSTOMER
        return PaymentAnswer(
            outcome=PaymentOutcome(outcome),
            captured=Money(captured, currency) if captured else None,
            next_step=Redirect(f"https://pay.example/{reference}") if waiting else None,
        )

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Give back once per operation, never more than was taken."""
        if self.lookup_refund(request.reference, request.operation) is None:
            captured, given = self.charged(request.reference), self.given_back(request.reference)
            if request.amount.minor > captured - given:
                return RefundAnswer(outcome=RefundOutcome.REJECTED, code="exceeds_available")
            self._db.execute(
                "INSERT INTO refunds VALUES (?, ?, ?)", (request.operation, request.reference, request.amount.minor)
            )
        return RefundAnswer(outcome=RefundOutcome.SETTLED)

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """Whether the book has this refund."""
        found = self._db.execute(
            "SELECT 1 FROM refunds WHERE operation = ? AND reference = ?", (operation, reference)
        ).fetchone()
        return RefundAnswer(outcome=RefundOutcome.SETTLED) if found else None

    def customer_pays(self, reference: str) -> None:
        """The customer pays on the provider's page."""
        (amount,) = self._db.execute("SELECT amount FROM payments WHERE reference = ?", (reference,)).fetchone()
        self._db.execute("INSERT INTO charges VALUES (?, ?)", (reference, amount))
        self._db.execute(
            "UPDATE payments SET outcome = 'captured', captured = captured + ? WHERE reference = ?", (amount, reference)
        )

    def customer_fails(self, reference: str) -> None:
        """The customer's bank declines."""
        self._db.execute("UPDATE payments SET outcome = 'failed' WHERE reference = ?", (reference,))

    def notification(self, reference: str, outcome: str | None = None) -> tuple[Mapping[str, str], bytes]:
        """What the provider posts about a payment now (or said earlier, with *outcome*): headers and body, signed."""
        currency, now, captured = self._db.execute(
            "SELECT currency, outcome, captured FROM payments WHERE reference = ?", (reference,)
        ).fetchone()
        content = {
            "reference": reference,
            "outcome": outcome or now,
            "captured": captured if outcome is None else 0,
            "currency": currency,
            "at": self._clock.now().isoformat(),
        }
        body = json.dumps(content).encode()
        return {"signature": hmac.new(_KEY, body, hashlib.sha256).hexdigest()}, body

    def read_notification(self, notification: RawNotification) -> Notification:
        """Check the signature on the raw bytes, then read."""
        expected = hmac.new(_KEY, notification.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, notification.headers.get("signature", "")):
            raise NotificationRefused
        said = json.loads(notification.body)
        answer = PaymentAnswer(
            outcome=PaymentOutcome(said["outcome"]),
            captured=Money(said["captured"], said["currency"]) if said["captured"] else None,
        )
        fact = PaymentFact(reference=said["reference"], answer=answer, occurred_at=parse_moment(said["at"]))
        return Notification(facts=(fact,))

    def charged(self, reference: str) -> int:
        """Minor units that truly left the customer for this payment."""
        (amount,) = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM charges WHERE reference = ?", (reference,)
        ).fetchone()
        return int(amount)

    def given_back(self, reference: str) -> int:
        """Minor units that truly went back."""
        (amount,) = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM refunds WHERE reference = ?", (reference,)
        ).fetchone()
        return int(amount)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()
