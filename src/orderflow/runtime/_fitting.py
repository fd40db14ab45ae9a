"""Whether the parts of a shop fit together: what can be told when it opens is not left for the first customer."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import InvalidInputError
from ..payments import TenderKind
from ..ports.courier import Courier
from ..ports.gateway import PaymentGateway
from ..pricing import DeliveryKind, Tariff
from ..shipping import Carrier
from ..workflows import Policy
from .defaults import ManualCourier

__all__ = ("carriers_of", "require_fitting")


def carriers_of(couriers: Mapping[str, Courier]) -> tuple[Carrier, ...]:
    """What the rules need to know of couriers: what they declare."""
    return tuple(
        Carrier(
            code=name,
            collects_cash=courier.capabilities.cash_on_delivery,
            to_points=courier.capabilities.points,
            books=not isinstance(courier, ManualCourier),
        )
        for name, courier in couriers.items()
    )


def require_fitting(tariff: Tariff, policy: Policy, gateways: Mapping[str, PaymentGateway]) -> None:
    """Refuse what the host's *tariff* and ways to pay ask of partners who are not there, or cannot do it."""
    _require_couriers(tariff, policy)
    _require_currencies(policy, gateways)


def _require_couriers(tariff: Tariff, policy: Policy) -> None:
    carriers = {carrier.code: carrier for carrier in policy.carriers}
    for index, method in enumerate(tariff.methods):
        path = f"tariff.methods[{index}].courier"
        if method.courier not in carriers:
            known = ", ".join(sorted(carriers))
            problem = (
                f"{method.courier!r} is no courier of this shop ({known}); name one of these, or give it in couriers"
            )
            raise InvalidInputError(path, problem)
        if method.kind is DeliveryKind.POINT and not carriers[method.courier].to_points:
            problem = f"{method.code!r} goes to points, and {method.courier!r} declares no points in its capabilities"
            raise InvalidInputError(path, problem)
    _require_cash_collected(tariff, policy, {code for code, carrier in carriers.items() if carrier.collects_cash})


def _require_cash_collected(tariff: Tariff, policy: Policy, collecting: set[str]) -> None:
    cash = {way.code for way in policy.payment_methods if way.kind is TenderKind.CASH_ON_DELIVERY}
    carried = [each for each in tariff.methods if each.kind in (DeliveryKind.COURIER, DeliveryKind.POINT)]
    for index, terms in enumerate(tariff.payments):
        for method in carried:
            with_it = not terms.delivery_methods or method.code in terms.delivery_methods
            if terms.code in cash and with_it and method.courier not in collecting:
                raise InvalidInputError(
                    f"tariff.payments[{index}].delivery_methods",
                    f"{terms.code!r} goes with {method.code!r}, and its courier {method.courier!r} declares no "
                    "cash_on_delivery in its capabilities; name the methods whose couriers collect cash",
                )
    if tariff.methods and policy.payment_methods and not policy.tariff.payments:
        problem = "nobody collects cash where the deliveries of this tariff end, and there is no other way to pay"
        raise InvalidInputError("payment_methods", problem)


def _require_currencies(policy: Policy, gateways: Mapping[str, PaymentGateway]) -> None:
    sold_in = sorted({method.price.currency for method in policy.tariff.methods})
    for index, method in enumerate(policy.payment_methods):
        taken = gateways[method.gateway].capabilities.currencies
        if sold_in and taken and not {*sold_in} & {*taken}:
            raise InvalidInputError(
                f"payment_methods[{index}].gateway",
                f"{method.gateway!r} declares that it takes {', '.join(taken)}, and the tariff is in "
                f"{', '.join(sold_in)}; leave the method out, or add to the gateway's currencies what it takes",
            )
