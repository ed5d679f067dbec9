"""Rules: where an outlet's pages keep the parts of an article, written as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.html_text import fold_space
from crawler.page import Page

Selectors = tuple[str, ...]


@dataclass(frozen=True)
class Pictures:
    """One kind of picture on an outlet's pages."""

    frames: str
    """CSS of the element that holds picture, caption and credit."""
    source: Selectors = ("img@src",)
    caption: Selectors = ()
    credit: Selectors = ()


@dataclass(frozen=True)
class Rules:
    """Where one design of an outlet's article pages keeps what. Every field is optional.

    A selector is CSS for lexbor. "css@attribute" takes an attribute instead of the text, "page:css" looks
    outside of the scope too, "meta:NAME" gives a meta element's content, "json-ld:KEY" a value of the
    article's JSON-LD. Of several, the first that gives something counts. What no rule gives is looked for
    as on a page of an unknown outlet.
    """

    mark: str | None = None
    """CSS of something that every page of this design has; a page without it is of the design `otherwise`."""
    otherwise: Rules | None = None
    scope: str | None = None
    """CSS of the element that holds the whole article; the first match counts: pages may append articles."""

    headline: Selectors = ()
    lead: Selectors = ()
    body: Selectors = ()
    """The element that holds the text."""
    blocks: str | None = None
    """CSS of the blocks inside the body, where each says its kind in the attribute `block_kind`."""
    block_kind: str = "data-type"
    block_text: Mapping[str, str] = field(default_factory=dict)
    """Kind of block → CSS of its text; "" drops the kind; "*" stands for kinds not named."""
    breaks: str | None = None
    """CSS of what stands between paragraphs, where no block does: "br, span.br"; its text is left out."""
    junk: Selectors = ()
    """CSS of what is taken out of lead and body before they are read."""
    junk_paragraphs: re.Pattern[str] | None = None
    """A short paragraph that this matches from its start is left out; write it so that it cannot run away."""
    dateline: re.Pattern[str] | None = None
    """Matches the dateline from the start of the text; group "place" is kept. None: the usual forms."""

    published: Selectors = ()
    modified: Selectors = ()
    days_only: bool = False
    """The pages give a day and no time: the first day shown is taken, and nothing finer looked for."""
    time_zone: str | None = None
    """IANA name of the zone of times that name none."""
    month_first: bool = False
    """03/04/2025 is the 4th of March."""

    section: Selectors = ()
    tags: Selectors = ()
    authors: Selectors = ()
    author_junk: re.Pattern[str] | None = None
    """Cut out of each author's name."""
    states_authors: bool = False
    """Where no rule gives authors, the structured data names all that there are, and no editors: no text is
    searched."""
    pictures: tuple[Pictures, ...] = ()
    caption_junk: re.Pattern[str] | None = None
    """Cut out of captions, such as a site's name at the end."""
    related: Selectors = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    """Flag → CSS of what is only there when it applies."""
    language: str | None = None
    """Where pages say it wrongly or not at all."""


def for_page(rules: Rules, page: Page) -> tuple[Rules, LexborNode | None]:
    """The rules of the design that the page has, and the element to apply them to (None: the whole page)."""
    design = rules
    while design.mark and design.otherwise and page.tree.css_first(design.mark) is None:
        design = design.otherwise
    return design, page.tree.css_first(design.scope) if design.scope else None


def values(page: Page, scope: LexborNode | None, selector: str) -> list[str]:
    """Everything that the selector gives: texts with white space folded, or attributes."""
    kind, _, name = selector.partition(":")
    if kind == "meta":
        return [text for text in map(fold_space, page.structured.meta.get(name.lower(), ())) if text]
    if kind == "json-ld":
        from crawler.structured_data import texts  # only with a page to read

        return texts(page.structured.article.get(name))
    css, attribute = split_selector(selector)
    found = (value_of(node, attribute) for node in nodes(page, scope, css))
    return [text for text in found if text]


def nodes(page: Page, scope: LexborNode | None, css: str) -> list[LexborNode]:
    """The elements that match, in the scope or ("page:css") on the whole page."""
    if css.startswith("page:"):
        return page.tree.css(css[5:])
    return (scope or page.tree).css(css)


def first_value(page: Page, scope: LexborNode | None, selectors: Selectors) -> tuple[str, str] | None:
    """The first value that one of the selectors gives, with that selector."""
    for selector in selectors:
        if selector.startswith(("meta:", "json-ld:")):
            found = next(iter(values(page, scope, selector)), None)
        else:
            root = page.tree if selector.startswith("page:") else scope or page.tree
            found = first_within(root, (selector.removeprefix("page:"),))
        if found:
            return found, selector
    return None


def first_within(
    node: LexborNode | LexborHTMLParser, selectors: Selectors, junk: re.Pattern[str] | None = None
) -> str | None:
    """The first value that the selectors give inside of one element, with `junk` cut out."""
    for selector in selectors:
        css, attribute = split_selector(selector)
        for inner in one_by_one(node, css):
            value = value_of(inner, attribute, junk)
            if value:
                return value
    return None


def one_by_one(node: LexborNode | LexborHTMLParser, css: str) -> Iterator[LexborNode]:
    """The elements that match. Mostly the first is all that is asked for, and found long before the last."""
    first = node.css_first(css)
    if first is not None:
        yield first
        yield from node.css(css)[1:]


def value_of(node: LexborNode, attribute: str | None, junk: re.Pattern[str] | None = None) -> str:
    """The element's attribute, or its text; with `junk` cut out."""
    text = fold_space((node.attributes.get(attribute) or "") if attribute else node.text())
    return fold_space(junk.sub("", text)) if junk and text else text


@lru_cache(maxsize=1024)
def split_selector(selector: str) -> tuple[str, str | None]:
    """CSS and attribute of a selector."""
    match = re.fullmatch(r"(.+?)(?:@([\w:-]+))?", selector, re.S)
    assert match, selector
    return match[1], match[2]
