"""The dataset's columns: their order, types and version."""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 1

_TIME = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.field("element", pa.string()))

ARTICLE_SCHEMA = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("canonical_url", pa.string(), nullable=False),
        pa.field("headline", pa.string(), nullable=False),
        pa.field("lead", pa.string()),
        pa.field("description", pa.string()),
        pa.field("body", pa.string(), nullable=False),
        pa.field("language", pa.string()),
        pa.field("section", pa.string()),
        pa.field("dateline", pa.string()),
        pa.field("authors", _TEXTS),
        pa.field("tags", _TEXTS),
        pa.field("countries", _TEXTS),
        pa.field(
            "images",
            pa.list_(
                pa.field(
                    "element",
                    pa.struct([("url", pa.string()), ("caption", pa.string()), ("credit", pa.string())]),
                )
            ),
        ),
        pa.field("related", _TEXTS),
        pa.field("published_at", _TIME, nullable=False),
        pa.field("modified_at", _TIME),
        pa.field("published_raw", pa.string()),
        pa.field("published_precision", pa.string()),
        pa.field("published_source", pa.string()),
        pa.field("first_seen_at", _TIME, nullable=False),
        pa.field("fetched_at", _TIME, nullable=False),
        pa.field("revision", pa.int16(), nullable=False),
        pa.field("word_count", pa.int32(), nullable=False),
        pa.field("body_hash", pa.string(), nullable=False),
        pa.field("duplicate_of", pa.string()),
        pa.field("similarity", pa.float32()),
        pa.field("wire_credit", pa.string()),
        pa.field("flags", _TEXTS),
        pa.field("rights", _TEXTS),
        pa.field("channel", pa.string()),
        pa.field("extractor", pa.string()),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("raw_file", pa.string()),
        pa.field("raw_offset", pa.int64()),
        pa.field("etag", pa.string()),
    ],
    metadata={"asiadesk.schema_version": str(SCHEMA_VERSION)},
)
"""One row is one article; `outlet` and `month` are the partition's, in the path and not in the file."""

REVISION_SCHEMA = ARTICLE_SCHEMA
"""An earlier version is the row as it was: `fetched_at` says when it was seen, and the next higher revision's
`fetched_at` until when. A column for that would change old rows whenever a version comes between."""


def as_article_table(columns: pa.Table) -> pa.Table:
    """As `with_columns_of` the whole ARTICLE_SCHEMA."""
    return with_columns_of(ARTICLE_SCHEMA, columns)


def with_columns_of(schema: pa.Schema, columns: pa.Table) -> pa.Table:
    """The columns in the order, types and metadata of a schema; absent ones are null, others left out.

    Raises ValueError (which Arrow's errors are) for values that do not fit, or none where one is required.
    """
    arrays = []
    for field in schema:
        if field.name in columns.schema.names:
            array = columns[field.name]
            array = array if array.type.equals(field.type) else array.cast(field.type)
        else:
            array = pa.nulls(len(columns), field.type)
        if array.null_count and not field.nullable:
            raise ValueError(f"{field.name} is required, but {array.null_count} rows have none")
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=schema)
