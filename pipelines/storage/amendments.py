"""Amendments: what an article that came later says of rows that are stored already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa


class Amendment(NamedTuple):
    """A stored article is a near-duplicate of one that came after it but was published before it."""

    key: bytes
    article_id: str
    duplicate_of: str
    similarity: float


def amended(articles: pa.Table, amendments: Iterable[Amendment]) -> pa.Table:
    """The rows with the amendments of those among them; applying them twice changes nothing."""
    import pyarrow as pa  # the ledger knows amendments in runs that never need Arrow

    by_id = {amendment.article_id: amendment for amendment in amendments}
    found = [by_id.get(article_id) for article_id in articles["article_id"].to_pylist()] if by_id else []
    if not any(found):
        return articles
    for name in ("duplicate_of", "similarity"):
        values = [
            getattr(amendment, name) if amendment else old
            for amendment, old in zip(found, articles[name].to_pylist(), strict=True)
        ]
        field = articles.schema.field(name)
        place = articles.schema.get_field_index(name)
        articles = articles.set_column(place, field, pa.array(values, field.type))
    return articles
