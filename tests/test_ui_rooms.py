"""Many wait for a library that is being opened, and none of them holds a thread or ends the opening."""

import asyncio
import threading

import pytest
from fake_services import fake_services

from errors import StudyError

MANY = 200


@pytest.fixture
def gate():
    return threading.Event()


@pytest.fixture
def services(tmp_path, gate):
    made = fake_services(tmp_path / "home")
    inside = made.open_rooms

    def open_rooms():
        assert gate.wait(30)
        if (tmp_path / "full").exists():
            raise StudyError("The disk is full.", hint="Make room.")
        return inside()

    made.open_rooms = open_rooms
    made.start()
    yield made
    gate.set()
    made.close()


def test_who_waits_holds_no_thread(services, gate):
    async def story():
        waiting = [asyncio.create_task(services.rooms_soon()) for _ in range(MANY)]
        before = threading.active_count()
        await asyncio.sleep(0.05)
        assert threading.active_count() == before
        assert not any(one.done() for one in waiting)
        gate.set()
        return await asyncio.wait_for(asyncio.gather(*waiting), 30)

    assert {id(rooms) for rooms in asyncio.run(story())} == {id(services.rooms())}


def test_who_waits_no_longer_does_not_end_the_opening(services, gate):
    async def story():
        gone, stays = (asyncio.create_task(services.rooms_soon()) for _ in range(2))
        await asyncio.sleep(0.01)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        gate.set()
        return await asyncio.wait_for(stays, 30)

    assert asyncio.run(story()) is services.rooms()
    assert services.state == "ready"


def test_who_waits_is_told_why_they_cannot_be_opened(services, gate, tmp_path):
    (tmp_path / "full").touch()

    async def story():
        waiting = asyncio.create_task(services.rooms_soon())
        await asyncio.sleep(0.01)
        gate.set()
        for one in (waiting, services.rooms_soon()):
            with pytest.raises(StudyError, match="The disk is full"):
                await asyncio.wait_for(one, 30)

    asyncio.run(story())
