"""A private PostgreSQL for tests: own data folder, own user, reached by a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, text


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine that we could start; the message says what is missing."""


class PrivatePostgres:
    """A cluster that lives as long as the object; nothing listens on the network."""

    def __init__(self) -> None:
        self.bin = _programs()
        # PostgreSQL refuses to run as root, and a socket's path must be short.
        self._user = _unprivileged_user() if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="asiadesk-pg-"))
        if self._user is not None:
            os.chown(self.folder, self._user, -1)
        try:
            self._run("initdb", "-A", "trust", "-U", "asiadesk", "--no-sync", "--locale=C.UTF-8")
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is a crash."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    @property
    def url(self) -> str:
        """Where the ledger finds the one database."""
        return f"postgresql+psycopg://asiadesk@/postgres?host={self.folder}"

    def url_of(self, database: str) -> str:
        """Where the ledger finds a database that was created."""
        return f"postgresql+psycopg://asiadesk@/{database}?host={self.folder}"

    def create_database(self, name: str, template: str = "template1") -> None:
        """A further database, a copy of the template, to which nobody may be connected."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is connected."""
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def disconnect(self, database: str) -> None:
        """End every connection to it."""
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    def connections(self, database: str) -> int:
        """How many clients are connected to it."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            [(count,)] = connection.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name"), {"name": database}
            )
        engine.dispose()
        return int(count)

    def empty_database(self) -> str:
        """The database's address, after all that was in it is gone and every other connection is closed."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
        )
        self.execute("DROP SCHEMA public CASCADE")
        self.execute("CREATE SCHEMA public")
        return self.url

    def execute(self, statement: str) -> None:
        """Run a statement as the superuser."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def close(self) -> None:
        """Stop the server and remove its folder."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.bin / program, "-D", self.folder / "data", *arguments],
            user=self._user,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise NoPostgres(f"{program} failed: {done.stderr.strip()}")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    raise NoPostgres("no initdb in /usr/lib/postgresql or PATH: apt-get install postgresql")


def _unprivileged_user() -> int:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is no user postgres or nobody")
