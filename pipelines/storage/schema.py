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
