"""Suspicions: values of an outlet's articles that are there, and probably wrong.

Each is judged from a handful of articles of one outlet, where a fault of its markup repeats itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from crawler.items import Article

FIELDS = (
    *("headline", "lead", "description", "body", "language", "section", "dateline", "authors", "tags"),
    *("images", "related", "published_at", "modified_at"),
)
"""Fields whose coverage is shown."""

_SHORT_BODY = 400
_MANY_TAGS = 30
_SITE_SUFFIX = re.compile(r"\s[|–—»-]\s[^|–—»-]{3,40}$")
_NO_NAME = re.compile(r"\d|@|https?:|^(?:by|from|staff|admin)\b", re.I)
_CALL = re.compile(
    r"^(?:read (?:more|also|next)|also read|related|more|subscribe|sign up|follow us|advertisement|share)\b",
    re.I,
)


def coverage(articles: Sequence[Article]) -> dict[str, float]:
    """Each field with the share of the articles that have it."""
    return {
        name: sum(bool(getattr(article, name)) for article in articles) / len(articles) if articles else 0.0
        for name in FIELDS
    }


def suspicions(articles: Sequence[Article], now: datetime) -> list[str]:
    """What looks wrong, a line each, with the address or the value."""
    return [*_of_all(articles), *(f"{a.url}: {text}" for a in articles for text in _of_one(a, now))]


def _of_one(article: Article, now: datetime) -> Iterator[str]:
    """What looks wrong with one article."""
    paragraphs = article.body.split("\n\n")
    if len(article.body) < _SHORT_BODY:
        yield f"a body of {len(article.body)} characters"
    if article.lead and paragraphs[0].startswith(article.lead):
        yield "the body repeats the lead"
    if calls := [text for text in paragraphs if len(text) < 120 and _CALL.match(text)]:
        yield f"no text of the article: {calls[0]!r}"
    captions = {image.caption for image in article.images if image.caption}
    if repeated := captions.intersection(paragraphs):
        yield f"a caption in the body: {min(repeated)!r}"
    for name in article.authors:
        if _NO_NAME.search(name) or len(name.split()) > 5:
            yield f"hardly an author: {name!r}"
    if len(article.tags) > _MANY_TAGS:
        yield f"{len(article.tags)} tags"
    if article.published_at is None:
        yield "no time of publication"
    elif article.published_at > now:
        yield f"published in the future: {article.published_at}"
    elif article.published_precision == "day":
        yield f"published on a day, without a time: {article.published_raw!r}"
    elif (article.published_source or "").endswith("/no-zone"):
        yield f"a time without a zone, read as UTC; rules may name a time_zone: {article.published_raw!r}"


def _of_all(articles: Sequence[Article]) -> Iterator[str]:
    """What looks wrong because several articles share it."""
    if len(articles) < 2:
        return
    suffixes = Counter(match[0] for article in articles if (match := _SITE_SUFFIX.search(article.headline)))
    for suffix, count in suffixes.items():
        if count > 1:
            yield f"{count} headlines end in {suffix!r}: the site's name?"
    for name, of in _SHARED.items():
        values = Counter(value for article in articles for value in set(of(article)) if value)
        for value, count in values.most_common(3):
            if count > 1:
                yield f"{count} articles share one {name}: {value[:100]!r}"
    if len({article.language for article in articles}) > 1:
        yield f"several languages: {', '.join(sorted({str(article.language) for article in articles}))}"


_SHARED: dict[str, Callable[[Article], list[str]]] = {
    "headline": lambda article: [article.headline],
    "lead": lambda article: [article.lead or ""],
    "description": lambda article: [article.description or ""],
    "paragraph": lambda article: article.body.split("\n\n"),
    "picture": lambda article: [image.url for image in article.images],
    "second of publication": lambda article: [
        article.published_at.isoformat() if article.published_at else ""
    ],
}
"""What no two articles should have in common."""
