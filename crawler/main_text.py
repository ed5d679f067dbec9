"""The text of an article on a page of an unknown outlet.

Of the blocks in the article's box running text stays, and so does what stands among it; what belongs to
pictures, related articles, calls to subscribe and the like goes. A full text in the page's structured data
decides where the two differ. The standfirst is looked for between headline and text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.article_box import SENTENCE_END, ReadPage, read_page, squeezed
from crawler.box_names import CAPTIONS, LEADS, families, names_something_beside
from crawler.phrases import ABOUT_THE_AUTHOR, BYLINE, CALL, CALL_INSIDE, CREDIT_AT_END, DATE, SIGNATURE
from crawler.text_blocks import PARTS, Block, Box, Layout

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


def main_text(layout: Layout, hints: Hints) -> MainText | None:
    """Lead and paragraphs of the article, or None where nothing looks like one. To be asked once a layout."""
    page = read_page(layout, hints.titles)
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


# The blocks of the article


def _kept(page: ReadPage) -> list[Block]:
    """The blocks of the main box that are its text."""
    main, prose = page.main, page.prose
    assert main is not None
    inside = [block for block in page.layout.blocks if any(box is main for box in block.box.outward())]
    if page.title is not None:
        after = [block for block in inside if block.order > page.title.order]
        if sum(prose[block.order] for block in after) > 0.3 * sum(prose[block.order] for block in inside):
            inside = after
    foreign = _Foreign(main, _asides(page, inside))
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
            or (block.length < 500 and CREDIT_AT_END.search(block.text[-80:]))
        ):
            continue
        if block.box.hidden and not _hidden_alone(block) and (not show_hidden or _is_copy(block, shown)):
            continue
        seen.add(block.text)
        if prose[block.order] or _stands_among_text(block, homes, alike):
            kept.append(block)
    while len(kept) > 1 and not prose[kept[0].order] and kept[0].length < 100 and BYLINE.match(kept[0].text):
        del kept[0]
    return _without_end(kept)


class _Foreign:
    """Boxes inside of the main one that hold something else than its text."""

    def __init__(self, main: Box, asides: frozenset[int]) -> None:
        self.main = main
        self.asides = asides
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
        few = box.good < 0.5 * self.main.good
        if id(box) in self.asides:
            return True
        if box.tag in PARTS or box.tag in ("article", "tr", "td", "tbody"):
            return False
        if few and (box.tag in ("figure", "figcaption", "header") or names_something_beside(box)):
            return True
        if few and box.names & CAPTIONS and box.blocks <= 3:
            return True
        if few and "author" in box.names and box.names & {"bio", "box", "info", "about"}:
            return True
        return box.good < 200 and bool(families(box) & {"media", "meta"})


def _asides(page: ReadPage, inside: Sequence[Block]) -> frozenset[int]:
    """Captions in paragraphs; and other articles' cards: a few blocks under a heading that is a link.

    Where either hold much of the text they are the article's own: a slideshow, a list of things with links.
    """
    captions: dict[int, Box] = {}
    cards: dict[int, Box] = {}
    for block in inside:
        if block.box.tag == "p" and block.box.names & CAPTIONS:
            captions[id(block.box)] = block.box
        if block.heading and block.linked > 0.8 * block.length:
            boxes = [box for box in block.box.outward() if box.tag not in PARTS]
            cards |= {id(box): box for box in boxes[:3] if box.blocks <= 4 and box.good < 400}
    assert page.main is not None
    much = 0.25 * page.main.good
    found: set[int] = set()
    for kind in (captions, cards):
        if sum(box.good for box in kind.values() if id(box.parent) not in kind) < much:
            found.update(kind)
    return frozenset(found)


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
    sentence = block.box.tag == "p" and block.length >= 60 and bool(SENTENCE_END.search(block.text[-12:]))
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
        return bool(SENTENCE_END.search(block.text[-12:]))
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
        and not (block.length < 260 and (CALL_INSIDE.search(block.text) or SIGNATURE.match(block.text)))
    ]
    kept = body + end
    while kept and kept[-1].heading:
        kept.pop()
    return kept


def _guided(page: ReadPage, kept: list[Block], body: str) -> list[Block]:
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


def _lead(page: ReadPage, kept: Sequence[Block], descriptions: Sequence[str]) -> Block | None:
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
        if _cannot_lead(block.box, page.main):
            continue
        if any(text.startswith(other[:60]) or other.startswith(text[:60]) for other in described):
            return block
        if _is_lead_box(block.box) and (block.length >= 80 or SENTENCE_END.search(block.text[-12:])):
            return block
    return None


def _is_lead_box(box: Box) -> bool:
    outer = box.parent
    return bool(box.names & LEADS or (outer is not None and outer.names & LEADS))


def _cannot_lead(box: Box, main: Box | None) -> bool:
    for level, outer in enumerate(box.outward()):
        # What holds most of the text is no frame for something else, though it may be called "app".
        if level == 6 or (main is not None and outer.good >= 0.5 * main.good):
            break
        if outer.tag in ("nav", "footer", "figcaption", "figure") or outer.names & CAPTIONS:
            return True
        if families(outer) & {"related", "promo", "comment", "share"} and not outer.names & LEADS:
            return True
    return False
