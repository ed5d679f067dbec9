"""Stored sketches: a ledger that has none of an outlet's recent articles makes them from the dataset's files.

So is a ledger that was made before near-duplicates were found, and one that was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc

from pipelines.storage.layout import DataPath
from pipelines.storage.ledger import Ledger
from pipelines.storage.near_duplicate_flags import NearDuplicateFlags
from pipelines.storage.partitions import partitions, read_partition

_NEEDED = ["article_id", "lead", "body", "published_at", "fetched_at", "duplicate_of", "similarity"]
_ROWS_AT_ONCE = 500


def open_flags(ledger: Ledger, data_dir: DataPath, outlet: str, *, days: int, now: int) -> NearDuplicateFlags:
    """The near-duplicate index, with the outlet's stored articles that the window reaches.

    They are read if this ledger never saw them, once. The caller holds the outlet's lock. Killed on the way,
    the next call goes on where this one was.
    """
    flags = NearDuplicateFlags(ledger, days)
    if not flags.window or ledger.sketched_at(outlet) is not None:
        return flags
    for rows in _recent_rows(data_dir, outlet, now - flags.window):
        flags.take_up(rows)
        with ledger.writing() as connection:
            flags.save(connection)
    ledger.mark_sketched(outlet, now)
    return flags


def _recent_rows(data_dir: DataPath, outlet: str, since: int) -> Iterator[list[dict[str, Any]]]:
    """The stored articles fetched since then, in the order of their publication."""
    for partition in partitions(data_dir, "articles", outlet):
        table = read_partition(partition.path).select(_NEEDED)
        recent = table.filter(pc.greater_equal(table["fetched_at"], datetime.fromtimestamp(since, UTC)))
        for start in range(0, len(recent), _ROWS_AT_ONCE):
            yield recent.slice(start, _ROWS_AT_ONCE).to_pylist()
