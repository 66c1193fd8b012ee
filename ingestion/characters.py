"""Characters a learner can read: ligatures resolved, invisible ones gone, accents put on."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff0-\uffff\ue000-\uf8ff\ud800-\udfff\U000e0000-\U000e007f"
    "\U000f0000-\U0010ffff]"
)
"""Control, zero-width, bidirectional, private-use and tag characters, soft hyphens, lone surrogates."""

COMPATIBLE = re.compile("[\ufb00-\ufb06\U0001d400-\U0001d7ff\u2126\u212a\u212b]")
"""Latin ligatures, mathematical letters and a few unit signs, which have a plain form."""

SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")

ACCENTS = {
    "´": "\u0301",
    "`": "\u0300",
    "ˆ": "\u0302",
    "¨": "\u0308",
    "˜": "\u0303",
    "ˇ": "\u030c",
    "˚": "\u030a",
}
LOOSE_ACCENT = re.compile("([´ˆ¨˜ˇ˚])([A-Za-zı])")
"""TeX's old fonts print an accent and then the letter: ´e for é."""

LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029\x0b\x0c]")


def clean_word(word: str) -> str:
    """The word as it is printed, without anything invisible; it may become empty."""
    if word.isascii() and word.isprintable():
        return word
    word = COMPATIBLE.sub(_compatible, INVISIBLE.sub("", SPACES.sub(" ", word)))
    word = LOOSE_ACCENT.sub(_accented, word)
    return unicodedata.normalize("NFC", word)


def clean_text(text: str) -> str:
    """Text of several lines, each cleaned as by `clean_word`; all line ends become the same one."""
    text = LINE_ENDS.sub("\n", text).replace("\t", "    ")
    return unicodedata.normalize("NFC", COMPATIBLE.sub(_compatible, INVISIBLE.sub("", SPACES.sub(" ", text))))


def _compatible(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group())


def _accented(match: re.Match[str]) -> str:
    letter = "i" if match.group(2) == "ı" else match.group(2)
    composed = unicodedata.normalize("NFC", letter + ACCENTS[match.group(1)])
    return composed if len(composed) == 1 else match.group()
