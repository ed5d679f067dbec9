"""A page as blocks of text, each in its box: what the search for an article's text looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from crawler.html_text import fold_space, words

NEVER = words(
    "script style noscript template svg math iframe object embed video audio canvas select input textarea "
    "button nav img map head title dialog datalist progress meter -comment -doctype"
)
"""Elements whose text is never part of an article."""
PICTURES = words("img video iframe object embed audio")
BOXES = words(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html li main ol p picture pre section summary table tbody td "
    "tfoot th thead tr ul legend"
)
"""Elements that begin and end a block of text."""
INLINE_BOXES = words("caption captions figcaption img summary standfirst photo")
"""Names that make a box of an inline element."""
HEADINGS = words("h1 h2 h3 h4 h5 h6")
PARTS = HEADINGS | words("p li dd dt")
"""Boxes that hold one block of text and nothing else worth looking into."""
FRAMES = PARTS | words("td th tr tbody thead table ul ol dl blockquote pre")
"""Boxes that only frame text; what they belong to is around them."""

_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDDEN = re.compile(r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden", re.I)
# Scripts where a character says as much as two or three letters of an alphabet.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


@dataclass(slots=True, eq=False)
class Box:
    """A block-level element, with the words that its class, id and role are made of."""

    tag: str
    names: frozenset[str]
    parent: Box | None
    order: int
    depth: int
    hidden: bool
    pictures: int = 0
    """Images, videos and frames right inside."""

    # Filled by the search for the main text:
    prose: float = 0.0
    """Running text inside, in letters."""
    good: float = 0.0
    """The same without what lies in boxes for other things."""
    junk: float = 0.0
    """Text that is no running text, weighted by how little it belongs to an article."""
    blocks: int = 0
    articles: int = 0
    """Article elements with running text inside."""
    first: int = 0
    """Order of its first block of running text."""
    beside: bool = False
    """It is, or lies in, a box for something beside the article."""

    def outward(self) -> Iterator[Box]:
        """The box itself, its parent and so on to the root."""
        box: Box | None = self
        while box is not None:
            yield box
            box = box.parent

    def home(self) -> Box:
        """The box that this one frames text for."""
        box = self
        while box.tag in FRAMES and box.parent is not None:
            box = box.parent
        return box


@dataclass(slots=True, eq=False)
class Block:
    """A run of text between the borders of boxes."""

    text: str
    box: Box
    order: int
    linked: int
    """Letters that are links."""
    length: int = field(init=False)
    """Letters, with those of dense scripts counted thrice."""

    def __post_init__(self) -> None:
        self.length = weight(self.text)

    @property
    def heading(self) -> str | None:
        """h1 to h6 if the block is a heading."""
        box = self.box
        if box.tag in HEADINGS:
            return box.tag
        return box.parent.tag if box.parent is not None and box.parent.tag in HEADINGS else None


class Layout(NamedTuple):
    """Blocks and boxes of a page, each in the page's order; a box comes before those inside of it."""

    blocks: list[Block]
    boxes: list[Box]


def weight(text: str) -> int:
    """How much a text says, in letters of an alphabet."""
    return len(text) if text.isascii() else len(text) + 2 * len(_DENSE.findall(text))


@lru_cache(maxsize=4096)
def name_parts(names: str) -> frozenset[str]:
    """The words that class names are made of: "articleBody__related-links" → article body related links."""
    return frozenset(part.lower() for part in _NAME_PART.findall(names[:400]))


def layout(root: LexborNode) -> Layout:
    """Every block of text below the root, and every box."""
    top = _box(root, root.tag or "", None, 0)
    boxes = [top]
    blocks: list[Block] = []
    buffer: list[str] = []
    linked = links_open = 0
    box = top
    # Open elements: the rest of their children, the box around them if they are one, whether they are a link.
    stack: list[tuple[Iterator[LexborNode], Box | None, bool]] = [(root.iter(include_text=True), None, False)]

    def flush() -> None:
        nonlocal linked
        if buffer:
            text = fold_space("".join(buffer))
            if text:
                blocks.append(Block(text, box, len(blocks), linked))
            buffer.clear()
        linked = 0

    while stack:
        children, around, is_link = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            links_open -= is_link
            if around is not None:
                flush()
                box = around
            continue
        tag = child.tag or ""
        if tag == "-text":
            text = child.text_content or ""
            buffer.append(text)
            if links_open:
                linked += weight(text.strip())
        elif tag == "br":
            if _breaks_twice(buffer):
                flush()
            else:
                buffer.append("\n")
        elif tag in NEVER:
            box.pictures += tag in PICTURES
        elif tag in BOXES or (tag in ("span", "em", "strong") and _names_itself(child)):
            flush()
            inner = _box(child, tag, box, len(boxes))
            boxes.append(inner)
            stack.append((child.iter(include_text=True), box, False))
            box = inner
        else:
            links_open += tag == "a"
            stack.append((child.iter(include_text=True), None, tag == "a"))
    flush()
    return Layout(blocks, boxes)


def _names_itself(node: LexborNode) -> bool:
    """Whether an inline element is a box of its own: a caption or a summary within running text."""
    names = node.attributes.get("class")
    return bool(names) and not INLINE_BOXES.isdisjoint(name_parts(names or ""))


def _breaks_twice(buffer: list[str]) -> bool:
    """Whether a line break before this one has only space behind it: the two part paragraphs."""
    if buffer and buffer[-1] == "\n":
        return True
    return len(buffer) > 1 and buffer[-2] == "\n" and not buffer[-1].strip()


def _box(node: LexborNode, tag: str, parent: Box | None, order: int) -> Box:
    attributes = node.attributes
    names: frozenset[str] = frozenset()
    hidden = parent.hidden if parent else False
    if attributes:
        named = [attributes.get(key) for key in ("class", "id", "role", "itemprop", "data-testid")]
        names = name_parts(" ".join(value for value in named if value))
        style = attributes.get("style")
        hidden = (
            hidden
            or "hidden" in attributes
            or attributes.get("aria-hidden") == "true"
            or bool(style and _HIDDEN.search(style[:300]))
        )
    return Box(tag, names, parent, order, parent.depth + 1 if parent else 0, hidden)
