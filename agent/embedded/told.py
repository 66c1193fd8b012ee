"""What is told without quotes: greetings, the list of documents, the roadmap's lines, authors and year of a paper."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from agent.embedded.shelf import NamedPaper
from agent.refusal import REFUSAL
from agent.words import content_stems, stem

CONNECT_HINT = "I answer by quoting your library; connect a model in Settings for free-form tutoring."

GREETING = (
    "Hello! Ask me anything about the papers and notes in your library and I will quote the passages that "
    "answer it, with the page each one stands on. You can also ask *what is in my library?*, *what should I "
    "study next?*, *walk me through the LoRA paper*, *compare the BERT and RoBERTa papers*, *explain equation 1 of the "
    "attention paper*, *plot softmax for temperatures 0.5 and 2*, *find papers on agents on arXiv*, *give me a "
    "prediction exercise on attention*, *quiz me on attention, 5 questions*, *teach me attention socratically*, *study "
    f"plan for 6 weeks* or *what did I get wrong last week?* {CONNECT_HINT}"
)
THANKS = "You are welcome. Ask me again whenever you like, for example *what should I study next?*"
EMPTY_LIBRARY = "Your library is empty. Add papers or notes in the Library tab, then ask again."


def foreign_text(language: str) -> str:
    """What a learner reads who asked in another language."""
    named = "in a script other than Latin" if language == "another script" else f"in {language}"
    return (
        f"This question looks as if it were written {named}; without a connected model I only understand "
        "English. Ask again in English, or choose a model in Settings that speaks your language."
    )


def listing_text(documents: Sequence[Mapping[str, Any]]) -> str:
    """The library's documents, papers before notes."""
    if not documents:
        return EMPTY_LIBRARY
    papers = [document for document in documents if document["kind"] == "pdf"]
    others = [document for document in documents if document["kind"] != "pdf"]
    blocks = [f"Your library holds {len(documents)} documents."]
    for heading, group in (("Papers:", papers), ("Notes and other texts:", others)):
        if group:
            blocks.append("\n".join([heading, "", *(_listed(document) for document in group)]))
    return "\n\n".join(blocks)


def roadmap_text(described: str) -> str:
    """What the roadmap says, its lines as a list below the first one."""
    first, *rest = described.split("\n")
    lines = [first, ""]
    for line in rest:
        if line.endswith(":"):
            lines += ["", line, ""]
        elif line.strip():
            lines.append(line if line.startswith("- ") else f"- {line}")
    return "\n".join(lines)


def about_text(named: str, documents: Sequence[Mapping[str, Any]], papers: Sequence[NamedPaper] = ()) -> str:
    """Authors and year of the first of the `papers` that were named, else of the document with this name in its title.

    Papers come before notes.
    """
    wanted = set(content_stems(named)) - {stem("paper"), stem("article")}
    known = papers[0].title if papers else ""
    fitting = [document for document in documents if known and document["title"] == known] or [
        document
        for document in documents
        if wanted and wanted <= set(content_stems(f"{document['title']} {document['arxiv_id'] or ''}"))
    ]
    fitting.sort(key=lambda document: (document["kind"] != "pdf", _first_place(wanted, document), document["title"]))
    if not fitting:
        return f"{REFUSAL}: no paper or note has {named} in its title. Ask *what is in my library?* to see the titles."
    document = fitting[0]
    authors = document["authors"] or (papers[0].authors if document["title"] == known else "")
    by = f" is by {authors.removesuffix('.')}." if authors else ". Its file names no authors."
    facts = [str(document["year"])] if document["year"] else []
    facts += [f"arXiv {document['arxiv_id']}"] if document["arxiv_id"] else []
    told = f" ({', '.join(facts)})" if facts else ""
    return f"*{document['title']}*{told}{by}"


def _first_place(wanted: Collection[str], document: Mapping[str, Any]) -> int:
    """Where the name begins in the title: BERT is "BERT: …" before it is "RoBERTa: a … BERT …"."""
    places = [place for place, found in enumerate(content_stems(str(document["title"]))) if found in wanted]
    return min(places, default=99)


def _listed(document: Mapping[str, Any]) -> str:
    facts = [f"arXiv {document['arxiv_id']}"] if document["arxiv_id"] else []
    if document["kind"] == "pdf":
        facts.append(f"{document['pages']} pages")
    return f"- {document['title']}" + (f" ({', '.join(facts)})" if facts else "")
