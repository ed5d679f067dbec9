"""Partitions: the Parquet files of the dataset, read in any version, replaced whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.durable import make_folders, sync_folder
from pipelines.storage.errors import DatasetTooNew, StorageError
from pipelines.storage.layout import DataPath, name_within
from pipelines.storage.names import outlet_slug
from pipelines.storage.s3 import ANY_VERSION, S3Path
from pipelines.storage.schema import ARTICLE_SCHEMA, SCHEMA_VERSION, as_article_table

Dataset = Literal["articles", "revisions"]

ROW_GROUP_ROWS = 4096
"""Rows that a reader must take together, about 20 MB of text; also the reach of one bloom filter."""

_USE_THREADS = False
# Column by column in Arrow's threads a file costs a third more CPU time, which a crawl has better use for.
_VERSION_KEY = b"asiadesk.schema_version"
PARTITION_NAME = re.compile(r"outlet=([a-z][a-z0-9_]*)/month=(\d{4})-(\d{2})/(?:articles|revisions)\.parquet")
# Where values repeat. For the others a dictionary is built, found useless and thrown away.
_REPEATING = [
    *("language", "section", "dateline", "published_precision", "published_source", "wire_credit"),
    *("authors.list.element", "tags.list.element", "countries.list.element", "flags.list.element"),
    *("rights.list.element", "images.list.element.credit", "channel", "extractor", "run_id", "raw_file"),
]


class Partition(NamedTuple):
    """One file of the dataset."""

    outlet: str
    month: int
    path: DataPath


def partition_path(data_dir: DataPath, dataset: Dataset, outlet: str, month: int) -> DataPath:
    """Where the file of an outlet's month (yyyymm) lies. Raises ValueError for what is no slug or month."""
    year, month_of_year = divmod(month, 100)
    if not (1 <= month_of_year <= 12 and 1 <= year <= 9999):
        raise ValueError(f"{month!r} is no month")
    folder = data_dir / dataset / f"outlet={outlet_slug(outlet)}" / f"month={year:04}-{month_of_year:02}"
    return folder / f"{dataset}.parquet"


def partitions(data_dir: DataPath, dataset: Dataset, outlet: str | None = None) -> Iterator[Partition]:
    """The files of a dataset, of one outlet or all, in order."""
    root = data_dir / dataset
    folder = f"outlet={outlet_slug(outlet)}" if outlet else "outlet=*"
    found: Iterable[DataPath] = root.glob(f"{folder}/month=*/{dataset}.parquet")
    for path in sorted(found, key=str):
        match = PARTITION_NAME.fullmatch(name_within(root, path))
        if match:
            yield Partition(match[1], int(match[2]) * 100 + int(match[3]), path)


def read_partition(path: DataPath) -> pa.Table:
    """The rows of a partition in the present schema; a partition that does not exist yet has none.

    Columns that an older version did not have are null. Raises DatasetTooNew for a newer version and
    StorageError for a damaged file: its pages carry checksums.
    """
    return read_version(path)[0]


def read_version(path: DataPath) -> tuple[pa.Table, str | None]:
    """As `read_partition`, and which version was read, for `write_partition`; None is none.

    Files on a disk have no versions: the outlet's lock, which lies on the same disk, guards them.
    """
    version = None
    try:
        if isinstance(path, S3Path):
            content, version = path.read()
            table = _read(pa.BufferReader(content))
        else:
            table = _read(path)
    except FileNotFoundError:
        return ARTICLE_SCHEMA.empty_table(), None
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:  # the last for a footer that rotted
        raise StorageError(f"{path} cannot be read: {error}: see `scrapy doctor`") from error
    return _in_present_schema(table, path), version


def write_partition(
    path: DataPath, table: pa.Table, *, verify: bool = True, replaces: str | None = ANY_VERSION
) -> int:
    """Replace a partition by these rows, durably; returns the file's size.

    At every moment, power loss included, readers find the old file or the new one, whole. `verify` reads the
    new file back before it takes its place. Raises StorageError, with the old file untouched; in a bucket
    ReplacedMeanwhile if the version that `replaces` names is no longer there.
    """
    try:
        content = encode(table)
        if isinstance(path, S3Path):
            if verify:
                _verify(pa.BufferReader(content), table, path)
            # The signature of the request covers the content: the server refuses what changed on its way.
            path.write(content, replaces)
        else:
            _replace_durably(path, content, table if verify else None)
    except (OSError, pa.ArrowException) as error:
        remedy = (
            "see that the bucket can be reached and written"
            if isinstance(path, S3Path)
            else "mend the disk or free some space"
        )
        raise StorageError(
            f"{path} cannot be written: {error}: {remedy} and run again; the rows are kept in the ledger"
        ) from error
    return content.size


def encode(table: pa.Table) -> pa.Buffer:
    """The rows as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        row_group_size=ROW_GROUP_ROWS,
        compression="zstd",
        compression_level=3,
        use_dictionary=_REPEATING,
        write_page_index=True,
        write_page_checksum=True,
        bloom_filter_options={"article_id": {"ndv": min(len(table), ROW_GROUP_ROWS) or 1, "fpp": 0.01}},
        sorting_columns=[pq.SortingColumn(table.schema.get_field_index("published_at"))],
    )
    return sink.getvalue()


def _read(source: Path | pa.BufferReader) -> pa.Table:
    with pq.ParquetFile(source, page_checksum_verification=True) as file:
        return file.read(use_threads=_USE_THREADS)


def _in_present_schema(table: pa.Table, path: DataPath) -> pa.Table:
    version = _version(table.schema, path)
    if version > SCHEMA_VERSION:
        raise DatasetTooNew(
            f"{path} has schema version {version}, this asiadesk knows up to {SCHEMA_VERSION}: "
            "use the newer asiadesk that wrote it"
        )
    # Columns that a later version gave up are left out; in the present version a stranger wrote them.
    strange = set(table.schema.names) - set(ARTICLE_SCHEMA.names)
    if strange and version == SCHEMA_VERSION:
        raise StorageError(f"{path} has columns that are not ours: {', '.join(sorted(strange))}")
    try:
        return as_article_table(table)
    except (pa.ArrowException, ValueError) as error:
        raise StorageError(
            f"{path} (schema version {version}) cannot be read as version {SCHEMA_VERSION}: {error}"
        ) from error


def _version(schema: pa.Schema, path: DataPath) -> int:
    text = (schema.metadata or {}).get(_VERSION_KEY, b"")
    if not text.isdigit():
        raise StorageError(f"{path} is not a file of asiadesk's: its metadata name no schema version")
    return int(text)


def _replace_durably(path: Path, content: pa.Buffer, verified: pa.Table | None) -> None:
    """Write beside, look whether it gives back the table if there is one, rename into place."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{token_hex(4)}.tmp")
    make_folders(path.parent)
    try:
        _write_durably(temporary, content)
        if verified is not None:
            _verify(temporary, verified, temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def _verify(source: Path | pa.BufferReader, table: pa.Table, path: DataPath) -> None:
    """Raises StorageError unless the file gives back exactly these rows, each article once."""
    with pq.ParquetFile(source, page_checksum_verification=True) as file:
        same = file.metadata.num_rows == len(table)
        same = same and file.schema_arrow.equals(table.schema, check_metadata=True)
        start = 0
        for group in range(file.num_row_groups if same else 0):  # one at a time, to spare the memory
            rows = file.read_row_group(group, use_threads=_USE_THREADS)
            same = same and rows.equals(table.slice(start, len(rows)))
            start += len(rows)
    if not same:
        raise StorageError(f"{path} does not give back what was written into it: memory or disk are failing")


def _write_durably(path: Path, content: pa.Buffer) -> None:
    with path.open("xb", buffering=0) as file:
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
