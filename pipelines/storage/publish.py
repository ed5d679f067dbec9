"""Publish: the rows staged in the ledger become rows of the dataset.

What touches Parquet is imported when there is something to publish: a run that finds nothing new does
without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.storage.errors import LedgerError, StorageError
from pipelines.storage.layout import DataPath
from pipelines.storage.ledger import Ledger
from pipelines.storage.names import outlet_slug
from pipelines.storage.staged_rows import UnstorableRow, decode_rows
from pipelines.storage.staging import StagedName

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 5000
"""Staged rows merged in one go; more of one partition take several, to bound the memory."""
_DECODED_AT_ONCE = 100

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
    months = sorted({*ledger.staged_months(outlet), *amendments})
    if not months:
        return report
    from pipelines.storage.heap import give_back_free_memory
    from pipelines.storage.partition_update import PartitionUpdate

    for month in months:
        give_back_free_memory()  # what the crawl, or another month, has left is not to lie beside this one's
        due = amendments.get(month, [])
        update = PartitionUpdate(data_dir, outlet, month, due, verify, report)
        if due and not ledger.staged(outlet, month, 1):
            update.take(decode_rows([]))
        while staged := _staged_rows(ledger, outlet, month):
            rows, names = staged
            update.take(rows)
            ledger.published(names)
        if due:
            ledger.amended(due)
    if report.partitions:
        give_back_free_memory()
    return report


def _staged_rows(ledger: Ledger, outlet: str, month: int) -> tuple[pa.Table, list[StagedName]] | None:
    """The oldest rows that wait for a partition, decoded, and which they are; None if none waits.

    Their text is read in parts: it takes several times what the rows do. Raises LedgerError.
    """
    import pyarrow as pa

    tables: list[pa.Table] = []
    names: list[StagedName] = []
    while room := min(_DECODED_AT_ONCE, ROWS_AT_ONCE - len(names)):
        part = ledger.staged(outlet, month, room, after=names[-1].id if names else 0)
        try:
            tables.append(decode_rows([row.row for row in part]))
        except UnstorableRow as error:
            raise LedgerError(
                f"ledger {ledger.place}: a staged row of {outlet} in {month} cannot be read: {error}: "
                "see `scrapy doctor`"
            ) from error
        names += [StagedName(row.id, row.key) for row in part]
        if len(part) < room:
            break
    return (pa.concat_tables(tables), names) if names else None


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
