"""Ask every question at both doors and write down what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.events import Answer
from errors import StudyError
from evals.answers import count_support, first_paragraph, states_fact
from evals.assistant import Assistant
from evals.citations import CitationOutcome, check_citation
from evals.outcome import Outcome
from evals.questions import PageReference, Question, QuestionSet, Unanswerable
from evals.retrieval import first_right_rank
from vectorstore.passage import Passage

SEARCH_DEPTH = 10
"""Passages taken for the rank; a page below counts as not found."""


@dataclass(frozen=True, slots=True)
class _Search:
    pages: tuple[PageReference, ...]
    seconds: float


def run_questions(
    assistant: Assistant, questions: QuestionSet, *, asked: Callable[[Outcome], None] | None = None
) -> list[Outcome]:
    """One outcome a question, in the order of the set; `asked` hears of each as it comes."""
    outcomes = []
    items: Iterable[Question | Unanswerable] = (*questions.answerable, *questions.unanswerable)
    for item in items:
        outcome = run_question(assistant, item)
        outcomes.append(outcome)
        if asked is not None:
            asked(outcome)
    return outcomes


def run_question(assistant: Assistant, item: Question | Unanswerable) -> Outcome:
    """What came out for one question; a known fault of the turn is kept as its `error`."""
    search = _search(assistant, item.question)
    started = time.perf_counter()
    answer: Answer | None = None
    error = ""
    try:
        answer = assistant.ask(item.question)
    except StudyError as fault:
        error = fault.as_text()
    seconds = time.perf_counter() - started
    right = item.pages if isinstance(item, Question) else ()
    return Outcome(
        id=item.id,
        split=item.split,
        kind=item.kind,
        question=item.question,
        answerable=isinstance(item, Question),
        right_pages=right,
        found_pages=search.pages,
        rank=first_right_rank(search.pages, right),
        answer=answer.text if answer else "",
        refused=answer.refused if answer else False,
        fact_stated=answer is not None and _states_fact(answer, answer.text, item),
        fact_first=answer is not None and _states_fact(answer, first_paragraph(answer.text), item),
        citations=_check_citations(assistant, answer) if answer else (),
        support=count_support(answer.sentences if answer else ()),
        model=answer.model if answer else "",
        seconds=seconds,
        search_seconds=search.seconds,
        error=error,
    )


def page_of(passage: Passage, assistant: Assistant) -> PageReference:
    """The page a passage stands on, named as in the questions."""
    return PageReference(assistant.file(passage.document_id).stem, passage.page_number)


def _search(assistant: Assistant, question: str) -> _Search:
    started = time.perf_counter()
    passages = assistant.search(question, SEARCH_DEPTH)
    seconds = time.perf_counter() - started
    return _Search(tuple(page_of(passage, assistant) for passage in passages), seconds)


def _states_fact(answer: Answer, text: str, item: Question | Unanswerable) -> bool:
    """A refusal states nothing, whatever it quotes."""
    return isinstance(item, Question) and not answer.refused and states_fact(text, item.fact)


def _check_citations(assistant: Assistant, answer: Answer) -> tuple[CitationOutcome, ...]:
    return tuple(
        check_citation(
            citation,
            page_text=assistant.page_text(citation.document_id, citation.page_number),
            file=assistant.file(citation.document_id),
        )
        for citation in answer.citations
    )
