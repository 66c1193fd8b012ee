"""Files given to the chat: taken into the library while the learner types, and asked about with the next question."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from errors import StudyError
from ui.adding import discard_upload
from ui.library_actions import read_only_sentence
from ui.library_view import bar_html
from ui.markup import escape_html
from ui.translation import _, ngettext

if TYPE_CHECKING:
    from ui.services import Services
    from vectorstore.reports import AddProgress, FileOutcome

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.3
"""How often a page that waits for a file is told of it."""


@dataclass
class Attachment:
    """One file on its way."""

    path: Path
    title: str = ""
    """The document's, as soon as it is in the library."""
    detail: str = ""
    hint: str = ""
    is_over: bool = False
    progress: AddProgress | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name


@dataclass
class Attachments:
    """The files of each page that were not asked about yet."""

    services: Services
    _of_pages: dict[str, list[Attachment]] = field(default_factory=dict)

    async def add(self, paths: Sequence[str], page: str) -> AsyncIterator[str]:
        """The line above the question as the files are read, until the last one is in the library or has failed."""
        new = [Attachment(Path(path)) for path in paths]
        if not new:
            return
        held = self._of_pages.setdefault(page, [])
        held += new
        task = asyncio.create_task(asyncio.to_thread(self._read, new))
        while not task.done():
            yield self.html(page)
            await asyncio.wait({task}, timeout=POLL_SECONDS)
        yield self.html(page)

    async def when_ready(self, page: str) -> AsyncIterator[str]:
        """What is still being read, in words, until nothing is."""
        while busy := [one for one in self._of_pages.get(page, []) if not one.is_over]:
            yield _reading(busy[0])
            await asyncio.sleep(POLL_SECONDS)

    def question(self, question: str, page: str) -> str:
        """The question with the titles of the attached documents, which makes it a question about them.

        An empty one asks what they are about. A file that failed is told above the question and named nowhere.
        """
        titles = [f"“{one.title}”" for one in self._of_pages.get(page, []) if one.title]
        if not titles:
            return question
        named = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
        if question.strip():
            return f"{question.rstrip()} (in {named})"
        return f"What {'is' if len(titles) == 1 else 'are'} {named} about?"

    def is_expected(self, page: str) -> bool:
        """Whether a file of the page is in the library or on its way there."""
        return any(one.title or not one.is_over for one in self._of_pages.get(page, []))

    def clear(self, page: str) -> None:
        """The files were asked about, or are no longer meant; they stay in the library."""
        self._of_pages.pop(page, None)

    def html(self, page: str) -> str:
        """A line for each file, with how far it is or what came of it; empty when there is none."""
        lines = "".join(_line(one) for one in self._of_pages.get(page, []))
        return f'<div class="attached" role="status">{lines}{_clear()}</div>' if lines else ""

    def _read(self, files: Sequence[Attachment]) -> None:
        for one in files:
            try:
                self._take(one)
            except StudyError as error:
                one.detail, one.hint = error.message, error.hint
            except Exception:
                logger.exception("An attached file was not read")
                one.detail, one.hint = _("Something went wrong."), _("Try again; the log has the details.")
            finally:
                one.is_over = True
                discard_upload(one.path)

    def _take(self, one: Attachment) -> None:
        rooms = self.services.rooms()
        if rooms.read_only:
            one.detail = read_only_sentence(rooms.read_only)
            return

        def note(progress: AddProgress) -> None:
            one.progress = progress

        (outcome,) = rooms.library.add([one.path], progress=note, cancelled=self.services.closing.is_set).files
        if outcome.document_id is None:
            _failed(one, outcome)
            return
        document = rooms.library.find_document(str(outcome.document_id))
        one.title = document.title
        pages = ngettext("{count} page", "{count} pages", document.pages).format(count=document.pages)
        is_known = outcome.status == "unchanged"
        one.detail = _("already in the library, {pages}").format(pages=pages) if is_known else pages


def _clear() -> str:
    return (
        '<button type="button" class="quiet-button study-action" name="clear_attached" value="x" '
        f'title="{_("Ask without these files; they stay in the library")}" '
        f'aria-label="{_("Ask without these files")}">✕</button>'
    )


def _failed(one: Attachment, outcome: FileOutcome) -> None:
    if outcome.error is not None:
        one.detail, one.hint = outcome.error.message, outcome.error.hint
    else:
        one.detail, one.hint = _("It was not added."), _("Attach it again.")


def _reading(one: Attachment) -> str:
    progress = one.progress
    if progress is None or not progress.pages_total:
        return _("Reading {name}").format(name=one.name)
    if progress.chunks_total:
        return _("Reading {name}: {done:,} of {all:,} passages").format(
            name=one.name, done=progress.chunks_done, all=progress.chunks_total
        )
    return _("Reading {name}: page {done:,} of {all:,}").format(
        name=one.name, done=progress.pages_done, all=progress.pages_total
    )


def _line(one: Attachment) -> str:
    if one.title:
        asked = _("Asked about next: {title} ({detail})").format(
            title=f"<b>{escape_html(one.title)}</b>", detail=escape_html(one.detail)
        )
        return f"<p>✓ {asked}</p>"
    if one.is_over:
        hint = f' <span class="hint">{escape_html(one.hint)}</span>' if one.hint else ""
        return f'<p class="failure">⚠ {escape_html(one.name)}: {escape_html(one.detail)}{hint}</p>'
    progress = one.progress
    share = progress.chunks_done / progress.chunks_total if progress and progress.chunks_total else 0.0
    return f"<div><p>{escape_html(_reading(one))} …</p>{bar_html(share)}</div>"
