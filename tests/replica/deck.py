"""The kinds of articles that the replica publishes, dealt like cards: each hundred holds every trap."""

from __future__ import annotations

from dataclasses import dataclass

ASIA_SECTION = "asia"
SECTION_NAMES = {
    "asia": "Asia",
    "world": "World",
    "russia": "Russia",
    "business": "Business",
    "science": "Science & Tech",
    "military": "Military",
    "sport": "Sport",
}
ELSEWHERE_SECTIONS = tuple(slug for slug in SECTION_NAMES if slug != ASIA_SECTION)


@dataclass(frozen=True, slots=True)
class Card:
    """What kind of article it is, apart from what it says."""

    name: str
    asia: bool = True
    listed: bool = True
    """Shown by the listing of Asia (if `asia`), else by that of its own section."""
    section: bool = True
    """The page's own section says Asia."""
    tags: bool = True
    """The page's tags name an Asian country."""
    shape: str = "news"
    """news · gallery · live · empty."""
    era: str = "now"
    """now · 2012 (new design, address without words) · 2019 · 2020 (old design, old address)."""
    edits: tuple[str, ...] = ()
    removal: int | None = None
    """The status that the page answers once it is taken down."""
    dangling: bool = False
    """The sitemap goes on naming the removed page."""

    @property
    def design(self) -> str:
        """Which markup the page has."""
        return "old" if self.era in ("2019", "2020") else "new"


_DEALT = (
    (21, Card("news")),
    (1, Card("late")),
    (2, Card("no-lead")),
    (2, Card("no-slug")),
    (2, Card("dash-slug")),
    (1, Card("second-slug")),
    (2, Card("old-address")),
    (1, Card("reprint")),
    (1, Card("no-tags-shown")),
    (1, Card("infinite-scroll")),
    (2, Card("gallery", shape="gallery")),
    (2, Card("live-blog", shape="live", edits=("entry", "entry", "entry"))),
    (1, Card("empty", shape="empty")),
    (2, Card("typo", edits=("typo",))),
    (2, Card("new-headline", edits=("headline",))),
    (2, Card("correction", edits=("correction",))),
    (1, Card("flip-flop", edits=("typo", "revert"))),
    (1, Card("removed", removal=404)),
    (1, Card("removed-but-in-sitemap", removal=410, dangling=True)),
    (1, Card("old-2019", era="2019")),
    (1, Card("old-2020", era="2020")),
    (1, Card("words-free-2012", era="2012")),
    (5, Card("section-only", listed=False, tags=False)),
    (6, Card("tags-only", listed=False, section=False)),
    (2, Card("listing-only", section=False, tags=False)),
    (34, Card("elsewhere", asia=False, section=False, tags=False)),
    (1, Card("elsewhere-removed", asia=False, section=False, tags=False, removal=404)),
    (1, Card("elsewhere-gallery", asia=False, section=False, tags=False, shape="gallery")),
)
DECK = tuple(card for count, card in _DEALT for _ in range(count))
assert len(DECK) == 100
