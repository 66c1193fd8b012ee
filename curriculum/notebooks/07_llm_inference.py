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
# # 07. Run local LLMs with Ollama
#
# **Goal.** You can run a language model on your own machine and say in numbers what a run costs: tokens, context,
# memory and time.
#
# **What you will build.** One function that opens a chat model, whatever is installed; a sampler with temperature
# and top-p; a calculator for the key-value cache; a small quantiser.
#
# **Time.** About 60 minutes. **Prerequisites.** Notebook 06 (a GPT from scratch).
#
# Ollama is a program that keeps models on your disk and answers over HTTP. When the variable `STUDY_OLLAMA_URL` names
# a server that answers, this lesson talks to the best model it has. Otherwise it uses the model that is built into
# this project. **The built-in model has no weights**: it follows rules and quotes a library. It shows the
# interface; it does not show what a language model can write. The arithmetic from section 2 on is true of both.

# %%
import warnings

warnings.filterwarnings("ignore", message="IProgress")  # a hint on progress bars that none of the cells has

# %%
import math
import os
import time

import matplotlib.pyplot as plt
import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from agent.embedded.model import EmbeddedChatModel
from agent.llm import ModelOptions, load_chat_model, resolve_model
from curriculum.load import curriculum_folder
from vectorstore.embedder import load_embedder

Vector = NDArray[np.float64]
generator = np.random.default_rng(7)

# %% [markdown]
# ## 1. One door to every model
#
# A chat model takes a list of messages and returns a message. A message has a role: *system* (instructions), *human*
# (the question), *ai* (an answer), *tool* (what a tool returned). Because every provider is wrapped in the same
# interface, the rest of a program does not care who answers. A model is named by one string, `provider/model`.


# %%
def open_model() -> tuple[str, BaseChatModel]:
    """The name of a chat model and the model: from an Ollama server where one is set, else the built-in one."""
    url = os.environ.get("STUDY_OLLAMA_URL", "")
    options = ModelOptions(ollama_url=url, context_tokens=4096) if url else ModelOptions()
    name = resolve_model("auto", options) if url else "embedded"
    embedder = load_embedder("packaged")
    return name, load_chat_model(name, options, embedded=lambda: EmbeddedChatModel(embed=embedder.embed))


model_name, model = open_model()
question = [SystemMessage("You are a patient tutor."), HumanMessage("Hello!")]
answer = model.invoke(question)
print(f"{model_name} answers:\n{answer.text}")
print("tokens the server counted:", answer.usage_metadata)

# %% [markdown]
# `invoke` waits for the whole answer. `stream` yields pieces as they are made. The learner then waits for the *first*
# piece only. Two numbers describe the speed: **time to first token** (reading the prompt) and **tokens per second**
# (writing). They have different causes, as section 5 shows, so measure them apart.

# %%
started = time.perf_counter()
piece_times = []
for piece in model.stream(question):
    piece_times.append(time.perf_counter() - started)
    if len(piece_times) <= 8:
        print(repr(piece.text), end=" ")
print(f"\n{len(piece_times)} pieces, the first after {1000 * piece_times[0]:.1f} ms")

# %% [markdown]
# ## 2. Tokens
#
# A model reads numbers, one for each **token**. *Byte-pair encoding* builds its vocabulary from text: begin with the
# single bytes; count which two neighbours stand together most often; make them one token; repeat. Frequent words
# become one token, rare words several. Here we train such a vocabulary on this project's study notes.


# %%
def train_tokenizer(texts: list[str], vocabulary_size: int) -> Tokenizer:
    """A byte-level BPE tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(vocab_size=vocabulary_size, initial_alphabet=alphabet, show_progress=False),
    )
    return tokenizer


names = ["01-attention", "02-transformer-architecture", "06-lora", "09-react"]
notes = [(curriculum_folder() / "notes" / f"{name}.md").read_text(encoding="utf-8") for name in names]
sizes = [256, 512, 1024, 2048, 4096]
tokenizers = {size: train_tokenizer(notes, size) for size in sizes}
for text in ["the attention of the model", "Antidisestablishmentarianism", "12345 + 678"]:
    print(f"{text!r:32} -> {[tokenizers[2048].decode([i]) for i in tokenizers[2048].encode(text).ids]}")
assert tokenizers[2048].decode(tokenizers[2048].encode(notes[0]).ids) == notes[0], "Byte-level BPE loses nothing."

# %%
characters = sum(map(len, notes))
per_token = [characters / sum(len(tokenizers[size].encode(note).ids) for note in notes) for size in sizes]
figure, axes = plt.subplots(figsize=(6, 3.2))
axes.plot(sizes, per_token, marker="o")
axes.set_xscale("log", base=2)
axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
axes.set(
    xlabel="vocabulary size (tokens)",
    ylabel="characters per token",
    title="A larger vocabulary packs more into a token",
)
plt.show()

# %% [markdown]
# The gain per doubling gets smaller, while the embedding table doubles each time. The curve is flattering: it was
# measured on the texts that the vocabulary was trained on, and on other texts the same vocabulary packs less. Large models use some ten thousand
# to some hundred thousand tokens. As a rule of thumb, English prose has about 4 characters per token; formulas, code
# and many other languages have fewer. Never count words when a limit counts tokens.
#
# ## 3. The context window
#
# Everything the model sees in one call shares one window of $n_{\text{ctx}}$ tokens, and the answer is written into
# the same window:
#
# $$
# n_{\text{system}} + n_{\text{history}} + n_{\text{passages}} + n_{\text{question}} + n_{\text{answer}}
# \le n_{\text{ctx}}
# $$
#
# **Watch out.** A server may cut what does not fit without telling you, and may use a smaller window than the
# model allows. Set the window yourself (`num_ctx` in Ollama), and compare the prompt tokens that the server counted
# with those you sent. If something must go, let it be the oldest turns, chosen by you.
#
# ### Exercise 1: what still fits
#
# Write `fit_history`. It gets the sizes of past turns, oldest first, and a budget in tokens. It returns the
# positions (oldest first) of the turns to keep: the newest ones, without gaps, as many as fit.


# %% tags=["exercise"]
def fit_history(turn_tokens: list[int], budget_tokens: int) -> list[int]:
    """Positions of the newest turns that fit into the budget together, oldest first."""
    # Your code: walk from the newest turn backwards and stop at the first that does not fit.
    return []


# %% tags=["check"]
assert fit_history([300, 200, 100], 350) == [1, 2], (
    "200 + 100 fit into 350, 300 more do not: keep positions 1 and 2, oldest first."
)
assert fit_history([300, 200, 100], 600) == [0, 1, 2], "600 tokens fit into a budget of exactly 600."
assert fit_history([10, 500, 100], 150) == [2], "Leave no gap: a turn behind one that does not fit goes as well."
assert fit_history([200], 100) == [], "A turn that does not fit is not kept in part."
print("Exercise 1 is right.")


# %% tags=["solution"]
def fit_history(turn_tokens: list[int], budget_tokens: int) -> list[int]:
    """Positions of the newest turns that fit into the budget together, oldest first."""
    kept: list[int] = []
    for position in range(len(turn_tokens) - 1, -1, -1):
        if turn_tokens[position] > budget_tokens:
            break
        budget_tokens -= turn_tokens[position]
        kept.insert(0, position)
    return kept


# %% [markdown]
# ## 4. From logits to a token
#
# The last layer gives one number for each token of the vocabulary, its **logit** $z_i$. A softmax with temperature $T$
# makes them probabilities:
#
# $$p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}$$
#
# $T < 1$ sharpens the distribution, $T > 1$ flattens it, and $T \to 0$ always takes the largest logit (*greedy*).
#
# ### Exercise 2: softmax with temperature
#
# Write it so that it does not overflow: $e^{1000}$ is infinite, but a constant may be taken off all logits first.


# %% tags=["exercise"]
def softmax(logits: Vector, temperature: float) -> Vector:
    """The probabilities of the tokens, same shape as `logits`."""
    # Your code: divide by the temperature, take off the maximum, exponentiate, normalise.
    return np.zeros_like(logits)


# %% tags=["check"]
logits = np.array([4.0, 3.0, 2.0, 1.0, 0.0])
checked = softmax(logits, 1.0)
assert math.isclose(float(checked.sum()), 1.0), "The probabilities of one step must sum to 1."
assert math.isclose(float(checked[0] / checked[1]), math.e), "At T = 1 a logit that is 1 larger is e times as likely."
assert math.isclose(float(softmax(logits, 0.5)[0] / softmax(logits, 0.5)[1]), math.e**2), "Divide by the temperature."
assert np.isfinite(softmax(np.array([1000.0, 999.0]), 1.0)).all(), "Take off the maximum before you exponentiate."
print("Exercise 2 is right.")


# %% tags=["solution"]
def softmax(logits: Vector, temperature: float) -> Vector:
    """The probabilities of the tokens, same shape as `logits`."""
    scaled = (logits - logits.max()) / temperature
    powers = np.exp(scaled)
    return powers / powers.sum()


# %%
words = ["mat", "sofa", "floor", "roof", "moon", "idea"]
example_logits = np.array([3.2, 2.6, 2.1, 1.2, 0.1, -1.0])
figure, axes = plt.subplots(figsize=(6.5, 3.2))
for place, temperature in enumerate([0.5, 1.0, 2.0]):
    axes.bar(np.arange(6) + 0.27 * (place - 1), softmax(example_logits, temperature), 0.25, label=f"T = {temperature}")
axes.set_xticks(range(6), words)
axes.set(xlabel="next token after “the cat sat on the”", ylabel="probability", title="Temperature reshapes one step")
axes.legend()
plt.show()

# %% [markdown]
# Even unlikely tokens are drawn now and then, and one bad token can spoil the rest. **Top-p** (nucleus) sampling cuts
# the tail off: sort by probability, keep the smallest set of tokens whose sum reaches $p$, set the rest to zero and
# normalise again. The set is small when the model is sure and large when it is not.
#
# ### Exercise 3: top-p
#
# Return probabilities of the same length and in the same order.


# %% tags=["exercise"]
def top_p(probabilities: Vector, threshold: float) -> Vector:
    """The probabilities with the tail outside the nucleus set to zero, summing to 1 again."""
    # Your code: np.argsort, np.cumsum; the token that makes the sum reach the threshold still belongs to the set.
    return probabilities


# %% tags=["check"]
kept = top_p(np.array([0.1, 0.5, 0.15, 0.25]), 0.7)
assert np.count_nonzero(kept) == 2, "0.5 + 0.25 reaches 0.7, so exactly two tokens stay."
assert np.allclose(kept, [0, 2 / 3, 0, 1 / 3]), "Keep the order of the tokens and normalise."
assert np.allclose(top_p(np.array([0.6, 0.4]), 0.3), [1, 0]), "At least the most probable token stays."
assert np.allclose(top_p(np.array([0.6, 0.4]), 1.0), [0.6, 0.4]), "With p = 1 nothing is cut."
print("Exercise 3 is right.")


# %% tags=["solution"]
def top_p(probabilities: Vector, threshold: float) -> Vector:
    """The probabilities with the tail outside the nucleus set to zero, summing to 1 again."""
    order = np.argsort(-probabilities, kind="stable")
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = np.zeros_like(probabilities)
    chosen = order[before < threshold - 1e-12]
    kept[chosen] = probabilities[chosen]
    return kept / kept.sum()


# %%
nucleus = top_p(softmax(example_logits, 1.0), 0.9)
draws = generator.choice(6, size=10_000, p=nucleus)
for word, probability, count in zip(words, nucleus, np.bincount(draws, minlength=6), strict=True):
    print(f"{word:6} p = {probability:.3f}   drawn {count / 10_000:.3f}")

# %% [markdown]
# ## 5. The key-value cache
#
# To write token $t$, attention needs the keys and values of all tokens before it. They do not change, because a causal
# model never looks ahead. So they are kept, and each step computes them for one new token only. This cell shows on one
# head that the cached way gives the same result.

# %%
steps, width = 12, 16
inputs = generator.normal(size=(steps, width))
query_weight, key_weight, value_weight = generator.normal(size=(3, width, width)) / math.sqrt(width)


def attend(query: Vector, keys: Vector, values: Vector) -> Vector:
    """The output of one head for one query: (width,), (t, width), (t, width) -> (width,)."""
    return softmax(keys @ query / math.sqrt(width), 1.0) @ values


cached_keys, cached_values = np.empty((0, width)), np.empty((0, width))
for step in range(steps):
    token = inputs[step]
    cached_keys = np.vstack([cached_keys, token @ key_weight])  # one new row, not step + 1 of them
    cached_values = np.vstack([cached_values, token @ value_weight])
    with_cache = attend(token @ query_weight, cached_keys, cached_values)
    seen = inputs[: step + 1]
    without_cache = attend(token @ query_weight, seen @ key_weight, seen @ value_weight)
    assert np.allclose(with_cache, without_cache), "The cache must not change the result."
print(f"Same outputs. Keys computed: {steps} with the cache, {steps * (steps + 1) // 2} without.")

# %% [markdown]
# The price is memory. Each layer keeps a key and a value for each token and each key-value head:
#
# $$
# \text{bytes} = 2 \cdot n_{\text{layers}} \cdot n_{\text{kv heads}} \cdot d_{\text{head}} \cdot n_{\text{tokens}}
# \cdot \text{bytes per number}
# $$
#
# With *grouped-query attention* several query heads share one key-value head, so $n_{\text{kv heads}}$ is smaller than
# the number of query heads. That is its whole point.
#
# ### Exercise 4: how large is the cache?


# %% tags=["exercise"]
def cache_bytes(layers: int, kv_heads: int, head_width: int, tokens: int, bytes_per_number: int = 2) -> int:
    """Memory of the key-value cache of one sequence."""
    return 0  # your code


# %% tags=["check"]
assert cache_bytes(1, 1, 1, 1) == 4, "One key and one value of 2 bytes each are 4 bytes; did you forget the factor 2?"
assert cache_bytes(32, 32, 128, 1) == 524_288, "32 layers, 32 heads of 128 in 16 bits: 512 KiB for each token."
assert cache_bytes(32, 8, 128, 4096) == 2**29, "With 8 key-value heads, 4,096 tokens take half a GiB."
assert cache_bytes(32, 8, 128, 4096, 1) == 2**28, "A cache in 8 bits takes half of that."
print("Exercise 4 is right.")


# %% tags=["solution"]
def cache_bytes(layers: int, kv_heads: int, head_width: int, tokens: int, bytes_per_number: int = 2) -> int:
    """Memory of the key-value cache of one sequence."""
    return 2 * layers * kv_heads * head_width * tokens * bytes_per_number


# %%
windows = np.array([2, 4, 8, 16, 32, 64]) * 1024
figure, axes = plt.subplots(figsize=(6, 3.4))
for heads, label in [(32, "32 key-value heads (full)"), (8, "8 (grouped-query)"), (1, "1 (multi-query)")]:
    axes.plot(windows // 1024, [cache_bytes(32, heads, 128, int(n)) / 2**30 for n in windows], marker="o", label=label)
axes.set_xscale("log", base=2)
axes.set_yscale("log", base=2)
axes.set_xticks(windows // 1024, [f"{n}" for n in windows // 1024])
axes.set_yticks([1 / 16, 1 / 4, 1, 4, 16], ["1/16", "1/4", "1", "4", "16"])
axes.set(
    xlabel="context (thousand tokens)",
    ylabel="cache of one sequence (GiB)",
    title="32 layers, heads of width 128, 16 bits",
)
axes.legend()
plt.show()

# %% [markdown]
# **Reading is parallel, writing is not.** The prompt is read in large matrix products (limited by arithmetic). Each
# written token must pull all weights through memory once (limited by bandwidth), so for one user
#
# $$\text{tokens per second} \lesssim \frac{\text{memory bandwidth}}{\text{bytes of the weights}}$$
#
# An example: 4 GB of weights and a bandwidth of 100 GB/s give at most 25 tokens per second. Fewer bytes per weight
# therefore mean both less memory and more speed. This is why local models are quantised.
#
# ## 6. Quantisation
#
# The simplest quantiser works on a block of weights $w$ with $b$ bits. The scale is
# $s = \max_i |w_i| \,/\, (2^{b-1} - 1)$, the stored integers are $q_i = \mathrm{round}(w_i / s)$, and the weights that
# are used are $\hat w_i = s\, q_i$. The error of a weight is at most $s/2$. With one 16-bit scale for a block of
# $n$ weights, storage is $b + 16/n$ bits per weight.
#
# ### Exercise 5: quantise a block
#
# Return the integers (as an array) and the scale. A block of zeros has scale 1.


# %% tags=["exercise"]
def quantise(block: Vector, bits: int) -> tuple[NDArray[np.int64], float]:
    """The integers of a block and its scale."""
    return np.zeros(len(block), dtype=np.int64), 1.0  # your code


# %% tags=["check"]
integers, scale = quantise(np.array([-1.0, 0.5, 0.26, 0.0]), 3)
assert math.isclose(scale, 1 / 3), "3 bits reach from -3 to 3, so the scale of a block with maximum 1 is 1/3."
assert integers.tolist() == [-3, 2, 1, 0], "Divide by the scale and round: -3, 1.5 -> 2, 0.78 -> 1, 0."
block = generator.normal(size=64)
integers, scale = quantise(block, 8)
assert np.abs(block - scale * integers).max() <= scale / 2 + 1e-12, "No weight may be off by more than half a step."
assert quantise(np.zeros(4), 4)[1] == 1.0, "A block of zeros has scale 1; do not divide by zero."
print("Exercise 5 is right.")


# %% tags=["solution"]
def quantise(block: Vector, bits: int) -> tuple[NDArray[np.int64], float]:
    """The integers of a block and its scale."""
    scale = float(np.abs(block).max()) / (2 ** (bits - 1) - 1) or 1.0
    return np.round(block / scale).astype(np.int64), scale


# %%
weights = generator.normal(size=32 * 256) * 0.02
weights[::1000] *= 12  # a few outliers, as trained weights have them


def relative_error(bits: int, block_size: int) -> float:
    """Root of the mean squared error, as a share of the weights' own spread."""
    blocks = weights.reshape(-1, block_size)
    restored = np.concatenate([scale * integers for integers, scale in (quantise(block, bits) for block in blocks)])
    return float(np.sqrt(np.mean((restored - weights) ** 2)) / weights.std())


figure, axes = plt.subplots(figsize=(6, 3.4))
for block_size in (8192, 256, 32):
    bit_counts = [3, 4, 5, 6, 8]
    stored = [bits + 16 / block_size for bits in bit_counts]
    axes.plot(stored, [relative_error(b, block_size) for b in bit_counts], marker="o", label=f"blocks of {block_size}")
axes.set_yscale("log")
axes.set(xlabel="stored bits per weight", ylabel="relative error", title="Small blocks keep outliers to themselves")
axes.legend()
plt.show()

for label, bits in [("16 bits", 16.0), ("8 bits, blocks of 32", 8.5), ("4 bits, blocks of 32", 4.5)]:
    print(f"7 billion weights in {label:22} {7e9 * bits / 8 / 1e9:5.1f} GB")

# %% [markdown]
# An error in the weights is not an error in the answers. Measure a quantised model on your own task before you trust
# it: large models lose little at 4 bits, small models lose more, and long calculations suffer first.
#
# ## What to take with you
#
# - Every limit counts tokens, and the answer shares the window with the prompt.
# - Temperature and top-p change which token is drawn, not what the model knows.
# - Memory is weights (parameters times bits) plus cache (layers, key-value heads, tokens). Compute both beforehand.
# - Time to first token grows with the prompt; time per token grows with the bytes of the weights.
#
# ## What to read next
#
# - Papers: *Mistral 7B* (grouped-query attention and a rolling cache), *QLoRA* (4-bit weights), *FlashAttention*.
# - Notes: `17-gpt-architecture`, `38-cost-optimization`, `39-caching`, `41-model-selection`.
# - Notebook 08 adapts a model without training all its weights.
