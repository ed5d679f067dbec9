"""Opening, migrating and losing the ledger's database."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, inspect, select, text

from pipelines.storage import tables
from pipelines.storage.errors import LedgerError, LedgerTooNew, LedgerUnavailable, OutletBusy
from pipelines.storage.ledger import Ledger
from tests.pipelines.storage.postgres import PrivatePostgres
from tests.pipelines.storage.samples import OUTLET, RUN, begun, fetched, key, link


def _add_column(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE listings ADD COLUMN mood TEXT"))


def _add_table(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE moods (name TEXT)"))


def _break(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE halves (name TEXT)"))
    raise KeyboardInterrupt


def _columns(ledger: Ledger, table: str) -> set[str]:
    with ledger.reading() as connection:
        return {column["name"] for column in inspect(connection).get_columns(table)}


def test_an_old_ledger_is_brought_up_step_by_step(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(ledger_url) as ledger:
        begun(ledger).discover(OUTLET, [link(1)], 100)
    monkeypatch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, _add_column, _add_table))
    for _ in range(2):
        with Ledger.open(ledger_url) as ledger:
            assert "mood" in _columns(ledger, "listings")
            assert _columns(ledger, "moods") == {"name"}
            assert ledger.link(key(1)) is not None


def test_a_migration_that_breaks_leaves_no_half_behind(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger.open(ledger_url).close()
    before = tables.MIGRATIONS
    monkeypatch.setattr(tables, "MIGRATIONS", (*before, _add_column, _break))
    with pytest.raises(KeyboardInterrupt):
        Ledger.open(ledger_url)
    monkeypatch.setattr(tables, "MIGRATIONS", (*before, _add_column))
    with Ledger.open(ledger_url) as ledger, ledger.reading() as connection:
        assert not inspect(connection).has_table("halves")
    assert tables.ledger.name == "ledger"


def test_a_newer_ledger_is_refused_with_both_versions(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, _add_column))
        Ledger.open(ledger_url).close()
    with pytest.raises(LedgerTooNew, match=r"has version 3, this asiadesk knows up to 2.*use the newer"):
        Ledger.open(ledger_url)


_KILLED_IN_A_MIGRATION = """
    import os, signal, sys
    from sqlalchemy import text
    from pipelines.storage import tables
    from pipelines.storage.ledger import Ledger

    def die(connection):
        connection.execute(text("CREATE TABLE halves (name TEXT)"))
        os.kill(os.getpid(), signal.SIGKILL)

    tables.MIGRATIONS += (lambda c: c.execute(text("CREATE TABLE moods (name TEXT)")), die)
    Ledger.open(sys.argv[1])
"""


def test_a_kill_within_a_migration_leaves_the_step_before_it(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(ledger_url) as ledger:
        begun(ledger).discover(OUTLET, [link(1)], 100)
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(_KILLED_IN_A_MIGRATION), ledger_url])
    assert died.returncode == -signal.SIGKILL
    # That step must not run again.
    monkeypatch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, _add_table))
    with Ledger.open(ledger_url) as ledger:
        with ledger.reading() as connection:
            assert inspect(connection).has_table("moods")
            assert not inspect(connection).has_table("halves")
        assert ledger.link(key(1)) is not None


def _as_version_1(url: str) -> None:
    """A ledger as it was before near-duplicates were looked for, with one link."""
    with Ledger.open(url) as ledger:
        begun(ledger).discover(OUTLET, [link(1)], 100)
        with ledger.writing() as connection:
            tables.metadata.drop_all(connection, tables=[tables.sketches, tables.amendments])
            connection.execute(text("ALTER TABLE outlets DROP COLUMN sketched_at"))
            connection.execute(tables.ledger.update().values(version=1))


_KILLED_IN_STEP_2 = """
    import os, signal, sys
    from pipelines.storage import tables
    from pipelines.storage.ledger import Ledger

    step = tables.MIGRATIONS[0]
    tables.MIGRATIONS = (lambda c: (step(c), os.kill(os.getpid(), signal.SIGKILL)),)
    Ledger.open(sys.argv[1])
"""


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_ledger_of_version_1_learns_to_compare_texts(ledger_url: str, is_killed: bool) -> None:
    _as_version_1(ledger_url)
    if is_killed:
        died = subprocess.run([sys.executable, "-c", textwrap.dedent(_KILLED_IN_STEP_2), ledger_url])
        assert died.returncode == -signal.SIGKILL
    for _ in range(2):
        with Ledger.open(ledger_url) as ledger:
            with ledger.reading() as connection:
                present = inspect(connection)
                assert present.has_table("sketch_words")
                assert present.has_table("amendments")
                assert connection.scalar(tables.ledger.select()) == 2
                assert not connection.scalar(select(func.count()).select_from(tables.sketches))
            assert ledger.sketched_at(OUTLET) is None
            assert ledger.link(key(1)) is not None


def _open_and_discover(url: str, number: int) -> None:
    with Ledger.open(url) as ledger:
        ledger.discover(f"outlet_{number}", [link(number)], 100)


def test_many_processes_may_make_the_ledger_at_once(ledger_url: str) -> None:
    processes = [
        multiprocessing.get_context("spawn").Process(target=_open_and_discover, args=(ledger_url, number))
        for number in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    with Ledger.open(ledger_url) as ledger:
        assert ledger.outlets() == [f"outlet_{number}" for number in range(4)]


def test_sqlite_survives_a_power_loss_and_waits_for_others(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger, ledger.reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30000}


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    ledger.discover(OUTLET, [link(1)], 100)
    with pytest.raises(RuntimeError), ledger.writing() as connection:
        connection.execute(tables.links.delete())
        raise RuntimeError
    assert ledger.link(key(1)) is not None


@pytest.mark.parametrize("damage", [b"this is not a database, though it is long enough to be one" * 40, b""])
def test_a_damaged_file_is_named_with_a_remedy(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        begun(ledger).discover(OUTLET, [link(number) for number in range(2000)], 100)
    content = path.read_bytes()
    path.write_bytes(damage or content[:8192] + b"\xff" * 40960 + content[49152:])
    with (
        pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite: .*scrapy doctor --rebuild"),
        Ledger.open(path) as ledger,
    ):
        ledger.unfinished(OUTLET, 5000)
        ledger.links(key(number) for number in range(2000))


def test_a_ledger_held_by_another_process_is_unavailable_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.storage.database.BUSY_SECONDS", 0.1)
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        begun(ledger)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite: database is locked: another process"):
            ledger.record([fetched(1)], 1000)
        other.execute("ROLLBACK")
        assert ledger.record([fetched(1)], 1000) == ["staged"]
        other.close()


def test_a_full_disk_is_named_and_nothing_committed_is_lost(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        begun(ledger).record([fetched(1)], 1000)
        with ledger.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite: .*full: free some space"):
            ledger.record([fetched(2, body="long " * 100_000)], 2000)
        assert ledger.staged_months(OUTLET) == {202405: 1}
        with ledger.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        assert ledger.record([fetched(2)], 3000) == ["staged"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(LedgerUnavailable, match=r"state/ledger\.sqlite: .*folder cannot be made"):
        Ledger.open(tmp_path / "state" / "ledger.sqlite")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://x/y", "nonsense"),
        ("://", "neither a path nor a database URL"),
        (
            "postgresql+psycopg://u:secret@localhost:1/none",
            r"u:\*\*\*@localhost.*check that the database server",
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_explained_without_its_password(url: str, message: str) -> None:
    with pytest.raises(LedgerError, match=message) as caught:
        Ledger.open(url)
    assert "secret" not in str(caught.value)


class TestOnAServer:
    def test_one_run_of_an_outlet_at_a_time_and_the_lock_goes_with_the_connection(
        self, postgres: PrivatePostgres
    ) -> None:
        url = postgres.empty_database()
        with Ledger.open(url) as second:
            with Ledger.open(url) as first:
                first.begin_run(RUN, OUTLET)
                first.begin_run(RUN, OUTLET)
                with pytest.raises(OutletBusy, match=f"{OUTLET} is being crawled by asiadesk {RUN} on this"):
                    second.begin_run("other", OUTLET)
                second.begin_run("other-outlets", "other_times")
                assert "asiadesk" in (second.outlet_holder(OUTLET) or "")
            assert second.outlet_holder(OUTLET) is None
            second.begin_run("other", OUTLET)

    def test_a_killed_process_frees_its_lock(self, postgres: PrivatePostgres) -> None:
        url = postgres.empty_database()
        code = (
            "import os, signal, sys; from pipelines.storage.ledger import Ledger\n"
            f"ledger = Ledger.open(sys.argv[1]); ledger.begin_run('dead', '{OUTLET}')\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        subprocess.run([sys.executable, "-c", code, url], env=os.environ)
        with Ledger.open(url) as ledger:
            begun(ledger)
            assert [(run.run_id, run.reason) for run in ledger.runs(OUTLET)] == [
                (RUN, None),
                ("dead", "died"),
            ]

    def test_a_lost_connection_ends_the_ledger_and_nothing_is_half_done(
        self, postgres: PrivatePostgres
    ) -> None:
        url = postgres.empty_database()
        with Ledger.open(url) as ledger:
            begun(ledger).record([fetched(1)], 1000)
            postgres.stop()
            postgres.start()
            for _ in range(2):  # it does not come back without its lock
                with pytest.raises(LedgerUnavailable, match="check that the database server runs"):
                    ledger.record([fetched(2)], 2000)
        with Ledger.open(url) as ledger:
            assert ledger.staged_months(OUTLET) == {202405: 1}
            begun(ledger)

    def test_a_connection_lost_within_a_transaction_undoes_it(self, postgres: PrivatePostgres) -> None:
        with Ledger.open(postgres.empty_database()) as ledger:
            begun(ledger).discover(OUTLET, [link(1)], 100)
            with pytest.raises(LedgerUnavailable), ledger.writing() as connection:
                connection.execute(tables.links.delete())
                pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                postgres.execute(f"SELECT pg_terminate_backend({pid})")
                connection.execute(tables.staged.delete())
            place = ledger._engine.url
        with Ledger.open(place.render_as_string(hide_password=False)) as ledger:
            assert ledger.link(key(1)) is not None
