"""How often a growing answer is shown: as a flow where there is time, else seldom, and its first words at once."""

import asyncio

import pytest

from agent.events import TextDelta
from ui import chat_running
from ui.chat_running import RunningTurn, follow
from ui.frames import FRAME_SECONDS, MOST_SECONDS, Frames
from ui.messages import TurnMessages


def rested(frames, *, held_up_seconds=0.0):
    """A rest in a loop that comes back so much too late."""

    async def run():
        loop = asyncio.get_running_loop()
        before = loop.time()
        late = loop.time
        loop.time = lambda: late() + (held_up_seconds if late() > before + frames.seconds / 2 else 0.0)
        await frames.rest()

    asyncio.run(run())


def test_pictures_are_a_flow_where_the_process_has_time():
    frames = Frames()
    assert frames.seconds == FRAME_SECONDS
    frames.late_seconds = 0.001
    assert frames.seconds == FRAME_SECONDS


def test_the_later_the_process_is_the_rarer_are_pictures_up_to_a_bound():
    frames = Frames()
    rested(frames, held_up_seconds=0.1)
    assert frames.seconds > 5 * FRAME_SECONDS
    frames.late_seconds = 100.0
    assert frames.seconds == MOST_SECONDS


def test_it_is_a_flow_again_when_the_process_has_time_again():
    frames = Frames()
    frames.late_seconds = 0.02
    before = frames.seconds
    rested(frames)
    assert frames.seconds < before


@pytest.fixture
def slow_frames(monkeypatch):
    """Pictures are so rare that who waits for one waits for ever."""
    frames = Frames()
    monkeypatch.setattr(Frames, "seconds", 600.0)
    monkeypatch.setattr(chat_running, "FRAMES", frames)


def test_the_first_words_wait_for_no_picture(slow_frames):
    async def events():
        await asyncio.sleep(0.01)
        yield TextDelta("Because")

    async def run():
        turn = TurnMessages("Why?")
        async with asyncio.timeout(30):
            growing = follow(turn, events(), asyncio.Event())
            async for _ in growing:
                if turn.as_messages()[-1]["content"].startswith("Because"):
                    break
            await growing.aclose()

    asyncio.run(run())


def test_who_looks_at_an_answer_sees_each_picture_as_it_comes(slow_frames):
    async def events():
        yield TextDelta("Because")

    async def run():
        running = RunningTurn(TurnMessages("Why?"), [], events())
        async with asyncio.timeout(30):
            async for _ in running.watch():
                if "Because" in str(running.messages()):
                    break
        running.stop()

    asyncio.run(run())
