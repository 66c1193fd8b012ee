"""From a learner's words ("eq. 7 of the DPO paper") to one equation of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from curriculum.equation_values import Equation
from curriculum.matching import ACCEPTED_FIT, fit, words_of
from curriculum.model import Paper, PaperId
from curriculum.paper_names import PaperNames, without_version
from errors import ExerciseError

_NUMBER = re.compile(
    r"\b(?:equation|formula|eqn|eq)s?\b\.?\s*(?:number\b|no\.|nr\.|#)?\s*"
    r"\(?\s*((?:[a-z]\.?|\d{1,2}\.)?\d{1,2}[a-z]?)\b(?!\.\d)\s*\)?",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"\s*[(#]?\s*((?:[a-z]\.|\d{1,2}\.)?\d{1,2}[a-z]?)\s*\)?\s*", re.IGNORECASE)
_GENERIC = frozenset({"equation", "eq", "eqn", "formula", "paper"})
_SINGLE_WORD_FIT = 0.65
"""The most that a name of one word is worth inside a longer wish: "attention complexity" is not "attention"."""
_NEAR_MATCHES = 6


class EquationLookup:
    """Finds one equation by its id, its name, or its number and paper."""

    def __init__(self, equations: Sequence[Equation], papers: Sequence[Paper]) -> None:
        self._equations = tuple(equations)
        self._names = PaperNames(papers)

    def find(self, reference: str, paper: str = "") -> Equation:
        """The equation that `reference` means, within `paper` where one is named.

        Raises:
            ExerciseError: there is none, or more than one fits; the hint lists the nearest.
        """
        called = reference.strip().casefold()
        for equation in self._equations:
            if equation.id == called or (not paper.strip() and called in map(str.casefold, equation.names)):
                return equation
        number, rest = _split_number(without_version(reference))
        words = words_of(rest)
        named, others = self._names.named_in(words)
        fixed = self._names.meant(paper) if paper.strip() else None
        queries = [words, others]
        found = None
        if number:
            found = self._numbered(number, fixed or named, others)
            queries = [words_of(number), words_of(reference)] if number[0].isalpha() else []  # a name, as "L2" is
        found = found or self._by_name(queries, fixed, named)
        if found is None:
            raise self._not_found(number, [words, others], fixed or named)
        return found

    def _numbered(self, number: str, paper: Paper | None, words: list[str]) -> Equation | None:
        pool = self._equations if paper is None else self._of(paper.id)
        fitting = [equation for equation in pool if equation.number.casefold() == number.casefold()]
        if len(fitting) > 1:
            best = _best([words], fitting)
            if len(best) != 1:
                titles = dict.fromkeys(self._names.title(equation.paper_id) for equation in fitting)
                raise ExerciseError(
                    f"Equation {number} stands in several papers.", hint=f"Name one of them: {'; '.join(titles)}."
                )
            fitting = best
        return fitting[0] if fitting else None

    def _by_name(self, queries: list[list[str]], fixed: Paper | None, named: Paper | None) -> Equation | None:
        pools = [self._of(fixed.id)] if fixed else [self._of(named.id), self._equations] if named else [self._equations]
        if not fixed:
            exact = _best(queries[:1], self._equations, at_least=1.0)
            pools.insert(0, tuple(exact))
        for pool in pools:
            best = _best(queries, pool)
            if len(best) > 1:
                raise ExerciseError("Several equations fit.", hint=f"Choose one: {_listing(best)}.")
            if best:
                return best[0]
        return None

    def _not_found(self, number: str, queries: list[list[str]], paper: Paper | None) -> ExerciseError:
        own = self._of(paper.id) if paper else ()
        if paper and not own:
            titles = dict.fromkeys(self._names.title(equation.paper_id) for equation in self._equations)
            return ExerciseError(
                f"The catalogue has no equation of {paper.title}.", hint=f"It has equations of: {'; '.join(titles)}."
            )
        what = f"equation {number}" if number else "such equation"
        if paper:
            near: Sequence[Equation] = own
            what += f" of {paper.title}"
        else:
            near = sorted(self._equations, key=lambda equation: -_score(queries, equation))[:_NEAR_MATCHES]
        return ExerciseError(f"The catalogue has no {what}.", hint=f"It has: {_listing(near)}.")

    def _of(self, paper_id: PaperId) -> tuple[Equation, ...]:
        return tuple(equation for equation in self._equations if equation.paper_id == paper_id)


def _split_number(reference: str) -> tuple[str, str]:
    """The equation number in a reference, "" when there is none, and the reference without it."""
    bare = _BARE_NUMBER.fullmatch(reference)
    if bare:
        return bare[1], ""
    found = _NUMBER.search(reference)
    return (found[1], reference[: found.start()] + " " + reference[found.end() :]) if found else ("", reference)


def _best(queries: list[list[str]], equations: Iterable[Equation], at_least: float = ACCEPTED_FIT) -> list[Equation]:
    """The equations with the highest fit, none when it is below `at_least`."""
    scored = [(_score(queries, equation), equation) for equation in equations]
    highest = max((score for score, _ in scored), default=0.0)
    return [equation for score, equation in scored if score == highest >= at_least]


def _score(queries: list[list[str]], equation: Equation) -> float:
    return max((_fit(query, words_of(name)) for query in queries for name in (*equation.names, equation.id)), default=0)


def _fit(query: list[str], name: list[str]) -> float:
    """How well a name answers a query, from 0 to 1; words such as "equation" count on neither side."""
    query = [word for word in query if word not in _GENERIC]
    name = [word for word in name if word not in _GENERIC]
    score = fit(query, name)
    return min(score, _SINGLE_WORD_FIT) if len(name) == 1 < len(query) else score


def _listing(equations: Iterable[Equation]) -> str:
    return "; ".join(equation.label() for equation in equations)
