"""Traces of turns: what stands in them, what must not, and where they go."""

import asyncio
import json

import pytest
from agent_desk import desk, masking
from fake_chat_model import StreamingChatModel, calling

from agent.context import Limits
from agent.events import AnswerFinished
from agent.retries import RetryRules
from agent.tracing import TRACES, open_traces
from errors import SettingsError


@pytest.fixture
def model():
    return StreamingChatModel()


def tutor_of(folder, model, traces):
    limits = Limits(retries=RetryRules(attempts=2, first_seconds=0.001))
    return desk(folder, model=model, name="embedded", limits=limits, shelf=masking(), traces=traces)[0]


def spans_after(folder, model, *, stop_early=False):
    traces = open_traces("file", folder / "logs")
    tutor = tutor_of(folder, model, traces)

    async def ask():
        events = tutor.ask("What is the secret of masking?")
        async for event in events:
            if stop_early:
                break
            last = event
        await events.aclose()
        return None if stop_early else last

    last = asyncio.run(ask())
    traces.close()
    lines = (folder / "logs" / TRACES).read_text(encoding="utf-8").splitlines()
    return last, [json.loads(line) for line in lines]


def test_a_turn_is_a_span_and_so_is_each_tool_call(tmp_path, model):
    model.replies = [calling("search_library", query="mask tokens"), "Fifteen percent of all tokens are masked [1]."]
    last, spans = spans_after(tmp_path, model)
    assert isinstance(last, AnswerFinished)
    tool, turn = spans
    assert (tool["name"], turn["name"]) == ("execute_tool search_library", "invoke_agent study-assistant")
    assert tool["parent_id"] == turn["context"]["span_id"]
    assert turn["parent_id"] is None
    assert turn["attributes"]["gen_ai.conversation.id"] == last.conversation_id
    assert turn["attributes"]["study.turn.end"] == "answered"
    assert turn["attributes"]["study.citations"] == len(last.answer.citations)
    assert [event["name"] for event in turn["events"]] == ["first text"]


def test_what_was_asked_answered_and_searched_is_not_in_a_trace(tmp_path, model):
    model.replies = [calling("search_library", query="hidden wish"), "Fifteen percent [1]."]
    _, spans = spans_after(tmp_path, model)
    told = json.dumps(spans)
    for text in ("secret of masking", "hidden wish", "Fifteen percent", "15%"):
        assert text not in told


def test_a_turn_that_fails_or_is_stopped_says_so(tmp_path, model):
    model.replies = [ConnectionError("gone"), ConnectionError("gone")]
    _, [failed] = spans_after(tmp_path / "failed", model)
    assert failed["status"]["status_code"] == "ERROR"
    assert failed["attributes"]["study.turn.end"] == "failed"
    [again] = failed["events"]
    assert (again["name"], again["attributes"]["attempt"]) == ("model asked again", 2)
    assert "gone" not in json.dumps(failed)
    model.replies = ["A long answer."]
    _, [stopped] = spans_after(tmp_path / "stopped", model, stop_early=True)
    assert stopped["attributes"]["study.turn.end"] == "stopped"


def test_nothing_is_traced_unless_a_destination_is_named(tmp_path):
    assert open_traces("", tmp_path) is None
    with pytest.raises(SettingsError, match="'nowhere'"):
        open_traces("nowhere", tmp_path)


def test_a_collector_that_is_gone_does_not_hold_up_the_end(tmp_path, model):
    traces = open_traces("http://127.0.0.1:9", tmp_path)
    traces.begin("c", "embedded").end()
    traces.close()
    assert not (tmp_path / TRACES).exists()
