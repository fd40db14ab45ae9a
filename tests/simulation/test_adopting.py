"""Documents from elsewhere, in any state and order, while staff, customers and partners act on the same orders."""

from __future__ import annotations

import pytest

from .adopting import simulate


@pytest.mark.parametrize("seed", range(8))
def test_orders_from_elsewhere(seed: int) -> None:
    """Eighty actions, with faults; nothing ends in an exception, and verify finds nothing."""
    simulate(seed, 80)


@pytest.mark.long
@pytest.mark.parametrize("block", range(10))
def test_orders_from_elsewhere_for_long(block: int) -> None:
    """Fifty seeds per block, a hundred and twenty actions each."""
    for seed in range(1000 + block * 50, 1050 + block * 50):
        simulate(seed, 120)
