"""What a turn costs besides the model: from the question to the first word of the answer, search included.

The real turn: tutor, graph, search in the library, checkpoints and conversations on disk. The model takes no time.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from agent.tutor import Tutor

QUESTIONS = 60
WARM_UP = 5


def measure_overhead(library: Path) -> dict[str, Any]:
    """Milliseconds to the first word of a new conversation and, asked again in it, of a second turn."""
    from evals.bench.page_server import quick_rooms
    from evals.golden_reading import load_golden
    from vectorstore.embedder import EmbeddingOptions, load_embedder

    questions = [item.question for item in load_golden().of_split("dev").answerable][:QUESTIONS]
    embedder = load_embedder("packaged", options=EmbeddingOptions(cache=library.parent / "embedding"))
    embedder.warm_up()
    with tempfile.TemporaryDirectory() as folder, quick_rooms(library, Path(folder), embedder) as rooms:
        rooms.library._dense.wait()
        asyncio.run(_ask_all(rooms.tutor, questions[:WARM_UP]))
        first, second = asyncio.run(_ask_all(rooms.tutor, questions))
        chunks = sum(document.chunks for document in rooms.library.documents())
    return {
        "chunks": chunks,
        "questions": len(questions),
        "first turn": _quantiles(first),
        "second": _quantiles(second),
    }


async def _ask_all(tutor: Tutor, questions: list[str]) -> tuple[list[float], list[float]]:
    """Seconds of the first and of the second turn of so many conversations."""
    first, second = [], []
    for question in questions:
        seconds, conversation = await _first_word(tutor, question, None)
        first.append(seconds)
        second.append((await _first_word(tutor, question, conversation))[0])
    return first, second


async def _first_word(tutor: Tutor, question: str, conversation: str | None) -> tuple[float, str]:
    """Seconds to the first word, and the conversation; the turn is heard to its end."""
    from agent.events import TextDelta, TurnStarted

    started, seconds = time.perf_counter(), 0.0
    async for event in tutor.ask(question, conversation_id=conversation):
        if isinstance(event, TurnStarted):
            conversation = event.conversation_id
        if isinstance(event, TextDelta) and not seconds:
            seconds = time.perf_counter() - started
    return seconds, conversation or ""


def _quantiles(seconds: list[float]) -> dict[str, float]:
    half, most = np.quantile(seconds, [0.5, 0.95])
    return {"p50_ms": 1000 * float(half), "p95_ms": 1000 * float(most)}
