"""The article's text in the state that a page hands to its own script, where the page as sent shows none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from crawler.body_text import paragraphs_of
from crawler.html_text import why_too_deep, without_surrogates, words
from crawler.page import Page
from crawler.structured_data import read_json

MOST_VALUES = 50_000
"""JSON values looked at in one page."""
LEAST_TEXT = 250
"""Characters below which a text is no article's."""
_OF_TEASERS = words("url link href slug headline title")
"""Keys of what leads to another article, and is no block of a text."""
_SHORTEST = 40
"""Characters of a paragraph that stands alone in a list."""


def state_text(page: Page) -> list[str]:
    """The paragraphs of the longest text in the page's JSON scripts; empty if there is none.

    It is one value with markup, or the texts of a list of blocks, as editors' systems keep them.
    """
    best: list[str] = []
    for node in page.tree.css('script[type="application/json"]'):
        for paragraphs in _texts(read_json(node.text())):
            if sum(map(len, paragraphs)) > max(LEAST_TEXT, sum(map(len, best))):
                best = paragraphs
    return best


def _texts(state: Any) -> Sequence[list[str]]:
    """Every text in the state that might be an article's."""
    found: list[list[str]] = []
    queue = [state]
    for value in queue:
        if len(queue) > MOST_VALUES:
            break
        if isinstance(value, dict):
            queue.extend(value.values())
        elif isinstance(value, list):
            queue.extend(value)
            found.append([text for item in value if (text := _block(item))])
        elif isinstance(value, str) and len(value) > LEAST_TEXT and "</p>" in value:
            found.append(marked_up_paragraphs(value))
    return found


def _block(item: Any) -> str:
    """The text of one block of a list: its longest value that reads like a paragraph."""
    if isinstance(item, dict) and not _OF_TEASERS.isdisjoint(item):
        return ""
    values = item.values() if isinstance(item, dict) else [item]
    texts = [value for value in values if isinstance(value, str) and len(value) >= _SHORTEST]
    texts = [value for value in texts if " " in value or not value.isascii()]
    return " ".join(marked_up_paragraphs(max(texts, key=len))) if texts else ""


def marked_up_paragraphs(markup: str) -> list[str]:
    """The paragraphs of a piece of HTML out of a JSON value; none where a parser would choke on it."""
    plain = without_surrogates(markup)
    if why_too_deep(plain.encode()):
        return []
    body = LexborHTMLParser(plain).body
    return paragraphs_of(body) if body is not None else []
