"""News sentences from a seed: plausible, varied, nobody's."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.replica import vocabulary as words
from tests.replica.vocabulary import Place

_SLOT = re.compile(r"\{(\w+)\}")


class Writer:
    """Writes about one event in one country; the same seed writes the same text."""

    def __init__(self, seed: str, place: Place, project: str) -> None:
        self.random = random.Random(seed)
        self.place = place
        self.neighbour = self._pick([other.name for other in words.ASIA if other is not place])
        self._unsaid: list[str] = []
        self._slots: dict[str, Callable[[], str]] = {
            "country": lambda: place.name,
            "adjective_country": lambda: place.adjective,
            "capital": lambda: place.capital,
            "city": lambda: self._pick(place.cities),
            "neighbour": lambda: self.neighbour,
            "project": lambda: project,
            "body": lambda: self._pick(words.BODIES),
            "role": lambda: self._pick(words.ROLES),
            "person": self.person,
            "upper_person": lambda: self.person().upper(),
            "noun": lambda: self._pick(words.NOUNS),
            "noun2": lambda: self._pick(words.NOUNS),
            "noun3": lambda: self._pick(words.NOUNS),
            "noun_cap": lambda: self._pick(words.NOUNS).title(),
            "adjective": lambda: self._pick(words.ADJECTIVES),
            "adjective_cap": lambda: self._pick(words.ADJECTIVES).title(),
            "near": lambda: self._pick(words.PLACES_NEAR),
            "weekday": lambda: self._pick(words.WEEKDAYS),
            "month": lambda: self._pick(words.MONTHS),
            "year": lambda: str(self.random.randint(1998, 2021)),
            "year2": lambda: str(self.random.randint(2027, 2040)),
            "number": lambda: str(self.random.randint(3, 980)),
            "percent": lambda: f"{self.random.randint(2, 79)}.{self.random.randint(1, 9)}%",
            "money": lambda: f"${self.random.randint(2, 940)}\u00a0million",
            "ordinal": lambda: self._pick(("second", "third", "fourth", "seventh", "tenth")),
            "verb_low": lambda: self._pick(("has approved", "has put off", "will test", "is to build")),
            "claim": self._claim,
            "claim_cap": lambda: _capitalised(self._claim()),
            "claim2_cap": lambda: _capitalised(self._claim()),
        }

    def _pick(self, options: tuple[str, ...] | list[str]) -> str:
        return options[int(self.random.random() * len(options))]

    def _fill(self, template: str) -> str:
        return _SLOT.sub(lambda slot: self._slots[slot[1]](), template)

    def _claim(self) -> str:
        return self._fill(self._pick(words.CLAIMS))

    def person(self) -> str:
        """An invented name."""
        return f"{self._pick(words.GIVEN)} {self._pick(words.FAMILY)}"

    def headline(self) -> str:
        """A headline in title case, without a full stop."""
        subject = self._pick((self.place.name, self.place.capital, self.place.cities[0]))
        text = f"{subject} {self._pick(words.VERBS)} {_titled(self._slots['project']())}"
        shape = self.random.random()
        if shape < 0.45:
            return f"{text} {self._pick(words.REASONS)}"
        if shape < 0.65:
            return f"{text} in {self._pick(self.place.cities)} – {self.person()}"
        if shape < 0.85:
            return f"‘{_titled(self._claim())}’: {text}"
        return f"{text} With {self._pick(words.BODIES)}"

    def lead(self) -> str:
        """One sentence that sums up the article."""
        return self._fill(self._pick(words.LEADS))

    def paragraph(self, sentences: int) -> str:
        """That many sentences, in a row; none returns before all have been used."""
        return " ".join(self._sentence() for _ in range(sentences))

    def _sentence(self) -> str:
        if not self._unsaid:
            self._unsaid = list(words.SENTENCES)
            self.random.shuffle(self._unsaid)
        return _capitalised(self._fill(self._unsaid.pop()))

    def quote(self) -> str:
        """Something that somebody said, in its quotation marks."""
        return self._fill("“{claim_cap}. {claim2_cap},” said {person}, {role} at the time.")

    def subhead(self) -> str:
        """A heading inside the text."""
        return self._fill(self._pick(words.SUBHEADS))

    def item(self) -> str:
        """An entry of a list."""
        return self._fill(
            self._pick(("{noun_cap}: {percent}", "{number} {adjective} {noun}", "{body}: {money}"))
        )

    def caption(self) -> str:
        """What a picture shows."""
        return self._fill(self._pick(words.CAPTIONS))

    def credit(self) -> str:
        """Whose picture it is, with the copyright sign."""
        return self._fill(self._pick(words.CREDITS))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _titled(text: str) -> str:
    small = {"a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "the", "to", "than"}
    return " ".join(
        word if index and word in small else _capitalised(word) for index, word in enumerate(text.split())
    )
