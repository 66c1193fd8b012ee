"""What a paper is walked through by, and which passages of a document speak of each aspect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.document import PROSE_KINDS
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from agent.context import LibraryReader
    from ingestion.document import Chunk
    from vectorstore.library import DocumentSummary

SECTION_BONUS = 1.0
"""Added to a passage's search score (0 to about 1) when its section's title speaks of the aspect."""
LEAD_BONUS = 1.0
"""Added once more for the section where papers say it first."""
APPENDIX_PENALTY = 0.8
SEARCHED = 20
_ASIDE = re.compile(
    r"\breferences\b|\backnowledg|\bcontents\b|\blist of\b|\bauthor contributions?\b|\bcontribution statement\b"
    r"|\bsamples?\b|\bprompts\b|\btrajector|\bchecklist\b|\breproducib|\binput/output\b|\bversion control\b"
    r"|\bquestions to be able\b|\binput-input\b",
    re.IGNORECASE,
)
"""Sections that tell nothing about the work itself."""
_APPENDIX = re.compile(r"^[A-Z]\.?\s|\bappendix\b")
_WORD = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True, slots=True)
class Aspect:
    """One question that every paper is asked."""

    name: str
    query: str
    """What is searched for within the document."""
    sections: str = ""
    """Regular expression of the section titles that speak of it; empty for none."""
    lead: str = ""
    """Regular expression of those among them where papers say it first."""
    never: str = ""
    """Regular expression of sections that speak of other work, or too early, for this aspect."""
    own_name: bool = False
    """A section called like the paper itself speaks of it too ("3 BERT")."""

    def shuns(self, section: str) -> bool:
        """Whether a section never speaks of this aspect of the work itself."""
        return bool(self.never) and re.search(self.never, section, re.IGNORECASE) is not None

    def bonus(self, section: str, title: str) -> float:
        """What a section, by its path of titles, adds to the worth of its passages for this aspect."""
        fits = bool(self.sections) and re.search(self.sections, section, re.IGNORECASE) is not None
        fits = fits or (self.own_name and _shares_name(section.split(" > ")[0], title))
        leads = bool(self.lead) and re.search(self.lead, section, re.IGNORECASE) is not None
        return SECTION_BONUS * fits + LEAD_BONUS * leads - APPENDIX_PENALTY * bool(_APPENDIX.search(section))


PROBLEM = Aspect(
    "Problem",
    "the problem: existing methods are limited, expensive, difficult; challenge, motivation, drawback",
    r"\babstract\b|\bintroduction\b|\bproblem\b|\bmotivations?\b|\bbackground\b|\bexisting solutions\b",
    lead=r"\babstract\b|\bintroduction\b|\bproblem\b",
)
IDEA = Aspect(
    "Idea",
    "in this paper we propose, we introduce, the key idea of our approach",
    r"\babstract\b|\bintroduction\b|\bidea\b|\bcontributions?\b|\bsummary\b|\bour (method|approach)\b|\bapproach\b",
    lead=r"\babstract\b|\bidea\b",
)
METHOD = Aspect(
    "Method",
    "the model, training objective, loss, architecture, algorithm and the steps of the method",
    r"\bmethods?\b|\bapproach\b|\barchitectur|\bframework\b|\btraining\b|\bobjective|\bmathematics\b|\bpipeline\b"
    r"|\bthe loop\b|\balgorithm|\breinforcement\b|\bparametri[sz]ed\b",
    lead=r"\bmethods?\b|\bapproach\b|\barchitecture\b|\bframework\b|\bmethodology\b|\bpre-?training\b|\bmathematics\b",
    never=r"\brelated works?\b|\bintroduction\b|\bbackground\b",
    own_name=True,
)
EVIDENCE = Aspect(
    "Evidence",
    "results: outperforms, achieves a score, accuracy, improvement over the baseline, experiments",
    r"\babstract\b|\bresults?\b|\bexperiments?\b|\bevaluations?\b|\bablation|\breports?\b|\breported\b|\bfound\b"
    r"|\bin numbers\b|\bscaling up\b|\bconclusions?\b",
    lead=r"\babstract\b|\breports?\b|\bthe paper found\b|\bin numbers\b",
    never=r"\brelated works?\b|\bbackground\b|\bpreliminaries\b",
)
LIMITS = Aspect(
    "Limits",
    "limitations, future work, fails, does not, remains open, weakness, risk, cost of the approach",
    r"\blimitations?\b|\bdiscussion\b|\bfuture\b|\bbroader impacts?\b|\bopen questions\b|\bconclusions?\b"
    r"|\btrade-offs\b|\bmisconceptions\b|\bgo wrong\b|\bbias\b|\bcontradictions\b|\bethics\b|\bcaveats?\b",
    lead=r"\blimitations?\b|\btrade-offs\b|\bcaveats?\b",
    never=r"\babstract\b|\bintroduction\b|\brelated works?\b|\bbackground\b|\bpreliminaries\b|\bproblem\b|\bexisting\b",
)
AFTER = Aspect(
    "What came after",
    "future work, we plan to extend, we hope, further directions",
    r"\bconclusions?\b|\bfuture\b|\bdiscussion\b|\bopen questions\b|\bchanged since\b",
    lead=r"\bconclusions?\b|\bfuture\b|\bchanged since\b",
    never=r"\babstract\b|\bintroduction\b|\brelated works?\b|\bbackground\b|\bpreliminaries\b",
)
PLAIN_WORDS = "In plain words"
"""Name of the aspect that a study note explains to newcomers."""
WALK = (PROBLEM, IDEA, METHOD, EVIDENCE, LIMITS)

OBJECTIVE = Aspect(
    "Training and objective", METHOD.query + ", optimizer, learning rate", METHOD.sections, own_name=True
)
DATA = Aspect(
    "Data",
    "training corpus and data set: how many words, tokens, documents or sentence pairs; Wikipedia, books, web pages",
    r"\bdata\b|\bdatasets?\b|\bcorpus\b",
    lead=r"\b(?:pre-?)?training data(?:set)?s?\b|\bdatasets? and\b",
    never=r"\brelated works?\b|\bbackground\b|\bablation\b",
)
COMPARED = (
    PROBLEM,
    Aspect("Core idea", IDEA.query, IDEA.sections, IDEA.lead),
    OBJECTIVE,
    DATA,
    Aspect("Results", EVIDENCE.query, EVIDENCE.sections, EVIDENCE.lead, EVIDENCE.never),
    LIMITS,
)
_NAMED = {
    "Problem": ("problem", "motivation", "goal", "purpose"),
    "Core idea": ("idea", "ideas", "approach", "contribution"),
    "Training and objective": ("training", "objective", "method", "methods", "loss", "architecture", "optimization"),
    "Data": ("data", "dataset", "datasets", "corpus", "corpora"),
    "Results": ("results", "result", "evidence", "performance", "experiments", "evaluation", "accuracy"),
    "Limits": ("limits", "limitations", "limitation", "weaknesses", "drawbacks", "risks"),
}


def named_aspect(text: str) -> Aspect:
    """The aspect that a learner's words name; a new one searched by these words when none does."""
    words = re.findall(r"[a-z]+", text.lower())
    for word in reversed(words if len(words) <= 3 else []):
        for aspect in COMPARED:
            if word in _NAMED[aspect.name]:
                return aspect
    return Aspect(text.strip().capitalize(), text.strip())


def gather(library: LibraryReader, document: DocumentSummary, aspect: Aspect, *, limit: int = 4) -> list[Passage]:
    """The passages of the document that speak of the aspect, in reading order."""
    chunks = [chunk for chunk in library.chunks(document.id) if tells(chunk) and not aspect.shuns(chunk.section)]
    by_id = {chunk.id: chunk for chunk in chunks}
    found = library.search(aspect.query, limit=SEARCHED, document_ids=[document.id])
    scores = {passage.chunk_id: passage.score for passage in found if passage.chunk_id in by_id}
    for chunk in chunks:
        bonus = aspect.bonus(chunk.section, document.title)
        if bonus > 0 or chunk.id in scores:
            scores[chunk.id] = scores.get(chunk.id, 0.0) + bonus
    best = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], by_id[chunk_id].position))[:limit]
    chosen = sorted((by_id[chunk_id] for chunk_id in best), key=lambda chunk: chunk.position)
    return [passage_of(library, document, chunk, score=scores[chunk.id]) for chunk in chosen]


def passage_of(library: LibraryReader, document: DocumentSummary, chunk: Chunk, *, score: float = 0.0) -> Passage:
    """The passage of a chunk, with the printed label of its page."""
    return Passage.of(chunk, document, library.page(document.id, chunk.page_number).label, score=score)


def tells(chunk: Chunk | Passage) -> bool:
    """Whether a chunk may tell of the work: no bibliography, prompts, thanks or samples."""
    return chunk.kind in {*PROSE_KINDS, "table", "caption"} and not _ASIDE.search(chunk.section)


def _shares_name(heading: str, title: str) -> bool:
    """Whether a heading is mostly made of the title's words ("4 Direct Preference Optimization")."""
    words, titled = set(_WORD.findall(heading.lower())), set(_WORD.findall(title.lower()))
    return bool(words) and 2 * len(words & titled) > len(words)


def all_aspects(names: Sequence[str]) -> tuple[Aspect, ...]:
    """The aspects that are named, each once; the usual ones when none is."""
    found = {aspect.name: aspect for aspect in map(named_aspect, filter(None, (name.strip() for name in names)))}
    return tuple(found.values()) or COMPARED
