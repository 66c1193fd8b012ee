"""Explaining an equation of a paper: symbols, parts, reasons with citations, and what its check shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded.code_wish import run_text
from agent.embedded.compose import Reader, quoted
from agent.embedded.parts import figures_line, listed, plain, told_fault
from agent.embedded.study_wish import StudyWish, study_wish
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, only
from agent.refusal import is_refusal

EXPLAIN = "explain_equation"
_VERB = (
    r"^(?:explain|derive|describe|break down|dissect|unpack|show(?: me)?|walk (?:me )?through|take me through"
    r"|go through|help me understand|what does)\s+(?:to me\s+)?"
)
_WORD = r"(?:equation|formula|eqn?\.?|loss(?: function)?|objective(?: function)?|update rule)"
_EQUATION = re.compile(
    rf"{_VERB}(?P<what>(?:the\s+)?(?:.{{0,80}}?\b)?{_WORD}(?:\s*\(?(?:number |no\.? |#)?\d{{1,2}}[a-z]?\)?)?"
    r"(?:\s+(?:of|for|from|in)\s+.{2,100})?)(?:\s+(?:mean|say|do|compute))?$",
    re.IGNORECASE,
)
_STARTED = re.compile(rf"^{_WORD}\s*\(?\d{{1,2}}[a-z]?\)?\s+(?:of|from|in)\s+.{{2,100}}$", re.IGNORECASE)
_OF_PAPER = re.compile(
    r"^(?P<equation>.+?)\s+(?:of|from|in)\s+(?P<paper>(?:the\s+)?.*?(?:\bpaper\b|\d{4}\.\d{4,5}(?:v\d+)?))$",
    re.IGNORECASE,
)
_NOT_ONE = re.compile(
    r"\b(?:why|how|when|where|which|and|or|difference|between|curve|during|training loss|test loss)\b", re.I
)


@dataclass(frozen=True, slots=True)
class EquationWish:
    """An equation to explain."""

    equation: str
    paper: str = ""
    otherwise: StudyWish | None = None
    """The question for the library, when the catalogue has no such equation."""
    waits: bool = False

    @property
    def title(self) -> str:
        """Which equation."""
        named = f"the {self.paper}" if self.paper.lower().endswith("paper") else self.paper
        return f"Explain {self.equation}" + (f" of {named}" if named else "")

    @property
    def subject(self) -> str:
        """The equation."""
        return f"{self.equation} {self.paper}".strip()

    @property
    def tools(self) -> frozenset[str]:
        """The catalogue, unless the library can answer too."""
        return frozenset() if self.otherwise else frozenset({EXPLAIN})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """The catalogue; then, when it has no such equation, a search."""
        if not done:
            return [Call(EXPLAIN, {"equation": self.equation, "paper": self.paper})]
        found = only(EXPLAIN, done)
        if self.otherwise and found and found.failed:
            return self.otherwise.calls([one for one in done if one is not found], memory)
        return []

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """The equation with all that explains it."""
        found = only(EXPLAIN, done)
        if found is None:
            if self.otherwise:
                return self.otherwise.answer(done, memory, reader)
            return "I have no catalogue of equations here."
        if not found.failed:
            return equation_text(found.artifact)
        searched = [one for one in done if one is not found]
        if self.otherwise and searched:
            text = self.otherwise.answer(searched, memory, reader)
            if not is_refusal(text):
                return text
        return told_fault(found)


def equation_text(artifact: Mapping[str, Any]) -> str:
    """The equation: formula, symbols in a table, parts, reasons with their quotes, and its check."""
    equation = artifact.get("equation", {})
    number = f", equation {equation['number']}" if equation.get("number") else ""
    blocks = [f"### {plain(equation.get('name', ''))}{number}", f"$$\n{equation.get('latex', '')}\n$$"]
    if equation.get("why"):
        blocks.append(str(equation["why"]))
    blocks.append(_symbols(equation.get("symbols", ())))
    parts = [f"- ${part['latex']}$: {part['does']}" for part in equation.get("parts", ())]
    blocks.append("\n".join(["**What each part does**", "", *parts]))
    texts = {int(passage["number"]): str(passage["text"]) for passage in artifact.get("passages", ())}
    reasons = [_reason(reason, texts) for reason in equation.get("reasons", ())]
    blocks.append("\n".join(["**Why it is so**", "", *reasons]))
    blocks.append(_check(equation, artifact.get("check", {})))
    return "\n\n".join(blocks)


def _symbols(symbols: Sequence[Mapping[str, Any]]) -> str:
    shapes = any(symbol.get("shape") for symbol in symbols)
    head = ["Symbol", "Name", *(["Shape"] if shapes else []), "Meaning"]
    rows = [
        [f"${one['latex']}$", one["name"], *([str(one.get("shape", ""))] if shapes else []), one["meaning"]]
        for one in symbols
    ]
    return "\n".join(_row(cells) for cells in [head, ["---"] * len(head), *rows])


def _row(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(_in_cell(str(cell)) for cell in cells)} |"


def _in_cell(text: str) -> str:
    """The text without bars, which would end the cell; in a formula they have names of their own."""
    if text.startswith("$") and text.endswith("$"):
        return text.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
    return text.replace("|", r"\|")


def _reason(reason: Mapping[str, Any], texts: Mapping[int, str]) -> str:
    number = reason.get("number")
    if not number or int(number) not in texts:
        return f"- {reason['text']}"
    return f"- {reason['text']} {quoted(str(reason['quote']), int(number))}"


def _check(equation: Mapping[str, Any], check: Mapping[str, Any]) -> str:
    blocks = ["**What its check shows**", str(equation.get("shows", ""))]
    if check.get("status") == "ok":
        blocks.append(run_text(check))
    elif check:
        figures = figures_line(check)
        blocks.append(listed([plain(notice, 300) for notice in check.get("notices", ())]) or figures or run_text(check))
    return "\n\n".join(block for block in blocks if block)


def read_equation(text: str, names: Collection[str]) -> EquationWish | None:
    """The wish to see an equation explained; None when the text asks for anything else.

    Args:
        text: what the learner wrote.
        names: names of the catalogue's equations in lower case, which need no "equation" in the question.
    """
    bare = " ".join(text.split()).strip(" ?.!")
    match = _EQUATION.match(bare)
    what = match["what"] if match else bare if _STARTED.match(bare) else _by_name(bare, names)
    if not what or _NOT_ONE.search(what):
        return None
    what = re.sub(r"^the\s+", "", what.strip(" '\"“”"), flags=re.IGNORECASE)
    otherwise = None if re.search(r"\d", what) else study_wish(text)
    if of := _OF_PAPER.match(what):
        paper = re.sub(r"^the\s+", "", of["paper"], flags=re.IGNORECASE)
        return EquationWish(of["equation"].strip(), paper, otherwise)
    return EquationWish(what, otherwise=otherwise)


def _by_name(text: str, names: Collection[str]) -> str:
    """The name of an equation when the text asks to explain just that; a name of one word may be a concept."""
    match = re.match(rf"{_VERB}(?:the\s+)?(?P<name>.+)$", text, re.IGNORECASE)
    name = match["name"].lower() if match else ""
    return name if name in names and len(name.split()) >= 3 else ""
