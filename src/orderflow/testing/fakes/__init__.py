"""
Partners for tests, demos and simulations: each keeps its own book of what truly happened, and fails on demand.

Faults are data: ``FakeGateway(clock, faults={("start", 1): Fault.LOST_REPLY})`` opens a payment and then breaks the
connection; ``gateway.fail_next("refund", Fault.REFUSED)`` plans step by step. Nothing here needs a test tool.
"""

from __future__ import annotations

from ._courier import BookedParcel, CourierBooks, FakeCourier
from ._faults import Fault, FaultPlan
from ._gateway import FakeGateway, FakeTwoStepGateway, GatewayBooks, Movement
from ._notifier import FakeNotifier, NotifierBooks
from ._warehouse import FakeWarehouse, KeptReservation, WarehouseBooks

__all__ = (
    "BookedParcel", "CourierBooks", "FakeCourier", "FakeGateway", "FakeNotifier", "FakeTwoStepGateway", "FakeWarehouse",
    "Fault", "FaultPlan", "GatewayBooks", "KeptReservation", "Movement", "NotifierBooks", "WarehouseBooks",
)  # fmt: skip
