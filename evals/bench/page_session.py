"""One browser page without a browser: the requests of Gradio's own script, to ask a question and hear the answer.

The server sends the first picture of a component whole, then only what changed of it
(`gradio.blocks.Blocks.handle_streaming_diffs`); the chat is put together from both, as the browser does.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from errors import StudyError
from evals.bench.quick_model import FIRST_WORD, TOKEN

if TYPE_CHECKING:
    import httpx

ANSWER_SECONDS = 120.0
CHAT = 0
"""Place of the conversation among what the handler of a question fills."""


@dataclass(frozen=True, slots=True)
class AskEvent:
    """The handler of the question box, as the page's configuration names it."""

    number: int
    inputs: int


@dataclass(slots=True)
class Heard:
    """What came back for one question."""

    token: str
    first_seconds: float = 0.0
    """From sending the question to the first word of its answer; 0 when there was none."""
    all_seconds: float = 0.0
    fault: str = ""
    strange: set[str] = field(default_factory=set)
    """Tokens of others that stood in the conversation."""
    strange_anywhere: set[str] = field(default_factory=set)
    """Tokens of others that stood in anything that was sent, the list of conversations included."""
    pictures: int = 0
    """Times the answer was sent as far as it was."""
    bytes: int = 0


async def ask_event(client: httpx.AsyncClient) -> AskEvent:
    """Which handler takes a question.

    Raises:
        StudyError: the page has none.
    """
    config = (await client.get("/config")).json()
    boxes = {one["id"] for one in config["components"] if one["props"].get("elem_id") == "question"}
    for event in config["dependencies"]:
        if any(target in boxes and trigger == "submit" for target, trigger in event["targets"]):
            return AskEvent(event["id"], len(event["inputs"]))
    raise StudyError("The page has no box for questions.")


def new_token() -> str:
    """What marks a question and nobody else's."""
    return f"token{uuid4().hex[:12]}"


async def ask(client: httpx.AsyncClient, event: AskEvent, question: str, token: str) -> Heard:
    """Ask as a new page, and listen until the answer is whole."""
    heard, session = Heard(token), uuid4().hex
    body = {
        "data": [f"{question} {token}", *[""] * (event.inputs - 1)],
        "fn_index": event.number,
        "session_hash": session,
        "event_data": None,
        "trigger_id": None,
    }
    started = time.perf_counter()
    try:
        joined = await client.post("/gradio_api/queue/join", json=body)
        joined.raise_for_status()
        await _listen(client, session, heard, started)
    except Exception as error:
        heard.fault = f"{type(error).__name__}: {error}"
    heard.all_seconds = time.perf_counter() - started
    if not heard.fault and not heard.first_seconds:
        heard.fault = "no answer came"
    return heard


async def _listen(client: httpx.AsyncClient, session: str, heard: Heard, started: float) -> None:
    sent: Any = None
    shown = ""
    query = {"session_hash": session}
    async with client.stream("GET", "/gradio_api/queue/data", params=query, timeout=ANSWER_SECONDS) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if not line.startswith("data: "):
                continue
            heard.bytes += len(line)
            heard.strange_anywhere |= set(TOKEN.findall(line)) - {heard.token}
            message = json.loads(line[len("data: ") :])
            match message["msg"]:
                case "process_generating":
                    update = message["output"]["data"][CHAT]
                    sent = after_changes(sent, update) if heard.pictures else update
                    heard.pictures += 1
                    shown = json.dumps(sent) if isinstance(sent, list) else shown  # else it says: as it was
                    heard.strange |= set(TOKEN.findall(shown)) - {heard.token}
                    if not heard.first_seconds and FIRST_WORD in shown:
                        heard.first_seconds = time.perf_counter() - started
                case "process_completed":
                    if not message["success"]:
                        heard.fault = str(message["output"])[:200]
                    elif f"{FIRST_WORD} {heard.token}" not in shown:
                        heard.fault = f"another answer: {shown[-200:]}"
                    return
                case "unexpected_error":
                    heard.fault = str(message)[:200]
                    return


def after_changes(sent: Any, changes: list[Any]) -> Any:
    """What was sent of a component, after the changes since."""
    for action, path, value in changes:
        sent = _changed(sent, action, path, value)
    return sent


def _changed(whole: Any, action: str, path: list[Any], value: Any) -> Any:
    if not path:
        return whole + value if action == "append" else value
    place: Any = whole
    for step in path[:-1]:
        place = place[step]
    last = path[-1]
    match action:
        case "append":
            place[last] += value
        case "delete":
            del place[last]
        case "add" if isinstance(place, list):
            place.insert(int(last), value)
        case _:
            place[last] = value
    return whole
