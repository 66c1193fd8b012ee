"""Title, authors and year of a paper, from its metadata and the look of its first page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ingestion.lines import LETTERS, Line, RawPage
from ingestion.words import word_set

USELESS_TITLE = re.compile(
    r"^(?:untitled|title|document\d*|microsoft word|layout|slide|https?:|arxiv|"
    r".*\.(?:pdf|dvi|docx?|tex|indd|ps)$|"
    r"\d+$|[\w.-]+$)",
    re.IGNORECASE,
)
SMALL_WORDS = word_set("a an and as at but by for from in into is of on or the to via vs with are")
ARXIV_ID = re.compile(r"(?<![\d.])(?P<id>(?P<year>\d{2})(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?(?![\d])")
CREATION_YEAR = re.compile(r"D:((?:19|20)\d{2})")
NOT_A_TITLE = re.compile(
    r"published as|under review|preprint|technical report|arxiv:|conference|proceedings", re.IGNORECASE
)
NOT_A_NAME = re.compile(
    r"@|https?:|universit|institut|department|research|google|openai|school|abstract|\d{4}", re.IGNORECASE
)
STRAY_START = re.compile(r"^(?:\w\s)?[:;,.–-]\s*")
"""What is left of letters that could not be read before a colon."""
MAXIMUM_TITLE_LINES = 5
MAXIMUM_TITLE_CHARACTERS = 300


def title_from_metadata(metadata: Mapping[str, str]) -> str:
    """The title the file names, empty when it is none a person would write."""
    title = " ".join(metadata.get("title", "").split())
    return "" if len(title) < 6 or USELESS_TITLE.match(title) else title[:MAXIMUM_TITLE_CHARACTERS]


def title_lines(page: RawPage) -> list[Line]:
    """The lines of the largest print in the upper part of the first page; empty when nothing stands out."""
    upper = [
        line
        for line in page.lines
        if not line.angle
        and line.box.top < 0.65 * page.height_points
        and len(LETTERS.findall(line.text)) >= 3
        and not NOT_A_TITLE.search(line.text)
    ]
    if not upper:
        return []
    largest = max(line.size for line in upper)
    found: list[Line] = []
    for line in upper:
        is_next = not found or 0 < line.box.bottom - found[-1].box.bottom < 2.2 * largest
        if line.size >= 0.95 * largest and is_next and len(found) < MAXIMUM_TITLE_LINES:
            found.append(line)
        elif found:
            break
    others = [line.size for line in page.lines if line not in found]
    typical = sorted(others)[len(others) // 2] if others else 0.0
    return found if not others or largest >= 1.08 * typical or found[0].bold else []


def title_from_lines(lines: Sequence[Line], words: Counter[str]) -> str:
    """The printed title as one line; capitals become the letters the document uses elsewhere."""
    text = ""
    for line in lines:
        joined = text.endswith("-") and line.text[0].isalpha()
        if joined and _is_word(text.rsplit(" ", 1)[-1][:-1] + line.text.split()[0], words):
            text = text[:-1]
        text += line.text if joined else " " + line.text
    text = re.sub(r"[∗*†‡§¶]+", "", " ".join(text.split()))[:MAXIMUM_TITLE_CHARACTERS]
    text = STRAY_START.sub("", text)
    return _without_capitals(text, words) if text.isupper() and words else text


def word_forms(pages: Sequence[RawPage]) -> Counter[str]:
    """How often each form of each word stands in the document."""
    return Counter(re.findall(r"[^\W\d_]+", "\n".join([line.text for page in pages for line in page.lines])))


def authors_from_lines(page: RawPage, title: Sequence[Line]) -> str:
    """The names printed under the title, best effort; empty when they are not understood."""
    if not title or title[-1] not in page.lines:
        return ""
    names: list[str] = []
    for line in page.lines[page.lines.index(title[-1]) + 1 :]:
        if re.match(r"abstract\b", line.text, re.IGNORECASE) or len(names) > 60:
            break
        if line.angle or NOT_A_NAME.search(line.text):
            continue
        names += _names(line.text)
    return ", ".join(dict.fromkeys(names))


def arxiv_id_from_name(name: str) -> str | None:
    """The arXiv id in a file name such as `1706.03762v7.pdf`."""
    match = ARXIV_ID.search(name)
    return match.group("id") if match else None


def year_of(arxiv_id: str | None, metadata: Mapping[str, str]) -> int | None:
    """The year of first submission by the arXiv id, else the year the file was made."""
    match = ARXIV_ID.fullmatch(arxiv_id) if arxiv_id else None
    if match:
        return 2000 + int(match.group("year"))
    created = CREATION_YEAR.match(metadata.get("created", ""))
    return int(created.group(1)) if created else None


def _names(text: str) -> list[str]:
    parts = re.split(r",|\band\b|&|;|\s{2,}", re.sub(r"[\d∗*†‡§¶♠♣♥♦◦⋄{}]+", " , ", text))
    names = [" ".join(part.split()) for part in parts]
    return [name for name in names if _is_name(name)]


def _is_name(text: str) -> bool:
    words = text.split()
    if not 2 <= len(words) <= 4:
        return False
    return (
        all(word[0].isupper() or word in {"de", "van", "der", "von", "la", "el"} for word in words)
        and not text.isupper()
    )


def _is_word(text: str, words: Counter[str]) -> bool:
    lower = text.lower()
    return any(words[form] for form in (lower, lower.capitalize()))


def _without_capitals(text: str, words: Counter[str]) -> str:
    """Title case, with names such as ReAct as the document writes them."""
    forms: dict[str, Counter[str]] = {}
    for form, count in words.items():
        if not form.isupper() or len(form) == 1:
            forms.setdefault(form.lower(), Counter())[form] += count
    text = _joined_small_capitals(text, forms)
    first = True
    result = ""
    for part in re.findall(r"[^\W\d_]+|[\W\d_]+", text):
        if part[0].isalpha():
            known = forms.get(part.lower())
            form = known.most_common(1)[0][0] if known else part
            after_colon = result.rstrip().endswith((":", "-", "–", "—"))
            result += _titled(form, part, first=first or after_colon)
            first = False
        else:
            result += part
    return result


def _titled(form: str, printed: str, *, first: bool) -> str:
    if not form.islower():
        return form if any(letter.isupper() for letter in form) else printed
    return form if form in SMALL_WORDS and not first else form.capitalize()


def _joined_small_capitals(text: str, forms: Mapping[str, Counter[str]]) -> str:
    """`REAC T` made `REACT` when only the whole is a word of the document."""
    words = text.split(" ")
    index = 0
    while index + 1 < len(words):
        left = re.sub(r"\W", "", words[index]).lower()
        right = re.sub(r"\W", "", words[index + 1]).lower()
        if left + right in forms and (left not in forms or right not in forms):
            words[index : index + 2] = [words[index] + words[index + 1]]
        else:
            index += 1
    return " ".join(words)
