"""One question as the suites see it, whatever file it comes from: question, reference, evidence, facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import StudyError
from evals.golden import GoldenQuestion, GoldenSet, form_pattern
from evals.pagetext import pdfium_page, squeezed, without_markup
from evals.questions import PageReference, Question, QuestionSet, Unanswerable


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote and the page it stands on."""

    page: PageReference
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is known of its answer."""

    id: str
    split: str
    kind: str
    question: str
    answerable: bool
    reference: str = ""
    """The reference answer; the evidence where the file gives none."""
    facts: tuple[tuple[str, ...], ...] = ()
    """A right answer matches one regular expression of each group."""
    evidence: tuple[Evidence, ...] = ()
    pages: tuple[PageReference, ...] = ()
    """The pages that are looked for."""
    also: tuple[Evidence, ...] = ()
    """Other pages that state the whole answer, each alone, with the words that do."""

    @property
    def right_pages(self) -> tuple[PageReference, ...]:
        """Every page that counts as right."""
        return tuple(dict.fromkeys([*self.pages, *(item.page for item in self.also)]))


Item = Question | Unanswerable | GoldenQuestion | Case


def case_of(item: Item) -> Case:
    """The case of an entry of a question file or of the golden set."""
    if isinstance(item, Case):
        return item
    if isinstance(item, GoldenQuestion):
        return _golden_case(item)
    if isinstance(item, Unanswerable):
        return Case(item.id, item.split, item.kind, item.question, answerable=False)
    return Case(
        item.id,
        item.split,
        item.kind,
        item.question,
        answerable=True,
        reference=item.evidence,
        facts=(item.fact,),
        evidence=(Evidence(item.pages[0], item.evidence),),
        pages=item.pages,
    )


def cases_of(questions: QuestionSet | GoldenSet) -> list[Case]:
    """All cases of the set, answerable ones first."""
    items: list[Item] = [*questions.answerable, *questions.unanswerable]
    return [case_of(item) for item in items]


def chosen(cases: Sequence[Case], ids: Iterable[str]) -> list[Case]:
    """The cases of these ids, in the order of the ids.

    Raises:
        StudyError: an id is not there.
    """
    known = {case.id: case for case in cases}
    wanted = list(ids)
    if unknown := [name for name in wanted if name not in known]:
        raise StudyError(f"There is no question {', '.join(unknown)}.", hint="Compare with the ids of the data file.")
    return [known[name] for name in wanted]


def check_spans(cases: Iterable[Case], files: Mapping[str, Path]) -> None:
    """Look every evidence up in its file, with a reader that is not the library's.

    Raises:
        StudyError: all the evidences that do not stand where the data says, in one message.
    """
    faults = [
        f"{case.id}: {evidence.page} does not say {evidence.quote[:60]!r}"
        for case in cases
        for evidence in (*case.evidence, *case.also)
        if (file := files.get(evidence.page.document)) is not None and not _stands(evidence, file)
    ]
    if faults:
        raise StudyError(
            f"{len(faults)} evidence spans do not stand in their source: {'; '.join(faults[:5])}"
            f"{'; and more' if len(faults) > 5 else ''}.",
            hint="Correct the page or the quote in the data; nothing was run.",
        )


def without_files(cases: Iterable[Case], documents: Iterable[str]) -> tuple[list[Case], list[str]]:
    """The cases whose documents are all there, and the ids of the others."""
    have = set(documents)
    kept, dropped = [], []
    for case in cases:
        if {page.document for page in case.pages} <= have:
            kept.append(case)
        else:
            dropped.append(case.id)
    return kept, dropped


def _golden_case(item: GoldenQuestion) -> Case:
    """A note is one page."""
    evidence, also = (
        tuple(Evidence(PageReference(span.document, span.page or 1), span.quote) for span in spans)
        for spans in (item.evidence, item.also)
    )
    return Case(
        item.id,
        item.split,
        item.kind,
        item.question,
        answerable=item.is_answerable,
        reference=item.answer,
        facts=tuple(tuple(form_pattern(form) for form in forms) for forms in item.facts),
        evidence=evidence,
        pages=tuple(dict.fromkeys(span.page for span in evidence)),
        also=also,
    )


def _stands(evidence: Evidence, file: Path) -> bool:
    if file.suffix.lower() == ".pdf":
        return squeezed(evidence.quote) in squeezed(pdfium_page(file, evidence.page.page))
    text = file.read_text(encoding="utf-8")
    found = without_markup(evidence.quote) in without_markup(text) or _words(evidence.quote) in _words(text)
    return evidence.page.page == 1 and found


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text)
