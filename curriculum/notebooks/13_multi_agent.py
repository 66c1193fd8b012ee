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
# # 13. Multi-agent system
#
# **Goal.** You can let several agents with different roles work on one task, make sure that they stop, count what they
# cost, and say when one agent would be better.
#
# **What you will build.** A planner, a worker and a critic under a supervisor, as a LangGraph graph with message passing,
# four stop conditions and a bill per role; a simulation that shows when a critic helps; the price at which it pays.
#
# **Time.** About 60 minutes. **Prerequisites.** Notebooks 10 and 11; the note `09-react`.
#
# **About the models.** The roles are played by scripts and by small rules, with mistakes made on purpose. What is learned
# here is the *organisation*: state, messages, stopping, cost. Each role is a function from messages to text, and a chat
# model can take its place.

# %%
import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

import matplotlib.pyplot as plt
import numpy as np
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph

# %% [markdown]
# ## 1. Why several?
#
# One agent with one long prompt does everything in one context. Several agents split **instructions** (a critic is told
# to find faults, which a writer does badly on its own text), **contexts** (each reads only what it needs) and **rights**
# (only one of them may act). The price: every hand-over is a message that must be written, read and paid for, and that
# can lose something.
#
# Three shapes are common: a **pipeline** (A then B then C), a **loop** of worker and critic, and a **supervisor** that
# decides after each message who is next. The supervisor can do what the other two do. We build that.
#
# ## 2. Messages and state
#
# The agents talk through a shared state. A **message** has a sender, a receiver and a text. A field's *reducer* says how
# an update is merged with what is there. For a list of messages it is concatenation.
#
# ### Exercise 1: the reducers
#
# Write two reducers. `add_messages` returns the old messages followed by the new ones, as a new list (a reducer that
# changes its arguments spoils stored states). `add_costs` adds two dictionaries of role to tokens, key by key.


# %%
@dataclass(frozen=True)
class Message:
    """One agent's words to another."""

    sender: str
    receiver: str
    text: str


# %% tags=["exercise"]
def add_messages(old: list[Message], new: list[Message]) -> list[Message]:
    """The messages after an update."""
    return []  # your code


def add_costs(old: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    """Tokens per role after an update."""
    return {}  # your code


# %% tags=["check"]
first, second = Message("planner", "worker", "Begin."), Message("worker", "critic", "Done.")
kept = [first]
assert add_messages(kept, [second]) == [first, second], "Old messages first, then the new ones."
assert kept == [first], "Do not change the list that is there: make a new one."
spent = {"planner": 10}
assert add_costs(spent, {"planner": 5, "worker": 7}) == {"planner": 15, "worker": 7}, "Add the tokens of each role."
assert spent == {"planner": 10}, "Do not change the dictionary that is there: make a new one."
print("Exercise 1 is right.")


# %% tags=["solution"]
def add_messages(old: list[Message], new: list[Message]) -> list[Message]:
    """The messages after an update."""
    return [*old, *new]


def add_costs(old: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    """Tokens per role after an update."""
    return {role: old.get(role, 0) + new.get(role, 0) for role in {**old, **new}}


# %%
class State(TypedDict):
    """What flows through the graph."""

    task: str
    messages: Annotated[list[Message], add_messages]
    draft: str
    verdict: str
    """"approved", or what the critic found wrong."""
    next_role: str
    reason: str
    """Why it ended; empty while it goes on."""
    rounds: Annotated[int, operator.add]
    tokens: Annotated[dict[str, int], add_costs]


def count_tokens(text: str) -> int:
    """About four characters to a token, as in notebook 07."""
    return max(1, len(text) // 4)


# %% [markdown]
# ## 3. The roles
#
# The task: a summary of a paper in which three points must occur. The **planner** lists the points. The **worker** writes
# one more point in each round and mends what the critic names. The **critic** checks the draft against the plan. Each
# role has its own context: the planner sees the task, the worker its own mail, the critic only the plan and the draft. It
# does not see how the draft came about, and so it is not talked round by it.

# %%
POINTS = {
    "problem": "Fine-tuning stores a full copy of the weights for each task.",
    "idea": "LoRA trains a low-rank update and freezes the rest.",
    "limit": "A small rank does not suffice for every task.",
}


def planner(task: str) -> str:
    """The points that the result must have."""
    return "problem, idea, limit"


def worker(inbox: list[str], draft: str) -> str:
    """The draft with what the last message asks for; at first only one point."""
    wanted = [point for point in POINTS if inbox[-1].startswith("missing") and point in inbox[-1]]
    return " ".join(filter(None, [draft, POINTS[wanted[0]] if wanted else POINTS["problem"] if not draft else ""]))


def critic(plan: str, draft: str) -> str:
    """Approval, or the points that the draft lacks."""
    missing = [point for point in plan.split(", ") if POINTS[point] not in draft]
    return f"missing: {', '.join(missing)}" if missing else "approved"


# %% [markdown]
# ## 4. Stop conditions
#
# A loop of two agents can go on for ever: the critic always finds something, or the worker returns the same text. A
# system needs all of these, and each has its own meaning for whoever reads the result:
#
# 1. **approved**: the critic is content, the only *good* end;
# 2. **round limit**: so many rounds were used;
# 3. **budget**: so many tokens were spent, over all roles;
# 4. **no progress**: the draft is the same as the one before.
#
# ### Exercise 2: the reason to stop
#
# Return the reason as one of `"approved"`, `"round limit"`, `"budget"`, `"no progress"`, or `""` to go on. When several
# hold, the first of the list above counts. The limits are reached at equality.


# %% tags=["exercise"]
def stop_reason(
    verdict: str, rounds: int, tokens: dict[str, int], drafts: list[str], round_limit: int, token_budget: int
) -> str:
    """Why the loop ends; empty when it goes on. `drafts` holds all drafts so far, the newest last."""
    return ""  # your code


# %% tags=["check"]
assert stop_reason("approved", 9, {"worker": 9999}, ["a", "a"], 5, 100) == "approved", (
    "Approval counts before all limits."
)
assert stop_reason("missing: idea", 5, {}, ["a", "b"], 5, 100) == "round limit", "5 of 5 rounds are used."
assert stop_reason("missing: idea", 1, {"worker": 60, "critic": 40}, ["a"], 5, 100) == "budget", (
    "The budget is for all roles together: 60 + 40 reaches 100."
)
assert stop_reason("missing: idea", 2, {}, ["a", "a"], 5, 100) == "no progress", "The draft did not change."
assert stop_reason("missing: idea", 1, {}, ["a"], 5, 100) == "", "With one draft there is nothing to compare: go on."
assert stop_reason("missing: idea", 3, {}, ["a", "b", "a"], 5, 100) == "", "Compare with the draft just before only."
print("Exercise 2 is right.")


# %% tags=["solution"]
def stop_reason(
    verdict: str, rounds: int, tokens: dict[str, int], drafts: list[str], round_limit: int, token_budget: int
) -> str:
    """Why the loop ends; empty when it goes on. `drafts` holds all drafts so far, the newest last."""
    reasons = {
        "approved": verdict == "approved",
        "round limit": rounds >= round_limit,
        "budget": sum(tokens.values()) >= token_budget,
        "no progress": len(drafts) > 1 and drafts[-1] == drafts[-2],
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


# %% [markdown]
# ## 5. The supervisor
#
# The supervisor does none of the work. It looks at what there is and names the role that is next:
#
# | what there is | next |
# |---|---|
# | no message yet | `plan` |
# | the last message is the planner's | `work` |
# | the last message is the worker's: a draft that nobody has judged | `criticise` |
# | the last message is the critic's, and there is a reason to stop | `end` |
# | the last message is the critic's, and there is none | `work` |
#
# Ours is a rule. A chat model can take its place, and then each decision is one more call that reads and is paid for, and
# that can be wrong. Let a model decide only what a rule cannot.
#
# ### Exercise 3: who is next?
#
# `reason` is what `stop_reason` returned. It counts only after the critic has spoken: a fresh draft is always judged.


# %% tags=["exercise"]
def next_role(messages: list[Message], reason: str) -> Literal["plan", "work", "criticise", "end"]:
    """The role that the supervisor calls next."""
    return ""  # your code, by the table


# %% tags=["check"]
plan_note, draft_note = Message("planner", "worker", "idea"), Message("worker", "critic", "My text.")
fault_note, praise_note = Message("critic", "worker", "missing: idea"), Message("critic", "worker", "approved")
assert next_role([], "") == "plan", "Nothing was said yet: begin with the plan."
assert next_role([plan_note], "") == "work", "There is a plan and no draft: the worker is next."
assert next_role([plan_note, draft_note], "") == "criticise", "A draft that nobody has judged goes to the critic."
assert next_role([plan_note, draft_note, fault_note], "") == "work", "The critic found a fault: back to the worker."
assert next_role([plan_note, draft_note, praise_note], "approved") == "end", "The critic is content: the end."
assert next_role([plan_note, draft_note, fault_note], "budget") == "end", (
    "A limit ends it as well, whatever is missing."
)
assert next_role([plan_note, draft_note, fault_note, draft_note], "no progress") == "criticise", (
    "A fresh draft is judged before the reason counts: look at the last message first."
)
print("Exercise 3 is right.")


# %% tags=["solution"]
def next_role(messages: list[Message], reason: str) -> Literal["plan", "work", "criticise", "end"]:
    """The role that the supervisor calls next."""
    if not messages:
        return "plan"
    if messages[-1].sender == "worker":
        return "criticise"
    return "end" if messages[-1].sender == "critic" and reason else "work"


# %% [markdown]
# ## 6. The graph
#
# The graph is a star: the supervisor stands in the middle, and each role goes back to it. Each node returns only its
# update. The router reads the state and names the next node; its return type is the drawing. The token count of a role is
# what it **read** plus what it **wrote**: who is sent everything pays for everything.

# %%
Role = Callable[..., str]


def drafts_of(state: State) -> list[str]:
    """All drafts that the worker sent, oldest first."""
    return [message.text for message in state["messages"] if message.sender == "worker"]


def build(worker_role: Role, critic_role: Role, *, round_limit: int = 6, token_budget: int = 2000) -> Any:
    """The compiled graph: a supervisor, and three roles that go back to it."""

    def plan(state: State) -> dict[str, Any]:
        text = planner(state["task"])
        cost = count_tokens(state["task"]) + count_tokens(text)
        return {"messages": [Message("planner", "worker", text)], "tokens": {"planner": cost}}

    def work(state: State) -> dict[str, Any]:
        inbox = [message.text for message in state["messages"] if message.receiver == "worker"]
        draft = worker_role(inbox, state["draft"])
        cost = sum(map(count_tokens, inbox)) + count_tokens(state["draft"]) + count_tokens(draft)
        return {
            "messages": [Message("worker", "critic", draft)],
            "draft": draft,
            "rounds": 1,
            "tokens": {"worker": cost},
        }

    def criticise(state: State) -> dict[str, Any]:
        wanted = state["messages"][0].text
        verdict = critic_role(wanted, state["draft"])
        cost = count_tokens(wanted) + count_tokens(state["draft"]) + count_tokens(verdict)
        return {"messages": [Message("critic", "worker", verdict)], "verdict": verdict, "tokens": {"critic": cost}}

    def supervise(state: State) -> dict[str, Any]:
        drafts = drafts_of(state)
        reason = stop_reason(state["verdict"], state["rounds"], state["tokens"], drafts, round_limit, token_budget)
        next_one = next_role(state["messages"], reason)
        return {"next_role": next_one, "reason": reason if next_one == "end" else ""}

    def route(state: State) -> Literal["plan", "work", "criticise", "__end__"]:
        return END if state["next_role"] == "end" else state["next_role"]

    builder = StateGraph(State)
    builder.add_node("supervise", supervise)
    builder.add_edge(START, "supervise")
    builder.add_conditional_edges("supervise", route)
    for name, node in [("plan", plan), ("work", work), ("criticise", criticise)]:
        builder.add_node(name, node)
        builder.add_edge(name, "supervise")
    return builder.compile()


def begin(task: str = "Summarise the LoRA paper.") -> State:
    """The state at the start."""
    empty: dict[str, Any] = {"messages": [], "draft": "", "verdict": "", "next_role": "", "reason": ""}
    return {"task": task, **empty, "rounds": 0, "tokens": {}}


called = [name for update in build(worker, critic).stream(begin(), stream_mode="updates") for name in update]
print("nodes in order:", " ".join(called))
finished = build(worker, critic).invoke(begin())
for message in finished["messages"]:
    print(f"{message.sender:8} -> {message.receiver:7} {message.text[:90]}")
print(f"\n{finished['rounds']} rounds, tokens {finished['tokens']}, ended by: {finished['reason']}")
assert finished["verdict"] == "approved", "With three points and a worker that mends one a round, three rounds suffice."

# %% [markdown]
# ### What happens without stop conditions
#
# First two stubborn agents with the conditions: a worker that always sends the same text, and a critic that is never
# content. Then a pair without them: a worker that always changes something, so that there always seems to be progress.

# %%
stubborn_runs = {
    "with all conditions": build(lambda inbox, draft: "My text.", lambda plan, draft: "missing: idea"),
    "small budget": build(worker, lambda plan, draft: "missing: limit", token_budget=60, round_limit=99),
}
for name, graph in stubborn_runs.items():
    end = graph.invoke(begin())
    print(f"{name:20} ended by {end['reason']!r} after {end['rounds']} rounds and {sum(end['tokens'].values())} tokens")

steps = iter(range(10_000))
endless = build(
    lambda inbox, draft: f"Version {next(steps)}.",
    lambda plan, draft: "missing: idea",
    round_limit=10**9,
    token_budget=10**9,
)
try:
    endless.invoke(begin(), {"recursion_limit": 30})
except GraphRecursionError as error:
    print("without conditions: only the graph's own limit of 30 steps ended it:", str(error).split(".")[0])

# %% [markdown]
# A limit that ends a run with an exception loses the work. A stop condition of your own ends it with a result and a
# reason. **Tell the reason to the user**: "approved" and "out of budget" are different answers.
#
# ## 7. The bill
#
# Suppose $a$ agents talk in a group chat: each of $m$ messages of $s$ tokens is added to one transcript, and the agent
# whose turn it is reads the transcript before it writes. The tokens read are
#
# $$\sum_{i=0}^{m-1} i\, s = s\, \frac{m (m - 1)}{2}$$
#
# With addressed messages an agent reads only its own mail. If turns go round, that is about one part in $a$ of it.
#
# ### Exercise 4: what does a role read?
#
# `tokens_read(messages, shared)`: for each message, its sender first reads, then writes. With `shared=True` it reads
# **all** earlier messages, otherwise those whose receiver it is. Return a dictionary from role to tokens read, by
# `count_tokens`. Roles that never write are not in it.


# %% tags=["exercise"]
def tokens_read(messages: list[Message], shared: bool) -> dict[str, int]:
    """Tokens that each writing role has read over the whole conversation."""
    return {}  # your code


# %% tags=["check"]
talk = [
    Message("planner", "worker", "x" * 40),
    Message("worker", "critic", "x" * 80),
    Message("critic", "worker", "x" * 20),
    Message("worker", "critic", "x" * 80),
]
mail = tokens_read(talk, shared=False)
assert mail == {"planner": 0, "worker": 10 + 15, "critic": 20}, (
    f"By mail the worker reads 10, and later 10 + 5; the critic reads 20. Yours: {mail}"
)
group = tokens_read(talk, shared=True)
assert group == {"planner": 0, "worker": 10 + 35, "critic": 30}, f"In a group chat everybody reads all: {group}"
print("Exercise 4 is right.")


# %% tags=["solution"]
def tokens_read(messages: list[Message], shared: bool) -> dict[str, int]:
    """Tokens that each writing role has read over the whole conversation."""
    read: dict[str, int] = {}
    for place, message in enumerate(messages):
        earlier = [other for other in messages[:place] if shared or other.receiver == message.sender]
        read[message.sender] = read.get(message.sender, 0) + sum(count_tokens(other.text) for other in earlier)
    return read


# %%
def conversation(agents: int, turns: int) -> list[Message]:
    """Agents in turn, each writing 100 tokens to the next."""
    return [Message(f"agent {i % agents}", f"agent {(i + 1) % agents}", "x" * 400) for i in range(turns)]


turn_counts = [5, 10, 20, 30, 40]
figure, axes = plt.subplots(figsize=(6.4, 3.5))
for agents, colour in [(2, "tab:blue"), (5, "tab:orange")]:
    for shared, style, label in [(True, "-", "group chat"), (False, "--", "addressed mail")]:
        totals = [sum(tokens_read(conversation(agents, n), shared).values()) / 1000 for n in turn_counts]
        axes.plot(turn_counts, totals, style, color=colour, marker="o", label=f"{agents} agents, {label}")
axes.set(xlabel="messages", ylabel="tokens read in all (thousand)", title="A group chat grows with the square")
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# The two solid lines lie on each other: in a group chat the bill depends on the number of messages only. Mail is cheaper by
# about the number of agents, and still grows with the square. Passing on a *result* in place of the history is what
# makes it linear.
#
# ## 8. When does a critic help?
#
# Let the worker be right with probability $p$. The critic accepts a right draft with probability $s$ and a wrong one with
# probability $f$. A rejected draft is made anew, and the last draft of $R$ rounds is taken as it is. In each round a
# draft is accepted with probability $A = ps + (1 - p) f$, and what is accepted is right with probability $ps / A$. So
#
# $$P(\text{right}) = \underbrace{(1 - (1 - A)^{R-1})\, \frac{ps}{A}}_{\text{accepted before the last round}} +
# \underbrace{(1 - A)^{R-1}\, p}_{\text{last draft, taken as it is}}$$
#
# If $s = f$ the critic decides blindly, $ps/A = p$, and nothing is gained at any price.
#
# ### Exercise 5: simulate it
#
# `with_critic` plays one task with the given random source and returns whether the result is right and how many drafts
# were written. In round `rounds` the draft is taken without asking the critic. `mean_right` plays it 4,000 times.

# %%
source = random.Random(13)


def mean_right(*chances: float, rounds: int) -> tuple[float, float]:
    """Share of right results and mean number of drafts over 4,000 tasks."""
    played = [with_critic(source, *chances, rounds) for _ in range(4000)]
    return float(np.mean([good for good, _ in played])), float(np.mean([drafts for _, drafts in played]))


# %% tags=["exercise"]
def with_critic(
    source: random.Random, right: float, accepts_right: float, accepts_wrong: float, rounds: int
) -> tuple[bool, int]:
    """Whether the taken draft is right, and the number of drafts; rounds is at least 1."""
    return False, 0  # your code: source.random() < right decides whether a draft is right


# %% tags=["check"]
share, drafts = mean_right(0.6, 0.9, 0.2, rounds=1)
assert abs(share - 0.6) < 0.04, f"With one round nobody is asked: right with 0.6, yours {share:.2f}."
assert drafts == 1, "With one round there is exactly one draft."
share, drafts = mean_right(0.6, 1.0, 0.0, rounds=3)
assert abs(share - (1 - 0.4**3)) < 0.03, f"A perfect critic and 3 rounds: 1 - 0.4^3 = 0.936, yours {share:.3f}."
assert abs(drafts - (1 + 0.4 + 0.16)) < 0.1, f"Drafts needed on average: 1 + 0.4 + 0.16 = 1.56, yours {drafts:.2f}."
share, _ = mean_right(0.6, 0.5, 0.5, rounds=4)
assert abs(share - 0.6) < 0.04, f"A critic that tosses a coin changes nothing: 0.6, yours {share:.2f}."
print("Exercise 5 is right.")


# %% tags=["solution"]
def with_critic(
    source: random.Random, right: float, accepts_right: float, accepts_wrong: float, rounds: int
) -> tuple[bool, int]:
    """Whether the taken draft is right, and the number of drafts; rounds is at least 1."""
    for drafts in range(1, rounds + 1):
        is_right = source.random() < right
        if drafts == rounds or source.random() < (accepts_right if is_right else accepts_wrong):
            break
    return is_right, drafts


# %%
def critic_theory(right: float, accepts_right: float, accepts_wrong: float, rounds: int) -> float:
    """The formula above."""
    accepted = right * accepts_right + (1 - right) * accepts_wrong
    rejected = (1 - accepted) ** (rounds - 1)
    return (1 - rejected) * right * accepts_right / accepted + rejected * right


round_counts = list(range(1, 7))
critics = {"sharp: 0.9 / 0.1": (0.9, 0.1), "lenient: 1.0 / 0.6": (1.0, 0.6), "blind: 0.7 / 0.7": (0.7, 0.7)}
figure, axes = plt.subplots(figsize=(6.4, 3.5))
for (name, chances), colour in zip(critics.items(), ["tab:blue", "tab:orange", "tab:gray"], strict=True):
    played = [mean_right(0.6, *chances, rounds=n)[0] for n in round_counts]
    axes.plot(round_counts, played, "o", color=colour, label=f"{name}, simulated")
    axes.plot(round_counts, [critic_theory(0.6, *chances, n) for n in round_counts], "--", color=colour)
axes.set(
    xlabel="round limit",
    ylabel="share of right results",
    title="Worker right with 0.6; critic accepts right / wrong drafts",
    ylim=(0.5, 1.02),
)
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# Dashed lines are the formula. Two lessons. The gain saturates after two or three rounds. And everything depends on the
# critic *telling right from wrong*: another model of the same kind, with the same blind spots, is a blind critic with a
# bill. A test that runs, a schema that validates or a source that is looked up is a sharp one.
#
# The simulation also assumes that drafts are independent. A model that makes the same mistake each time gains nothing
# from more rounds.
#
# ## 9. One agent or several?
#
# One agent writes one draft and is done. That costs $d$ tokens and is right with probability $p$. Worker and critic cost
# more, $c > d$, and are right more often, $P > p$. What decides is the **price of a wrong result**, $w$, in the same unit:
# work done twice, a customer lost. The expected cost of a task is tokens plus damage,
#
# $$d + w\,(1 - p) \quad \text{for one agent}, \qquad c + w\,(1 - P) \quad \text{for both},
# \qquad \text{equal at } w^* = \frac{c - d}{P - p}.$$
#
# Below $w^*$ one agent is better. Count it, with 400 tokens for a draft and 300 for a judgement of the sharp critic:

# %%
DRAFT_TOKENS, JUDGEMENT_TOKENS, ROUNDS = 400, 300, 3
prices = np.array([0, 8000])
figure, axes = plt.subplots(figsize=(6.4, 3.7))
for right, colour in [(0.6, "tab:blue"), (0.9, "tab:orange")]:
    share, drafts = mean_right(right, 0.9, 0.1, rounds=ROUNDS)
    full = sum(with_critic(source, right, 0.9, 0.1, ROUNDS)[1] == ROUNDS for _ in range(4000)) / 4000
    cost = drafts * DRAFT_TOKENS + (drafts - full) * JUDGEMENT_TOKENS  # a last draft is taken without a judgement
    even = (cost - DRAFT_TOKENS) / (share - right)
    print(
        f"worker right with {right}: with the critic {share:.2f}, {cost:.0f} tokens a task, break-even at {even:,.0f}"
    )
    axes.plot(prices, DRAFT_TOKENS + prices * (1 - right), color=colour, label=f"one agent, right with {right}")
    axes.plot(prices, cost + prices * (1 - share), "--", color=colour, label=f"with a critic, worker {right}")
    axes.plot(even, DRAFT_TOKENS + even * (1 - right), "o", color=colour)
axes.set(
    xlabel="price of a wrong result (tokens)",
    ylabel="expected cost (tokens)",
    title="The better the worker, the less a critic",
)
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# The dots are the break-even prices. A worker that is right nine times out of ten needs a much dearer mistake before a
# critic pays. Better tools, a better prompt or a better model raise $p$ of the one agent; try these first, and measure them.
# And where nothing else separates the roles (the same context, the same rights, no check from outside), one agent with a
# good prompt does the same with fewer messages to go wrong.
#
# ## What to take with you
#
# - Split by context, by right or by check. Do not split for the sake of roles.
# - Address messages, pass results and not histories, and count tokens per role from the first day.
# - Approved, rounds, budget, no progress: have all four, and report which one it was.
# - Let a rule supervise where a rule can.
# - First measure one agent with good tools. Several are worth it when what they mend costs more than they do.
#
# ## What to read next
#
# - Papers: *AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation* (2308.08155), *CAMEL* (2303.17760),
#   *Generative Agents* (2304.03442), *Reflexion* (2303.11366).
# - Notes: `27-multi-agent-systems`, `28-agent-frameworks`, `30-multi-agent-in-production`.
# - This is the last lesson. Take the part you know least, and build it again without looking.
