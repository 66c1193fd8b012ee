"""Tools: their JSON schema is read from the function, and a call is checked before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

JSON_TYPES: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


class ToolError(Exception):
    """A call that cannot be carried out; the text is for the model, which may mend its call."""


@dataclass(frozen=True)
class Tool:
    """A function a model may call: `schema` is the JSON schema of its arguments."""

    name: str
    description: str
    function: Callable[..., str]
    schema: dict[str, Any]


def schema_of_type(annotation: Any) -> dict[str, Any]:
    """The JSON schema of str, int, float, bool, list[...] of them, or a Literal of texts.

    Raises TypeError for any other annotation.
    """
    raise NotImplementedError


def tool_from_function(function: Callable[..., str]) -> Tool:
    """The tool of a function: its name, the first line of its docstring, and the schema of its parameters.

    The schema is {"type": "object", "properties": ..., "required": [...], "additionalProperties": False}; parameters
    without a default are required, a default stands in its property as "default". Raises TypeError when a parameter
    has no annotation or the function no docstring.
    """
    raise NotImplementedError


def problem_with(value: Any, schema: Mapping[str, Any]) -> str:
    """What is wrong with a value, such as "expected integer, got '3'"; empty when it fits. True is not an integer."""
    raise NotImplementedError


class Registry:
    """The tools that a model may call, by name."""

    def __init__(self, functions: list[Callable[..., str]]) -> None:
        self.tools = {tool.name: tool for tool in map(tool_from_function, functions)}

    def call(self, name: str, arguments: str | Mapping[str, Any]) -> str:
        """The text that the tool returns. `arguments` is an object, or JSON text of one as models send it.

        Raises ToolError for an unknown tool (its text lists the known ones), for arguments that are no JSON object,
        and, naming every parameter that is wrong, for missing, unexpected or wrong ones. The function is not called
        then. Any exception of the function becomes a ToolError with its type and text.
        """
        raise NotImplementedError
