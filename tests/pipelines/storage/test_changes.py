from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.changes import Piece, changed_characters, changes


def test_a_corrected_word_is_the_only_change():
    before = "The ferry left at six.\n\nIt was ful."
    after = "The ferry left at six.\n\nIt was full."
    assert changes(before, after) == [
        Piece("same", "The ferry left at six.\n\nIt was "),
        Piece("removed", "ful"),
        Piece("added", "full"),
        Piece("same", "."),
    ]
    assert changed_characters(before, after) == (4, 3)


def test_a_new_paragraph_is_one_addition():
    before = "One thing.\n\nThe other."
    after = "One thing.\n\nA third, added later.\n\nThe other."
    assert changes(before, after)[1] == Piece("added", "A third, added later.\n\n")
    assert changed_characters(before, after) == (len("Athird,addedlater."), 0)


def test_an_unchanged_text_is_the_same_throughout():
    assert changes("Same.", "Same.") == [Piece("same", "Same.")]
    assert changed_characters("Same.", "Same.") == (0, 0)
    assert changes("", "") == []


def test_a_very_long_changed_passage_counts_as_replaced():
    before, after = "a " * 4000, "a " * 3999 + "b "
    assert [piece.kind for piece in changes(before, after)] == ["removed", "added"]


_TEXTS = st.lists(
    st.sampled_from(["ferry", "left", " ", ".", "\n", "\n\n", "_", "新", "“"]), max_size=30
).map("".join)


@given(_TEXTS, _TEXTS)
def test_the_pieces_make_both_texts(before, after):
    pieces = changes(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after
