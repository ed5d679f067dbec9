"""What one version of an article says, before any markup."""

from __future__ import annotations

from dataclasses import dataclass

from tests.replica.rich import Rich, plain

TEXT_KINDS = frozenset({"text", "quote", "h2", "h3", "list", "vrez", "odd-text", "loose", "entry"})
"""Blocks whose paragraphs belong to the body; "loose" is text beside a picture that broke its paragraph."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as shown: `url` is the `src` on the page."""

    url: str
    large_url: str
    caption: str
    credit: str
    """With the copyright sign, as the page writes it."""
    caption_shown: bool = True
    """False: the caption stands only in the picture's alt and title, with the site's name after it."""


@dataclass(frozen=True, slots=True)
class Related:
    """A card that leads to another article."""

    href: str
    canonical: str | None
    """Its canonical address; None if it is no article."""
    headline: str
    announce: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the page between headline and tags, in the page's order."""

    kind: str
    paragraphs: tuple[Rich, ...] = ()
    photos: tuple[Photo, ...] = ()
    related: Related | None = None
    at: int | None = None
    """Of an entry of a live blog: when it was written."""


@dataclass(frozen=True, slots=True)
class Content:
    """One version of an article."""

    headline: str
    lead: Rich | None
    dateline: str | None
    dateline_form: str
    """How the dateline is written; a key of `article_markup.DATELINES`."""
    blocks: tuple[Block, ...]
    photo: Photo | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    section: str
    published: int
    modified: int | None
    flags: tuple[str, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The body's paragraphs as plain text; the dateline is not in them."""
        texts = (
            plain(rich) for block in self.blocks if block.kind in TEXT_KINDS for rich in block.paragraphs
        )
        return tuple(text for text in texts if text)

    @property
    def description(self) -> str:
        """The page's meta description."""
        first = plain(self.lead) if self.lead else next(iter(self.paragraphs), self.headline)
        return first if len(first) <= 200 else first[:197].rsplit(" ", 1)[0] + "..."

    @property
    def pictures(self) -> tuple[Photo, ...]:
        """Every picture once, the main one first."""
        shown = (self.photo,) if self.photo else ()
        inside = tuple(photo for block in self.blocks for photo in block.photos)
        return tuple(dict.fromkeys(shown + inside))

    @property
    def related(self) -> tuple[str, ...]:
        """Canonical addresses of the articles on related cards, each once."""
        addresses = (block.related.canonical for block in self.blocks if block.related)
        return tuple(dict.fromkeys(address for address in addresses if address is not None))
