"""The paragraphs of an article: the text of its blocks, without what stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from crawler.html_text import fold_space, words
from crawler.outlet_rules import Rules

_SKIPPED = words(
    "script style noscript template svg math iframe object embed video audio canvas form button select input "
    "textarea nav figure figcaption picture img dialog map head title -comment -doctype"
)
_BLOCKS = words(
    "address article aside blockquote body caption center dd details div dl dt fieldset footer h1 h2 h3 h4 "
    "h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul legend"
)
_BREAK = "\n"
_TWO_BREAKS = re.compile(r"\n[\s\xa0]*\n")
LONGEST_JUNK = 300
"""Characters of a paragraph above which it is no call to subscribe or the like."""

DATELINE = re.compile(
    r"""
    (?P<place>(?:[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.'’-]+|[A-Z]\.)
       (?:[ /,-]{1,2}(?:[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.'’-]+|[A-Z]\.)){0,4})
    # the country or state: "MANILA, Philippines"
    (?:,\s(?!\d)[A-Z][\w.]{1,20}(?:\s[A-Z][\w.]{1,20})?(?=\s?[(—–-]))?
    (?:,?\s(?:[A-Z][a-z]{2,8}\.?\s\d{1,2}|\d{1,2}\s[A-Z][a-z]{2,8}\.?)(?:,?\s\d{4})?)?,?
    (?:
        \s?\((?P<agency>[\w /.&’'-]{2,40})\)\s?(?:[-–—―:]{1,2}|\.(?=\s))?\s{0,3}
      | \s{0,2}(?:[–—―]|--)\s{0,3}
      | \s-{1,2}\s
    )
    (?=\S)
    """,
    re.X,
)
"""BEIJING (Sputnik) –, MOSCOW, February 13 (Sputnik) -, NEW DELHI —, MANILA, Philippines (AP) —"""
_CYRILLIC_DATELINE = re.compile(
    r"(?P<place>[А-ЯЁ][А-ЯЁ-]{2,}(?: [А-ЯЁ][А-ЯЁ-]+){0,3})"
    r"(?:, \d{1,2} [а-я]{3,8}\.?)?\s?[-–—]\s?[А-ЯA-Zа-яa-z ]{2,30}\.\s?(?=\S)"
)
_NOT_A_PLACE = words(
    "update updated breaking exclusive watch video photo photos opinion analysis live read "
    "correction corrected warning note editorial explainer factbox interview q a tldr spoiler reuters "
    "afp ap quote question answer"
)


def split_dateline(text: str, pattern: re.Pattern[str] | None = None) -> tuple[str | None, str]:
    """The place that the text opens with ("BEIJING (Sputnik) – …"), and the text without its dateline."""
    text = text.lstrip()
    for known in (pattern,) if pattern else (DATELINE, _CYRILLIC_DATELINE):
        match = known.match(text[:160])
        if match and match["place"].split()[0].strip(".,:-").lower() not in _NOT_A_PLACE:
            return match["place"].rstrip(" ,"), text[match.end() :]
    return None, text


def ruled_paragraphs(body: LexborNode, rules: Rules) -> list[str]:
    """The paragraphs in the body element, as the outlet's rules read it. Takes the junk out of the tree."""
    remove(body, rules.junk)
    paragraphs: list[str] = []
    blocks = body.css(rules.blocks) if rules.blocks else []
    if not blocks:
        paragraphs.extend(paragraphs_of(body, rules.breaks))
    for block in blocks:
        kind = block.attributes.get(rules.block_kind) or ""
        selector = rules.block_text.get(kind, rules.block_text.get("*", ""))
        if selector:
            for node in block.css(selector):
                paragraphs.extend(paragraphs_of(node))
    junk = rules.junk_paragraphs
    if junk is None:
        return paragraphs
    # A call is short, and a pattern takes its time over a long text.
    return [text for text in paragraphs if len(text) > LONGEST_JUNK or not junk.match(text)]


def remove(node: LexborNode, selectors: tuple[str, ...]) -> None:
    """Take everything that one of the selectors matches out of the tree below the node."""
    if selectors and not _is_plain(node):
        for junk in node.css(", ".join(selectors)):
            if junk.mem_id != node.mem_id:
                junk.decompose()


def paragraphs_of(node: LexborNode, breaks: str | None = None) -> list[str]:
    """The texts of the blocks below the node; two line breaks part a block, a single one stays.

    What `breaks` (CSS) matches parts them too.
    """
    if _is_plain(node):
        line = fold_space(node.text())
        return [line] if line else []
    paragraphs = []
    parting = frozenset(found.mem_id for found in node.css(breaks)) if breaks else frozenset()
    for text in _runs(node, parting):
        if _BREAK not in text:
            if line := fold_space(text):
                paragraphs.append(line)
            continue
        for part in _TWO_BREAKS.split(text):
            lines = [line for line in map(fold_space, part.split(_BREAK)) if line]
            if lines:
                paragraphs.append(_BREAK.join(lines))
    return paragraphs


def _is_plain(node: LexborNode) -> bool:
    """Whether one text is all that the node holds."""
    only = node.first_child
    return only is not None and only.next is None and only.tag == "-text"


def _runs(node: LexborNode, parting: frozenset[int]) -> Iterator[str]:
    """Text between block boundaries, with a new line for each line break. Also parted by `parting`."""
    buffer: list[str] = []
    # A stack instead of recursion: pages may nest deep. It holds what comes behind each open element.
    outer: list[tuple[LexborNode | None, bool]] = []
    child, is_block = node.first_child, True
    while child is not None or outer:
        if child is None:
            if is_block and buffer:
                yield "".join(buffer)
                buffer = []
            child, is_block = outer.pop()
            continue
        tag = child.tag
        if tag == "-text":
            # New lines of the source are spaces; only br makes one.
            buffer.append((child.text_content or "").replace(_BREAK, " "))
        elif parting and child.mem_id in parting:
            if buffer:
                yield "".join(buffer)
                buffer = []
        elif tag == "br":
            buffer.append(_BREAK)
        elif tag not in _SKIPPED:
            if tag in _BLOCKS and buffer:
                yield "".join(buffer)
                buffer = []
            outer.append((child.next, is_block))
            child, is_block = child.first_child, tag in _BLOCKS
            continue
        child = child.next
    if buffer:
        yield "".join(buffer)
