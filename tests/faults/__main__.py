"""`python -m tests.faults`: every campaign of faults in full; counts, violations, and docs/reliability.md.

With `--every N` only each Nth point of each campaign is taken. The exit code is 1 if any invariant broke.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import put_into
from tests.faults import strace
from tests.faults.campaign import Laboratory
from tests.faults.invariants import Violation
from tests.faults.server_ledger import ServerLaboratory
from tests.faults.whole_crawl import CannotMount, CrawlLaboratory
from tests.pipelines.storage.postgres import NoPostgres
from tests.s3.bucket_crawl import BucketLaboratory, race, storm
from tests.s3.faulty_server import MOMENTS

UPLOADS_OF_A_CRAWL = 6
"""At least so many objects a crawl in small puts into the bucket."""
ERRORS = ("ENOSPC", "EIO", "EROFS")


@dataclass(slots=True)
class Tally:
    """How often each kind of fault was tried, and what broke."""

    every: int
    points: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def attempt(self, kind: str, what: str, work: Callable[[], None]) -> None:
        """One fault; a violation is noted and the campaign goes on."""
        self.points[kind] = self.points.get(kind, 0) + 1
        began = time.monotonic()
        try:
            work()
        except Violation as violation:
            self.broken[kind] = self.broken.get(kind, 0) + 1
            self.violations.append(f"{kind}, {what}: {violation}")
            print(f"VIOLATION {self.violations[-1]}", file=sys.stderr, flush=True)
        self.seconds[kind] = self.seconds.get(kind, 0) + time.monotonic() - began

    @contextmanager
    def campaign(self, kind: str) -> Iterator[None]:
        """Say how far we are."""
        yield
        print(
            f"{kind}: {self.points.get(kind, 0)} points, {self.broken.get(kind, 0)} violations, "
            f"{self.seconds.get(kind, 0):.0f} s",
            flush=True,
        )


def system_calls(tally: Tally, dice: random.Random) -> int:
    """Crawls in small, killed or failed at their system calls; how often a reader opened a file meanwhile."""
    with Laboratory() as later, Laboratory(from_nothing=True) as first:
        for name, laboratory, step in (("a crawl", later, 1), ("the first crawl", first, 3)):
            kind = f"killed at a system call, {name}"
            points = laboratory.points()
            with tally.campaign(kind):
                for point in points[:: step * tally.every]:
                    tally.attempt(kind, str(point), lambda p=point, lab=laboratory: lab.kill_at(p))
        points = later.points()
        for error in ERRORS:
            with tally.campaign(error):
                for number, point in enumerate(points[:: 2 * tally.every]):
                    tally.attempt(
                        error,
                        f"{point} {'from then on' if number % 2 else 'once'}",
                        lambda p=point, e=error, n=number: later.fail_at(p, e, from_then_on=n % 2 == 1),
                    )
        with tally.campaign("short write"):
            for size in range(4_000, 160_000, 1_300 * tally.every):
                tally.attempt("short write", str(size), lambda s=size: later.limit_files_to(s))
        return later.reads + first.reads


def chance(tally: Tally, dice: random.Random) -> int:
    """Crawls in small, killed at any time, and again while they recover."""
    with Laboratory() as laboratory:
        points = laboratory.points()
        kind = "killed at a random time"
        with tally.campaign(kind):
            for _ in range(0, 220, tally.every):
                seconds = dice.uniform(0, 0.2)
                tally.attempt(kind, f"{seconds:.4f} s", lambda s=seconds: laboratory.kill_after(s))
        kind = "killed in recovery"
        with tally.campaign(kind):
            for _ in range(0, 120, tally.every):
                first, second = dice.choice(points), dice.choice(points[: len(points) // 3])
                tally.attempt(
                    kind,
                    f"{first} then {second}",
                    lambda a=first, b=second: laboratory.kill_recovery_at(a, b),
                )
        return laboratory.reads


def power_losses(tally: Tally, dice: random.Random) -> int:
    """Crawls in small, the disk as it may be when the power goes."""
    with Laboratory() as later, Laboratory(from_nothing=True) as first:
        for laboratory in (later, first):
            lose_power(tally, laboratory, dice)
        return later.reads + first.reads


def lose_power(tally: Tally, laboratory: Laboratory, dice: random.Random) -> None:
    """Power losses all through one crawl, in three degrees."""
    disk = laboratory.trace_disk()
    for kind, count in (("all unsynced lost", 150), ("some unsynced lost", 150), ("nothing lost", 20)):
        name = f"power loss, {kind}"
        with tally.campaign(name):
            for number in range(0, count, tally.every):
                moment, seed = int(number * disk.length / count), dice.randrange(10**6)
                tally.attempt(
                    name,
                    f"moment {moment}",
                    lambda m=moment, k=kind, s=seed: laboratory.lose_power(disk, m, k, s),
                )


def whole_crawls(tally: Tally, dice: random.Random) -> int:
    """Crawls of the replica by the production command; how often a reader opened a file meanwhile."""
    with CrawlLaboratory() as laboratory:
        points = laboratory.points()
        step = max(1, len(points) // 60) * tally.every
        with tally.campaign("whole crawl killed at a system call"):
            for point in points[::step]:
                tally.attempt(
                    "whole crawl killed at a system call", str(point), lambda p=point: laboratory.kill_at(p)
                )
        for error in ERRORS:
            kind = f"whole crawl, {error}"
            with tally.campaign(kind):
                for number, point in enumerate(points[step // 2 :: 3 * step]):
                    tally.attempt(
                        kind,
                        str(point),
                        lambda p=point, e=error, n=number: laboratory.fail_at(p, e, from_then_on=n % 2 == 1),
                    )
        with tally.campaign("whole crawl killed at a random time"):
            for _ in range(0, 20, tally.every):
                seconds = dice.uniform(0.3, 4)
                tally.attempt(
                    "whole crawl killed at a random time",
                    f"{seconds:.2f} s",
                    lambda s=seconds: laboratory.kill_after(s),
                )
        try:
            tally.attempt("whole crawl on a full 6 MiB disk", "", lambda: laboratory.fill_disk(6))
        except CannotMount as error:
            print(f"no disk could be filled: {error}")
        return laboratory.reads


def buckets(tally: Tally, dice: random.Random) -> int:
    """Batches and crawls in small over an S3 server of which a fifth of the calls fail."""
    with BucketLaboratory() as laboratory:
        seed = dice.randrange(1000)
        with TemporaryDirectory() as room:
            count = 500 // tally.every
            batches = storm(laboratory.server, Path(room), count, seed)
            _in_a_row(tally, "batch of rows with failing calls", batches, count)
            count = 100 // tally.every
            rounds = race(laboratory.server, Path(room), count, seed)
            _in_a_row(tally, "two writers at once with failing calls", rounds, count)
        kind = "crawl with failing calls"
        with tally.campaign(kind):
            for number in range(0, 20, tally.every):
                tally.attempt(kind, str(number), laboratory.crawl_with_faults)
        kind = "crawl with failing calls, killed in an upload"
        with tally.campaign(kind):
            for number in range(0, 60, tally.every):
                put, moment = number % UPLOADS_OF_A_CRAWL, MOMENTS[number % len(MOMENTS)]
                tally.attempt(
                    kind, f"{put}, {moment}", lambda n=put, m=moment: laboratory.kill_in_upload(n, m)
                )
        kind = "crawl whose bucket is lost in an upload"
        with tally.campaign(kind):
            for number in range(0, 2 * UPLOADS_OF_A_CRAWL, tally.every):
                put = number % UPLOADS_OF_A_CRAWL
                tally.attempt(kind, str(put), lambda n=put: laboratory.outage_from(n))
        print(f"calls by method and fault: {dict(laboratory.server.calls)}", flush=True)
        return laboratory.reads


def _in_a_row(tally: Tally, kind: str, steps: Iterator[int], count: int) -> None:
    """Steps of which each builds on the one before; after a violation there is no next one."""
    with tally.campaign(kind):
        for number in range(count):
            tally.attempt(kind, str(number), lambda: next(steps))
            if tally.broken.get(kind):
                return


def figures(tally: Tally, reads: int, seconds: float, command: str) -> str:
    """The figures as Markdown."""
    lines = [
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}: Python {platform.python_version()}, "
        f"Linux {platform.release().split('-')[0]}, {seconds / 60:.0f} minutes.",
        "",
        "| fault | points | violations |",
        "|---|---:|---:|",
        *(f"| {kind} | {count} | {tally.broken.get(kind, 0)} |" for kind, count in tally.points.items()),
        f"| **all** | **{sum(tally.points.values())}** | **{len(tally.violations)}** |",
        "",
        f"Meanwhile a reader opened new Parquet files {reads:,} times; "
        "each was whole and showed no article twice."
        if reads
        else "",
    ]
    return "\n".join(lines).rstrip()


def ledger_on_a_server(tally: Tally, dice: random.Random) -> int:
    """Crawls in small with their ledger on PostgreSQL: killed, or the connection lost."""
    with ServerLaboratory() as laboratory:
        messages = laboratory.points_of_talk()
        for kind, points in (
            ("ledger on PostgreSQL, killed at a message", messages[::2]),
            ("ledger on PostgreSQL, killed at a change of the disk", laboratory.points()[::2]),
        ):
            with tally.campaign(kind):
                for point in points[:: tally.every]:
                    tally.attempt(kind, str(point), lambda p=point: laboratory.kill_at(p))
        kind = "ledger on PostgreSQL, connection lost at a message"
        with tally.campaign(kind):
            for point in messages[:: 5 * tally.every]:
                tally.attempt(kind, str(point), lambda p=point: laboratory.lose_connection_at(p))
        return laboratory.reads


PARTS = {
    "calls": system_calls,
    "chance": chance,
    "power": power_losses,
    "whole": whole_crawls,
    "postgres": ledger_on_a_server,
    "s3": buckets,
}


def main() -> int:
    """Run the campaigns; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take only each Nth point")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--report", type=Path, help="write the figures into this page")
    options = parser.parse_args()
    parts = [options.only] if options.only else list(PARTS)
    if parts != ["s3"] and not strace.available():
        print(strace.MISSING, file=sys.stderr)
        return 1
    violations = 0
    for part in parts:
        began = time.monotonic()
        tally = Tally(options.every)
        try:
            reads = PARTS[part](tally, random.Random(options.seed))
        except NoPostgres as error:
            print(f"{part}: not tried: {error}", file=sys.stderr, flush=True)
            continue
        text = figures(tally, reads, time.monotonic() - began, f"python -m tests.faults --only {part}")
        print(text, flush=True)
        if options.report:
            put_into(options.report, part, text)
        violations += len(tally.violations)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
