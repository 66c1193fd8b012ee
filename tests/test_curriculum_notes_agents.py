"""The notes on agents: their worked numbers computed again, and their code run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from test_curriculum_notes import body_of, stands_in


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
