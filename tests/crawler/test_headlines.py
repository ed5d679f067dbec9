"""One headline out of several titles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.headlines import best_headline, site_labels, undisputed_headline, without_site_name

SITES = ["The Harbour Times", "harbourtimes.example", "harbourtimes"]


@pytest.mark.parametrize(
    ("title", "others", "headline"),
    [
        ("Ferry line opens - The Harbour Times", [], "Ferry line opens"),
        ("Ferry line opens | Asia | The Harbour Times", ["Ferry line opens"], "Ferry line opens"),
        ("The Harbour Times | Ferry line opens", [], "Ferry line opens"),
        ("Ferry line opens - in the rain", [], "Ferry line opens - in the rain"),
        ("Ferry line: a first look", ["Ferry line"], "Ferry line: a first look"),
        ("« Une ligne de ferry »", [], "« Une ligne de ferry »"),
        ("Well-known ferry", [], "Well-known ferry"),
        ("連絡船が再び運航へ（港通信）", ["連絡船が再び運航へ"], "連絡船が再び運航へ"),
        ("Ferry line (opens)", [], "Ferry line (opens)"),
    ],
)
def test_the_sites_name_goes_and_nothing_else(title: str, others: list[str], headline: str) -> None:
    names = {"theharbourtimes", "harbourtimesexample", "harbourtimes"}
    assert without_site_name(title, others, names) == headline


@pytest.mark.parametrize(
    ("titles", "headline"),
    [
        (
            {"h1": "Ferry line opens", "og": "Ferry line opens", "title": "Ferry line opens | HT"},
            "Ferry line opens",
        ),
        ({"h1": "The Harbour Times", "og": "Ferry line opens"}, "Ferry line opens"),
        (
            {"h1": "Ferry opens", "json-ld": "Ferry opens", "og": "A new ferry", "title": "A new ferry"},
            "Ferry opens",
        ),
        (
            {"h1": "Ferry opens", "json-ld": "Ferry opens", "og": "All aboard", "title": "Ferry opens"},
            "All aboard",
        ),
        ({"h1": "All aboard", "og": "Ferries: All aboard", "title": "Ferries: All aboard"}, "All aboard"),
        # What only adds a word is no headline for readers of its own.
        (
            {
                "h1": "Ferry opens",
                "json-ld": "Ferry opens",
                "og": "Sea Desk | Ferry opens",
                "title": "Ferry opens",
            },
            "Ferry opens",
        ),
        # Where no two of them agree the outlet's own statement counts, else what readers see.
        ({"h1": "A ferry opens", "json-ld": "Ferry opens", "og": "All aboard"}, "Ferry opens"),
        ({"h1": "A ferry opens", "og": "All aboard", "title": "Ships and boats"}, "A ferry opens"),
        (
            {
                "h1": "After the talks – The ferry between the towns opens",
                "og": "Strait: The ferry between the towns opens",
            },
            "The ferry between the towns opens",
        ),
        (
            {
                "h1": "Press release: The ferry between the towns opens",
                "og": "Press releases",
                "title": "The ferry between the towns opens",
            },
            "The ferry between the towns opens",
        ),
        (
            {
                "h1": "Harbour towns:The ferry between them opens",
                "json-ld": "Harbour towns: The ferry between them opens",
                "og": "Harbour towns: The ferry between them opens",
            },
            "Harbour towns: The ferry between them opens",
        ),
        (
            {"h1": 'Mayor calls it "a dream"', "og": "Mayor calls it ", "title": "x"},
            'Mayor calls it "a dream"',
        ),
        ({"title": "The Harbour Times"}, None),
        ({}, None),
    ],
)
def test_titles_that_agree_win(titles: dict[str, str], headline: str | None) -> None:
    best = best_headline(titles, SITES)
    assert (best[0] if best else None) == headline


@pytest.mark.parametrize(
    ("titles", "headline"),
    [
        ({"json-ld": "Ferry opens", "og": "Ferry opens", "title": "Ferry opens | Asia | HT"}, "Ferry opens"),
        ({"json-ld": "Ferry: it opens", "og": "Ferry: it opens - HT"}, "Ferry: it opens"),
        ({"json-ld": "Ferry opens", "og": "Ferry opens: a first look"}, None),
        ({"json-ld": "Ferry opens", "og": "Ferry opens", "title": "Ferry opening"}, None),
        (
            {"json-ld": "Ferry line opens - The Harbour Times", "og": "Ferry line opens - The Harbour Times"},
            None,
        ),
        ({"json-ld": "Ferry opens"}, None),
        ({"og": "Ferry opens", "title": "Ferry opens"}, None),
    ],
)
def test_a_headline_is_undisputed_where_the_others_only_add_to_it(
    titles: dict[str, str], headline: str | None
) -> None:
    assert undisputed_headline(titles, SITES) == headline


@given(st.sampled_from(["", " | HT", " - The Harbour Times", " · Asia"]), st.text(max_size=40))
def test_no_h1_outvotes_an_undisputed_headline(behind: str, heading: str) -> None:
    titles = {"json-ld": "Ferry line opens", "og": "Ferry line opens" + behind, "title": "Ferry line opens"}
    undisputed = undisputed_headline(titles, SITES)
    best = best_headline({**titles, "h1": heading}, SITES)
    assert undisputed is not None and best is not None and best[0] == undisputed


def test_a_host_gives_names_of_its_site() -> None:
    assert site_labels("https://www.harbour.co.example/a") == ["harbour.co.example", "harbour", "co"]
