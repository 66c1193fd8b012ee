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
# # 10. Build a simple ReAct agent
#
# **Goal.** You can write the loop of an agent yourself, say what can go wrong in each step, and then leave the loop to a
# library and still know what it does.
#
# **What you will build.** A parser, two tools and a ReAct loop with a step limit; a guard against repetition; the same
# agent as a LangGraph graph and with `create_agent`; a measurement of success and cost against the step limit.
#
# **Time.** About 60 minutes. **Prerequisites.** Notebook 09; the note `09-react`.
#
# **About the model.** The lesson is about the loop and not about a model's wits, so two stand-ins play the model: a
# *script* that says its lines one after the other, and a *policy* of a few rules that reads the context and decides.
# Both have the interface of a model: context in, text out. A real model can be put in their place.

# %%
import math
import operator
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypedDict

import matplotlib.pyplot as plt
import numpy as np
from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.graph import END, START, StateGraph

# %% [markdown]
# ## 1. Thought, action, observation
#
# A model alone has only its weights and its context. An **agent** lets it act: it writes a *thought* and an *action*; the
# program carries out the action and appends the *observation*; the model reads everything and goes on. At step $t$ the
# context is $c_t = (o_1, a_1, \dots, o_{t-1}, a_{t-1}, o_t)$, and the model draws $a_t \sim \pi(\cdot \mid c_t)$.
#
# Our world is a shelf of four papers. There are two tools. `search[name]` tells about a paper, `finish[answer]` ends.

# %%
SHELF = {
    "Attention Is All You Need": "Attention Is All You Need, 2017. It introduced the Transformer.",
    "BERT": "BERT, 2018. It trains an encoder by masking words.",
    "LoRA": "LoRA, 2021. It trains a low-rank update of frozen weights.",
    "ReAct": "ReAct, 2022. It interleaves reasoning and acting.",
}


def search(name: str) -> str:
    """What the shelf holds about a paper; says what there is when it is not found."""
    for title, text in SHELF.items():
        if name.strip().lower() == title.lower():
            return text
    return f"Nothing is named {name!r}. The shelf has: {', '.join(SHELF)}."


print(search("lora"))
print(search("LORA paper"))

# %% [markdown]
# The second observation is worth a look. An error message that says **what there is instead** lets the model repair its
# own call. "Error 404" does not.
#
# ## 2. Reading an action
#
# A model writes free text, and the program must find the action in it. The agreed form is one line,
# `Action: tool[argument]`.
#
# ### Exercise 1: parse the action
#
# Return the tool and the argument of the **first** action line, both without spaces around them. Return `None` when
# there is no such line. The argument may contain brackets: `search[GPT [2]]` has the argument `GPT [2]`. Why the first?
# Models sometimes go on and invent the observation and the next action too; what comes after the first is made up.


# %% tags=["exercise"]
def parse_action(text: str) -> tuple[str, str] | None:
    """Tool and argument of the first action; None when the form was not kept."""
    return None  # your code: re.search with re.MULTILINE


# %% tags=["check"]
assert parse_action("Thought: look it up.\nAction: search[LoRA]") == ("search", "LoRA"), (
    "The text has one action: the tool search with the argument LoRA."
)
assert parse_action("Action: finish[42]\nObservation: well done\nAction: search[x]") == ("finish", "42"), (
    "Take the first action: the rest was invented by the model."
)
assert parse_action("Action:  search[ GPT [2] ]  ") == ("search", "GPT [2]"), "Keep inner brackets, drop outer spaces."
assert parse_action("I would search[LoRA] now.") is None, "Without the words 'Action:' at the start of a line: None."
print("Exercise 1 is right.")


# %% tags=["solution"]
def parse_action(text: str) -> tuple[str, str] | None:
    """Tool and argument of the first action; None when the form was not kept."""
    found = re.search(r"^Action:[ \t]*(\w+)\[(.*)\][ \t]*$", text, re.MULTILINE)
    return (found[1], found[2].strip()) if found else None


# %% [markdown]
# ## 3. The loop
#
# ### Exercise 2: the ReAct loop
#
# `model` gets the whole context as one text and returns the next piece. In each step:
#
# 1. call the model with the lines of the context joined by line breaks, and append what it says to the context;
# 2. parse the action. Without one, append an observation that says what form is wanted, and go on;
# 3. `finish` ends the run with its argument as the answer;
# 4. an unknown tool gives an observation that names the tools there are;
# 5. otherwise append `Observation: ` and the result of the tool.
#
# After `step_limit` model calls the run ends with the answer `None`. Every fault becomes an observation: nothing that a
# model writes may raise an error in the loop.

# %%
Tool = Callable[[str], str]
Policy = Callable[[str], str]


@dataclass
class Run:
    """What happened: the answer (None at the limit), the context as lines, the number of model calls."""

    answer: str | None = None
    lines: list[str] = field(default_factory=list)
    calls: int = 0


def script(*lines: str) -> Policy:
    """A model that says its lines one after the other, whatever it is told."""
    waiting = list(lines)
    return lambda context: waiting.pop(0)


tools: dict[str, Tool] = {"search": search}


# %% tags=["exercise"]
def react(question: str, model: Policy, tools: dict[str, Tool], step_limit: int) -> Run:
    """Runs the loop to an answer or to the limit."""
    return Run(lines=[f"Question: {question}"])  # your code: count each model call in run.calls


# %% tags=["check"]
checked = react("When?", script("Action: search[LoRA]", "Thought: ok\nAction: finish[2021]"), tools, 5)
assert checked.answer == "2021", "finish[2021] ends the run with the answer 2021."
assert checked.calls == 2, f"The model was needed twice; you counted {checked.calls}."
assert any(line.startswith("Observation: LoRA, 2021") for line in checked.lines), "Append what the tool returned."
checked = react("When?", script("hm", "Action: fly[moon]", "Action: finish[x]"), tools, 5)
assert checked.answer == "x", "A missing action and an unknown tool must not end the run."
observations = [line for line in checked.lines if line.startswith("Observation:")]
assert len(observations) == 2, "A missing action and an unknown tool give an observation each; finish gives none."
assert "Action:" in observations[0], "When the form was not kept, say the wanted form: Action: tool[argument]."
assert "search" in observations[1], "When a tool is unknown, name the tools there are."
checked = react("When?", lambda context: "Action: search[BERT]", tools, 4)
assert (checked.answer, checked.calls) == (None, 4), "At the limit: answer None after exactly 4 model calls."
heard: list[str] = []
react("Who?", lambda context: (heard.append(context), "Action: search[BERT]")[1], tools, 2)
assert "BERT, 2018" in heard[1], "In its second call the model must see the observation of the first."
print("Exercise 2 is right.")


# %% tags=["solution"]
def react(question: str, model: Policy, tools: dict[str, Tool], step_limit: int) -> Run:
    """Runs the loop to an answer or to the limit."""
    run = Run(lines=[f"Question: {question}"])
    while run.calls < step_limit:
        said = model("\n".join(run.lines))
        run.calls += 1
        run.lines.append(said)
        action = parse_action(said)
        if action is None:
            run.lines.append("Observation: no action was found. Write one line: Action: tool[argument]")
        elif action[0] == "finish":
            run.answer = action[1]
            break
        elif action[0] not in tools:
            run.lines.append(f"Observation: there is no tool {action[0]!r}. Tools: {', '.join(tools)}, finish.")
        else:
            run.lines.append(f"Observation: {tools[action[0]](action[1])}")
    return run


# %%
script_run = react(
    "Which is older, LoRA or BERT?",
    script(
        "Thought: I need the year of both, LoRA first.\nAction: search[LoRA paper]",
        "Thought: the name was wrong; the list has LoRA.\nAction: search[LoRA]",
        "Thought: 2021. Now BERT.\nAction: search[BERT]",
        "Thought: 2018 is before 2021.\nAction: finish[BERT]",
    ),
    tools,
    step_limit=7,
)
print("\n".join(script_run.lines))
print(f"\nanswer: {script_run.answer}, model calls: {script_run.calls}")

# %% [markdown]
# ## 4. A model that goes round in circles
#
# The loop stops every run, but a model that repeats an action wastes the rest of its steps. The observation of the same
# action with the same argument brings nothing new (our tools always return the same). So say that.
#
# ### Exercise 3: a guard against repetition
#
# Write `guarded(tool)`: a tool that answers the first call with an argument as `tool` does, and every further call with
# an argument that it has seen (spaces and case do not matter) with a text that contains `already` and does not run the
# tool again.


# %% tags=["exercise"]
def guarded(tool: Tool) -> Tool:
    """The tool, but it tells the model when it asks the same again."""
    return tool  # your code: a set of arguments and an inner function


# %% tags=["check"]
runs: list[str] = []


def counted(name: str) -> str:
    """A tool that keeps its calls."""
    runs.append(name)
    return f"found {name}"


tool = guarded(counted)
assert tool("LoRA") == "found LoRA", "The first call goes through."
assert "already" in tool(" lora "), (
    "The same argument again, apart from spaces and case: say that it was asked already."
)
assert runs == ["LoRA"], "The second call must not run the tool."
assert tool("BERT") == "found BERT", "Another argument goes through."
assert guarded(counted)("LoRA") == "found LoRA", "Each guarded tool has a memory of its own."
print("Exercise 3 is right.")


# %% tags=["solution"]
def guarded(tool: Tool) -> Tool:
    """The tool, but it tells the model when it asks the same again."""
    seen: set[str] = set()

    def call(argument: str) -> str:
        key = argument.strip().lower()
        if key in seen:
            return f"You asked for {argument.strip()!r} already. Use what you know, or ask for something else."
        seen.add(key)
        return tool(argument)

    return call


# %% [markdown]
# ## 5. How many steps?
#
# Now a policy that reads the context, so that it works for any two papers. The search tool is made unreliable: a call
# fails with probability $1 - p$, as a busy server might. The policy tries again after a failure. To answer it needs two
# successes and one step to finish, so within $L$ steps
#
# $$P(\text{answered}) = 1 - \sum_{k=0}^{1} \binom{L-1}{k} p^k (1-p)^{L-1-k}$$


# %%
def policy(context: str) -> str:
    """A few rules in place of a model: search what is not yet known, then compare the years."""
    first, second = re.search(r"older, (.+) or (.+)\?", context).groups()
    years = {name: int(year) for name, year in re.findall(r"^Observation: (.+?), (\d{4})\.", context, re.MULTILINE)}
    for name in (first, second):
        if name not in years:
            return f"Thought: I do not know the year of {name}.\nAction: search[{name}]"
    return f"Thought: compare {years}.\nAction: finish[{min(first, second, key=years.__getitem__)}]"


def unreliable(tool: Tool, success: float, source: random.Random) -> Tool:
    """The tool, failing now and then."""
    return lambda argument: tool(argument) if source.random() < success else "The server is busy. Try again."


source, success = random.Random(10), 0.7
limits = list(range(1, 11))
question = "Which is older, ReAct or Attention Is All You Need?"
measured = []
for limit in limits:
    answers = [
        react(question, policy, {"search": unreliable(search, success, source)}, limit).answer for _ in range(300)
    ]
    measured.append(sum(answer == "Attention Is All You Need" for answer in answers) / 300)
theory = [
    1 - sum(math.comb(limit - 1, k) * success**k * (1 - success) ** (limit - 1 - k) for k in (0, 1) if k < limit)
    for limit in limits
]
figure, axes = plt.subplots(figsize=(6.3, 3.4))
axes.plot(limits, measured, marker="o", linestyle="", label="measured, 300 runs each")
axes.plot(limits, theory, linestyle="--", label="formula")
axes.set(xlabel="step limit", ylabel="share answered", title=f"Search succeeds with probability {success}")
axes.legend()
plt.show()

# %% [markdown]
# A limit is a trade: too low cuts off runs that would have ended well, too high pays for runs that never will. Choose it
# from a curve like this one on your own task.
#
# What does a step cost? The model reads the **whole** context in each call. With a prompt of $P$ tokens and $s$ tokens
# added per step, call $i = 0, 1, \dots$ reads $P + i s$ tokens, so $n$ calls read
#
# $$\sum_{i=0}^{n-1} (P + i s) = nP + s\,\frac{n(n-1)}{2}$$
#
# ### Exercise 4: tokens read
#
# With a *prefix cache* the server keeps what it has read, and a call pays fully only for what is new. Cached tokens cost
# the share `cached_price` of a new one (1 means no cache). The first call has nothing cached. Later calls have cached
# all that the call before them read. Return the sum in units of a new token.


# %% tags=["exercise"]
def tokens_paid(prompt: int, per_step: int, calls: int, cached_price: float = 1.0) -> float:
    """What reading costs over a whole run, in new tokens."""
    return 0.0  # your code


# %% tags=["check"]
assert tokens_paid(1000, 400, 1) == 1000, "The first call reads the prompt only."
assert tokens_paid(1000, 400, 7) == 15_400, "Seven calls without a cache: 7 * 1000 + 400 * 21."
assert math.isclose(tokens_paid(1000, 400, 3, 0.1), 1000 + (100 + 400) + (140 + 400)), (
    "Call 1: 1000 new. Call 2: 1000 cached, 400 new. Call 3: 1400 cached, 400 new."
)
assert tokens_paid(500, 100, 0) == 0, "No call costs nothing."
print("Exercise 4 is right.")


# %% tags=["solution"]
def tokens_paid(prompt: int, per_step: int, calls: int, cached_price: float = 1.0) -> float:
    """What reading costs over a whole run, in new tokens."""
    total, cached = 0.0, 0
    for call in range(calls):
        reads = prompt + call * per_step
        total += cached * cached_price + (reads - cached)
        cached = reads
    return total


# %%
counts = np.arange(1, 21)
figure, axes = plt.subplots(figsize=(6.3, 3.4))
for price, label in [(1.0, "no cache"), (0.1, "cached tokens at 10% (example)"), (0.0, "cached tokens free")]:
    axes.plot(counts, [tokens_paid(1000, 400, int(n), price) / 1000 for n in counts], marker=".", label=label)
axes.set_xticks(range(0, 21, 5))
axes.set(
    xlabel="model calls in a run",
    ylabel="tokens paid (thousand)",
    title="Prompt 1,000 tokens, 400 more per step",
)
axes.legend()
plt.show()

# %% [markdown]
# ## 6. The same loop as a graph
#
# LangGraph writes the loop as **nodes** that return updates of a **state**, and **edges** that say what comes next. A
# field with a *reducer* (here `operator.add`) is extended by an update; a field without one is replaced. What do we gain
# for ten lines of loop? The state after each step can be stored and resumed, steps can be streamed, and the drawing is
# the program.


# %%
class State(TypedDict):
    """What flows through the graph."""

    lines: Annotated[list[str], operator.add]
    calls: Annotated[int, operator.add]
    answer: str


def think(state: State) -> dict[str, Any]:
    """The model's next piece."""
    return {"lines": [policy("\n".join(state["lines"]))], "calls": 1}


def act(state: State) -> dict[str, Any]:
    """Carries out the action of the last piece."""
    tool, argument = parse_action(state["lines"][-1])
    if tool == "finish":
        return {"answer": argument}
    return {"lines": [f"Observation: {search(argument)}"]}


def go_on(state: State) -> Literal["think", "__end__"]:
    """Ends with an answer or at the limit."""
    return END if state["answer"] or state["calls"] >= 7 else "think"


builder = StateGraph(State)
builder.add_node("think", think)
builder.add_node("act", act)
builder.add_edge(START, "think")
builder.add_edge("think", "act")
builder.add_conditional_edges("act", go_on)
graph = builder.compile()
start = {"lines": ["Question: Which is older, BERT or LoRA?"], "calls": 0, "answer": ""}
for update in graph.stream(start, stream_mode="updates"):
    print(update)

# %% [markdown]
# ## 7. The same agent with `create_agent`
#
# Current chat models do not write `Action: …` lines. Their interface returns **tool calls** as data, and results go back
# as tool messages (notebook 11). `langchain.agents.create_agent` is the loop over such a model. Our stand-in is a chat
# model that returns queued messages.


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


def calling(name: str, argument: str, number: int) -> AIMessage:
    """A message with one tool call."""
    return AIMessage("", tool_calls=[{"name": name, "args": {"name": argument}, "id": f"call-{number}"}])


def search_shelf(name: str) -> str:
    """Tell what the shelf holds about a paper."""
    return search(name)


def new_agent(replies: list[AIMessage]) -> Any:
    """The agent with a limit of five model calls."""
    limit = ModelCallLimitMiddleware(run_limit=5, exit_behavior="end")
    return create_agent(ScriptedChatModel(replies=replies), [search_shelf], middleware=[limit])


replies = [calling("search_shelf", "LoRA", 1), calling("search_shelf", "BERT", 2), AIMessage("BERT is older.")]
result = new_agent(replies).invoke({"messages": [("human", "Which is older, LoRA or BERT?")]})
for message in result["messages"]:
    print(f"{message.type:6} {message.text or [call['args'] for call in message.tool_calls]}")

# %%
endless = [calling("search_shelf", "LoRA", number) for number in range(20)]
stopped = new_agent(endless).invoke({"messages": [("human", "Go on for ever.")]})
print(stopped["messages"][-1].text)
asked = sum(isinstance(message, AIMessage) and bool(message.tool_calls) for message in stopped["messages"])
assert asked == 5, "The limit must stop a model that never finishes."

# %% [markdown]
# Without the limit the only brake is the graph's recursion limit, which is set very high in this library. **Set limits
# yourself**: on model calls, on tool calls, on time and on money.
#
# ## What to take with you
#
# - An agent is a loop of about ten lines. What makes it useful is in the tools, the messages and the limits.
# - Whatever a model writes may be wrong: unknown tools, broken arguments, no action. Answer with an observation that helps.
# - Reading costs grow with the square of the number of steps, unless the prefix is cached.
# - Observations are text from outside. They can contain instructions, and the model may follow them (notebook 11).
#
# ## What to read next
#
# - Papers: *ReAct: Synergizing Reasoning and Acting in Language Models*, *Reflexion*, *Tree of Thoughts*.
# - Notes: `09-react`, `31-search-and-reflection`.
# - Notebook 11 looks at the tool calls themselves.
