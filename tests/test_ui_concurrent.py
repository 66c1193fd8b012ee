"""Eight who ask the served page at the same moment, each with a token of their own: no fault, no word of another."""

import asyncio
import json

import httpx
import pytest
from served_page import free_port, serving

from agent.conversations import ConversationStore
from evals.bench.page_session import Heard, after_changes, ask, ask_event, new_token

ASKERS = 8


@pytest.fixture(scope="module")
def served(home):
    port = free_port()
    with serving(["tests/quick_page.py", str(port), str(home)], home, port) as page:
        page.home = home
        yield page


def heard_by_all(address):
    async def at_once():
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False, limits=limits) as client:
            event = await ask_event(client)
            return await asyncio.gather(*(ask(client, event, "What is a fox?", new_token()) for _ in range(ASKERS)))

    return asyncio.run(at_once())


def test_nobody_hears_another_and_all_are_answered(served):
    heard = heard_by_all(served.address)
    assert [one.fault for one in heard] == [""] * ASKERS
    assert [one.strange for one in heard] == [set()] * ASKERS
    assert all(0 < one.first_seconds <= one.all_seconds for one in heard)
    stored = ConversationStore(served.home / "conversations.sqlite")
    for one in heard:
        (turn,) = [turn for each in stored.list() for turn in stored.turns(each.id) if one.token in turn.question]
        assert turn.status == "done"
        assert one.token in turn.answer.text
        assert not [other.token for other in heard if other is not one and other.token in turn.answer.text]


def test_changes_are_put_together_as_the_browser_does():
    chat = [{"role": "user", "content": "a"}]
    chat = after_changes(
        chat, [["add", [1], {"role": "assistant", "content": "He"}], ["append", [1, "content"], "ard"]]
    )
    assert chat == [{"role": "user", "content": "a"}, {"role": "assistant", "content": "Heard"}]
    assert after_changes(chat, [["delete", [0], None]]) == [{"role": "assistant", "content": "Heard"}]
    assert after_changes(chat, [["replace", [], {"__type__": "update"}]]) == {"__type__": "update"}


def test_a_leak_is_seen():
    from evals.bench.page_users import _figures

    clean, leaking = Heard("tokena"), Heard("tokenb", strange={"tokena"}, strange_anywhere={"tokena"})
    for one in (clean, leaking):
        one.first_seconds = one.all_seconds = 0.1
    figures = _figures([clean], [clean, leaking], 1.0)
    assert (figures["leaks_in_chat"], figures["leaks_anywhere"], figures["faults"]) == (1, 1, 0)
    json.dumps(figures)
