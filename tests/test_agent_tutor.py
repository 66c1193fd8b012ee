from __future__ import annotations

import asyncio
import os

from fake_chat_model import FakeChatModel, StreamingChatModel, calling
from fake_library import FakeLibrary, fake_roadmap, make_passage

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

from agent.events import AnswerFinished, TextDelta, ToolFinished, ToolStarted, TurnStarted
from agent.tutor import Tutor

SCALING = (
    "We suspect that for large values of the key dimension, the dot products grow large in magnitude. "
    "To counteract this effect, we scale the dot products."
)


def library() -> FakeLibrary:
    return FakeLibrary(
        [make_passage(SCALING), make_passage("BERT uses a masked language model.", title="BERT")]
    )


def open_tutor(home, *replies, model=None, limits=None, library_=None) -> tuple[Tutor, FakeChatModel]:
    chat = model or StreamingChatModel()
    chat.replies.extend(replies)
    tutor = Tutor.open(
        home,
        library_ or library(),
        model_loader=lambda name: chat,
        default_model="fake/one",
        roadmap=fake_roadmap(),
        limits=limits,
    )
    return tutor, chat


def ask(tutor, question="Why are dot products scaled?", **options) -> list:
    async def collect():
        return [event async for event in tutor.ask(question, **options)]

    return asyncio.run(collect())


def text_of(events) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_a_turn_streams_its_tool_step_and_answer(tmp_path):
    tutor, chat = open_tutor(
        tmp_path,
        calling("search_library", query="scale dot products", text="Let me look."),
        "They grow large in magnitude [1]. So they are scaled [1].",
    )
    events = ask(tutor)
    assert [type(event) for event in events[:3]] == [TurnStarted, ToolStarted, ToolFinished]
    assert events[2].summary == "1 passage from 1 document"
    assert len([event for event in events if isinstance(event, TextDelta)]) > 3
    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    assert (
        finished.answer.text == text_of(events) == "They grow large in magnitude [1]. So they are scaled [1]."
    )
    assert (
        "⟦quoted material⟧\n[1] Attention Is All You Need (arXiv 1706.03762), p. 3"
        in chat.history[1][-1].content
    )


def test_a_model_that_does_not_stream_gives_the_same_answer(tmp_path):
    tutor, _ = open_tutor(
        tmp_path, calling("search_library", query="scale"), "They are scaled [1].", model=FakeChatModel()
    )
    assert text_of(ask(tutor)) == "They are scaled [1]."
