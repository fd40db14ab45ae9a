"""
What adopters test with: examples of rules, time and chance, partners that fail on demand, and contracts for adapters.

Everything is loaded on first use. ``fakes`` and ``world`` need no test tool; ``strategies`` needs Hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contract import NotApplicable, NotTestableError, Passed
    from .courier import COURIER_CHECKS, CourierHarness
    from .fakes import FakeCourier, FakeGateway, FakeNotifier, FakeTwoStepGateway, FakeWarehouse, Fault
    from .gateway import GATEWAY_CHECKS, GatewayHarness
    from .notifier import NOTIFIER_CHECKS, NotifierHarness
    from .spec import given
    from .store import DURABLE_STORE_CHECKS, STORE_CHECKS
    from .warehouse import WAREHOUSE_CHECKS, WarehouseHarness
    from .world import CountingIds, VirtualClock

__all__ = (
    "COURIER_CHECKS",
    "DURABLE_STORE_CHECKS",
    "GATEWAY_CHECKS",
    "NOTIFIER_CHECKS",
    "STORE_CHECKS",
    "WAREHOUSE_CHECKS",
    "CountingIds",
    "CourierHarness",
    "FakeCourier",
    "FakeGateway",
    "FakeNotifier",
    "FakeTwoStepGateway",
    "FakeWarehouse",
    "Fault",
    "GatewayHarness",
    "NotApplicable",
    "NotTestableError",
    "NotifierHarness",
    "Passed",
    "VirtualClock",
    "WarehouseHarness",
    "given",
)

_HOMES = {
    ".contract": ("NotApplicable", "NotTestableError", "Passed"),
    ".courier": ("COURIER_CHECKS", "CourierHarness"),
    ".fakes": ("FakeCourier", "FakeGateway", "FakeNotifier", "FakeTwoStepGateway", "FakeWarehouse", "Fault"),
    ".gateway": ("GATEWAY_CHECKS", "GatewayHarness"),
    ".notifier": ("NOTIFIER_CHECKS", "NotifierHarness"),
    ".spec": ("given",),
    ".store": ("DURABLE_STORE_CHECKS", "STORE_CHECKS"),
    ".warehouse": ("WAREHOUSE_CHECKS", "WarehouseHarness"),
    ".world": ("CountingIds", "VirtualClock"),
}


def __getattr__(name: str) -> Any:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home, __name__), name)
    return value


def __dir__() -> list[str]:
    return list(__all__)
