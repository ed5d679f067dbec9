"""Staged rows: an article's row as JSON text in the ledger, and back as an Arrow table.

Arrow is imported where it is first needed: a run that finds nothing new does without.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.storage.columns import COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = frozenset(COLUMNS) - {"revision", "body"}


class UnstorableRow(ValueError):
    """A row that could not be read back as a row of the dataset; publishing it would fail for ever."""


class EncodedRow(NamedTuple):
    """A row as JSON, in two pieces: the long text, and an object of all the others but the revision."""

    body: str
    others: str

    def with_revision(self, revision: int) -> str:
        """The whole row, with the revision that the ledger decided on."""
        return f'{{"revision":{revision},"body":{self.body},{self.others[1:]}'

    def without_text(self) -> str:
        """A row that Arrow can read if it can read the whole one: any proper text is as good as another."""
        return f'{{"revision":0,"body":"",{self.others[1:]}'


def encode_row(row: Mapping[str, Any]) -> EncodedRow:
    """The row as JSON. Raises UnstorableRow for what that cannot say: lone surrogates, NaN, naive times."""
    columns = {name: value for name, value in row.items() if name in _COLUMNS and value is not None}
    body = row.get("body")
    if not isinstance(body, str):
        raise UnstorableRow(f"body is {type(body).__name__}")
    try:
        encoded = EncodedRow(_ENCODER.encode(body), _ENCODER.encode(columns))
        encoded.body.encode()
        encoded.others.encode()
    except (ValueError, TypeError) as error:  # a surrogate's UnicodeEncodeError is a ValueError
        raise UnstorableRow(str(error)) from error
    return encoded


def decode_rows(texts: Sequence[str]) -> pa.Table:
    """Encoded rows as one table of the article schema. Raises UnstorableRow."""
    import pyarrow as pa
    from pyarrow import json as arrow_json

    from pipelines.storage.schema import ARTICLE_SCHEMA, as_article_table

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


def storable_rows(rows: Sequence[Mapping[str, Any]]) -> list[EncodedRow | UnstorableRow]:
    """Each row encoded, or why it cannot be: proven by reading it back, so that no publish can trip on it."""
    encoded = [_encoded(row) for row in rows]
    sound = [row.without_text() for row in encoded if isinstance(row, EncodedRow)]
    try:
        decode_rows(sound)
    except UnstorableRow:
        return [_proven(row) for row in encoded]
    return encoded


def _encoded(row: Mapping[str, Any]) -> EncodedRow | UnstorableRow:
    try:
        return encode_row(row)
    except UnstorableRow as error:
        return error


def _proven(row: EncodedRow | UnstorableRow) -> EncodedRow | UnstorableRow:
    if isinstance(row, EncodedRow):
        try:
            decode_rows([row.without_text()])
        except UnstorableRow as error:
            return error
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"time without a zone: {value}")
        return value.astimezone(UTC).isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} in a row")


_ENCODER = json.JSONEncoder(default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
