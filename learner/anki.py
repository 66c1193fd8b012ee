"""The question bank as an Anki package and as a table; importing a newer package updates cards and keeps their dates.

Anki knows a note by its guid and a deck and a note type by their number; ours follow from the ids of questions and
topics, so they are the same in every export.
"""

from __future__ import annotations

import csv
import hashlib
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from curriculum.question_values import Question
from errors import QuizError
from learner.card_text import CardText, as_html, card_text, code_as_html, list_as_html
from learner.new_file import write_new

if TYPE_CHECKING:
    from genanki import Deck, Model, Note, Package

DECK_NAME = "AI Engineer Roadmap"
MODEL_NAME = "AI Engineer Roadmap question"
_MODEL_ID = 1_607_392_319
_FIELDS = ("Id", "Question", "Options", "Answer", "Explanation", "Source")
_FRONT = "{{Question}}{{Options}}"
_BACK = "{{FrontSide}}<hr id=answer><p><b>{{Answer}}</b></p>{{Explanation}}<p class=source>{{Source}}</p>"
_CSS = (
    ".card { font-family: sans-serif; font-size: 18px; text-align: left; max-width: 40em; margin: auto; } "
    ".source { font-size: 14px; color: #666; } .nightMode .source { color: #aaa; } pre { overflow-x: auto; }"
)
_FIRST_ID, _ID_COUNT = 1_500_000_000_000, 10**11
"""Anki's ids of notes and cards are milliseconds of a past time."""
_COLUMNS = ("id", "topics", "kind", "difficulty", "bloom", "question", "options", "answer", "explanation", "source")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def of_topics(questions: Sequence[Question], topic_ids: Sequence[str]) -> list[Question]:
    """The items of these topics; all of them when none is named.

    Raises:
        QuizError: there is none.
    """
    wanted = set(topic_ids)
    found = [question for question in questions if not wanted or not wanted.isdisjoint(question.topic_ids)]
    if not found:
        raise QuizError("There is no question on this topic.", hint="Choose another topic, or leave it out.")
    return found


def export_anki(
    questions: Sequence[Question],
    path: Path,
    *,
    topic_titles: Mapping[str, str],
    document_titles: Mapping[str, str],
    at: datetime,
) -> int:
    """How many cards the new package has, in one deck for each topic.

    Args:
        questions: what to export.
        path: the new file, which is never written over.
        topic_titles: topic id to its title, which names the deck.
        document_titles: id of a paper or name of a note to its title.
        at: when this is; Anki takes the newer of two versions of a card.

    Raises:
        QuizError: there is no question.
        LearnerRecordError: there is such a file already, or it cannot be written.
    """
    if not questions:
        raise QuizError("There is no question to export.", hint="Choose another topic, or leave it out.")
    package = _package(questions, topic_titles, document_titles)
    write_new(path, lambda unfinished: _write_package(package, unfinished, _ids(questions), at))
    return len(questions)


def export_csv(questions: Sequence[Question], path: Path, *, document_titles: Mapping[str, str]) -> int:
    """How many rows the new table has below its head; UTF-8 with a mark, so that spreadsheets read it.

    Raises:
        LearnerRecordError: there is such a file already, or it cannot be written.
    """

    def write(unfinished: Path) -> None:
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(_COLUMNS)
            table.writerows(_row(question, document_titles) for question in questions)

    write_new(path, write)
    return len(questions)


def _row(question: Question, titles: Mapping[str, str]) -> list[str]:
    text = card_text(question, titles.get(question.receipt.document, question.receipt.document))
    cells = [
        str(question.id),
        " ".join(question.topic_ids),
        question.kind,
        question.difficulty,
        question.bloom,
        "\n".join(part for part in (text.prompt, text.code) if part),
        "\n".join(text.options),
        text.answer,
        "\n".join(text.explanations),
        text.source,
    ]
    return [f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in cells]


# The package


def _package(
    questions: Sequence[Question], topic_titles: Mapping[str, str], document_titles: Mapping[str, str]
) -> Package:
    from genanki import Deck, Package

    model = _model()
    decks: dict[str, Deck] = {}
    for question in questions:
        topic_id = str(question.topic_ids[0]) if question.topic_ids else "other"
        if topic_id not in decks:
            name = f"{DECK_NAME}::{topic_titles.get(topic_id, topic_id)}"
            decks[topic_id] = Deck(_number(f"deck {topic_id}", 1 << 30, 1 << 30), name)
        title = document_titles.get(question.receipt.document, question.receipt.document)
        decks[topic_id].add_note(_note(question, card_text(question, title), model))
    return Package(list(decks.values()))


def _model() -> Model:
    from genanki import Model

    return Model(
        _MODEL_ID,
        MODEL_NAME,
        fields=[{"name": name} for name in _FIELDS],
        templates=[{"name": "Card", "qfmt": _FRONT, "afmt": _BACK}],
        css=_CSS,
    )


def _note(question: Question, text: CardText, model: Model) -> Note:
    from genanki import Note

    why, *others = text.explanations
    fields = [
        as_html(str(question.id)),
        f"<p>{as_html(text.prompt)}</p>{code_as_html(text.code)}",
        list_as_html(text.options, numbered=True),
        as_html(text.answer),
        f"<p>{as_html(why)}</p>{list_as_html(others, numbered=False)}",
        as_html(text.source),
    ]
    tags = [*question.topic_ids, question.kind, question.difficulty, question.bloom]
    return Note(model, fields, tags=["".join(tag.split()) for tag in tags], guid=f"roadmap-{question.id}")


def _write_package(package: Package, path: Path, ids: Iterator[int], at: datetime) -> None:
    """Written by hand from genanki's tables: its own writer leaves a database in the system's temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(folder) / "collection.anki2"
        with closing(sqlite3.connect(collection)) as connection:
            package.write_to_db(connection.cursor(), at.timestamp(), ids)
            connection.commit()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(collection, "collection.anki2")
            archive.writestr("media", "{}")


def _ids(questions: Sequence[Question]) -> Iterator[int]:
    """Numbers of each note and its card, deck by deck as they are written."""
    order = list(dict.fromkeys(question.topic_ids[:1] for question in questions))
    used: set[int] = set()
    for question in sorted(questions, key=lambda one: order.index(one.topic_ids[:1])):
        for name in ("note", "card"):
            number = _number(f"{name} {question.id}", _FIRST_ID, _ID_COUNT)
            while number in used:
                number += 1
            used.add(number)
            yield number


def _number(text: str, first: int, count: int) -> int:
    return first + int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % count
