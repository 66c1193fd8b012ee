import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.characters import INVISIBLE, clean_text, clean_word
from ingestion.decode import decode


@pytest.mark.parametrize(
    ("printed", "clean"),
    [
        ("eﬃcient", "efficient"),
        ("ﬁne", "fine"),
        ("co\u00adoperate", "cooperate"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u202eevil\u202c", "evil"),
        ("𝑥𝟐", "x2"),
        ("Poincar´e", "Poincaré"),
        ("M¨uller", "Müller"),
        ("a¨l", "a¨l"),
        ("e\u0301", "é"),
        ("a\x00b\x1b", "ab"),
        ("naïve", "naïve"),
    ],
)
def test_words_become_readable(printed, clean):
    assert clean_word(printed) == clean


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_clean_text_has_nothing_invisible_and_is_normal(text):
    clean = clean_text(text)
    assert not INVISIBLE.search(clean)
    assert "\r" not in clean
    assert unicodedata.is_normalized("NFC", clean)


def test_bytes_are_decoded_or_guessed_with_a_warning():
    assert decode("\ufeffGrüße".encode()) == ("Grüße", [])
    assert decode("Grüße".encode("utf-16")) == ("Grüße", [])
    text, warnings = decode("Grüße “x”".encode("cp1252"))
    assert text == "Grüße “x”"
    assert "Windows-1252" in warnings[0]
    text, warnings = decode(b"\x81 caf\xe9")
    assert text.endswith("café")
    assert "Latin-1" in warnings[0]
