"""Times of pages that nowhere give a whole date of publication."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.article_page import Page, parse_article

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
TEXT = "The ferry left the old harbour at noon with forty people, and came back before the evening tide. "


def published(*, dated: str = "", opening: str = "", path: str = "a-slug", head: str = "") -> tuple | None:
    html = (
        f"<html lang=en><head><title>Ferry leaves the old harbour again</title>{head}</head><body><article>"
        f"<h1>Ferry leaves the old harbour again</h1><p>{dated}</p>"
        f"<p>{opening}{TEXT * 3}</p><p>{TEXT * 4}</p></article></body></html>"
    )
    page = Page.from_body(f"https://news.example/{path}", html.encode(), fetched_at=NOW)
    article = parse_article(page, now=NOW)
    if article.published_at is None:
        return None
    return article.published_at.isoformat()[:16], article.published_precision, article.published_source


@pytest.mark.parametrize(
    ("dated", "path", "expected"),
    [
        ("3 March", "a-slug", ("2026-03-03T00:00", "day", "text/no-year")),
        ("Published: 28 December", "a-slug", ("2025-12-28T00:00", "day", "text/no-year")),
        ("3月5日 10:15", "a-slug", ("2026-03-05T10:15", "minute", "text/no-year/no-zone")),
        ("3 March, 14:05", "2024/a-slug", ("2024-03-03T14:05", "minute", "text/no-year/no-zone")),
        ("Tuesday, March 3", "a-slug", ("2026-03-03T00:00", "day", "text/no-year")),
        ("3 wishes", "a-slug", None),
        ("Concert 3 June", "a-slug", None),
        ("Mar 1 anniversary", "a-slug", None),
        ("On 3 March the ferry will leave again", "a-slug", None),
    ],
)
def test_a_date_without_a_year_is_the_last_such_day(dated: str, path: str, expected: tuple | None) -> None:
    assert published(dated=dated, path=path) == expected


@pytest.mark.parametrize(
    ("opening", "day"),
    [
        ("PORT CITY, February 5, 2026 (Agency) – ", "2026-02-05T00:00"),
        ("Port City, (5.2.2026). ", "2026-02-05T00:00"),
        ("Since February 5, 2026 – a cold day – ", None),
        ("The ferry, built on February 5, 2026, and repaired twice, ", None),
    ],
)
def test_the_dateline_of_the_text_dates_it(opening: str, day: str | None) -> None:
    assert published(opening=opening) == (day and (day, "day", "text"))


def test_the_last_change_is_the_last_resort() -> None:
    changed = '<meta property="article:modified_time" content="2026-02-05T10:00:00Z">'
    assert published(head=changed) == ("2026-02-05T10:00", "second", "modified")
    assert published(dated="Updated: 5 February 2026, 10:00 GMT") == (
        "2026-02-05T10:00",
        "minute",
        "modified",
    )
    assert published(head=changed, path="2026/02/03/a-slug") == ("2026-02-03T00:00", "day", "url")
    assert published(head=changed, dated="3 February 2026") == ("2026-02-03T00:00", "day", "text")
