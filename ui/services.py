"""What the page stands on: the rooms behind it, opened in the background so that the page is there at once."""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from agent.from_settings import model_options, open_assembly, preferences_of
from errors import StudyError
from ui.choices import FILE, Choices, ChoiceStore
from ui.retention import RETENTION_NAMES, Retention, keep_removing, retention_of
from ui.translation import _

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.assemble import Assembly
    from agent.conversations import ConversationStore
    from agent.figures import FigureStore
    from agent.models_in_memory import ModelsInMemory
    from agent.providers.options import ModelChoice
    from agent.starter import Starter
    from learner.short_answers import Similarity
    from learner.study_desk import StudyDesk
    from settings import Settings

logger = logging.getLogger(__name__)

STARTER = "starter"
"""Folder below the data folder: the home whose library new users begin with."""
CLOSE_SECONDS = 10.0
"""Longest wait at the end for models that are still loading."""

State = Literal["loading", "ready", "failed"]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLimits:
    """Sizes the page checks before it hands anything on."""

    question_characters: int = 8000
    upload_megabytes: int = 200
    tool_calls: int = 12
    turn_timeout_seconds: float = 600.0


@dataclass(kw_only=True)
class Services:
    """All the page uses. Made at once; the slow part begins with `start`."""

    home: Path
    conversations: ConversationStore
    figures: FigureStore
    open_rooms: Callable[[], Assembly]
    list_models: Callable[[], list[ModelChoice]]
    test_model: Callable[[str], str]
    """Asks a model for one word; a sentence about it."""
    default_model: str = "auto"
    run_python: str = "auto"
    """When the tutor's code runs, as the settings say: `auto`, `ask` or `off`."""
    limits: PageLimits = field(default_factory=PageLimits)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Name of a choice of the page to its value, where a variable of the environment set it."""
    retention: Retention = field(default_factory=Retention)
    """How long things are kept where the learner chose nothing."""
    renewal: str = ""
    """How far the library has come with a new embedding model, in one sentence; empty when it has nothing to do."""
    _rooms: Future[Assembly] = field(default_factory=Future)
    closing: threading.Event = field(default_factory=threading.Event)
    """Set when the page goes: what is still opening then stops at the next chance."""
    _started: threading.Event = field(default_factory=threading.Event)
    _left_behind: threading.Event = field(default_factory=threading.Event)
    """Set when nobody waits for the opening any more."""
    _opening: threading.Thread | None = None
    _record_checked: threading.Event = field(default_factory=threading.Event)
    _parts: dict[Callable[[Services], Any], Any] = field(default_factory=dict)
    _making: threading.RLock = field(default_factory=threading.RLock)

    def start(self) -> None:
        """Begin to open the rooms in the background; a second call does nothing."""
        if not self._started.is_set():
            self._started.set()
            self._opening = threading.Thread(target=self._open, name="warm-up", daemon=True)
            self._opening.start()

    @property
    def state(self) -> State:
        """How far the opening has come."""
        if not self._rooms.done():
            return "loading"
        return "failed" if self._rooms.exception() else "ready"

    @property
    def failure(self) -> StudyError | None:
        """Why the rooms could not be opened."""
        error = self._rooms.exception() if self._rooms.done() else None
        if error is None or isinstance(error, StudyError):
            return error
        hint = _("The log in {folder} says why.").format(folder=self.home / "logs")
        return StudyError(_("The library could not be opened."), hint=hint)

    def rooms(self, timeout_seconds: float | None = None) -> Assembly:
        """The opened rooms; waits for them.

        Raises:
            StudyError: they cannot be opened, or are not within the time.
        """
        try:
            return self._rooms.result(timeout_seconds)
        except TimeoutError:
            raise StudyError(_("The models are still loading."), hint=_("Try again in a moment.")) from None
        except Exception as error:
            raise (self.failure or StudyError(str(error))) from error

    async def rooms_soon(self) -> Assembly:
        """The opened rooms, without holding up the event loop or a thread: many may wait for them.

        Raises:
            StudyError: they cannot be opened.
        """
        if not self._rooms.done():
            with suppress(Exception):  # which is told below
                await asyncio.shield(asyncio.wrap_future(self._rooms))  # who waits no longer does not end the opening
        return self.rooms()

    def desk(self) -> StudyDesk:
        """The door to quizzes and reviews; it judges short answers by their words alone until the models are there.

        A damaged record is rebuilt the first time; the record itself keeps the sentence that tells so.

        Raises:
            StudyError: the learner's record cannot be read or written.
        """
        from agent.assemble import LEARNER
        from learner.recovery import open_record
        from learner.store import LearnerStore
        from learner.study_desk import StudyDesk

        path = self.home / LEARNER
        if self._record_checked.is_set() and path.exists():
            store = LearnerStore(path)
        else:
            store, rescue = open_record(path, at=datetime.now(UTC))
            self._record_checked.set()
            if rescue is not None:
                logger.warning("%s", rescue.sentence)
        return StudyDesk(store, similarity=self._similarity())

    def _similarity(self) -> Similarity | None:
        from agent.similarity import similarity_of

        if self.state != "ready":
            return None
        compare = similarity_of(self._rooms.result().library.embedder)
        return lambda one, other: max(0.0, compare(one, [other])[0])

    def part(self, kind: Callable[[Services], Part]) -> Part:
        """What a tab keeps for this home while pages come and go, such as a queue; made by `kind` when first wanted."""
        with self._making:
            if kind not in self._parts:
                self._parts[kind] = kind(self)
            made: Part = self._parts[kind]
            return made

    def close(self) -> None:
        """Give the library back to other processes; one that is still opening is waited for a little."""
        self.closing.set()
        if self._opening is not None:
            self._opening.join(CLOSE_SECONDS)  # what is being added or embedded stops at the next chance
            self._left_behind.set()
        if self.state == "ready":
            self._rooms.result().close()
            self._rooms = Future()  # the closed library is let go: FastAPI remembers parts of pages that are gone
            self._rooms.set_exception(StudyError(_("The page was closed."), hint=_("Load it again.")))

    def _open(self) -> None:
        try:
            rooms = self.open_rooms()
        except StudyError as error:
            logger.error("The rooms did not open: %s", error.as_text())
            self._rooms.set_exception(error)
        except BaseException as error:
            logger.exception("The rooms did not open")
            self._rooms.set_exception(error)
        else:
            self._rooms.set_result(rooms)
            if self._left_behind.is_set():
                rooms.close()  # it came after all; in a process that goes on it would keep the library from others
                return
            self._renew(rooms)
            keep_removing(self, rooms)

    def _renew(self, rooms: Assembly) -> None:
        """Embed the library with a model that was newly chosen; the vectors of the old one answer meanwhile."""
        if rooms.read_only or not rooms.library.needs_reembedding:
            return
        logger.info("The library is embedded with another model.")
        try:
            count = rooms.library.reembed(self._renewed)
        except _ClosingError:
            logger.info("Embedding the library stops here, and goes on at the next start.")
        except StudyError as error:
            told = _("The new embedding model is not used: {reason} The old one goes on answering.")
            self.renewal = told.format(reason=error.as_text())
            logger.error("The library was not embedded anew: %s", error.as_text())
        except Exception:
            if not self.closing.is_set():  # the catalogue may be closed under it
                logger.exception("The library was not embedded anew")
                self.renewal = _(
                    "The new embedding model is not used; the log says why. The old one goes on answering."
                )
        else:
            self.renewal = ""
            logger.info("The library is embedded with the new model: %d passages.", count)

    def _renewed(self, done: int, total: int) -> None:
        if self.closing.is_set():
            raise _ClosingError
        told = _(
            "{done:,} of {all:,} passages are ready for the new embedding model; the old one answers until all are."
        )
        self.renewal = told.format(done=done, all=total)


class _ClosingError(Exception):
    """The page goes while the library is being embedded."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the homes of several users have in common: nothing of any user's."""

    models: ModelsInMemory
    starter: Starter
    arxiv_pace_folder: Path


def build_services(settings: Settings, shared: Shared | None = None) -> Services:
    """The real services; only what is light is opened here.

    `shared` is what this home has in common with those of other users, where there are users.

    Raises:
        HomeError: the conversations cannot be read or written.
        SettingsError: the language to explain in is none that we know.
    """
    from agent.conversations import ConversationStore
    from agent.figures import FIGURES, FigureStore
    from agent.tutor import CONVERSATIONS

    def list_models() -> list[ModelChoice]:
        from agent.llm import list_models

        return list_models(model_options(settings))

    closing = threading.Event()
    fixed = _fixed_choices(settings)
    return Services(
        home=settings.home,
        conversations=ConversationStore(settings.home / CONVERSATIONS),
        figures=FigureStore(settings.home / FIGURES),
        open_rooms=lambda: _open_rooms(settings, closing, shared),
        closing=closing,
        list_models=list_models,
        test_model=lambda name: _test_model(name, settings),
        default_model=settings.model,
        run_python=settings.run_python,
        limits=PageLimits(
            question_characters=settings.question_characters,
            upload_megabytes=settings.upload_megabytes,
            tool_calls=settings.max_tool_calls,
            turn_timeout_seconds=settings.turn_timeout_seconds,
        ),
        fixed=fixed,
        retention=Retention(**{name: getattr(settings, name) for name in RETENTION_NAMES}),
    )


def _fixed_choices(settings: Settings) -> dict[str, Any]:
    """The choices of the page that a variable of the environment made, with their values."""
    fixed = {one.name: getattr(settings, one.name) for one in fields(Choices) if one.name in settings.named}
    if "model" in fixed:
        fixed["model"] = ""  # as set: `auto` may find another one at each start
    language = preferences_of(settings).language
    return {**fixed, "explanation_language": language} if "explanation_language" in fixed else fixed


def build_shared(settings: Settings) -> Shared:
    """What the users of one data folder share; nothing is loaded or made yet."""
    from agent.first_start import NOTES_MEMORY
    from agent.models_in_memory import ModelsInMemory
    from agent.starter import Starter

    models = ModelsInMemory()

    def make(folder: Path, cancelled: Callable[[], bool]) -> None:
        own = replace(settings, home=folder, model="embedded", traces="")
        with open_assembly(own, prepare_sandbox=False, cancelled=cancelled, models=models) as assembly:
            if assembly.read_only:
                raise StudyError(assembly.read_only)
            if assembly.library.needs_reembedding and not cancelled():
                assembly.library.reembed()

    starter = Starter(settings.home / STARTER, make, also=(NOTES_MEMORY,))
    return Shared(models, starter, settings.home / "arxiv")


def _open_rooms(settings: Settings, closing: threading.Event, shared: Shared | None) -> Assembly:
    """Library and tutor, with the models in memory, so that the first question need not wait for them."""
    choices = ChoiceStore(settings.home / FILE).read()
    kept = retention_of(choices, Retention(keep_deleted_hours=settings.keep_deleted_hours))
    if "keep_deleted_hours" not in settings.named:
        settings = replace(settings, keep_deleted_hours=kept.keep_deleted_hours)
    if shared is None:
        assembly = open_assembly(settings, notes="background", cancelled=closing.is_set)
    else:
        shared.starter.give(settings.home, closing.is_set)
        assembly = open_assembly(
            settings,
            notes="background",
            cancelled=closing.is_set,
            models=shared.models,
            arxiv_pace_folder=shared.arxiv_pace_folder,
        )
    if not closing.is_set():
        importlib.import_module("agent.graph")
        assembly.library.search("attention", limit=1)
    return assembly


def _test_model(name: str, settings: Settings) -> str:
    from agent.llm import EMBEDDED, explain_model_fault, load_chat_model, resolve_model

    options = model_options(settings)
    name = resolve_model(name or settings.model, options)
    if name == EMBEDDED:
        return _("The built-in model is always there.")

    def no_embedded() -> BaseChatModel:
        raise AssertionError(name)

    began = time.monotonic()
    try:
        load_chat_model(name, options, embedded=no_embedded).invoke("Answer with the single word: ready")
    except Exception as error:
        raise (explain_model_fault(error, name) or error) from error
    return _("{model} answered in {seconds:.1f} s.").format(model=name, seconds=time.monotonic() - began)
