"""The words by which outlets' sections and tags name what we watch: Asia east of Iran, and the Pacific."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_REGIONS = """
    asia, asia & pacific, asia and pacific, asia-pacific, asia pacific, apac, east asia, southeast asia,
    south-east asia, south asia, central asia, northeast asia, oceania, pacific, indo-pacific, asean, korea,
    south and central asia, south & central asia, rest of asia, greater china, australasia, pacific islands,
    korean peninsula, taiwan strait, south china sea, east china sea, kashmir, tibet, xinjiang
"""
_COUNTRIES = """
    china, hong kong, macau, macao, taiwan, japan, north korea, dprk, south korea, republic of korea,
    mongolia, india, pakistan, bangladesh, nepal, bhutan, sri lanka, maldives, afghanistan,
    thailand, vietnam, viet nam, laos, cambodia, myanmar, burma, malaysia, singapore, indonesia, philippines,
    the philippines, brunei, timor-leste, east timor,
    kazakhstan, uzbekistan, kyrgyzstan, tajikistan, turkmenistan,
    australia, new zealand, papua new guinea, fiji, solomon islands, vanuatu, samoa, tonga, kiribati, tuvalu,
    nauru, palau, micronesia, marshall islands, new caledonia, french polynesia, guam, cook islands
"""

_BETWEEN_WORDS = re.compile(r"[\s/|>,–-]+")
_OF_NO_PLACE = frozenset(("world", "international", "global", "news"))
_MOST_WORDS = 8
"""Words of the longest section or tag that is looked at."""


def asia_terms(more: Iterable[str] = ()) -> frozenset[str]:
    """All terms, with those that the setting ASIA_TERMS adds, as `names_asia` wants them."""
    own = f"{_REGIONS},{_COUNTRIES}".split(",")
    return frozenset(" ".join(_words(term)) for term in (*own, *more) if term.strip())


def names_asia(name: str, terms: Collection[str]) -> bool:
    """Whether a section or tag is one of the terms or several, also beside words of no place.

    So "world-asia", "World/Asia Pacific" and "China news" are; "Pacific Northwest" is not.
    """
    words = [word for word in _words(name) if word not in _OF_NO_PLACE]
    return 0 < len(words) <= _MOST_WORDS and _is_made_of(words, terms)


def _words(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(text.casefold()) if word]


def _is_made_of(words: list[str], terms: Collection[str]) -> bool:
    return not words or any(
        " ".join(words[:count]) in terms and _is_made_of(words[count:], terms)
        for count in range(1, len(words) + 1)
    )
