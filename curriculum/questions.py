"""The doors of the question bank: `load_questions` and `find_question`. One file a topic, named by its id."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from curriculum.curriculum import Curriculum
from curriculum.load import curriculum_folder, load_curriculum
from curriculum.question_parsing import parse_question
from curriculum.question_values import Question
from curriculum.tables import Entry, Faults, entries_of, read_toml
from errors import CurriculumError, ExerciseError

FOLDER_NAME = "questions"


def load_questions(folder: Path | None = None) -> tuple[Question, ...]:
    """The bank in `folder` (ours by default), topic by topic in learning order.

    Ours is read once per process. What the receipts and codes say is not checked here: see `question_verifier`.

    Raises:
        CurriculumError: its message lists all faults of the files.
    """
    return _ours() if folder is None else _read(folder)


def find_question(question_id: str) -> Question:
    """The item of the bank with that id.

    Raises:
        ExerciseError: there is none.
    """
    for question in load_questions():
        if question.id == question_id.strip():
            return question
    raise ExerciseError(f"There is no question {question_id.strip()[:80]!r}.", hint="Ask for a quiz by its topic.")


@cache
def _ours() -> tuple[Question, ...]:
    return _read(curriculum_folder() / FOLDER_NAME)


def _read(folder: Path) -> tuple[Question, ...]:
    faults = Faults()
    curriculum = load_curriculum()
    order = {str(topic.id): place for place, topic in enumerate(curriculum.topics)}
    questions: list[Question] = []
    paths = sorted(folder.glob("*.toml"), key=lambda path: order.get(path.stem, len(order)))
    if not paths:
        faults.add(folder.name, "there is no question")
    for path in paths:
        if path.stem not in order:
            faults.add(path.name, "is not named after a topic")
        questions += _read_file(path, curriculum, faults)
    used = Counter(str(question.id) for question in questions)
    for question_id in [question_id for question_id, count in used.items() if question_id and count > 1]:
        faults.add("question id", f"{question_id!r} is used more than once")
    if faults.messages:
        raise CurriculumError(
            "\n- ".join([f"The question bank has {len(faults.messages)} faults:", *faults.messages]),
            hint=f"Mend the files in {folder}.",
        )
    return tuple(questions)


def _read_file(path: Path, curriculum: Curriculum, faults: Faults) -> list[Question]:
    values = read_toml(path, faults)
    if values is None:
        return []
    questions = []
    for entry in entries_of(values.get("question"), f"{path.name} question", faults):
        question = parse_question(entry)
        _check_references(entry, question, curriculum, path.stem)
        entry.close()
        questions.append(question)
    Entry(path.name, {key: None for key in values if key != "question"}, faults).close()
    return questions


def _check_references(entry: Entry, question: Question, curriculum: Curriculum, topic_id: str) -> None:
    topics = {str(topic.id) for topic in curriculum.topics}
    papers = {str(paper.id) for paper in curriculum.papers}
    documents = papers | {note.name for note in curriculum.notes}
    for name in question.topic_ids:
        if name not in topics:
            entry.fault(f"there is no topic {name!r}")
    if question.topic_ids[:1] != (topic_id,):
        entry.fault(f"its first topic must be {topic_id!r}, as its file says")
    for paper in question.paper_ids:
        if paper not in papers:
            entry.fault(f"there is no paper {paper!r}")
    if question.receipt.document and question.receipt.document not in documents:
        entry.fault(f"there is no paper or note {question.receipt.document!r} (receipt)")
    if question.receipt.document in papers and question.receipt.page is None:
        entry.fault("a receipt of a paper names the page")
