"""Events of a turn as chat messages."""

import html
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fake_services import NOTE, PAPER, QUOTE, SENTENCES, scripted_answer

from agent.answers import Step as StoredStep
from agent.conversations import StoredTurn
from agent.events import AnswerFinished, TextDelta, ToolFinished, ToolStarted, TurnFailed, TurnStarted
from errors import QuestionError
from ui.answer import answer_markdown, citation_at, citation_mark, page_name, streaming_markdown
from ui.markup import LATEX_DELIMITERS
from ui.messages import TurnMessages, stored_messages
from ui.reference import PassageReference

INLINE, INLINE_END = LATEX_DELIMITERS[1]["left"], LATEX_DELIMITERS[1]["right"]


def turn_of(*events):
    turn = TurnMessages("Why?")
    for event in events:
        turn.apply(event)
    return turn


def test_a_turn_grows_from_waiting_to_steps_to_text():
    turn = TurnMessages("Why?")
    assert [message["role"] for message in turn.as_messages()] == ["user", "assistant"]
    turn.apply(TurnStarted("c", "t", "embedded"))
    turn.apply(ToolStarted("1", "search_library", {"query": "attention", "document": ""}))
    step = turn.as_messages()[-1]
    assert step["metadata"] == {"title": "Search the library: attention", "status": "pending"}
    turn.apply(ToolFinished("1", "search_library", "6 passages", 0.25, False))
    turn.apply(TextDelta("Because [1]"))
    *_, step, answer = turn.as_messages()
    assert step["metadata"]["status"] == "done"
    assert step["metadata"]["duration"] == 0.25
    assert "6 passages" in step["content"]
    assert answer["content"] == 'Because <span class="citation waiting">[1]</span>'


def test_a_failed_tool_says_so():
    turn = turn_of(ToolStarted("1", "roadmap", {"topic": "x"}), ToolFinished("1", "roadmap", "no", 1.0, True))
    assert turn.as_messages()[1]["metadata"]["title"] == "Look at the roadmap: x (failed)"


def test_a_document_is_not_named_by_its_id():
    events = (ToolStarted("1", "read_pages", {"document": PAPER, "first_page": 3, "last_page": 4}),)
    assert PAPER not in turn_of(*events).as_messages()[1]["metadata"]["title"]
    finished = turn_of(*events, ToolFinished("1", "read_pages", "pages 3-4 of a paper", 0.1, False))
    assert "pages 3-4 of a paper" in finished.as_messages()[1]["metadata"]["title"]


def test_tool_arguments_are_shown_as_text():
    turn = turn_of(ToolStarted("1", "search_library", {"query": "<img src=x> ![a](b) $y$"}))
    step = turn.as_messages()[1]
    for shown in (step["metadata"]["title"], step["content"]):
        assert not set("<[$") & set(shown)


def test_the_question_is_shown_as_text():
    assert "<img" not in TurnMessages("<img src=x>").as_messages()[0]["content"]


def test_a_failure_keeps_what_was_written():
    content = turn_of(TextDelta("Half an"), TurnFailed("The model stopped.", "Ask again.")).as_messages()[-1]["content"]
    assert content.startswith("Half an")
    assert "The model stopped." in content
    assert "Ask again." in content


def test_stopping_ends_open_steps():
    turn = turn_of(ToolStarted("1", "search_library", {"query": "x"}))
    turn.stop()
    assert turn.as_messages()[1]["metadata"]["status"] == "done"
    assert turn.as_messages()[1]["metadata"]["title"] == "Search the library: x (stopped)", "nothing failed"
    assert "Stopped." in turn.as_messages()[-1]["content"]


def test_a_finished_answer_has_buttons_marks_sources_and_a_receipt():
    content = turn_of(AnswerFinished("c", "t", scripted_answer())).as_messages()[-1]["content"]
    first = PassageReference.of_citation(scripted_answer().citations[0]).as_text()
    assert content.count(f'value="{first}"') == 3  # twice in the text, once in the list
    assert content.count('class="turn-tool copy-answer"') == 1
    assert "copy-answer" not in str(turn_of(TextDelta("So")).as_messages()), "there is nothing to copy yet"
    for shown in ("◐ partly", "⚠ unsupported", "∅ no source", "2 sources", "812 tokens in, 96 out", "1.2 s"):
        assert shown in content
    assert "evil.example/a.png)" in content
    assert "<img" not in content
    assert "![" not in content


def test_marks_stand_behind_their_sentences_and_supported_ones_have_none():
    content = answer_markdown(scripted_answer())
    body = content[: content.index('<details class="sources"')]
    assert body.count('class="support ') == 3
    unsupported = body.index("⚠ unsupported")
    assert body.index("LoRA would need") < unsupported < body.index("This is common practice")
    assert SENTENCES[0][1] == "supported"


def test_a_number_without_a_source_stays_text():
    assert citation_mark(7, None) == "&#91;7&#93;"


def test_a_citation_tells_title_page_and_quote():
    citation = replace(scripted_answer().citations[0], title='A "title" <b>', page_label="iv")
    shown = citation_mark(1, citation)
    assert "<b>" not in shown
    assert "p. iv (page 2)" in shown
    assert QUOTE.split(",")[0] in shown
    assert page_name(replace(citation, page_label="2")) == "p. 2"


def test_a_quote_among_the_sources_has_its_formulas_drawn_and_none_cut_apart():
    answer = scripted_answer()
    quote = "Scores grow. " * 15 + "Their spread is like $\\sqrt{d_k} + \\sqrt{d_v}$."
    assert quote.index("$") < 220 < quote.rindex("$")
    shown = answer_markdown(replace(answer, citations=(replace(answer.citations[0], quote=quote),)))
    assert "Their spread is like …”" in shown
    shown = answer_markdown(replace(answer, citations=(replace(answer.citations[0], quote=quote[-60:]),)))
    assert f"{INLINE}\\sqrt{{d_k}} + \\sqrt{{d_v}}{INLINE_END}.”" in shown


def test_growing_text_leads_nowhere_yet():
    assert "<button" not in streaming_markdown("See [1].")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "2 passages cited · first words after 0.3 s, done after 1.2 s · 812 tokens in, 96 out<"),
        ({"passages_read": 8, "cost_dollars": 0.0}, "8 passages read, 2 cited · first"),
        ({"passages_read": 8, "cost_dollars": 0.0}, "96 out · no cost<"),
        ({"passages_read": 0, "citations": (), "cost_dollars": 0.0123}, "built-in model · no passage read · first"),
        ({"passages_read": 0, "cost_dollars": 0.0123}, "96 out · $0.0123<"),
        ({"passages_read": 1, "model": "openai/x"}, "cost not known (see STUDY_PRICE_READ)"),
        ({"input_tokens": None, "output_tokens": None}, "no model tokens: it quotes by rules"),
        ({"input_tokens": None, "output_tokens": None, "model": "openai/x"}, "tokens not told by the model"),
        ({"notices": ()}, "nothing left out"),
    ],
)
def test_the_receipt_says_what_the_answer_took(changes, wanted):
    shown = answer_markdown(replace(scripted_answer(), **changes))
    assert wanted in html.unescape(shown)


def stored(**changes):
    moment = datetime(2026, 11, 2, tzinfo=UTC)
    turn = StoredTurn("t", "c", 0, "Why?", "done", scripted_answer(), (), "", "", moment, moment)
    return replace(turn, **changes)


def test_a_stored_turn_looks_as_when_it_ended():
    steps = (StoredStep("search_library", {"query": "x"}, "6 passages", 0.2, False),)
    live = turn_of(
        ToolStarted("1", "search_library", {"query": "x"}),
        ToolFinished("1", "search_library", "6 passages", 0.2, False),
        AnswerFinished("c", "t", scripted_answer()),
    )
    assert stored_messages(stored(steps=steps)) == live.as_messages()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": "running", "answer": None}, "still being answered"),
        ({"status": "stopped", "answer": None}, "Stopped."),
        ({"status": "failed", "answer": None, "error": "No server.", "hint": "Start it."}, "No server."),
    ],
)
def test_a_stored_turn_without_an_answer_says_why(changes, sentence):
    assert sentence in stored_messages(stored(**changes))[-1]["content"]


def test_references_survive_their_text():
    reference = PassageReference.of(PAPER, 2, 5, 20, "quote")
    assert PassageReference.parse(reference.as_text()) == reference
    assert PassageReference.parse(reference.showing(3).as_text()) == reference.showing(3)
    assert reference.fits("quote")
    assert not reference.fits("another")
    assert not PassageReference.of(NOTE, 1, 0, 0, "").has_passage


@pytest.mark.parametrize("text", ["", "x", "a.1.2", "../../etc.1.0.1.00000000", "a.1.0.1.zzzzzzzz"])
def test_damaged_references_are_refused(text):
    with pytest.raises(QuestionError, match="damaged"):
        PassageReference.parse(text)


def test_a_number_opens_the_span_of_the_sentence_that_cites_it():
    answer = scripted_answer()
    first = answer.citations[0]
    other = replace(first, start=first.start + 3, quote=first.quote[3:], sentences=(1,))
    both = replace(answer, citations=(replace(first, sentences=(0,)), other))
    one, two = both.sentences[0], both.sentences[1]
    assert citation_at(both, first.number, one.start).start == first.start
    assert citation_at(both, first.number, two.end - 1).start == other.start
    assert citation_at(both, first.number, len(both.text)) is both.citations[0]
    assert citation_at(both, 99, one.start) is None


def plan(*states):
    items = [{"text": f"step {number}", "status": state} for number, state in enumerate(states)]
    return ToolFinished("p", "write_todos", "", 0.0, False, {"kind": "plan", "items": items})


def test_the_plan_stands_where_it_was_made_and_shows_how_far_it_is():
    turn = turn_of(
        ToolStarted("p1", "write_todos", {}),
        replace(plan("in_progress", "pending"), call_id="p1"),
        ToolStarted("s", "search_library", {"query": "x"}),
        ToolFinished("s", "search_library", "6 passages", 0.1, False),
        ToolStarted("p2", "write_todos", {}),
        replace(plan("completed", "completed"), call_id="p2"),
        TextDelta("Done"),
    )
    _question, shown, step, _answer = turn.as_messages()
    assert shown["content"].count("(done)") == 2
    assert step["metadata"]["title"].startswith("Search the library")


def test_a_list_of_arguments_is_told_in_words():
    step = turn_of(ToolStarted("1", "compare_papers", {"papers": ["LoRA", "DPO"]})).as_messages()[1]
    assert step["metadata"]["title"] == "Compare papers: LoRA, DPO"
