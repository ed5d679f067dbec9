"""Strays: crawls that are not the service's own; the dead are closed, the living respected."""

from datetime import UTC, datetime

import pytest

from pipelines.storage.lock import OutletLock
from pipelines.storage.run_history import Run, RunHistory
from schedules.run_book import RunBook
from schedules.strays import Strays

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def history(tmp_path):
    with RunHistory.open(tmp_path / "ledger.sqlite") as history:
        history.add_run_row(Run("sputnik-1", "sputnik", "crawl", "running", 3600, 3600))
        yield history


def test_a_run_whose_locks_nobody_holds_is_closed(history, tmp_path):
    strays = Strays(tmp_path, RunBook(history, tmp_path))
    strays.look({}, (), NOON)
    assert (strays.outlets, history.run("sputnik-1").reason) == (set(), "died without a word")


def test_a_run_that_holds_its_lock_lives_until_it_lets_go(history, tmp_path):
    strays = Strays(tmp_path, RunBook(history, tmp_path))
    with OutletLock(tmp_path, "sputnik"):
        strays.look({}, (), NOON)
        assert (strays.outlets, history.run("sputnik-1").status) == ({"sputnik"}, "running")
    strays.look_soon()
    assert strays.look({}, (), NOON) == {"sputnik"}


def test_a_run_of_another_machine_lives_by_the_ledgers_lock(history, tmp_path, monkeypatch):
    strays = Strays(tmp_path, RunBook(history, tmp_path))
    monkeypatch.setattr(history, "outlet_holder", lambda outlet: "asiadesk sputnik-1 on 10.0.0.2")
    strays.look({}, (), NOON)
    assert (strays.outlets, history.run("sputnik-1").status) == ({"sputnik"}, "running")
