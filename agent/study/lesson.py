"""A teaching note as a lesson: its sections, key terms and questions, and which of its sentences answer a question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from agent.items.terms import SUBJECT
from agent.words import content_stems
from curriculum.front_matter import split_front_matter
from errors import QuizError
from ingestion.sentences import split_sentences

if TYPE_CHECKING:
    from agent.study.scope import Scope
    from curriculum.contents import Contents
    from curriculum.model import Note

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_NUMBERED = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
_NOT_TOLD = re.compile(r"questions to be able|references|code", re.IGNORECASE)
SENTENCE_CHARACTERS = range(30, 301)
ANSWER_SENTENCES = 2
CLOSE_TO_BEST = 0.7
"""A second sentence answers, too, when it speaks of the question nearly as much."""
LEVELS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "newcomer": (("the problem", 2), ("the idea", 3), ("key terms", 3)),
    "engineer": (("the idea", 2), ("key terms", 4), ("worked example", 3), ("trade-offs", 3)),
    "researcher": (("the idea", 1), ("the mathematics", 4), ("report", 3), ("trade-offs", 3), ("misconceptions", 3)),
}
"""Level to the parts of a note that suit it, with how many sentences of each."""


@dataclass(frozen=True)
class Lesson:
    """A note, taken apart."""

    name: str
    title: str
    topic_ids: tuple[str, ...]
    text: str

    @cached_property
    def sections(self) -> dict[str, str]:
        """Title to text."""
        parts = _HEADING.split(self.text)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """What a learner should be able to answer."""
        return tuple(_NUMBERED.findall(self.sections.get("Questions to be able to answer", "")))

    @cached_property
    def terms(self) -> dict[str, str]:
        """Key term to the sentence that says what it is."""
        found = {}
        for line in self.sections.get("Key terms", "").splitlines():
            if match := SUBJECT.match(line.strip()):
                found[match["term"]] = line.strip()
        return found

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The sentences that teach: no questions, references, code, tables and formulas."""
        told = [text for title, text in self.sections.items() if not _NOT_TOLD.search(title)]
        return tuple(sentence for text in told for sentence in sentences_of(text))

    def answer_to(self, question: str) -> list[str]:
        """The sentences that speak of a question most, best first."""
        wanted = set(content_stems(question))
        scored = [
            (len(wanted & set(content_stems(one))) / (4 + len(content_stems(one))) ** 0.5, one)
            for one in self.sentences
        ]
        best = sorted(scored, key=lambda pair: -pair[0])[:ANSWER_SENTENCES]
        return [sentence for score, sentence in best if score > 0 and score >= CLOSE_TO_BEST * best[0][0]]

    def part(self, named: str) -> list[str]:
        """The sentences of the sections whose title has these words."""
        found = [text for title, text in self.sections.items() if named in title.casefold()]
        return [sentence for text in found for sentence in sentences_of(text)]


def sentences_of(text: str) -> list[str]:
    """Whole sentences of a Markdown text, without tables, formulas and code."""
    bare = re.sub(r"```.*?```|\$\$.*?\$\$", "\n\n", text, flags=re.DOTALL)
    lines = [line for line in bare.splitlines() if line.strip() and not line.lstrip().startswith(("|", "#"))]
    found = []
    for line in lines:
        held = re.sub(r"^(?:[-*]|\d+\.)\s+", "", line.strip())
        found += [held[start:end].strip() for start, end in split_sentences(held)]
    return [one for one in found if len(one) in SENTENCE_CHARACTERS and one.endswith(".")]


def lesson_on(scope: Scope, contents: Contents) -> Lesson:
    """The lesson that teaches a scope.

    Raises:
        QuizError: none of our notes does.
    """
    from agent.study.scope import note_of

    note = note_of(scope, contents)
    if note is None:
        raise QuizError(f"There is no note on “{scope.title}” to teach it from.", hint="Name a topic of the roadmap.")
    return lesson_of(note)


def lesson_of(note: Note) -> Lesson:
    """The note as a lesson."""
    text = split_front_matter(note.path.read_text(encoding="utf-8"))[1]
    return Lesson(note.name, note.title, tuple(map(str, note.topic_ids)), text)


def shared_terms(said: str, sentences: Sequence[str], question: str) -> tuple[list[str], list[str]]:
    """Content words of the sentences that the learner said, and those they did not; without the question's own."""
    asked, told = set(content_stems(question)), set(content_stems(said))
    words: dict[str, str] = {}
    for sentence in sentences:
        for word in re.findall(r"[A-Za-z][\w-]{3,}", sentence):
            for stem in content_stems(word):
                if stem not in asked:
                    words.setdefault(stem, word.lower())
    return [word for stem, word in words.items() if stem in told], [w for stem, w in words.items() if stem not in told]
