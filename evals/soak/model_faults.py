"""A server that fails in front of the model: each turn ends in a readable sentence, in time, and the next one works."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from agent.context import Limits
from agent.events import AnswerFinished, Event, TurnFailed
from agent.llm import ModelOptions, load_chat_model
from agent.tutor import Tutor
from errors import StudyError
from evals.soak.counts import Count
from evals.soak.fault_server import HEALTHY, MODEL, Fault, FaultServer, Kind, fault_server
from evals.soak.small_library import WordEmbedder
from evals.soak.soak import Soak
from ingestion.characters import INVISIBLE

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PART = "model-faults"
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind)
TRIES, SHORT_TRIES = 10, 1
PROVIDERS = ("ollama", "openai")
PIECE_SECONDS, TURN_SECONDS, SHORT_TURN_SECONDS = 0.5, 8.0, 3.0
"""The limits that a try sets: for the next piece of an answer, and for a whole turn."""
LATE_SECONDS = 4.0
"""A turn may end so long after its limit on a machine that is busy."""
MOST_TRIES = 3
"""Requests for one answer, the first one included. Ollama's client asks once, OpenAI's again after a pause."""
LEAST_PAUSE_SECONDS = 0.3
"""Before the second request for one answer; the clients wait half a second, less up to a quarter by chance."""
MODEL_CALLS = 4
ANSWERED: frozenset[Kind] = frozenset({"wrong-arguments", "unknown-tool", "tool-loop", "refusal"})
"""Kinds after which there must be an answer, since the server did answer."""
CUT: frozenset[Kind] = frozenset({"stall-within", "cut-json", "endless"})
"""Kinds whose answer has no end; the learner must be told."""
DEFECT = "Something went wrong while answering"
MACHINERY = re.compile(r"Traceback|\b[A-Za-z]+(Error|Exception)\b|<class|object at 0x|[{}]")
LONGEST_SENTENCE = 320
SHOWN = 4


def measure(soak: Soak) -> Sequence[Count]:
    """Ask through the failing server, then through the healed one."""
    folder = soak.folder(PART)
    keys = [f"{kind} {number}" for kind in KINDS for number in range(SHORT_TRIES if soak.short else TRIES)]
    with fault_server() as server, _Desk(folder, server, SHORT_TURN_SECONDS if soak.short else TURN_SECONDS) as desk:
        outcomes = soak.ledger(PART).fill(keys, lambda key: one_try(desk, key, soak.chance(PART, key).randrange(60)))
    return counts_of(outcomes)


def counts_of(outcomes: Sequence[dict[str, Any]]) -> list[Count]:
    """The promises, over all tries."""
    slowest = max((outcome["seconds"] for outcome in outcomes), default=0.0)
    promises = {
        "ended": f"{len(KINDS)} kinds of faults of Ollama and of OpenAI's protocol: the turn ends in a readable "
        "sentence, or in an answer where the model gave one",
        "next": "the next turn of the same conversation, with the fault gone, gets its answer",
        "bounded": f"a turn ends by its limit of time; one answer is asked for at most {MOST_TRIES} times, with pauses",
    }
    counts = []
    for name, what in promises.items():
        faults = [f"{outcome['key']}: {outcome[name]}" for outcome in outcomes if outcome[name]]
        notes = [f"The slowest took {slowest:.1f} s."] if name == "bounded" else []
        note = " ".join(notes + faults[:SHOWN])
        asked = len(KINDS) * TRIES
        counts.append(Count(what=what, tried=len(outcomes), failed=len(faults), asked=asked, note=note))
    return counts


def one_try(desk: _Desk, key: str, chance: int) -> dict[str, Any]:
    """A sentence for each promise that was broken, empty for one that was kept."""
    name, number = key.rsplit(" ", 1)
    kind: Kind = next(one for one in KINDS if one == name)
    model = f"{PROVIDERS[(int(number) + chance) % 2]}/{MODEL}"
    fault = Fault(kind=kind, after=int(number) // 2 % 3, times=_times(kind, chance), variant=int(number) + chance)
    conversation = desk.tutor.conversations.create(key).id
    desk.server.arm(fault)
    started = time.monotonic()
    failed = asyncio.run(desk.last_event(model, "What of the fox?", conversation))
    seconds = time.monotonic() - started
    calls = list(desk.server.calls)
    desk.server.arm(Fault())
    healed = asyncio.run(desk.last_event(model, "And now?", conversation))
    return {
        "key": f"{key} ({model}, {fault})",
        "seconds": seconds,
        "ended": ending_fault(failed, kind),
        "next": "" if _is_healthy(healed) else f"The next turn ended so: {healed}.",
        "bounded": bound_fault(seconds, calls, fault, desk.turn_seconds),
    }


def ending_fault(event: Event, kind: Kind) -> str:
    """Why the end of a turn is not one that a learner can read; empty when it is."""
    if isinstance(event, AnswerFinished):
        if not INVISIBLE.sub("", event.answer.text).strip():
            return "The answer is empty."
        return "A cut answer counts as whole." if kind in CUT and not event.answer.notices else ""
    if not isinstance(event, TurnFailed):
        return f"It ended with {type(event).__name__}."
    sentence = f"{event.message} {event.hint}"
    if kind in ANSWERED:
        return f"The model answered, and the turn failed: {sentence}"
    if not event.message.strip() or not event.hint.strip() or len(sentence) > LONGEST_SENTENCE:
        return f"No sentence with a hint: {sentence!r}"
    return f"No learner can read this: {sentence}" if DEFECT in sentence or MACHINERY.search(sentence) else ""


def bound_fault(seconds: float, calls: Sequence[float], fault: Fault, turn_seconds: float) -> str:
    """What was too long or too often; empty when nothing was."""
    if seconds > turn_seconds + LATE_SECONDS:
        return f"It took {seconds:.1f} s."
    if fault.kind in ANSWERED:
        return f"The model was called {len(calls)} times." if len(calls) > MODEL_CALLS + 1 else ""
    spoiled = calls[fault.after :][: fault.times]
    if len(spoiled) > MOST_TRIES:
        return f"One answer was asked for {len(spoiled)} times."
    pauses = [later - earlier for earlier, later in zip(spoiled, spoiled[1:], strict=False)]
    short = min(pauses, default=LEAST_PAUSE_SECONDS)
    return f"It was asked again after {short:.2f} s." if short < LEAST_PAUSE_SECONDS else ""


def _times(kind: Kind, chance: int) -> int:
    """How often the fault comes: some go away by themselves, wrong calls always do."""
    if kind in {"wrong-arguments", "unknown-tool"}:
        return 1 + chance % 2
    is_short = kind in {"status-429", "status-500"} and chance % 3 == 0
    return 1 if is_short else Fault().times


def _is_healthy(event: Event) -> bool:
    return isinstance(event, AnswerFinished) and HEALTHY in event.answer.text


class _Desk:
    """A tutor with a small library, whose models all stand behind the failing server."""

    def __init__(self, folder: Path, server: FaultServer, turn_seconds: float) -> None:
        from curriculum.load import load_curriculum
        from vectorstore.library import Library

        home = folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        note = home / "fox.md"
        note.write_text("# On the fox\n\nThe fox is described here, at some length.\n", encoding="utf-8")
        self.server, self.turn_seconds = server, turn_seconds
        self._library = Library.open(home / "library", WordEmbedder())
        self._library.add([note])
        self.tutor = Tutor.open(
            home,
            self._library,
            model_loader=self._load,
            default_model=f"ollama/{MODEL}",
            roadmap=load_curriculum(),
            limits=Limits(model_calls=MODEL_CALLS, turn_timeout_seconds=turn_seconds),
        )

    def __enter__(self) -> _Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._library.close()

    def _load(self, name: str) -> BaseChatModel:
        url = f"http://127.0.0.1:{self.server.port}"
        options = ModelOptions(ollama_url=url, openai_base_url=f"{url}/v1", timeout_seconds=PIECE_SECONDS)
        return load_chat_model(name, options, embedded=_no_embedded_model)

    async def last_event(self, model: str, question: str, conversation: str) -> Event:
        """How a turn ends."""
        last: Event | None = None
        async for event in self.tutor.ask(question, conversation_id=conversation, model=model):
            last = event
        if last is None:
            raise StudyError("A turn gave no event.")
        return last


def _no_embedded_model() -> BaseChatModel:
    raise StudyError("The embedded model was asked for.")
