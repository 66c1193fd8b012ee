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
from agent.events import AnswerFinished, Event, ModelRetry, ToolStarted, TurnFailed
from agent.llm import ModelOptions, load_chat_model
from agent.retries import RetryRules
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
"""Requests for one answer, the first one included."""
LEAST_PAUSE_SHARE = 0.9
"""Of the first pause: so long at least before the second request for one answer."""
SHORT_PAUSE_SECONDS = 0.05
"""The first pause in the short form; in the full one it is the tutor's own."""
PASSING: tuple[Kind, ...] = ("refused", "status-500", "status-429", "stall-before", "cut-before")
"""Kinds that are gone after a try or two, at the first call, after a tool, or while the model is looked up."""
SHORT_WAITS = (0, 1, 4)
"""Variants of a busy server that asks for no pause, for a second, or for what cannot be read."""
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
    passing = [f"passing {kind} {number}" for kind in PASSING for number in range(SHORT_TRIES if soak.short else TRIES)]
    rules = RetryRules(first_seconds=SHORT_PAUSE_SECONDS) if soak.short else RetryRules()
    seconds = SHORT_TURN_SECONDS if soak.short else TURN_SECONDS
    with fault_server() as server, _Desk(folder, server, seconds, rules) as desk:
        ledger = soak.ledger(PART)
        outcomes = ledger.fill(keys, lambda key: one_try(desk, key, soak.chance(PART, key).randrange(60)))
        overcome = ledger.fill(passing, lambda key: one_passing(desk, key, soak.chance(PART, key).randrange(60)))
    return [*counts_of(outcomes), count_of_passing(overcome)]


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


def count_of_passing(outcomes: Sequence[dict[str, Any]]) -> Count:
    """The promise about faults that go away."""
    faults = [f"{outcome['key']}: {outcome['overcome']}" for outcome in outcomes if outcome["overcome"]]
    again = sum(outcome["retries"] for outcome in outcomes)
    return Count(
        what=f"{len(PASSING)} kinds of faults that are gone after a try or two: answered in the same turn, no tool run "
        "twice, and the receipt says how often it was asked again",
        tried=len(outcomes),
        failed=len(faults),
        asked=len(PASSING) * TRIES,
        note=" ".join([f"{again} calls were made again.", *faults[:SHOWN]]),
    )


def one_passing(desk: _Desk, key: str, chance: int) -> dict[str, Any]:
    """What became of a turn whose fault goes away."""
    _, name, number = key.split(" ")
    kind = next(one for one in PASSING if one == name)
    place = int(number) // 2
    model = f"{PROVIDERS[(int(number) + chance) % 2]}/{MODEL}"
    fault = Fault(
        kind=kind,
        after=place % 2,
        is_loading=place % 3 == 2 and place % 2 == 0 and model.startswith("ollama/") and kind != "stall-before",
        times=1 if kind == "stall-before" else 1 + chance % 2,
        variant=SHORT_WAITS[chance % len(SHORT_WAITS)] if kind == "status-429" else chance,
    )
    conversation = desk.tutor.conversations.create(key).id
    desk.server.arm(fault)
    events = asyncio.run(
        desk.events(model, "What of the fox?", conversation, heals_after=fault.times if kind == "refused" else 0)
    )
    desk.server.arm(Fault())
    return {"key": f"{key} ({model}, {fault})", **_overcome(events, fault)}


def _overcome(events: Sequence[Event], fault: Fault) -> dict[str, Any]:
    """Why a fault that went away was not overcome as promised; empty when it was. And the calls made again."""
    last = events[-1]
    told = sum(isinstance(event, ModelRetry) for event in events)
    tools = sum(isinstance(event, ToolStarted) for event in events)
    if not isinstance(last, AnswerFinished) or not _is_healthy(last):
        return {"overcome": f"It ended so: {last}.", "retries": told}
    reasons = {
        f"The receipt says {last.answer.retries}, the learner was told {told} times.": last.answer.retries != told,
        f"It was asked again {told} times.": told != fault.times,
        f"{tools} tools ran.": tools != fault.after,
    }
    return {"overcome": " ".join(reason for reason, holds in reasons.items() if holds), "retries": told}


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
        "bounded": bound_fault(
            seconds, calls, fault, desk.turn_seconds, least_pause=LEAST_PAUSE_SHARE * desk.rules.first_seconds
        ),
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


def bound_fault(
    seconds: float, calls: Sequence[float], fault: Fault, turn_seconds: float, *, least_pause: float
) -> str:
    """What was too long or too often; empty when nothing was."""
    if seconds > turn_seconds + LATE_SECONDS:
        return f"It took {seconds:.1f} s."
    if fault.kind in ANSWERED:
        return f"The model was called {len(calls)} times." if len(calls) > MODEL_CALLS + 1 else ""
    spoiled = calls[fault.after :][: fault.times]
    if len(spoiled) > MOST_TRIES:
        return f"One answer was asked for {len(spoiled)} times."
    pauses = [later - earlier for earlier, later in zip(spoiled, spoiled[1:], strict=False)]
    short = min(pauses, default=least_pause)
    return f"It was asked again after {short:.2f} s." if short < least_pause else ""


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

    def __init__(self, folder: Path, server: FaultServer, turn_seconds: float, rules: RetryRules) -> None:
        from curriculum.load import load_curriculum
        from vectorstore.library import Library

        home = folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        note = home / "fox.md"
        note.write_text("# On the fox\n\nThe fox is described here, at some length.\n", encoding="utf-8")
        self.server, self.turn_seconds, self.rules = server, turn_seconds, rules
        self._library = Library.open(home / "library", WordEmbedder())
        self._library.add([note])
        self.tutor = Tutor.open(
            home,
            self._library,
            model_loader=self._load,
            default_model=f"ollama/{MODEL}",
            roadmap=load_curriculum(),
            limits=Limits(model_calls=MODEL_CALLS, turn_timeout_seconds=turn_seconds, retries=rules),
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
        return (await self.events(model, question, conversation))[-1]

    async def events(self, model: str, question: str, conversation: str, *, heals_after: int = 0) -> list[Event]:
        """What a turn tells; a server that refuses is there again when so many more tries were told of."""
        events: list[Event] = []
        async for event in self.tutor.ask(question, conversation_id=conversation, model=model):
            events.append(event)
            if heals_after and sum(isinstance(one, ModelRetry) for one in events) == heals_after:
                self.server.heal()
        return events


def _no_embedded_model() -> BaseChatModel:
    raise StudyError("The embedded model was asked for.")
