"""A host's own checks and stages: data that names them, and a static check that no order can get stuck in them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import attrs

from ..identifiers import code
from ._state import Order
from ._values import OrderStage

_ORDER_OF_STAGES = (OrderStage.RECEIVED, OrderStage.VERIFIED, OrderStage.CONFIRMED)


class Gate(StrEnum):
    """What waits for a host's stage."""

    CONFIRM = "confirm"
    SHIP = "ship"
    CLOSE = "close"


def _name(value: object) -> str:
    return code(value, "name")


@attrs.frozen(kw_only=True)
class HostCheck:
    """A check that the host makes (fraud, age, prescription); its verdict comes with ``RecordVerdict``."""

    name: str = attrs.field(converter=_name)
    released_by: str = "RecordVerdict"


@attrs.frozen(kw_only=True)
class HostStage:
    """A stage that the host adds: open from *after* on, and *before* waits until ``CompleteStage``."""

    name: str = attrs.field(converter=_name)
    after: OrderStage
    before: Gate


_BUILT_IN_CHECKS = frozenset({"contact", "address", "payment", "totals", "stock"})
_EARLIEST = {Gate.CONFIRM: OrderStage.VERIFIED, Gate.SHIP: OrderStage.CONFIRMED, Gate.CLOSE: OrderStage.CONFIRMED}


def host_findings(checks: Sequence[HostCheck], stages: Sequence[HostStage]) -> tuple[str, ...]:
    """
    What is wrong with a host's checks and stages, as sentences; an order could get stuck where there are any.

    >>> host_findings((), [HostStage(name="engrave", after=OrderStage.CONFIRMED, before=Gate.CONFIRM)])
    ("stage 'engrave' opens only after confirmed, but confirm waits for it: no order would ever pass",)
    """
    names = [check.name for check in checks] + [stage.name for stage in stages]
    doubled = (f"{name!r} is registered twice" for name in sorted(set(names)) if names.count(name) > 1)
    taken = (f"check {check.name!r} is a built-in check" for check in checks if check.name in _BUILT_IN_CHECKS)
    closed = (
        f"stage {stage.name!r} opens after {stage.after}, where nothing follows any more"
        for stage in stages
        if stage.after not in _ORDER_OF_STAGES
    )
    deadlocked = (
        f"stage {stage.name!r} opens only after {stage.after}, but {stage.before} waits for it: "
        "no order would ever pass"
        for stage in stages
        if stage.after in _ORDER_OF_STAGES
        and _ORDER_OF_STAGES.index(stage.after) > _ORDER_OF_STAGES.index(_EARLIEST[stage.before])
    )
    return (*doubled, *taken, *closed, *deadlocked)


def open_stages(order: Order, stages: Sequence[HostStage], before: Gate | None = None) -> tuple[str, ...]:
    """The host's stages that are reached and not completed, in the order in which they were registered."""
    if order.stage not in _ORDER_OF_STAGES:
        return ()
    reached = _ORDER_OF_STAGES.index(order.stage)
    return tuple(
        stage.name
        for stage in stages
        if _ORDER_OF_STAGES.index(stage.after) <= reached
        and stage.name not in order.completed_stages
        and before in (None, stage.before)
    )
