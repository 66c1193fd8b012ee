"""The page itself: start, first answer, what a turn costs besides the model, many at once, and what a browser loads."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

from errors import StudyError
from evals.bench.bench import Bench
from evals.bench.page_start import DEAREST, RUNS
from evals.bench.report import markdown_table

HELP = "the page: start, first answer, overhead to the first word, 50 at once with and without a login, requests"
ASKERS = 50
TURN_CHUNKS, USER_CHUNKS = 10_000, 1_000
"""Sizes of the library that is asked alone, and of each user's."""


def measure(bench: Bench) -> dict[str, Any]:
    """All five, one after the other; the libraries are those that the part `latency` left.

    Raises:
        StudyError: these are not there.
    """
    from evals.bench.compare import run_in_process
    from evals.bench.page_start import measure_starts
    from evals.bench.page_users import ask_at_once, copy_of, quick_page
    from evals.bench.page_weight import measure_weight

    large, small = (bench.work / f"library-{chunks}" for chunks in (TURN_CHUNKS, USER_CHUNKS))
    for library in (large, small):
        if not (library / "written").is_file():
            raise StudyError(f"There is no {library}.", hint="Run first: python -m evals.bench latency")
    with tempfile.TemporaryDirectory() as folder:
        copied = copy_of(large, Path(folder))
        (Path(folder) / "embedding").symlink_to((bench.work / "embedding").resolve())
        turn = run_in_process("overhead", "ours", bench.papers, copied)
        with quick_page(copied) as address:
            one_page = ask_at_once(address, ASKERS)
        own = copy_of(small, Path(folder))
        with quick_page(own, users=ASKERS) as address:
            users = ask_at_once(address, ASKERS, users=ASKERS)
    return {**measure_starts(), "turn": turn, "many": one_page, "users": users, "weight": measure_weight()}


def as_text(values: dict[str, Any]) -> str:
    """A table for each of the five, with the bar it is held against."""
    parts = [
        _start(values),
        _imports(values["imports"]),
        _turn(values["turn"]),
        _many(values),
        _weight(values["weight"]),
    ]
    return "\n\n".join(parts)


def _start(values: dict[str, Any]) -> str:
    rows = [
        [name, f"{statistics.median(of):.1f}", f"{min(of):.1f}", f"{max(of):.1f}", bar]
        for name, of, bar in (
            ("`python app.py` to the served page", values["served_seconds"], "4"),
            ("question to the whole cited answer, built-in model, asked at once", values["answer_seconds"], "5"),
        )
    ]
    table = markdown_table([f"seconds, {RUNS} fresh processes", "median", "least", "most", "bar"], rows)
    return f"{table}\n\nThe home has the shipped notes already, and the disk is warm."


def _imports(rows: list[Any]) -> str:
    shown = [[name, str(modules), f"{milliseconds:,.0f}"] for name, modules, milliseconds in rows]
    table = markdown_table(["package", "modules", "own ms"], shown)
    return f"The {DEAREST} packages that are dearest to import until the page is served (`-X importtime`):\n\n{table}"


def _turn(turn: dict[str, Any]) -> str:
    rows = [
        [name, f"{turn[name]['p50_ms']:.0f}", f"{turn[name]['p95_ms']:.0f}", "150"] for name in ("first turn", "second")
    ]
    table = markdown_table(["ms to the first word without the model", "p50", "p95", "bar for p95"], rows)
    return (
        f"{table}\n\n{turn['questions']} questions of the golden set's dev split, {turn['chunks']:,} chunks: the real "
        "turn with a search, and a model that takes no time. The second turn goes on in the same conversation."
    )


def _many(values: dict[str, Any]) -> str:
    def row(name: str, of: dict[str, Any], leaks: int) -> list[str]:
        added = [
            f"{of[key]:,.0f}" if of[key] is not None else "" for key in ("added_first_p50_ms", "added_first_p95_ms")
        ]
        return [name, str(of["askers"]), str(of["faults"]), str(leaks), f"{of['alone_first_ms']:.0f}", *added]

    head = ["page", "at once", "errors", "words of others", "alone, ms to first word", "added p50 ms", "added p95 ms"]
    rows = [
        row(f"one learner's, {TURN_CHUNKS:,} chunks", values["many"], values["many"]["leaks_in_chat"]),
        row(f"each logged in, {USER_CHUNKS:,} chunks each", values["users"], values["users"]["leaks_anywhere"]),
    ]
    return (
        f"{markdown_table(head, rows)}\n\nThe bars: 0 errors, 0 words of others, 3,000 ms added at p95. All ask at the "
        "same moment through the page's own requests; each question carries a token, and the answers of all are "
        "searched for the tokens of others: what was sent at all for users, the conversation for the one learner's "
        "page, whose list of conversations is one list. The model streams 40 words, 20 ms apart."
    )


def _weight(weight: dict[str, Any]) -> str:
    if not weight:
        return "What a browser loads was not measured: Chromium is not installed."
    rows = [[step, str(count), f"{size / 1000:,.0f}"] for step, count, size in weight["steps"]]
    table = markdown_table(["step", "requests", "kB over the wire"], rows)
    foreign = ", ".join(weight["foreign"]) or "none"
    return f"{table}\n\nOther origins that were asked: {foreign}. The browser could resolve no name of the web."
