"""Rebuild: the ledger's links made anew from the Parquet files, which are the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pipelines.storage.canonical_url import article_key
from pipelines.storage.content_hash import HASHED_FIELDS, content_hash
from pipelines.storage.layout import DataPath
from pipelines.storage.ledger import Ledger
from pipelines.storage.outcomes import Link, new_link
from pipelines.storage.partitions import Partition, partition_path, partitions, read_partition
from pipelines.storage.tables import LinkState

RECHECK_DAYS = 30
"""Articles published within as many days are due for a re-check at once; older ones are left alone."""

_ROWS_AT_ONCE = 1000
_NEEDED = [
    *("article_id", "url", "channel", "revision", "first_seen_at", "fetched_at", "etag"),
    *HASHED_FIELDS,
]


def ensure_ledger(ledger: Ledger, data_dir: DataPath, outlet: str | None = None) -> int:
    """Rebuild the links of each outlet (or one) whose files this ledger was never shown; returns how many.

    Called before a crawl: with a ledger that was deleted, the crawl would otherwise store its articles anew,
    as revision 0 and perhaps in another month.
    """
    names = (
        [outlet] if outlet else sorted({partition.outlet for partition in partitions(data_dir, "articles")})
    )
    return sum(rebuild_ledger(ledger, data_dir, name) for name in names if ledger.rebuilt_at(name) is None)


def rebuild_ledger(
    ledger: Ledger, data_dir: DataPath, outlet: str | None = None, now: int | None = None
) -> int:
    """Make the links agree with the files, of one outlet or all; returns how many were missing or wrong.

    What the ledger knows besides, such as failures and rows that wait, is kept. The caller holds the locks of
    the outlets concerned. Doing it again changes nothing.
    """
    now = int(time.time()) if now is None else now
    changed = 0
    seen = {outlet} if outlet else set()
    for partition in partitions(data_dir, "articles", outlet):
        seen.add(partition.outlet)
        table = read_partition(partition.path).select(_NEEDED)
        taken = _taken_revisions(data_dir, partition)
        for start in range(0, len(table), _ROWS_AT_ONCE):
            rows = table.slice(start, _ROWS_AT_ONCE)
            changed += ledger.adopt(list(_links(ledger, partition, rows, taken, now)))
    for name in seen:
        ledger.mark_rebuilt(name, now)
    return changed


def _taken_revisions(data_dir: DataPath, partition: Partition) -> dict[str, int]:
    """The highest revision of each article that has earlier versions.

    A crash between the two files of a publish leaves there the numbers of versions that never came to be the
    article's row; they must not be given again.
    """
    rows = read_partition(partition_path(data_dir, "revisions", partition.outlet, partition.month))
    taken: dict[str, int] = {}
    for article_id, revision in zip(
        *(rows[name].to_pylist() for name in ("article_id", "revision")), strict=True
    ):
        taken[article_id] = max(revision, taken.get(article_id, 0))
    return taken


def _links(
    ledger: Ledger, partition: Partition, rows: pa.Table, taken: dict[str, int], now: int
) -> Iterator[Link]:
    number = ledger.outlet_number(partition.outlet)
    for row in rows.to_pylist():
        channel = ledger.channel_bit(number, row["channel"] or "unknown")
        link = _link(row, number, channel, partition.month, now)
        link.revision = max(link.revision, taken.get(row["article_id"], 0))
        yield link


def _link(row: dict[str, Any], outlet: int, channel: int, month: int, now: int) -> Link:
    link = new_link(
        article_key(row["article_id"]), outlet, channel, None, int(row["first_seen_at"].timestamp())
    )
    link.state = LinkState.STORED
    link.month = month
    link.revision = row["revision"]
    link.native_id = row["article_id"].partition(":")[2]
    link.content_hash = content_hash(row)
    link.last_fetched_at = int(row["fetched_at"].timestamp())
    link.due_at = None
    if now - row["published_at"].timestamp() < RECHECK_DAYS * 86400:
        link.due_at, link.url, link.etag = now, row["url"], row["etag"]
    return link
