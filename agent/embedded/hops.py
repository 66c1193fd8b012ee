"""Questions that lead from one paper to another: which paper the found passages name, and what it is asked then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.embedded.shelf import NamedPaper, Shelf, inside
from agent.words import content_stems
from ingestion.sentences import split_sentences

PASSAGES_READ, SENTENCES_READ = 8, 6
"""Of the first search: the sentences most like the question are read for the name of another paper."""
_POINTS_ON = re.compile(
    r"\b(?:that|which|whose) (?:[\w-]+['’]s )?(?:own )?paper\b"
    r"|\bthat (?:method|technique|family|model|work|approach)['’]s\b",
    re.IGNORECASE,
)


def next_paper(
    question: str, named: Sequence[NamedPaper], passages: Sequence[Mapping[str, Any]], shelf: Shelf
) -> NamedPaper | None:
    """The other paper that the question is about without naming it; None when it points to none.

    "The paper that LoRA takes its term from: what did that paper use?" needs the name that stands in what was found.
    """
    if len(named) > 1 or not _POINTS_ON.search(question):
        return None
    known = {paper.document_id for paper in named}
    own = [passage for passage in passages[:PASSAGES_READ] if passage["document_id"] in known]
    wanted = set(content_stems(question))
    sentences = []
    for passage in own or passages[:PASSAGES_READ]:
        text = str(passage["text"])
        for start, end in split_sentences(text):
            shared = len(wanted.intersection(content_stems(text[start:end])))
            sentences.append((shared, " ".join(text[start:end].split()), str(passage["document_id"])))
    for _, sentence, document_id in sorted(sentences, key=lambda one: -one[0])[:SENTENCES_READ]:
        for paper in shelf(sentence):
            if paper.document_id not in known | {document_id}:
                return paper
    return None


def asked_further(question: str, named: Sequence[NamedPaper]) -> str:
    """What is asked of the paper that was led to: the question without the names of the other."""
    for paper in named:
        question = inside(question, paper)
    return question
