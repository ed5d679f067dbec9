"""scrapy reparse: read archived pages by the present parser; rows that read otherwise are replaced."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from secrets import token_hex
from typing import Any, ClassVar

import pyarrow as pa
from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from crawler.commands.outlet_argument import outlet_class
from crawler.commands.reparsing import Reparsed, parse_archived, reparse_rows, spider_of
from crawler.exit_codes import BUSY, COMPLETE, PARTIAL, code_of
from crawler.frontier import next_recheck, utc
from crawler.ledger_access import data_folder_of, opened_ledger
from crawler.page import PageProblem
from pipelines.storage.content_hash import HASHED_FIELDS, content_hash
from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.layout import DataPath
from pipelines.storage.ledger import Ledger, LinkState, Outcome
from pipelines.storage.lock import OutletBusy, OutletLock
from pipelines.storage.merge import merge
from pipelines.storage.partitions import (
    Partition,
    partitions,
    read_partition,
    read_version,
    write_partition,
)
from pipelines.storage.publish import publish, sweep_leftovers
from pipelines.storage.raw_archive import RawArchive, RawPage, RawPageMissing, read_raw
from pipelines.storage.rebuild import rebuild_ledger
from pipelines.storage.schema import ARTICLE_SCHEMA
from pipelines.storage.staging import QuarantinedLink
from pipelines.store import article_row

_ROWS_OF_A_TASK = 100
_NEVER_PARSED = frozenset(("not-archived", "page-missing"))


@dataclass(slots=True)
class Findings:
    """What a reparse found in one outlet."""

    rows: int = 0
    changed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """How many rows read otherwise in each column."""
    problems: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    """For each problem an article that has it."""
    released: int = 0
    """Quarantined pages that are articles now."""

    def note(self, result: Reparsed) -> None:
        """Count one row."""
        self.rows += 1
        if result.problem:
            self.problems[result.problem] += 1
            self.examples.setdefault(result.problem, result.article_id)
        self.changed += bool(result.changes)
        self.fields.update(result.changes.keys())

    @property
    def refused(self) -> int:
        """Rows whose page the present parser does not accept."""
        return sum(count for problem, count in self.problems.items() if problem not in _NEVER_PARSED)


class Command(ScrapyCommand):
    """Replaces rows by what the present parser reads from the archived page of the same revision."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Read archived pages by the present parser and bring the rows up to date"

    def long_desc(self) -> str:
        return (
            "A row keeps its id, revision and provenance; `extractor` says which parser read it. A row whose "
            "page is not archived or no longer accepted stays as it is. Quarantined pages that the present "
            "parser accepts become articles. Exit codes: 0 all read, 11 some pages are no longer accepted, "
            "20 storage, 21 ledger, 75 a run has the outlet."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--outlet", help="only this outlet (default: all that have articles)")
        parser.add_argument("--since", help="only pages fetched on this day or later (2026-11-01)")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if args:
            raise UsageError("scrapy reparse takes options only")
        data_dir = data_folder_of(self.settings)
        since = _day(opts.since)
        stored = {partition.outlet for partition in partitions(data_dir, "articles")}
        codes = []
        loader = get_spider_loader(self.settings)
        with _workers() as workers, opened_ledger(self.settings) as ledger:
            for outlet in [opts.outlet] if opts.outlet else sorted(stored | set(ledger.outlets())):
                outlet_class(loader, outlet)
                codes.append(_reparse(outlet, data_dir, ledger, since, opts.dry_run, workers))
        self.exitcode = max(codes, default=COMPLETE)


def _reparse(
    outlet: str,
    data_dir: DataPath,
    ledger: Ledger,
    since: datetime | None,
    is_dry_run: bool,
    workers: Executor,
) -> int:
    """One outlet; prints what it found and returns the exit code."""
    console = Console()
    try:
        with nullcontext() if is_dry_run else OutletLock(data_dir, outlet):
            if not is_dry_run:
                ledger.lock_outlet(outlet, "reparse")
            findings = Reparse(outlet, data_dir, ledger, since, is_dry_run, workers).run()
    except (OutletBusy, StorageError, LedgerError) as error:
        console.print(Text(f"{outlet}: {error}"))
        return BUSY if isinstance(error, OutletBusy) else code_of(error)
    console.print(_table(outlet, findings, is_dry_run))
    return PARTIAL if findings.refused else COMPLETE


class Reparse:
    """One outlet's pages read anew. Killed anywhere, it may be run again and ends with the same rows."""

    def __init__(
        self,
        outlet: str,
        data_dir: DataPath,
        ledger: Ledger,
        since: datetime | None,
        is_dry_run: bool,
        workers: Executor,
    ) -> None:
        self._outlet = outlet
        self._data_dir = data_dir
        self._ledger = ledger
        self._since = since
        self._is_dry_run = is_dry_run
        self._workers = workers
        self._findings = Findings()

    def run(self) -> Findings:
        """Reparse rows and quarantine; the caller holds the outlet's lock, except for a dry run."""
        if self._is_dry_run:
            for partition in partitions(self._data_dir, "articles", self._outlet):
                self._changes(read_partition(partition.path))
            self._released()
            return self._findings
        sweep_leftovers(self._data_dir, self._outlet)
        RawArchive.recover(self._data_dir, self._outlet)
        publish(self._ledger, self._data_dir, self._outlet)
        # From the first changed file on the ledger's hashes are old: were we killed, a re-check would take
        # the parser's progress for the outlet's edit. So the next run rebuilds, unless we do it ourselves.
        self._ledger.mark_rebuilt(self._outlet, None)
        for dataset in ("articles", "revisions"):
            for partition in partitions(self._data_dir, dataset, self._outlet):
                self._rewrite(partition)
        rebuild_ledger(self._ledger, self._data_dir, self._outlet)
        self._release()
        return self._findings

    def _rewrite(self, partition: Partition) -> None:
        table, version = read_version(partition.path)
        changes = self._changes(table)
        if changes:
            rows = table.to_pylist()
            for place, columns in changes.items():
                rows[place] |= columns
            new = pa.Table.from_pylist(rows, schema=ARTICLE_SCHEMA)
            if partition.path.name == "articles.parquet":
                new = merge(ARTICLE_SCHEMA.empty_table(), new).articles  # in the order of its new times
            write_partition(partition.path, new, replaces=version)

    def _changes(self, table: pa.Table) -> dict[int, dict[str, Any]]:
        """For each row that reads otherwise, by its place: the columns that change."""
        places = [
            place
            for place, fetched_at in enumerate(table["fetched_at"].to_pylist())
            if self._since is None or fetched_at >= self._since
        ]
        tasks = [
            self._workers.submit(reparse_rows, self._outlet, self._data_dir, table.take(chunk).to_pylist())
            for chunk in _chunks(places)
        ]
        changes = {}
        results = (result for task in tasks for result in task.result())
        for place, result in zip(places, results, strict=True):
            self._findings.note(result)
            if result.changes:
                changes[place] = result.changes
        return changes

    def _release(self) -> None:
        """Store what has become an article of the quarantined pages."""
        now = datetime.now(UTC)
        run_id = f"{self._outlet}-{now:%Y%m%dT%H%M%SZ}-{token_hex(2)}"
        outcomes = list(self._released(run_id))
        if not outcomes:
            return
        self._ledger.begin_run(run_id, self._outlet, kind="reparse", started_at=int(now.timestamp()))
        self._ledger.record(outcomes, int(now.timestamp()))
        publish(self._ledger, self._data_dir, self._outlet)
        self._ledger.end_run(run_id, exit_code=COMPLETE, reason="reparse", counts={"articles": 0})

    def _released(self, run_id: str = "") -> Iterator[Outcome]:
        spider = spider_of(self._outlet)
        waiting = self._ledger.quarantined(self._outlet, 1_000_000)
        links = self._ledger.links([link.key for link in waiting])
        for quarantined in waiting:
            link = links[quarantined.key]
            try:
                raw = _quarantined_page(self._data_dir, quarantined)
                article = parse_archived(spider, raw, utc(link.first_seen_at))
            except (PageProblem, RawPageMissing):
                continue
            if self._since and raw.fetched_at < self._since:
                continue
            if not spider.is_asia(article, link.channels):
                continue
            assert quarantined.raw_file is not None
            article.channel = link.channels[0] if link.channels else None
            article.run_id = Path(quarantined.raw_file).stem.rpartition("-")[0]
            article.raw_file, article.raw_offset = quarantined.raw_file, quarantined.raw_offset
            self._findings.released += 1
            published_at = article.published_at or raw.fetched_at
            yield Outcome(
                key=quarantined.key,
                outlet=self._outlet,
                run_id=run_id,
                fetched_at=quarantined.fetched_at,
                state=LinkState.STAGED,
                url=article.url,
                article=article_row(article),
                etag=article.etag,
                content_hash=content_hash({name: getattr(article, name) for name in HASHED_FIELDS}),
                due_at=next_recheck(published_at, datetime.now(UTC)),
            )


def _quarantined_page(data_dir: DataPath, link: QuarantinedLink) -> RawPage:
    if link.raw_file is None or link.raw_offset is None:
        raise RawPageMissing(f"the page of {link.url} was not archived")
    return read_raw(data_dir, link.raw_file, link.raw_offset)


@contextmanager
def _workers() -> Iterator[Executor]:
    """A process for each core; each imports the parsers anew, so that no lock of ours is copied into it."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("spawn")) as pool:
        yield pool


def _chunks(places: Iterable[int]) -> Iterator[list[int]]:
    iterator = iter(places)
    while chunk := list(islice(iterator, _ROWS_OF_A_TASK)):
        yield chunk


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError as error:
        raise UsageError(f"--since takes a day such as 2026-11-01, not {text!r}") from error


def _table(outlet: str, findings: Findings, is_dry_run: bool) -> Table:
    would = "would read" if is_dry_run else "read"
    table = Table(
        "finding",
        "rows",
        "example",
        title=f"{outlet}: {findings.rows} rows, {findings.changed} {would} otherwise",
    )
    for name, count in findings.fields.most_common():
        table.add_row(f"{name} changed", str(count), "")
    if findings.released:
        table.add_row("out of quarantine", str(findings.released), "")
    for problem, count in findings.problems.most_common():
        table.add_row(f"kept: {problem}", str(count), Text(findings.examples[problem]))
    return table
