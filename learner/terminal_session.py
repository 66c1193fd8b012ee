"""A quiz or a review in the terminal: a line in, a line out, so that it also works from a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from curriculum.question_values import CodeOutput, Ordering, Question, ShortAnswer, Statement, shuffled_steps
from errors import QuizError
from learner.quiz import Quiz, QuizSummary
from learner.schedule import next_due, ratings_for
from learner.study_desk import Answered, StudyDesk

Ask = Callable[[str], str | None]
"""Shows a prompt and gives the line that was typed, without white space around it; None at the end of the input."""
Tell = Callable[[str], None]
"""Shows a text on lines of its own."""

_VERDICTS = {"right": "Right.", "partly": "Partly right.", "wrong": "Not right."}
_KEYS_LINE = "Enter: no answer. h: hint, u: take the last answer back, q: stop here and go on later."
_TYPED_KEYS_LINE = "Enter: no answer. :h: hint, :u: take the last answer back, :q: stop here and go on later."
_COMMANDS = frozenset("huq")


class _StoppedError(Exception):
    """The learner stops here, or the input ended."""


@dataclass(slots=True)
class Session:
    """One quiz or review, asked item by item."""

    desk: StudyDesk
    quiz: Quiz
    ask: Ask
    tell: Tell
    last: Answered | None = field(default=None)
    """The answer that `u` takes back."""

    def run(self) -> QuizSummary | None:
        """What the quiz showed; None when the learner stopped before its end."""
        try:
            while True:
                while (question := self.desk.current(self.quiz)) is not None:
                    self._one(question)
                if self.last is None or not self._takes_back("Enter ends it, u takes the last answer back: "):
                    return self.desk.finish(self.quiz)
        except _StoppedError:
            self.tell("Stopped. Go on with: python -m learner quiz --resume")
            return None
        except QuizError as error:  # the time of an exam is over
            self.tell(error.as_text())
            return self.desk.summary(self.quiz)

    def _takes_back(self, prompt: str) -> bool:
        line = self.ask(prompt)
        if line is None or line.removeprefix(":").casefold() != "u":
            return False
        self._undo()
        return True

    def _one(self, question: Question) -> None:
        choices = choices_of(question)
        number = len(self.desk.progress(self.quiz).answers) + 1
        self.tell(f"\n{number} of {len(self.quiz.question_ids)} · {question.kind} · {question.difficulty}")
        for line in question_lines(question):
            self.tell(line)
        begun, hinted = time.monotonic(), False
        while True:
            line = self._line("> ")
            command = _command_of(line, bare=bool(choices))
            if command == "q":
                raise _StoppedError
            if command == "u":
                self._undo()
                return
            if command == "h":
                hinted = hinted or self._hint(question)
                continue
            given = given_of(question, line)
            if given is not None:
                break
            self.tell(f"Type {_wanted(question, choices)}.")
        self.last = self.desk.answer(self.quiz, question.id, given, hint_used=hinted, seconds=time.monotonic() - begun)
        if self.quiz.mode != "exam":
            self._feedback(self.last)

    def _line(self, prompt: str) -> str:
        line = self.ask(prompt)
        if line is None:
            raise _StoppedError
        return line

    def _hint(self, question: Question) -> bool:
        """Whether a hint was shown; an exam has none."""
        if self.quiz.mode == "exam":
            self.tell("An exam gives no hints.")
            return False
        self.tell(f"Hint: {question.hint}")
        return True

    def _undo(self) -> None:
        if self.last is None or not self.desk.undo(self.last.evidence):
            self.tell("There is no answer to take back.")
        else:
            self.tell("Taken back; it is asked again.")
        self.last = None

    def _feedback(self, answered: Answered) -> None:
        for line in feedback_lines(answered):
            self.tell(line)
        if isinstance(answered.question.body, ShortAnswer) and answered.grade.outcome < 1.0:
            self._own_grade(answered)
        elif self.quiz.mode == "review":
            self._rating(answered)

    def _own_grade(self, answered: Answered) -> None:
        line = self._line("Enter goes on; a number from 0 to 1 is your own grade: ")
        try:
            value = float(line.replace(",", "."))
        except ValueError:
            return
        try:
            self.desk.contest(answered.evidence, value)
        except QuizError as error:
            self.tell(error.as_text())
        else:
            self.tell(f"Recorded as your own grade: {value:g}.")

    def _rating(self, answered: Answered) -> None:
        act = answered.evidence
        due = next_due(self.desk.evidence(), act, desired_retention=self.desk.quizzes.desired_retention)
        fitting = {str(place): name for place, name in enumerate(ratings_for(act.outcome), 1)}
        offers = ", ".join(f"{place} {name} ({wait_of(due[name], act.at)})" for place, name in fitting.items())
        line = self._line(f"How hard was it? {offers}; Enter leaves it to the answer: ")
        if line in fitting:
            self.desk.rate(act, fitting[line])


def choices_of(question: Question) -> tuple[str, ...]:
    """What there is to choose from by number; empty where the answer is typed."""
    if isinstance(question.body, Statement):
        return ("true", "false")
    if isinstance(question.body, Ordering):
        return shuffled_steps(str(question.id), question.body.steps)
    return tuple(option.text for option in question.options)


def question_lines(question: Question) -> Iterator[str]:
    """The question as it is shown."""
    yield question.prompt
    if isinstance(question.body, CodeOutput):
        yield question.body.code.strip("\n")
    choices = choices_of(question)
    for place, text in enumerate(choices, 1):
        yield f"  {place}  {text}"
    yield f"Type {_wanted(question, choices)}. {_KEYS_LINE if choices else _TYPED_KEYS_LINE}"


def given_of(question: Question, line: str) -> list[str] | None:
    """What a typed line says: texts of choices by their numbers, or the line itself; None when it says neither."""
    choices = choices_of(question)
    if not line:
        return []
    if not choices:
        return [line]
    if line in choices:
        return [line]
    digits = line.replace(",", " ").split()
    places = [int(one) for one in (list(line) if len(digits) == 1 and len(choices) <= 9 else digits) if one.isdecimal()]
    read = all(one.isdecimal() for one in digits) and all(1 <= place <= len(choices) for place in places)
    is_one = question.kind not in ("several", "order")
    if not read or not places or (is_one and len(places) > 1) or len(set(places)) != len(places):
        return None
    return [choices[place - 1] for place in places]


def feedback_lines(answered: Answered) -> Iterator[str]:
    """What is told after an answer, with the source."""
    question, graded = answered.question, answered.grade
    yield f"{_VERDICTS[graded.verdict]} {graded.feedback}"
    for point in graded.points:
        yield f"  [{'x' if point.is_met else ' '}] {point.text}"
    if graded.verdict != "right":
        yield answered.evidence.expected
    yield question.explanation
    page = f", page {question.receipt.page}" if question.receipt.page else ""
    yield f"Source: {question.receipt.document}{page}: “{question.receipt.quote}”"


def summary_lines(summary: QuizSummary) -> Iterator[str]:
    """What a quiz showed, and what to read."""
    yield f"\n{summary.score:.3g} of {summary.total} points in {summary.seconds / 60:.1f} minutes."
    for topic_id, (score, count) in summary.by_topic.items():
        yield f"  {topic_id}: {score:.3g} of {count}"
    if summary.missed:
        yield "To read again:"
    for question in summary.missed:
        page = f", page {question.receipt.page}" if question.receipt.page else ""
        yield f"  {question.receipt.document}{page}  ({question.id})"


def wait_of(due_at: datetime, at: datetime) -> str:
    """How long until then, roughly, in words."""
    wait = due_at - at
    if wait < timedelta(hours=1):
        return f"{wait / timedelta(minutes=1):.0f} min"
    if wait < timedelta(days=1):
        return f"{wait / timedelta(hours=1):.0f} h"
    days = round(wait / timedelta(days=1))
    return f"{days} day{'' if days == 1 else 's'}"


def _wanted(question: Question, choices: Sequence[str]) -> str:
    if question.kind == "several":
        return f"one or more numbers from 1 to {len(choices)}, e.g. 1 3"
    if question.kind == "order":
        return f"the {len(choices)} numbers in the right order, e.g. {' '.join(map(str, range(len(choices), 0, -1)))}"
    return f"a number from 1 to {len(choices)}" if choices else "your answer"


def _command_of(line: str, *, bare: bool) -> str:
    word = line.casefold()
    name = word.removeprefix(":")
    return name if name in _COMMANDS and (bare or word.startswith(":")) else ""
