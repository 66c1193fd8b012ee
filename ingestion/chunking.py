"""Pages become chunks: whole sentences of one section of one page, about 200 tokens each."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from ingestion.blocks import SECTION_SEPARATOR, Block, SectionPath, page_blocks
from ingestion.detect import CODE_ENDINGS
from ingestion.displayed_equations import displayed_equations
from ingestion.document import Chunk, ChunkId, ChunkKind, Document, Page
from ingestion.sentences import split_sentences

LARGE_TOKENS = 220
"""A section's text is cut into the fewest chunks of equal size that are no larger than this, so chunks
have 110 to 220 tokens wherever a section has that many."""
SMALL_TOKENS = 40
"""Chunks below this many tokens are joined to a neighbour where there is one."""
MOST_TITLES = 20
"""So many titles without text between them go to what follows; more are a list of their own."""
TITLE_CHARACTERS = 90
SECTION_CHARACTERS = 110
RESERVE_TOKENS = 4
"""Kept free for the tokens an embedding model adds at both ends."""
WORD = re.compile(r"[^\W\d_]{2}")
"""Two letters in a row."""
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, a row or a title: what a chunk is put together from."""

    start: int
    end: int
    tokens: int
    kind: ChunkKind
    section: str
    begins_block: bool
    is_title: bool


def is_embedded(chunk: Chunk) -> bool:
    """Whether a chunk has a vector. A list of references has none: it names every topic and explains none.

    Who looks for a name or title in it finds it by its words. Of the papers' word pieces 16% are such lists.
    """
    return chunk.kind != "reference"


def embedding_text(title: str, chunk: Chunk) -> str:
    """What is embedded for a chunk: the document's title, the section and the text; of a table the cells with words."""
    return _prefix(title, chunk.section) + (_words_of_table(chunk.text) if chunk.kind == "table" else chunk.text)


def chunk_document(document: Document, *, count_tokens: CountTokens, max_tokens: int) -> list[Chunk]:
    """The chunks of a document in reading order; none crosses a page.

    `max_tokens` bounds `embedding_text(document.title, chunk)`, counted by `count_tokens`.
    """
    chunker = Chunker(document, count_tokens, max_tokens)
    return [chunk for page in document.pages for chunk in chunker.page_chunks(page)]


class Chunker:
    """Chunks the pages of one document, in order."""

    def __init__(self, document: Document, count_tokens: CountTokens, max_tokens: int) -> None:
        self.document = document
        self.count_tokens = count_tokens
        self.max_tokens = max_tokens
        self.path = SectionPath(document.title)
        self.is_code = Path(document.source_name).suffix.lower() in CODE_ENDINGS
        self.position = 0
        self.equation_ends: list[int] = []
        """Where the numbers of the present page's displayed equations end."""
        self._prefix_tokens: dict[str, int] = {}

    def page_chunks(self, page: Page) -> Iterator[Chunk]:
        """The chunks of the next page."""
        blocks = page_blocks(page, self.path, is_code=self.is_code)
        is_pdf = self.document.kind == "pdf"
        self.equation_ends = [equation.end for equation in displayed_equations(page)] if is_pdf else []
        for run in _runs([piece for block in blocks for piece in self._pieces(page.text, block)]):
            for group in self._grouped(run):
                yield from self._chunks(page, group)

    def _pieces(self, text: str, block: Block) -> Iterator[Piece]:
        if block.is_title:
            spans = [(block.start, block.end)]
        elif block.kind in ("table", "code"):
            spans = list(_rows(text, block.start, block.end))
        else:
            spans = [
                (block.start + start, block.start + end)
                for start, end in split_sentences(text[block.start : block.end])
            ]
        for index, (start, end) in enumerate(spans):
            tokens = self.count_tokens(text[start:end])
            for first, last, count in self._hard_split(text, start, end, tokens, self._room(block.section)):
                begins = index == 0 and first == start
                yield Piece(first, last, count, block.kind, block.section, begins, block.is_title)

    def _room(self, section: str) -> int:
        """Tokens left for the text beside title and section; at least 8."""
        if section not in self._prefix_tokens:
            self._prefix_tokens[section] = self.count_tokens(_prefix(self.document.title, section))
        return max(8, self.max_tokens - self._prefix_tokens[section] - RESERVE_TOKENS)

    def _hard_split(self, text: str, start: int, end: int, tokens: int, room: int) -> Iterator[tuple[int, int, int]]:
        """Halves of an overlong sentence until each fits, cut between words where there are any."""
        if tokens <= room or end - start <= 1:
            yield start, end, tokens
            return
        middle = (start + end) // 2
        space = text.rfind(" ", start + (end - start) // 4, middle)
        cut = space if space > start else middle
        first_end, second_start = cut, cut + 1 if text[cut].isspace() else cut
        for begin, finish in ((start, first_end), (second_start, end)):
            if text[begin:finish].strip():
                yield from self._hard_split(text, begin, finish, self.count_tokens(text[begin:finish]), room)

    def _grouped(self, run: Sequence[Piece]) -> Iterator[list[Piece]]:
        """Groups of about equal size, cut at paragraphs where one ends near the wanted size."""
        room = min(self._room(piece.section) for piece in run)
        group: list[Piece] = []
        size = 0
        left = sum(piece.tokens for piece in run)
        goal = _goal(left, room)
        for piece in run:
            if group and _ends_group(group, size, piece, left, goal=goal, room=room):
                carried = _trailing_titles(group)
                yield group[: len(group) - len(carried)]
                group, size = carried, sum(member.tokens for member in carried)
                goal = _goal(size + left, room)
            group.append(piece)
            size += piece.tokens
            left -= piece.tokens
        if group:
            yield group

    def _chunks(self, page: Page, group: Sequence[Piece]) -> Iterator[Chunk]:
        """The chunk of a group; more than one when tokens do not add up and it is too long as a whole."""
        if not group:
            return
        chunk = self._chunk(page, group[0].start, group[-1].end, _main_kind(group), group[0].section)
        if self.count_tokens(embedding_text(self.document.title, chunk)) <= self.max_tokens or len(chunk.text) <= 1:
            self.position += 1
            yield chunk
            return
        if len(group) > 1:
            middle = len(group) // 2
            yield from self._chunks(page, group[:middle])
            yield from self._chunks(page, group[middle:])
            return
        piece = group[0]
        room = max(1, min(self._room(piece.section), piece.tokens) // 2)
        if self.max_tokens - self._prefix_tokens[piece.section] < 8 and piece.section:
            yield from self._chunks(page, [replace(piece, section="")])
            return
        parts = list(self._hard_split(page.text, piece.start, piece.end, piece.tokens, room))
        if len(parts) == 1:
            self.position += 1
            yield chunk
            return
        for start, end, tokens in parts:
            yield from self._chunks(page, [replace(piece, start=start, end=end, tokens=tokens)])

    def _chunk(self, page: Page, start: int, end: int, kind: ChunkKind, section: str) -> Chunk:
        while end > start and page.text[end - 1].isspace():
            end -= 1
        while start < end and page.text[start].isspace():
            start += 1
        text = page.text[start:end]
        if kind == "text" and any(start < place <= end for place in self.equation_ends):
            kind = "equation"
        identity = f"{self.document.id}\n{page.number}\n{start}\n{end}\n{text}"
        return Chunk(
            id=ChunkId(hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:24]),
            document_id=self.document.id,
            page_number=page.number,
            start=start,
            end=end,
            text=text,
            section=section,
            kind=kind,
            position=self.position,
        )


def _prefix(title: str, section: str) -> str:
    """Title and section, shortened; the section keeps its innermost title."""
    title = _shortened(title, TITLE_CHARACTERS)
    if len(section) > SECTION_CHARACTERS:
        section = _shortened(section.rsplit(SECTION_SEPARATOR, 1)[-1], SECTION_CHARACTERS)
    return f"{title}\n{section}\n" if section else f"{title}\n"


def _words_of_table(text: str) -> str:
    """The rows without the cells that hold no word: an embedding knows numbers badly, and the keyword index has them.

    A third of the time for tables, which are an eighth of all word pieces of the papers.
    """
    rows = [[cell for cell in row.split("|") if WORD.search(cell)] for row in text.split("\n")]
    return "\n".join("|".join(row).strip() for row in rows if row) or text


def _shortened(text: str, characters: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= characters else text[:characters].rsplit(" ", 1)[0]


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    for row in text[start:end].split("\n"):
        if row.strip():
            yield position, position + len(row)
        position += len(row) + 1


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that may share a chunk: one section, one kind; a caption stands alone."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        previous = runs[-1][-1] if runs else None
        new_caption = piece.kind == "caption" and piece.begins_block
        if previous and previous.section == piece.section and previous.kind == piece.kind and not new_caption:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return _without_tiny(runs)


def _without_tiny(runs: list[list[Piece]]) -> list[list[Piece]]:
    """Runs of a few tokens joined to the neighbour of their section; nothing follows a caption."""
    result: list[list[Piece]] = []
    for run in runs:
        previous = result[-1] if result else []
        if _may_join(previous, run) and (_is_tiny(previous) or _is_tiny(run) and run[0].kind != "caption"):
            previous.extend(run)
        elif 0 < len(previous) <= MOST_TITLES and all(piece.is_title for piece in previous):
            result[-1] = [*(replace(piece, section=run[0].section) for piece in previous), *run]
        else:
            result.append(list(run))
    return result


def _may_join(previous: Sequence[Piece], run: Sequence[Piece]) -> bool:
    """Whether a run goes on in the one before. As nothing follows a caption, only the last piece can be one."""
    return bool(previous) and previous[-1].section == run[0].section and previous[-1].kind != "caption"


def _is_tiny(run: Sequence[Piece]) -> bool:
    """Whether a run has few tokens; a long one is not added up to its end."""
    return all(size < SMALL_TOKENS for size in accumulate(piece.tokens for piece in run))


def _goal(tokens: int, room: int) -> float:
    """The size of groups, all alike, that `tokens` make."""
    return tokens / max(1, math.ceil(tokens / min(room, LARGE_TOKENS)))


def _ends_group(group: Sequence[Piece], size: int, piece: Piece, left: int, *, goal: float, room: int) -> bool:
    """True when `piece`, with which `left` tokens are to come, begins the next group."""
    if size + piece.tokens > room:
        return True
    if all(member.is_title for member in group) or left < SMALL_TOKENS:
        return False
    return piece.begins_block and size >= 0.75 * goal or size + piece.tokens / 2 > goal


def _trailing_titles(group: Sequence[Piece]) -> list[Piece]:
    """Titles at the end of a group, which belong to what follows."""
    count = 0
    while count < len(group) - 1 and group[-1 - count].is_title:
        count += 1
    return list(group[len(group) - count :])


def _main_kind(group: Sequence[Piece]) -> ChunkKind:
    """A caption's kind when there is one, else the kind most of the group's tokens have."""
    if any(piece.kind == "caption" for piece in group):
        return "caption"
    tokens: dict[ChunkKind, int] = {}
    for piece in group:
        tokens[piece.kind] = tokens.get(piece.kind, 0) + piece.tokens
    return max(tokens, key=lambda kind: tokens[kind])
