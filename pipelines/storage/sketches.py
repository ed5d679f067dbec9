"""Sketches: what of a text is kept to find and prove its near-duplicates, as small arrays of numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pipelines.storage.text import plain_form, spaced

MAX_WORDS = 4000
"""Of a longer text only the beginning is looked at; copies are cut at their end."""
MIN_SHINGLES = 8
"""Shorter texts are never near-duplicates: captions and one-line notices are alike by nature."""
_LONG_LINE = 1200
_BLOCK = 20
"""Shingles of one block, in which `likeness` looks whether anything is shared …"""
_BLOCK_SHARE = 0.3
"""… this much of it, that is."""
_FEW_FIGURES = 3
"""Fewer figures say nothing."""
_WHOLE = 0.1
"""The Jaccard similarity below which one text is only an item of the other."""
_SAMPLED = np.uint64(2**64 // 8)
"""Every eighth shingle is a fingerprint, chosen by its own hash: the same ones in every text."""

_NUMBER = np.uint16(1 << 15)

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘'(\[]*[^\W\d_a-z])|(?<=[。！？])")
_MIX_1, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)

Words = NDArray[np.uint16]
Hashes = NDArray[np.uint32]
Shingles = NDArray[np.uint64]


def _separators() -> bytes:
    """ASCII in small letters, everything that is neither letter nor digit as space; line breaks stay."""
    table = bytearray(range(256))
    for code in range(128):
        character = chr(code)
        table[code] = ord(character.lower()) if character.isalnum() or character == "\n" else ord(" ")
    return bytes(table)


_SEPARATORS = _separators()


@dataclass(frozen=True)
class Sketch:
    """A text as numbers: fifteen bits of each word's hash and one that marks figures, and its lines."""

    words: Words
    line_lengths: NDArray[np.uint16]
    """Words of each line; lines without any are left out."""
    lines: Hashes
    """Hash of each line, by which the outlet's boilerplate is known."""

    def without(self, is_boilerplate: NDArray[np.bool_]) -> Words:
        """The words that are left without the marked lines."""
        if not is_boilerplate.any():
            return self.words
        return self.words[~np.repeat(is_boilerplate, self.line_lengths)]


def sketch_of(text: str) -> Sketch:
    """The sketch of a text; white space, case, punctuation and typography make no difference to it."""
    lines, lengths, tokens = [], [], []
    for line in _plain_lines(text):
        in_line = line.split()[:MAX_WORDS]
        if in_line:
            lines.append(crc32(b" ".join(in_line)))
            lengths.append(len(in_line))
            tokens += in_line
            if len(tokens) > MAX_WORDS:
                break
    return Sketch(_hashes(tokens), np.array(lengths, np.uint16), np.array(lines, np.uint32))


def _hashes(tokens: list[bytes]) -> Words:
    hashes = np.fromiter(map(crc32, tokens), np.uint32, len(tokens)).astype(np.uint16) & ~_NUMBER
    characters = np.frombuffer(b" ".join(tokens), np.uint8)
    starts = np.flatnonzero(characters == ord(" ")) + 1
    first = characters[np.append(0, starts)] if tokens else characters
    hashes[(first >= ord("0")) & (first <= ord("9"))] |= _NUMBER
    return hashes


def _plain_lines(text: str) -> list[bytes]:
    text = text[: 8 * MAX_WORDS]
    if any(len(line) > _LONG_LINE for line in text.split("\n")):
        text = _SENTENCE_END.sub("\n", text)  # a text whose paragraphs were lost still has sentences
    text = plain_form(text)
    if not text.isascii():
        text = spaced(text.lower())
    return text.encode("utf-8", "replace").translate(_SEPARATORS).split(b"\n")


def fingerprints(words: Words) -> Hashes:
    """The sampled shingles of four words, sorted, each once: texts with a common passage share some."""
    wide = words.astype(np.uint64)
    if len(wide) < MIN_SHINGLES + 3:
        return np.zeros(0, np.uint32)
    shingles = wide[:-3] << np.uint64(48) | wide[1:-2] << _HALF | wide[2:-1] << np.uint64(16) | wide[3:]
    hashes = shingles * _MIX_1
    hashes = (hashes ^ hashes >> _HALF) * _MIX_2
    return np.unique(hashes[hashes < _SAMPLED].astype(np.uint32))


@dataclass(frozen=True)
class Comparable:
    """The words of a text, ready to be compared with those of others."""

    words: Words

    @cached_property
    def shingles(self) -> Shingles:
        """Three words each, in the order of the text."""
        wide = self.words.astype(np.uint64)
        return wide[:-2] << _HALF | wide[1:-1] << np.uint64(16) | wide[2:]

    @cached_property
    def figures(self) -> Words:
        """The words that are numbers, by size."""
        return np.sort(self.words[self.words >= _NUMBER])

    @cached_property
    def in_order(self) -> Shingles:
        """The shingles by size, to be looked up."""
        return np.sort(self.shingles)


def likeness(first: Comparable, second: Comparable) -> float:
    """How much two texts are the same article, 0 to 1; 1 for the same words, and for a copy cut short.

    Four measures are weighed. How much of the shorter text the longer one contains: a truncated copy is a
    copy. How evenly that is spread over it: rewording leaves something of every sentence, while a common
    background passage or footer fills one place and leaves the rest untouched. How much the shorter one is of
    the whole: an item of a long round-up is not the round-up. And whether the figures agree: two reports of
    one form on two earthquakes are two articles.
    """
    if len(first.words) > len(second.words):
        first, second = second, first
    if len(first.words) < MIN_SHINGLES + 2:
        return 0.0
    own, other = first.shingles, second.in_order
    places = np.searchsorted(other, own)
    places[places == len(other)] = 0
    is_shared = other[places] == own
    common = int(np.count_nonzero(is_shared))
    containment = common / len(own)
    jaccard = common / (len(own) + len(other) - common)
    starts = np.arange(0, max(1, len(own) - _BLOCK // 2), _BLOCK)
    per_block = np.add.reduceat(is_shared.astype(np.int32), starts)
    lengths = np.diff(np.append(starts, len(own)))
    spread = np.count_nonzero(per_block >= _BLOCK_SHARE * lengths) / len(starts)
    return float((containment * spread) ** 0.5 * min(1.0, jaccard / _WHOLE) * _agreement(first, second))


def _agreement(first: Comparable, second: Comparable) -> float:
    """1 where the shorter text's figures stand in the longer one, down to a half where none does."""
    if len(first.figures) < _FEW_FIGURES:
        return 1.0
    share = np.count_nonzero(np.isin(first.figures, second.figures)) / len(first.figures)
    return min(1.0, 0.5 + float(share))
