"""The command `verify` of `python -m curriculum`: every receipt of the question bank is checked, every code run."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from curriculum.load import load_curriculum
from curriculum.question_sources import locate_in
from curriculum.question_verifier import RunCode, Verification, verify
from curriculum.questions import load_questions
from errors import StudyError

COMMAND = "verify"
EXIT_PASSED, EXIT_FAILED, EXIT_FAULT = 0, 1, 2


def verify_command(words: Sequence[str], run_code: RunCode, papers: Path) -> int:
    """Exit code: 0, 1 when an item fails, 2 for a known fault.

    Args:
        words: the command line after `python -m curriculum`.
        run_code: runs a program behind a wall and gives what it prints.
        papers: folder of PDFs to look in when the command line names none.
    """
    options = _parser(papers).parse_args(list(words[1:]))
    try:
        questions = load_questions()
        if options.topic:
            known = {str(topic.id) for topic in load_curriculum().topics}
            if options.topic not in known:
                raise StudyError(
                    f"There is no topic {options.topic!r}.", hint=f"Topics are {', '.join(sorted(known))}."
                )
            questions = tuple(question for question in questions if options.topic in question.topic_ids)
        found = verify(questions, locate_in(options.papers), None if options.no_run else run_code)
    except StudyError as error:
        sys.stderr.write(error.as_text() + "\n")
        return EXIT_FAULT
    sys.stdout.write(_as_json(found) if options.json else "\n".join(report_lines(found)) + "\n")
    return EXIT_PASSED if found.passed else EXIT_FAILED


def _parser(papers: Path) -> argparse.ArgumentParser:
    about = "check every receipt of the question bank: quotes on their pages, codes in the sandbox, rules of writing"
    parser = argparse.ArgumentParser(prog=f"python -m curriculum {COMMAND}", description=about)
    parser.add_argument("--papers", type=Path, default=papers, help="folder of PDFs named by the papers' ids")
    parser.add_argument("--topic", help="only the items on this topic, by its id")
    parser.add_argument("--no-run", action="store_true", help="leave the codes unrun")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def report_lines(found: Verification) -> Iterator[str]:
    """The counts by topic and kind, the faults, and the verdict."""
    kinds = list(found.counts()["kind"])
    topics = {str(topic.id) for topic in load_curriculum().topics}
    width = max(map(len, topics))
    yield f"{'topic':<{width}}  items  " + "  ".join(kinds)
    for topic_id, count in found.counts()["topic"].items():
        own = [question.kind for question in found.questions if question.topic_ids[:1] == (topic_id,)]
        row = "  ".join(f"{sum(one == kind for one in own):>{len(kind)}}" for kind in kinds)
        yield f"{topic_id:<{width}}  {count:>5}  {row}"
    totals = "  ".join(f"{count:>{len(kind)}}" for kind, count in found.counts()["kind"].items())
    yield f"{'all':<{width}}  {len(found.questions):>5}  {totals}"
    for name in ("difficulty", "bloom"):
        yield f"{name}: " + ", ".join(f"{value} {count}" for value, count in found.counts()[name].items())
    for fault in found.faults:
        yield f"FAULT {fault.question_id or 'the bank'} ({fault.rule}): {fault.message}"
    if found.unverified:
        absent = Counter(question.receipt.document for question in found.questions if question.id in found.unverified)
        yield (
            f"{len(found.unverified)} items rest on papers that are not here: "
            + ", ".join(f"{document} ({count})" for document, count in sorted(absent.items()))
            + ". Fetch them with `python -m papers fetch-roadmap`, or name a folder with --papers, and verify again."
        )
    yield f"{len(found.questions)} items, {found.run_count} codes run, {len(found.faults)} failures."


def _as_json(found: Verification) -> str:
    values = {
        "passed": found.passed,
        "counts": found.counts(),
        "faults": [asdict(fault) for fault in found.faults],
        "unverified": list(found.unverified),
        "run_count": found.run_count,
    }
    return json.dumps(values, indent=2) + "\n"
