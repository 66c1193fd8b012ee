"""A process killed inside a turn loses nothing: the question is kept, the conversation goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from agent_desk import ask as desk_ask
from agent_desk import decide, desk, finished, results, the_turn
from fake_chat_model import StreamingChatModel, calling
from fake_hands import FakePapers
from fake_library import FakeLibrary, fake_roadmap, make_passage
from langchain_core.messages import ToolMessage

from agent.events import AnswerFinished
from agent.history import INTERRUPTED_TOOL
from agent.tutor import Tutor
from errors import QuestionError

TESTS = Path(__file__).parent

CHILD = """
import asyncio, sys, time
from pathlib import Path
from fake_chat_model import StreamingChatModel, calling
from fake_hands import FakePapers
from fake_library import FakeLibrary, fake_roadmap, make_passage
from agent.tutor import Tutor

class Library(FakeLibrary):
    def search(self, query, **options):
        if query == "hang":
            print("hanging", flush=True)
            time.sleep(60)
        return super().search(query, **options)

replies = [calling("search_library", query="dot"), "The answer [1]."]
replies += [calling("search_library", query="dot"), calling("search_library", query="hang")]
model = StreamingChatModel(replies=replies)
library = Library([make_passage("dot products are scaled")])
tutor = Tutor.open(Path(sys.argv[1]), library, model_loader=lambda _: model, default_model="x", roadmap=fake_roadmap())

async def ask(question, conversation=None):
    return [event async for event in tutor.ask(question, conversation_id=conversation)]

first = asyncio.run(ask("First?"))
asyncio.run(ask("Second?", first[0].conversation_id))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_a_turn_killed_inside_a_tool_is_closed_and_the_conversation_goes_on(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "hanging"
        child.kill()

    model = StreamingChatModel(replies=[calling("search_library", query="dot"), "The answer again [1]."])
    library = FakeLibrary([make_passage("dot products are scaled")])
    tutor = Tutor.open(tmp_path, library, model_loader=lambda _: model, default_model="x", roadmap=fake_roadmap())
    conversation = tutor.conversations.list()[0]
    assert [(turn.question, turn.status) for turn in tutor.conversations.turns(conversation.id)] == [
        ("First?", "done"),
        ("Second?", "stopped"),
    ]

    async def ask():
        return [event async for event in tutor.ask("Third?", conversation_id=conversation.id)]

    events = asyncio.run(ask())
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].answer.citations[0].number == 1
    results = [message.content for message in model.history[0] if isinstance(message, ToolMessage)]
    assert results.count(INTERRUPTED_TOOL) == 1
    assert len(results) == 3


WAITING_CHILD = """
import asyncio, sys, time
from pathlib import Path
from agent_desk import ask, calls, desk
from fake_hands import FakePapers

class Papers(FakePapers):
    def add(self, reference, **options):
        print("adding", flush=True)
        time.sleep(60)

both = calls(("s", "search_library", {"query": "dot products"}), ("a", "add_paper", {"arxiv_id": "2305.18290"}))
tutor, _ = desk(Path(sys.argv[1]), calls(("r", "read_pages", {"document": "Attention"})), both, papers=Papers())
conversation = ask(tutor, "Go")[0].conversation_id
print("waiting", flush=True)
if sys.argv[2] == "decide":
    from agent_desk import decide
    decide(tutor, conversation, a=True)
time.sleep(60)
"""


def _killed(home, how, last_line):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    child = subprocess.Popen(
        [sys.executable, "-c", WAITING_CHILD, str(home), how], stdout=subprocess.PIPE, text=True, env=environment
    )
    with child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != last_line:
            assert child.poll() is None
        child.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_a_process_killed_while_a_turn_waits_loses_nothing_and_repeats_nothing(tmp_path):
    _killed(tmp_path, "wait", "waiting")
    papers, shelf = FakePapers(), FakeLibrary([make_passage("dot products are scaled")])
    tutor, chat = desk(tmp_path, "It is scaled [1].", papers=papers, shelf=shelf)
    assert the_turn(tutor).status == "waiting"
    events = decide(tutor, the_turn(tutor).conversation_id, a=True)
    assert finished(events)
    assert (papers.added, shelf.queries) == (["2305.18290"], [])
    assert [step.name for step in the_turn(tutor).steps] == ["read_pages", "search_library", "add_paper"]
    assert results(chat.history[-1]).keys() == {"r", "s", "a"}


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_a_process_killed_inside_an_allowed_act_does_not_repeat_it_by_itself(tmp_path):
    _killed(tmp_path, "decide", "adding")
    papers = FakePapers()
    tutor, chat = desk(tmp_path, "I see.", papers=papers)
    turn = the_turn(tutor)
    assert (turn.status, turn.requests) == ("stopped", ())
    with pytest.raises(QuestionError, match="Nothing waits"):
        decide(tutor, turn.conversation_id, a=True)
    assert finished(desk_ask(tutor, "What happened?", conversation_id=turn.conversation_id))
    assert results(chat.history[-1])["a"] == INTERRUPTED_TOOL
    assert papers.added == []
