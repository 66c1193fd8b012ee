"""Where sentences begin and end in scientific prose.

Rules only, no model: a full stop ends a sentence unless what stands before it is a known abbreviation, an
initial or a number that goes on. Blank lines, list items and titles on lines of their own always end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestion.words import word_set

PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*+•▪◦‣∙–]|\d{1,3}[.)]|\||```)\s)|\n(?=[ \t]*(?:\||```))")
STOP = re.compile(
    r"(?:[.!?…]+|[。！？]+)"  # the stop itself
    r"(?:[\"”’»)\]}]|''|(?<=[^\d\s][.!?])\d{1,2}(?=\s+[A-Z]))*"  # closing quotes, mark of a footnote
    r"(?:\s?\[\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\](?=\s|$))*"  # numbers of citations that follow it
)
NEVER_FINAL = word_set("e.g i.e eg ie cf vs viz resp approx w.r.t dr mr mrs ms prof")
"""Words whose full stop never ends a sentence, in lower case, without the last stop."""
SELDOM_FINAL = word_set("""
    al et fig figs eq eqs eqn eqns sec secs sect ch chap tab tabs def thm prop lem cor app alg ref refs no
    nos vol p pp st dept univ inc ed eds ca jan feb mar apr jun jul aug sep sept oct nov dec ibid proc conf
    intl int trans assoc etc co corp ltd jr sr u.s u.k a.m p.m ph.d b.sc m.sc u.s.a
""")
"""Words whose full stop ends a sentence only before a word that often begins one."""
STARTERS = word_set("""
    the a an this that these those we our it its they their there here however moreover furthermore finally
    in on at for as to by with while when where since although because if then thus hence therefore such some
    many most each both all given using despite unlike similarly additionally first second third next also
    note see for but and or so yet after before during figure table section
""")
FORMULA_WORDS = word_set("is are = ≠ ∈ < > ≤ ≥ + - − × ∗ · ∼ size dimension length set equals than most least")
LIST_MARK = re.compile(r"\s*[(\[]?(?:\d{1,3}(?:\.\d{1,2})*|[A-Za-z]|[ivx]{1,4})[.)\]]+")
LEFT_WORD = re.compile(r"[\w.’'-]+$")
OPENERS = "\"“‘'«([{$*_`\\"


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, in order, without the white space around it."""
    spans: list[tuple[int, int]] = []
    position = 0
    for match in PARAGRAPH_BREAK.finditer(text):
        spans += _sentences(text, position, match.start())
        position = match.end() if match.group().endswith("\n") or not match.group().strip() else match.start()
    return spans + list(_sentences(text, position, len(text)))


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one paragraph, `text[start:end]`."""
    begin = start
    for match in STOP.finditer(text, start, end):
        if match.start() >= begin and _ends_sentence(text, match, begin, end):
            yield from _trimmed(text, begin, match.end())
            begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _ends_sentence(text: str, match: re.Match[str], begin: int, end: int) -> bool:
    if match.end() >= end:
        return True
    if match.group()[0] in "。！？":
        return True
    if LIST_MARK.fullmatch(text, begin, match.end()):
        return False
    if not text[match.end()].isspace():
        return False
    following = text[match.end() : match.end() + 60].lstrip()
    first = following.lstrip(OPENERS)[:1]
    if match.group()[0] in "!?…" or match.group().startswith(".."):
        return first.isupper() or first.isdigit() or not first.isalnum() or not first.isascii()
    if first.islower() and not _is_name(following):
        return False
    return not _is_abbreviation(text, match, following)


def _is_abbreviation(text: str, match: re.Match[str], following: str) -> bool:
    """True when the full stop belongs to the word before it and the sentence goes on."""
    if match.group() != ".":
        return False
    left = LEFT_WORD.search(text, max(0, match.start() - 40), match.start())
    word = left.group() if left else ""
    plain = word.lower().strip("’'-")
    if plain in NEVER_FINAL or (plain in SELDOM_FINAL and following[:1].isdigit()):
        return True
    next_word = re.match(r"[\"“‘'(\[]*([A-Za-z]+)", following)
    if next_word and next_word.group(1).lower() in STARTERS:
        return False
    if len(plain) == 1 and plain.isalpha():
        return word.isupper() and not _ends_formula(text, match.start())
    return plain in SELDOM_FINAL or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word) is not None


def _ends_formula(text: str, stop: int) -> bool:
    """True for a single capital that is a symbol, as in `the size is N.`, rather than an initial."""
    before = text[max(0, stop - 14) : stop - 1].split()
    return bool(before) and before[-1].lower() in FORMULA_WORDS


def _is_name(following: str) -> bool:
    """True for words that keep their small first letter, such as `iPod` or `word2vec`."""
    word = following.split(" ", 1)[0]
    return any(letter.isupper() or letter.isdigit() for letter in word[1:]) and word[:1].isalpha()
