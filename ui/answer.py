"""A finished answer as the page shows it: citations to click, support marks, sources and receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.events import Answer, Citation, SentenceCheck, Support
from agent.llm import EMBEDDED
from ui.markup import Insertion, escape_text, pieces, render, render_line
from ui.reference import PassageReference
from ui.translation import N_, _, counted, ngettext

_QUOTE_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class SupportMark:
    """How a verdict is written, so that it reads without colour."""

    shown: str
    meaning: str
    """What it means, for the tooltip and the legend."""


SUPPORT_MARKS: Mapping[Support, SupportMark] = {
    "partly": SupportMark(N_("◐ partly"), N_("its source carries only a part of this sentence")),
    "unsupported": SupportMark(N_("⚠ unsupported"), N_("its source does not carry this sentence")),
    "uncited": SupportMark(N_("∅ no source"), N_("this sentence names no source")),
}
"""Supported sentences and those that need no source carry no mark."""

_IN_SOURCES: Mapping[Support, str] = {
    "supported": N_("✓ supports the answer"),
    "partly": N_("◐ supports it in part"),
    "unsupported": N_("⚠ does not carry what cites it"),
}


def answer_markdown(answer: Answer) -> str:
    """The answer's text with its citations and marks, then its sources and its receipt."""
    insertions = [mark for sentence in answer.sentences if (mark := _support_insertion(sentence))]
    body = render(
        answer.text,
        insertions=insertions,
        citation=lambda number, place: citation_mark(number, citation_at(answer, number, place)),
    )
    parts = [body, _sources(answer.citations), _receipt(answer)]
    return "\n\n".join(part for part in parts if part)


def streaming_markdown(text: str) -> str:
    """Text that is still growing: numbers already have their place, but lead nowhere yet."""
    return render(text, citation=lambda number, place: f'<span class="citation waiting">[{number}]</span>')


def citation_at(answer: Answer, number: int, place: int) -> Citation | None:
    """The citation that a number stands for in the sentence around a place of the answer.

    Where that sentence is not known, the first one of the number; None when no source has it.
    """
    own = [citation for citation in answer.citations if citation.number == number]
    for citation in own:
        for sentence in (answer.sentences[index] for index in citation.sentences if index < len(answer.sentences)):
            if sentence.start <= place < sentence.end:
                return citation
    return own[0] if own else None


def citation_mark(number: int, citation: Citation | None) -> str:
    """The number as a button that opens the passage; plain text when no source has it."""
    if citation is None:
        return f"&#91;{number}&#93;"
    place = f"{escape_text(citation.title)}, {page_name(citation)}"
    quote = escape_text(shorten(citation.quote))
    source = _("Source")
    return (
        f'<button type="button" class="citation study-action" name="open_source" '
        f'value="{PassageReference.of_citation(citation).as_text()}" title="{place}: “{quote}”">'
        f'<span class="for-reader">{source} </span>[{number}]<span class="for-reader">: {place}</span></button>'
    )


def page_name(citation: Citation) -> str:
    """The page as people name it, e.g. "p. 4", or "p. iv (4th page)"."""
    number, label = citation.page_number, citation.page_label
    if label in ("", str(number)):
        return _("p. {page}").format(page=number)
    return _("p. {label} (page {page})").format(label=escape_text(label), page=number)


def shorten_whole(text: str, limit: int) -> str:
    """Text of a source cut as `shorten` does, near the limit, where that cuts no formula and no code apart."""
    line = " ".join(text.split())
    cut = (piece for piece in pieces(line) if piece.kind != "prose" and piece.start < limit < piece.end)
    piece = next(cut, None)
    return shorten(line, (piece.start or piece.end) if piece else limit)


def shorten(text: str, limit: int = _QUOTE_CHARACTERS) -> str:
    """At most `limit` characters, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0] + " …"


def _support_insertion(sentence: SentenceCheck) -> Insertion | None:
    mark = SUPPORT_MARKS.get(sentence.support)
    if mark is None:
        return None
    end = sentence.start + len(sentence.text.rstrip()) if sentence.text else sentence.end
    shown = f'<span class="support {sentence.support}" title="{_(mark.meaning)}">{_(mark.shown)}</span>'
    return min(end, sentence.end), f" {shown} "


def _sources(citations: tuple[Citation, ...]) -> str:
    """One row for each passage, with a button for each of its quotes."""
    if not citations:
        return ""
    passages: dict[int, list[Citation]] = {}
    for citation in sorted(citations, key=lambda item: item.number):
        passages.setdefault(citation.number, []).append(citation)
    rows = "".join(_source_rows(quotes) for quotes in passages.values())
    count = counted("{count} source", "{count} sources", len(passages))
    return f'<details class="sources" open><summary>{count}</summary><div class="source-rows">{rows}</div></details>'


def _source_rows(quotes: Sequence[Citation]) -> str:
    """The buttons of one passage; only the first one names the document."""
    return "".join(_source_row(citation, named=index == 0) for index, citation in enumerate(quotes))


def _source_row(citation: Citation, *, named: bool) -> str:
    arxiv = f" · arXiv {escape_text(citation.arxiv_id)}" if citation.arxiv_id else ""
    section = f" · {escape_text(shorten(citation.section, 80))}" if citation.section else ""
    title = f"<b>{escape_text(citation.title)}</b>{arxiv} · {page_name(citation)}{section}" if named else ""
    verdict = _(_IN_SOURCES.get(citation.supported, ""))
    quote = render_line(shorten_whole(citation.quote, 220))
    return (
        f'<button type="button" class="source-row study-action" name="open_source" '
        f'value="{PassageReference.of_citation(citation).as_text()}" '
        f'title="{_("Show the page with the passage marked")}">'
        f'<span class="source-number">[{citation.number}]</span><span class="source-text">{title}'
        f'<span class="source-quote">“{quote}”</span>'
        f'<span class="source-verdict">{verdict}</span></span></button>'
    )


def _receipt(answer: Answer) -> str:
    """What the answer rests on and took: model, passages, time, tokens, cost, and what was left out."""
    parts = [
        _("built-in model") if answer.model == EMBEDDED else escape_text(answer.model),
        _passages(answer),
        _time(answer),
        _retries(answer),
        _tokens(answer),
        _cost(answer),
    ]
    if not answer.notices:
        parts.append(_("nothing left out"))
    notices = "".join(f'<div class="notice">{escape_text(notice)}</div>' for notice in answer.notices)
    return (
        f'<div class="receipt"><div class="receipt-line">{" · ".join(part for part in parts if part)}</div>'
        f"{_legend(answer)}{notices}</div>"
    )


def _passages(answer: Answer) -> str:
    cited = len({citation.chunk_id for citation in answer.citations})
    read = answer.passages_read
    if read is None:
        return counted("{count} passage cited", "{count} passages cited", cited) if cited else ""
    if not read and not cited:
        return _("no passage read")
    told = ngettext("{count} passage read, {cited} cited", "{count} passages read, {cited} cited", read)
    return told.format(count=read, cited=cited)


def _time(answer: Answer) -> str:
    told = _("first words after {first:.1f} s, done after {whole:.1f} s")
    return told.format(first=answer.first_token_seconds, whole=answer.seconds)


def _tokens(answer: Answer) -> str:
    if answer.input_tokens is not None or answer.output_tokens is not None:
        told = _("{read:,} tokens in, {written:,} out")
        return told.format(read=answer.input_tokens or 0, written=answer.output_tokens or 0)
    if answer.model == EMBEDDED:
        return _("no model tokens: it quotes by rules")
    return _("tokens not told by the model")


def _retries(answer: Answer) -> str:
    """How often the model's server had to be asked again; nothing for an answer that came at once."""
    if not answer.retries:
        return ""
    return counted("the model was asked again once", "the model was asked again {count} times", answer.retries)


def _cost(answer: Answer) -> str:
    """Only hosted models cost anything; an answer of an older version says nothing of it."""
    if answer.cost_dollars is None:
        return "" if answer.passages_read is None else _("cost not known (see STUDY_PRICE_READ)")
    return f"${answer.cost_dollars:.4f}" if answer.cost_dollars else _("no cost")


def _legend(answer: Answer) -> str:
    seen = {sentence.support for sentence in answer.sentences}
    lines = [f"{_(mark.shown)}: {_(mark.meaning)}" for support, mark in SUPPORT_MARKS.items() if support in seen]
    return f'<div class="legend">{" · ".join(lines)}</div>' if lines else ""
