"""Whether the parts of a shop fit together: what can be told when it opens is not left for the first customer."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import InvalidInputError
from ..ports.courier import Courier
from ..pricing import Tariff

__all__ = ("require_couriers",)


def require_couriers(tariff: Tariff, couriers: Mapping[str, Courier]) -> None:
    """Refuse a delivery method by a courier who is not there."""
    for index, method in enumerate(tariff.methods):
        if method.courier not in couriers:
            known = ", ".join(sorted(couriers))
            raise InvalidInputError(
                f"tariff.methods[{index}].courier",
                f"{method.courier!r} is no courier of this shop ({known}); name one of these, or give it in couriers",
            )
