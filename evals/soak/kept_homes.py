"""What a user's home holds after hours of use, beside the book of what the page told the user."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from agent.assemble import LEARNER
from agent.conversations import ConversationStore
from agent.tutor import CONVERSATIONS
from evals.soak.learner_acts import Book
from learner.store import LearnerStore


def faults_of_home(home: Path, book: Book, documents: Collection[str]) -> list[str]:
    """What is gone, what was deleted and is there, what has no end; `documents` are the ids of the library's."""
    conversations = ConversationStore(home / CONVERSATIONS)
    stored = {member for one in conversations.list() for member in conversations.members(one.id)}
    faults = [f"The conversation {one} is gone." for one in book.conversations if one not in stored]
    faults += [f"The conversation {one} was deleted and is there." for one in book.deleted & stored]
    for one in sorted(stored):
        states = {turn.status for turn in conversations.turns(one)}
        faults += [f"A turn of {one} is {state}." for state in sorted(states - {"done", "stopped"})]
    faults += [f"The document {name} is gone." for one, name in book.documents.items() if one not in documents]
    faults += [f"The document {one} was deleted and is there." for one in book.removed & set(documents)]
    answers = LearnerStore(home / LEARNER).count("quiz")
    if answers != book.answers:
        faults.append(f"{book.answers} answers to quizzes were given, {answers} are recorded.")
    return faults
