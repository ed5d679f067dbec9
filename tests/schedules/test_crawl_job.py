"""How a crawl's end is judged: by exit code and report together."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from schedules.crawl_job import SERVICE_STOPS, End, Verdict, judge, new_run_id
from schedules.data_folder import drop_old_logs, log_path
from schedules.due_times import Every
from schedules.run_reports import RunReport
from schedules.timetable import Job

JOB = Job("sputnik", Every(timedelta(hours=1)), memory=800 * 2**20)


def told(code):
    return RunReport(code, "as told")


@pytest.mark.parametrize(
    ("end", "report", "verdict"),
    [
        (End(0), told(0), Verdict("done", 0, "as told")),
        (End(10), told(10), Verdict("done", 10, "as told")),
        (End(11), told(11), Verdict("failed", 11, "as told")),
        (End(12), told(12), Verdict("failed", 12, "as told")),
        (End(143), told(143), Verdict("failed", 143, "as told")),
        (End(0), None, Verdict("failed", 0, "exit code 0 without a run report; last words: nothing")),
        (
            End(1, log_tail="Traceback\nKeyError: 5\n\n"),
            None,
            Verdict("failed", 1, "exit code 1 without a run report; last words: KeyError: 5"),
        ),
        (End(0), told(20), Verdict("failed", 0, "exit code 0, but the run report says 20")),
        (End(75), None, Verdict("skipped", 75, "overlap: another run of the outlet holds its lock")),
        (End(137), None, Verdict("failed", 137, "killed by SIGKILL")),
        (End(139), told(0), Verdict("failed", 139, "killed by SIGSEGV")),
        (
            End(70, log_tail="…\nMemoryError\n"),
            None,
            Verdict("failed", 70, "out of memory: the limit is 800 MiB"),
        ),
        (End(70, log_tail="MemoryError, but it went on"), told(70), Verdict("failed", 70, "as told")),
        (End(143, "time limit of 50m"), told(143), Verdict("failed", 143, "stopped: time limit of 50m")),
        (End(0, "time limit of 50m"), told(0), Verdict("failed", 0, "stopped: time limit of 50m")),
        (End(137, SERVICE_STOPS), None, Verdict("failed", 137, "killed: the service stops")),
    ],
)
def test_exit_code_and_report_are_judged_together(end, report, verdict):
    assert judge(JOB, end, report) == verdict


def test_a_run_id_is_sorted_by_time_and_never_the_same():
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert new_run_id("sputnik", noon).startswith("sputnik-20261124T120000Z-")
    assert len({new_run_id("sputnik", noon) for _ in range(20)}) > 15


def test_only_the_newest_logs_and_failing_pages_are_kept(tmp_path):
    for n in range(10):
        path = log_path(tmp_path, "sputnik", f"sputnik-20261124T12000{n}Z-00ff")
        page = tmp_path / "health" / f"{path.stem}.html"
        for file in (path, page):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    drop_old_logs(tmp_path, "sputnik", 3)
    for folder in (path.parent, page.parent):
        assert sorted(file.name[20:24] for file in folder.iterdir()) == ["007Z", "008Z", "009Z"]
    drop_old_logs(tmp_path, "never_crawled", 3)


def test_a_crawl_gets_the_limit_of_memory_that_is_lower():
    # A service under `ulimit -v` may not raise its crawls' limit, and must start them all the same.
    code = (
        "import resource, subprocess, sys; from schedules.crawl_job import limit_memory;"
        "resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30));"
        "child = subprocess.Popen(['sleep', '100']);"
        "limit_memory(child.pid, 6 * 2**30); print(resource.prlimit(child.pid, resource.RLIMIT_AS));"
        "limit_memory(child.pid, 2**29); print(resource.prlimit(child.pid, resource.RLIMIT_AS));"
        "child.kill()"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == f"({2**30}, {2**30})\n({2**29}, {2**29})\n", answer.stderr
