"""The ledger's database: opened, migrated, in transactions, with faults that say what to do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from pipelines.storage import tables
from pipelines.storage.durable import make_folders
from pipelines.storage.errors import LedgerError, LedgerTooNew, LedgerUnavailable

BUSY_SECONDS = 30
"""How long a transaction waits for another process's before the ledger counts as locked."""

_MIGRATING = 4157201
"""The server's lock for making or migrating a ledger; any number that nobody else uses."""

_KEEPALIVES = {"idle": 30, "interval": 10, "count": 3}
"""Seconds of silence before the first question, seconds between questions, and how many go unanswered."""

_STATEMENTS_KEPT = 32
"""Prepared ones. Lists of keys make as many statements as they have lengths, each of tens of kilobytes."""
_SQLITE_SETTINGS = (
    "PRAGMA synchronous=FULL",  # a committed transaction survives a power loss
    "PRAGMA cache_size=-2048",  # 2 MiB: with eight times as much ten million links are no faster
    "PRAGMA wal_autocheckpoint=4000",  # staged rows come and go: most are dropped before they are copied
    "PRAGMA journal_size_limit=67108864",  # one huge transaction must not leave its log behind for ever
    "PRAGMA cell_size_check=ON",  # damage is found when a page is read, not when it is built upon
)

_REMEDIES = (
    ("full", "free some space and run again, nothing that was committed is lost"),
    ("readonly", "give this user the right to write the file and its folder"),
    ("read-only", "give this user the right to write the file and its folder"),
    ("locked", f"another process held it for more than {BUSY_SECONDS} s; see who by `scrapy status`"),
    ("malformed", "the file is damaged; move it away and run `scrapy doctor --rebuild`"),
    ("not a database", "the file is damaged; move it away and run `scrapy doctor --rebuild`"),
    ("i/o error", "the disk is failing or full; check the system's log, then run `scrapy doctor`"),
    ("unable to open", "check that the folder exists and that this user may write it"),
)


class Database:
    """A connection to the ledger's database; used by one thread at a time."""

    def __init__(self, engine: Engine, place: str):
        self._engine = engine
        self.place = place
        self._lost: LedgerUnavailable | None = None
        self._upserts: dict[Table, Any] = {}

    @classmethod
    def open(cls, url_or_path: str | Path) -> Self:
        """Open the ledger at a path or database URL; it is made if missing, migrated if old.

        Raises LedgerTooNew or LedgerUnavailable, naming the place and a remedy.
        """
        url = _url(url_or_path)
        is_sqlite = url.get_backend_name() == "sqlite"
        place = (url.database or ":memory:") if is_sqlite else url.render_as_string(hide_password=True)
        try:
            if is_sqlite and url.database:
                make_folders(Path(url.database).absolute().parent)
            database = cls(_sqlite_engine(url) if is_sqlite else _server_engine(url), place)
        except OSError as error:
            raise LedgerUnavailable(f"ledger {place}: {error.strerror}: its folder cannot be made") from error
        except (NoSuchModuleError, ImportError) as error:
            raise LedgerUnavailable(
                f"ledger {place}: {error}: install the driver, e.g. `pip install asiadesk[postgres]`"
            ) from error
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Close the connection; what was committed stays."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def on_server(self) -> bool:
        """Whether a database server keeps the ledger, for several machines, instead of a file."""
        return self._engine.dialect.name != "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads: one consistent view."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, or without any trace."""
        with self._transaction(writes=True) as connection:
            yield connection

    def insert(self, table: Table) -> Any:
        """The dialect's INSERT, which knows ON CONFLICT; both spell it alike."""
        if not self.on_server:
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            return sqlite_insert(table)
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table)

    def upsert(self, table: Table) -> Any:
        """INSERT that replaces the row with the same primary key; making one costs as much as running it."""
        if table not in self._upserts:
            statement = self.insert(table)
            keys = [column.name for column in table.primary_key]
            others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
            self._upserts[table] = statement.on_conflict_do_update(index_elements=keys, set_=others)
        return self._upserts[table]

    @contextmanager
    def _transaction(self, writes: bool) -> Iterator[Connection]:
        if self._lost is not None:
            raise self._lost
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(asiadesk_writes=writes)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            fault = self._fault(error)
            if error.connection_invalidated:
                # A new connection would come without the locks that the lost one held.
                self._lost = fault
            raise fault from error

    def _fault(self, error: DBAPIError) -> LedgerUnavailable:
        said = " ".join(str(error.orig).split())
        lowered = said.lower()
        remedy = next((remedy for word, remedy in _REMEDIES if word in lowered), None)
        if remedy is None:
            remedy = "check that the database server runs and that its address is right, then run again"
            if not self.on_server:
                remedy = "run `scrapy doctor`"
        return LedgerUnavailable(f"ledger {self.place}: {said}: {remedy}")

    def _migrate(self) -> None:
        newest = 1 + len(tables.MIGRATIONS)
        with self.reading() as connection:
            version = self._version(connection)
        while version < newest:
            with self.writing() as connection:
                if self.on_server:
                    connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
                version = self._version(connection)  # another process may have been faster
                if version == 0:
                    if self.on_server:
                        tables.prepare_for_server()
                    tables.metadata.create_all(connection)
                    connection.execute(tables.ledger.insert().values(version=newest))
                elif version < newest:
                    tables.MIGRATIONS[version - 1](connection)
                    connection.execute(tables.ledger.update().values(version=version + 1))
                version = self._version(connection)
        if version > newest:
            raise LedgerTooNew(
                f"ledger {self.place} has version {version}, this asiadesk knows up to {newest}: "
                "use the newer asiadesk that made it, or name another ledger by `-s LEDGER=`"
            )

    def _version(self, connection: Connection) -> int:
        if not inspect(connection).has_table(tables.ledger.name):
            return 0
        return connection.execute(select(tables.ledger.c.version)).scalar_one()


def ledger_file(url_or_path: str | Path) -> Path | None:
    """The file that a ledger's path or URL names; None if a server keeps it. Raises LedgerError."""
    url = _url(url_or_path)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _url(url_or_path: str | Path) -> URL:
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return URL.create("sqlite", database=str(url_or_path))
    try:
        return make_url(url_or_path)
    except ArgumentError as error:
        scheme = url_or_path.partition("://")[0]  # the rest may hold a password
        raise LedgerError(f"ledger {scheme}://… is neither a path nor a database URL") from error


def _sqlite_engine(url: URL) -> Engine:
    # One connection: the ledger is used by one thread, though not always by the one that opened it.
    connect_args = {
        "timeout": BUSY_SECONDS,
        "check_same_thread": False,
        "cached_statements": _STATEMENTS_KEPT,
    }
    engine = create_engine(url, poolclass=StaticPool, connect_args=connect_args)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        _use_write_ahead_log(connection)
        for setting in _SQLITE_SETTINGS:
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns into a writing one fails at once where another one writes;
        # an immediate one waits for its turn.
        writes = connection.get_execution_options().get("asiadesk_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for other processes here, so we do."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _server_engine(url: URL) -> Engine:
    # One connection here too: it also holds the locks.
    options = [f"-c lock_timeout={BUSY_SECONDS}s", "-c synchronous_commit=on"]
    # The server frees the outlet of a machine that died after a minute, not after two hours.
    options += [f"-c tcp_keepalives_{name}={value}" for name, value in _KEEPALIVES.items()]
    connect_args: dict[str, Any] = {
        "application_name": "asiadesk",
        "connect_timeout": 10,
        # A server or network that died without a word is noticed in as many milliseconds while we speak …
        "tcp_user_timeout": BUSY_SECONDS * 1000,
        "options": " ".join(options),
    }
    # … and in about as many seconds while we wait for an answer.
    connect_args |= {f"keepalives_{name}": value for name, value in _KEEPALIVES.items()}
    return create_engine(url, poolclass=StaticPool, connect_args=connect_args)
