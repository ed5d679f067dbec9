"""What a crawler should have found: every article, its fields and channels, the state of its link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.replica.clock import iso
from tests.replica.content import Content
from tests.replica.deck import ASIA_SECTION
from tests.replica.rich import plain
from tests.replica.site import Crawls
from tests.replica.sputnik_site import NON_ARTICLES, SputnikSite
from tests.replica.world import FEED, SCREEN, SITE, Slot, World, day_of

LISTING = "listing:/asia/"
FEED_CHANNEL = "feed:/export/rss2/archive/index.xml"
SITEMAP = "sitemap:/sitemap_article_index.xml"


def world_truth(site: SputnikSite, now: int) -> dict[str, Any]:
    """Everything, as JSON: the articles that have appeared by `now`, in order of appearance."""
    world = site.world
    world.extend(now)
    articles = [_article(site, slot, now) for slot in world.slots if slot.appears <= now]
    return {
        "now": iso(now),
        "from": iso(world.start),
        "to": iso(world.end),
        "non_articles": [SITE + path for path in NON_ARTICLES],
        "articles": articles,
    }


def expected_rows(site: SputnikSite, now: int, crawls: Crawls) -> list[dict[str, Any]]:
    """The rows that the dataset should hold: fields of the version that stands now, with id and address."""
    rows = []
    site.world.extend(now)
    for slot in site.world.slots:
        if slot.appears <= now and expected_state(site, slot, crawls)[0] == "stored":
            version = slot.version_at(now if slot.is_up(now) else (slot.removed or now) - 1)
            row = {"article_id": slot.article_id, "canonical_url": SITE + site.world.path(slot)}
            rows.append(row | {"version": version} | fields(site.content(slot, version)))
    return rows


def expected_states(site: SputnikSite, now: int, crawls: Crawls) -> dict[str, tuple[str, str | None]]:
    """State and reason of every link that these crawls were shown, by article id."""
    site.world.extend(now)
    states = {
        slot.article_id: expected_state(site, slot, crawls)
        for slot in site.world.slots
        if slot.appears <= now
    }
    return {article_id: state for article_id, state in states.items() if state[0] != "unseen"}


def expected_state(site: SputnikSite, slot: Slot, crawls: Crawls) -> tuple[str, str | None]:
    """The terminal state of the article's link after these crawls; "unseen" if no channel showed it."""
    world = site.world
    shown = [at for at in crawls.moments if _is_shown(world, slot, at, crawls)]
    if not shown:
        return "unseen", None
    if not any(slot.is_up(at) for at in shown):
        return "gone", str(slot.removal)
    if not slot.card.asia:
        return "filtered", "not-asia"
    if slot.card.name == "listing-only" and not any(_in_listing(world, slot, at) for at in shown):
        return "filtered", "not-asia"
    if slot.card.shape == "empty":
        return "quarantined", "no-body"
    return "stored", None


def fields(content: Content) -> dict[str, Any]:
    """The columns of the dataset that a page determines, as JSON."""
    lead: str | None = plain(content.lead) if content.lead else None
    body = "\n\n".join(content.paragraphs)
    if not body and lead is not None:
        # A gallery has no text but its lead, which then is the body.
        body, lead = lead, None
    return {
        "headline": content.headline,
        "lead": lead,
        "description": content.description,
        "body": body,
        "dateline": content.dateline,
        "published_at": iso(content.published),
        "modified_at": iso(content.modified),
        "authors": list(content.authors),
        "tags": list(content.tags),
        "section": content.section,
        "images": [
            {"url": photo.url, "caption": photo.caption, "credit": photo.credit.removeprefix("©").strip()}
            for photo in content.pictures
        ],
        "related": list(content.related),
        "flags": list(content.flags),
        "language": "en",
    }


def channels(world: World, slot: Slot) -> dict[str, list[str | None]]:
    """The channels that show the article, each with its times from and until (null: no end known)."""
    shown: dict[str, list[str | None]] = {}
    if slot.in_asia_listing:
        shown[LISTING] = _interval(slot, _listing_end(world, slot))
    elif slot.list_rank is not None:
        shown[f"listing:/{slot.section}/"] = _interval(
            slot, _end(world.lists[slot.section], slot.list_rank, SCREEN)
        )
    if slot.feed_rank is not None:
        shown[FEED_CHANNEL] = _interval(slot, _end(world.news, slot.feed_rank, FEED))
    assert slot.day_rank is not None
    shown[f"archive:/{slot.day}/"] = _interval(slot, _end(world.days[slot.day], slot.day_rank, SCREEN))
    shown[SITEMAP] = [iso(slot.appears), None if slot.dangling else iso(slot.removed)]
    return shown


def _article(site: SputnikSite, slot: Slot, now: int) -> dict[str, Any]:
    world = site.world
    starts = [slot.appears, *(edit.at for edit in slot.edits)]
    aliases = [world.old_path(slot), world.amp_path(slot), world.second_path(slot)]
    state, reason = expected_state(site, slot, Crawls((now,)))
    source = world.reprint_source(slot)
    card = slot.card
    evidence = {
        "listing": slot.in_asia_listing,
        "section": card.section,
        "tags": card.tags and card.asia,
        "path": card.design == "old",
    }
    return {
        "article_id": slot.article_id,
        "url": SITE + world.path(slot),
        "aliases": [SITE + path for path in aliases if path and path != world.path(slot)],
        "shown_as": {
            channel: SITE + world.shown_path(slot, channel)
            for channel in ("listing", "feed", "archive", "sitemap")
        },
        "kind": card.name,
        "design": card.design,
        "asia": card.asia,
        "asia_evidence": [name for name, holds in evidence.items() if holds],
        "appears_at": iso(slot.appears),
        "removed_at": iso(slot.removed),
        "removal_status": slot.removal if slot.removed is not None else None,
        "channels": channels(world, slot),
        "versions": [
            {"from": iso(at), "fields": fields(site.content(slot, version))}
            for version, at in enumerate(starts)
        ],
        "expected_state": state,
        "reason": reason,
        "near_duplicate_of": source.article_id if source else None,
    }


def _is_shown(world: World, slot: Slot, at: int, crawls: Crawls) -> bool:
    if at < slot.appears:
        return False
    if (slot.is_up(at) or slot.dangling) and (crawls.since or "0") <= slot.day <= (
        crawls.until or day_of(at)
    ):
        return True
    if not slot.is_up(at):
        return False
    in_feed = slot.feed_rank is not None and _before(_end(world.news, slot.feed_rank, FEED), at)
    return in_feed or _in_listing(world, slot, at)


def _in_listing(world: World, slot: Slot, at: int) -> bool:
    return slot.in_asia_listing and slot.is_up(at) and _before(_listing_end(world, slot), at)


def _before(end: int | None, at: int) -> bool:
    return end is None or at < end


def _listing_end(world: World, slot: Slot) -> int | None:
    assert slot.list_rank is not None
    end = _end(world.lists[ASIA_SECTION], slot.list_rank, SCREEN)
    if slot.card.era == "2019" and end is not None:
        # It stands on top until the next one takes its place.
        rank = world.pinned.index(slot)
        following = world.pinned[rank + 1].appears if rank + 1 < len(world.pinned) else None
        return None if following is None else max(end, following)
    return end


def _end(slots: Sequence[Slot], rank: int, size: int) -> int | None:
    return slots[rank + size].appears if rank + size < len(slots) else None


def _interval(slot: Slot, end: int | None) -> list[str | None]:
    if slot.removed is not None and (end is None or slot.removed < end):
        end = slot.removed
    return [iso(slot.appears), iso(end)]
