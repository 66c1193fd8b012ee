"""Printed text beside what a learner said it would be: white space, case, quotes and brackets are forgiven. Pure."""

from __future__ import annotations

import re

from learner.answer_reading import cleaned
from learner.judgement import Judgement, quoted, same_number

_TOKEN = re.compile(
    r"(?<![\w.])-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,3})?(?![a-z_])|(?<!\w)-?(?:inf|nan)\b|[^\W\d_]+|\d+|[^\w\s]|_"
)
_FORGIVEN = frozenset("()[]{},;:'\"`“”„")
_WRAPPERS = frozenset({"array", "np", "numpy", "tensor", "torch", "size"})
"""Words of a value's type; they count only where the program prints them."""
_LEAD_IN = re.compile(
    r"^(?:i (?:think|guess|believe|say|expect) )?(?:that )?(?:it |the (?:program|code|output|answer|result) )?"
    r"(?:will )?(?:prints?|shows?|is|are|outputs?|gives?|returns?|be)\b:?"
)
_CLOSE_SHARE = 0.5
_MOST_TOKENS = 2_000

Tokens = list[str]


def judge_text(given: str, expected: str, tolerance: float) -> Judgement:
    """How far the answer is what the program prints, with the first line that differs."""
    wanted_lines, said_lines = _lines(expected), _lines(_LEAD_IN.sub("", cleaned(given)))
    wanted = [token for line in wanted_lines for token in line][:_MOST_TOKENS]
    noise = _WRAPPERS - set(wanted)
    said_lines = [line for line in ([token for token in line if token not in noise] for line in said_lines) if line]
    said = [token for line in said_lines for token in line][:_MOST_TOKENS]
    if _same(said, wanted, tolerance):
        return Judgement("right", _about_lines(len(said_lines), len(wanted_lines)))
    if sorted(said) == sorted(wanted):
        return Judgement("close", f"All of it is there, in another order: the program shows {quoted(expected)}.")
    hits = sum(_same([a], [b], tolerance) for a, b in zip(said, wanted, strict=False))
    share = hits / max(len(said), len(wanted), 1)
    difference = _first_difference(given, expected, said_lines, wanted_lines, tolerance)
    return Judgement("close" if share >= _CLOSE_SHARE else "wrong", difference)


def _lines(text: str) -> list[Tokens]:
    lines = ([token for token in _TOKEN.findall(line) if token not in _FORGIVEN] for line in cleaned(text).split("\n"))
    return [line for line in lines if line]


def _same(said: Tokens, wanted: Tokens, tolerance: float) -> bool:
    return len(said) == len(wanted) and all(
        a == b or _same_value(a, b, tolerance) for a, b in zip(said, wanted, strict=True)
    )


def _same_value(said: str, wanted: str, tolerance: float) -> bool:
    try:
        return same_number(float(said), float(wanted), tolerance)
    except ValueError:
        return False


def _about_lines(said: int, wanted: int) -> str:
    return "" if said == wanted else f"The program shows it on {wanted} line{'s' if wanted > 1 else ''}."


def _first_difference(
    given: str, expected: str, said_lines: list[Tokens], wanted_lines: list[Tokens], tolerance: float
) -> str:
    """One or two sentences on the first line that is not as it was said."""
    if max(len(said_lines), len(wanted_lines)) == 1:
        return f"You said {quoted(given)}; the program shows {quoted(expected)}."
    shown = [line for line in expected.splitlines() if _lines(line)]
    said = [line for line in given.strip().splitlines() if _lines(line)]
    for place, (one, other) in enumerate(zip(said_lines, wanted_lines, strict=False)):
        if not _same(one, other, tolerance) and place < len(said):
            return (
                f"Line {place + 1} differs: you said {quoted(said[place])}; the program shows {quoted(shown[place])}."
            )
    if len(said_lines) < len(wanted_lines):
        missing = quoted(shown[len(said_lines)])
        return f"The program shows {len(wanted_lines)} lines, you said {len(said_lines)}: {missing} comes next."
    return f"The program shows only {len(wanted_lines)} of the {len(said_lines)} lines you said."
