"""`python -m evals feedback`: the learner's verdicts on answers, and making golden questions of them."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.feedback import FEEDBACK, FeedbackStore
from curriculum.load import load_curriculum
from errors import StudyError
from evals.golden import DEFAULT_FOLDER, KINDS, SPLITS
from evals.golden_reading import load_golden
from evals.promotion import append_draft, append_question, propose

if TYPE_CHECKING:
    from rich.console import Console

    from agent.feedback import Feedback

DRAFTS = "golden-drafts.toml"
PROMOTED = "golden-promoted.toml"


def add_feedback_parser(commands: Any) -> None:
    """Add `feedback` to the subparsers of `python -m evals`."""
    feedback = commands.add_parser("feedback", help="the thumbs of the chat, and golden questions made of them")
    actions = feedback.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the verdicts that count")
    listing.add_argument("--json", action="store_true", help="all that is kept of each, as JSON")
    promote = actions.add_parser("promote", help="make a golden question of a verdict")
    promote.add_argument("id", type=int, help="number of the verdict, as `list` shows it")
    promote.add_argument("--split", choices=SPLITS, default="dev")
    promote.add_argument("--kind", choices=KINDS, help="default: factual, or unanswerable for a refusal found helpful")
    promote.add_argument(
        "--fact",
        action="append",
        default=[],
        metavar="FORM|FORM",
        help="what a right answer must say, in its accepted forms; once for each fact",
    )
    promote.add_argument("--topic", action="append", default=[], help="topic of the roadmap; default: of the sources")
    promote.add_argument("--out", type=Path, metavar="FILE", help="golden file to add to, once nothing is missing")


def run_feedback(options: argparse.Namespace, console: Console, *, home: Path) -> int:
    """List or promote; 0 when it was done, 1 when a person must still complete the question.

    Raises:
        StudyError: no verdict has that id, the question is there already, or the golden loader refuses it.
    """
    store = FeedbackStore(home / FEEDBACK)
    if options.action == "list":
        _list(store, console, as_json=options.json)
        return 0
    return _promote(store.get(options.id), options, console, folder=home / "evals")


def _list(store: FeedbackStore, console: Console, *, as_json: bool) -> None:
    found = store.list()
    if as_json:
        lines = [json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1, default=str)]
    else:
        lines = [_line(one) for one in found] or ["No answer was judged yet; the thumbs are under each answer."]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _line(one: Feedback) -> str:
    said = ", ".join(part for part in (one.verdict, one.reason, one.note) if part)
    question = " ".join(one.question.split())
    return f"{one.id:>4}  {one.at:%Y-%m-%d %H:%M}  {question}  ({said}; {len(one.passages)} cited; {one.model})"


def _promote(feedback: Feedback, options: argparse.Namespace, console: Console, *, folder: Path) -> int:
    facts = [[form.strip() for form in fact.split("|") if form.strip()] for fact in options.fact]
    proposal = propose(
        feedback, load_curriculum(), split=options.split, kind=options.kind, facts=facts, topics=options.topic
    )
    if missing := proposal.missing():
        drafts = folder / DRAFTS
        append_draft(drafts, proposal)
        lines = [f"{proposal.id} is a draft in {drafts}. Still missing:", *(f"- {line}" for line in missing)]
        lines.append(f"Then: python -m evals golden check --golden {drafts}")
    else:
        path = options.out or folder / PROMOTED
        _refuse_known(feedback.question)
        append_question(path, proposal)
        lines = [f"{proposal.id} stands in {path}."]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if missing else 0


def _refuse_known(question: str) -> None:
    asked = " ".join(question.split()).casefold()
    known = {" ".join(item.question.split()).casefold(): item.id for item in load_golden(DEFAULT_FOLDER).questions}
    if asked in known:
        raise StudyError(f"The golden set asks this already: {known[asked]}.", hint="Change that entry.")
