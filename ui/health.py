"""Whether the page is up and its library open: for programs that watch it. Nothing of a learner's is in it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from errors import StudyError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from ui.services import Services

HEALTH = "/health"
DISTRIBUTION = "roadmap-study-assistant"
ASK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is told to everybody who asks, logged in or not."""

    library: str
    """`loading`, `ready` or `failed`; where users log in, of the library that new users begin with."""
    model: str
    """The model as the settings name it, or as it was found when the library was opened."""
    version: str

    @property
    def status(self) -> str:
        """`ok` also while the library is loading: questions wait for it; `failed` when none can be answered."""
        return "failed" if self.library == "failed" else "ok"

    def response(self) -> Response:
        """As JSON, with status 503 when no question can be answered."""
        from starlette.responses import JSONResponse

        status = 503 if self.status == "failed" else 200
        return JSONResponse({"status": self.status, **asdict(self)}, status, headers={"Cache-Control": "no-store"})


def health_of(services: Services) -> Health:
    """Of the one learner's page; opens and waits for nothing."""
    model = services.default_model
    if services.state == "ready":
        model = services.rooms(0).tutor.default_model
    return Health(library=services.state, model=model, version=version())


def health_route(tell: Callable[[], Health]) -> Route:
    """The address of the page that answers with it."""
    from starlette.routing import Route

    async def answer(request: Request) -> Response:
        return tell().response()

    return Route(HEALTH, answer, methods=["GET", "HEAD"])


def version() -> str:
    """The installed version; empty when the code runs without being installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(DISTRIBUTION)
    except PackageNotFoundError:
        return ""


def ask_health(address: str) -> str:
    """What the page at this address says of itself, as one line of JSON.

    Raises:
        StudyError: nothing answers there, something else does, or the page says that it failed.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the page is on this machine
    try:
        with opener.open(f"{address}{HEALTH}", timeout=ASK_SECONDS) as answer:
            told = json.loads(answer.read(10_000))
    except urllib.error.HTTPError as error:
        raise StudyError(f"The page at {address} answers with {error.code}.", hint="Its log says why.") from error
    except (OSError, ValueError) as error:
        raise StudyError(f"No page answers at {address}.", hint="Start it with: python app.py") from error
    if not isinstance(told, dict) or told.get("status") != "ok":
        raise StudyError(f"What answers at {address} is not well, or not this page.", hint="Its log says why.")
    return json.dumps(told)
