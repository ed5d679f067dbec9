"""A time as pages write it, machine-made or in words of many languages, to a moment in UTC."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from crawler.html_text import fold_space

Precision = Literal["second", "minute", "day"]

MAX_LENGTH = 160
"""Longer texts are cut before they are read: a date stands at the front, and no pattern may run away."""


class Moment(NamedTuple):
    """A point in time, as exact as its text."""

    at: datetime
    precision: Precision
    zone_known: bool


_HOURS = {
    "utc gmt z ut wet": 0,
    "bst cet west wat": 1,
    "cest eet sast cat": 2,
    "eest msk мск eat trt": 3,
    "gst": 4,
    "pkt": 5,
    "ist": 5.5,
    "npt": 5.75,
    "bdt": 6,
    "mmt": 6.5,
    "wib ict": 7,
    "sgt myt hkt pht phst wita awst": 8,
    "jst kst wit": 9,
    "acst": 9.5,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "edt": -4,
    "est cdt": -5,
    "mdt": -6,
    "mst pdt": -7,
    "pst": -8,
}
_ZONES: dict[str, tzinfo] = {
    name: timezone(timedelta(hours=hours)) for names, hours in _HOURS.items() for name in names.split()
}
_ZONES |= {"et": ZoneInfo("America/New_York"), "pt": ZoneInfo("America/Los_Angeles")}

_ISO = re.compile(
    r"\D{0,24}?((?:19|20|25)\d\d)([-/.]?)(\d\d?)\2(\d\d?)\.?(?!\d{3})"
    r"(?:(?:\s*[T,·|/–-]\s*|\s+)?(?:\([^\s()]{1,3}\)\s*)?(?P<time>.{0,40}))?",
    re.S,
)
_PLAIN_ISO = re.compile(
    r"(?:19|20)\d\d(?:-\d\d-\d\dT\d\d:\d\d(:\d\d(?:\.\d{1,9})?)?|\d{4}T\d{4}(\d\d)?)(?:Z|[+-]\d\d:?\d\d)?$"
)
_CJK = re.compile(
    r"\D{0,24}?(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]?(?P<time>.{0,40})", re.S
)
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民國": 1911, "民国": 1911}
"""Years before the first one of an era in Japan, and of the Republic of China."""
_ERA_YEAR = re.compile(rf"({'|'.join(_ERAS)})\s?(元|\d{{1,3}})(?!\d)")
# Thai pages shorten the Buddhist year: "5 มี.ค. 67".
_THAI_YEAR = re.compile(
    r"((?:[\u0e00-\u0e7f]{1,4}\.[\u0e00-\u0e7f]\.|[\u0e00-\u0e7f]{2,9}(?:คม|ยน|พันธ์))\s?)(?:พ\.ศ\.\s?)?([67]\d)(?![\d:.])"
)
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# "2024. 3. 5.", "5. 3. 2024"
_SPACED = re.compile(r"(?<![\d.])(\d{4}|\d\d?)\. (\d\d?)\. ?(\d{4}|\d\d?)(?!\d)")
# Months that have numbers for names: "5 tháng 3, 2024", "2024 оны 3-р сарын 5".
_NUMBERED = re.compile(
    r"(?P<day>\d{1,2}),? tháng (?P<month>\d{1,2})(?: năm|,)? (?P<year>(?:19|20)\d\d)"
    r"|(?P<year_>(?:19|20)\d\d) оны (?P<month_>\d{1,2})(?:-?\w{1,6})? сарын (?P<day_>\d{1,2})",
    re.I,
)
_CLOCK = re.compile(
    r"\D{0,24}?(?P<half>上午|下午|午前|午後|오전|오후|凌晨|晚上|\b[AP]M\b)?\s?"
    r"(?P<hour>\d{1,2})\s?(?:[:.：h]|[时時点點시]\s?)\s?(?P<minute>\d\d)(?!\d)"
    r"(?:\s?[:.：分분]\s?(?P<second>\d\d)(?:[.,]\d{1,9})?)?[分분秒초]?(?!\d)"
    r"\s?(?P<ampm>[ap]\.?\s?m\b\.?|এএম|পিএম|[صم]\b|صباح|مساء)?"
    # In capitals: "10:30 et modifié" is no time in New York.
    r"\s?\(?(?P<zone>Z\b|(?:UTC|GMT)?\s?[+\-−]\d\d?:?(?:\d\d)?\b|(?-i:[A-Z]{2,4}|МСК)\b)?",
    re.I,
)
_ZONE_BEFORE = re.compile(r"\W*([A-Z]{3,4})\s+\d")
# The plus sign was taken for a space on its way through a form: "2024-03-05T14:30:00 08:00".
_LOST_PLUS = re.compile(r"(T\d\d:\d\d:\d\d(?:\.\d{1,9})?) (\d\d:\d\d)$")
_SHORT_YEAR = re.compile(r"(?<!\d)(\d\d?-[A-Za-z]{3}-)(\d\d)(?=[\s,]|$)")
# What stands in elements side by side is read as one: "Our CorrespondentMar 05, 2026".
_GLUED = re.compile(r"(?<=[a-z])(?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? \d)")
_HOUR_ONLY = re.compile(r"\D{0,16}?(\d{1,2})\s?([ap])\.?m\b", re.I)
_COMPACT_CLOCK = re.compile(
    r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>Z|[+-]\d\d:?\d\d)?(?!\d)"
)
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2((?:19|20|25)\d\d|\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)")
_DAY = re.compile(r"(?<![\d:])(\d{1,2})(?![\d:])")
# Thai and Lao shorten a month to its letters with dots between: "ม.ค.".
_WORD = re.compile(
    r"[\u0e00-\u0eff]{1,3}\.[\u0e00-\u0eff]{1,2}(?=\.|\s|$)"
    r"|[^\W\d_]+(?:[\u0900-\u109f\u1780-\u17ff\u0300-\u036f]+[^\W\d_]*)*"
)
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3}, ?)?\d\d? [A-Z][a-z]{2} \d{4} \d\d?:\d\d(:\d\d)? (?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)$"
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([+\-−])(\d\d?):?(\d\d)?$", re.I)
_DIGITS = re.compile(r"\d+$")
# "4 May 2019 | Updated 10:30, 5 May 2019": what stands behind is of another moment.
_CHANGED = re.compile(r"\W(?:updated|modified|aktualisiert|mis à jour|modifié|actualizado|更新|수정)", re.I)
_OTHER_LANGUAGES = ("de", "fr", "es", "pt", "it", "nl", "pl", "cs", "sv", "tr", "ru", "id", "vi", "hi")
"""Whose months are tried on a page that does not say its language."""
_AFTERNOON = frozenset(("下午", "午後", "오후", "晚上", "pm"))


def read_moment(
    text: str, *, zone: tzinfo | None = None, language: str | None = None, month_first: bool = False
) -> Moment | None:
    """The moment that the text names, or None. A time without a zone is read in `zone`, or else in UTC.

    `language` helps with names of months, `month_first` with 03/04/2025. Relative times ("2 hours ago") are
    not read: they depend on when the page was made.
    """
    text = text[:MAX_LENGTH].strip()
    if not text:
        return None
    plain = _PLAIN_ISO.match(text)
    if plain:
        return _from_plain_iso(text, "second" if plain[1] or plain[2] else "minute", zone)
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
        text = _NUMBERED.sub(_by_number, text)
        text = _ERA_YEAR.sub(_common_year, text)
        if not _YEAR.search(text):
            text = _THAI_YEAR.sub(r"\g<1>25\2", text, count=1)
    if _DIGITS.match(text):
        return _from_digits(text, zone)
    text = _GLUED.sub(" ", text)
    text = _SHORT_YEAR.sub(r"\g<1>20\2", _LOST_PLUS.sub(r"\1+\2", text))
    text = _SPACED.sub(r"\1.\2.\3", text)
    changed = _CHANGED.search(text)
    if changed and any(char.isdigit() for char in text[: changed.start()]):
        text = text[: changed.start()]
    try:
        return (
            _from_iso(text, zone)
            or _from_numbers(text, zone, month_first)
            or _from_cjk(text, zone)
            or _from_rfc_822(text)
            or _from_words(text, zone, language)
        )
    except (ValueError, OverflowError):
        return None


def _common_year(era: re.Match[str]) -> str:
    """A year of an era as one of ours: "令和6" → "2024"."""
    return str(_ERAS[era[1]] + (1 if era[2] == "元" else int(era[2])))


def _by_number(date: re.Match[str]) -> str:
    """ "5 tháng 3, 2024" → "2024-3-5"."""
    return "-".join(date[part] or date[part + "_"] for part in ("year", "month", "day"))


def read_zone(name: str) -> tzinfo | None:
    """The zone that a page names ("+0300", "GMT", "JST"), or None."""
    offset = _OFFSET.match(name.strip())
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return (
            timezone(timedelta(minutes=-minutes if offset[1] != "+" else minutes)) if minutes <= 840 else None
        )
    return _ZONES.get(name.strip(" .").lower())


def _from_plain_iso(text: str, precision: Precision, zone: tzinfo | None) -> Moment | None:
    """What machines write, by the quick way: "2019-06-20T10:36:47Z", "20260729T1319+0800"."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    known = at.tzinfo is not None or zone is not None
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone or UTC)
    if at.microsecond:
        at = at.replace(microsecond=0)
    return Moment(at.astimezone(UTC), precision, known)


def _from_digits(text: str, zone: tzinfo | None) -> Moment | None:
    """Epoch seconds or milliseconds, or YYYYMMDD with or without a time."""
    try:
        if len(text) in (9, 10):
            return Moment(datetime.fromtimestamp(int(text), UTC), "second", True)
        if len(text) == 13:
            return Moment(datetime.fromtimestamp(int(text) // 1000, UTC), "second", True)
        if len(text) in (8, 12, 14):
            return _at(int(text[:4]), int(text[4:6]), int(text[6:8]), text[8:], zone)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _from_iso(text: str, zone: tzinfo | None) -> Moment | None:
    match = _ISO.match(text)
    if not match or (not match[2] and len(match[3] + match[4]) < 4):
        return None
    return _at(int(match[1]), int(match[3]), int(match[4]), match["time"] or "", zone)


def _from_cjk(text: str, zone: tzinfo | None) -> Moment | None:
    match = _CJK.match(text)
    return match and _at(int(match[1]), int(match[2]), int(match[3]), match["time"], zone)


def _from_numbers(text: str, zone: tzinfo | None, month_first: bool) -> Moment | None:
    match = _DAY_MONTH_YEAR.search(text)
    if not match:
        return None
    day, month, year = int(match[1]), int(match[3]), int(match[4])
    # Only the slash is ever read month first; with dots and dashes the day leads everywhere.
    if month > 12 or (month_first and match[2] == "/" and day <= 12):
        day, month = month, day
    return _at(year, month, day, text[: match.start()] + " " + text[match.end() :], zone)


def _from_rfc_822(text: str) -> Moment | None:
    """As in feeds and HTTP: "Fri, 03 Apr 2026 21:57:07 +0300"."""
    match = _RFC_822.match(text)
    parsed = match and parsedate_tz(text)
    if not match or not parsed or parsed[9] is None:
        return None
    at = datetime(*parsed[:6], tzinfo=timezone(timedelta(seconds=parsed[9])))
    return Moment(at.astimezone(UTC), "second" if match[1] else "minute", True)


def _from_words(text: str, zone: tzinfo | None, language: str | None) -> Moment | None:
    """A day, the name of a month and a year in any order, with or without a time of day."""
    year = _YEAR.search(text)
    if not year:
        return None
    for names in _month_tables(language):
        for word in _WORD.finditer(text):
            name = _folded(word[0])
            month = names.get(name) or (not name.isascii() and names.get(name[:-1]))
            if not month:
                continue
            rest = text[: year.start()] + " " * 4 + text[year.end() :]
            day = _nearest_day(rest, word.start(), word.end())
            if day:
                # Without the day's words: the clock stands near the front of what is left.
                parts = sorted((day.span(), word.span()))
                clock = f"{rest[: parts[0][0]]} {rest[parts[0][1] : parts[1][0]]} {rest[parts[1][1] :]}"
                found = _at(int(year[0]), month, int(day[1]), fold_space(clock), zone)
                if found and found.precision == "day":
                    # Much stands before the day: the clock may follow it, but not one of another date.
                    behind = _YEAR.split(rest[parts[1][1] :])[0]
                    found = _at(int(year[0]), month, int(day[1]), fold_space(behind), zone)
                return found
    return None


def _nearest_day(text: str, start: int, end: int) -> re.Match[str] | None:
    """The number beside the month's name that can be its day: "3 May", else "May 3"."""
    before = [match for match in _DAY.finditer(text[:start]) if start - match.end() <= 6]
    after = _DAY.search(re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "  ", text), end)
    near_after = after if after and after.start() - end <= 4 else None
    if (
        before
        and 1 <= int(before[-1][1]) <= 31
        and not text[before[-1].end() : start].strip(" .,ºª°-/|thrdnse")
    ):
        return before[-1]
    return near_after or (before[-1] if before else None)


def _folded(word: str) -> str:
    """The word as the table of months has it: in lower case, and in one of the two spellings of Hindi."""
    folded = unicodedata.normalize("NFC", word.lower())
    return folded.replace("म्ब", "ंब").replace("क्तू", "क्टू") if "\u0900" <= folded[:1] <= "\u097f" else folded


@lru_cache(maxsize=64)
def _months(language: str) -> dict[str, int]:
    """Names and short names of months in the language, in lower case."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    named: dict[str, set[int]] = {}
    for context in ("format", "stand-alone"):
        for width in ("abbreviated", "wide"):
            for number, name in locale.months[context][width].items():
                # The longest word is the name: "de mayo".
                word = max(_WORD.findall(_folded(name)), key=len, default="")
                shorts = {word, word[:3], word[:4]} if len(word) > 4 else {word}
                # Spellings differ in the last vowel: ফেব্রুয়ারী, ফেব্রুয়ারি.
                for short in shorts | ({word[:-1]} if len(word) > 5 and not word.isascii() else set()):
                    named.setdefault(short, set()).add(number)
                    if language == "he":
                        named.setdefault(f"ב{short}", set()).add(number)
    return {name: numbers.pop() for name, numbers in named.items() if len(name) > 1 and len(numbers) == 1}


def _month_tables(language: str | None) -> list[dict[str, int]]:
    codes = [re.split(r"[-_]", language)[0].lower(), "en"] if language else ["en", *_OTHER_LANGUAGES]
    return [_months(code) for code in dict.fromkeys(codes) if code]


def _at(year: int, month: int, day: int, clock: str, zone: tzinfo | None) -> Moment | None:
    """The day with the time of day that the rest of the text holds, if it holds one."""
    if year < 100:
        year += 2000
    elif year > 2400:
        year -= 543  # the Buddhist calendar of Thai pages
    match = _COMPACT_CLOCK.match(clock) or _CLOCK.match(clock)
    if not match:
        hour_only = _HOUR_ONLY.match(clock)
        if not hour_only:
            return Moment(datetime(year, month, day, tzinfo=UTC), "day", False)
        hour = int(hour_only[1]) % 12 + (12 if hour_only[2] in "pP" else 0)
        local = datetime(year, month, day, hour, tzinfo=zone or UTC)
        return Moment(local.astimezone(UTC), "minute", zone is not None)
    found = match.groupdict()
    hour = int(found["hour"])
    half = found.get("half")
    ampm = (found.get("ampm") or "")[:1].lower()
    if ampm or half:
        afternoon = ampm in ("p", "প", "م") or (half or "").lower() in _AFTERNOON
        if hour <= 12:
            hour = hour % 12 + (12 if afternoon else 0)
    before = None if found["zone"] else _ZONE_BEFORE.match(clock)
    name = found["zone"] or (before and before[1])
    named = read_zone(name) if name else None
    extra = timedelta(days=1) if hour == 24 else timedelta()
    local = datetime(
        year,
        month,
        day,
        hour % 24,
        int(found["minute"]),
        int(found["second"] or 0),
        tzinfo=named or zone or UTC,
    )
    precision: Precision = "second" if found["second"] else "minute"
    return Moment((local + extra).astimezone(UTC), precision, named is not None or zone is not None)
