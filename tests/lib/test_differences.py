import time

import pytest

from ci_backbone.lib.differences import Piece, difference


def words(pieces, *, changed):
    return [piece.text for piece in pieces if piece.is_changed is changed]


def test_words_that_differ_are_marked_in_both_versions():
    found = difference("We meet every month here.", "We meet every quarter here.")

    assert (words(found.before, changed=True), words(found.after, changed=True)) == (["month"], ["quarter"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("One two  three\nfour", "One three\n\nfour five"),
        ("", "All new"),
        ("All gone", ""),
        ("  ", " "),
        ("a b c d", "w x y z"),
        ("عربي ثلاثة", "عربي أربعة"),
        ("a b", "a  b"),
    ],
)
def test_pieces_read_in_a_row_are_the_whole_text(before, after):
    found = difference(before, after)

    assert "".join(piece.text for piece in found.before) == before
    assert "".join(piece.text for piece in found.after) == after
    assert any(piece.is_changed for piece in (*found.before, *found.after))


def test_texts_with_little_in_common_are_marked_whole():
    assert difference("alpha beta", "gamma delta").after == [Piece("gamma delta", is_changed=True)]


@pytest.mark.parametrize("text", ["a " * 2000, "a b " * 1000, "x" * 4000])
def test_long_texts_of_one_word_are_compared_quickly(text):
    begun = time.perf_counter()
    difference(text, text[:-1] + "!")

    assert time.perf_counter() - begun < 2
