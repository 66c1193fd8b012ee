"""Checks the learner's project: `check_project`. The checks are ours; only the code they call is the learner's."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from curriculum.item_names import find_project
from curriculum.load import load_curriculum
from curriculum.project_process import ChecksProcess
from curriculum.project_text import project_guide
from curriculum.project_values import ProjectCheck, ProjectCheckOutcome, ProjectGuide, ProjectOutcome
from errors import MissingPackageError, ProjectError

TIME_LIMIT_SECONDS = 90.0
"""Longest time for one check; our solutions take less than half of it for all of theirs."""
TOTAL_LIMIT_SECONDS = 600.0
"""Longest time for all checks of a project together."""
_START_SECONDS = 60.0
"""Longest time for the start of a child, which imports torch."""


def check_project(
    number_or_name: int | str,
    path: Path,
    *,
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
    total_limit_seconds: float = TOTAL_LIMIT_SECONDS,
) -> ProjectOutcome:
    """What the checks of a project of the roadmap find in the learner's folder.

    Raises:
        ProjectError: there is no such project, or the folder is not one for it.
        MissingPackageError: the checks need a package that is not installed.
    """
    project = find_project(load_curriculum(), str(number_or_name))
    return check_guided(project_guide(project), path, time_limit_seconds, total_limit_seconds)


def check_guided(
    guide: ProjectGuide,
    path: Path,
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
    total_limit_seconds: float = TOTAL_LIMIT_SECONDS,
) -> ProjectOutcome:
    """The same for a project that was read before.

    A check that takes too long or ends Python costs its process; those after it run in a new one.
    """
    folder = _folder(guide, path)
    started_at = time.monotonic()
    ends_at = started_at + total_limit_seconds
    outcomes: list[ProjectCheckOutcome] = []
    output = ""
    while rest := guide.checks[len(outcomes) :]:
        if time.monotonic() >= ends_at:
            late = f"Not run: the checks before it took {total_limit_seconds:g} seconds together."
            outcomes += [_failed(check, late) for check in rest]
            break
        with tempfile.TemporaryDirectory(prefix="project-", ignore_cleanup_errors=True) as scratch:
            process = ChecksProcess(guide.check_file.resolve(), folder, [check.name for check in rest], Path(scratch))
            try:
                outcomes += _outcomes(process, rest, time_limit_seconds, ends_at)
            finally:
                output = process.close() or output
    seconds = time.monotonic() - started_at
    return ProjectOutcome(guide.number, guide.name, guide.title, tuple(outcomes), seconds, output)


def _folder(guide: ProjectGuide, path: Path) -> Path:
    again = f"Make it with: python -m curriculum start {guide.number} NEW_FOLDER"
    if not path.exists():
        raise ProjectError(f"There is no folder {path}.", hint=again)
    if not path.is_dir():
        raise ProjectError(f"{path} is not a folder.", hint=f"Give the folder that holds {', '.join(guide.files)}.")
    missing = [name for name in guide.files if not (path / name).is_file()]
    if missing:
        raise ProjectError(f"{path} lacks {', '.join(missing)} of project {guide.number}, {guide.title}.", hint=again)
    return path.resolve()


def _outcomes(
    process: ChecksProcess, checks: Sequence[ProjectCheck], time_limit_seconds: float, ends_at: float
) -> list[ProjectCheckOutcome]:
    """What the process finds until it has run all checks or one of them ended it: at least one outcome."""
    found: list[ProjectCheckOutcome] = []
    for check in checks:
        if not _begins(process, first=not found):
            break
        began_at = time.monotonic()
        limit_seconds = max(0.0, min(time_limit_seconds, ends_at - began_at))
        try:
            event = process.next_event(limit_seconds)
        except TimeoutError:
            late = f"It took longer than {limit_seconds:g} seconds and was ended; look for a loop that does not end."
            return [*found, _failed(check, late, limit_seconds)]
        if event is None:
            died = "Python ended during this check; look for os._exit, or for far too much memory."
            return [*found, _failed(check, died, time.monotonic() - began_at)]
        message, trace, seconds = str(event["message"]), tuple(event["trace"]), float(event["seconds"])
        found.append(ProjectCheckOutcome(check.name, check.title, not message, message, seconds, trace))
    return found


def _begins(process: ChecksProcess, *, first: bool) -> bool:
    """Whether the next check has begun; False when the process ended between two checks.

    Raises:
        ProjectError, MissingPackageError: not even the first one begins.
    """
    try:
        event = process.next_event(_START_SECONDS)
    except TimeoutError:
        event = None
    if event and event.get("package_missing"):
        raise MissingPackageError(
            f"The checks need a package that is not installed ({event['broken']}).",
            hint='Install what lessons and projects need with: pip install -e ".[notebooks]"',
        )
    if (event is None and first) or (event and "broken" in event):
        told = event["broken"] if event else (process.stray.strip().splitlines() or [""])[-1]
        raise ProjectError("The checks cannot be started, which is a fault of the project's.", hint=told)
    return event is not None


def _failed(check: ProjectCheck, message: str, seconds: float = 0.0) -> ProjectCheckOutcome:
    return ProjectCheckOutcome(check.name, check.title, False, message, seconds)
