"""Restoring: rows that were lost with a damaged partition, made again from the raw archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.commands.reparsing import parse_archived
from crawler.frontier import utc
from crawler.listing_spider import ListingSpider
from crawler.page import PageProblem
from pipelines.storage.canonical_url import article_key
from pipelines.storage.content_hash import content_hash
from pipelines.storage.layout import DataPath
from pipelines.storage.ledger import Ledger
from pipelines.storage.outcomes import Link
from pipelines.storage.raw_archive import RawLocation, RawPageMissing, locations, raw_files, read_raw
from pipelines.store import article_row


@dataclass(slots=True)
class Restored:
    """What the archive gave back of the articles that were asked for."""

    current: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    """The row of each article, by its key."""
    earlier: dict[bytes, list[dict[str, Any]]] = field(default_factory=dict)
    """Its earlier versions, the oldest first."""


def restore(
    spider: ListingSpider, data_dir: DataPath, ledger: Ledger, wanted: Mapping[bytes, Link]
) -> Restored:
    """The rows of these articles as the present parser reads them from their archived pages.

    The ledger's revision number is that of the present row: the page whose content the ledger remembers, or
    else the latest one.
    """
    restored = Restored()
    for key, rows in _versions(spider, data_dir, wanted).items():
        link = wanted[key]
        channels = ledger.channel_names(link.outlet, link.channels, link.first_channel)
        hashes = [content_hash(row) for row in rows]
        last = len(rows) - 1 - hashes[::-1].index(link.content_hash) if link.content_hash in hashes else -1
        rows = rows[: last + 1] if last >= 0 else rows
        for number, row in enumerate(reversed(rows)):
            row["revision"] = link.revision - number
            row["channel"] = channels[0] if channels else None
        restored.current[key] = rows[-1]
        restored.earlier[key] = [row for row in rows[:-1] if row["revision"] >= 0]
    return restored


def _versions(
    spider: ListingSpider, data_dir: DataPath, wanted: Mapping[bytes, Link]
) -> dict[bytes, list[dict[str, Any]]]:
    """All versions of the articles that the archive holds, in the order of their fetching."""
    found: dict[bytes, list[tuple[Any, dict[str, Any]]]] = {}
    for file in raw_files(data_dir, spider.name):
        for location, url, fetched_at in locations(data_dir, file):
            if spider.addresses.link_key(url) in wanted:
                row = _row(spider, data_dir, location, wanted)
                if row is not None:
                    found.setdefault(article_key(row["article_id"]), []).append((fetched_at, row))
    return {
        key: _without_repeats([row for _, row in sorted(versions, key=lambda version: version[0])])
        for key, versions in found.items()
    }


def _row(
    spider: ListingSpider, data_dir: DataPath, location: RawLocation, wanted: Mapping[bytes, Link]
) -> dict[str, Any] | None:
    try:
        raw = read_raw(data_dir, location.file, location.offset)
        if raw.status != 200:
            return None
        article = parse_archived(spider, raw, raw.fetched_at)
    except (RawPageMissing, PageProblem):
        return None
    link = wanted.get(article_key(article.article_id))
    if link is None:
        return None
    article.first_seen_at = utc(link.first_seen_at)
    article.run_id = Path(location.file).stem.rpartition("-")[0]
    article.raw_file, article.raw_offset = location.file, location.offset
    return article_row(article)


def _without_repeats(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of equal versions in a row the first: pages that were looked at again and had not changed."""
    kept: list[dict[str, Any]] = []
    for row in rows:
        if not kept or content_hash(row) != content_hash(kept[-1]):
            kept.append(row)
    return kept
