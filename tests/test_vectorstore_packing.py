"""Boxes are kept to a hundredth of a point, whatever a file says."""

import math

from ingestion.document import Box, WordBox
from vectorstore.packing import FARTHEST, pack_words, unpack_words


def test_boxes_come_back_to_a_hundredth_of_a_point():
    words = (WordBox(0, 3, Box(72.004, 100.126, 90.5, 110.0)), WordBox(4, 9, Box(93.0, 100.126, 120.25, 110.0)))
    assert unpack_words(pack_words(words)) == (
        WordBox(0, 3, Box(72.0, 100.13, 90.5, 110.0)),
        WordBox(4, 9, Box(93.0, 100.13, 120.25, 110.0)),
    )
    assert unpack_words(pack_words(())) == ()


def test_places_of_hostile_files_are_cut_to_the_farthest():
    (word,) = unpack_words(pack_words([WordBox(0, 1, Box(math.nan, math.inf, -1e300, 5.0))]))
    assert word.box == Box(-FARTHEST, FARTHEST, -FARTHEST, 5.0)
