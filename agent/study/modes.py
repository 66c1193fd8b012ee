"""The study modes beside the quiz: Socratic questions, teach-back, a walk through a paper, explaining at a level.

What is open is kept in the graph's state. A Socratic answer is held back by this code, not by an instruction: before
an attempt no function here gives it, and no model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agent.context import TurnContext
from agent.embedded.exercise_wish import is_question
from agent.embedded.parts import listed, plain
from agent.similarity import similarity_of
from agent.study.lesson import LEVELS, Lesson, lesson_of, lesson_on, shared_terms
from agent.study.quiz_turns import Told, desk_of
from agent.study.reply import read_reply
from agent.study.scope import scope_of
from agent.study.source import quoted_in, source_passage
from agent.study.state import Study
from agent.tools.quoting import defused, fenced
from agent.words import content_stems
from curriculum.contents import Contents
from curriculum.question_values import Point, Receipt, ShortAnswer
from curriculum.receipts.quotes import PageText
from errors import QuizError
from learner.short_answers import PointResult, grade_points

LEAST_WORDS = 3
"""An attempt has so many words."""
LEAST_EXPLANATION = 6
MOST_POINTS = 12
LEAST_SHARED = 3
"""Content words that a met point and the learner's sentence have in common."""
SAME_QUESTION = 0.6
"""Share of a question's words that stand in what is held back, from which on it asks for that."""
_REVEAL = re.compile(
    r"\b(?:tell|give|show|reveal|what(?:'s| is))\b.{0,20}\b(?:answer|solution)\b|\b(?:i )?(?:do ?n[o'’]?t"
    r"|dont) know\b|\bno idea\b"
    r"|\bgive up\b|^idk\b|\banswer it\b",
    re.IGNORECASE,
)
_ASK = "*Answer in your own words; “hint” helps, “next” goes on, “stop” ends it.*"
_GRADED = "*Explain more to meet what is missing, or say “stop”.*"


def begin_mode(context: TurnContext, mode: str, named: str, level: str) -> Told:
    """The first step of a study mode.

    Raises:
        QuizError: nothing of the roadmap is meant, or there is no such mode.
    """
    contents = _contents(context)
    match mode:
        case "explain":
            return _explained(context, lesson_on(scope_of(_named(named), contents, context.library), contents), level)
        case "socratic":
            lesson = lesson_on(scope_of(_named(named), contents, context.library), contents)
            lead = f"I ask about “{lesson.title}”, one question at a time; the answer comes after your attempt."
            return _asked(lesson, 0, [lead])
        case "teach-back":
            lesson = lesson_on(scope_of(_named(named), contents, context.library), contents)
            study: Study = {"mode": "teach-back", "note": lesson.name, "said": ""}
            text = f"Explain “{lesson.title}” to me as to a fellow learner. I tell which points you meet and miss."
            return _told(text, study, wishes=("stop",))
        case "walk-through":
            from agent.study.walk import begin_walk

            return begin_walk(context, named)
        case _:
            raise QuizError(
                f"There is no study mode “{mode[:40]}”.",
                hint="There are explain, socratic, teach-back and walk-through.",
            )


def is_reply(study: Study, said: str) -> bool:
    """Whether a message belongs to the open lesson, and does not ask for something else."""
    act = read_reply(said, None).act
    if act in ("hint", "stop", "skip", "again"):
        return True
    if study["mode"] == "socratic" and (_REVEAL.search(said) or _asks_back(str(study.get("withheld", "")), said)):
        return True
    least = LEAST_WORDS if study["mode"] == "socratic" else LEAST_EXPLANATION
    return not is_question(said) and len(said.split()) >= least


def replied(context: TurnContext, study: Study, said: str) -> Told:
    """What comes of the learner's words in an open lesson."""
    act = read_reply(said, None).act
    if act == "stop":
        return _told(f"The {study['mode']} session is over.", {})
    lesson = lesson_of(_contents(context).note(str(study["note"])))
    if study["mode"] == "teach-back":
        return _taught(context, lesson, study, said)
    place = int(study.get("place", 0))
    if act == "again":
        return _asked(lesson, place, [])
    if act == "skip" and not _REVEAL.search(said):
        return _asked(lesson, place + 1, ["We leave it open."])
    question = lesson.questions[place]
    if act == "hint" or _REVEAL.search(said) or _asks_back(str(study.get("withheld", question)), said):
        return _hint(lesson, study, question)
    return _attempted(context, lesson, place, question, said)


def _asks_back(withheld: str, said: str) -> bool:
    """Whether a question of the learner's is about what is held back: most of its words stand there."""
    asked = set(content_stems(said))
    share = len(asked & set(content_stems(withheld))) / len(asked) if asked else 0.0
    return is_question(said) and len(asked) > 1 and share >= SAME_QUESTION


def _asked(lesson: Lesson, place: int, blocks: Sequence[str], passages: Sequence[dict[str, Any]] = ()) -> Told:
    """The question at a place; the end behind the last."""
    if place >= len(lesson.questions):
        text = "\n\n".join([*blocks, f"That was the last question on “{lesson.title}”."])
        return _told(text, {}, passages)
    question = lesson.questions[place]
    withheld = " ".join([question, *lesson.answer_to(question)])
    study: Study = {"mode": "socratic", "note": lesson.name, "place": place, "withheld": withheld, "hints": 0}
    number = f"**Question {place + 1} of {len(lesson.questions)}:** {question}"
    return _told("\n\n".join([*blocks, number, _ASK]), study, passages, wishes=("hint", "next", "stop"))


def _hint(lesson: Lesson, study: Study, question: str) -> Told:
    """Names of key terms to think of, one more each time; never the sentence that answers."""
    answer = " ".join(lesson.answer_to(question)).casefold()
    helpful = [term for term in lesson.terms if term.casefold() in answer] or list(lesson.terms)
    count = int(study.get("hints", 0)) + 1
    named = listed([f"*{term}*" for term in helpful[:count]]) or "the idea of the note"
    text = f"Try first: the answer comes after your attempt. Think of {named}.\n\n**{question}**"
    return _told(text, {**study, "hints": count}, wishes=("hint", "next", "stop"))


def _attempted(context: TurnContext, lesson: Lesson, place: int, question: str, said: str) -> Told:
    """What the note says, beside what the learner said, then the next question."""
    answer = lesson.answer_to(question)
    met, missing = shared_terms(said, answer, question)
    blocks = []
    if met:
        blocks.append(f"Your answer and the note share: {', '.join(met[:8])}.")
    else:
        blocks.append("Your answer shares none of its words with the note; compare them yourself.")
    if missing:
        blocks.append(f"The note also speaks of: {', '.join(missing[:8])}.")
    passages: list[dict[str, Any]] = []
    blocks += [_quoted(context, lesson, sentence, passages) for sentence in answer]
    return _asked(lesson, place + 1, blocks, passages)


def _taught(context: TurnContext, lesson: Lesson, study: Study, said: str) -> Told:
    """Which points the learner has met so far, and which are missing, with where the note makes them."""
    act = read_reply(said, None).act
    if act in ("hint", "skip", "again"):
        names = listed([f"*{term}*" for term in list(lesson.terms)[:4]])
        return _told(f"Speak of {names}, and of what each is for.", study, wishes=("stop",))
    whole = f"{study.get('said', '')}\n{said}".strip()[-8000:]
    results = _points(context, lesson, whole)
    met = [one for one in results if one.is_met]
    lines = [f"- ✓ met: {one.text}" for one in met]
    passages: list[dict[str, Any]] = []
    for one in [one for one in results if not one.is_met][:5]:
        is_here = one.quote and PageText(lesson.text).find(one.quote) is not None
        quoted = f": {_quoted(context, lesson, one.quote, passages)}" if is_here else ""
        lines.append(f"- ✗ missing: {one.text.rstrip('.') if quoted else one.text}{quoted}")
    blocks = [f"You met {len(met)} of {len(results)} points.", "\n".join(lines)]
    if len(met) == len(results):
        return _told("\n\n".join([*blocks, "Nothing is missing."]), {}, passages)
    return _told("\n\n".join([*blocks, _GRADED]), {**study, "said": whole}, passages, wishes=("stop",))


def _points(context: TurnContext, lesson: Lesson, said: str) -> list[PointResult]:
    """The points of the bank's short items on the note's first topic, and its key terms, judged by the same rules."""
    bank = desk_of(context).bank if context.desk else ()
    short = [
        question
        for question in bank
        if isinstance(question.body, ShortAnswer)
        and (question.receipt.document == lesson.name or set(lesson.topic_ids[:1]) & set(question.topic_ids))
    ]
    short.sort(key=lambda question: question.receipt.document != lesson.name)
    points = [point for question in short if isinstance(question.body, ShortAnswer) for point in question.body.points]
    terms = [_term_point(term, sentence) for term, sentence in lesson.terms.items()]
    compare = similarity_of(context.library.embedder)
    chosen = [*terms[: MOST_POINTS // 2], *points[: MOST_POINTS // 2]]
    return [_sure(one) for one in grade_points(chosen, said, lambda one, other: compare(one, [other])[0])]


def _sure(result: PointResult) -> PointResult:
    """The result, met only where the learner's sentence shares enough with the point: no question has set the frame."""
    said, wanted = set(content_stems(result.evidence)), set(content_stems(f"{result.text} {result.quote}"))
    is_sure = len(said & wanted) >= LEAST_SHARED
    return result if not result.is_met or is_sure else replace(result, is_met=False, evidence="")


def _term_point(term: str, sentence: str) -> Point:
    """A definition as a point: the term with another of its sentence's words."""
    stems = set(content_stems(term))
    words = [word for word in re.findall(r"[a-z][a-z-]{4,}", sentence.lower()) if not stems & set(content_stems(word))]
    phrases = tuple(f"{term.lower()} + {word[:7]}" for word in dict.fromkeys(words) if content_stems(word))
    return Point(f"what “{term}” is", phrases or (term.lower(),), sentence)


def _explained(context: TurnContext, lesson: Lesson, level: str) -> Told:
    level = level if level in LEVELS else "engineer"
    passages: list[dict[str, Any]] = []
    blocks = [f"**{lesson.title}**, for {'an' if level == 'engineer' else 'a'} {level}"]
    for named, count in LEVELS[level]:
        if sentences := lesson.part(named)[:count]:
            lines = "\n".join(f"- {_quoted(context, lesson, one, passages)}" for one in sentences)
            blocks.append(f"*{named[:1].upper()}{named[1:]}*\n\n{lines}")
    return _told("\n\n".join(blocks), None, passages)


def _quoted(context: TurnContext, lesson: Lesson, sentence: str, passages: list[dict[str, Any]]) -> str:
    """The sentence as a quote with its number, where the note is in the library."""
    passage = source_passage(Receipt(lesson.name, None, sentence), context.library, context.curriculum)
    if passage is None:
        return f"“{sentence}” (*{plain(lesson.title, 80)}*)"
    number = context.sources.number(passage)
    if all(one["number"] != number for one in passages):
        passages.append({"number": number, **passage.to_dict()})
    return f"“{quoted_in(passage, sentence)}” [{number}]"


def _told(
    text: str, study: Study | None, passages: Sequence[dict[str, Any]] = (), *, wishes: Sequence[str] = ()
) -> Told:
    mode = str((study or {}).get("mode", ""))
    artifact = {"kind": "study", "mode": mode, "text": text, "passages": list(passages), "wishes": list(wishes)}
    told = f"{fenced(defused(text))}\nTell the learner this in your words, and no more: no answer that is not in it."
    return Told(told, artifact, study)


def _contents(context: TurnContext) -> Contents:
    if context.curriculum is None:
        raise QuizError("There are no lessons here: this assistant was started without its curriculum.")
    return context.curriculum


def _named(named: str) -> str:
    if not named.strip():
        raise QuizError("No topic was named.", hint="Say what to study, e.g. attention or LoRA.")
    return named
