"""Services without models: a library in memory, and a tutor that plays a script.

`python tests/fake_services.py PORT HOME` serves the page over them.
"""

import asyncio
import io
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from agent.answers import Step
from agent.assemble import Assembly
from agent.conversations import ConversationStore
from agent.events import (
    Answer,
    AnswerFinished,
    Citation,
    SentenceCheck,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnFailed,
    TurnStarted,
)
from agent.providers.options import ModelChoice
from errors import DocumentNotFoundError, EmptyDocumentError
from ingestion.document import Box, Heading, Page, WordBox
from ui.services import PageLimits, Services
from vectorstore.passage import Passage
from vectorstore.reports import AddProgress, AddReport, DocumentSummary, FileOutcome

MARK_COLOUR = (255, 226, 122)
PAPER, NOTE = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"
QUOTE = "We suspect that for large values of dk, the dot products grow large in magnitude."
PAPER_TEXT = f"Scaled dot-product attention. {QUOTE} To counteract this effect, we scale the dot products."
NOTE_TEXT = "# LoRA\n\nLow-rank adaptation freezes the weights.\n\nIt trains two small matrices A and B."


def words_of(text, *, left=72.0, top=100.0):
    """A box for each word, ten words a line."""
    words, position = [], 0
    for number, word in enumerate(text.split(" ")):
        row, column = divmod(number, 10)
        box = Box(left + column * 46, top + row * 14, left + column * 46 + 42, top + row * 14 + 11)
        words.append(WordBox(position, position + len(word), box))
        position += len(word) + 1
    return tuple(words)


def summary(identity, kind, title, pages, *, arxiv_id=None, source_name="a.pdf"):
    return DocumentSummary(
        identity,
        kind,
        title,
        "A. Author, B. Author",
        arxiv_id,
        2017,
        source_name,
        pages,
        12,
        datetime(2026, 11, 2, tzinfo=UTC),
        (),
    )


@dataclass
class FakeLibrary:
    """Two documents; files that are added become documents of one page."""

    folder: Path
    entries: dict = field(default_factory=dict)
    added: dict = field(default_factory=dict)
    closed: bool = False
    seconds_per_file: float = 0.4

    def __post_init__(self):
        self.entries[PAPER] = summary(PAPER, "pdf", "Attention Is All You Need", 3, arxiv_id="1706.03762")
        self.entries[NOTE] = summary(NOTE, "markdown", "LoRA: a note", 1, source_name="lora.md")

    def documents(self):
        return list(self.entries.values())

    def find_document(self, reference):
        if reference not in self.entries:
            raise DocumentNotFoundError("This document is not in the library.", hint="Add it again.")
        return self.entries[reference]

    def page_count(self, document_id):
        return self.find_document(document_id).pages

    def page(self, document_id, number):
        document = self.find_document(document_id)
        if document.kind == "pdf":
            text = PAPER_TEXT if number == 2 else f"Page {number} speaks of other things."
            return Page(number, str(number), text, 612.0, 792.0, words_of(text), ())
        text = self.added.get(document_id, NOTE_TEXT)
        return Page(1, "1", text, 0.0, 0.0, (), (Heading(0, 1, "LoRA"),))

    def render_page(self, document_id, number, *, marks=(), scale=2.0):
        from PIL import Image, ImageDraw

        picture = Image.new("RGB", (int(612 * scale), int(792 * scale)), "white")
        draw = ImageDraw.Draw(picture)
        for box in marks:
            draw.rectangle([v * scale for v in (box.left, box.top, box.right, box.bottom)], fill=MARK_COLOUR)
        page = self.page(document_id, number)
        for word in page.words:
            place = (word.box.left * scale, word.box.top * scale)
            draw.text(place, page.text[word.start : word.end], fill="black")
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        return stream.getvalue()

    def search(self, query, *, limit=8, document_ids=None):
        if "zebra" in query:
            return []
        start = PAPER_TEXT.index(QUOTE)
        return [
            Passage("c1", PAPER, "pdf", "Attention Is All You Need", "1706.03762", 2, "2", "3.2 Attention",
                    "text", start, start + len(QUOTE), QUOTE, 4, 0.8, 3.0, 0.9)
        ]  # fmt: skip

    def add(self, paths, *, progress=None, cancelled=None):
        outcomes = []
        for number, path in enumerate(paths):
            if cancelled and cancelled():
                outcomes.append(FileOutcome(path, "cancelled", None, 0, 0, None, ()))
                continue
            for chunk in range(1, 5):
                if progress:
                    progress(AddProgress(number, len(paths), number + 1, 5, chunk, 4, 40.0, 2.0, path.name))
                time.sleep(self.seconds_per_file / 4)
            text = path.read_text(encoding="utf-8", errors="replace")
            if not text.strip():
                error = EmptyDocumentError(f"{path.name} holds no text.", hint="Add a file with text in it.")
                outcomes.append(FileOutcome(path, "failed", None, 0, 0, error, ()))
                continue
            identity = f"{abs(hash(text)):016x}"[:16]
            (self.folder / path.name).write_text(text, encoding="utf-8")
            self.entries[identity] = summary(identity, "text", path.stem, 1, source_name=path.name)
            self.added[identity] = text
            outcomes.append(FileOutcome(path, "added", identity, 1, 2, None, ()))
        return AddReport(tuple(outcomes), 1.0, 2)

    def file_path(self, document_id):
        return self.folder / self.find_document(document_id).source_name

    def delete(self, document_id):
        found = self.find_document(document_id)
        del self.entries[document_id]
        return found

    def close(self):
        self.closed = True


def citation(number, document_id, title, page, quote, text, supported="supported"):
    start = text.index(quote)
    return Citation(
        number, document_id, title, "1706.03762" if document_id == PAPER else None, page, str(page),
        "3.2 Attention", f"c{number}", start, start + len(quote), quote, supported,
    )  # fmt: skip


def answer_of(text, citations, verdicts):
    sentences, position = [], 0
    for sentence, verdict in verdicts:
        start = text.index(sentence, position)
        position = start + len(sentence)
        sentences.append(SentenceCheck(start, position, sentence, (1,), verdict, 0.8))
    return Answer(text, tuple(sentences), tuple(citations), False, "embedded", 1.2, 0.3, 812, 96,
                  ("Two passages did not fit into the context and were left out.",))  # fmt: skip


SENTENCES = (
    ("The dot products grow with the key dimension, which pushes the softmax flat [1].", "supported"),
    ("Therefore they are scaled by $1/\\sqrt{d_k}$ before the softmax [1][2].", "partly"),
    ("LoRA would need the same factor [2].", "unsupported"),
    ("This is common practice today.", "uncited"),
)


def scripted_answer():
    text = " ".join(sentence for sentence, _ in SENTENCES)
    text += "\n\n![x](http://evil.example/a.png) <img src=http://evil.example/b.png> \n\n```python\nprint('<b>')\n```"
    citations = [
        citation(1, PAPER, "Attention Is All You Need", 2, QUOTE, PAPER_TEXT),
        citation(2, NOTE, "LoRA: a note", 1, "It trains two small matrices A and B.", NOTE_TEXT, "partly"),
    ]
    return answer_of(text, citations, SENTENCES)


@dataclass
class FakeTutor:
    """Plays the same turn for every question; a question with 'fail' in it fails."""

    conversations: ConversationStore
    default_model: str = "embedded"
    seconds_per_word: float = 0.03

    async def ask(self, question, *, conversation_id=None, model=None):
        identity = conversation_id or self.conversations.create(question).id
        turn_id = self.conversations.begin_turn(identity, question)
        done = False
        try:
            yield TurnStarted(identity, turn_id, model or self.default_model)
            if "fail" in question:
                self.conversations.end_turn(turn_id, "failed", error="The model does not answer.", hint="Wait.")
                done = True
                yield TurnFailed("The model does not answer.", "Wait.")
                return
            yield ToolStarted("call-1", "search_library", {"query": question, "document": ""})
            await asyncio.sleep(0.3)
            yield ToolFinished("call-1", "search_library", "6 passages from 2 documents", 0.31, False)
            answer = scripted_answer()
            for word in answer.text.split(" "):
                yield TextDelta(word + " ")
                await asyncio.sleep(self.seconds_per_word)
            steps = (Step("search_library", {"query": question}, "6 passages from 2 documents", 0.31, False),)
            self.conversations.end_turn(turn_id, "done", answer=answer, steps=steps)
            done = True
            yield AnswerFinished(identity, turn_id, answer)
        finally:
            if not done:
                self.conversations.end_turn(turn_id, "stopped")

    def delete_conversation(self, conversation_id):
        self.conversations.delete(conversation_id)


def list_models():
    return [
        ModelChoice(name="embedded", label="Built in", available=True, note="answers by quoting your library"),
        ModelChoice(name="ollama/llama3.2:3b", label="llama3.2:3b (Ollama)", available=True, note="2.0 GB"),
        ModelChoice(name="ollama", label="Ollama", available=False, note="No server.", hint="Run: ollama serve"),
    ]


def fake_services(home, *, loading_seconds=0.0, read_only="", limits=None):
    """Services over the fakes; `loading_seconds` plays a slow start."""
    home.mkdir(parents=True, exist_ok=True)
    store = ConversationStore(home / "conversations.sqlite")
    files = home / "files"
    files.mkdir(exist_ok=True)
    for name in ("a.pdf", "lora.md"):
        (files / name).write_text(NOTE_TEXT, encoding="utf-8")

    def open_rooms():
        time.sleep(loading_seconds)
        return Assembly(library=FakeLibrary(files), tutor=FakeTutor(store), read_only=read_only)

    return Services(
        home=home,
        conversations=store,
        open_rooms=open_rooms,
        list_models=list_models,
        test_model=lambda name: f"{name or 'auto'} answered in 0.1 s.",
        limits=limits or PageLimits(),
    )


def serve_fake(port, home, loading_seconds):
    from ui.launch import prepare_environment, serve

    prepare_environment(home)
    services = fake_services(home, loading_seconds=loading_seconds)
    _, address = serve(services, "127.0.0.1", port)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    services.start()
    threading.Event().wait()


if __name__ == "__main__":
    serve_fake(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.0)
