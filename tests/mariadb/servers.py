"""Servers of MariaDB for the tests: a single one, and a Galera cluster of three nodes, all on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
_USER = "mysql"  # who runs the servers where the tests are run by root
_SETTINGS = (
    "bind-address=127.0.0.1",
    "skip-name-resolve=ON",
    "innodb_buffer_pool_size=32M",
    "innodb_log_file_size=32M",
    "innodb_flush_log_at_trx_commit=2",  # the tests kill processes, not the machine
    "innodb_autoinc_lock_mode=2",
    "performance_schema=OFF",
    "max_connections=300",
)


def missing() -> str | None:
    """Why no server can be started here; None where one can."""
    for program in ("mariadbd", "mariadb-install-db"):
        if shutil.which(program) is None:
            return f"MariaDB is not installed ({program} is missing; Debian: apt-get install mariadb-server galera-4)"
    return None


def require() -> None:
    """Skip where a server cannot be started, unless it is required: then that is a failure."""
    reason = missing()
    if reason is None and not PROVIDER.exists():
        reason = f"Galera is not installed ({PROVIDER} is missing; Debian: apt-get install galera-4 rsync)"
    if reason is None:
        return
    if os.environ.get("ORDERFLOW_TEST_MARIADB") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


class Node:
    """One server: its folder, its port, and its process while it runs."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count()
        folder.mkdir()
        self._settings = folder / "settings.cnf"
        given = (f"datadir={folder}/data", f"socket={self.socket}", f"pid-file={folder}/pid", f"port={self.port}")
        lines = ("[mysqld]", *given, *_SETTINGS, *(f"{name}={value}" for name, value in more.items()))
        self._settings.write_text("\n".join(lines) + "\n")
        self._as_root = os.getuid() == 0
        if self._as_root:
            shutil.chown(folder, _USER)
        subprocess.run(
            [
                shutil.which("mariadb-install-db") or "",
                f"--defaults-file={self._settings}",
                "--auth-root-authentication-method=normal",
                *([f"--user={_USER}"] if self._as_root else []),
            ],
            check=True,
            capture_output=True,
        )

    @property
    def socket(self) -> Path:
        """The server's socket in the file system."""
        return self.folder / "socket"

    def url(self, database: str = "shop") -> str:
        """As SQLAlchemy and orderflow take it."""
        return f"mariadb+pymysql://root@127.0.0.1:{self.port}/{database}?charset=utf8mb4"

    def new_database(self) -> str:
        """The URL of a new database with nothing in it."""
        name = f"shop_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, sql: str, database: str | None = None) -> list[tuple[object, ...]]:
        """Run a statement beside everything else."""
        import pymysql

        connection = pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True, connect_timeout=5
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def start(self, *arguments: str) -> None:
        """Start, and wait until statements are answered."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    shutil.which("mariadbd") or "",
                    f"--defaults-file={self._settings}",
                    *([f"--user={_USER}"] if self._as_root else []),
                    *arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + 120
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-3000:])
            time.sleep(0.2)

    def answers(self) -> bool:
        """Whether statements on tables are answered."""
        with suppress(Exception):
            self.run("SELECT count(*) FROM mysql.plugin")
            return True
        return False

    def kill(self) -> None:
        """End the process with no chance to say goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the process in order."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def mariadb() -> Iterator[Node]:
    """A single server, fresh."""
    with _folder() as folder:
        node = Node(folder / "single")
        try:
            node.start()
            yield node
        finally:
            node.kill()


class Galera:
    """Three nodes that replicate to each other."""

    def __init__(self, folder: Path) -> None:
        places = [_free_port() for _ in range(3)]
        addresses = ",".join(f"127.0.0.1:{place}" for place in places)
        self._numbers = count()
        self.nodes = [
            Node(
                folder / f"node{number}",
                binlog_format="ROW",
                default_storage_engine="InnoDB",
                wsrep_on="ON",
                wsrep_provider=str(PROVIDER),
                wsrep_cluster_name="orderflow",
                wsrep_cluster_address=f"gcomm://{addresses}",
                wsrep_node_name=f"node{number}",
                wsrep_node_address=f"127.0.0.1:{place}",
                wsrep_sst_method="rsync",
                wsrep_sst_receive_address=f"127.0.0.1:{_free_port()}",
                wsrep_slave_threads="2",
                wsrep_provider_options=(
                    f'"gcache.size=32M;base_port={place};gmcast.listen_addr=tcp://127.0.0.1:{place};'
                    f'ist.recv_addr=127.0.0.1:{_free_port()}"'
                ),
            )
            for number, place in enumerate(places)
        ]

    def start(self) -> None:
        """Start all nodes, one after the other."""
        self.nodes[0].start("--wsrep-new-cluster")
        for node in self.nodes[1:]:
            node.start()
        self.wait_for(len(self.nodes))

    def wait_for(self, size: int) -> None:
        """Wait until a cluster of this size is in step."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with suppress(Exception):
                living = [node for node in self.nodes if node.answers()]
                if len(living) == size and all(_status(node, "wsrep_cluster_size") == str(size) for node in living):
                    return
            time.sleep(0.2)
        raise RuntimeError("the nodes do not find each other")

    def new_database(self) -> str:
        """The name of a new database, which all nodes have."""
        name = f"shop_{next(self._numbers)}"
        self.nodes[0].run(f"CREATE DATABASE {name}")
        return name

    def failed(self) -> list[int | None]:
        """How many transactions failed so far on each node since another was first; None for one that is dead."""
        return [
            sum(int(_status(node, name)) for name in ("wsrep_local_cert_failures", "wsrep_local_bf_aborts"))
            if node.answers()
            else None
            for node in self.nodes
        ]


@contextmanager
def galera() -> Iterator[Galera]:
    """A fresh cluster of three nodes."""
    with _folder() as folder:
        cluster = Galera(folder)
        try:
            cluster.start()
            yield cluster
        finally:
            for node in reversed(cluster.nodes):
                node.kill()


def _status(node: Node, name: str) -> str:
    ((_, value),) = node.run(f"SHOW GLOBAL STATUS LIKE '{name}'")
    return str(value)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="orderflow-db-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
