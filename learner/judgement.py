"""An answer beside one known output: right, close or wrong, and the difference in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, isnan
from typing import Literal

from learner.answer_reading import read_boolean, read_exception, read_numbers, read_shapes

Verdict = Literal["right", "close", "wrong"]

_EQUAL_SHARE = 1e-9
"""Numbers that differ by less than this share are the same in floating point."""
_NEAR_SHARE = 0.25
_OFF_BY_ONE_FROM = 3
_SCALES = (10.0, 100.0, 1e3, 1024.0, 1e6, 1024.0**2)
_LONGEST_QUOTE = 80


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and one or two sentences on the difference; empty when there is none."""

    verdict: Verdict
    difference: str


def quoted(text: str) -> str:
    """The text in quotes on one line, its end cut when it is long."""
    line = " / ".join(part.strip() for part in text.strip().splitlines() if part.strip())
    return f"“{line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1].rstrip() + '…'}”"


def same_number(said: float, wanted: float, tolerance: float) -> bool:
    """Whether two numbers are equal within an absolute tolerance."""
    if not (isfinite(said) and isfinite(wanted)):
        return said == wanted or (isnan(said) and isnan(wanted))
    return abs(said - wanted) <= max(tolerance, _EQUAL_SHARE * abs(wanted)) * (1 + _EQUAL_SHARE)


# Numbers


def judge_number(given: str, expected: str, tolerance: float) -> Judgement:
    """How far the answer is the number the program shows."""
    said = read_numbers(given)
    wanted = read_numbers(expected)[0]
    if not said:
        return Judgement("wrong", _no_value(given, expected, "a number"))
    hits = [any(same_number(one, other, tolerance) for one in values for other in wanted) for values in said]
    if all(hits):
        exact = same_number(said[0][-1], wanted[-1], 0.0)
        return Judgement("right", "" if exact else f"More exactly, the program shows {expected}.")
    if any(hits):
        return Judgement("close", f"One of your numbers is right, but say only one: the program shows {expected}.")
    if len(said) > 1:
        return Judgement("wrong", f"None of your numbers is right: the program shows {expected}.")
    return _near_number(said[0], wanted[-1], expected)


def _near_number(said: tuple[float, ...], wanted: float, expected: str) -> Judgement:
    value = min(said, key=lambda one: abs(one - wanted) if isfinite(one) else inf)
    ending = f"the program shows {expected}."
    if not (isfinite(value) and isfinite(wanted)):
        return Judgement("wrong", f"You said {value:g}; {ending}")
    if wanted and value == -wanted:
        return Judgement("close", f"The size is right, the sign is not: {ending}")
    if abs(value - wanted) == 1 and wanted.is_integer() and abs(wanted) >= _OFF_BY_ONE_FROM:
        return Judgement("close", f"You are off by one: {ending}")
    if wanted and any(
        same_number(value * scale, wanted, 0) or same_number(value, wanted * scale, 0) for scale in _SCALES
    ):
        return Judgement("close", f"The digits are right, the scale is not: {ending}")
    side = "low" if value < wanted else "high"
    if abs(value - wanted) <= _NEAR_SHARE * abs(wanted):
        return Judgement("close", f"You are near, but {value:g} is too {side}: {ending}")
    return Judgement("wrong", f"You said {value:g}, which is too {side}: {ending}")


# Shapes


def judge_shape(given: str, expected: str) -> Judgement:
    """How far the answer is the shape the program shows."""
    said = read_shapes(given)
    wanted = read_shapes(expected)[0]
    ending = f"the program shows {expected}."
    if not said:
        return Judgement("wrong", _no_value(given, expected, "a shape such as (2, 3)"))
    if said == [wanted]:
        return Judgement("right", "")
    if len(said) > 1:
        verdict: Verdict = "close" if wanted in said else "wrong"
        return Judgement(verdict, f"You said {len(said)} shapes, where only one counts: {ending}")
    return _near_shape(said[0], wanted, ending)


def _near_shape(said: tuple[int, ...], wanted: tuple[int, ...], ending: str) -> Judgement:
    if sorted(said) == sorted(wanted):
        return Judgement("close", f"The sizes are right, their order is not: {ending}")
    if [size for size in said if size != 1] == [size for size in wanted if size != 1]:
        return Judgement(
            "close", f"An axis of length 1 is {'missing' if len(said) < len(wanted) else 'too many'}: {ending}"
        )
    if len(said) != len(wanted):
        return Judgement("wrong", f"You said {_axes(len(said))}, there are {len(wanted)}: {ending}")
    wrong = [place for place, (one, other) in enumerate(zip(said, wanted, strict=True)) if one != other]
    if len(wrong) == 1 and len(wanted) > 1:
        place = wrong[0]
        return Judgement("close", f"Axis {place} is {wanted[place]} long, not {said[place]}: {ending}")
    return Judgement("wrong", f"You said {said}; {ending}")


def _axes(count: int) -> str:
    return f"{count} ax{'i' if count == 1 else 'e'}s"


# Yes or no, and exceptions


def judge_boolean(given: str, expected: str) -> Judgement:
    """Whether the answer is the truth value the program shows."""
    said = read_boolean(given)
    if said is None:
        return Judgement("wrong", _no_value(given, expected, "yes or no"))
    if said == read_boolean(expected):
        return Judgement("right", "")
    return Judgement("wrong", f"You said {said}; the program shows {expected}.")


def judge_exception(given: str, expected: str) -> Judgement:
    """How far the answer is the exception that the program ends with."""
    said = read_exception(given)
    if said is None:
        return Judgement("wrong", f"The program shows no result: it ends with {expected}.")
    if said == read_exception(expected):
        return Judgement("right", "")
    if said:
        return Judgement("close", f"It does fail, but with {expected}.")
    return Judgement("close", f"It does fail; the exception is {expected}.")


def _no_value(given: str, expected: str, what: str) -> str:
    if read_exception(given) is not None:
        return f"The program runs without an error and shows {expected}."
    return f"The program shows {expected}. An answer here is {what}, which yours does not have."
