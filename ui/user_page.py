"""The page of one user as an application of its own: its handlers, queue and files are this user's alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ui.launch import gradio_settings, own_routes

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ui.services import Services

MOST_SESSIONS = 24
"""As `ui.launch.MOST_SESSIONS`, of one learner's page: each takes a third of a megabyte."""
_building = threading.Lock()
"""Gradio notes in one place for the process which page is being built."""


def build_user_page(services: Services, name: str) -> FastAPI:
    """The page over one user's services; takes about half a second, and 5 MB. Not to be called on an event loop.

    Its lifespan starts the queue, so it must be entered before the first request.
    """
    return asyncio.run(_built(services, name))


async def _built(services: Services, name: str) -> FastAPI:
    """In a loop that runs, for Gradio makes one for each of its locks where none does, and never closes them."""
    import gradio as gr
    from fastapi import FastAPI

    from ui.page import build_page

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            page.close(verbose=False)  # its queue, which Gradio leaves to go on for ever

    with _building:
        page: Any = build_page(services, account=name)
        page.state_session_capacity = MOST_SESSIONS
        app: FastAPI = gr.mount_gradio_app(
            FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None),
            page,
            path="/",
            **gradio_settings(services),
            app_kwargs={"routes": own_routes(services)},
        )
        page.has_launched = True  # else Gradio does not check whose files a request names
    return app
