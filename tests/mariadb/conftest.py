"""Servers for the tests in this folder, which ``.ci/mariadb`` runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.mariadb import servers


@pytest.fixture(scope="session")
def mariadb() -> Iterator[servers.Node]:
    """A single server, started when the first test needs it."""
    servers.require()
    with servers.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def galera() -> Iterator[servers.Galera]:
    """A cluster of three nodes, started when the first test needs it."""
    servers.require()
    with servers.galera() as cluster:
        yield cluster
