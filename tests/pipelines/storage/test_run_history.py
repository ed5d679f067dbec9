"""The memory of runs and listings."""

from __future__ import annotations

from pipelines.storage.ledger import Ledger, Listing, Run
from tests.pipelines.storage.samples import OUTLET, RUN


def test_a_run_is_running_until_it_ends_with_its_counts(ledger: Ledger) -> None:
    (run,) = ledger.runs(OUTLET)
    assert (run.status, run.started_at, run.kind) == ("running", 1, "crawl")
    ledger.end_run(RUN, exit_code=0, reason="finished", counts={"rows": 3}, ended_at=9)
    ended = ledger.run(RUN)
    assert ended is not None
    assert (ended.status, ended.exit_code, ended.ended_at, ended.counts) == ("done", 0, 9, {"rows": 3})


def test_exit_codes_of_incomplete_runs_are_failures(ledger: Ledger) -> None:
    for code, status in ((0, "done"), (10, "done"), (11, "failed"), (12, "failed"), (130, "failed")):
        ledger.end_run(RUN, exit_code=code)
        (run,) = ledger.runs(OUTLET)
        assert run.status == status


def test_the_next_holder_of_the_lock_closes_what_died_without_a_word(ledger: Ledger) -> None:
    ledger.begin_run("other-outlet", "other_times", started_at=2)
    ledger.begin_run("next", OUTLET, started_at=50)
    dead = ledger.run(RUN)
    assert dead is not None
    assert (dead.status, dead.reason, dead.ended_at) == ("failed", "died", 50)
    other = ledger.run("other-outlet")
    assert other is not None
    assert other.status == "running"


def test_runs_come_newest_first_of_one_outlet_or_all(ledger: Ledger) -> None:
    ledger.begin_run("b", "other_times", started_at=2)
    ledger.add_run_row(Run("c", OUTLET, "schedule", "missed", due_at=3, reason="down"))
    assert [run.run_id for run in ledger.runs()] == ["c", "b", RUN]
    assert [run.run_id for run in ledger.runs(OUTLET)] == ["c", RUN]
    assert [run.run_id for run in ledger.runs(limit=1)] == ["c"]


def test_a_row_with_the_same_id_is_replaced(ledger: Ledger) -> None:
    ledger.add_run_row(Run("c", OUTLET, "schedule", "missed", due_at=3))
    ledger.add_run_row(Run("c", OUTLET, "schedule", "caught_up", due_at=3))
    assert [(run.run_id, run.status) for run in ledger.runs(OUTLET)] == [("c", "caught_up"), (RUN, "running")]
    assert ledger.run("unknown") is None


def test_a_listing_is_remembered_as_it_was_last(ledger: Ledger) -> None:
    assert ledger.listing(OUTLET, "feed:/rss") is None
    ledger.remember_listing(OUTLET, Listing("feed:/rss", etag='"1"', links=20, new=20, seen_at=5))
    latest = Listing("feed:/rss", None, "Wed", b"\x01", links=20, new=1, seen_at=9, deep_swept_at=9)
    ledger.remember_listing(OUTLET, latest)
    assert ledger.listing(OUTLET, "feed:/rss") == latest
    assert ledger.listing(OUTLET, "feed:/other") is None
