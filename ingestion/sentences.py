"""Where sentences begin and end in scientific prose.

Rules only, no model: a full stop ends a sentence unless what stands before it is a known abbreviation, an
initial or a number that goes on. Blank lines, list items and titles on lines of their own always end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*+•▪◦‣∙–]|\d{1,3}[.)]|\||```)\s)|\n(?=[ \t]*(?:\||```))")
STOP = re.compile(
    r"(?:[.!?…]+|[。！？]+)"  # the stop itself
    r"(?:[\"”’»)\]}]|''|\d{1,2}(?=\s+[A-Z]))*"  # closing quotes, and a footnote mark after the stop
    r"(?:\s?\[\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\](?=\s|$))*"  # numbers of citations that follow it
)
NEVER_FINAL = frozenset(
    """e.g i.e cf al vs viz resp approx w.r.t fig figs eq eqs eqn eqns sec secs sect ch chap tab tabs def thm prop lem
    cor app alg ref refs no nos vol pp dr mr mrs ms prof st dept univ inc ed eds eg ie ph.d b.sc m.sc u.s.a
    jan feb mar apr jun jul aug sep sept oct nov dec ca al. ibid proc conf intl int trans assoc""".split()
)
"""Words whose full stop does not end a sentence, in lower case, without the last stop."""
MAYBE_FINAL = frozenset("etc inc co corp ltd jr sr u.s u.k a.m p.m et.al et no al fig p".split())
"""These end a sentence when a capital word follows that often begins one."""
LEFT_WORD = re.compile(r"[\w.’'-]+$")
OPENERS = "\"“‘'«([{$*_`\\"
STARTERS = frozenset(
    """the a an this that these those we our it its they their there here however moreover furthermore finally
    in on at for as to by with while when where since although because if then thus hence therefore such some
    many most each both all given using despite unlike similarly additionally first second third next also note
    see for but and or so yet after before during figure table section""".split()
)


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
        if match.start() >= begin and _ends_sentence(text, match, end):
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


def _ends_sentence(text: str, match: re.Match[str], end: int) -> bool:
    if match.end() >= end:
        return True
    if match.group()[0] in "。！？":
        return True
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
    word_match = LEFT_WORD.search(text, max(0, match.start() - 40), match.start())
    word = word_match.group() if word_match else ""
    plain = word.lower().strip("’'-")
    next_word = re.match(r"[\"“‘'(\[]*([A-Za-z]+)", following)
    starts_plainly = bool(next_word) and next_word is not None and next_word.group(1).lower() in STARTERS
    if match.group() != ".":
        return False
    if len(plain) == 1 and plain.isalpha():
        return word.isupper() and not starts_plainly and not _ends_formula(text, match.start())
    if plain in MAYBE_FINAL and starts_plainly:
        return False
    if plain in NEVER_FINAL or plain in MAYBE_FINAL:
        return not (plain == "no" and starts_plainly)
    if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word):
        return not starts_plainly
    return False


def _ends_formula(text: str, stop: int) -> bool:
    """True for a single capital that is a symbol, as in `of size N.`, rather than an initial."""
    before = text[max(0, stop - 12) : stop - 1].rstrip()
    last = before.rsplit(" ", 1)[-1] if before else ""
    return bool(last) and not last[0].isupper() and last not in {"and", "&"} and not last.endswith((",", "."))


def _is_name(following: str) -> bool:
    """True for words that keep a small first letter at the head of a sentence, such as `iPod` or `word2vec`."""
    word = following.split(" ", 1)[0]
    return any(letter.isupper() or letter.isdigit() for letter in word[1:]) and word[:1].isalpha()
