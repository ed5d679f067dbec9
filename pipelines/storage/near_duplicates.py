"""Near-duplicates: which articles of the last weeks, of whatever outlet, are the same text as this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pipelines.storage.postings import Postings
from pipelines.storage.sketches import Comparable, Hashes, Sketch, Words, likeness

LIKE = 0.6
"""From this likeness on two texts of a hundred words and more are the same article …"""
SHORT_LIKE = 0.85
"""… and from this on two of a line or two, which chance and templates make alike."""
_LONG_ENOUGH = 100
_COMMON_SHARE = 0.25
"""Texts that share less of their fingerprints than this are not compared at all."""
BOILERPLATE_ARTICLES = 4
"""A line that as many different articles of one outlet have is the outlet's, not the article's."""


@dataclass(frozen=True, slots=True)
class Match:
    """A near-duplicate that was found."""

    number: int
    similarity: float


class LineCounts:
    """How many articles have a line, counted per outlet in fixed memory.

    A count-min sketch: two tables of small counters, of which the smaller count is believed. With 100,000
    articles in it a few lines in a million are taken for boilerplate by chance.
    """

    _BITS = 22

    def __init__(self) -> None:
        self._tables = np.zeros((2, 1 << self._BITS), np.uint8)

    def add(self, outlet: str, lines: Hashes) -> None:
        """Count the lines of one more article."""
        for table, places in zip(self._tables, self._places(outlet, np.unique(lines)), strict=True):
            table[places] = np.minimum(table[places], 254) + 1

    def add_all(self, outlet: str, articles: Sequence[Hashes]) -> None:
        """Count the lines of many articles of one outlet."""
        owners = np.repeat(np.arange(len(articles), dtype=np.uint64), [*map(len, articles)])
        once = np.unique(owners << np.uint64(32) | np.concatenate(articles)).astype(np.uint32)
        for table, all_places in zip(self._tables, self._places(outlet, once), strict=True):
            places, counts = np.unique(all_places, return_counts=True)
            table[places] = np.minimum(table[places] + counts, 255)

    def are_boilerplate(self, outlet: str, lines: Hashes) -> NDArray[np.bool_]:
        """For each line whether it is the outlet's boilerplate."""
        first, second = self._places(outlet, lines)
        counts = np.minimum(self._tables[0, first], self._tables[1, second])
        return counts >= BOILERPLATE_ARTICLES

    def _places(self, outlet: str, lines: Hashes) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        mixed = (lines.astype(np.uint64) << np.uint64(32) | np.uint64(crc32(outlet.encode()))) * np.uint64(
            0x9E3779B97F4A7C15
        )
        mixed ^= mixed >> np.uint64(29)
        return mixed >> np.uint64(64 - self._BITS), mixed & np.uint64((1 << self._BITS) - 1)


@dataclass(slots=True)
class Known:
    """What the index keeps at hand of an article; its words are asked for when a likeness is to be proved."""

    key: Any
    """What names the article: equal for its versions, and in some order for different ones."""
    outlet: str
    published_at: int
    fingerprints: int


class NearDuplicateIndex:
    """Finds the near-duplicates of a text among those added before.

    Candidates are texts that share fingerprints; each is proved on the words. Lines that recur over an
    outlet's articles are learned from those that are no copies of others, and left out on both sides.
    `sketch_of_number` gives the sketch of an added article back: from memory, or from the ledger.
    """

    def __init__(self, sketch_of_number: Callable[[int], Sketch | None], window: int) -> None:
        self._sketch_of_number = sketch_of_number
        self._window = window
        self._postings = Postings()
        self._known: dict[int, Known] = {}
        self._numbers: dict[Any, int] = {}
        self.line_counts = LineCounts()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, key: Any) -> bool:
        return key in self._numbers

    def own_words(self, outlet: str, sketch: Sketch) -> Words:
        """The article's words without the outlet's boilerplate."""
        return sketch.without(self.line_counts.are_boilerplate(outlet, sketch.lines))

    def add(self, number: int, known: Known, prints: Hashes, lines: Hashes | None) -> None:
        """Add an article under a number; an earlier one with the same key goes.

        `lines` teach what the outlet's boilerplate is; None for a copy, whose lines say nothing about that.
        """
        before = self._numbers.get(known.key)
        if before is not None:
            del self._known[before]
        self._numbers[known.key] = number
        self._known[number] = known
        self._postings.add(number, prints)
        if lines is not None and before is None:
            self.line_counts.add(known.outlet, lines)

    def add_all(self, articles: Sequence[tuple[int, Known, Hashes, Hashes | None]]) -> None:
        """Add many articles at once, as `add` would one by one but much faster."""
        if not articles:
            return
        numbers = np.array([number for number, *_ in articles], np.uint32)
        prints = [prints for _, _, prints, _ in articles]
        self._postings.extend(np.repeat(numbers, [*map(len, prints)]), np.concatenate(prints))
        by_outlet: dict[str, list[Hashes]] = {}
        for number, known, _, lines in articles:
            before = self._numbers.get(known.key)
            if before is not None:
                del self._known[before]
            self._known[number] = known
            self._numbers[known.key] = number
            if lines is not None and before is None:
                by_outlet.setdefault(known.outlet, []).append(lines)
        for outlet, lines_of_articles in by_outlet.items():
            self.line_counts.add_all(outlet, lines_of_articles)

    def known(self, number: int) -> Known:
        """What was added under the number."""
        return self._known[number]

    def matches(self, key: Any, published_at: int, words: Words, prints: Hashes) -> list[Match]:
        """The near-duplicates of a text, other than what the index has under its own key; the best first."""
        found = []
        own = Comparable(words)
        for number, common in self._postings.common(prints):
            known = self._known.get(number)
            if known is None or known.key == key or abs(known.published_at - published_at) > self._window:
                continue
            if common < max(2, _COMMON_SHARE * min(len(prints), known.fingerprints)):
                continue
            sketch = self._sketch_of_number(number)
            if sketch is None:
                continue
            other = Comparable(self.own_words(known.outlet, sketch))
            similarity = likeness(own, other)
            if similarity >= needed_likeness(min(len(own.words), len(other.words))):
                found.append(Match(number, similarity))
        return sorted(found, key=lambda match: -match.similarity)

    def earliest(self, matches: Sequence[Match], key: Any, published_at: int) -> Match | None:
        """The match published first, if not the article itself was; keys decide between equal times."""

        def age(match: Match) -> tuple[int, Any]:
            known = self._known[match.number]
            return known.published_at, known.key

        first = min(matches, key=age, default=None)
        return None if first is None or age(first) > (published_at, key) else first


def needed_likeness(words: int) -> float:
    """The likeness from which two texts are the same article, the shorter one having as many words."""
    return LIKE + (SHORT_LIKE - LIKE) * max(0.0, 1 - words / _LONG_ENOUGH)
