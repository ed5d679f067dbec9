"""RunBook: what is written of due times and runs, and what they teach."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.storage.run_history import Run, RunHistory
from schedules.crawl_job import Verdict
from schedules.plan import Row, Start
from schedules.run_book import RunBook, habit_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECONDS = int(NOON.timestamp())


@pytest.fixture
def history(tmp_path: Path) -> Iterator[RunHistory]:
    with RunHistory.open(tmp_path / "ledger.sqlite") as history:
        yield history


@pytest.fixture
def book(history: RunHistory, tmp_path: Path) -> RunBook:
    return RunBook(history, tmp_path)


def test_a_decision_is_written_whole(history, book):
    rows = [Row(NOON - 2 * HOUR, "missed", "the service was down")]
    book.write("sputnik", rows, Start(NOON), "sputnik-x", NOON)
    claim, missed = history.runs("sputnik")
    assert (missed.kind, missed.status, missed.due_at) == ("schedule", "missed", SECONDS - 7200)
    assert (claim.kind, claim.status, claim.due_at, claim.pid) == ("crawl", "running", SECONDS, None)
    assert book.due_times("sputnik") == [NOON, NOON - 2 * HOUR]


def test_a_catch_up_says_which_run_caught_up(history, book):
    book.write("sputnik", [], Start(NOON - HOUR, catches_up=True), "sputnik-x", NOON)
    claim, caught_up = history.runs("sputnik")
    assert (caught_up.status, caught_up.due_at, caught_up.reason) == (
        *("caught_up", SECONDS - 3600, "by run sputnik-x"),
    )
    assert (claim.run_id, claim.due_at) == ("sputnik-x", None)


def test_the_verdict_replaces_what_the_crawl_wrote_of_itself(history, book):
    book.write("sputnik", [], Start(NOON), "sputnik-x", NOON)
    history.begin_run("sputnik-x", "sputnik", started_at=SECONDS + 2)
    history.end_run("sputnik-x", exit_code=0, counts={"new": 3}, ended_at=SECONDS + 60)
    book.finish("sputnik-x", Verdict("failed", 12, "lead vanished"), NOON + HOUR)
    run = history.run("sputnik-x")
    assert (run.status, run.exit_code, run.reason) == ("failed", 12, "lead vanished")
    assert (run.due_at, run.ended_at, run.counts) == (SECONDS, SECONDS + 60, {"new": 3})


def report_of(folder: Path, run_id: str, **content: object) -> None:
    (folder / "runs").mkdir(exist_ok=True)
    (folder / "runs" / f"{run_id}.json").write_text(json.dumps({"exit_code": 0, **content}))


def test_the_habit_is_learned_from_scheduled_runs_and_not_from_looks_into_the_past(tmp_path, history, book):
    for n in range(72):
        started = SECONDS + n * 3600
        due = None if n in (10, 40) else started
        new = 5000 if n in (0, 10, 40) else 4
        run = Run(f"sputnik-{n:03}", "sputnik", "crawl", "done", due, started, started + 60, 0)
        run.counts = {"new": new, "articles": new}
        history.add_run_row(run)
        report_of(tmp_path, run.run_id, requests=11, states={"staged": 4, "unchanged": 2})
    habit, last_new_at, longest_gap = habit_of(book.found_articles("sputnik", NOON + 72 * HOUR))
    assert habit.expected(NOON, NOON + 24 * HOUR) == pytest.approx(96)
    assert habit.requests_a_run == 5
    assert last_new_at == NOON + 71 * HOUR
    assert longest_gap == 2 * HOUR
    assert book.found_articles("sputnik", NOON + timedelta(days=60)) == []


def test_health_is_measured_by_good_runs_unless_there_were_none_for_a_week(tmp_path, history, book):
    for n in range(30):
        code = 0 if n < 10 else 12
        started = SECONDS + n * 3600
        history.add_run_row(
            Run(
                f"sputnik-{n:03}", "sputnik", "crawl", "done", None, started, started, code, counts={"new": 1}
            )
        )
        report_of(tmp_path, f"sputnik-{n:03}", articles=n)
    soon = book.earlier_reports("sputnik", "sputnik-029", NOON + 30 * HOUR)
    assert [report.articles for report in soon] == list(range(9, -1, -1))
    later = book.earlier_reports("sputnik", "sputnik-029", NOON + timedelta(days=8))
    assert [report.articles for report in later] == list(range(28, 14, -1))


def test_a_report_that_is_no_report_is_none_at_all(tmp_path, history, book):
    for n, content in enumerate((b"", b"[]", b"{}", b'{"exit_code": "x"}', b"\xff", b"[" * 100_000)):
        history.add_run_row(Run(f"s-{n}", "s", "crawl", "done", None, SECONDS, SECONDS, 0))
        report_of(tmp_path, f"s-{n}")
        (tmp_path / "runs" / f"s-{n}.json").write_bytes(content)
    assert book.earlier_reports("s", "", NOON) == []
