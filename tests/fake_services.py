"""Services without models: a library in memory, and a tutor that plays a script.

`python tests/fake_services.py PORT HOME` serves the page over them.
"""

import asyncio
import io
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from make_png import png

from agent.answers import Step
from agent.assemble import Assembly
from agent.context import Limits
from agent.conversations import ConversationStore
from agent.events import (
    Answer,
    AnswerFinished,
    ApprovalNeeded,
    ApprovalRequest,
    Citation,
    SentenceCheck,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
    TurnStarted,
)
from agent.figures import FIGURES, FigureStore
from agent.preferences import NO_PREFERENCES
from agent.providers.options import ModelChoice
from errors import ArxivError, ArxivNotFoundError, DocumentNotFoundError, DownloadError, EmptyDocumentError
from ingestion.document import Box, Chunk, Heading, Page, WordBox
from papers.reports import AddedPaper, FetchOutcome, FetchProgress, FetchReport, FoundPaper, FoundPapers
from papers.values import PaperRecord
from sandbox.values import WallState
from ui.services import PageLimits, Services
from vectorstore.facts import DocumentFacts
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


class FakeEmbedder:
    """Finds nothing alike: short answers are judged by their words."""

    def embed(self, texts):
        return np.eye(max(len(texts), 2))[: len(texts)]


@dataclass
class FakeLibrary:
    """Two documents; files that are added become documents of one page."""

    folder: Path
    entries: dict = field(default_factory=dict)
    added: dict = field(default_factory=dict)
    closed: bool = False
    needs_reembedding: bool = False
    seconds_per_file: float = 0.4
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    embedder_name: str = "fake@1"

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

    def search(self, query, *, limit=8, document_ids=None, filters=None):
        if "zebra" in query:
            return []
        start = PAPER_TEXT.index(QUOTE)
        return [
            Passage("c1", PAPER, "pdf", "Attention Is All You Need", "1706.03762", 2, "2", "3.2 Attention",
                    "text", start, start + len(QUOTE), QUOTE, 4, 0.8, 3.0, 0.9)
        ]  # fmt: skip

    def add(self, paths, *, progress=None, cancelled=None, facts=None, ended=lambda _: None):
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
                ended(outcomes[-1])
                continue
            identity = f"{abs(hash(text)):016x}"[:16]
            (self.folder / path.name).write_text(text, encoding="utf-8")
            self.entries[identity] = summary(identity, "text", path.stem, 1, source_name=path.name)
            self.added[identity] = text
            outcomes.append(FileOutcome(path, "added", identity, 1, 2, None, ()))
            ended(outcomes[-1])
        return AddReport(tuple(outcomes), 1.0, 2)

    def facts(self, document_id):
        return DocumentFacts()

    def chunks(self, document_id):
        text = self.page(document_id, 1).text
        kinds = ("text", "table", "equation")
        return [
            Chunk(f"c{number}", document_id, number, 0, 9, text[:9], f"{number} Part", kinds[number % 3], number)
            for number in range(1, self.find_document(document_id).pages + 1)
        ]

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


SHORT = Answer("Here it is.", (), (), False, "embedded", 0.4, 0.2)
CODE = "import numpy as np\nprint(np.arange(3))"


def python_details(code, picture_name):
    """What a run of Python leaves behind, as the agent hands it on."""
    return {
        "kind": "python",
        "code": code,
        "status": "ok",
        "text": "[0 1 2]\n",
        "value": "",
        "error": "",
        "figures": [{"file": picture_name, "width": 320, "height": 240}],
        "notices": [],
        "seconds": 0.05,
        "wall": "webassembly",
    }


class FakeSandbox:
    """One wall ready, the other being prepared."""

    def states(self):
        return (
            WallState("locked process", True),
            WallState("webassembly", False, "being compiled", 0.4, 45.0),
        )


def record_of(arxiv_id, title):
    moment = datetime(2023, 5, 29, tzinfo=UTC)
    return PaperRecord(
        arxiv_id=arxiv_id,
        version=2,
        title=title,
        authors=("A. Author",),
        abstract="About preferences.",
        published=moment,
        updated=moment,
        categories=("cs.LG",),
        primary_category="cs.LG",
    )


@dataclass
class FakePapers:
    """Knows two papers; a query with 'nothing' finds none, an id that ends in 00009 is not known."""

    library: FakeLibrary
    seconds_per_paper: float = 0.6
    added: list = field(default_factory=list)

    def search(self, query, **_):
        if "broken" in query:
            raise ArxivError("arXiv does not answer.", hint="Try again in a minute.")
        if "nothing" in query:
            return FoundPapers()
        known = (("2305.18290", "Direct Preference Optimization", None), ("1706.03762", "Attention", PAPER))
        return FoundPapers(
            FoundPaper(
                record=record_of(arxiv_id, title),
                why="It fits.",
                document_id=held,
                paper_id=None,
                topic_ids=(),
                topics=(),
            )
            for arxiv_id, title, held in known
        )

    def add(self, reference, *, progress=None, cancelled=None):
        record = record_of(reference, f"Paper {reference}")
        for done in range(1, 5):
            if cancelled and cancelled():
                raise DownloadError("The download was stopped.", hint="Start it again to go on.")
            if progress:
                progress(
                    FetchProgress(
                        stage="download",
                        paper=record.title,
                        files_done=0,
                        files_total=1,
                        bytes_done=done * 500_000,
                        bytes_total=2_000_000,
                        sentence=f"Downloading {record.title}",
                    )
                )
            time.sleep(self.seconds_per_paper / 4)
        if reference.endswith("00009"):
            raise ArxivNotFoundError(f"arXiv knows no paper {reference}.", hint="Check the id.")
        self.added.append(reference)
        identity = f"{len(self.added):016x}"
        self.library.entries[identity] = summary(identity, "pdf", record.title, 9, arxiv_id=reference)
        return AddedPaper(status="added", record=record, document_id=identity, title=record.title, pages=9, chunks=80)

    def fetch_roadmap(self, progress=None, cancelled=None, ended=lambda _: None):
        outcomes = []
        for reference in ("2210.03629", "2303.11366"):
            if cancelled and cancelled():
                outcomes.append(FetchOutcome(paper_id=reference, title=reference, status="cancelled"))
                continue
            added = self.add(reference, progress=progress)
            outcomes.append(FetchOutcome(paper_id=reference, title=added.title, status="added", version=2))
            ended(outcomes[-1])
        return FetchReport(tuple(outcomes), 1.0)


@dataclass
class FakeTutor:
    """Plays the same turn for every question.

    A question with 'slowly' in it is answered slowly, one with 'fail' fails,
    one with 'plot' runs code, one with 'permission' waits for the learner.
    """

    conversations: ConversationStore
    figures: FigureStore
    default_model: str = "embedded"
    seconds_per_word: float = 0.03
    asked_with: list = field(default_factory=list)
    resets: list = field(default_factory=list)
    papers: FakePapers | None = None
    sandbox: FakeSandbox | None = None
    limits: Limits = field(default_factory=Limits)
    undo_time: timedelta = timedelta(hours=1)
    bounds: list = field(default_factory=list)

    async def ask(
        self, question, *, conversation_id=None, model=None, run_python=None, preferences=NO_PREFERENCES, limits=None
    ):
        self.asked_with.append(run_python)
        self.bounds.append((preferences, limits))
        if "plot" in question or "permission" in question:
            async for event in self._ask_for_code(question, conversation_id, model):
                yield event
            return
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
                await asyncio.sleep(self.seconds_per_word * (6 if "slowly" in question else 1))
            steps = (Step("search_library", {"query": question}, "6 passages from 2 documents", 0.31, False),)
            self.conversations.end_turn(turn_id, "done", answer=answer, steps=steps)
            done = True
            yield AnswerFinished(identity, turn_id, answer)
        finally:
            if not done:
                self.conversations.end_turn(turn_id, "stopped")

    def delete_conversation(self, conversation_id):
        self.conversations.delete(conversation_id)

    def purge(self):
        self.conversations.purge(deleted_before=datetime.now(UTC) - self.undo_time)

    async def branch(self, conversation_id, position, *, as_version=False, new_question=""):
        self.figures.copy(
            conversation_id,
            (
                made := self.conversations.branch(
                    conversation_id, position, as_version=as_version, new_question=new_question
                )
            ).id,
        )
        return made

    async def _ask_for_code(self, question, conversation_id, model):
        identity = conversation_id or self.conversations.create(question).id
        turn_id = self.conversations.begin_turn(identity, question)
        yield TurnStarted(identity, turn_id, model or self.default_model)
        if "permission" in question:
            request = ApprovalRequest("call-9", "run_python", {"code": CODE}, "You asked to see code first.")
            self.conversations.wait_turn(turn_id, (request,), {})
            yield ApprovalNeeded(identity, turn_id, (request,))
            return
        async for event in self._run(identity, turn_id, CODE):
            yield event

    async def decide(self, conversation_id, decisions, *, preferences=NO_PREFERENCES, limits=None):
        (decision,) = decisions.values()
        turn_id = self.conversations.resume_turn(conversation_id, decisions).id
        yield TurnStarted(conversation_id, turn_id, self.default_model)
        if not decision.approved:
            self.conversations.end_turn(turn_id, "done", answer=SHORT)
            yield AnswerFinished(conversation_id, turn_id, SHORT)
            return
        async for event in self._run(conversation_id, turn_id, (decision.arguments or {"code": CODE})["code"]):
            yield event

    async def _run(self, conversation_id, turn_id, code):
        yield ToolStarted("call-9", "run_python", {"code": code})
        yield ToolProgress("call-9", "run_python", "Running", None)
        await asyncio.sleep(0.5)
        details = python_details(code, self.figures.save(conversation_id, png(320, 240)))
        yield ToolFinished("call-9", "run_python", "ran in 0.05 s", 0.05, False, details)
        steps = (Step("run_python", {"code": code}, "ran in 0.05 s", 0.05, False, details),)
        self.conversations.end_turn(turn_id, "done", answer=SHORT, steps=steps)
        yield AnswerFinished(conversation_id, turn_id, SHORT)

    async def run_code(self, conversation_id, code):
        turn_id = self.conversations.begin_turn(conversation_id, code, kind="code")
        await asyncio.sleep(0.3)
        details = python_details(code, self.figures.save(conversation_id, png(320, 240)))
        steps = (Step("run_python", {"code": code}, "ran in 0.05 s", 0.05, False, details),)
        self.conversations.end_turn(turn_id, "done", steps=steps)

    def reset_python(self, conversation_id):
        self.resets.append(conversation_id)


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
        library = FakeLibrary(files)
        tutor = FakeTutor(store, FigureStore(home / FIGURES), papers=FakePapers(library), sandbox=FakeSandbox())
        return Assembly(library=library, tutor=tutor, read_only=read_only)

    return Services(
        home=home,
        conversations=store,
        figures=FigureStore(home / FIGURES),
        open_rooms=open_rooms,
        list_models=list_models,
        test_model=lambda name: f"{name or 'auto'} answered in 0.1 s.",
        limits=limits or PageLimits(),
    )


@contextmanager
def running(services):
    """The services with their rooms open, closed at the end."""
    services.start()
    services.rooms(timeout_seconds=60)
    yield services
    services.close()


def serve_fake(port, home, loading_seconds=0.0, upload_megabytes=200):
    from ui.launch import prepare_environment, serve

    prepare_environment(home)
    limits = PageLimits(upload_megabytes=int(upload_megabytes))
    services = fake_services(home, loading_seconds=float(loading_seconds), limits=limits)
    _, address = serve(services, "127.0.0.1", port)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    services.start()
    threading.Event().wait()


if __name__ == "__main__":
    from ui.garbage import wait_for_garbage

    wait_for_garbage()
    serve_fake(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
