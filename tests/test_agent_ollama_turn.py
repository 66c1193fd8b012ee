"""Whole turns of the tutor with a model behind Ollama's protocol: tool call, cited answer, faults."""

import asyncio

import pytest
from fake_library import FakeLibrary, fake_roadmap, make_passage
from ollama_server import OllamaServer, Pulled, Reply, free_port

from agent.context import Limits
from agent.events import AnswerFinished, TextDelta, ToolFinished, ToolStarted, TurnFailed, TurnStarted
from agent.llm import ModelOptions, load_chat_model
from agent.retries import RetryRules
from agent.tutor import Tutor

NAME = "ollama/llama3.2:3b"
SCALING = "We suspect that for large values of the key dimension, the dot products grow large in magnitude."
SEARCH = Reply(calls=[("search_library", {"query": "why scale dot products"})])


@pytest.fixture
def server():
    with OllamaServer() as running:
        yield running


def turns(home, url, *questions, timeout_seconds=5.0):
    """The events of each question, asked in one conversation, each in an event loop of its own."""
    options = ModelOptions(ollama_url=url, timeout_seconds=timeout_seconds)
    tutor = Tutor.open(
        home,
        FakeLibrary([make_passage(SCALING)]),
        model_loader=lambda name: load_chat_model(name, options, embedded=lambda: pytest.fail("not embedded")),
        default_model=NAME,
        roadmap=fake_roadmap(),
        limits=Limits(context_tokens=8192, retries=RetryRules(attempts=1)),
    )
    conversation = tutor.conversations.create("Scaling").id

    async def collect(question):
        return [event async for event in tutor.ask(question, conversation_id=conversation)]

    return [asyncio.run(collect(question)) for question in questions]


def test_question_becomes_a_search_and_a_cited_answer(server, tmp_path):
    said = "The dot products grow large in magnitude [1]. That is for large values of the key dimension [1]."
    server.say(SEARCH, said)
    [events] = turns(tmp_path, server.url, "Why are dot products scaled?")
    kinds = [type(event) for event in events if not isinstance(event, TextDelta)]
    assert kinds == [TurnStarted, ToolStarted, ToolFinished, AnswerFinished]
    answer = events[-1].answer
    assert answer.text == said
    assert len([event for event in events if isinstance(event, TextDelta)]) > 1
    [citation] = answer.citations
    assert (citation.arxiv_id, citation.page_number, citation.supported) == ("1706.03762", 3, "supported")
    assert answer.model == NAME
    assert answer.input_tokens > 0
    first, second = server.bodies()
    assert {"search_library", "read_pages"} <= {tool["function"]["name"] for tool in first["tools"]}
    assert [message["role"] for message in second["messages"]] == ["system", "user", "assistant", "tool"]
    assert "[1] Attention Is All You Need" in second["messages"][-1]["content"]


def test_second_turn_remembers_the_first(server, tmp_path):
    server.say(SEARCH, "They grow large in magnitude [1].", "As said, they grow large in magnitude [1].")
    _, events = turns(tmp_path, server.url, "Why are dot products scaled?", "Say it again.")
    assert [citation.number for citation in events[-1].answer.citations] == [1]
    roles = [message["role"] for message in server.bodies()[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


@pytest.mark.parametrize("call", [("search_library", {"words": "scaling"}), ("search_the_web", {"query": "scaling"})])
def test_wrong_tool_call_is_told_to_the_model_and_the_turn_goes_on(server, tmp_path, call):
    server.say(Reply(calls=[call]), SEARCH, "The dot products grow large in magnitude [1].")
    [events] = turns(tmp_path, server.url, "Why are dot products scaled?")
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].answer.citations
    assert server.bodies()[1]["messages"][-1]["role"] == "tool"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=500, error="llama runner process has terminated"), "Ollama reported a fault"),
        (Reply("It is", error="an error was encountered while running the model"), "Ollama reported a fault"),
        (Reply("It is", cut="reset"), "broke off"),
        (Reply("It is", cut="json"), "broke off"),
        (Reply("late", wait_before=30), "longer than the limit"),
        (Reply(""), "empty answer"),
    ],
)
def test_fault_ends_the_turn_in_one_sentence_and_the_next_turn_works(server, tmp_path, reply, words):
    server.say(reply, "All is well.")
    failed, healed = turns(tmp_path, server.url, "Why?", "And now?", timeout_seconds=0.5)
    assert isinstance(failed[-1], TurnFailed)
    assert words in failed[-1].message
    assert failed[-1].hint
    assert isinstance(healed[-1], AnswerFinished)


def test_server_that_is_down_is_one_sentence(tmp_path):
    [events] = turns(tmp_path, f"http://127.0.0.1:{free_port()}", "Why?")
    assert isinstance(events[-1], TurnFailed)
    assert events[-1].message == "Ollama does not answer."
    assert "ollama serve" in events[-1].hint


def test_prompt_above_the_models_own_window_is_noticed(tmp_path):
    with OllamaServer(Pulled(context_length=512)) as server:
        server.say("The dot products grow large in magnitude.")
        [events] = turns(tmp_path, server.url, "Why are dot products scaled?")
    assert any("STUDY_CONTEXT_TOKENS" in notice for notice in events[-1].answer.notices)
