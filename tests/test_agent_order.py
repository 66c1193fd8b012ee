"""Parallel calls number their passages in the order of the calls, whichever ends first."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from agent_desk import ask, calls, desk, finished, results, steps
from fake_library import FakeLibrary, make_passage

from agent.call_order import CallOrder


class UnevenLibrary(FakeLibrary):
    """A passage of its own for each search; a search for "slow" ends last."""

    def __init__(self) -> None:
        super().__init__([make_passage(f"Page {n} of the paper.", page=n, start=100) for n in range(1, 9)])
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def search(self, query, *, limit=8, document_ids=None, filters=None):
        for paper in filters.papers if filters else ():
            self.find_document(paper)
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.15 if "slow" in query else 0.03)
        with self._lock:
            self.at_once -= 1
        return [make_passage(f"About {query}.", title=query)]


@pytest.mark.parametrize("queries", [["slow a", "b", "c"], ["b", "slow a", "c"], ["b", "c", "slow a"]])
def test_numbers_follow_the_calls_while_the_searches_run_together(tmp_path, queries):
    shelf = UnevenLibrary()
    three = calls(*((f"s{n}", "search_library", {"query": query}) for n, query in enumerate(queries)))
    tutor, chat = desk(tmp_path, three, "Found [1].", shelf=shelf)
    assert finished(ask(tutor))
    told = results(chat.history[-1])
    assert [f"[{n + 1}] {query}" in told[f"s{n}"] for n, query in enumerate(queries)] == [True] * 3
    assert shelf.most_at_once > 1


def test_reads_searches_and_failing_calls_in_one_message(tmp_path):
    mixed = calls(
        ("a", "search_library", {"query": "slow"}),
        ("b", "search_library", {"query": "x", "document": "no such paper"}),
        ("c", "list_library", {}),
        ("d", "read_pages", {"document": "Attention", "first_page": 2}),
        ("e", "no_such_tool", {}),
        ("f", "read_pages", {"document": "Attention", "first_page": 1}),
    )
    tutor, chat = desk(tmp_path, mixed, "Found [1].", shelf=UnevenLibrary())
    events = ask(tutor)
    assert finished(events)
    told = results(chat.history[-1])
    assert "[1] slow" in told["a"]
    assert "[2] Attention" in told["d"]
    assert "[3] Attention" in told["f"]
    assert sum(step.failed for step in steps(events)) == 2


def test_calls_beyond_the_limit_hold_nobody_up(tmp_path):
    many = calls(*((f"s{n}", "search_library", {"query": f"q{n}"}) for n in range(40)))
    tutor, _ = desk(tmp_path, many, "Found [1].", shelf=UnevenLibrary())
    assert finished(ask(tutor))


def test_the_order_waits_for_those_before_and_for_nobody_else():
    async def run():
        order, passed = CallOrder(), []

        async def go(one):
            await order.turn_of(one)
            passed.append(one)
            order.is_over(one)

        order.expect(["a", "b", "c"])
        order.expect(["c", "b", "a"])  # said again it changes nothing
        waiting = [asyncio.create_task(go(one)) for one in ("c", "b")]
        await go("unknown")
        await asyncio.sleep(0.01)
        assert passed == ["unknown"]
        await go("a")
        await asyncio.gather(*waiting)
        assert passed == ["unknown", "a", "b", "c"]

    asyncio.run(run())
