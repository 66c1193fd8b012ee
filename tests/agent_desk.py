"""A tutor on fakes for the tests of the agent: `desk(...)` opens it, `ask` and `decide` collect its events."""

from __future__ import annotations

import asyncio

from fake_chat_model import StreamingChatModel
from fake_library import FakeLibrary, fake_roadmap, make_passage
from langchain_core.messages import AIMessage

from agent.events import AnswerFinished, Decision, TextDelta, ToolFinished
from agent.hands import Hands
from agent.tutor import Tutor

SCALING = "We suspect that for large values of the key dimension, the dot products grow large in magnitude."
ANSWER = "The dot products grow large in magnitude for large values of the key dimension [1]."


def calls(*named: tuple[str, str, dict]) -> AIMessage:
    """A message with several calls, each (id, tool, arguments)."""
    return AIMessage("", tool_calls=[{"id": one, "name": name, "args": given} for one, name, given in named])


def desk(home, *replies, model=None, name="fake/one", limits=None, shelf=None, traces=None, **hands):
    chat = model or StreamingChatModel()
    chat.replies.extend(replies)
    tutor = Tutor.open(
        home,
        shelf or FakeLibrary([make_passage(SCALING)]),
        model_loader=lambda _: chat,
        default_model=name,
        roadmap=fake_roadmap(),
        limits=limits,
        hands=Hands(**hands),
        traces=traces,
    )
    return tutor, chat


def masking():
    """A library of one passage."""
    return FakeLibrary([make_passage("We mask 15% of all tokens at random.", title="BERT", page=4)])


async def collect(events) -> list:
    return [event async for event in events]


def ask(tutor, question="Why are dot products scaled?", **options) -> list:
    return asyncio.run(collect(tutor.ask(question, **options)))


def decide(tutor, conversation_id, **approved) -> list:
    """Each call by its id: True, False or the arguments to run it with."""
    decisions = {one: Decision(bool(said), said if isinstance(said, dict) else None) for one, said in approved.items()}
    return asyncio.run(collect(tutor.decide(conversation_id, decisions)))


def steps(events) -> list[ToolFinished]:
    return [event for event in events if isinstance(event, ToolFinished)]


def said(events) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def finished(events) -> bool:
    return isinstance(events[-1], AnswerFinished)


def the_turn(tutor):
    return tutor.conversations.turns(tutor.conversations.list()[0].id)[-1]


def results(messages) -> dict[str, str]:
    """What the tools told the model, by call id."""
    return {message.tool_call_id: str(message.content) for message in messages if message.type == "tool"}
