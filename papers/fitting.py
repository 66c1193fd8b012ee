"""Where a paper stands in the roadmap, and why it was found: plain comparison of words, nothing guessed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from curriculum.matching import words_of
from papers.values import PaperRecord

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum
    from curriculum.model import Paper, Topic, TopicId

MOST_TOPICS = 3
MOST_PREREQUISITES = 4
MOST_NAMED_WORDS = 6
TITLE_WEIGHT = 3.0
"""A name in the title says more than one in the abstract."""
RARE_WORD_TOPICS = 2
"""A word of a summary counts when no more topics than these use it."""
LEAST_SHARED_WORDS = 2
"""Fewer words shared with a topic's summary are chance."""


@dataclass(frozen=True)
class Fitting:
    """Compares papers with one roadmap."""

    curriculum: Curriculum
    _usage: Counter[str] = field(init=False, default_factory=Counter)
    """How many topics use each word."""

    def __post_init__(self) -> None:
        for topic in self.curriculum.topics:
            self._usage.update(set(_topic_words(topic)))

    def paper_of(self, record: PaperRecord) -> Paper | None:
        """The roadmap's paper that this is, by id, else by title."""
        title = same_title(record.title)
        for paper in self.curriculum.papers:
            if paper.arxiv_id == record.arxiv_id or (paper.arxiv_id is None and same_title(paper.title) == title):
                return paper
        return None

    def topics_of(self, record: PaperRecord) -> tuple[TopicId, ...]:
        """The topics of the roadmap's paper; of any other the nearest ones, best first, maybe none."""
        paper = self.paper_of(record)
        return paper.topic_ids if paper is not None else self._nearest(record)

    def titles(self, topic_ids: Iterable[TopicId]) -> tuple[str, ...]:
        """The topics' titles."""
        return tuple(self.curriculum.topic(topic_id).title for topic_id in topic_ids)

    def prerequisites_of(self, record: PaperRecord) -> tuple[Paper, ...]:
        """Papers of the roadmap to read before, in the order they were published.

        Those the roadmap names; for other papers the ones its title or abstract speaks of, else the first
        paper of each of its nearest topics. None that was published later.
        """
        paper = self.paper_of(record)
        if paper is not None:
            found = [self.curriculum.paper(paper_id) for paper_id in paper.prerequisite_ids]
        else:
            earlier = [each for each in self.curriculum.papers if self._is_earlier(each, record)]
            found = [each for each in earlier if _speaks_of(record, each)]
            found = found or self._first_of_topics(record, earlier)
        return tuple(sorted(found[:MOST_PREREQUISITES], key=lambda each: (each.year, each.arxiv_id or "")))

    def why(self, record: PaperRecord, words: Sequence[str], *, author: str = "", context: str = "") -> str:
        """One sentence: which words it has, who wrote it, where the roadmap has it, its category."""
        parts = [*self._word_parts(record, words), *_author_part(record, author), *_context_part(record, context)]
        parts.append(self._roadmap_part(record))
        parts.append(f"its category is {record.primary_category}" if record.primary_category else "")
        sentence = "; ".join(part for part in parts if part)
        return f"{sentence[:1].upper()}{sentence[1:]}."

    def _word_parts(self, record: PaperRecord, words: Sequence[str]) -> list[str]:
        in_title = [word for word in words if has_phrase(record.title, word)]
        in_abstract = [word for word in words if word not in in_title and has_phrase(record.abstract, word)]
        missing = [word for word in words if word not in in_title and word not in in_abstract]
        if words and not in_title and not in_abstract:
            return ["none of the words stands in its title or abstract as it was typed"]
        parts = []
        if in_title:
            parts.append(f"its title has {_named(in_title)}")
        if in_abstract:
            parts.append(f"its abstract has {_named(in_abstract)}")
        if missing:
            parts.append(f"neither has {_named(missing)}")
        return parts

    def _roadmap_part(self, record: PaperRecord) -> str:
        topics = self.titles(self.topics_of(record)[:MOST_TOPICS])
        listed = self.paper_of(record)
        if listed is not None and listed.origin == "roadmap":
            return f"the roadmap lists it under {topics[0]}"
        if listed is not None:
            return f"our notes build on it for {topics[0]}"
        return f"by its words it is near {topics[0]} in the roadmap" if topics else ""

    def _nearest(self, record: PaperRecord) -> tuple[TopicId, ...]:
        named = [
            paper for paper in self.curriculum.papers if self._is_earlier(paper, record) and _speaks_of(record, paper)
        ]
        through = Counter(paper.topic_ids[0] for paper in named)
        scores = {topic.id: self._nearness(topic, record) + through[topic.id] for topic in self.curriculum.topics}
        ranked = sorted((topic_id for topic_id, score in scores.items() if score > 0), key=lambda key: -scores[key])
        best = scores[ranked[0]] if ranked else 0.0
        return tuple(topic_id for topic_id in ranked if scores[topic_id] >= best / 3)[:MOST_TOPICS]

    def _nearness(self, topic: Topic, record: PaperRecord) -> float:
        """0 or more: names of the topic in title and abstract; else rare words it shares with the topic's summary."""
        score = 0.0
        for label in dict.fromkeys([topic.title, *topic.keywords]):
            length = len(words_of(label))
            score += TITLE_WEIGHT * length if has_phrase(record.title, label) else 0.0
            score += length if has_phrase(record.abstract, label) else 0.0
        if score:
            return score
        rare = {word for word in _topic_words(topic) if self._usage[word] <= RARE_WORD_TOPICS and len(word) > 3}
        shared = rare & set(words_of(f"{record.title} {record.abstract}"))
        return len(shared) / 10 if len(shared) >= LEAST_SHARED_WORDS else 0.0

    def _first_of_topics(self, record: PaperRecord, earlier: Sequence[Paper]) -> list[Paper]:
        found: dict[str, Paper] = {}
        for topic_id in self.topics_of(record):
            first = next((paper for paper in earlier if topic_id in paper.topic_ids), None)
            if first is not None:
                found[first.id] = first
        return list(found.values())

    def _is_earlier(self, paper: Paper, record: PaperRecord) -> bool:
        return paper.year <= record.published.year and paper.arxiv_id != record.arxiv_id


def same_title(title: str) -> str:
    """A title without what two copies of it may write differently."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def has_phrase(text: str, phrase: str) -> bool:
    """Whether the words of a phrase stand in a text one after the other, plural or not."""
    wanted, words = words_of(phrase), words_of(text)
    length = len(wanted)
    return bool(wanted) and any(words[start : start + length] == wanted for start in range(len(words) - length + 1))


def _topic_words(topic: Topic) -> list[str]:
    return words_of(f"{topic.title} {' '.join(topic.keywords)} {topic.summary}")


def _speaks_of(record: PaperRecord, paper: Paper) -> bool:
    """Whether a title or abstract names a paper: by its title or, spelled the same, by a short name."""
    text = f"{record.title}. {record.abstract}"
    names = [name for name in paper.aliases if len(name) > 2 and not name.islower()]
    spelled = any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-]|\s?\d)", text) for name in names)
    return spelled or (len(words_of(paper.title)) > 2 and has_phrase(text, paper.title))


def _author_part(record: PaperRecord, author: str) -> list[str]:
    wanted = words_of(author)
    names = [name for name in record.authors if wanted and set(wanted) & set(words_of(name))]
    return [f"{names[0]} is among its authors"] if names else []


def _context_part(record: PaperRecord, context: str) -> list[str]:
    """Words it shares with what the learner is at."""
    text = set(words_of(f"{record.title} {record.abstract}"))
    shared = [word for word in dict.fromkeys(words_of(context)) if len(word) > 3 and word in text]
    return [f"with what you study now it shares {_named(shared)}"] if shared else []


def _named(words: Sequence[str]) -> str:
    shown = ", ".join(f'"{word}"' for word in words[:MOST_NAMED_WORDS])
    return shown if len(words) <= MOST_NAMED_WORDS else f"{shown} and {len(words) - MOST_NAMED_WORDS} more"
