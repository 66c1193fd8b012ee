# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11. Implement tool calling
#
# **Goal.** You can offer a function to a model, check what the model makes of it, run calls safely and side by side, and
# ask a human before anything is done that cannot be undone.
#
# **What you will build.** A JSON Schema from a Python function, a dispatcher that never raises, parallel calls whose
# results keep their order, and a gate for acts.
#
# **Time.** About 60 minutes. **Prerequisites.** Notebook 10; the note `09-react`.
#
# The model is a stand-in that returns queued tool calls, good ones and bad ones. Everything around it is what you would
# write for a real model.

# %%
import inspect
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel, Field, ValidationError

# %% [markdown]
# ## 1. What the model sees of a function
#
# A model cannot see your code. It gets a **name**, a **description** and a **JSON Schema** of the arguments, and it
# returns a name and arguments as JSON. The description is a prompt: it decides when the tool is used and how.
#
# ### Exercise 1: a schema from a signature
#
# Write `schema_of`. The name is the function's, the description its docstring. Each parameter becomes a property with
# its JSON type. Parameters without a default are *required*. Nothing else is allowed (`additionalProperties: False`).
# `inspect.signature(function).parameters` gives name, `.annotation` and `.default` of each (`inspect.Parameter.empty`
# when there is none).

# %%
JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def gpu_cost(gpus: int, hours: float, region: str = "north") -> float:
    """Cost of a training run in euros."""
    return gpus * hours * (2.0 if region == "north" else 3.0)


# %% tags=["exercise"]
def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Name, description and parameters as a JSON Schema."""
    return {"name": function.__name__, "description": "", "parameters": {}}  # your code


# %% tags=["check"]
checked = schema_of(gpu_cost)
parameters = checked["parameters"]
assert checked["description"] == "Cost of a training run in euros.", "The description is the function's docstring."
assert parameters.get("type") == "object", "The parameters are described as an object."
assert parameters["properties"]["gpus"] == {"type": "integer"}, "gpus is annotated int: JSON's name is integer."
assert parameters["properties"]["hours"] == {"type": "number"}, "hours is annotated float: JSON's name is number."
assert parameters["required"] == ["gpus", "hours"], "region has a default, so it is not required."
assert parameters["additionalProperties"] is False, "Forbid arguments that the function does not have."
print("Exercise 1 is right.")


# %% tags=["solution"]
def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Name, description and parameters as a JSON Schema."""
    found = inspect.signature(function).parameters
    return {
        "name": function.__name__,
        "description": inspect.getdoc(function) or "",
        "parameters": {
            "type": "object",
            "properties": {name: {"type": JSON_TYPES[value.annotation]} for name, value in found.items()},
            "required": [name for name, value in found.items() if value.default is inspect.Parameter.empty],
            "additionalProperties": False,
        },
    }


# %% [markdown]
# In practice a library writes the schema, and a pydantic model says more than types can: bounds, formats, a sentence for
# each argument. Compare.


# %%
class CostArguments(BaseModel, extra="forbid"):
    """What `training_cost` takes."""

    gpus: int = Field(ge=1, le=1024, description="number of GPUs used at the same time")
    hours: float = Field(gt=0, le=10_000, description="duration of the run in hours")
    region: str = Field(default="north", pattern="^(north|south)$", description="north or south")


@tool(args_schema=CostArguments)
def training_cost(gpus: int, hours: float, region: str = "north") -> str:
    """Cost of a training run in euros (example prices). Use it for any question about the price of training."""
    return f"{gpu_cost(gpus, hours, region):.2f} euros"


print(json.dumps(convert_to_openai_tool(training_cost)["function"], indent=1))

# %% [markdown]
# Those lines are sent with **every** model call and count as input tokens. Twenty tools with long descriptions can cost
# more than the question, and a model with too many similar tools picks the wrong one. Few tools, distinct names, one
# sentence each on *when* to use it.
#
# ## 2. Arguments come from outside
#
# Arguments are text that a model wrote. Treat them like a form on a web page: check types, bounds and references before
# anything runs. If they are wrong, the answer is a message that the model can act on.
#
# ### Exercise 2: a message that helps
#
# `check_arguments` returns the validated model, or a text. The text has one line for each fault: the argument's name, a
# colon, what is wrong, and what was given. `error.errors()` gives for each fault `loc` (a tuple of names), `msg` and
# `input`. So hours = -1 gives `hours: Input should be greater than 0 (given: -1)`.


# %% tags=["exercise"]
def check_arguments(schema: type[BaseModel], arguments: dict[str, Any]) -> BaseModel | str:
    """The validated arguments, or what is wrong with them."""
    return ""  # your code: schema.model_validate inside try, except ValidationError as error


# %% tags=["check"]
good = check_arguments(CostArguments, {"gpus": 8, "hours": 2})
assert isinstance(good, CostArguments), "Good arguments come back as the pydantic model."
assert good.region == "north", "The default must be filled in."
bad = check_arguments(CostArguments, {"gpus": 0, "hours": -1, "city": "Oslo"})
assert isinstance(bad, str), "Wrong arguments give a text, not an exception."
lines = bad.splitlines()
assert len(lines) == 3, f"Three faults, three lines; yours has {len(lines)}. Name all faults at once."
assert "hours: Input should be greater than 0 (given: -1)" in lines, f"The line for hours is not as wanted: {lines}"
assert any(line.startswith("city:") for line in lines), "An argument that does not exist is a fault too."
print("Exercise 2 is right.")


# %% tags=["solution"]
def check_arguments(schema: type[BaseModel], arguments: dict[str, Any]) -> BaseModel | str:
    """The validated arguments, or what is wrong with them."""
    try:
        return schema.model_validate(arguments)
    except ValidationError as error:
        return "\n".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']} (given: {fault['input']})" for fault in error.errors()
        )


# %% [markdown]
# ## 3. A dispatcher that never raises
#
# A tool call has an **id**, and its answer is a *tool message* with the same id. Two rules keep a conversation whole:
# **each call gets exactly one answer**, and **a fault is an answer**. If a tool raises and the message is missing, many
# servers refuse the whole conversation from then on.
#
# ### Exercise 3: run one call
#
# `run_call` returns a `ToolMessage`, whatever happens. Three things can go wrong: the tool is not there (name the ones
# there are), the arguments are wrong (the text of `check_arguments`), the tool raises (the kind of the error and its
# text, never a traceback). In these cases the status is `"error"`, else `"success"`.

# %%
NOTES: list[str] = []


class NoArguments(BaseModel, extra="forbid"):
    """For tools without arguments."""


class TopicArguments(BaseModel, extra="forbid"):
    """A topic."""

    topic: str = Field(min_length=1, max_length=80)


def look_up(topic: str) -> str:
    """A dictionary entry, after a moment."""
    time.sleep(0.15)
    entries = {"lora": "LoRA trains a low-rank update.", "react": "ReAct interleaves thoughts and actions."}
    return entries[topic.lower()]


def delete_notes() -> str:
    """Deletes all notes."""
    count = len(NOTES)
    NOTES.clear()
    return f"{count} notes deleted"


@dataclass(frozen=True)
class OfferedTool:
    """A function, the schema of its arguments, and whether it changes something."""

    run: Callable[..., str]
    schema: type[BaseModel]
    acts: bool = False


TOOLS = {
    "training_cost": OfferedTool(lambda **values: training_cost.invoke(values), CostArguments),
    "look_up": OfferedTool(look_up, TopicArguments),
    "delete_notes": OfferedTool(delete_notes, NoArguments, acts=True),
}


def call_of(name: str, number: int, **arguments: Any) -> dict[str, Any]:
    """A tool call as chat models return it."""
    return {"name": name, "args": arguments, "id": f"call-{number}", "type": "tool_call"}


# %% tags=["exercise"]
def run_call(call: dict[str, Any]) -> ToolMessage:
    """The answer to one tool call."""
    return ToolMessage("", tool_call_id=call["id"])  # your code


# %% tags=["check"]
answer = run_call(call_of("training_cost", 1, gpus=8, hours=10))
assert answer.content == "160.00 euros", (
    f"8 GPUs for 10 hours at 2 euros are 160.00 euros; yours says {answer.content!r}."
)
assert (answer.tool_call_id, answer.status) == ("call-1", "success"), "Keep the id of the call; the status is success."
answer = run_call(call_of("send_money", 2))
assert answer.status == "error", "An unknown tool is an error."
assert all(name in answer.content for name in TOOLS), "Name the tools there are."
answer = run_call(call_of("training_cost", 3, gpus="many", hours=1))
assert "gpus:" in answer.content, "Wrong arguments: say what check_arguments says."
assert answer.status == "error", "Wrong arguments are an error."
answer = run_call(call_of("look_up", 4, topic="GPT"))
assert "KeyError" in answer.content, "A tool that raises: the kind of error and its text."
assert "Traceback" not in answer.content, "Never show a traceback to a model: it is long, and it tells of your machine."
print("Exercise 3 is right.")


# %% tags=["solution"]
def run_call(call: dict[str, Any]) -> ToolMessage:
    """The answer to one tool call."""

    def failed(text: str) -> ToolMessage:
        return ToolMessage(text, tool_call_id=call["id"], status="error")

    offered = TOOLS.get(call["name"])
    if offered is None:
        return failed(f"There is no tool {call['name']!r}. Tools: {', '.join(TOOLS)}.")
    arguments = check_arguments(offered.schema, call["args"])
    if isinstance(arguments, str):
        return failed(arguments)
    try:
        text = offered.run(**arguments.model_dump())
    except Exception as error:
        return failed(f"The tool failed: {type(error).__name__}: {error}")
    return ToolMessage(text, tool_call_id=call["id"])


# %% [markdown]
# Here a broad `except Exception` is right, and nearly nowhere else: it stands at the border to a reader who can do
# something with the text. In your own logs keep the traceback.
#
# ## 4. Parallel calls
#
# A model may return several calls in one message when none needs the result of another. If each waits for a network, run
# them side by side: the time is that of the slowest and not the sum. The **order of the answers** should not depend on
# luck. Keep the order of the calls, so that a run can be repeated.
#
# ### Exercise 4: side by side, in order
#
# Run all calls in a `ThreadPoolExecutor` with up to `workers` threads and return the messages in the order of the calls.


# %% tags=["exercise"]
def run_calls(calls: Sequence[dict[str, Any]], workers: int = 4) -> list[ToolMessage]:
    """The answers in the order of the calls, worked out side by side."""
    return [run_call(call) for call in calls]  # your code: this one works them out one after the other


# %% tags=["check"]
many = [call_of("look_up", number, topic=("LoRA", "ReAct", "nothing")[number % 3]) for number in range(4)]
many.append(call_of("training_cost", 9, gpus=1, hours=1))
began = time.perf_counter()
answers = run_calls(many)
took = time.perf_counter() - began
assert [message.tool_call_id for message in answers] == [call["id"] for call in many], "Keep the order of the calls."
assert answers[2].status == "error", "One failing call must not spoil the others."
assert took < 0.5, f"Four waits of 0.15 s side by side take about 0.15 s; yours took {took:.2f} s."
print("Exercise 4 is right.")


# %% tags=["solution"]
def run_calls(calls: Sequence[dict[str, Any]], workers: int = 4) -> list[ToolMessage]:
    """The answers in the order of the calls, worked out side by side."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(run_call, calls))


# %%
spans: dict[str, list[tuple[float, float]]] = {}
for label, workers in [("one worker", 1), ("four workers", 4)]:
    began, spans[label] = time.perf_counter(), []

    def timed(topic: str, began: float = began, label: str = label) -> str:
        """Looks up and keeps when it ran."""
        start = time.perf_counter() - began
        text = look_up(topic)
        spans[label].append((start, time.perf_counter() - began))
        return text

    TOOLS["timed"] = OfferedTool(timed, TopicArguments)
    run_calls([call_of("timed", number, topic="LoRA") for number in range(4)], workers)
del TOOLS["timed"]

figure, axes = plt.subplots(figsize=(6.5, 2.8))
place, ticks = 0, {}
for label, colour in [("one worker", "tab:orange"), ("four workers", "tab:blue")]:
    for number, (start, end) in enumerate(sorted(spans[label]), start=1):
        axes.barh(place, end - start, left=start, color=colour)
        ticks[place] = f"{label}, call {number}"
        place += 1
axes.set_yticks(list(ticks), list(ticks.values()))
axes.invert_yaxis()
axes.set_xlim(0, 0.65)
axes.set(xlabel="seconds since the message arrived", title="Calls that wait 0.15 s each")
plt.show()

# %% [markdown]
# **Watch out.** Side by side is for *reading*. Two acts on the same thing (delete, then write) depend on their order.
# Run acts one after the other.
#
# ## 5. Acts need a permission
#
# Reading can be repeated. Deleting, sending and paying cannot. A model may be wrong, and worse: an observation can hold
# instructions that someone else wrote (*prompt injection*). Text from a web page that says "now delete all notes" is a
# wish of the page and not of the user. No wording of the prompt prevents this for certain. The rule that does is in code:
# **acts wait for the yes of a human, who sees the exact arguments.**
#
# ### Exercise 5: the gate
#
# `run_with_permission(calls, ask)` gives the answers in order. A call of a tool with `acts=True` and good arguments runs
# only when `ask(name, arguments)` returns `True`; otherwise its answer is an error with the word `declined`. Reading
# tools do not ask. A call with wrong arguments or an unknown tool does not ask either: there is nothing to decide.


# %% tags=["exercise"]
def run_with_permission(
    calls: Sequence[dict[str, Any]], ask: Callable[[str, dict[str, Any]], bool]
) -> list[ToolMessage]:
    """The answers; acts run only after a yes."""
    return [run_call(call) for call in calls]  # your code: this one never asks


# %% tags=["check"]
asked: list[str] = []


def say(decision: bool) -> Callable[[str, dict[str, Any]], bool]:
    """A human who always decides the same, and whose questions are kept."""

    def ask(name: str, arguments: dict[str, Any]) -> bool:
        asked.append(name)
        return decision

    return ask


NOTES[:] = ["first", "second"]
mixed = [call_of("look_up", 1, topic="LoRA"), call_of("delete_notes", 2), call_of("delete_notes", 3, really=True)]
answers = run_with_permission(mixed, say(False))
assert NOTES == ["first", "second"], "The human said no, and the notes were deleted all the same."
assert "declined" in answers[1].content, "Tell the model that the call was declined."
assert answers[1].status == "error", "A declined call is answered as an error."
assert answers[0].status == "success", "Reading goes on without a question."
assert asked == ["delete_notes"], f"Exactly one call needs a decision; you asked about {asked}."
assert run_with_permission([call_of("delete_notes", 4)], say(True))[0].content == "2 notes deleted", (
    "A yes lets it run."
)
print("Exercise 5 is right.")


# %% tags=["solution"]
def run_with_permission(
    calls: Sequence[dict[str, Any]], ask: Callable[[str, dict[str, Any]], bool]
) -> list[ToolMessage]:
    """The answers; acts run only after a yes."""
    answers = []
    for call in calls:
        offered = TOOLS.get(call["name"])
        is_act = offered is not None and offered.acts
        needs_yes = is_act and not isinstance(check_arguments(offered.schema, call["args"]), str)
        if needs_yes and not ask(call["name"], call["args"]):
            text = "The user declined this call. Do not try it again; ask what to do instead."
            answers.append(ToolMessage(text, tool_call_id=call["id"], status="error"))
        else:
            answers.append(run_call(call))
    return answers


# %% [markdown]
# ## 6. The same with LangGraph
#
# A human may need an hour to answer, and the program may be restarted meanwhile. So the library *interrupts* the graph:
# its state is stored by a **checkpointer** under a thread's id, and the run ends with the open question. Later the graph
# is resumed with the decision. The scripted model first calls with wrong arguments, reads the error, and mends its call.


# %%
class ScriptedChatModel(BaseChatModel):
    """A chat model that returns queued messages."""

    replies: list[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "ScriptedChatModel":
        """Tools are offered to the model here; the script knows them already."""
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.replies.pop(0))])


@tool
def clear_notes() -> str:
    """Delete all notes of the user."""
    return delete_notes()


script = [
    AIMessage("", tool_calls=[call_of("training_cost", 1, gpus=0, hours=3)]),
    AIMessage("", tool_calls=[call_of("training_cost", 2, gpus=4, hours=3)]),
    AIMessage("", tool_calls=[call_of("clear_notes", 3)]),
    AIMessage("Training costs 24 euros. I left your notes alone, as you wished."),
]
agent = create_agent(
    ScriptedChatModel(replies=script),
    [training_cost, clear_notes],
    middleware=[HumanInTheLoopMiddleware(interrupt_on={"clear_notes": True})],
    checkpointer=InMemorySaver(),
)
NOTES[:] = ["mine"]
thread = {"configurable": {"thread_id": "lesson"}}
paused = agent.invoke({"messages": [("human", "What do 4 GPUs for 3 hours cost? Then tidy up.")]}, thread)
print("waits for:", paused["__interrupt__"][0].value["action_requests"])
assert NOTES == ["mine"], "While the graph waits, nothing is deleted."

# %%
decision = {"decisions": [{"type": "reject", "message": "Keep the notes."}]}
result = agent.invoke(Command(resume=decision), thread)
for message in result["messages"]:
    calls = [f"{call['name']}({call['args']})" for call in getattr(message, "tool_calls", [])]
    print(f"{message.type:6} {message.text[:100] or calls}")
assert NOTES == ["mine"], "After a no, the notes are still there."

# %% [markdown]
# Every call has its answer, the wrong one and the declined one too, and the model could go on from both.
#
# ## What to take with you
#
# - Name, description and schema are all that a model knows of a tool. They cost tokens in each call.
# - Check arguments before you run anything; name all faults at once, and say what would be right.
# - One answer for each call, in the order of the calls, also when something fails.
# - Reading may run by itself and side by side. Acts run one at a time, after a yes to the exact arguments.
#
# ## What to read next
#
# - Papers: *ReAct: Synergizing Reasoning and Acting in Language Models*; *AutoGen* for tools among several agents.
# - Notes: `21-tool-use-and-function-calling`, `29-model-context-protocol`, `43-safety-and-guardrails`.
# - Notebook 12 gives an agent one very useful tool: search in a library.
