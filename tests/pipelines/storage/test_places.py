from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.places import countries_named, is_place


def labelled(name):
    lines = Path(__file__).with_name(name).read_text().splitlines()
    pairs = [line.partition("|") for line in lines if not line.startswith("#") and "Countries |" not in line]
    return [(sentence.strip(), set(codes.split())) for codes, _, sentence in pairs]


@pytest.mark.parametrize("name", ["named_places.txt", "named_places_later.txt", "named_places_traps.txt"])
def test_precision_and_recall_on_labelled_sentences(name):
    sentences = labelled(name)
    right = found = true = 0
    for sentence, codes in sentences:
        named = set(countries_named([sentence]))
        right, found, true = right + len(named & codes), found + len(named), true + len(codes)
    assert len(sentences) >= 80
    assert right / found >= 0.97
    assert right / true >= 0.97


def test_countries_come_in_the_order_in_which_they_are_named_each_once():
    assert countries_named(["Japan warns China", "Chinese ships near Okinawa", "SEOUL"]) == ["JP", "CN", "KR"]


def test_names_do_not_reach_from_one_field_into_the_next():
    assert countries_named(["Talks in New", "Zealand, South", "Korea"]) == ["KR"]


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["Korean leader arrives", "He left Pyongyang by train"], ["KP"]),
        (["North Korea opens a resort", "Korea watchers doubt that guests will come"], ["KP"]),
        (["Korea protests to Pyongyang"], ["KP", "KR"]),
        (["US-Korea drills begin", "North Korea calls them a rehearsal"], ["KP", "KR"]),
        (["Drills of Korea and Japan begin", "North Korea protests"], ["JP", "KP", "KR"]),
        (["Korea counts its dead", "Seoul mourns"], ["KR"]),
        (["Kim says that the South flew drones over Pyongyang"], ["KP", "KR"]),
        (["Seoul asks the North for a call"], ["KR", "KP"]),
        (["North-South talks in Seoul"], ["KR", "KP"]),
        (["Korea courts the Global South"], ["KR"]),
        (["South-South trade is a chance for Seoul"], ["KR"]),
        (["Snow falls on Seoul, North Chungcheong and North Jeolla"], ["KR"]),
        (["A Korean film opens in North London"], ["KR"]),
        (["The North beats the South in an all-star game"], []),
    ],
)
def test_which_korea_is_meant(texts, codes):
    assert countries_named(texts) == codes


@pytest.mark.parametrize(
    ("tag", "codes"),
    [
        ("china", ["CN"]),
        ("south china sea", []),
        ("papua new guinea", ["PG"]),
        ("turkey", ["TR"]),
        ("turkey recipes", []),
        ("png", []),
        ("uae", []),
        ("UAE", ["AE"]),
        ("China-Japan relations", ["CN", "JP"]),
    ],
)
def test_a_tag_in_small_letters_counts_where_it_is_a_name_as_a_whole(tag, codes):
    assert countries_named([], tags=[tag]) == codes


def test_small_letters_in_a_sentence_name_no_country():
    assert countries_named(["A set of china, a turkey and some japan lacquer"]) == []


@given(st.lists(st.one_of(st.none(), st.text()), max_size=3), st.lists(st.text(), max_size=3))
def test_no_text_is_too_odd(texts, tags):
    codes = countries_named(texts, tags=tags)
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("New Delhi", True),
        ("JAKARTA", True),
        ("Jordan", False),
        ("Sydney", False),
        ("Mara Jakarta", False),
        ("", False),
    ],
)
def test_a_text_is_a_place_only_as_a_whole(text: str, expected: bool) -> None:
    assert is_place(text) is expected
