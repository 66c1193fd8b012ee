"""Shows the events of a turn in a terminal: steps dimmed, the answer as it comes, then its sources."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from agent.events import (
    Answer,
    AnswerFinished,
    ApprovalNeeded,
    ApprovalRequest,
    Citation,
    Decision,
    Event,
    ModelRetry,
    Support,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
)

if TYPE_CHECKING:
    from agent.tutor import Tutor

QUOTE_CHARACTERS = 280
OUTPUT_LINES = 20

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SIGNS: Mapping[Support, tuple[str, str]] = {
    "supported": ("✓ supported", "green"),
    "partly": ("~ partly supported", "yellow"),
    "unsupported": ("✗ not supported", "red"),
    "uncited": ("? no source given", "yellow"),
    "exempt": ("", ""),
}


async def events_to_the_end(
    tutor: Tutor,
    question: str,
    allows: Callable[[ApprovalRequest], bool],
    *,
    conversation_id: str | None = None,
    model: str | None = None,
) -> AsyncIterator[Event]:
    """The events of a turn to its end, also over the learner's decisions, which `allows` asks for."""
    events = tutor.ask(question, conversation_id=conversation_id, model=model)
    while True:
        last: Event | None = None
        async for event in events:
            last = event
            yield event
        if not isinstance(last, ApprovalNeeded):
            return
        decisions = {request.call_id: Decision(allows(request)) for request in last.requests}
        events = tutor.decide(last.conversation_id, decisions)


class TerminalView:
    """Writes one turn to a console. Text of models and documents never acts on the terminal."""

    def __init__(self, console: Console, *, goes_on: bool = False) -> None:
        """With `goes_on` the next question follows at once, and nobody need be told how to go on."""
        self._console = console
        self._goes_on = goes_on
        self._writing = False

    def show(self, event: Event) -> None:
        """Write one event."""
        match event:
            case ToolStarted():
                arguments = ", ".join(f"{name}={value!r}" for name, value in event.arguments.items())
                self._line(f"→ {event.name}({arguments})", "dim")
            case ToolFinished():
                sign = "✗" if event.failed else "✓"
                self._line(f"{sign} {event.name}: {event.summary} ({event.seconds:.1f} s)", "dim")
                for line in detail_lines(event.details):
                    self._line(f"    {line}", "dim")
            case ToolProgress() | ModelRetry():
                self._progress(event)
            case ApprovalNeeded():
                for request in event.requests:
                    self._request(request)
            case TextDelta():
                self._writing = True
                self._console.print(Text(plain(event.text)), end="", soft_wrap=True)
            case AnswerFinished():
                self._finish(event.answer, event.conversation_id)
            case TurnFailed():
                self._end_text()

    def _progress(self, event: ToolProgress | ModelRetry) -> None:
        fraction = event.fraction if isinstance(event, ToolProgress) else None
        share = "" if fraction is None else f" ({fraction:.0%})"
        self._line(f"… {event.text}{share}", "dim")

    def _request(self, request: ApprovalRequest) -> None:
        """What the learner is asked: the call, all of it, and why."""
        self._line(f"\n{request.name} waits for your yes: {request.reason}", "bold")
        for name, value in request.arguments.items():
            for line in f"{name}: {value}".splitlines():
                self._line(f"    {line}", "")

    def _finish(self, answer: Answer, conversation_id: str) -> None:
        self._end_text()
        doubtful = [one for one in answer.sentences if one.support in ("partly", "unsupported", "uncited")]
        if doubtful:
            self._line("\nNot fully carried by its source:", "bold")
            for sentence in doubtful:
                sign, style = _SIGNS[sentence.support]
                self._line(f"  {sign}: {_short(sentence.text)}", style)
        if answer.citations:
            self._line("\nSources:", "bold")
        passages: dict[int, list[Citation]] = {}
        for citation in answer.citations:
            passages.setdefault(citation.number, []).append(citation)
        for citations in passages.values():
            self._citations(citations)
        for notice in answer.notices:
            self._line(f"\nNote: {notice}", "dim")
        go_on = "" if self._goes_on else f"; go on with --conversation {conversation_id}"
        again = f", calls made again: {answer.retries}" if answer.retries else ""
        self._line(f"\n{answer.model}, {answer.seconds:.1f} s{again}{go_on}", "dim")

    def _citations(self, citations: Sequence[Citation]) -> None:
        """One passage: where it stands, and each of its quotes with its sign."""
        first = citations[0]
        place = f"p. {first.page_label}" + (f", {first.section}" if first.section else "")
        known = f" (arXiv {first.arxiv_id})" if first.arxiv_id else ""
        self._line(f"  [{first.number}] {first.title}{known}, {place}", "")
        for citation in citations:
            sign, style = _SIGNS[citation.supported]
            line = Text(f"      “{_short(plain(citation.quote))}”  ", style="dim")
            line.append(sign, style=style)
            self._console.print(line, soft_wrap=True)

    def _line(self, text: str, style: str) -> None:
        self._end_text()
        self._console.print(Text(plain(text), style=style), soft_wrap=True)

    def _end_text(self) -> None:
        if self._writing:
            self._console.print()
            self._writing = False


def detail_lines(details: Mapping[str, Any]) -> list[str]:
    """What a tool brought, in lines: the output of code, found papers, the steps of a plan."""
    match details.get("kind"):
        case "python":
            said = "\n".join(filter(None, (details["text"], details["value"], details["error"]))).splitlines()
            more = [f"… {len(said) - OUTPUT_LINES} more lines"] if len(said) > OUTPUT_LINES else []
            figures = [f"figure {one['width']}x{one['height']}" for one in details["figures"]]
            return [*said[:OUTPUT_LINES], *more, *figures, *details["notices"]]
        case "equation":
            return [details["equation"]["latex"], *detail_lines(details["check"])]
        case "arxiv":
            return [f"{paper['arxiv_id']}  {paper['title']}" for paper in details["results"]]
        case "plan":
            return [f"[{'x' if item['status'] == 'completed' else ' '}] {item['text']}" for item in details["items"]]
        case _:
            return []


def plain(text: str) -> str:
    """The text without control characters, which could move the cursor or change the terminal."""
    return _CONTROL.sub("", text)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTE_CHARACTERS else f"{line[: QUOTE_CHARACTERS - 1]}…"
