"""The agent: plan, gather, take notes, and a report in which every sentence has a source."""

from __future__ import annotations

from dataclasses import dataclass

from findings import Contradiction, Note, contradictions, take_notes  # noqa: F401
from gathering import Budget, BudgetSpentError, Model, Search, collect, make_plan  # noqa: F401

WRITE_PROMPT = """Question: {question}
Write the report from these notes only. Reply with a JSON list of sentences, each with the ids of its notes:
[{{"text": "One sentence.", "notes": ["n1"]}}]
{notes}"""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the report and the notes that bear it, at least one."""

    text: str
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Report:
    """What was found. `complete` is false when the budget ended the work early."""

    question: str
    sentences: tuple[Sentence, ...]
    disagreements: tuple[Contradiction, ...]
    complete: bool

    def text(self) -> str:
        """The report as text: a line for each sentence, an empty line, then the sources as "[1] ADDRESS" lines.

        A sentence ends with the numbers of its sources, such as "[1][3]". Each disagreement is a line, "Sources
        disagree on SUBJECT: VALUE [1]; VALUE [2]." Without either, the text begins "Nothing was found".
        """
        raise NotImplementedError


def write_sentences(question: str, notes: list[Note], model: Model, budget: Budget) -> list[Sentence]:
    """The model's sentences that name at least one known note, step "write"; unknown ids are left out.

    Left out as well is a sentence with a number that stands in no quote of its notes: a true id does not make it true.

    The prompt is WRITE_PROMPT with a line "n1: CLAIM (“QUOTE”)" for each note, and no text of a source beyond its
    quotes. Without notes, or when the reply is no JSON list, there are no sentences; without notes the model is not
    asked.
    """
    raise NotImplementedError


def research(question: str, search: Search, model: Model, budget: Budget) -> Report:
    """A report on the question within the budget.

    One call of the model is kept back for writing: with notes there is always a report. `complete` is false when the
    budget refused a search or the reading of a source. Raises BudgetSpentError when there are not even two calls, one
    to plan and one to write.
    """
    raise NotImplementedError
