"""Hostile files by class, made when asked for; the text in them is our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

Role = Literal["article", "listing", "feed", "sitemap", "robots"]

MIB = 1024 * 1024
PAGE_LIMIT = 4 * MIB
"""DOWNLOAD_MAXSIZE: a larger page is refused before anything reads it."""

PARAGRAPHS = (
    "Fishery ministers of six coastal states met in the old harbour hall to agree on quotas for the spring.",
    "The talks went on until late in the evening, as the delegations could not settle who may count boats.",
    "A second round is planned for the next month; until then the rules of last year remain in force.",
)


@dataclass(frozen=True)
class HostileFile:
    """A file that means harm, the part that it plays, and the states in which its link may end."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    role: Role = "article"
    states: frozenset[str] = frozenset({"stored", "staged", "quarantined", "filtered", "blocked", "failed"})


Files = Iterator[tuple[str, HostileFile]]

CLASSES: dict[str, Callable[[], Files]] = {}


def hostile(make: Callable[[], Files]) -> Callable[[], Files]:
    """Register a class of files under the function's name."""
    CLASSES[make.__name__.replace("_", "-")] = make
    return make


@cache
def names(kind: str) -> tuple[str, ...]:
    """The names of a class's files."""
    return tuple(name for name, _ in CLASSES[kind]())


def file(kind: str, name: str) -> HostileFile:
    """One file of a class."""
    return next(found for known, found in CLASSES[kind]() if known == name)


def article(
    inside: str | bytes = "",
    *,
    head: str | bytes = "",
    headline: str | bytes = "Harbour ministers meet on quotas",
    date: str | bytes = "20261120T0900+0000",
    states: str = "",
    content_type: str = "text/html; charset=utf-8",
    **extra: str | bytes,
) -> HostileFile:
    """An article page of Sputnik's newer markup with something hostile in one place.

    `extra` may hold author, tag and caption.
    """
    part = {name: _bytes(value) for name, value in extra.items()}
    blocks = b"".join(
        b'<div class="article__block" data-type="text"><div class="article__text">%s</div></div>'
        % _bytes(text)
        for text in (*PARAGRAPHS, inside)
    )
    body = (
        b"<!DOCTYPE html><html lang=en><head><title>%(headline)s</title>"
        b'<meta property="article:published_time" content="%(date)s">'
        b'<meta property="article:section" content="Asia">'
        b'%(head)s</head><body><div class="article"><h1 class="article__title">%(headline)s</h1>'
        b'<div class="article__author-name">%(author)s</div><div class="article__body">%(blocks)s</div>'
        b'<div class="media"><img src="/img/1.jpg"><div class="media__title">%(caption)s</div></div>'
        b'<div class="article__footer"><span class="tag__text">%(tag)s</span></div></div></body></html>'
    ) % {
        b"headline": _bytes(headline),
        b"date": _bytes(date),
        b"head": _bytes(head),
        b"author": part.get("author", b"Mina Okafor"),
        b"tag": part.get("tag", b"fishery"),
        b"caption": part.get("caption", b"The harbour hall"),
        b"blocks": blocks,
    }
    expected = frozenset(states.split()) or HostileFile.states
    return HostileFile(body[:PAGE_LIMIT], content_type, states=expected)


def page(body: str | bytes, content_type: str = "text/html; charset=utf-8", states: str = "") -> HostileFile:
    """A page that is all of it as given, cut at the size that a page may have."""
    expected = frozenset(states.split()) or HostileFile.states
    return HostileFile(_bytes(body)[:PAGE_LIMIT], content_type, states=expected)


def filled(piece: str | bytes, size: int = PAGE_LIMIT - 8192) -> bytes:
    """The piece again and again until the size."""
    unit = _bytes(piece)
    return unit * (size // len(unit))


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
