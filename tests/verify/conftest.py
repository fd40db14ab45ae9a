"""One populated file for all tests here, copied for each that tampers with it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from orderflow.adapters.sqlite import SqliteStore
from orderflow.verify import Violation, verify

from .populated import Populated


@pytest.fixture(scope="session")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all stories in it, closed."""
    path = tmp_path_factory.mktemp("verify") / "shop.db"
    shop = Populated(path)
    shop.tell_everything()
    shop.store.close()
    return path


Tamper = Callable[[Callable[[sqlite3.Connection], None]], tuple[Violation, ...]]


@pytest.fixture
def tampered(populated: Path, tmp_path: Path) -> Tamper:
    """Change a copy of the file behind the library's back, and answer what verify says of it."""

    def verified(change: Callable[[sqlite3.Connection], None]) -> tuple[Violation, ...]:
        path = tmp_path / "tampered.db"
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        shutil.copy(populated, path)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA ignore_check_constraints = ON")
        change(connection)
        connection.close()
        store = SqliteStore(path)
        try:
            return verify(store)
        finally:
            store.close()

    return verified
