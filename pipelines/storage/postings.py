"""Postings: which texts have a fingerprint; an inverted index in two flat arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_TEXTS = 64
"""A fingerprint of more texts than this tells none of them apart and is passed over."""
_RECENT_POSTINGS = 65_536
"""As many postings, or an eighth of all, wait in an array of their own, into which few are quickly put."""
_BLOCK = 131_072
_NUMBER_BITS = np.uint64(32)
_NUMBER = np.uint64(2**32 - 1)

Pairs = NDArray[np.uint64]
"""A fingerprint in the upper half, the number of a text that has it in the lower one."""


class Postings:
    """Fingerprints, each with the number of a text that has it: eight bytes a posting.

    Asked for many texts at once, because a call of numpy costs more than what it does for one.
    """

    def __init__(self) -> None:
        self._settled = np.zeros(0, np.uint64)
        self._recent = np.zeros(0, np.uint64)
        self._is_sorted = True

    def add(self, numbers: NDArray[np.uint32], prints: NDArray[np.uint32]) -> None:
        """Add postings: fingerprints, each with its text's number."""
        self._recent = _merged(self._recent, np.sort(_pairs(numbers, prints)))
        if len(self._recent) > max(_RECENT_POSTINGS, len(self._settled) // 8):
            self._sort()
            self._settle(self._recent)
            self._recent = np.zeros(0, np.uint64)

    def add_many(self, numbers: NDArray[np.uint32], prints: NDArray[np.uint32]) -> None:
        """As `add`, for a large number of postings that come in several parts before any is asked for."""
        size = len(self._settled)
        self._settled.resize(size + len(prints), refcheck=False)
        self._settled[size:] = _pairs(numbers, prints)
        self._is_sorted = False

    def common(self, texts: Sequence[NDArray[np.uint32]]) -> list[dict[int, int]]:
        """For each text the numbers of those that share a fingerprint with it, and how many they share.

        Each text's fingerprints are different from one another.
        """
        self._sort()
        found: list[dict[int, int]] = [{} for _ in texts]
        asked = np.concatenate([np.zeros(0, np.uint32), *texts]).astype(np.uint64) << _NUMBER_BITS
        owners = np.repeat(np.arange(len(texts), dtype=np.uint64), [*map(len, texts)])
        order = np.argsort(asked)  # neighbours are looked up one after the other: faster in a large array
        asked, owners = asked[order], owners[order]
        ranges = []
        counts = np.zeros(len(asked), np.int64)
        for pairs in (self._settled, self._recent):
            starts = np.searchsorted(pairs, asked)
            lengths = np.zeros(len(asked), np.int64)
            if len(pairs):
                is_there = pairs[np.minimum(starts, len(pairs) - 1)] ^ asked <= _NUMBER
                ends = np.searchsorted(pairs, asked[is_there] | _NUMBER, "right")
                lengths[is_there] = ends - starts[is_there]
            ranges.append((pairs, starts, lengths))
            counts += lengths
        is_common = counts > MAX_TEXTS
        for pairs, starts, lengths in ranges:
            lengths[is_common] = 0
            ends = np.cumsum(lengths)
            places = np.arange(lengths.sum()) - np.repeat(ends - lengths - starts, lengths)
            sharing = np.repeat(owners, lengths) << _NUMBER_BITS | pairs[places] & _NUMBER
            shared, times = np.unique(sharing, return_counts=True)
            texts_of, numbers = shared >> _NUMBER_BITS, shared & _NUMBER
            for text, number, count in zip(texts_of.tolist(), numbers.tolist(), times.tolist(), strict=True):
                found[text][number] = found[text].get(number, 0) + count
        return found

    def _settle(self, added: Pairs) -> None:
        """Merge sorted pairs into the large array, from its end and in place; a copy would double it."""
        end, left = len(self._settled), len(added)
        self._settled.resize(end + left, refcheck=False)
        for start in range(max(0, end - 1) // _BLOCK * _BLOCK, -1, -_BLOCK):
            first = int(np.searchsorted(added[:left], self._settled[start])) if start else 0
            merged = _merged(self._settled[start:end], added[first:left])
            self._settled[start + first : end + left] = merged
            end, left = start, first

    def _sort(self) -> None:
        if not self._is_sorted:
            self._settled.sort()
            self._is_sorted = True


def _pairs(numbers: NDArray[np.uint32], prints: NDArray[np.uint32]) -> Pairs:
    return prints.astype(np.uint64) << _NUMBER_BITS | numbers


def _merged(pairs: Pairs, added: Pairs) -> Pairs:
    """Two sorted arrays as one."""
    return np.insert(pairs, np.searchsorted(pairs, added), added)
