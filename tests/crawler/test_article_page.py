"""An article page of either Sputnik design to an Article, and pages that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.article_page import (
    PARSER,
    ArticleNotFound,
    Listed,
    Page,
    TooDeep,
    parse_article,
    parse_article_with_origins,
)
from crawler.items import Article, Image
from crawler.page import BotChallenge, ConsentWall, LoginWall
from crawler.spiders.sputnik import RULES
from tests.crawler.sputnik_pages import NEW_URL, block, new_design, related_card, text_block

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHARED = Path(__file__).parents[3] / "shared" / "sputnik"
if not SHARED.exists():
    SHARED = Path("/work/shared/sputnik")
real_pages = pytest.mark.skipif(not SHARED.exists(), reason="the recorded pages are not here")

LONG = "The line is to run twice a day, and the two towns share its cost for ten years, the mayors said. " * 3


def parsed(html: str, url: str = NEW_URL, **options: object) -> Article:
    return parse_article(Page.from_body(url, html.encode()), RULES, now=NOW, **options)  # type: ignore[arg-type]


def real(name: str, url: str) -> Article:
    return parse_article(Page.from_body(url, (SHARED / name).read_bytes()), RULES, now=NOW)


# The new design


def ferry_page(**changes: object) -> str:
    parts: dict[str, object] = {
        "headline": "Harbour Towns Agree on a Joint Ferry Line",
        "lead": "Two harbour towns have agreed to open a ferry line next spring.",
        "caption": "A ferry leaves the old harbour.",
        "credit": "© AFP 2023 / JO MAREN",
        "alt": "A ferry leaves the old harbour. - Sputnik International",
        "blocks": [
            text_block('<strong>BUSAN (Sputnik)</strong> – The <a href="/x">mayors</a> met&nbsp;on Monday.'),
            related_card("Old Ferry Sinks at Its Mooring", "/20230501/old-ferry-sinks-1110000001.html"),
            text_block(LONG),
            block("h3", '<h3 class="article__h2">A long road</h3>'),
            block(
                "quote",
                '<div class="article__quote"><div class="article__quote-bg">«</div>'
                '<div class="article__quote-text">"We waited for this," one of them said.</div>'
                '<div class="article__quote-share">Share</div></div>',
            ),
            block("list", "<ul><li>first sailing in March</li><li>forty cars</li></ul>"),
            block("media", '<div class="media"><div class="media__title">A caption within.</div></div>'),
            block(
                "photolenta",
                '<div class="article__photo-item-text">A gallery caption.</div>',
            ),
            block("banner", '<div class="banner">Advertisement</div>', position="desktop"),
            block("text", '<div class="article__text">The main photo, repeated.</div>', article="main-photo"),
            block("something-new", '<div class="article__text">A block of a kind not seen before.</div>'),
            text_block("Never miss a story again — sign up to our Telegram channel!"),
        ],
    }
    return new_design(**(parts | changes))  # type: ignore[arg-type]


def test_every_field_of_a_page_of_the_new_design() -> None:
    article = parsed(ferry_page())
    assert article.headline == "Harbour Towns Agree on a Joint Ferry Line"
    assert article.lead == "Two harbour towns have agreed to open a ferry line next spring."
    assert article.dateline == "BUSAN"
    assert article.body.split("\n\n") == [
        "The mayors met on Monday.",
        LONG.strip(),
        "A long road",
        '"We waited for this," one of them said.',
        "first sailing in March",
        "forty cars",
        "A block of a kind not seen before.",
    ]
    assert article.published_at == datetime(2023, 5, 22, 10, 16, tzinfo=UTC)
    assert (article.published_precision, article.published_source) == ("second", "epoch")
    assert article.published_raw == "1684750560"
    assert article.modified_at == datetime(2023, 5, 22, 10, 40, tzinfo=UTC)
    assert article.section == "Asia"
    assert article.tags == ["asia", "ferries"]
    assert article.authors == ["Mara Lindqvist"]
    assert article.description == "A short description."
    assert article.language == "en"
    assert article.images[0] == Image(
        "https://cdnn1.img.example/a.jpg", "A ferry leaves the old harbour.", "AFP 2023 / JO MAREN"
    )
    assert article.related == ["https://sputnikglobe.com/20230501/old-ferry-sinks-1110000001.html"]
    assert article.canonical_url == NEW_URL
    assert article.extractor == f"rules/{PARSER}"


def test_each_field_says_where_it_was_found() -> None:
    _, origins = parse_article_with_origins(Page.from_body(NEW_URL, ferry_page().encode()), RULES, now=NOW)
    assert origins["headline"] == "rules: .article__title"
    assert origins["body"] == "rules: .article__body"
    assert origins["published_at"] == "rules: .article__info-date [data-unixtime]@data-unixtime"


def test_an_article_without_lead_has_none() -> None:
    article = parsed(ferry_page(lead=None))
    assert article.lead is None
    assert article.body.startswith("The mayors met")


def test_caption_and_credit_glued_in_one_element_come_apart() -> None:
    page = ferry_page(caption="", credit="© AFP 2023 / JO MARENA ferry leaves the old harbour.")
    assert parsed(page).images[0].caption == "A ferry leaves the old harbour."
    assert parsed(page).images[0].credit == "AFP 2023 / JO MAREN"


def test_the_hidden_text_stands_in_only_when_there_are_no_blocks() -> None:
    html = ferry_page(blocks=[]).replace(
        '<div itemprop="articleBody"></div>', f'<div itemprop="articleBody">{LONG}</div>'
    )
    assert parsed(html).body == LONG.strip()


def test_a_live_blog_keeps_its_entries_and_says_so() -> None:
    entry = (
        '<div class="online__item"><div class="online__item-time">10:16</div>'
        f'<div class="online__item-text">{LONG}</div></div>'
    )
    article = parsed(ferry_page(blocks=[entry]))
    assert article.flags == ["live_blog"]
    assert article.body == LONG.strip()


# Real pages


@real_pages
def test_the_old_page_of_2019_gives_the_expected_paragraphs_and_the_true_time() -> None:
    article = real(
        "raw_old_en_world_20190620_1075975805.html",
        "https://sputniknews.com/world/201906201075975805-irans-downing-of-us-drone/",
    )
    expected = json.loads((SHARED / "raw_old_en_world_20190620_expected_extraction.json").read_text())
    assert article.body.split("\n\n") == [part["text"] for part in expected["plain_text"]]
    assert article.headline == "Iran's Downing of US Drone 'Clear Message' to America − IRGC Commander"
    assert article.published_at == datetime(2019, 6, 20, 7, 36, 47, tzinfo=UTC)
    # The page says 12:07:51Z, which is Moscow time as well.
    assert article.modified_at == datetime(2019, 6, 20, 9, 7, 51, tzinfo=UTC)
    assert article.authors == []
    assert article.section == "World"
    assert article.images[1].credit == "RIA Novosti . Brian M. Wilbur"


@real_pages
def test_the_radio_page_of_2020_gives_its_text() -> None:
    article = real(
        "raw_old_en_radio_20200428_1079127690.html",
        "https://sputniknews.com/radio_the_critical_hour/202004281079127690-some-us-states/",
    )
    paragraphs = article.body.split("\n\n")
    assert len(paragraphs) == 10
    assert paragraphs[4] == "GUESTS:"
    assert article.authors == ["Wilmer Leon"]
    assert article.published_at == datetime(2020, 4, 28, 22, 57, 38, tzinfo=UTC)


@real_pages
def test_the_blocks_of_the_sister_site_parse() -> None:
    fragments = (SHARED / "raw_new_ria_ru_article_blocks_2020.html").read_text()
    article = parsed(f'<html><body><h1 class="article__title">Призыв</h1>{fragments}</body></html>')
    assert article.dateline == "МОСКВА"
    assert article.body.startswith("Государственная дума приняла")
    assert "РИА Новости / Николай Хижняк" in [image.credit for image in article.images]


@real_pages
def test_the_seed_article_in_new_markup() -> None:
    raw = (SHARED / "seed_article.txt").read_text().replace("\xa0", " ")
    lines = [line for line in raw.splitlines() if line.strip()]
    headline, glued, alt, lead = lines[3], lines[4], lines[5], lines[7]
    card, paragraphs, call = lines[9], lines[10:17], lines[17]
    caption = alt.removesuffix(" - Sputnik International")
    article = parsed(
        new_design(
            headline=headline,
            lead=lead,
            alt=alt,
            credit=glued.replace(caption, ""),
            caption=caption,
            blocks=[
                related_card(card, "/201703011051156234-thaad-deployment/"),
                *(text_block(text) for text in paragraphs),
                text_block(call),
            ],
            after="".join(f"<div>{line}</div>" for line in lines[18:]),
        )
    )
    assert article.headline == "China, Russia Urge South Korea, US Not to Deploy THAAD Anti-Missile System"
    assert article.lead == lead
    assert article.dateline == "BEIJING"
    body = article.body.split("\n\n")
    assert body[0].startswith("On Tuesday, China's Assistant Minister")
    assert body[1:] == paragraphs[1:]
    assert article.images[0].credit == "AFP 2023 / JUNG YEON-JE"
    assert article.images[0].caption == caption
    assert article.related == ["https://sputnikglobe.com/201703011051156234-thaad-deployment/"]
    for unwanted in (card, "Subscribe", "Telegram", "Newsfeed", "Chats", "log in", "loader", "Заголовок"):
        assert unwanted not in article.body


# Pages that are no article


def problem_page(title: str, body: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (problem_page("404", "<h1>Page not found</h1>"), ArticleNotFound, "soft-404"),
        (problem_page("Sputnik", "<p>Nothing here.</p>"), ArticleNotFound, "no-body"),
        (
            problem_page("Just a moment...", "<script>window._cf_chl_opt={}</script>"),
            BotChallenge,
            "bot-challenge",
        ),
        (
            problem_page("news.example", '<script src="https://ct.captcha-delivery.com/c.js"></script>'),
            BotChallenge,
            "bot-challenge",
        ),
        (
            problem_page(
                "Before you continue", '<form action="/save-consent"><button>Accept all</button></form>'
            ),
            ConsentWall,
            "consent-wall",
        ),
        (problem_page("Log in", '<form><input type="password"></form>'), LoginWall, "login-wall"),
        (b"", ArticleNotFound, "no-body"),
        (b"<div>" * 5000 + b"text" + b"</div>" * 5000, TooDeep, "too-deep"),
    ],
)
def test_a_page_that_is_no_article_says_what_it_is(body: bytes, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=f"{reason}: {NEW_URL}"):
        parse_article(Page.from_body(NEW_URL, body), RULES, now=NOW)


def test_a_good_article_may_carry_a_consent_banner_and_a_login_form() -> None:
    furniture = '<div class="consent-overlay">We value your privacy</div><input type="password">'
    assert parsed(ferry_page(after=furniture)).headline


def test_deep_nesting_inside_of_a_good_article_is_named_not_cut() -> None:
    with pytest.raises(TooDeep):
        parsed(ferry_page(blocks=[text_block("<b>" * 5000 + LONG)]))


# Times


def undated_page() -> str:
    html = ferry_page(unixtime=0).replace("article:published_time", "x").replace("datePublished", "x")
    for shown in (
        "10:16 GMT 22.05.2023",
        "(Updated: 10:40 GMT 22.05.2023)",
        "2023-05-22T10:16+0000",
        "22.05.2023, Sputnik",
    ):
        html = html.replace(shown, "")
    return html


def test_a_time_that_the_page_only_shows_is_read() -> None:
    html = undated_page().replace('data-unixtime="0">', ">10:16 GMT 22.05.2023")
    article = parsed(html)
    assert article.published_at == datetime(2023, 5, 22, 10, 16, tzinfo=UTC)
    assert (article.published_precision, article.published_source) == ("minute", "text")


def test_a_page_without_a_date_takes_the_day_of_its_address() -> None:
    html = undated_page()
    article = parsed(html)
    assert (article.published_at, article.published_precision) == (datetime(2023, 5, 22, tzinfo=UTC), "day")
    assert article.published_source == "url"


def test_what_a_feed_says_beats_the_day_of_the_address() -> None:
    html = undated_page()
    feed = Listed(
        None, datetime(2023, 5, 22, 9, 58, 7, tzinfo=UTC), "feed", "Mon, 22 May 2023 09:58:07 +0000"
    )
    article = parsed(html, listed=[feed])
    assert article.published_at == feed.published_at
    assert (article.published_source, article.published_raw) == ("feed", feed.raw)


def test_a_time_in_the_future_is_refused() -> None:
    article = parsed(ferry_page(unixtime=int(datetime(2031, 1, 1, tzinfo=UTC).timestamp())))
    assert article.published_at == datetime(2023, 5, 22, 10, 16, tzinfo=UTC)
    assert article.published_source == "meta"


def test_rights_are_read_from_page_and_headers() -> None:
    html = ferry_page(head='<meta name="robots" content="noarchive, max-snippet:-1">')
    page = Page.from_body(
        NEW_URL, html.encode(), headers={"X-Robots-Tag": "noai, noimageai", "tdm-reservation": "1"}
    )
    article = parse_article(page, RULES, now=NOW)
    assert article.rights == ["noarchive", "noai", "noimageai", "tdm-reserved"]
