"""Every sum that a note writes out in figures is right: `$7 \\cdot 0.5 + 1 = 4.5$` is computed again."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable

import pytest
from test_curriculum_notes import STEMS, body_of

# What a formula without any letter is made of once LaTeX's marks are gone.
FIGURES = re.compile(r"[\d.+\-*/() ]+")
# One number as it stands after "=": its digits after the point, a percent sign, a power of ten.
WRITTEN = re.compile(r"\d*(?:\.(\d+))?(/100)?(?: \* 10\*\*\(?(-?\d+)\)?)?")
OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def value_of(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](value_of(node.left), value_of(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -value_of(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    raise ValueError(ast.dump(node))


def side(latex: str) -> tuple[float, float] | None:
    """The value of one side of an equation and half a unit of its last digit; None when it is no plain sum."""
    text = latex.replace("{,}", "").replace(r"\cdot", "*").replace(r"\%", "/100")
    text = re.sub(r"\^\{([^{}]+)\}", r"**(\1)", text).replace("^", "**").replace(r"\,", " ").strip()
    rounded_up = re.fullmatch(r"\\lceil (.+) \\rceil", text)
    text = rounded_up[1] if rounded_up else text
    if not FIGURES.fullmatch(text) or not re.search(r"\d", text):
        return None
    try:
        value = value_of(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError):
        return None
    written = WRITTEN.fullmatch(text)
    half = 0.5 * 10.0 ** (int(written[3] or 0) - len(written[1] or "") - 2 * bool(written[2])) if written else 0.0
    return (math.ceil(value) if rounded_up else value), half


def wrong_sums(text: str) -> list[str]:
    wrong = []
    for formula in re.findall(r"\$([^$\n]+)\$", re.sub(r"\$\$.*?\$\$|```.*?```", " ", text, flags=re.S)):
        sides = [found for found in map(side, formula.split("=")) if found]
        pairs = zip(sides, sides[1:], strict=False)
        if any(
            abs(left - right) > max(allowed, half) * 1.01 + 1e-9 * abs(left) for (left, allowed), (right, half) in pairs
        ):
            wrong.append(formula)
    return wrong


@pytest.mark.parametrize("stem", STEMS)
def test_the_sums_of_a_note_are_right(stem: str) -> None:
    assert not wrong_sums(body_of(stem))


def test_a_wrong_sum_is_found() -> None:
    right = r"$7 \cdot 0.5 + 1 = 4.5$, $0.9^{10} = 0.349$, $1/3 = 33.3\%$, $\lceil 5 / 2 \rceil = 3$, "
    right += r"$x = 2 + 2 = 4$, $3 \cdot 4.1 = 1.2 \cdot 10^{1}$"
    assert not wrong_sums(right)
    changes = [
        ("4.5", "4.6"),
        ("0.349", "0.348"),
        ("33.3", "33.4"),
        ("= 3$", "= 2$"),
        ("= 4$", "= 5$"),
        ("1.2 ", "1.3 "),
    ]
    for sum_, changed in changes:
        assert len(wrong_sums(right.replace(sum_, changed, 1))) == 1
