"""The list of conversations as HTML, whole or as a search narrowed it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ui.markup import escape_html
from ui.translation import _, ngettext

if TYPE_CHECKING:
    from agent.conversations import Conversation, StoredTurn

SNIPPET_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class FoundConversation:
    """A conversation that a search found, and where the words stand in it."""

    conversation: Conversation
    snippet: str
    """HTML; empty when they stand in the title alone."""


def conversation_list_html(
    conversations: Sequence[Conversation],
    current_family: str,
    *,
    deleted: Conversation | None = None,
    now: datetime | None = None,
) -> str:
    """All conversations to open, rename, export or delete; a sentence when there is none."""
    undo = _undo(deleted)
    if not conversations:
        return f'<p class="empty">{_("Your conversations will be listed here.")}</p>{undo}'
    moment = now or datetime.now(UTC)
    rows = "".join(_row(one, current_family, _details(one, when(one.updated_at, moment))) for one in conversations)
    return f'<ul class="conversations">{rows}</ul>{undo}'


def found_list_html(
    found: Sequence[FoundConversation],
    current_family: str,
    words: str,
    *,
    left_out: int = 0,
    deleted: Conversation | None = None,
) -> str:
    """The conversations of a search; a sentence when there is none."""
    undo = _undo(deleted)
    if not found:
        sentence = _("No conversation holds “{words}”.").format(words=escape_html(words.strip()[:60]))
        return f'<p class="empty" role="status">{sentence}</p>{undo}'
    rows = "".join(_row(one.conversation, current_family, one.snippet) for one in found)
    told = ngettext("{count} more; type another word.", "{count} more; type another word.", left_out)
    more = f'<p class="empty">{told.format(count=left_out)}</p>' if left_out else ""
    return f'<ul class="conversations">{rows}</ul>{more}{undo}'


def snippet(turns: Sequence[StoredTurn], words: str) -> str:
    """The first place of one of the words in questions and answers, marked, as HTML; empty when there is none."""
    wanted = [word for word in words.split() if word]
    pattern = re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE)
    for text in _texts(turns):
        match = pattern.search(text)
        if match:
            start = max(0, match.start() - SNIPPET_CHARACTERS // 3)
            end = min(len(text), start + SNIPPET_CHARACTERS)
            before, after = escape_html(text[start : match.start()]), escape_html(text[match.end() : end])
            first, last = "…" if start else "", "…" if end < len(text) else ""
            return f"{first}{before}<mark>{escape_html(match[0])}</mark>{after}{last}"
    return ""


def _texts(turns: Sequence[StoredTurn]) -> Iterator[str]:
    for turn in turns:
        yield " ".join(turn.question.split())
        if turn.answer is not None:
            yield " ".join(turn.answer.text.split())


def _details(conversation: Conversation, moment: str) -> str:
    is_branch = conversation.branched_from and conversation.family == conversation.id
    return f"{moment} · {_('branch')}" if is_branch else moment


def _row(conversation: Conversation, current_family: str, details: str) -> str:
    identity, title = escape_html(conversation.id), escape_html(conversation.title)
    current = ' aria-current="true"' if conversation.family == current_family else ""
    return (
        f'<li class="conversation"><button type="button" class="conversation-title study-action" '
        f'name="open_conversation" value="{identity}"{current} title="{title}">{title}'
        f"<span>{details}</span></button>"
        + _tool(
            "rename_conversation",
            identity,
            "✎",
            _("Rename"),
            title,
            f'data-ask="{_("Rename the conversation")}" data-answer="{title}"',
        )
        + _tool("export_conversation", identity, "↓", _("Save as Markdown"), title)
        + _tool("delete_conversation", identity, "✕", _("Delete"), title)
        + "</li>"
    )


def _tool(name: str, identity: str, sign: str, verb: str, title: str, more: str = "") -> str:
    return (
        f'<button type="button" class="quiet-button study-action" name="{name}" value="{identity}" '
        f'aria-label="{verb}: {title}" title="{verb}" {more}>{sign}</button>'
    )


def _undo(deleted: Conversation | None) -> str:
    if deleted is None:
        return ""
    return (
        f'<div class="undo" role="status">{_("“{title}” was deleted.").format(title=escape_html(deleted.title))} '
        f'<button type="button" class="link-button study-action" name="undo_conversation" '
        f'value="{escape_html(deleted.id)}">{_("Undo")}</button>'
        f'<button type="button" class="quiet-button close-undo" aria-label="{_("Close")}">✕</button></div>'
    )


def when(moment: datetime, now: datetime) -> str:
    """How long ago, in the words people use."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return _("just now")
    if passed < timedelta(hours=1):
        return _("{count} min ago").format(count=int(passed.total_seconds() // 60))
    if passed < timedelta(days=1):
        return _("{count} h ago").format(count=int(passed.total_seconds() // 3600))
    if passed < timedelta(days=7):
        if passed.days == 1:
            return _("yesterday")
        return ngettext("{count} day ago", "{count} days ago", passed.days).format(count=passed.days)
    return f"{moment:%Y-%m-%d}"
