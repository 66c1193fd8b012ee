"""Traces of turns for OpenTelemetry: one span a turn, one a tool call. Off unless a destination is named.

Names follow the semantic conventions for generative AI (opentelemetry.io/docs/specs/semconv/gen-ai). What the learner
asked, what was answered and what tools were given never stands in a trace: it may leave the machine.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.events import (
    AnswerFinished,
    ApprovalNeeded,
    Event,
    ModelRetry,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnFailed,
)
from errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

FILE = "file"
TRACES = "traces.jsonl"
LARGEST_BYTES = 20_000_000
"""A file of traces is begun anew from this size on; the one before is kept."""
_SECOND = 1_000_000_000

log = logging.getLogger(__name__)


class Traces:
    """Where the spans of turns go."""

    def __init__(self, processor: SpanProcessor) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        self._provider: TracerProvider = TracerProvider(resource=Resource({"service.name": "study-assistant"}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("agent")

    def begin(self, conversation_id: str, model: str) -> TurnTrace:
        """The trace of a turn that begins now."""
        return TurnTrace(self._tracer, conversation_id, model)

    def close(self) -> None:
        """Send what is still here; waits some seconds for it at most."""
        self._provider.force_flush(3_000)
        self._provider.shutdown()


class TurnTrace:
    """The spans of one turn, made from its events."""

    def __init__(self, tracer: Tracer, conversation_id: str, model: str) -> None:
        from opentelemetry import trace

        self._tracer = tracer
        self._began = time.time_ns()
        self._first_text = False
        self._ended = False
        self._tools: dict[str, Span] = {}
        attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "study-assistant",
            "gen_ai.conversation.id": conversation_id,
            "gen_ai.request.model": model,
        }
        # No parent: a turn is a trace of its own, whatever the server around it traces.
        self._span = tracer.start_span("invoke_agent study-assistant", trace.set_span_in_context(trace.INVALID_SPAN))
        self._span.set_attributes(attributes)
        self._inside = trace.set_span_in_context(self._span)

    def take(self, event: Event) -> None:
        """Note what an event says."""
        match event:
            case ToolStarted():
                span = self._tracer.start_span(f"execute_tool {event.name}", self._inside)
                span.set_attributes(
                    {
                        "gen_ai.operation.name": "execute_tool",
                        "gen_ai.tool.name": event.name,
                        "gen_ai.tool.call.id": event.call_id,
                    }
                )
                self._tools[event.call_id] = span
            case ToolFinished():
                self._finish_tool(event)
            case TextDelta() if not self._first_text:
                self._first_text = True
                self._span.add_event("first text", {"seconds": (time.time_ns() - self._began) / _SECOND})
            case ModelRetry():
                self._span.add_event("model asked again", {"attempt": event.attempt, "pause_seconds": event.seconds})
            case AnswerFinished():
                self._finish_answer(event)
            case ApprovalNeeded():
                self._end("waits for the learner")
            case TurnFailed():
                self._fail(self._span, "failed")
                self._end("failed")

    def end(self) -> None:
        """The turn is over; one that told no end was stopped."""
        self._end("stopped")

    def _finish_tool(self, event: ToolFinished) -> None:
        span = self._tools.pop(event.call_id, None)
        if span is None:
            return
        if event.failed:
            self._fail(span, "tool_failed")
        span.end()

    def _finish_answer(self, event: AnswerFinished) -> None:
        answer = event.answer
        known: dict[str, Any] = {
            "gen_ai.response.model": answer.model,
            "gen_ai.usage.input_tokens": answer.input_tokens,
            "gen_ai.usage.output_tokens": answer.output_tokens,
            "study.first_token_seconds": answer.first_token_seconds,
            "study.refused": answer.refused,
            "study.citations": len(answer.citations),
            "study.unsupported_sentences": sum(one.support == "unsupported" for one in answer.sentences),
        }
        self._span.set_attributes({name: value for name, value in known.items() if value is not None})
        self._end("answered")

    def _fail(self, span: Span, kind: str) -> None:
        from opentelemetry.trace import StatusCode

        span.set_attribute("error.type", kind)
        span.set_status(StatusCode.ERROR)

    def _end(self, how: str) -> None:
        if self._ended:
            return
        self._ended = True
        for span in self._tools.values():
            span.end()
        self._span.set_attribute("study.turn.end", how)
        self._span.end()


def open_traces(destination: str, folder: Path) -> Traces | None:
    """Traces that go to `destination`: a file in `folder`, a collector's OTLP address (gRPC), or nowhere when empty.

    Raises:
        SettingsError: the destination is neither.
    """
    if not destination:
        return None
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

    if destination == FILE:
        return Traces(SimpleSpanProcessor(_file_exporter(folder / TRACES)))
    if not destination.startswith(("http://", "https://")):
        raise SettingsError(
            f"Traces cannot go to {destination!r}.", hint="Set STUDY_TRACES to file, or to http://127.0.0.1:4317."
        )
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    return Traces(BatchSpanProcessor(OTLPSpanExporter(endpoint=destination, insecure=destination.startswith("http:"))))


def _file_exporter(path: Path) -> SpanExporter:
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class FileExporter(SpanExporter):
        """A span is a line of JSON; a full disk loses traces and nothing else."""

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.exists() and path.stat().st_size > LARGEST_BYTES:
                    path.replace(path.with_suffix(".1.jsonl"))
                with path.open("a", encoding="utf-8") as file:
                    file.writelines(f"{json.dumps(json.loads(span.to_json()))}\n" for span in spans)
            except OSError as error:
                log.warning("Traces cannot be written to %s: %s", path, error)
                return SpanExportResult.FAILURE
            return SpanExportResult.SUCCESS

    return FileExporter()
