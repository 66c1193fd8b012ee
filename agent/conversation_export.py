"""A conversation as a Markdown file: questions, answers with their verdicts, code with its output, and the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.conversation_values import Conversation, StoredTurn
    from agent.events import Answer, Citation

_VERDICTS = {
    "partly": "(partly supported)",
    "unsupported": "(not supported by its source)",
    "uncited": "(no source)",
}


def conversation_markdown(conversation: Conversation, turns: Sequence[StoredTurn]) -> str:
    """The file's text. Numbers in square brackets are those of the list of sources at its end."""
    parts = [f"# {_line(conversation.title)}", f"Begun {conversation.created_at:%Y-%m-%d %H:%M} UTC."]
    for turn in turns:
        parts += _cell(turn) if turn.kind == "code" else _turn(turn)
    sources = _sources(turns)
    if sources:
        parts += ["## Sources", "\n".join(sources)]
    return "\n\n".join(parts) + "\n"


def _turn(turn: StoredTurn) -> Iterator[str]:
    first, _, rest = turn.question.partition("\n")
    yield f"## {_line(first)}"
    if rest.strip():
        yield rest.strip()
    for step in turn.steps:
        if step.details.get("kind") == "python":
            yield from _run(step.details)
        else:
            yield f"- {step.name.replace('_', ' ')}: {_line(step.summary)}"
    if turn.answer is not None:
        yield _with_verdicts(turn.answer)
        yield f"*{_line(_receipt(turn.answer))}*"
    if turn.status in ("failed", "stopped"):
        yield f"*{_line(turn.error or 'Stopped.')}*"
    elif turn.status != "done":
        yield "*Not answered yet.*"


def _cell(turn: StoredTurn) -> Iterator[str]:
    yield "## Code that was run by hand"
    for step in turn.steps:
        yield from _run(step.details)


def _run(details: dict[str, Any]) -> Iterator[str]:
    yield _fenced(str(details.get("code", "")), "python")
    said = "\n".join(str(details.get(name) or "").rstrip("\n") for name in ("text", "value", "error")).strip("\n")
    if said:
        yield _fenced(said, "text")
    figures = len(details.get("figures") or ())
    if figures:
        drawn = "1 figure was" if figures == 1 else f"{figures} figures were"
        yield f"*{drawn} drawn; the file holds no pictures.*"


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def _with_verdicts(answer: Answer) -> str:
    """The answer's text, a verdict behind each sentence that its source does not carry whole."""
    text = answer.text
    for sentence in sorted(answer.sentences, key=lambda one: one.end, reverse=True):
        verdict = _VERDICTS.get(sentence.support)
        if verdict:
            end = sentence.start + len(text[sentence.start : sentence.end].rstrip())
            text = f"{text[:end]} {verdict}{text[end:]}"
    return text


def _receipt(answer: Answer) -> str:
    parts = [answer.model, f"{answer.seconds:.1f} s"]
    if answer.input_tokens is not None or answer.output_tokens is not None:
        parts.append(f"{answer.input_tokens or 0:,} tokens in, {answer.output_tokens or 0:,} out")
    return " · ".join([*parts, *answer.notices])


def _sources(turns: Sequence[StoredTurn]) -> list[str]:
    """A line for each passage, with each of its quotes once."""
    passages: dict[int, dict[tuple[int, int], Citation]] = {}
    for turn in turns:
        for one in turn.answer.citations if turn.answer else ():
            passages.setdefault(one.number, {}).setdefault((one.start, one.end), one)
    return [_source(number, list(quotes.values())) for number, quotes in sorted(passages.items())]


def _source(number: int, quotes: Sequence[Citation]) -> str:
    first = quotes[0]
    place = [first.title, f"arXiv {first.arxiv_id}" if first.arxiv_id else "", first.section, f"p. {first.page_number}"]
    shown = " ".join(f"“{_line(one.quote)}”" for one in quotes)
    return f"- [{number}] {_line(', '.join(part for part in place if part))}: {shown}"


def _line(text: str) -> str:
    return " ".join(text.split())
