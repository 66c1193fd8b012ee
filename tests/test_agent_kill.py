"""A process killed inside a turn loses nothing: the question is kept, the conversation goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_chat_model import StreamingChatModel, calling
from fake_library import FakeLibrary, fake_roadmap, make_passage
from langchain_core.messages import ToolMessage

from agent.events import AnswerFinished
from agent.history import INTERRUPTED_TOOL
from agent.tutor import Tutor

TESTS = Path(__file__).parent

CHILD = """
import asyncio, sys, time
from pathlib import Path
from fake_chat_model import StreamingChatModel, calling
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
