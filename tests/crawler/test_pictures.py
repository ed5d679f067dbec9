"""Pictures with caption and credit apart."""

from __future__ import annotations

import pytest

from crawler.items import Image
from crawler.outlet_rules import Pictures, Rules
from crawler.page import Page
from crawler.pictures import clean_credit, ruled_pictures, split_credit, unique


@pytest.mark.parametrize(
    ("text", "caption", "credit"),
    [
        ("A ferry leaves the harbour. (AFP/Jo Maren)", "A ferry leaves the harbour.", "AFP/Jo Maren"),
        ("A ferry leaves the harbour. © Jo Maren", "A ferry leaves the harbour.", "Jo Maren"),
        ("A ferry leaves the harbour. [Photo: Jo Maren]", "A ferry leaves the harbour.", "Jo Maren"),
        ("A ferry leaves the harbour. Photo: Jo Maren", "A ferry leaves the harbour.", "Jo Maren"),
        ("© Reuters / Jo Maren", None, "Reuters / Jo Maren"),
        ("A ferry (the old one) leaves", "A ferry (the old one) leaves", None),
        ("A ferry leaves the harbour", "A ferry leaves the harbour", None),
    ],
)
def test_one_text_comes_apart(text: str, caption: str | None, credit: str | None) -> None:
    assert split_credit(text) == (caption, credit)


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("© AFP 2023 / NAME", "AFP 2023 / NAME"),
        (" (c) AP ", "AP"),
        ("Photo by Jo", "Jo"),
        ("", None),
        (None, None),
    ],
)
def test_a_credit_is_kept_without_its_sign(text: str | None, credit: str | None) -> None:
    assert clean_credit(text) == credit


def test_each_picture_is_kept_once_with_all_that_is_known_of_it() -> None:
    images = [Image("a", None, "AFP"), Image("b"), Image("a", "caption", "AP")]
    assert unique(images) == [Image("a", "caption", "AFP"), Image("b")]


def test_rules_say_where_pictures_are() -> None:
    html = (
        '<div class="frame"><img src="/a.jpg" alt="A caption - Site"><i>© AFPA caption</i></div>'
        '<div class="frame"><img data-src="b.jpg"></div><div class="frame"><img src="data:x"></div>'
    )
    rules = Rules(pictures=(Pictures(".frame", ("img@src", "img@data-src"), (), ("i",)),))
    page = Page.from_body("https://x.example/news/1", html.encode())
    assert ruled_pictures(page, None, rules) == [
        Image("https://x.example/a.jpg", None, "AFPA caption"),
        Image("https://x.example/news/b.jpg"),
    ]
