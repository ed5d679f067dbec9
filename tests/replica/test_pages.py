"""What the replica's pages show agrees with what its truth says, and every trap is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from selectolax.lexbor import LexborNode

from tests.replica.clock import epoch_of
from tests.replica.fetching import Answer, fetch
from tests.replica.server import Replica
from tests.replica.site import Options

SITE = "https://sputnikglobe.com"
ARTICLES = 300
TEXT_BLOCKS = {"text", "quote", "h2", "h3", "list", "vrez", "infographics"}


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica(articles=ARTICLES, seed=3, end="2026-05-02T12:00") as running:
        yield running


@pytest.fixture(scope="module")
def articles(replica: Replica) -> list[dict[str, Any]]:
    return replica.world()["articles"]


def page_of(replica: Replica, article: dict[str, Any]) -> Answer:
    return fetch(replica.url, article["url"].removeprefix(SITE))


def standing(article: dict[str, Any], replica: Replica) -> dict[str, Any]:
    """The fields of the version that stands now."""
    now = replica.server.clock.now()
    return [version["fields"] for version in article["versions"] if epoch_of(version["from"]) <= now][-1]


def is_up(article: dict[str, Any], replica: Replica) -> bool:
    return article["removed_at"] is None or epoch_of(article["removed_at"]) > replica.server.clock.now()


def of_kind(articles: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(article for article in articles if article["kind"] == kind)


def text_of(node: LexborNode | None) -> str:
    return " ".join(node.text().split()) if node is not None else ""


def new_paragraphs(answer: Answer) -> list[str]:
    """The body as a careful reader of the new design finds it; the dateline is still in front."""
    body = answer.tree.css_first(".article .article__body")
    assert body is not None
    found: list[str] = []
    for block in body.css(".article__block"):
        kind = block.attributes["data-type"]
        if kind not in TEXT_BLOCKS or "Never miss a story again" in block.text():
            continue
        selector = {"quote": ".article__quote-text", "list": "li", "vrez": "p"}.get(kind or "", "div, h2, h3")
        nodes = block.css(selector)[: 1 if kind in ("text", "h2", "h3", "infographics") else None]
        found += [text_of(node) for node in nodes]
    found += [text_of(node) for node in body.css(".online__item-text p")]
    return [paragraph for paragraph in found if paragraph]


def test_pages_show_what_the_truth_says(replica: Replica, articles: list[dict[str, Any]]) -> None:
    compared = 0
    for article in articles:
        if article["design"] != "new" or not is_up(article, replica):
            continue
        answer, fields = page_of(replica, article), standing(article, replica)
        tree = answer.tree
        assert text_of(tree.css_first("h1.article__title")) == fields["headline"]
        date = tree.css_first(".article__info-date a")
        assert date is not None
        assert int(date.attributes["data-unixtime"] or 0) == epoch_of(fields["published_at"])
        lead = text_of(tree.css_first(".article__announce-text")) or None
        paragraphs = new_paragraphs(answer)
        if not paragraphs and lead:
            paragraphs, lead = [lead], None
        assert lead == fields["lead"]
        if fields["dateline"]:
            opening = f"{fields['dateline']} (Sputnik)"
            assert paragraphs[0].startswith(opening)
            paragraphs[0] = paragraphs[0].removeprefix(opening).lstrip(" -—–")
        assert "\n\n".join(paragraphs) == fields["body"]
        compared += 1
    assert compared > ARTICLES * 0.9


def test_tags_and_cards_are_those_of_the_truth(replica: Replica, articles: list[dict[str, Any]]) -> None:
    for article in articles[:100]:
        if article["design"] != "new" or not is_up(article, replica):
            continue
        tree, fields = page_of(replica, article).tree, standing(article, replica)
        first = tree.css_first(".article")
        assert first is not None
        if article["kind"] != "no-tags-shown":
            assert [text_of(tag) for tag in first.css(".article__footer a.tag__text")] == fields["tags"]
        keywords = tree.css_first("meta[name=keywords]")
        assert keywords is not None
        assert keywords.attributes["content"] == ", ".join(fields["tags"])
        cards = [node.attributes["href"] or "" for node in first.css(".article__article-title")]
        assert len([href for href in cards if not href.endswith("/asia/")]) == len(fields["related"])


def test_all_related_addresses_are_of_the_site(articles: list[dict[str, Any]]) -> None:
    related = [url for article in articles for url in article["versions"][0]["fields"]["related"]]
    assert related
    assert all(url.startswith(SITE) and "/amp/" not in url for url in related)


@pytest.mark.parametrize(
    "selector",
    [
        '.article__meta[itemtype="https://schema.org/Article"] [itemprop=articleBody]',
        '[class="article "]',
        '[class="media__copyright "]',
        "[data-type=article] .article__article-title",
        "[data-type=quote] .article__quote-bg",
        "[data-type=media][data-article=main-photo]",
        "[data-type=photolenta] .article__photo-item-text",
        "[data-type=banner] .banner__content",
        "[data-type=banner][data-position=desktop]",
        "[data-type=h2] h2.article__h2",
        "[data-type=h3] h3.article__h3",
        "[data-type=list] li",
        "[data-type=vrez] p",
        "[data-type=infographics] .article__text",
        "[data-type=text] .article__text > p",
        "[data-type=text] .article__text a[href]",
        ".online__item .online__item-text",
        ".article__info-date-modified",
        ".article__author-name",
        ".chat__join .chat__login",
        ".article ~ .article",
    ],
)
def test_traps_of_the_new_design_occur(
    replica: Replica, articles: list[dict[str, Any]], selector: str
) -> None:
    new = (article for article in articles if article["design"] == "new" and is_up(article, replica))
    assert any(page_of(replica, article).tree.css_first(selector) is not None for article in new)


def test_the_hidden_block_holds_the_whole_text_glued(
    replica: Replica, articles: list[dict[str, Any]]
) -> None:
    article = of_kind(articles, "news")
    hidden = page_of(replica, article).tree.css_first(".article__meta [itemprop=articleBody]")
    assert text_of(hidden) == standing(article, replica)["body"].replace("\n\n", "")


def test_times_in_the_head_come_with_and_without_offset(
    replica: Replica, articles: list[dict[str, Any]]
) -> None:
    forms = set()
    for article in articles[:80]:
        meta = page_of(replica, article).tree.css_first('meta[property="article:published_time"]')
        if meta is not None:
            forms.add((meta.attributes["content"] or "")[13:])
    assert forms == {"", "+0000", "+0300"}


def test_addresses_come_without_words_and_with_a_hyphen_at_the_end(articles: list[dict[str, Any]]) -> None:
    assert of_kind(articles, "no-slug")["url"].count("-") == 0
    assert "--" in of_kind(articles, "dash-slug")["url"]
    assert "/2012" in of_kind(articles, "words-free-2012")["url"]


def test_two_addresses_show_one_article(replica: Replica, articles: list[dict[str, Any]]) -> None:
    article = of_kind(articles, "second-slug")
    second = article["shown_as"]["feed"]
    assert second != article["url"]
    answer = fetch(replica.url, second.removeprefix(SITE))
    assert answer.status == 200
    canonical = answer.tree.css_first("link[rel=canonical]")
    assert canonical is not None
    assert canonical.attributes["href"] == article["url"]


def test_an_old_address_leads_to_the_new_one(replica: Replica, articles: list[dict[str, Any]]) -> None:
    article = of_kind(articles, "old-address")
    answer = fetch(replica.url, article["shown_as"]["listing"].removeprefix(SITE))
    assert answer.status == 301
    assert article["url"] == SITE + answer.headers["location"]


def test_amp_names_the_article_as_its_canonical(replica: Replica, articles: list[dict[str, Any]]) -> None:
    article = of_kind(articles, "news")
    answer = fetch(replica.url, "/amp" + article["url"].removeprefix(SITE))
    canonical = answer.tree.css_first("link[rel=canonical]")
    assert canonical is not None
    assert canonical.attributes["href"] == article["url"]


@pytest.mark.parametrize(("kind", "error"), [("old-2019", 3 * 3600), ("old-2020", 0)])
def test_old_pages_give_moscow_time_as_utc_in_2019_only(
    replica: Replica, articles: list[dict[str, Any]], kind: str, error: int
) -> None:
    article = of_kind(articles, kind)
    tree = page_of(replica, article).tree
    stamp, stated = (
        tree.css_first(css) for css in ('meta[name="analytics:p_ts"]', "meta[itemprop=datePublished]")
    )
    assert stamp is not None
    assert stated is not None
    published = epoch_of(article["versions"][0]["fields"]["published_at"])
    assert int(stamp.attributes["content"] or 0) == published
    assert epoch_of(stated.attributes["content"] or "") == published + error


def test_old_pages_keep_headline_and_text_apart(replica: Replica, articles: list[dict[str, Any]]) -> None:
    tree = page_of(replica, of_kind(articles, "old-2019")).tree
    assert tree.css_first(".b-article__header h1") is not None
    assert tree.css_first(".b-article h1") is None
    assert tree.css_first(".b-article [itemprop=articleBody] > p") is not None


def test_an_empty_article_is_to_be_quarantined(replica: Replica, articles: list[dict[str, Any]]) -> None:
    article = of_kind(articles, "empty")
    assert (article["expected_state"], article["reason"]) == ("quarantined", "no-body")
    assert new_paragraphs(page_of(replica, article)) == []


def test_a_gallery_has_its_lead_for_a_body(articles: list[dict[str, Any]]) -> None:
    fields = of_kind(articles, "gallery")["versions"][0]["fields"]
    assert fields["lead"] is None
    assert fields["body"]
    assert fields["flags"] == ["gallery"]
    assert len(fields["images"]) >= 3


def test_padding_makes_pages_as_large_as_real_ones() -> None:
    with Replica(articles=20, end="2026-05-02", options=Options(padding=90_000)) as replica:
        path = replica.world()["articles"][0]["url"].removeprefix(SITE)
        plain = fetch(replica.url, path)
        packed = fetch(replica.url, path, headers={"Accept-Encoding": "gzip"})
    assert 90_000 < len(plain.body) < 130_000
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == plain.body
