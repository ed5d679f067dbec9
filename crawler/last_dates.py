"""Evidence of when an article was published for pages that nowhere give a whole date of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from crawler.date_places import UPDATED, blocks_by_headline, modified_evidence
from crawler.date_text import read_moment
from crawler.page import Page
from crawler.publish_time import Evidence, read_evidence, url_evidence

_YEARS = r"(?:19|20)\d\d"
_WORD = r"[^\W\d_]{3,12}"
_DATE = (
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-]{_YEARS}|\d{{1,2}}(?:st|nd|rd|th)?\.? {_WORD}\.?,? {_YEARS}"
    rf"|{_WORD}\.? \d{{1,2}},? {_YEARS}|{_YEARS}-\d\d-\d\d"
)
# "Port City, (5.3.2026). The ferry …", "PORT CITY, March 5, 2026 (Agency) – The ferry …"
_DATELINE = re.compile(
    rf"(?!(?:on|in|at|by|since|until|from|am|im|vom|seit|le|el|du|depuis)\b)"
    rf"(?:[^\W\d_][^\d,.(:–—]{{1,40}}[,/]?\s?)?[(（]?({_DATE})[)）]?"
    rf"(?:\s?[(/][^()/]{{2,30}}[)/])?(?:\.\s|\s?[:–—]|\s-\s)",
    re.I,
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_WITHOUT_YEAR = re.compile(
    rf"(?:(?:published|posted|publié|am|le|{_WORD})[:,.]?\s){{0,2}}"
    rf"(?P<date>(?:{_DAY}(?:st|nd|rd|th)?\.? {_WORD}\.?|{_WORD}\.? {_DAY}(?:st|nd|rd|th)?"
    rf"|(?P<cjk>(?:0?[1-9]|1[0-2])\s?[月월]\s?{_DAY}\s?[日일]))"
    r"(?:[,|·•-]?\s*(?:at |um |à )?\d{1,2}[:.h時时]\d\d.{0,16})?)",
    re.I,
)
_YEAR_IN_PATH = re.compile(rf"(?<=/)({_YEARS})(?=[/-])")
_LATER_BLOCKS = 15
_DAYS_AHEAD = timedelta(days=1)
"""How far a day's date may run ahead of UTC."""
_LAST_YEARS = timedelta(days=183)
"""How long ago a day of last year may be that is given without it."""


def last_evidence(page: Page, language: str | None, zone: tzinfo | None) -> Iterator[Evidence]:
    """All of it, the best first."""
    yield from _dates_without_year(page, language, zone)
    if not url_evidence(page.url):
        yield from _dateline(page, language)
        yield from _last_change(page, language, zone)


def _dates_without_year(page: Page, language: str | None, zone: tzinfo | None) -> Iterator[Evidence]:
    """Lines by the headline that are a date but for its year: "3 March, 14:05".

    Outlets leave the year out while it is the present one, or just was, so the page must have been fetched by
    us, or its address must name a year. A day of the weeks to come is that of something announced. "/no-year"
    stands behind the source.
    """
    path_year = _YEAR_IN_PATH.search(page.url.partition("?")[0])
    if not path_year and page.fetched_at is None:
        return
    for text in blocks_by_headline(page):
        match = _WITHOUT_YEAR.fullmatch(text) if len(text) <= 50 else None
        if not match:
            continue
        if path_year:
            years = [int(path_year[1])]
        else:
            assert page.fetched_at is not None
            years = [page.fetched_at.year, page.fetched_at.year - 1]
        for year in years:
            whole = f"{year}年{match['date']}" if match["cjk"] else f"{match['date']} {year}"
            moment = read_moment(whole, zone=zone, language=language)
            latest = (page.fetched_at or datetime.max.replace(tzinfo=UTC) - _DAYS_AHEAD) + _DAYS_AHEAD
            is_near = year == years[0] or (moment and latest - moment.at < _LAST_YEARS)
            if moment and moment.at <= latest and is_near:
                yield Evidence(moment, text, "text/no-year", "date without a year by the headline")
                break


def _dateline(page: Page, language: str | None) -> Iterator[Evidence]:
    """The date that opens the text: "Port City, 5 March 2026 – The ferry …"."""
    for text in blocks_by_headline(page, longest=None, later=_LATER_BLOCKS):
        match = _DATELINE.match(text[:140])
        found = match and read_evidence(match[1], "text", "dateline", language=language)
        if found:
            yield found
            return


def _last_change(page: Page, language: str | None, zone: tzinfo | None) -> Iterator[Evidence]:
    """The time of the last change: the article was out by then. Its source is "modified"."""
    stated = modified_evidence(page, zone)
    if stated:
        yield Evidence(stated.moment, stated.raw, "modified", stated.origin)
    for text in blocks_by_headline(page, changed=True):
        if UPDATED.search(text[:16]):
            found = read_evidence(text, "modified", "text by the headline", zone=zone, language=language)
            if found:
                yield found
