"""Which box of a page holds its article.

It is the one with the most running text and the least of anything else, near the headline, better if it calls
itself the text of an article. On a page of several articles it is the one that the headline belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from crawler.box_names import families, names_body, names_something_beside
from crawler.phrases import CALL
from crawler.text_blocks import FRAMES, PARTS, Block, Box, Layout

SENTENCE_END = re.compile(r"[.!?…。！？」』”\"'’»)।॥؟۔။។։።][\s\"'”’»)]*$")
"""Matches the end of a text that ends as sentences do."""
_STOP = re.compile(r"[.!?…。！？।॥؟۔။។։።:;：；]")
# Thai and Lao write no mark at the end of a sentence; what is as long as this is one.
_WITHOUT_STOPS = re.compile(r"[\u0e01-\u0eff][^A-Za-z]{80}")
_WORD = re.compile(r"[^\W_]+")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


@dataclass
class ReadPage:
    """A page while its article is looked for."""

    layout: Layout
    prose: list[float]
    title: Block | None
    main: Box | None = None
    titles: frozenset[str] = field(default_factory=frozenset)
    running: list[float] = field(default_factory=list)
    """How much running text, outside of boxes for other things, stands before each block and at the end."""


def read_page(layout: Layout, titles: Sequence[str]) -> ReadPage:
    """The page with its headline and the box of its article, as far as there are any; once for a layout."""
    prose = [_prose(block) for block in layout.blocks]
    page = ReadPage(layout, prose, title_block(layout.blocks, titles))
    page.titles = frozenset(squeezed(title) for title in titles)
    page.main = _main_box(page) if layout.boxes else None
    return page


def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case: for texts that differ in space and signs."""
    return re.sub(r"\W+", "", text.lower())


def title_block(blocks: Sequence[Block], titles: Iterable[str]) -> Block | None:
    """The heading that shares most words with what the page calls itself; else its first h1."""
    wanted = [words for title in titles if (words := _title_words(title))]
    best: Block | None = None
    best_likeness = 0.5
    first: Block | None = None
    for block in blocks:
        level = block.heading
        if not level or block.length > 400:
            continue
        if level == "h1" and first is None:
            first = block
        own = _title_words(block.text)
        if not own:
            continue
        likeness = max((len(own & words) / max(len(own), 0.6 * len(words)) for words in wanted), default=0.0)
        likeness += {"h1": 0.4, "h2": 0.1}.get(level, 0.0)
        if likeness > best_likeness:
            best, best_likeness = block, likeness
    return best or first


def _title_words(text: str) -> set[str]:
    lower = text.lower()
    if text.isascii() or not _DENSE.search(text):
        return set(_WORD.findall(lower))
    return {char for char in lower if char.isalnum()}


def _prose(block: Block) -> float:
    """How much running text a block is, in letters; 0 for anything else."""
    length = block.length
    if length < 40 or block.box.tag in ("figcaption", "h1", "h2", "h3", "h4", "h5", "h6"):
        return 0
    if block.linked > (0.4 if length < 100 else 0.65) * length:
        return 0
    if length < 160 and (not SENTENCE_END.search(block.text[-12:]) or CALL.match(block.text[:60])):
        return 0
    if length < 400 and not _STOP.search(block.text) and not _WITHOUT_STOPS.search(block.text):
        return 0
    value = float(min(length, 1500))
    if block.box.tag == "li":
        value *= 0.6
    return value * 0.5 if block.box.hidden else value


def _main_box(page: ReadPage) -> Box | None:
    """The box with the highest worth, and of those as good the innermost."""
    around_title = {id(box) for box in page.title.box.outward()} if page.title else set()
    _weigh(page, around_title)
    amounts = (
        0.0 if block.box.beside else prose
        for block, prose in zip(page.layout.blocks, page.prose, strict=True)
    )
    page.running = list(accumulate(amounts, initial=0.0))
    article = _article_of_title(page)
    best: Box | None = None
    best_worth = 0.0
    for box in page.layout.boxes:
        if not box.good or box.tag in PARTS:
            continue
        worth = _worth(page, box, article, holds_title=id(box) in around_title)
        if worth > best_worth + 1e-6 or (best and abs(worth - best_worth) <= 1e-6 and box.depth > best.depth):
            best, best_worth = box, worth
    return best


def _weigh(page: ReadPage, around_title: set[int]) -> None:
    """Fill the sums of all boxes."""
    blocks, boxes = page.layout
    for block, prose in zip(blocks, page.prose, strict=True):
        block.box.prose += prose
    for box in reversed(boxes):
        if box.parent is not None:
            box.parent.prose += box.prose
    total = boxes[0].prose or 1.0
    for box in boxes:
        box.first = len(blocks)
        box.beside = box.parent is not None and box.parent.beside
        # What holds the headline, or most of the text, is no sidebar whatever it is called.
        if not box.beside and names_something_beside(box):
            box.beside = id(box) not in around_title and box.prose < 0.6 * total
    homes = {
        id(block.box.home())
        for block, prose in zip(blocks, page.prose, strict=True)
        if prose and not block.box.beside
    }
    for block, prose in zip(blocks, page.prose, strict=True):
        box = block.box
        box.blocks += 1
        if prose and not box.beside:
            box.good += prose
            box.first = min(box.first, block.order)
        elif not box.hidden:
            junk = float(min(block.length, 200))
            if id(box.home()) not in homes:
                junk *= 0.4
            box.junk += junk if block.linked > 0.5 * block.length and not prose else 0.5 * junk
    for box in reversed(boxes):
        if box.tag == "article" and box.good > 100:
            box.articles += 1
        parent = box.parent
        if parent is not None:
            parent.good += box.good
            parent.junk += box.junk
            parent.blocks += box.blocks
            parent.first = min(parent.first, box.first)
            parent.articles += box.articles


def _article_of_title(page: ReadPage) -> Box | None:
    """The article element that holds the headline, or else the first text after it."""
    if page.title:
        for box in page.title.box.outward():
            if box.tag == "article" and box.good >= 200:
                return box
    after = page.title.order if page.title else -1
    for block, prose in zip(page.layout.blocks, page.prose, strict=True):
        if prose and block.order > after and not block.box.beside:
            for box in block.box.outward():
                if box.tag == "article" and box.good >= 300:
                    return box
    return None


def _worth(page: ReadPage, box: Box, article: Box | None, *, holds_title: bool) -> float:
    """How likely the box is the article's, in letters of running text."""
    if box.good > 1.6 * box.junk:
        worth = box.good - 0.8 * box.junk
    else:
        worth = 0.5 * box.good * box.good / (1.6 * box.junk)
    if names_body(box):
        worth *= 1.5
    elif "article" in families(box) or box.tag in ("article", "main"):
        worth *= 1.1
    if box.tag in FRAMES:
        worth *= 0.7
    elif box.tag == "body":
        worth *= 0.5
    if (
        article
        and box.articles > 1
        and article.good > 0.2 * box.good
        and all(outer is not article for outer in box.outward())
    ):
        # A page of several articles, of which only one is meant.
        worth *= 0.2
    if article and not holds_title and article.good > 0.2 * box.good and not _overlap(box, article):
        worth *= 0.3
    if page.title is not None and not holds_title:
        if box.first < page.title.order:
            worth *= 0.6
        else:
            skipped = page.running[box.first] - page.running[page.title.order]
            worth /= 1 + 2 * skipped / box.good
    return worth


def _overlap(one: Box, other: Box) -> bool:
    """Whether one of the boxes lies in the other."""
    return any(box is other for box in one.outward()) or any(box is one for box in other.outward())
