"""A PostgreSQL server for the tests, started by them as an ordinary user and gone with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path

import pytest

_PLACES = "/usr/lib/postgresql/*/bin"
_SETTINGS = (
    "listen_addresses=''",
    "fsync=off",  # the tests kill processes, not the machine
    "max_connections=300",
    "shared_buffers=64MB",
    "deadlock_timeout=100ms",
    "max_prepared_transactions=10",
)


def plain(url: str) -> str:
    """A database's URL as psycopg takes it."""
    return url.replace("+psycopg", "")


class Postgresql:
    """A running server: its programs, its folder, and the user it runs as (None: this one)."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self.programs = programs
        self.folder = folder
        self.user = user
        self._numbers = count()

    @property
    def url(self) -> str:
        """As SQLAlchemy and orderflow take it."""
        return self._url("postgres")

    def new_database(self, like: str = "") -> str:
        """The URL of a new database with nothing in it, or a copy of another, to which nobody is connected."""
        import psycopg

        name = f"shop_{next(self._numbers)}"
        with psycopg.connect(f"host={self.folder} user=orderflow dbname=postgres", autocommit=True) as connection:
            template = like.partition("@/")[2].partition("?")[0] or "template1"
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://orderflow@/{database}?host={self.folder}"

    def start(self, *settings: str) -> None:
        """Start, and wait until it answers."""
        options = " ".join(f"-c {each}" for each in (*_SETTINGS, f"unix_socket_directories={self.folder}", *settings))
        self.run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop: ``fast`` ends sessions, ``immediate`` is a crash."""
        self.run("pg_ctl", "stop", "-w", "-m", mode)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs on its data."""
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        with (self.folder / "output").open("w+") as output:  # no pipe: the server that is started would keep it open
            ran = subprocess.run(
                command,
                user=self.user,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
            output.seek(0)
            if ran.returncode:
                raise RuntimeError(f"{program} failed: {output.read()}")


def require_extra(*more: str) -> None:
    """Skip a module of tests where SQLAlchemy, psycopg, or *more* is not installed, unless they are required."""
    if (reason := _missing_packages(*more)) and not is_required():
        pytest.skip(reason, allow_module_level=True)


def is_required() -> bool:
    """Whether a missing server is a failure, and no reason to skip."""
    return os.environ.get("ORDERFLOW_TEST_POSTGRESQL") == "required"


def missing() -> str | None:
    """Why no server can be started here; None where one can."""
    if reason := _missing_packages():
        return reason
    if _programs() is None:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.name != "posix" or (os.getuid() == 0 and _other_user() is None):
        return "PostgreSQL does not run as root, and there is no other user"
    return None


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """A fresh server."""
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="orderflow-pg-", dir="/tmp"))
    user = _other_user() if os.getuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    folder.chmod(0o755)
    server = Postgresql(programs, folder, user)
    try:
        server.run("initdb", "-A", "trust", "-U", "orderflow", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _missing_packages(*more: str) -> str | None:
    try:
        for name in ("sqlalchemy", "psycopg", *more):
            import_module(name)
    except ImportError as error:
        return f"the extra sql is not installed ({error})"
    return None


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/").glob(_PLACES[1:]), key=_version)
    return places[-1] if places and (places[-1] / "initdb").exists() else None


def _version(place: Path) -> int:
    return int(place.parent.name) if place.parent.name.isdigit() else 0


def _other_user() -> str | None:
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None
