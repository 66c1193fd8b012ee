"""Chat models by name, `provider/model`: which are there, which to take, how to open one.

The only file outside `agent/providers/` that names providers. A provider's package is imported in the one
function that opens it, so that the others may be absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.providers import hosted, ollama
from agent.providers.faults import classify, detail
from agent.providers.hiding import learn_keys
from agent.providers.options import ModelChoice, ModelOptions
from agent.providers.words import PROVIDERS, explain
from errors import ModelError, ModelMissingError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = [
    "EMBEDDED",
    "ModelChoice",
    "ModelOptions",
    "explain_model_fault",
    "list_models",
    "load_chat_model",
    "resolve_model",
    "split_name",
]

EMBEDDED = "embedded"
ALLOWED = "auto, embedded, " + ", ".join(f"{provider}/MODEL" for provider in PROVIDERS)


def split_name(name: str) -> tuple[str, str]:
    """Provider and model of `provider/model`; the model of `embedded` is empty.

    Raises:
        ModelMissingError: no such provider, or no model named.
    """
    provider, _, model = name.strip().partition("/")
    provider, model = provider.lower(), model.strip()
    if provider == EMBEDDED and not model:
        return EMBEDDED, ""
    if provider not in PROVIDERS or not model:
        raise ModelMissingError(f"There is no chat model named {name.strip()!r}.", hint=f"STUDY_MODEL takes {ALLOWED}.")
    return provider, model


def resolve_model(setting: str, options: ModelOptions) -> str:
    """The name to load: a checked `provider/model`, or what `auto` finds on this machine.

    Raises:
        ModelMissingError: the name has an unknown provider or no model.
    """
    if setting.strip().lower() in {"", "auto"}:
        found = ollama.find_tool_model(options)
        return f"ollama/{found}" if found else EMBEDDED
    provider, model = split_name(setting)
    return f"{provider}/{model}" if model else provider


def list_models(options: ModelOptions) -> list[ModelChoice]:
    """All models that can be chosen here, `embedded` first; a silent server is one line with a hint."""
    learn_keys(options)
    built_in = ModelChoice(
        name=EMBEDDED,
        label="Built in",
        available=True,
        note="answers by quoting your library; connect a model for free-form tutoring",
    )
    return [built_in, *ollama.list_choices(options), *hosted.list_choices(options)]


def load_chat_model(name: str, options: ModelOptions, *, embedded: Callable[[], BaseChatModel]) -> BaseChatModel:
    """The chat model behind `name`, checked as far as that costs nothing.

    Raises:
        ModelMissingError: unknown name, model not pulled, no tool calling, or key missing.
        ModelServerError: the server does not answer.
        MissingPackageError: the provider's package is not installed.
    """
    learn_keys(options)
    provider, model = split_name(name)
    match provider:
        case "ollama":
            try:
                return ollama.load(model, options)
            except Exception as error:
                fault = explain_model_fault(error, name)
                if fault is None or fault is error:
                    raise
                raise fault from error
        case "openai":
            return hosted.load_openai(model, options)
        case "anthropic":
            return hosted.load_anthropic(model, options)
        case _:
            return embedded()


def explain_model_fault(error: BaseException, name: str) -> ModelError | None:
    """The fault as one sentence with a hint; None when it is not the model's, so a defect of ours."""
    if isinstance(error, ModelError):
        return error
    kind = classify(error)
    if kind is None:
        return None
    provider, _, model = name.partition("/")
    return explain(kind, provider, model or name, detail(error))
