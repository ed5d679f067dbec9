import copy
import timeit

from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Article, Image
from pipelines.normalize import NormalizePipeline, normalize

# Loads what would count in an example's time.
normalize(Article(url="https://herald.example/1.html", body="👍"))

URL = "https://herald.example/20240102/talks-resume-77.html"


def article(**fields):
    return Article(
        **{"url": URL, "headline": "Talks resume", "body": "Talks resumed.\n\nThey go on.", **fields}
    )


def test_absent_texts_become_none_and_never_an_empty_string():
    refined = normalize(
        article(lead=" ", description="\u200b", section="", dateline=" - ", published_raw="\n", language="")
    )
    assert (refined.lead, refined.description, refined.section) == (None, None, None)
    assert (refined.dateline, refined.published_raw, refined.language) == (None, None, None)


def test_an_absent_headline_and_body_stay_empty_for_validation_to_see():
    refined = normalize(article(headline="\u200b ", body="\n \n"))
    assert (refined.headline, refined.body, refined.word_count) == ("", "", 0)


def test_names_are_trimmed_and_each_is_kept_once_in_the_first_spelling():
    refined = normalize(
        article(authors=[" Kim Min-ji,", "KIM MIN-JI", "", "Lee Ho"], tags=["China", "china ", "Trade"])
    )
    assert refined.authors == ["Kim Min-ji", "Lee Ho"]
    assert refined.tags == ["China", "Trade"]


def test_pictures_without_an_address_go_and_the_credit_loses_its_sign():
    refined = normalize(
        article(
            images=[
                Image("https://img.example/1.jpg", "  A\nharbour ", "© AFP 2023 / JUNG YEON-JE"),
                Image("https://img.example/1.jpg", "again"),
                Image(" "),
                Image("https://img.example/2.jpg", "", "(c) Wire"),
            ]
        )
    )
    assert refined.images == [
        Image("https://img.example/1.jpg", "A harbour", "AFP 2023 / JUNG YEON-JE"),
        Image("https://img.example/2.jpg", None, "Wire"),
    ]


def test_related_addresses_are_canonical_and_never_the_articles_own():
    refined = normalize(
        article(
            related=[
                "http://www.herald.example/20240101/other-76.html?utm_source=card",
                "https://herald.example/amp/20240101/other-76.html",
                "javascript:void(0)",
                URL + "#comments",
                "https://elsewhere.example/a",
            ]
        )
    )
    assert refined.related == ["https://herald.example/20240101/other-76.html", "https://elsewhere.example/a"]


def test_the_fetched_address_stands_in_for_an_absent_canonical_one():
    assert normalize(article(url=URL + "?utm_source=x#top")).canonical_url == URL


def test_lead_and_body_are_counted_and_hashed_together():
    refined = normalize(article(lead="Three more words", body="Talks resumed."))
    assert refined.word_count == 5
    assert refined.body_hash != normalize(article(body="Talks resumed.")).body_hash
    assert (
        refined.body_hash == normalize(article(lead="Three more  words", body=" Talks\nresumed.")).body_hash
    )


_TEXT = st.one_of(
    st.none(), st.text(max_size=30), st.sampled_from(["â€™s", " a ", "\ud800", "©©x", "x,;", "-\u200b-"])
)
_TEXTS = st.lists(_TEXT.map(lambda text: text or ""), max_size=3)
_IMAGES = st.builds(Image, url=_TEXT.map(lambda text: text or ""), caption=_TEXT, credit=_TEXT)


@given(
    st.builds(
        Article,
        url=st.just(URL),
        **dict.fromkeys(("headline", "body"), _TEXT.map(lambda text: text or "")),
        **dict.fromkeys(("lead", "description", "language", "section", "dateline", "published_raw"), _TEXT),
        wire_credit=st.one_of(_TEXT, st.sampled_from(["By AFP", "HANOI (Xinhua) -", "Lee Ho / Bloomberg"])),
        **dict.fromkeys(("authors", "tags", "related"), _TEXTS),
        images=st.lists(_IMAGES, max_size=2),
    )
)
def test_normalization_is_idempotent(item):
    once = normalize(item)
    again = normalize(copy.deepcopy(once))
    assert again == once
    assert "" not in (once.lead, once.description, once.section, once.dateline, *once.authors, *once.tags)


def test_countries_come_from_headline_lead_dateline_and_tags_but_not_from_the_body():
    refined = normalize(
        article(
            headline="Japan acts",
            lead="So does Nepal.",
            dateline="SEOUL",
            tags=["india"],
            body="Fiji, too. " * 20,
        )
    )
    assert refined.countries == ["JP", "NP", "KR", "IN"]


def test_the_wire_credit_is_told_by_its_one_name():
    assert normalize(article(wire_credit="By the Associated Press")).wire_credit == "AP"
    assert normalize(article(wire_credit="Editorial team", authors=["Kim Min-ji"])).wire_credit is None


def test_the_stage_hands_on_the_same_item():
    item = article(headline=" Talks  resume ")
    assert NormalizePipeline().process_item(item) is item
    assert item.headline == "Talks resume"


def test_an_article_of_500_words_costs_little():
    paragraph = (
        "The minister said on Monday that talks about “trade and fisheries” would resume in the capital. "
    )
    item = article(
        body="\n\n".join([paragraph * 4] * 8), authors=["Kim Min-ji"], tags=["China", "Trade", "Fish"]
    )
    normalize(item)
    # The promise is 150 µs; a busy machine gets ten times that before the test speaks up.
    assert min(timeit.repeat(lambda: normalize(item), number=20, repeat=3)) / 20 < 1500e-6
