"""What a page says of itself to machines: meta elements, JSON-LD in all its broken forms, microdata."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from html import unescape
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from crawler.html_text import fold_space, without_surrogates

MAX_JSON = 2_000_000
"""Characters of one JSON-LD script that are read."""
MAX_VALUES = 100
"""JSON values read from one script, which should hold one."""
MAX_NODES = 5_000
"""JSON values looked at in one page."""

Json = Any

_ARTICLE_TYPE = re.compile(
    r"(?:^|[/:])(?:\w*Article|\w*BlogPosting|Report|\w*NewsReport|Review|Recipe|ImageGallery|MediaGallery|VideoObject)$"
)
_TEXT_TYPE = re.compile(r"(?:^|[/:])(?:\w*Article|\w*BlogPosting|Report|Review)$")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_DECODER = json.JSONDecoder(strict=False)
_TRAILING_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
_SIGNS = re.compile(r"[^a-z]")
_ENTITIES = re.compile(r"&(?:quot|#34|#x22);")
# Values that hold other things than the page's own: entries of a live blog, comments, lists of articles.
_OTHERS = frozenset(("liveBlogUpdate", "comment", "review", "itemListElement", "mentions", "citation"))
# The values worth having from a script that is no JSON at all, read key by key.
_SALVAGE = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|articleSection|description|articleBody|@type)"\s{0,9}:\s{0,9}'
    r'"((?:[^"\\]|\\.)*+)"'
)


class StructuredData:
    """The machine-readable side of one parsed page; each part is read when first asked for."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """Contents of the meta elements by name, property or itemprop (lower case), in the page's order."""
        found: dict[str, list[str]] = {}
        for node in self._tree.tags("meta"):
            attributes = node.attributes
            content = attributes.get("content")
            if not content:
                continue
            name, shared = attributes.get("name") or attributes.get("itemprop"), attributes.get("property")
            if shared:
                found.setdefault(shared.lower(), []).append(content)
            if name and name != shared:
                found.setdefault(name.lower(), []).append(content)
        return found

    @cached_property
    def meta_spellings(self) -> dict[str, str]:
        """The first of the page's spellings of a meta element's name, by its letters alone."""
        return {_SIGNS.sub("", name): name for name in reversed(self.meta)}

    def first_meta(self, *names: str) -> str | None:
        """The first non-empty content of the named meta elements, tried in order."""
        for name in names:
            for content in self.meta.get(name, ()):
                text = fold_space(content)
                if text:
                    return text
        return None

    @cached_property
    def canonical(self) -> str | None:
        """The href of the link element that names the page's own address, as it stands."""
        link = self._tree.css_first('link[rel="canonical" i]')
        return link.attributes.get("href") if link else None

    @cached_property
    def json_ld(self) -> list[dict[str, Json]]:
        """Every JSON-LD object on the page that has a type, outer ones first."""
        objects: list[dict[str, Json]] = []
        for node in self._tree.css('script[type*="ld+json" i]'):
            objects.extend(typed_objects(read_json(node.text())))
        return objects

    @cached_property
    def article(self) -> dict[str, Json]:
        """The JSON-LD object that describes the page's article; empty if there is none."""
        articles = [
            node for node in self.json_ld if any(_ARTICLE_TYPE.search(kind) for kind in types_of(node))
        ]
        if len(articles) < 2:
            return articles[0] if articles else {}
        own = [self.canonical, *self.meta.get("og:url", ())]
        addresses = {_address(url) for url in own if url}
        titles = {
            _squeezed(title) for name in ("og:title", "twitter:title") for title in self.meta.get(name, ())
        }
        best: dict[str, Json] = {}
        best_worth = 0
        for node in articles:
            worth = 1 + sum(key in node for key in ("headline", "datePublished", "articleBody", "author"))
            worth += 3 * any(_TEXT_TYPE.search(kind) for kind in types_of(node))
            named = [*texts(node.get("url")), *texts(node.get("mainEntityOfPage")), *texts(node.get("@id"))]
            worth += 4 * any(_address(url) in addresses for url in named)
            worth += 4 * any(_squeezed(title) in titles for title in texts(node.get("headline")))
            if worth > best_worth:
                best, best_worth = node, worth
        return best

    def named(self, key: str, *, organizations: bool | None = None) -> list[str]:
        """Names that the article's JSON-LD has under the key: of organizations, of all others, or all."""
        value = self.article.get(key)
        names: list[str] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "name" not in item and "@id" in item:
                # A reference to another object on the page.
                same = (node for node in self.json_ld if node.get("@id") == item["@id"] and "name" in node)
                item = next(same, item)
            kinds = types_of(item) if isinstance(item, dict) else []
            if organizations in (None, any("Organization" in kind for kind in kinds)):
                names.extend(texts(item.get("name") if isinstance(item, dict) else item))
        return names

    def first_of_article(self, *keys: str) -> str | None:
        """The first text among the article's JSON-LD values, tried in order."""
        for key in keys:
            for text in texts(self.article.get(key)):
                return text
        return None

    def microdata_dates(self, *names: str) -> list[list[str]]:
        """Values of each date in microdata (names in lower case): content, datetime, or else the text."""
        values: dict[str, list[str]] = {name: [] for name in names}
        for node in self._tree.css('[itemprop*="date" i]'):
            attributes = node.attributes
            value = attributes.get("content") or attributes.get("datetime") or fold_space(node.text())
            for name in (attributes["itemprop"] or "").lower().split():
                if value and name in values:
                    values[name].append(value)
        return [*values.values()]


def _address(url: str) -> str:
    """An address without what differs between a page's own forms of it."""
    return url.partition("://")[2].partition("#")[0].partition("?")[0].rstrip("/").lower()


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def read_json(text: str) -> Json:
    """The value of a JSON-LD script, repaired where its breakage is a known one; None if all fails."""
    text = text[:MAX_JSON].strip()
    # The pattern is tried at every place of a text; most scripts show at their ends that nothing wraps them.
    if not (text.startswith(("{", "[")) and text.endswith(("}", "]"))):
        text = _WRAPPING.sub("", text).strip().rstrip(";")
    if not text:
        return None
    for candidate in _repairs(text):
        try:
            value, end = _DECODER.raw_decode(candidate)
        except ValueError:
            continue
        except RecursionError:
            return None  # nested beyond any use
        rest = candidate[end:].strip(" \t\r\n,;")
        return [value, *_more_values(rest)] if rest.startswith(("{", "[")) else value
    return _salvaged(text)


def _more_values(text: str) -> list[Json]:
    """Further values that stand behind the first one of a script, as far as they can be read."""
    values: list[Json] = []
    position = 0
    while len(values) < MAX_VALUES:
        while position < len(text) and text[position] in " \t\r\n,;":
            position += 1
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        values.append(value)
    return values


def _repairs(text: str) -> Iterator[str]:
    yield text
    if _ENTITIES.search(text):
        yield unescape(text)
    without_commas = _TRAILING_COMMA.sub("", text)
    yield without_commas
    # A backslash before a character that JSON does not let escape.
    yield re.sub(r'\\(?!["\\/bfnrtu])', "", without_commas)


def _salvaged(text: str) -> dict[str, Json] | None:
    """The first plain values of the useful keys, when quotes or braces inside have spoiled the script."""
    values: dict[str, Json] = {}
    for key, raw in _SALVAGE.findall(text):
        try:
            values.setdefault(key, json.loads(f'"{raw}"', strict=False))
        except ValueError:
            continue
    return values if "@type" in values else None


def typed_objects(value: Json) -> list[dict[str, Json]]:
    """All objects with a type inside of a JSON value, outer ones first, without those that it lists."""
    found: list[dict[str, Json]] = []
    queue = deque([value])
    looked_at = 0
    while queue and looked_at < MAX_NODES:
        item = queue.popleft()
        looked_at += 1
        if isinstance(item, list):
            queue.extend(item)
        elif isinstance(item, dict):
            if "@type" in item:
                found.append(item)
            queue.extend(
                inner for key, inner in item.items() if isinstance(inner, list | dict) and key not in _OTHERS
            )
    return found


def types_of(node: dict[str, Json]) -> list[str]:
    """The types of a JSON-LD object."""
    kinds = node.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def texts(value: Json) -> list[str]:
    """The texts in a JSON-LD value: itself, its items, or their names; entities and white space resolved."""
    if value is None or isinstance(value, str):
        text = _plain(value or "")
        return [text] if text else []
    found: list[str] = []
    queue = deque([value])
    while queue and len(found) < 200:
        item = queue.popleft()
        if isinstance(item, str | int | float) and not isinstance(item, bool):
            text = _plain(str(item))
            if text:
                found.append(text)
        elif isinstance(item, list):
            queue.extendleft(reversed(item[:200]))
        elif isinstance(item, dict):
            named = item.get("name") or item.get("@value") or item.get("url") or item.get("@id")
            if named is not None and not isinstance(named, dict):
                queue.appendleft(named)
    return found


def _plain(text: str) -> str:
    return fold_space(unescape(without_surrogates(text)))
