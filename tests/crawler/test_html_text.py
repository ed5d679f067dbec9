"""Bytes to text whatever is declared, and no parser near markup that it would choke on."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.html_text import (
    decode,
    fold_space,
    is_plain,
    utf8_form,
    why_too_deep,
    without_surrogates,
)


@pytest.mark.parametrize(
    ("body", "content_type", "text", "encoding"),
    [
        ("<p>Ёлка</p>".encode(), None, "<p>Ёлка</p>", "utf-8"),
        ("<p>Ёлка</p>".encode(), "text/html; charset=iso-8859-1", "<p>Ёлка</p>", "utf-8"),
        (b"\xef\xbb\xbf<p>x</p>", "text/html; charset=gbk", "<p>x</p>", "utf-8"),
        ("<p>x</p>".encode("utf-16"), None, "<p>x</p>", "utf-16-le"),
        ("<p>北京</p>".encode("gbk"), "text/html; charset=gb2312", "<p>北京</p>", "gb18030"),
        (
            "<meta charset=big5><p>臺北</p>".encode("big5"),
            None,
            "<meta charset=big5><p>臺北</p>",
            "big5hkscs",
        ),
        (
            '<meta charset="shift_jis"><p>東京の朝</p>'.encode("cp932"),
            "text/html; charset=ISO-8859-1",
            '<meta charset="shift_jis"><p>東京の朝</p>',
            "cp932",
        ),
        ("<meta charset=euc-kr>서울".encode("euc-kr"), None, "<meta charset=euc-kr>서울", "cp949"),
        ("<p>café</p>".encode("cp1252"), "text/html; charset=utf-8", "<p>café</p>", "cp1252"),
        ("東京".encode("iso2022_jp"), "text/html; charset=iso-2022-jp", "東京", "iso2022_jp"),
        (b"plain", "text/html; charset=no-such-thing", "plain", "utf-8"),
    ],
)
def test_the_encoding_is_the_one_that_fits(
    body: bytes, content_type: str | None, text: str, encoding: str
) -> None:
    assert decode(body, content_type)[:2] == (text, encoding)


@pytest.mark.parametrize("before", [0, 4_094, 4_095, 4_096, 8_190])
def test_utf_8_is_left_alone_wherever_its_letters_fall(before: int) -> None:
    body = b"x" * before + "東".encode() + b"y" * 5_000
    assert utf8_form(body)[0] is body


@pytest.mark.parametrize("broken", [b"\xe6\x9d", b"\xe6", b"\x9d"])
@pytest.mark.parametrize("after", [0, 1, 5_000])
def test_a_letter_of_utf_8_that_is_cut_off_is_seen(broken: bytes, after: int) -> None:
    body = b"x" * (4_096 - len(broken)) + broken + b"y" * after
    assert utf8_form(body)[0] == decode(body).text.encode()


@given(st.binary(max_size=40).map(lambda octets: b"\xc3\xa9" * 2_038 + octets))
def test_what_is_given_to_the_parser_is_utf_8_of_the_same_text(body: bytes) -> None:
    found, encoding = utf8_form(body)
    assert (found, encoding) == (decode(body).text.encode(), decode(body).encoding)


def test_an_encoding_that_nobody_declares_is_guessed_from_enough_text() -> None:
    text = "В столице открылась выставка, посвящённая истории города и его жителей. " * 3
    assert decode(text.encode("cp1251"))[:2] == (text, "cp1251")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp874", "สำนักงานท่าเรือแถลงว่าเรือข้ามฟากระหว่างสองเกาะจะกลับมาแล่นอีกครั้ง " * 3),
        ("cp1256", "أعلن مكتب الميناء أن العبارة بين الجزيرتين ستبحر مرة أخرى يوم الاثنين. " * 3),
        ("cp1251", "Паром между двумя островами снова пойдёт с понедельника, сообщили в порту. " * 3),
    ],
)
def test_latin_1_that_a_server_says_of_every_page_is_not_believed_of_another_script(
    encoding: str, text: str
) -> None:
    body = f"<html><head><title>x</title></head><body><p>{text}</p></body></html>".encode(encoding)
    assert text in decode(body, "text/html; charset=iso-8859-1").text


def test_latin_1_is_believed_of_accented_letters() -> None:
    text = "Les élèves ont déjà été reçus à l’école, où ils répétaient la même pièce. " * 5
    assert decode(text.encode("cp1252"), "text/html; charset=iso-8859-1")[:2] == (text, "cp1252")


def test_one_broken_character_does_not_make_utf8_something_else() -> None:
    body = "Много русского текста. ".encode() * 20 + b"\xd0" + " И ещё.".encode()
    decoded = decode(body, "text/html; charset=windows-1251")
    assert decoded.encoding == "utf-8"
    assert decoded.text.endswith(" И ещё.")


@given(
    st.binary(max_size=2000), st.sampled_from([None, "text/html; charset=gbk", "text/html; charset=utf-16"])
)
def test_any_bytes_become_text_that_can_be_written(body: bytes, content_type: str | None) -> None:
    decode(body, content_type).text.encode("utf-8", "replace")


def test_lone_surrogates_are_replaced_and_pairs_kept() -> None:
    assert without_surrogates("a\ud800b") == "a\ufffdb"
    assert without_surrogates("a\ud83d\ude00b") == "a😀b"
    assert fold_space(" a\u00a0\n\u3000b ") == "a b"


@given(st.text(" ab\n\t\u00a0\u3000\u2028\u200b\x85"))
def test_white_space_is_folded_as_by_words(text: str) -> None:
    assert fold_space(text) == " ".join(text.split())


FORMATTING = "<p>" + "".join(f"<b id={number}>" for number in range(400)) + "</p>"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<div>" * 5000 + "x", "too-deep"),
        ("<div>" * 5000 + "x" + "</div>" * 5000, "too-deep"),
        ("<DIV CLASS='a b'>" * 5000, "too-deep"),
        ("<b>" * 5000, "too-deep"),
        ("<div></x>" * 15_000, "too-deep"),
        ("<script></SCRIPT>" + "<i>" * 3000, "too-deep"),
        (FORMATTING + "<p>a" * 10_000, "too-many-unclosed"),
        ("<div " + " ".join(f"a{number}=1" for number in range(20_000)) + ">", "too-many-attributes"),
        ("", None),
        ("no markup", None),
        ("<p>a<br>" * 5000, None),
        ("<li>a" * 5000, None),
        ("<img src=a>" * 5000, None),
        ("<svg>" + "<path d='M0'/>" * 5000 + "</svg>", None),
        ("<script>" + "a<b;" * 5000 + "</script>", None),
        ("<!-- " + "<div>" * 5000 + " -->", None),
        ("<div data-x='" + '{"a": 1} ' * 5000 + "'>", None),
        (("<div><p>text <b>bold</b></p></div>") * 3000, None),
    ],
)
def test_markup_that_parsers_choke_on_has_a_name(html: str, reason: str | None) -> None:
    assert why_too_deep(html.encode()) == reason
    assert not (reason and is_plain(html.encode()))


def test_a_usual_page_is_plain_at_first_sight() -> None:
    script = "<script>" + "let a = 1; " * 500 + "</script>"
    cards = "<ul>" + "<li><a href=/a><img src=b><b>c</b></a></li>" * 500 + "</ul>"
    assert is_plain(f"<html><head><meta a=b>{script}</head><body>{cards}</body></html>".encode())
    assert is_plain(b"")


@pytest.mark.parametrize("piece", ["<div>", "<", "</", "<!--", "<a b", "'\"<x ", "<p><b x>", "</p><script>"])
def test_four_mebibytes_of_anything_are_looked_through_in_a_second(piece: str) -> None:
    page = (piece * (4 * 1024 * 1024 // len(piece))).encode()
    started = time.process_time()
    why_too_deep(page)
    assert time.process_time() - started < 3
