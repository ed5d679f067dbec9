"""Where pages say when their article was published and changed, in the order of trust.

`zone` is the one of times that name none, where an outlet's rules tell it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import tzinfo

from selectolax.lexbor import LexborNode

from crawler.article_box import title_block
from crawler.box_names import families
from crawler.html_text import fold_space, words
from crawler.page import Page
from crawler.publish_time import Evidence, read_evidence
from crawler.structured_data import texts
from crawler.text_blocks import Box, name_parts

# Names of meta elements without the signs in them: "article:published_time" is one of a dozen spellings.
_PUBLISHED_METAS = (
    "articlepublishedtime",
    "ogarticlepublishedtime",
    "ogpublishedtime",
    "datepublished",
    "parselypubdate",
    "sailthrudate",
    "articlepublished",
    "publishedtime",
    "publishdate",
    "publicationdate",
    "articlepublicationdate",
    "pubdate",
    "rnewsdatepublished",
    "cxenseparserecspublishtime",
    "citationpublicationdate",
    "citationdate",
    "dcdateissued",
    "dctermsissued",
)
# These do not say what happened then: some systems write the last change here.
_VAGUE_METAS = ("dcdatecreated", "dctermscreated", "dcdate", "dctermsdate", "date", "datecreated", "created")
_MODIFIED_METAS = ("articlemodifiedtime", "ogupdatedtime", "datemodified", "lastmod", "lastmodified")

_DATE_NAMES = words(
    "date dates time timestamp published publish publishing posted pub datetime datum fecha data day created"
)
_NOT_PUBLISHED = words("updated update modified edit edited event comment comments expire expires copyright")
_NOW = words("today current now clock")
"""Names of elements that show the day on which a page is read."""
_CAPTIONS = words("caption captions figcaption")
_PAGE_HEAD = words("nav masthead topbar menu") | _NOW
_ELSEWHERE = words(
    "comment comments related recommended widget recent latest popular trending footer nav menu"
)
_MARKED = 'time, [class*="date" i], [class*="time" i], [class*="publish" i], [class*="posted" i]'
_IN_SCRIPTS = re.compile(
    rb'"(?:datePublished|date_published|publishedAt|published_at|publish_date|publishDate|publicationDate|'
    rb'firstPublished|pubDate|datePublication|displayDate)"\s{0,3}:\s{0,3}"([^"\\]{8,40})"'
)
# Outlets put the day behind the headline: "Headline | Site | 28.04.2023".
_DAY = r"\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d"
_IN_TITLE = re.compile(rf"(?<=\| ){_DAY}|(?<=[-–] ){_DAY}(?=, )")
UPDATED = re.compile(
    r"(?:updated|aktualisiert|modifi|mis à jour|actualizado|güncelle|更新|修改|수정|diperbarui|cập nhật|แก้ไข"
    r"|обновлено)",
    re.I,
)
"""Words that say that a time is that of a change."""
_DIGITS = re.compile(r"\d")
_LONGEST = 120


def stated_evidence(page: Page, language: str | None, zone: tzinfo | None) -> Iterator[Evidence]:
    """What the page states of its publication to machines: JSON-LD, meta elements, microdata."""
    yield from _read(_stated(page), language, zone)


def shown_evidence(page: Page, language: str | None, zone: tzinfo | None) -> Iterator[Evidence]:
    """What it shows to people: elements for dates, dates by the headline; and what its scripts know."""
    yield from _read(_shown(page), language, zone)


def vague_evidence(page: Page, language: str | None, zone: tzinfo | None) -> Iterator[Evidence]:
    """Meta elements that name a time without saying that it is the publication's: "date", "created"."""
    named = _metas(page, _VAGUE_METAS)
    yield from _read(((raw, "meta", f"meta: {name}") for raw, name in named), language, zone)


def _read(
    statements: Iterable[tuple[str, str, str]], language: str | None, zone: tzinfo | None
) -> Iterator[Evidence]:
    month_first = language == "en-US"
    for raw, source, origin in statements:
        found = read_evidence(raw, source, origin, zone=zone, language=language, month_first=month_first)
        if found:
            yield found


def modified_evidence(page: Page, zone: tzinfo | None) -> Evidence | None:
    """When the page says that it was last changed."""
    raw = page.structured.first_of_article("dateModified")
    if raw:
        return read_evidence(raw, "json-ld", "json-ld: dateModified", zone=zone)
    for raw, name in _metas(page, _MODIFIED_METAS):
        return read_evidence(raw, "meta", f"meta: {name}", zone=zone)
    return None


def _metas(page: Page, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """First contents of the named meta elements, in the order of the names, and their spelling here."""
    structured = page.structured
    for name in names:
        if spelling := structured.meta_spellings.get(name):
            yield structured.meta[spelling][0], spelling


def _stated(page: Page) -> Iterator[tuple[str, str, str]]:
    structured = page.structured
    for raw in texts(structured.article.get("datePublished"))[:1]:
        yield raw, "json-ld", "json-ld: datePublished"
    for raw, name in _metas(page, _PUBLISHED_METAS):
        yield raw, "meta", f"meta: {name}"
    published, created = structured.microdata_dates("datepublished", "datecreated")
    for raw in published[:1]:
        yield raw, "microdata", "microdata: datePublished"
    for node in structured.json_ld:
        if node is structured.article:
            continue
        for raw in texts(node.get("datePublished"))[:1]:
            yield raw, "json-ld", "json-ld: datePublished"
    for raw in texts(structured.article.get("dateCreated"))[:1]:
        yield raw, "json-ld", "json-ld: dateCreated"
    for raw in created[:1]:
        yield raw, "microdata", "microdata: dateCreated"


def _shown(page: Page) -> Iterator[tuple[str, str, str]]:
    for title in (page.structured.first_meta("og:title") or "", fold_space(page.first_text("title") or "")):
        dated = _IN_TITLE.search(title)
        if dated:
            yield dated[0], "text", "title"
    for raw in _marked(page):
        yield raw, "text", "date element"
    for text in blocks_by_headline(page):
        yield text, "text", "text by the headline"
    match = _IN_SCRIPTS.search(page.body)
    if match:
        yield match[1].decode("utf-8", "replace"), "script", "script"


def _marked(page: Page) -> Iterator[str]:
    """Contents of elements for dates, those that say "published" first."""
    found: list[tuple[int, str]] = []
    for node in page.tree.css(_MARKED)[:80]:
        attributes = node.attributes
        named = " ".join(filter(None, (attributes.get("class"), attributes.get("itemprop"))))
        names = name_parts(named)
        if node.tag != "time" and not names & _DATE_NAMES:
            continue
        # Themes call the date of an entry that nobody changed "entry-date updated".
        is_changed = bool(names & _NOT_PUBLISHED)
        if (is_changed and not {"entry", "date"} <= names) or names & _NOW or _stands_elsewhere(node):
            continue
        raw = attributes.get("datetime") or attributes.get("content") or attributes.get("title") or ""
        text = fold_space(node.text(separator=" "))
        if not 6 <= len(text) <= _LONGEST:
            text = ""
        if UPDATED.search(text[:24]):
            continue
        value = raw if raw and any(char.isdigit() for char in raw) else text
        if value:
            says_published = "pubdate" in attributes or names & {"published", "publish", "posted"}
            found.append((0 if says_published else 1 + is_changed, value))
    for _, value in sorted(found, key=lambda item: item[0]):
        yield value


def blocks_by_headline(
    page: Page, *, longest: int | None = _LONGEST, later: int = 12, changed: bool = False
) -> Iterator[str]:
    """Texts with digits from a little before the headline to `later` blocks after it, those after it first.

    Those that begin with "updated" only where `changed`; those longer than `longest` not.
    """
    blocks = page.layout.blocks
    titles = [page.structured.first_meta("og:title") or "", fold_space(page.first_text("title") or "")]
    heading = title_block(blocks, titles)
    start = heading.order if heading is not None else 0
    around = {box.order for box in heading.box.outward()} if heading is not None else set()
    order = [*range(start, min(len(blocks), start + later)), *range(start - 1, max(-1, start - 6), -1)]
    for index in order:
        block = blocks[index]
        is_long = longest is not None and len(block.text) > longest
        if is_long or not any(char.isdigit() for char in block.text):
            continue
        nearest = list(block.box.outward())[:4]
        if any(_holds_other_dates(outer) for outer in nearest):
            continue
        # The page's own head shows the day on which it is read; an article's has the headline in or below it.
        if any(outer.order not in around and _is_page_head(outer, around) for outer in nearest):
            continue
        if changed or not UPDATED.search(_DIGITS.split(block.text[:16])[0]):
            yield block.text


def _is_page_head(box: Box, around: Collection[int]) -> bool:
    """Whether the box stands above all of the page; `around` are the numbers of those around the headline."""
    if box.names & _PAGE_HEAD or box.tag == "nav":
        return True
    in_article = any(outer.tag == "article" and outer.order in around for outer in box.outward())
    return box.tag == "header" and not in_article


def _holds_other_dates(box: Box) -> bool:
    """Whether the box is about something of another day: other articles, comments, what a picture shows."""
    in_picture = box.tag in ("figure", "figcaption") or bool(box.names & _CAPTIONS)
    return in_picture or bool(families(box) & {"related", "comment"})


def _stands_elsewhere(node: LexborNode) -> bool:
    """Whether the element belongs to comments, cards of other articles and the like."""
    outer = node.parent
    for _ in range(6):
        if outer is None or outer.tag in ("article", "main", "body"):
            return False
        attributes = outer.attributes
        named = " ".join(filter(None, (attributes.get("class"), attributes.get("id"))))
        names = name_parts(named) if named else frozenset()
        if names & {"content", "main", "primary", "article", "post", "entry"}:
            own = outer.tag in ("aside", "footer") or names & {"footer"}
            if own and not names & (_ELSEWHERE - {"footer"}):
                outer = outer.parent
                continue
        if outer.tag in ("footer", "nav", "aside", "li", "figure"):
            return True
        if names & _ELSEWHERE and not names & {"content", "main", "primary", "article"}:
            return True
        outer = outer.parent
    return False
