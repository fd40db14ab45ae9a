"""
Hypothesis is repeatable by default; ``--hypothesis-profile thorough`` searches further, differently each time.

Tests on a database server start one of their own. Where none is installed they are skipped, unless the environment says
``ORDERFLOW_TEST_POSTGRESQL=required``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from tests import processes, servers

settings.register_profile("default", derandomize=True, database=None, deadline=None, max_examples=50)
settings.register_profile(
    "thorough",
    derandomize=False,
    deadline=None,
    max_examples=1000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(  # for a mutant it is enough to fail
    "mutation",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.Postgresql]:
    """A PostgreSQL server, started when the first test needs it."""
    if reason := servers.missing():
        if servers.is_required():
            pytest.fail(reason)
        pytest.skip(reason)
    with servers.postgresql() as server:
        yield server


@pytest.fixture
def database(postgresql: servers.Postgresql) -> str:
    """The URL of a database with nothing in it."""
    return postgresql.new_database()


@pytest.fixture(params=["file", "database"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where several processes meet: the path of a file, or the URL of a database with the tables in it."""
    if request.param == "file":
        return str(tmp_path / "shop.db")
    return processes.prepared(request.getfixturevalue("database"))
