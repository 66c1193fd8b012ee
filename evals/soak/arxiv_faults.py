"""An arXiv that fails: what is asked stays bounded and spaced, ends well or in a sentence, and is gone on with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

from errors import ArxivError, StudyError
from evals.soak.counts import Count
from evals.soak.failing_arxiv import PAPER, PDF_BYTES, FailingArxiv, Kind, failing_arxiv
from evals.soak.soak import Soak
from papers.client import ArxivClient
from papers.download import PdfSource, download_pdf
from papers.pacing import Clock
from papers.values import ArxivId

PART = "arxiv-faults"
ROOT = Path(__file__).parents[2]
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind)
TRIES, SHORT_TRIES = 10, 2
SPACING_SECONDS, SHORT_SPACING_SECONDS = 3.0, 0.5
"""What arXiv asks for; the faults are tried on a clock that sleeping alone moves, so that this costs no time."""
ANSWER_SECONDS, STALL_ANSWER_SECONDS = 10.0, 1.0
"""Longest wait for an answer; the lesser one for servers that give none, and still longer than a busy machine rests."""
MOST_REQUESTS = 4
TRY_SECONDS = 15.0
PROCESSES, THREADS, QUESTIONS, SHORT_QUESTIONS = 2, 2, 5, 1
KILLS, SHORT_KILLS = 10, 1
WORKER_SECONDS = 120.0
GOES_AWAY = frozenset({"429", "429 with a pause", "503", "stall", "stall in the body", "cut", "dropped"})
"""Faults that another request overcomes; the others end in a sentence, but for an empty page, which is an answer."""
FEED_ONLY = frozenset({"empty page", "malformed"})
SHOWN = 4


@dataclass
class SleepingClock:
    """Seconds that pass only by sleeping."""

    seconds: float = 1_000_000.0

    def sleep(self, seconds: float) -> None:
        """Pass them at once."""
        self.seconds += seconds


def measure(soak: Soak) -> Sequence[Count]:
    """Ask and fetch through the faults."""
    tries = SHORT_TRIES if soak.short else TRIES
    ledger, folder = soak.ledger(PART), soak.folder(PART)
    keys = [f"{kind} {number}" for kind in KINDS for number in range(tries)]
    outcomes = ledger.fill(keys, lambda key: one_try(folder / "try", *key.rsplit(" ", 1)))
    counts = counts_of(outcomes)
    counts.append(_spaced(ledger.fill(["workers"], lambda _: workers(folder / "workers", short=soak.short))))
    kills = [f"kill-{number}" for number in range(SHORT_KILLS if soak.short else KILLS)] if os.name == "posix" else []
    faults = [outcome["fault"] for outcome in ledger.fill(kills, lambda key: killed(folder / "killed"))]
    counts.append(
        Count(
            what="a process killed in the middle of a PDF: the next one fetches the rest alone",
            tried=len(faults),
            failed=sum(map(bool, faults)),
            asked=KILLS,
            note=" ".join(filter(None, faults))[:500],
        )
    )
    return counts


def counts_of(outcomes: Sequence[dict[str, Any]]) -> list[Count]:
    """The promises of the faults, over all tries."""
    promises = {
        "ended": f"{len(KINDS)} kinds of faults, for records and PDFs: overcome, or told in one sentence; no redirect "
        "leaves arXiv",
        "healed": "with the fault gone the same question is answered, then from memory without a request",
        "bounded": f"at most {MOST_REQUESTS} requests for one thing, {TRY_SECONDS:g} s beside the pauses, and "
        f"{SPACING_SECONDS:g} s between two",
    }
    counts = []
    for name, what in promises.items():
        faults = [f"{outcome['key']}: {outcome[name]}" for outcome in outcomes if outcome[name]]
        note = " ".join(faults[:SHOWN])
        asked = TRIES * len(KINDS)
        counts.append(Count(what=what, tried=len(outcomes), failed=len(faults), asked=asked, note=note))
    return counts


def one_try(folder: Path, name: str, number: str) -> dict[str, Any]:
    """A sentence for each promise that was broken, empty for one that was kept.

    Even numbers ask for a record, odd ones fetch a PDF; every third time but one the fault comes once only.
    """
    shutil.rmtree(folder, ignore_errors=True)
    kind: Kind = next(one for one in KINDS if one == name)
    is_pdf = int(number) % 2 == 1 and kind not in FEED_ONLY
    times = 1 if int(number) % 3 == 0 else 99
    time_there = SleepingClock()
    with failing_arxiv(lambda: time_there.seconds) as trap, failing_arxiv(lambda: time_there.seconds) as arxiv:
        arxiv.elsewhere = trap.url
        wait_seconds = STALL_ANSWER_SECONDS if kind.startswith("stall") else ANSWER_SECONDS
        act = _act(folder, arxiv, time_there, wait_seconds, is_pdf=is_pdf)
        arxiv.fail(kind, times)
        started = time.monotonic()
        end = _end_of(act)
        seconds, requests = time.monotonic() - started, list(arxiv.asked)
        ended = ending_fault(end, kind, is_once=times == 1)
        ended = ended or ("The redirect was followed." if trap.asked else "")
        bounded = bound_fault([each.at_seconds for each in requests], seconds)
        arxiv.fail("", 0)
        healed = _healed(act, arxiv, time_there, is_pdf=is_pdf)
    what = "PDF" if is_pdf else "record"
    return {"key": f"{name} {number} ({what}, {times} times)", "ended": ended, "healed": healed, "bounded": bounded}


def ending_fault(end: str | StudyError, kind: Kind, *, is_once: bool) -> str:
    """Why that is no good end; empty when it is. `end` is what was had, or the error."""
    if isinstance(end, StudyError):
        if kind in GOES_AWAY and is_once:
            return f"One fault was not overcome: {end.as_text()}"
        return "" if isinstance(end, ArxivError) and end.message and end.hint else f"No sentence with a hint: {end!r}"
    if kind == "empty page":
        return "" if end == ("whole" if is_once else "none") else f"It came to {end!r}."
    is_overcome = is_once and (kind in GOES_AWAY or kind in {"redirect in a circle", "malformed"})
    return "" if is_overcome and end == "whole" else f"It counts as had ({end})."


def bound_fault(times: Sequence[float], seconds: float) -> str:
    """What was too often, too long or too soon; empty when nothing was."""
    if len(times) > MOST_REQUESTS:
        return f"There were {len(times)} requests."
    if seconds > TRY_SECONDS:
        return f"It took {seconds:.1f} s."
    shortest = min((later - earlier for earlier, later in zip(times, times[1:], strict=False)), default=SPACING_SECONDS)
    return f"Two requests were {shortest:.2f} s apart." if shortest < SPACING_SECONDS - 1e-6 else ""


def workers(folder: Path, *, short: bool) -> dict[str, Any]:
    """The pauses between requests of several processes with several threads each, by the server's real clock."""
    shutil.rmtree(folder, ignore_errors=True)
    spacing = SHORT_SPACING_SECONDS if short else SPACING_SECONDS
    questions = SHORT_QUESTIONS if short else QUESTIONS
    with failing_arxiv() as arxiv:
        more = [str(spacing), "", str(THREADS), str(questions)]
        started = [_process("ask", folder, arxiv, *more[:1], f"process{n}", *more[2:]) for n in range(PROCESSES)]
        codes = [process.wait(WORKER_SECONDS) for process in started]
        times = [each.at_seconds for each in arxiv.asked]
    pauses = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    missing = PROCESSES * THREADS * questions - len(times)
    return {"pauses": pauses, "missing": missing + sum(map(bool, codes)), "spacing": spacing}


def killed(folder: Path) -> dict[str, Any]:
    """Kill a process that has half a PDF, and let another go on."""
    shutil.rmtree(folder, ignore_errors=True)
    with failing_arxiv() as arxiv:
        arxiv.fail("stall in the body", 1)
        first = _process("fetch", folder, arxiv)
        part, until = folder / "paper.pdf.part", time.monotonic() + WORKER_SECONDS
        while not (part.is_file() and part.stat().st_size >= PDF_BYTES // 2) and time.monotonic() < until:
            time.sleep(0.02)
        first.kill()
        first.wait()
        arxiv.released.set()
        code = _process("fetch", folder, arxiv).wait(WORKER_SECONDS)
        whole = folder / "paper.pdf"
        is_whole = whole.is_file() and whole.read_bytes() == arxiv.pdf
        ranges = [each.sent_range for each in arxiv.asked]
    is_rest = len(ranges) == 2 and ranges[1] >= f"bytes={PDF_BYTES // 2}"
    return {"fault": "" if code == 0 and is_whole and is_rest else f"Exit {code}, whole: {is_whole}, asked: {ranges}."}


def _spaced(outcomes: Sequence[dict[str, Any]]) -> Count:
    pauses = [pause for outcome in outcomes for pause in outcome["pauses"]]
    missing = sum(outcome["missing"] for outcome in outcomes)
    short = [pause for outcome in outcomes for pause in outcome["pauses"] if pause < outcome["spacing"]]
    return Count(
        what=f"{PROCESSES} processes with {THREADS} threads each: {SPACING_SECONDS:g} s between any two requests, by "
        "the server's clock",
        tried=len(pauses),
        failed=len(short) + missing,
        asked=PROCESSES * THREADS * QUESTIONS - 1,
        note=f"The shortest pause was {min(pauses, default=0):.3f} s.",
    )


def _act(
    folder: Path, arxiv: FailingArxiv, there: SleepingClock, wait_seconds: float, *, is_pdf: bool
) -> Callable[[], str]:
    clock = Clock(monotonic=lambda: there.seconds, wall=lambda: there.seconds, sleep=there.sleep)
    client = ArxivClient(
        folder,
        api_url=arxiv.url,
        pdf_url=arxiv.url,
        spacing_seconds=SPACING_SECONDS,
        timeout_seconds=wait_seconds,
        clock=clock,
    )
    return partial(_fetch, client, folder / "paper.pdf", arxiv) if is_pdf else partial(_ask, client)


def _ask(client: ArxivClient) -> str:
    records = client.get([ArxivId.parse(PAPER)]).records
    return "whole" if [record.title for record in records] == ["Small Models"] else "none" if not records else "other"


def _fetch(client: ArxivClient, target: Path, arxiv: FailingArxiv) -> str:
    address = f"{arxiv.url}/pdf/{PAPER}v1"
    download_pdf(client.transport, PdfSource(url=address, name=PAPER, page_url=address), target)
    return "whole" if target.read_bytes() == arxiv.pdf else "other"


def _end_of(act: Callable[[], str]) -> str | StudyError:
    try:
        return act()
    except StudyError as error:
        return error


def _healed(act: Callable[[], str], arxiv: FailingArxiv, there: SleepingClock, *, is_pdf: bool) -> str:
    """What is wrong after the fault; an hour passes first, within which arXiv may have asked for a pause."""
    there.seconds += 3_600
    end = _end_of(act)
    if end != "whole":
        return f"It came to {end!r}."
    before = len(arxiv.asked)
    if not is_pdf and (act() != "whole" or len(arxiv.asked) != before):
        return "It was asked for again although it was known."
    return ""


def _process(what: str, folder: Path, arxiv: FailingArxiv, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "evals.soak.arxiv_worker", what, str(folder), arxiv.url, *more]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
