"""A walk through a paper: section by section with what it says, and a check question after each that has one."""

from __future__ import annotations

import re
from typing import Any

from agent.context import TurnContext
from agent.embedded.parts import plain
from agent.items.cloze import cloze_items
from agent.study.lesson import sentences_of
from agent.study.quiz_turns import Told, desk_of, opened
from agent.study.source import read_source
from agent.study.state import Study
from agent.tools.named_paper import find_paper
from curriculum.question_values import Question
from errors import QuizError
from ingestion.document import PROSE_KINDS
from learner.quiz import MOST_QUESTIONS, QuizWish
from vectorstore.passage import Passage

LEAST_CHARACTERS = 500
"""A shorter section is told with the next one."""
QUOTES = 2
MOST_SECTIONS = 14
_END = ("reference", "acknowledg", "bibliograph", "appendix")
_POINTS = re.compile(r"\b(?:figure|table|section|appendix|below|above|following)\b", re.IGNORECASE)
_CLAIMS = re.compile(
    r"\b(?:we (?:propose|introduce|present|find|found|show|use|train|call|hypothesi[sz]e|apply|freeze|observe"
    r"|conclude)"
    r"|instead of|because|in order to|reduces?|outperforms?|consists? of|allows?|key|idea|main|significantly"
    r"|without)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(\d{1,2})(?:\.\d+)*\.?\s")
"""Of "4.2 Applying LoRA" the main section's."""


def begin_walk(context: TurnContext, named: str) -> Told:
    """The first section of a paper, and its check question.

    Raises:
        DocumentNotFoundError: the library has no such paper.
        QuizError: no check question can be made for it.
    """
    document = find_paper(named, context.library, context.curriculum)
    sections = _sections(read_source(context.library, (str(document.id),)))
    desk = desk_of(context)
    used: list[Question] = []
    told: list[dict[str, Any]] = []
    for title, held in sections:
        check = _check(context, str(document.arxiv_id or document.id), held, used)
        used += [check] if check else []
        quotes = [{"quote": quote, "page": page} for quote, page in _quotes(held)]
        told.append({"title": title, "quotes": quotes, "check": str(check.id) if check else ""})
    if not used:
        raise QuizError(
            f"No check question that can be verified is there for “{document.title}”.",
            hint="Ask for an explanation of the paper instead.",
        )
    title = f"Walk through {document.title}"
    quiz = desk.start_quiz(QuizWish(count=min(len(used), MOST_QUESTIONS)), title, extra=used)
    more: Study = {"sections": told, "document": str(document.id), "shown": 0}
    lead = f"We walk through *{plain(document.title)}*: {len(told)} sections, {len(used)} check questions."
    return opened(context, quiz, lead, "walk-through", more)


def _sections(passages: list[Passage]) -> list[tuple[str, list[Passage]]]:
    """The paper's main sections in reading order, up to its references; very short ones go with the next."""
    groups: dict[str, tuple[str, list[Passage]]] = {}
    for passage in passages:
        title = passage.section or "Beginning"
        if groups and (passage.kind == "reference" or title.casefold().startswith(_END)):
            break
        if passage.kind not in PROSE_KINDS:
            continue
        number = _NUMBER.match(title)
        groups.setdefault(number[1] if number else title, (title, []))[1].append(passage)
    merged: list[tuple[str, list[Passage]]] = []
    waiting: list[Passage] = []
    for title, held in groups.values():
        waiting += held
        if sum(len(one.text) for one in waiting) >= LEAST_CHARACTERS:
            merged.append((title, waiting))
            waiting = []
    return merged[:MOST_SECTIONS]


def _check(context: TurnContext, document: str, held: list[Passage], used: list[Question]) -> Question | None:
    """A question of the bank whose receipt stands in the section, else one made by rule from it."""
    texts = {passage.page_number: passage for passage in held}
    taken = {question.id for question in used}
    from curriculum.receipts.quotes import PageText

    pages = [PageText(passage.text) for passage in held]
    for question in desk_of(context).bank:
        receipt = question.receipt
        is_free = receipt.document == document and question.id not in taken and receipt.page in texts
        if is_free and any(page.find(receipt.quote) is not None for page in pages):
            return question
    known = {str(question.id): question for question in used}
    made = cloze_items(held, 1, topic_ids=(), known=known, contents=context.curriculum).questions
    return made[0] if made else None


def _quotes(held: list[Passage]) -> list[tuple[str, int]]:
    """The sentences that say most of what the section does, in its order: those with the words of a claim first."""
    found = [
        (sentence, passage.page_number)
        for passage in held
        for sentence in sentences_of(" ".join(passage.text.split()))
        if sentence[:1].isupper() and not _POINTS.search(sentence)
    ]
    best = sorted(range(len(found)), key=lambda place: (-len(_CLAIMS.findall(found[place][0])), place))[:QUOTES]
    return [found[place] for place in sorted(best)]


def section_blocks(context: TurnContext, study: Study, question_id: str) -> tuple[list[str], list[dict[str, Any]], int]:
    """The sections up to the one whose check comes now: texts, passages, and how many sections are told then."""
    from agent.study.source import quoted_in, source_passage
    from curriculum.question_values import Receipt

    sections = study.get("sections") or []
    shown = int(study.get("shown", 0))
    places = [place for place, one in enumerate(sections) if one["check"] == question_id]
    end = places[0] + 1 if places else len(sections)
    blocks: list[str] = []
    passages: list[dict[str, Any]] = []
    for section in sections[shown:end]:
        lines = []
        for one in section["quotes"]:
            receipt = Receipt(str(study["document"]), one["page"], one["quote"])
            passage = source_passage(receipt, context.library, context.curriculum)
            if passage is not None:
                number = context.sources.number(passage)
                if all(held["number"] != number for held in passages):
                    passages.append({"number": number, **passage.to_dict()})
                lines.append(f"- “{plain(quoted_in(passage, one['quote']), 400)}” [{number}]")
        blocks.append(f"**{plain(section['title'], 120)}**\n\n" + "\n".join(lines))
    return blocks, passages, max(shown, end)
