import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.near_duplicates import (
    BOILERPLATE_ARTICLES,
    Known,
    LineCounts,
    NearDuplicateIndex,
    needed_likeness,
)
from pipelines.storage.sketches import fingerprints, sketch_of
from tests.pipelines.storage.test_sketches import story

DAY = 86400


class Articles:
    """An index in memory, as the tests want to speak to it."""

    def __init__(self):
        self.sketches = []
        self.index = NearDuplicateIndex(self.sketches.__getitem__, window=30 * DAY)

    def add(self, text, *, key=None, outlet="herald", at=0):
        sketch = sketch_of(text)
        words = self.index.own_words(outlet, sketch)
        prints = fingerprints(words)
        number = len(self.sketches)
        key = number if key is None else key
        matches = self.index.matches(key, at, words, prints)
        self.sketches.append(sketch)
        self.index.add(number, Known(key, outlet, at, len(prints)), prints, None if matches else sketch.lines)
        first = self.index.earliest(matches, key, at)
        return first and self.index.known(first.number).key


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


def test_another_outlets_lines_are_not_boilerplate_here():
    counts = LineCounts()
    line = sketch_of("Follow us for more").lines
    for _ in range(BOILERPLATE_ARTICLES):
        counts.add("herald", line)
    assert counts.are_boilerplate("herald", line).all()
    assert not counts.are_boilerplate("tribune", line).any()


def test_copies_of_one_story_do_not_make_its_lines_boilerplate():
    articles = Articles()
    for number in range(3 * BOILERPLATE_ARTICLES):
        assert articles.add(story(200), key=number, at=number) == (0 if number else None)


def test_short_texts_must_be_more_alike_than_long_ones():
    assert needed_likeness(10) > needed_likeness(50) > needed_likeness(100) == needed_likeness(1000)


@given(st.lists(st.text(), max_size=6))
def test_no_text_is_too_odd(texts):
    articles = Articles()
    for text in texts:
        articles.add(text)
    assert len(articles.index) == len(texts)


def test_many_lines_count_together_as_one_by_one():
    counts = LineCounts()
    lines = np.arange(1000, dtype=np.uint32)
    for _ in range(300):
        counts.add("herald", lines)
    assert counts.are_boilerplate("herald", lines).all()
    assert not counts.are_boilerplate("herald", lines + np.uint32(5000)).any()
