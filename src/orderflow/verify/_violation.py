"""What is wrong, and where."""

from __future__ import annotations

import attrs

__all__ = ("Violation",)


@attrs.frozen
class Violation:
    """
    One thing in a store that does not hold.

    ``invariant`` is its short name, ``stream`` the order, stock item or counter, ``version`` the event where it shows.

    ===  ================================================================================================
    K4   what orders took from gift cards and store credit, and gave back, is what the cards say, and none is overdrawn
    L1   every step is legal: lifecycles, numbers of attempts, refunds, parcels and returns, units
    L2   events are unchanged, without gaps, readable; search keys and records are what they make of them
    L5   an order that was parked has an alert
    M2   nothing went back that had not come, nothing more is asked for than is due, a surplus goes back
    M3   an order was closed with nothing due, nothing surplus and nothing under way
    M5   an attempt is captured and a refund paid out once
    M6   a request id that was answered keeps its answer
    M7   a price is the sum of its parts, and a credit exactly the shares of its units
    P1   personal data is there until it is erased, and not afterwards
    S1   nothing is negative, and nothing is promised that is not there, unless it may be backordered
    S2   a counter is the sum of its ledger, and a tracked item of its lots
    S3   a unit, or the use of a coupon, is held once and resolved once
    S4   a ledger has exactly the moves that the events call for
    S5   holds are those of open orders, and a cancelled order keeps no use that comes back
    E1   work is asked for by an event, once, and what is done has an outcome
    ===  ================================================================================================
    """

    invariant: str
    stream: str
    detail: str
    version: int | None = None
