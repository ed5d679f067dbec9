"""The merge in pieces gives, row for row, what the merge of whole tables gives, in groups of any size."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.storage.amendments import Amendment, amended
from pipelines.storage.errors import StorageError
from pipelines.storage.merge import ids_are_unique, in_order, merge
from pipelines.storage.partition_merge import merge_partition
from pipelines.storage.partitions import open_partition, read_partition, replace_partition
from pipelines.storage.schema import ARTICLE_SCHEMA
from tests.pipelines.storage.samples import NOON, OUTLET, key
from tests.pipelines.storage.tables_of_rows import table, version

NOTHING = ARTICLE_SCHEMA.empty_table()

# Few articles and few times, so that ids and places in the order clash; edits may come out of their order.
_row = st.builds(
    version,
    st.integers(1, 20),
    st.integers(0, 2),
    at=st.integers(0, 3),
    text=st.sampled_from(["one", "two"]),
    published_at=st.sampled_from([NOON, NOON.replace(hour=13), NOON.replace(hour=14)]),
    similarity=st.sampled_from([None, 0.5]),
)
_stored = st.lists(_row, min_size=12, max_size=30) | st.lists(_row, max_size=3)
_staged = st.lists(_row, max_size=6)
_due = st.lists(
    st.builds(
        lambda number, similarity: Amendment(key(number), f"{OUTLET}:{number}", "herald:1", similarity),
        st.integers(1, 25),
        st.sampled_from([0.5, 0.75]),
    ),
    max_size=4,
)
_sizes = st.integers(1, 4) | st.just(50)
_kinds = st.sampled_from(["ours", "in order", "as it comes", "older version", "none"])


def _store(path: Path, rows: pa.Table, kind: str, group_rows: int) -> None:
    """A partition as a publish leaves it, or one with several versions of an article, or none."""
    if kind == "ours":
        rows = merge(NOTHING, rows).articles
    if kind == "in order":
        rows = in_order(rows)
    if kind == "older version":
        rows = merge(NOTHING, rows).articles.drop_columns(["wire_credit", "duplicate_of", "similarity"])
        rows = rows.replace_schema_metadata({"asiadesk.schema_version": "0"})
    if kind != "none":
        pq.write_table(rows, path, row_group_size=group_rows)


@settings(deadline=None, max_examples=150)
@given(_stored, _staged, _due, _sizes, _sizes, _kinds)
def test_in_pieces_as_at_once(
    old: list[Any], new: list[Any], due: list[Amendment], group_rows: int, stored_group_rows: int, kind: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.parquet"
        _store(path, table(*old), kind, stored_group_rows)
        existing = read_partition(path)
        at_once = merge(existing, table(*new))
        expected = amended(at_once.articles, due)
        with open_partition(path) as stored:
            merged = merge_partition(stored, table(*new), due, group_rows=group_rows)
            assert merged.superseded.equals(at_once.superseded)
            assert merged.changes_nothing == expected.equals(existing)
            assert merged.ids_are_unique
            groups = list(merged.articles.produce())
            assert [len(group) for group in groups[:-1]] == [group_rows] * (len(groups) - 1)
            replace_partition(path, merged.articles)
        written = read_partition(path)
        assert written.equals(expected, check_metadata=True)
        assert ids_are_unique(written)
        # Once more changes nothing: not even the file.
        with open_partition(path) as stored:
            again = merge_partition(stored, table(*new), due, group_rows=group_rows)
            assert again.changes_nothing


def _many(path: Path, count: int = 40) -> pa.Table:
    rows = table(*(version(number, text=f"text {number}") for number in range(10, 10 + count)))
    pq.write_table(rows, path, row_group_size=10)
    return rows


def test_only_the_rows_that_are_touched_are_read_whole_and_the_others_when_they_are_written(
    tmp_path: Path,
) -> None:
    rows = _many(tmp_path / "articles.parquet")
    with open_partition(tmp_path / "articles.parquet") as stored:
        merged = merge_partition(stored, table(version(23, 1), version(99)), [], group_rows=10)
        assert merged.before["article_id"].to_pylist() == [f"{OUTLET}:23"]
        assert merged.after["article_id"].to_pylist() == [f"{OUTLET}:23", f"{OUTLET}:99"]
        untouched = rows.filter(pc.not_equal(rows["article_id"], f"{OUTLET}:23"))
        everything = merge(untouched, merged.after).articles
        assert pa.concat_tables(merged.articles.produce()).equals(everything)


def test_an_article_that_would_be_there_twice_is_seen_over_all_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _many(tmp_path / "articles.parquet")
    with open_partition(tmp_path / "articles.parquet") as stored, monkeypatch.context() as broken:
        broken.setattr("pipelines.storage.partition_merge.amended", lambda *_: rows.slice(30, 1))
        merged = merge_partition(stored, table(version(99)), [], group_rows=10)
    assert not merged.ids_are_unique


def test_what_reads_otherwise_the_second_time_never_takes_the_files_place(tmp_path: Path) -> None:
    path = tmp_path / "articles.parquet"
    _many(path)
    before = path.read_bytes()
    with open_partition(path) as stored:
        groups = merge_partition(stored, table(version(99)), [], group_rows=10).articles
        times = iter([groups.produce, lambda: map(in_order, (table(version(99)),) * 5)])
        with pytest.raises(StorageError, match="does not give back what was written"):
            replace_partition(path, groups._replace(produce=lambda: next(times)()))
    assert path.read_bytes() == before


@pytest.mark.parametrize("column", ["article_id", "body"])
def test_damage_in_any_group_is_found_before_the_file_is_replaced(tmp_path: Path, column: str) -> None:
    path = tmp_path / "articles.parquet"
    _many(path)
    damaged = bytearray(path.read_bytes())
    group = pq.read_metadata(path).row_group(3)
    chunk = next(c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == column)
    damaged[chunk.data_page_offset + 3] ^= 0x10
    path.write_bytes(damaged)

    def publish() -> None:
        with open_partition(path) as stored:
            merged = merge_partition(stored, table(version(99)), [], group_rows=10)
            replace_partition(path, merged.articles)

    with pytest.raises(StorageError, match="see `scrapy doctor`"):
        publish()
    assert path.read_bytes() == damaged
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
