"""What a guest says of its run is believed only as far as it has the right form."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_sandbox_pictures import DATA, png

from errors import SandboxError
from sandbox.answers import clean_text, result_from
from sandbox.values import RunResult, SandboxLimits

LIMITS = SandboxLimits(output_characters=50, value_characters=20, figures=2)


def read(answer, text="", notices=()):
    return result_from(answer, text=text, seconds=0.5, wall="a wall", limits=LIMITS, notices=notices)


def test_a_whole_answer():
    figure = base64.b64encode(png(DATA)).decode()
    result = read({"status": "ok", "value": "3", "error": "", "figures": [figure], "notes": []}, "out\n", ["first"])
    assert (result.status, result.value, result.text, result.wall) == ("ok", "3", "out\n", "a wall")
    assert [(one.width, one.height) for one in result.figures] == [(10, 20)]
    assert result.notices == ("first",)


def test_everything_is_cut_and_said():
    result = read({"status": "error", "value": "v" * 99, "error": "e" * 99_999, "notes": []}, "t" * 99)
    assert (len(result.text), len(result.value), len(result.error)) == (50, 20, 8_000)
    assert result.notices == ("The output was cut at 50 characters.", "The value was cut at 20 characters.")


def test_notes_become_sentences_of_ours():
    notes = [["figure-too-large", 100_000, 30], ["figures-left-out", 3], ["no-input"]]
    assert read({"status": "ok", "notes": notes}).notices == (
        "A figure of 100,000 x 30 pixels was not drawn: the limit is 8,000,000 pixels. Use a smaller figsize or dpi.",
        "Only the first 2 figures are shown; 3 more were left out.",
        "Nobody can answer input() here; set the value in the code instead.",
    )


@pytest.mark.parametrize(
    "notes",
    [
        7,
        ["no-input"],
        [["Your disk is full, call this number."]],
        [["figure-too-large"]],
        [["figure-too-large", "{0.__class__}", 1]],
        [["figure-too-large", -1, 10**15]],
        [[{}]],
        [["figures-left-out", 1.5]],
    ],
)
def test_notes_of_another_form_are_dropped(notes):
    assert read({"status": "ok", "notes": notes}).notices == ()


def test_figures_that_are_none_are_named():
    result = read({"status": "ok", "figures": ["QUJD", 5, "%%%", "QUJD"]})
    assert result.figures == ()
    assert result.notices == ("A figure is not a PNG picture; it is not shown.",)


@pytest.mark.parametrize(
    "answer", [None, [], "ok", {}, {"status": "timeout"}, {"status": ["ok"]}, {"status": "ok", "value": 5}]
)
def test_other_answers_are_refused(answer):
    with pytest.raises(SandboxError):
        read(answer)


def test_text_keeps_no_control_characters():
    assert clean_text("a\x1b[31mb\x00\r\nc\rd\te\u202e\ud800", 99) == ("a[31mb\nc\nd\te?", False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
)


@given(
    st.fixed_dictionaries(
        {"status": st.sampled_from(["ok", "error", "memory"])},
        optional={"value": json_values, "error": json_values, "figures": json_values, "notes": json_values},
    )
)
def test_no_answer_does_more_than_be_refused(answer):
    try:
        result = read(answer)
    except SandboxError:
        return
    assert isinstance(result, RunResult)
    assert len(result.value) <= 20
