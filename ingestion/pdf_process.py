"""One long-lived process that reads and draws PDFs, killed and restarted when a file breaks it.

Hostile PDFs abort pdfium rather than raise, so nothing of it runs in our own process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import errors
from errors import DamagedDocumentError, DocumentError, OversizedDocumentError, ScannedDocumentError, StudyError
from ingestion.document import Box, Document
from ingestion.document_json import document_from_json
from ingestion.frames import read_frame, read_json, write_json
from ingestion.limits import DEFAULT_LIMITS, ReadLimits
from ingestion.text_recognition import MOST_PAGES, PIXELS_PER_POINT, RecognisedLine, find_program, recognise

ROOT = Path(__file__).resolve().parent.parent
REQUESTS_PER_PROCESS = 500
"""After so many the process is replaced, so that leaks of the libraries stay small."""
KEPT_VARIABLES = ("PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH")
LOG = logging.getLogger(__name__)


class WorkerDiedError(Exception):
    """The process ended in the middle of a request."""


MOST_RESTING = 2
"""Processes of this program that may wait for another request, each with its 60 MB: a second look at a page is quick,
and what twenty learners once looked at does not stay in memory."""


class PdfProcess:
    """Reads and draws PDFs in a child process. Safe to use from several threads, which take turns.

    With `idle_seconds` the process ends when it was not needed for so long, or when `MOST_RESTING` others rest that
    were needed later.
    """

    def __init__(self, limits: ReadLimits = DEFAULT_LIMITS, *, idle_seconds: float | None = None) -> None:
        self.limits = limits
        self._idle_seconds = idle_seconds
        self._resting: threading.Timer | None = None
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests = 0
        self._timed_out = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later request starts a new one."""
        with self._lock:
            self._stop()
            self._wake()

    def read(self, path: Path) -> Document:
        """The document in a PDF file.

        Raises:
            DocumentError: the child of it that says why the file cannot be read.
        """
        try:
            document = self._read(path, {})
        except ScannedDocumentError:
            program = self._program()
            lines = self._recognised(program, path, range(1, self._page_count(path) + 1)) if program else {}
            if not lines:
                raise
            return self._read(path, lines)
        without_text = [page.number for page in document.pages if not page.text.strip()]
        program = self._program() if without_text else None
        lines = self._recognised(program, path, without_text) if program else {}
        return self._read(path, lines) if lines else document

    def _read(self, path: Path, recognised: Mapping[int, list[RecognisedLine]]) -> Document:
        """The document, with the lines that were recognised on pages without text."""
        request: dict[str, Any] = {"task": "read", "path": str(path.absolute()), "pdfium": True}
        try:
            answer, _ = self._ask(request | {"recognised": [*recognised.items()]}, path)
        except WorkerDiedError:
            answer = self._second_try(request | {"pdfium": False, "recognised": []}, path)
        return document_from_json(answer["document"])

    def _program(self) -> str | None:
        return find_program() if self.limits.recognise_text else None

    def _page_count(self, path: Path) -> int:
        try:
            return int(self._ask({"task": "count", "path": str(path.absolute())}, path)[0]["pages"])
        except WorkerDiedError:
            return 0

    def _recognised(self, program: str, path: Path, numbers: Sequence[int]) -> dict[int, list[RecognisedLine]]:
        """What stands on the pictures of these pages, as far as it can be read."""
        found: dict[int, list[RecognisedLine]] = {}
        for number in numbers[:MOST_PAGES]:
            try:
                picture = self.render(path, number, scale=PIXELS_PER_POINT)
            except DocumentError:
                continue
            lines = recognise(
                program,
                picture,
                timeout_seconds=self.limits.timeout_seconds,
                memory_megabytes=self.limits.memory_megabytes,
            )
            if lines:
                found[number] = lines
        return found

    def render(self, path: Path, page_number: int, *, scale: float = 2.0, marks: Sequence[Box] = ()) -> bytes:
        """The page (1-based) as PNG with translucent `marks`, `scale` pixels for each point.

        Raises:
            DocumentError: the child of it that says why the page cannot be drawn.
        """
        boxes = [(mark.left, mark.top, mark.right, mark.bottom) for mark in marks]
        request = {
            "task": "render",
            "path": str(path.absolute()),
            "page": page_number,
            "scale": scale,
            "marks": boxes,
        }
        try:
            return self._ask(request, path)[1]
        except WorkerDiedError as error:
            raise DamagedDocumentError(
                f"Page {page_number} of {path.name} cannot be drawn: it breaks the PDF reader."
            ) from error

    def _second_try(self, request: dict[str, Any], path: Path) -> dict[str, Any]:
        """What pypdf makes of a file that ended the process."""
        broken = DamagedDocumentError(
            f"{path.name} is damaged, or needs more than the limit of {self.limits.memory_megabytes} MB.",
            hint="Download it again, or save it anew from a PDF reader.",
        )
        try:
            return self._ask(request, path)[0]
        except (WorkerDiedError, DamagedDocumentError) as error:
            raise broken from error

    def _ask(self, request: dict[str, Any], path: Path) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            self._wake()
            try:
                answer, picture = self._exchange(request, path)
            finally:
                resting = self._rest()
        if resting is not None:
            _let_rest(self, resting)
        if "defect" in answer:
            LOG.error("reading %s failed:\n%s", path.name, answer["defect"])
            raise DamagedDocumentError(
                f"{path.name} is damaged and cannot be read.",
                hint="Save it anew from a PDF reader and try again.",
            )
        if "error" in answer:
            raise self._error(answer, path)
        return answer, picture

    def _error(self, answer: dict[str, Any], path: Path) -> StudyError:
        kind = getattr(errors, answer["error"])
        if kind is OversizedDocumentError and not answer["message"]:
            return OversizedDocumentError(
                f"{path.name} needs more memory than the limit of {self.limits.memory_megabytes} MB.",
                hint="Split it into smaller files, or raise STUDY_PARSE_MEMORY_MEGABYTES.",
            )
        error: StudyError = kind(answer["message"], hint=answer["hint"])
        return error

    def _exchange(self, request: dict[str, Any], path: Path) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        self._timed_out = False
        timer = threading.Timer(self.limits.timeout_seconds, self._kill_late, [process])
        timer.daemon = True
        timer.start()
        try:
            write_json(process.stdin, request)  # type: ignore[arg-type]
            answer = read_json(process.stdout)  # type: ignore[arg-type]
            picture = read_frame(process.stdout) if answer["has_picture"] else b""  # type: ignore[arg-type]
        except (EOFError, OSError, ValueError) as error:
            self._stop()
            if self._timed_out:
                raise OversizedDocumentError(
                    f"{path.name} took longer than {self.limits.timeout_seconds:g} seconds to read.",
                    hint="Split it into smaller files, or raise STUDY_PARSE_TIMEOUT_SECONDS.",
                ) from error
            raise WorkerDiedError(path.name) from error
        finally:
            timer.cancel()
        if self._timed_out:
            self._stop()
        return answer, picture

    def _kill_late(self, process: subprocess.Popen[bytes]) -> None:
        self._timed_out = True
        process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        self._requests += 1
        if self._process is not None and (self._process.poll() is not None or self._requests > REQUESTS_PER_PROCESS):
            self._stop()
        if self._process is None:
            self._requests = 1
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-m", "ingestion.pdf_worker", str(self.limits.memory_megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=_environment(),
            )
        return self._process

    def _rest(self) -> threading.Timer | None:
        """End the process after a while, unless it is needed before; None when it has no end of that kind."""
        if self._idle_seconds is None or self._process is None:
            return None
        timer = self._resting = threading.Timer(self._idle_seconds, lambda: self._end_if_idle(timer))
        timer.daemon = True
        timer.start()
        return timer

    def _wake(self) -> None:
        timer, self._resting = self._resting, None
        if timer is not None:
            timer.cancel()

    def _end_if_idle(self, timer: threading.Timer) -> None:
        with self._lock:
            if self._resting is timer:  # else it was needed while this waited for the lock
                self._resting = None
                self._stop()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def _environment() -> dict[str, str]:
    """What Python needs to start, and nothing else: no keys, no tokens, no home."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


_resting: list[tuple[PdfProcess, threading.Timer]] = []
"""Who rests, the longest first; one that was needed meanwhile has another timer, or none."""
_resting_lock = threading.Lock()


def _let_rest(process: PdfProcess, timer: threading.Timer) -> None:
    """Remember that it rests, and end those that are too many. No process is locked when this is called."""
    with _resting_lock:
        still = [(one, its) for one, its in _resting if one._resting is its]
        still.append((process, timer))
        ended, _resting[:] = still[:-MOST_RESTING], still[-MOST_RESTING:]
    for one, its in ended:
        one._end_if_idle(its)
