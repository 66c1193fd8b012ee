"""The library's PDFs under an address of their own, so that the browser's viewer can open them at a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from errors import StudyError
from ingestion.document import DocumentId
from ui.translation import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from ui.services import Services

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "X-Frame-Options": "DENY"}


def pdf_address(document_id: str, page_number: int) -> str:
    """Where a document is opened at a page, below the page's own address."""
    return f"documents/{document_id}.pdf#page={page_number}"


def document_route(services: Services) -> Route:
    """The route for the app that serves the page; who is not logged in where a login is asked for gets nothing."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import FileResponse, PlainTextResponse
    from starlette.routing import Route

    async def send(request: Request) -> Response:
        if not may_read(request):
            return PlainTextResponse(_("Log in first."), status_code=401)
        try:
            found = await run_in_threadpool(_find, services, str(request.path_params["document_id"]))
        except StudyError as error:
            return PlainTextResponse(error.as_text(), status_code=404)
        if found is None:
            return PlainTextResponse(_("There is no PDF of this document in the library."), status_code=404)
        path, name = found
        return FileResponse(
            path,
            media_type="application/pdf",
            filename=name,
            content_disposition_type="inline",
            headers=_HEADERS,
        )

    return Route("/documents/{document_id}.pdf", send, methods=["GET", "HEAD"])


def _find(services: Services, document_id: str) -> tuple[str, str] | None:
    if not _ID.fullmatch(document_id):
        return None
    library = services.rooms(timeout_seconds=60).library
    document = library.find_document(document_id)
    path = library.file_path(DocumentId(document.id))
    if document.kind != "pdf" or document.id != document_id or not path.is_file():
        return None
    return str(path), document.source_name


def may_read(request: Request) -> bool:
    """As Gradio judges its own routes: a cookie of a login where one is asked for."""
    app: Any = request.app
    if app.auth is None and app.auth_dependency is None:
        return True
    if app.auth_dependency is not None:
        return bool(app.auth_dependency(request))
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(app.tokens.get(request.cookies.get(name)) for name in names)
