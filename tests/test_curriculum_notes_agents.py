"""The notes on agents: their worked numbers computed again, and their code run."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from test_curriculum_notes import body_of, stands_in

from agent.earlier import SUMMARY_TOKENS
from curriculum.load import load_curriculum, note_paths


def names_of_code(stem: str) -> dict[str, Any]:
    """What the Python blocks of a note define, run in order in one namespace."""
    blocks = re.findall(r"```python\n(.*?)```", body_of(stem), re.S)
    assert blocks, f"{stem} has no code"
    space: dict[str, Any] = {"__name__": stem}
    for block in blocks:
        exec(compile(block, stem, "exec", dont_inherit=True), space)
    return space


def tokens_read(prompt: int, each: int, calls: int) -> int:
    """Tokens read over the calls when each adds `each` tokens to the context."""
    return sum(prompt + each * call for call in range(calls))


def test_tool_numbers() -> None:
    stem = "21-tool-use-and-function-calling"
    stands_in(stem, f"{tokens_read(1000 + 20 * 150, 400, 6):,}", f"{tokens_read(1000 + 5 * 150, 400, 6):,}")
    call = 0.97 * 0.95 * 0.99
    again = 1 - (1 - call) ** 2
    stands_in(stem, *(f"${value:.3f}$" for value in (call, call**5, again, again**5)))
    stands_in(stem, f"{0.4 + 0.9 + 0.6:.1f} seconds one after", f"{max(0.4, 0.9, 0.6)} seconds side")


def test_the_dispatcher_of_the_note_answers_every_call_once() -> None:
    dispatch: Callable[..., dict[str, Any]] = names_of_code("21-tool-use-and-function-calling")["dispatch"]
    tools = {"half": {"parameters": {"value": "number"}, "run": lambda value: 1 / value}}
    assert dispatch({"id": 1, "name": "half", "arguments": {"value": 2}}, tools) == {"id": 1, "result": 0.5}
    assert "half" in dispatch({"id": 2, "name": "third", "arguments": {}}, tools)["error"]
    assert "value" in dispatch({"id": 3, "name": "half", "arguments": {}}, tools)["error"]
    assert dispatch({"id": 4, "name": "half", "arguments": {"value": 0}}, tools)["error"].startswith("ZeroDivision")


def test_search_numbers() -> None:
    stem = "31-search-and-reflection"
    thoughts = 5 + 2 * 2 * 5
    stands_in(stem, f"= {thoughts}$ thoughts", f"{thoughts} + {3 * thoughts} = {4 * thoughts}$")
    some_right = 1 - 0.4**5
    stands_in(stem, f"{0.6**3:.3f}", f"{some_right**3:.3f}", f"{(0.8 * some_right) ** 3:.3f}")
    wrong = 0.2 * 0.4 / (0.8 * 0.95 + 0.2 * 0.4)
    stands_in(stem, f"{100 * wrong:.1f}\\%", f"{100 * 130 / 134:.1f}%")


def test_the_search_of_the_note_needs_its_breadth() -> None:
    search = names_of_code("31-search-and-reflection")["search"]

    def value(state: list[int]) -> float:
        return {(0,): 1, (1,): 2, (0, 1): 9}.get(tuple(state), 0)

    assert search([], lambda _: (0, 1), value, breadth=2, depth=2) == [0, 1]
    assert search([], lambda _: (0, 1), value, breadth=1, depth=2) != [0, 1]


def test_memory_budget_numbers() -> None:
    stem = "22-memory-systems"
    left = 8192 - (900 + 1600 + 1000)
    used = 1500 + 8 * 250 + 300 + 200
    stands_in(stem, f"= {left:,}$", f"that is {used:,}", f"{left - used} tokens are left")
    stands_in(stem, f"costs {200 * 50:,} tokens", f"= {round(0.1 * 200 * 3 * 50):,}$", f"{round(0.5 * 200 * 150):,}")
    assert 0.1 * 3 < 1 < 0.5 * 3


def test_what_the_note_says_of_this_assistant_holds() -> None:
    stands_in("22-memory-systems", f"a summary of at most {SUMMARY_TOKENS} tokens")
    assert {f"{kind}-memory" for kind in ("short-term", "long-term", "episodic", "semantic")} == {
        path.stem[3:] for path in note_paths() if path.stem.endswith("-memory")
    }


def test_conversation_numbers() -> None:
    stem = "23-short-term-memory"
    unlimited = [800 + 500 * turn for turn in range(1, 21)]
    windowed = [800 + 500 * min(turn, 6) + 300 * (turn > 6) for turn in range(1, 21)]
    stands_in(stem, f"{sum(unlimited):,}", f"{unlimited[11] + 1000:,}", f"{unlimited[12] + 1000:,}")
    assert unlimited[11] + 1000 <= 8192 < unlimited[12] + 1000
    stands_in(
        stem, f"{windowed[-1]:,} tokens", f"{sum(windowed[:6]):,}", f"{sum(windowed[6:]):,}", f"{sum(windowed):,}"
    )
    stands_in(stem, f"is {100 * sum(windowed) / sum(unlimited):.0f}%")
    token = 2 * 32 * 8 * 128 * 2
    stands_in(stem, f"{token:,}", f"{token // 1024} KiB", f"{8192 * token / 2**30:.0f} GiB")
    stands_in(stem, f"{4096 * token / 2**20:.0f} MiB")


def test_vector_numbers() -> None:
    stem = "24-long-term-memory"
    query, chunks = (0.28, 0.96), [(0.6, 0.8), (0.96, 0.28), (0.0, 1.0)]
    similarities = [query[0] * x + query[1] * y for x, y in chunks]
    assert all(math.isclose(math.hypot(*vector), 1) for vector in [query, *chunks])
    stands_in(stem, ", ".join(f"${value:.3f}$" for value in similarities[:2]), f"${similarities[2]:.3f}$")
    stands_in(stem, *(f"${1 - value:.3f}$" for value in similarities), f"${3 * similarities[1]:.3f}$")
    assert sorted(range(3), key=lambda place: -similarities[place]) == [2, 0, 1]
    numbers = 100_000 * 384
    stands_in(stem, f"{4 * numbers / 1e6} MB", f"{numbers / 1e6} million", f"{numbers / 1e6} MB")


def test_episode_numbers() -> None:
    stem = "25-episodic-memory"
    episodes = {"A": (2, 0.3, 0.9), "B": (100, 0.9, 0.7), "C": (24, 0.2, 0.4)}
    first = []
    for decay in (0.99, 0.999):
        scores = {name: decay**age + weight + near for name, (age, weight, near) in episodes.items()}
        first.append(max(scores, key=lambda name: scores[name]))
        stands_in(stem, *(f"{score:.3f}" for score in scores.values()))
        stands_in(stem, f"{math.log(2) / -math.log(decay):.0f} hours")
    assert first == ["A", "B"]
    stands_in(stem, f"{1 - 0.7**3:.3f}", f"{1 - 0.7 * 0.55 * 0.4:.3f}")


def test_graph_numbers_are_those_of_the_curriculum() -> None:
    stem = "26-semantic-memory"
    curriculum = load_curriculum()
    needs = {str(paper.id): list(map(str, paper.prerequisite_ids)) for paper in curriculum.papers}
    order = names_of_code(stem)["before"]("2106.09685", needs)
    assert order == ["1409.0473", "1706.03762", "gpt", "gpt2", "2001.08361", "2005.14165"]
    stands_in(stem, f"LoRA has {len(needs['2106.09685'])} direct", f"and {len(order)} papers come before")
    stands_in(stem, f"{0.9**3:.3f}", f"{0.99**3:.3f}")
    assert all(order.index(needed) < order.index(paper) for paper in order for needed in needs[paper])


def with_critic(right: float, accepts_right: float, accepts_wrong: float, rounds: int) -> float:
    """Chance of a right result when a critic may send drafts back; see lesson 13."""
    before, good = 0.0, right * accepts_right
    still_open = 1.0
    for _ in range(rounds - 1):
        before += still_open * good
        still_open *= 1 - good - (1 - right) * accepts_wrong
    return before + still_open * right


def test_multi_agent_numbers() -> None:
    stem = "27-multi-agent-systems"
    chat = sum(100 * message for message in range(20))
    mail = sum(100 for reader in range(20) for writer in range(reader) if (writer + 1) % 4 == reader % 4)
    stands_in(stem, f"= {chat:,}$ tokens", f"they read {mail:,}", f"they read {19 * 100:,}", f"{0.95**4:.3f}")
    critics = [(0.9, 0.1), (1.0, 0.6), (0.7, 0.7)]
    stands_in(stem, *(f"${with_critic(0.6, *critic, 3):.3f}$" for critic in critics))
    stands_in(stem, f"A = {0.6 * 0.9 + 0.4 * 0.1:.2f}$")


def steps_with_restarts(steps: int, failing: float) -> float:
    """Expected steps when a failure sends the run back to its beginning, one step after the other."""
    expected = 0.0
    for _ in range(steps):
        expected = (expected + 1) / (1 - failing)
    return expected


def test_framework_numbers() -> None:
    stem = "28-agent-frameworks"
    for steps in (20, 50):
        stands_in(stem, f"{steps_with_restarts(steps, 0.05):.1f}", f"{steps / 0.95:.1f}")
        assert math.isclose(steps_with_restarts(steps, 0.05), (0.95**-steps - 1) / 0.05)


def test_the_graph_of_the_note_runs() -> None:
    graph = names_of_code("28-agent-frameworks")["graph"]
    assert graph.invoke({"steps": []})["steps"] == ["think", "act", "think", "act"]


def test_protocol_numbers() -> None:
    stem = "29-model-context-protocol"
    stands_in(stem, f"= {6 * 20}$ adapters", f"= {6 + 20}$ with")
    for tools in (5 * 12, 8):
        stands_in(stem, f"{tools * 180:,} tokens")
    stands_in(stem, f"{100 * 60 * 180 / 32_768:.0f}% of a window", f"{100 * 8 * 180 / 32_768:.1f}%")


def test_the_server_of_the_note_keeps_ids_and_tells_faults_apart() -> None:
    handle = names_of_code("29-model-context-protocol")["handle"]
    tools = {"half": {"description": {"name": "half"}, "run": lambda value: 1 / value}}

    def answer(method: str, **params: Any) -> dict[str, Any]:
        response: dict[str, Any] = handle({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, tools)
        assert (response["jsonrpc"], response["id"]) == ("2.0", 7)
        return response

    assert answer("tools/list")["result"] == {"tools": [{"name": "half"}]}
    assert answer("tools/call", name="half", arguments={"value": 2})["result"]["content"][0]["text"] == "0.5"
    assert answer("tools/call", name="half", arguments={"value": 0})["result"]["isError"] is True
    assert answer("tools/call", name="half")["result"]["isError"] is True
    assert answer("tools/call", name="third", arguments={})["error"]["code"] == -32602
    assert answer("nonsense")["error"]["code"] == -32601


def test_production_numbers() -> None:
    stem = "30-multi-agent-in-production"
    retried = 1 - 0.02**2
    stands_in(stem, f"{0.98**3:.3f}", f"{retried:.4f}^3 = {retried**3:.4f}", f"mean {2 * 45} tasks")
    tokens = 4 * (3000 * 3 + 400 * 15) / 1e6
    stands_in(stem, f"= {tokens:.2f}$ euros", f"= {tokens + 0.1 * 2:.2f}$ euros")
    rate, count = 8 / 200, 200
    half = 1.96 * math.sqrt(rate * (1 - rate) / count)
    stands_in(stem, f"{100 * rate:.1f}%", f"{100 * half:.1f} points")
    assert half > 0.01
