from ingestion.document import Box, WordBox
from ingestion.spans import boxes_for_span

WORDS = (
    WordBox(0, 3, Box(10, 100, 30, 110)),
    WordBox(4, 9, Box(33, 100, 60, 110)),
    WordBox(10, 13, Box(10, 112, 25, 122)),
    WordBox(13, 16, Box(200, 112, 220, 122)),
)


def test_words_of_a_line_share_a_box():
    assert boxes_for_span(WORDS, 0, 9) == [Box(10, 100, 60, 110)]


def test_each_printed_line_has_its_box():
    assert boxes_for_span(WORDS, 4, 12) == [Box(33, 100, 60, 110), Box(10, 112, 25, 122)]


def test_columns_at_one_height_do_not_merge():
    assert boxes_for_span(WORDS, 10, 16) == [Box(10, 112, 25, 122), Box(200, 112, 220, 122)]


def test_a_part_of_a_word_has_the_word_s_box():
    assert boxes_for_span(WORDS, 5, 6) == [Box(33, 100, 60, 110)]


def test_spans_without_words_have_no_box():
    assert boxes_for_span(WORDS, 3, 4) == []
    assert boxes_for_span(WORDS, 50, 60) == []
    assert boxes_for_span((), 0, 5) == []
