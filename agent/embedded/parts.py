"""Pieces of answers: texts of tools made harmless, code in fences, faults in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.embedded.turn_view import Done
from agent.tools.quoting import BEGIN, END, defused

OUTPUT_CHARACTERS = 3000
"""Of what code printed so much stands in the answer; the card beside it shows all."""
TITLE_CHARACTERS = 160
_BACKTICKS = re.compile(r"`{3,}")
_FOR_MODELS = re.compile(
    r"(?:(?<=[.;,] )|^)[^.;]*"
    r"\b(?:draft_equation|(?:search|list)_library|search_arxiv|read_pages|predict_output|run_python)\b[^.;]*[.;]?"
)
"""Sentences of tools that tell a model which tool to call."""
_MARKUP = re.compile(r"[\\`*_<>|]")
_LINK = re.compile(r"!?\[(?=[^\]]*\]\()|\](?=\()")


def fence(text: str, language: str = "") -> str:
    """The text as a code block that nothing in it can end."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def plain(text: Any, limit: int = TITLE_CHARACTERS) -> str:
    """Words of a tool on one line, without any markup of their own."""
    line = " ".join(defused(str(text)).split())
    line = line if len(line) <= limit else f"{line[: limit - 1]}…"
    return _MARKUP.sub(r"\\\g<0>", _LINK.sub(" ", line))


def cut(text: str, limit: int = OUTPUT_CHARACTERS) -> str:
    """The text with its middle left out where it is too long."""
    if len(text) <= limit:
        return text
    return f"{text[: limit * 2 // 3]}\n… {len(text) - limit:,} characters left out …\n{text[-limit // 3 :]}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Parts as words say them: `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


def told_fault(done: Done) -> str:
    """What went wrong, in the tool's own sentences without those for models; its text has no markup of its own."""
    text = done.text.replace(BEGIN, "").replace(END, "")
    return plain(_FOR_MODELS.sub("", text).strip(), 600) or "It failed without saying why."


def figures_line(run: Mapping[str, Any]) -> str:
    """That figures are shown; empty without any."""
    figures = run.get("figures", ())
    if not figures:
        return ""
    return "The figure is shown with the code." if len(figures) == 1 else "The figures are shown with the code."


_FAULTS: tuple[tuple[str, str], ...] = (
    ("SyntaxError", "Python could not read it, so look at the line it names for a missing bracket, colon or quote."),
    ("IndentationError", "the lines are not indented alike, and each block needs the same number of spaces."),
    ("NameError", "a name is used before it has a value, so define or import it first, or check its spelling."),
    ("ZeroDivisionError", "something was divided by zero."),
    ("ModuleNotFoundError", "that package is not there; numpy, sympy and matplotlib are."),
    ("ImportError", "that name could not be imported; numpy, sympy and matplotlib are there."),
    ("IndexError", "a place beyond the end of a list or array was asked for, since places count from 0."),
    ("KeyError", "the dictionary has no such key."),
    ("AttributeError", "the object has no attribute of that name."),
    ("TypeError", "an operation got a kind of value that it does not take."),
    ("ValueError", "a value cannot be used here; arrays often have shapes that do not fit."),
    ("AssertionError", "an assert statement did not hold."),
    ("RecursionError", "a function called itself too often because its end condition is never met."),
    ("OverflowError", "a number grew too large."),
    ("MemoryError", "it asked for more memory than a run may take."),
    ("KeyboardInterrupt", "it was stopped."),
    ("PermissionError", "the sandbox allows no files outside of its own folder."),
    ("OSError", "the sandbox has no network and no files of yours."),
)
_ENDED = {
    "timeout": "it took too long and was stopped, so look for a loop that never ends, or a smaller size.",
    "memory": "it took more memory than a run may take and was stopped, so try a smaller size.",
    "crashed": "Python itself ended while it ran.",
    "stopped": "it was stopped before its end.",
}


def explained_error(run: Mapping[str, Any]) -> str:
    """Why a run failed, in one sentence; empty when it did not."""
    status = str(run.get("status", ""))
    if status in _ENDED:
        return _ENDED[status]
    lines = [line for line in str(run.get("error", "")).strip().splitlines() if line.strip()]
    name = re.match(r"[\w.]*?(\w+)(?::|$)", lines[-1]) if lines else None
    for known, sentence in _FAULTS:
        if name and name[1] == known:
            return sentence
    return "the code ended with an error." if lines else ""
