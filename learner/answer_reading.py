"""What a learner's words say: numbers, a shape, yes or no, an exception, or nothing at all. Pure."""

from __future__ import annotations

import re
from math import inf, isfinite, nan

LONGEST_ANSWER = 10_000
"""Characters; what comes after is not read."""

_NUMBER_WORDS = {
    **{"zero": 0.0, "one half": 0.5, "one third": 1 / 3, "one quarter": 0.25, "one": 1.0, "two thirds": 2 / 3},
    **{"two": 2.0, "three quarters": 0.75, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0},
    **{"eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "half": 0.5, "third": 1 / 3},
    **{"quarter": 0.25, "infinity": inf, "inf": inf, "nan": nan},
}
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}

_DIGITS = r"(?:\d{1,3}(?:[,_']\d{3})+(?:\.\d*)?|\d+(?:[.,]\d+)?\.?(?!\d)|\.\d+)"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<sign>[-+]?)(?P<digits>{_DIGITS})(?:e(?P<exponent>[-+]?\d{{1,3}}))?"
    rf"(?:\s*/\s*(?P<divisor>{_DIGITS}))?(?:\s*(?:\^|\*\*)\s*(?P<power>-?\d{{1,3}}))?"
    r"\s*(?P<percent>%|percent\b|per cent\b)?(?:\s*(?P<scale>k|thousand|m|million|b|billion)\b)?"
)
_WORD_NUMBER = re.compile(r"(?<![\w.])(?P<sign>-?)(?P<word>" + "|".join(_NUMBER_WORDS) + r")\b")
_REASON = re.compile(r"\(|\b(?:because|since)\b")
_PLAIN = str.maketrans({"−": "-", "–": "-", "×": "x", "∞": "inf", "’": "'", "‘": "'", "“": '"', "”": '"'})  # noqa: RUF001

_GROUP = re.compile(r"[(\[]([\d\s,x*]*)[)\]]")
_SIZES = re.compile(r"\d+(?:(?:\s*[x*,]\s*|\s+by\s+|\s+)\d+)*")

_YES = frozenset({"true", "yes", "y", "t", "yep", "yeah", "correct", "same", "equal"})
_NO = frozenset({"false", "no", "n", "f", "nope", "incorrect", "different", "unequal"})
_NOT = frozenset({"not", "never", "isnt", "arent", "doesnt", "dont", "wont", "without"})

_EXCEPTION = re.compile(r"\b([a-z_]*(?:error|exception|stopiteration))\b")
_SPLIT_EXCEPTION = re.compile(
    r"\b(value|type|index|key|attribute|name|zero ?division|recursion|overflow|runtime|memory|assertion|syntax|"
    r"import|lookup|arithmetic|unicode|json ?decode|axis|stop) (error|iteration)\b"
)
_FAILS = re.compile(r"\b(errors?|exceptions?|raises?|raising|crash(?:es)?|fails?|throws?|traceback|breaks)\b")
_FAILS_NOT = re.compile(r"\b(?:no|not|never|without|doesn'?t|does not|won'?t|will not)\b[\w\s]{0,20}?" + _FAILS.pattern)

_NOTHING = re.compile(
    r"(?:i(?:'m| am)? )?(?:really |just )?(?:(?:do not|don'?t|dont) (?:know|understand)(?: (?:it|this|that|yet))?|"
    r"no idea|not sure|unsure|idk|dunno|pass|skip|give up|no clue|have no idea|can'?t say|nothing|\?+|-+|\.+)?[\s.!?]*"
)


def cleaned(given: str) -> str:
    """The answer in lower case, with plain minus signs and quotes, cut at `LONGEST_ANSWER`."""
    return given[:LONGEST_ANSWER].translate(_PLAIN).casefold().strip()


def says_nothing(given: str) -> bool:
    """Whether the learner gave no prediction: an empty answer, "I don't know", "?"."""
    text = cleaned(given)
    return len(text) < 80 and _NOTHING.fullmatch(text) is not None


def read_numbers(given: str) -> list[tuple[float, ...]]:
    """The numbers in an answer, in order; each with all its readings, as 50% is 0.5 or 50.

    Of "8 * 4 = 32" only what follows the last equals sign counts, of "5 (because 2 + 3)" only what comes first.
    """
    text = cleaned(given)
    without_reason = _REASON.split(text, maxsplit=1)[0]
    after = without_reason.rpartition("=")[2]
    return _numbers_in(after) or _numbers_in(without_reason) or _numbers_in(text)


def _numbers_in(text: str) -> list[tuple[float, ...]]:
    digits = [_value(match) for match in _NUMBER.finditer(text)]
    if digits:
        return digits
    words = [(match["sign"], _NUMBER_WORDS[match["word"]]) for match in _WORD_NUMBER.finditer(text)]
    return [(-value if sign else value,) for sign, value in words]


def _value(match: re.Match[str]) -> tuple[float, ...]:
    value = plain_number(match["digits"])
    if match["exponent"]:
        value = float(f"{value!r}e{match['exponent']}") if "e" not in repr(value) and isfinite(value) else value
    if match["divisor"]:
        divisor = plain_number(match["divisor"])
        value = value / divisor if divisor else nan
    if match["power"]:
        value = _power(value, int(match["power"]))
    value *= _SCALES.get(match["scale"] or "", 1.0)
    if match["sign"] == "-":
        value = -value
    return (value / 100, value) if match["percent"] else (value,)


def _power(base: float, exponent: int) -> float:
    try:
        return float(base**exponent)
    except (OverflowError, ZeroDivisionError):
        return inf


def plain_number(digits: str) -> float:
    """The number that digits with separators stand for: "1,234.5", "1_000", "0,5"."""
    digits = digits.rstrip(".")
    if re.fullmatch(r"\d{1,3}(?:[,_']\d{3})+(?:\.\d*)?", digits) and not digits.startswith("0"):
        return float(re.sub(r"[,_']", "", digits))
    return float(digits.replace(",", "."))


def read_shapes(given: str) -> list[tuple[int, ...]]:
    """The different shapes in an answer: "(2, 3)", "2x3", "[2, 3]", "torch.Size([2, 3])", "2 by 3", "(3,)"."""
    text = cleaned(given)
    if "scalar" in text.split() or re.fullmatch(r"[^()\[\]]*(?:\(\s*\)|\[\s*\])[^()\[\]]*", text):
        return [()]
    groups = [group for group in _GROUP.findall(text) if re.search(r"\d", group)]
    texts = groups or _SIZES.findall(text)
    shapes = [tuple(int(size[:9]) for size in re.findall(r"\d+", part)) for part in texts]
    return list(dict.fromkeys(shapes))


def read_boolean(given: str) -> bool | None:
    """Yes or no, None when the answer says neither or both."""
    words = re.findall(r"[a-z]+", cleaned(given).replace("'", ""))
    if words and words[0] in ("yes", "no") and not {"yes", "no"} <= set(words):
        words = words[:1]
    said = {
        (word in _YES) != (before in _NOT)
        for before, word in zip(["", *words], words, strict=False)
        if word in _YES or word in _NO
    }
    return said.pop() if len(said) == 1 else None


def read_exception(given: str) -> str | None:
    """The exception's name in lower case, "" for one without a name, None when the answer speaks of none."""
    text = cleaned(given)
    if _FAILS_NOT.search(text):
        return None
    for match in _EXCEPTION.finditer(text):
        if match[1] not in ("error", "exception"):
            return match[1].replace("_", "")
    named = _SPLIT_EXCEPTION.search(text)
    if named:
        return f"{named[1]}{named[2]}".replace(" ", "")
    return "" if _FAILS.search(text) else None
