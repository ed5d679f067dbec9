"""Changes: what an edit added to a text and took from it, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_WORDS = re.compile(r"\s+|[^\W_]+|[^\w\s]|_")
_LONGEST_COMPARED = 3000
"""Words of a changed passage above which it counts as replaced: comparing takes time by the square."""


class Piece(NamedTuple):
    """A run of text that both versions have, or only one."""

    kind: Literal["same", "added", "removed"]
    text: str


def changes(before: str, after: str) -> list[Piece]:
    """The way from one text to the other; what is "same" and "removed" makes the first, the rest the second.

    Paragraphs are set against each other first, then the words of those that differ.
    """
    pieces: list[Piece] = []
    first, second = _paragraphs(before), _paragraphs(after)
    for tag, start, end, new_start, new_end in SequenceMatcher(None, first, second, False).get_opcodes():
        old, new = "".join(first[start:end]), "".join(second[new_start:new_end])
        if tag == "equal":
            pieces.append(Piece("same", old))
        else:
            pieces.extend(_word_changes(_WORDS.findall(old), _WORDS.findall(new)))
    return _joined(pieces)


def changed_characters(before: str, after: str) -> tuple[int, int]:
    """How many characters an edit added and removed, white space not counted."""
    counts = {"same": 0, "added": 0, "removed": 0}
    for piece in changes(before, after):
        if piece.kind != "same":
            counts[piece.kind] += len("".join(piece.text.split()))
    return counts["added"], counts["removed"]


def _paragraphs(text: str) -> list[str]:
    """Paragraphs with the blank line after them."""
    return re.findall(r".+?(?:\n\n|$)", text, re.DOTALL)


def _word_changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if len(old) > _LONGEST_COMPARED or len(new) > _LONGEST_COMPARED:
        yield Piece("removed", "".join(old))
        yield Piece("added", "".join(new))
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[start:end]))
        else:
            yield Piece("removed", "".join(old[start:end]))
            yield Piece("added", "".join(new[new_start:new_end]))


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Without empty pieces, and neighbours of one kind as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if joined and joined[-1].kind == piece.kind:
            joined[-1] = Piece(piece.kind, joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined
