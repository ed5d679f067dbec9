"""Flags and rights of a page."""

from __future__ import annotations

import pytest

from crawler.outlet_rules import Rules
from crawler.page import Page
from crawler.page_marks import flags_of, rights_of
from tests.crawler.generic_pages import json_ld

LONG = "A sentence of the article, which has many more like it. " * 10


def flags(
    head: str = "", *, url: str = "https://x.example/asia/1", section: str = "Asia", text: str = LONG
) -> list[str]:
    page = Page.from_body(url, f"<html><head>{head}</head><body><i class=live></i></body></html>".encode())
    return flags_of(page, None, Rules(flags={"live_blog": ".live-now"}), section=section, text=text)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (flags(), []),
        (flags(json_ld(isAccessibleForFree=False)), ["paywalled"]),
        (flags(json_ld(isAccessibleForFree="False")), ["paywalled"]),
        (flags(json_ld(isAccessibleForFree=True)), []),
        (flags('<script type="application/ld+json">{"@type": "LiveBlogPosting"}</script>'), ["live_blog"]),
        (flags('<script type="application/ld+json">{"@type": "OpinionNewsArticle"}</script>'), ["opinion"]),
        (flags(section="Opinion"), ["opinion"]),
        (flags(url="https://x.example/commentisfree/1"), ["opinion"]),
        (flags(url="https://x.example/public-opinion-poll"), []),
        (flags(url="https://x.example/world/live/2026/may/1/ferry"), ["live_blog"]),
        (flags(url="https://x.example/live-news/1-the-ferry-left"), []),
        (flags(url="https://x.example/news/live"), []),
        (flags(url="https://x.example/Gallery/ferries-1"), ["gallery"]),
        (flags(url="https://x.example/sponsored-content/ferries"), ["sponsored"]),
        (flags(json_ld(isAccessibleForFree="http://schema.org/False")), ["paywalled"]),
        (flags(section="Sponsored content"), ["sponsored"]),
        (flags(text="Two lines."), ["stub"]),
        (flags(text=LONG + "It went on and on… Read more"), ["truncated"]),
    ],
)
def test_flags(found: list[str], expected: list[str]) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("head", "headers", "rights"),
    [
        ("", {}, []),
        ('<meta name="robots" content="index, follow, max-image-preview:large">', {}, []),
        ('<meta name="ROBOTS" content="NOARCHIVE,noindex">', {}, ["noindex", "noarchive"]),
        (
            '<meta name="googlebot" content="nosnippet">',
            {"X-Robots-Tag": "noai, noimageai"},
            ["nosnippet", "noai", "noimageai"],
        ),
        ("", {"X-Robots-Tag": "otherbot: none"}, ["none"]),
        ('<meta name="tdm-reservation" content="1">', {}, ["tdm-reserved"]),
        ('<meta name="tdm-reservation" content="0">', {"TDM-Reservation": "1"}, ["tdm-reserved"]),
        ('<meta name="tdm-reservation" content="0">', {}, []),
    ],
)
def test_rights(head: str, headers: dict[str, str], rights: list[str]) -> None:
    page = Page.from_body("https://x.example/", f"<html><head>{head}</head></html>".encode(), headers=headers)
    assert rights_of(page) == rights
