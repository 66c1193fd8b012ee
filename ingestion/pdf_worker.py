"""The process that opens PDFs: reads requests from its standard input, answers on its standard output.

Started by pdf_process.py as `python -m ingestion.pdf_worker MEMORY_MEGABYTES`. It may be killed, and may kill
itself by running out of memory, at any time; it holds nothing that matters.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, BinaryIO

from errors import OversizedDocumentError, StudyError
from ingestion.document import Box
from ingestion.document_json import document_to_json
from ingestion.frames import read_json, write_frame, write_json
from ingestion.pdf_document import count_pages, read_pdf
from ingestion.pdf_render import render_page
from ingestion.text_recognition import printed_lines

PARENT_CHECK_SECONDS = 2.0


def main() -> None:
    """Serve until the parent closes the pipe."""
    requests, answers = _private_pipes()
    _limit_memory(int(sys.argv[1]))
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    gc.disable()  # many small objects and no cycles: collecting took a fifth of the time
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            _serve(read_json(requests), answers)
            gc.collect()


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes, moved away from where libraries print."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    return requests, answers


def _limit_memory(megabytes: int) -> None:
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)


def _serve(request: dict[str, Any], answers: BinaryIO) -> None:
    picture = b""
    try:
        if request["task"] == "render":
            marks = [Box(*mark) for mark in request["marks"]]
            picture = render_page(Path(request["path"]), request["page"], scale=request["scale"], marks=marks)
            answer: dict[str, Any] = {}
        elif request["task"] == "count":
            answer = {"pages": count_pages(Path(request["path"]))}
        else:
            recognised = {number: printed_lines(lines) for number, lines in request["recognised"]}
            document = read_pdf(Path(request["path"]), use_pdfium=request["pdfium"], recognised=recognised)
            answer = {"document": document_to_json(document)}
    except StudyError as error:
        answer = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    except (MemoryError, RecursionError):
        answer = {"error": OversizedDocumentError.__name__, "message": "", "hint": ""}
    except Exception:  # noqa: BLE001 - handed to the parent, which logs it
        answer = {"defect": traceback.format_exc()}
    answer["has_picture"] = bool(picture)
    write_json(answers, answer)
    if picture:
        write_frame(answers, picture)


if __name__ == "__main__":
    main()
