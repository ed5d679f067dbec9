"""Sections and tags that name the watched part of the world, and those that only look so."""

import pytest

from crawler.asia_terms import asia_terms, names_asia

TERMS = asia_terms()


@pytest.mark.parametrize(
    "name",
    [
        *("Asia", "ASIA PACIFIC", "Asia & Pacific", "asia-pacific", "Hong Kong", "Timor-Leste"),
        *(
            "world-asia",
            "world-asia-china",
            "World/Asia-Pacific",
            "World | Asia",
            "Asia News",
            "China, India",
        ),
    ],
)
def test_terms_alone_together_and_beside_words_of_no_place_name_asia(name):
    assert names_asia(name, TERMS)


@pytest.mark.parametrize(
    "name",
    [
        *("", "world", "World News", "Europe", "world-europe", "Caucasia", "Pacific Northwest", "chinaware"),
        *("Indiana", "us & canada", "asia " * 9),
    ],
)
def test_other_names_do_not(name):
    assert not names_asia(name, TERMS)


def test_the_setting_adds_terms_in_any_case():
    assert not names_asia("World/Silk Road", TERMS)
    assert names_asia("World/Silk Road", asia_terms(["Silk-Road ", ""]))
