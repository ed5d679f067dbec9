"""Where pages show the time of an article, and where they show others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.article_page import Page, parse_article

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = "The ferry left the old harbour at noon with forty people, and came back before the evening tide. "


def published(dated: str, *, head: str = "", language: str = "en") -> str | None:
    html = (
        f"<html lang={language}><head><title>Ferry leaves the old harbour again</title></head><body>{head}"
        f"<div><h1>Ferry leaves the old harbour again</h1>{dated}<div>"
        + f"<p>{TEXT * 4}</p>" * 3
        + "</div></div></body></html>"
    )
    article = parse_article(Page.from_body("https://news.example/a", html.encode()), now=NOW)
    return article.published_at.isoformat()[:16] if article.published_at else None


@pytest.mark.parametrize(
    "head",
    [
        '<div class="nav"><span class="today-date">Tuesday, 24 November 2026</span></div>',
        "<header><p>Tuesday, 24 November 2026</p></header>",
        '<div class="masthead"><p>Tuesday, 24 November 2026</p></div>',
        '<p class="current-date">Tuesday, 24 November 2026</p>',
    ],
)
def test_the_day_on_which_a_page_is_read_is_not_its_articles(head: str) -> None:
    assert published("<p>Our CorrespondentMar 05, 2026</p>", head=head) == "2026-03-05T00:00"
    assert published("", head=head) is None


def test_a_date_above_the_headline_is_the_articles() -> None:
    assert published("", head='<h2 class="date-header">5 March 2026</h2>') == "2026-03-05T00:00"
    assert published("", head="<article><header><p>5 March 2026</p></header>") == "2026-03-05T00:00"


@pytest.mark.parametrize(
    ("dated", "language", "at"),
    [
        ("<p>公開日：2026年3月5日更新日：2026年3月7日</p>", "ja", "2026-03-05T00:00"),
        (
            "<p>เผยแพร่: 5 มี.ค. 2569 14:30 ปรับปรุง: 6 มี.ค. 2569 15:00 โดย: กองบรรณาธิการออนไลน์</p>",
            "th",
            "2026-03-05T07:30",
        ),
        (
            "<ul><li>홍길동 기자</li><li>입력 2026.03.05 14:30</li><li>수정 2026.03.06 17:00</li></ul>",
            "ko",
            "2026-03-05T05:30",
        ),
    ],
)
def test_the_first_of_two_times_is_the_publications(dated: str, language: str, at: str) -> None:
    assert published(dated, language=language) == at


@pytest.mark.parametrize(
    "picture",
    [
        "<figure><img src=/a.jpg><figcaption>The harbour, 5 March 2019. Photo: Agency</figcaption></figure>",
        "<div><img src=/a.jpg><p class=wp-caption-text>The harbour, 5 March 2019. Photo: Agency</p></div>",
    ],
)
def test_the_day_of_a_picture_is_not_its_articles(picture: str) -> None:
    assert published(picture) is None
    assert published(f"{picture}<p>5 March 2026</p>") == "2026-03-05T00:00"
