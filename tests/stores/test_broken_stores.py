"""The store checks find every planted defect, and no check is idle."""

import pytest

from orderflow.testing import store as suite
from orderflow.testing.broken.stores import BROKEN_STORES


def passes(check, store):
    try:
        check(store)
    except Exception:
        return False
    return True


@pytest.fixture(scope="module")
def findings():
    """Which checks each broken store fails."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suite, "_PATIENCE", 0.5)
        patch.setattr(suite, "_GLANCE", 0.02)
        return {
            broken: {check.__name__ for check in suite.STORE_CHECKS if not passes(check, broken)}
            for broken in BROKEN_STORES
        }


@pytest.mark.parametrize("broken", BROKEN_STORES, ids=lambda broken: broken.__name__)
def test_the_checks_find_the_defect(broken, findings):
    """Each broken store fails at least one check, but not most of them: the failures point at the defect."""
    assert 1 <= len(findings[broken]) <= 8


def test_every_check_finds_a_defect(findings):
    """No check is there that nothing can fail."""
    assert set().union(*findings.values()) == {check.__name__ for check in suite.STORE_CHECKS}
