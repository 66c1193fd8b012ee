"""Turns what a guest says about its run into a `RunResult`, believing none of it."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from errors import SandboxError
from sandbox.pictures import checked_png
from sandbox.values import Figure, RunResult, SandboxLimits

GuestStatus = Literal["ok", "error", "memory"]
GUEST_STATUSES = ("ok", "error", "memory")
"""What a guest may say of itself; the rest only its supervisor can know."""
MOST_NOTES = 20
LARGEST_NUMBER = 10**12
ERROR_CHARACTERS = 8_000
UNSEEN = frozenset(
    map(chr, (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
"""Control characters but tab and line end, and those that turn the direction of what follows."""
SENTENCES = {
    "value-cut": "The value was cut at {value_characters:,} characters.",
    "figures-left-out": "Only the first {figures} figures are shown; {0:,} more were left out.",
    "figure-too-large": "A figure of {0:,} x {1:,} pixels was not drawn: the limit is {figure_pixels:,} pixels. "
    "Use a smaller figsize or dpi.",
    "figure-too-heavy": "A figure of {0:,} bytes was left out: the limit is {figure_bytes:,} bytes.",
    "figure-failed": "A figure could not be drawn.",
    "recursion": "A function called itself too many times; check the case that ends it.",
    "no-input": "Nobody can answer input() here; set the value in the code instead.",
    "no-module": "Only the standard library, numpy, sympy, matplotlib and what they need can be imported.",
    "no-network": "There is no network here.",
    "no-file": "Only files of the scratch folder (the current folder) can be written, and few others read.",
    "scratch-full": "The files of a session can take {scratch_megabytes:,} MB together.",
    "no-process": "No other process can be started here.",
    "no-thread": "No more threads can be started here.",
    "flood": "The cell was ended because it printed more than {flood_characters:,} characters.",
}
"""The guest names a sentence and gives numbers; the words are ours."""


def flood_characters(limits: SandboxLimits) -> int:
    """How much a cell may print before it is ended; what is beyond `output_characters` is dropped."""
    return 20 * limits.output_characters


def clean_text(text: str, most_characters: int) -> tuple[str, bool]:
    """The text without control characters and lone surrogates, and whether it had to be cut."""
    cut = len(text) > most_characters
    text = text[:most_characters].encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in text if letter not in UNSEEN), cut


def memory_notice(limits: SandboxLimits) -> str:
    """What is said when the memory limit was met."""
    return f"The program asked for more memory than the limit of {limits.memory_megabytes:,} MB."


def output_notice(limits: SandboxLimits) -> str:
    """What is said when the text was cut."""
    return f"The output was cut at {limits.output_characters:,} characters."


def result_from(
    answer: object, *, text: str, seconds: float, wall: str, limits: SandboxLimits, notices: Sequence[str] = ()
) -> RunResult:
    """The result of a run that the guest has answered in the form of guest_cell.py.

    `text` is all that was printed, uncut. `notices` of the supervisor come first.

    Raises:
        SandboxError: the answer has not that form.
    """
    if not isinstance(answer, Mapping) or answer.get("status") not in GUEST_STATUSES:
        raise SandboxError("The guest's answer cannot be read.")
    status = cast("GuestStatus", answer["status"])
    told = list(notices)
    shown, text_cut = clean_text(text, limits.output_characters)
    value, value_cut = clean_text(_string(answer, "value"), limits.value_characters)
    error, _ = clean_text(_string(answer, "error"), ERROR_CHARACTERS)
    figures, refused = _figures(answer.get("figures"), limits)
    if text_cut:
        told.append(output_notice(limits))
    if status == "memory":
        told.append(memory_notice(limits))
    told += _sentences(answer.get("notes"), limits, value_cut=value_cut)
    told += refused
    if status != "ok" and not error:
        error = "The code failed without saying why."
    return RunResult(status, shown, value, error, figures, tuple(dict.fromkeys(told)), seconds, wall)


def _string(answer: Mapping[Any, Any], name: str) -> str:
    value = answer.get(name, "")
    if not isinstance(value, str):
        raise SandboxError("The guest's answer cannot be read.")
    return value


def _figures(items: object, limits: SandboxLimits) -> tuple[tuple[Figure, ...], list[str]]:
    figures: list[Figure] = []
    refused: list[str] = []
    if not isinstance(items, list):
        return (), []
    for item in items[: limits.figures]:
        try:
            figures.append(checked_png(_decoded(item), limits))
        except SandboxError as error:
            refused.append(f"{error.message[:-1]}; it is not shown.")
    return tuple(figures), refused


def _decoded(item: object) -> bytes:
    try:
        return base64.b64decode(item, validate=True) if isinstance(item, str) else b""
    except (binascii.Error, ValueError):
        return b""


def _sentences(notes: object, limits: SandboxLimits, *, value_cut: bool) -> list[str]:
    """Our sentences for the guest's notes; notes we do not know are dropped."""
    told: list[str] = []
    if value_cut:
        told.append(_sentence("value-cut", [], limits))
    for note in notes[:MOST_NOTES] if isinstance(notes, list) else []:
        if not isinstance(note, list) or not note or not isinstance(note[0], str) or note[0] not in SENTENCES:
            continue
        numbers = [number for number in note[1:3] if isinstance(number, int) and 0 <= number <= LARGEST_NUMBER]
        if len(numbers) == len(note) - 1:
            told.append(_sentence(note[0], numbers, limits))
    return [sentence for sentence in told if sentence]


def _sentence(name: str, numbers: Sequence[int], limits: SandboxLimits) -> str:
    facts = dataclasses.asdict(limits) | {"flood_characters": flood_characters(limits)}
    try:
        return SENTENCES[name].format(*numbers, **facts)
    except IndexError:
        return ""
