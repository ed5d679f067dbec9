"""Postings: which texts have a fingerprint; an inverted index in a few flat arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_TEXTS = 64
"""A fingerprint of more texts than this tells none of them apart and is passed over."""
_RECENT_TEXTS = 2048
"""As many texts wait in a dictionary before they are merged into the sorted arrays."""


class Postings:
    """Fingerprints in order, each with the number of a text that has it: eight bytes a posting."""

    def __init__(self) -> None:
        self._prints = np.zeros(0, np.uint32)
        self._numbers = np.zeros(0, np.uint32)
        # Mostly one text a fingerprint: bare numbers, because lists by the thousand keep the garbage
        # collector busy.
        self._recent: dict[int, int | list[int]] = {}
        self._recent_texts = 0

    def add(self, number: int, prints: NDArray[np.uint32]) -> None:
        """Add a text by its number."""
        for fingerprint in prints.tolist():
            present = self._recent.setdefault(fingerprint, number)
            if isinstance(present, list):
                present.append(number)
            elif present != number:
                self._recent[fingerprint] = [present, number]
        self._recent_texts += 1
        if self._recent_texts >= _RECENT_TEXTS:
            self._merge()

    def extend(self, numbers: NDArray[np.uint32], prints: NDArray[np.uint32]) -> None:
        """Add many postings at once, each fingerprint with its text's number."""
        all_prints = np.concatenate([self._prints, prints])
        order = np.argsort(all_prints, kind="stable")
        self._prints = all_prints[order]
        self._numbers = np.concatenate([self._numbers, numbers])[order]

    def common(self, prints: NDArray[np.uint32]) -> list[tuple[int, int]]:
        """The texts that share at least two of these fingerprints, and how many; the most alike first."""
        starts = np.searchsorted(self._prints, prints, "left")
        counts = np.searchsorted(self._prints, prints, "right") - starts
        counts[counts > MAX_TEXTS] = 0
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        places = np.arange(total) - np.repeat(ends - counts - starts, counts)
        found = self._numbers[places].tolist()
        if self._recent:
            for fingerprint in prints.tolist():
                texts = self._recent.get(fingerprint)
                if isinstance(texts, int):
                    found.append(texts)
                elif texts and len(texts) <= MAX_TEXTS:
                    found += texts
        shared: dict[int, int] = {}
        for number in found:
            shared[number] = shared.get(number, 0) + 1
        return sorted(
            ((number, common) for number, common in shared.items() if common > 1), key=lambda pair: -pair[1]
        )

    def _merge(self) -> None:
        pairs = [
            (fingerprint, number)
            for fingerprint, texts in self._recent.items()
            for number in (texts if isinstance(texts, list) else (texts,))
        ]
        prints, numbers = np.array(pairs, np.uint32).reshape(-1, 2).T
        order = np.argsort(prints, kind="stable")
        places = np.searchsorted(self._prints, prints[order], "right")
        self._prints = np.insert(self._prints, places, prints[order])
        self._numbers = np.insert(self._numbers, places, numbers[order])
        self._recent, self._recent_texts = {}, 0
