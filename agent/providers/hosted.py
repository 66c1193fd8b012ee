"""OpenAI, any server that speaks its protocol, and Anthropic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.providers.client import DETECT_SECONDS, client_settings, missing_package
from agent.providers.hiding import hidden
from agent.providers.options import ModelChoice, ModelOptions
from agent.providers.words import PROVIDERS, explain

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MAX_RETRIES = 0
"""Who asks again is `agent/retries.py`, for all providers alike: the clients would wait unseen and for minutes."""
SHOWN_MODELS = 20
"""Most models of one server in the menu."""
_SUGGESTED = {"openai": ("gpt-5-mini", "gpt-5"), "anthropic": ("claude-sonnet-4-5", "claude-haiku-4-5")}


def list_choices(options: ModelOptions) -> list[ModelChoice]:
    """The models of each service whose key or address is set."""
    choices: list[ModelChoice] = []
    if options.openai_base_url:
        choices += _served_choices(options.openai_base_url, options.openai_api_key)
    elif options.openai_api_key:
        choices += _suggested_choices("openai")
    if options.anthropic_api_key:
        choices += _suggested_choices("anthropic")
    return choices


def load_openai(model: str, options: ModelOptions) -> BaseChatModel:
    """A model of OpenAI or of the server at `openai_base_url`, which may need no key."""
    if not options.openai_api_key and not options.openai_base_url:
        raise explain("key", "openai", model, "")
    try:
        import httpx
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise missing_package("langchain-openai") from error
    settings = client_settings(options.openai_base_url or "https://api.openai.com", options.timeout_seconds)
    return ChatOpenAI(
        model=model,
        base_url=options.openai_base_url or None,
        api_key=options.openai_api_key or "none",  # type: ignore[arg-type]
        timeout=settings["timeout"],
        max_retries=MAX_RETRIES,
        http_client=httpx.Client(**settings),
        http_async_client=httpx.AsyncClient(**settings),
    )


def load_anthropic(model: str, options: ModelOptions) -> BaseChatModel:
    """A model of Anthropic."""
    if not options.anthropic_api_key:
        raise explain("key", "anthropic", model, "")
    try:
        from langchain_anthropic import ChatAnthropic
    except ImportError as error:
        raise missing_package("langchain-anthropic") from error
    return ChatAnthropic(
        model_name=model,
        api_key=options.anthropic_api_key,  # type: ignore[arg-type]
        timeout=options.timeout_seconds,
        max_retries=MAX_RETRIES,
        stop=None,
    )


def _suggested_choices(provider: str) -> list[ModelChoice]:
    return [
        ModelChoice(name=f"{provider}/{model}", label=f"{model} ({PROVIDERS[provider]})", available=True)
        for model in _SUGGESTED[provider]
    ]


def _served_choices(base_url: str, key: str) -> list[ModelChoice]:
    """The models that an OpenAI-compatible server offers, or one line that says that it is silent."""
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(**client_settings(base_url, 2 * DETECT_SECONDS)) as client:
            answer = client.get(f"{base_url.rstrip('/')}/models", headers=headers)
            answer.raise_for_status()
            names = [str(entry["id"]) for entry in answer.json()["data"]][:SHOWN_MODELS]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        address = hidden(base_url)
        note = f"No server answers at {address}."
        hint = "Start it, or check STUDY_OPENAI_BASE_URL and the key."
        return [ModelChoice(name="openai", label=address, available=False, note=note, hint=hint)]
    return [ModelChoice(name=f"openai/{name}", label=f"{name} ({hidden(base_url)})", available=True) for name in names]
