from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.canonical_url import article_key
from pipelines.storage.line_counts import BOILERPLATE_ARTICLES
from pipelines.storage.near_duplicates import Arrival, Entry, NearDuplicateIndex, needed_likeness
from pipelines.storage.sketches import sketch_of
from tests.pipelines.storage.test_sketches import story

DAY = 86400


class Articles:
    """An index in memory, as the tests want to speak to it."""

    def __init__(self):
        self.arrivals = []
        self.names = {}
        self.index = NearDuplicateIndex(lambda number: self.arrivals[number].sketch, window=30 * DAY)

    def arrival(self, text, *, key=None, outlet="herald", at=0):
        key = str(len(self.names) if key is None else key)
        self.names[article_key(key)] = key
        return Arrival(article_key(key), outlet, at, sketch_of(text))

    def add(self, text, **named):
        [first] = self.add_together(self.arrival(text, **named))
        return first

    def add_together(self, *arrivals):
        found = self.index.take_in(arrivals)
        self.arrivals += arrivals
        firsts = [
            self.index.earliest(taken.matches, arrival.key, arrival.published_at)
            for taken, arrival in zip(found, arrivals, strict=True)
        ]
        return [first and self.names[self.index.key(first.number)] for first in firsts]


def test_the_earliest_of_several_copies_is_named():
    articles = Articles()
    assert articles.add(story(200), key="b", at=20) is None
    assert articles.add(story(200), key="a", at=10) is None
    assert articles.add(story(200)[:-90], key="c", at=30) == "a"


def test_an_article_is_no_duplicate_of_what_was_published_after_it():
    articles = Articles()
    articles.add(story(200), key="later", at=20)
    assert articles.add(story(200), key="earlier", at=10) is None


def test_copies_are_found_across_outlets_but_not_across_the_window():
    articles = Articles()
    articles.add(story(200), key="a", outlet="herald", at=0)
    assert articles.add(story(200), key="b", outlet="tribune", at=29 * DAY) == "a"
    assert articles.add(story(200), key="c", outlet="tribune", at=60 * DAY) is None


def test_a_new_revision_is_no_duplicate_of_the_earlier_one_and_takes_its_place():
    articles = Articles()
    articles.add(story(200, seed=1), key="a", at=0)
    assert articles.add(story(200, seed=1) + " Updated.", key="a", at=0) is None
    assert articles.add(story(200, seed=2), key="a", at=0) is None
    assert articles.add(story(200, seed=1), key="b", at=1) is None
    assert articles.add(story(200, seed=2), key="c", at=1) == "a"


def test_a_common_footer_makes_no_duplicates_once_it_is_known_for_what_it_is():
    footer = "\n\n" + story(90, seed=99)
    articles = Articles()
    for seed in range(BOILERPLATE_ARTICLES):
        articles.add(story(400, seed) + footer)
    for seed in range(100, 120):
        assert articles.add(story(40, seed) + footer) is None


def test_copies_of_one_story_do_not_make_its_lines_boilerplate():
    articles = Articles()
    for number in range(3 * BOILERPLATE_ARTICLES):
        assert articles.add(story(200), key=number, at=number) == ("0" if number else None)


def test_short_texts_must_be_more_alike_than_long_ones():
    assert needed_likeness(10) > needed_likeness(50) > needed_likeness(100) == needed_likeness(1000)


@given(st.lists(st.text(), max_size=6))
def test_no_text_is_too_odd(texts):
    articles = Articles()
    for text in texts:
        articles.add(text)
    assert len(articles.index) == len(texts)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 12)), max_size=20),
    st.lists(st.integers(1, 7), min_size=20, max_size=20),
)
def test_articles_that_come_together_are_told_the_same_as_one_by_one(made, sizes):
    def text(seed, tail, footer):
        return "\n\n".join([story(60, seed), story(4 * tail, 50 + tail), story(40, 90)][: 2 + (footer < 8)])

    one_by_one, together = Articles(), Articles()
    rows = [{"text": text(*one), "key": number * 5 % 13, "at": number} for number, one in enumerate(made)]
    singly = [one_by_one.add(**row) for row in rows]
    in_batches = []
    for size in sizes:
        in_batches += together.add_together(*(together.arrival(**row) for row in rows[:size]))
        rows = rows[size:]
    assert in_batches == singly


def test_an_index_made_of_what_another_has_says_the_same():
    articles = Articles()
    footer = "\n\n" + story(90, seed=99)
    texts = [story(200, seed) + footer for seed in range(6)]
    for text in texts:
        articles.add(text)
    entries = [
        Entry(arrival.key, arrival.outlet, 0, taken.prints, arrival.sketch.lines)
        for arrival in articles.arrivals
        for taken in NearDuplicateIndex({}.get, 0).take_in([arrival])
    ]
    again = Articles()
    again.index = NearDuplicateIndex(lambda number: articles.arrivals[number - 40].sketch, 30 * DAY, first=40)
    again.index.add_all(entries[:4])
    again.index.add_all(entries[2:])
    again.names = articles.names
    assert len(again.index) == 6
    assert again.index.knows([articles.arrivals[5].key, article_key("another")]) == [True, False]
