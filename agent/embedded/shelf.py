"""Which papers of the library a text names: in the order it names them, by name, alias, arXiv id or authors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from vectorstore.library import DocumentSummary

_AS_PAPER = re.compile(r"\s+paper$", re.IGNORECASE)
_OF_THEIRS = r"(?:['’]s)?\s+(?:papers?|articles?|authors?)"
_TOGETHER = re.compile(r"\b(?:compare(?: how)?|both|each)\s+", re.IGNORECASE)
"""Words for several papers that make no sense for one."""
SAFE_LETTERS = 4
"""An acronym of fewer letters is only one in capitals."""


@dataclass(frozen=True, slots=True)
class NamedPaper:
    """A paper of the library that a text names."""

    document_id: str
    title: str
    names: tuple[str, ...]
    """The words that name it in the text."""
    authors: str = ""
    """As the roadmap gives them; empty when it does not have the paper."""


Shelf = Callable[[str], Sequence[NamedPaper]]
"""A text to the papers it names."""


def no_shelf(_: str) -> Sequence[NamedPaper]:
    """No paper: where nothing is known of the library."""
    return ()


def shelf_of(
    documents: Callable[[], Sequence[DocumentSummary]],
    aliases: Mapping[str, str],
    curriculum: Curriculum | None = None,
) -> Shelf:
    """The papers of a library by their names.

    Args:
        documents: what the library holds, asked anew each time.
        aliases: names to arXiv ids or titles.
        curriculum: tells the authors that others cite a paper by; None without one.
    """
    cited = _citations(curriculum)
    authors = (
        {paper.arxiv_id or paper.title.casefold(): paper.authors for paper in curriculum.papers} if curriculum else {}
    )

    def named(text: str) -> Sequence[NamedPaper]:
        places = {
            document: _places(_names(document, aliases, cited), text)
            for document in documents()
            if document.kind == "pdf"
        }
        taken = [span for spans in places.values() for span in spans]
        found = []
        for document, spans in places.items():
            own = [span for span in spans if not any(_inside(span, other) for other in taken)]
            if own:
                said = tuple(dict.fromkeys(text[start:end] for start, end in sorted(own)))
                by = authors.get(document.arxiv_id or document.title.casefold(), "")
                found.append((min(own)[0], NamedPaper(document.id, document.title, said, by)))
        return [paper for _, paper in sorted(found, key=lambda pair: pair[0])]

    return named


def _names(document: DocumentSummary, aliases: Mapping[str, str], cited: Mapping[str, Sequence[str]]) -> list[str]:
    from vectorstore.titles import short_names

    names = [*short_names(document.title), *_aliases_of(document, aliases), document.title]
    names += [document.arxiv_id] if document.arxiv_id else []
    return [*names, *cited.get(document.arxiv_id or document.title.casefold(), ())]


def _inside(span: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a name is only a part of a longer one: Llama in Llama 2."""
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _citations(curriculum: Curriculum | None) -> dict[str, list[str]]:
    """How the texts of others cite each paper, by arXiv id or title: `Vaswani et al., 2017`."""
    papers = [paper for paper in (curriculum.papers if curriculum else ()) if paper.authors.endswith(" et al.")]
    firsts = Counter(paper.authors for paper in papers)
    found: dict[str, list[str]] = {}
    for paper in papers:
        surname = paper.authors.removesuffix(" et al.")
        names = [f"{paper.authors}, {paper.year}", f"{paper.authors} ({paper.year})"]
        if firsts[paper.authors] == 1:
            names += [f"{surname} et al", f"{surname} and co-authors", f"{surname} and colleagues"]
        found[paper.arxiv_id or paper.title.casefold()] = names
    return found


def _aliases_of(document: DocumentSummary, aliases: Mapping[str, str]) -> list[str]:
    title = document.title.casefold()
    return [
        alias
        for alias, target in aliases.items()
        if target and (target == document.arxiv_id or target.casefold() == title)
    ]


def _places(names: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Where the text has one of the names as a word. Short capitals count only in capitals."""
    spans = set()
    for name in names:
        flags = re.NOFLAG if name.isupper() and len(name) < SAFE_LETTERS else re.IGNORECASE
        bare = _AS_PAPER.sub("", name)
        word = re.escape(bare) + (_OF_THEIRS if bare != name else "")
        spans |= {match.span() for match in re.finditer(rf"(?<![\w-]){word}(?![\w-]|\.\d)", text, flags)}
    return sorted(spans)


def asked_of(question: str, paper: NamedPaper, papers: Sequence[NamedPaper]) -> str:
    """The question as one of several papers is asked it: "do GPT, BERT and LLaMA" becomes "do GPT"."""
    names = sorted({name for one in papers for name in one.names}, key=len, reverse=True)
    name = rf"(?:the\s+)?(?:{'|'.join(map(re.escape, names))})(?:['’]s)?"
    several = re.compile(rf"(?<![\w-]){name}(?:(?:\s*,|\s*,?\s+(?:and|or))\s+(?:of\s+)?{name})+(?![\w-])")
    asked = several.sub(lambda _: paper.names[0], question)
    return _TOGETHER.sub("", asked) if asked != question else question


def inside(question: str, paper: NamedPaper) -> str:
    """The question as it is asked inside of the paper, whose sentences seldom name it."""
    names = sorted(paper.names, key=len, reverse=True)
    return re.sub(rf"(?<![\w-])(?:the\s+)?(?:{'|'.join(map(re.escape, names))})(?![\w-])", "it", question)
