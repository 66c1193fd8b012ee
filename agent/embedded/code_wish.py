"""Running code: the learner's own, or a program written by rule for what they asked to compute or plot."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded.compose import Reader
from agent.embedded.formulas import formula_code
from agent.embedded.parts import cut, explained_error, fence, figures_line, plain, told_fault
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, Said, only

RUN = "run_python"
RESET_CODE = """for name in [name for name in globals() if not name.startswith("_")]:
    del globals()[name]
print("All variables are forgotten.")"""
_FENCED = re.compile(
    r"(?P<ticks>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*\n(?P<code>.*?)\n?[ \t]*(?P=ticks)", re.DOTALL
)
_RUN_THIS = re.compile(
    r"^(?:run|execute|eval(?:uate)?|try)\b(?:\s+(?:this|the following|my))?(?:\s+(?:python|code|program|snippet|cell))*"
    r"\s*(?P<sign>:|\n|`)\s*(?P<code>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_RUN_INLINE = re.compile(
    r"^(?:run|execute|eval(?:uate)?)\s+(?:this\s+|the following\s+|python\s+|code\s+)*(?P<code>\S.*)$", re.I
)
"""Without a sign between: only where what follows is arithmetic or Python."""
_AGAIN = re.compile(
    r"^(?:re-?run|run|execute)(?: it| this| that| the (?:code|cell|program))? (?:again|once more)$|^re-?run$", re.I
)
_RESET = re.compile(
    r"^(?:reset|clear|forget|delete)(?: all)?(?: of)?(?: the| my)? (?:python )?"
    r"(?:variables?|session|sandbox|python|state|kernel)$"
    r"|^restart (?:the )?(?:python|sandbox|kernel|session)$",
    re.IGNORECASE,
)
_WHY_FAILED = re.compile(
    r"^(?:why|what|how come)\b[^.?!]{0,40}\b(?:my|the|this|that)\s+(?:last\s+)?(?:code|program|cell|script|run)\b"
    r"[^.?!]{0,30}\b(?:fail|crash|wrong|work|error|stop|break)\w*\s*[?.!]*$"
    r"|^what(?:['’]?s| is| was| went) wrong (?:with|in) (?:my|the|this|that) (?:last )?(?:code|program|cell|script)"
    r"\s*[?.!]*$",
    re.IGNORECASE,
)
_PLOT = re.compile(r"^plot (?:the|a|an|me|my|some)\b", re.IGNORECASE)
NO_PLOT = (
    "I cannot make a program for this plot by rule. I can plot functions, e.g. *plot sin(x) from 0 to 10* or *plot "
    "softmax for temperatures 0.5, 1 and 2*, and I can run a program that you write."
)
_LANGUAGES = frozenset({"", "python", "py", "python3", "ipython"})
_PROGRAM = (ast.Import, ast.ImportFrom, ast.Assign, ast.AugAssign, ast.For, ast.While, ast.FunctionDef, ast.With)


@dataclass(frozen=True, slots=True)
class CodeWish:
    """A program to run."""

    code: str
    title: str
    waits: bool = False
    subject: str = ""

    @property
    def tools(self) -> frozenset[str]:
        """The sandbox."""
        return frozenset({RUN})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One run."""
        return [] if done else [Call(RUN, {"code": self.code})]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """What was printed, the value, the figures, and an error in a sentence."""
        ran = only(RUN, done)
        if ran is None:
            return "I cannot run code here: the sandbox is off. The Settings tab says why, and what to install."
        if ran.declined:
            return "You declined to run this code, so nothing was run. You can ask again after changing it."
        if ran.failed:
            return f"The code was not run: {told_fault(ran)}"
        return run_text(ran.artifact)


def run_text(run: Mapping[str, Any]) -> str:
    """A run in words: output and value in blocks, figures, why it failed. Its code is shown with the step."""
    blocks: list[str] = []
    text, value = str(run.get("text", "")).strip("\n"), str(run.get("value", "")).strip()
    if text.strip():
        blocks.append(f"It printed:\n\n{fence(cut(text), 'text')}")
    if value:
        blocks.append(f"The value of the last line:\n\n{fence(cut(value), 'text')}")
    if figures := figures_line(run):
        blocks.append(figures)
    if sentence := explained_error(run):
        error = str(run.get("error", "")).strip()
        blocks.append(f"It did not run to its end: {sentence}")
        blocks += [fence(cut(error), "text")] if error else []
    blocks = blocks or ["It ran without printing anything."]
    return "\n\n".join([*blocks, *(plain(notice, 300) for notice in run.get("notices", ()))])


def read_code(text: str, memory: Memory) -> CodeWish | Said | None:
    """The wish to run or compute something; None when the text is no such wish."""
    bare = text.strip()
    if match := _FENCED.search(text):
        language = match["language"].lower()
        if language in _LANGUAGES and (language or _compiles(match["code"])):
            return CodeWish(match["code"], "Run your code")
        return None
    if memory.run and _WHY_FAILED.match(bare):
        return Said(f"Of the code that ran last:\n\n{run_text(memory.run)}", "Why the code failed")
    if _RESET.match(bare.strip(" .!")):
        return CodeWish(RESET_CODE, "Forget the variables")
    if memory.code and _AGAIN.match(bare.strip(" .!")):
        return CodeWish(memory.code, "Run the code again")
    if match := _RUN_THIS.match(bare):
        code = match["code"].strip().strip("`").strip()
        if _compiles(code) or match["sign"] == "`" or "\n" in code or "(" in code:
            return CodeWish(code, "Run your code")
    if code := bare if _is_program(bare) else formula_code(bare) or _inline(bare):
        return CodeWish(code, "Run your code" if _is_program(bare) else _named(bare))
    return Said(NO_PLOT, _named(bare)) if _PLOT.match(bare) else None


def _inline(text: str) -> str:
    """The code behind "run", e.g. `2**100`; empty when it is neither arithmetic nor Python."""
    match = _RUN_INLINE.match(text)
    code = match["code"].strip(" .!?`") if match else ""
    return code if _is_program(code) else formula_code(code) if code else ""


def _named(text: str) -> str:
    line = " ".join(text.split()).strip(" ?.!")
    return line[:1].upper() + line[1:]


def _compiles(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _is_program(text: str) -> bool:
    """Whether a bare message is Python and nothing else: statements, or a call such as `print(1)`."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(
        isinstance(one, _PROGRAM) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)) for one in body
    )
