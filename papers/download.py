"""A paper's PDF, whole or not at all: checked while it comes, and taken up again where it broke off."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from errors import DownloadError, HomeError
from papers.pacing import never
from papers.transport import Answer, Transport, TroubleError

MOST_BYTES = 100_000_000
"""arXiv's own limit for a submission is half of it."""
MAGIC = b"%PDF-"
MAGIC_WITHIN_BYTES = 1024
"""Readers accept a few bytes before the mark (ISO 32000-1, appendix H.3.4.1)."""
WHOLE_SECONDS = 900.0
"""Longest time for one try."""

Progress = Callable[[int, int | None], None]
"""Hears bytes done, and bytes in all where arXiv said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfSource:
    """Where a PDF comes from, and what to call it."""

    url: str
    name: str
    """For people, e.g. "2305.18290v2"."""
    page_url: str
    """Its page at arXiv, for a learner who looks for themselves."""


def download_pdf(
    transport: Transport,
    source: PdfSource,
    target: Path,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = never,
    waiting: Callable[[float], None] | None = None,
) -> None:
    """Fetch a PDF to `target`; an interrupted one is taken up where it stopped.

    Raises:
        FetchStoppedError: `cancelled` said so; what came so far is kept.
        DownloadError: there is no PDF, it is none, it is too large, or it could not be had whole.
        HomeError: the disk cannot be written.
    """
    receiver = PdfReceiver(target, source, progress)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for again in (True, False):
            answer = transport.fetch(
                source.url,
                receiver,
                cancelled=cancelled,
                waiting=waiting,
                whole_seconds=WHOLE_SECONDS,
                fault=DownloadError,
            )
            if answer.status == 416 and again:  # the file changed and is shorter than what is here
                receiver.drop()
                continue
            break
        _refuse_bad_status(answer, source)
        receiver.finish()
    except OSError as error:
        raise HomeError(
            f"The PDF of {source.name} cannot be written ({error.strerror}).",
            hint="Check the free space and the permissions of STUDY_HOME.",
        ) from error
    finally:
        receiver.close()


class PdfReceiver:
    """Writes the pieces of a PDF beside its place, with a note of what they are pieces of."""

    def __init__(self, target: Path, source: PdfSource, progress: Progress | None) -> None:
        self._target, self._source, self._progress = target, source, progress
        self._part = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        self._stream: IO[bytes] | None = None
        self._done = 0
        self._total: int | None = None

    def headers(self) -> dict[str, str]:
        """Ask for the rest, if the file at arXiv is still the one that was begun."""
        self.close()
        begun, validator = self._size(), self._validator()
        accept = {"Accept": "application/pdf"}
        if not begun or not validator:
            return accept
        return {**accept, "Range": f"bytes={begun}-", "If-Range": validator}

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Open the file for the whole, or for the rest.

        Raises:
            DownloadError: it is a web page, or too large.
            TroubleError: it is not the part that was asked for.
        """
        if headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml")):
            raise self._web_page()
        self._done = self._size() if status == 206 else 0
        if status == 206 and not headers.get("content-range", "").startswith(f"bytes {self._done}-"):
            self.drop()
            raise TroubleError("arXiv sent another part than was asked for.")
        length = headers.get("content-length", "")
        self._total = self._done + int(length) if length.isascii() and length.isdigit() else None
        if (self._total or 0) > MOST_BYTES:
            raise self._too_large()
        validator = headers.get("etag", "") or headers.get("last-modified", "")
        weak = validator.startswith("W/")
        self._note.write_text(json.dumps({"url": self._source.url, "validator": "" if weak else validator}))
        self._stream = self._part.open("ab" if status == 206 else "wb", buffering=0)
        self._tell()

    def write(self, block: bytes) -> None:
        """Append a piece.

        Raises:
            DownloadError: it is a web page, or too large.
        """
        if self._stream is None:
            return
        if not self._done and block.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
            raise self._web_page()
        self._stream.write(block)
        self._done += len(block)
        if self._done > MOST_BYTES:
            raise self._too_large()
        self._tell()

    def end(self) -> None:
        """Make sure that nothing is missing.

        Raises:
            TroubleError: something is.
        """
        self.close()
        if self._total is not None and self._done < self._total:
            raise TroubleError(f"The PDF of {self._source.name} came incomplete ({self._done} of {self._total} bytes).")

    def finish(self) -> None:
        """Put the whole file in its place.

        Raises:
            DownloadError: it is no PDF.
        """
        with self._part.open("rb") as stream:
            if MAGIC not in stream.read(MAGIC_WITHIN_BYTES):
                self.drop()
                raise DownloadError(
                    f"What arXiv sent as {self._source.name} is no PDF.", hint=f"Look at {self._source.page_url}."
                )
            os.fsync(stream.fileno())
        self._part.replace(self._target)
        self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; what came so far stays."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def drop(self) -> None:
        """Forget what came so far."""
        self.close()
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _size(self) -> int:
        with contextlib.suppress(OSError):
            return self._part.stat().st_size
        return 0

    def _validator(self) -> str:
        """What tells whether the file at arXiv is still the same; empty when that cannot be told."""
        try:
            note: dict[str, Any] = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["validator"]) if note["url"] == self._source.url else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._done, self._total)

    def _web_page(self) -> DownloadError:
        self.drop()
        return DownloadError(
            f"arXiv sent a web page instead of the PDF of {self._source.name}.",
            hint=f"Open {self._source.page_url} in a browser, save the PDF and add the file.",
        )

    def _too_large(self) -> DownloadError:
        self.drop()
        return DownloadError(
            f"The PDF of {self._source.name} is larger than {MOST_BYTES // 1_000_000} MB and was not fetched.",
            hint=f"Open {self._source.page_url} in a browser if you need it.",
        )


def _refuse_bad_status(answer: Answer, source: PdfSource) -> None:
    if answer.status in (200, 206):
        return
    if answer.status in (404, 410):
        raise DownloadError(
            f"arXiv has no PDF of {source.name}.",
            hint=f"It may be withdrawn, or newer than an hour: see {source.page_url}.",
        )
    raise DownloadError(
        f"arXiv does not give out the PDF of {source.name} (HTTP {answer.status}).",
        hint=f"Try again later, or open {source.page_url} in a browser.",
    )
