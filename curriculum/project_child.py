"""The child process that runs a project's checks: `python -m curriculum.project_child CHECK_FILE FOLDER NAME...`.

It tells the parent one JSON object a line on what was its standard error; what the learner's code prints on either
channel goes to standard output.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from curriculum.isolation import stay_home

RUN_TIME_LIMIT_SECONDS = 20.0
MESSAGE_CHARACTERS = 800
"""Longest sentence of a failed check."""
_TRACE_LINES = 6
_SCRIPT = (
    "import runpy, sys; from curriculum.isolation import stay_home; stay_home(); "
    "folder, sys.argv = sys.argv[1], sys.argv[2:]; sys.path[0] = folder; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """What a run of the learner's script left."""

    returncode: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Project:
    """The learner's folder, as a check sees it."""

    path: Path

    def load(self, name: str) -> ModuleType:
        """The learner's module of that name; the same object at every call in one process."""
        file = self.path / f"{name.replace('.', '/')}.py"
        assert file.is_file(), f"There is no {file.name} in your folder; take it from a fresh start of the project."
        module = importlib.import_module(name)
        found = str(getattr(module, "__file__", None) or "a built-in module")
        assert Path(found) == file, f"`import {name}` finds {found}, not your {file.name}; rename the other one."
        return module

    def run(
        self, args: Sequence[str], input: str = "", *, time_limit_seconds: float = RUN_TIME_LIMIT_SECONDS
    ) -> ScriptRun:
        """What the learner's script (`args` is its name, then its arguments) does with this standard input."""
        script = self.path / args[0]
        assert script.is_file(), f"There is no {args[0]} in your folder; take it from a fresh start of the project."
        command = [sys.executable, "-c", _SCRIPT, str(self.path), str(script), *map(str, args[1:])]
        try:
            done = subprocess.run(
                command,
                input=input,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=time_limit_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{args[0]} took longer than {time_limit_seconds:g} seconds; look for a loop that does not end."
            ) from None
        return ScriptRun(done.returncode, done.stdout, done.stderr)


def main(arguments: Sequence[str]) -> None:
    """Run the named checks in order and tell of each when it begins and ends."""
    check_file, folder, *names = arguments
    report = _own_channel()
    stay_home()
    try:
        checks = _load_checks(Path(check_file))
    except Exception as error:  # told by the parent, which knows what the learner can do
        missing = isinstance(error, ModuleNotFoundError)
        _tell(report, {"broken": f"{type(error).__name__}: {error}", "package_missing": missing})
        return
    project = Project(Path(folder))
    sys.path.insert(0, folder)
    for name in names:
        _tell(report, {"begin": name})
        started_at = time.monotonic()
        message, trace = _run(getattr(checks, name), project)
        sys.stdout.flush()
        seconds = time.monotonic() - started_at
        _tell(report, {"end": name, "message": message, "trace": trace, "seconds": seconds})


def _own_channel() -> TextIO:
    """What was standard error, for us alone; from now on standard error is standard output."""
    own = os.dup(2)
    os.dup2(1, 2)
    return os.fdopen(own, "w", encoding="utf-8")


def _tell(report: TextIO, values: dict[str, Any]) -> None:
    report.write(json.dumps(values) + "\n")
    report.flush()


def _load_checks(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("project_check", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["project_check"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _run(check: Any, project: Project) -> tuple[str, list[str]]:
    """The sentence of a failed check and where in the learner's files it failed; both empty when it passed."""
    try:
        check(project)
    except BaseException as error:  # SystemExit too: the checks after this one must run
        return _told(error, project.path)
    return "", []


def _told(error: BaseException, folder: Path) -> tuple[str, list[str]]:
    stack = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in stack if _is_learners(frame.filename, folder)]
    trace = [f"{_place(frame, folder)}: {frame.line}" for frame in frames][-_TRACE_LINES:]
    text = " ".join(str(error).split())
    raised_in = stack[-1].filename
    if isinstance(error, AssertionError) and text and raised_in in (__file__, sys.modules["project_check"].__file__):
        return _shortened(text), trace
    if isinstance(error, NotImplementedError) and _is_learners(raised_in, folder):
        return _shortened(f"{frames[-1].name} in {_file(raised_in, folder)} is not written yet. {text}".rstrip()), []
    if isinstance(error, SyntaxError) and error.filename and _is_learners(error.filename, folder):
        return _shortened(f"{_file(error.filename, folder)}, line {error.lineno}, is not Python: {error.msg}."), []
    if isinstance(error, SystemExit):
        return "The code ended Python with sys.exit; let the function return instead.", trace
    place = f" in {_place(frames[-1], folder)}" if frames else ""
    return _shortened(f"{type(error).__name__}{place}: {text}".removesuffix(": ")), trace


def _is_learners(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder) and "site-packages" not in Path(file).parts


def _file(file: str, folder: Path) -> str:
    return Path(file).relative_to(folder).as_posix()


def _place(frame: traceback.FrameSummary, folder: Path) -> str:
    return f"{_file(frame.filename, folder)}, line {frame.lineno}, {frame.name}"


def _shortened(text: str) -> str:
    return text if len(text) <= MESSAGE_CHARACTERS else text[: MESSAGE_CHARACTERS - 1] + "…"


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # a thread that the learner's code left running would keep the process
