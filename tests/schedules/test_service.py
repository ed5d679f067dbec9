"""The service as a process: crawls that behave badly, rivals, reloads, deaths."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.storage.run_history import Run, RunHistory
from schedules.wishes import Wishes
from tests.replica.server import Replica
from tests.schedules.serving import ROOT, Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def ended(rows: list[Run]) -> list[Run]:
    return [row for row in rows if row.status != "running"]


DEATHS = {
    "good": ("done", 0, "as told"),
    "partial": ("failed", 11, "as told"),
    "hangs": ("failed", 143, "stopped: time limit of 1s"),
    "stubborn": ("failed", 137, "killed: time limit of 1s"),
    "eats": ("failed", 1, "out of memory: the limit is 256 MiB"),
    "mute": ("failed", 0, "exit code 0 without a run report; last words: fake crawl mute-"),
    "liar": ("failed", 0, "exit code 0, but the run report says 20"),
    "torn": ("failed", 0, "exit code 0 without a run report"),
    "killed": ("failed", 137, "killed by SIGKILL"),
    "locked": ("skipped", 75, "overlap: another run of the outlet holds its lock"),
    "raises": ("failed", 1, "exit code 1 without a run report; last words: RuntimeError: a fault of our own"),
}


def test_every_way_to_end_is_in_the_history_with_its_reason_and_the_next_due_time_is_kept(served):
    outlets = "\n".join(f'[outlets.{outlet}]\nevery = "2s"' for outlet in DEATHS)
    # To take so much memory may last longer than a second on a busy machine.
    outlets = outlets.replace("[outlets.eats]", '[outlets.eats]\ntimeout = "1m"')
    served.start(
        '[service]\nparallel = 20\n[defaults]\njitter = "0s"\ntimeout = "1s"\nmemory = "256 MiB"\n'
        'catch_up = "none"\n' + outlets
    )
    for outlet in DEATHS:
        served.until(
            lambda outlet=outlet: [row.kind for row in ended(served.rows(outlet))].count("crawl") >= 2,
            f"two crawls of {outlet}",
        )
    for outlet, (status, exit_code, reason) in DEATHS.items():
        crawls = [row for row in ended(served.rows(outlet)) if row.kind == "crawl"]
        for row in crawls[:2]:
            assert (row.status, row.exit_code) == (status, exit_code), row
            assert row.reason.startswith(reason), row
            assert row.due_at % 2 == 0
        assert (served.data_dir / "logs" / outlet / f"{crawls[0].run_id}.log").exists()
    for rows in (served.rows(outlet) for outlet in DEATHS):
        due_times = [row.due_at for row in rows]
        assert due_times == list(range(due_times[0], due_times[-1] + 1, 2)), (
            "a due time without a row, or with two"
        )
    heartbeats = served.data_dir / "state" / "heartbeat"
    assert [path.name for path in heartbeats.iterdir()] == ["good"]


def test_a_crawl_that_cannot_start_is_a_failed_row_and_not_the_end_of_the_service(served):
    served.data_dir.mkdir()
    (served.data_dir / "logs").touch()  # no folder: no crawl's log can be opened
    service = served.start('[outlets.good]\nevery = "1s"\ncatch_up = "none"')
    served.until(
        lambda: (
            [row.status for row in served.rows("good")].count("failed") >= 2 or service.poll() is not None
        ),
        "two failed starts",
    )
    assert service.poll() is None, served.log.read_text()
    row = ended(served.rows("good"))[0]
    assert (row.status, row.exit_code) == ("failed", 70)
    assert "the crawl cannot start: " in row.reason
    (served.data_dir / "logs").unlink()
    served.until(lambda: any(row.status == "done" for row in served.rows("good")), "a crawl")


def test_what_outlives_its_crawl_is_killed(served):
    served.start('[outlets.parent]\nevery = "1s"\ncatch_up = "none"')
    served.until(lambda: ended(served.rows("parent")), "the end of the crawl")
    child = int((served.data_dir / "child").read_text())

    def is_gone() -> bool:
        try:
            return Path(f"/proc/{child}/stat").read_text().split(")")[1].split()[0] == "Z"
        except OSError:
            return True

    served.until(is_gone, "the end of what the crawl left behind")


@pytest.mark.parametrize("services", [4, pytest.param(200, marks=pytest.mark.chaos)])
def test_of_many_services_on_one_data_folder_one_works_and_the_others_say_who_holds_it(served, services):
    processes = [served.start('[outlets.good]\nevery = "1h"') for _ in range(services)]
    served.until(lambda: sum(p.poll() is not None for p in processes) == services - 1, "the refusals", 1200)
    assert sorted({p.poll() for p in processes if p.poll() is not None}) == [75]
    served.until(lambda: served.said("Serving 1 outlets"), "the service")
    holder = next(p for p in processes if p.poll() is None)
    late = served.start()
    assert late.wait(60) == 75
    assert served.said(f"is served by process {holder.pid} on ")


def test_a_due_time_during_a_crawl_is_skipped_or_queued_as_the_timetable_says(served):
    served.start(
        '[defaults]\njitter = "0s"\n[service]\nparallel = 5\n'
        '[outlets.slow_skip]\nevery = "1s"\noverlap = "skip"\n'
        '[outlets.slow_queue]\nevery = "1s"\noverlap = "queue"\n'
    )
    for outlet in ("slow_skip", "slow_queue"):
        served.until(
            lambda outlet=outlet: [row.status for row in served.rows(outlet)].count("skipped") >= 2,
            f"overlaps of {outlet}",
        )
    for outlet in ("slow_skip", "slow_queue"):
        rows = served.rows(outlet)
        assert [row.status for row in rows if row.kind == "crawl"] == ["running"]
        (served.data_dir / f"end-{outlet}").touch()
    served.until(lambda: [r.status for r in served.rows("slow_queue")].count("done") >= 2, "the queued crawl")
    crawls = [row for row in served.rows("slow_queue") if row.kind == "crawl"]
    assert crawls[1].due_at <= crawls[0].ended_at, "the second crawl had waited for the first"
    reasons = {row.reason for row in served.rows() if row.status == "skipped"}
    assert reasons == {
        "overlap: a crawl of this outlet is still running",
        "overlap: a later due time took its place in the queue",
    }


def test_a_changed_timetable_replans_only_what_changed(served):
    service = served.start('[outlets.good_a]\nevery = "1h"\n[outlets.good_b]\nevery = "1h"\n')
    served.until(lambda: served.said("Serving 2 outlets"), "the service")
    served.timetable.write_text('[outlets.good_a]\nevery = "1h"\n[outlets.good_b]\nevery = "1s"\n')
    served.until(lambda: ended(served.rows("good_b")), "a crawl by the new timetable")
    assert served.said("good_b: now every 1s")
    assert not served.said("good_a: now")
    assert served.rows("good_a") == []

    served.timetable.write_text("[outlets.good_a]\nevery = 5\n")
    served.until(lambda: served.said("the new one is not valid"), "the refusal")
    assert served.said("line 2: outlets.good_a.every: 5 is no duration")
    service.send_signal(signal.SIGHUP)
    served.until(lambda: served.log.read_text().count("is not valid") >= 2, "the second refusal")
    before = len(served.rows("good_b"))
    served.until(lambda: len(served.rows("good_b")) > before, "the timetable in use to go on")

    served.timetable.write_text('[outlets.good_a]\nevery = "1h"\n')
    served.until(lambda: served.said("good_b: no longer in the timetable"), "the end of good_b")


def test_a_timetable_that_was_mended_while_the_service_was_down_is_no_trouble_any_more(served):
    service = served.start('[outlets.good]\nevery = "1h"\n')
    served.until(lambda: served.said("Serving 1 outlets"), "the service")
    served.timetable.write_text("[outlets.good]\nevery = 5\n")
    served.until(lambda: served.said("the new one is not valid"), "the refusal")
    service.send_signal(signal.SIGTERM)
    assert service.wait(60) == 0
    served.start('[outlets.good]\nevery = "1h"\n')
    served.until(lambda: served.log.read_text().count("Serving 1 outlets") == 2, "the second service")
    served.end()
    assert served.said("service: recovered: the timetable is valid")


def test_a_person_can_pause_resume_and_trigger(served):
    wishes = Wishes(served.data_dir)
    wishes.pause("good_a")
    served.start('[service]\nparallel = 5\n[outlets.good_a]\nevery = "1s"\n[outlets.good_b]\nevery = "1h"\n')
    served.until(lambda: len(served.rows("good_a")) >= 2, "due times of the pause")
    assert {(row.status, row.reason) for row in served.rows("good_a")} == {("skipped", "paused")}
    wishes.resume("good_a")
    wishes.trigger("good_b")
    served.until(lambda: any(row.status == "done" for row in served.rows("good_a")), "the end of the pause")
    served.until(lambda: ended(served.rows("good_b")), "the crawl asked for")
    assert [(row.status, row.due_at) for row in served.rows("good_b")] == [("done", None)]


def test_told_to_stop_the_service_lets_its_crawls_end_and_starts_no_other(served):
    service = served.start('[outlets.slow]\nevery = "1s"\n')
    served.until(lambda: served.rows("slow"), "a crawl")
    service.send_signal(signal.SIGTERM)
    served.until(lambda: served.said("1 crawls may go on for 2m"), "the beginning of the end")
    (served.data_dir / "end-slow").touch()
    assert service.wait(60) == 0
    crawls = [row for row in served.rows("slow") if row.kind == "crawl"]
    assert [row.status for row in crawls] == ["done"]


def test_told_twice_the_service_stops_its_crawls(served):
    service = served.start('[outlets.slow]\nevery = "1s"\n')
    served.until(lambda: served.rows("slow"), "a crawl")
    service.send_signal(signal.SIGTERM)
    served.until(lambda: served.said("may go on for 2m"), "the beginning of the end")
    service.send_signal(signal.SIGTERM)
    assert service.wait(60) == 0
    crawls = [row for row in served.rows("slow") if row.kind == "crawl"]
    assert [(row.status, row.reason) for row in crawls] == [("failed", "stopped: the service stops")]
    assert not served.said("Asiadesk: 1 problem"), "a stop that was asked for is no alert"


def test_a_crawl_that_outlives_a_killed_service_is_respected_by_the_next(served):
    service = served.start('[outlets.slow]\nevery = "1s"\n')
    served.until(lambda: served.said("run slow-"), "a crawl")
    served.until(lambda: (served.data_dir / "state" / "slow.lock").exists(), "the crawl's lock")
    service.kill()
    service.wait()
    served.start('[outlets.slow]\nevery = "1s"\noverlap = "skip"\n')
    served.until(lambda: [row.status for row in served.rows()].count("skipped") >= 2, "an overlap")
    assert [row.status for row in served.rows() if row.kind == "crawl"] == ["running"]
    (served.data_dir / "end-slow").touch()


def test_a_claim_whose_service_was_killed_before_the_crawl_is_closed(served):
    state = served.data_dir / "state"
    state.mkdir(parents=True)
    with RunHistory.open(state / "ledger.sqlite") as history:
        history.add_run_row(Run("good-1", "good", "crawl", "running", 3600, 3600))
    served.start('[outlets.good]\nevery = "1h"\ncatch_up = "none"')
    served.until(lambda: ended(served.rows("good")), "the closing")
    row = served.rows("good")[0]
    assert (row.status, row.reason, row.due_at) == ("failed", "died without a word", 3600)


def test_after_a_downtime_one_crawl_catches_up_and_the_misses_are_rows(served):
    state = served.data_dir / "state"
    state.mkdir(parents=True)
    hour = 3600 * (int(time.time()) // 3600)
    with RunHistory.open(state / "ledger.sqlite") as history:
        history.add_run_row(Run("good-1", "good", "crawl", "done", hour - 5 * 3600, hour - 5 * 3600, hour, 0))
    served.start('[outlets.good]\nevery = "1h"\njitter = "0s"\n')
    served.until(lambda: [r for r in ended(served.rows("good")) if r.kind == "crawl"][1:], "the catching up")
    rows = served.rows("good")[1:]
    assert [row.status for row in rows[:3]] == ["missed"] * 3
    assert all(row.reason.startswith("the service was down") for row in rows[:3])


def test_what_was_due_while_an_outlet_was_not_enabled_was_not_missed(served):
    hour = 3600 * (int(time.time()) // 3600)
    last = hour - 5 * 3600
    (served.data_dir / "state" / "schedule").mkdir(parents=True)
    with RunHistory.open(served.data_dir / "state" / "ledger.sqlite") as history:
        for outlet in ("good_a", "good_b", "good_c"):
            history.add_run_row(Run(f"{outlet}-1", outlet, "crawl", "done", last, last, hour, 0))
    alive = {"alive_at": "2026-01-01T00:00:00Z", "outlets": ["good_a"]}
    (served.data_dir / "state" / "schedule" / "alive.json").write_text(json.dumps(alive))
    entry = '[outlets.{}]\nevery = "1h"\njitter = "0s"\n'
    served.start(entry.format("good_a") + entry.format("good_b"))
    served.until(lambda: ended(served.rows("good_a"))[5:], "the catching up of what was served")
    served.timetable.write_text(entry.format("good_a") + entry.format("good_b") + entry.format("good_c"))
    served.until(
        lambda: (
            "good_c" in json.loads((served.data_dir / "state/schedule/alive.json").read_text())["outlets"]
        ),
        "the reload",
    )
    for outlet in ("good_b", "good_c"):
        assert not [row for row in served.rows(outlet)[1:] if row.status in ("missed", "caught_up")]


def test_an_outlet_that_waits_for_a_place_starts_when_the_timetable_gives_more(served):
    last = 3600 * (int(time.time()) // 3600) - 5 * 3600
    (served.data_dir / "state").mkdir(parents=True)
    with RunHistory.open(served.data_dir / "state" / "ledger.sqlite") as history:
        for outlet in ("slow", "good"):
            history.add_run_row(Run(f"{outlet}-1", outlet, "crawl", "done", last, last, last, 0))
    entries = '[outlets.slow]\nevery = "1h"\n[outlets.good]\nevery = "1h"\n'
    served.start(f"[service]\nparallel = 1\n{entries}")
    served.until(lambda: served.said("run slow-"), "the first place to be taken")
    served.until(lambda: len(served.rows("good")) > 3, "the other outlet's decision")
    assert [row.kind for row in served.rows("good")[1:]].count("crawl") == 0
    served.timetable.write_text(f"[service]\nparallel = 2\n{entries}")
    served.until(lambda: [r for r in ended(served.rows("good")) if r.kind == "crawl"][1:], "the second place")


def test_a_real_crawl_is_started_watched_and_judged(served):
    with Replica(articles=40, seed=3, start="2026-04-30", end="2026-05-01") as replica:
        arguments = [
            "-a",
            f"origin={replica.url}",
            "-s",
            f"NOW={replica.now.isoformat()}",
            "-sDOWNLOAD_DELAY=0",
        ]
        served.start(f'[outlets.sputnik]\nevery = "1h"\narguments = {arguments}')
        Wishes(served.data_dir).trigger("sputnik")
        heartbeat = served.data_dir / "state" / "heartbeat" / "sputnik"
        served.until(heartbeat.exists, "a success")
    row = served.rows("sputnik")[0]
    assert (row.status, row.exit_code, row.reason) == ("done", 0, "complete")
    assert row.counts["new"] > 20
    log = served.data_dir / "logs" / "sputnik" / f"{row.run_id}.log"
    assert f"Run {row.run_id}: exit code 0" in log.read_text()
    assert row.run_id in heartbeat.read_text()


def set_clock(served: Served, seconds: float) -> None:
    beside = served.data_dir / "clock.tmp"
    beside.write_text(str(seconds))
    beside.replace(served.data_dir / "clock")


def test_a_clock_set_back_an_hour_does_not_stop_the_runs(served):
    served.start('[outlets.good]\nevery = "2s"\njitter = "0s"', CLOCK=str(served.data_dir / "clock"))
    served.until(lambda: len(ended(served.rows("good"))) >= 2, "two crawls")
    set_clock(served, -3600)
    before = served.rows("good")[-1].due_at

    def repeated() -> list[Run]:
        return [row for row in ended(served.rows("good")) if row.due_at < before - 3000]

    served.until(lambda: len(repeated()) >= 3, "crawls by the clock as it is now")
    assert served.said("the clock was set back by ")
    due_times = [row.due_at for row in served.rows("good") if row.due_at < before - 3000]
    assert due_times == list(range(due_times[0], due_times[-1] + 1, 2))


def test_a_clock_set_forward_is_like_a_downtime(served):
    served.start('[outlets.good]\nevery = "1m"\njitter = "0s"', CLOCK=str(served.data_dir / "clock"))
    served.until(lambda: served.said("Serving 1 outlets"), "the service")
    set_clock(served, 3600)
    served.until(lambda: any(row.kind == "crawl" for row in ended(served.rows("good"))), "the catching up")
    missed = [row for row in served.rows("good") if row.status == "missed"]
    assert 58 <= len(missed) <= 60
    assert all(row.reason.startswith("the clock was set forward by ") for row in missed)


def test_a_service_without_a_valid_timetable_does_not_begin(served):
    service = served.start("[outlets.good]\n")
    assert service.wait(60) == 2
    assert served.said("line 1: outlets.good: has neither cron nor every")


def test_the_timer_drops_no_due_time_for_its_lateness(tmp_path):
    from schedules.service import Service

    with RunHistory.open(tmp_path / "ledger.sqlite") as ledger:
        timer = Service(tmp_path / "timetable.toml", tmp_path, ledger)._timer
        timer.start(paused=True)
        job = timer.add_job(print, "interval", hours=1)
        timer.shutdown(wait=False)
    # By itself APScheduler forgets a job that is a second late.
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)


def test_the_command_of_a_crawl_is_that_of_a_person(tmp_path):
    from schedules.crawl_job import crawl_command

    command = crawl_command("sputnik", "sputnik-1", tmp_path)
    assert command == [
        *(sys.executable, "-m", "scrapy", "crawl", "sputnik"),
        *("-s", "RUN_ID=sputnik-1", "-s", f"DATA_DIR={tmp_path}"),
    ]


def test_looking_at_the_schedule_imports_neither_scrapy_nor_pyarrow():
    code = (
        "import sys; from schedules.__main__ import main; main(['list', '--data-dir', '/nonexistent']);"
        "import schedules.service;"
        "heavy = {'scrapy', 'twisted', 'pyarrow', 'apprise', 'crawler'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
