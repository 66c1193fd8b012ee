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
# # 04. Implement self-attention
#
# **Goal.** Write attention from its formula, know the reason for every symbol in it, and get the same numbers as PyTorch.
#
# **What you will build.** Scaled dot-product attention, the causal mask, multi-head attention as a module, and a tiny
# model that learns to look things up.
#
# **Time.** About 90 minutes. The cells themselves run in about ten seconds.
#
# **Prerequisites.** Notebook 01_pytorch_basics: broadcasting, views, autograd. The softmax of notebook 02_simple_nn.

# %%
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(0)

# %% [markdown]
# ## 1. A dictionary with soft keys
#
# A dictionary compares a query with its keys and returns the value of the one key that is equal. Attention compares the
# query with **all** keys and returns the mean of **all** values, weighted by how well each key fits. That mean has
# derivatives, so queries, keys and values can be learned.
#
# Take the query $q = (1, 2)$ and three keys with three values:

# %%
query = torch.tensor([1.0, 2.0])
keys = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
values = torch.tensor([[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]])

scores = keys @ query
weights = F.softmax(scores / math.sqrt(2), dim=0)
print("scores        ", scores)
print("weights       ", weights, "sum", weights.sum().item())
print("weighted mean ", weights @ values)

# %% [markdown]
# ## 2. Many queries at once
#
# $$\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $Q$ | queries, one a row | $(\dots, n, d_k)$ |
# | $K$ | keys | $(\dots, m, d_k)$ |
# | $V$ | values, as many as keys | $(\dots, m, d_v)$ |
# | $QK^\top$ | scores: entry $(i, j)$ says how well key $j$ fits query $i$ | $(\dots, n, m)$ |
# | result | one mixture of values for each query | $(\dots, n, d_v)$ |
#
# The dots stand for batch and heads. The softmax runs over the keys, the **last** axis of the scores.
#
# A **mask** says which keys a query may use. A forbidden score becomes $-\infty$ before the softmax, so its weight is
# exactly 0 and the others still sum to 1.
#
# ### Exercise 1: Scaled dot-product attention
#
# Return the output and the weights. `mask` is `None` or a tensor of booleans that broadcasts to the scores; `True` means
# the key **may** be used. Hints: `K.transpose(-2, -1)`, `scores.masked_fill(~mask, float("-inf"))`.


# %% tags=["exercise"]
def attention(Q, K, V, mask=None):
    raise NotImplementedError("Return (output, weights).")


# %% tags=["check"]
_generator = torch.Generator().manual_seed(1)
_Q, _K, _V = (torch.randn(2, 3, size, width, generator=_generator) for size, width in ((4, 8), (6, 8), (6, 5)))
_output, _weights = attention(_Q, _K, _V)
assert _weights.shape == (2, 3, 4, 6), f"One weight for each query and key: (2, 3, 4, 6), not {tuple(_weights.shape)}."
assert torch.allclose(_weights.sum(dim=-1), torch.ones(2, 3, 4)), (
    "The weights of a query sum to 1: softmax over the last axis."
)
assert not torch.allclose(_weights, F.softmax(_Q @ _K.transpose(-2, -1), dim=-1)), (
    "Divide the scores by the root of d_k."
)
assert torch.allclose(_output, F.scaled_dot_product_attention(_Q, _K, _V), atol=1e-6), (
    "PyTorch's output is another one."
)
_mask = torch.tensor([[True, False, True, True, False, True]]).expand(4, 6)
_output, _weights = attention(_Q, _K, _V, mask=_mask)
assert (_weights[..., ~_mask[0]] == 0).all(), (
    "A key whose mask is False must get the weight 0. True means: may be used."
)
assert torch.allclose(_weights.sum(dim=-1), torch.ones(2, 3, 4)), (
    "Mask the scores before the softmax, not the weights after it."
)
assert torch.allclose(_output, F.scaled_dot_product_attention(_Q, _K, _V, attn_mask=_mask), atol=1e-6), (
    "With a mask, PyTorch's output is another one."
)
print("Right: the same as torch.nn.functional.scaled_dot_product_attention.")


# %% tags=["solution"]
def attention(Q, K, V, mask=None):
    scores = Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])  # (..., n, m)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = F.softmax(scores, dim=-1)
    return weights @ V, weights


# %% [markdown]
# ## 3. Why divide by $\sqrt{d_k}$?
#
# Let the components of $q$ and $k$ be independent with mean 0 and variance 1. Then $q \cdot k = \sum_{i=1}^{d_k} q_i k_i$
# has mean 0 and variance $d_k$: a typical score grows like $\sqrt{d_k}$. A softmax of large scores gives almost all
# weight to one key. Its derivative is
#
# $$\frac{\partial p_i}{\partial s_j} = p_i \, ([i = j] - p_j),$$
#
# and all of these go to 0 when $p$ comes close to a row of zeros with a single one. Where the derivative is 0, nothing is
# learned. Dividing the scores by $\sqrt{d_k}$ brings their variance back to 1. See whether it is so:

# %%
widths = [4, 16, 64, 256, 1024]
measured = {"score": [], "plain": [], "scaled": []}
generator = torch.Generator().manual_seed(0)
for width in widths:
    many_queries = torch.randn(500, width, generator=generator)
    many_keys = torch.randn(500, 16, width, generator=generator)
    raw = torch.einsum("nd,nmd->nm", many_queries, many_keys)
    measured["score"].append(raw.std().item())
    for name, some in (("plain", raw), ("scaled", raw / math.sqrt(width))):
        p = F.softmax(some, dim=-1)
        jacobian = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]  # (500, 16, 16)
        measured[name].append(jacobian.flatten(1).norm(dim=1).mean().item())

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5))
left.loglog(widths, measured["score"], marker="o", label="measured")
left.loglog(widths, [math.sqrt(width) for width in widths], linestyle="--", color="grey", label="square root of $d_k$")
left.set(xlabel="$d_k$", ylabel="standard deviation", title="Size of a score $q \\cdot k$")
left.legend()
right.loglog(widths, measured["plain"], marker="o", label="scores as they are")
right.loglog(widths, measured["scaled"], marker="o", label="scores / square root of $d_k$")
right.set(xlabel="$d_k$", ylabel="norm of the derivative (mean)", title="Derivative of the softmax")
right.legend()
plt.tight_layout()
plt.show()

# %% [markdown]
# Without the division the derivative shrinks as the vectors get wider. With it, the width does not matter.
#
# ## 4. The causal mask
#
# A language model predicts token $t + 1$ from the tokens up to $t$. In training all positions are computed at once, and
# a position that could see its successor would copy the answer. So query $i$ may use key $j$ only if $j \le i$.
#
# ### Exercise 2: No looking ahead
#
# Return a tensor of booleans of shape $(n, n)$: `True` where query $i$ (row) may use key $j$ (column).


# %% tags=["exercise"]
def causal_mask(length):
    raise NotImplementedError("Return an (n, n) tensor of booleans.")


# %% tags=["check"]
_mask = causal_mask(5)
assert _mask.shape == (5, 5), f"Five queries and five keys: (5, 5), not {tuple(_mask.shape)}."
assert _mask.dtype == torch.bool, f"The mask holds booleans, not {_mask.dtype}."
assert _mask.diagonal().all(), (
    "Each position may see itself. Otherwise the first row has no key at all, and softmax gives nan."
)
assert not _mask[0, 1:].any(), "The first position sees itself only. Rows are queries and columns are keys."
assert _mask[4].all(), "The last position sees all."
_x = torch.randn(5, 8)
_changed = _x.clone()
_changed[3:] = 100.0
_before, _after = attention(_x, _x, _x, mask=_mask)[0], attention(_changed, _changed, _changed, mask=_mask)[0]
assert torch.equal(_before[:3], _after[:3]), "Changing tokens 3 and 4 changed the outputs of 0 to 2: the future leaks."
print("Right: the future does not leak.")


# %% tags=["solution"]
def causal_mask(length):
    return torch.ones(length, length, dtype=torch.bool).tril()


# %%
words = ["the", "cat", "sat", "on", "the", "mat"]
torch.manual_seed(3)
vectors = torch.randn(6, 16)
vectors[4] = vectors[0]
figure, panels = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for panel, mask, title in zip(panels, (None, causal_mask(6)), ("no mask", "causal mask"), strict=True):
    shown = panel.imshow(attention(vectors, vectors, vectors, mask=mask)[1], cmap="Blues", vmin=0, vmax=1)
    panel.set(xticks=range(6), yticks=range(6), xlabel="key", ylabel="query", title=title)
    panel.set_xticklabels(words)
    panel.set_yticklabels(words)
figure.colorbar(shown, ax=panels, label="weight")
plt.show()

# %% [markdown]
# The vectors are random, so each word attends mostly to itself and "the" to both of its places. Learned projections,
# which come next, change that.
#
# **A trap between two functions of PyTorch.** In `scaled_dot_product_attention` a boolean mask is `True` where attention
# is **allowed**. In `nn.MultiheadAttention` the boolean `attn_mask` is `True` where it is **forbidden**. Mix them up in a
# causal model, and each token sees only later ones; the last sees none, and its output is nan.
#
# ## 5. Attention does not know the order
#
# Permute the tokens, and the outputs are permuted in the same way; nothing else happens. To attention a sentence is a
# set. That is why a Transformer adds positional information (notebook 05_transformer_encoder).

# %%
order = torch.tensor([3, 0, 5, 1, 4, 2])
permuted = vectors[order]
straight, _ = attention(vectors, vectors, vectors)
shuffled, _ = attention(permuted, permuted, permuted)
print("same outputs in the new order:", torch.allclose(straight[order], shuffled, atol=1e-6))
assert torch.allclose(straight[order], shuffled, atol=1e-6)

# %% [markdown]
# ## 6. Several heads
#
# One softmax can express one relation at a time. Multi-head attention projects the input to $h$ smaller spaces, attends in
# each, and joins the results:
#
# $$\mathrm{head}_i = \mathrm{Attention}(X W_i^Q,\; X W_i^K,\; X W_i^V), \qquad
# \mathrm{MultiHead}(X) = [\mathrm{head}_1; \dots; \mathrm{head}_h] \, W^O$$
#
# With $d_\text{head} = d_\text{model} / h$ the cost stays about that of one wide head. In code there is no loop over
# heads: one matrix makes all queries, and the result is **cut** into heads along the last axis.
#
# ### Exercise 3: Cut into heads and join again
#
# `split_heads` turns $(B, n, d)$ into $(B, h, n, d/h)$: head $i$ gets the columns $i\,d/h$ to $(i+1)\,d/h$ of every token.
# `join_heads` is the way back. Mind that `view(B, h, n, d // h)` alone has the right shape and the wrong content.


# %% tags=["exercise"]
def split_heads(x, head_count):
    raise NotImplementedError("Turn (B, n, d) into (B, h, n, d / h).")


def join_heads(x):
    raise NotImplementedError("Turn (B, h, n, d / h) into (B, n, d).")


# %% tags=["check"]
_x = torch.arange(2 * 5 * 12.0).reshape(2, 5, 12)
_heads = split_heads(_x, 3)
assert _heads.shape == (2, 3, 5, 4), f"The shape must be (2, 3, 5, 4), not {tuple(_heads.shape)}."
assert torch.equal(_heads[1, 2], _x[1, :, 8:12]), (
    "Head 2 must hold columns 8 to 11 of every token. Cut the last axis first, (B, n, h, d / h), then transpose."
)
assert join_heads(_heads).shape == (2, 5, 12), (
    f"Joined, the shape must be (2, 5, 12), not {tuple(join_heads(_heads).shape)}."
)
assert torch.equal(join_heads(_heads), _x), "Joining must undo the cut. Transpose first, then reshape."
print("Right.")


# %% tags=["solution"]
def split_heads(x, head_count):
    batch, length, width = x.shape
    return x.view(batch, length, head_count, width // head_count).transpose(1, 2)


def join_heads(x):
    batch, head_count, length, width = x.shape
    return x.transpose(1, 2).reshape(batch, length, head_count * width)


# %% [markdown]
# ### Exercise 4: Multi-head attention
#
# Write `forward`: project to queries, keys and values, cut into heads, attend with the mask, join, project. The check
# copies the weights of `nn.MultiheadAttention` into your module and compares the outputs.


# %% tags=["exercise"]
class MultiHeadAttention(nn.Module):
    def __init__(self, width, head_count):
        super().__init__()
        self.head_count = head_count
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, x, mask=None):
        """x: (B, n, width); the result has the same shape."""
        raise NotImplementedError("Project, cut, attend, join, project.")


# %% tags=["check"]
torch.manual_seed(4)
_theirs = nn.MultiheadAttention(24, 4, batch_first=True)
_ours = MultiHeadAttention(24, 4)
with torch.no_grad():
    nn.init.normal_(_theirs.in_proj_bias)
    nn.init.normal_(_theirs.out_proj.bias)
    for _layer, _weight, _bias in zip(
        (_ours.query, _ours.key, _ours.value),
        _theirs.in_proj_weight.chunk(3),
        _theirs.in_proj_bias.chunk(3),
        strict=True,
    ):
        _layer.weight.copy_(_weight)
        _layer.bias.copy_(_bias)
    _ours.output.load_state_dict(_theirs.out_proj.state_dict())
    _x = torch.randn(2, 7, 24)
    _yours = _ours(_x)
    assert _yours.shape == (2, 7, 24), f"The result has the shape of the input, (2, 7, 24), not {tuple(_yours.shape)}."
    assert torch.allclose(_yours, _theirs(_x, _x, _x)[0], atol=1e-5), (
        "nn.MultiheadAttention gives other numbers. Scale by the width of a HEAD, and apply the output projection last."
    )
    _causal = causal_mask(7)
    assert torch.allclose(_ours(_x, mask=_causal), _theirs(_x, _x, _x, attn_mask=~_causal)[0], atol=1e-5), (
        "Without a mask it is right and with one it is not: hand the mask on to `attention`."
    )
print("Right: the same as torch.nn.MultiheadAttention, with and without a mask.")


# %% tags=["solution"]
class MultiHeadAttention(nn.Module):
    def __init__(self, width, head_count):
        super().__init__()
        self.head_count = head_count
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, x, mask=None):
        """x: (B, n, width); the result has the same shape."""
        q, k, v = (split_heads(layer(x), self.head_count) for layer in (self.query, self.key, self.value))
        mixed, _ = attention(q, k, v, mask)  # (B, h, n, width / h)
        return self.output(join_heads(mixed))


# %% [markdown]
# ## 7. Learning to look up
#
# Can attention learn what a dictionary does? Each example holds 6 pairs (key symbol, value symbol) and one question: a key
# symbol. The answer is the value beside it. The pairs are new in every example, so nothing can be memorised. The model must
# learn to **compare**. It has three tables of vectors, one attention and a linear layer.

# %%
SYMBOLS = 12
PAIRS = 6


def lookup_examples(count, generator):
    keys = torch.rand(count, SYMBOLS, generator=generator).argsort(dim=1)[:, :PAIRS]  # no key occurs twice
    values = torch.randint(SYMBOLS, (count, PAIRS), generator=generator)
    place = torch.randint(PAIRS, (count, 1), generator=generator)
    return keys, values, keys.gather(1, place), values.gather(1, place).squeeze(1), place.squeeze(1)


class Lookup(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.queries, self.keys, self.values = (nn.Embedding(SYMBOLS, width) for _ in range(3))
        self.scores = nn.Linear(width, SYMBOLS)

    def forward(self, keys, values, question):
        mixed, weights = attention(self.queries(question), self.keys(keys), self.values(values))
        return self.scores(mixed.squeeze(1)), weights.squeeze(1)


torch.manual_seed(0)
generator = torch.Generator().manual_seed(0)
model = Lookup()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
history = []
for _ in range(200):
    keys, values, question, answer, _ = lookup_examples(128, generator)
    loss = F.cross_entropy(model(keys, values, question)[0], answer)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())

with torch.no_grad():
    keys, values, question, answer, place = lookup_examples(1000, generator)
    scores, weights = model(keys, values, question)
hits = (scores.argmax(dim=1) == answer).float().mean().item()
print(f"loss {history[0]:.2f} -> {history[-1]:.3f}, right on new examples: {hits:.1%}")
assert hits > 0.95

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
left.plot(history)
left.axhline(math.log(SYMBOLS), color="grey", linestyle="--", label="guessing: log 12")
left.set(xlabel="step", ylabel="cross-entropy (nats)", title="Learning to look up")
left.legend()
shown = right.imshow(weights[:10], cmap="Blues", vmin=0, vmax=1)
right.scatter(place[:10], range(10), marker="x", color="tab:red", label="place of the asked key")
right.set(xlabel="pair", ylabel="example", title="Weights on new examples")
right.legend(loc="upper left", bbox_to_anchor=(0, -0.2))
figure.colorbar(shown, ax=right, label="weight")
plt.tight_layout()
plt.show()

# %% [markdown]
# Nobody told the model where to look. The loss on the answer alone shaped queries and keys until each question symbol
# points at its own key.
#
# ### Exercise 5: What does the score matrix cost?
#
# Count for self-attention of $n$ tokens of width $d$ with $h$ heads and a batch of $B$: the number of entries in all score
# matrices together, and the bytes they take at `bytes_per_number` each. Return both as whole numbers.


# %% tags=["exercise"]
def score_matrix_cost(batch, head_count, length, bytes_per_number=2):
    raise NotImplementedError("Return (entries, bytes).")


# %% tags=["check"]
assert score_matrix_cost(1, 1, 10, 4) == (100, 400), "One head and 10 tokens: 10 x 10 entries, 4 bytes each."
assert score_matrix_cost(3, 8, 10, 2) == (2400, 4800), "Each example and each head has a score matrix of its own."
_short, _long = score_matrix_cost(1, 32, 4096), score_matrix_cost(1, 32, 8192)
assert _long[0] == 4 * _short[0], "Twice the tokens, four times the entries."
for _length in (1_000, 10_000, 100_000):
    print(f"{_length:>7,} tokens, 32 heads, 2 bytes: {score_matrix_cost(1, 32, _length)[1] / 1e9:>8.2f} GB a layer")


# %% tags=["solution"]
def score_matrix_cost(batch, head_count, length, bytes_per_number=2):
    entries = batch * head_count * length * length
    return entries, entries * bytes_per_number


# %% [markdown]
# FlashAttention (paper 2205.14135) computes the same result without ever storing this matrix. The number of operations
# stays quadratic.
#
# ## What to remember
#
# - Attention is a weighted mean of values; the weights come from comparing queries with keys.
# - $\sqrt{d_k}$ keeps the softmax where it has derivatives.
# - Masks act before the softmax. Test them by changing the future.
# - Heads are a cut of the last axis, then a transpose. Check by content, not by shape.
#
# ## What to read next
#
# - Note 01-attention: the same with a worked example and its misconceptions.
# - Paper 1706.03762 (Attention Is All You Need), sections 3.2.1 to 3.2.3.
# - Paper 1409.0473: attention before the Transformer, beside a recurrent network.
# - Notebook 05_transformer_encoder: attention becomes a block, and gets a sense of order.
