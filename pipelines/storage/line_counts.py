"""Line counts: which lines recur over an outlet's articles, and so are its boilerplate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pipelines.storage.sketches import Hashes

BOILERPLATE_ARTICLES = 4
"""A line that as many different articles of one outlet have is the outlet's, not the article's."""

_BITS = np.uint64(22)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MOST = 15
"""What half a byte counts to."""
_BYTES = np.arange(256, dtype=np.uint8)
_HALVES = (_BYTES & _MOST, _BYTES >> 4)
_IS_MANY = [half >= BOILERPLATE_ARTICLES for half in _HALVES]
_ONE_MORE = [_BYTES + ((half < _MOST) << 4 * table).astype(np.uint8) for table, half in enumerate(_HALVES)]
"""What becomes of a byte when the counter in its lower or upper half counts one more."""

Places = NDArray[np.uint64]
"""The two counters of each of some lines, shape (2, lines)."""


class LineCounts:
    """How many articles have a line, counted per outlet in fixed memory: 4 MiB.

    A count-min sketch: two tables of small counters, of which the smaller count is believed. With 100,000
    articles in it a few lines in a million are taken for boilerplate by chance. One table is the lower halves
    of the bytes, the other one the upper halves.
    """

    def __init__(self) -> None:
        self._counters = np.zeros(1 << int(_BITS), np.uint8)

    def places(self, outlets: Sequence[str], lines: Sequence[Hashes]) -> list[Places]:
        """Where the lines of some articles, each of an outlet, are counted."""
        lengths = [*map(len, lines)]
        outlet_of_line = np.repeat(np.array([crc32(name.encode()) for name in outlets], np.uint64), lengths)
        every = np.concatenate([np.zeros(0, np.uint32), *lines]).astype(np.uint64)
        mixed = (every << np.uint64(32) | outlet_of_line) * _MIX
        mixed ^= mixed >> np.uint64(29)
        both = np.stack([mixed >> np.uint64(64) - _BITS, mixed & (np.uint64(1) << _BITS) - np.uint64(1)])
        ends = np.cumsum([0, *lengths]).tolist()
        return [both[:, start:end] for start, end in pairwise(ends)]

    def add(self, places: Places) -> None:
        """Count the lines of one more article; a line that it has twice counts once."""
        first, second = places
        self._counters[first] = _ONE_MORE[0][self._counters[first]]
        self._counters[second] = _ONE_MORE[1][self._counters[second]]

    def add_all(self, places: Sequence[Places]) -> None:
        """Count the lines of many articles."""
        owners = np.repeat(np.arange(len(places), dtype=np.uint64), [one.shape[1] for one in places])
        for table, counters in enumerate(np.concatenate(places, axis=1)):
            once = np.unique(owners << np.uint64(32) | counters) & np.uint64(2**32 - 1)
            counted, counts = np.unique(once, return_counts=True)
            found = self._counters[counted]
            half = found >> 4 * table & _MOST
            self._counters[counted] = found + (np.minimum(half + counts, _MOST) - half << 4 * table)

    def are_boilerplate(self, places: Places) -> NDArray[np.bool_]:
        """For each line whether it is the outlet's boilerplate."""
        first, second = self._counters[places]
        return _IS_MANY[0][first] & _IS_MANY[1][second]
