"""The two Koreas: which of them a text means that says no more than "Korea", "Korean" or "the North"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

KOREAN = {"KP", "KR"}

_SIDES = {"North": "KP", "South": "KR"}
_BESIDE = {"-", ",", "and", "&", "/", "–"}
_ALLIES = {"US", "U", "USA", "Washington", "America", "Japan", "Tokyo", "Australia", "ASEAN", "EU", "NATO"}
"""Who does with the South what is called by both names, as in "Korea-US drills"."""


def sides_named(tokens: Sequence[str], taken: Collection[int]) -> Iterator[str]:
    """The Koreas that a text about them calls just "the North" or "South".

    `taken` are the places of tokens that belong to other names. What stands before a further capital
    ("North Jeolla") or behind one ("Global South") is another thing.
    """
    for place, token in enumerate(tokens):
        if token in _SIDES and place not in taken and _stands_alone(tokens, place):
            yield _SIDES[token]


def is_the_south(
    tokens: Sequence[str], start: int, end: int, named: Collection[str], *, by_korea: bool, by_side: bool
) -> bool:
    """Whether bare "Korea" or "Korean" at these places means the South beside what the text names.

    It does where the text names neither. Where it names the North, the adjective is the North's; the noun is
    the South's if the North goes by another name ("Korea protests to Pyongyang", `by_korea` false), if it is
    set against "the North" (`by_side`), or if it stands beside an ally.
    """
    if KOREAN.isdisjoint(named):
        return True
    if "KR" in named or tokens[start].lower() != "korea":
        return False
    return not by_korea or by_side or _is_beside_ally(tokens, start, end)


def _stands_alone(tokens: Sequence[str], place: int) -> bool:
    before = tokens[place - 1] if place else "|"
    after = tokens[place + 1]
    if "-" in (before, after):
        other = tokens[place - 2] if before == "-" and place > 1 else tokens[place + 2]
        return other in _SIDES and other != tokens[place]
    return (before == "The" or not before[0].isupper()) and not after[0].isupper()


def _is_beside_ally(tokens: Sequence[str], start: int, end: int) -> bool:
    if tokens[end] in _BESIDE and tokens[end + 1] in _ALLIES:
        return True
    return start > 1 and tokens[start - 1] in _BESIDE and tokens[start - 2] in (_ALLIES | {"S", "."})
