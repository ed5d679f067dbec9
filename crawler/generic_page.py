"""The fields of an article on the page of an unknown outlet, each with where it was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from crawler.article_box import title_block
from crawler.byline_places import (
    WRITTEN_BY,
    is_editor,
    labelled_bylines,
    marked_bylines,
    names_by_dates,
    spoken_bylines,
)
from crawler.bylines import Byline, is_agency, listed_authors, read_byline
from crawler.headlines import best_headline, site_labels, undisputed_headline
from crawler.html_text import fold_space, without_surrogates
from crawler.items import Image
from crawler.main_text import Hints, main_text
from crawler.page import Page
from crawler.page_marks import texts_say_no
from crawler.page_state import marked_up_paragraphs, state_text
from crawler.pictures import split_credit
from crawler.structured_data import texts

Found = tuple[str, str]
"""A value, and where it was found."""

SHORT_TEXT = 250
"""Characters of text below which a second opinion is worth its cost."""

MOST_TAGS = 30_000
"""Tags above which a second opinion would take seconds."""

JSON_LD_AUTHORS = "json-ld: author"
_TITLE_ORIGINS = {"json-ld": "json-ld: headline", "og": "meta: og:title", "h1": "h1", "title": "title"}
_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}))?(?![a-zA-Z])")


def titles(page: Page) -> dict[str, str]:
    """What the page calls itself, by where it does."""
    structured = page.structured
    found = {
        "json-ld": structured.first_of_article("headline"),
        "og": structured.first_meta("og:title", "twitter:title"),
        "title": fold_space(page.first_text("title") or ""),
    }
    return {source: text for source, text in found.items() if text}


def headline(page: Page) -> Found | None:
    """The article's own headline."""
    found = titles(page)
    undisputed = undisputed_headline(found, site_names(page))
    if undisputed:
        return undisputed, _TITLE_ORIGINS["json-ld"]
    heading = title_block(page.layout.blocks, found.values())
    if heading is not None:
        found["h1"] = heading.text
    best = best_headline(found, site_names(page))
    if best is None:
        return (heading.text, "h1") if heading is not None else None
    text, source = best
    return text, _TITLE_ORIGINS[source]


def descriptions(page: Page) -> list[Found]:
    """The page's summaries of its article."""
    structured = page.structured
    found = [
        (structured.first_meta("description"), "meta: description"),
        (structured.first_meta("og:description"), "meta: og:description"),
        (structured.first_of_article("description"), "json-ld: description"),
    ]
    return [(text, origin) for text, origin in found if text]


def description(page: Page) -> Found | None:
    """The meta description, or what comes nearest to one."""
    text = page.structured.first_meta("description")
    return (text, "meta: description") if text else next(iter(descriptions(page)), None)


def section(page: Page) -> Found | None:
    """The outlet's section."""
    text = page.structured.first_of_article("articleSection")
    if text:
        return text, "json-ld: articleSection"
    text = page.structured.first_meta("article:section", "section")
    return (text, "meta: article:section") if text else None


def language(page: Page) -> Found | None:
    """The language as BCP 47, in the page's own word."""
    root = page.tree.root
    attributes = root.attributes if root else {}
    tag = language_tag(attributes.get("lang") or attributes.get("xml:lang"))
    if tag:
        return tag, "html lang"
    for value, origin in (
        (page.structured.first_meta("og:locale", "language"), "meta: og:locale"),
        (page.structured.first_of_article("inLanguage"), "json-ld: inLanguage"),
        (page.headers.get("content-language"), "header: content-language"),
    ):
        tag = language_tag(value)
        if tag:
            return tag, origin
    return None


def language_tag(text: str | None) -> str | None:
    """A language tag in the usual case: "en_us" → "en-US", "ZH-hant" → "zh-Hant", "en_EN" → "en"."""
    match = _LANGUAGE.match((text or "").strip())
    if not match:
        return None
    code, script, region = match[1].lower(), match[2], match[3]
    parts = [code]
    if script:
        parts.append(script.title())
    if region and region.lower() != code:
        parts.append(region.upper())
    return "-".join(parts)


FIELDS: dict[str, Callable[[Page], Found | None]] = {
    "headline": headline,
    "description": description,
    "section": section,
    "language": language,
}


def tags(page: Page) -> tuple[list[str], str]:
    """The outlet's keywords."""
    structured = page.structured
    for found, origin in (
        ([fold_space(tag) for tag in structured.meta.get("article:tag", ())], "meta: article:tag"),
        (texts(structured.article.get("keywords")), "json-ld: keywords"),
        ([fold_space(tag) for tag in structured.meta.get("news_keywords", ())], "meta: news_keywords"),
        ([fold_space(tag) for tag in structured.meta.get("keywords", ())], "meta: keywords"),
    ):
        if any(found):
            return found, origin
    return [], ""


def byline(page: Page, *, stated_only: bool = False) -> tuple[Byline, str]:
    """Who wrote, by the first source that names a person, else by the first that names anybody.

    `stated_only`: only what the page states to machines is asked, and believed; not what it shows.
    """
    second: tuple[Byline, str] | None = None
    sites = site_names(page)
    hosts = [label for label in site_labels(page.url) if "." in label]
    for raw, origin in _bylines(page, stated_only):
        # "Name of the site (www.site.example)" is no person, whatever it is called.
        raw = [text for text in raw if not any(host in text for host in hosts)]
        found = read_byline(raw, not_people=sites)
        # "kesm" may sign an article, but a name is better, and "politics" is none. An editor is no author.
        names = [name for name in found.people if " " in name or not name.islower()]
        if any(stated_only or not is_editor(page, name) for name in names):
            if origin == JSON_LD_AUTHORS:
                entries = page.structured.named("author")
                found.listed = listed_authors(entries, not_people=sites)
            return found, origin
        if found.authors and second is None:
            second = found, origin
    return second or (Byline(), "")


def _bylines(page: Page, stated_only: bool) -> Iterator[tuple[list[str], str]]:
    structured = page.structured
    yield structured.named("author", organizations=False), JSON_LD_AUTHORS
    for name in (
        "author",
        "article:author",
        "articleauthor",
        "byl",
        "dc.creator",
        "parsely-author",
        "sailthru.author",
        "twitter:misc:written by",
    ):
        yield [text for text in structured.meta.get(name, ()) if not text.startswith("http")], f"meta: {name}"
    if WRITTEN_BY.match(structured.first_meta("twitter:label1") or ""):
        yield structured.meta.get("twitter:data1", [])[:1], "meta: twitter:data1"
    if not stated_only:
        yield from _shown_bylines(page)
    yield structured.named("author", organizations=True), JSON_LD_AUTHORS


def _shown_bylines(page: Page) -> Iterator[tuple[list[str], str]]:
    for text in marked_bylines(page):
        yield [text], "author element"
    heading = title_block(page.layout.blocks, titles(page).values())
    start = heading.order + 1 if heading is not None else 0
    for text in spoken_bylines(page, start, start + 15):
        yield [text], "byline"
    for text in labelled_bylines(page):
        yield [text], "label"
    for text in names_by_dates(page, start, start + 8):
        if text.istitle():
            yield [text], "name by the date"
    for block in page.layout.blocks[start : start + 8]:
        if is_agency(block.text):
            yield [block.text], "agency by the headline"


def site_names(page: Page) -> list[str]:
    """What the site calls itself: no author has this name."""
    structured = page.structured
    names = [*structured.meta.get("og:site_name", ()), *structured.meta.get("application-name", ())]
    return [*names, *texts(structured.article.get("publisher")), *site_labels(page.url)]


def images(page: Page) -> Iterator[Image]:
    """The main pictures that the page names to machines."""
    article = page.structured.article
    value = article.get("image")
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str | dict):
            address = texts((item.get("url") or item.get("contentUrl")) if isinstance(item, dict) else item)
            url = page.absolute(address[0]) if address else None
            if url:
                caption = next(iter(texts(item.get("caption"))), None) if isinstance(item, dict) else None
                yield Image(url, *split_credit(caption)) if caption else Image(url)
    url = page.absolute(page.structured.first_meta("og:image", "og:image:url", "twitter:image"))
    if url:
        yield Image(url)


def says_article(page: Page) -> bool:
    """Whether the page declares itself an article."""
    structured = page.structured
    if structured.article or structured.first_meta("og:type") == "article":
        return True
    return bool(structured.first_meta("article:published_time")) or bool(
        page.tree.css_first("[itemprop=articleBody]")
    )


def text(page: Page) -> tuple[str | None, list[str], str]:
    """Lead, paragraphs and their origin; no paragraphs where nothing looks like an article."""
    article_body = _article_body(page)
    hints = Hints(
        titles=list(titles(page).values()),
        descriptions=[description for description, _ in descriptions(page)],
        article_body=" ".join(article_body),
    )
    found = main_text(page.layout, hints)
    length = sum(map(len, found.paragraphs)) if found else 0
    if length < 0.4 * sum(map(len, article_body)):
        # The page's own script would show the text; the page as sent has it only here.
        return (found.lead if found else None), article_body, "json-ld: articleBody"
    # What the page holds back is no reason to look again: the call to pay is all that would be found.
    is_held_back = found is not None and texts_say_no(page.structured.article.get("isAccessibleForFree"))
    if length < SHORT_TEXT and not is_held_back and page.body.count(b"<") <= MOST_TAGS:
        other = _by_trafilatura(page)
        if sum(map(len, other)) > max(2 * length, SHORT_TEXT):
            return None, other, "trafilatura"
        if found is None and says_article(page) and (stated := state_text(page)):
            return None, stated, "script"
    if found is None:
        return None, [], ""
    return found.lead, found.paragraphs, "blocks"


def _article_body(page: Page) -> list[str]:
    """The paragraphs of a full text in the structured data, which may hold markup, escaped once or twice."""
    stated = page.structured.article.get("articleBody")
    parts = [part for part in (stated if isinstance(stated, list) else [stated]) if isinstance(part, str)]
    plain = unescape(without_surrogates("\n".join(parts)))
    if "&lt;" in plain:
        plain = unescape(plain)
    if "</p>" in plain or "<br" in plain:
        return marked_up_paragraphs(plain)
    return [line for line in map(fold_space, plain.split("\n")) if line]


def _by_trafilatura(page: Page) -> list[str]:
    """What trafilatura takes for the text: it knows more odd pages, at five times the cost."""
    # Imported here: it takes half a second and most runs never need it.
    from trafilatura import extract

    found = extract(page.html, url=page.url, include_comments=False, fast=True, output_format="txt")
    lines = [line for line in map(fold_space, (found or "").split("\n")) if line]
    # It also takes lists of headlines for a text; a text has sentences.
    sentences = [line for line in lines if len(line) >= 40 and line[-1] in '.!?…。！？।؟۔။។"”»']
    return lines if 2 * sum(map(len, sentences)) > sum(map(len, lines)) else []
