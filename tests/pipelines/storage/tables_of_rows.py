"""Tables of invented rows, and strategies for versions of articles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from pipelines.storage.schema import ARTICLE_SCHEMA
from tests.pipelines.storage.samples import NOON, row


def version(
    number: int, revision: int = 0, *, at: int = 0, text: str = "text", **changes: Any
) -> dict[str, Any]:
    """One version of an article, seen so many hours after noon."""
    seen = NOON + timedelta(hours=at)
    return row(number, revision=revision, body=text, fetched_at=seen, first_seen_at=NOON, **changes)


def table(*rows: dict[str, Any]) -> pa.Table:
    """Rows as a table of the article schema."""
    return pa.Table.from_pylist(list(rows), schema=ARTICLE_SCHEMA)


versions = st.lists(
    st.builds(
        version,
        st.integers(1, 4),
        st.integers(0, 3),
        at=st.integers(0, 3),
        text=st.sampled_from(["one", "two"]),
        run_id=st.sampled_from(["r1", "r2"]),
    ),
    max_size=14,
)
"""Versions of few articles, so that many are the same, or clash."""
