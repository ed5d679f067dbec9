"""Reparsing: what the present parser makes of a page that lies in the raw archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from scrapy.spiderloader import get_spider_loader
from scrapy.utils.project import get_project_settings

from crawler.article_page import Listed, parse_article
from crawler.asia_terms import asia_terms
from crawler.decompression import TooLarge, TruncatedBody, UndecodableBody, UnknownCoding, decoded
from crawler.items import Article
from crawler.listing_spider import ListingSpider
from crawler.page import Page, PageProblem
from crawler.tdm_reservation import RESERVED
from pipelines.normalize import normalize
from pipelines.storage.layout import DataPath
from pipelines.storage.raw_archive import RawPage, RawPageMissing, read_raw
from pipelines.storage.schema import ARTICLE_SCHEMA
from pipelines.validate import defect, with_substitute_time

KEPT = frozenset(
    (
        *("article_id", "url", "first_seen_at", "fetched_at", "revision", "duplicate_of", "similarity"),
        *("channel", "run_id", "raw_file", "raw_offset", "etag"),
    )
)
"""Columns that do not come from the page alone: identity, provenance, and what other articles decide."""

LARGEST_PAGE = 16 * 1024 * 1024
"""Bytes of a page once decompressed."""

_FROM_CHANNELS = frozenset(("listing", "feed", "sitemap"))


@dataclass(slots=True)
class Reparsed:
    """What became of one archived page."""

    article_id: str
    changes: dict[str, Any] = field(default_factory=dict)
    """The columns that read otherwise now, with their new values."""
    problem: str | None = None
    """Why the row stays as it is: a slug."""


def reparse_rows(outlet: str, data_dir: DataPath, rows: Sequence[Mapping[str, Any]]) -> list[Reparsed]:
    """Parse the pages of these rows anew. One page's problem is its own; the row then stays as it is."""
    return [_reparse_row(spider_of(outlet), data_dir, row) for row in rows]


def _reparse_row(spider: ListingSpider, data_dir: DataPath, row: Mapping[str, Any]) -> Reparsed:
    if row["raw_file"] is None:
        return Reparsed(row["article_id"], problem="not-archived")
    try:
        raw = read_raw(data_dir, row["raw_file"], row["raw_offset"])
        article = parse_archived(spider, raw, row["first_seen_at"], _said_by_channel(row))
    except RawPageMissing:
        return Reparsed(row["article_id"], problem="page-missing")
    except PageProblem as problem:
        return Reparsed(row["article_id"], problem=problem.reason)
    if article.article_id != row["article_id"]:
        # Its links and earlier versions go by the old id: no row may change its name.
        return Reparsed(row["article_id"], problem="other-id")
    new = page_columns(article)
    # What the host reserved when the page was fetched is not written on the page.
    new["rights"] += [word for word in row["rights"] if word == RESERVED and word not in new["rights"]]
    return Reparsed(row["article_id"], {name: new[name] for name in new if new[name] != row[name]})


def parse_archived(
    spider: ListingSpider, raw: RawPage, first_seen_at: datetime, listed: Sequence[Listed] = ()
) -> Article:
    """The article that the page shows, through all stages but the ledger's. Raises PageProblem."""
    page = page_of_raw(raw)
    article = parse_article(page, spider.rules, listed=listed, now=raw.fetched_at)
    spider.identify(article, raw.url)
    article.first_seen_at = first_seen_at
    article.fetched_at = raw.fetched_at
    article.etag = next((v.decode("latin-1") for n, v in raw.response_headers if n.lower() == b"etag"), None)
    article = with_substitute_time(normalize(article))
    if reason := defect(article, raw.fetched_at):
        raise PageProblem(raw.url, reason=reason)
    return article


def page_of_raw(raw: RawPage) -> Page:
    """The archived answer as a page to be read. Raises PageProblem where its body cannot be unpacked."""
    headers: dict[str, str] = {}
    for name, value in raw.response_headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    codings = [name.strip() for name in headers.pop("content-encoding", "").lower().split(",")]
    try:
        body = decoded(raw.body, [name for name in codings if name], LARGEST_PAGE)
    except (TruncatedBody, UndecodableBody, TooLarge, UnknownCoding) as error:
        raise PageProblem(raw.url, reason="undecodable") from error
    return Page.from_body(raw.url, body, headers=headers, fetched_at=raw.fetched_at)


def page_columns(article: Article) -> dict[str, Any]:
    """The columns that come from the page alone."""
    columns = {name: getattr(article, name) for name in ARTICLE_SCHEMA.names if name not in KEPT}
    columns["images"] = [asdict(image) for image in article.images]
    return columns


@cache
def spider_of(outlet: str) -> ListingSpider:
    """The outlet's spider, for its rules. Raises KeyError for an outlet that is none of ours."""
    settings = get_project_settings()
    spider_class = get_spider_loader(settings).load(outlet)
    assert issubclass(spider_class, ListingSpider)
    spider = spider_class()
    spider.asia_terms = asia_terms(settings.getlist("ASIA_TERMS"))
    return spider


def _said_by_channel(row: Mapping[str, Any]) -> list[Listed]:
    """What a channel once said of the time; no archive of pages holds that, only the row."""
    source = (row["published_source"] or "").partition("/")[0]
    if source not in _FROM_CHANNELS:
        return []
    return [Listed(None, row["published_at"], source, row["published_raw"])]
