"""When an article was published: all evidence that its page and its channels give, and the best of it.

The rule, in order:
1. Refused: what no calendar holds, what lies before 1990, what lies in the future. Of a time without a zone
   that the clock of some zone has reached, the day is believed.
2. Evidence more than a day and a half from the day in the article's address comes after all other.
3. Then the order of trust: an outlet's own rules as they are written; JSON-LD; meta elements that say
   "published"; microdata; feed; news sitemap; text beside the headline; other meta elements with a date;
   listing; the address itself.
4. A time without a zone takes the zone of other evidence for the same moment: one with a zone that lies whole
   quarter hours off. If there is none it is read as UTC, and "/no-zone" stands behind its source.
5. A day without a time gives way to a time on the same day further down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from crawler.date_text import Moment, Precision, read_moment

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(hours=1)
"""How far ahead of us an outlet's clock may go."""
WIDEST_ZONE = timedelta(hours=14)
"""How far a zone's clock may be from UTC."""
SAME_DAY = timedelta(hours=36)
"""A time and the day in its address may differ by this much and still agree: zones, and midnight."""

_URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:"
    r"/([01]?\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/([0-3]?\d)(?!\d)"
    r"|-([01]\d)-([0-3]\d)(?!\d)"
    r"|([01]\d)([0-3]\d)(?=\d{6,10}-|\D|$)"
    r"|/([01]\d)([0-3]\d)(?!\d))",
    re.I,
)
# The day first, where it can be nothing else: /29-10-2021.
_URL_DAY_FIRST = re.compile(r"(?<!\d)(1[3-9]|2\d|3[01])[-.](0?[1-9]|1[0-2])[-.](20\d\d)(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement of when the article was published."""

    moment: Moment
    raw: str
    source: str
    """epoch, json-ld, meta, microdata, text, feed, sitemap, listing or url."""
    origin: str
    """Where exactly it was found, for people."""


@dataclass(frozen=True, slots=True)
class Published:
    """The chosen evidence, in the item's terms."""

    at: datetime
    precision: Precision
    source: str
    raw: str
    origin: str


def read_evidence(
    raw: str,
    source: str,
    origin: str,
    *,
    zone: tzinfo | None = None,
    language: str | None = None,
    month_first: bool = False,
) -> Evidence | None:
    """The evidence in a text, or None where it holds no time."""
    moment = read_moment(raw, zone=zone, language=language, month_first=month_first)
    if moment is None:
        return None
    if raw.strip().isdigit() and len(raw.strip()) not in (8, 12, 14):
        source = "epoch"
    return Evidence(moment, raw.strip()[:160], source, origin)


def url_evidence(url: str) -> Evidence | None:
    """The day in an article's address, if it names one."""
    address = url.partition("?")[0][:500]
    match = _URL_DAY.search(address)
    if match:
        year, *rest = match.groups()
    else:
        match = _URL_DAY_FIRST.search(address)
        if not match:
            return None
        rest, year = [match[2], match[1]], match[3]
    month, day = [part for part in rest if part is not None]
    number = _MONTHS.index(month.lower()) + 1 if month.isalpha() else int(month)
    try:
        at = datetime(int(year), number, int(day), tzinfo=UTC)
    except ValueError:
        return None
    return Evidence(Moment(at, "day", False), match[0], "url", "url")


def best_evidence(evidence: Iterable[Evidence], url: str, now: datetime) -> Published | None:
    """The publication time by the rule above; None if nothing believable is left."""
    of_url = url_evidence(url)
    evidence = list(evidence)
    believable = [item for item in (_past(item, evidence, now) for item in evidence) if item]
    if of_url and is_believable(of_url.moment, now):
        believable.append(of_url)
    if not believable:
        return None
    if of_url:
        believable.sort(key=lambda item: not _agree(item.moment, of_url.moment))
    best = believable[0]
    if best.moment.precision == "day":
        finer = [
            item for item in believable if item.moment.precision != "day" and _agree(item.moment, best.moment)
        ]
        best = finer[0] if finer else best
    best = _with_zone(best, believable)
    source = (
        best.source if best.moment.zone_known or best.moment.precision == "day" else f"{best.source}/no-zone"
    )
    return Published(best.moment.at, best.moment.precision, source, best.raw, best.origin)


def clock_error(published: Published | None, evidence: Iterable[Evidence], source: str) -> timedelta:
    """By how much times from one source run ahead of the chosen one: local time that a page labels UTC.

    Only whole quarters of an hour between two times that agree to the second count as such a mistake.
    """
    for item in evidence:
        if published and item.source == source and item.moment.precision == published.precision == "second":
            ahead = item.moment.at - published.at
            if abs(ahead) <= WIDEST_ZONE and ahead.total_seconds() % 900 == 0:
                return ahead
    return timedelta()


def is_believable(moment: Moment, now: datetime) -> bool:
    """Neither absurdly old nor in the future."""
    return EARLIEST <= moment.at <= now + (CLOCK_SKEW if moment.precision != "day" else timedelta(days=1))


def _past(item: Evidence, others: Sequence[Evidence], now: datetime) -> Evidence | None:
    """The evidence as far as it can be believed at `now`."""
    if is_believable(item.moment, now):
        return item
    if item.moment.zone_known or item.moment.precision == "day":
        return None
    # Local time east of us, an hour or so ago, is ahead of our clock when it is read as UTC.
    item = _with_zone(item, others)
    if item.moment.zone_known:
        return item if is_believable(item.moment, now) else None
    at = item.moment.at
    day = Moment(at.replace(hour=0, minute=0, second=0), "day", False)
    return replace(item, moment=day) if now <= at <= now + WIDEST_ZONE else None


def _agree(one: Moment, other: Moment) -> bool:
    return abs(one.at - other.at) <= SAME_DAY


def _with_zone(best: Evidence, others: Sequence[Evidence]) -> Evidence:
    """The evidence with the zone that another one lends it."""
    if best.moment.zone_known or best.moment.precision == "day":
        return best
    for other in others:
        apart = other.moment.at - best.moment.at
        if not other.moment.zone_known or abs(apart) > WIDEST_ZONE:
            continue
        # Zones differ by whole quarters of an hour: the same instant, one clock in UTC and one in local time.
        seconds = round(apart.total_seconds())
        exact = 60 if "second" not in (best.moment.precision, other.moment.precision) else 1
        if seconds % 900 < exact or (best.moment.precision == "minute" and seconds % 900 < 60):
            at = (
                other.moment.at
                if other.moment.precision == best.moment.precision
                else best.moment.at + timedelta(seconds=seconds - seconds % 900)
            )
            return replace(best, moment=Moment(at, best.moment.precision, True))
    return best
