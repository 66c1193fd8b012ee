"""What a learner does in an hour with the page, each act to its end, and a book of what must be there afterwards."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evals.soak.event_stream import answer_of
from evals.soak.learner_words import Words
from evals.soak.page_tab import API, PageError, Tab, buttons, good

if TYPE_CHECKING:
    import httpx

    from evals.soak.page_tab import Seen

CONVERSATION = 3
"""Place of the conversation's id among what the handlers of the chat fill."""
KEPT_CONVERSATIONS, KEPT_NOTES = 8, 3
"""A learner with more deletes one before the next is begun, so that an hour's use ends as it began."""
_FORM = re.compile(r'<form class="quiz-form" data-value="([^"]+)"')
_OPTION = re.compile(r'<input type="(?:radio|checkbox)" name="given" value="([^"]*)"')
_STEP = re.compile(r'<li class="quiz-step" data-step="([^"]*)"')
_FAILURE = re.compile(r'<(?:div|p) class="(?:failure|notice-line)"[^>]*>(.*?)</', re.DOTALL)


@dataclass(slots=True)
class Book:
    """What the page told the learner is kept, and what they deleted."""

    conversations: set[str] = field(default_factory=set)
    """Ids."""
    deleted: set[str] = field(default_factory=set)
    documents: dict[str, str] = field(default_factory=dict)
    """Ids of documents that were added, with their file names."""
    removed: set[str] = field(default_factory=set)
    answers: int = 0
    """Answers to quizzes that were graded."""


class Learner:
    """One who is logged in, with one page open."""

    def __init__(self, name: str, client: httpx.AsyncClient, chance: random.Random) -> None:
        self.name = name
        self.book = Book()
        self._client = client
        self._chance = chance
        self._words = Words(name, chance)
        self._tab = Tab(client)
        self._second: Tab | None = None
        self._at = ""
        """The conversation that is open."""
        self._sources: list[str] = []
        self._streamed: set[str] = set()

    async def enter(self, password: str) -> None:
        """Log in and open the page.

        Raises:
            PageError: the page did not let the learner in.
        """
        good(await self._client.post("/login", data={"username": self.name, "password": password}))
        await self._tab.open()

    async def act(self, name: str) -> None:
        """One act of `ACTS`.

        Raises:
            PageError: it was answered with an error, or not answered.
        """
        await ACTS[name](self)

    async def leave(self) -> None:
        """Close the page, in both windows."""
        await self._tab.close()
        if self._second is not None:
            await self._second.close()
            self._second = None

    async def reload(self) -> None:
        """The page anew, at its conversation."""
        await self._tab.close()
        self._tab = Tab(self._client)
        told(await self._tab.open(self._at))

    # The chat

    async def ask(self) -> None:
        """A question that begins a conversation."""
        if len(self.book.conversations) >= KEPT_CONVERSATIONS:
            await self.delete_conversation()
        self._at = ""
        self._take(await self._tab.do("question", "submit", [self._words.question(), ""]))

    async def follow(self) -> None:
        """A question in the conversation that is open."""
        self._take(await self._tab.do("question", "submit", [self._words.question(), self._at]))

    async def stop(self) -> None:
        """A question that is stopped while its answer grows."""
        self._take(
            await self._tab.do("question", "submit", [self._words.question(), self._at], stop_after=2), stopped=True
        )

    async def retry(self) -> None:
        """The last answer again."""
        self._take(await self._tab.click("retry_turn", await self._last_turn()), instead=True)

    async def edit(self) -> None:
        """The last question in other words."""
        turn, question = await self._last_turn(), self._words.question()
        self._take(await self._tab.click("edit_question", turn, answer=question), instead=True)

    async def branch(self) -> None:
        """A conversation of its own behind the last answer."""
        seen = await self._tab.click("branch_here", await self._last_turn())  # which says so, above the chat
        need("This is a branch" in seen.text, f"no branch: {seen.text[:200]}")
        self.book.conversations.add(str(seen.shown[CONVERSATION]))

    async def drop(self) -> None:
        """A question whose page is loaded anew while its answer grows."""
        seen = await self._tab.do("question", "submit", [self._words.question(), self._at], leave_after=2)
        self._at = next((str(one) for one in seen.shown[CONVERSATION:][:1] if one), self._at)
        if self._at:
            self.book.conversations.add(self._at)
        await self.reload()

    async def open_conversation(self) -> None:
        """Another conversation."""
        await self._begun()
        self._at = self._chance.choice(sorted(self.book.conversations))
        await self._last_turn()

    async def search_conversations(self) -> None:
        """The list narrowed to a word."""
        await self._tab.do("conversation-search", "change", [self._words.word(), self._at])

    async def rename(self) -> None:
        """Another title."""
        await self._begun()
        title = self._words.sentence(4)
        told(await self._tab.click("rename_conversation", self._at, [self._at, ""], answer=title))

    async def delete_conversation(self) -> None:
        """One conversation less; now and then it is brought back."""
        if not self.book.conversations:
            await self.ask()
        gone = self._chance.choice(sorted(self.book.conversations))
        seen = told(await self._tab.click("delete_conversation", gone, [self._at, ""]))
        if self._chance.random() < 0.2 and gone in buttons(seen.text, "undo_conversation"):
            told(await self._tab.click("undo_conversation", gone, [self._at]))
            return
        self.book.conversations.remove(gone)
        self.book.deleted.add(gone)
        self._at = "" if self._at == gone else self._at

    async def export(self) -> None:
        """The conversation as a file."""
        await self._begun()
        seen = told(await self._tab.click("export_conversation", self._at))
        need(".md" in seen.text, "no file came")

    async def open_source(self) -> None:
        """The passage behind a number of the last answer."""
        if not self._sources:
            await self.ask()
        if self._sources:  # an answer that finds nothing has none
            seen = await self._tab.click("open_source", self._chance.choice(self._sources))
            need(len(seen.text) > 100, "no passage was shown")

    # Quizzes, reviews, progress

    async def quiz(self) -> None:
        """A quiz over everything, of which two questions are answered."""
        await self._tab.do("quiz-tab", "select")
        seen = told(await self._tab.do("quiz-surprise", "click"))
        for _ in range(2):
            seen = await self._answer(seen)

    async def review(self) -> None:
        """What is due, if anything is, of which one card is answered and rated."""
        seen = await self._tab.do("review-tab", "select")
        if buttons(seen.text, "start_review"):
            await self._answer(told(await self._tab.click("start_review", "20")))

    async def look(self) -> None:
        """A tab that is only read."""
        await self._tab.do(f"{self._chance.choice(('progress', 'roadmap', 'evals'))}-tab", "select")

    # The library

    async def note(self) -> None:
        """A note that is written, saved, and changed once."""
        title = f"Note {self._words.number()} of {self.name}"
        identity = "new"
        await self._tab.click("edit_note", identity, [identity])
        text = self._words.sentence(60)
        await self._tab.click("note_typed", "", [identity, title, text])
        for more in ("", "\n\nAnd more."):
            seen = told(await self._tab.do("save-note", "click", [identity, title, text + more]))
            identity = str(seen.shown[0])
        mine = [one for one in await self._documents() if one["title"] == title]
        need(len(mine) == 1, f"{len(mine)} notes are called {title}: {seen.text[:100]}")
        self.book.documents[mine[0]["id"]] = title
        await self._keep_few()

    async def upload(self) -> None:
        """A document by the Library tab, which is found, opened, and later deleted."""
        name, content = self._words.document()
        path = await self._uploaded(name, content)
        file = {"path": path, "orig_name": name, "size": len(content), "meta": {"_type": "gradio.FileData"}}
        told(await self._tab.do("upload", "upload", [[file]]))
        mine = [one for one in await self._documents() if one["source_name"] == name]
        need(len(mine) == 1, f"{name} is {len(mine)} times in the library")
        self.book.documents[mine[0]["id"]] = name
        await self._tab.click("open_document", mine[0]["id"])
        await self._keep_few()

    async def search_library(self) -> None:
        """Passages that fit."""
        told(await self._tab.do("library-query", "submit", [self._words.question()]))

    async def add_by_program(self) -> str:
        """A document through the named endpoint, as the stream of documents does; its id.

        Raises:
            PageError: it was not added.
        """
        name, content = self._words.document()
        file = {"path": await self._uploaded(name, content), "meta": {"_type": "gradio.FileData"}}
        added = await self._call("add_document", file=file)
        need(added.get("status") == "added", str(added))
        self.book.documents[added["document_id"]] = name
        self._streamed.add(str(added["document_id"]))
        return str(added["document_id"])

    async def remove_streamed(self, document_id: str) -> None:
        """One of the stream's documents, deleted in a second window."""
        if self._second is None:
            self._second = Tab(self._client)
            await self._second.open()
        await self.remove_document(document_id, self._second)

    async def document_ids(self) -> set[str]:
        """What the library holds."""
        return {str(one["id"]) for one in await self._documents()}

    async def remove_document(self, document_id: str, tab: Tab) -> None:
        """A document out of the library, and its copy out of what can be brought back."""
        seen = told(await tab.click("delete_document", document_id))
        for token in buttons(str(seen.shown[2]), "undo_delete")[:1]:
            await tab.click("forget_document", token)
        self.book.documents.pop(document_id, None)
        self.book.removed.add(document_id)

    # Programs

    async def ask_programs(self) -> None:
        """The endpoints that only read."""
        await self._call("search", query=self._words.question(), limit=3)
        await self._call(self._chance.choice(("due", "progress", "documents")))

    async def ask_by_program(self) -> None:
        """A question through the endpoint."""
        answer = await self._call("ask", question=self._words.question())
        self.book.conversations.add(answer["conversation_id"])

    async def quiz_by_program(self) -> None:
        """A quiz through the endpoints."""
        quiz = await self._call("make_quiz", count=2)
        for question in quiz["questions"]:
            graded = await self._call(
                "answer_quiz", quiz_id=quiz["quiz_id"], question_id=question["question_id"], answer="skip"
            )
            self.book.answers += "verdict" in graded

    async def own_data(self) -> None:
        """Everything of the learner as one file."""
        need(good(await self._client.get("/my-data.zip")).content[:2] == b"PK", "no archive came")

    # How

    def _take(self, seen: Seen, *, stopped: bool = False, instead: bool = False) -> None:
        """Keep what the chat shows after a question; `instead` when it is another version of the conversation."""
        told(seen)
        if instead:
            self.book.conversations.discard(self._at)
        self._at = str(seen.shown[CONVERSATION] or self._at)
        references = buttons(str(seen.shown[0]), "branch_here")
        self.book.conversations.add(self._at)
        self._sources = buttons(seen.text, "open_source") or self._sources
        need(bool(self._at) and (stopped or bool(references)), f"no answer: {seen.text[-200:]}")

    async def _begun(self) -> None:
        """See that a conversation is open."""
        if not self._at:
            await self.ask()

    async def _last_turn(self) -> str:
        """See the conversation as it is stored; the name that its last turn has in buttons."""
        await self._begun()
        seen = told(await self._tab.click("open_conversation", self._at, [""]))
        turns = buttons(str(seen.shown[0]), "retry_turn")
        need(bool(turns), f"no turn can be asked again: {seen.text[-200:]}")
        return turns[-1]

    async def _answer(self, seen: Seen) -> Seen:
        """Answer the question that is shown, go on, and see what comes."""
        form = _FORM.search(seen.text)
        if form is None:
            return seen
        given = _STEP.findall(seen.text) or self._chance.sample(_OPTION.findall(seen.text) or ["42"], 1)
        said = {"value": form[1], "given": given, "confidence": "medium", "seconds": 8.0, "hint": False}
        seen = told(await self._tab.click("quiz_answer", json.dumps(said)))
        self.book.answers += 1
        if ratings := buttons(seen.text, "quiz_rate"):
            return told(await self._tab.click("quiz_rate", ratings[-1]))
        return told(await self._tab.click("quiz_go", form[1].split("|")[0]))

    async def _keep_few(self) -> None:
        own = [identity for identity in self.book.documents if identity not in self._streamed]
        for identity in own[:-KEPT_NOTES]:
            await self.remove_document(identity, self._tab)

    async def _documents(self) -> list[dict[str, Any]]:
        return list((await self._call("documents"))["documents"])

    async def _uploaded(self, name: str, content: bytes) -> str:
        answer = good(await self._client.post(f"{API}/upload", files={"files": (name, content)}))
        return str(answer.json()[0])

    async def _call(self, name: str, **arguments: Any) -> dict[str, Any]:
        begun = good(await self._client.post(f"{API}/call/v2/{name}", json=arguments)).json()
        text = good(await self._client.get(f"{API}/call/v2/{name}/{begun['event_id']}")).text
        need("event: complete" in text, f"{name}: {text[:200]}")
        answer: dict[str, Any] = answer_of(text)
        need("error" not in answer, f"{name}: {answer}")
        return answer


ACTS: dict[str, Callable[[Learner], Awaitable[Any]]] = {
    "ask": Learner.ask,
    "follow-up": Learner.follow,
    "stop": Learner.stop,
    "retry": Learner.retry,
    "edit": Learner.edit,
    "branch": Learner.branch,
    "dropped stream": Learner.drop,
    "open conversation": Learner.open_conversation,
    "search conversations": Learner.search_conversations,
    "rename": Learner.rename,
    "delete conversation": Learner.delete_conversation,
    "export": Learner.export,
    "source": Learner.open_source,
    "quiz": Learner.quiz,
    "review": Learner.review,
    "other tabs": Learner.look,
    "note": Learner.note,
    "upload": Learner.upload,
    "search library": Learner.search_library,
    "API reads": Learner.ask_programs,
    "API asks": Learner.ask_by_program,
    "API quiz": Learner.quiz_by_program,
    "reload": Learner.reload,
    "all data": Learner.own_data,
}
WEIGHTS = dict.fromkeys(ACTS, 2) | {"ask": 8, "follow-up": 10, "source": 6, "quiz": 6, "reload": 6, "all data": 1}


def told(seen: Seen) -> Seen:
    """What was seen.

    Raises:
        PageError: it says that something failed.
    """
    for failure in _FAILURE.findall(seen.text):
        need(failure.strip() in ("", "Stopped."), failure[:200])
    return seen


def need(is_so: bool, otherwise: str) -> None:
    """See that it is so.

    Raises:
        PageError: it is not.
    """
    if not is_so:
        raise PageError(otherwise)
