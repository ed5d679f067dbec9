"""Articles of outlets that nobody has written rules for."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.article_page import (
    PARSER,
    ArticleNotFound,
    Page,
    PageProblem,
    Rules,
    parse_article,
    parse_article_with_origins,
)
from crawler.generic_page import language_tag
from crawler.items import Article
from crawler.spiders.sputnik import RULES
from tests.crawler.generic_pages import CARD, HEADLINE, LEAD, PARAGRAPHS, URL, json_ld, page

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def parsed(html: str, url: str = URL) -> Article:
    return parse_article(Page.from_body(url, html.encode()), now=NOW)


def test_an_unknown_outlets_article_with_its_furniture_around() -> None:
    article = parsed(page())
    assert article.headline == HEADLINE
    assert article.lead == LEAD
    assert article.body.split("\n\n") == PARAGRAPHS
    assert article.authors == ["Mara Lindqvist"]
    assert article.published_at == datetime(2023, 5, 22, 1, 16, 30, tzinfo=UTC)
    assert (article.published_precision, article.published_source) == ("second", "text")
    assert article.language == "en"
    assert article.extractor == f"generic/{PARSER}"


@pytest.mark.parametrize(
    "article_class", ["x7f", "entry-content", "paywall", "articleBody__text", "grid sidebar"]
)
def test_the_text_is_found_whatever_its_box_is_called(article_class: str) -> None:
    assert parsed(page(article_class=article_class)).body.split("\n\n") == PARAGRAPHS


@pytest.mark.parametrize(
    ("language", "paragraph"),
    [
        (
            "ja",
            "海峡を挟む二つの港町は月曜日、来春に新しいフェリー航路を開設することで合意したと発表した。" * 2,
        ),
        ("zh", "海峡两岸的两座港口城市周一宣布，将于明年春天开通新的渡轮航线，费用由双方共同承担。" * 2),
        (
            "ko",
            "해협을 사이에 둔 두 항구 도시는 월요일 내년 봄에 새로운 여객선 노선을 열기로 합의했다고 밝혔다. "
            * 2,
        ),
        ("th", "เมืองท่าสองแห่งริมช่องแคบตกลงกันเมื่อวันจันทร์ว่าจะเปิดเส้นทางเรือเฟอร์รี่สายใหม่ในฤดูใบไม้ผลิปีหน้า " * 2),
        (
            "ar",
            "اتفقت مدينتان ساحليتان على المضيق يوم الاثنين على افتتاح خط جديد للعبارات في الربيع المقبل. "
            * 2,
        ),
        ("lo", "ສອງເມືອງທ່າເຮືອໃນຊ່ອງແຄບໄດ້ຕົກລົງກັນໃນວັນຈັນວ່າຈະເປີດເສັ້ນທາງເຮືອຂ້າມຟາກໃໝ່ໃນລະດູໃບໄມ້ປົ່ງປີໜ້າ " * 2),
        ("my", "ရေလက်ကြားရှိ ဆိပ်ကမ်းမြို့နှစ်မြို့သည် လာမည့်နွေဦးတွင် ကူးတို့လမ်းကြောင်းသစ် ဖွင့်လှစ်ရန် တနင်္လာနေ့က သဘောတူခဲ့သည်။ " * 2),
        (
            "ur",
            "آبنائے کے دو بندرگاہی شہروں نے پیر کو اگلی بہار میں نئی کشتی سروس شروع کرنے پر اتفاق کیا۔ " * 2,
        ),
        ("hi", "जलडमरूमध्य के दो बंदरगाह शहरों ने सोमवार को अगले वसंत में एक नई नौका सेवा शुरू करने पर सहमति जताई। " * 2),
    ],
)
def test_scripts_of_asia_are_read_like_any_other(language: str, paragraph: str) -> None:
    # No stop behind the number: some scripts have none at all.
    texts = [f"{number} {paragraph.strip()}" for number in range(1, 5)]
    article = parsed(page(language=language, paragraphs=texts, lead=None, inner=""))
    assert article.body.split("\n\n") == texts
    assert article.language == language


@pytest.mark.parametrize(
    ("head", "byline", "authors"),
    [
        # What has an entry of its own in the list of authors is one; what stands behind a name is not.
        (
            json_ld(author=[{"name": "AFP"}, {"@type": "Person", "name": "Li Wei"}]),
            "",
            ["AFP", "Li Wei"],
        ),
        (json_ld(author=[{"name": "Li Wei, AFP"}]), "", ["Li Wei"]),
        # A sign or a label in one word of small letters gives way to a name.
        (json_ld(author=[{"name": "politics"}]), "By Mara Lindqvist", ["Mara Lindqvist"]),
        (json_ld(author=[{"name": "mlq"}]), "", ["mlq"]),
        # Whom the page calls its editor is not its author.
        (
            json_ld(author=[{"name": "Jo Maren"}]),
            "<p>Editor : Jo Maren</p><p>Penulis: Siti Rahma</p>",
            ["Siti Rahma"],
        ),
        (
            '<meta name="twitter:label1" content="Written by">'
            '<meta name="twitter:data1" content="Li Wei"><meta name="twitter:label2" content="Time to read">',
            "",
            ["Li Wei"],
        ),
        ("", "KYODO", ["KYODO"]),
        ("", "22.05.2023 - Mara Lindqvist", ["Mara Lindqvist"]),
        ("", '<span class="authorname">Mara Lindqvist</span>', ["Mara Lindqvist"]),
        # A card that leads to another article names that one's author.
        (
            "",
            f'<a href="/other">{"Another story of the harbour. " * 5}'
            '<span class="author">Jo Maren</span></a><p>By Mara Lindqvist</p>',
            ["Mara Lindqvist"],
        ),
        (
            "",
            '<footer class="post-footer">Posted by <a rel="author" href="/m">Mara Lindqvist</a></footer>',
            ["Mara Lindqvist"],
        ),
        ('<meta name="author" content="Strait Daily Desk">', "By Mara Lindqvist", ["Mara Lindqvist"]),
        ('<meta name="author" content="Strait Publishing GmbH, Port Road, Harbour">', "", None),
    ],
)
def test_the_first_source_that_names_a_person_names_the_authors(
    head: str, byline: str, authors: list[str] | None
) -> None:
    found = parsed(page(head=head, byline=byline)).authors
    assert found == (authors or ["Strait Publishing GmbH"])


@pytest.mark.parametrize(
    ("language", "line", "name"),
    [
        ("zh", "2023年05月22日 10:16　来源：海峡日报　作者：王小明（责任编辑：李四）", "王小明"),
        ("zh-Hant", "2023/05/22 10:16 記者王小明／台北報導", "王小明"),
        ("ko", "<span>홍길동 기자</span><span>입력 2023.05.22. 오전 10:16</span>", "홍길동"),
    ],
)
def test_a_name_is_found_in_a_line_with_other_things(language: str, line: str, name: str) -> None:
    assert parsed(page(language=language, byline="", date=f"<div>{line}</div>")).authors == [name]


def test_a_korean_reporters_signature_is_no_text_but_an_author() -> None:
    signed = page(
        language="ko", byline="", lead=None, paragraphs=[*PARAGRAPHS, "홍길동 기자 hong@news.example"]
    )
    found = parsed(signed)
    assert (found.authors, found.body) == (["홍길동"], "\n\n".join(PARAGRAPHS))


def test_a_meta_element_that_only_says_date_gives_way_to_the_date_that_readers_see() -> None:
    head = '<meta name="date" content="2023-05-26T08:00:00Z">'
    article = parsed(
        page(head=head, date="<p>22.05.2023 - 13:30</p>"), url="https://www.strait-daily.example/a"
    )
    assert article.published_at == datetime(2023, 5, 22, 13, 30, tzinfo=UTC)
    alone = parsed(page(head=head, date=""), url="https://www.strait-daily.example/a")
    assert alone.published_at == datetime(2023, 5, 26, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        '<time class="entry-date updated" datetime="2023-05-22T10:16:30+09:00">22 May 2023</time>',
        '<aside class="article-info"><time datetime="2023-05-22T10:16:30+09:00">22 May 2023</time></aside>',
        '<div class="post-footer"><abbr class="published" '
        'title="2023-05-22T10:16:30+09:00">10:16</abbr></div>',
        # The one that says "published" is taken, though it stands behind.
        '<time class="entry-date updated" datetime="2023-05-23T01:00:00Z">23 May</time>'
        '<time class="entry-date published" datetime="2023-05-22T10:16:30+09:00">22 May 2023</time>',
    ],
)
def test_an_articles_own_date_is_found_where_themes_put_it(date: str) -> None:
    at = parsed(page(date=date), url="https://www.strait-daily.example/ferry").published_at
    assert at == datetime(2023, 5, 22, 1, 16, 30, tzinfo=UTC)


def test_a_page_that_holds_its_text_back_gives_what_it_shows() -> None:
    gate = "<h2>Continue reading for a coin</h2><p>Thousands support us with a subscription today.</p>"
    html = page(
        paragraphs=PARAGRAPHS[:1],
        lead=None,
        inner="",
        head=json_ld(isAccessibleForFree="False"),
        after=f'<div class="gate">{gate * 3}</div>',
    )
    found = parsed(html)
    assert (found.body, found.flags) == (PARAGRAPHS[0], ["stub", "paywalled"])


def test_a_byline_among_the_paragraphs_is_no_text() -> None:
    found = parsed(page(byline="", paragraphs=["By Mara Lindqvist", *PARAGRAPHS]))
    assert (found.authors, found.body) == (["Mara Lindqvist"], "\n\n".join(PARAGRAPHS))


def test_a_byline_is_known_by_what_its_testers_call_it() -> None:
    html = page(byline="").replace("</header>", '<div data-testid="Byline">Mara Lindqvist</div></header>')
    assert parsed(html).authors == ["Mara Lindqvist"]


def test_an_outlets_time_zone_is_that_of_all_times_without_one() -> None:
    html = page(date="<div>22 May 2023 10:16</div>", lead=None)
    html = html.replace('<meta property="og:type" content="article">', "")
    found = parse_article(Page.from_body(URL, html.encode()), Rules(time_zone="Asia/Tokyo"), now=NOW)
    assert (found.published_at, found.published_source) == (datetime(2023, 5, 22, 1, 16, tzinfo=UTC), "text")
    # And the text is looked for as without rules.
    assert found.body == "\n\n".join(PARAGRAPHS)


def test_where_pages_give_days_only_the_first_one_counts_though_another_has_a_time() -> None:
    html = page(date="<time>22 May 2023</time><time>22 May 2023 10:16</time>", lead=None)
    for rules, precision in ((Rules(days_only=True), "day"), (Rules(), "minute")):
        found = parse_article(Page.from_body(URL, html.encode()), rules, now=NOW)
        assert found.published_at is not None
        assert (found.published_at.date(), found.published_precision) == (date(2023, 5, 22), precision)


def test_an_outlet_that_states_its_authors_is_believed() -> None:
    html = page(byline="<p>Editor: Jo Maren</p>", head=json_ld(author=[{"name": "Jo Maren"}]))
    found = parse_article(Page.from_body(URL, html.encode()), Rules(states_authors=True), now=NOW)
    assert found.authors == ["Jo Maren"]


def test_structured_data_beats_what_the_page_shows() -> None:
    head = json_ld(
        headline=HEADLINE,
        datePublished="2023-05-22T01:10:00Z",
        dateModified="2023-05-22T02:00:00Z",
        author=[{"@type": "Person", "name": "Li Wei"}],
        articleSection="Asia",
        keywords=["ferries", "ports"],
        image={"url": "/main.jpg", "caption": "The pier. © Jo Maren"},
    )
    article = parsed(page(head=head))
    assert article.published_at == datetime(2023, 5, 22, 1, 10, tzinfo=UTC)
    assert article.modified_at == datetime(2023, 5, 22, 2, 0, tzinfo=UTC)
    assert (article.authors, article.section, article.tags) == (["Li Wei"], "Asia", ["ferries", "ports"])
    assert article.images[0].url == "https://www.strait-daily.example/main.jpg"
    assert (article.images[0].caption, article.images[0].credit) == ("The pier.", "Jo Maren")


def test_half_a_character_in_a_pictures_address_can_be_stored() -> None:
    found = parsed(page(head=json_ld(image="https://www.strait-daily.example/a\ud800.jpg")))
    assert found.images[0].url.encode() == "https://www.strait-daily.example/a\ufffd.jpg".encode()


def test_a_text_that_only_the_pages_script_holds_is_taken_from_there() -> None:
    html = page(paragraphs=[PARAGRAPHS[0]], inner="", head=json_ld(articleBody="\n".join(PARAGRAPHS * 2)))
    _, origins = parse_article_with_origins(Page.from_body(URL, html.encode()), now=NOW)
    assert origins["body"] == "json-ld: articleBody"
    assert parsed(html).body.split("\n\n") == PARAGRAPHS * 2


def test_the_full_text_in_structured_data_tells_text_from_inserts() -> None:
    insert = "<p>Our reporters were there when the old boat sank; the film is on the next page.</p>"
    plain, guided = page(inner=insert), page(inner=insert, head=json_ld(articleBody=" ".join(PARAGRAPHS)))
    assert "the film is on the next page" in parsed(plain).body
    assert parsed(guided).body.split("\n\n") == PARAGRAPHS


def test_of_several_articles_on_a_page_the_first_is_taken() -> None:
    second = page(
        headline="Another Story", paragraphs=[text.replace("ferry", "train") for text in PARAGRAPHS * 3]
    )
    html = page().replace("</body>", second[second.index("<article>") : second.index("<section")] + "</body>")
    assert parsed(html).body.split("\n\n") == PARAGRAPHS


def test_captions_cards_calls_and_comments_stay_out() -> None:
    text = parsed(page()).body
    for unwanted in (
        "Old Ferry Sinks",
        "Subscribe",
        "last boat when",
        "leaves the old harbour",
        "All rights",
    ):
        assert unwanted not in text


def test_a_card_and_a_caption_are_known_by_what_they_are() -> None:
    card = CARD.replace("related-story", "x1").replace("<a href", "<h4><a href").replace("</a>", "</a></h4>")
    card = card.replace("<h3>", "").replace("</h3>", "")
    caption = '<p class="img-caption">The old ferry leaves the harbour for its last crossing in May.</p>'
    assert parsed(page(inner=card + caption)).body == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("credit", ["(AFP/Jo Maren)", "[Photo/AFP]", "（Photo: Jo Maren）"])
def test_a_paragraph_that_ends_in_a_pictures_credit_is_a_caption(credit: str) -> None:
    caption = f"<p>The old ferry leaves the harbour on its last crossing in May 2023. {credit}</p>"
    assert parsed(page(inner=caption)).body == "\n\n".join(PARAGRAPHS)


def test_a_caption_within_running_text_is_cut_out_of_it() -> None:
    caption = (
        '<span class="photo_box"><img src="/a.jpg"><em class="img_desc">The old harbour at dawn</em></span>'
    )
    text = f"{PARAGRAPHS[0]}<br><br>{caption}" + "<br><br>".join(PARAGRAPHS[1:])
    html = page(paragraphs=[], lead=None, inner=text)
    assert parsed(html).body == "\n\n".join(PARAGRAPHS)


def test_things_listed_under_linked_headings_are_the_text() -> None:
    things = [
        f'<div><h3><a href="/{nth}">Boat {nth}</a></h3><p>{nth} {PARAGRAPHS[1]}</p></div>' for nth in range(6)
    ]
    body = parsed(page(inner="".join(things))).body
    assert all(f"{nth} {PARAGRAPHS[1]}" in body for nth in range(6))


def test_the_captions_of_a_slideshow_are_its_text() -> None:
    html = page(
        paragraphs=[], lead=None, inner="".join(f'<p class="caption">{text}</p>' for text in PARAGRAPHS)
    )
    assert parsed(html).body == "\n\n".join(PARAGRAPHS)


def test_a_full_text_in_structured_data_may_hold_escaped_markup() -> None:
    escaped = "".join(f"&lt;p&gt;{text} &amp;amp; so on.&lt;/p&gt;" for text in PARAGRAPHS)
    found = parsed(page(paragraphs=PARAGRAPHS[:1], lead=None, inner="", head=json_ld(articleBody=escaped)))
    assert found.body == "\n\n".join(f"{text} & so on." for text in PARAGRAPHS)


def test_markup_in_structured_data_that_a_parser_would_choke_on_is_left_alone() -> None:
    nested = json_ld(articleBody="<div>" * 50_000 + "</p>").replace("<div>", "\\u003cdiv>")
    assert parsed(page(lead=None, inner="", head=nested)).body == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "text",
    [
        {"body": "".join(f"<p>{text}</p>" for text in PARAGRAPHS)},
        {"blocks": [{"type": "p", "id": "a1", "text": text} for text in PARAGRAPHS]},
    ],
)
def test_a_text_that_only_the_state_for_the_pages_script_holds_is_read_there(text: dict[str, Any]) -> None:
    others = [{"title": "Old Ferry Sinks", "url": "/x", "summary": PARAGRAPHS[1]} for _ in range(20)]
    state = json.dumps({"props": {"article": text, "others": others}})
    html = (
        f'<html><head><title>{HEADLINE}</title><meta property="og:type" content="article"></head><body>'
        f'<h1>{HEADLINE}</h1><script type="application/json">{state}</script></body></html>'
    )
    found, origins = parse_article_with_origins(Page.from_body(URL, html.encode()), now=NOW)
    assert (found.body, origins["body"]) == ("\n\n".join(PARAGRAPHS), "script")
    with pytest.raises(ArticleNotFound):
        parsed(html.replace("article", "website"))


def test_a_lead_on_a_page_that_is_one_app_is_found() -> None:
    html = page().replace("<body>", '<body><div id="app">').replace("</body>", "</div></body>")
    assert parsed(html).lead == LEAD


def test_a_page_of_links_is_no_article() -> None:
    links = "".join(
        f'<li><a href="/{number}">A headline of a story that is elsewhere {number}</a></li>'
        for number in range(50)
    )
    with pytest.raises(ArticleNotFound):
        parsed(f"<html><head><title>News</title></head><body><h1>News</h1><ul>{links}</ul></body></html>")


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        *(("en", "en"), ("en_us", "en-US"), ("ZH-hant", "zh-Hant"), ("zh-Hant-TW", "zh-Hant-TW")),
        *(("en_EN", "en"), ("ko-KR", "ko-KR"), ("English", None), ("", None), (None, None)),
    ],
)
def test_languages_are_written_in_one_way(written: str | None, tag: str | None) -> None:
    assert language_tag(written) == tag


PIECES = st.sampled_from(
    [
        *(
            "<div>",
            "</div>",
            "<p>",
            "</p>",
            "<h1>",
            "</h1>",
            "<article>",
            "</article>",
            "<a href='/x'>",
            "</a>",
        ),
        *(
            "<br>",
            "<table><tr><td>",
            "</table>",
            "<script>",
            "</script>",
            "<time datetime='2023-05-22'>",
            "<title>",
        ),
        *(
            "<meta property='og:title' content='T'>",
            "<div class='related comment'>",
            "<li>",
            "<ul>",
            "<svg>",
            "\0",
        ),
        *(
            PARAGRAPHS[0],
            "北京",
            "&#xD800;",
            "By A B",
            "10:16",
            "<!--",
            "-->",
            "<![CDATA[",
            "\ud800",
            '{"@type":',
        ),
        '<script type="application/ld+json">{"@type": "Article", "author": [[{"name": 1}]]}</script>',
    ]
)


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=60), st.booleans())
def test_no_page_breaks_the_parser(pieces: list[str], with_rules: bool) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    try:
        article = parse_article(Page.from_body(URL, body), RULES if with_rules else None, now=NOW)
    except PageProblem as problem:
        assert problem.reason
    else:
        assert article.headline and article.body
        f"{article}".encode()


@given(st.binary(max_size=3000))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    with pytest.raises(PageProblem):
        parse_article(Page.from_body(URL, body), now=NOW)


@pytest.mark.parametrize(
    "piece",
    ["<p>a", "<a href=x>b</a>", "<b>", "<td>", "x. ", "<time>1", "<div class='author date related'>c</div>"],
)
def test_a_big_page_of_one_thing_is_read_in_seconds(piece: str) -> None:
    body = (f"<html><h1>{HEADLINE}</h1>" + piece * (400_000 // len(piece))).encode()
    started = time.process_time()
    with pytest.raises(PageProblem):
        parse_article(Page.from_body(URL, body), now=NOW)
        raise ArticleNotFound(URL)
    assert time.process_time() - started < 10
