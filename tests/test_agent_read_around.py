"""Reading on around a passage: its neighbours come as passages of their own, and it keeps its number."""

from __future__ import annotations

from agent_desk import ask, calls, desk, finished, results
from fake_library import FakeLibrary, make_passage

SHELF = [
    make_passage("First the dot products are computed.", start=100),
    make_passage("Then they are divided by the root of the key dimension.", start=200),
    make_passage("The softmax comes last.", page=4, start=100),
    make_passage("Eight heads run side by side.", page=5, start=100),
]
SEARCH = ("s", "search_library", {"query": "divided root dimension"})


def test_a_passage_is_read_with_what_stands_around_it(tmp_path):
    reading = calls(("r", "read_pages", {"passage": "[1]", "document": ""}))
    tutor, chat = desk(tmp_path, calls(SEARCH), reading, "The softmax comes last [3].", shelf=FakeLibrary(SHELF))
    events = ask(tutor)
    assert finished(events)
    told = results(chat.history[-1])["r"]
    assert [line[:3] for line in told.splitlines() if line[:1] == "[" and "p. " in line] == ["[2]", "[1]", "[3]"]
    assert "Eight heads" not in told
    answer = events[-1].answer
    assert [(one.number, one.page_number, one.start) for one in answer.citations] == [(3, 4, 100)]
    assert [sentence.support for sentence in answer.sentences] == ["supported"]


def test_a_number_that_no_passage_has_is_answered_with_those_there_are(tmp_path):
    reading = calls(("r", "read_pages", {"passage": 9}))
    tutor, chat = desk(tmp_path, calls(SEARCH), reading, "Nothing.", shelf=FakeLibrary(SHELF[1:2]))
    assert finished(ask(tutor))
    assert "There is no passage 9. Their numbers go from 1 to 1." in results(chat.history[-1])["r"]
