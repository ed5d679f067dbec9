"""scrapy doctor: looks whether ledger, files, raw archive and machine agree, and mends what does not."""

from __future__ import annotations

import argparse
import shutil
import sqlite3
from collections.abc import Container, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
from rich.console import Console
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from crawler.commands.reparsing import spider_of
from crawler.commands.restoring import restore
from crawler.exit_codes import COMPLETE, LEDGER, STORAGE, code_of
from crawler.ledger_access import existing_data_folder
from crawler.run_report import sweep_reports
from pipelines.storage.canonical_url import article_key
from pipelines.storage.database import ledger_file
from pipelines.storage.disk_limits import free_bytes
from pipelines.storage.errors import DatasetTooNew, LedgerError, StorageError
from pipelines.storage.layout import DataPath, ledger_path, local_folder, name_within, state_folder
from pipelines.storage.ledger import Ledger
from pipelines.storage.lock import OutletBusy, OutletLock
from pipelines.storage.merge import merge, merge_revisions
from pipelines.storage.outcomes import Link
from pipelines.storage.partitions import (
    Partition,
    partition_path,
    partitions,
    read_partition,
    read_version,
    write_partition,
)
from pipelines.storage.publish import publish, sweep_leftovers
from pipelines.storage.raw_archive import RawArchive, damage, raw_files
from pipelines.storage.rebuild import rebuild_ledger
from pipelines.storage.s3 import ANY_VERSION, S3Error
from pipelines.storage.salvage import readable_rows, whole_rows
from pipelines.storage.schema import ARTICLE_SCHEMA

_CLOCK_TOLERANCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be."""

    place: str
    problem: str
    remedy: str
    is_mended: bool = False
    exit_code: int = STORAGE
    """What the command ends with while this is not mended; 0 for what is only worth knowing."""


class Command(ScrapyCommand):
    """Examines the data folder; mends what can be mended without losing anything."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Check ledger, files, raw archive, disk and clock against each other, and mend what is safe"

    def long_desc(self) -> str:
        return (
            "A damaged Parquet file is copied to state/damaged and made again from what of it can still be "
            "read and from the raw pages. "
            "Exit codes: 0 all is well or was mended, 20 something in the files is not, 21 in the ledger."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--outlet", help="only this outlet")
        parser.add_argument("--dry-run", action="store_true", help="only look, mend nothing")
        parser.add_argument("--rebuild", action="store_true", help="make the ledger anew from the files")
        parser.add_argument("--deep", action="store_true", help="read every raw page too")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if args:
            raise UsageError("scrapy doctor takes options only")
        findings = list(Doctor(self.settings, opts.outlet, opts.dry_run, opts.rebuild, opts.deep).examine())
        _print(findings)
        open_ones = [finding.exit_code for finding in findings if not finding.is_mended]
        self.exitcode = max(open_ones, default=COMPLETE)


class Doctor:
    """One visit to a data folder."""

    def __init__(
        self, settings: BaseSettings, outlet: str | None, is_dry_run: bool, rebuild: bool, deep: bool
    ) -> None:
        self._data_dir = existing_data_folder(settings)
        self._settings = settings
        self._ledger_url = settings["LEDGER"] or str(ledger_path(self._data_dir))
        self._min_free_bytes = settings.getint("MIN_FREE_BYTES")
        self._outlet = outlet
        self._mends = not is_dry_run
        self._rebuilds = rebuild
        self._deep = deep

    def examine(self) -> Iterator[Finding]:
        """All that is wrong. What could be mended has been when a finding says so."""
        yield from self._machine()
        try:
            yield from self._damaged_ledger()
            ledger = Ledger.open(self._ledger_url)
        except LedgerError as error:
            yield Finding("ledger", str(error), "see there", exit_code=LEDGER)
            return
        with ledger:
            stored = {partition.outlet for partition in partitions(self._data_dir, "articles")}
            for outlet in [self._outlet] if self._outlet else sorted(stored | set(ledger.outlets())):
                yield from self._clock(ledger, outlet)
                yield from self._examine_outlet(ledger, outlet)

    def _machine(self) -> Iterator[Finding]:
        free = free_bytes(self._data_dir)
        if free < self._min_free_bytes:
            problem = f"{free >> 20} MiB are free; runs end below {self._min_free_bytes >> 20}"
            yield Finding(
                str(local_folder(self._data_dir)), problem, "free some space, or lower MIN_FREE_BYTES"
            )

    def _clock(self, ledger: Ledger, outlet: str) -> Iterator[Finding]:
        """A clock that went back makes pages look as if fetched in the future, and nothing is ever due."""
        for run in ledger.runs(outlet, 1):
            began = datetime.fromtimestamp(run.started_at or 0, UTC)
            if began > datetime.now(UTC) + _CLOCK_TOLERANCE:
                problem = f"its last run began {began:%Y-%m-%d %H:%M}, which is still to come"
                yield Finding(outlet, problem, "set the clock, or wait until then", exit_code=COMPLETE)

    def _damaged_ledger(self) -> Iterator[Finding]:
        """SQLite's own check; with --rebuild a damaged ledger is set aside, and the next one is made anew."""
        file = ledger_file(self._ledger_url)
        if file is None or not file.exists():
            return
        said = _integrity(file)
        if said == "ok":
            return
        mends = self._rebuilds and self._mends
        remedy = "run `scrapy doctor --rebuild`"
        if mends:
            remedy = (
                "set aside in state/damaged, made anew; what waited in it is fetched again if still shown"
            )
            try:
                with self._all_outlets():
                    set_aside(self._data_dir, file, *(Path(f"{file}{end}") for end in ("-wal", "-shm")))
            except OutletBusy as busy:
                mends, remedy = False, f"{busy}; come back when the run has ended"
        yield Finding(str(file), said, remedy, mends, LEDGER)

    @contextmanager
    def _all_outlets(self) -> Iterator[None]:
        """Hold the locks of all outlets that were ever crawled here: one ledger is for all of them."""
        with ExitStack() as held:
            for outlet in sorted(get_spider_loader(self._settings).list()):
                if OutletLock(self._data_dir, outlet).path.exists():
                    held.enter_context(OutletLock(self._data_dir, outlet))
            yield

    def _examine_outlet(self, ledger: Ledger, outlet: str) -> Iterator[Finding]:
        try:
            spider_of(outlet)
        except KeyError:
            remedy = "bring its spider back, or move its folders away"
            yield Finding(outlet, "has data and no spider", remedy, exit_code=COMPLETE)
            return
        try:
            with OutletLock(self._data_dir, outlet):
                ledger.lock_outlet(outlet, "doctor")
                yield from Examination(self._data_dir, ledger, outlet, self._mends, self._rebuilds).findings()
                if self._deep:
                    yield from self._raw_pages(outlet)
        except OutletBusy as busy:
            yield Finding(outlet, str(busy), "come back when the run has ended", exit_code=COMPLETE)
        except (LedgerError, StorageError) as error:
            yield Finding(outlet, str(error), "see there, then run doctor again", exit_code=code_of(error))

    def _raw_pages(self, outlet: str) -> Iterator[Finding]:
        for file in raw_files(self._data_dir, outlet):
            for problem in damage(self._data_dir, file):
                yield Finding(file, problem, "the rows are not concerned, but distrust this disk")


class Examination:
    """One outlet's files and ledger, compared by whoever holds its lock."""

    def __init__(self, data_dir: DataPath, ledger: Ledger, outlet: str, mends: bool, rebuilds: bool) -> None:
        self._data_dir = data_dir
        self._ledger = ledger
        self._outlet = outlet
        self._mends = mends
        self._rebuilds = rebuilds

    def findings(self) -> Iterator[Finding]:
        """What is wrong, in the order in which it has to be mended."""
        if not self._rebuilds and self._is_another_folder():
            problem = "the ledger has articles of it, and the data folder neither files nor raw pages"
            remedy = "name the ledger's own DATA_DIR; if its files are gone, `scrapy doctor --rebuild`"
            yield Finding(self._outlet, problem, remedy)
            return
        yield from self._remains_of_dead_runs()
        is_readable = True
        for dataset in ("articles", "revisions"):
            for partition in list(partitions(self._data_dir, dataset, self._outlet)):
                for finding in self._damaged_partition(partition):
                    is_readable &= finding.is_mended
                    yield finding
        if is_readable:
            yield from self._waiting_rows()
            yield from self._lost_rows()
            yield from self._ledger_behind_files()

    def _is_another_folder(self) -> bool:
        """Whether the ledger seems to be another data folder's; its articles must not be forgotten."""
        if not self._ledger.months(self._outlet):
            return False
        has_rows = any(partitions(self._data_dir, "articles", self._outlet))
        return not has_rows and not any(raw_files(self._data_dir, self._outlet))

    def _remains_of_dead_runs(self) -> Iterator[Finding]:
        if self._mends:
            swept = sweep_leftovers(self._data_dir, self._outlet)
            sweep_reports(self._data_dir, self._outlet)
            if swept:
                yield Finding(self._outlet, f"{swept} half-written files of dead runs", "removed", True)
            for mended in RawArchive.recover(self._data_dir, self._outlet):
                problem = f"its run died while writing it; {mended.cut_bytes} bytes were half a record"
                yield Finding(str(mended.file), problem, "cut off", True)
        for run in self._ledger.runs(self._outlet):
            if run.status == "running":
                if self._mends:
                    self._ledger.end_run(run.run_id, exit_code=STORAGE, reason="died", status="failed")
                yield Finding(run.run_id, "died without a word", "marked as failed", self._mends, COMPLETE)

    def _damaged_partition(self, partition: Partition) -> Iterator[Finding]:
        try:
            read_partition(partition.path)
            return
        except DatasetTooNew as error:
            yield Finding(str(partition.path), str(error), "use the newer asiadesk")
            return
        except StorageError as error:
            problem = str(error).removeprefix(f"{partition.path} ").removesuffix(": see `scrapy doctor`")
        if not self._mends:
            yield Finding(str(partition.path), problem, "doctor makes it again from the raw pages")
            return
        wanted = self._ledger.articles_of(self._outlet, partition.month)
        restored = restore(spider_of(self._outlet), self._data_dir, self._ledger, wanted)
        damaged = readable_rows(partition.path)
        is_latest = partition.path.name == "articles.parquet"
        again = restored.current.values() if is_latest else chain(*restored.earlier.values())
        rows = whole_rows(damaged, again)
        set_aside(self._data_dir, partition.path)  # a copy: what follows takes the file's place at once
        if rows:
            self._write(partition.path, rows)
        else:
            partition.path.unlink()
        kind = "rows" if is_latest else "earlier versions"
        yield Finding(str(partition.path), problem, f"{len(rows)} {kind} made again", True)
        if is_latest:
            yield from self._forget(wanted, {article_key(row["article_id"]) for row in rows}, partition.path)
        elif lost := len(damaged) - len(rows):
            yield Finding(str(partition.path), f"{lost} earlier versions have no raw page", "they are lost")

    def _lost_rows(self) -> Iterator[Finding]:
        """Articles that the ledger takes for stored and no file holds."""
        for month in self._ledger.months(self._outlet):
            path = partition_path(self._data_dir, "articles", self._outlet, month)
            table, version = read_version(path)
            there = {article_key(article_id) for article_id in table["article_id"].to_pylist()}
            links = self._ledger.articles_of(self._outlet, month)
            lost = {key: link for key, link in links.items() if key not in there}
            if not lost:
                continue
            problem = f"{len(lost)} articles of the ledger are not in it"
            if not self._mends:
                yield Finding(str(path), problem, "doctor makes them again from the raw pages")
                continue
            restored = restore(spider_of(self._outlet), self._data_dir, self._ledger, lost)
            self._write(path, table.to_pylist() + list(restored.current.values()), version)
            yield Finding(str(path), problem, f"{len(restored.current)} rows made again", True)
            yield from self._forget(lost, restored.current, path)

    def _forget(
        self, wanted: dict[bytes, Link], found: Container[bytes], path: DataPath
    ) -> Iterator[Finding]:
        """What has no raw page can only be fetched anew: the ledger must not take it for stored.

        Nothing mends that, so it is told as open, once.
        """
        gone = {key: link for key, link in wanted.items() if key not in found}
        if gone:
            self._ledger.forget(gone)
            names = ", ".join(sorted(str(link.native_id) for link in gone.values())[:5])
            problem = f"{len(gone)} articles have no raw page ({names} …)"
            yield Finding(str(path), problem, "forgotten; fetched again when a channel shows them")

    def _waiting_rows(self) -> Iterator[Finding]:
        waiting = sum(self._ledger.staged_months(self._outlet).values())
        if waiting:
            if self._mends:
                publish(self._ledger, self._data_dir, self._outlet)
            yield Finding(
                self._outlet, f"{waiting} rows wait in the ledger", "published", self._mends, COMPLETE
            )

    def _ledger_behind_files(self) -> Iterator[Finding]:
        if not self._mends:
            return
        changed = rebuild_ledger(self._ledger, self._data_dir, self._outlet)
        if changed:
            problem = f"{changed} links did not say what the files say"
            yield Finding(self._outlet, problem, "brought in line with the files", True, LEDGER)
        elif self._rebuilds:
            yield Finding(self._outlet, "rebuilt from the files", "nothing was wrong", True, LEDGER)

    def _write(self, path: DataPath, rows: list[dict[str, Any]], replaces: str | None = ANY_VERSION) -> None:
        if not rows:
            return
        table = pa.Table.from_pylist(rows, schema=ARTICLE_SCHEMA)
        nothing = ARTICLE_SCHEMA.empty_table()
        is_latest = path.name == "articles.parquet"
        table = merge(nothing, table).articles if is_latest else merge_revisions(nothing, table)
        write_partition(path, table, replaces=replaces)


def set_aside(data_dir: DataPath, *paths: DataPath) -> None:
    """Put damaged files where they can still be looked into, on this machine's disk. Raises StorageError.

    Ledgers are moved away. A partition is copied: it stays in its place until a sound one takes it.
    """
    folder = state_folder(data_dir) / "damaged"
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            if path.name.endswith(".parquet"):
                name = name_within(data_dir, path).replace("/", "-").replace("=", "-")
                (folder / f"{stamp}-{name}").write_bytes(path.read_bytes())
            elif path.exists():
                shutil.move(str(path), folder / f"{stamp}-{path.name}")
    except S3Error:
        raise  # says the place itself
    except OSError as error:
        raise StorageError(f"a damaged file cannot be put into {folder}: {error}: free some space") from error


def _integrity(path: Path) -> str:
    """What SQLite's check says: "ok", or what is broken."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            rows = connection.execute("PRAGMA integrity_check(5)").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error)
    return "; ".join(str(row[0]) for row in rows)


def _print(findings: list[Finding]) -> None:
    """A line for each finding; as plain text, for outlets' addresses may stand in it."""
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        state = "mended" if finding.is_mended else "OPEN" if finding.exit_code else "note"
        console.print(Text(f"{state}: {finding.place}: {finding.problem}: {finding.remedy}"))
    if not findings:
        console.print("All is well.")
