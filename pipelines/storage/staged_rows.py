"""Staged rows: an article's row as JSON text in the ledger, and back as an Arrow table."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyarrow import json as arrow_json

from pipelines.storage.schema import ARTICLE_SCHEMA, as_article_table

_COLUMNS = frozenset(ARTICLE_SCHEMA.names) - {"revision"}


class UnstorableRow(ValueError):
    """A row that could not be read back as a row of the dataset; publishing it would fail for ever."""


def encode_row(row: Mapping[str, Any]) -> str:
    """The row as JSON without its revision, which the ledger decides later: see `with_revision`.

    Raises UnstorableRow for what JSON cannot say: lone surrogates, NaN, times without a zone.
    """
    columns = {name: value for name, value in row.items() if name in _COLUMNS and value is not None}
    try:
        text = json.dumps(columns, default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (ValueError, TypeError) as error:  # a surrogate's UnicodeEncodeError is a ValueError
        raise UnstorableRow(str(error)) from error
    return text


def with_revision(text: str, revision: int) -> str:
    """The encoded row with its revision."""
    return f'{{"revision":{revision},{text[1:]}'


def decode_rows(texts: Sequence[str]) -> pa.Table:
    """Encoded rows as one table of the article schema. Raises UnstorableRow."""
    if not texts:
        return ARTICLE_SCHEMA.empty_table()
    lines = "\n".join(texts).encode()
    try:
        table = arrow_json.read_json(
            io.BytesIO(lines),
            # One block: Arrow refuses rows that span two.
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=ARTICLE_SCHEMA, unexpected_field_behavior="ignore"
            ),
        )
        table = as_article_table(table)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise UnstorableRow(str(error)) from error
    if table.num_rows != len(texts):
        raise UnstorableRow(f"{len(texts)} rows came back as {table.num_rows}")
    return table


def storable_rows(rows: Sequence[Mapping[str, Any]]) -> list[str | UnstorableRow]:
    """Each row encoded, or why it cannot be: proven by reading it back, so that no publish can trip on it."""
    encoded = [_encoded(row) for row in rows]
    sound = [with_revision(text, 0) for text in encoded if isinstance(text, str)]
    try:
        decode_rows(sound)
    except UnstorableRow:
        return [_proven(text) for text in encoded]
    return encoded


def _encoded(row: Mapping[str, Any]) -> str | UnstorableRow:
    try:
        return encode_row(row)
    except UnstorableRow as error:
        return error


def _proven(text: str | UnstorableRow) -> str | UnstorableRow:
    if isinstance(text, UnstorableRow):
        return text
    try:
        decode_rows([with_revision(text, 0)])
    except UnstorableRow as error:
        return error
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"time without a zone: {value}")
        return value.astimezone(UTC).isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} in a row")
