"""Ask every question at both doors and write down what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.events import Answer
from errors import StudyError
from evals.answers import count_support
from evals.assistant import Assistant
from evals.cases import Case, Item, case_of, cases_of
from evals.citations import CitationOutcome, check_citation
from evals.outcome import Claim, Found, Outcome
from evals.questions import PageReference, QuestionSet
from evals.retrieval import first_right_rank
from evals.scoring import Scorer
from vectorstore.passage import Passage

SEARCH_DEPTH = 10
"""Passages taken for the rank; a page below counts as not found."""


@dataclass(frozen=True, slots=True)
class _Search:
    found: tuple[Found, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Reply:
    answer: Answer | None
    error: str
    seconds: float


NO_REPLY = _Reply(None, "", 0.0)


def run_questions(
    assistant: Assistant,
    questions: QuestionSet | Sequence[Case],
    *,
    asked: Callable[[Outcome], None] | None = None,
    scorer: Scorer | None = None,
    answers: bool = True,
) -> list[Outcome]:
    """One outcome a question, in the order of the set; `asked` hears of each as it comes.

    Without `answers` only the search is asked.
    """
    outcomes = []
    items = cases_of(questions) if isinstance(questions, QuestionSet) else questions
    for item in items:
        outcome = run_question(assistant, item, scorer=scorer, answers=answers)
        outcomes.append(outcome)
        if asked is not None:
            asked(outcome)
    return outcomes


def run_question(assistant: Assistant, item: Item, *, scorer: Scorer | None = None, answers: bool = True) -> Outcome:
    """What came out for one question; a known fault of the turn is kept as its `error`."""
    case, scorer = case_of(item), scorer or Scorer()
    search = _search(assistant, case.question)
    reply = _ask(assistant, case.question) if answers else NO_REPLY
    answer = reply.answer
    citations = _check_citations(assistant, answer) if answer else ()
    scores = scorer.of_retrieval(case, search.found)
    claims: tuple[Claim, ...] = ()
    if answer is not None:
        answer_scores, claims = scorer.of_answer(case, answer, citations, assistant.page_text)
        scores |= answer_scores
    found_pages = tuple(item.page for item in search.found)
    return Outcome(
        id=case.id,
        split=case.split,
        kind=case.kind,
        question=case.question,
        answerable=case.answerable,
        right_pages=case.right_pages,
        found_pages=found_pages,
        rank=first_right_rank(found_pages, case.right_pages),
        answer=answer.text if answer else "",
        refused=answer.refused if answer else False,
        fact_stated=bool(scores.get("fact_stated")),
        fact_first=bool(scores.get("fact_first")),
        citations=citations,
        support=count_support(answer.sentences if answer else ()),
        model=answer.model if answer else "",
        seconds=reply.seconds,
        search_seconds=search.seconds,
        error=reply.error,
        reference=case.reference,
        evidence=case.evidence,
        found=search.found,
        claims=claims,
        scores=scores,
    )


def page_of(passage: Passage, assistant: Assistant) -> PageReference:
    """The page a passage stands on, named as in the questions."""
    return PageReference(assistant.file(passage.document_id).stem, passage.page_number)


def _search(assistant: Assistant, question: str) -> _Search:
    started = time.perf_counter()
    passages = assistant.search(question, SEARCH_DEPTH)
    seconds = time.perf_counter() - started
    found = (Found(page_of(passage, assistant), passage.chunk_id, passage.text) for passage in passages)
    return _Search(tuple(found), seconds)


def _ask(assistant: Assistant, question: str) -> _Reply:
    started = time.perf_counter()
    try:
        answer = assistant.ask(question)
    except StudyError as fault:
        return _Reply(None, fault.as_text(), time.perf_counter() - started)
    return _Reply(answer, "", time.perf_counter() - started)


def _check_citations(assistant: Assistant, answer: Answer) -> tuple[CitationOutcome, ...]:
    return tuple(
        check_citation(
            citation,
            page_text=assistant.page_text(citation.document_id, citation.page_number),
            file=assistant.file(citation.document_id),
        )
        for citation in answer.citations
    )
