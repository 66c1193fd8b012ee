"""The value of a finished call, out of a stream that holds more than it."""

import pytest

from evals.soak.event_stream import answer_of


def test_beats_of_the_heart_and_pieces_before_the_end_are_passed_over():
    stream = "event: heartbeat\ndata: null\n\nevent: generating\ndata: [1]\n\nevent: complete\ndata: [2]\n\n"
    assert answer_of(stream) == 2


def test_words_that_look_like_a_stream_are_words():
    assert answer_of('event: complete\ndata: ["data: event: complete"]\n\n') == "data: event: complete"


@pytest.mark.parametrize("stream", ["", "event: error\ndata: null\n\n", "event: heartbeat\ndata: null\n\n"])
def test_a_call_that_did_not_finish_is_a_fault(stream):
    with pytest.raises(ValueError, match="did not finish"):
        answer_of(stream)
