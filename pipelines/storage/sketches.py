"""Sketches: what of a text is kept to find and prove its near-duplicates, as small arrays of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
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
_WHOLE = 0.1
"""The Jaccard similarity below which one text is only an item of the other."""
_WHOLE_WITHIN = 0.5
"""The same for a text that stands somewhere within the other, while a copy cut short has its beginning."""
_BEGINNING = 16
"""Words that a longer text may have in front of a copy."""
_SLOT = 12
"""Words between two passages that both texts have; more of them are no slot of a form but a passage."""
_FEW_SLOTS = 2
"""A single name or figure may be a correction."""
_ALIKE_IN_NAMES = 0.8
"""Share of the names and figures that copies have in common at least, however they are reworded."""
_SAMPLED = np.uint64(2**64 // 8)
"""Every eighth shingle is a fingerprint, chosen by its own hash: the same ones in every text."""

_SPECIFIC = np.uint16(1 << 15)

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘'(\[]*[^\W\d_a-z])|(?<=[。！？])")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_ASCII = bytes(range(128))
_MIX_1, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_LOW = np.uint64(2**32 - 1)
_NO_SHINGLE = np.zeros(3, np.uint16)

Words = NDArray[np.uint16]
Hashes = NDArray[np.uint32]
Shingles = NDArray[np.uint64]


_SEPARATORS = bytes(code if code > 127 or chr(code).isalnum() or code == 10 else 32 for code in range(256))
"""Everything of ASCII that is neither letter nor digit becomes a space; line breaks stay."""
_BEFORE_A_SENTENCE = np.zeros(256, bool)
_BEFORE_A_SENTENCE[[*b'.!?:\n"']] = True


@dataclass(frozen=True)
class Sketch:
    """A text as numbers: fifteen bits of each word's hash and one that marks figures and names; its lines."""

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
    """The sketch of a text; white space, case, punctuation and typography make no difference to its words."""
    return sketches_of([text])[0]


def sketches_of(texts: Sequence[str]) -> list[Sketch]:
    """The sketches of some texts, in less time than one by one."""
    contents = [*map(_plain_content, texts)]
    separated = [content.translate(_SEPARATORS) for content in contents]
    lines: list[int] = []
    lengths: list[int] = []
    tokens: list[bytes] = []
    word_ends, line_ends, uncut = [0], [0], []
    for one in separated:
        room = MAX_WORDS
        for line in one.lower().split(b"\n"):
            if in_line := line.split()[:room]:
                lines.append(crc32(b" ".join(in_line)))
                lengths.append(len(in_line))
                tokens += in_line
                room -= len(in_line)
        uncut.append(MAX_WORDS - room if room else len(one.split()))
        word_ends.append(len(tokens))
        line_ends.append(len(lines))
    words = np.fromiter(map(crc32, tokens), np.uint32, len(tokens)).astype(np.uint16) & ~_SPECIFIC
    specific = _are_specific(contents, separated)
    if len(specific) > len(words):  # of a long text only the beginning is kept
        kept = np.repeat(np.diff(word_ends), uncut)
        specific = specific[_places_within(np.array(uncut)) < kept]
    words[specific] |= _SPECIFIC
    line_lengths, line_hashes = np.array(lengths, np.uint16), np.array(lines, np.uint32)
    return [
        Sketch(words[start:end], line_lengths[first:last], line_hashes[first:last])
        for (start, end), (first, last) in zip(pairwise(word_ends), pairwise(line_ends), strict=True)
    ]


def _places_within(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2 … for each of some parts of these lengths, one part after the other."""
    ends = np.cumsum(lengths)
    return np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)


def _are_specific(contents: Sequence[bytes], separated: Sequence[bytes]) -> NDArray[np.bool_]:
    """For each word whether it is a figure, or a name: a capital that begins no sentence."""
    # Two line breaks in front stand for what comes before the first word. By their codes spaces and line
    # breaks, the only signs left, come before digits, digits before capitals, capitals before all else.
    characters = np.frombuffer(b"\n\n" + b"\n\n".join(separated), np.uint8)
    is_space = characters <= ord(" ")
    starts = np.flatnonzero(is_space[:-1] > is_space[1:]) + 1
    first = characters[starts]
    marked = first <= ord("Z")
    capitals = np.flatnonzero(marked & (first > ord("9")))
    written = np.frombuffer(b"\n\n" + b"\n\n".join(contents), np.uint8)
    places = starts[capitals]
    begins = _BEFORE_A_SENTENCE[written[places - 1]] | _BEFORE_A_SENTENCE[written[places - 2]]
    marked[capitals[begins]] = False
    return marked


def _plain_content(text: str) -> bytes:
    """The text's characters in plain typography, those beyond ASCII in small letters."""
    text = text[: 8 * MAX_WORDS]
    if any(len(line) > _LONG_LINE for line in text.split("\n")):
        text = _SENTENCE_END.sub("\n", text)  # a text whose paragraphs were lost still has sentences
    text = plain_form(text)
    if not text.isascii():
        others = text.encode("utf-8", "replace").translate(None, _ASCII).decode()
        if others != others.lower():
            text = _BEYOND_ASCII.sub(_in_small_letters, text)
        text = spaced(text)
    return text.encode("utf-8", "replace")


def _in_small_letters(match: re.Match[str]) -> str:
    return match[0].lower()


def fingerprints(words: Words) -> Hashes:
    """The sampled shingles of four words, sorted, each once: texts with a common passage share some."""
    return fingerprints_of([words])[0]


def fingerprints_of(texts: Sequence[Words]) -> list[Hashes]:
    """The fingerprints of some texts, in less time than one by one."""
    texts = [words if len(words) >= MIN_SHINGLES + 3 else words[:0] for words in texts]
    ends = np.cumsum([len(words) for words in texts])
    wide = np.concatenate([*texts, _NO_SHINGLE]) & ~_SPECIFIC
    wide = wide.astype(np.uint64)
    shingles = wide[:-3] << np.uint64(48) | wide[1:-2] << _HALF | wide[2:-1] << np.uint64(16) | wide[3:]
    hashes = shingles * _MIX_1
    hashes = (hashes ^ hashes >> _HALF) * _MIX_2
    sampled = np.flatnonzero(hashes < _SAMPLED)
    owners = np.searchsorted(ends, sampled, "right")
    within = owners < len(texts)
    within[within] = (
        sampled[within] + 3 < ends[owners[within]]
    )  # the others begin in one text and end in the next
    owned = owners[within].astype(np.uint64) << _HALF | hashes[sampled[within]] & _LOW
    owned = np.unique(owned)
    borders = np.searchsorted(owned, np.arange(len(texts) + 1, dtype=np.uint64) << _HALF).tolist()
    prints = owned.astype(np.uint32)
    return [prints[start:end] for start, end in pairwise(borders)]


@dataclass(frozen=True)
class Comparable:
    """The words of a text, ready to be compared with those of others."""

    words: Words

    @cached_property
    def plain(self) -> Words:
        """The words without the mark of figures and names."""
        return self.words & ~_SPECIFIC

    @cached_property
    def shingles(self) -> Shingles:
        """Three words each, in the order of the text."""
        wide = self.plain.astype(np.uint64)
        return wide[:-2] << _HALF | wide[1:-1] << np.uint64(16) | wide[2:]

    @cached_property
    def in_order(self) -> Shingles:
        """The shingles by size, to be looked up."""
        return np.sort(self.shingles)


def likeness(first: Comparable, second: Comparable) -> float:
    """How much two texts are the same article, 0 to 1; 1 for the same words, and for a copy cut short.

    Four measures are weighed. How much of the shorter text the longer one contains: a truncated copy is a
    copy. How evenly that is spread over it: rewording leaves something of every sentence, while a common
    background passage or footer fills one place and leaves the rest untouched. How much the shorter one is of
    the whole: an item of a round-up is not the round-up. And whether names and figures agree where the words
    around them do: two reports of one form on two earthquakes are two articles.
    """
    if (len(first.words), first.words.tobytes()) > (len(second.words), second.words.tobytes()):
        first, second = second, first
    if len(first.words) < MIN_SHINGLES + 2:
        return 0.0
    own, other = first.shingles, second.in_order
    is_shared = _are_in(own, other)
    common = int(np.count_nonzero(is_shared))
    containment = common / len(own)
    jaccard = common / (len(own) + len(other) - common)
    starts = np.arange(0, max(1, len(own) - _BLOCK // 2), _BLOCK)
    per_block = np.add.reduceat(is_shared.astype(np.int32), starts)
    lengths = np.diff(np.append(starts, len(own)))
    spread = np.count_nonzero(per_block >= _BLOCK_SHARE * lengths) / len(starts)
    whole = _WHOLE if jaccard >= _WHOLE_WITHIN or _begins(first, second) else _WHOLE_WITHIN
    return float(
        (containment * spread) ** 0.5 * min(1.0, jaccard / whole) * _agreement(first, second, is_shared)
    )


def _are_in(shingles: Shingles, in_order: Shingles) -> NDArray[np.bool_]:
    places = np.searchsorted(in_order, shingles)
    places[places == len(in_order)] = 0
    return in_order[places] == shingles


def _begins(first: Comparable, second: Comparable) -> bool:
    """Whether the longer text begins with what it shares with the shorter one."""
    return bool(_are_in(second.shingles[:_BEGINNING], first.in_order).any())


def _agreement(first: Comparable, second: Comparable, is_shared: NDArray[np.bool_]) -> float:
    """1 where the shorter text's names and figures are the longer one's too, 0 where a form is filled anew.

    Only slots count: words that differ while those close by on both sides are the same. So a dateline or
    a further sentence says nothing.
    """
    is_same = np.zeros(len(first.words), bool)
    for shift in range(3):
        is_same[shift : len(is_shared) + shift] |= is_shared
    is_specific = first.words >= _SPECIFIC
    differing = np.flatnonzero(is_specific & ~is_same)
    same = np.flatnonzero(is_same)
    if len(differing) < _FEW_SLOTS or not len(same):
        return 1.0
    after = np.searchsorted(same, differing)
    inner = (after > 0) & (after < len(same))
    differing, after = differing[inner], after[inner]
    in_slot = differing[same[after] - same[after - 1] <= _SLOT]
    others = np.count_nonzero(~np.isin(first.plain[in_slot], second.plain))
    if others < _FEW_SLOTS:
        return 1.0
    agreeing = int(np.count_nonzero(is_specific & is_same))
    return min(1.0, agreeing / (agreeing + others) / _ALIKE_IN_NAMES)
