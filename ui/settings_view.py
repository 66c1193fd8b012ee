"""What the settings say in HTML; no choice is kept here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ui.markup import escape_html
from ui.own_data import CONFIRMATION
from ui.translation import _, ngettext

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.values import WallState
    from ui.own_data import Removed
    from ui.retention import Removal

MOST_TITLES = 5
PREFIX = "STUDY_"
"""Of the variables that set what the page does not change."""


def model_introduction() -> str:
    """What the models are, and how one is connected."""
    told = _(
        "The built-in model needs nothing and answers by quoting your library. For free-form tutoring, connect one: "
        "start Ollama and pull a model that calls tools ({command}), or set {openai} or {anthropic} and start again. "
        "The choice is used from the next question on."
    ).format(
        command="<code>ollama pull llama3.2:3b</code>",
        openai="<code>OPENAI_API_KEY</code>",
        anthropic="<code>ANTHROPIC_API_KEY</code>",
    )
    return f"<h2>{_('Chat model')}</h2><p>{told}</p>"


def python_introduction() -> str:
    """What keeps code in."""
    told = _(
        "Code runs behind a wall: no network, no files of yours, no memory of other programs, and limits on time and "
        "memory. Once the tutor has read a document, code that you did not ask for waits for your yes."
    )
    return f"<h2>{_('Python')}</h2><p>{told}</p>"


def limits_introduction() -> str:
    """What an empty field means."""
    told = _("An empty field goes back to what the program started with.")
    return f"<h2>{_('Limits')}</h2><p>{told}</p>"


def retention_introduction() -> str:
    """What is kept for how long, and when that is looked at."""
    told = _(
        "At first everything is kept for ever, but for conversations and documents that you deleted: they go for good "
        "an hour later. A conversation counts from its last question. What you choose is applied at each start and "
        "once a day; your learning record and what is in your library are never touched."
    )
    return f"<h2>{_('How long things are kept')}</h2><p>{told}</p>"


def help_html() -> str:
    """The two buttons that show help."""
    return (
        f'<h2>{_("Help")}</h2><p class="settings-buttons">'
        f'<button type="button" class="card-button open-welcome">{_("Show the welcome again")}</button>'
        f'<button type="button" class="card-button open-shortcuts">{_("Keyboard shortcuts")}</button></p>'
    )


def wall_line(state: WallState) -> str:
    """One wall in one line."""
    if state.ready:
        return f'<p class="success">✓ {_("{name}: ready").format(name=escape_html(state.name))}</p>'
    if state.progress is not None:
        told = _("{name}: being prepared, {share:.0%}")
        if state.seconds_left is not None:
            told = _("{name}: being prepared, {share:.0%}, about {seconds:.0f} s left")
        shown = told.format(name=escape_html(state.name), share=state.progress, seconds=state.seconds_left)
        return f"<p>◐ {shown}</p>"
    return f'<p class="hint">– {escape_html(state.name)}: {escape_html(state.reason)}</p>'


def stored(sentence: str) -> str:
    """That something was kept."""
    return f'<p class="success" role="status">{escape_html(sentence)}</p>'


def fixed_note(name: str) -> str:
    """Why a thing cannot be changed in the page."""
    return _("Set by the variable {name}, which the page does not change.").format(name=f"{PREFIX}{name.upper()}")


def upload_note(upload_megabytes: int) -> str:
    """The limit that is fixed while the page is served."""
    told = _(
        "Largest file for the library: {count:,} MB. The server takes this limit when it starts: set {name} and start "
        "again."
    ).format(count=upload_megabytes, name=f"<code>{PREFIX}UPLOAD_MEGABYTES</code>")
    return f'<p class="hint">{told}</p>'


def data_html(home: Path) -> str:
    """Where the data is, and the ways to take it along or to remove it."""
    kept = _(
        "Everything is kept in {home}; nothing leaves this machine unless you choose a model that runs elsewhere."
    ).format(home=f"<code>{escape_html(str(home))}</code>")
    asked = _(
        "This removes your conversations, your learning record, the documents you added, your feedback and your "
        "choices, for good. To go on, type: {words}"
    ).format(words=CONFIRMATION)
    return (
        f"<h2>{_('Your data')}</h2><p>{kept}</p>"
        '<p class="settings-buttons"><a class="card-button" href="my-data.zip" download="my-data.zip">'
        f'{_("Download everything (ZIP)")}</a><button type="button" class="card-button study-action danger" '
        f'name="delete_everything" value="" data-ask="{asked}" data-verb="{_("Delete")}">'
        f"{_('Delete everything of mine …')}</button></p>"
    )


def removal_html(found: Removal, *, done: bool = False) -> str:
    """What is too old, before it is removed or after."""
    lines = list(_removal_lines(found))
    if not lines:
        nothing = f'<p role="status">{_("With this, nothing would go now.")}</p>'
        return stored(_("Stored. Nothing is too old.")) if done else nothing
    head = _("Stored. This was too old and is removed:") if done else _("With this, the following would go now:")
    return (
        f'<div role="status"><p>{head}</p><ul class="removal">{"".join(f"<li>{one}</li>" for one in lines)}</ul></div>'
    )


def _removal_lines(found: Removal) -> Iterator[str]:
    if count := len(found.conversations):
        titles = [f"“{escape_html(one.title)}”" for one in found.conversations[:MOST_TITLES]]
        counted = ngettext("{count:,} conversation", "{count:,} conversations", count).format(count=count)
        more = ""
        if count > MOST_TITLES:
            more = f" {_('and {count:,} more').format(count=count - MOST_TITLES)}"
        yield f"{counted}: {', '.join(titles)}{more}"
    if count := found.deleted:
        yield ngettext(
            "{count:,} deleted conversation, for good", "{count:,} deleted conversations, for good", count
        ).format(count=count)
    if count := len(found.documents):
        yield ngettext("{count:,} deleted document, for good", "{count:,} deleted documents, for good", count).format(
            count=count
        )
    if count := len(found.logs):
        told = ngettext("{count:,} log file ({size})", "{count:,} log files ({size})", count)
        yield told.format(count=count, size=_megabytes(found.logs))
    if count := len(found.traces):
        told = ngettext("{count:,} trace file ({size})", "{count:,} trace files ({size})", count)
        yield told.format(count=count, size=_megabytes(found.traces))
    if count := len(found.uploads):
        told = ngettext("{count:,} uploaded copy ({size})", "{count:,} uploaded copies ({size})", count)
        yield told.format(count=count, size=_megabytes(found.uploads))


def _megabytes(files: Sequence[Path]) -> str:
    return f"{sum(path.stat().st_size for path in files if path.exists()) / 1_000_000:.1f} MB"


def removed_html(removed: Removed) -> str:
    """What was removed, and how to go on."""
    talks, documents, acts = removed.conversations, removed.documents, removed.acts
    sentence = _(
        "Removed: {conversations}, {documents}, {acts}, your feedback, results and choices. The notes of this program "
        "stay."
    ).format(
        conversations=ngettext("{count:,} conversation", "{count:,} conversations", talks).format(count=talks),
        documents=ngettext("{count:,} document", "{count:,} documents", documents).format(count=documents),
        acts=ngettext("{count:,} graded act", "{count:,} graded acts", acts).format(count=acts),
    )
    kept = "".join(f"<li>{escape_html(one)}</li>" for one in removed.kept)
    left = f"<p>{_('Not removed:')}</p><ul>{kept}</ul>" if kept else ""
    again = f'<button type="button" class="card-button start-afresh">{_("Start afresh")}</button>'
    return f"{stored(sentence)}{left}<p>{again}</p>"
