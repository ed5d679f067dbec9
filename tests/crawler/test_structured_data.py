"""What pages tell machines, however broken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.structured_data import StructuredData, read_json, texts, typed_objects

ARTICLE = {"@type": "NewsArticle", "headline": "A ferry line", "datePublished": "2023-05-22T10:16:00Z"}


def structured(*scripts: str, head: str = "") -> StructuredData:
    body = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return StructuredData(LexborHTMLParser(f"<html><head>{head}{body}</head><body></body></html>"))


@pytest.mark.parametrize(
    "script",
    [
        json.dumps(ARTICLE),
        json.dumps([{"@type": "WebPage"}, ARTICLE]),
        json.dumps({"@context": "https://schema.org", "@graph": [{"@type": "Organization"}, ARTICLE]}),
        json.dumps({**ARTICLE, "@type": ["NewsArticle", "Article"]}),
        json.dumps({**ARTICLE, "@type": "https://schema.org/NewsArticle"}),
        f"<!-- {json.dumps(ARTICLE)} -->",
        f"//<![CDATA[\n{json.dumps(ARTICLE)}\n//]]>",
        f"/* <![CDATA[ */ {json.dumps(ARTICLE)} /* ]]> */",
        json.dumps(ARTICLE) + ";",
        json.dumps({"@type": "WebSite"}) + json.dumps(ARTICLE),
        json.dumps(ARTICLE)[:-1] + ",}",
        json.dumps(ARTICLE).replace('"', "&quot;"),
        json.dumps(ARTICLE)
        .replace("A ferry line", "A ferry\\' line")
        .replace("\\' line", "\\'")
        .replace("A ferry\\'", "A ferry line"),
        json.dumps(ARTICLE)[:-1] + ', "description": "a\nline\tand another"}',
        json.dumps(ARTICLE)[:-1] + ', "description": "an "unescaped" quote"}',
        json.dumps(ARTICLE)[:-1],
    ],
)
def test_the_article_is_found_in_whatever_form(script: str) -> None:
    found = structured(script)
    assert found.first_of_article("headline") == "A ferry line"
    assert found.first_of_article("datePublished") == "2023-05-22T10:16:00Z"


def test_of_several_articles_the_pages_own_is_taken() -> None:
    other = {**ARTICLE, "headline": "Another one", "articleBody": "text", "author": {"name": "Somebody"}}
    page = structured(
        json.dumps([other, {**ARTICLE, "url": "https://news.example/ferry?x=1"}]),
        head='<link rel="canonical" href="https://news.example/ferry">',
    )
    assert page.first_of_article("headline") == "A ferry line"


def test_entries_of_a_live_blog_are_not_the_article() -> None:
    entries = [{"@type": "BlogPosting", "headline": "An entry", "articleBody": "text", "author": "A B"}]
    page = structured(json.dumps({**ARTICLE, "@type": "LiveBlogPosting", "liveBlogUpdate": entries}))
    assert page.first_of_article("headline") == "A ferry line"


def test_people_are_found_behind_references() -> None:
    graph = [
        {**ARTICLE, "author": {"@id": "#mara"}},
        {"@type": "Person", "@id": "#mara", "name": "Mara Lindqvist"},
    ]
    assert structured(json.dumps({"@graph": graph})).named("author", organizations=False) == [
        "Mara Lindqvist"
    ]


def test_ten_thousand_levels_of_nesting_give_nothing_and_break_nothing() -> None:
    deep = '{"@type": "NewsArticle", "a": ' + "[" * 10_000 + "]" * 10_000 + "}"
    assert read_json(deep) is None
    assert structured(deep).article == {}


def test_lone_surrogates_survive_as_something_that_can_be_written() -> None:
    page = structured('{"@type": "NewsArticle", "headline": "A \\ud800 ferry \\ud83d\\ude00"}')
    assert page.first_of_article("headline") == "A \ufffd ferry 😀"


def test_texts_are_taken_out_of_lists_objects_and_numbers() -> None:
    assert texts(["a", {"name": "b&amp;c"}, {"@value": "d"}, 5, None, True, [["e"]]]) == [
        "a",
        "b&c",
        "d",
        "5",
        "e",
    ]


def test_meta_elements_are_found_by_any_of_their_names() -> None:
    page = structured(head='<meta property="og:title" name="title" content=" A&amp;B "><meta name="x">')
    assert page.first_meta("og:title") == "A&B" == page.first_meta("title")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["@type", "@id", "name", "a"]), inner),
)


@given(JSON)
def test_no_json_breaks_the_search(value: object) -> None:
    for node in typed_objects(value):
        texts(node)


@given(st.text())
def test_no_script_breaks_the_reader(script: str) -> None:
    read_json(script)
