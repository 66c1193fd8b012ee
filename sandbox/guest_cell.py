"""Runs cells inside a guest: the only code of ours that shares a process with the learner's.

Needs the standard library alone, so that every wall can load this file into its guest. What it returns is a
plain dictionary for JSON; the supervisor trusts none of it (answers.py).
"""

from __future__ import annotations

import ast
import base64
import errno
import importlib.abc
import importlib.util
import io
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

Note = list[Any]
"""The name of a sentence in answers.py, then its numbers."""
KEPT_FRAMES = 8
"""Frames shown at each end of a long traceback."""
ERROR_HEAD, ERROR_TAIL = 6_000, 1_900
"""Characters kept at each end of a long error."""
REFUSALS = frozenset(
    getattr(errno, name, errno.EPERM) for name in ("EPERM", "EACCES", "EROFS", "ENOSYS", "ENOTCAPABLE", "ENOTSUP")
)
"""What a system says when it refuses."""
TOO_LARGE = frozenset((errno.EFBIG, errno.ENOSPC, errno.EDQUOT))


class OutputFloodError(Exception):
    """The cell prints without end."""


class CellRunner:
    """Runs cells one after another in one namespace.

    `write` takes the text that cells print, as it comes.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._cells = 0
        self._files: set[str] = set()
        self._former_main = sys.modules.get("__main__")
        self._module = types.ModuleType("__main__")
        sys.modules["__main__"] = self._module
        self._pictures = Pictures()
        os.environ["MPLBACKEND"] = "agg"
        sys.meta_path.insert(0, _AfterImport("matplotlib.pyplot", self._pictures.take_over))

    def run(self, code: str, limits: dict[str, Any]) -> dict[str, Any]:
        """Status, value, error, figures (base64 of PNG) and notes of the cell.

        `limits` are the fields of `SandboxLimits`, and `flood_characters`.
        """
        notes: list[Note] = []
        self._pictures.begin(limits, notes)
        output = _Output(self._write, limits["output_characters"], limits["flood_characters"])
        kept = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = output
        value, status, error = "", "ok", ""
        try:
            value = self._execute(code, limits["value_characters"], notes)
        except BaseException as fault:  # noqa: BLE001 - whatever the code raises is its result
            status, error = self._failure(fault, notes)
        try:
            self._pictures.collect()
        except BaseException as fault:  # noqa: BLE001 - drawing runs code of the learner, too
            notes.append(["figure-failed"])
            status, error = ("error", _last_line(fault)) if status == "ok" else (status, error)
        sys.stdout, sys.stderr = kept
        figures = [base64.b64encode(png).decode("ascii") for png in self._pictures.taken]
        return {"status": status, "value": value, "error": error, "figures": figures, "notes": notes}

    def _execute(self, code: str, most_characters: int, notes: list[Note]) -> str:
        """`repr` of the last expression, cut to `most_characters`."""
        name = self._remember(code)
        body, last = _split(ast.parse(code, name))
        scope = self._module.__dict__
        if body.body:
            exec(compile(body, name, "exec", dont_inherit=True), scope)  # noqa: S102 - the purpose of this file
        if last is None:
            return ""
        value = eval(compile(last, name, "eval", dont_inherit=True), scope)  # noqa: S307
        if value is None or code.rstrip().endswith(";") or _belongs_to_a_figure(value):
            return ""
        text = repr(value)
        if len(text) > most_characters:
            notes.append(["value-cut"])
        return text[:most_characters]

    def _remember(self, code: str) -> str:
        """The cell's file name, under which tracebacks find its lines."""
        self._cells += 1
        name = f"<cell {self._cells}>"
        self._files.add(name)
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        return name

    def _failure(self, fault: BaseException, notes: list[Note]) -> tuple[str, str]:
        """Status and trimmed traceback of what the cell raised."""
        if isinstance(fault, SystemExit) and fault.code in (None, 0):
            return "ok", ""
        if isinstance(fault, OutputFloodError):
            notes.append(["flood"])
            return "error", "The cell printed too much and was ended."
        note = _note_on(fault)
        if note:
            notes.append([note])
        memory = isinstance(fault, MemoryError) or "can't allocate memory" in _last_line(fault)
        return ("memory" if memory else "error"), _traceback(fault, self._files)


class _Output(io.TextIOBase):
    """Standard output and error of a cell: passes on the first characters, counts the rest."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, write: Callable[[str], object], kept: int, flood: int) -> None:
        self._pass_on = write
        self._left = kept + 1  # one more than is shown, so that the supervisor knows that it cuts
        self._until_flood = flood

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._left > 0:
            self._pass_on(text[: self._left])
        self._left -= len(text)
        self._until_flood -= len(text)
        if self._until_flood < 0:
            raise OutputFloodError
        return len(text)


class Pictures:
    """The figures of a cell: drawn when it calls `plt.show()`, or at its end, then closed."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self._limits: dict[str, Any] = {}
        self._notes: list[Note] = []
        self._left_out = 0

    def begin(self, limits: dict[str, Any], notes: list[Note]) -> None:
        """Forget the last cell's figures."""
        self.taken = []
        self._limits, self._notes, self._left_out = limits, notes, 0

    def take_over(self, pyplot: Any) -> None:
        """Make `show` of the freshly imported module collect figures."""
        figure_class = sys.modules["matplotlib.figure"].Figure
        pyplot.show = lambda *_, **__: self.collect()
        figure_class.show = lambda *_, **__: self.collect()

    def collect(self) -> None:
        """Draw all open figures in the order they were made, and close them."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        try:
            for number in pyplot.get_fignums():
                self._take(pyplot.figure(number))
        finally:
            pyplot.close("all")
        if self._left_out:
            self._notes[:] = [note for note in self._notes if note[0] != "figures-left-out"]
            self._notes.append(["figures-left-out", self._left_out])

    def _take(self, figure: Any) -> None:
        if len(self.taken) >= self._limits["figures"]:
            self._left_out += 1
            return
        width, height = (round(float(inches) * float(figure.dpi)) for inches in figure.get_size_inches())
        if width * height > self._limits["figure_pixels"]:
            self._notes.append(["figure-too-large", width, height])
            return
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=figure.dpi)
        if buffer.tell() > self._limits["figure_bytes"]:
            self._notes.append(["figure-too-heavy", buffer.tell()])
        else:
            self.taken.append(buffer.getvalue())


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function with one module when the code imports it, so that we need not import it first."""

    def __init__(self, name: str, action: Callable[[Any], None]) -> None:
        self._name = name
        self._action = action

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: types.ModuleType) -> None:
            execute(module)
            if module.__name__ == self._name:  # one loader serves all modules of a zip archive
                self._action(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _split(tree: ast.Module) -> tuple[ast.Module, ast.Expression | None]:
    """All but the last expression, and the last expression if the cell ends with one."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return tree, None
    last = ast.Expression(tree.body[-1].value)
    return ast.Module(tree.body[:-1], tree.type_ignores), last


def _belongs_to_a_figure(value: object) -> bool:
    """Whether it is a line, an axis or the like, whose `repr` says less than the figure itself."""
    if isinstance(value, (list, tuple)) and value:
        value = value[0]
    return type(value).__module__.partition(".")[0] == "matplotlib"


def _traceback(fault: BaseException, files: set[str]) -> str:
    """The traceback without our frames and those of libraries."""
    try:
        report = traceback.TracebackException.from_exception(fault, compact=True)
        _trim(report, files, set())
        if isinstance(fault, SyntaxError) and not report.stack:
            return _shortened("".join(report.format_exception_only()))
        return _shortened("".join(report.format()))
    except BaseException:  # noqa: BLE001 - e.g. no memory left for the report
        return type(fault).__name__


def _shortened(text: str) -> str:
    text = text.strip("\n")
    return text if len(text) <= ERROR_HEAD + ERROR_TAIL else f"{text[:ERROR_HEAD]} [...] {text[-ERROR_TAIL:]}"


def _trim(report: traceback.TracebackException, files: set[str], seen: set[int]) -> None:
    """Keep the learner's frames, here and in the faults behind this one."""
    if id(report) in seen:
        return
    seen.add(id(report))
    frames = [frame for frame in report.stack if frame.filename in files]
    repeated = len({(frame.filename, frame.lineno) for frame in frames[KEPT_FRAMES:-KEPT_FRAMES]}) == 1
    if len(frames) > 2 * KEPT_FRAMES and not repeated:
        frames = frames[:KEPT_FRAMES] + frames[-KEPT_FRAMES:]
    report.stack = traceback.StackSummary.from_list(frames)
    for name in ("__cause__", "__context__"):
        other = getattr(report, name)
        if other is not None:
            _trim(other, files, seen)
            if not other.stack:  # it came and went inside a library
                setattr(report, name, None)
    for other in getattr(report, "exceptions", None) or ():
        _trim(other, files, seen)


def _last_line(fault: BaseException) -> str:
    try:
        return "".join(traceback.format_exception_only(fault))[:2000].strip("\n")
    except BaseException:  # noqa: BLE001 - a `__str__` may do anything
        return type(fault).__name__


def _note_on(fault: BaseException) -> str:
    """The name of the sentence that explains a fault the sandbox has a part in; or empty."""
    if isinstance(fault, RuntimeError) and "start new thread" in _last_line(fault):
        return "no-thread"
    for kind, note in (
        (RecursionError, "recursion"),
        (EOFError, "no-input"),
        (ModuleNotFoundError, "no-module"),
    ):
        if isinstance(fault, kind):
            return note
    behind = getattr(fault, "reason", None)  # urllib's errors keep the system's there
    fault = behind if isinstance(behind, OSError) else fault
    return _note_on_refusal(fault) if isinstance(fault, OSError) else ""


def _note_on_refusal(fault: OSError) -> str:
    if fault.errno in TOO_LARGE:
        return "scratch-full"
    if fault.errno == errno.ENOENT and str(fault.filename).startswith("/"):
        return "no-file"
    if fault.errno not in REFUSALS:
        return ""
    called = set()
    trace = fault.__traceback__
    while trace is not None:
        called.add(trace.tb_frame.f_globals.get("__name__"))
        trace = trace.tb_next
    if "subprocess" in called or "multiprocessing.process" in called:
        return "no-process"
    if "socket" in called or "urllib.request" in called:
        return "no-network"
    return "no-file" if fault.filename is not None else ""
