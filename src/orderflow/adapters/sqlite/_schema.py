"""
The file: where it may lie, how it is told from other files, and its tables.

What costs a commit is the pages it changes, so what one commit writes lies together: events, the ledger and work are
only added at the end, in the order of commits, and holds are kept by owner. Every index is one more page for each
commit that touches it. Pages are small, as a commit changes little on each and writes all of it. Moments are whole
microseconds since 1970 UTC. The CHECKs are a second net below the code.

Erasable data lies apart, in ``sheets``: rows are only added at the end, and blanked where they are, never deleted.
A tree that SQLite rebalances keeps stale copies of rows it moved, even with ``secure_delete``; this one moves none.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ...ports.store import StoreError

__all__ = ("PATIENCE", "checked_path", "connect", "explained", "prepare", "require_place")

APPLICATION_ID = 0x6F726466  # "ordf", in the file's header
SCHEMA = 1
_PAGE = 2048
PATIENCE = 30
"""Seconds to wait for a program that writes to the file without passing the gate."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    number INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0), name TEXT NOT NULL,
    payload TEXT NOT NULL, actor TEXT NOT NULL, occurred_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    seal BLOB NOT NULL, UNIQUE (stream, version)
);
CREATE TABLE counters (
    key TEXT PRIMARY KEY, value INTEGER NOT NULL CHECK (value >= 0), held INTEGER NOT NULL CHECK (held >= 0),
    beyond INTEGER NOT NULL CHECK (beyond >= 0), CHECK (held <= value + beyond)
) WITHOUT ROWID;
CREATE TABLE holds (
    owner TEXT NOT NULL, key TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity > 0), until INTEGER,
    beyond INTEGER NOT NULL CHECK (beyond BETWEEN 0 AND quantity), PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX holds_ending ON holds (until, key) WHERE until IS NOT NULL;
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, owner TEXT NOT NULL, kind TEXT NOT NULL, value INTEGER NOT NULL,
    held INTEGER NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE work (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, kind TEXT NOT NULL,
    payload TEXT NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'done', 'parked')), note TEXT NOT NULL, lease INTEGER,
    CHECK (lease IS NULL OR state = 'due')
);
CREATE INDEX work_due ON work (due_at) WHERE state = 'due';
CREATE INDEX work_leased ON work (lease) WHERE lease IS NOT NULL;
CREATE INDEX work_parked ON work (id) WHERE state = 'parked';
CREATE TABLE receipts (
    request TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE records (
    kind TEXT NOT NULL, key TEXT NOT NULL, subject TEXT NOT NULL, sheet INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE sheets (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE INDEX records_of_subject ON records (subject);
CREATE TABLE orders (
    stream TEXT PRIMARY KEY, reference TEXT NOT NULL, status TEXT NOT NULL, placed_at INTEGER NOT NULL, customer TEXT,
    numbers TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX orders_by_status ON orders (status, stream);
CREATE INDEX orders_by_customer ON orders (customer, stream) WHERE customer IS NOT NULL;
CREATE TABLE names (name TEXT PRIMARY KEY, stream TEXT NOT NULL) WITHOUT ROWID;
"""

_EXPLANATIONS = {
    sqlite3.SQLITE_FULL: "the disk is full, or the file reached its limit; nothing of this transaction was stored. "
    "Make room, then try again",
    sqlite3.SQLITE_BUSY: f"another program kept the file locked for {PATIENCE} seconds; nothing of this transaction "
    "was stored. Find out what writes to it without orderflow, then try again",
    sqlite3.SQLITE_LOCKED: "a statement on the host's own connection is still open; finish or close its cursor",
    sqlite3.SQLITE_READONLY: "the file cannot be written. Check the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "the file cannot be opened. Check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened. Check that it is there, and the permissions of its folder",
    sqlite3.SQLITE_IOERR: "the disk failed; nothing of this transaction was stored. Check the disk, then try again",
    sqlite3.SQLITE_CORRUPT: "the file is damaged. Stop writing to it, keep a copy, and restore a backup",
    sqlite3.SQLITE_NOTADB: "this is not an SQLite database; it was left as it is. Give another path",
}


def explained(error: BaseException, path: str) -> StoreError | None:
    """What a failure of SQLite means and what to do; None for an error of the host's own statements."""
    code = getattr(error, "sqlite_errorcode", None)
    text = None if code is None else _EXPLANATIONS.get(code & 0xFF)
    return None if text is None else StoreError(f"{path}: {text} ({error})")


def checked_path(path: str | os.PathLike[str]) -> str:
    """The file behind all links, so that every process meets at one lock."""
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else b""
    if not isinstance(text, str) or "\0" in text:
        raise StoreError(f"the path of a file is text without NUL, such as 'orders.db'; got {type(path).__name__}")
    if not text or text == ":memory:" or text.startswith("file:"):
        raise StoreError(f"{text!r} is no path of a file; for a store without a file use orderflow's MemoryStore()")
    return str(Path(text).resolve())


def require_place(path: str) -> None:
    """Say what stands in the way of a file at *path* before SQLite says it in its own words."""
    file = Path(path)
    if file.is_dir():
        raise StoreError(f"{path} is a folder; give the path of a file, such as {file / 'orders.db'}")
    if not file.parent.is_dir():
        raise StoreError(f"the folder {file.parent} does not exist; create it first")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise StoreError(f"{file.parent} may not be written by this user, and SQLite keeps its log beside the database")
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        raise StoreError(f"{path} may not be read and written by this user; change the file's permissions")


def connect(path: str) -> sqlite3.Connection:
    """A connection that changes nothing yet."""
    if sqlite3.sqlite_version_info < (3, 24):
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; 3.24 or newer is needed")
    connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute(f"PRAGMA page_size = {_PAGE}")
    return connection


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """Make sure that the file is ours, creating the tables in an empty one. Nothing is changed in a foreign file."""
    if _is_new(connection, path):
        _tune(connection, path)
        connection.execute("BEGIN IMMEDIATE")
        if _is_new(connection, path):
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('schema', ?)", (SCHEMA,))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    else:
        _tune(connection, path)


def _is_new(connection: sqlite3.Connection, path: str) -> bool:
    # SQLite takes a file of less than a page for an empty one. Only its size is looked at: to open and close the file
    # would drop the locks that SQLite has on it in this process, and another process would then remove the log.
    if 0 < Path(path).stat().st_size < _PAGE:
        raise StoreError(f"{path}: {_EXPLANATIONS[sqlite3.SQLITE_NOTADB]}")
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if mark == 0 and tables == 0:
        return True
    if mark != APPLICATION_ID:
        raise StoreError(
            f"{path} is a database of another program; it was left as it is. Give a new path: your own tables may be "
            "added to orderflow's file, but not the other way round"
        )
    (schema,) = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if schema != SCHEMA:
        raise StoreError(
            f"{path} was written by a newer orderflow (schema {schema}, this one knows {SCHEMA}); it was left as it "
            "is. Upgrade orderflow"
        )
    return False


def _tune(connection: sqlite3.Connection, path: str) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(f"{path}: no write-ahead log is possible here; use a local disk, not a network folder")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cache_size = -16000")
