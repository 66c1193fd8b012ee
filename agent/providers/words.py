"""Faults of models in words: one sentence, and what to do next."""

from __future__ import annotations

from agent.providers.faults import FaultKind
from errors import ModelError, ModelMissingError, ModelServerError, ModelTimeoutError

PROVIDERS = {"ollama": "Ollama", "openai": "OpenAI", "anthropic": "Anthropic"}
"""Titles by the name that stands before the slash."""
START_OLLAMA = "Run: ollama serve (or set STUDY_OLLAMA_URL to where it runs)."
TOOL_MODELS = "Choose one that calls tools, for example: ollama pull llama3.2:3b"
_LOOK = "Ask again; if it recurs, look at the server's log."
_REACH = {
    "ollama": START_OLLAMA,
    "openai": "Check the network and STUDY_OPENAI_BASE_URL.",
    "anthropic": "Check the network.",
}
_KEY_VARIABLES = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_PLAIN: dict[FaultKind, tuple[type[ModelError], str, str]] = {
    "no_tools": (
        ModelMissingError,
        "The model {model} cannot call tools, which the tutor needs.",
        TOOL_MODELS,
    ),
    "timeout": (
        ModelTimeoutError,
        "The model {model} took longer than the limit to answer.",
        "Choose a smaller model, or raise STUDY_MODEL_TIMEOUT_SECONDS.",
    ),
    "busy": (
        ModelServerError,
        "{title} has too many requests at the moment.",
        "Wait a minute and ask again.",
    ),
    "memory": (ModelServerError, "The model {model} does not fit into memory.", "Choose a smaller model."),
    "overflow": (
        ModelServerError,
        "The question with its passages is longer than {model} can read.",
        "Start a new conversation, or raise STUDY_CONTEXT_TOKENS.",
    ),
    "cut": (ModelServerError, "The answer of {model} broke off on the way.", _LOOK),
    "garbled": (ModelServerError, "{title} sent an answer for {model} that cannot be read.", _LOOK),
    "server": (ModelServerError, "{title} reported a fault: {words}.", _LOOK),
}
"""Kinds whose words are the same for every provider."""


def explain(kind: FaultKind, provider: str, model: str, words: str) -> ModelError:
    """The error to show. `words` are the server's own; empty when it was never asked."""
    title = PROVIDERS.get(provider, "The model's server")
    match kind:
        case "missing":
            return _missing(title, provider, model)
        case "key":
            return _key(title, provider, model, words)
        case "unreachable":
            return ModelServerError(f"{title} does not answer.", hint=_REACH.get(provider, _LOOK))
        case _:
            error, sentence, hint = _PLAIN[kind]
            return error(sentence.format(title=title, model=model, words=words.rstrip(".")), hint=hint)


def _missing(title: str, provider: str, model: str) -> ModelError:
    if provider == "ollama":
        return ModelMissingError(f"The model {model} is not pulled.", hint=f"Run: ollama pull {model}")
    return ModelMissingError(f"{title} has no model named {model}.", hint="Check the name in STUDY_MODEL.")


def _key(title: str, provider: str, model: str, words: str) -> ModelError:
    variable = _KEY_VARIABLES.get(provider)
    if variable is None:
        return ModelServerError(f"{title} refuses access: {words}", hint="Check the server's access rules.")
    state = "refuses the key" if words else "needs a key"
    return ModelMissingError(f"{title} {state} for {model}.", hint=f"Set {variable} to a valid key.")
