"""Paragraphs out of blocks, places off the front of texts."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.body_text import paragraphs_of, ruled_paragraphs, split_dateline
from crawler.outlet_rules import Rules


def paragraphs(html: str) -> list[str]:
    body = LexborHTMLParser(html).body
    assert body is not None
    return paragraphs_of(body)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two <b>and</b>\n a half</p>", ["one", "two and a half"]),
        ("<div>one<br>line<br><br>two</div>", ["one\nline", "two"]),
        ("<div>loose <a href=x>text</a> here<p>two</p>tail</div>", ["loose text here", "two", "tail"]),
        ("<p>one<div>inject</div>rest</p>", ["one", "inject", "rest"]),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", ["a", "b", "c"]),
        ("<p>&nbsp;</p><p>a&nbsp;b</p>", ["a b"]),
        ("<p>a<script>x()</script><style>y</style><!-- z -->b</p>", ["ab"]),
        ("<figure><figcaption>caption</figcaption></figure><p>a</p>", ["a"]),
    ],
)
def test_each_block_is_a_paragraph(html: str, expected: list[str]) -> None:
    assert paragraphs(html) == expected


def test_an_outlet_may_name_what_parts_its_paragraphs() -> None:
    body = LexborHTMLParser(
        "<div>one<br>two <b>a</b><span class=br></span>three<div id=poll>Vote!</div>four</div>"
    ).css_first("div")
    assert body is not None
    rules = Rules(breaks="br, span.br, #poll")
    assert ruled_paragraphs(body, rules) == ["one", "two a", "three", "four"]


def test_an_inset_inside_of_a_paragraph_goes_and_the_text_after_it_stays() -> None:
    # The parser closes the paragraph at the inset; what follows becomes text beside it.
    body = LexborHTMLParser('<div><p>one <div class="inset">card</div> and on</p><p>two</p></div>').css_first(
        "div"
    )
    assert body is not None
    assert ruled_paragraphs(body, Rules(junk=(".inset",))) == ["one", "and on", "two"]


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("BEIJING (Sputnik) – On Tuesday", "BEIJING", "On Tuesday"),
        ("BEIJING (Sputnik) On Tuesday", "BEIJING", "On Tuesday"),
        ("BEIJING (Sputnik) — On", "BEIJING", "On"),
        ("MOSCOW, February 13 (Sputnik) - The", "MOSCOW", "The"),
        ("SEOUL, Feb. 13 (Yonhap) -- The", "SEOUL", "The"),
        ("KUALA LUMPUR, Nov 24 — The", "KUALA LUMPUR", "The"),
        ("MANILA, Philippines (AP) — The", "MANILA", "The"),
        ("WASHINGTON/BEIJING (Reuters) - The", "WASHINGTON/BEIJING", "The"),
        ("ST. PETERSBURG (AP) — The", "ST. PETERSBURG", "The"),
        ("МОСКВА, 13 фев — РИА Новости. Дума", "МОСКВА", "Дума"),
        ("NATO is an alliance", None, "NATO is an alliance"),
        ("UPDATE - The", None, "UPDATE - The"),
        ("WATCH — The", None, "WATCH — The"),
        ("A sentence (with brackets) - and more", None, "A sentence (with brackets) - and more"),
        ("", None, ""),
    ],
)
def test_a_dateline_is_split_off(text: str, place: str | None, rest: str) -> None:
    assert split_dateline(text) == (place, rest)


@pytest.mark.parametrize("piece", ["A", "A ", "A. ", "AB, ", "AB (", "АБ - ", "AB/"])
def test_no_text_makes_the_dateline_run_away(piece: str) -> None:
    started = time.process_time()
    split_dateline(piece * 50_000)
    assert time.process_time() - started < 0.5
