"""Postings: which texts have a fingerprint; an inverted index in flat arrays, four bytes a posting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

MAX_TEXTS = 64
"""A fingerprint of more texts than this tells none of them apart and is passed over."""
_RECENT_POSTINGS = 65_536
_RECENT_SHARE = 16
"""As many postings, or this part of all, wait in an array of their own, into which few are quickly put."""
_BLOCK = 16_384
"""As many postings are merged at a time: what that needs is small, and fits into the processor's cache."""
_FEWEST_BITS = 16
_PRINT_BITS = 32
_NUMBER_BITS = np.uint64(32)
_NUMBER = np.uint64(2**32 - 1)

Numbers = NDArray[np.uint32]
Prints = NDArray[np.uint32]
Values = NDArray[np.uint32]
Places = NDArray[np.int64]
Pairs = NDArray[np.uint64]
"""A fingerprint in the upper half, the number of a text that has it in the lower one."""


class _Settled:
    """Pairs in their order, four bytes each and nothing lost.

    Numbers of n bits leave 32 - n bits of each value. These hold the lower end of the fingerprint; its upper
    n bits are the number of the bucket in which the value lies, and a table says where each bucket begins.
    """

    def __init__(self) -> None:
        self._bits = _FEWEST_BITS
        self._begins = np.zeros((1 << self._bits) + 1, np.int32)
        self._values = np.zeros(0, np.uint32)

    def __len__(self) -> int:
        return len(self._values)

    def insert(self, added: Pairs) -> None:
        """Put in sorted pairs, from the end and in place; a copy would double the array."""
        if not len(added):
            return
        self._widen(int((added & _NUMBER).max()).bit_length())
        begins, left = self._begins, len(added)
        counts = np.zeros_like(begins)
        self._values.resize(len(self._values) + left, refcheck=False)
        for first, last in self._blocks():
            start = int(np.searchsorted(added, np.uint64(first << 2 * _PRINT_BITS - self._bits)))
            buckets, values = self._packed(*_unpaired(added[start:left]))
            counts[first + 1 : last + 1] = np.bincount(buckets - first, minlength=last - first)
            here = slice(int(begins[first]), int(begins[last]))
            old = np.repeat(np.arange(first, last, dtype=np.uint64), np.diff(begins[first : last + 1]))
            merged = np.concatenate([old << _NUMBER_BITS | self._values[here], _pairs(buckets, values)])
            merged.sort(kind="stable")  # which merges what is in order already
            self._values[here.start + start : here.stop + left] = merged.astype(np.uint32)
            left = start
        self._begins = begins + np.cumsum(counts, dtype=np.int32)

    def ranges(self, asked: Prints) -> tuple[Places, Places]:
        """Where the postings of each fingerprint start, and how many they are."""
        buckets, values = self._packed(asked, np.zeros(1, np.uint32))
        starts = self._search(buckets, values)
        lengths = np.zeros(len(asked), np.int64)
        is_there = starts < self._begins[buckets + 1]
        is_there[is_there] = self._values[starts[is_there]] ^ values[is_there] <= self._number
        last = values[is_there] | self._number
        lengths[is_there] = self._search(buckets[is_there], last, after=True) - starts[is_there]
        return starts, lengths

    def numbers(self, places: Places) -> Numbers:
        """The numbers of the texts at these places."""
        return self._values[places] & self._number

    @property
    def _number(self) -> np.uint32:
        """The bits of a value that are the text's number."""
        return np.uint32((1 << self._bits) - 1)

    def _packed(self, prints: Prints, numbers: Numbers) -> tuple[Places, Values]:
        """The bucket and the value of each posting."""
        buckets = prints >> np.uint32(_PRINT_BITS - self._bits)
        return buckets.astype(np.int64), prints << np.uint32(self._bits) | numbers

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of buckets with some postings each, from the end to the beginning."""
        every = 1 << self._bits
        step = max(1, (every * _BLOCK) // max(_BLOCK, len(self._values)))
        for first in range((every - 1) // step * step, -1, -step):
            yield first, min(first + step, every)

    def _search(self, buckets: Places, values: Values, after: bool = False) -> Places:
        """The first place in each bucket whose value is not below the one asked for; or `after` all of it."""
        low, high = self._begins[buckets].astype(np.int64), self._begins[buckets + 1].astype(np.int64)
        while (is_open := low < high).any():
            middle = low + high >> 1
            found = self._values[np.minimum(middle, len(self._values) - 1)]
            is_below = (found <= values if after else found < values) & is_open
            low = np.where(is_below, middle + 1, low)
            high = np.where(is_below, high, middle)
        return low

    def _widen(self, bits: int) -> None:
        """Make room for numbers of so many bits; the order stays as it is."""
        if bits <= self._bits:
            return
        old, begins, mask, blocks = self._bits, self._begins, self._number, [*self._blocks()]
        self._bits = bits
        counts = np.zeros((1 << bits) + 1, np.int32)
        for first, last in blocks:
            part = self._values[begins[first] : begins[last]]
            owners = np.repeat(np.arange(first, last, dtype=np.uint32), np.diff(begins[first : last + 1]))
            prints = owners << np.uint32(_PRINT_BITS - old) | part >> np.uint32(old)
            buckets, part[:] = self._packed(prints, part & mask)
            new, times = np.unique(buckets, return_counts=True)
            counts[new + 1] = times
        self._begins = np.cumsum(counts, dtype=np.int32)


class Postings:
    """Fingerprints, each with the number of a text that has it. Numbers count up from the first one.

    Asked for many texts at once, because a call of numpy costs more than what it does for one.
    """

    def __init__(self, first: int = 0) -> None:
        self._first = first
        self._settled = _Settled()
        self._recent = np.zeros(0, np.uint64)

    def add(self, numbers: Numbers, prints: Prints) -> None:
        """Add postings: fingerprints, each with its text's number."""
        size = len(self._recent)
        self._recent.resize(size + len(prints), refcheck=False)
        self._recent[size:] = np.sort(_pairs(prints, numbers - np.uint32(self._first)))
        self._recent.sort(kind="stable")  # which merges what is in order already
        if len(self._recent) > max(_RECENT_POSTINGS, len(self._settled) // _RECENT_SHARE):
            self._settled.insert(self._recent)
            self._recent = np.zeros(0, np.uint64)

    def common(self, texts: Sequence[Prints]) -> list[dict[int, int]]:
        """For each text the numbers of those that share a fingerprint with it, and how many they share.

        Each text's fingerprints are different from one another.
        """
        found: list[dict[int, int]] = [{} for _ in texts]
        asked = np.concatenate([np.zeros(0, np.uint32), *texts])
        owners = np.repeat(np.arange(len(texts), dtype=np.uint64), [*map(len, texts)])
        order = np.argsort(asked)  # neighbours are looked up one after the other: faster in a large array
        asked, owners = asked[order], owners[order]
        settled, recent = self._settled.ranges(asked), self._recent_ranges(asked)
        is_common = settled[1] + recent[1] > MAX_TEXTS
        for (starts, lengths), numbers_at in (
            (settled, self._settled.numbers),
            (recent, self._recent_numbers),
        ):
            lengths[is_common] = 0
            ends = np.cumsum(lengths)
            places = np.arange(lengths.sum()) - np.repeat(ends - lengths - starts, lengths)
            sharing = np.repeat(owners, lengths) << _NUMBER_BITS | numbers_at(places)
            shared, times = np.unique(sharing, return_counts=True)
            texts_of, numbers = shared >> _NUMBER_BITS, (shared & _NUMBER) + np.uint64(self._first)
            for text, number, count in zip(texts_of.tolist(), numbers.tolist(), times.tolist(), strict=True):
                found[text][number] = found[text].get(number, 0) + count
        return found

    def _recent_ranges(self, asked: Prints) -> tuple[Places, Places]:
        pairs = _pairs(asked, np.zeros(1, np.uint32))
        starts = np.searchsorted(self._recent, pairs)
        return starts, np.searchsorted(self._recent, pairs | _NUMBER, "right") - starts

    def _recent_numbers(self, places: Places) -> Numbers:
        return self._recent[places].astype(np.uint32)


def _pairs(upper: NDArray[np.integer], lower: NDArray[np.uint32]) -> Pairs:
    return upper.astype(np.uint64) << _NUMBER_BITS | lower


def _unpaired(pairs: Pairs) -> tuple[Prints, Numbers]:
    return (pairs >> _NUMBER_BITS).astype(np.uint32), pairs.astype(np.uint32)
