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
# # 09. Prompting techniques
#
# **Goal.** You can compare two prompts by measurement and not by taste, and you know what zero-shot, few-shot, chain of
# thought, self-consistency and structured output each change.
#
# **What you will build.** A task with known answers, a parser, a scorer with confidence intervals, a majority vote and
# a retry loop that returns a validated object.
#
# **Time.** About 60 minutes. **Prerequisites.** Notebook 07; the note `08-chain-of-thought`.
#
# **About the model in this lesson.** A small computer has no model that solves word problems well. So a **simulated
# solver** stands in: ordinary code that reads the prompt, computes the answer and makes mistakes on purpose, with
# probabilities that we chose. Its results illustrate the *method of measurement*. They say nothing about any real
# model. The last section runs a real one through the same code when `STUDY_OLLAMA_URL` names a server with a model.

# %%
import json
import math
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.pyplot as plt
from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, ValidationError

from agent.llm import ModelOptions, load_chat_model, resolve_model

# %% [markdown]
# ## 1. A task with known answers
#
# Each problem has a price, a count and a discount, in two or three steps. A program writes the problems, so the answers
# are exact and we can have as many as we like. Half of them are for looking at while you improve the prompt (*dev*).
# The rest are looked at once, at the end (*test*). A prompt that was tuned on the test problems has no honest score.


# %%
@dataclass(frozen=True)
class Problem:
    """A word problem and its answer."""

    text: str
    answer: float
    steps: int


def make_problem(source: random.Random) -> Problem:
    """One problem of two or three steps."""
    hours, machines, price = source.randint(2, 9), source.randint(2, 9), source.randint(2, 9)
    text = f"A training run uses {machines} machines for {hours} hours at {price} euros per machine hour."
    answer = float(hours * machines * price)
    if source.random() < 0.5:
        return Problem(f"{text} What does it cost in euros?", answer, 2)
    percent = source.choice([10, 20, 25, 50])
    question = f"{text} There is a discount of {percent}%. What does it cost in euros?"
    return Problem(question, round(answer * (1 - percent / 100), 2), 3)


source = random.Random(9)
problems = [make_problem(source) for _ in range(1000)]
dev, test = problems[:500], problems[500:]
print(dev[0].text, "->", dev[0].answer)
print("steps in dev:", Counter(problem.steps for problem in dev))

# %% [markdown]
# ## 2. The simulated solver
#
# A model here is any function from a prompt, a temperature and a seed to a text. The simulated one behaves as follows.
#
# | what the prompt has | what the simulation does |
# |---|---|
# | no example | in 30% of the answers it ignores the wanted form and only says a number in a sentence |
# | at least one example | it follows the form in 98% of the answers |
# | a request for steps | it writes each step; a step goes wrong with probability 0.08 |
# | no request for steps | it answers at once; the answer goes wrong with probability 0.25 for each step needed |
# | temperature 0 | the same prompt always gives the same text |
#
# With independent steps, a chain of $s$ steps is right with probability $(1 - e)^s$: $0.92^3 = 0.78$ here, against
# $0.75^3 = 0.42$ without writing the steps. A wrong step doubles the number or takes off a tenth of it: two common
# wrong answers and not a thousand different ones. Section 6 shows why that matters.

# %%
Model = Callable[[str, float, int], str]
NUMBERS = re.compile(r"uses (\d+) machines for (\d+) hours at (\d+) euros(?:.*?discount of (\d+)%)?", re.S)


def simulated_solver(prompt: str, temperature: float, seed: int) -> str:
    """An answer in the way of a model, with mistakes made on purpose."""
    chance = random.Random(f"{prompt}|{seed if temperature else 0}")
    machines, hours, price, percent = NUMBERS.findall(prompt)[-1]
    writes_steps = "step by step" in prompt.lower() or "hours are" in prompt
    error_rate = 0.08 if writes_steps else 0.25
    parts = [("machine hours", int(machines) * int(hours)), ("euros", int(price))]
    factors = [float(parts[0][1]), float(price)] + ([1 - int(percent) / 100] if percent else [])
    value, lines = 1.0, []
    for number, factor in enumerate(factors, start=1):
        value *= factor
        if chance.random() < error_rate:
            value *= chance.choice([2.0, 0.9])
        lines.append(f"Step {number}: multiply by {factor:g}, which gives {value:.2f}.")
    in_form = chance.random() < (0.98 if "A:" in prompt.split("Q:")[1] and prompt.count("Q:") > 1 else 0.7)
    ending = f"The answer is {value:.2f}." if in_form else f"I think it comes to {value:.2f} euros or so, all in all."
    return "\n".join([*lines, ending]) if writes_steps else ending


print(simulated_solver(f"Q: {dev[0].text}\nThink step by step.\nA:", 0.0, 0))

# %% [markdown]
# ## 3. Parse, strictly
#
# A program needs the number and not the sentence. We tell the model the form, *The answer is X.*, and accept nothing
# else. A loose parser ("take any number") hides that the model ignores the form, and takes wrong numbers from the steps.
#
# ### Exercise 1: parse the answer
#
# Return the number of the **last** `The answer is X` in the text, or `None` when there is none. Numbers may have a
# sign, a currency sign before them, thousands separators and decimals: `The answer is €1,234.50.` is 1234.5.


# %% tags=["exercise"]
def parse_answer(text: str) -> float | None:
    """The number after the last "The answer is"; None when the form was not kept."""
    # Your code: re.findall, then take off the commas and a full stop at the end.
    return 0.0


# %% tags=["check"]
assert parse_answer("The answer is 42.") == 42, "The full stop that ends the sentence does not belong to the number."
assert parse_answer("The answer is 5.\nNo, wait. The answer is 6.") == 6, (
    "Take the last one: models correct themselves."
)
assert parse_answer("The answer is €1,234.50.") == 1234.5, "Allow a currency sign and thousands separators."
assert parse_answer("The answer is -3.5") == -3.5, "Allow a sign."
assert parse_answer("It comes to 42 euros.") is None, "Without the agreed form the result is None, not a guess."
assert parse_answer("The answer is unknown.") is None, "No number after the words: None."
print("Exercise 1 is right.")


# %% tags=["solution"]
def parse_answer(text: str) -> float | None:
    """The number after the last "The answer is"; None when the form was not kept."""
    found = re.findall(r"[Tt]he answer is [€$]?(-?\d[\d,]*(?:\.\d+)?)", text)
    return float(found[-1].replace(",", "")) if found else None


# %% [markdown]
# ## 4. Score, with an interval
#
# Accuracy over $n$ problems is an estimate. With $n = 20$ problems, 14 and 16 right answers are hardly different. The
# **Wilson interval** for $k$ right answers of $n$, with $\hat p = k/n$ and $z = 1.96$ for 95%, is
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}}}{1 + \frac{z^2}{n}}$$
#
# Unlike $\hat p \pm z \sqrt{\hat p (1 - \hat p) / n}$ it stays inside 0 and 1 and has a width when $k = n$.
#
# ### Exercise 2: the Wilson interval


# %% tags=["exercise"]
def wilson_interval(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Lower and upper end of the 95% interval of an accuracy."""
    return 0.0, 0.0  # your code


# %% tags=["check"]
low, high = wilson_interval(80, 100)
assert abs(low - 0.7112) < 1e-3, f"The lower end for 80 of 100 is about 0.711, yours is {low:.3f}."
assert abs(high - 0.8666) < 1e-3, f"The upper end for 80 of 100 is about 0.867, yours is {high:.3f}."
assert 0.83 < wilson_interval(20, 20)[0] < 0.85, "20 of 20 right still leaves room below 1: about 0.839."
assert wilson_interval(20, 20)[1] <= 1 + 1e-12, "An accuracy is never above 1."
assert wilson_interval(800, 1000)[0] > low, "Ten times the problems give a narrower interval."
print("Exercise 2 is right.")


# %% tags=["solution"]
def wilson_interval(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Lower and upper end of the 95% interval of an accuracy."""
    share = right / count
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return (centre - spread) / scale, (centre + spread) / scale


# %% [markdown]
# ## 5. Four prompts, measured
#
# - **Zero-shot**: the question and the wanted form.
# - **Few-shot**: two solved examples first. They show the form, and a real model also takes the task from them.
# - **Zero-shot chain of thought**: the request to think step by step.
# - **Few-shot chain of thought**: solved examples whose solutions spell out the steps.

# %%
FORM = "End with: The answer is X."
EXAMPLES = [
    ("A training run uses 4 machines for 6 hours at 2 euros per machine hour. What does it cost in euros?", "48"),
    (
        "A training run uses 2 machines for 5 hours at 3 euros per machine hour. There is a discount of 10%. "
        "What does it cost in euros?",
        "27",
    ),
]
STEPS = [
    "4 machines for 6 hours are 24 machine hours. 24 times 2 is 48.",
    "2 machines for 5 hours are 10 machine hours. 10 times 3 is 30. 90% of 30 is 27.",
]
PLAIN = "\n".join(f"Q: {question}\nA: The answer is {answer}." for question, answer in EXAMPLES)
CHAINS = "\n".join(
    f"Q: {question}\nA: {steps} The answer is {answer}."
    for (question, answer), steps in zip(EXAMPLES, STEPS, strict=True)
)
PROMPTS: dict[str, Callable[[Problem], str]] = {
    "zero-shot": lambda problem: f"Q: {problem.text} {FORM}\nA:",
    "few-shot": lambda problem: f"{PLAIN}\nQ: {problem.text} {FORM}\nA:",
    "zero-shot CoT": lambda problem: f"Q: {problem.text} Think step by step. {FORM}\nA:",
    "few-shot CoT": lambda problem: f"{CHAINS}\nQ: {problem.text} {FORM}\nA:",
}


@dataclass(frozen=True)
class Score:
    """What a prompt did on a set of problems."""

    right: int
    unparsed: int
    count: int
    characters: float
    """Mean length of prompt and answer: what one question costs."""


def is_right(answer: float | None, problem: Problem) -> bool:
    """Whether an answer is exact to the cent."""
    return answer is not None and abs(answer - problem.answer) < 0.005


def measure(model: Model, prompt: Callable[[Problem], str], items: list[Problem]) -> Score:
    """One greedy answer for each problem, parsed and compared."""
    asked = [prompt(problem) for problem in items]
    texts = [model(text, 0.0, 0) for text in asked]
    answers = [parse_answer(text) for text in texts]
    right = sum(is_right(answer, problem) for answer, problem in zip(answers, items, strict=True))
    length = sum(map(len, asked + texts)) / len(items)
    return Score(right, sum(answer is None for answer in answers), len(items), length)


scores = {name: measure(simulated_solver, prompt, dev) for name, prompt in PROMPTS.items()}
for name, score in scores.items():
    low, high = wilson_interval(score.right, score.count)
    print(
        f"{name:14} right {score.right / score.count:.2f} [{low:.2f}, {high:.2f}]  "
        f"not in form {score.unparsed / score.count:.2f}  {score.characters:.0f} characters"
    )

# %%
shares = [score.right / score.count for score in scores.values()]
ends = [wilson_interval(score.right, score.count) for score in scores.values()]
figure, axes = plt.subplots(figsize=(6.5, 3.4))
lower = [share - low for share, (low, _) in zip(shares, ends, strict=True)]
upper = [high - share for share, (_, high) in zip(shares, ends, strict=True)]
axes.bar(list(scores), shares, yerr=[lower, upper], capsize=5, color="tab:blue", alpha=0.8)
axes.set(ylabel="accuracy (95% interval)", title="Simulated solver, 500 dev problems", ylim=(0, 1))
plt.show()

# %% [markdown]
# Read the two causes apart. The column *not in form* is a fault of form, and examples mend it. The rest is a fault of
# calculation, and written steps mend that. A single accuracy number would have mixed the two.
#
# **Watch out.** Two prompts were tried on the *same* problems, so compare them problem by problem: only those where one
# is right and the other wrong say anything. Overlapping intervals do not prove that two prompts are equal.

# %%
plain = [is_right(parse_answer(simulated_solver(PROMPTS["few-shot"](p), 0.0, 0)), p) for p in dev]
chain = [is_right(parse_answer(simulated_solver(PROMPTS["few-shot CoT"](p), 0.0, 0)), p) for p in dev]
gained = sum(after and not before for before, after in zip(plain, chain, strict=True))
lost = sum(before and not after for before, after in zip(plain, chain, strict=True))
larger, changed = max(gained, lost), gained + lost
tail = sum(math.comb(changed, k) for k in range(larger, changed + 1)) / 2**changed
print(f"Steps mended {gained} problems and spoiled {lost}; by chance alone p = {min(1.0, 2 * tail):.1e} (sign test)")

# %% [markdown]
# ## 6. Self-consistency
#
# Draw several chains at a temperature above 0 and take the most frequent final answer:
# $\hat a = \arg\max_a \sum_{j=1}^{n} \mathbf{1}[a_j = a]$.
#
# ### Exercise 3: the vote
#
# Answers that could not be parsed (`None`) do not vote. In a tie the answer that came first wins. Without any vote the
# result is `None`.


# %% tags=["exercise"]
def majority(answers: list[float | None]) -> float | None:
    """The most frequent answer."""
    return answers[0]  # your code


# %% tags=["check"]
assert majority([1.0, 2.0, 2.0]) == 2.0, "2.0 has two votes."
assert majority([None, None, 3.0]) == 3.0, "None is no answer and has no vote, however often it occurs."
assert majority([5.0, 4.0, 4.0, 5.0]) == 5.0, "In a tie the one that came first wins."
assert majority([None, None]) is None, "Nobody voted: None."
print("Exercise 3 is right.")


# %% tags=["solution"]
def majority(answers: list[float | None]) -> float | None:
    """The most frequent answer."""
    votes = Counter(answer for answer in answers if answer is not None)
    return votes.most_common(1)[0][0] if votes else None


# %% [markdown]
# In theory: if a chain is right with probability $p$, chains are independent and all wrong chains agree (the worst
# case), then with an odd number $n$ of chains
#
# $$P(\text{vote right}) = \sum_{k > n/2} \binom{n}{k} p^k (1 - p)^{n-k}$$
#
# If wrong chains disagree with one another, the vote does better than this. If $p < 1/2$ and they agree, it does worse
# than one chain: **voting amplifies whatever the model tends to**.


# %%
def vote_theory(p: float, count: int) -> float:
    """Probability that the majority of an odd number of chains is right when wrong chains agree."""
    return sum(math.comb(count, k) * p**k * (1 - p) ** (count - k) for k in range(count // 2 + 1, count + 1))


chain_counts = [1, 3, 5, 9, 15]
hard = [problem for problem in dev if problem.steps == 3]
drawn = {
    name: [[parse_answer(simulated_solver(PROMPTS[name](p), 0.7, seed)) for seed in range(15)] for p in hard]
    for name in ("few-shot", "few-shot CoT")
}
figure, axes = plt.subplots(figsize=(6.5, 3.6))
for name, colour in [("few-shot", "tab:orange"), ("few-shot CoT", "tab:blue")]:
    single = sum(is_right(a, p) for row, p in zip(drawn[name], hard, strict=True) for a in row) / (15 * len(hard))
    voted = [
        sum(is_right(majority(row[:n]), p) for row, p in zip(drawn[name], hard, strict=True)) / len(hard)
        for n in chain_counts
    ]
    axes.plot(chain_counts, voted, marker="o", color=colour, label=f"{name}, measured")
    worst = [vote_theory(single, n) for n in chain_counts]
    axes.plot(chain_counts, worst, linestyle="--", color=colour, label=f"{name}, worst case for p = {single:.2f}")
axes.set(xlabel="chains per problem", ylabel="accuracy", title="Self-consistency on the three-step problems")
axes.set_ylim(0, 1.02)
axes.legend(fontsize=8)
plt.show()

# %% [markdown]
# The dashed lines part at $p = 1/2$. The measured orange line climbs although $p < 1/2$, because our solver's mistakes
# spread over several wrong answers. A real model may repeat *one* favourite mistake. Then the dashed line is the
# truth. Every point to the right costs as many times more tokens.
#
# ## 7. Structured output: validate, tell, retry
#
# For a program, text is a bad interface. Ask for JSON of a fixed schema, check it with pydantic, and when it fails send
# the **error message** back. The schema belongs in the prompt too, and many servers can force the form of the output
# (*constrained decoding*). Validation stays necessary: a form can be right and its content wrong.


# %%
class Invoice(BaseModel):
    """What the program wants to have."""

    machine_hours: int
    total_euros: float


def simulated_writer(prompt: str, temperature: float, seed: int) -> str:
    """JSON in the way of a model: some of it broken, fewer mistakes when the prompt names the last error."""
    chance = random.Random(f"{prompt}|{seed}")
    machines, hours, price, percent = NUMBERS.findall(prompt)[-1]
    total = int(machines) * int(hours) * int(price) * (1 - int(percent or 0) / 100)
    good = {"machine_hours": int(machines) * int(hours), "total_euros": round(total, 2)}
    if chance.random() < (0.15 if "error" in prompt else 0.4):
        faults = [json.dumps(good)[:-1], f"Sure! Here it is: {json.dumps(good)}", json.dumps({"total": total})]
        return chance.choice([*faults, json.dumps({**good, "machine_hours": "about twenty"})])
    return json.dumps(good)


try:
    Invoice.model_validate_json('{"machine_hours": "about twenty", "total_euros": 27}')
except ValidationError as error:
    print(error)

# %% [markdown]
# ### Exercise 4: the retry loop
#
# Call the model up to `attempts` times with `seed` 0, 1, 2, … Return the validated `Invoice` and the number of calls.
# After a failure, the next prompt is the first prompt and the word `error` with the text of the last error. When all
# attempts fail, return `None` and the number of calls. Catch `ValidationError` only: other faults are not the model's.


# %% tags=["exercise"]
def ask_for_invoice(model: Model, prompt: str, attempts: int) -> tuple[Invoice | None, int]:
    """The validated answer, None when there is none, and the number of calls it took."""
    return None, 0  # your code


# %% tags=["check"]
heard: list[str] = []


def scripted(prompt: str, temperature: float, seed: int) -> str:
    """Fails twice, then answers well; keeps what it was asked."""
    heard.append(prompt)
    return ["{", '{"machine_hours": "x"}', '{"machine_hours": 2, "total_euros": 3.5}'][len(heard) - 1]


found, calls = ask_for_invoice(scripted, "Write the invoice.", 5)
assert calls == 3, f"The third answer is valid, so 3 calls and no more; yours made {calls}."
assert found == Invoice(machine_hours=2, total_euros=3.5), "Return the validated Invoice."
assert heard[0] == "Write the invoice.", "The first call has the prompt as it is."
assert "error" in heard[1], "A retry has the word error and the text of the error in its prompt."
assert heard[2].startswith("Write the invoice."), "A retry begins with the prompt."
assert "machine_hours" in heard[2], "Name the LAST error, which was about machine_hours."
heard.clear()
assert ask_for_invoice(scripted, "Write the invoice.", 2) == (None, 2), (
    "After the last attempt: None, and the calls made."
)
print("Exercise 4 is right.")


# %% tags=["solution"]
def ask_for_invoice(model: Model, prompt: str, attempts: int) -> tuple[Invoice | None, int]:
    """The validated answer, None when there is none, and the number of calls it took."""
    asked = prompt
    for attempt in range(attempts):
        try:
            return Invoice.model_validate_json(model(asked, 0.7, attempt)), attempt + 1
        except ValidationError as error:
            asked = f"{prompt}\nYour last answer had this error:\n{error}"
    return None, attempts


# %%
SCHEMA = json.dumps(Invoice.model_json_schema()["properties"])
for attempts in (1, 2, 3, 4):
    results = [ask_for_invoice(simulated_writer, f"Q: {p.text}\nJSON with {SCHEMA}:", attempts) for p in dev]
    valid = sum(invoice is not None for invoice, _ in results) / len(dev)
    calls_each = sum(calls for _, calls in results) / len(dev)
    print(f"at most {attempts} calls: valid {valid:.3f}, {calls_each:.2f} calls each")
print("With failure rates 0.4 and then 0.15, theory says", [round(1 - 0.4 * 0.15**k, 4) for k in range(4)])

# %% [markdown]
# ## 8. The final score, and a real model
#
# The prompt was chosen on *dev*. Now, once, it meets *test*. The same `measure` takes a real chat model.


# %%
def real_model() -> Model | None:
    """A chat model of the Ollama server at STUDY_OLLAMA_URL; None when there is none."""
    url = os.environ.get("STUDY_OLLAMA_URL", "")
    name = resolve_model("auto", ModelOptions(ollama_url=url)) if url else "embedded"
    if name == "embedded":
        return None

    def no_embedded() -> BaseChatModel:
        raise LookupError("A server was found, so the built-in model is not asked for.")

    chat = load_chat_model(name, ModelOptions(ollama_url=url), embedded=no_embedded)

    def ask(prompt: str, temperature: float, seed: int) -> str:
        sampling = {"temperature": temperature, "seed": seed, "num_ctx": 4096}
        return chat.bind(options=sampling).invoke(prompt).text

    return ask


final = measure(simulated_solver, PROMPTS["few-shot CoT"], test)
low, high = wilson_interval(final.right, final.count)
print(f"few-shot CoT on test, simulated: {final.right / final.count:.2f} [{low:.2f}, {high:.2f}]")
chat = real_model()
if chat is None:
    print("No Ollama server is set, so there is no real model to measure.")
else:
    for name, prompt in PROMPTS.items():
        score = measure(chat, prompt, test[:20])
        print(f"{name:14} real model, 20 problems: {score.right} right, {score.unparsed} not in form")

# %% [markdown]
# ## What to take with you
#
# - Decide what is right, and how it is parsed, before you write the second prompt.
# - Report an interval. Compare prompts on the same problems. Touch the test set once.
# - Tell faults of form from faults of content: they have different remedies.
# - Steps and votes buy accuracy with tokens. Say what a right answer costs, not only how often it is right.
#
# ## What to read next
#
# - Papers: *Chain-of-Thought Prompting Elicits Reasoning in Large Language Models*, *Self-Consistency Improves Chain of
#   Thought Reasoning in Language Models*, *Large Language Models are Zero-Shot Reasoners*, *Language Models are Few-Shot
#   Learners*.
# - Notes: `08-chain-of-thought`, `42-prompt-optimization`, `36-evaluation-and-monitoring`.
# - Notebook 10 lets the model act between its thoughts.
