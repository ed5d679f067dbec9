"""What a publish does to one partition: merge and write, and the earlier versions first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.storage.amendments import Amendment
from pipelines.storage.errors import StorageError
from pipelines.storage.heap import give_back_free_memory
from pipelines.storage.layout import DataPath
from pipelines.storage.merge import merge_revisions
from pipelines.storage.partition_merge import merge_partition
from pipelines.storage.partitions import (
    open_partition,
    partition_path,
    read_version,
    replace_partition,
    write_partition,
)
from pipelines.storage.publish import PublishReport
from pipelines.storage.s3 import ReplacedMeanwhile

_MERGES = 20
"""Other writers may replace a partition so often while one publish tries to."""


@dataclass(frozen=True, slots=True)
class PartitionUpdate:
    """One publish's business with one month of an outlet."""

    data_dir: DataPath
    outlet: str
    month: int
    due: Sequence[Amendment]
    """What is to be amended in its rows."""
    verify: bool
    """Whether what was written is read back before it takes its place."""
    report: PublishReport
    """Counts what was done."""

    def take(self, staged: pa.Table) -> None:
        """Bring the staged rows and the amendments into the partition's files. Raises StorageError."""
        for left in reversed(range(_MERGES)):
            try:
                self._merge(staged)
                return
            except ReplacedMeanwhile:
                # A writer with another ledger, and so another lock. In any order the merge is the same.
                if not left:
                    raise

    def _merge(self, staged: pa.Table) -> None:
        path = partition_path(self.data_dir, "articles", self.outlet, self.month)
        with open_partition(path) as stored:
            merged = merge_partition(stored, staged, self.due)
            if not merged.ids_are_unique:
                raise StorageError(f"{path} would hold an article twice")
            if len(merged.superseded):
                # The earlier versions first: a crash in between leaves them in both places, never in none.
                self._keep_earlier(merged.superseded)
                give_back_free_memory()
            if not merged.changes_nothing:
                self.report.bytes += replace_partition(
                    path, merged.articles, verify=self.verify, replaces=stored.version
                )
                self.report.partitions += 1
                self.report.rows += _count_changed(merged.before, merged.after, staged)

    def _keep_earlier(self, superseded: pa.Table) -> None:
        path = partition_path(self.data_dir, "revisions", self.outlet, self.month)
        before, version = read_version(path)
        revisions = merge_revisions(before, superseded)
        if len(revisions) > len(before):
            self.report.bytes += write_partition(path, revisions, verify=self.verify, replaces=version)
            self.report.revisions += len(revisions) - len(before)


def _count_changed(existing: pa.Table, merged: pa.Table, staged: pa.Table) -> int:
    """How many of the staged articles have another revision now than before."""

    def revisions(table: pa.Table) -> set[tuple[str, int]]:
        rows = table.select(["article_id", "revision"]).filter(
            pc.is_in(table["article_id"], value_set=staged["article_id"])
        )
        return set(zip(rows["article_id"].to_pylist(), rows["revision"].to_pylist(), strict=True))

    return len(revisions(merged) - revisions(existing))
