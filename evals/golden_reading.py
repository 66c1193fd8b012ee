"""Reading the golden set: TOML files become values, and all faults of all files are told at once."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from curriculum.curriculum import Curriculum
from curriculum.load import load_curriculum, note_paths
from errors import StudyError
from evals.golden import DEFAULT_FOLDER, KINDS, SPLITS, WORDINGS, Evidence, GoldenQuestion, GoldenSet

SHORTEST_QUOTE, LONGEST_QUOTE = 12, 300
FIELDS = {"id", "split", "kind", "question", "answer", "facts", "evidence", "also", "topics", "wording"} | {
    "absent",
    "absent_in",
}
EVIDENCE_FIELDS = {"document", "page", "quote"}
MATH_FONT = re.compile(r"\\mathrm\{(\w+)\}")


def load_golden(folder: Path = DEFAULT_FOLDER) -> GoldenSet:
    """The questions of all TOML files of a folder, or of one file.

    Raises:
        StudyError: all faults of the files in one message.
    """
    faults: list[str] = []
    paths = [folder] if folder.is_file() else sorted(folder.glob("*.toml"))
    if not paths:
        raise StudyError(f"There are no questions in {folder}.", hint="Name a folder with TOML files.")
    known = _Known(load_curriculum())
    questions = [question for path in paths for question in _read_file(path, known, faults)]
    faults += _repeated("id", [item.id for item in questions])
    faults += _repeated("question", [_plain(item.question) for item in questions])
    if faults:
        shown = "\n".join(f"- {fault}" for fault in faults)
        raise StudyError(f"The golden set has {len(faults)} faults:\n{shown}", hint="Correct the named entries.")
    return GoldenSet(tuple(questions))


class _Known:
    """The names that entries may use."""

    def __init__(self, curriculum: Curriculum) -> None:
        self.papers = {str(paper.id) for paper in curriculum.papers}
        self.topics = {str(topic.id) for topic in curriculum.topics}
        self.notes = {path.stem for path in note_paths()}


def _read_file(path: Path, known: _Known, faults: list[str]) -> list[GoldenQuestion]:
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("question", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        faults.append(f"{path.name} cannot be read: {fault}")
        return []
    questions = []
    for number, entry in enumerate(entries, start=1):
        name = f"{path.name}, {entry.get('id', f'entry {number}')}"
        try:
            question = _read_question(entry, path.stem)
        except (KeyError, TypeError, AttributeError, ValueError) as fault:
            faults.append(f"{name}: {type(fault).__name__} {fault}")
            continue
        questions.append(question)
        faults += [f"{name}: {fault}" for fault in (*_unknown_fields(entry), *_faults_of(question, known))]
    return questions


def _read_question(entry: Mapping[str, Any], file: str) -> GoldenQuestion:
    wording = entry.get("wording")
    return GoldenQuestion(
        id=_text(entry["id"]),
        file=file,
        split=_one_of(entry["split"], SPLITS),
        kind=_one_of(entry["kind"], KINDS),
        question=_text(entry["question"]),
        answer=_text(entry["answer"]),
        facts=tuple(tuple(map(_text, forms)) for forms in entry.get("facts", ())),
        evidence=_read_evidence(entry.get("evidence", ())),
        also=_read_evidence(entry.get("also", ())),
        topics=tuple(entry["topics"]),
        wording=None if wording is None else _one_of(wording, WORDINGS),
        absent=tuple(map(_text, entry.get("absent", ()))),
        absent_in=entry.get("absent_in", ""),
    )


def _read_evidence(items: Iterable[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(_text(item["document"]), item.get("page"), _text(item["quote"])) for item in items)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is no text")
    return value


def _one_of(value: Any, allowed: Sequence[Any]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value


def _unknown_fields(entry: Mapping[str, Any]) -> list[str]:
    unknown = sorted(set(entry) - FIELDS)
    unknown += sorted(
        {name for item in (*entry.get("evidence", ()), *entry.get("also", ())) for name in item} - EVIDENCE_FIELDS
    )
    return [f"{name!r} is no field" for name in unknown]


def _faults_of(question: GoldenQuestion, known: _Known) -> list[str]:
    faults = [f"there is no topic {topic!r}" for topic in question.topics if topic not in known.topics]
    if not question.topics:
        faults.append("it has no topic")
    if (question.kind == "adversarial") != (question.wording is not None):
        faults.append("an adversarial question has a wording, and no other")
    checks: Callable[[GoldenQuestion, _Known], list[str]]
    checks = _answerable_faults if question.is_answerable else _unanswerable_faults
    return faults + checks(question, known)


def _answerable_faults(question: GoldenQuestion, known: _Known) -> list[str]:
    faults = [fault for item in question.quotes for fault in _evidence_faults(item, known)]
    proven = {(item.document, item.page) for item in question.evidence}
    faults += [f"{item} has evidence already" for item in question.also if (item.document, item.page) in proven]
    faults += [
        f"the quote of {item} under `also` lacks {' | '.join(forms)}"
        for item in question.also
        for forms in question.missing_facts(MATH_FONT.sub(r"\1", item.quote))
    ]
    if not question.evidence:
        faults.append("it has no evidence")
    if not question.facts or not all(question.facts):
        faults.append("it has no facts, or one without a form")
    faults += [f"its own answer lacks {' | '.join(forms)}" for forms in question.missing_facts(question.answer)]
    if question.absent or question.absent_in:
        faults.append("only an unanswerable question has absent words")
    return faults


def _unanswerable_faults(question: GoldenQuestion, known: _Known) -> list[str]:
    faults = [] if question.absent else ["an unanswerable question needs absent words"]
    if question.quotes or question.facts:
        faults.append("an unanswerable question has neither evidence nor facts")
    if question.absent_in and question.absent_in not in known.papers | known.notes:
        faults.append(f"there is no document {question.absent_in!r}")
    return faults


def _evidence_faults(item: Evidence, known: _Known) -> list[str]:
    faults = []
    is_note = item.document in known.notes
    if not is_note and item.document not in known.papers:
        faults.append(f"there is no document {item.document!r}")
    elif is_note and item.page is not None:
        faults.append(f"{item.document} is a note and has no pages")
    elif not is_note and (not isinstance(item.page, int) or item.page < 1):
        faults.append(f"the page of {item.document} is missing")
    if not SHORTEST_QUOTE <= len(item.quote) <= LONGEST_QUOTE:
        faults.append(
            f"the quote of {item} has {len(item.quote)} characters, {SHORTEST_QUOTE} to {LONGEST_QUOTE} may be"
        )
    return faults


def _repeated(what: str, texts: Sequence[str]) -> list[str]:
    return [f"the {what} {text!r} occurs {count} times" for text, count in Counter(texts).items() if count > 1]


def _plain(question: str) -> str:
    return re.sub(r"\W+", " ", question).casefold().strip()
