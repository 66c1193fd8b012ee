"""The agent: plan, gather, take notes, and a report in which every sentence has a source."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from findings import Contradiction, Note, contradictions, take_notes
from gathering import Budget, BudgetSpentError, Model, Search, collect, make_plan

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

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
        every = [*self.sentences, *self.disagreements]
        addresses = list(dict.fromkeys(note.address for part in every for note in part.notes))
        lines = [f"{sentence.text} {_marks(sentence.notes, addresses)}" for sentence in self.sentences]
        for disagreement in self.disagreements:
            sides = "; ".join(f"{note.value} {_marks((note,), addresses)}" for note in disagreement.notes)
            lines.append(f"Sources disagree on {disagreement.subject}: {sides}.")
        if not lines:
            lines.append("Nothing was found that answers the question.")
        if not self.complete:
            lines.append("The budget ended before all was read.")
        return "\n".join([*lines, "", *(f"[{number}] {address}" for number, address in enumerate(addresses, start=1))])


def write_sentences(question: str, notes: list[Note], model: Model, budget: Budget) -> list[Sentence]:
    """The model's sentences that name at least one known note, step "write"; unknown ids are left out.

    Left out as well is a sentence with a number that stands in no quote of its notes: a true id does not make it true.

    The prompt is WRITE_PROMPT with a line "n1: CLAIM (“QUOTE”)" for each note, and no text of a source beyond its
    quotes. Without notes, or when the reply is no JSON list, there are no sentences; without notes the model is not
    asked.
    """
    if not notes:
        return []
    budget.spend_model_call()
    listed = "\n".join(f"{note.id}: {note.claim} (“{note.quote}”)" for note in notes)
    reply = model("write", WRITE_PROMPT.format(question=question, notes=listed))
    known = {note.id: note for note in notes}
    try:
        items = json.loads(reply)
        pairs = [(str(item["text"]).strip(), [str(id_) for id_ in item["notes"]]) for item in items]
    except (ValueError, KeyError, TypeError):
        return []
    sentences = [Sentence(text, tuple(known[id_] for id_ in ids if id_ in known)) for text, ids in pairs if text]
    return [sentence for sentence in sentences if sentence.notes and _numbers_hold(sentence)]


def research(question: str, search: Search, model: Model, budget: Budget) -> Report:
    """A report on the question within the budget.

    One call of the model is kept back for writing: with notes there is always a report. `complete` is false when the
    budget refused a search or the reading of a source. Raises BudgetSpentError when there are not even two calls, one
    to plan and one to write.
    """
    if budget.model_calls < 2:
        raise BudgetSpentError("A report needs two calls of the model: one to plan and one to write.")
    sources = collect(make_plan(question, model, budget), search, budget)
    reading = Budget(searches=0, model_calls=budget.model_calls - 1)
    notes = take_notes(question, sources, model, reading)
    budget.model_calls = reading.model_calls + 1
    complete = not (budget.exceeded or reading.exceeded)
    sentences = write_sentences(question, notes, model, budget)
    return Report(question, tuple(sentences), tuple(contradictions(notes)), complete)


def _numbers_hold(sentence: Sentence) -> bool:
    """Whether each number of the sentence stands in a quote of its notes."""
    quoted = {number for note in sentence.notes for number in NUMBER.findall(note.quote)}
    return quoted.issuperset(NUMBER.findall(sentence.text))


def _marks(notes: tuple[Note, ...], addresses: list[str]) -> str:
    """The numbers of the notes' sources, such as "[1][3]"."""
    numbers = sorted({addresses.index(note.address) + 1 for note in notes})
    return "".join(f"[{number}]" for number in numbers)
