"""Cloze items from passages without a model: a definition's term or a sentence's number is left out.

Only real terms are asked for: those of our notes and glossary, and those that a document defines and names again and
again. Distractors come from the same field: other terms that the same document names, or other numbers that it uses
with the same unit. Better few than bad.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.items.batch import ItemBatch, PassageSource, faults_of, without_doubles
from agent.items.terms import Terms, fits_beside, is_term, known_in, mentions_in, shape_of, terms_of
from curriculum.contents import Contents
from curriculum.model import PaperId, TopicId
from curriculum.question_lint import ItemFault
from curriculum.question_values import BLANK, Cloze, Option, Question, QuestionId, Receipt, by_digest
from ingestion.document import PROSE_KINDS
from ingestion.sentences import split_sentences
from vectorstore.passage import Passage

MADE_BY = "rules"
SENTENCE_CHARACTERS = range(50, 261)
OPTION_COUNT = 4
_DEFINITION = re.compile(
    r"^(?P<article>An?|The)\s+(?P<term>[a-z][\w-]*(?: [a-z][\w-]*){0,3}?) (?:is|means) (?:an?|the|any|one) "
    r"|^(?P<name>[A-Z][\w-]+(?: [a-z][\w-]*){0,3}?),?(?: or [\w -]{2,30},| \([\w -]{2,40}\))? "
    r"(?:is|are|stands for|means) (?:an?|the|any) "
)
_OF_A_NOTE = re.compile(
    r"^(?:An?|The)\s+(?P<term>[a-z][\w-]*(?: [a-z][\w-]*){0,3}?) (?:is|means|maps|computes|stores|tells|holds) "
    r"|^(?P<name>[A-Z][\w-]+(?: [a-z][\w-]*){0,3}?)(?:, [^,]{2,40},| \([\w -]{2,40}\))? "
    r"(?:is|are|means|computes|runs|sets|maps|replaces|adds|keeps|splits|stops|uses|gives|turns|trains) "
)
"""In our notes a sentence that begins with a key term says what it is."""
_NUMBER = re.compile(r"(?<![\w.,$^{-])(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?P<unit>%|(?: [a-z]+){1,2})")
_LEANING = re.compile(
    r"\b(?:this|these|those|such|here|figure|fig|tables?|section|appendix|equation|eq|algorithm|above|below"
    r"|previous|previously"
    r"|former|latter|following|respectively|the two|the three|see|et al|note that|rows?|columns?|misconception"
    r"|our results?"
    r"|the (?:paper|authors?|note)|moreover|furthermore|additionally|for example|remaining|aforementioned|similarly"
    r"|likewise"
    r"|conversely|however|therefore|instead)\b"
    r"|^(?:that|its?|they|them|their|there|also|then|thus|hence|both|either|same|other|others|another|he|she|his"
    r"|her|again"
    r"|first|second|third|finally|next|but|so|yet|last|if|when)\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"[$\\{}|\[\]#*_<>“”\"=†‡∗@~^]|https?:|\w- \w|arxiv|proceedings|\bpp\.|\(\d{4}\)|\d{4}[a-z]?\)", re.I
)  # noqa: RUF001
_BACK_MATTER = re.compile(r"reference|bibliograph|acknowledg|appendix|contribut|author|misconception|question", re.I)
_COUNTED = frozenset(
    ["layers", "heads", "tokens", "parameters", "words", "steps", "examples", "tasks", "labelers", "gpus", "days"]
    + ["hours", "percent", "dimensions", "billion", "million", "thousand", "documents", "pages", "books", "prompts"]
    + ["sentences", "pairs", "languages"]
)
_SUBJECTLESS = re.compile(
    r"^(?:we|our|in|for|with|on|when|while|after|before|by|to|using|at|from|as|since|because)\b", re.I
)


_VAGUE = re.compile(
    r"\b(?:general|common|popular|well-known|promising|recent|powerful|first|simple) (?:\w+ )?\w+\b.{0,20}\bthat\b"
    r"|\b(?:is|are) (?:an?|the) (?:common|popular|general|first|promising|powerful|recent)\b",
    re.IGNORECASE,
)
"""Praise and history say nothing of what a term is."""
_PRONOUN = re.compile(r"\b(?:it|its|they|their|them|we|our|i|my|he|she)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Gap:
    """A sentence and the part of it that is left out."""

    passage: Passage
    sentence: str
    start: int
    end: int
    unit: str
    """Of a number; empty for a term."""

    @property
    def answer(self) -> str:
        return self.sentence[self.start : self.end]


def cloze_items(
    passages: Sequence[Passage],
    count: int,
    *,
    topic_ids: Sequence[TopicId],
    known: Mapping[str, Question] | None = None,
    contents: Contents | None = None,
) -> ItemBatch:
    """At most `count` verified items, terms before numbers, from different sentences.

    Args:
        passages: what the items may ask about; their documents become the receipts.
        count: the most items wanted.
        topic_ids: what the items count for.
        known: items that must not be asked again.
        contents: the roadmap, whose terms count wherever they are defined; None for a document's own terms alone.
    """
    source, terms = PassageSource(passages), terms_of(contents)
    wordings = list(_once(gap for passage in passages for gap in _term_gaps(passage)))
    ours = {paper.arxiv_id for paper in contents.papers} if contents else set()
    of_roadmap = any(passage.arxiv_id and passage.arxiv_id in ours for passage in passages)
    mentions = {} if of_roadmap else mentions_in(passages, (gap.answer for gap in wordings))
    gaps = [gap for gap in wordings if is_term(gap.answer, terms, mentions) and _asks_something(gap, terms)]
    beside = list(dict.fromkeys([*(gap.answer for gap in gaps), *known_in(passages, terms)]))
    numbers = list(_once(gap for passage in passages for gap in _number_gaps(passage, terms)))
    stated = list(_numbers_of(passages))
    made = [_term_item(gap, gaps, beside, terms, topic_ids) for gap in gaps]
    made += [_number_item(gap, stated, topic_ids) for gap in numbers]
    passed: list[Question] = []
    dropped: list[ItemFault] = []
    for question in (question for question in made if question is not None):
        faults = faults_of(question, source, None)
        if faults:
            dropped.append(faults[0])
        else:
            passed.append(question)
    kept, doubles = without_doubles(passed, known or {})
    return ItemBatch(tuple(kept[:count]), MADE_BY, dropped=(*dropped, *doubles))


def _term_gaps(passage: Passage) -> Iterator[_Gap]:
    for sentence in _sentences(passage):
        match = (_DEFINITION if passage.document_kind == "pdf" else _OF_A_NOTE).match(sentence)
        group = match and ("name" if match["name"] else "term")
        if match and group and len(match[group]) >= 3 and sentence.casefold().count(match[group].casefold()) == 1:
            yield _Gap(passage, sentence, *match.span(group), "")


def _asks_something(gap: _Gap, terms: Terms) -> bool:
    """Whether the rest of the sentence says what the term is, and neither its words nor its other name.

    The last word of several may come again: a spring tide is a tide.
    """
    rest = f"{gap.sentence[: gap.start]} {gap.sentence[gap.end :]}"
    parts = gap.answer.casefold().split()
    own = {word[:5] for part in parts[: max(1, len(parts) - 1)] for word in re.findall(r"[a-z]{4,}", part)}
    said = {word[:5] for word in re.findall(r"[a-z]{4,}", rest.casefold())}
    names = terms.same.get(gap.answer.casefold(), frozenset())
    return not own & said and not _VAGUE.search(rest) and not any(name in rest.casefold() for name in names)


def _number_gaps(passage: Passage, terms: Terms) -> Iterator[_Gap]:
    """Numbers of sentences that name what they are about and hold no other number."""
    for sentence in _sentences(passage):
        found = [match for match in _NUMBER.finditer(sentence) if _unit(match)]
        unresolved = _SUBJECTLESS.match(sentence) or _PRONOUN.search(sentence)
        named = not unresolved and _names_something(sentence, terms)
        if named and len(found) == 1 and len(re.findall(r"\d[\d.,]*", sentence)) == 1:
            yield _Gap(passage, sentence, *found[0].span("number"), _unit(found[0]))


def _unit(match: re.Match[str]) -> str:
    unit = "%" if match["unit"] == "%" else match["unit"].split()[0]
    return unit if unit == "%" or unit in _COUNTED else ""


def _names_something(sentence: str, terms: Terms) -> bool:
    """Whether the sentence's beginning names a method or a term, so that it can be understood by itself."""
    head = sentence[:60].casefold()
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", head) for name in terms.names if name in head)


def _sentences(passage: Passage) -> Iterator[str]:
    if _BACK_MATTER.search(passage.section) or passage.kind not in PROSE_KINDS:
        return
    for start, end in split_sentences(passage.text):
        sentence = " ".join(passage.text[start:end].split())
        whole = sentence[:1].isupper() and sentence.endswith(".") and sentence.count(". ") == 0
        usable = len(sentence) in SENTENCE_CHARACTERS and whole
        if usable and not _LEANING.search(sentence) and not _PLAIN.search(sentence) and _is_balanced(sentence):
            yield sentence


def _is_balanced(sentence: str) -> bool:
    return sentence.count("(") == sentence.count(")") and ";" not in sentence


def _once(gaps: Iterator[_Gap]) -> Iterator[_Gap]:
    """Each answer and each sentence once."""
    seen: set[str] = set()
    for gap in gaps:
        if gap.answer.casefold() not in seen and gap.sentence not in seen:
            seen |= {gap.answer.casefold(), gap.sentence}
            yield gap


def _term_item(
    gap: _Gap, gaps: Sequence[_Gap], beside: Sequence[str], terms: Terms, topic_ids: Sequence[TopicId]
) -> Question | None:
    wrong: list[str] = []
    defined = {one.answer for one in gaps}
    for term in sorted(beside, key=lambda one: (one not in defined, abs(len(one) - len(gap.answer)), one)):
        written = term[:1].upper() + term[1:] if gap.start == 0 and shape_of(term) == "words" else term
        is_garbled = term.islower() and " " not in term and term in terms.same
        if (
            not is_garbled
            and _looks_like(written, gap)
            and fits_beside(written, [gap.answer, gap.sentence, *wrong], terms)
        ):
            wrong.append(written)
    said = {one.answer.casefold(): one.sentence for one in gaps}
    options = [Option(one, False, _reason(one, said.get(one.casefold(), ""))) for one in wrong[: OPTION_COUNT - 1]]
    return _item(gap, options, topic_ids)


def _looks_like(term: str, gap: _Gap) -> bool:
    """Whether a term could stand in the gap: its form, number and article fit."""
    before = gap.sentence[: gap.start].split()[-1:]
    vowel = term[:1].casefold() in "aeiou"
    article = not before or before[0].casefold() not in ("a", "an") or vowel == (before[0].casefold() == "an")
    plural = _is_plural(term) == _is_plural(gap.answer)
    alike = shape_of(term) == shape_of(gap.answer) or gap.start == 0
    return article and plural and alike and len(term) <= 2.4 * len(gap.answer) + 12


def _is_plural(term: str) -> bool:
    return term.endswith("s") and not term.endswith(("ss", "is", "us"))


def _reason(term: str, sentence: str) -> str:
    if sentence:
        return f"That term is defined otherwise: {sentence}"
    return f"The document uses “{term}” for something else than what is described here."


def _numbers_of(passages: Sequence[Passage]) -> Iterator[_Gap]:
    """Every number with a unit that the passages state, whatever its sentence."""
    for passage in passages:
        if passage.kind in {*PROSE_KINDS, "caption"} and not _BACK_MATTER.search(passage.section):
            for start, end in split_sentences(passage.text):
                sentence = " ".join(passage.text[start:end].split())
                for match in _NUMBER.finditer(sentence):
                    if unit := _unit(match):
                        yield _Gap(passage, sentence, *match.span("number"), unit)


def _number_item(gap: _Gap, others: Sequence[_Gap], topic_ids: Sequence[TopicId]) -> Question | None:
    fitting = [one for one in others if one.unit == gap.unit and _value(one.answer) != _value(gap.answer)]
    whole = "." in gap.answer
    fitting.sort(key=lambda one: (("." in one.answer) != whole, abs(len(one.answer) - len(gap.answer)), one.answer))
    values = {_value(one.answer): one for one in reversed(fitting)}
    options = [
        Option(one.answer, False, f"That number is said of something else: {one.sentence[:240]}")
        for one in list(values.values())[: OPTION_COUNT - 1]
    ]
    return _item(gap, options, topic_ids)


def _item(gap: _Gap, wrong: list[Option], topic_ids: Sequence[TopicId]) -> Question | None:
    if len(wrong) < OPTION_COUNT - 1:
        return None
    digest = hashlib.sha256(f"{gap.passage.document_id} {gap.sentence}".encode()).hexdigest()[:12]
    question_id = QuestionId(f"cloze-{digest}")
    paper = gap.passage.arxiv_id
    return Question(
        id=question_id,
        kind="cloze",
        topic_ids=tuple(topic_ids),
        paper_ids=(PaperId(paper),) if paper else (),
        bloom="remember",
        difficulty="medium" if gap.unit else "easy",
        prompt=f"{gap.sentence[: gap.start]}{BLANK}{gap.sentence[gap.end :]}",
        hint=f"Page {gap.passage.page_number} of its document says it, in the part “{gap.passage.section or 'Text'}”.",
        explanation=f"“{gap.passage.title}” says: {gap.sentence}",
        receipt=Receipt(str(gap.passage.document_id), gap.passage.page_number, gap.sentence),
        body=Cloze((gap.answer,), by_digest(question_id, (Option(gap.answer, True, ""), *wrong))),
        provenance="generated",
        made_by=MADE_BY,
    )


def _value(number: str) -> float:
    return float(number.replace(",", ""))
