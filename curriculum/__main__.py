"""The roadmap in the terminal: `python -m curriculum [WORDS] [--json]`, and its commands `check` and `start`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from curriculum.load import load_curriculum
from curriculum.model import Project
from curriculum.prediction_values import shown_output
from curriculum.terminal_check import COMMANDS, BoxTick, Record, run_command
from curriculum.terminal_list import Progress, print_roadmap
from curriculum.terminal_verify import COMMAND as VERIFY
from curriculum.terminal_verify import verify_command
from errors import SandboxError, StudyError
from learner.__main__ import RECORD_FILE
from learner.acts import notebook_evidence, project_evidence
from learner.mastery import masteries
from learner.next_topic import what_next
from learner.recovery import open_record
from learner.store import EVERYTHING, LearnerStore
from learner.tracker import topic_states, tracker_state
from settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from curriculum.curriculum import Curriculum
    from curriculum.verdict import Verdict

_FORGET = """
for name in [name for name in globals() if not name.startswith("__")]:
    del globals()[name]
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 when the curriculum's files have faults; of `check` and `start`, theirs."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    first = next((word for word in given if not word.startswith("-")), None)
    if first in COMMANDS:
        return run_command(given, _open_record)
    if first == VERIFY:
        return _verify(given)
    parser = argparse.ArgumentParser(
        prog="python -m curriculum",
        description="Shows the AI engineer roadmap. `start` and `check` as the first word begin and check a project or "
        "a notebook; more on them with `start --help` and `check --help`.",
    )
    parser.add_argument("words", nargs="*", help="a topic, part, paper or list; nothing for the whole roadmap")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print parts, topics, papers, tables, links, notebooks, projects and boxes as JSON",
    )
    options = parser.parse_args(given)
    try:
        curriculum = load_curriculum()
    except StudyError as error:
        print(error.as_text(), file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(as_values(curriculum), indent=2))
    elif options.words:
        print(curriculum.describe(" ".join(options.words)))
    else:
        print_roadmap(curriculum, _progress(curriculum))
    return 0


def _verify(words: Sequence[str]) -> int:
    """`verify` with the sandbox behind it: the rooms above know nothing of the sandbox."""
    from sandbox.sandbox import open_sandbox

    settings = Settings.from_environment()
    sandbox = open_sandbox(settings.cache / "sandbox")

    def run_code(code: str) -> str:
        """In one session, which is a second less for each than a new one; no name of an earlier code is left."""
        sandbox.run(VERIFY, _FORGET)
        result = sandbox.run(VERIFY, code)
        if result.status != "ok":
            raise SandboxError((result.error or result.status).strip().splitlines()[-1])
        return shown_output(result.text, result.value)

    try:
        return verify_command(words, run_code, settings.home / "arxiv" / "pdf")
    finally:
        sandbox.close()


def _open_record() -> Record:
    """A way into the learner's record, opened here because the rooms above know nothing of the learner."""
    store = _open_store(Settings.from_environment().home / RECORD_FILE)
    curriculum = load_curriculum()

    def record(verdict: Verdict) -> list[BoxTick]:
        done_before = {box.box_id for box in _boxes_of(verdict, curriculum, store) if box.done}
        item, at = verdict.item, datetime.now(UTC)
        counts = {"passed": verdict.passed_count, "total": len(verdict.checks)}
        if isinstance(item, Project):
            store.record(project_evidence(item, **counts, at=at, details=verdict.details()))
        else:
            store.record(notebook_evidence(item, **counts, at=at, details=verdict.details()))
        boxes = _boxes_of(verdict, curriculum, store)
        return [replace(box, new=box.done and box.box_id not in done_before) for box in boxes]

    return record


def _open_store(path: Path) -> LearnerStore:
    """The learner's record; what became of a damaged one is told on stderr."""
    store, rescue = open_record(path, at=datetime.now(UTC))
    if rescue is not None:
        print(rescue.sentence, file=sys.stderr)
    return store


def _boxes_of(verdict: Verdict, curriculum: Curriculum, store: LearnerStore) -> list[BoxTick]:
    """The boxes of the item's topics and of their parts; a topic without a box stands for itself."""
    evidence, at = store.evidence(limit=EVERYTHING), datetime.now(UTC)
    topics = [curriculum.topic(topic_id) for topic_id in verdict.item.topic_ids]
    own = {box.id for topic in topics for box in curriculum.boxes_of(topic.id)}
    own |= {box.id for box in curriculum.boxes if box.is_part and box.part_id in {topic.part_id for topic in topics}}
    boxes = [
        BoxTick(one.box_id, one.title, one.done)
        for one in tracker_state(curriculum, evidence, at=at)
        if one.box_id in own
    ]
    done = {state.topic_id: state.done for state in topic_states(curriculum, evidence, at=at)}
    without_box = [topic for topic in topics if not curriculum.boxes_of(topic.id)]
    return boxes + [BoxTick(topic.id, topic.title, done[topic.id]) for topic in without_box]


def as_values(curriculum: Curriculum) -> dict[str, Any]:
    """The roadmap as plain values, for other programs."""
    return {
        "title": curriculum.title,
        "weeks": list(curriculum.weeks),
        "parts": [asdict(part) for part in curriculum.parts],
        "topics": [asdict(topic) for topic in curriculum.topics],
        "papers": [asdict(paper) for paper in curriculum.papers],
        "tables": [asdict(table) for table in curriculum.tables],
        "links": [asdict(link) for link in curriculum.links],
        "gaps": [asdict(gap) for gap in curriculum.gaps],
        "notebooks": [asdict(notebook) for notebook in curriculum.notebooks],
        "projects": [asdict(project) for project in curriculum.projects],
        "boxes": [asdict(box) for box in curriculum.boxes],
    }


def _progress(curriculum: Curriculum) -> Progress | None:
    """What the learner's record says; a missing one is not made, and one that cannot be read is told on stderr."""
    path = Settings.from_environment().home / RECORD_FILE
    try:
        evidence = _open_store(path).evidence(limit=EVERYTHING) if path.is_file() else []
    except StudyError as error:
        print(error.as_text(), file=sys.stderr)
        return None
    at = datetime.now(UTC)
    boxes = tracker_state(curriculum, evidence, at=at)
    topics = topic_states(curriculum, evidence, at=at)
    known = masteries(evidence, [topic.id for topic in curriculum.topics], at=at)
    found = what_next(curriculum, boxes, topics, known)
    leaves = [box for box in boxes if not box.is_part]
    return Progress(
        boxes=(sum(box.done for box in leaves), len(leaves)),
        topics={
            state.topic_id: f"{'by hand' if state.way == 'hand' else 'by evidence'} since {state.since:%Y-%m-%d}"
            for state in topics
            if state.since is not None
        },
        next_topic=curriculum.topic(found.topic_id).title if found else "",
        reason=found.reason if found else "",
    )


if __name__ == "__main__":
    sys.exit(main())
