"""`python -m evals grading`: how the grading of short answers agrees with labels given by hand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evals.golden import SPLITS
from evals.grading import (
    STYLES,
    Agreement,
    LabelledAnswer,
    PointJudgement,
    agreement,
    judge,
    load_answers,
    our_grader,
    shortfalls,
)

if TYPE_CHECKING:
    from rich.console import Console

    from learner.short_answers import Similarity


def add_grading_parser(commands: Any) -> None:
    """Add `grading` to the subparsers of `python -m evals`."""
    grading = commands.add_parser("grading", help="grade the labelled short answers and print the agreement")
    grading.add_argument("--words-only", action="store_true", help="without the likeness of meaning")
    grading.add_argument("--verbose", action="store_true", help="list the dev answers that were judged differently")


def run_grading(options: argparse.Namespace, console: Console) -> int:
    """Print the agreement by words, and with likeness of meaning; 0 when all bars are reached, else 1.

    Raises:
        StudyError: the labels are not well formed.
    """
    answers = load_answers()
    ways: dict[str, Similarity | None] = {"words": None}
    if not options.words_only:
        ways["words and likeness"] = packaged_similarity()
    is_short = False
    for way, similarity in ways.items():
        judged = judge(answers, our_grader(similarity))
        told = report_of(way, judged)
        is_short = is_short or any(line.startswith("Below") for line in told)
        if options.verbose:
            told += [f"  {line}" for line in differences(judged)]
        for line in told:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if is_short else 0


def packaged_similarity() -> Similarity:
    """The likeness of meaning that the page grades with."""
    from agent.similarity import similarity_of
    from vectorstore.embedder import load_embedder

    compare = similarity_of(load_embedder("packaged"))
    return lambda one, other: max(0.0, compare(one, [other])[0])


def report_of(way: str, judged: Sequence[PointJudgement]) -> list[str]:
    """The figures of each split, the accuracy of each style, and the bars that are not reached."""
    lines = []
    for split in SPLITS:
        found = agreement(one for one in judged if one.answer.split == split)
        lines.append(f"{way}, {split}: {_figures(found)}")
        lines += [f"Below the bar ({way}, {split}): {sentence}." for sentence in shortfalls(found)]
    for style in STYLES:
        found = agreement(one for one in judged if one.answer.style == style)
        lines.append(f"  {style:<11}{found.points:>4} points, {found.accuracy:.1%} alike")
    return lines


def differences(judged: Sequence[PointJudgement]) -> list[str]:
    """The points of dev answers on which grader and label differ; those of test are not shown."""
    return [
        f"{'too strict' if one.wanted else 'too generous'}: {_named(one.answer)}, point {one.number + 1}"
        for one in judged
        if one.wanted != one.found and one.answer.split == "dev"
    ]


def _figures(found: Agreement) -> str:
    return (
        f"{found.points} points, {found.accuracy:.1%} alike, kappa {found.kappa:.2f}, "
        f"{found.met_missed} too strict, {found.missing_found} too generous"
    )


def _named(answer: LabelledAnswer) -> str:
    return f"{answer.question}: {answer.given}"
