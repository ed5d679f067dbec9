"""People out of bylines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.bylines import Byline, listed_authors, read_byline


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        (["By Mara Lindqvist"], ["Mara Lindqvist"]),
        (["Mara Lindqvist and Jo Maren"], ["Mara Lindqvist", "Jo Maren"]),
        (["By Mara Lindqvist, Jo Maren & Li Wei"], ["Mara Lindqvist", "Jo Maren", "Li Wei"]),
        (["Written by Mara Lindqvist | 22 May 2023, 10:16"], ["Mara Lindqvist"]),
        (["Mara Lindqvist in Busan 22.05.2023"], ["Mara Lindqvist"]),
        (["Mara Lindqvist for The Harbour Times"], ["Mara Lindqvist"]),
        (["By Mara Lindqvist | The Harbour Times"], ["Mara Lindqvist"]),
        (["By Mara Lindqvist Published 22 May 2023"], ["Mara Lindqvist"]),
        (["Reporting by Mara Lindqvist; Editing by Jo Maren"], ["Mara Lindqvist"]),
        (["Written by Mara Lindqvist Edited by Jo Maren"], ["Mara Lindqvist"]),
        (["Penulis: Mara Lindqvist Editor: Jo Maren"], ["Mara Lindqvist"]),
        (["Text: Mara Lindqvist; Photos: Jo Maren"], ["Mara Lindqvist"]),
        (["<b>Mara</b> Lindqvist"], ["Mara Lindqvist"]),
        (["Updated: 22 May 2023", "Last updated 10:16", "Comments 12", "Follow"], []),
        (["(서울=하버통신) 홍길동 기자", "김하나 기자 = 서울"], ["홍길동", "김하나"]),
        (["記者王小明／台北報導", "文／陳小美", "責任編輯：王五"], ["王小明", "陳小美"]),
        (["作者：王小明　责任编辑：王五"], ["王小明"]),
        (["文在寅"], ["文在寅"]),
        (["द्वारा मीरा तान", "بقلم ميرا تان", "โดย นภา ใจดี"], ["मीरा तान", "ميرا تان", "นภา ใจดี"]),
        (
            ["By Mara Lindqvist, New Delhi", "Jo Maren | Jakarta", "Li Wei, London"],
            ["Mara Lindqvist", "Jo Maren", "Li Wei"],
        ),
        (
            ["Mara Lindqvist, Political Editor", "Jo Maren, harbourtimes.example.net"],
            ["Mara Lindqvist", "Jo Maren"],
        ),
        (["By Mara Lindqvist For The Harbour Times"], ["Mara Lindqvist"]),
        (["Written By: मीरा शर्मा | Edited By: नभ वर्मा"], ["मीरा शर्मा"]),
        (["【記者王小明台北報導】", "中央社記者陳小美東京5日電"], ["王小明", "陳小美"]),
        (["新华社记者 王小明 李小雷"], ["王小明", "李小雷"]),
        (["홍길동 특파원"], ["홍길동"]),
        (["लेखक: मीरा शर्मा", "নিজস্ব প্রতিবেদক, ঢাকা", "本報記者"], ["मीरा शर्मा"]),
        (["Von Mara Lindqvist und Jo Maren"], ["Mara Lindqvist", "Jo Maren"]),
        (["Par Mara Lindqvist"], ["Mara Lindqvist"]),
        (["作者：王小明"], ["王小明"]),
        (["홍길동 기자"], ["홍길동"]),
        (["Mara Lindqvist (Correspondent)", "mara lindqvist"], ["Mara Lindqvist"]),
        (["Mara Lindqvist mara@news.example"], ["Mara Lindqvist"]),
        (["https://news.example/authors/mara"], []),
        (["Mara Lindqvist, senior editor"], ["Mara Lindqvist"]),
        (["Staff", "Our Correspondent", "Web Desk", "Editor", "admin"], []),
        (["D.D."], ["D.D."]),
        (["Geschrieben von Mara Lindqvist am 25.08.2015 22:30"], ["Mara Lindqvist"]),
        (["Analysis by Mara Lindqvist", "Guest post by Jo Maren"], ["Mara Lindqvist", "Jo Maren"]),
        (["Special to The Harbour Times"], []),
        (["The Harbour Times Foundation", "Ferry line opens at last!"], []),
        (["John Doe, Jr"], ["John Doe, Jr"]),
        (["Michael Smith 2020"], ["Michael Smith"]),
        (["A sentence that is much too long to be the name of any single person at all"], []),
        (["The Harbour Times"], []),
    ],
)
def test_names_come_out_clean(raw: list[str], people: list[str]) -> None:
    assert read_byline(raw, not_people=["The Harbour Times"]).people == people


@pytest.mark.parametrize("raw", ["PTI, New Delhi", "UNB | Dhaka", "AFP-JIJI", "Kyodo, Tokyo"])
def test_an_agency_stands_without_its_town(raw: str) -> None:
    byline = read_byline([raw])
    assert (byline.people, len(byline.agencies), byline.outlets) == ([], 1, [])


def test_the_outlet_by_another_name_is_no_second_author() -> None:
    byline = read_byline(["Mara Lindqvist - harbourNews"], not_people=["Harbour"])
    assert byline.authors == ["Mara Lindqvist"]


@pytest.mark.parametrize("raw", ["Redaktion", "Harbour Web Desk", "HT Correspondent", "Express News Service"])
def test_a_desk_signs_where_nobody_else_does(raw: str) -> None:
    assert read_byline([raw]).authors == [raw]
    assert read_byline([raw, "Mara Lindqvist"]).authors == ["Mara Lindqvist"]


def test_agencies_and_the_outlet_stand_apart() -> None:
    byline = read_byline(
        ["The Harbour Times", "Mara Lindqvist, AFP and Reuters"], not_people=["The Harbour Times"]
    )
    assert byline == Byline(["Mara Lindqvist"], ["AFP", "Reuters"], ["The Harbour Times"])
    assert byline.authors == ["Mara Lindqvist"]


def test_the_outlet_signs_as_it_is_written() -> None:
    byline = read_byline(["By The Harbour Times Staff"], not_people=["The Harbour Times"])
    assert byline.authors == ["The Harbour Times Staff"]


def test_a_list_of_authors_keeps_what_has_an_entry_of_its_own() -> None:
    entries = ["Mara Lindqvist, AFP", "Reuters", "Harbour Desk", "Mara Lindqvist"]
    assert listed_authors(entries, not_people=["Harbour"]) == ["Mara Lindqvist", "Reuters", "Harbour Desk"]


def test_an_agency_is_the_author_where_no_person_is_named() -> None:
    assert read_byline(["By Associated Press"]).authors == ["Associated Press"]


def test_what_is_done_to_a_byline_stays_out_of_the_next_one() -> None:
    read_byline(["Mara Lindqvist, AFP"]).people.clear()
    assert read_byline(["Mara Lindqvist, AFP"]) == Byline(["Mara Lindqvist"], ["AFP"])


@given(st.lists(st.text(max_size=400), max_size=5))
def test_no_byline_breaks_the_reader(raw: list[str]) -> None:
    for name in read_byline(raw).authors:
        assert name == name.strip()
        assert len(name) <= 60
