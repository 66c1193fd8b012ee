"""What the learner wants, read from their words by rule: the first family that recognises its own takes it."""

from __future__ import annotations

import re

from agent.embedded.add_wish import read_add
from agent.embedded.arxiv_wish import read_arxiv
from agent.embedded.code_wish import CodeWish, read_code
from agent.embedded.equation_wish import read_equation
from agent.embedded.exercise_wish import read_exercise, read_prediction
from agent.embedded.intent import foreign_language, recognise
from agent.embedded.lesson_wish import read_lesson, read_level
from agent.embedded.lore import Lore
from agent.embedded.paper_wish import read_compare, read_explain
from agent.embedded.quiz_wish import read_quiz
from agent.embedded.spelling import corrected
from agent.embedded.study_wish import study_wish
from agent.embedded.turn_view import Memory
from agent.embedded.wish import Wish

LONGEST_WISH = 1000
"""Longer messages without code are questions or pasted texts."""
_POLITE = re.compile(
    r"^(?:(?:please|hi|hello|hey|ok|okay|so|and|now|then|also|next|first|finally|after that|thanks|great|cool|yes|well)"
    r"[,!.\s]+)*"
    r"(?:(?:can|could|would|will) (?:you|we) (?:please |kindly |also )*(?:help me (?:to )?)?"
    r"|(?:i (?:want|would like|need)|i['’]d like) (?:you )?to (?:please )?"
    r"|let['’]?s |let us |help me (?:to )?|try to |please |kindly )*",
    re.IGNORECASE,
)
_SOLE_KINDS = frozenset({"greeting", "thanks", "library", "roadmap", "read", "about", "language"})


def read_wish(text: str, memory: Memory, lore: Lore) -> Wish | None:
    """The wish that a text is, beyond a question to the library; None when it is no such wish."""
    if wish := read_code(text, memory) if "```" in text or "~~~" in text or "\n" in text else None:
        return wish
    if len(text) > LONGEST_WISH or foreign_language(text):
        return None
    bare = without_manners(text)
    mended = corrected(bare)
    return (
        read_quiz(mended)
        or read_lesson(mended)
        or read_exercise(mended, memory)
        or read_arxiv(mended, lore.papers)
        or read_add(mended, memory, lore.papers)
        or read_compare(mended)
        or read_equation(mended, lore.equations)
        or read_explain(mended, memory, frozenset(lore.papers))
        or read_level(mended)
        or read_code(bare, memory)
        or read_code(mended, memory)
    )


def read_message(text: str, previous: str, memory: Memory, lore: Lore) -> Wish:
    """The wish of a whole message, which may answer the open exercise; a question to the library otherwise."""
    if memory.exercise:
        other = read_wish(text, memory, lore)
        if isinstance(other, CodeWish) and _is_bare_code(text):
            other = None
        sole = recognise(text).kind in _SOLE_KINDS
        if answer := read_prediction(text, memory, is_other_wish=other is not None or sole):
            return answer
    return read_wish(text, memory, lore) or study_wish(text, previous, lore=lore)


def without_manners(text: str) -> str:
    """The text without "please can you" before it; as it was when nothing would be left."""
    stripped = _POLITE.sub("", text.strip(), count=1).strip()
    return stripped or text.strip()


def _is_bare_code(text: str) -> bool:
    """Whether a message without words could be read as code or arithmetic: after an exercise it is an answer."""
    return not re.search(r"\b(?:run|compute|calculate|plot|execute|solve|factor|evaluate)\b|```", text, re.IGNORECASE)
