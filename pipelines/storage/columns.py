"""The names of the dataset's columns, in their order, for those who need no more: Arrow is dear to import."""

from __future__ import annotations

COLUMNS = (
    *("article_id", "url", "canonical_url", "headline", "lead", "description", "body"),
    *("language", "section", "dateline", "authors", "tags", "countries", "images", "related"),
    *("published_at", "modified_at", "published_raw", "published_precision", "published_source"),
    *("first_seen_at", "fetched_at", "revision", "word_count", "body_hash"),
    *("duplicate_of", "similarity", "wire_credit", "flags", "rights"),
    *("channel", "extractor", "run_id", "raw_file", "raw_offset", "etag"),
)
