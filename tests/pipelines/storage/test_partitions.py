"""The files of the dataset: whole at every moment, readable by anyone, in any version of ours."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipelines.storage import partitions
from pipelines.storage.errors import DatasetTooNew, StorageError
from pipelines.storage.partitions import Partition, partition_path, read_partition, write_partition
from pipelines.storage.schema import ARTICLE_SCHEMA
from tests.pipelines.storage.tables_of_rows import table, version


def _with_version(rows: pa.Table, number: int) -> pa.Table:
    return rows.replace_schema_metadata({"asiadesk.schema_version": str(number)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return partition_path(tmp_path, "articles", "demo_times", 202405)


def test_the_path_says_outlet_and_month(tmp_path: Path, path: Path) -> None:
    expected = tmp_path / "articles" / "outlet=demo_times" / "month=2024-05" / "articles.parquet"
    assert path == expected
    write_partition(path, table(version(1)))
    assert list(partitions.partitions(tmp_path, "articles")) == [Partition("demo_times", 202405, path)]
    assert list(partitions.partitions(tmp_path, "articles", "other_times")) == []


@pytest.mark.parametrize(
    ("outlet", "month"), [("../x", 202405), ("Demo", 202405), ("demo", 202413), ("demo", 0)]
)
def test_strange_names_and_months_never_become_paths(tmp_path: Path, outlet: str, month: int) -> None:
    with pytest.raises(ValueError, match="is no"):
        partition_path(tmp_path, "articles", outlet, month)


def test_what_is_written_is_read_back(path: Path) -> None:
    rows = table(version(1), version(2, text="漢字 and 🚢\n\nnext"))
    assert write_partition(path, rows) == path.stat().st_size
    assert read_partition(path).equals(rows, check_metadata=True)
    assert [file.name for file in path.parent.iterdir()] == ["articles.parquet"]


def test_a_partition_that_does_not_exist_has_no_rows(path: Path) -> None:
    assert read_partition(path).equals(ARTICLE_SCHEMA.empty_table(), check_metadata=True)


def test_readers_can_skip_by_page_index_bloom_filter_and_row_group(path: Path) -> None:
    write_partition(path, table(*(version(number) for number in range(1500))))
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(0).column(0)
        assert (column.path_in_schema, column.compression) == ("article_id", "ZSTD")
        assert column.has_column_index
        assert column.has_offset_index
        assert file.metadata.num_row_groups == 3
        assert file.metadata.row_group(0).sorting_columns
        assert file.metadata.metadata[b"asiadesk.schema_version"] == b"1"
    probe = "SELECT count(*) FROM parquet_bloom_probe(?, 'article_id', ?) WHERE bloom_filter_excludes"
    with duckdb.connect() as connection:
        assert connection.execute(probe, [str(path), "demo_times:7"]).fetchall() == [(2,)]
        assert connection.execute(probe, [str(path), "nobody:7"]).fetchall() == [(3,)]


def test_what_queries_ask_for_has_its_bounds_in_the_file_and_long_texts_have_none(path: Path) -> None:
    write_partition(path, table(version(1), version(2)))
    group = pq.read_metadata(path).row_group(0)
    bounds = {
        column.path_in_schema: column.statistics and column.statistics.has_min_max
        for column in map(group.column, range(group.num_columns))
    }
    assert bounds["published_at"] and bounds["fetched_at"] and bounds["article_id"]
    assert not bounds["body"] and not bounds["tags.list.element"]


class TestOlderAndNewerVersions:
    def test_columns_that_came_later_are_null(self, path: Path) -> None:
        rows = table(version(1, wire_credit="AFP"))
        path.parent.mkdir(parents=True)
        pq.write_table(_with_version(rows.drop_columns(["wire_credit", "rights"]), 0), path)
        upgraded = read_partition(path)
        assert upgraded.schema.equals(ARTICLE_SCHEMA, check_metadata=True)
        assert upgraded["wire_credit"].to_pylist() == [None]
        assert upgraded["headline"].equals(rows["headline"])

    def test_columns_that_were_given_up_are_left_out(self, path: Path) -> None:
        rows = table(version(1))
        path.parent.mkdir(parents=True)
        pq.write_table(_with_version(rows.append_column("mood", pa.array(["calm"])), 0), path)
        assert read_partition(path).equals(rows, check_metadata=True)

    def test_narrower_types_are_widened_and_another_order_is_put_right(self, path: Path) -> None:
        rows = table(version(1))
        old = rows.select(ARTICLE_SCHEMA.names[::-1])
        place = old.schema.get_field_index("word_count")
        old = old.set_column(place, "word_count", rows["word_count"].cast(pa.int16()))
        path.parent.mkdir(parents=True)
        pq.write_table(_with_version(old, 0), path)
        assert read_partition(path).equals(rows, check_metadata=True)

    def test_a_newer_version_is_refused_with_file_and_remedy(self, path: Path) -> None:
        path.parent.mkdir(parents=True)
        pq.write_table(_with_version(table(version(1)), 2), path)
        with pytest.raises(DatasetTooNew, match=r"articles\.parquet has schema version 2.*use the newer"):
            read_partition(path)

    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            (pa.table({"a": [1]}), "not a file of asiadesk"),
            (_with_version(pa.table({"a": [1]}), 0), "article_id is required"),
            (table(version(1)).append_column("mood", pa.array(["calm"])), "columns that are not ours: mood"),
        ],
    )
    def test_a_strangers_file_is_refused(self, path: Path, rows: pa.Table, message: str) -> None:
        path.parent.mkdir(parents=True)
        pq.write_table(rows, path)
        with pytest.raises(StorageError, match=message):
            read_partition(path)


class TestFaults:
    def test_a_flipped_bit_in_any_column_is_found(self, path: Path) -> None:
        write_partition(path, table(*(version(number, text=f"text {number}") for number in range(100))))
        content = path.read_bytes()
        group = pq.read_metadata(path).row_group(0)
        for column in map(group.column, range(group.num_columns)):
            damaged = bytearray(content)
            first_page = column.dictionary_page_offset or column.data_page_offset
            damaged[first_page + column.total_compressed_size - 1] ^= 0x10
            path.write_bytes(damaged)
            with pytest.raises(StorageError, match=r"articles\.parquet cannot be read"):
                read_partition(path)

    @pytest.mark.parametrize("length", [0, 3, 200, -1])
    def test_a_cut_file_is_found(self, path: Path, length: int) -> None:
        write_partition(path, table(version(1)))
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(StorageError, match="cannot be read"):
            read_partition(path)

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
    @pytest.mark.parametrize("call", ["fsync", "replace", "mkdir"])
    def test_a_disk_that_refuses_leaves_the_old_file_and_no_litter(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str
    ) -> None:
        before = table(version(1))
        if call != "mkdir":
            write_partition(path, before)

        def refuse(*arguments: Any, **options: Any) -> None:
            raise OSError(code, os.strerror(code))

        with monkeypatch.context() as broken:
            broken.setattr(os if call == "fsync" else Path, call, refuse)
            with pytest.raises(
                StorageError, match=rf"articles\.parquet cannot be written: .*{os.strerror(code)}"
            ):
                write_partition(path, table(version(1), version(2)))
        if call != "mkdir":
            assert read_partition(path).equals(before)
            assert [file.name for file in path.parent.iterdir()] == ["articles.parquet"]

    def test_a_file_that_reads_back_otherwise_never_takes_its_place(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_partition(path, table(version(1)))
        before = path.read_bytes()
        honest = partitions.encode
        flipped = partitions.row_groups(table(version(1, text="flipped")))
        monkeypatch.setattr(partitions, "encode", lambda groups, sink: honest(flipped, sink))
        with pytest.raises(StorageError, match="does not give back what was written"):
            write_partition(path, table(version(1), version(2)))
        assert path.read_bytes() == before

    def test_the_order_is_write_sync_rename_sync(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[Path] = []
        fsync, replace = os.fsync, Path.replace

        def noted_fsync(descriptor: int) -> None:
            calls.append(Path(f"/proc/self/fd/{descriptor}").readlink())
            fsync(descriptor)

        def noted_replace(old: Path, new: Path) -> None:
            calls.append(new)
            replace(old, new)

        monkeypatch.setattr(os, "fsync", noted_fsync)
        monkeypatch.setattr(Path, "replace", noted_replace)
        write_partition(path, table(version(1)))
        root = path.parents[3]
        folders, (temporary, renamed, last) = calls[:-3], calls[-3:]
        assert folders == [root, root / "articles", root / "articles" / "outlet=demo_times"]
        assert temporary.name.startswith(".articles.parquet.")
        assert not temporary.match("*.parquet")
        assert (renamed, last) == (path, path.parent)


def test_all_readers_agree_on_types_and_count(tmp_path: Path) -> None:
    for outlet in ("demo_times", "other_times"):
        for month in (202404, 202405):
            rows = [version(number, similarity=0.5, tags=["a", "b"], modified_at=None) for number in range(3)]
            write_partition(partition_path(tmp_path, "articles", outlet, month), table(*rows))
    folder = tmp_path / "articles"
    unfinished = folder / "outlet=demo_times" / "month=2024-05" / ".articles.parquet.1-0000aaaa.tmp"
    unfinished.write_bytes(b"PAR1 half")
    glob = str(folder / "**" / "*.parquet")

    arrow = ds.dataset(folder, partitioning="hive").to_table()
    frame = pd.read_parquet(folder)
    duck = duckdb.connect().sql(f"SELECT * FROM read_parquet('{glob}', hive_partitioning = true)")
    polar = pl.read_parquet(glob, hive_partitioning=True)

    assert [len(arrow), len(frame), len(duck.fetchall()), len(polar)] == [12, 12, 12, 12]
    names = {*ARTICLE_SCHEMA.names, "outlet", "month"}
    assert set(arrow.column_names) == set(frame) == set(duck.columns) == set(polar.columns) == names
    for columns in (arrow.column_names, list(frame), duck.columns, polar.columns):
        assert columns[: len(ARTICLE_SCHEMA)] == ARTICLE_SCHEMA.names
    times = ("published_at", "modified_at", "first_seen_at", "fetched_at")
    duck_types = dict(zip(duck.columns, map(str, duck.types), strict=True))
    for name in times:
        assert str(arrow.schema.field(name).type) == "timestamp[us, tz=UTC]"
        assert str(frame[name].dtype) == "datetime64[us, UTC]"
        assert duck_types[name] == "TIMESTAMP WITH TIME ZONE"
        assert polar.schema[name] == pl.Datetime("us", "UTC")
    assert duck_types["images"] == "STRUCT(url VARCHAR, caption VARCHAR, credit VARCHAR)[]"
    assert polar.schema["tags"] == pl.List(pl.String)
    assert (duck_types["revision"], polar.schema["revision"], str(frame["revision"].dtype)) == (
        "SMALLINT",
        pl.Int16,
        "int16",
    )
    assert sorted(map(str, set(frame["month"]))) == sorted(set(polar["month"])) == ["2024-04", "2024-05"]
    assert {value for (value,) in duck.project("month").fetchall()} == {"2024-04", "2024-05"}
