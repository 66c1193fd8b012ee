"""Models of an Ollama server (https://github.com/ollama/ollama/blob/main/docs/api.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent.providers.client import CONNECT_SECONDS, DETECT_SECONDS, client_settings, missing_package
from agent.providers.hiding import hidden
from agent.providers.options import ModelChoice, ModelOptions
from agent.providers.words import START_OLLAMA, TOOL_MODELS, explain

if TYPE_CHECKING:
    import httpx
    from langchain_core.language_models import BaseChatModel

TEMPERATURE = 0.2
KEEP_ALIVE = "10m"
"""How long the model stays in memory after a turn; the server's own 5 minutes end while a learner reads."""
SHOW_SECONDS = 10.0
"""Longest wait for what the server tells about one model."""
SMALLEST_BYTES = 700_000_000
"""`auto` leaves smaller models alone: a 0.5B model made no tool call of 20 and cited wrong facts."""
COMFORTABLE_BYTES = 10_000_000_000
"""`auto` takes the largest model up to this size, so that a machine without a large GPU still answers."""


def load(model: str, options: ModelOptions) -> BaseChatModel:
    """The chat model, after the server said that it is pulled and can call tools."""
    try:
        from langchain_ollama import ChatOllama
    except ImportError as error:
        raise missing_package("langchain-ollama") from error
    with _open_server(options, CONNECT_SECONDS) as client:
        shown = _show(client, model)
    if shown is None:
        raise explain("missing", "ollama", model, "")
    capabilities = _capabilities(shown)
    if capabilities and "tools" not in capabilities:
        raise explain("no_tools", "ollama", model, "")
    url = _url(options)
    return ChatOllama(
        model=model,
        base_url=url,
        num_ctx=min(options.context_tokens, _context_length(shown) or options.context_tokens),
        temperature=TEMPERATURE,
        keep_alive=KEEP_ALIVE,
        reasoning=True if "thinking" in capabilities else None,  # keeps thoughts apart from the answer
        client_kwargs=client_settings(url, options.timeout_seconds),
    )


def find_tool_model(options: ModelOptions) -> str | None:
    """The pulled model that `auto` takes, or None when there is no server or no fitting model."""
    import httpx

    try:
        with _open_server(options, DETECT_SECONDS) as client:
            for tag in sorted(filter(_is_candidate, _tags(client)), key=_preference):
                if "tools" in _capabilities(_show(client, tag["name"]) or {}):
                    return str(tag["name"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return None
    return None


def list_choices(options: ModelOptions) -> list[ModelChoice]:
    """The pulled models, or one line that says how to get there."""
    import httpx

    try:
        with _open_server(options, DETECT_SECONDS) as client:
            choices = [_choice(tag, _show(client, tag["name"]) or {}) for tag in _tags(client)]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return [_nothing_to_choose(f"No Ollama server answers at {hidden(_url(options))}.", START_OLLAMA)]
    return choices or [_nothing_to_choose("No model is pulled.", "Run: ollama pull llama3.2:3b")]


def _nothing_to_choose(note: str, hint: str) -> ModelChoice:
    return ModelChoice(name="ollama", label="Ollama", available=False, note=note, hint=hint)


def _choice(tag: Mapping[str, Any], shown: Mapping[str, Any]) -> ModelChoice:
    capabilities = _capabilities(shown)
    is_usable = not capabilities or "tools" in capabilities
    size_bytes = 0 if _is_remote(tag) else int(tag.get("size") or 0)
    notes = (
        f"{size_bytes / 1e9:.1f} GB" if size_bytes else "",
        "runs on a remote server" if _is_remote(tag) else "",
        "" if is_usable else "cannot call tools",
    )
    return ModelChoice(
        name=f"ollama/{tag['name']}",
        label=f"{tag['name']} (Ollama)",
        available=is_usable,
        note=", ".join(filter(None, notes)),
        hint="" if is_usable else TOOL_MODELS,
        size_bytes=size_bytes or None,
    )


def _is_candidate(tag: Mapping[str, Any]) -> bool:
    """Whether `auto` may take it: kept on the server (a remote one sends questions on), not too small."""
    size_bytes = int(tag.get("size") or 0)
    return size_bytes >= SMALLEST_BYTES and not _is_remote(tag) and "embed" not in tag["name"]


def _is_remote(tag: Mapping[str, Any]) -> bool:
    return bool(tag.get("remote_host") or tag.get("remote_model"))


def _preference(tag: Mapping[str, Any]) -> tuple[bool, int, str]:
    """Sort key: the largest comfortable model first, then the smallest of the larger ones."""
    size_bytes = int(tag["size"])
    is_large = size_bytes > COMFORTABLE_BYTES
    return is_large, size_bytes if is_large else -size_bytes, tag["name"]


def _url(options: ModelOptions) -> str:
    """The address with a scheme; 0.0.0.0 is where a server listens, not where one calls."""
    url = options.ollama_url.strip().rstrip("/")
    return (url if "://" in url else f"http://{url}").replace("://0.0.0.0", "://127.0.0.1")


def _open_server(options: ModelOptions, timeout_seconds: float) -> httpx.Client:
    import httpx

    url = _url(options)
    return httpx.Client(base_url=url, **client_settings(url, timeout_seconds))


def _tags(client: httpx.Client) -> list[dict[str, Any]]:
    """The pulled models as the server lists them."""
    answer = client.get("/api/tags")
    answer.raise_for_status()
    return [tag for tag in answer.json()["models"] if tag.get("name")]


def _show(client: httpx.Client, model: str) -> dict[str, Any] | None:
    """What the server tells about a pulled model; None when it is not pulled."""
    answer = client.post("/api/show", json={"model": model}, timeout=SHOW_SECONDS)
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    shown: dict[str, Any] = answer.json()
    return shown


def _capabilities(shown: Mapping[str, Any]) -> frozenset[str]:
    """E.g. completion, tools, thinking, embedding; empty when the server is too old to say."""
    return frozenset(shown.get("capabilities") or ())


def _context_length(shown: Mapping[str, Any]) -> int | None:
    """The longest context the model was made for, in tokens."""
    information = shown.get("model_info") or {}
    lengths = [value for key, value in information.items() if key.endswith(".context_length")]
    return int(lengths[0]) if lengths else None
