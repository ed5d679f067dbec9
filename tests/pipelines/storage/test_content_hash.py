"""What counts as an edit."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from crawler.items import Article, Image
from pipelines.storage.content_hash import content_hash
from tests.pipelines.storage.samples import row
from tests.pipelines.storage.tables_of_rows import table


def test_an_article_and_its_row_read_back_hash_alike() -> None:
    article = Article(
        headline="Ferry leaves",
        body="It left.",
        authors=["Mei Example"],
        images=[Image("https://demo.example/1.jpg", None, "Demo")],
        published_at=datetime(2024, 5, 1, 20, tzinfo=timezone(timedelta(hours=8))),
    )
    fields = {name: getattr(article, name) for name in Article.__slots__}
    read_back = table(row(1, **{name: asdict(article)[name] for name in ("headline", "body", "images")}))
    (stored,) = read_back.to_pylist()
    stored["published_at"] = datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert content_hash(fields) == content_hash(asdict(article)) == content_hash(stored)


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Other"},
        {"lead": "New lead"},
        {"body": "Other"},
        {"authors": []},
        {"tags": ["ferry"]},
        {"section": "Asia"},
        {"images": []},
        {"published_at": datetime(2024, 5, 1, tzinfo=UTC)},
    ],
)
def test_every_part_of_the_content_counts(change: dict[str, Any]) -> None:
    assert content_hash(row(1, **change)) != content_hash(row(1))


def test_provenance_and_absent_against_empty_do_not_count() -> None:
    other = row(
        1, run_id="r9", etag='"2"', tags=None, lead=None, duplicate_of="x:1", url="https://demo.example/x"
    )
    assert content_hash(other) == content_hash(row(1))


def test_the_hash_never_changes_between_versions_of_this_program() -> None:
    # Ledgers remember it: another value would make every article look edited.
    assert content_hash(row(1)).hex() == "4afc364d6db5da5b"
