"""What the learner's own message asks for, read by its words. Pure.

Read generously where a yes costs little, since a wish that is not seen costs the learner one click and no more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.words import content_stems

if TYPE_CHECKING:
    from curriculum.curriculum import Curriculum

_CODE = re.compile(
    r"\b(?:comput|calculat|evaluat|execut|simulat|plot|draw|graph|chart|histogram|visuali[sz]|deriv|differentiat"
    r"|integra|solve|multipl|divid|squar|sum(?:s|med)?\b|add up|percent|average|mean of|convert|count\b|run\b|re-?run"
    r"|cod(?:e|ing)\b|script|program|snippet|cell\b|python|numpy|sympy|matplotlib|torch|scipy|pandas|notebook|sandbox"
    r"|variables?\b|reset|implement|numerical|experiment|try it|try out|demonstrat|print"
    r"|berechn|rechne|ausrechn|zeichne|ausf[üu]hr|programm|skript"
    r"|calcule|trace[rz]?\b|ex[ée]cut|calcula|ejecuta|grafica|dibuja)",
    re.IGNORECASE,
)
_SUMS = re.compile(r"\d\s*(?:\*\*|[-+*/^×·÷%])\s*\d|\d\s*%|`|~~~|\w\([^)]*\)\s*$|\w\s*=\s*[\w([-]")  # noqa: RUF001
_EQUATION = re.compile(
    r"\b(?:equation|formula|loss|objective|gradient|derivation|symbol|gleichung|formel|[ée]quation|ecuaci[óo]n)", re.I
)
_PAPERS = re.compile(
    r"\b(?:arxiv|papers?|pre-?prints?|articles?|publications?|literature|recent work|related work|newest work"
    r"|state of the art|paper[sn]?|ver[öo]ffentlichung|artikel|art[íi]culos?)\b",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\b(?:stop|end|finish|quit|exit|enough|done|submit|hand (?:it )?in|cancel|leave|abort|over)\b", re.I
)
_HINT = re.compile(r"\b(?:hints?|clues?|tips?|help|stuck)\b", re.IGNORECASE)

_USUAL = ("survey review tutorial recent latest new efficient large small benchmark dataset method approach analysis",)
"""Words with which papers are looked for."""


def asks_for_code(message: str) -> bool:
    """Whether something is to be computed, drawn or run."""
    return bool(_CODE.search(message) or _SUMS.search(message))


def asks_for_equation(message: str) -> bool:
    """Whether it is about an equation."""
    return bool(_EQUATION.search(message)) or asks_for_code(message)


def asks_for_papers(message: str) -> bool:
    """Whether papers are to be looked for."""
    return bool(_PAPERS.search(message))


def asks_to_stop(message: str) -> bool:
    """Whether what goes on is to end."""
    return bool(_STOP.search(message))


def asks_for_hint(message: str) -> bool:
    """Whether help with the open question is wanted."""
    return bool(_HINT.search(message))


def words_beyond(text: str, *known: str) -> list[str]:
    """Stems of the words of a text that no known text has; function words are known to all."""
    stems = {stem for one in known for stem in content_stems(one)}
    return [stem for stem in dict.fromkeys(content_stems(text)) if stem not in stems]


def public_text(curriculum: Curriculum) -> str:
    """What the roadmap itself says: its words tell nobody anything about the learner."""
    topics = (f"{one.title} {one.summary} {' '.join(one.keywords)}" for one in curriculum.topics)
    papers = (f"{one.title} {one.authors} {' '.join(one.aliases)}" for one in curriculum.papers)
    acronyms = (f"{short} {meaning}" for short, meaning in curriculum.glossary.items())
    return " ".join([curriculum.describe(""), *topics, *papers, *acronyms, *_USUAL])
