"""Article: the one item that spiders yield, pipelines refine and Parquet keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Image:
    """A picture shown with the article; caption and agency credit apart."""

    url: str
    caption: str | None = None
    credit: str | None = None
    """Who owns the picture, without the copyright sign: "AFP 2023 / JUNG YEON-JE"."""


@dataclass(slots=True)
class FetchedPage:
    """What the stages must know of the page an article came from; never a column of the dataset."""

    link_key: bytes
    """The ledger's key of the link that was requested."""
    known: Any = None
    """The ledger's `KnownLink` for that link when it was requested; None outside a crawl."""
    raw: Any = None
    """The `RawPage` to be archived in the same group commit; None outside a crawl."""
    last_modified: str | None = None
    """The Last-Modified header as received, for the next conditional request."""
    due_at: int | None = None
    """When the link is to be checked again, epoch seconds; None for never."""
    content_hash: bytes | None = None
    """Hash of what makes a revision, set by the deduplicate stage."""


@dataclass(slots=True)
class Article:
    """One article in one revision. The fields up to `etag` are the columns of the dataset, in its order.

    An absent value is None, an absent list is empty; never "" and never a placeholder.
    """

    article_id: str = ""
    """`<outlet>:<native id>`, or `<outlet>:<hash of the canonical URL>` where the outlet has no id."""
    outlet: str = ""
    """The spider's name; also the partition the row lies in."""
    url: str = ""
    """The address that answered with the article, on the outlet's own host."""
    canonical_url: str = ""
    """Our canonical form of the address: no tracking, AMP, host alias or fragment."""
    headline: str = ""
    """The article's own headline, without the site's name."""
    lead: str | None = None
    """The standfirst that the page shows above its text; None if it shows none."""
    description: str | None = None
    """The page's meta description."""
    body: str = ""
    """The paragraphs after the lead, joined by a blank line; no captions, cards or subscribe lines."""
    language: str | None = None
    """BCP 47, such as "en" or "zh-Hant"."""
    section: str | None = None
    """The outlet's own name of the section."""
    dateline: str | None = None
    """The place in front of the text ("BEIJING"), split off the first paragraph."""
    authors: list[str] = field(default_factory=list)
    """Names of people, in the page's order, without "By" and roles. An agency or desk only where nobody is
    named, or where the page's structured data lists it as an author of its own."""
    tags: list[str] = field(default_factory=list)
    """The outlet's own keywords, in the page's order, each once."""
    countries: list[str] = field(default_factory=list)
    """ISO 3166-1 alpha-2 codes of the Asia-Pacific countries named in headline, lead, dateline or tags."""
    images: list[Image] = field(default_factory=list)
    """The article's pictures in the page's order, the main one first."""
    related: list[str] = field(default_factory=list)
    """Canonical URLs of the articles that the page links as related."""
    published_at: datetime | None = None
    """UTC. `first_seen_at` stands in where the page gives no time; `published_source` says so."""
    modified_at: datetime | None = None
    """UTC, as the page states it; None if it does not, or names the time of publication again."""
    published_raw: str | None = None
    """The text that `published_at` was read from."""
    published_precision: str | None = None
    """"second", "minute" or "day"."""
    published_source: str | None = None
    """epoch, json-ld, meta, microdata, text, script, listing, feed, sitemap, url, modified (the last change,
    for want of better) or first_seen: where it was read. Behind it "/no-year" where the year was inferred,
    "/home-zone" where the time names no zone and was read by the clock of the outlet's country, "/no-zone"
    where it was read as UTC."""
    first_seen_at: datetime | None = None
    """UTC; when a channel first showed the link to us."""
    fetched_at: datetime | None = None
    """UTC; when this revision's page was received."""
    revision: int = 0
    """0 for the article as first stored, one more for each edit that we saw."""
    word_count: int = 0
    """Words of lead and body; in scripts without spaces every character counts as one."""
    body_hash: str = ""
    """Hash of the normalized lead and body; equal for texts that differ only in space and typography."""
    duplicate_of: str | None = None
    """`article_id` of the earliest near-duplicate over all outlets; the row itself is kept."""
    similarity: float | None = None
    """0 to 1, how near to `duplicate_of`; None where that is None."""
    wire_credit: str | None = None
    """The agency that the article is credited to ("AFP", "Xinhua"); None for the outlet's own."""
    flags: list[str] = field(default_factory=list)
    """Of live_blog, gallery, stub, truncated, paywalled, sponsored, opinion."""
    rights: list[str] = field(default_factory=list)
    """Of noindex, noarchive, nosnippet, noai, noimageai, tdm-reserved, none: as page, header or host says."""
    channel: str | None = None
    """The channel that first showed the link: "listing:/asia/", "feed:/export/rss2/archive/index.xml"."""
    extractor: str | None = None
    """What parsed the page: "rules/3" for outlet rules, "generic/3" otherwise; a change adds one."""
    run_id: str = ""
    """The run that fetched this revision."""
    raw_file: str | None = None
    """Path of the WARC file below the data folder; None if the page was not archived."""
    raw_offset: int | None = None
    """Byte offset of the response record in `raw_file`."""
    etag: str | None = None
    """The ETag header as received."""

    page: FetchedPage | None = None
    """Where it came from; dropped before the row is staged."""
