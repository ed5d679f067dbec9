"""Normalize: every field of an article in its one clean form.

What it stands on has long patterns and gazetteers, which are imported with the first article: a run that
finds nothing new does without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.items import Article, Image
from pipelines.storage.canonical_url import canonical_url

_COPYRIGHT = re.compile(r"^(?:(?:©|\(c\)|&copy;)\s*)+", re.IGNORECASE)
_RAW_DATE_LENGTH = 64


class NormalizePipeline:
    """The first stage: later ones compare, hash and store what this one made of the page."""

    def process_item(self, item: Article) -> Article:
        return normalize(item)


def normalize(article: Article) -> Article:
    """The same article, cleaned in place; doing it again changes nothing."""
    from pipelines.storage.language import language_of
    from pipelines.storage.places import countries_named
    from pipelines.storage.text import body_hash, one_line, paragraphs, word_count
    from pipelines.storage.wire_credit import wire_credit_of

    article.canonical_url = canonical_url(article.canonical_url or article.url)
    article.headline = one_line(article.headline) or ""
    article.lead = one_line(article.lead)
    article.description = one_line(article.description)
    article.body = paragraphs(article.body)
    article.section = one_line(article.section)
    article.dateline = (one_line(article.dateline) or "").strip(" ,-–—:") or None
    article.published_raw = (one_line(article.published_raw) or "")[:_RAW_DATE_LENGTH].strip() or None
    article.authors = _each_once(article.authors)
    article.tags = _each_once(article.tags)
    article.images = _images(article.images)
    article.related = _related(article.related, article.canonical_url)
    article.language = language_of(article.language, article.body)
    article.countries = countries_named(
        (article.headline, article.lead, article.dateline), tags=article.tags, language=article.language
    )
    article.wire_credit = wire_credit_of(
        one_line(article.wire_credit), article.authors, article.body, article.outlet
    )
    article.word_count = word_count(article.body) + word_count(article.lead or "")
    article.body_hash = body_hash(article.lead, article.body)
    return article


def _each_once(names: Iterable[str]) -> list[str]:
    """Trimmed, in the page's order; a name in other capitals is the same name."""
    from pipelines.storage.text import one_line

    kept: dict[str, str] = {}
    for name in names:
        clean = (one_line(name) or "").strip(" ,;|·")
        if clean:
            kept.setdefault(clean.casefold(), clean)
    return list(kept.values())


def _images(images: Iterable[Image]) -> list[Image]:
    from pipelines.storage.text import one_line

    kept: dict[str, Image] = {}
    for image in images:
        url = one_line(image.url)
        if url and url not in kept:
            credit = _COPYRIGHT.sub("", one_line(image.credit) or "") or None
            kept[url] = Image(url, one_line(image.caption), credit)
    return list(kept.values())


def _related(links: Iterable[str], own: str) -> list[str]:
    site = own[: own.index("/", len("https://"))]
    kept: dict[str, None] = {}
    for link in links:
        try:
            kept[canonical_url(link, site=site)] = None
        except (
            ValueError
        ):  # "javascript:", "mailto:" and broken addresses stand among the cards of real pages
            continue
    kept.pop(own, None)
    return list(kept)
