"""`python -m tests.soak`: weeks of crawling three outlets in hours, with faults and kills all the way.

Every few simulated hours the outlets are crawled by the production command, all at once on one data folder;
their replicas answer a share of the pages with 500, reset or cut them. Some crawls are killed. In the end
every article is there once, and the crawls take no more memory and hold no more files open than at the start.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.report import put_into
from pipelines.storage.ledger import TERMINAL, Ledger
from pipelines.storage.partitions import partitions, read_partition
from tests.end_to_end.crawling import ROOT
from tests.replica.server import Replica

OUTLETS = ("soak_east", "soak_south", "soak_west")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
# Each round draws other paths: a page that answers in none of them for two weeks is rightly given up.
FAULTS = (
    # Not 503, for which a crawl would leave the whole host alone, twice as long each time.
    {"path": r"\.html", "kind": "status", "status": 500, "share": 0.05, "times_per_path": 3},
    {"path": r"\.html", "kind": "reset", "share": 0.02, "times_per_path": 3},
    {"path": r"\.html", "kind": "truncate", "share": 0.01, "times_per_path": 3},
)
ENDINGS = frozenset((0, 10, 11, 12))
"""Exit codes of crawls that were not killed: what the outlet does is never a fault of ours."""


@dataclass(slots=True)
class Observed:
    """What the crawls of one outlet took."""

    peak_mib: list[float] = field(default_factory=list)
    open_files: list[int] = field(default_factory=list)
    kills: int = 0
    crawls: int = 0


def crawl(outlet: str, replica: Replica, data_dir: Path) -> subprocess.Popen[bytes]:
    """Start a crawl at the replica's time."""
    command = [
        *(sys.executable, "-m", "scrapy", "crawl", outlet, "-a", f"origin={replica.url}"),
        *("-s", f"DATA_DIR={data_dir}", "-s", f"NOW={replica.now.isoformat()}", "-s", "DOWNLOAD_DELAY=0"),
        *("-s", "SPIDER_MODULES=tests.soak.spiders", "-s", "LOG_LEVEL=ERROR", "-s", "RETRY_TIMES=1"),
        # Politeness is tested elsewhere; here its pauses and its daily budget would cost real days.
        *("-s", "BACK_OFF=0.01", "-s", "DAILY_REQUEST_BUDGET=0"),
    ]
    log = (data_dir / f"{outlet}.log").open("ab")
    with log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def watch(process: subprocess.Popen[bytes], kill_after: float | None) -> tuple[int, int]:
    """Wait for the crawl's end, or end it; its exit code and the most files that it had open."""
    most, began = 0, time.monotonic()
    while process.poll() is None:
        try:
            most = max(most, len(list(Path(f"/proc/{process.pid}/fd").iterdir())))
        except OSError:
            continue  # it has just ended
        if kill_after is not None and time.monotonic() - began > kill_after:
            process.kill()
        time.sleep(0.05)
    return process.returncode, most


def soak(
    data_dir: Path, days: int, articles: int, rounds: int, kills: int, seed: int
) -> tuple[list[str], list[str]]:
    """The whole of it; as `report`. Raises AssertionError for articles that are missing or too many."""
    dice = random.Random(seed)
    end = BEGIN + timedelta(days=days)
    steps = days * rounds
    doomed = {(dice.randrange(steps), dice.choice(OUTLETS)) for _ in range(kills)}
    seen = {outlet: Observed() for outlet in OUTLETS}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(OUTLETS)))
        replicas = {
            outlet: stack.enter_context(
                Replica(articles=articles, seed=seed + number, start=BEGIN.isoformat(), end=end.isoformat())
            )
            for number, outlet in enumerate(OUTLETS)
        }
        for step in range(steps + 1):
            is_last = step == steps
            crawls = []
            for outlet, replica in replicas.items():
                replica.set_time(BEGIN + timedelta(days=days * (step + 1) / steps))
                replica.set_faults(*(fault | {"draw": step + 1} for fault in FAULTS if not is_last))
                deadly = dice.uniform(0.3, 4) if (step, outlet) in doomed else None
                crawls.append(pool.submit(one_crawl, outlet, replica, data_dir, seen[outlet], deadly))
            for crawled in crawls:
                crawled.result()
            print(f"day {days * (step + 1) / steps:.1f}", end="\r", file=sys.stderr, flush=True)
        settle_what_failed(replicas, data_dir, seen)
        rows = {outlet: check(outlet, replica, data_dir, end) for outlet, replica in replicas.items()}
    return report(seen, rows, days)


def one_crawl(
    outlet: str, replica: Replica, data_dir: Path, observed: Observed, kill_after: float | None
) -> None:
    """A crawl, watched."""
    process = crawl(outlet, replica, data_dir)
    code, open_files = watch(process, kill_after)
    observed.crawls += 1
    if code == -9:
        observed.kills += 1
        return
    log = (data_dir / f"{outlet}.log").read_text(errors="replace")[-2000:]
    assert code in ENDINGS, f"{outlet} ended with {code}: {log}"
    observed.open_files.append(open_files)
    report = json.loads(max((data_dir / "runs").glob(f"{outlet}-*.json")).read_text())
    observed.peak_mib.append(report["peak_memory_mib"])


def settle_what_failed(replicas: dict[str, Replica], data_dir: Path, seen: dict[str, Observed]) -> None:
    """Crawl on, ever later and without faults, until nothing waits for another try."""
    for outlet, replica in replicas.items():
        for _ in range(6):
            with Ledger.open(data_dir / "state" / "ledger.sqlite") as ledger:
                if set(ledger.counts(outlet)) <= TERMINAL - {"failed"}:
                    break
            replica.advance(timedelta(days=1))
            # A day's news and re-checks in one crawl: its memory is not to be compared with the rounds'.
            settling = Observed()
            one_crawl(outlet, replica, data_dir, settling, None)
            seen[outlet].crawls += settling.crawls
            seen[outlet].open_files += settling.open_files


def check(outlet: str, replica: Replica, data_dir: Path, end: datetime) -> int:
    """Every article once, and none that the outlet did not have; how many there are."""
    tables = [read_partition(p.path) for p in partitions(data_dir, "articles", outlet)]
    ids = [text.partition(":")[2] for table in tables for text in table["article_id"].to_pylist()]
    assert len(ids) == len(set(ids)), f"{outlet}: an article is there twice"
    # What only the Asia listing calls Asian is missed if the crawl that saw it there was killed. What is
    # older than the first crawl is no crawl's duty, nor what the listing drops between the days of settling.
    # Nor is what was removed again: its page may never have answered. Articles dated years ago are for an
    # hour or two on the listing, and else on days that no crawl looks at.
    recent = f"archive:/{BEGIN:%Y%m%d}/"
    certain = {
        article["article_id"]
        for article in replica.world()["articles"]
        if article["asia_evidence"] != ["listing"]
        and article["removed_at"] is None
        and f"{BEGIN:%FT%TZ}" <= article["appears_at"] <= f"{end:%FT%TZ}"
        and any(channel >= recent for channel in article["channels"] if channel.startswith("archive:"))
    }
    expected = {row["article_id"] for row in replica.truth()}
    names = {article_id.partition(":")[2] for article_id in expected & certain}
    missing = names - set(ids)
    assert not missing, f"{outlet}: {len(missing)} articles are missing, such as {sorted(missing)[:3]}"
    extra = set(ids) - {article_id.partition(":")[2] for article_id in expected}
    assert not extra, f"{outlet}: {len(extra)} rows are no articles of the section: {sorted(extra)[:3]}"
    return len(ids)


def growth(values: list[float]) -> float:
    """How much higher the last tenth lies than the first, after the first crawl that finds everything new.

    Of the rounds alone, which all look at as many hours.
    """
    tenth = max(1, len(values) // 10)
    return statistics.median(values[-tenth:]) / statistics.median(values[1 : 1 + tenth]) - 1


def report(seen: dict[str, Observed], rows: dict[str, int], days: int) -> tuple[list[str], list[str]]:
    """The figures as Markdown, and which of memory and files grew more than they may."""
    broken = []
    lines = [
        f"Made by `python -m tests.soak` on {datetime.now(UTC):%Y-%m-%d}: {days} simulated days.",
        "",
        "| outlet | crawls | killed | articles, each once | growth of memory | open files, first and last |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for outlet, observed in seen.items():
        grown, files = growth(observed.peak_mib), observed.open_files
        if grown >= 0.1:
            broken.append(f"{outlet}: memory grew by {grown:.1%}: {observed.peak_mib}")
        if max(files[-3:]) > max(files[:3]) + 8:
            broken.append(f"{outlet}: files stay open: {files}")
        lines.append(
            f"| {outlet} | {observed.crawls} | {observed.kills} | {rows[outlet]:,} | {grown:+.1%} "
            f"| {max(files[:3])}, {max(files[-3:])} |"
        )
    return lines, broken


def main() -> int:
    """Run the soak; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--articles", type=int, default=14_400, help="for each outlet")
    parser.add_argument("--rounds", type=int, default=8, help="crawls of each outlet a day")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--report", type=Path, help="write the figures into this page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="asiadesk-soak-") as folder:
        lines, broken = soak(
            Path(folder), options.days, options.articles, options.rounds, options.kills, options.seed
        )
    text = "\n".join(lines)
    print(text)
    if options.report:
        put_into(options.report, "soak", text)
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
