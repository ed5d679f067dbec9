"""Merge: the latest version of each article, and all earlier ones (pure functions over Arrow tables)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.storage.content_hash import content_hash

ORDER = ("published_at", "article_id")
"""The columns that the articles of a partition are sorted by."""


class MergeResult(NamedTuple):
    """The merge of a partition with staged rows."""

    articles: pa.Table
    """The latest version of each article, sorted by publication time and id."""
    superseded: pa.Table
    """All earlier versions among what was merged, sorted by id and revision."""


def merge(existing: pa.Table, staged: pa.Table) -> MergeResult:
    """The latest version of each article, and all others apart.

    A version is an article's id, revision and content; the latest has the highest revision, among equals the
    latest fetch. The result depends neither on the order of the rows, nor on which table holds them, nor on
    how often they come.
    """
    everything = pa.concat_tables([existing, staged])
    alone, latest, earlier = _versions(everything)
    articles = _sorted(everything, _joined(alone, latest), ORDER)
    return MergeResult(articles, everything.take(_joined(earlier)))


def merge_revisions(existing: pa.Table, superseded: pa.Table) -> pa.Table:
    """All versions of both tables, each once, sorted by id and revision."""
    everything = pa.concat_tables([existing, superseded])
    alone, latest, earlier = _versions(everything)
    # The sort is stable: versions with the same number stay in the order that `_versions` gave them.
    return _sorted(everything, _joined(alone, earlier, latest), ("article_id", "revision"))


def ids_are_unique(table: pa.Table) -> bool:
    """Whether every article has one row."""
    return pc.count_distinct(table["article_id"]).as_py() == len(table)


def repeated_ids(ids: pa.ChunkedArray) -> pa.Array:
    """The ids that come more than once."""
    counts = pc.value_counts(ids)
    return counts.field("values").filter(pc.greater(counts.field("counts"), 1))


def in_order(articles: pa.Table) -> pa.Table:
    """The rows sorted by ORDER; the table itself if they are."""
    return _sorted(articles, pa.arange(0, len(articles)), ORDER)


def order_of(articles: pa.Table, columns: Sequence[str] = ORDER) -> pa.UInt64Array:
    """The places of the rows in the order of these columns; equal ones stay as they come."""
    return pc.sort_indices(articles, [(name, "ascending") for name in columns])


def _joined(*places: pa.Int64Array | list[int]) -> pa.Int64Array:
    return pa.concat_arrays([pa.array(part, pa.int64()) for part in places])


def _sorted(table: pa.Table, places: pa.Int64Array, columns: Sequence[str]) -> pa.Table:
    """The rows at these places, sorted. The texts are copied once, and not at all if nothing moves."""
    moved = places.take(order_of(table.select(columns).take(places), columns))
    if moved.equals(pa.arange(0, len(table))):
        return table
    return table.take(moved)


def _versions(table: pa.Table) -> tuple[pa.Int64Array, list[int], list[int]]:
    """Places of the articles with one row, of the latest versions of the others, and of their earlier ones.

    Of a version that comes more than once the latest fetch is named. Only articles with several rows become
    Python objects.
    """
    if ids_are_unique(table):  # as where all is new
        return pa.arange(0, len(table)), [], []
    contested = pc.is_in(table["article_id"], value_set=repeated_ids(table["article_id"]))
    alone = pc.indices_nonzero(pc.invert(contested)).cast(pa.int64())
    places = pc.indices_nonzero(contested).to_pylist()
    rows = table.take(pa.array(places, pa.int64())).to_pylist()
    versions: dict[tuple[str, int, bytes], int] = {}
    for age, place in sorted(zip(map(_age, rows), places, strict=True), key=itemgetter(0)):
        article_id, revision, _, content, _ = age
        versions.pop((article_id, revision, content), None)
        versions[article_id, revision, content] = place
    latest: dict[str, int] = {}
    earlier = []
    for (article_id, _, _), place in versions.items():
        if article_id in latest:
            earlier.append(latest[article_id])
        latest[article_id] = place
    return alone, list(latest.values()), earlier


def _age(row: dict[str, Any]) -> tuple[str, int, datetime, bytes, str]:
    """Sorts an article's rows from the earliest to the latest, always in the same way."""
    everything = json.dumps(row, default=str, sort_keys=True)
    return row["article_id"], row["revision"], row["fetched_at"], content_hash(row), everything
