"""A judged answer as a golden question: what the verdict gives, and what a person must still write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.feedback import CitedPassage, Feedback
from curriculum.curriculum import Curriculum
from errors import StudyError
from evals.golden import Evidence, Kind, Split
from evals.golden_reading import LONGEST_QUOTE, SHORTEST_QUOTE, load_golden

_NUMBERS = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A golden question as far as the verdict gives it."""

    feedback: Feedback
    split: Split
    kind: Kind
    topics: tuple[str, ...]
    answer: str
    """The answer without its numbers when it was found helpful; else empty, for the person to write."""
    facts: tuple[tuple[str, ...], ...]
    evidence: tuple[Evidence, ...]

    @property
    def id(self) -> str:
        """Names the verdict it came from."""
        return f"feedback-{self.feedback.id}"

    def missing(self) -> list[str]:
        """What a person must still write, one sentence each; none when the question is whole."""
        wanted = {
            "answer: write the right answer; the one given was not helpful.": not self.answer,
            "absent: words that any answer would have to use and that no source holds.": self.kind == "unanswerable",
            "facts: what a right answer must say, each as its accepted forms; the answer states them.": not self.facts,
            "evidence: document, page and exact quote of each passage that proves the answer.": not self.evidence,
            "topics: the roadmap's topics it belongs to.": not self.topics,
        }
        only_answerable = ("facts", "evidence")
        return [
            line
            for line, is_missing in wanted.items()
            if is_missing and not (self.kind == "unanswerable" and line.startswith(only_answerable))
        ]

    def as_toml(self) -> str:
        """The entry as it stands in a golden file."""
        lines = [
            "[[question]]",
            f"id = {_text(self.id)}",
            f"split = {_text(self.split)}",
            f"kind = {_text(self.kind)}",
            f"topics = {_list(self.topics)}",
            f"question = {_text(self.feedback.question)}",
            f"answer = {_text(self.answer)}",
        ]
        if self.kind == "unanswerable":
            return "\n".join([*lines, "absent = []"]) + "\n"
        spans = "".join(f"  {{ {_span(item)} }},\n" for item in self.evidence)
        facts = ", ".join(map(_list, self.facts))
        return "\n".join([*lines, f"facts = [{facts}]", f"evidence = [\n{spans}]"]) + "\n"

    def as_draft(self) -> str:
        """The entry under a list of what is missing, and what the learner said."""
        said = [f"verdict: {self.feedback.verdict} {self.feedback.reason}".rstrip()]
        said += [f"note: {self.feedback.note}"] if self.feedback.note else []
        said += [f"answer given: {_one_line(self.feedback.answer)}"] if not self.answer else []
        said += [
            f"cited: {one.arxiv_id or one.title}, page {one.page}: {_one_line(one.quote)}"
            for one in self.feedback.passages
            if not self.evidence
        ]
        missing = [f"missing {line}" for line in self.missing()]
        return "".join(f"# {_one_line(line)}\n" for line in (*missing, *said)) + self.as_toml()


def propose(
    feedback: Feedback,
    curriculum: Curriculum,
    *,
    split: Split,
    kind: Kind | None = None,
    facts: Sequence[Sequence[str]] = (),
    topics: Sequence[str] = (),
) -> Proposal:
    """What the verdict gives: the passages of an answer only when the learner found it helpful."""
    is_confirmed = feedback.verdict == "up"
    kind = kind or ("unanswerable" if is_confirmed and feedback.refused else "factual")
    evidence = tuple(_evidence(feedback.passages, curriculum)) if is_confirmed and kind != "unanswerable" else ()
    documents = {item.document for item in evidence}
    named = [topic for note in curriculum.notes if note.name in documents for topic in note.topic_ids]
    named += [topic for paper in curriculum.papers if paper.id in documents for topic in paper.topic_ids]
    return Proposal(
        feedback,
        split,
        kind,
        tuple(topics) or tuple(dict.fromkeys(map(str, named))),
        _NUMBERS.sub("", feedback.answer).strip() if is_confirmed else "",
        tuple(map(tuple, facts)),
        evidence,
    )


def append_question(path: Path, proposal: Proposal) -> None:
    """Put a whole question at the end of a golden file, once the golden loader takes the file with it.

    Raises:
        StudyError: the loader finds a fault, the question is there already, or the file cannot be written; the file
            stays as it was.
    """
    text = _with_entry(path, proposal, proposal.as_toml())
    with TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8")
        load_golden(trial)
    _write(path, text)


def append_draft(path: Path, proposal: Proposal) -> None:
    """Put an unfinished question at the end of the file of drafts.

    Raises:
        StudyError: it is there already, or the file cannot be written.
    """
    _write(path, _with_entry(path, proposal, proposal.as_draft()))


def _with_entry(path: Path, proposal: Proposal, entry: str) -> str:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise StudyError(f"{path} cannot be read: {fault}.", hint="Name another file with --out.") from fault
    if f"id = {_text(proposal.id)}\n" in text:
        raise StudyError(f"{proposal.id} is in {path} already.", hint="Change it there.")
    return f"{text.rstrip()}\n\n{entry}" if text.strip() else entry


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as fault:
        raise StudyError(f"{path} cannot be written: {fault}.", hint="Name another file with --out.") from fault


def _evidence(passages: Sequence[CitedPassage], curriculum: Curriculum) -> Iterator[Evidence]:
    """The passages of papers and notes that the golden set knows, each once; none whose check failed."""
    papers = {paper.arxiv_id: str(paper.id) for paper in curriculum.papers if paper.arxiv_id}
    notes = {note.title: note.name for note in curriculum.notes}
    spans: dict[Evidence, None] = {}
    for passage in passages:
        quote = _cut(passage.quote)
        if passage.supported == "unsupported" or len(quote) < SHORTEST_QUOTE:
            continue
        if passage.arxiv_id in papers:
            spans[Evidence(papers[passage.arxiv_id], passage.page, quote)] = None
        elif passage.arxiv_id is None and passage.title in notes:
            spans[Evidence(notes[passage.title], None, quote)] = None
    yield from spans


def _cut(quote: str) -> str:
    line = _one_line(quote)
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE + 1].rsplit(" ", 1)[0][:LONGEST_QUOTE]


def _span(item: Evidence) -> str:
    page = "" if item.page is None else f"page = {item.page}, "
    return f"document = {_text(item.document)}, {page}quote = {_text(item.quote)}"


def _text(value: str) -> str:
    """A basic string of TOML: those of JSON, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
