"""The list of conversations as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ui.markup import escape_html

if TYPE_CHECKING:
    from agent.conversations import Conversation


def conversation_list_html(conversations: Sequence[Conversation], current: str, *, now: datetime | None = None) -> str:
    """All conversations to open, rename or delete; a sentence when there is none."""
    if not conversations:
        return '<p class="empty">Your conversations will be listed here.</p>'
    moment = now or datetime.now(UTC)
    rows = "".join(_row(conversation, conversation.id == current, moment) for conversation in conversations)
    return f'<ul class="conversations">{rows}</ul>'


def _row(conversation: Conversation, is_current: bool, now: datetime) -> str:
    identity, title = escape_html(conversation.id), escape_html(conversation.title)
    current = ' aria-current="true"' if is_current else ""
    return (
        f'<li class="conversation"><button type="button" class="conversation-title study-action" '
        f'name="open_conversation" value="{identity}"{current} title="{title}">{title}'
        f"<span>{when(conversation.updated_at, now)}</span></button>"
        f'<button type="button" class="quiet-button study-action" name="rename_conversation" value="{identity}" '
        f'data-ask="Rename the conversation" data-answer="{title}" aria-label="Rename {title}" title="Rename">✎'
        f'</button><button type="button" class="quiet-button study-action" name="delete_conversation" '
        f'value="{identity}" data-confirm="Delete “{title}”? This cannot be undone." data-verb="Delete" '
        f'aria-label="Delete {title}" title="Delete">✕</button></li>'
    )


def when(moment: datetime, now: datetime) -> str:
    """How long ago, in the words people use."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    if passed < timedelta(days=1):
        return f"{int(passed.total_seconds() // 3600)} h ago"
    if passed < timedelta(days=7):
        return "yesterday" if passed.days == 1 else f"{passed.days} days ago"
    return f"{moment:%Y-%m-%d}"
