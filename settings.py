"""The configuration: one frozen value, read from `STUDY_…` variables at the entry points only."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from errors import SettingsError

PREFIX = "STUDY_"
CHOICES = {
    "embedding_backend": ("auto", "torch", "onnx", "onnx-int8"),
    "log_format": ("text", "json"),
    "login": ("auto", "on", "off"),
    "ocr": ("auto", "off"),
    "run_python": ("auto", "ask", "off"),
    "explanation_level": ("newcomer", "engineer", "researcher"),
}
"""Values of the settings that take one of a few words."""
_USER = re.compile(r"(?<=//)[^/@\s'\"]+(?=@)")
"""What stands before the host in an address: a name, often with a password."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def default_home() -> Path:
    """The folder for the learner's data: `~/.study-assistant`."""
    return Path.home() / ".study-assistant"


def default_cache() -> Path:
    """The user's cache folder: `$XDG_CACHE_HOME/study-assistant`, or below `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "study-assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Plain values; each field is set by the variable of its name, e.g. `STUDY_HOME`."""

    home: Path
    """Folder that holds all data: library, conversations, log."""
    model: str = "auto"
    """Chat model as `provider/model`: `embedded`, `ollama/llama3.2:3b`, `openai/gpt-5-mini`,
    `anthropic/claude-sonnet-4-5`. `auto` takes a pulled Ollama model that can call tools where a
    server answers, else `embedded`."""
    embedding_model: str = "packaged"
    """`packaged` (all-MiniLM-L6-v2 from its PyPI package), `ollama/nomic-embed-text`, or
    `sentence-transformers/NAME_OR_FOLDER`."""
    embedding_backend: str = "auto"
    """What computes a model that runs here: `torch`, `onnx` (ONNX Runtime in fp32), `onnx-int8` (faster where
    there is no bf16, coarser: its vectors carry a name of their own), or `auto`, the best for the processor."""
    reranker_model: str = ""
    """Folder or name of a downloaded cross-encoder that orders anew what a search found; empty for none."""
    ollama_url: str = "http://127.0.0.1:11434"
    chroma_url: str = ""
    """Address of a Chroma server, e.g. `http://127.0.0.1:8000`, for ids and vectors; empty for Chroma in the folder."""
    openai_base_url: str = ""
    """Empty for OpenAI itself; any OpenAI-compatible address otherwise."""
    openai_api_key: str = ""
    """Falls back to `OPENAI_API_KEY`."""
    anthropic_api_key: str = ""
    """Falls back to `ANTHROPIC_API_KEY`."""
    host: str = "127.0.0.1"
    """Where the page listens; beyond this machine (`0.0.0.0`) only with a login."""
    port: int = 7860
    login: str = "auto"
    """`on` asks readers who they are and keeps them apart, `off` never does; `auto`: when there are users."""
    requests_per_minute: int = 6000
    """Most requests of one user or address in a minute; what is above is told to wait."""
    open_users: int = 8
    """Most users whose libraries are open at once; of those at rest the one longest at rest is closed first."""
    context_tokens: int = 8192
    """Context window asked of the model (`num_ctx` of Ollama), in tokens."""
    price_read: float = 0.0
    """Dollars that a hosted model's provider asks for a million tokens it reads; 0 for not known."""
    price_written: float = 0.0
    """The same for a million tokens it writes."""
    model_timeout_seconds: float = 120.0
    """Longest wait for the model's next piece of answer."""
    model_attempts: int = 3
    """Most tries of a call of the model whose server fails before it says anything; 1 asks once."""
    model_retry_seconds: float = 30.0
    """Longest pauses between these tries, together; a server that asks for more is not waited for."""
    turn_timeout_seconds: float = 600.0
    """Longest time for one whole turn."""
    max_model_calls: int = 8
    """Most calls of the chat model in one turn."""
    max_tool_calls: int = 12
    """Most tool calls in one turn."""
    question_characters: int = 8000
    """Longest question taken, in characters."""
    upload_megabytes: int = 200
    """Largest file taken into the library."""
    parse_timeout_seconds: float = 60.0
    """Longest time for reading one file."""
    parse_memory_megabytes: int = 2048
    """Most memory for reading one file."""
    ocr: str = "auto"
    """`auto` reads pages that are only pictures with an installed tesseract, `off` leaves them."""
    run_python: str = "auto"
    """`auto` runs the tutor's code in the sandbox at once, `ask` shows it first, `off` takes the tool away."""
    page_language: str = "en"
    """The language of the page's own texts, by its code; what the models answer in is `explanation_language`."""
    explanation_level: str = ""
    """Whom to explain things to: `newcomer`, `engineer` or `researcher`; empty leaves it to the question."""
    explanation_language: str = ""
    """The English name of the language that models answer in, e.g. `German`; empty for the question's own."""
    keep_conversations_days: int = 0
    """Conversations that nobody opened for so long are deleted; 0, the default, keeps them, here and below."""
    keep_deleted_hours: int = 1
    """How long a deleted conversation can be brought back before it goes for good."""
    keep_logs_days: int = 0
    keep_traces_days: int = 0
    keep_uploads_days: int = 0
    """Of copies that the page made of files on their way into the library."""
    cache: Path = field(default_factory=default_cache)
    """Folder for what can be made again, e.g. the sandbox's compiled code (about 300 MB)."""
    arxiv_url: str = "https://export.arxiv.org"
    """Where arXiv's search interface is reached."""
    arxiv_pdf_url: str = "https://arxiv.org"
    """Where arXiv's PDFs are fetched."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_format: str = "text"
    """`text` for people, or `json`: one object a line, for programs that collect logs."""
    traces: str = ""
    """Where traces of turns go: `file` for logs/traces.jsonl in the data folder, the address of an OpenTelemetry
    collector (`http://127.0.0.1:4317`), or nowhere when empty. What was said is never in them."""

    named: frozenset[str] = field(default=frozenset(), metadata={"variable": False})
    """The settings that a variable named: the page shows these and cannot change them."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from `environment` (default: the process's).

        Raises:
            SettingsError: all unknown `STUDY_` names and unusable values, in one message.
        """
        variables = os.environ if environment is None else environment
        kinds = {each.name: each for each in fields(cls) if each.metadata.get("variable", True)}
        values: dict[str, Any] = {"home": default_home()}
        faults: list[str] = []
        for variable, text in sorted(variables.items()):
            if not variable.startswith(PREFIX):
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name not in kinds:
                faults.append(f"{variable} is not a setting")
                continue
            try:
                values[name] = _parse(name, str(kinds[name].type), text)
            except ValueError as error:
                faults.append(f"{variable}={text!r} is not {error}")
        if faults:
            raise SettingsError(
                f"The settings have faults: {'; '.join(faults)}.",
                hint="Known settings: " + ", ".join(PREFIX + name.upper() for name in kinds) + ".",
            )
        named = frozenset(name for name in values if PREFIX + name.upper() in variables)
        for name in ("openai_api_key", "anthropic_api_key"):
            values.setdefault(name, variables.get(name.upper(), ""))
        return cls(**values, named=named)

    def __repr__(self) -> str:
        """All fields, keys masked, also those within addresses, so that a log never holds a secret."""
        shown = {
            each.name: "***"
            if each.name.endswith("_api_key") and getattr(self, each.name)
            else getattr(self, each.name)
            for each in fields(self)
        }
        return _USER.sub("***", f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})")


def _parse(name: str, kind: str, text: str) -> Any:
    """The value of a setting.

    Raises:
        ValueError: it cannot be used; the message says what is wanted.
    """
    match kind:
        case "Path":
            return Path(text).expanduser().resolve()
        case "int" | "float":
            return _parse_number(kind, text)
        case _ if name == "log_level":
            return _one_of(LOG_LEVELS, text.strip().upper())
        case _ if name in CHOICES:
            return _one_of(CHOICES[name], text.strip().lower())
        case _:
            return text.strip()


def _one_of(known: tuple[str, ...], value: str) -> str:
    if value not in known:
        raise ValueError(f"one of {', '.join(known)}")
    return value


def _parse_number(kind: str, text: str) -> float:
    wanted = "a whole number greater than 0" if kind == "int" else "a number greater than 0"
    try:
        number = int(text) if kind == "int" else float(text)
    except ValueError as error:
        raise ValueError(wanted) from error
    if not 0 < number < float("inf"):
        raise ValueError(wanted)
    return number
