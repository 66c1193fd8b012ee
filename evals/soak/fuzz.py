"""Made-up texts for the cleaners, the readers of notes and the chunker: nothing crashes, and nothing is lost.

Hypothesis (https://hypothesis.readthedocs.io) makes up the texts and makes what fails small.
"""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import StudyError
from evals.soak.counts import Count
from evals.soak.soak import Soak, need_hypothesis
from ingestion.characters import INVISIBLE, clean_text, clean_word
from ingestion.chunking import chunk_document, embedding_text
from ingestion.document import Document
from ingestion.sentences import split_sentences
from ingestion.tokens import approximate_tokens

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

PART = "fuzz"
PIECES, PIECE_SECONDS = 10, 10.0
SHORT_PIECES, SHORT_PIECE_SECONDS = 1, 0.3
EXAMPLES = 50
"""Texts between two looks at the clock."""
ASKED_SECONDS = 600.0
CHUNK_TOKENS = (64, 128, 256)
SHOWN = 4
MARKS = (
    *("# ", "## ", "\n", "\n\n", "  \n", "---\n", "```", "```python\n", "`", "*", "**", "_", "~~", "$", "$$", "\\"),
    *("[", "](", ")", "![", "|", "|-|-|\n", "> ", "- ", "1. ", "<!--", "-->", "<b>", "</b>", "<script>", "</script>"),
    *(
        "<table><tr><td>",
        "</td></tr></table>",
        "<h1>",
        "</h1>",
        "<pre>",
        "<p",
        "&amp;",
        "&#0;",
        "&#xD800;",
        "<h2 id='x'>",
    ),
    *("title: ", "e.g. ", "Fig. 1", "Table 2: ", "References\n", "[1] A. B. ", "(3)", " = ", "3.14", "Abstract\n"),
    *(
        "\u200b",
        "\u202e",
        "\ufb01",
        "\u0301",
        "\x00",
        "\r",
        "\x0b",
        "\u2028",
        "\ue0000\ue001",
        "\ue0005\ue001",
        "\ud800",
    ),
)
"""Pieces that mean something to a reader, between which any text may stand."""
Check = Callable[[str], str]


def measure(soak: Soak) -> Sequence[Count]:
    """Try each target for its time, in pieces.

    Raises:
        StudyError: hypothesis is not installed.
    """
    need_hypothesis()
    pieces = range(SHORT_PIECES if soak.short else PIECES)
    seconds = SHORT_PIECE_SECONDS if soak.short else PIECE_SECONDS
    outcomes = soak.ledger(PART).fill(
        [f"{name} {piece}" for name in TARGETS for piece in pieces],
        lambda key: one_piece(TARGETS[key.split(" ")[0]], soak.chance(PART, key).randrange(1 << 32), seconds),
    )
    faults = [fault for outcome in outcomes for fault in outcome["faults"]]
    examples = sum(outcome["examples"] for outcome in outcomes)
    spent = round(sum(outcome["seconds"] for outcome in outcomes))
    note = f"{examples:,} made-up texts for {len(TARGETS)} targets: {', '.join(TARGETS)}."
    return [
        Count(
            what="seconds of made-up texts through the cleaners, the readers and the chunker: no crash, no chunk that "
            "is not its page's text or too long, nothing left out; failures are texts",
            tried=spent,
            failed=len(faults),
            asked=round(ASKED_SECONDS),
            note=" ".join([note, *faults[:SHOWN]]),
        )
    ]


def one_piece(check: Check, seed: int, seconds: float) -> dict[str, Any]:
    """Texts for so long; the first that fails, made small, ends it."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import seed as seeded

    until, started, examples = time.monotonic() + seconds, time.monotonic(), 0
    faults: list[str] = []

    def example(text: str) -> None:
        nonlocal examples
        examples += 1
        fault = fault_of(check, text)
        if fault:
            faults[:] = [f"{text[:80]!r}: {fault}"]
        assert not fault

    while time.monotonic() < until and not faults:
        checked = settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )(given(texts())(example))
        try:
            seeded(seed)(checked)()
        except Exception as error:
            faults[:] = faults or [f"{type(error).__name__}: {str(error)[:200]}"]
        seed += 1
    return {"examples": examples, "faults": faults, "seconds": time.monotonic() - started}


def texts() -> SearchStrategy[str]:
    """Any characters, lone surrogates included, with marks of the formats between them."""
    from hypothesis import strategies

    anything = strategies.text(strategies.characters(), max_size=30)
    prose = strategies.sampled_from(
        ["The fox runs. ", "Words of prose, and more of them", "A longer word: internationalisation "]
    )
    return strategies.lists(strategies.one_of(strategies.sampled_from(MARKS), prose, anything), max_size=60).map(
        "".join
    )


def fault_of(check: Check, text: str) -> str:
    """What is wrong; a crash is told by its class."""
    try:
        return check(text)
    except StudyError as error:
        return "" if error.message.strip() else "A fault without a sentence."
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"


def check_characters(text: str) -> str:
    """Cleaned text has nothing invisible, is composed, and stays as it is when cleaned again."""
    for clean in (clean_text, clean_word):
        once = clean(text)
        if INVISIBLE.search(once):
            return f"{clean.__name__} left something invisible."
        if not unicodedata.is_normalized("NFC", once):
            return f"{clean.__name__} left something decomposed."
        if clean is clean_text and clean(once) != once:
            return f"{clean.__name__} is not done at once."
    return ""


def check_sentences(text: str) -> str:
    """Sentences stand in order, do not overlap, and leave out white space alone."""
    position = 0
    for start, end in [*split_sentences(text), (len(text), len(text))]:
        if start < position or end < start:
            return f"A sentence from {start} to {end} stands after {position}."
        if text[position:start].strip():
            return f"{text[position:start][:40]!r} is in no sentence."
        position = end
    return ""


def check_text(text: str) -> str:
    """A file of plain text."""
    from ingestion.loaders.text import load_text

    return chunk_faults(load_text(Path("note.txt"), text.encode("utf-8", "surrogatepass")))


def check_markdown(text: str) -> str:
    """A note."""
    from ingestion.loaders.markdown import load_markdown

    return chunk_faults(load_markdown(Path("note.md"), text.encode("utf-8", "surrogatepass")))


def check_html(text: str) -> str:
    """A web page."""
    from ingestion.loaders.html import load_html

    return chunk_faults(load_html(Path("page.html"), f"<html><body>{text}".encode("utf-8", "surrogatepass")))


def check_notebook(text: str) -> str:
    """A notebook whose cells and outputs are the text."""
    from ingestion.loaders.notebook import load_notebook

    outputs = [{"output_type": "stream", "text": text}, {"output_type": "error", "ename": text, "evalue": [text]}]
    kinds = ("markdown", "code", "raw", "heading")
    cells = [{"cell_type": kind, "source": text, "outputs": outputs} for kind in kinds]
    return chunk_faults(load_notebook(Path("work.ipynb"), json.dumps({"nbformat": 4, "cells": cells}).encode()))


def chunk_faults(document: Document) -> str:
    """What is wrong with the chunks of a document at any limit."""
    pages = {page.number: page.text for page in document.pages}
    for most in CHUNK_TOKENS:
        covered, identities = dict.fromkeys(pages, 0), set()
        for chunk in chunk_document(document, count_tokens=approximate_tokens, max_tokens=most):
            text = pages[chunk.page_number]
            if text[chunk.start : chunk.end] != chunk.text or not chunk.text.strip():
                return f"A chunk is not what stands on its page from {chunk.start} to {chunk.end}."
            if chunk.start < covered[chunk.page_number]:
                return f"A chunk begins at {chunk.start}, within the one before."
            if text[covered[chunk.page_number] : chunk.start].strip():
                return f"{text[covered[chunk.page_number] : chunk.start][:40]!r} is in no chunk."
            tokens = approximate_tokens(embedding_text(document.title, chunk))
            if tokens > most and approximate_tokens(chunk.text) > LEAST_ROOM_TOKENS:
                return f"A chunk has {tokens} tokens; the limit is {most}."
            covered[chunk.page_number] = chunk.end
            identities.add((chunk.id, chunk.start))
        left = [text[covered[number] :] for number, text in pages.items() if text[covered[number] :].strip()]
        if left:
            return f"{left[0][:40]!r} is in no chunk."
        if len({identity for identity, _ in identities}) != len(identities):
            return "Two chunks have one id."
    return ""


LEAST_ROOM_TOKENS = 8
"""A text of fewer tokens is never cut, whatever its title takes of the limit."""
TARGETS: dict[str, Check] = {
    "characters": check_characters,
    "sentences": check_sentences,
    "text": check_text,
    "markdown": check_markdown,
    "html": check_html,
    "notebook": check_notebook,
}
