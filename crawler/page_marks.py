"""What kind of article a page declares it to be, and what it lets others do with it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.outlet_rules import Rules
from crawler.page import Page
from crawler.structured_data import texts, types_of

STUB_CHARACTERS = 200
"""A text shorter than this is a stub."""

RIGHTS = ("noindex", "noarchive", "nosnippet", "noai", "noimageai", "none")

_KINDS = {
    "LiveBlogPosting": "live_blog",
    "ImageGallery": "gallery",
    "MediaGallery": "gallery",
    "AdvertiserContentArticle": "sponsored",
    "OpinionNewsArticle": "opinion",
}
# Folders of an address that say the kind. "live-news" does not: some outlets keep wire reports there.
_FOLDERS = {
    **dict.fromkeys(
        ("live", "liveblog", "liveblogs", "live-blog", "live-blogs", "live-updates"), "live_blog"
    ),
    **dict.fromkeys(("gallery", "galleries", "photo-gallery", "photogallery", "photo-galleries"), "gallery"),
    **dict.fromkeys(("sponsored", "sponsored-content", "advertorial", "partner-content"), "sponsored"),
    **dict.fromkeys(("branded-content", "paid-content", "paidpost", "paid-post"), "sponsored"),
}
_OPINION = re.compile(
    r"\b(?:opinions?|op-ed|columnists?|commentary|commentisfree|editorials?)\b|评论|社説|사설|오피니언", re.I
)
_SPONSORED = re.compile(
    r"^(?:sponsored(?: content)?|advertorial|paid (?:content|post)|partner content|branded content)$", re.I
)
_CUT_OFF = re.compile(r"(?:\[(?:…|\.\.\.)\]|(?:…|\.\.\.)\s?(?:read more|continue reading|more))\W*$", re.I)


def flags_of(
    page: Page, scope: LexborNode | None, rules: Rules, *, section: str | None, text: str
) -> list[str]:
    """The flags that rules, structured data and the text itself give, in a fixed order."""
    found = {flag for flag, selector in rules.flags.items() if (scope or page.tree).css_first(selector)}
    article = page.structured.article
    genres: list[str] = []
    if article:
        found.update(_KINDS[kind] for kind in types_of(article) if kind in _KINDS)
        if texts_say_no(article.get("isAccessibleForFree")):
            found.add("paywalled")
        genres = texts(article.get("genre"))
    folders = urlsplit(page.url).path[:200].lower().split("/")[:-1]
    found.update(_FOLDERS[folder] for folder in folders if folder in _FOLDERS)
    if _OPINION.search(section or "") or any(_OPINION.fullmatch(folder) for folder in folders):
        found.add("opinion")
    if any(_SPONSORED.match(word) for word in [section or "", *genres]):
        found.add("sponsored")
    if len(text) < STUB_CHARACTERS and "gallery" not in found:
        found.add("stub")
    if _CUT_OFF.search(text[-60:]):
        found.add("truncated")
    order = ("live_blog", "gallery", "stub", "truncated", "paywalled", "sponsored", "opinion")
    return [flag for flag in order if flag in found]


def rights_of(page: Page) -> list[str]:
    """What robots meta elements, the X-Robots-Tag header and the TDM reservation declare."""
    structured = page.structured
    statements = [*structured.meta.get("robots", ()), *structured.meta.get("googlebot", ())]
    statements += [page.headers.get("x-robots-tag", ""), *structured.meta.get("tdm-policy-robots", ())]
    words = set(re.split(r"[\s,;:]+", " ".join(statements)[:2000].lower()))
    found = [word for word in RIGHTS if word in words]
    reserved = [page.headers.get("tdm-reservation", ""), *structured.meta.get("tdm-reservation", ())]
    if any(value.strip() == "1" for value in reserved):
        found.append("tdm-reserved")
    return found


def texts_say_no(value: object) -> bool:
    """Whether a JSON-LD boolean, in any of the forms that sites write it, is false."""
    return value is False or any(
        re.fullmatch(r"(?:https?://schema\.org/)?false|no", text, re.I) for text in texts(value)
    )
