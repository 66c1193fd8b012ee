"""Tracker, quizzes and reviews in the terminal: `python -m learner [COMMAND] [--json]`; `--help` names the commands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curriculum.load import load_curriculum
from errors import StudyError
from learner.acts import find_box, tick, untick
from learner.mastery import masteries
from learner.next_topic import Next, what_next
from learner.recovery import open_record
from learner.store import EVERYTHING, LearnerStore
from learner.terminal_study import add_commands
from learner.tracker import BoxState, topic_states, tracker_state
from learner.transfer import export_file, import_file
from settings import Settings

if TYPE_CHECKING:
    from rich.console import RenderableType

    from curriculum.curriculum import Curriculum
    from learner.values import Evidence

RECORD_FILE = "learner.sqlite"
"""The record's name in the data folder."""
EXIT_FAULT = 2
"""For every known fault."""
_WAYS = {"open": "Open", "evidence": "By evidence", "hand": "By hand"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with, and how it tells what it found."""

    curriculum: Curriculum
    store: LearnerStore
    as_json: bool

    def evidence(self) -> list[Evidence]:
        """All that counts, newest first."""
        return self.store.evidence(limit=EVERYTHING)

    def tell(self, values: Any, show: Callable[[], Sequence[RenderableType]]) -> None:
        """Print the values as JSON, or what `show` makes of them."""
        if self.as_json:
            print(json.dumps(values, indent=2, default=_plain))
            return
        from rich.console import Console

        console = Console()
        for part in show():
            console.print(part, markup=False, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command: 0, or 2 with one sentence on stderr."""
    options = build_parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        if "home" in options:
            settings = replace(settings, home=options.home.expanduser().resolve())
        store, rescue = open_record(settings.home / RECORD_FILE, at=datetime.now(UTC))
        if rescue is not None:
            print(rescue.sentence, file=sys.stderr)
        desk = Desk(load_curriculum(), store, "json" in options)
        options.run(options, desk)
    except StudyError as error:
        print(error.as_text(), file=sys.stderr)
        return EXIT_FAULT
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--home", type=Path, help="data folder, instead of STUDY_HOME")
    common.add_argument("--json", action="store_true", help="print JSON")
    parser = argparse.ArgumentParser(
        prog="python -m learner", parents=[common], description="What you have done and why, what is due, and quizzes."
    )
    parser.set_defaults(run=run_tracker)
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace, Desk], None], about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[common], help=about, description=about)
        command.set_defaults(run=run)
        return command

    add("tracker", run_tracker, "show all boxes (also without a command)")
    for name, run, about in (("tick", run_tick, "tick a box by hand"), ("untick", run_untick, "take that back")):
        add(name, run, about).add_argument("box", metavar="BOX", help="its id or title, e.g. math-refresher")
    add("next", run_next, "what to learn next, and why")
    evidence = add("evidence", run_evidence, "show what was recorded, newest first")
    evidence.add_argument("box", nargs="?", metavar="BOX", help="only what ticked this box")
    add("export", run_export, "write the whole record to a new file").add_argument("file", metavar="FILE", type=Path)
    add("import", run_import, "take an exported record in").add_argument("file", metavar="FILE", type=Path)
    add_commands(add)
    return parser


# Commands


def run_tracker(options: argparse.Namespace, desk: Desk) -> None:
    """Show all boxes."""
    states = tracker_state(desk.curriculum, desk.evidence(), at=datetime.now(UTC))
    leaves = [state for state in states if not state.is_part]

    def show() -> Sequence[RenderableType]:
        from rich.text import Text

        count = Text(f"{sum(leaf.done for leaf in leaves)} of {len(leaves)} boxes below the parts are ticked.")
        return [*_box_lines(states), count]

    desk.tell({"boxes": [asdict(state) for state in states]}, show)


def run_tick(options: argparse.Namespace, desk: Desk) -> None:
    """Tick a box by hand."""
    new = tick(desk.store, desk.curriculum, options.box, at=datetime.now(UTC))
    _tell_change(options.box, desk, new, "is now ticked by hand" if new else "was ticked by hand before")


def run_untick(options: argparse.Namespace, desk: Desk) -> None:
    """Withdraw the tick by hand."""
    changed = untick(desk.store, desk.curriculum, options.box, at=datetime.now(UTC))
    _tell_change(options.box, desk, changed, "is no longer ticked by hand" if changed else "is not ticked by hand")


def _tell_change(name: str, desk: Desk, changed: bool, happened: str) -> None:
    box_id = find_box(desk.curriculum, name)[0]
    standing = _standing_of(box_id, desk)
    shown = f" It is ticked by evidence: {standing['reason']}" if standing["way"] == "evidence" else ""
    desk.tell({"box_id": box_id, "changed": changed, **standing}, lambda: [f"“{box_id}” {happened}.{shown}"])


def _standing_of(box_id: str, desk: Desk) -> dict[str, Any]:
    evidence, at = desk.evidence(), datetime.now(UTC)
    states: dict[str, Any] = {str(state.topic_id): state for state in topic_states(desk.curriculum, evidence, at=at)}
    states.update({state.box_id: state for state in tracker_state(desk.curriculum, evidence, at=at)})
    found = states[box_id]
    return {"way": found.way, "since": found.since, "evidence_keys": found.evidence_keys, "reason": found.reason}


def run_next(options: argparse.Namespace, desk: Desk) -> None:
    """Say what to learn next."""
    evidence, at = desk.evidence(), datetime.now(UTC)
    found = what_next(
        desk.curriculum,
        tracker_state(desk.curriculum, evidence, at=at),
        topic_states(desk.curriculum, evidence, at=at),
        masteries(evidence, [topic.id for topic in desk.curriculum.topics], at=at),
    )
    values = asdict(found) if found else None
    desk.tell({"next": values}, lambda: _told_next(found, desk.curriculum))


def _told_next(found: Next | None, curriculum: Curriculum) -> Sequence[str]:
    if found is None:
        return ["Every topic of the roadmap is done."]
    material = {
        "Notes": [note.title for note in curriculum.notes_of(found.topic_id)],
        "Notebooks": [notebook.name for notebook in curriculum.notebooks_of(found.topic_id)],
        "Projects": [f"{project.number} {project.title}" for project in curriculum.projects_of(found.topic_id)],
    }
    return [
        f"Next: {curriculum.topic(found.topic_id).title} ({found.topic_id})",
        found.reason,
        *(f"{kind}: {'; '.join(names)}" for kind, names in material.items() if names),
    ]


def run_evidence(options: argparse.Namespace, desk: Desk) -> None:
    """Show the record, or what ticked one box."""
    acts = desk.store.evidence(limit=EVERYTHING, include_withdrawn=True)
    if options.box is not None:
        keys = _keys_of(options.box, desk)
        acts = [act for act in acts if act.key in keys]

    def show() -> Sequence[RenderableType]:
        return [*_evidence_lines(acts)] or [
            "Nothing is recorded for this." if options.box else "Nothing is recorded yet."
        ]

    desk.tell({"evidence": [asdict(act) for act in acts]}, show)


def _keys_of(name: str, desk: Desk) -> set[str]:
    """The evidence that ticked a box; of a part's box, that of its leaves."""
    wanted = name.strip().casefold()
    for state in tracker_state(desk.curriculum, desk.evidence(), at=datetime.now(UTC)):
        if state.is_part and wanted in (state.box_id.casefold(), state.title.casefold()):
            return set(state.evidence_keys)
    return set(_standing_of(find_box(desk.curriculum, name)[0], desk)["evidence_keys"])


def run_export(options: argparse.Namespace, desk: Desk) -> None:
    """Write the record to a new file."""
    path = options.file.expanduser()
    count = export_file(desk.store, path, at=datetime.now(UTC))
    desk.tell({"file": path, "acts": count}, lambda: [f"Exported {_acts(count)} to {path}."])


def run_import(options: argparse.Namespace, desk: Desk) -> None:
    """Take an exported record in."""
    found = import_file(desk.store, options.file.expanduser())
    told = f"Imported {_acts(found.acts)}, {found.known_acts} known before; {found.withdrawals} withdrawn by it."
    desk.tell(asdict(found), lambda: [told])


# How it looks


def _acts(count: int) -> str:
    return f"{count} act{'' if count == 1 else 's'}"


def _box_lines(states: Sequence[BoxState]) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    for state in states:
        margin = 0 if state.is_part else 4
        title = Text(f"[{'x' if state.done else ' '}] {state.title}", style="bold" if state.is_part else "")
        since = f" {_WAYS[state.way]} since {state.since:%Y-%m-%d}." if state.since else ""
        yield Padding(title.append(f"  {state.box_id}", style="dim"), (0, 0, 0, margin))
        yield Padding(Text(state.reason + since, style="dim"), (0, 0, 0, margin + 4))


def _evidence_lines(acts: Sequence[Evidence]) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    for act in acts:
        withdrawn = f", withdrawn {_minute(act.withdrawn_at)}" if act.withdrawn_at else ""
        yield Text(f"{_minute(act.at)}  {act.kind}  {act.item_id}: {act.outcome:.2f}{withdrawn}")
        yield Padding(Text(act.key, style="dim", overflow="fold"), (0, 0, 0, 4))


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


if __name__ == "__main__":
    sys.exit(main())
