"""The merge of a stored partition with staged rows, of which only a few row groups are in memory.

The ids say which stored rows it touches: only those are read whole before it. All others go from the old
file into the new one while that is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.storage.amendments import Amendment, amended
from pipelines.storage.merge import ORDER, ids_are_unique, in_order, merge, order_of, repeated_ids
from pipelines.storage.partitions import ROW_GROUP_ROWS, RowGroups, StoredRows
from pipelines.storage.schema import ARTICLE_SCHEMA

_KEYS = pa.schema([ARTICLE_SCHEMA.field(name) for name in ORDER])
_NO_ROWS = ARTICLE_SCHEMA.empty_table()
_FEW_GROUPS = 2
"""So few stored rows are read whole: to stream them would spare no memory, but read them twice more."""
_IDENTITY = ("article_id", "revision")


@dataclass(frozen=True, slots=True)
class PartitionMerge:
    """The articles that `amended` makes of what `merge` makes of all stored and staged rows."""

    before: pa.Table
    """Ids and revisions of the stored rows that are touched: all, where they are few or not in our order."""
    after: pa.Table
    """What becomes of those rows, with the staged ones."""
    changes_nothing: bool
    """Whether the stored rows are the result, as they lie."""
    superseded: pa.Table
    """As of `merge`."""
    ids_are_unique: bool
    """Whether every article would have one row."""
    _stored: StoredRows
    _is_untouched: pa.BooleanArray
    """Of each stored row."""
    _is_of_after: pa.BooleanArray
    """Of each row of the result, in its order: whether it comes from `after`, or from the stored ones."""
    _group_rows: int

    @property
    def articles(self) -> RowGroups:
        """The result; as long as the stored rows are open."""
        return RowGroups(len(self._is_of_after), self._groups)

    def _groups(self) -> Iterator[pa.Table]:
        untouched = _Front(self._stored.pieces(self._is_untouched, self._group_rows))
        taken = 0
        for start in range(0, len(self._is_of_after), self._group_rows):
            is_of_after = self._is_of_after.slice(start, self._group_rows)
            count = is_of_after.true_count
            # Nothing here may name the tables, or they would stay while the next group is made.
            yield in_order(
                pa.concat_tables([untouched.take(len(is_of_after) - count), self.after.slice(taken, count)])
            )
            taken += count


def merge_partition(
    stored: StoredRows, staged: pa.Table, due: Sequence[Amendment], *, group_rows: int = ROW_GROUP_ROWS
) -> PartitionMerge:
    """Merge the staged rows with the stored ones and amend what is due, in groups of so many rows.

    Raises StorageError if the stored rows cannot be read.
    """
    keys = stored.read(_KEYS)
    is_touched = _touched(keys, staged, due, group_rows)
    is_untouched = pc.invert(is_touched)
    before = pa.concat_tables([_NO_ROWS, *stored.pieces(is_touched, group_rows)])
    merged = merge(before, staged)
    after = amended(merged.articles, due)
    untouched = keys.filter(is_untouched)
    everything = pa.concat_tables([untouched, after.select(ORDER)])
    return PartitionMerge(
        before.select(_IDENTITY),
        after,
        bool(after.equals(before)),
        merged.superseded,
        ids_are_unique(everything),
        stored,
        is_untouched,
        pc.greater_equal(order_of(everything), pa.scalar(len(untouched), pa.uint64())),
        group_rows,
    )


def _touched(keys: pa.Table, staged: pa.Table, due: Sequence[Amendment], group_rows: int) -> pa.BooleanArray:
    """Of each stored row: whether it may not stay as and where it is."""
    if len(keys) <= _FEW_GROUPS * group_rows or in_order(keys) is not keys:
        return pa.repeat(True, len(keys))
    ids = keys["article_id"]
    named = [*staged["article_id"].chunks, pa.array([one.article_id for one in due], pa.string())]
    return pc.is_in(ids, value_set=pa.chunked_array([*named, repeated_ids(ids)])).combine_chunks()


class _Front:
    """Rows that are taken from the front of a stream of tables."""

    def __init__(self, pieces: Iterator[pa.Table]) -> None:
        self._pieces = pieces
        self._rest = _NO_ROWS

    def take(self, count: int) -> pa.Table:
        """The next so many rows."""
        parts = [self._rest]
        there = len(self._rest)
        while there < count:
            parts.append(next(self._pieces))
            there += len(parts[-1])
        rows = pa.concat_tables(parts)
        self._rest = rows.slice(count) if there > count else _NO_ROWS
        return rows.slice(0, count)
