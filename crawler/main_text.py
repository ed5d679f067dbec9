"""The text of an article on a page of an unknown outlet.

First the box that holds it: the one with the most running text and the least of anything else, near the
headline, better if it calls itself the text of an article. Then its blocks: running text stays, and so does
what stands among it; what belongs to pictures, related articles, calls to subscribe and the like goes. A
full text in the page's structured data decides where the two differ. The standfirst is looked for between
the two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from crawler.box_names import CAPTIONS, LEADS, families, names_body, names_something_beside
from crawler.phrases import ABOUT_THE_AUTHOR, BYLINE, CALL, CALL_INSIDE, DATE
from crawler.text_blocks import FRAMES, PARTS, Block, Box, Layout

_SENTENCE_END = re.compile(r"[.!?…。！？」』”\"’'»)।؟][\s\"'”’»)]*$")
_STOP = re.compile(r"[.!?…。！？।؟:;：；]")
_WORD = re.compile(r"[^\W_]+")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")

ENOUGH_ARTICLE_BODY = 400
"""Characters from which on a full text in the structured data is taken to be one."""


@dataclass
class MainText:
    """What was found: the standfirst, and the paragraphs after it."""

    lead: str | None
    paragraphs: list[str]


@dataclass
class Hints:
    """What the page's structured data says about its article."""

    titles: Sequence[str] = ()
    descriptions: Sequence[str] = ()
    article_body: str | None = None


@dataclass
class _Page:
    """A page while it is read."""

    layout: Layout
    prose: list[float]
    title: Block | None
    main: Box | None = None
    titles: frozenset[str] = field(default_factory=frozenset)
    running: list[float] = field(default_factory=list)
    """How much running text, outside of boxes for other things, stands before each block and at the end."""


def main_text(layout: Layout, hints: Hints) -> MainText | None:
    """Lead and paragraphs of the article, or None where nothing looks like one. To be asked once a layout."""
    if not layout.boxes:
        return None
    page = _Page(layout, [_prose(block) for block in layout.blocks], title_block(layout.blocks, hints.titles))
    page.titles = frozenset(squeezed(title) for title in hints.titles)
    page.main = _main_box(page)
    if page.main is None:
        return None
    kept = _kept(page)
    if kept and len(hints.article_body or "") >= ENOUGH_ARTICLE_BODY:
        kept = _guided(page, kept, squeezed(hints.article_body or ""))
    if not kept:
        return None
    lead = _lead(page, kept, hints.descriptions)
    if lead is None and len(kept) > 1 and _is_lead_box(kept[0].box):
        lead, kept = kept[0], kept[1:]
    return MainText(lead.text if lead else None, [block.text for block in kept])


def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case: for texts that differ in space and signs."""
    return re.sub(r"\W+", "", text.lower())


# The headline on the page


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


# The box of the article


def _prose(block: Block) -> float:
    """How much running text a block is, in letters; 0 for anything else."""
    length = block.length
    if length < 40 or block.box.tag in ("figcaption", "h1", "h2", "h3", "h4", "h5", "h6"):
        return 0
    if block.linked > (0.4 if length < 100 else 0.65) * length:
        return 0
    if length < 160 and (not _SENTENCE_END.search(block.text[-12:]) or CALL.match(block.text[:60])):
        return 0
    if length < 400 and not _STOP.search(block.text):
        return 0
    value = float(min(length, 1500))
    if block.box.tag == "li":
        value *= 0.6
    return value * 0.5 if block.box.hidden else value


def _main_box(page: _Page) -> Box | None:
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


def _weigh(page: _Page, around_title: set[int]) -> None:
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


def _article_of_title(page: _Page) -> Box | None:
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


def _worth(page: _Page, box: Box, article: Box | None, *, holds_title: bool) -> float:
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


# The blocks of the article


def _kept(page: _Page) -> list[Block]:
    """The blocks of the main box that are its text."""
    main, prose = page.main, page.prose
    assert main is not None
    inside = [block for block in page.layout.blocks if any(box is main for box in block.box.outward())]
    if page.title is not None:
        after = [block for block in inside if block.order > page.title.order]
        if sum(prose[block.order] for block in after) > 0.3 * sum(prose[block.order] for block in inside):
            inside = after
    foreign = _Foreign(main)
    running = [block for block in inside if prose[block.order] and not foreign.lies_in(block.box)]
    homes = {id(block.box.home()) for block in running}
    alike = Counter(_likeness(block.box.home()) for block in running)
    visible = sum(block.length for block in running if not block.box.hidden)
    show_hidden = visible < 0.3 * sum(block.length for block in running)
    shown = [squeezed(block.text) for block in running if not block.box.hidden and block.length >= 40]
    kept: list[Block] = []
    seen: set[str] = set()
    for block in inside:
        if (
            (block.length >= 30 and block.text in seen)
            or foreign.lies_in(block.box)
            or squeezed(block.text) in page.titles
        ):
            continue
        if block.box.hidden and not _hidden_alone(block) and (not show_hidden or _is_copy(block, shown)):
            continue
        seen.add(block.text)
        if prose[block.order] or _stands_among_text(block, homes, alike):
            kept.append(block)
    return _without_end(kept)


class _Foreign:
    """Boxes inside of the main one that hold something else than its text."""

    def __init__(self, main: Box) -> None:
        self.main = main
        self.known: dict[int, bool] = {id(main): False}

    def lies_in(self, box: Box) -> bool:
        """Whether the box is, or lies in, a foreign one."""
        path = []
        for outer in box.outward():
            if id(outer) in self.known:
                break
            path.append(outer)
        foreign = self.known[id(path[-1].parent)] if path else self.known[id(box)]
        for outer in reversed(path):
            foreign = foreign or self._is_foreign(outer)
            self.known[id(outer)] = foreign
        return foreign

    def _is_foreign(self, box: Box) -> bool:
        if box.tag in PARTS or box.tag in ("article", "tr", "td", "tbody"):
            return False
        few = box.good < 0.5 * self.main.good
        if few and (box.tag in ("figure", "figcaption", "header") or names_something_beside(box)):
            return True
        if few and box.names & CAPTIONS and box.blocks <= 3:
            return True
        if few and "author" in box.names and box.names & {"bio", "box", "info", "about"}:
            return True
        return box.good < 200 and bool(families(box) & {"media", "meta"})


def _likeness(home: Box) -> tuple[int, frozenset[str]]:
    """Boxes side by side with the same names are of the same kind."""
    return id(home.parent), home.names


def _hidden_alone(block: Block) -> bool:
    """Hidden itself among visible ones, as the paragraphs behind a paywall are."""
    parent = block.box.parent
    return block.box.tag in PARTS and parent is not None and not parent.hidden


def _is_copy(block: Block, shown: Sequence[str]) -> bool:
    """Whether a hidden block holds what other blocks show, glued together."""
    text = squeezed(block.text)
    return sum(len(other) for other in shown if other in text) > 0.5 * len(text)


def _stands_among_text(block: Block, homes: set[int], alike: Counter[tuple[int, frozenset[str]]]) -> bool:
    """Whether a block that is no running text belongs to what is around it: a subheading, a short line."""
    sentence = block.box.tag == "p" and block.length >= 60 and bool(_SENTENCE_END.search(block.text[-12:]))
    if block.linked > (0.8 if sentence else 0.5) * block.length:
        return False
    if block.box.hidden and block.box.tag not in PARTS:
        return False
    if block.length < 160 and CALL.match(block.text[:60]):
        return False
    if block.length < 60 and DATE.search(block.text) and not block.heading and block.box.tag != "td":
        return False
    home = block.box.home()
    if id(home) not in homes and alike[_likeness(home)] < 2:
        return False
    if block.box.pictures and block.box.tag not in ("p", "li"):
        return bool(_SENTENCE_END.search(block.text[-12:]))
    return True


def _without_end(kept: list[Block]) -> list[Block]:
    """The blocks without the calls, the author's portrait and the empty headings at their end."""
    body, end = kept[:-4], kept[-4:]
    if len(kept) <= 8:
        half = max(1, (len(kept) + 1) // 2)
        body, end = kept[:half], kept[half:]
    end = [
        block
        for block in end
        if not ABOUT_THE_AUTHOR.search(block.text[:220])
        and not (block.length < 260 and CALL_INSIDE.search(block.text))
    ]
    kept = body + end
    while kept and kept[-1].heading:
        kept.pop()
    return kept


def _guided(page: _Page, kept: list[Block], body: str) -> list[Block]:
    """The blocks that the full text in the structured data holds too, if it is one and matches the page."""
    main = page.main
    hits = [block for block in page.layout.blocks if _is_in(block, body)]
    hit = {block.order for block in hits}
    lengths = {block.order: len(squeezed(block.text)) for block in {*hits, *kept}}
    of_kept = sum(lengths[block.order] for block in kept)
    kept_hits = [block for block in kept if block.order in hit]
    found = sum({squeezed(block.text): lengths[block.order] for block in hits}.values())
    if found < 0.75 * len(body) or not kept_hits:
        return kept
    agreed = sum(lengths[block.order] for block in kept_hits)
    if agreed < 0.6 * of_kept and (found < 0.9 * len(body) or len(body) < 0.8 * of_kept):
        return kept
    first, last = kept_hits[0].order, kept_hits[-1].order
    orders = {block.order for block in kept}
    chosen: list[Block] = []
    seen: set[str] = set()
    for block in page.layout.blocks:
        text = squeezed(block.text)
        if text in seen:
            continue
        if block.order in hit:
            inside = block.length >= 40 and any(box is main for box in block.box.outward())
            # Pages that hide their text may hold it once more in a single piece.
            copy = block.box.hidden and lengths[block.order] > 0.6 * len(body)
            wanted = block.order in orders or (inside and not copy)
        else:
            small = bool(block.heading) or block.length < 60 or block.box.tag == "li"
            wanted = block.order in orders and (block.order < first or (block.order < last and small))
        if wanted:
            chosen.append(block)
            seen.add(text)
    return chosen


def _is_in(block: Block, body: str) -> bool:
    """Whether the block's text stands in the squeezed one, give or take a few signs."""
    text = squeezed(block.text)
    length = len(text)
    if length < 12:
        return False
    if length <= 50:
        return text in body
    starts = (0, length // 4, length // 2, 3 * length // 4 - 5, length - 25)
    return sum(text[start : start + 25] in body for start in starts) >= 3


# The standfirst


def _lead(page: _Page, kept: Sequence[Block], descriptions: Sequence[str]) -> Block | None:
    """A block between headline and text that is named a lead or reads like the page's description."""
    first = kept[0].order
    title = page.title.order if page.title is not None and page.title.order < first else None
    start = title + 1 if title is not None else max(0, first - 12)
    described = [text for description in descriptions if len(text := squeezed(description)) > 25]
    own = {squeezed(block.text) for block in kept}
    for block in page.layout.blocks[start:first]:
        text = squeezed(block.text)
        if not 30 <= block.length <= 900 or block.linked > 0.5 * block.length:
            continue
        if text in page.titles or text in own or (block.length < 100 and BYLINE.match(block.text)):
            continue
        if _cannot_lead(block.box):
            continue
        if any(text.startswith(other[:60]) or other.startswith(text[:60]) for other in described):
            return block
        if _is_lead_box(block.box) and (block.length >= 80 or _SENTENCE_END.search(block.text[-12:])):
            return block
    return None


def _is_lead_box(box: Box) -> bool:
    outer = box.parent
    return bool(box.names & LEADS or (outer is not None and outer.names & LEADS))


def _cannot_lead(box: Box) -> bool:
    for level, outer in enumerate(box.outward()):
        if level == 6:
            break
        if outer.tag in ("nav", "footer", "figcaption", "figure") or outer.names & CAPTIONS:
            return True
        if families(outer) & {"related", "promo", "comment", "share"} and not outer.names & LEADS:
            return True
    return False
