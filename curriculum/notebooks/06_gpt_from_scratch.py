# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06. Build GPT from scratch
#
# **Goal.** Build the model behind GPT from its parts, train it until it writes, and say in numbers what it has learned
# and what it has not.
#
# **What you will build.** A character-level GPT of about 100,000 parameters: batches, causal attention, blocks, tied
# weights, a sampler with temperature and top-k, and the training loop. It writes small stories that no one wrote.
#
# **Time.** About 100 minutes. The cells themselves run in about half a minute on two cores.
#
# **Prerequisites.** Notebooks 04_attention_from_scratch (heads, the causal mask) and 05_transformer_encoder (the block).

# %%
import math
import random
import re
from collections import Counter

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)  # the matrices are small: a second thread costs more than it brings
torch.manual_seed(0)

# %% [markdown]
# ## 1. A text whose best loss we know
#
# A GPT is trained on one task: given the text so far, say what comes next. We need a text. A program writes ours, so
# nothing is downloaded, and there is a second advantage: we know how much chance is in it, and so how low the loss can go.
#
# Each line is a story. Names, colours, things, places and verbs are drawn at random. The rest is not free: the pronouns
# fit the names, and the last sentence repeats colour and thing of the first.

# %%
PRONOUNS = {"Mira": "She", "Anna": "She", "Olga": "She", "Tom": "He", "Paul": "He", "Omar": "He"}
COLOURS = ["red", "blue", "green", "white", "black", "yellow"]
THINGS = ["kite", "boat", "lamp", "hat", "drum", "book", "coat", "ball"]
PLACES = ["river", "hill", "market", "garden", "station", "bridge", "school", "wood"]
VERBS = ["likes", "sees", "takes", "wants"]


def write_story(source):
    owner, friend = source.sample(list(PRONOUNS), 2)
    colour, thing = source.choice(COLOURS), source.choice(THINGS)
    return (
        f"{owner} has a {colour} {thing}. {PRONOUNS[owner]} meets {friend} at the {source.choice(PLACES)}. "
        f"{PRONOUNS[friend]} {source.choice(VERBS)} the {colour} {thing}.\n"
    )


source = random.Random(6)
stories = sorted({write_story(source) for _ in range(4000)})  # each story once, so validation holds none of training
source.shuffle(stories)
train_stories, valid_stories = stories[400:], stories[:400]
print("".join(train_stories[:4]))
possible = 6 * 5 * 6 * 8 * 8 * 4
print(f"{len(train_stories):,} stories to train on, {possible:,} are possible")

# %% [markdown]
# ## 2. Characters, batches, targets
#
# Our tokens are single characters: a vocabulary of about thirty, and no tokenizer to train. (Large models use pieces of
# words, notebook 07_llm_inference.)

# %%
symbols = sorted(set("".join(train_stories)))
number_of = {symbol: number for number, symbol in enumerate(symbols)}


def encode(text):
    return torch.tensor([number_of[symbol] for symbol in text])


def decode(tokens):
    return "".join(symbols[number] for number in tokens.tolist())


train_data, valid_data = encode("".join(train_stories)), encode("".join(valid_stories))
print(f"{len(symbols)} symbols: {''.join(symbols)!r}")
print(f"{len(train_data):,} characters of training, {len(valid_data):,} of validation")
assert decode(encode(train_stories[0])) == train_stories[0]

# %% [markdown]
# One window of $n$ characters is not one example but $n$: at **each** position the target is the next character. The
# causal mask makes this possible, because no position sees its own target. So the targets are the inputs, moved by one:
#
# | position | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | input | T | o | m | (space) |
# | target | o | m | (space) | h |
#
# ### Exercise 1: Inputs and targets
#
# `data` is one long row of tokens, `starts` a tensor with the first place of each window. Return two tensors of shape
# (number of starts, length). Hint: `starts[:, None] + torch.arange(length)` is a table of places.


# %% tags=["exercise"]
def windows(data, starts, length):
    raise NotImplementedError("Return (inputs, targets).")


# %% tags=["check"]
_data = torch.arange(100, 130)
_inputs, _targets = windows(_data, torch.tensor([0, 7, 25]), 4)
assert _inputs.shape == (3, 4), f"Three windows of 4 tokens: (3, 4), not {tuple(_inputs.shape)}."
assert _inputs[1].tolist() == [107, 108, 109, 110], f"The window from place 7 begins there; yours is {_inputs[1]}."
assert _targets.shape == (3, 4), f"Each input has a target: (3, 4), not {tuple(_targets.shape)}."
assert not torch.equal(_inputs, _targets), "The targets are the inputs. Such a model learns to copy: move them by one."
assert _targets[1].tolist() == [108, 109, 110, 111], (
    f"The target of 107 is the NEXT token, 108, and the last one lies outside the window; yours are {_targets[1]}."
)
assert _targets[2].tolist() == [126, 127, 128, 129], "The last window may use the last token as a target."
print("Right.")


# %% tags=["solution"]
def windows(data, starts, length):
    places = starts[:, None] + torch.arange(length)
    return data[places], data[places + 1]


# %% [markdown]
# Before a model, a **baseline**. What loss has somebody who only counts? With the frequencies of the characters; and with
# the frequencies of pairs: which character follows which. Counts are raised by one, so that nothing has probability 0.

# %%
pairs = torch.ones(len(symbols), len(symbols))
for before, after in Counter(zip(train_data[:-1].tolist(), train_data[1:].tolist(), strict=True)).items():
    pairs[before] += after
pair_probabilities = pairs / pairs.sum(dim=1, keepdim=True)
single_probabilities = pairs.sum(dim=0) / pairs.sum()
baselines = {
    "guessing": math.log(len(symbols)),
    "frequencies": -single_probabilities[valid_data[1:]].log().mean().item(),
    "pairs": -pair_probabilities[valid_data[:-1], valid_data[1:]].log().mean().item(),
}
for name, value in baselines.items():
    print(f"{name:12} {value:.2f} nats a character")

# %% [markdown]
# ## 3. Causal self-attention
#
# The attention of notebook 04, in one module. One matrix makes queries, keys and values, the rows are cut into heads, and
# position $i$ uses the keys $j \le i$ only:
#
# $$\mathrm{head}(X)_i = \sum_{j \le i} a_{ij}\, v_j, \qquad
# a_{ij} = \frac{\exp(q_i \cdot k_j / \sqrt{d_\text{head}})}{\sum_{l \le i} \exp(q_i \cdot k_l / \sqrt{d_\text{head}})}$$
#
# ### Exercise 2: Attend to the past
#
# Write `forward` out, without `F.scaled_dot_product_attention`: scores, mask, softmax, mixture. Put the weights, of shape
# $(B, h, n, n)$, into `self.weights` as well: we want to look at them later. The cut into heads is there.


# %% tags=["exercise"]
class CausalSelfAttention(nn.Module):
    def __init__(self, width, head_count):
        super().__init__()
        self.head_count = head_count
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, x):
        """(B, n, width) -> (B, n, width); position i sees positions 0 to i."""
        batch, length, width = x.shape
        parts = self.project_in(x).view(batch, length, 3, self.head_count, width // self.head_count)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (B, h, n, width / h)
        raise NotImplementedError("Scores, mask, softmax into self.weights, mixture, join the heads, project_out.")


# %% tags=["check"]
torch.manual_seed(1)
_layer = CausalSelfAttention(24, 4)
_x = torch.randn(2, 6, 24)
with torch.no_grad():
    _yours = _layer(_x)
    assert _yours.shape == (2, 6, 24), f"The result has the shape of the input, (2, 6, 24), not {tuple(_yours.shape)}."
    _later = _x.clone()
    _later[:, 4:] = 9.0
    assert torch.allclose(_layer(_later)[:, :4], _yours[:, :4], atol=1e-5), (
        "Changing positions 4 and 5 changed the outputs of 0 to 3: the future leaks. Mask the scores with -inf above the "
        "diagonal, before the softmax."
    )
    _parts = _layer.project_in(_x).view(2, 6, 3, 4, 6).permute(2, 0, 3, 1, 4)
    _mixed = F.scaled_dot_product_attention(*_parts, is_causal=True).transpose(1, 2).reshape(2, 6, 24)
    assert torch.allclose(_yours, _layer.project_out(_mixed), atol=1e-5), (
        "PyTorch's causal attention gives other numbers. Divide by the root of the width of a HEAD; transpose before you "
        "join the heads; apply project_out last."
    )
    _layer(_x)
    assert getattr(_layer, "weights", _x).shape == (2, 4, 6, 6), (
        "Keep the weights, shape (B, h, n, n), in self.weights."
    )
print("Right: the same as PyTorch's, and the future does not leak.")


# %% tags=["solution"]
class CausalSelfAttention(nn.Module):
    def __init__(self, width, head_count):
        super().__init__()
        self.head_count = head_count
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, x):
        """(B, n, width) -> (B, n, width); position i sees positions 0 to i."""
        batch, length, width = x.shape
        parts = self.project_in(x).view(batch, length, 3, self.head_count, width // self.head_count)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (B, h, n, width / h)
        scores = q @ k.transpose(-2, -1) / math.sqrt(width // self.head_count)
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        self.weights = scores.masked_fill(future, float("-inf")).softmax(dim=-1)
        return self.project_out((self.weights @ v).transpose(1, 2).reshape(batch, length, width))


# %% [markdown]
# ## 4. The model
#
# The block is the pre-norm block of notebook 05, with a causal attention and GELU in place of ReLU. Around the blocks:
#
# 1. a vector for each symbol **plus** a learned vector for each position (GPT-2 learns them, no sinusoids);
# 2. the blocks, then one last normalisation;
# 3. scores for the next symbol.
#
# For the scores GPT-2 uses no new matrix. It compares the final vector with each symbol's own embedding, by a dot product.
# This is **weight tying**: one matrix $E$ stands at both ends,
#
# $$x^{(0)}_i = E[t_i] + P[i], \qquad \mathrm{scores}_i = E \; \mathrm{LN}\big(x^{(L)}_i\big).$$
#
# It saves $V d$ parameters: 38.6 million of them in the smallest GPT-2. And what is learned about a symbol as an input
# helps to predict it, and the other way round.
#
# ### Exercise 3: From tokens to scores
#
# Write `forward`. The parts are there.


# %%
class Block(nn.Module):
    def __init__(self, width, head_count):
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = CausalSelfAttention(width, head_count)
        self.feed_forward = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm_1(x))
        return x + self.feed_forward(self.norm_2(x))


def small_start(module):
    """Small random weights and zero biases, so that a fresh model prefers no symbol."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.04)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


# %% tags=["exercise"]
class GPT(nn.Module):
    def __init__(self, symbol_count, context=88, width=64, depth=2, head_count=4):
        super().__init__()
        self.context = context
        self.embedding = nn.Embedding(symbol_count, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, head_count) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.apply(small_start)

    def forward(self, tokens):
        """(B, n) tokens -> (B, n, symbol_count) scores of the next symbol; n is at most the context."""
        raise NotImplementedError("Embed, add positions, blocks, norm, compare with the embedding.")


# %% tags=["check"]
torch.manual_seed(2)
_model = GPT(13, context=10, width=16, depth=2, head_count=2)
_tokens = torch.randint(13, (3, 7))
with torch.no_grad():
    _scores = _model(_tokens)
    assert _scores.shape == (3, 7, 13), f"Scores for 13 symbols at each place: (3, 7, 13), not {tuple(_scores.shape)}."
    _swapped = _model(_tokens[:, [1, 0, 2, 3, 4, 5, 6]])
    assert not torch.allclose(_scores[:, 6], _swapped[:, 6], atol=1e-6), (
        "Exchanging the first two symbols does not change the last scores: the positions are missing."
    )
    _x = _model.embedding(_tokens) + _model.positions.weight[:7]
    for _block in _model.blocks:
        _x = _block(_x)
    assert not torch.allclose(_scores, _x @ _model.embedding.weight.T, atol=1e-5), "The last normalisation is missing."
    assert torch.allclose(_scores, _model.norm(_x) @ _model.embedding.weight.T, atol=1e-5), (
        "The scores must be norm(x) @ embedding.weight.T, after ALL blocks."
    )
    _loss = F.cross_entropy(_scores.flatten(0, 1), torch.randint(13, (21,))).item()
print(f"Right. A fresh model guesses: loss {_loss:.2f}, log 13 = {math.log(13):.2f}.")


# %% tags=["solution"]
class GPT(nn.Module):
    def __init__(self, symbol_count, context=88, width=64, depth=2, head_count=4):
        super().__init__()
        self.context = context
        self.embedding = nn.Embedding(symbol_count, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, head_count) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.apply(small_start)

    def forward(self, tokens):
        """(B, n) tokens -> (B, n, symbol_count) scores of the next symbol; n is at most the context."""
        x = self.embedding(tokens) + self.positions.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.embedding.weight.T


# %% [markdown]
# ## 5. How large is it?
#
# | part | shapes (weights and biases) |
# |---|---|
# | symbols, positions | $V \times d$ and $n \times d$, no biases |
# | attention, in and out | $3d \times d$ and $3d$; $d \times d$ and $d$ |
# | feed-forward, up and down | $4d \times d$ and $4d$; $d \times 4d$ and $d$ |
# | a normalisation | $d$ and $d$ |
#
# ### Exercise 4: Count the parameters
#
# Return the number of parameters for a vocabulary of $V$ symbols, a context of $n$, width $d$ and `depth` blocks. The
# embedding is tied, so it counts once. The number of heads does not matter: why?


# %% tags=["exercise"]
def parameter_count(symbol_count, context, width, depth):
    raise NotImplementedError("Count embeddings, blocks (two normalisations each) and the last normalisation.")


# %% tags=["check"]
for _arguments in ((13, 10, 16, 0), (13, 10, 16, 1), (30, 20, 32, 3)):
    _true = sum(parameter.numel() for parameter in GPT(*_arguments, head_count=2).parameters())
    _yours = parameter_count(*_arguments)
    assert _yours == _true, (
        f"{_arguments[0]} symbols, context {_arguments[1]}, width {_arguments[2]}, {_arguments[3]} blocks: PyTorch counts "
        f"{_true:,}, you {_yours:,} ({_yours - _true:+,}). Count biases, two norms a block and one at the end."
    )
_large = parameter_count(50_257, 1_024, 768, 12)
assert _large == 124_439_808, f"The smallest GPT-2 has 124,439,808 parameters, not {_large:,}."
print(f"Right. Ours: {parameter_count(len(symbols), 88, 64, 2):,}. The smallest GPT-2: {_large:,}.")


# %% tags=["solution"]
def parameter_count(symbol_count, context, width, depth):
    attention = 4 * width * width + 4 * width
    feed_forward = 8 * width * width + 5 * width
    block = attention + feed_forward + 2 * (2 * width)
    return (symbol_count + context) * width + depth * block + 2 * width


# %% [markdown]
# The same program, with other numbers, is GPT-2. The heads cut the width and add nothing to it. For large $d$ the count
# is close to $12\, d^2$ a block.
#
# ## 6. From scores to text
#
# The model gives a score $z_s$ for each symbol. Two knobs decide what is made of them. The **temperature** $T$ divides the
# scores, and **top-k** keeps the $k$ best and forbids the rest:
#
# $$p_s = \frac{\exp(z_s / T)}{\sum_{r \in \text{top } k} \exp(z_r / T)} \text{ for } s \in \text{top } k,
# \qquad p_s = 0 \text{ otherwise}$$
#
# ### Exercise 5: Temperature and top-k
#
# `scores` has any shape; the symbols are its last axis. Return probabilities of the same shape. With `top_k=None` nothing
# is forbidden. Leave `scores` as they are.


# %% tags=["exercise"]
def next_probabilities(scores, temperature=1.0, top_k=None):
    raise NotImplementedError("Return the probabilities of the next symbol.")


# %% tags=["check"]
_scores = torch.tensor([[2.0, 0.0, 1.0, -1.0], [0.0, 3.0, 1.0, 2.0]])
_kept = _scores.clone()
_plain = next_probabilities(_scores)
assert torch.allclose(_plain, _scores.softmax(dim=-1)), "With temperature 1 and no top-k it is the softmax."
_cold = next_probabilities(_scores, temperature=0.5)
assert torch.allclose(_cold.sum(dim=-1), torch.ones(2)), "Probabilities sum to 1: divide the SCORES by the temperature."
assert torch.allclose(_cold[0, 0] / _cold[0, 2], torch.tensor(math.exp(2.0))), (
    "At temperature 0.5 a lead of 1 counts like a lead of 2: divide the scores by the temperature."
)
_two = next_probabilities(_scores, top_k=2)
assert ((_two > 0).sum(dim=-1) == 2).all(), f"top_k=2 leaves two symbols in each row; yours: {(_two > 0).sum(dim=-1)}."
assert _two[1].tolist()[0] == _two[1].tolist()[2] == 0, "The LARGEST scores stay, each row by itself."
assert torch.allclose(_two.sum(dim=-1), torch.ones(2)), (
    "After the cut they must sum to 1 again: forbid with -inf before the softmax, not with 0 after it."
)
assert torch.equal(_scores, _kept), "The scores were changed: work on a new tensor (masked_fill, not masked_fill_)."
print("Right.")


# %% tags=["solution"]
def next_probabilities(scores, temperature=1.0, top_k=None):
    if top_k is not None:
        smallest_kept = scores.topk(min(top_k, scores.shape[-1]), dim=-1).values[..., -1:]
        scores = scores.masked_fill(scores < smallest_kept, float("-inf"))
    return (scores / temperature).softmax(dim=-1)


# %%
@torch.no_grad()
def write(model, prompt, length, count=1, temperature=1.0, top_k=None, seed=0):
    """`count` texts that continue the prompt by `length` symbols."""
    generator = torch.Generator().manual_seed(seed)
    tokens = encode(prompt).repeat(count, 1)
    for _ in range(length):
        scores = model(tokens[:, -model.context :])[:, -1]  # only the last position is about what comes next
        chosen = torch.multinomial(next_probabilities(scores, temperature, top_k), 1, generator=generator)
        tokens = torch.cat([tokens, chosen], dim=1)
    return [decode(row) for row in tokens]


torch.manual_seed(0)
model = GPT(len(symbols))
print("Before training:", repr(write(model, "\n", 70)[0]))

# %% [markdown]
# Each step reads the whole window again, although only one symbol is new. A *key-value cache* avoids that
# (notebook 07_llm_inference).
#
# ## 7. Training
#
# Nothing new is needed: cross-entropy over all positions, AdamW, gradients clipped to norm 1 so that one bad batch cannot
# throw the weights about, and a learning rate that rises for 20 steps and then falls along a cosine.

# %%
STEPS, BATCH = 400, 32


def loss_of(model, inputs, targets):
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def rate_at(step):
    return min(1.0, (step + 1) / 20) * (0.55 + 0.45 * math.cos(math.pi * step / STEPS))


def train(model):
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=8e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate_at)
    held_out = windows(valid_data, torch.arange(0, len(valid_data) - model.context - 1, 331), model.context)
    train_losses, valid_losses = [], {}
    for step in range(STEPS):
        starts = torch.randint(len(train_data) - model.context, (BATCH,), generator=generator)
        loss = loss_of(model, *windows(train_data, starts, model.context))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        train_losses.append(loss.item())
        if step % 25 == 0 or step == STEPS - 1:
            with torch.no_grad():
                valid_losses[step] = loss_of(model, *held_out).item()
        if step in (50, 100, 200):
            print(f"step {step:3}, loss {loss.item():.2f}:", repr(write(model, "\n", 60)[0][1:]))
    return train_losses, valid_losses


train_losses, valid_losses = train(model)
print(f"training loss {train_losses[0]:.2f} -> {train_losses[-1]:.2f}, validation {valid_losses[STEPS - 1]:.2f}")
assert valid_losses[STEPS - 1] < 0.35

# %%
figure, axes = plt.subplots(figsize=(7.5, 4))
axes.plot(train_losses, alpha=0.6, label="training")
axes.plot(list(valid_losses), list(valid_losses.values()), marker=".", color="tab:red", label="validation")
for (name, value), style in zip(baselines.items(), (":", "-.", "--"), strict=True):
    axes.axhline(value, color="grey", linestyle=style, label=f"{name}: {value:.2f}")
axes.set(xlabel="step", ylabel="cross-entropy (nats a character)", title="A GPT learns to write", ylim=(0, 3.7))
axes.legend()
plt.show()

# %% [markdown]
# The steps down have names. First the model learns which characters are frequent, then which follow which, then words,
# then sentences; compare with the samples printed on the way. The two curves stay together: the model sees each window
# only a few times and has nothing to gain from learning lines by heart.
#
# ## 8. Read what it writes

# %%
for temperature, top_k in ((0.5, None), (1.0, None), (1.0, 3), (1.6, None)):
    print(f"--- temperature {temperature}, top-k {top_k}")
    print(write(model, "\n", 215, temperature=temperature, top_k=top_k, seed=4)[0].strip())

# %% [markdown]
# Reading is not measuring. Let it write 60 stories at each temperature, and count: how many words occur in the training
# text? How many lines have the form of a story? In how many of these do both pronouns fit?

# %%
STORY = re.compile(r"(\w+) has a (\w+) (\w+)\. (He|She) meets (\w+) at the \w+\. (He|She) \w+ the (\w+) (\w+)\.")
vocabulary = set(re.findall(r"\w+", "".join(train_stories)))
known_stories = set(train_stories)


def judge(texts):
    """What is right in lines that were written: shares of words, of lines, and of the lines that are stories."""
    lines = [text.split("\n")[1] for text in texts]
    words = re.findall(r"\w+", " ".join(lines))
    found = [match.groups() for line in lines if (match := STORY.fullmatch(line))]
    count = max(1, len(found))
    fits = sum(PRONOUNS.get(s[0]) == s[3] and PRONOUNS.get(s[4]) == s[5] for s in found)
    return {
        "words that exist": sum(word in vocabulary for word in words) / max(1, len(words)),
        "lines that are stories": len(found) / len(lines),
        "pronouns fit": fits / count,
        "colour repeated": sum(s[1] == s[6] for s in found) / count,
        "thing repeated": sum(s[2] == s[7] for s in found) / count,
        "new": sum(line + "\n" not in known_stories for line in lines) / len(lines),
    }


temperatures = [0.3, 0.6, 1.0, 1.4]
judged = [judge(write(model, "\n", 85, count=60, temperature=temperature)) for temperature in temperatures]
figure, axes = plt.subplots(figsize=(7.5, 4))
for name in list(judged[0])[:5]:
    axes.plot(temperatures, [result[name] for result in judged], marker="o", label=name)
axes.set(xlabel="temperature", ylabel="share", title="60 stories at each temperature", ylim=(-0.03, 1.05))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.tight_layout()
plt.show()
print("at temperature 0.6:", {name: round(share, 2) for name, share in judged[1].items()})
assert judged[1]["words that exist"] > 0.95
assert judged[1]["lines that are stories"] > 0.8

# %% [markdown]
# At low temperature words, sentences and pronouns are right, and nearly all stories are new: the model has not copied its
# text, it has learned the rules behind it. At high temperature they fall apart, words last.
#
# But look at colour and thing. With 6 colours and 8 things, chance alone gives 0.17 and 0.13. The model is above that and
# far from 1: **repeating is the rule that it learns last**, and a sample that merely looks right would not have told us.
# The loss tells the same, in nats. A story is one of 46,080 equally likely ones, so the best model needs
# $\ln 46080 = 10.7$ nats for a line. One that draws colour and thing a second time needs $\ln 6 + \ln 8 = 3.9$ more.

# %%
with torch.no_grad():
    nats = [
        F.cross_entropy(model(encode("\n" + story[:-1])[None])[0], encode(story), reduction="sum").item()
        for story in valid_stories[:100]
    ]
print(f"best possible          {math.log(possible):5.1f} nats a story")
print(f"without repeating      {math.log(possible * 6 * 8):5.1f}")
print(f"our model              {sum(nats) / len(nats):5.1f}")

# %% [markdown]
# What is missing is nearly all in that one rule. To repeat the colour, the model must find the word after "has a", fifty
# characters back. That takes layers that work together (one marks the places, a later one copies from them), and such
# pairs form late in training.
#
# The pronoun of the friend it has learned. Where does it look for it? The last space of this text is the place where "She"
# or "He" must be decided:

# %%
text = "\nTom has a red kite. He meets Anna at the hill. "
with torch.no_grad():
    probabilities = next_probabilities(model(encode(text)[None])[0, -1])
print({symbol: round(probabilities[number_of[symbol]].item(), 3) for symbol in "SH"})
looked_at = torch.cat([block.attention.weights[0, :, -1] for block in model.blocks])  # (layers * heads, n)
figure, axes = plt.subplots(figsize=(11, 2.8))
shown = axes.imshow(looked_at, cmap="Blues", aspect="auto", vmin=0)
axes.set_xticks(range(len(text)), [{"\n": "¶", " ": "·"}.get(symbol, symbol) for symbol in text])
axes.set_yticks(range(8), [f"layer {layer}, head {head}" for layer in (1, 2) for head in (1, 2, 3, 4)])
axes.set_title("Where the last position looks")
figure.colorbar(shown, label="weight")
plt.tight_layout()
plt.show()

# %% [markdown]
# In our run a head of the second layer looks straight at the friend's name. Read such pictures with care: a weight says where a vector was taken from, not what was in it. By the second layer a place
# may hold much that came from elsewhere.
#
# **To try:** twice the steps, a third block, width 96. Watch the nats a story fall towards 10.7, and see at which step the
# colour comes right.
#
# ## What to remember
#
# - One window of $n$ tokens gives $n$ predictions; the targets are the inputs moved by one, and the causal mask keeps it
#   honest.
# - A GPT is embeddings, blocks, a normalisation and the embedding again. Its size is about $12\,d^2$ a block.
# - Temperature and top-k choose among the symbols. They do not change what the model knows.
# - Set baselines before you train, and measure the samples. A text that looks right can miss a rule.
#
# ## What to read next
#
# - Note 16-transformer-from-scratch and note 17-gpt-architecture.
# - The papers on GPT (Improving Language Understanding by Generative Pre-Training) and GPT-2 (Language Models are
#   Unsupervised Multitask Learners), section 2.3 for the model's form.
# - Note 05-scaling-laws: what happens to the loss when model and data grow.
# - Notebook 07_llm_inference: tokens, the key-value cache and what running a large model costs.
