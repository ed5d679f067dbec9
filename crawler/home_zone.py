"""The time zones of the country where an outlet sits: weak evidence, for clocks that name no zone."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from crawler.html_text import words

# Sold to all the world as if they were no country's.
_FREE_FOR_ALL = words(
    "ac ag ai am as cc cd cm co dj fm gd gg gl im io is la ly me ml ms mu nu pw sc sh sr st su tf tk to tv "
    "vc vg ws"
)
_CODES = {"uk": "GB"}
"""Top-level domains that are not their country's code."""

# Where nearly all papers keep the clock of the capital though some part of the country has another.
_CAPITALS = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
}
# Languages whose papers sit in one zone, as good as all of them: Chinese ones from Harbin to Singapore.
_LANGUAGES = {
    pair[:2]: pair[3:]
    for pair in words(
        "cs-CZ da-DK de-DE el-GR fi-FI he-IL hi-IN hu-HU hy-AM id-ID it-IT ja-JP ka-GE kk-KZ "
        "km-KH ko-KR ky-KG lo-LA mn-MN ms-MY my-MM nb-NO ne-NP nl-NL no-NO pl-PL si-LK sv-SE "
        "th-TH tr-TR uk-UA uz-UZ vi-VN zh-CN"
    )
}
# English of these regions is what software writes where nobody chose.
_DEFAULTS = frozenset(("en-US", "en-GB"))


def home_zones(url: str, language: str | None) -> tuple[tzinfo, ...]:
    """The zones of the outlet's country, several where the country has several; empty if nothing tells.

    The top-level domain of a country counts first, then the region in `language` (BCP 47), then a language
    that is written in one zone only.
    """
    return _zones((urlsplit(url).hostname or "").rpartition(".")[2], language or "")


@lru_cache(maxsize=1024)
def _zones(domain: str, language: str) -> tuple[tzinfo, ...]:
    territories = get_global("territory_zones")
    country = "" if domain in _FREE_FOR_ALL else _CODES.get(domain, domain.upper())
    if len(country) != 2 or country == "ZZ" or country not in territories:
        code, _, region = language.partition("-")
        region = region.rpartition("-")[2]
        is_region = len(region) == 2 and region in territories and language not in _DEFAULTS
        country = region if is_region else _LANGUAGES.get(code, "")
    names = [_CAPITALS[country]] if country in _CAPITALS else territories.get(country, ())
    try:
        return tuple(ZoneInfo(name) for name in names)
    except ZoneInfoNotFoundError:  # the machine's own list of zones may be old
        return ()
