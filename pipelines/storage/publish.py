"""Publish: the rows staged in the ledger become rows of the dataset."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.storage.amendments import Amendment, amended
from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.heap import give_back_free_memory
from pipelines.storage.layout import DataPath
from pipelines.storage.ledger import Ledger
from pipelines.storage.merge import MergeResult, ids_are_unique, merge, merge_revisions
from pipelines.storage.names import outlet_slug
from pipelines.storage.partitions import partition_path, read_version, write_partition
from pipelines.storage.s3 import ReplacedMeanwhile
from pipelines.storage.schema import ARTICLE_SCHEMA
from pipelines.storage.staged_rows import UnstorableRow, decode_rows

__all__ = ["MergeResult", "PublishReport", "merge", "publish", "sweep_leftovers"]

ROWS_AT_ONCE = 5000
"""Staged rows merged in one go; more of one partition take several, to bound the memory."""

_MERGES = 20
"""Other writers may replace a partition so often while one publish tries to."""

_LEFTOVER = re.compile(r"\.(?:articles|revisions)\.parquet\.\d+-[0-9a-f]{8}\.tmp")


@dataclass(slots=True)
class PublishReport:
    """What a publish did."""

    rows: int = 0
    """Articles that are new in the dataset or have a newer revision there."""
    revisions: int = 0
    """Earlier versions that went to `revisions/`."""
    partitions: int = 0
    """Files of articles that were replaced."""
    bytes: int = 0
    """Size of all files written."""


def publish(ledger: Ledger, data_dir: DataPath, outlet: str, *, verify: bool = True) -> PublishReport:
    """Bring all staged rows of the outlet into its partitions, and what is to be amended in stored ones.

    The caller holds the outlet's lock. Every step may be repeated: after a crash anywhere, the next publish
    ends with the same files. Raises StorageError or LedgerError; what was not published is still staged.
    """
    report = PublishReport()
    amendments = ledger.amendments(outlet)
    for month in sorted({*ledger.staged_months(outlet), *amendments}):
        due = amendments.get(month, [])
        if due and not ledger.staged(outlet, month, 1):
            _publish_partition(data_dir, outlet, month, ARTICLE_SCHEMA.empty_table(), due, verify, report)
        while waiting := ledger.staged(outlet, month, ROWS_AT_ONCE):
            try:
                rows = decode_rows([row.row for row in waiting])
            except UnstorableRow as error:
                raise LedgerError(
                    f"ledger {ledger.place}: a staged row of {outlet} in {month} cannot be read: {error}: "
                    "see `scrapy doctor`"
                ) from error
            _publish_partition(data_dir, outlet, month, rows, due, verify, report)
            ledger.published(waiting)
        if due:
            ledger.amended(due)
    if report.partitions:
        give_back_free_memory()
    return report


def _publish_partition(
    data_dir: DataPath,
    outlet: str,
    month: int,
    staged: pa.Table,
    due: Sequence[Amendment],
    verify: bool,
    report: PublishReport,
) -> None:
    for left in reversed(range(_MERGES)):
        try:
            _merge_into_partition(data_dir, outlet, month, staged, due, verify, report)
            return
        except ReplacedMeanwhile:
            # A writer with another ledger, and so another lock. Whatever the order, the merge is the same.
            if not left:
                raise


def _merge_into_partition(
    data_dir: DataPath,
    outlet: str,
    month: int,
    staged: pa.Table,
    due: Sequence[Amendment],
    verify: bool,
    report: PublishReport,
) -> None:
    path = partition_path(data_dir, "articles", outlet, month)
    existing, version = read_version(path)
    merged = merge(existing, staged)
    if not ids_are_unique(merged.articles):
        raise StorageError(f"{path} would hold an article twice")
    if len(merged.superseded):
        # First the earlier versions: a crash in between leaves a version in both places, never in none.
        revisions_path = partition_path(data_dir, "revisions", outlet, month)
        before, version_before = read_version(revisions_path)
        revisions = merge_revisions(before, merged.superseded)
        if len(revisions) > len(before):
            report.bytes += write_partition(revisions_path, revisions, verify=verify, replaces=version_before)
            report.revisions += len(revisions) - len(before)
    articles = amended(merged.articles, due)
    if not articles.equals(existing):
        report.bytes += write_partition(path, articles, verify=verify, replaces=version)
        report.partitions += 1
        report.rows += _count_changed(existing, articles, staged)


def _count_changed(existing: pa.Table, merged: pa.Table, staged: pa.Table) -> int:
    """How many of the staged articles have another revision now than before."""

    def revisions(table: pa.Table) -> set[tuple[str, int]]:
        rows = table.filter(pc.is_in(table["article_id"], value_set=staged["article_id"]))
        return set(zip(rows["article_id"].to_pylist(), rows["revision"].to_pylist(), strict=True))

    return len(revisions(merged) - revisions(existing))


def sweep_leftovers(data_dir: DataPath, outlet: str) -> int:
    """Remove the unfinished files of dead writers; returns how many. The caller holds the outlet's lock.

    Raises StorageError.
    """
    removed = 0
    for dataset in ("articles", "revisions"):
        for path in (data_dir / dataset / f"outlet={outlet_slug(outlet)}").glob("month=*/.*.tmp"):
            if _LEFTOVER.fullmatch(path.name):
                try:
                    path.unlink()
                    removed += 1
                except FileNotFoundError:
                    pass
                except OSError as error:
                    raise StorageError(
                        f"{path}, half a file of a dead run, cannot be removed: {error}"
                    ) from error
    return removed
