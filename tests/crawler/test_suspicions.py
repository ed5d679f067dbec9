"""What a live check calls suspicious in a handful of an outlet's articles, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.items import Article, Image
from crawler.suspicions import FIELDS, coverage, suspicions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = "The ferry sails again, three winters after the storm, and the whole island came to wave. " * 3


def article(nth: int = 1, **fields: Any) -> Article:
    """An article with nothing wrong, but for the fields given."""
    url = f"https://www.islandpost.example/{nth}"
    right = {
        "headline": f"Ferry number {nth} sails",
        "body": f"{nth}: {TEXT}\n\nAnd {nth} more: {TEXT}",
        "language": "en",
        "authors": ["Mara Lindqvist"],
        "tags": ["ferries"],
        "published_at": NOW - timedelta(hours=nth),
        "published_precision": "second",
    }
    found = Article(url=url, canonical_url=url, fetched_at=NOW)
    for name, value in (right | fields).items():
        setattr(found, name, value)
    return found


def test_good_articles_are_above_suspicion() -> None:
    assert suspicions([article(1), article(2), article(3)], NOW) == []
    assert suspicions([], NOW) == []


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"body": "Too short."}, "a body of 10 characters"),
        ({"lead": "1: The ferry sails again"}, "the body repeats the lead"),
        (
            {"body": f"{TEXT}{TEXT}\n\nRead more: the bridge"},
            "no text of the article: 'Read more:",
        ),
        (
            {"body": f"{TEXT}{TEXT}\n\nThe bow", "images": [Image("https://i.example/1.jpg", "The bow")]},
            "a caption in the body: 'The bow'",
        ),
        ({"authors": ["By Mara Lindqvist"]}, "hardly an author: 'By Mara Lindqvist'"),
        ({"authors": ["mara@islandpost.example"]}, "hardly an author"),
        ({"authors": ["The whole crew of the good ship"]}, "hardly an author"),
        ({"tags": [f"tag {nth}" for nth in range(31)]}, "31 tags"),
        ({"published_at": None}, "no time of publication"),
        ({"published_at": NOW + timedelta(hours=1)}, "published in the future"),
        (
            {"published_source": "text/no-zone", "published_raw": "2 March 10:30"},
            "without a zone, read as UTC; rules may name a time_zone: '2 March 10:30'",
        ),
        ({"published_precision": "day", "published_raw": "2 March"}, "without a time: '2 March'"),
    ],
)
def test_what_looks_wrong_with_one_article_is_said_with_its_address(
    fields: dict[str, Any], word: str
) -> None:
    [line] = suspicions([article(**fields)], NOW)
    assert line.startswith("https://www.islandpost.example/1: ")
    assert word in line


@pytest.mark.parametrize(
    ("shared", "word"),
    [
        ({"lead": "All the news of the island"}, "2 articles share one lead"),
        ({"description": "All the news"}, "2 articles share one description"),
        ({"images": [Image("https://i.example/logo.png")]}, "2 articles share one picture"),
        ({"published_at": NOW}, "2 articles share one second of publication"),
    ],
)
def test_what_no_two_articles_should_share_is_said_once(shared: dict[str, Any], word: str) -> None:
    [line] = suspicions([article(1, **shared), article(2, **shared), article(3)], NOW)
    assert line.startswith(word)


def test_a_paragraph_under_every_article_is_suspicious() -> None:
    lines = suspicions(
        [article(nth, body=f"{nth} {TEXT}{TEXT}\n\nWrite to the editor.") for nth in (1, 2)], NOW
    )
    assert lines == ["2 articles share one paragraph: 'Write to the editor.'"]


def test_a_sites_name_at_the_end_of_headlines_is_suspicious() -> None:
    lines = suspicions([article(nth, headline=f"Ferry {nth} sails | Island Post") for nth in (1, 2)], NOW)
    assert lines == ["2 headlines end in ' | Island Post': the site's name?"]


def test_several_languages_are_suspicious() -> None:
    assert suspicions([article(1), article(2, language="fr")], NOW) == ["several languages: en, fr"]


def test_coverage_is_the_share_of_articles_that_have_a_field() -> None:
    shares = coverage([article(1, lead="A lead"), article(2, tags=[])])
    assert (shares["headline"], shares["lead"], shares["tags"], shares["dateline"]) == (1, 0.5, 0.5, 0)
    assert coverage([]) == dict.fromkeys(FIELDS, 0.0)
