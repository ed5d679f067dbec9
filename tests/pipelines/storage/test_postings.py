import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage import postings
from pipelines.storage.postings import MAX_TEXTS, Postings

TEXTS = st.lists(st.sets(st.integers(0, 40), max_size=12), max_size=30)


def prints(values):
    return np.array(sorted(values), np.uint32)


def add(index, number, values):
    index.add(np.full(len(values), number, np.uint32), prints(values))


@given(TEXTS, TEXTS, st.sampled_from([5, 20, 1000]), st.integers(1, 9))
def test_the_texts_that_share_fingerprints_are_found_wherever_they_lie(texts, asked, recent, block):
    index = Postings()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_RECENT_POSTINGS", recent)
        patch.setattr(postings, "_BLOCK", block)
        for number, text in enumerate(texts):
            add(index, number, text)
        found = index.common([*map(prints, asked)])
    assert found == [
        {number: len(text & one) for number, text in enumerate(texts) if text & one} for one in asked
    ]


def test_many_postings_can_be_added_at_once():
    index = Postings()
    add(index, 1, {1, 2, 3})
    index.add_many(np.array([2, 2, 3], np.uint32), np.array([2, 1, 2], np.uint32))
    index.add_many(np.array([4], np.uint32), np.array([2**32 - 1], np.uint32))
    assert index.common([prints({1, 2}), prints({2**32 - 1})]) == [{1: 2, 2: 2, 3: 1}, {4: 1}]


def test_a_fingerprint_of_very_many_texts_is_passed_over():
    index = Postings()
    index.add_many(np.arange(MAX_TEXTS, dtype=np.uint32), np.full(MAX_TEXTS, 1, np.uint32))
    assert len(index.common([prints({1, 2})])[0]) == MAX_TEXTS
    add(index, MAX_TEXTS, {1, 2})
    assert index.common([prints({1, 2})]) == [{MAX_TEXTS: 1}]
