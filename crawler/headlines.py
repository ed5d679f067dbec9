"""An article's headline out of the several titles that its page has."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_SEPARATOR = re.compile(r"\s*[|｜•]\s*|\s+(?:[·»«–—‐/-]|::)\s+|\s*:\s+")
# "Headline（Agency）" on portals.
_BRACKETS_AT_END = re.compile(r"[（(][^（）()]{2,30}[）)]$")
_SQUEEZE = re.compile(r"\W+")
_QUOTES = "\"'“”„«»‘’"

SOURCES = ("json-ld", "og", "h1", "title")
"""Where titles come from, in the order in which the wording of equal ones is preferred."""
_WEIGHT = {"json-ld": 1.15, "og": 1.1, "h1": 1.0, "title": 0.45}


def best_headline(titles: Mapping[str, str], sites: Collection[str]) -> tuple[str, str] | None:
    """The headline and its source, out of titles by source ("h1", "og", "json-ld", "title").

    Site names go first. Then titles that say the same stand together, and the weightiest group wins, with
    exceptions. A title for sharing that differs from all others, which come from one field of the outlet's
    system, was written by an editor for readers, and is taken. Where JSON-LD, sharing and h1 all differ, the
    outlet's own statement counts, else what readers see. An h1 is taken where the others only put a word
    before it, and what follows that word where h1 and the others put different ones.
    """
    names = {squeezed for site in sites if (squeezed := _squeezed(site))}
    plain = {
        source: without_site_name(text, [other for key, other in titles.items() if key != source], names)
        for source, text in titles.items()
        if text
    }
    plain = {
        source: text for source, text in plain.items() if _squeezed(text) and _squeezed(text) not in names
    }
    if not plain:
        return None
    groups: dict[str, list[str]] = {}
    for source in SOURCES:
        if source in plain:
            groups.setdefault(_squeezed(_uncut(plain[source], plain.values())), []).append(source)
    best = max(groups.values(), key=lambda sources: sum(_WEIGHT[source] for source in sources))
    if ["og"] in groups.values() and len(groups) == 2 and len(best) > 1:
        # What only adds a word to the headline is no other headline.
        best = best if _squeezed(plain[best[0]]) in _squeezed(plain["og"]) else ["og"]
    elif len(groups) > 2 and not any(set(group) - {"title"} > {group[0]} for group in groups.values()):
        best = ["json-ld" if "json-ld" in plain else "h1"]
    if "h1" in plain and "json-ld" not in plain and best[0] == "og":
        _, colon, rest = plain["og"].partition(": ")
        if colon and _squeezed(rest) == _squeezed(plain["h1"]):
            best = ["h1"]
    shared = _behind_kickers(plain)
    if shared:
        return shared, "h1"
    wordings = [plain[source] for source in best]
    source = max(best, key=lambda source: wordings.count(plain[source]))
    return _uncut(plain[source], plain.values()), source


def undisputed_headline(titles: Mapping[str, str], sites: Collection[str]) -> str | None:
    """JSON-LD's headline where no h1 could outvote it: the other titles only add something behind it."""
    text, others = titles.get("json-ld"), [titles.get("og"), titles.get("title")]
    if not text or not others[0] or _BRACKETS_AT_END.search(text):
        return None
    for other in filter(None, others):
        mark = _SEPARATOR.match(other, len(text))
        if not other.startswith(text) or (other != text and (mark is None or mark[0].strip() == ":")):
            return None
    names = {squeezed for site in sites if (squeezed := _squeezed(site))}
    return text if without_site_name(text, [], names) == text else None


def _behind_kickers(titles: Mapping[str, str]) -> str | None:
    """What h1 puts a word before, where the title has none or another one: "Talks: Envoy leaves"."""
    heading = titles.get("h1", "")
    kicker, colon, shared = titles.get("og", "").partition(": ")
    for wanted in (shared if colon else "", titles.get("title", "")):
        own = heading.removesuffix(wanted).rstrip()
        if len(wanted) >= 20 and own != heading and own.endswith((":", "-", "–", "|")):
            return wanted if _squeezed(own) != _squeezed(kicker) else None
    return None


def without_site_name(title: str, others: Collection[str], names: Collection[str]) -> str:
    """The title without what is not the headline: "Headline | Section - Site" → "Headline".

    `others` are the page's other titles: where one of them is the part before a separator, the rest goes.
    `names` are the site's names, squeezed.
    """
    breaks = list(_SEPARATOR.finditer(title))
    heads = {_squeezed(other) for other in others}
    closing = _BRACKETS_AT_END.search(title)
    if closing and _squeezed(title[: closing.start()]) in heads:
        return title[: closing.start()].strip()
    for mark in breaks:
        head, tail = title[: mark.start()].strip(), title[mark.end() :].strip()
        if tail and mark[0].strip() != ":" and len(_squeezed(head)) >= 8 and _squeezed(head) in heads:
            return head
    while breaks:
        mark = breaks.pop()
        head, tail = title[: mark.start()].strip(), title[mark.end() :].strip()
        squeezed = _squeezed(tail)
        if len(head) < 8 or not squeezed or len(tail) > 40 or not _is_site(squeezed, names):
            break
        title = head
    first = _SEPARATOR.search(title)
    if first:
        head, tail = title[: first.start()].strip(), title[first.end() :].strip()
        squeezed = _squeezed(head)
        if len(tail) >= 12 and (squeezed in names or (first[0].strip() == "|" and _is_site(squeezed, names))):
            return tail
    return title


def site_labels(url: str) -> list[str]:
    """The parts of a host that may be a site's name: "www.malaymail.com" → malaymail, malaymail.com."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return [host, *host.split(".")[:-1]]


def _is_site(squeezed: str, names: Collection[str]) -> bool:
    return any(squeezed in name or name in squeezed for name in names if len(name) > 3)


def _uncut(title: str, others: Collection[str]) -> str:
    """The title, or the longer one that it is the beginning of, where an attribute was cut off at a quote."""
    for other in others:
        rest = other[len(title) :].lstrip()
        if other.startswith(title) and rest[:1] and rest[0] in _QUOTES:
            return other
    return title


def _squeezed(text: str) -> str:
    return _SQUEEZE.sub("", text.lower())
