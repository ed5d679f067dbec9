"""When an article was published: all evidence that its page and its channels give, and the best of it.

The rule, in order:
1. Refused: what no calendar holds, what lies before 1990, what lies in the future. Of a time without a zone
   that the clock of some zone has reached, the day is believed.
2. Evidence more than a day and a half from the day in the article's address comes after all other.
3. Then the order of trust: an outlet's own rules as they are written; JSON-LD; meta elements that say
   "published"; microdata; feed; news sitemap; text beside the headline; other meta elements with a date;
   listing; the address itself.
4. A time without a zone takes the zone of other evidence for the same moment: one with a zone that lies whole
   quarter hours off. If there is none it is read by the outlet's clock: in the offset that another time of
   the page is written in, else in the zone of the outlet's country where that has one, and "/home-zone"
   stands behind its source. If nothing tells that, it is read as UTC, and "/no-zone" stands there.
5. A day without a time gives way to a time on the same day further down.
6. Of two times that agree to the second and lie as far apart as the country's clock is from UTC, one is local
   time that the page labels UTC, and the other is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from crawler.date_text import Moment, Precision, read_moment, read_zone

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LAST_YEAR = 9999
"""In it no hours can be added."""
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
_WRITTEN_OFFSET = re.compile(r":\d\d(?:[:.]\d{1,9}){0,2}\s?([+-](?!00:?00)\d\d:?\d\d)$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Evidence(NamedTuple):
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
    clock: tzinfo | None = None
    """The outlet's own, by what the page shows or by its country; None if nothing tells it.

    Where a country has several that all show the same day then, it is the middle one: it tells the day.
    """


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
    raw = raw.strip()
    moment = read_moment(raw, zone=zone, language=language, month_first=month_first)
    if moment is None:
        return None
    if raw.isdigit() and len(raw) not in (8, 12, 14):
        source = "epoch"
    return Evidence(moment, raw[:160], source, origin)


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


def best_evidence(
    evidence: Iterable[Evidence], url: str, now: datetime, home: Sequence[tzinfo] = ()
) -> Published | None:
    """The publication time by the rule above; None if nothing believable is left.

    `home` are the zones of the outlet's country.
    """
    of_url = url_evidence(url)
    evidence = list(evidence)
    written = _written_offset(evidence)
    believable = [item for item in (_past(item, evidence, now, written or home) for item in evidence) if item]
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
    best = _not_mislabelled(best, believable, home)
    clock = _clock(best, evidence, written or home)
    return Published(best.moment.at, best.moment.precision, best.source, best.raw, best.origin, clock)


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


def by_clock(moment: Moment, clock: tzinfo | None) -> datetime:
    """The moment, read by the outlet's clock where it names no zone."""
    if clock is None or moment.zone_known or moment.precision == "day" or moment.at.year >= LAST_YEAR:
        return moment.at
    return moment.at.replace(tzinfo=clock).astimezone(UTC)


def is_believable(moment: Moment, now: datetime) -> bool:
    """Neither absurdly old nor in the future."""
    return EARLIEST <= moment.at <= now + (CLOCK_SKEW if moment.precision != "day" else timedelta(days=1))


def _past(
    item: Evidence, others: Sequence[Evidence], now: datetime, home: Sequence[tzinfo]
) -> Evidence | None:
    """The evidence with its zone, as far as it can be believed at `now`."""
    if item.moment.zone_known or item.moment.precision == "day":
        return item if is_believable(item.moment, now) else None
    placed = _with_zone(item, others) or _at_home(item, home)
    if placed:
        return placed if is_believable(placed.moment, now) else None
    if is_believable(item.moment, now):
        return item._replace(source=f"{item.source}/no-zone")
    # Local time east of us, an hour or so ago, is ahead of our clock when it is read as UTC.
    at = item.moment.at
    day = Moment(at.replace(hour=0, minute=0, second=0), "day", False)
    return item._replace(moment=day) if now <= at <= now + WIDEST_ZONE else None


def _agree(one: Moment, other: Moment) -> bool:
    return abs(one.at - other.at) <= SAME_DAY


def _with_zone(local: Evidence, others: Sequence[Evidence]) -> Evidence | None:
    """The local time with the zone that other evidence for the same moment lends it."""
    for other in others:
        apart = _quarters_apart(other.moment, local.moment) if other.moment.zone_known else None
        if apart is None:
            continue
        at = other.moment.at if other.moment.precision == local.moment.precision else local.moment.at + apart
        return local._replace(moment=Moment(at, local.moment.precision, True))
    return None


def _quarters_apart(one: Moment, local: Moment) -> timedelta | None:
    """How far two clocks are apart that show the same moment: zones differ by whole quarters of an hour."""
    apart = one.at - local.at
    if abs(apart) > WIDEST_ZONE or "day" in (one.precision, local.precision):
        return None
    seconds = round(apart.total_seconds())
    exact = 60 if local.precision == "minute" else 1
    return timedelta(seconds=seconds - seconds % 900) if seconds % 900 < exact else None


def _at_home(item: Evidence, home: Sequence[tzinfo]) -> Evidence | None:
    """The local time in the one zone that all of the country has then."""
    offset = _offset_of(home, item.moment.at)
    if offset is None or not EARLIEST.year <= item.moment.at.year < LAST_YEAR:
        return None
    moment = Moment(item.moment.at - offset, item.moment.precision, False)
    return item._replace(moment=moment, source=f"{item.source}/home-zone")


def _offset_of(home: Sequence[tzinfo], at: datetime) -> timedelta | None:
    """How far a country's clocks are from UTC at a local time; None where they differ."""
    offsets = {zone.utcoffset(at.replace(tzinfo=None)) for zone in home}
    return offsets.pop() if len(offsets) == 1 else None


def _not_mislabelled(best: Evidence, others: Sequence[Evidence], home: Sequence[tzinfo]) -> Evidence:
    """The other statement of the same moment, where the best is the country's local time labelled UTC."""
    if best.moment.precision != "second" or not best.moment.zone_known:
        return best
    local = best.moment.at.replace(tzinfo=None)
    offsets = {zone.utcoffset(local) for zone in home} - {timedelta(), None}
    for other in others:
        exact = other.moment.precision == "second" and other.moment.zone_known
        if exact and best.moment.at - other.moment.at in offsets:
            return other
    return best


def _written_offset(evidence: Iterable[Evidence]) -> tuple[tzinfo, ...]:
    """The first offset other than that of UTC in which a time is written."""
    for item in evidence:
        written = _WRITTEN_OFFSET.search(item.raw)
        zone = read_zone(written[1]) if written else None
        if zone:
            return (zone,)
    return ()


def _clock(best: Evidence, evidence: Iterable[Evidence], home: Sequence[tzinfo]) -> tzinfo | None:
    """The outlet's own clock: by a local time that the page shows of this moment, else of its home."""
    for item in evidence:
        if not item.moment.zone_known:
            apart = _quarters_apart(best.moment, item.moment)
            # Servers print UTC too, which tells nothing of where they stand.
            if apart and not best.source.endswith("-zone"):
                return timezone(-apart)
    local = sorted(best.moment.at.astimezone(zone).replace(tzinfo=None) for zone in home)
    if not local or local[0].date() != local[-1].date():
        return None
    return timezone(local[len(local) // 2] - best.moment.at.replace(tzinfo=None))
