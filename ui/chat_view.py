"""What the chat shows, as a value between its actions and its components."""

from __future__ import annotations

from dataclasses import dataclass

from ui.messages import Message


@dataclass(frozen=True, slots=True)
class ChatView:
    """What the chat shows now; None leaves a part as it is."""

    messages: list[Message] | None = None
    question: str | None = None
    notice: str | None = None
    is_news: bool = False
    """Whether the notice tells how things go; otherwise it names what went wrong."""
    conversation_id: str | None = None
    conversations: str | None = None
    busy: bool | None = None
    attached: str | None = None
    """The line above the question about attached files."""
    download: str | None = None
    """A file for the browser to save, see `ui.conversation_actions.download`."""
