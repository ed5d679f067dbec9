import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage import postings
from pipelines.storage.postings import MAX_TEXTS, Postings

TEXTS = st.lists(st.sets(st.integers(0, 40), max_size=12), max_size=30)


def prints(values):
    """Neighbours and far ones, over all that a fingerprint may be."""
    return np.array(sorted(value // 2 * (2**32 // 21) + value % 2 for value in values), np.uint32)


def add(index, number, values):
    index.add(np.full(len(values), number, np.uint32), prints(values))


@given(
    TEXTS, TEXTS, st.sampled_from([0, 5, 20, 1000]), st.integers(1, 9), st.integers(1, 6), st.integers(0, 9)
)
def test_the_texts_that_share_fingerprints_are_found_wherever_they_lie(
    texts, asked, recent, block, bits, first
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_RECENT_POSTINGS", recent)
        patch.setattr(postings, "_BLOCK", block)
        patch.setattr(postings, "_FEWEST_BITS", bits)
        index = Postings(first)
        for number, text in enumerate(texts, first):
            add(index, number, text)
        found = index.common([*map(prints, asked)])
    assert found == [
        {number: len(text & one) for number, text in enumerate(texts, first) if text & one} for one in asked
    ]


def test_postings_of_many_texts_take_four_bytes_each():
    texts = 200_000
    every = np.random.default_rng(1).integers(0, 2**32, (10, texts), np.uint32)
    index = Postings()
    for part in every:
        index.add(np.arange(texts, dtype=np.uint32), part)
    held = [
        one.nbytes
        for kept in (index, index._settled)
        for one in vars(kept).values()
        if hasattr(one, "nbytes")
    ]
    assert sum(held) < 5.1 * every.size
    for number in (0, 1, 65_535, 65_536, texts - 1):
        [found] = index.common([np.unique(every[:, number])])
        assert found[number] == 10


def test_postings_of_several_texts_can_be_added_at_once():
    index = Postings()
    add(index, 1, {1, 2, 3})
    index.add(np.array([2, 2, 3], np.uint32), prints([1, 2, 2])[[1, 0, 1]])
    index.add(np.array([4], np.uint32), np.array([2**32 - 1], np.uint32))
    last = np.array([2**32 - 1], np.uint32)
    assert index.common([prints({1, 2}), last]) == [{1: 2, 2: 2, 3: 1}, {4: 1}]


def test_a_fingerprint_of_very_many_texts_is_passed_over():
    index = Postings()
    index.add(np.arange(MAX_TEXTS, dtype=np.uint32), np.repeat(prints({1}), MAX_TEXTS))
    assert len(index.common([prints({1, 2})])[0]) == MAX_TEXTS
    add(index, MAX_TEXTS, {1, 2})
    assert index.common([prints({1, 2})]) == [{MAX_TEXTS: 1}]
