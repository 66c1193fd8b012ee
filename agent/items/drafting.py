"""Items that a chat model drafts from passages: each is verified, mended at most twice, or dropped and counted.

Passages are untrusted: they stand between marks, and whatever a model makes of them must pass the verification of the
bank's own items before a learner sees it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.history import text_of
from agent.items.batch import ItemBatch, PassageSource, faults_of, without_doubles
from agent.items.drafts import DRAFT_KINDS, Draft, Drafts, as_json, question_of_draft, read_drafts
from agent.prompt import load_prompt
from agent.tools.quoting import BEGIN, END, contained, fenced
from agent.words import content_stems, numbers
from curriculum.model import TopicId
from curriculum.question_lint import ItemFault
from curriculum.question_values import Choices, Kind, Question, ShortAnswer, Statement
from curriculum.question_verifier import RunCode
from ingestion.document import PROSE_KINDS
from vectorstore.passage import Passage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)

MOST_REPAIRS = 2
PASSAGES_AT_ONCE = 3
LEAST_CHARACTERS = 240
"""A shorter passage holds nothing to ask for."""
PROSE_CHARACTERS = 400
"""Of an answer that is no JSON so much is shown to the model again."""
KEY_SHARE = 0.5
"""Least share of the key's content words, or of its correction or point, that the quote must have."""
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|rule|prompt|above|previous)|system prompt"
    r"|you are (?:now )?an? \w+"
    r"|mark .{0,20}(?:correct|right)|call (?:the )?(?:tool|function)|add_paper|grade_answer|https?://",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Run:
    """What came of the drafts so far."""

    passed: list[Question] = field(default_factory=list)
    repaired: int = 0
    dropped: list[ItemFault] = field(default_factory=list)


def drafted_items(
    passages: Sequence[Passage],
    count: int,
    *,
    model: BaseChatModel,
    topic_ids: Sequence[TopicId],
    known: Mapping[str, Question],
    run_code: RunCode | None,
    kinds: Sequence[Kind] = (),
) -> ItemBatch:
    """At most `count` verified items; a model that fails leaves fewer, and the rules fill up.

    Args:
        passages: what the items may ask about, spread over their documents.
        count: the most items wanted.
        model: any chat model.
        topic_ids: what the items count for.
        known: items that must not be asked again.
        run_code: checks programs of drafts; None drops drafts with programs.
        kinds: the kinds wanted; empty for any.
    """
    made_by, run = name_of(model), _Run()
    for group in _groups(passages, count):
        missing = count - len(run.passed)
        if missing <= 0:
            break
        try:
            _draft(group, min(missing, PASSAGES_AT_ONCE), run, model, made_by, topic_ids, known, run_code, kinds)
        except Exception as error:  # a model that fails is no reason to give no quiz
            logger.info("Drafting stopped, since the model failed: %r", error)
            run.dropped.append(ItemFault("", "model", "the model failed"))
            break
    return ItemBatch(tuple(run.passed[:count]), made_by, run.repaired, tuple(run.dropped))


def name_of(model: BaseChatModel) -> str:
    """How a learner knows the model."""
    return str(getattr(model, "model_name", "") or getattr(model, "model", "") or model._llm_type)


def _draft(
    passages: Sequence[Passage],
    count: int,
    run: _Run,
    model: BaseChatModel,
    made_by: str,
    topic_ids: Sequence[TopicId],
    known: Mapping[str, Question],
    run_code: RunCode | None,
    kinds: Sequence[Kind],
) -> None:
    """Ask for drafts, and for mended ones as long as some fail and rounds are left."""
    source = PassageSource(passages)
    messages: list[BaseMessage] = [*_order(passages, count, kinds, bool(run_code))]
    waiting: list[ItemFault] = []
    for round_number in range(MOST_REPAIRS + 1):
        answer = asked(model, messages)
        drafts, problem = read_drafts(answer)
        if round_number and not problem:
            run.dropped += waiting[len(drafts) :]  # left out by the model, which could not mend them
        waiting, failed = [], []
        for draft in drafts[: 2 * count]:
            found = question_of_draft(draft, passages, topic_ids=topic_ids, made_by=made_by)
            faults = [ItemFault("", "form", found)] if isinstance(found, str) else _faults(found, source, run_code)
            if isinstance(found, Question) and not faults:
                kept, doubles = without_doubles([found], {**known, **{one.id: one for one in run.passed}})
                run.passed += kept
                run.dropped += doubles
                run.repaired += bool(kept) and round_number > 0
            else:
                waiting.append(faults[0])
                failed.append((draft, faults))
        if problem and not drafts:
            waiting.append(ItemFault("", "form", problem))
        if not waiting:
            return
        messages = [
            *messages[:2],
            AIMessage(as_json([one for one, _ in failed]) if failed else answer[:PROSE_CHARACTERS]),
            _repair(failed, problem),
        ]
    run.dropped += waiting


def asked(model: BaseChatModel, messages: Sequence[BaseMessage]) -> str:
    """The model's text, in a context of its own: nothing of a draft runs into the answer that a turn streams."""
    return text_of(Context().run(model.invoke, list(messages)))


def _order(passages: Sequence[Passage], count: int, kinds: Sequence[Kind], has_code: bool) -> Iterator[BaseMessage]:
    allowed = [kind for kind in (kinds or DRAFT_KINDS) if kind in DRAFT_KINDS]
    allowed = [kind for kind in allowed if has_code or kind not in ("numeric", "code-output")] or ["choice"]
    schema = json.dumps(Drafts.model_json_schema(), separators=(",", ":"))
    yield SystemMessage(
        load_prompt("items", count=str(count), kinds=", ".join(allowed), begin=BEGIN, end=END, schema=schema)
    )
    blocks = [f"Passage {place}:\n{fenced(contained(one.text))}" for place, one in enumerate(passages, start=1)]
    yield HumanMessage("\n\n".join(blocks))


def _repair(failed: Sequence[tuple[Draft, list[ItemFault]]], problem: str) -> HumanMessage:
    lines = [
        f"- item {place}: {'; '.join(f'{fault.rule}: {fault.message}' for fault in faults)}"
        for place, (_, faults) in enumerate(failed, start=1)
    ]
    lines += [f"- {problem}"] if problem else []
    return HumanMessage(load_prompt("items_repair", faults="\n".join(lines)))


def _faults(question: Question, source: PassageSource, run_code: RunCode | None) -> list[ItemFault]:
    """The faults of a drafted item: those of every generated item, a key without backing, and orders to a model."""
    faults = faults_of(question, source, run_code)
    said = f"{question.prompt} {question.explanation} {question.receipt.quote} {' '.join(_keys(question))}"
    if _ORDERS.search(said):
        faults.append(ItemFault(question.id, "order", "gives orders to a model or names an address"))
    if not _is_backed(question):
        faults.append(ItemFault(question.id, "key", "the quote does not say what the key says"))
    return faults


def _keys(question: Question) -> list[str]:
    body = question.body
    if isinstance(body, Choices):
        return [option.text for option in body.options if option.is_right]
    if isinstance(body, Statement):
        return [question.prompt if body.is_true else body.correction]
    if isinstance(body, ShortAnswer):
        return [point.text for point in body.points]
    return []


def _is_backed(question: Question) -> bool:
    """Whether the quote carries each key, better than it carries any wrong option."""
    quote = question.receipt.quote
    shares = [_share(key, quote) for key in _keys(question)]
    wrong = [_share(option.text, quote) for option in question.options if not option.is_right]
    if isinstance(question.body, Statement) and not question.body.is_true and _share(question.prompt, quote) == 1.0:
        return False
    return all(share >= KEY_SHARE for share in shares) and (not shares or max(wrong, default=0.0) <= min(shares))


def _share(text: str, quote: str) -> float:
    """Share of the text's content words that the quote has; 0 when it lacks one of its numbers."""
    stems = set(content_stems(text))
    if not set(numbers(text)) <= set(numbers(quote)):
        return 0.0
    return len(stems & set(content_stems(quote))) / len(stems) if stems else 1.0


def _groups(passages: Sequence[Passage], count: int) -> Iterator[Sequence[Passage]]:
    """Groups of passages spread over the documents, a few more than the items need."""
    usable = [one for one in passages if one.kind in PROSE_KINDS and len(one.text) >= LEAST_CHARACTERS]
    groups = [usable[place : place + PASSAGES_AT_ONCE] for place in range(0, len(usable), PASSAGES_AT_ONCE)]
    wanted = -(-count // PASSAGES_AT_ONCE) + 2
    step = max(1, len(groups) // wanted)
    return iter([groups[place] for place in range(0, len(groups), step)][: wanted + 1])
