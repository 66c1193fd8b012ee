"""The address that gives a learner everything of theirs as one file."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from ui.document_files import may_read
from ui.own_data import write_export
from ui.translation import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from ui.services import Services

WAIT_SECONDS = 60
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY"}


def own_data_route(services: Services) -> Route:
    """The route for the app that serves the page; who is not logged in where a login is asked for gets nothing."""
    from starlette.background import BackgroundTask
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import FileResponse, PlainTextResponse
    from starlette.routing import Route

    async def send(request: Request) -> Response:
        if not may_read(request):
            return PlainTextResponse(_("Log in first."), status_code=401)
        try:
            path = await run_in_threadpool(_written, services)
        except StudyError as error:
            return PlainTextResponse(error.as_text(), status_code=503)
        removal = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
        name = f"study-data-{datetime.now(UTC):%Y-%m-%d}.zip"
        return FileResponse(path, media_type="application/zip", filename=name, headers=_HEADERS, background=removal)

    return Route("/my-data.zip", send, methods=["GET"])


def _written(services: Services) -> Path:
    rooms, home = services.rooms(timeout_seconds=WAIT_SECONDS), services.home
    folder = home / "uploads"  # which the export leaves out
    folder.mkdir(exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="export-", dir=folder)) / "data.zip"
    try:
        write_export(home, rooms, path, datetime.now(UTC))
    except BaseException:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    return path
