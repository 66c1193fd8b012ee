"""Shows the events of a turn in a terminal: steps dimmed, the answer as it comes, then its sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from agent.events import (
    Answer,
    AnswerFinished,
    Citation,
    Event,
    Support,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnFailed,
)

QUOTE_CHARACTERS = 280

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SIGNS: Mapping[Support, tuple[str, str]] = {
    "supported": ("✓ supported", "green"),
    "partly": ("~ partly supported", "yellow"),
    "unsupported": ("✗ not supported", "red"),
    "uncited": ("? no source given", "yellow"),
    "exempt": ("", ""),
}


class TerminalView:
    """Writes one turn to a console. Text of models and documents never acts on the terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
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
            case TextDelta():
                self._writing = True
                self._console.print(Text(plain(event.text)), end="", soft_wrap=True)
            case AnswerFinished():
                self._finish(event.answer, event.conversation_id)
            case TurnFailed():
                self._end_text()

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
        self._line(f"\n{answer.model}, {answer.seconds:.1f} s; go on with --conversation {conversation_id}", "dim")

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


def plain(text: str) -> str:
    """The text without control characters, which could move the cursor or change the terminal."""
    return _CONTROL.sub("", text)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTE_CHARACTERS else f"{line[: QUOTE_CHARACTERS - 1]}…"
