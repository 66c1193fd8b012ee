"""A chat model as a judge: asked for JSON, its replies kept by content, its tokens and seconds counted."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from errors import StudyError
from evals.ragas_scores import load_metric

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from pydantic import BaseModel

    from agent.llm import ModelOptions

Model = TypeVar("Model", bound="BaseModel")

_UNKNOWN_OPTION = {400, 422, 501}
"""How servers refuse an option that they do not know."""
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


class UnparseableError(ValueError):
    """The judge's reply is not what was asked for; counted, and never made a number."""


@dataclass(slots=True)
class Spent:
    """What the judge has cost so far; replies from the cache cost nothing."""

    calls: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    def dollars(self, per_million_in: float, per_million_out: float) -> float:
        """The price of the tokens, given that of a million."""
        return (self.input_tokens * per_million_in + self.output_tokens * per_million_out) / 1e6


class JudgeModel:
    """Asks the model once for each different prompt."""

    def __init__(self, name: str, model: BaseChatModel, cache: Path) -> None:
        """`cache` is a folder; a reply is kept there under the content of its question."""
        self.name = name
        self.spent = Spent()
        self._model = model
        self._cache = cache
        self._by_schema = True

    async def ask(self, prompt: str, wanted: type[Model]) -> Model:
        """The reply as the wanted value.

        Raises:
            UnparseableError: the reply is no such value.
            StudyError: the model cannot be reached.
        """
        schema = wanted.model_json_schema()
        file = self._cache / f"{_key(self.name, prompt, schema)}.json"
        text = _read(file)
        if text is None:
            text = await self._call(prompt, schema)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"model": self.name, "reply": text}, ensure_ascii=False), encoding="utf-8")
        else:
            self.spent.cached += 1
        return parsed(text, wanted)

    async def _call(self, prompt: str, schema: dict[str, Any]) -> str:
        from agent.llm import explain_model_fault
        from agent.retries import Retries

        started = time.perf_counter()
        try:
            reply = await Retries(self.name).call(lambda: self._reply(prompt, schema), tell=lambda _: None)
        except Exception as error:
            fault = explain_model_fault(error, self.name)
            if fault is None or fault is error:
                raise
            raise fault from error
        usage = getattr(reply, "usage_metadata", None) or {}
        self.spent.calls += 1
        self.spent.input_tokens += int(usage.get("input_tokens", 0))
        self.spent.output_tokens += int(usage.get("output_tokens", 0))
        self.spent.seconds += time.perf_counter() - started
        return str(reply.text)

    async def _reply(self, prompt: str, schema: dict[str, Any]) -> Any:
        """The model's message, held to the schema by its server where that can be asked."""
        if self.name.startswith("ollama/"):
            return await self._model.bind(format=schema).ainvoke(prompt)
        if self.name.startswith("openai/") and self._by_schema:
            asked = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema}}
            try:
                # In the body, where the client leaves the reply alone: a verdict cut short is counted, not raised.
                return await self._model.bind(extra_body={"response_format": asked}).ainvoke(prompt)
            except Exception as error:
                if getattr(error, "status_code", None) not in _UNKNOWN_OPTION:
                    raise
                self._by_schema = False  # many servers speak this API, and not all know schemas
        return await self._model.ainvoke(prompt)


def open_judge(name: str, options: ModelOptions, cache: Path) -> JudgeModel:
    """The judge behind `provider/model`.

    Raises:
        StudyError: none is named, it cannot judge, or it is not there.
    """
    from agent.llm import EMBEDDED, load_chat_model, split_name

    hint = "Name one with --judge, e.g. --judge ollama/llama3.2:3b or openai/gpt-5-mini."
    if not name:
        raise StudyError("This suite needs a model that judges.", hint=hint)
    if split_name(name)[0] == EMBEDDED:
        raise StudyError("The embedded model quotes and cannot judge.", hint=hint)
    return JudgeModel(name, load_chat_model(name, options, embedded=_no_model), cache)


def parsed(text: str, wanted: type[Model]) -> Model:
    """The value in a reply: the whole of it, a fenced block, or what stands between the outermost braces.

    Raises:
        UnparseableError: there is none.
    """
    from pydantic import ValidationError

    fenced = _FENCE.search(text)
    braces = text[text.find("{") : text.rfind("}") + 1]
    for candidate in (text, fenced[1] if fenced else "", braces):
        try:
            return wanted.model_validate_json(candidate)
        except ValidationError:
            continue
    raise UnparseableError(f"no {wanted.__name__} in {text[:80]!r}")


def ragas_model(judge: JudgeModel) -> Any:
    """The judge as RAGAS takes it."""
    base = load_metric("ragas.llms.base", "InstructorBaseRagasLLM")

    class JudgeForRagas(base):  # type: ignore[misc, valid-type]
        """RAGAS asks by `agenerate` only."""

        def generate(self, prompt: str, response_model: type[Model]) -> Model:
            raise NotImplementedError("the judge is asked asynchronously")

        async def agenerate(self, prompt: str, response_model: type[Model]) -> Model:
            return await judge.ask(prompt, response_model)

    return JudgeForRagas()


def _key(name: str, prompt: str, schema: dict[str, Any]) -> str:
    content = json.dumps([name, prompt, schema], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()[:40]


def _read(file: Path) -> str | None:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["reply"])
    except (OSError, ValueError, KeyError):
        return None


def _no_model() -> BaseChatModel:
    raise StudyError("The embedded model cannot judge.")
