"""What the settings say in HTML; no choice is kept here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ui.markup import escape_html

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.values import WallState
    from ui.own_data import Removed
    from ui.retention import Removal

MOST_TITLES = 5
PREFIX = "STUDY_"
"""Of the variables that set what the page does not change."""

MODEL_INTRODUCTION = (
    "<h2>Chat model</h2><p>The built-in model needs nothing and answers by quoting your library. For free-form "
    "tutoring, connect one: start Ollama and pull a model that calls tools (<code>ollama pull llama3.2:3b</code>), "
    "or set <code>OPENAI_API_KEY</code> or <code>ANTHROPIC_API_KEY</code> and start again. The choice is used from "
    "the next question on.</p>"
)
PYTHON_INTRODUCTION = (
    "<h2>Python</h2><p>Code runs behind a wall: no network, no files of yours, no memory of other programs, "
    "and limits on time and memory. Once the tutor has read a document, code that you did not ask for waits for your "
    "yes.</p>"
)
LIMITS_INTRODUCTION = "<h2>Limits</h2><p>An empty field goes back to what the program started with.</p>"
RETENTION_INTRODUCTION = (
    "<h2>How long things are kept</h2><p>At first everything is kept for ever, but for conversations and documents "
    "that you deleted: they go for good an hour later. A conversation counts from its last question. What you choose "
    "is applied at each start and once a day; your learning record and what is in your library are never touched.</p>"
)
HELP = (
    '<h2>Help</h2><p class="settings-buttons"><button type="button" class="card-button open-welcome">Show the welcome '
    'again</button><button type="button" class="card-button open-shortcuts">Keyboard shortcuts</button></p>'
)


def wall_line(state: WallState) -> str:
    """One wall in one line."""
    if state.ready:
        return f'<p class="success">✓ {escape_html(state.name)}: ready</p>'
    if state.progress is not None:
        left = f", about {state.seconds_left:.0f} s left" if state.seconds_left is not None else ""
        return f"<p>◐ {escape_html(state.name)}: being prepared, {state.progress:.0%}{left}</p>"
    return f'<p class="hint">– {escape_html(state.name)}: {escape_html(state.reason)}</p>'


def stored(sentence: str) -> str:
    """That something was kept."""
    return f'<p class="success" role="status">{escape_html(sentence)}</p>'


def fixed_note(name: str) -> str:
    """Why a thing cannot be changed in the page."""
    return f"Set by the variable {PREFIX}{name.upper()}, which the page does not change."


def upload_note(upload_megabytes: int) -> str:
    """The limit that is fixed while the page is served."""
    return (
        f'<p class="hint">Largest file for the library: {upload_megabytes:,} MB. The server takes this limit when it '
        f"starts: set <code>{PREFIX}UPLOAD_MEGABYTES</code> and start again.</p>"
    )


def data_html(home: Path) -> str:
    """Where the data is, and the ways to take it along or to remove it."""
    return (
        f"<h2>Your data</h2><p>Everything is kept in <code>{escape_html(str(home))}</code>; nothing leaves this "
        "machine unless you choose a model that runs elsewhere.</p>"
        '<p class="settings-buttons"><a class="card-button" href="my-data.zip" download="my-data.zip">Download '
        'everything (ZIP)</a><button type="button" class="card-button study-action danger" name="delete_everything" '
        'value="" data-ask="This removes your conversations, your learning record, the documents you added, your '
        'feedback and your choices, for good. To go on, type: delete everything" data-verb="Delete">Delete everything '
        "of mine …</button></p>"
    )


def removal_html(found: Removal, *, done: bool = False) -> str:
    """What is too old, before it is removed or after."""
    lines = list(_removal_lines(found))
    if not lines:
        return (
            stored("Stored. Nothing is too old.") if done else '<p role="status">With this, nothing would go now.</p>'
        )
    head = "Stored. This was too old and is removed:" if done else "With this, the following would go now:"
    return (
        f'<div role="status"><p>{head}</p><ul class="removal">{"".join(f"<li>{one}</li>" for one in lines)}</ul></div>'
    )


def _removal_lines(found: Removal) -> Iterator[str]:
    if count := len(found.conversations):
        titles = [f"“{escape_html(one.title)}”" for one in found.conversations[:MOST_TITLES]]
        more = f" and {count - MOST_TITLES} more" if count > MOST_TITLES else ""
        yield f"{_counted(count, 'conversation')}: {', '.join(titles)}{more}"
    if found.deleted:
        yield f"{_counted(found.deleted, 'deleted conversation')}, for good"
    if found.documents:
        yield f"{_counted(len(found.documents), 'deleted document')}, for good"
    for files, name in ((found.logs, "log file"), (found.traces, "trace file"), (found.uploads, "uploaded copy")):
        if files:
            yield f"{_counted(len(files), name)} ({_megabytes(files)})"


def _megabytes(files: Sequence[Path]) -> str:
    return f"{sum(path.stat().st_size for path in files if path.exists()) / 1_000_000:.1f} MB"


def _counted(count: int, what: str) -> str:
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {what if count == 1 else plural}"


def removed_html(removed: Removed) -> str:
    """What was removed, and how to go on."""
    sentence = (
        f"Removed: {_counted(removed.conversations, 'conversation')}, {_counted(removed.documents, 'document')}, "
        f"{_counted(removed.acts, 'graded act')}, your feedback, results and choices. The notes of this program stay."
    )
    kept = "".join(f"<li>{escape_html(one)}</li>" for one in removed.kept)
    left = f"<p>Not removed:</p><ul>{kept}</ul>" if kept else ""
    return (
        f'{stored(sentence)}{left}<p><button type="button" class="card-button start-afresh">Start afresh</button></p>'
    )
