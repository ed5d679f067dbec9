"""A damaged partition still gives back each column whose checksums fit; raw pages give what is missing."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.storage.errors import StorageError
from pipelines.storage.partitions import read_partition, write_partition
from pipelines.storage.salvage import readable_rows, whole_rows
from tests.pipelines.storage.tables_of_rows import table, version


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "articles.parquet"
    write_partition(path, table(version(1), version(2)))
    return path


def rot(path: Path, column: str) -> None:
    group = pq.ParquetFile(path).metadata.row_group(0)
    found = next(c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == column)
    content = bytearray(path.read_bytes())
    start = found.dictionary_page_offset or found.data_page_offset
    content[start + found.total_compressed_size - 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(StorageError):
        read_partition(path)


def test_only_the_rotten_column_is_missing(path: Path) -> None:
    whole = read_partition(path).to_pylist()
    rot(path, "body_hash")
    for row in whole:
        del row["body_hash"]
    assert [dict(sorted(row.items())) for row in readable_rows(path)] == [
        dict(sorted(row.items())) for row in whole
    ]


def test_without_ids_or_footer_there_is_nothing(path: Path) -> None:
    rot(path, "article_id")
    assert readable_rows(path) == []
    path.write_bytes(path.read_bytes()[:-200])
    assert readable_rows(path) == []
    path.unlink()
    assert readable_rows(path) == []


def test_a_footer_whose_names_rotted_is_a_fault_of_storage(path: Path) -> None:
    content = path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    at = content.index(b"flags", footer)
    path.write_bytes(content[:at] + b"\xec" + content[at + 1 :])
    with pytest.raises(StorageError, match="see `scrapy doctor`"):
        read_partition(path)


def test_the_file_goes_before_the_page_and_the_page_fills_the_gaps(path: Path) -> None:
    first, second = read_partition(path).to_pylist()
    anew = first | {"channel": None, "body": "as the page has it"}
    damaged = {name: value for name, value in first.items() if name != "body"}
    assert whole_rows([damaged, second], [anew]) == [first | {"body": "as the page has it"}, second]


def test_columns_of_different_pages_are_not_mixed(path: Path) -> None:
    first, second = read_partition(path).to_pylist()
    anew = first | {"raw_offset": 4711, "headline": "of another fetch"}
    damaged = {name: value for name, value in first.items() if name != "body"}
    assert whole_rows([damaged], [anew]) == [anew]
    assert whole_rows([damaged], [second]) == [second]
