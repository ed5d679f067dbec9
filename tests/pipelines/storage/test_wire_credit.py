import pytest

from pipelines.storage.wire_credit import wire_credit_of

BODY = "The ferry left on time.\n\nPassengers were pleased, the captain told AFP."


@pytest.mark.parametrize(
    ("credit", "agency"),
    [
        ("AFP", "AFP"),
        ("Agence France-Presse", "AFP"),
        ("By Reuters Staff", "Reuters"),
        ("The Associated Press", "AP"),
        ("associated press", "AP"),
        ("Xinhua News Agency", "Xinhua"),
        ("HANOI, Nov 9 (Xinhua) -- ", "Xinhua"),
        ("MOSCOW (Sputnik) –", "Sputnik"),
        ("Press Trust of India", "PTI"),
        ("Kyodo News", "Kyodo"),
        ("연합뉴스", "Yonhap"),
        ("РИА Новости", "RIA Novosti"),
        ("AFP, Reuters", "AFP"),
        ("Lee Ho / Bloomberg", "Bloomberg"),
        ("dpa", "dpa"),
        ("Sana Khan", None),
        ("Petra Novak", None),
        ("sana", None),
        ("Ani Petrosyan", None),
        ("", None),
        (None, None),
    ],
)
def test_the_agency_of_a_byline_or_dateline(credit, agency):
    assert wire_credit_of(credit, [], BODY, "herald") == agency


def test_an_agency_among_the_authors_counts():
    assert wire_credit_of(None, ["Kim Min-ji", "ANI"], BODY, "herald") == "ANI"


@pytest.mark.parametrize(
    ("body", "agency"),
    [
        ("MANILA (AP) — The ferry left.\n\nIt was on time.", "AP"),
        ("HANOI, Nov 9 (Xinhua) -- The ferry left.", "Xinhua"),
        ("(Bloomberg) -- The ferry left.\n\nIt was on time.", "Bloomberg"),
        ("MOSCOW, November 9. /TASS/. The ferry left.", "TASS"),
        ("A vote on 5/AP/6 or and/or was called off.", None),
        ("The ferry left.\n\n(AFP)", "AFP"),
        ("The ferry left.\n\nSource: Xinhua", "Xinhua"),
        ("The ferry left.\n\nWith inputs from PTI", "PTI"),
        ("The ferry left. — Bernama", "Bernama"),
        ("The ferry left.\n\nIt was on time, the crew said. - Reuters", "Reuters"),
        ("The ferry left on time, he said. (ANI)", "ANI"),
        ("The captain (a Reuters reader) left.\n\nIt was on time.", None),
        ("The ferry left.\n\nHe had once worked for Reuters.", None),
        ("Passengers were pleased, the captain told AFP.", None),
        ("", None),
    ],
)
def test_dateline_and_credit_line_in_the_text(body, agency):
    assert wire_credit_of(None, [], body, "herald") == agency


@pytest.mark.parametrize(
    ("outlet", "agency"), [("sputnik", None), ("sputnik_arabic", None), ("herald", "Sputnik")]
)
def test_the_outlets_own_agency_is_no_credit(outlet, agency):
    assert wire_credit_of("BEIJING (Sputnik) –", [], BODY, outlet) == agency
