"""One compiled graph serves all turns that are offered the same; each is answered by its own model."""

from dataclasses import replace

import pytest
from fake_chat_model import StreamingChatModel
from fake_library import FakeLibrary, fake_roadmap
from langgraph.checkpoint.memory import InMemorySaver

from agent.context import RULES, Limits, TurnContext
from agent.graph import ROOMY_TOKENS, graph_of
from agent.preferences import Preferences
from agent.sources import SourceRegistry


@pytest.fixture
def context():
    return TurnContext(FakeLibrary([]), SourceRegistry(), fake_roadmap(), Limits(), model=StreamingChatModel())


def test_turns_that_are_offered_the_same_share_a_graph_with_a_memory_of_their_own(context):
    saver, other = InMemorySaver(), InMemorySaver()
    one, two = graph_of(context, saver), graph_of(replace(context, model=StreamingChatModel()), other)
    assert one.builder is two.builder
    assert (one.checkpointer, two.checkpointer) == (saver, other)


def test_other_hands_preferences_and_windows_have_another_graph(context):
    built = [
        graph_of(one, None).builder
        for one in (
            context,
            replace(context, python=object()),
            replace(context, preferences=Preferences(level="newcomer")),
            replace(context, limits=Limits(context_tokens=ROOMY_TOKENS)),
        )
    ]
    assert len(set(map(id, built))) == 4


def test_a_turn_without_a_model_is_a_fault(context):
    with pytest.raises(ValueError, match="no model"):
        graph_of(replace(context, model=None), None)


def test_the_model_that_is_rules_writes_nothing_beside_the_answer(context, monkeypatch):
    assert context.writer is context.model
    assert replace(context, model=None).writer is None
    monkeypatch.setattr(StreamingChatModel, "_llm_type", RULES)
    assert context.writer is None
