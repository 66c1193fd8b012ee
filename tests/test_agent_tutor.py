"""The tutor from question to stored answer, on a fake model and a library in memory."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import httpx
import pytest
from fake_chat_model import FakeChatModel, StreamingChatModel, calling
from fake_library import FakeLibrary, fake_roadmap, make_passage
from langchain_core.messages import AIMessage, ToolMessage

from agent.context import Limits
from agent.events import AnswerFinished, TextDelta, ToolFinished, ToolStarted, TurnFailed, TurnStarted
from agent.history import INTERRUPTED_TOOL
from agent.middleware.model_calls import LIMIT_ANSWER, LIMIT_NOTICE
from agent.providers.prices import Prices
from agent.retries import RetryRules
from agent.tutor import Tutor
from errors import ConversationNotFoundError, ModelMissingError, QuestionError

SCALING = (
    "We suspect that for large values of the key dimension, the dot products grow large in magnitude. "
    "To counteract this effect, we scale the dot products."
)
ANSWER = "The dot products grow large in magnitude for large values of the key dimension [1]."
SEARCH = {"query": "scale dot products"}
ASKED_ONCE = Limits(retries=RetryRules(attempts=1))


def library() -> FakeLibrary:
    return FakeLibrary([make_passage(SCALING), make_passage("BERT masks words.", title="BERT", arxiv_id=None)])


def open_tutor(home, *replies, model=None, limits=None, shelf=None, prices=None):
    chat = model or StreamingChatModel()
    chat.replies.extend(replies)
    tutor = Tutor.open(
        home,
        shelf or library(),
        model_loader=lambda name: chat,
        default_model="fake/one",
        roadmap=fake_roadmap(),
        limits=limits,
        prices=prices,
    )
    return tutor, chat


async def collect(tutor, question="Why are dot products scaled?", **options) -> list:
    return [event async for event in tutor.ask(question, **options)]


def ask(tutor, question="Why are dot products scaled?", **options) -> list:
    return asyncio.run(collect(tutor, question, **options))


def text_of(events) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def steps_of(events) -> list[ToolFinished]:
    return [event for event in events if isinstance(event, ToolFinished)]


def memory_file(home, conversation_id):
    return home / "checkpoints" / f"{conversation_id}.sqlite"


def the_turn(tutor):
    return tutor.conversations.turns(tutor.conversations.list()[0].id)[-1]


# Streaming


def test_a_turn_streams_its_step_and_its_checked_answer(tmp_path):
    tutor, chat = open_tutor(tmp_path, calling("search_library", **SEARCH), ANSWER)
    events = ask(tutor)
    assert [type(event) for event in events[:3]] == [TurnStarted, ToolStarted, ToolFinished]
    assert events[1].arguments == SEARCH
    assert (events[2].summary, events[2].failed) == ("1 passage from 1 document", False)
    assert len([event for event in events if isinstance(event, TextDelta)]) > 1
    assert isinstance(events[-1], AnswerFinished)
    answer = events[-1].answer
    assert answer.text == text_of(events) == ANSWER
    assert [sentence.support for sentence in answer.sentences] == ["supported"]
    citation = answer.citations[0]
    assert (citation.number, citation.page_number, citation.arxiv_id) == (1, 3, "1706.03762")
    assert SCALING[citation.start - 100 : citation.end - 100] == citation.quote
    assert "[1] Attention Is All You Need (arXiv 1706.03762), p. 3" in chat.history[1][-1].content


def test_a_model_that_does_not_stream_gives_the_same_answer(tmp_path):
    tutor, _ = open_tutor(tmp_path, calling("search_library", **SEARCH), ANSWER, model=FakeChatModel())
    assert text_of(ask(tutor)) == ANSWER


def test_text_beside_a_tool_call_is_not_the_answer(tmp_path):
    tutor, _ = open_tutor(tmp_path, calling("search_library", text="Let me look that up.", **SEARCH), ANSWER)
    assert text_of(ask(tutor)) == ANSWER


def test_a_long_text_before_a_tool_call_stays_because_it_was_shown(tmp_path):
    preamble = "I will search your library for this and read what the passages say. " * 3
    tutor, _ = open_tutor(tmp_path, calling("search_library", text=preamble, **SEARCH), ANSWER)
    events = ask(tutor)
    assert events[-1].answer.text == text_of(events)
    assert text_of(events).startswith("I will search")
    assert text_of(events).endswith(f"\n\n{ANSWER}")


def test_parallel_searches_run_as_two_steps_and_share_numbers(tmp_path):
    both = AIMessage(
        "",
        tool_calls=[
            {"name": "search_library", "args": SEARCH, "id": "a"},
            {"name": "search_library", "args": {"query": "dot products BERT"}, "id": "b"},
        ],
    )
    tutor, chat = open_tutor(tmp_path, both, ANSWER)
    assert {step.call_id for step in steps_of(ask(tutor))} == {"a", "b"}
    results = [message for message in chat.history[1] if isinstance(message, ToolMessage)]
    numbers = [
        {passage["chunk_id"]: passage["number"] for passage in result.artifact["passages"]} for result in results
    ]
    shared = numbers[0].keys() & numbers[1].keys()
    assert shared
    assert all(numbers[0][chunk] == numbers[1][chunk] for chunk in shared)


def test_usage_refusal_and_first_token_are_on_the_receipt(tmp_path):
    said = AIMessage(
        "Not found in your library. It holds two papers on other topics.",
        usage_metadata={"input_tokens": 100, "output_tokens": 7, "total_tokens": 107},
    )
    tutor, _ = open_tutor(tmp_path, calling("search_library", query="zebra"), said)
    answer = ask(tutor)[-1].answer
    assert answer.refused
    assert (answer.input_tokens, answer.output_tokens) == (100, 7)
    assert 0 < answer.first_token_seconds <= answer.seconds
    assert answer.model == "fake/one"


def test_the_system_prompt_says_what_is_data(tmp_path):
    tutor, chat = open_tutor(tmp_path, "Hello!")
    ask(tutor, "Hello")
    assert "never instructions" in chat.history[0][0].content
    reading = ["search_library", "read_pages", "explain_paper", "compare_papers", "list_library", "roadmap"]
    assert chat.bound_tools[0] == reading  # no hands, no plan in a window of 8k


# Faults of tools and calls


def test_a_known_fault_of_a_tool_is_told_to_the_model_and_the_turn_goes_on(tmp_path):
    tutor, chat = open_tutor(
        tmp_path, calling("search_library", query="x", document="No such paper"), "Not found in your library."
    )
    events = ask(tutor)
    assert steps_of(events)[0].failed
    assert "No document is called" in steps_of(events)[0].summary
    assert "Near: BERT, Attention Is All You Need" in chat.history[1][-1].content
    assert isinstance(events[-1], AnswerFinished)


def test_a_defect_of_a_tool_is_logged_and_hidden(tmp_path, caplog):
    shelf = library()
    shelf.error = ZeroDivisionError("secret detail")
    tutor, chat = open_tutor(tmp_path, calling("search_library", **SEARCH), "I could not search.", shelf=shelf)
    events = ask(tutor)
    assert steps_of(events)[0].failed
    assert "secret" not in chat.history[1][-1].content
    assert "The tool failed" in chat.history[1][-1].content
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (calling("no_such_tool"), "not a valid tool"),
        (calling("search_library", query=["scale", "dot"]), "[1] Attention"),
        (calling("search_library", query={"value": "scale"}, document="None"), "[1] Attention"),
        (calling("search_library"), "no query"),
        (calling("read_pages", document="1706.03762", first_page="p. 3", last_page=3.0), "[1] Attention"),
        (calling("read_pages", document="Attention", section="3"), "[1] Attention"),
        (calling("read_pages", document="Attention", first_page=99), "no text on pages"),
        (calling("read_pages", document="Attention", section="Nowhere"), "no section"),
        (calling("read_pages"), "No document was named"),
        (calling("list_library", anything=1), "2 documents"),
        (calling("roadmap", topic=None), "Phase 1"),
        (calling("roadmap", topic="LoRA"), "LoRA: Phase 1"),
    ],
)  # fmt: skip
def test_odd_calls_end_in_a_message_and_a_usable_turn(tmp_path, call, said):
    tutor, chat = open_tutor(tmp_path, call, ANSWER)
    events = ask(tutor)
    assert isinstance(events[-1], AnswerFinished)
    assert said in next(str(message.content) for message in chat.history[1] if isinstance(message, ToolMessage))


def test_a_call_whose_arguments_were_cut_is_answered_instead_of_ending_the_turn(tmp_path):
    cut = {"name": "search_library", "args": '{"quer', "id": "x", "error": "", "type": "invalid_tool_call"}
    tutor, chat = open_tutor(tmp_path, AIMessage("", invalid_tool_calls=[cut]), ANSWER, model=FakeChatModel())
    assert text_of(ask(tutor)) == ANSWER
    assert "no query" in chat.history[1][-1].content


# Limits


def test_a_model_that_never_stops_calling_is_ended_with_an_answer(tmp_path):
    limits = Limits(model_calls=4)
    endless = [calling("search_library", query=f"dot {n}", call_id=f"c{n}") for n in range(50)]
    tutor, chat = open_tutor(tmp_path, *endless, limits=limits)
    answer = ask(tutor)[-1].answer
    assert answer.text == LIMIT_ANSWER
    assert LIMIT_NOTICE in answer.notices
    assert len(chat.history) == 5  # the last call is asked once more, without tools
    assert "No more tools" in chat.history[3][0].content
    assert isinstance(ask(tutor, conversation_id=the_turn(tutor).conversation_id)[-1], AnswerFinished)


def test_a_model_that_listens_answers_on_its_last_call(tmp_path):
    limits = Limits(model_calls=2)
    tutor, chat = open_tutor(tmp_path, calling("search_library", **SEARCH), ANSWER, limits=limits)
    assert ask(tutor)[-1].answer.text == ANSWER
    assert len(chat.history) == 2


def test_fifty_calls_at_once_are_cut_at_the_limit(tmp_path):
    calls = [{"name": "search_library", "args": {"query": f"dot {n}"}, "id": f"c{n}"} for n in range(50)]
    shelf = library()
    tutor, chat = open_tutor(
        tmp_path, AIMessage("", tool_calls=calls), ANSWER, limits=Limits(tool_calls=3), shelf=shelf
    )
    events = ask(tutor)
    assert len(shelf.queries) == 3
    assert sum(step.failed for step in steps_of(events)) == 47
    assert events[-1].answer.text == ANSWER


def test_a_turn_that_takes_too_long_ends_with_a_sentence(tmp_path):
    tutor, _ = open_tutor(
        tmp_path, "word " * 100, ANSWER, model=StreamingChatModel(delay_seconds=0.02),
        limits=Limits(turn_timeout_seconds=0.5),
    )  # fmt: skip
    events = ask(tutor)
    assert isinstance(events[-1], TurnFailed)
    assert "longer than 0.5 seconds" in events[-1].message
    turn = the_turn(tutor)
    assert turn.status == "failed"
    assert turn.answer is not None
    assert turn.answer.text.startswith("word word")


# Faults of models


def test_an_empty_answer_is_a_fault_and_the_next_turn_works(tmp_path):
    tutor, _ = open_tutor(tmp_path, "", "Now I speak.")
    events = ask(tutor)
    assert isinstance(events[-1], TurnFailed)
    assert "empty answer" in events[-1].message
    assert text_of(ask(tutor, conversation_id=events[0].conversation_id)) == "Now I speak."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("secret"), "Something went wrong"),
        (httpx.ConnectError("refused"), "does not answer"),
        (ModelMissingError("No such model.", hint="Pull it."), "No such model."),
    ],
)
def test_a_failing_model_ends_in_a_sentence_and_a_usable_next_turn(tmp_path, error, said):
    tutor, _ = open_tutor(tmp_path, error, ANSWER, limits=ASKED_ONCE)
    events = ask(tutor)
    assert isinstance(events[-1], TurnFailed)
    assert said in events[-1].message
    assert "secret" not in events[-1].message
    assert the_turn(tutor).error == events[-1].message
    assert isinstance(ask(tutor, conversation_id=events[0].conversation_id)[-1], AnswerFinished)


def test_a_model_that_cannot_be_loaded_keeps_the_question(tmp_path):
    def load(name):
        raise ModelMissingError(f"{name} is not pulled.", hint="ollama pull it.")

    tutor = Tutor.open(tmp_path, library(), model_loader=load, default_model="ollama/x", roadmap=fake_roadmap())
    events = ask(tutor, "A question")
    assert events[-1] == TurnFailed("ollama/x is not pulled.", "ollama pull it.")
    assert (the_turn(tutor).question, the_turn(tutor).status) == ("A question", "failed")


def test_a_stream_that_breaks_keeps_what_was_shown(tmp_path):
    tutor, _ = open_tutor(tmp_path, "so far so good, " * 12 + "RAISE", ANSWER)
    events = ask(tutor)
    assert isinstance(events[-1], TurnFailed)
    assert text_of(events).startswith("so far")
    assert the_turn(tutor).answer.text == text_of(events)


# Questions


@pytest.mark.parametrize("question", ["", "  \n\t ", "\x00"])
def test_an_empty_question_is_refused_and_not_stored(tmp_path, question):
    tutor, _ = open_tutor(tmp_path)
    with pytest.raises(QuestionError, match="empty"):
        ask(tutor, question)
    assert tutor.conversations.list() == []


def test_a_question_that_is_too_long_names_both_numbers(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    with pytest.raises(QuestionError, match=r"20,000 characters; the limit is 8,000"):
        ask(tutor, "x" * 20000)


def test_an_unknown_conversation_is_refused(tmp_path):
    tutor, _ = open_tutor(tmp_path)
    with pytest.raises(ConversationNotFoundError):
        ask(tutor, conversation_id="nope")


def test_a_busy_conversation_refuses_a_second_question_and_others_go_on(tmp_path):
    async def run():
        slow = tutor.ask("slow")
        started = await anext(slow)
        with pytest.raises(QuestionError, match="still answering"):
            await collect(tutor, conversation_id=started.conversation_id)
        other = await collect(tutor, "another")
        return other, [event async for event in slow]

    tutor, _ = open_tutor(tmp_path, *["word " * 20] * 2, model=StreamingChatModel(delay_seconds=0.01))
    other, slow = asyncio.run(run())
    assert isinstance(other[-1], AnswerFinished)
    assert isinstance(slow[-1], AnswerFinished)


# Stopping and going on


def test_closing_the_generator_stops_the_turn_and_keeps_the_text(tmp_path):
    async def run():
        events = tutor.ask("Tell me a lot")
        async for event in events:
            if isinstance(event, TextDelta):
                break
        await events.aclose()

    tutor, chat = open_tutor(tmp_path, "word " * 200, ANSWER, model=StreamingChatModel(delay_seconds=0.005))
    asyncio.run(run())
    turn = the_turn(tutor)
    assert turn.status == "stopped"
    assert turn.answer.text.startswith("word")
    events = ask(tutor, "Go on", conversation_id=turn.conversation_id)
    assert isinstance(events[-1], AnswerFinished)
    kinds = [message.type for message in chat.history[-1]]
    assert kinds == ["system", "human", "ai", "human"]  # the unanswered question got a closing remark


def test_a_turn_stopped_inside_a_tool_leaves_no_orphan_call(tmp_path):
    entered, release = threading.Event(), threading.Event()

    class SlowLibrary(FakeLibrary):
        def search(self, *arguments, **options):
            entered.set()
            release.wait(5)
            return super().search(*arguments, **options)

    async def run():
        events = tutor.ask("Search slowly")
        async for event in events:
            if isinstance(event, ToolStarted):
                await asyncio.to_thread(entered.wait, 5)
                break
        await events.aclose()
        release.set()

    tutor, chat = open_tutor(
        tmp_path, calling("search_library", **SEARCH), ANSWER, shelf=SlowLibrary(library().passages)
    )
    asyncio.run(run())
    events = ask(tutor, conversation_id=the_turn(tutor).conversation_id)
    assert isinstance(events[-1], AnswerFinished)
    tool = next(message for message in chat.history[-1] if isinstance(message, ToolMessage))
    assert tool.content == INTERRUPTED_TOOL


def test_cancelling_the_reader_stops_the_turn(tmp_path):
    async def run():
        task = asyncio.create_task(collect(tutor))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    tutor, _ = open_tutor(tmp_path, "word " * 500, model=StreamingChatModel(delay_seconds=0.01))
    asyncio.run(run())
    assert the_turn(tutor).status == "stopped"


def test_a_conversation_goes_on_in_a_new_tutor_with_the_same_numbers(tmp_path):
    tutor, _ = open_tutor(tmp_path, calling("search_library", **SEARCH), ANSWER)
    conversation = ask(tutor)[0].conversation_id
    again, chat = open_tutor(tmp_path, calling("search_library", query="BERT dot products"), "BERT masks words [2].")
    answer = ask(again, "And BERT?", conversation_id=conversation)[-1].answer
    assert [message.type for message in chat.history[0]] == ["system", "human", "ai", "tool", "ai", "human"]
    assert answer.citations[0].title == "BERT"
    artifact = chat.history[1][-1].artifact
    assert {passage["title"]: passage["number"] for passage in artifact["passages"]} == {
        "Attention Is All You Need": 1,
        "BERT": 2,
    }


def test_a_damaged_checkpoint_file_is_set_aside_and_the_conversation_is_retold(tmp_path, caplog):
    tutor, _ = open_tutor(tmp_path, calling("search_library", **SEARCH), ANSWER)
    conversation = ask(tutor, "First?")[0].conversation_id
    memory_file(tmp_path, conversation).write_bytes(b"no database at all" * 1000)
    again, chat = open_tutor(tmp_path, calling("search_library", query="BERT"), "BERT masks words [2].")
    answer = ask(again, "Second?", conversation_id=conversation)[-1].answer
    assert [str(message.content) for message in chat.history[0][1:]] == ["First?", ANSWER, "Second?"]
    assert answer.citations[0].number == 2  # 1 still means the passage of the first answer
    assert "was damaged" in caplog.text
    assert len(list(tmp_path.rglob("*.damaged-*"))) == 1


def test_a_question_that_the_window_cannot_hold_is_refused_with_a_sentence_and_kept(tmp_path):
    limits = Limits(context_tokens=6000, question_characters=40_000)
    tutor, chat = open_tutor(tmp_path, ANSWER, limits=limits)
    events = ask(tutor, "Why? " + "word " * 5000)
    assert isinstance(events[-1], TurnFailed)
    assert "takes about 6,9" in events[-1].message
    assert "the model reads 6,000" in events[-1].message
    assert chat.history == [], "the model was asked nothing"
    assert the_turn(tutor).question.startswith("Why? word")
    assert isinstance(ask(tutor, conversation_id=events[0].conversation_id)[-1], AnswerFinished)


def test_the_receipt_tells_what_was_read_and_what_it_cost(tmp_path):
    tutor, _ = open_tutor(
        tmp_path,
        calling("search_library", **SEARCH),
        AIMessage(ANSWER, usage_metadata={"input_tokens": 2000, "output_tokens": 500, "total_tokens": 2500}),
        prices=Prices(read_dollars=2.0, written_dollars=8.0),
    )
    answer = ask(tutor)[-1].answer
    assert (answer.passages_read, len(answer.citations)) == (1, 1)
    assert (answer.input_tokens, answer.output_tokens) == (2000, 500)
    assert answer.cost_dollars == pytest.approx(0.008)


def test_only_hosted_models_cost_and_unknown_prices_are_not_guessed():
    prices = Prices(read_dollars=2.0, written_dollars=8.0)
    assert [prices.of_answer(name, 10, 10) for name in ("embedded", "ollama/llama3.2:3b")] == [0.0, 0.0]
    assert prices.of_answer("openai/one", None, 10) is None
    assert Prices().of_answer("openai/one", 10, 10) is None


def test_only_the_newest_state_of_a_conversation_is_kept(tmp_path):
    tutor, _ = open_tutor(tmp_path, calling("search_library", **SEARCH), ANSWER, ANSWER)
    conversation = ask(tutor)[0].conversation_id
    ask(tutor, conversation_id=conversation)
    with closing(sqlite3.connect(memory_file(tmp_path, conversation))) as connection:
        assert connection.execute("SELECT COUNT(*) FROM checkpoints").fetchone() == (1,)


def test_deleting_a_conversation_removes_the_memory_of_it(tmp_path):
    tutor, _ = open_tutor(tmp_path, ANSWER)
    conversation = ask(tutor)[0].conversation_id
    assert memory_file(tmp_path, conversation).exists()
    tutor.delete_conversation(conversation)
    assert tutor.conversations.list() == []
    assert memory_file(tmp_path, conversation).exists(), "for an hour it can be brought back"
    tutor.undo_time = timedelta(0)
    tutor.purge()
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_repeating_the_roadmap_needs_no_citation(tmp_path):
    tutor, _ = open_tutor(tmp_path, calling("roadmap"), "Phase 1 of your roadmap is transformers.")
    assert [one.support for one in ask(tutor)[-1].answer.sentences] == ["exempt"]


def test_many_conversations_at_once(tmp_path):
    async def run():
        return await asyncio.gather(*(collect(tutor, f"question {n}") for n in range(20)))

    tutor, _ = open_tutor(tmp_path, *[ANSWER] * 20, model=StreamingChatModel(delay_seconds=0.001))
    assert all(isinstance(events[-1], AnswerFinished) for events in asyncio.run(run()))
    assert len(tutor.conversations.list()) == 20
