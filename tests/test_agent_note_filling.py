"""The program's notes come while the library is used: in which order, for whom they hurry, and after a kill."""

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import agent_desk
import pytest
from toy_embedder import ToyEmbedder

from agent.closest_notes import ClosestNotes
from agent.first_start import ensure_notes, notes_by_id, was_broken_off
from agent.mcp.rooms import opened_for_reading
from agent.note_filling import FIRST, PORTION, FillingStatus, NoteFilling
from ui.welcome import QUESTIONS
from vectorstore.library import Library

TOPICS = ["tide", "moon", "salt", "whale", "gull", "dune", "kelp", "crab", "foam", "reef", "wharf", "mast"]


class GatedEmbedder(ToyEmbedder):
    """Embeds one portion after the other, as it is let; keeps which documents each had."""

    def __init__(self):
        super().__init__()
        self.portions = []
        self.begun, self.let = threading.Semaphore(0), threading.Semaphore(0)

    def embed(self, texts, *, progress=None):
        if len(texts) > 1:
            self.portions.append([topic for topic in TOPICS if any(f"the {topic} " in text for text in texts)])
            self.begun.release()
            assert self.let.acquire(timeout=30)
        return super().embed(texts, progress=progress)


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """Twelve notes on words that no other has; two of them have names of the notes that go first."""
    names = [f"{number:02}-note.md" for number in range(len(TOPICS))]
    names[7], names[10] = FIRST[0], FIRST[2]
    paths = [tmp_path / name for name in names]
    for path, topic in zip(paths, TOPICS, strict=True):
        path.write_text(f"# Of the {topic}\n\nWhat the {topic} does.\n\n## More\n\nAll of the {topic} here.\n")
    monkeypatch.setattr("curriculum.load.note_paths", lambda: paths)
    return paths


@pytest.fixture
def memory(tmp_path):
    return tmp_path / "memory.json"


def until(holds):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_first_ones_go_before_the_others_and_can_be_found_while_these_come(notes, memory, tmp_path):
    embedder, ended = GatedEmbedder(), threading.Event()
    with Library.open(tmp_path / "library", embedder) as library:
        filling = NoteFilling(library, memory)
        filling.start(then=ended.set)
        assert embedder.begun.acquire(timeout=30)
        assert filling.status() == FillingStatus(0, 12, running=True)
        embedder.let.release()
        assert embedder.begun.acquire(timeout=30)
        assert embedder.portions[0] == ["crab", "wharf"]
        assert filling.status().sentence.endswith("still being added: 2 of 12.")
        assert "crab" in library.search("crab", limit=1)[0].text
        assert not ended.is_set()
        embedder.let.release(9)
        assert ended.wait(30)
        assert [len(portion) for portion in embedder.portions[:2]] == [2, PORTION]
        assert filling.status() == FillingStatus(12, 12, running=False)
        assert filling.status().sentence == ""


def test_a_question_has_the_notes_it_is_about_come_next_and_waits_for_them_alone(notes, memory, tmp_path):
    embedder = GatedEmbedder()
    with Library.open(tmp_path / "library", embedder) as library:
        filling = NoteFilling(library, memory)
        filling.start(then=lambda: None)
        assert embedder.begun.acquire(timeout=30)

        async def ask():
            waiting = asyncio.create_task(filling.wait_for("What does the mast do?"))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            embedder.let.release(2)
            await asyncio.wait_for(waiting, 30)

        asyncio.run(ask())
        assert embedder.portions[1] == ["mast"]
        assert "mast" in library.search("mast", limit=1)[0].text
        assert filling.status().running
        began = time.monotonic()
        asyncio.run(filling.wait_for("What does the tide do?", seconds=0.2))
        asyncio.run(filling.wait_for("Hello!"))
        assert time.monotonic() - began < 5, "patience ends, and what no note is about is not waited for"
        embedder.let.release(9)
        filling.close()


def test_the_notes_that_go_first_are_close_to_the_suggested_questions():
    closest = ClosestNotes(notes_by_id())
    names = {identity: path.name for identity, path in notes_by_id().items()}
    found = {names[identity] for question in QUESTIONS for identity in closest.of(question)}
    assert set(FIRST) <= found
    assert closest.of("Zzyzx?") == closest.of("2") == []


class Notes:
    """Notes on their way that count who waits."""

    def __init__(self, running):
        self.asked = []
        self._status = FillingStatus(12, 46, running=running)

    async def wait_for(self, question):
        self.asked.append(question)

    def status(self):
        return self._status


@pytest.mark.parametrize("running", [True, False])
def test_an_answer_says_which_notes_were_still_missing(tmp_path, running):
    notes = Notes(running)
    tutor, _ = agent_desk.desk(tmp_path, agent_desk.ANSWER, notes=notes)
    answer = agent_desk.ask(tutor, "Why scale?")[-1].answer
    assert notes.asked == ["Why scale?"]
    told = ("The notes that come with this program are still being added: 12 of 46.",)
    assert answer.notices == (told if running else ())


KILLED = """
import sys, time
from pathlib import Path
import curriculum.load
from toy_embedder import ToyEmbedder
from agent.first_start import ensure_notes
from vectorstore.library import Library

folder = Path(sys.argv[1])
curriculum.load.note_paths = lambda: sorted(folder.glob("*.md"))

def told(status):
    print(status.done, flush=True)
    time.sleep(0.05)

with Library.open(folder / "library", ToyEmbedder()) as library:
    if library.documents():
        library.delete(library.documents()[0].id)
    ensure_notes(library, folder / "memory.json", told=told)
"""


def one_life(folder, *, lines, seconds):
    """A process that adds the notes, or deletes one and goes on; killed so long after it told so often."""
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)],
        cwd=Path(__file__).parent.parent,
        env={"PYTHONPATH": f"{Path(__file__).parent}", "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        told = [child.stdout.readline() for _ in range(lines)]
        time.sleep(seconds)
        child.kill()
    assert "" not in told, "it ended by itself"


def test_what_was_killed_goes_on_and_what_was_deleted_meanwhile_stays_deleted(notes, memory, tmp_path):
    one_life(tmp_path, lines=2, seconds=0.03)
    one_life(tmp_path, lines=2, seconds=0.06)
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        assert was_broken_off(library, memory)
        before = {document.id for document in library.documents()}
        assert before
        ensure_notes(library, memory)
        assert not was_broken_off(library, memory)
        after = library.documents()
        assert before < {document.id for document in after}
        assert len(after) == 11
        assert library.check().faults == ()
    assert not list(tmp_path.glob(".*.part"))


def test_another_program_gets_the_rest_of_what_was_broken_off_unless_the_page_is_at_it(notes, memory, tmp_path):
    def open_as(*, read_only):
        return Library.open(tmp_path / "library", ToyEmbedder(), read_only=read_only)

    memory = tmp_path / "notes-added.json"
    with open_as(read_only=False) as library:
        NoteFilling(library, memory)._add([next(iter(notes_by_id()))])
        with opened_for_reading(open_as, tmp_path, lambda: False) as reader:
            assert len(reader.documents()) == 1
    with opened_for_reading(open_as, tmp_path, lambda: False) as reader:
        assert len(reader.documents()) == 12


def test_a_note_that_cannot_be_added_is_counted_and_tried_again(notes, memory, tmp_path):
    text = notes[0].read_text()
    notes[0].write_text(" ")
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        filling = NoteFilling(library, memory)
        filling.run()
        assert (filling.status().done, filling.status().failed) == (11, 1)
        assert "1 of the 12 notes" in filling.status().sentence
        notes[0].write_text(text)
        assert NoteFilling(library, memory).run().files[0].status == "added"


def test_closing_stops_it_and_does_not_prepare_what_was_to_come_then(notes, memory, tmp_path):
    embedder, prepared = GatedEmbedder(), threading.Event()
    with Library.open(tmp_path / "library", embedder) as library:
        filling = NoteFilling(library, memory)
        filling.start(then=prepared.set)
        assert embedder.begun.acquire(timeout=30)
        closing = threading.Thread(target=filling.close)
        closing.start()
        embedder.let.release(9)
        closing.join(30)
        assert not filling.status().running
        assert not prepared.is_set()
        assert len(library.documents()) < 12
