"""What follows a run: its row, the saved page, the heartbeat, the alert and its recovery."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.storage.raw_archive import RawArchive, RawPage
from pipelines.storage.run_history import RunHistory
from schedules import alerts
from schedules.aftermath import Aftermath
from schedules.crawl_job import SERVICE_STOPS, CrawlJob, End
from schedules.due_times import Every
from schedules.plan import Start
from schedules.run_book import RunBook
from schedules.timetable import Job

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
JOB = Job("sputnik", Every(HOUR))
USUAL = {
    "states": {"staged": 20},
    "articles": 20,
    "fields": {"lead": 1.0},
    "channels": [{"channel": "listing:/asia/", "links": 20, "new": 5}],
}


class Desk:
    """An aftermath with its ledger, and runs that end as told."""

    def __init__(self, folder: Path, history: RunHistory) -> None:
        self.folder = folder
        self.history = history
        self.book = RunBook(history, folder)
        self.aftermath = Aftermath(folder, self.book)
        self.hour = 0

    def run(self, end: End | None = None, **report: object):
        self.hour += 1
        now, run_id = NOON + self.hour * HOUR, f"sputnik-{self.hour:03}"
        self.book.write("sputnik", [], Start(now), run_id, now)
        end = end or End(0)
        content = {"exit_code": end.exit_code, "reason": "complete", **USUAL, **report}
        (self.folder / "runs").mkdir(exist_ok=True)
        (self.folder / "runs" / f"{run_id}.json").write_text(json.dumps(content))
        verdict = self.aftermath.take(CrawlJob(JOB, run_id, [], self.folder / "log"), end, now)
        row = self.history.run(run_id)
        assert (row.status, row.exit_code, row.reason) == (verdict.status, verdict.exit_code, verdict.reason)
        return verdict

    def tell(self) -> None:
        self.aftermath.tell(NOON + self.hour * HOUR + timedelta(minutes=2), at_once=True)
        self.aftermath.tell(NOON + self.hour * HOUR + timedelta(minutes=3))


@pytest.fixture
def sent(monkeypatch) -> list[alerts.Digest]:
    sent: list[alerts.Digest] = []
    monkeypatch.setenv("ASIADESK_ALERT_URLS", "json://127.0.0.1:9")
    monkeypatch.setattr(alerts, "send", lambda digest, urls: sent.append(digest) or [])
    return sent


@pytest.fixture
def desk(tmp_path: Path, sent) -> Iterator[Desk]:
    with RunHistory.open(tmp_path / "ledger.sqlite") as history:
        yield Desk(tmp_path, history)


def test_a_run_that_is_not_like_the_others_fails_with_12_and_recovers(desk, sent):
    for _ in range(5):
        assert desk.run().status == "done"
    drift = desk.run(fields={"lead": 0.0})
    assert (drift.status, drift.exit_code) == ("failed", 12)
    desk.run(fields={"lead": 0.0})
    desk.tell()
    desk.run(fields={"lead": 0.0})
    desk.tell()
    desk.run()
    desk.tell()
    assert [digest.body for digest in sent] == [
        "sputnik: lead is filled in 0 of 20 articles, usually in 100% (for 1h2m, 2 times)",
        "sputnik: recovered: filled again as usual: lead",
    ]


def test_the_heart_beats_only_after_success(desk):
    heartbeat = desk.folder / "state" / "heartbeat" / "sputnik"
    desk.run(End(11))
    desk.run(End(10))
    desk.run(End(137))
    assert not heartbeat.exists()
    desk.run()
    assert heartbeat.read_text() == "2026-11-24T16:00:00Z sputnik-004\n"


def test_a_page_that_the_report_names_is_saved_from_the_archive(desk):
    body = gzip.compress(b"<html>are you a robot?")
    archive = RawArchive(desk.folder, "sputnik", "sputnik-001")
    headers = [(b"Content-Encoding", b"gzip")]
    place = archive.append(RawPage("https://example.com/a", 200, [], headers, body, NOON))
    archive.close()
    problems = [
        {"url": "https://example.com/gone", "state": "failed", "reason": "status-500"},
        {"url": "https://example.com/x", "state": "failed", "raw_file": "../../etc/passwd", "raw_offset": 0},
        {"url": "https://example.com/a", "raw_file": place.file, "raw_offset": place.offset},
    ]
    desk.run(End(12), problems=problems)
    assert gzip.decompress((desk.folder / "health" / "sputnik-001.html.gz").read_bytes()) == (
        b"<html>are you a robot?"
    )


def test_a_failure_is_told_once_and_partial_runs_only_when_they_do_not_stop(desk, sent):
    desk.run(End(70), reason="2 internal errors")
    desk.tell()
    desk.run(End(70), reason="3 internal errors")
    desk.tell()
    for _ in range(2):
        desk.run(End(11), reason="1 links failed")
        desk.tell()
    assert [digest.title for digest in sent] == ["Asiadesk: 1 problem", "Asiadesk: 1 recovered"]
    desk.run(End(11), reason="1 links failed")
    desk.tell()
    assert sent[-1].body == "sputnik: 1 links failed (for 2h2m, 3 times)"


def test_a_stop_that_was_asked_for_and_an_overlap_say_nothing_of_the_outlet(desk, sent):
    desk.run(End(70))
    desk.tell()
    desk.run(End(143, SERVICE_STOPS))
    desk.run(End(75))
    desk.tell()
    assert len(sent) == 1


def test_what_could_not_be_delivered_is_tried_again(desk, sent, monkeypatch):
    monkeypatch.setattr(alerts, "send", lambda digest, urls: [1])
    desk.run(End(70))
    desk.tell()
    monkeypatch.setattr(alerts, "send", lambda digest, urls: sent.append(digest) or [])
    desk.tell()
    assert [digest.title for digest in sent] == ["Asiadesk: 1 problem"]


def test_the_service_itself_can_be_in_trouble(desk, sent):
    desk.aftermath.trouble("ledger", "ledger x: disk is full", NOON)
    desk.tell()
    desk.aftermath.trouble("ledger", None, NOON)
    desk.tell()
    assert [digest.body for digest in sent] == [
        "service: ledger x: disk is full",
        "service: recovered: the ledger can be written",
    ]


def test_one_dead_address_does_not_make_the_others_hear_it_again(tmp_path, sent, monkeypatch):
    monkeypatch.setenv("ASIADESK_ALERT_URLS", "json://127.0.0.1:9 json://127.0.0.1:10")
    monkeypatch.setattr(alerts, "send", lambda digest, urls: sent.append(digest) or [2])
    with RunHistory.open(tmp_path / "ledger.sqlite") as history:
        desk = Desk(tmp_path, history)
        desk.run(End(70))
        desk.tell()
        desk.tell()
    assert len(sent) == 1


def test_crawls_longer_than_their_interval_are_told_once_and_until_one_ends_in_time(desk, sent):
    for _ in range(5):
        desk.aftermath.overlapped("sputnik", "overlap: a crawl of this outlet is still running", NOON)
        desk.run()
        desk.tell()
    assert [digest.title for digest in sent] == ["Asiadesk: 1 problem"]
    desk.run()
    desk.tell()
    assert sent[-1].body == "sputnik: recovered: runs no longer overlap"


def test_an_outlet_that_is_watched_no_more_is_told_of_no_more(desk, sent):
    desk.run(End(70))
    desk.tell()
    desk.aftermath.watch_only([])
    desk.hour += 48
    desk.tell()
    assert len(sent) == 1


def test_what_was_told_at_the_end_is_not_told_again_at_the_next_start(desk, sent):
    desk.run(End(70))
    desk.aftermath.tell(NOON + HOUR, at_once=True)
    Aftermath(desk.folder, desk.book).tell(NOON + 2 * HOUR, at_once=True)
    assert len(sent) == 1
