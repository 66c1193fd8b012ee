"""The learner's settings as the values that the rooms take; the doors share it, nothing behind them reads settings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.assemble import Assembly
    from agent.assembly_plan import Notes, Reach
    from agent.context import Limits, RunPython
    from agent.mcp.rooms import StudyRooms
    from agent.models_in_memory import ModelsInMemory
    from agent.note_filling import FillingStatus
    from agent.preferences import Preferences
    from agent.providers.options import ModelOptions
    from ingestion.limits import ReadLimits
    from settings import Settings
    from vectorstore.embedder import EmbeddingOptions


def model_options(settings: Settings) -> ModelOptions:
    """Where chat models are reached, how long they may take, and what they cost."""
    from agent.providers.options import ModelOptions
    from agent.providers.prices import Prices

    return ModelOptions(
        ollama_url=settings.ollama_url,
        openai_base_url=settings.openai_base_url,
        openai_api_key=settings.openai_api_key,
        anthropic_api_key=settings.anthropic_api_key,
        context_tokens=settings.context_tokens,
        timeout_seconds=settings.model_timeout_seconds,
        prices=Prices(settings.price_read, settings.price_written),
    )


def open_assembly(
    settings: Settings,
    *,
    prepare_sandbox: bool = True,
    notes: Notes = "wait",
    told: Callable[[FillingStatus], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    models: ModelsInMemory | None = None,
    arxiv_pace_folder: Path | None = None,
) -> Assembly:
    """The library and the tutor of the settings' data folder.

    Args:
        settings: the learner's.
        prepare_sandbox: compile what the sandbox needs, in the background; no use to a door that closes soon.
        notes: whether the notes of a new home are there when this returns, or come in the background.
        told: hears how far they have come.
        cancelled: asked while they are added; the rest is added at the next start.
        models: those that other homes of this process use as well.
        arxiv_pace_folder: where several homes keep the pause between their requests to arXiv.

    Raises:
        HomeError: the folder cannot be made, read or written.
        EmbeddingError: the embedding model is not there.
        SettingsError: traces cannot go where the setting says, or the language to explain in is none we know.
        ModelMissingError: the setting names no provider we know.
    """
    from agent.assemble import assemble
    from agent.assembly_plan import AssemblyPlan
    from agent.tracing import open_traces

    preferences = preferences_of(settings)
    plan = AssemblyPlan(
        home=settings.home,
        model=settings.model,
        embedding_model=settings.embedding_model,
        embedding=_embedding_options(settings),
        reranker_model=settings.reranker_model,
        options=model_options(settings),
        limits=_turn_limits(settings),
        read_limits=_read_limits(settings),
        notes=notes,
        chroma_url=settings.chroma_url,
        undo_time=timedelta(hours=settings.keep_deleted_hours),
        traces=open_traces(settings.traces, settings.home / "logs"),
        reach=_reach(settings, prepare_sandbox, arxiv_pace_folder),
    )
    assembly = assemble(plan, models=models, told=told, cancelled=cancelled)
    assembly.tutor.preferences = preferences
    return assembly


def _turn_limits(settings: Settings) -> Limits:
    from agent.context import Limits
    from agent.retries import RetryRules

    return Limits(
        model_calls=settings.max_model_calls,
        tool_calls=settings.max_tool_calls,
        context_tokens=settings.context_tokens,
        question_characters=settings.question_characters,
        turn_timeout_seconds=settings.turn_timeout_seconds,
        retries=RetryRules(attempts=settings.model_attempts, longest_seconds=settings.model_retry_seconds),
    )


def _reach(settings: Settings, prepare_sandbox: bool, arxiv_pace_folder: Path | None) -> Reach:
    from agent.assembly_plan import Reach

    return Reach(
        sandbox_folder=settings.cache / "sandbox",
        prepare_sandbox=prepare_sandbox,
        run_python=cast("RunPython", settings.run_python),
        arxiv_url=settings.arxiv_url,
        arxiv_pdf_url=settings.arxiv_pdf_url,
        arxiv_pace_folder=arxiv_pace_folder,
    )


def preferences_of(settings: Settings) -> Preferences:
    """How things are explained.

    Raises:
        SettingsError: the language is none that we know.
    """
    from agent.preferences import LANGUAGES, Preferences
    from errors import SettingsError

    known = {"": "", **{one.casefold(): one for one in LANGUAGES}}
    wanted = settings.explanation_language
    if wanted.casefold() not in known:
        raise SettingsError(f"There is no language {wanted!r} to explain in.", hint=f"One of {', '.join(LANGUAGES)}.")
    return Preferences(level=settings.explanation_level, language=known[wanted.casefold()])


def study_rooms(settings: Settings) -> StudyRooms:
    """Library and record of the settings' data folder for programs that only read, and answer quizzes."""
    from agent.mcp.rooms import StudyRooms

    return StudyRooms(
        home=settings.home,
        embedding_model=settings.embedding_model,
        embedding=_embedding_options(settings),
        reranker_model=settings.reranker_model,
        ollama_url=settings.ollama_url,
        read_limits=_read_limits(settings),
    )


def _embedding_options(settings: Settings) -> EmbeddingOptions:
    from vectorstore.embedder import EmbeddingOptions

    return EmbeddingOptions(backend=settings.embedding_backend, cache=settings.cache / "embedding")


def _read_limits(settings: Settings) -> ReadLimits:
    from ingestion.limits import ReadLimits

    return ReadLimits(
        timeout_seconds=settings.parse_timeout_seconds,
        memory_megabytes=settings.parse_memory_megabytes,
        file_megabytes=settings.upload_megabytes,
        recognise_text=settings.ocr == "auto",
    )
