"""Taking a paper of arXiv into the library: by id, by name, or as one of the last search's results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.embedded.arxiv_wish import ARXIV_ID
from agent.embedded.compose import Reader
from agent.embedded.parts import listed, plain, told_fault
from agent.embedded.turn_view import Done, Memory
from agent.embedded.wish import Call, only
from agent.words import content_stems

ADD = "add_paper"
_ADD = re.compile(
    r"^(?:add|download|fetch|get|ingest|import|put|save|include|take)\b\s*(?:me )?(?P<what>.+?)"
    r"(?:\s+(?:to|into|in|from|on|off)\s+(?:my |the |our )?(?:library|collection|documents|arxiv|shelf))*$",
    re.IGNORECASE,
)
_ORDINALS = {
    "first": 0, "1st": 0, "top": 0, "best": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
    "fifth": 4, "5th": 4, "sixth": 5, "6th": 5, "seventh": 6, "eighth": 7, "last": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"^(?:the )?(?P<word>{'|'.join(_ORDINALS)})(?: (?:one|paper|result|hit|match|article|of them|of these))*$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(?:the )?(?:number|no\.?|nr\.?|result|paper|#)\s*#?(?P<number>\d)$", re.IGNORECASE)
_IT = re.compile(r"^(?:it|this|that|this one|that one|this paper|that paper|the paper|them)(?: too| as well)?$", re.I)
_NAMED_PAPER = re.compile(r"^(?:the |a )?(?P<name>.{2,120}?)(?:\s+paper)$", re.IGNORECASE)
_ID_ONLY = re.compile(r"^(?:arxiv[:\s]*)?(?:\d{4}\.\d{4,5}(?:v\d+)?)$", re.IGNORECASE)
LIKENESS_NEEDED = 0.6
"""Share of the words of a name that a found paper's title must have."""


@dataclass(frozen=True, slots=True)
class AddWish:
    """A paper to add."""

    reference: str = ""
    """Its arXiv id; empty when it is one of the found papers."""
    place: int | None = None
    """Place among the papers that were found, from 0; -1 for the last."""
    name: str = ""
    """Words of its title, when it was named by them."""

    @property
    def title(self) -> str:
        """What is added."""
        if self.reference:
            return f"Add {self.reference} to the library"
        return f"Add {self.name or 'the paper that was found'} to the library"

    @property
    def waits(self) -> bool:
        """Whether it must know what a search found."""
        return not self.reference

    @property
    def subject(self) -> str:
        """The paper."""
        return f"arXiv {self.reference}" if self.reference else self.name

    @property
    def tools(self) -> frozenset[str]:
        """The tool that fetches."""
        return frozenset({ADD})

    def calls(self, done: Sequence[Done], memory: Memory) -> list[Call]:
        """One call, when it is known which paper is meant."""
        reference = self._meant(memory)
        return [] if done or not reference else [Call(ADD, {"arxiv_id": reference})]

    def answer(self, done: Sequence[Done], memory: Memory, reader: Reader) -> str:
        """What was added, what to read before it, and what to do when it was not."""
        added = only(ADD, done)
        if added is None:
            return self._unknown(memory)
        named = plain(added.arguments.get("arxiv_id", self.reference), 40)
        if added.declined:
            return f"You declined to add arXiv {named}, so nothing was downloaded. Ask again if you change your mind."
        if added.failed:
            return f"I could not add arXiv {named}: {told_fault(added)}"
        return added_text(added.artifact)

    def _meant(self, memory: Memory) -> str:
        if self.reference:
            return self.reference
        found = memory.found
        if self.name:
            found = tuple(paper for paper in found if _is_called(paper, self.name))[:1]
        try:
            return str(found[self.place or 0].get("arxiv_id", ""))
        except IndexError:
            return ""

    def _unknown(self, memory: Memory) -> str:
        if self._meant(memory):
            return "I cannot add papers here: this assistant was started without arXiv. The Library tab takes a PDF."
        if self.place and memory.found:
            return f"The last search found only {len(memory.found)} papers. Say which of them to add."
        what = f"*{plain(self.name)}*" if self.name else "this"
        return (
            f"I do not know which paper you mean by {what}: name it by its arXiv id, as in *add 2305.18290*, or say "
            "*find … on arXiv* first."
        )


def _is_called(paper: Mapping[str, Any], name: str) -> bool:
    wanted = set(content_stems(name))
    title = set(content_stems(str(paper.get("title", ""))))
    return bool(wanted) and len(wanted & title) >= LIKENESS_NEEDED * len(wanted)


def added_text(artifact: Mapping[str, Any]) -> str:
    """What became of the paper, its topics, and what should be read before it."""
    title = f"*{plain(artifact.get('title', ''))}*"
    pages = f" ({artifact['pages']} pages)" if artifact.get("pages") else ""
    said = {
        "already": f"Your library has {title} already{pages}; nothing was changed.",
        "updated": f"Your library has the newer version of {title} now{pages}.",
    }.get(str(artifact.get("status")), f"Your library has {title} now{pages}.")
    blocks = [said]
    if topics := [plain(topic, 80) for topic in artifact.get("topics", ())]:
        blocks.append(f"Its topics on your roadmap: {listed(topics)}.")
    missing = [
        f"*{plain(paper.get('title', ''))}*"
        for paper in artifact.get("prerequisites", ())
        if not paper.get("in_library")
    ]
    if missing:
        blocks.append(f"To read before it (not in your library yet): {listed(missing)}.")
    return "\n\n".join([*blocks, *(plain(notice, 300) for notice in artifact.get("notices", ()))])


def read_add(text: str, memory: Memory, names: Mapping[str, str]) -> AddWish | None:
    """The wish to add a paper; None when the text is no such wish.

    Args:
        text: what the learner wrote.
        memory: what was found before.
        names: names of the roadmap's papers in lower case, to their arXiv ids.
    """
    bare = " ".join(text.split()).strip(" ?.!")
    match = _ADD.match(bare)
    if match is None:
        return None
    what = match["what"].strip(" ,:")
    if identity := ARXIV_ID.search(what):
        left = ARXIV_ID.sub("", what).strip(" :/.-")
        known = re.fullmatch(r"(?:(?:the )?(?:paper|arxiv|pdf|https?|abs|org|www|of)[\s:/.]*)*", left, re.IGNORECASE)
        return AddWish(reference=identity[1] or identity[2]) if known or len(left.split()) <= 4 else None
    if ordinal := _ORDINAL.match(what):
        return AddWish(place=_ORDINALS[ordinal["word"].lower()])
    if numbered := _NUMBERED.match(what):
        return AddWish(place=int(numbered["number"]) - 1)
    if _IT.match(what):
        return AddWish() if memory.found or not bare.lower().startswith(("get", "take")) else None
    return _by_name(what, memory, names)


def _by_name(what: str, memory: Memory, names: Mapping[str, str]) -> AddWish | None:
    match = _NAMED_PAPER.match(what)
    name = re.sub(r"^(?:the|a)\s+", "", (match["name"] if match else what), flags=re.IGNORECASE).strip(" '\"“”*")
    if identity := names.get(name.lower()):
        return AddWish(reference=identity, name=name)
    if any(_is_called(paper, name) for paper in memory.found):
        return AddWish(name=name)
    return AddWish(name=name) if match else None
