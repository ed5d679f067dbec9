"""Near-duplicates: which articles of the last weeks, of whatever outlet, are the same text as this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.storage.line_counts import LineCounts
from pipelines.storage.postings import MAX_TEXTS, Postings
from pipelines.storage.sketches import (
    Comparable,
    Hashes,
    Sketch,
    Words,
    fingerprints,
    fingerprints_of,
    likeness,
)

LIKE = 0.6
"""From this likeness on two texts of a hundred words and more are the same article …"""
SHORT_LIKE = 0.85
"""… and from this on two of a line or two, which chance and templates make alike."""
_LONG_ENOUGH = 100
_COMMON_SHARE = 0.25
"""Texts that share less of their fingerprints than this are not compared at all."""


@dataclass(frozen=True, slots=True)
class Match:
    """A near-duplicate that was found."""

    number: int
    similarity: float


class Arrival(NamedTuple):
    """An article that comes to the index."""

    key: bytes
    """Sixteen bytes that name the article: equal for its versions; they decide between equal times."""
    outlet: str
    published_at: int
    sketch: Sketch


class Entry(NamedTuple):
    """What the index has of an article; its words are asked for when a likeness is to be proved."""

    key: bytes
    outlet: str
    published_at: int
    prints: Hashes
    lines: Hashes | None
    """They teach what the outlet's boilerplate is; None for a copy, whose lines say nothing about that."""


class Taken(NamedTuple):
    """What the index says of an article that it took in."""

    number: int
    prints: Hashes
    matches: list[Match]
    """Its near-duplicates among those before; the best first."""


_NO_PRINTS = np.zeros(0, np.uint32)
_ROOM = 1024
_ARTICLE = np.dtype([("key", "V16"), ("published_at", "i8"), ("outlet", "u2"), ("prints", "u2")])


class _Articles:
    """What the index keeps of each article: 28 bytes. Numbers count up from the first one."""

    def __init__(self, first: int) -> None:
        self._first = self._next = first
        self._rows = np.zeros(0, _ARTICLE)
        self._outlets: dict[str, int] = {}
        self._by_key = Postings(first)
        self.size = 0

    def append(self, article: Arrival | Entry, prints: int, before: int | None) -> int:
        """Number an article; the version before it goes. `index` makes it known by its key."""
        number, self._next = self._next, self._next + 1
        place = number - self._first
        if place == len(self._rows):
            self._rows.resize(place + max(_ROOM, place // 8), refcheck=False)
        if before is None:
            self.size += 1
        else:
            self._rows["prints"][before - self._first] = 0
        outlet = self._outlets.setdefault(article.outlet, len(self._outlets))
        self._rows[place] = (article.key, article.published_at, outlet, prints)
        return number

    def index(self, numbers: Sequence[int], keys: Sequence[bytes]) -> None:
        """Make articles known by their keys."""
        self._by_key.add(np.array(numbers, np.uint32), _key_prints(keys))

    def numbers(self, keys: Sequence[bytes]) -> list[int | None]:
        """The latest number of each key."""
        prints = _key_prints(keys)
        alike = self._by_key.common([prints[place : place + 1] for place in range(len(keys))])
        return [
            max((number for number in numbers if self.key(number) == key), default=None)
            for key, numbers in zip(keys, alike, strict=True)
        ]

    def key(self, number: int) -> bytes:
        return bytes(self._rows["key"][number - self._first])

    def outlet(self, number: int) -> str:
        return [*self._outlets][self._rows["outlet"][number - self._first]]

    def published_at(self, number: int) -> int:
        return int(self._rows["published_at"][number - self._first])

    def prints(self, number: int) -> int:
        """How many fingerprints it has; 0 if a later version took its place."""
        return int(self._rows["prints"][number - self._first])


def _key_prints(keys: Sequence[bytes]) -> Hashes:
    return np.frombuffer(b"".join(key[:4] for key in keys), "<u4")


class NearDuplicateIndex:
    """Finds the near-duplicates of a text among those added before.

    Candidates are texts that share fingerprints; each is proved on the words. Lines that recur over an
    outlet's articles are learned from those that are no copies of others, and left out on both sides.
    `sketch_of_number` gives the sketch of an added article back: from memory, or from the ledger. Numbers
    count up from `first`.
    """

    def __init__(self, sketch_of_number: Callable[[int], Sketch | None], window: int, first: int = 0) -> None:
        self._sketch_of_number = sketch_of_number
        self._window = window
        self._postings = Postings(first)
        self._articles = _Articles(first)
        self.line_counts = LineCounts()

    def __len__(self) -> int:
        return self._articles.size

    def knows(self, keys: Sequence[bytes]) -> list[bool]:
        """Which of the keys are those of articles of the index."""
        return [number is not None for number in self._articles.numbers(keys)]

    def key(self, number: int) -> bytes:
        """The key of an article by its number."""
        return self._articles.key(number)

    def add_all(self, entries: Sequence[Entry]) -> None:
        """Add articles that are known already; earlier ones with the same keys go."""
        befores = self._articles.numbers([entry.key for entry in entries])
        numbers = [
            self._articles.append(entry, len(entry.prints), before)
            for entry, before in zip(entries, befores, strict=True)
        ]
        self._articles.index(numbers, [entry.key for entry in entries])
        self._postings.add(*_postings(numbers, [entry.prints for entry in entries]))
        teaching = [
            (entry.outlet, entry.lines)
            for entry, before in zip(entries, befores, strict=True)
            if before is None and entry.lines is not None
        ]
        if teaching:
            self.line_counts.add_all(self.line_counts.places(*zip(*teaching, strict=True)))

    def take_in(self, arrivals: Sequence[Arrival], learns: bool = True) -> list[Taken]:
        """Find the near-duplicates of each article among those before it, and add it.

        They are compared one after the other, but most of the work is done for all at once. `learns` says
        whether boilerplate is learned from them.
        """
        places = self.line_counts.places(
            [arrival.outlet for arrival in arrivals], [arrival.sketch.lines for arrival in arrivals]
        )
        masks = [*map(self.line_counts.are_boilerplate, places)]
        words = [one.sketch.without(mask) for one, mask in zip(arrivals, masks, strict=True)]
        prints = fingerprints_of(words)
        shared = self._postings.common(prints)
        befores = self._articles.numbers([arrival.key for arrival in arrivals])
        batch = _Batch(prints)
        for place, arrival in enumerate(arrivals):
            mask = self.line_counts.are_boilerplate(places[place])
            if (mask != masks[place]).any():  # by what came since
                words[place] = arrival.sketch.without(mask)
                prints[place] = fingerprints(words[place])
                [shared[place]] = self._postings.common([prints[place]])
                batch.prints_changed()
            batch.add_shared(prints[place], shared[place])
            matches = self._matches(arrival, words[place], len(prints[place]), shared[place], batch.sketches)
            before = batch.numbers.get(arrival.key, befores[place])
            number = self._articles.append(arrival, len(prints[place]), before)
            batch.add(arrival, Taken(number, prints[place], matches))
            if learns and not matches and before is None:
                self.line_counts.add(places[place])
        numbers = [taken.number for taken in batch.taken]
        self._articles.index(numbers, [arrival.key for arrival in arrivals])
        self._postings.add(*_postings(numbers, prints))
        return batch.taken

    def earliest(self, matches: Sequence[Match], key: bytes, published_at: int) -> Match | None:
        """The match published first, if not the article itself was; keys decide between equal times."""

        def age(match: Match) -> tuple[int, bytes]:
            return self._articles.published_at(match.number), self._articles.key(match.number)

        first = min(matches, key=age, default=None)
        return None if first is None or age(first) > (published_at, key) else first

    def _matches(
        self,
        article: Arrival,
        words: Words,
        prints: int,
        shared: Mapping[int, int],
        at_hand: Mapping[int, Sketch],
    ) -> list[Match]:
        """The near-duplicates among those that share fingerprints, its own versions apart; best first."""
        found = []
        own = Comparable(words)
        for number, common in sorted(shared.items(), key=lambda pair: -pair[1]):
            others = self._articles.prints(number) if common > 1 else 0
            if not others or common < _COMMON_SHARE * min(prints, others):
                continue
            if abs(self._articles.published_at(number) - article.published_at) > self._window:
                continue
            sketch = at_hand.get(number) or self._sketch_of_number(number)
            if sketch is None or self._articles.key(number) == article.key:
                continue
            [places] = self.line_counts.places([self._articles.outlet(number)], [sketch.lines])
            other = Comparable(sketch.without(self.line_counts.are_boilerplate(places)))
            similarity = likeness(own, other)
            if similarity >= needed_likeness(min(len(own.words), len(other.words))):
                found.append(Match(number, similarity))
        return sorted(found, key=lambda match: -match.similarity)


class _Batch:
    """Articles that come together: what the later ones have in common with the earlier ones."""

    def __init__(self, prints: Sequence[Hashes]) -> None:
        self.taken: list[Taken] = []
        self.numbers: dict[bytes, int] = {}
        self.sketches: dict[int, Sketch] = {}
        every = np.sort(np.concatenate([_NO_PRINTS, *prints]))
        # Only what several have is looked at, unless fingerprints change on the way.
        self._of_several: set[int] | None = {*every[1:][every[1:] == every[:-1]].tolist()}
        self._texts: dict[int, list[int]] = {}

    def add(self, arrival: Arrival, taken: Taken) -> None:
        self.numbers[arrival.key] = taken.number
        self.sketches[taken.number] = arrival.sketch
        self.taken.append(taken)
        self._note(taken)

    def prints_changed(self) -> None:
        """From here on fingerprints come that were not among those at the beginning."""
        if self._of_several is not None:
            self._of_several = None
            self._texts = {}
            for taken in self.taken:
                self._note(taken)

    def add_shared(self, prints: Hashes, shared: dict[int, int]) -> None:
        """Count the fingerprints that the texts of this batch have too."""
        for fingerprint in self._texts.keys() & prints.tolist() if self._texts else ():
            numbers = self._texts[fingerprint]
            if len(numbers) <= MAX_TEXTS:
                for number in numbers:
                    shared[number] = shared.get(number, 0) + 1

    def _note(self, taken: Taken) -> None:
        noted = taken.prints.tolist() if self._of_several != set() else ()
        if self._of_several is not None:
            noted = self._of_several.intersection(noted)
        for fingerprint in noted:
            self._texts.setdefault(fingerprint, []).append(taken.number)


def _postings(numbers: Sequence[int], prints: Sequence[Hashes]) -> tuple[Hashes, Hashes]:
    owners = np.repeat(np.array(numbers, np.uint32), [*map(len, prints)])
    return owners, np.concatenate([_NO_PRINTS, *prints])


def needed_likeness(words: int) -> float:
    """The likeness from which two texts are the same article, the shorter one having as many words."""
    return LIKE + (SHORT_LIKE - LIKE) * max(0.0, 1 - words / _LONG_ENOUGH)
