"""Puts library, curriculum, models and tutor together from plain values; doors read the settings."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from errors import HomeBusyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.language_models import BaseChatModel

    from agent.context import Limits, Roadmap
    from agent.providers.options import ModelOptions
    from agent.tutor import Tutor
    from curriculum.curriculum import Curriculum
    from ingestion.limits import ReadLimits
    from vectorstore.library import Library

logger = logging.getLogger(__name__)

NOTES_MEMORY = "notes-added.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The opened library and its tutor."""

    library: Library
    tutor: Tutor
    read_only: str = ""
    """Why nothing can be added, in one sentence; empty when the library can be written."""

    def close(self) -> None:
        """Give the library back to other processes."""
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def assemble(
    home: Path,
    *,
    model: str,
    embedding_model: str,
    options: ModelOptions,
    limits: Limits,
    read_limits: ReadLimits,
    with_notes: bool = True,
) -> Assembly:
    """The library of `home`, for writing where it is free, with the notes it starts with, and its tutor.

    Raises:
        HomeError: the folder cannot be made, read or written.
        EmbeddingError: the embedding model is not there.
        ModelMissingError: `model` names no provider we know.
    """
    from agent.first_start import ensure_notes
    from curriculum.load import load_curriculum

    curriculum = load_curriculum()
    library, read_only = _open_library(home, embedding_model, options.ollama_url, read_limits, curriculum)
    try:
        if with_notes and not read_only:
            ensure_notes(library, home / NOTES_MEMORY)
        tutor = open_tutor(
            home,
            library,
            model=model,
            options=options,
            limits=limits,
            roadmap=curriculum,
            glossary=curriculum.glossary,
        )
    except BaseException:
        library.close()
        raise
    return Assembly(library=library, tutor=tutor, read_only=read_only)


def open_tutor(
    home: Path,
    library: Library,
    *,
    model: str,
    options: ModelOptions,
    limits: Limits,
    roadmap: Roadmap,
    glossary: Mapping[str, str],
) -> Tutor:
    """The tutor of an open library; `glossary` tells the embedded model what acronyms mean.

    Raises:
        ModelMissingError: `model` names no provider we know.
        HomeError: the folder cannot be made, read or written.
    """
    from agent.llm import load_chat_model, resolve_model
    from agent.tutor import Tutor

    def embedded() -> BaseChatModel:
        from agent.embedded.model import EmbeddedChatModel

        return EmbeddedChatModel(embed=library.embedder.embed, rarity=library.rarity, glossary=dict(glossary))

    return Tutor.open(
        home,
        library,
        model_loader=lambda name: load_chat_model(name, options, embedded=embedded),
        default_model=resolve_model(model, options),
        roadmap=roadmap,
        limits=limits,
    )


def _open_library(
    home: Path, embedding_model: str, ollama_url: str, read_limits: ReadLimits, curriculum: Curriculum
) -> tuple[Library, str]:
    """The library, and why it is open for reading only; empty when it can be written."""
    from vectorstore.embedder import load_embedder
    from vectorstore.library import Library

    embedder = load_embedder(embedding_model, ollama_url=ollama_url)

    def open_as(read_only: bool) -> Library:
        return Library.open(
            home / "library",
            embedder,
            limits=read_limits,
            read_only=read_only,
            expansions=curriculum.glossary,
            aliases=curriculum.aliases,
        )

    try:
        return open_as(False), ""
    except HomeBusyError as error:
        logger.info("%s It is opened for reading.", error.message)
        return open_as(True), error.message
