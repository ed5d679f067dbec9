"""content_hash: what of an article counts as an edit, in eight bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

HASHED_FIELDS = ("headline", "lead", "authors", "tags", "section", "images", "published_at", "body")


def content_hash(row: Mapping[str, Any]) -> bytes:
    """Eight bytes that differ when the article's content does: a row, or an article's fields by name.

    They only ever compare one article with its own other versions, so eight are enough. The ledger remembers
    them: should this function change, every article would seem edited once.
    """
    others = json.dumps([_plain(row.get(name)) for name in HASHED_FIELDS if name != "body"])
    body = row.get("body") or ""
    # The long text needs no escaping: the JSON in front of it says itself where it ends.
    return blake2b(others.encode() + body.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _plain(value: Any) -> Any:
    """The value as JSON, the same whether it comes from a page, the ledger or a Parquet file."""
    if not value:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(value, (list, tuple)):
        return [_plain_element(element) for element in value]
    return value


def _plain_element(element: Any) -> Any:
    if isinstance(element, str):
        return element
    if isinstance(element, Mapping):
        return [element.get("url"), element.get("caption"), element.get("credit")]
    return [element.url, element.caption, element.credit]
