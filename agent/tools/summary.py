"""One line about what a tool found, for the step list beside an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SUMMARY_CHARACTERS = 160
_ENDED = {
    "ok": "ran in {seconds:.1f} s",
    "error": "failed",
    "timeout": "stopped after {seconds:.0f} s",
    "memory": "stopped: too much memory",
    "crashed": "Python crashed",
    "stopped": "not run to its end",
}


def summarise(content: str, artifact: Any, *, failed: bool) -> str:
    """E.g. "6 passages from 2 documents"; the fault's first line when the tool failed."""
    kind = artifact.get("kind") if isinstance(artifact, dict) and not failed else None
    line = _LINES.get(str(kind))
    if line is not None:
        return _short(line(artifact))
    return _short(next((line for line in content.splitlines() if line.strip()), "No answer"))


def python_line(run: Mapping[str, Any]) -> str:
    """How a run of code ended, e.g. "ran in 0.2 s, 1 figure"."""
    ended = _ENDED.get(run["status"], "ended").format(seconds=run["seconds"])
    last = str(run["error"]).strip().splitlines()[-1:] if run["status"] == "error" else []
    figures = [_counted(len(run["figures"]), "figure")] if run["figures"] else []
    return ", ".join([ended, *figures, *last])


def _passages(artifact: Mapping[str, Any]) -> str:
    passages = artifact["passages"]
    if not passages:
        return "No passage found"
    documents = {passage["document_id"] for passage in passages}
    return f"{_counted(len(passages), 'passage')} from {_counted(len(documents), 'document')}"


def _roadmap(artifact: Mapping[str, Any]) -> str:
    topic = artifact["topic"]
    return f'The roadmap about "{topic}"' if topic else "The roadmap's outline"


def _added(artifact: Mapping[str, Any]) -> str:
    title = artifact["title"]
    match artifact["status"]:
        case "already":
            return f"{title} was in the library already"
        case "updated":
            return f"{title} was renewed"
        case _:
            return f"{title} was added, {_counted(artifact['pages'], 'page')}"


def _equation(artifact: Mapping[str, Any]) -> str:
    origin = "Drafted: " if artifact.get("drafted") else ""
    return f"{origin}{artifact['equation']['name']}; its check: {python_line(artifact['check'])}"


def _plan(artifact: Mapping[str, Any]) -> str:
    done = sum(item["status"] == "completed" for item in artifact["items"])
    return f"{_counted(len(artifact['items']), 'step')}, {done} done"


def _quiz(artifact: Mapping[str, Any]) -> str:
    result, question, summary = artifact.get("result"), artifact.get("question"), artifact.get("summary")
    said = [f"The answer was {result['verdict']}"] if result else []
    if question:
        said.append(f"question {question['number']} of {question['total']}")
    if summary:
        said.append(f"{summary['score']:.3g} of {summary['total']}")
    return "; ".join(said) or str(artifact["quiz"]["title"])


_LINES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "passages": _passages,
    "documents": lambda artifact: _counted(len(artifact["documents"]), "document"),
    "roadmap": _roadmap,
    "python": python_line,
    "arxiv": lambda artifact: f"{_counted(len(artifact['results']), 'paper')} on arXiv",
    "paper_added": _added,
    "equation": _equation,
    "plan": _plan,
    "comparison": lambda artifact: (
        f"{_counted(len(artifact['rows']), 'aspect')} of {_counted(len(artifact['columns']), 'paper')}"
    ),
    "quiz": lambda artifact: _quiz(artifact),
    "study": lambda artifact: str(artifact["mode"] or "study mode").capitalize(),
    "study_plan": lambda artifact: artifact["text"].split("\n")[0],
    "recalled": lambda artifact: f"{_counted(artifact['count'], 'answer')} in the record",
    "prerequisites": lambda artifact: f"{_counted(len(artifact['topics']), 'topic')} before it",
    "exercise": lambda artifact: f"Predict: {artifact['exercise']['title']}",
    "exercise_result": lambda artifact: f"The prediction was {artifact['verdict']}",
}


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= SUMMARY_CHARACTERS else line[: SUMMARY_CHARACTERS - 1] + "…"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
