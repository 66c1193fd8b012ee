"""The code of the notes on production does what the notes say, and their formulas can be drawn."""

from __future__ import annotations

import re
from typing import Any

import pytest
from test_curriculum_notes import STEMS, body_of

from ui.formula import formula_html

PRODUCTION = [stem for stem in STEMS if "32" <= stem[:2] <= "46"]


def names_of(stem: str) -> dict[str, Any]:
    """What the one Python block of a note defines."""
    blocks = re.findall(r"```python\n(.*?)```", body_of(stem), re.S)
    assert len(blocks) == 1
    space: dict[str, Any] = {}
    exec(blocks[0], space)
    return space


def test_a_repeated_request_is_carried_out_once() -> None:
    create_run = names_of("33-api-design")["create_run"]
    results: dict[str, tuple[str, str]] = {}
    calls: list[str] = []

    def model(request: str) -> str:
        calls.append(request)
        return request.upper()

    assert [create_run("k", "hello", results, model) for _ in range(2)] == ["HELLO", "HELLO"]
    assert calls == ["hello"]
    with pytest.raises(ValueError, match="another request"):
        create_run("k", "other", results, model)


def test_the_repair_loop_of_the_note_asks_again_and_gives_up() -> None:
    ask = names_of("45-output-validation")["ask"]
    good = '{"answer": "yes", "pages": [3]}'
    bad = ["not JSON", "[]", '{"answer": " ", "pages": []}', '{"answer": "yes", "pages": [true]}', '{"answer": "yes"}']
    for first in bad:
        asked: list[str] = []
        replies = iter([first, good])

        def model(message: str, asked: list[str] = asked, replies: Any = replies) -> str:
            asked.append(message)
            return str(next(replies))

        assert ask(model, "why?") == {"answer": "yes", "pages": [3]}
        assert len(asked) == 2
        assert "rejected" in asked[1]
    assert ask(lambda _: "no", "why?") is None


@pytest.mark.parametrize(
    ("act", "causes", "expected"),
    [
        ("search_library", ["document"], True),
        ("send_mail", ["user"], True),
        ("send_mail", ["user", "document"], False),
        ("send_mail", ["somebody"], False),
        ("send_mail", [], False),
        ("change_rules", ["user"], False),
        ("change_rules", ["developer"], True),
        ("unknown_act", ["developer"], False),
    ],
)
def test_permission_follows_the_least_trusted_cause(act: str, causes: list[str], expected: bool) -> None:
    assert names_of("46-prompt-injection-defence")["allowed"](act, causes) is expected


@pytest.mark.parametrize("stem", PRODUCTION)
def test_every_formula_can_be_drawn(stem: str) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", " ", body_of(stem), flags=re.S)
    for display, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", text, re.S):
        drawn = formula_html(display or inline, display=bool(display))
        assert drawn.startswith("<math"), display or inline
        assert "\\" not in re.sub(r"<m[on][^>]*>.</m[on]>", "", drawn), display or inline


def test_all_notes_on_production_are_there() -> None:
    assert len(PRODUCTION) == 15
