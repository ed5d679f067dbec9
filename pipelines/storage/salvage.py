"""Salvage: what a damaged partition still gives back, joined with what the raw pages give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.errors import StorageError
from pipelines.storage.layout import DataPath
from pipelines.storage.schema import ARTICLE_SCHEMA

_REQUIRED = tuple(field.name for field in ARTICLE_SCHEMA if not field.nullable)
_UNREADABLE = (OSError, pa.ArrowException, ValueError)


def readable_rows(path: DataPath) -> list[dict[str, Any]]:
    """The rows of a damaged partition, each with the columns whose checksums still fit.

    None where the footer or the ids are gone. Raises StorageError for a bucket that cannot be reached.
    """
    try:
        content = path.read_bytes()
        with pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True) as file:
            return [row for group in range(file.num_row_groups) for row in _rows_of_group(file, group)]
    except StorageError:
        raise
    except _UNREADABLE:
        return []


def _rows_of_group(file: pq.ParquetFile, group: int) -> Iterator[dict[str, Any]]:
    columns = {}
    for name in set(file.schema_arrow.names) & set(ARTICLE_SCHEMA.names):
        with suppress(*_UNREADABLE):
            columns[name] = file.read_row_group(group, columns=[name])[name]
    return iter(pa.table(columns).to_pylist() if "article_id" in columns else [])


def whole_rows(damaged: Iterable[dict[str, Any]], restored: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each version once, as whole as it can be had.

    What the file still says goes before what was read anew from the same page: other columns, such as the
    channel, are on no page. A row of the file that lacks a required column and has no page is left out.
    """
    rows = {(row["article_id"], row["revision"]): dict(row) for row in restored}
    for row in damaged:
        version = row["article_id"], row.get("revision")
        again = rows.get(version)
        whole = again | row if again is not None and _page(row) == _page(again) else dict(row)
        if all(whole.get(name) is not None for name in _REQUIRED):
            rows[version] = whole
    return list(rows.values())


def _page(row: Mapping[str, Any]) -> tuple[str | None, int | None]:
    return row.get("raw_file"), row.get("raw_offset")
