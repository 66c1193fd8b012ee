"""Runs a lesson in a kernel of its own: `python -m curriculum.notebook_run NAME [PATH] [--out FILE.ipynb]`."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curriculum.isolation import isolated_environment
from curriculum.notebook_text import exercises, ipynb_of, notebook_path, notebook_paths, read_cells, to_ipynb
from curriculum.notebook_values import Cell, CheckOutcome, Exercise, NotebookOutcome, Variant
from errors import MissingPackageError, NotebookError, StudyError

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

__all__ = ["exercises", "main", "notebook_path", "notebook_paths", "run_learners", "run_notebook", "to_ipynb"]

TIME_LIMIT_SECONDS = 300.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_SETUP = """
from curriculum.isolation import stay_home as _stay_home
_stay_home()
try:
    import torch as _torch
    _torch.set_num_threads(2)
except ImportError:
    pass
del _stay_home
"""
"""Run before the lesson: no connection leaves this computer, and two threads are enough."""


def run_notebook(
    path: Path, *, variant: Variant = "solutions", time_limit_seconds: float = TIME_LIMIT_SECONDS
) -> NotebookOutcome:
    """What a run of a lesson finds, with our solutions or the stubs in its exercise cells.

    With the stubs, each solution still follows its check, so every check is a test of its own stub only.
    """
    tasks = exercises(path)
    cells = read_cells(path)
    if variant == "solutions":
        solution = {f"exercise-{task.number}": task.solution for task in tasks}
        cells = tuple(
            replace(cell, source=solution.get(cell.identity, cell.source)) for cell in cells if cell.role != "solution"
        )
    return _run(path.stem, cells, tasks, time_limit_seconds)


def run_learners(path: Path, filled: Path, *, time_limit_seconds: float = TIME_LIMIT_SECONDS) -> NotebookOutcome:
    """What a run of the learner's filled copy of a lesson finds, an .ipynb or a .py file.

    The learner's cells run as they are, but each check is ours, and our solution comes after it and never before.
    """
    tasks = exercises(path)
    ours = {f"check-{task.number}": task for task in tasks}
    cells: list[Cell] = []
    for cell in read_cells(filled):
        if cell.role == "solution":
            continue
        task = ours.pop(cell.identity, None)
        if task is None:
            cells.append(replace(cell, role="code") if cell.role == "check" else cell)
        else:
            cells.append(replace(cell, source=task.check))
            cells.append(Cell("solution", task.solution, f"solution-{task.number}", ("solution",)))
    return _run(path.stem, cells, tasks, time_limit_seconds)


def _run(name: str, cells: Sequence[Cell], tasks: Sequence[Exercise], time_limit_seconds: float) -> NotebookOutcome:
    started_at = time.monotonic()
    notebook, finished, early_end = _execute(cells, time_limit_seconds)
    failures = {entry["id"]: failure for entry in notebook["cells"] if (failure := _failure(entry))}
    checks = {f"check-{task.number}" for task in tasks}
    faults = [f"Cell {identity} failed. {message}" for identity, message in failures.items() if identity not in checks]
    return NotebookOutcome(
        name=name,
        checks=tuple(_check_outcome(task, failures, finished) for task in tasks),
        faults=(*faults, *((early_end,) if early_end else ())),
        figure_count=sum(_figures_in(entry) for entry in notebook["cells"]),
        seconds=time.monotonic() - started_at,
        notebook=(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode(),
    )


def _check_outcome(task: Exercise, failures: Mapping[str, str], finished: set[str]) -> CheckOutcome:
    identity = f"check-{task.number}"
    message = failures.get(identity, "" if identity in finished else "The check cell is missing or did not end.")
    return CheckOutcome(task.number, task.title, passed=not message, message=message)


def _failure(entry: Mapping[str, Any]) -> str:
    """What the cell's error said; empty when it had none."""
    for output in entry.get("outputs", ()):
        if output["output_type"] == "error":
            text = _COLOURS.sub("", str(output["evalue"])).strip()
            kind = str(output["ename"])
            return text if text and kind == "AssertionError" else f"{kind}: {text}".removesuffix(": ")
    return ""


def _figures_in(entry: Mapping[str, Any]) -> int:
    return sum("image/png" in output.get("data", {}) for output in entry.get("outputs", ()))


def _execute(cells: Sequence[Cell], time_limit_seconds: float) -> tuple[dict[str, Any], set[str], str]:
    """The executed notebook as plain values, the cells that ran to their end, and why it ended early if it did."""
    try:
        import nbformat
        from jupyter_client.kernelspec import NoSuchKernel
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
    except ImportError as error:
        raise MissingPackageError(
            "Running lessons needs Jupyter's packages.", hint='Install them with: pip install -e ".[notebooks]"'
        ) from error
    early_end = ""
    setup = Cell("code", _SETUP, "setup")
    content = ipynb_of([setup, *cells]).decode()
    notebook = nbformat.reads(content, as_version=4)  # type: ignore[no-untyped-call]
    finished: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="lesson-", ignore_cleanup_errors=True) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Jupyter's own; what a cell warns of is in its outputs
        try:
            client = _client(notebook, Path(folder), time_limit_seconds)
            client.on_cell_executed = lambda cell, **_: finished.add(cell["id"])
            client.execute(env=_environment(Path(folder)), cleanup_kc=True)
        except CellTimeoutError:
            early_end = f"The notebook took longer than {time_limit_seconds:g} seconds and was ended."
        except DeadKernelError:
            early_end = "Python ended while the notebook ran, perhaps for want of memory."
        except NoSuchKernel as error:
            raise MissingPackageError(
                "There is no Python kernel to run lessons in.", hint="Install it with: pip install ipykernel"
            ) from error
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "setup"]
    return json.loads(json.dumps(notebook)), finished, early_end


def _client(notebook: NotebookNode, folder: Path, time_limit_seconds: float) -> NotebookClient:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    ends_at = time.monotonic() + time_limit_seconds
    # Only the kernel of this very Python: a "python3" that the user registered may lack our packages.
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(folder / "kernel.json"),
        transport="tcp" if sys.platform == "win32" else "ipc",
    )
    return NotebookClient(
        notebook,
        km=manager,
        timeout_func=lambda cell: max(1.0, ends_at - time.monotonic()),
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        shutdown_kernel="immediate",
    )


def _environment(folder: Path) -> dict[str, str]:
    return {
        **isolated_environment(folder),
        "IPYTHONDIR": str(folder / ".ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when every check passed, 1 when one failed or the notebook could not be run."""
    parser = argparse.ArgumentParser(prog="python -m curriculum.notebook_run", description="Runs a lesson's notebook.")
    parser.add_argument("name", help="a lesson's name or number, for example 01_pytorch_basics or 1")
    parser.add_argument("path", nargs="?", type=Path, help="your filled copy; without it, our solutions are run")
    parser.add_argument("--stubs", action="store_true", help="run the empty exercises: every check must fail")
    parser.add_argument("--out", type=Path, help="write the executed notebook to this .ipynb file")
    parser.add_argument("--limit", type=float, default=TIME_LIMIT_SECONDS, metavar="SECONDS", help="time limit")
    options = parser.parse_args(arguments)
    try:
        lesson = notebook_path(options.name)
        if options.path:
            outcome = run_learners(lesson, options.path, time_limit_seconds=options.limit)
        else:
            variant: Variant = "stubs" if options.stubs else "solutions"
            outcome = run_notebook(lesson, variant=variant, time_limit_seconds=options.limit)
        if options.out:
            _write(options.out, outcome.notebook)
    except StudyError as error:
        sys.stderr.write(error.as_text() + "\n")
        return 1
    sys.stdout.write(report(outcome) + "\n")
    return 0 if outcome.passed else 1


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise NotebookError(f"The notebook cannot be written to {path}.", hint="Choose another place.") from error


def report(outcome: NotebookOutcome) -> str:
    """The outcome in lines of text: each check, each fault, figures and time."""
    lines = [
        f"{'passed' if check.passed else 'FAILED'}  {check.title}" + (f": {check.message}" if check.message else "")
        for check in outcome.checks
    ]
    lines += [f"FAILED  {fault}" for fault in outcome.faults]
    passed = sum(check.passed for check in outcome.checks)
    summary = f"{passed} of {len(outcome.checks)} checks passed"
    return "\n".join([*lines, f"{outcome.name}: {summary}, {outcome.figure_count} figures, {outcome.seconds:.1f} s"])


if __name__ == "__main__":
    sys.exit(main())
