import random
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.sketches import (
    MAX_WORDS,
    Comparable,
    fingerprints,
    fingerprints_of,
    likeness,
    sketch_of,
    sketches_of,
)

CHANCE = random.Random(7)
VOCABULARY = ["".join(CHANCE.choices("abcdefghijklmnoprstuvw", k=CHANCE.randint(2, 9))) for _ in range(3000)]


def story(words=400, seed=0):
    chance = random.Random(seed)
    lines = []
    while words > 0:
        lines.append(" ".join(chance.choices(VOCABULARY, k=min(words, 30))))
        words -= 30
    return "\n\n".join(lines)


def alike(first, second):
    return likeness(Comparable(sketch_of(first).words), Comparable(sketch_of(second).words))


def test_a_text_is_wholly_like_itself_and_not_like_another():
    assert alike(story(seed=1), story(seed=1)) == 1
    assert alike(story(seed=1), story(seed=2)) < 0.05


def test_typography_case_and_white_space_make_no_difference():
    plain = 'The minister said: "It\'s time - now..." ' + story(60)
    fancy = "THE  Minister said: “It’s time — now…”\u00a0" + story(60).replace("\n\n", "\n \n")
    assert np.array_equal(Comparable(sketch_of(plain).words).plain, Comparable(sketch_of(fancy).words).plain)
    assert alike(plain, fancy) == 1


def test_a_copy_cut_to_a_quarter_is_the_same_article():
    text = story(400)
    assert alike(text, "HANOI (Wire) - " + text[: len(text) // 4]) > 0.9


def test_rewording_one_word_in_eight_leaves_the_same_article():
    words = story(400).split(" ")
    reworded = " ".join(CHANCE.choice(VOCABULARY) if at % 8 == 0 else word for at, word in enumerate(words))
    assert alike(story(400), reworded) > 0.65


def test_a_common_background_passage_makes_no_copy():
    background = story(130, seed=3)
    assert alike(story(270, seed=1) + "\n\n" + background, story(270, seed=2) + "\n\n" + background) < 0.5


def test_an_item_of_a_round_up_is_not_the_round_up():
    item = story(60, seed=1)
    assert alike(item, "\n\n".join([story(1200, seed=2), item])) < 0.6


def test_reports_of_one_form_with_other_figures_are_other_articles():
    form = (
        "A magnitude {} earthquake struck {} kilometres off the coast at {} local time on Monday, "
        "{} kilometres deep, the agency said."
    )
    assert alike(form.format(5.1, 120, "04:12", 10), form.format(6.3, 45, "17:50", 33)) < 0.6
    assert alike(form.format(5.1, 120, "04:12", 10), form.format(5.1, 120, "04:12", 10)) == 1


def test_an_item_from_the_middle_of_a_short_round_up_is_not_the_round_up():
    items = [story(60, seed) for seed in range(5)]
    assert alike(items[2], "\n\n".join(items)) < 0.6
    assert alike("\n\n".join(items), "\n\n".join(items[:2])) > 0.9, "a copy cut short has the beginning"


def test_one_form_filled_with_other_names_makes_other_articles():
    form = (
        "Police in {} have arrested a man on suspicion of theft, officials said on {}. The suspect, a "
        "resident known to neighbours as {}, was taken into custody after officers got a hint, and will be "
        "brought before a court. A case has been registered and the investigation goes on, a spokesman said."
    )
    first, second = form.format("Manila", "Monday", "Juan Reyes"), form.format("Cebu", "Friday", "Ramon Diaz")
    assert alike(first, second) < 0.6
    assert alike(first, "CEBU, Nov. 9 (Wire) - " + first) == 1, "a dateline is no slot"
    assert alike(first, first.replace("Juan", "José")) > 0.9, "a corrected name"


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("He met Kim in Seoul. Talks with Kim Jong went on for 3 days", "kim seoul kim jong 3"),
        ('"We agree," said Tan. It was 5.30 in Hanoi', "tan 5 30 hanoi"),
        ("First line\nNext line of The Times\n\nLast", "the times"),
        ("Élysée said É and Zürich", "zürich"),
        ("", ""),
    ],
)
def test_figures_and_names_within_sentences_are_marked(text, marked):
    words = sketch_of(text).words
    marks = words[words >= 1 << 15]
    assert marks.tolist() == [crc32(word.encode()) % (1 << 15) | 1 << 15 for word in marked.split()]


@pytest.mark.parametrize("text", ["", " \n ", "One line.", "word " * 9])
def test_texts_of_a_few_words_are_like_nothing(text):
    assert alike(text, text) == 0
    assert not len(fingerprints(sketch_of(text).words))


def test_scripts_without_spaces_are_compared_by_character():
    text = "部长星期一说两国关于贸易的会谈将在首都重新开始并对产业发展表示关切各方期待尽快达成协议" * 2
    assert len(sketch_of(text).words) == len(text)
    assert alike(text, text[: len(text) // 2]) > 0.9


def test_the_lines_of_a_sketch_can_be_left_out():
    sketch = sketch_of("First line here.\n\nRead more: the latest\n\nThird line, the last")
    assert sketch.line_lengths.tolist() == [3, 4, 4]
    kept = sketch.without(np.array([False, True, False]))
    assert np.array_equal(kept, sketch_of("First line here.\nThird line, the last").words)


def test_a_text_whose_paragraphs_were_lost_is_cut_into_sentences():
    sentences = [f"{story(12, seed).capitalize()}." for seed in range(30)]
    assert len(sketch_of(" ".join(sentences)).lines) == 30


def test_of_an_endless_text_only_the_beginning_is_kept():
    assert len(sketch_of(story(3 * MAX_WORDS)).words) <= MAX_WORDS + 30


@given(st.text(), st.text())
def test_likeness_is_symmetric_and_between_nought_and_one(first, second):
    assert alike(first, second) == alike(second, first)
    assert 0 <= alike(first, second) <= 1


@given(st.lists(st.one_of(st.text(), st.integers(0, 60).map(story)), max_size=8), st.booleans())
def test_texts_that_come_together_have_the_sketches_that_they_have_alone(texts, with_a_long_one):
    if with_a_long_one:
        texts.insert(len(texts) // 2, "A b " * MAX_WORDS)
    together = sketches_of(texts)
    alone = [sketch_of(text) for text in texts]
    for name in ("words", "line_lengths", "lines"):
        assert [getattr(one, name).tolist() for one in together] == [
            getattr(one, name).tolist() for one in alone
        ]
    prints = fingerprints_of([one.words for one in together])
    assert [one.tolist() for one in prints] == [fingerprints(one.words).tolist() for one in alone]
