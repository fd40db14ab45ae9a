"""Orders in a database on a server, shared by any number of machines: PostgreSQL or MariaDB."""

from __future__ import annotations

from ._hosted import HostedStore as HostedStore
from ._schema import schema_sql as schema_sql
from ._store import SqlStore as SqlStore

__all__ = ("HostedStore", "SqlStore", "schema_sql")
