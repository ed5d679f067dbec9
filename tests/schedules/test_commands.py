"""The commands that look at the schedule, as a person types them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.storage.run_history import Run, RunHistory
from schedules import commands
from schedules.__main__ import main
from schedules.clock import utc_now
from schedules.heartbeat import SignOfLife
from schedules.service_lock import ServiceLock
from schedules.wishes import Wishes

TIMETABLE = """
[defaults]
jitter = "0s"
[outlets.sputnik]
every = "1h"
[outlets.weekly]
cron = "0 6 * * 1"
[outlets.resting]
every = "auto"
enabled = false
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "timetable.toml").write_text(TIMETABLE)
    return tmp_path


@pytest.fixture
def asked(place, capsys):
    """Type a command; returns its exit code and what it says."""

    def ask(*words: str) -> tuple[int, list[str]]:
        options = ["--timetable", str(place / "timetable.toml"), "--data-dir", str(place / "data")]
        code = main([*words, *options])
        said = capsys.readouterr()
        return code, (said.out + said.err).splitlines()

    return ask


def with_rows(place: Path, *rows: Run) -> None:
    with RunHistory.open(place / "data" / "state" / "ledger.sqlite") as history:
        history.add_run_row(*rows)


def test_list_shows_every_outlet_with_its_last_run(asked, place):
    with_rows(place, Run("s-1", "sputnik", "crawl", "done", 3600, 3600, 3700, 0))
    Wishes(place / "data").pause("weekly")
    code, lines = asked("list")
    assert code == 0
    assert lines[1].split()[:3] == ["sputnik", "every", "1h"]
    assert lines[1].endswith("1970-01-01 01:00:00 done")
    assert lines[2].split()[-2:] == ["never", "paused"]
    assert "not enabled" in lines[3]
    assert lines[4].startswith("No service is running")


def test_looking_makes_no_ledger(asked, place):
    for words in (["list"], ["next"], ["history"]):
        assert asked(*words)[0] == 0
    assert not (place / "data").exists()


def test_next_shows_the_starts_of_the_hours_to_come(asked, monkeypatch):
    # Just before a full hour four starts lie in three hours.
    monkeypatch.setattr(commands, "utc_now", lambda: datetime(2026, 11, 20, 10, 30, tzinfo=UTC))
    code, lines = asked("next", "--hours", "3.01")
    assert code == 0
    assert [line.split()[-1] for line in lines[1:]].count("sputnik") == 3
    assert not any("resting" in line for line in lines)


def test_history_shows_what_became_of_due_times_and_lets_outlets_write_nothing_else(asked, place):
    with_rows(
        place,
        Run("s-1", "sputnik", "crawl", "done", 3600, 3600, 3690, 0, "complete", counts={"articles": 7}),
        Run("s-2", "sputnik", "schedule", "missed", 7200, reason="the service was down"),
        Run("s-3", "sputnik", "crawl", "failed", 10800, 10801, 10900, 12, "wall at \x1b[2J<b>"),
        Run("w-1", "weekly", "crawl", "running", 10800, 10801),
    )
    code, lines = asked("history", "sputnik", "--limit", "10")
    assert code == 0
    assert [line.split() for line in lines[1:]] == [
        ["1970-01-01", "03:00:01", "sputnik", "failed", "12", "1m39s", "wall", "at", "⟦2J‹b›"],
        ["1970-01-01", "02:00:00", "sputnik", "missed", "the", "service", "was", "down"],
        ["1970-01-01", "01:00:00", "sputnik", "done", "0", "1m30s", "7", "complete"],
    ]


def test_pause_and_resume_leave_a_wish_that_can_be_seen(asked, place):
    assert asked("pause", "sputnik")[0] == 0
    assert Wishes(place / "data").paused() == {"sputnik"}
    assert asked("resume", "sputnik") == (0, ["sputnik goes on"])
    assert asked("resume", "sputnik") == (0, ["sputnik was not paused"])
    assert asked("pause", "../x")[0] == 2


def test_trigger_asks_the_service_and_without_one_crawls_here(asked, place, monkeypatch):
    called = []
    monkeypatch.setattr(commands.subprocess, "call", lambda command, cwd: called.append(command) or -15)
    assert asked("trigger", "sputnik")[0] == 143
    assert called[0][3:5] == ["crawl", "sputnik"]
    with ServiceLock(place / "data"):
        assert asked("trigger", "sputnik")[0] == 0
        code, lines = asked("trigger", "resting")
        assert (code, "resting is not enabled" in lines[0]) == (2, True)
    assert Wishes(place / "data").take_triggered() == {"sputnik"}
    assert Wishes(place / "data").take_triggered() == set()


def test_check_names_what_is_missing(asked, place, monkeypatch):
    monkeypatch.setattr(commands, "_spiders", lambda: {"sputnik", "resting"})
    monkeypatch.delenv("ASIADESK_ALERT_URLS", raising=False)
    code, lines = asked("check")
    assert (code, len(lines)) == (1, 1)
    assert "line 6: outlets.weekly: no such spider; `scrapy list` shows" in lines[0]
    monkeypatch.setattr(commands, "_spiders", lambda: {"sputnik", "weekly", "resting"})
    code, lines = asked("check")
    assert code == 0
    assert lines[0].endswith("3 outlets, 2 enabled, no alerts")
    monkeypatch.setenv("ASIADESK_ALERT_URLS", "nonsense")
    assert asked("check")[0] == 1


def test_an_invalid_timetable_ends_with_2(asked, place):
    (place / "timetable.toml").write_text("[outlets.a]\n")
    code, lines = asked("check")
    assert code == 2
    assert "has neither cron nor every" in lines[0]


def test_a_probe_can_tell_whether_the_service_lives(asked, place):
    assert asked("check", "--alive") == (1, ["no sign of life since ever"])
    SignOfLife(place / "data").show({}, (), utc_now())
    assert asked("check", "--alive")[0] == 1  # a sign of life, but nobody holds the lock
    with ServiceLock(place / "data"):
        assert asked("check", "--alive") == (0, ["alive"])


def test_the_spiders_are_asked_of_scrapy_itself():
    assert "sputnik" in commands._spiders()


def test_a_ledger_that_cannot_be_used_is_told_with_21(asked, place):
    ledger = place / "data" / "state" / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database" * 1000)
    for words in (["list"], ["next"], ["history"], ["run"]):
        code, lines = asked(*words)
        assert code == 21
        assert str(ledger) in lines[-1]


@pytest.mark.parametrize("hours", ["-1", "nan", "1e9", "soon"])
def test_next_looks_ahead_for_a_year_at_most(asked, hours):
    with pytest.raises(SystemExit) as ended:
        asked("next", "--hours", hours)
    assert ended.value.code == 2


def test_a_wish_that_cannot_be_taken_starts_nothing_and_does_not_end_the_service(tmp_path, caplog):
    # A folder instead of a file stands for what belongs to somebody else: neither can be unlinked.
    (tmp_path / "state" / "schedule" / "triggered" / "sputnik").mkdir(parents=True)
    wishes = Wishes(tmp_path)
    assert wishes.take_triggered() == set()
    assert wishes.take_triggered() == set()
    assert caplog.text.count("the wish cannot be taken") == 1
