"""The golden set: questions of a learner with reference answers and the exact words of the sources that prove them.

Every entry of `data/golden/*.toml` is our own writing, from the papers and notes and not from what the system finds.
`dev` may be looked at while building. `test` is only measured: no threshold, weight or prompt is chosen on it. Which
entry goes where was decided by `planned_splits` before any result was looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from evals.answers import states_fact

Split = Literal["dev", "test"]
Kind = Literal[
    "factual",
    "numeric",
    "comparison",
    "multi-hop",
    "definition",
    "equation",
    "table",
    "figure-caption",
    "unanswerable",
    "adversarial",
]
Wording = Literal["misspelt", "false-premise", "negated", "long-winded", "other-terms"]
"""How an adversarial question makes it hard."""

SPLITS: tuple[Split, ...] = get_args(Split)
KINDS: tuple[Kind, ...] = get_args(Kind)
WORDINGS: tuple[Wording, ...] = get_args(Wording)
DEFAULT_FOLDER = Path(__file__).parent / "data" / "golden"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a source that the reference answer rests on."""

    document: str
    """Paper id, or a note's file name without ending."""
    page: int | None
    """Physical 1-based page of a paper; None for a note, which is one page."""
    quote: str
    """Verbatim but for what typesetting changes: blanks, hyphens, ligatures, curly quotes."""

    def __str__(self) -> str:
        """As in messages: "1706.03762#5", or the note's name."""
        return self.document if self.page is None else f"{self.document}#{self.page}"


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A question with all that is known about its right answer."""

    id: str
    file: str
    """Name without ending of the file it stands in."""
    split: Split
    kind: Kind
    question: str
    answer: str
    """The reference answer; it states every fact."""
    facts: tuple[tuple[str, ...], ...]
    """What a right answer must say, each as its accepted forms; none for an unanswerable question."""
    evidence: tuple[Evidence, ...]
    topics: tuple[str, ...]
    wording: Wording | None
    """Only for adversarial questions."""
    absent: tuple[str, ...]
    """Only for unanswerable ones: an answer would have to use one of these words, and no source does."""
    absent_in: str
    """The one document that `absent` speaks of; empty for all papers and notes."""
    also: tuple[Evidence, ...] = ()
    """Words on other pages, of which each states the whole answer alone: who finds one of them needs no evidence."""

    @property
    def quotes(self) -> tuple[Evidence, ...]:
        """The evidence and what else states the answer: all that must stand where it is said to."""
        return self.evidence + self.also

    @property
    def is_answerable(self) -> bool:
        """Whether the sources answer it; if not, the right reply is a refusal."""
        return self.kind != "unanswerable"

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents of the evidence, each once, the most important first."""
        return tuple(dict.fromkeys(item.document for item in self.evidence))

    @property
    def fact_patterns(self) -> tuple[tuple[str, ...], ...]:
        """The facts as regular expressions: a right answer matches one of each group."""
        return tuple(tuple(map(form_pattern, forms)) for forms in self.facts)

    def missing_facts(self, text: str) -> list[tuple[str, ...]]:
        """The facts of which the text has no accepted form."""
        return [
            forms
            for forms, patterns in zip(self.facts, self.fact_patterns, strict=True)
            if not states_fact(text, patterns)
        ]


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Questions in the order of the files' names and of each file."""

    questions: tuple[GoldenQuestion, ...]

    def of_split(self, split: Split | None) -> GoldenSet:
        """The questions of one split; all when `split` is None."""
        return GoldenSet(tuple(item for item in self.questions if split in (None, item.split)))

    @property
    def answerable(self) -> tuple[GoldenQuestion, ...]:
        """The questions that the sources answer."""
        return tuple(item for item in self.questions if item.is_answerable)

    @property
    def unanswerable(self) -> tuple[GoldenQuestion, ...]:
        """The questions whose right reply is a refusal."""
        return tuple(item for item in self.questions if not item.is_answerable)

    def __len__(self) -> int:
        """How many questions there are."""
        return len(self.questions)


def form_pattern(form: str) -> str:
    """The regular expression of an accepted form: as a whole word, and no part of a longer number."""
    escaped = re.escape(unicodedata.normalize("NFKC", form))
    before = r"(?<!\w)(?<!\d[.,])" if form[0].isalnum() else ""
    after = r"(?!\w)(?![.,]\d)" if form[-1].isalnum() else ""
    return before + escaped.replace(r"\ ", r"\s+") + after


def planned_splits(strata: Sequence[tuple[str, str]]) -> list[Split]:
    """The split of each question of one file, given its (file, kind) in the file's order.

    Questions of one kind take turns. Whether a kind begins with dev or with test alternates with the order in which
    kinds first appear. So both splits get of every kind and file, and a question added at the end moves no other.
    """
    firsts: dict[tuple[str, str], int] = {}
    turns: dict[tuple[str, str], int] = {}
    splits: list[Split] = []
    for stratum in strata:
        first = firsts.setdefault(stratum, len(firsts))
        turn = turns[stratum] = turns.get(stratum, -1) + 1
        splits.append(SPLITS[(first + turn) % 2])
    return splits


def counted(questions: Iterable[GoldenQuestion]) -> dict[Kind, dict[Split, int]]:
    """How many questions each kind has in each split."""
    counts: dict[Kind, dict[Split, int]] = {kind: dict.fromkeys(SPLITS, 0) for kind in KINDS}
    for item in questions:
        counts[item.kind][item.split] += 1
    return counts
