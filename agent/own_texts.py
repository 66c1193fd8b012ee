"""What tools say in words that need no citation: the roadmap, lists, what code printed, what arXiv lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.study.forced import REMINDER


def own_text(artifact: Any) -> str:
    """The words of a tool's artifact that an answer may repeat without a source; "" for quoted ones."""
    if not isinstance(artifact, dict):
        return ""
    match artifact.get("kind"):
        case "python":
            return _printed(artifact)
        case "arxiv":
            return "\n".join([*map(_paper, artifact.get("results", ())), *map(str, artifact.get("notices", ()))])
        case "paper_added":
            return _added(artifact)
        case "equation":
            return _equation(artifact)
        case "exercise":
            return _texts(artifact.get("exercise", {}), "title", "prompt")
        case "exercise_result":
            result = _texts(artifact, "given", "expected", "verdict", "differences", "misconception", "explanation")
            return f"{result}\n{_printed(artifact.get('run', {}))}"
        case "quiz" | "study":
            return f"{artifact.get('text', '')}\n{REMINDER}"
        case "comparison" | "plan":
            return ""
        case _:
            return str(artifact.get("text", ""))


def _texts(values: Mapping[str, Any], *names: str) -> str:
    return "\n".join(str(values[name]) for name in names if values.get(name))


def _printed(run: Mapping[str, Any]) -> str:
    return "\n".join([_texts(run, "text", "value", "error"), *map(str, run.get("notices", ()))])


def _paper(paper: Mapping[str, Any]) -> str:
    authors = ", ".join(map(str, paper.get("authors", ())))
    return f"{_texts(paper, 'title', 'arxiv_id', 'published', 'why', 'abstract')}\n{authors}"


def _added(artifact: Mapping[str, Any]) -> str:
    before = [str(paper.get("title", "")) for paper in artifact.get("prerequisites", ())]
    lines = [_texts(artifact, "status", "title", "pages", "chunks"), *before, *map(str, artifact.get("notices", ()))]
    return "\n".join([*lines, *map(str, artifact.get("topics", ()))])


def _equation(artifact: Mapping[str, Any]) -> str:
    """Ours in full; of a model's own draft only what its check printed."""
    printed = _printed(artifact.get("check", {}))
    if artifact.get("drafted"):
        return printed
    equation = artifact.get("equation", {})
    parts = [
        *(_texts(symbol, "latex", "name", "shape", "meaning") for symbol in equation.get("symbols", ())),
        *(_texts(part, "latex", "does") for part in equation.get("parts", ())),
        *(_texts(reason, "text") for reason in equation.get("reasons", ())),
    ]
    return "\n".join([_texts(equation, "name", "section", "latex", "shows", "why"), *parts, printed])
