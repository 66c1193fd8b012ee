"""Which paper a few words name: its id, title, alias, or the first words of its title ("the attention paper")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curriculum.matching import ACCEPTED_FIT, Candidate, ranked, words_of
from curriculum.model import Paper, PaperId
from errors import ExerciseError

_LONGEST_NAME_WORDS = 12
_NEAR_MATCHES = 4


class PaperNames:
    """The papers of the curriculum by all the names a learner may use."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = tuple(papers)
        self._by_name: dict[tuple[str, ...], Paper] = {}
        for paper in papers:
            for name in (paper.id, paper.arxiv_id or paper.id, paper.title, *paper.aliases):
                self._by_name.setdefault(_without_paper(words_of(name)), paper)

    def title(self, paper_id: PaperId) -> str:
        """The title of a paper of the curriculum."""
        return next(paper.title for paper in self._papers if paper.id == paper_id)

    def named_in(self, words: list[str]) -> tuple[Paper | None, list[str]]:
        """The paper named somewhere in the words, and the words without its name."""
        for start, end in _longest_first(len(words)):
            paper = self._by_name.get(_without_paper(words[start:end]))
            if paper is not None:
                return paper, words[:start] + words[end:]
        for place in (place for place, word in enumerate(words) if word == "paper"):
            for start in range(max(0, place - _LONGEST_NAME_WORDS), place):
                paper = self._with_title_that_begins(words[start:place])
                if paper is not None:
                    return paper, words[:start] + words[place + 1 :]
        return None, words

    def meant(self, name: str) -> Paper:
        """The paper of that name.

        Raises:
            ExerciseError: no paper of the curriculum is called so; the hint lists the nearest.
        """
        words = words_of(without_version(name))
        paper, _ = self.named_in(words)
        paper = paper or self._with_title_that_begins(list(_without_paper(words)))
        if paper is not None:
            return paper
        candidates = [Candidate("paper", item.id, item.title) for item in self._papers]
        near = ranked(name, candidates)
        if near and near[0][0] >= ACCEPTED_FIT:
            return next(item for item in self._papers if item.id == near[0][1].key)
        titles = "; ".join(candidate.label for _, candidate in near[:_NEAR_MATCHES])
        raise ExerciseError(f"The roadmap has no paper {name!r}.", hint=f"Nearest are: {titles}.")

    def _with_title_that_begins(self, words: list[str]) -> Paper | None:
        if not words:
            return None
        return next((paper for paper in self._papers if words_of(paper.title)[: len(words)] == words), None)


def without_version(text: str) -> str:
    """The text with "2305.18290v2" as "2305.18290"."""
    return re.sub(r"(\d{4}\.\d{4,5})v\d+", r"\1", text)


def _without_paper(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word != "paper")


def _longest_first(length: int) -> Iterator[tuple[int, int]]:
    for size in range(min(length, _LONGEST_NAME_WORDS), 0, -1):
        for start in range(length - size + 1):
            yield start, start + size
