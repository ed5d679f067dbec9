"""The truth behind the replica: which article appears when, what it says, how it changes and when it goes.

Everything follows from the seed and the two dates. The world has no end: articles appear at the same rate
after `end`, as far as anybody asks.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.replica import vocabulary
from tests.replica.clock import iso, moment
from tests.replica.deck import ASIA_SECTION, DECK, ELSEWHERE_SECTIONS, Card
from tests.replica.prose import Writer
from tests.replica.rich import slug_of
from tests.replica.vocabulary import Place

SITE = "https://sputnikglobe.com"
OLD_SITE = "https://sputniknews.com"
SCREEN = 20
FEED = 100

# Article numbers seen on the real site; those between grow evenly.
_NUMBERS = (
    ("2019-01-01", 1071100000),
    ("2019-06-20", 1075975805),
    ("2020-04-28", 1079127690),
    ("2021-10-14", 1089917386),
    ("2022-03-08", 1093678034),
    ("2023-10-07", 1113998216),
    ("2025-03-06", 1121620685),
    ("2025-11-03", 1123055481),
    ("2035-01-01", 1180000000),
)
_MILESTONES = [(int(datetime.fromisoformat(f"{day}T00:00Z").timestamp()), number) for day, number in _NUMBERS]


def day_of(epoch: int) -> str:
    """The UTC day as it stands in addresses: YYYYMMDD."""
    return f"{moment(epoch):%Y%m%d}"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of an article's text at a time."""

    at: int
    kind: str
    """typo · headline · correction · revert (undoes the edit before) · entry (of a live blog)."""


@dataclass(slots=True)
class Slot:
    """One article's fate; what it says is composed when asked for."""

    index: int
    number: int
    card: Card
    section: str
    place: Place
    project: str
    published: int
    appears: int
    edits: list[Edit] = field(default_factory=list)
    removed: int | None = None
    removal: int = 404
    dangling: bool = False
    list_rank: int | None = None
    feed_rank: int | None = None
    day_rank: int | None = None

    @property
    def article_id(self) -> str:
        """The id that the dataset gives it."""
        return f"sputnik:{self.number}"

    @property
    def day(self) -> str:
        """The day in its address."""
        return day_of(self.published)

    @property
    def in_asia_listing(self) -> bool:
        """Whether /asia/ ever shows it."""
        return self.card.asia and self.card.listed

    def is_up(self, now: int) -> bool:
        """Whether the page answers with the article."""
        return self.appears <= now and (self.removed is None or now < self.removed)

    def version_at(self, now: int) -> int:
        """How many edits were made by then."""
        return sum(1 for edit in self.edits if edit.at <= now)


class World:
    """All articles of the site, in the order in which they appear."""

    def __init__(self, seed: int, articles: int, start: int, end: int) -> None:
        if articles < 1 or end <= start:
            raise ValueError(f"{articles} articles between {iso(start)} and {iso(end)}")
        self.seed = seed
        self.start = start
        self.end = end
        self.spacing = (end - start) / articles
        self.slots: list[Slot] = []
        self.by_number: dict[int, Slot] = {}
        self.lists: dict[str, list[Slot]] = {section: [] for section in (ASIA_SECTION, *ELSEWHERE_SECTIONS)}
        self.days: dict[str, list[Slot]] = {}
        self.news: list[Slot] = []
        self.pinned: list[Slot] = []
        self._titles: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        self._deck: list[Card] = []
        self._last_number = 0
        self.extend(end)

    # --- making articles -------------------------------------------------------------------------

    def extend(self, until: int) -> None:
        """Make every article that appears up to `until`."""
        while not self.slots or self.slots[-1].appears <= until:
            slot = self._make(len(self.slots))
            self.slots.append(slot)
            self.by_number[slot.number] = slot
            self._enter(slot)

    def _make(self, index: int) -> Slot:
        dice = random.Random(f"{self.seed}:{index}")
        card = self._deal(index)
        appears = self.start + int((index + dice.random()) * self.spacing)
        published = appears - dice.randint(5, 240)
        if card.name == "late":
            published = appears - dice.randint(6 * 3600, 30 * 3600)
        elif card.era != "now":
            published = _moment_in(int(card.era), dice)
        slot = Slot(
            index=index,
            number=self._number(card, published),
            card=card,
            section=_section_of(card, dice),
            place=dice.choice(_places_of(card)),
            project=dice.choice(vocabulary.PROJECTS),
            published=published,
            appears=appears,
        )
        at = appears
        for kind in card.edits:
            at += dice.randint(900, 4 * 3600) if kind == "entry" else dice.randint(1800, 2 * 86400)
            slot.edits.append(Edit(at, kind))
        if card.removal is not None:
            slot.removed, slot.removal = appears + dice.randint(3600, 4 * 86400), card.removal
            slot.dangling = card.dangling
        return slot

    def _deal(self, index: int) -> Card:
        if index % len(DECK) == 0:
            self._deck = list(DECK)
            random.Random(f"{self.seed}:deck:{index}").shuffle(self._deck)
        return self._deck[index % len(DECK)]

    def _number(self, card: Card, published: int) -> int:
        number = 174100000 + published % 99991 if card.era == "2012" else _number_at(published)
        if card.era == "now":
            number = self._last_number = max(number, self._last_number + 1)
        while number in self.by_number:
            number += 1
        return number

    def _enter(self, slot: Slot) -> None:
        """Give the article its rank in the channels that show it."""
        if slot.card.listed:
            listing = self.lists[ASIA_SECTION if slot.card.asia else slot.section]
            slot.list_rank = len(listing)
            listing.append(slot)
        if slot.card.era == "now":
            slot.feed_rank = len(self.news)
            self.news.append(slot)
        elif slot.card.era == "2019":
            self.pinned.append(slot)
        day = self.days.setdefault(slot.day, [])
        slot.day_rank = len(day)
        day.append(slot)

    # --- what the channels show ------------------------------------------------------------------

    def listing(self, section: str, now: int, *, skip_from: int | None = None) -> list[Slot]:
        """A screen of the section's listing, newest first: the first one, or the one after that number."""
        return self._screen(self.lists[section], now, SCREEN, skip_from)

    def day_screen(self, day: str, now: int, *, skip_from: int | None = None) -> list[Slot]:
        """The same of the archive of one day."""
        return self._screen(self.days.get(day, []), now, SCREEN, skip_from)

    def feed(self, now: int) -> list[Slot]:
        """What RSS shows, newest first."""
        return self._screen(self.news, now, FEED, None)

    def _screen(self, slots: list[Slot], now: int, size: int, skip_from: int | None) -> list[Slot]:
        self.extend(now)
        last = bisect_right(slots, now, key=lambda slot: slot.appears)
        if skip_from is not None:
            last = min(last, _rank_in(slots, self.by_number.get(skip_from)))
        # Removed articles leave a gap; they are not replaced by older ones, so that truth stays simple.
        return [slot for slot in reversed(slots[max(0, last - size) : last]) if slot.is_up(now)]

    def pinned_at(self, now: int) -> Slot | None:
        """The old article that stands above the newest ones in /asia/."""
        shown = bisect_right(self.pinned, now, key=lambda slot: slot.appears)
        return self.pinned[shown - 1] if shown and self.pinned[shown - 1].is_up(now) else None

    def between(self, first_day: str, last_day: str, now: int) -> list[Slot]:
        """What the sitemap names for these days, newest first."""
        self.extend(now)
        days = sorted((day for day in self.days if first_day <= day <= last_day), reverse=True)
        return [
            slot
            for day in days
            for slot in reversed(self.days[day])
            if slot.is_up(now) or (slot.dangling and slot.appears <= now)
        ]

    # --- what an article is called ---------------------------------------------------------------

    def writer(self, slot: Slot, purpose: str) -> Writer:
        """A writer for this article and purpose."""
        return Writer(f"{self.seed}:{slot.index}:{purpose}", slot.place, slot.project)

    def title(self, slot: Slot) -> str:
        """The headline that the article appeared with; its address keeps it."""
        if slot.index not in self._titles:
            title = self.writer(slot, "headline").headline()
            source = self.reprint_source(slot)
            self._titles[slot.index] = self.title(source) + " – Reports" if source else title
        return self._titles[slot.index]

    def reprint_source(self, slot: Slot) -> Slot | None:
        """The article that this one repeats word for word under another number."""
        if slot.card.name != "reprint":
            return None
        earlier = self.slots[max(0, slot.index - 60) : slot.index]
        return next((other for other in reversed(earlier) if other.card.name == "news"), None)

    def path(self, slot: Slot) -> str:
        """Where the article is served."""
        path = self._paths.get(slot.index)
        if path is None:
            path = self._paths[slot.index] = self._path(slot)
        return path

    def _path(self, slot: Slot) -> str:
        if slot.card.design == "old":
            return self.old_path(slot)
        if slot.card.name == "no-slug" or slot.card.era == "2012":
            return f"/{slot.day}/{slot.number}.html"
        slug = slug_of(self.title(slot))
        if slot.card.name == "dash-slug":
            # The site cuts long slugs by length, so that some end in a hyphen.
            slug = slug[: max(12, slug.rfind("-") + 1)].rstrip("-") + "-"
        return f"/{slot.day}/{slug}-{slot.number}.html"

    def second_path(self, slot: Slot) -> str | None:
        """Another address with other words and the same number, where the article has one."""
        if slot.card.name != "second-slug":
            return None
        return f"/{slot.day}/{slug_of(self.writer(slot, 'second').headline())}-{slot.number}.html"

    def old_path(self, slot: Slot) -> str:
        """Its address in the old scheme, with the section in front."""
        return f"/{slot.section}/{slot.day}{slot.number}-{slug_of(self.title(slot))}/"

    def amp_path(self, slot: Slot) -> str:
        """Its AMP page."""
        return "/amp" + self.path(slot)

    def shown_path(self, slot: Slot, channel: str) -> str:
        """The address under which a channel ("listing", "feed", "archive", "sitemap") links the article."""
        if slot.card.name == "old-address" and channel in ("listing", "archive"):
            return self.old_path(slot)
        if slot.card.name == "second-slug" and channel in ("feed", "sitemap"):
            return self.second_path(slot) or self.path(slot)
        return self.path(slot)

    # --- changes by hand -------------------------------------------------------------------------

    def find(self, article_id: str) -> Slot:
        """The article with this id ("sputnik:1123…" or the bare number); raises KeyError."""
        return self.by_number[int(article_id.rpartition(":")[2])]

    def edit(self, article_id: str, kind: str, at: int) -> None:
        """Change an article's text, as a scheduled edit does."""
        slot = self.find(article_id)
        if slot.edits and slot.edits[-1].at > at:
            slot.edits = [edit for edit in slot.edits if edit.at <= at]
        slot.edits.append(Edit(at, kind))

    def remove(self, article_id: str, at: int, *, status: int = 404, dangling: bool = False) -> None:
        """Take an article down."""
        slot = self.find(article_id)
        slot.removed, slot.removal, slot.dangling = at, status, dangling


def _rank_in(slots: list[Slot], slot: Slot | None) -> int:
    for rank in (slot.list_rank, slot.day_rank) if slot else ():
        if rank is not None and rank < len(slots) and slots[rank] is slot:
            return rank
    return 0


def _moment_in(year: int, dice: random.Random) -> int:
    # 2019 before November: the months in which the real site labelled Moscow time as UTC.
    first = datetime(year, 1, 2, tzinfo=UTC)
    return int((first + timedelta(seconds=dice.randrange(290 * 86400))).timestamp())


def _number_at(epoch: int) -> int:
    for (since, low), (until, high) in pairwise(_MILESTONES):
        if epoch < until:
            return low + int((epoch - since) / (until - since) * (high - low))
    return _MILESTONES[-1][1] + epoch - _MILESTONES[-1][0]


def _section_of(card: Card, dice: random.Random) -> str:
    if card.section:
        return ASIA_SECTION
    # Asian by tags or listing alone: filed elsewhere.
    return "world" if card.asia else dice.choice(ELSEWHERE_SECTIONS)


def _places_of(card: Card) -> tuple[Place, ...]:
    if card.asia and card.tags:
        return vocabulary.PLAIN_ASIA if not card.section else vocabulary.ASIA
    return vocabulary.ASIA if card.section else vocabulary.ELSEWHERE
