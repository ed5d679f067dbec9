from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage import postings
from pipelines.storage.postings import MAX_TEXTS, Postings

TEXTS = st.lists(st.sets(st.integers(0, 40), max_size=12), max_size=30)


def prints(values):
    return np.array(sorted(values), np.uint32)


@given(TEXTS, st.sets(st.integers(0, 40), max_size=12), st.integers(1, 8))
def test_the_texts_that_share_two_fingerprints_are_found_wherever_they_lie(texts, asked, recent):
    index = Postings()
    before = postings._RECENT_TEXTS
    postings._RECENT_TEXTS = recent
    try:
        for number, text in enumerate(texts):
            index.add(number, prints(text))
        expected = {number: len(text & asked) for number, text in enumerate(texts) if len(text & asked) > 1}
        assert dict(index.common(prints(asked))) == expected
    finally:
        postings._RECENT_TEXTS = before


def test_postings_can_be_added_all_at_once():
    index = Postings()
    index.add(1, prints({1, 2, 3}))
    index.extend(np.array([2, 2, 3], np.uint32), np.array([2, 1, 2], np.uint32))
    assert Counter(dict(index.common(prints({1, 2})))) == Counter({1: 2, 2: 2})


def test_a_fingerprint_of_very_many_texts_is_passed_over():
    index = Postings()
    for number in range(MAX_TEXTS + 1):
        index.add(number, prints({1, 2}))
    assert index.common(prints({1, 2})) == []
