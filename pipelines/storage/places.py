"""Places: the countries of Asia and Oceania that an article names, as ISO 3166-1 alpha-2 codes.

Counted are countries, their people, capitals and leading places, and the usual abbreviations, in
headline, lead, dateline and tags. A company named for its country counts for it ("Oman Air"); a newspaper, a
sea, porcelain and a person do not ("China Daily", "South China Sea", "Michael Jordan"). What bare "Korea" is,
`koreas` says; "the Koreas" and the peninsula are both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pipelines.storage.gazetteer import (
    ALSO_PERSONS,
    AMBIGUOUS,
    COMMON_WORDS,
    COUNTRIES,
    NOT_COUNTRIES,
    TOGETHER,
)
from pipelines.storage.koreas import KOREAN, is_the_south, sides_named

_TOKENS = re.compile(r"[^\W_]+|[^\w\s]")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʻʼ`", "'"))
_BOUNDARY = " | "
_END = ["|"] * 3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_US_STATES = _words(
    """
    Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Idaho Illinois
    Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi
    Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah Vermont
    Virginia Wisconsin Wyoming Ala Ariz Calif Conn Fla Ill Ind Kan Ky La Mass Mich Minn Miss Mo Neb Nev
    Okla Ore Pa Tenn Tex Vt Va Wash Wis Carolina Carolinas Jersey Dakota Ontario Manitoba Scotland
    """
)
_GEORGIA_USA = _US_STATES | _words(
    """
    Atlanta Savannah Augusta Athens Macon Marietta Fulton Kemp Raffensperger Ossoff Warnock Abrams
    Republican Republicans Democrat Democrats Democratic GOP Bulldogs runoff Tech Hyundai sheriff County
    county Braves Falcons Masters ICE peach peaches Okefenokee NCAA SEC
    """
)
_CAUCASUS = _words(
    """
    Tbilisi Batumi Kutaisi Abkhazia Ossetia Georgian Georgians Caucasus EU European Russia Russian Armenia
    Azerbaijan Turkey Moscow Saakashvili Ivanishvili Kobakhidze Zourabichvili Kavelashvili Schengen
    """
)
_POULTRY = _words(
    """
    thanksgiving roast roasted roasting stuffing gobble gobbles sandwich sandwiches poultry leftovers oven
    gravy cranberry pardon pardons pardoned carve carving butterball wild trot hunters flocks chicken
    dinner recipe recipes
    """
)
_TURKISH = _words("Ankara Istanbul Turkish Türkiye Erdogan Erdoğan NATO Syria Kurdish")
_GIVEN_NAMES = _words(
    """
    Michael Jim Robert Barbara Vernon DeAndre Deandre John James David William Richard Joseph Thomas
    Charles Neil Kevin Brian George Kenneth Steven Edward Jeff Hamilton Louis Montell Duncan Eddie Mary
    Emma Amy Kim Sarah Leslie Bella Phil Mickey Cameron Chris Mike Bob Bill Joe Tom Se Ri Mr Mrs Ms Dr Rep
    Sen Sir Lady Coach Judge Congressman
    """
)
_SURNAMES = _words(
    """
    Spieth Peele Henderson Pickford Peterson Belfort Poole Clarkson Ayew Love Thompson Burroughs Bardella
    Chiles Addison Mailata Klepper Larmour Petaia Ikonomidis Smith Jones Brown Clark Davis Hall Hill
    Morris Rossiter Sweeney McLaughlin Pollack Lumet Poitier Agudong Harwin O'Keeffe Stanway Hunter May
    Godwin Harris Meloni Nunez Núñez Stevens Bridge
    """
)
# What may follow a country's or city's name with a capital and makes no surname of it.
_INSTITUTIONS = _words(
    """
    Valley River Kuwait King Queen Prince Princess Crown Foreign Prime President Minister Army Armed
    Parliament FM PM Times Airways Airport Opera Harbour Harbor FC Olympics University Swans Roosters
    Festival Mardi Gras Water Hospital Test Cricket Sixers Thunder Strikers Hills Zoo Fringe Oval Port
    Waterfront Rail Metro Stock Exchange Government Ministry Supreme High Court Embassy Air Military Navy
    Rangers
    """
)
_ANCESTRY = _words("American Americans Canadian Canadians Briton Britons")


@dataclass(frozen=True, slots=True)
class _Name:
    """One entry of the gazetteer: what it looks like, and what it names."""

    tokens: tuple[str, ...]
    codes: tuple[str, ...] = ()
    default: tuple[str, ...] | None = None
    """Set for an ambiguous name: what is meant where none of `codes` is named otherwise."""
    also_person: bool = False
    unless: frozenset[str] = frozenset()
    """Words beside which it means something else."""


def countries_named(
    texts: Iterable[str | None], *, tags: Iterable[str] = (), language: str | None = None
) -> list[str]:
    """Codes of the countries that the texts and tags name, in the order in which they do.

    Names are English; for another `language` those that Unicode's CLDR has for it.
    """
    if language and not language.startswith("en"):
        from pipelines.storage.places_abroad import countries_named_in

        return countries_named_in(language, _BOUNDARY.join([*filter(None, texts), *tags]))
    return _english(_BOUNDARY.join([*filter(None, texts), *map(_tag_in_capitals, tags)]))


def is_place(text: str) -> bool:
    """Whether the text as a whole is the English name of a country or place here, and of no person."""
    name = _whole_names().get(text.lower())
    return name is not None and not _index()[name.split()[0]][-1][1].also_person and bool(_english(name))


def _english(text: str) -> list[str]:
    tokens = _TOKENS.findall(text if text.isascii() else text.translate(_APOSTROPHES))
    index = _index()
    starts = [position for position, token in enumerate(tokens) if token in index]
    tokens += _END
    named: dict[str, None] = {}
    undecided: list[tuple[_Name, int, int]] = []
    taken: set[int] = set()
    done = 0
    by_korea = False
    for start in starts:
        name = _name_at(tokens, start) if start >= done else None
        if name is None:
            continue
        done = start + len(name.tokens)
        taken.update(range(start, done))
        if not name.codes or _is_elsewhere(tokens, done) or _is_other(name, tokens, start, done):
            continue
        if name.default is None:
            named.update(dict.fromkeys(name.codes))
            by_korea |= "KP" in name.codes and _says_korea(name)
        else:
            undecided.append((name, start, done))
    by_side = False
    if not KOREAN.isdisjoint(named) or any(KOREAN.intersection(name.codes) for name, *_ in undecided):
        sides = list(sides_named(tokens, taken))
        named.update(dict.fromkeys(sides))
        by_side = "KP" in sides
    for name, start, end in undecided:
        if name.default == ("KR",):
            if is_the_south(tokens, start, end, named, by_korea=by_korea, by_side=by_side):
                named["KR"] = None
        elif named.keys().isdisjoint(name.codes):
            named.update(dict.fromkeys(name.default or ()))
    return list(named)


def _says_korea(name: _Name) -> bool:
    """Whether a name of the North is one that leaves bare "Korea" to be short for it."""
    return not {"Korea", "Korean", "Koreans", "DPRK", "Koreas"}.isdisjoint(name.tokens)


def _name_at(tokens: list[str], start: int) -> _Name | None:
    """The longest name that begins here, written in its own capitals or in capitals throughout."""
    for written, name in _index().get(tokens[start], ()):
        if len(written) == 1 or tokens[start : start + len(written)] == written:
            return name
    return None


def _is_elsewhere(tokens: list[str], end: int) -> bool:
    """A town of that name in America ("Lebanon, Pa."), or people of that ancestry ("Korean-American")."""
    following = tokens[end]
    if following == ",":
        place = tokens[end + 1]
        return place in _US_STATES or (place in ("New", "North", "South") and tokens[end + 2] in _US_STATES)
    if following == "-":
        following = tokens[end + 1]
    return following in _ANCESTRY


def _is_other(name: _Name, tokens: list[str], start: int, end: int) -> bool:
    """Whether a name that has another meaning has it here: a person, the US state, the bird."""
    if name.tokens[0] == "Turkey" and len(name.tokens) == 1:
        words = {token.lower() for token in tokens}
        return not _POULTRY.isdisjoint(words) and _TURKISH.isdisjoint(tokens)
    if name.unless and not name.unless.isdisjoint(tokens):
        return True
    if not name.also_person:
        return False
    if name.tokens == ("Georgia",) and not _GEORGIA_USA.isdisjoint(tokens) and _CAUCASUS.isdisjoint(tokens):
        return True
    before = tokens[start - 1] if start else "|"
    if before == "." and start > 1:
        before = tokens[start - 2]
        if start > 2 and len(before) == 1 and len(tokens[start - 3]) > 1 and tokens[start - 3].istitle():
            return True  # "Michael B. Jordan"
    after = tokens[end]
    if before in _GIVEN_NAMES or after in _SURNAMES or (before == "Air" and name.tokens == ("Jordan",)):
        return True
    if not after[0].isupper() or after.isupper() or after in _INSTITUTIONS or not _is_sentence_case(tokens):
        return False
    return _name_at(tokens, end) is None


def _is_sentence_case(tokens: list[str]) -> bool:
    long_words = [token for token in tokens if len(token) > 3 and token.isalpha()]
    return sum(map(str.islower, long_words)) * 2 > len(long_words)


def _tag_in_capitals(tag: str) -> str:
    """Outlets like tags in small letters; one that is a name as a whole may be one ("south china sea")."""
    return _whole_names().get(tag, tag) if tag.islower() else tag


@cache
def _whole_names() -> dict[str, str]:
    texts = (" ".join(name.tokens) for same_start in _index().values() for _, name in same_start)
    return {text.lower(): text for text in texts if len(text) > 3}


@cache
def _index() -> dict[str, list[tuple[list[str], _Name]]]:
    """Names by their first word as it may be written; longer ones first: seas before countries."""
    names = [_Name(tokens) for tokens in _split_names(NOT_COUNTRIES)]
    names += [_Name(tokens, tuple(codes.split())) for codes, tokens in _entries(COUNTRIES + TOGETHER)]
    names += [_Name(tokens, (code,), also_person=True) for code, tokens in _entries(ALSO_PERSONS)]
    for codes, tokens in _entries(AMBIGUOUS):
        candidates, _, default = codes.partition(">")
        names.append(_Name(tokens, tuple(candidates.split()), default=tuple(default.split())))
    names.append(_Name(("Turkey",), ("TR",)))
    for code_and_name, words in _lines(COMMON_WORDS):
        code, word = code_and_name.split()
        names.append(_Name((word,), (code,), unless=_words(words)))
    index: dict[str, list[tuple[list[str], _Name]]] = {}
    for name in sorted(names, key=lambda name: -len(name.tokens)):
        first, *rest = name.tokens
        in_capitals = tuple(token.upper() for token in name.tokens)
        for written in {name.tokens, (first[0].upper() + first[1:], *rest), in_capitals}:
            index.setdefault(written[0], []).append((list(written), name))
    return index


def _lines(table: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"\n(?=\S)", table.strip()):
        first, _, rest = line.partition(":")
        yield first, rest


def _entries(table: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for codes, names in _lines(table):
        for tokens in _split_names(names):
            yield codes, tokens


def _split_names(names: str) -> Iterator[tuple[str, ...]]:
    for name in names.split(","):
        if tokens := tuple(_TOKENS.findall(name)):
            yield tokens
