"""Tools: their JSON schema is read from the function, and a call is checked before it runs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

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
    if annotation in JSON_TYPES:
        return {"type": JSON_TYPES[annotation]}
    if get_origin(annotation) is list:
        return {"type": "array", "items": schema_of_type(get_args(annotation)[0])}
    if get_origin(annotation) is Literal:
        return {"type": "string", "enum": list(get_args(annotation))}
    raise TypeError(f"A tool cannot take arguments of type {annotation!r}.")


def tool_from_function(function: Callable[..., str]) -> Tool:
    """The tool of a function: its name, the first line of its docstring, and the schema of its parameters.

    The schema is {"type": "object", "properties": ..., "required": [...], "additionalProperties": False}; parameters
    without a default are required, a default stands in its property as "default". Raises TypeError when a parameter
    has no annotation or the function no docstring.
    """
    hints, properties, required = get_type_hints(function), {}, []
    if not function.__doc__:
        raise TypeError(f"The tool {function.__name__} has no docstring; the model would not know what it is for.")
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in hints:
            raise TypeError(f"The parameter {name} of {function.__name__} has no annotation.")
        properties[name] = schema_of_type(hints[name])
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
        else:
            properties[name]["default"] = parameter.default
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return Tool(function.__name__, function.__doc__.strip().splitlines()[0], function, schema)


def problem_with(value: Any, schema: Mapping[str, Any]) -> str:
    """What is wrong with a value, such as "expected integer, got '3'"; empty when it fits. True is not an integer."""
    kind = schema["type"]
    fits = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
    }
    if not fits[kind]:
        return f"expected {kind}, got {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"expected one of {', '.join(schema['enum'])}, got {value!r}"
    problems = [problem_with(item, schema["items"]) for item in value] if kind == "array" else []
    return next((f"item {place}: {problem}" for place, problem in enumerate(problems) if problem), "")


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
        if name not in self.tools:
            raise ToolError(f"There is no tool {name!r}. Known tools: {', '.join(sorted(self.tools))}.")
        tool = self.tools[name]
        values = _as_object(arguments)
        problems = _problems(values, tool.schema)
        if problems:
            raise ToolError(f"The call of {name} does not fit: {'; '.join(problems)}.")
        try:
            return tool.function(**values)
        except ToolError:
            raise
        except Exception as error:
            raise ToolError(f"{name} failed: {type(error).__name__}: {error}") from error


def _as_object(arguments: str | Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as a dictionary."""
    try:
        values = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError as error:
        raise ToolError(f"The arguments are not JSON: {error}.") from error
    if not isinstance(values, Mapping):
        raise ToolError(f"The arguments must be a JSON object, got {values!r}.")
    return dict(values)


def _problems(values: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """All that is wrong with a call, one entry a parameter."""
    properties = schema["properties"]
    problems = [f"{name} is missing" for name in schema["required"] if name not in values]
    problems += [f"{name} is not a parameter" for name in values if name not in properties]
    for name in properties.keys() & values.keys():
        problem = problem_with(values[name], properties[name])
        if problem:
            problems.append(f"{name}: {problem}")
    return problems
