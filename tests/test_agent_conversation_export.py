"""A conversation as a Markdown file: what was asked, answered, run and cited, and how far it is supported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.answers import Step
from agent.conversation_export import conversation_markdown
from agent.conversations import ConversationStore
from agent.events import Answer, Citation, SentenceCheck

TEXT = "It has 17 heads [1]. It was trained on postcards [2]. It is $\\pi$ wide."
FIRST = Citation(
    1, "d1", "The Zanzibar Encoder", "2401.00001", 2, "2", "3 Model", "c1", 5, 20, "has 17\nheads", "supported"
)
SECOND = replace(FIRST, number=2, arxiv_id=None, section="", page_number=4, start=40, end=60, quote="on postcards")
ANSWER = Answer(
    text=TEXT,
    sentences=(
        SentenceCheck(0, 20, TEXT[:20], (1,), "supported", 1.0),
        SentenceCheck(21, 53, TEXT[21:53], (2,), "unsupported", 0.1),
        SentenceCheck(54, len(TEXT), TEXT[54:], (), "uncited", 0.0),
    ),
    citations=(SECOND, FIRST),
    refused=False,
    model="embedded",
    seconds=1.25,
    first_token_seconds=0.2,
    notices=("Two passages were left out.",),
)
RUN = {"kind": "python", "code": "print('```')", "text": "```\n", "value": "", "error": "", "figures": [{}, {}]}


@pytest.fixture
def told(tmp_path):
    store = ConversationStore(tmp_path / "conversations.sqlite")
    identity = store.create("How many\nheads?").id
    steps = (Step("search_library", {}, "8 passages", 0.1, False),)
    store.end_turn(store.begin_turn(identity, "How many heads?\n\nIn each layer."), "done", answer=ANSWER, steps=steps)
    cell = store.begin_turn(identity, "print('```')", kind="code")
    store.end_turn(cell, "done", steps=(Step("run_python", {}, "ran", 0.1, False, RUN),))
    again = replace(ANSWER, sentences=(), notices=(), input_tokens=1200, output_tokens=30, model="ollama/x")
    store.end_turn(store.begin_turn(identity, "And again?"), "done", answer=again)
    store.end_turn(store.begin_turn(identity, "Why?"), "failed", error="The model does not answer.", hint="Wait.")
    return conversation_markdown(store.get(identity), store.turns(identity))


def test_the_parts_stand_in_the_order_of_the_conversation(told):
    headings = [line for line in told.splitlines() if line.startswith("#")]
    assert headings == [
        "# How many",
        "## How many heads?",
        "## Code that was run by hand",
        "## And again?",
        "## Why?",
        "## Sources",
    ]
    assert "\n\nIn each layer.\n\n- search library: 8 passages\n\n" in told
    assert "\n*The model does not answer.*\n" in told


def test_verdicts_stand_behind_their_sentences(told):
    assert (
        "It has 17 heads [1]. It was trained on postcards [2]. (not supported by its source) "
        "It is $\\pi$ wide. (no source)\n"
    ) in told
    assert "*embedded · 1.2 s · Two passages were left out.*" in told
    assert "*ollama/x · 1.2 s · 1,200 tokens in, 30 out*" in told


def test_each_passage_is_listed_once_with_its_page_and_quote(told):
    assert told.endswith(
        "## Sources\n\n"
        "- [1] The Zanzibar Encoder, arXiv 2401.00001, 3 Model, p. 2: “has 17 heads”\n"
        "- [2] The Zanzibar Encoder, p. 4: “on postcards”\n"
    )


def test_code_and_its_output_cannot_break_out_of_their_fences(told):
    assert "````python\nprint('```')\n````\n\n````text\n```\n````\n" in told
    assert "*2 figures were drawn; the file holds no pictures.*" in told
