"""Where pages put their bylines, other than in structured data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from crawler.box_names import families
from crawler.html_text import fold_space, words
from crawler.page import Page
from crawler.phrases import DATE, SIGNATURE
from crawler.text_blocks import Box, name_parts

LONGEST = 160
"""Characters of a byline; what is longer speaks of the author."""

_MARKED = (
    '[rel~="author"], [itemprop~="author"], [class*="author" i], [class*="byline" i], [class*="autor" i], '
    '[data-testid*="author" i], [data-testid*="byline" i]'
)
_NAMES = words("author authors byline bylines autor autoren autorin auteur authorname authorsname bylinename")
_ELSEWHERE = words(
    "comment comments related recommended widget recent sidebar latest popular trending card cards teaser "
    "teasers footer nav menu"
)
_LABELLED = re.compile(
    r"^(?:autorin/autor|penulis|reporter|written by|geschrieben von|verfasst von|auteur)[\s:：]+\S", re.I
)
_EDITOR = re.compile(r"\b(?:editor|edited by|redaktur|penyunting)\s*[:：]\s*(?:<[^<>]*>\s*)*$", re.I)
_FIRST_PLACES = 10
"""Places of a name on the page that are looked at."""
WRITTEN_BY = re.compile(
    r"written by|geschrieben von|verfasst von|écrit par|escrito por|scritto da|author", re.I
)
"""Labels that systems put before the author's name in their meta elements."""
_PARTS = re.compile(r"\s*[|•·,–—]\s*|\s-\s")
_FULL_NAME = re.compile(r"[^\W\d_][\w.'’-]+(?: [^\W\d_][\w.'’-]*){1,3}")
_BY = re.compile(
    r"^(?:(?:written|posted|geschrieben|verfasst|veröffentlicht) )?"
    r"(?:by|von|par|por|di|door|av|af|oleh|作者|記者|记者|द्वारा|लेखक|লেখক|بقلم|โดย|автор)[\s:：]\s*\S",
    re.I,
)
# A name with its label inside of a line: "来源：日报 作者：王小明", "記者王小明／台北報導".
_NAMED_INSIDE = re.compile(
    r"(?:作者|記者|记者|撰文|(?<![\u4e00-\u9fff])文)\s?[:：／/]\s?([\u4e00-\u9fff·]{2,8})(?![\u4e00-\u9fff·])"
    r"|(?:記者|记者)([\u4e00-\u9fff]{2,4})(?=[／/])"
    r"|(?:^|(?<=[\s=)|·]))([가-힣]{2,4})\s?(?:기자|특파원)(?=[^가-힣]|$|입력|등록|승인)"
)


def marked_bylines(page: Page) -> Iterator[str]:
    """Texts of elements that are marked as the author's, in the page's order, the innermost of each nest."""
    for node in page.tree.css(_MARKED)[:60]:
        if not _is_marked(node) or _stands_elsewhere(node):
            continue
        if any(_is_marked(inner) and inner.mem_id != node.mem_id for inner in node.css(_MARKED)):
            continue
        text = fold_space(node.text(separator=" "))
        if 2 <= len(text) <= LONGEST:
            yield text


def _is_marked(node: LexborNode) -> bool:
    """Whether the element is marked as the author's, and says something."""
    if node.tag in ("body", "html", "article", "main", "section", "img", "meta", "link"):
        return False
    attributes = node.attributes
    named = (attributes.get(key) for key in ("class", "itemprop", "data-testid"))
    names = name_parts(" ".join(filter(None, named)))
    if not (names & _NAMES or "author" in (attributes.get("rel") or "").lower()):
        return False
    return any(char.isalpha() for char in node.text())


def spoken_bylines(page: Page, first: int, last: int) -> Iterator[str]:
    """Blocks between two others that begin like a byline: "By Name", "Von Name"."""
    for block in page.layout.blocks[max(0, first) : last]:
        if len(block.text) <= 100 and not _is_beside(block.box):
            yield from (part for part in re.split(r"\s*[|•·]\s*", block.text) if _BY.match(part))
            yield from (found[1] or found[2] or found[3] for found in _NAMED_INSIDE.finditer(block.text))


def labelled_bylines(page: Page) -> Iterator[str]:
    """Blocks anywhere that label a name as the author's: "Penulis: Name", "Autorin/Autor Name"."""
    for block in page.layout.blocks:
        if (
            len(block.text) <= 80
            and (_LABELLED.match(block.text) or SIGNATURE.match(block.text))
            and not _is_beside(block.box)
        ):
            yield block.text


def is_editor(page: Page, name: str) -> bool:
    """Whether the page calls the person its editor: "Editor: Name"."""
    wanted, at = name.encode(), -1
    for _ in range(_FIRST_PLACES):
        at = page.body.find(wanted, at + 1)
        if at < 0:
            break
        before = page.body[max(0, at - 300) : at]
        # Mostly a value in a script, which no label stands before.
        if not before.endswith(b'"') and _EDITOR.search(before.decode("utf-8", "replace")):
            return True
    return False


def names_by_dates(page: Page, first: int, last: int) -> Iterator[str]:
    """What looks like a name in a short block with a date: "Name Surname | 3 April 2025"."""
    for block in page.layout.blocks[max(0, first) : last]:
        if len(block.text) > 120 or not DATE.search(block.text) or _is_beside(block.box):
            continue
        yield from (part for part in _PARTS.split(block.text) if _FULL_NAME.fullmatch(part))


def _is_beside(box: Box) -> bool:
    return any(families(outer) & {"related", "comment"} for outer in list(box.outward())[:4])


def _closes_article(footer: LexborNode) -> bool:
    """Whether the footer is an article's own and not the page's."""
    outer = footer.parent
    for _ in range(3):
        if outer is None or outer.tag == "body":
            return False
        if outer.tag == "article":
            return True
        outer = outer.parent
    return False


def _stands_elsewhere(node: LexborNode) -> bool:
    """Whether the element belongs to comments, cards of other articles and the like."""
    outer: LexborNode | None = node
    for _ in range(7):
        if outer is None:
            return False
        if outer.tag in ("nav", "aside"):
            return True
        if outer.tag == "footer":
            return not _closes_article(outer)
        if outer.tag == "a" and len(outer.text()) > len(node.text()) + LONGEST // 2:
            return True  # a card that leads to another article
        attributes = outer.attributes
        named = " ".join(filter(None, (attributes.get("class"), attributes.get("id"))))
        if outer.tag in ("article", "main", "body"):
            return False
        names = name_parts(named) if named else frozenset()
        if names & _ELSEWHERE and not names & {"content", "main", "primary", "article"}:
            return True
        outer = outer.parent
    return False
