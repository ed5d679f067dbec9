"""Partitions: the Parquet files of the dataset, read in any version, replaced whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.durable import make_folders, sync_folder
from pipelines.storage.errors import DatasetTooNew, StorageError
from pipelines.storage.layout import DataPath, name_within
from pipelines.storage.names import outlet_slug
from pipelines.storage.s3 import ANY_VERSION, S3Path
from pipelines.storage.schema import ARTICLE_SCHEMA, SCHEMA_VERSION, with_columns_of

Dataset = Literal["articles", "revisions"]

ROW_GROUP_ROWS = 512
"""Rows that a reader must take together, one or two MB; also the reach of one bloom filter.

Small, since a publish holds several groups: a crawl's memory must not grow with the month.
"""

_READ_AT_ONCE = 64 * 1024
"""Bytes of a column."""
_WRITTEN_AT_ONCE = 1024 * 1024
"""Bytes; a small file is one write."""
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
# Where a query may skip what cannot hold its answer. Of long texts the bounds tell nothing, and take room.
_ASKED_FOR = [
    *("article_id", "language", "section", "published_at", "published_precision", "modified_at"),
    *("first_seen_at", "fetched_at", "revision", "word_count", "duplicate_of", "similarity", "wire_credit"),
    *("channel", "extractor", "run_id", "raw_file", "raw_offset"),
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


class StoredRows:
    """The rows of a partition where they lie: in the present schema, read when they are asked for.

    Columns that an older version did not have are null. What reads raises StorageError for a damaged file:
    its pages carry checksums.
    """

    def __init__(self, path: DataPath, file: pq.ParquetFile | None, version: str | None) -> None:
        self._path = path
        self._file = file
        self.version = version
        """Which version of an object in a bucket this is, for `replace_partition`; None is none."""

    def __len__(self) -> int:
        return self._file.metadata.num_rows if self._file else 0

    def read(self, schema: pa.Schema = ARTICLE_SCHEMA) -> pa.Table:
        """All rows, with some columns or all."""
        if self._file is None:
            return schema.empty_table()
        with _reading(self._path):
            rows = self._file.read(schema.names, use_threads=_USE_THREADS)
            return self._in_present_schema(rows, schema)

    def pieces(self, wanted: pa.BooleanArray, at_once: int) -> Iterator[pa.Table]:
        """The rows that are wanted, in the file's order, out of so many at once.

        Row groups that hold none of them are not read.
        """
        if self._file is None:
            return
        start = 0
        for group in range(self._file.num_row_groups):
            rows_of_group = self._file.metadata.row_group(group).num_rows
            if wanted.slice(start, rows_of_group).true_count:
                yield from self._pieces_of(self._file, group, wanted.slice(start, rows_of_group), at_once)
            start += rows_of_group

    def _pieces_of(
        self, file: pq.ParquetFile, group: int, wanted: pa.BooleanArray, at_once: int
    ) -> Iterator[pa.Table]:
        with _reading(self._path):
            start = 0
            for piece in _rows_of_group(file, group, at_once):
                rows = self._in_present_schema(piece, ARTICLE_SCHEMA)
                some = wanted.slice(start, len(rows))
                start += len(rows)
                yield rows if some.true_count == len(rows) else rows.filter(some)

    def _in_present_schema(self, rows: pa.Table, schema: pa.Schema) -> pa.Table:
        try:
            return with_columns_of(schema, rows)
        except (pa.ArrowException, ValueError) as error:
            version = _version(rows.schema, self._path)
            raise StorageError(
                f"{self._path} (schema version {version}) cannot be read as version {SCHEMA_VERSION}: {error}"
            ) from error


@contextmanager
def open_partition(path: DataPath) -> Iterator[StoredRows]:
    """The rows of a partition; one that does not exist yet has none.

    Raises DatasetTooNew for a newer version and StorageError for a damaged file. Files on a disk have no
    versions: the outlet's lock, which lies on the same disk, guards them.
    """
    version = None
    with ExitStack() as opened:
        file = None
        with suppress(FileNotFoundError), _reading(path):
            if isinstance(path, S3Path):
                content, version = path.read()
                file = opened.enter_context(_open(pa.BufferReader(content)))
            else:
                file = opened.enter_context(_open(path))
            _check_schema(file.schema_arrow, path)
        yield StoredRows(path, file, version)


def read_partition(path: DataPath) -> pa.Table:
    """All rows of a partition; raises as `open_partition`."""
    return read_version(path)[0]


def read_version(path: DataPath) -> tuple[pa.Table, str | None]:
    """As `read_partition`, and which version was read, for `write_partition`."""
    with open_partition(path) as stored:
        return stored.read(), stored.version


class RowGroups(NamedTuple):
    """What a partition is to hold, in pieces that become its row groups."""

    rows: int
    """In all of them together."""
    produce: Callable[[], Iterable[pa.Table]]
    """Gives the groups, all but the last one of one size, and the same ones as often as it is called."""


def write_partition(
    path: DataPath, table: pa.Table, *, verify: bool = True, replaces: str | None = ANY_VERSION
) -> int:
    """As `replace_partition`, by the rows of a table."""
    return replace_partition(path, row_groups(table), verify=verify, replaces=replaces)


def row_groups(table: pa.Table) -> RowGroups:
    """The rows of a table in groups of the usual size."""
    starts = range(0, len(table), ROW_GROUP_ROWS)
    return RowGroups(len(table), lambda: (table.slice(start, ROW_GROUP_ROWS) for start in starts))


def replace_partition(
    path: DataPath, groups: RowGroups, *, verify: bool = True, replaces: str | None = ANY_VERSION
) -> int:
    """Replace a partition by these rows, durably; returns the file's size.

    At every moment, power loss included, readers find the old file or the new one, whole. `verify` reads the
    new file back before it takes its place. Raises StorageError, with the old file untouched; in a bucket
    ReplacedMeanwhile if the version that `replaces` names is no longer there.
    """
    try:
        if not isinstance(path, S3Path):
            return _replace_durably(path, groups, verify)
        sink = pa.BufferOutputStream()
        encode(groups, sink)
        content = sink.getvalue()
        if verify:
            _verify(pa.BufferReader(content), groups, path)
        # The signature of the request covers the content: the server refuses what changed on its way.
        path.write(content, replaces)
        return content.size
    except (OSError, pa.ArrowException) as error:
        remedy = (
            "see that the bucket can be reached and written"
            if isinstance(path, S3Path)
            else "mend the disk or free some space"
        )
        raise StorageError(
            f"{path} cannot be written: {error}: {remedy} and run again; the rows are kept in the ledger"
        ) from error


def encode(groups: RowGroups, sink: BinaryIO | pa.NativeFile) -> None:
    """Write the rows as a Parquet file, group by group; the sink stays open."""
    writer = pq.ParquetWriter(
        sink,
        ARTICLE_SCHEMA,
        compression="zstd",
        compression_level=3,
        use_dictionary=_REPEATING,
        write_statistics=_ASKED_FOR,
        write_page_index=True,
        write_page_checksum=True,
        bloom_filter_options={"article_id": {"ndv": min(groups.rows, ROW_GROUP_ROWS) or 1, "fpp": 0.01}},
        sorting_columns=[pq.SortingColumn(ARTICLE_SCHEMA.get_field_index("published_at"))],
    )
    try:
        for group in groups.produce():
            writer.write_table(group)
            del group  # or it would stay while the next one is made
    except BaseException:
        # Now, and not when it is collected: then its sink is closed. What it says does not matter any more.
        with suppress(OSError, pa.ArrowException):
            writer.close()
        raise
    writer.close()


def _rows_of_group(file: pq.ParquetFile, group: int, at_once: int) -> Iterator[pa.Table]:
    if file.metadata.row_group(group).num_rows <= at_once:
        # Column by column: of batches the pages of all columns would stay until the last one is done with.
        yield file.read_row_group(group, use_threads=_USE_THREADS)
        return
    for batch in file.iter_batches(at_once, row_groups=[group], use_threads=_USE_THREADS):
        yield pa.Table.from_batches([batch])


@contextmanager
def _reading(path: DataPath) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:  # the last for a footer that rotted
        raise StorageError(f"{path} cannot be read: {error}: see `scrapy doctor`") from error


def _check_schema(schema: pa.Schema, path: DataPath) -> None:
    version = _version(schema, path)
    if version > SCHEMA_VERSION:
        raise DatasetTooNew(
            f"{path} has schema version {version}, this asiadesk knows up to {SCHEMA_VERSION}: "
            "use the newer asiadesk that wrote it"
        )
    # Columns that a later version gave up are left out; in the present version a stranger wrote them.
    strange = set(schema.names) - set(ARTICLE_SCHEMA.names)
    if strange and version == SCHEMA_VERSION:
        raise StorageError(f"{path} has columns that are not ours: {', '.join(sorted(strange))}")


def _version(schema: pa.Schema, path: DataPath) -> int:
    text = (schema.metadata or {}).get(_VERSION_KEY, b"")
    if not text.isdigit():
        raise StorageError(f"{path} is not a file of asiadesk's: its metadata name no schema version")
    return int(text)


def _replace_durably(path: Path, groups: RowGroups, verify: bool) -> int:
    """Write beside, look whether it gives back the rows if that is wanted, rename into place."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{token_hex(4)}.tmp")
    make_folders(path.parent)
    try:
        size = _write_durably(temporary, groups)
        if verify:
            _verify(temporary, groups, temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)
    return size


def _open(source: Path | pa.BufferReader) -> pq.ParquetFile:
    # Buffered ahead, the columns of a row group would stay in memory as long as the file is open.
    return pq.ParquetFile(
        source, page_checksum_verification=True, pre_buffer=False, buffer_size=_READ_AT_ONCE
    )


def _verify(source: Path | pa.BufferReader, groups: RowGroups, path: DataPath) -> None:
    """Raises StorageError unless the file gives back exactly these rows, which are made a second time."""
    with _open(source) as file:
        same = file.schema_arrow.equals(ARTICLE_SCHEMA, check_metadata=True)
        number = seen = 0
        for group in groups.produce() if same else ():
            same = number < file.num_row_groups and group.equals(
                file.read_row_group(number, use_threads=_USE_THREADS)
            )
            if not same:
                break
            number += 1
            seen += len(group)
            del group  # one at a time, to spare the memory
        same = same and number == file.num_row_groups and seen == file.metadata.num_rows == groups.rows
    if not same:
        raise StorageError(f"{path} does not give back what was written into it: memory or disk are failing")


def _write_durably(path: Path, groups: RowGroups) -> int:
    with path.open("xb", buffering=_WRITTEN_AT_ONCE) as file:
        encode(groups, file)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()
