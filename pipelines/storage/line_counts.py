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

Places = NDArray[np.uint64]
"""The two counters of each of some lines, shape (2, lines)."""


class LineCounts:
    """How many articles have a line, counted per outlet in fixed memory.

    A count-min sketch: two tables of small counters, of which the smaller count is believed. With 100,000
    articles in it a few lines in a million are taken for boilerplate by chance.
    """

    def __init__(self) -> None:
        self._counters = np.zeros(2 << int(_BITS), np.uint8)

    def places(self, outlets: Sequence[str], lines: Sequence[Hashes]) -> list[Places]:
        """Where the lines of some articles, each of an outlet, are counted."""
        lengths = [*map(len, lines)]
        outlet_of_line = np.repeat(np.array([crc32(name.encode()) for name in outlets], np.uint64), lengths)
        every = np.concatenate([np.zeros(0, np.uint32), *lines]).astype(np.uint64)
        mixed = (every << np.uint64(32) | outlet_of_line) * _MIX
        mixed ^= mixed >> np.uint64(29)
        size = np.uint64(1) << _BITS
        first, second = mixed >> np.uint64(64) - _BITS, (mixed & size - np.uint64(1)) | size
        ends = np.cumsum([0, *lengths]).tolist()
        both = np.stack([first, second])
        return [both[:, start:end] for start, end in pairwise(ends)]

    def add(self, places: Places) -> None:
        """Count the lines of one more article; a line that it has twice counts once."""
        self._counters[places] = np.minimum(self._counters[places], 254) + 1

    def add_all(self, places: Sequence[Places]) -> None:
        """Count the lines of many articles."""
        owners = np.repeat(np.arange(len(places), dtype=np.uint64), [one.shape[1] for one in places])
        for counters in np.concatenate(places, axis=1):
            once = np.unique(owners << np.uint64(32) | counters) & np.uint64(2**32 - 1)
            counted, counts = np.unique(once, return_counts=True)
            self._counters[counted] = np.minimum(self._counters[counted] + counts, 255)

    def are_boilerplate(self, places: Places) -> NDArray[np.bool_]:
        """For each line whether it is the outlet's boilerplate."""
        first, second = self._counters[places]
        return np.minimum(first, second) >= BOILERPLATE_ARTICLES
