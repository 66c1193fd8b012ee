"""The numbers a sentence claims, and whether a source states them: 28.4, 1,000, 28%, 175B, eight, 10^18."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from agent.words import NUMBER_WORDS

_SCALES = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "million": 10**6,
    "b": 10**9,
    "billion": 10**9,
    "t": 10**12,
    "trillion": 10**12,
}
_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,])(?<![A-Za-z][-‐‑–])(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<percent>\s*(?:%|percent\b|per cent\b))"
    r"|(?P<letter>[kKMBT])(?![A-Za-z\d])|[\s‐‑-]*(?P<scale>thousand|million|billion|trillion)s?\b)?",
)
_POWER = re.compile(r"\b10\s*\^\s*\{?\s*[-−–]?\s*(\d+)\s*\}?")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_ABOUT = re.compile(
    r"(?:about|around|approximately|roughly|nearly|almost|over|under|some|circa|more than|less than"
    r"|at least|up to|~|≈)\s*(?:\$|a\s+)?$",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Za-z][A-Za-z]*[-‐‑–]?\d+(?:\.\d+)?[A-Za-z]?\b")
_PLACES = re.compile(
    r"\b(?:pp?|pages?|sections?|arxiv(?:\s+id)?)\b\.?:?\s*\d[\d.,–-]*\d|\b(?:pp?|pages?|sections?)\b\.?\s*\d+",
    re.IGNORECASE,
)
_LATEX_COMMAND = re.compile(r"\\[A-Za-z]+|[{}]")
ROUNDING = Decimal("0.06")
"""How far a number said to be "about" so much may be off, as a share."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, with what gives it its size."""

    value: Decimal
    """As written, without its scale word or percent sign."""
    scale: int = 1
    percent: bool = False
    spelled: bool = False
    about: bool = False
    """Said to be approximate."""

    @property
    def is_small(self) -> bool:
        """Whether it is a plain 0, 1 or 2, which often counts things rather than reports them."""
        return self.size in (0, 1, 2) and not self.percent and self.value.as_tuple().exponent == 0

    @property
    def size(self) -> Decimal:
        """The value times its scale."""
        return self.value * self.scale


@dataclass(frozen=True, slots=True)
class Missing:
    """What of a sentence's numbers a source does not state."""

    numbers: int
    """Numbers in digits."""
    soft: int
    """Spelled numbers, rounded numbers, and digits in names (GPT-3): absent more often for good reason."""


def normalised(text: str) -> str:
    """The text with superscripts as `^18` and compatibility forms made plain."""
    text = _SUPERSCRIPT_RUN.sub(lambda match: "^" + match.group().translate(_SUPERSCRIPTS), text)
    return unicodedata.normalize("NFKC", text).replace("{,}", ",")


def quantities(text: str) -> list[Quantity]:
    """The numbers of a normalised text, in order; spelled ones come last."""
    found = []
    for match in _NUMBER.finditer(text):
        try:
            value = Decimal(match["number"].replace(",", ""))
        except InvalidOperation:
            continue
        word = (match["scale"] or match["letter"] or "").lower()
        about = bool(_ABOUT.search(text[max(0, match.start() - 20) : match.start()]))
        found.append(Quantity(value, _SCALES.get(word, 1), bool(match["percent"]), about=about))
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in NUMBER_WORDS:
            found.append(Quantity(Decimal(NUMBER_WORDS[word]), spelled=True))
    return found


def missing(sentence: str, source: str) -> Missing:
    """How many of the sentence's numbers the source does not state, in any of their usual forms."""
    sentence = _LATEX_COMMAND.sub(" ", _PLACES.sub(" ", normalised(sentence)))
    source = normalised(source)
    stated = quantities(source)
    numbers = sum(not _states_power(source, match[1]) for match in _POWER.finditer(sentence))
    soft = _missing_names(sentence, source)
    for wanted in quantities(_POWER.sub(" ", sentence)):
        if wanted.spelled and wanted.value < 3:
            continue
        if any(_same(wanted, one) for one in stated):
            continue
        rounded = wanted.about and any(_near(wanted, one) for one in stated)
        if wanted.spelled or rounded or wanted.is_small:
            soft += 1
        else:
            numbers += 1
    return Missing(numbers, soft)


def _same(wanted: Quantity, stated: Quantity) -> bool:
    if wanted.size == stated.size:
        return True
    if wanted.value == stated.value and 1 in (wanted.scale, stated.scale):
        return True
    hundredth = Decimal(100)
    return (wanted.percent and stated.size == wanted.value / hundredth) or (
        stated.percent and wanted.size == stated.value / hundredth
    )


def _near(wanted: Quantity, stated: Quantity) -> bool:
    sizes = (stated.size, stated.value) if wanted.scale == 1 else (stated.size,)
    return any(size and abs(wanted.size - size) / abs(size) <= ROUNDING for size in sizes)


def _states_power(source: str, exponent: str) -> bool:
    return bool(re.search(rf"(?<!\d)10\s*\^?\s*\{{?\s*[-−–]?\s*{exponent}(?!\d)", source))


def _missing_names(sentence: str, source: str) -> int:
    have = {_plain(match.group()) for match in _NAME.finditer(source)}
    return sum(_plain(match.group()) not in have for match in _NAME.finditer(sentence))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z\d.]", "", name.lower())
