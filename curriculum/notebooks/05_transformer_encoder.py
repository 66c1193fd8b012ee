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
# # 05. Build transformer encoder
#
# **Goal.** Put attention to work: give it a sense of order, wrap it with normalisation, residual connections and a
# feed-forward network, and stack the result. You will know what each part is there for, because you will see what
# happens without it.
#
# **What you will build.** Sinusoidal positions, layer normalisation, an encoder block that gives the same numbers as
# `nn.TransformerEncoderLayer`, padding masks, BERT's masking, and an encoder that learns to reverse sequences.
#
# **Time.** About 100 minutes. The cells themselves run in about half a minute.
#
# **Prerequisites.** Notebook 04_attention_from_scratch: attention, masks, heads.

# %%
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(0)

# %% [markdown]
# ## 1. Positions
#
# Attention treats a sentence as a set. The original Transformer adds to each token's vector a vector that depends on its
# position only. For position $p$ and the pair of dimensions $2i, 2i + 1$ of a model of width $d$:
#
# $$PE_{p,\,2i} = \sin\!\left(\frac{p}{10000^{2i/d}}\right), \qquad
# PE_{p,\,2i+1} = \cos\!\left(\frac{p}{10000^{2i/d}}\right)$$
#
# Each pair is the hand of a clock. The first clock turns once in $2\pi \approx 6.3$ positions, the last ones take
# thousands. Going $k$ positions on turns every hand by a fixed angle, whatever the position was: $PE_{p+k}$ is a fixed
# linear function (a rotation) of $PE_p$. So "three to the left" can be learned as one matrix.
#
# ### Exercise 1: Sinusoidal positions
#
# Return a tensor of shape (length, width). `width` is even. Sines stand in the even columns, cosines in the odd ones.


# %% tags=["exercise"]
def sinusoids(length, width):
    raise NotImplementedError("Return the table of positions, shape (length, width).")


# %% tags=["check"]
_table = sinusoids(50, 16)
assert _table.shape == (50, 16), f"The shape must be (50, 16), not {tuple(_table.shape)}."
assert torch.allclose(_table[0], torch.tensor([0.0, 1.0] * 8)), (
    "Position 0 is 0, 1, 0, 1, ...: sine and cosine alternate."
)
assert abs(_table[3, 0].item() - math.sin(3)) < 1e-5, "Column 0 is sin(position)."
for _position, _pair in ((7, 2), (20, 5), (49, 7)):
    _angle = _position / 10000 ** (2 * _pair / 16)
    assert abs(_table[_position, 2 * _pair].item() - math.sin(_angle)) < 1e-4, (
        f"Position {_position}, column {2 * _pair}: the exponent is {2 * _pair}/16, the column of the sine over the width."
    )
    assert abs(_table[_position, 2 * _pair + 1].item() - math.cos(_angle)) < 1e-4, (
        f"Position {_position}, column {2 * _pair + 1}: a cosine has the same angle as the sine before it."
    )
print("Right.")


# %% tags=["solution"]
def sinusoids(length, width):
    positions = torch.arange(length)[:, None]
    rates = 10000 ** (-torch.arange(0, width, 2) / width)
    table = torch.zeros(length, width)
    table[:, 0::2] = torch.sin(positions * rates)
    table[:, 1::2] = torch.cos(positions * rates)
    return table


# %%
table = sinusoids(100, 64)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
shown = left.imshow(table.T, aspect="auto", cmap="coolwarm")
left.set(xlabel="position", ylabel="dimension", title="Sinusoidal positions")
figure.colorbar(shown, ax=left)
for position in (20, 50, 80):
    right.plot(table @ table[position], label=f"position {position}")
right.set(xlabel="position", ylabel="dot product", title="Similarity falls with distance", ylim=(10, 41))
right.legend(ncols=3, loc="upper center", fontsize=8)
plt.show()

# %% [markdown]
# ## 2. Layer normalisation
#
# Take the vector $x$ of **one token**, with mean $\mu$ and variance $\sigma^2$ over its $d$ features:
#
# $$\mathrm{LN}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta, \qquad
# \sigma^2 = \frac{1}{d} \sum_i (x_i - \mu)^2$$
#
# The gain $\gamma$ and bias $\beta$ are learned. Batch normalisation would take mean and variance over the batch; layer
# normalisation needs no other example and no other token, so it works for any batch size and length.
#
# ### Exercise 2: Layer normalisation
#
# The variance divides by $d$, not by $d - 1$: `unbiased=False`, which is not the default of `Tensor.var`.


# %% tags=["exercise"]
def layer_norm(x, gain, bias, epsilon=1e-5):
    raise NotImplementedError("Normalise over the last axis, then apply gain and bias.")


# %% tags=["check"]
_generator = torch.Generator().manual_seed(2)
_x = 3 + 2 * torch.randn(2, 5, 6, generator=_generator)
_gain, _bias = torch.randn(6, generator=_generator), torch.randn(6, generator=_generator)
_yours = layer_norm(_x, torch.ones(6), torch.zeros(6))
assert _yours.shape == _x.shape, f"The shape stays {tuple(_x.shape)}; yours is {tuple(_yours.shape)}. Use keepdim=True."
assert _yours.mean(dim=-1).abs().max() < 1e-5, "Each token's features must have the mean 0: use the last axis."
assert not torch.allclose(_yours.var(dim=-1), torch.ones(2, 5), atol=1e-3), "You divided by d - 1. Use unbiased=False."
assert torch.allclose(_yours, F.layer_norm(_x, (6,)), atol=1e-5), (
    "F.layer_norm gives other numbers. Is epsilon in the root?"
)
assert torch.allclose(layer_norm(_x, _gain, _bias), F.layer_norm(_x, (6,), _gain, _bias), atol=1e-5), (
    "With gain and bias it is wrong: multiply by the gain first, then add the bias."
)
_tiny = torch.full((1, 6), 2.0)
assert torch.isfinite(layer_norm(_tiny, torch.ones(6), torch.zeros(6))).all(), "Equal features give 0/0: add epsilon."
print("Right: the same as torch.nn.functional.layer_norm.")


# %% tags=["solution"]
def layer_norm(x, gain, bias, epsilon=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    variance = x.var(dim=-1, keepdim=True, unbiased=False)
    return gain * (x - mean) / torch.sqrt(variance + epsilon) + bias


# %% [markdown]
# ## 3. The block
#
# An encoder block has two sublayers: attention, which moves information **between** tokens, and a feed-forward network,
# which works on **each** token alone:
#
# $$\mathrm{FFN}(x) = W_2 \, \max(0, W_1 x + b_1) + b_2$$
#
# Around each sublayer $f$ stand a residual connection and a normalisation, in one of two orders:
#
# | order | formula | used by |
# |---|---|---|
# | post-norm | $x \leftarrow \mathrm{LN}(x + f(x))$ | the original Transformer, BERT |
# | pre-norm | $x \leftarrow x + f(\mathrm{LN}(x))$ | GPT-2 and most later models |
#
# In the pre-norm order the sum is never normalised on its way, so the gradient has an open road from the last layer to the
# first. A pre-norm stack needs one more normalisation at its end.
#
# Multi-head attention is the one of the last notebook, with queries, keys and values made by one matrix.


# %%
class Attention(nn.Module):
    def __init__(self, width, head_count):
        super().__init__()
        self.head_count = head_count
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, x, mask=None):
        """x: (B, n, width); mask: booleans that broadcast to (B, heads, n, n), True where a key may be used."""
        batch, length, width = x.shape
        parts = self.project_in(x).view(batch, length, 3, self.head_count, width // self.head_count)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (B, heads, n, width / heads)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.project_out(mixed.transpose(1, 2).reshape(batch, length, width))


# %% [markdown]
# ### Exercise 3: The encoder block
#
# Write `forward` for both orders. The parts are there. The check copies your weights into `nn.TransformerEncoderLayer`
# and compares the outputs.


# %% tags=["exercise"]
class EncoderBlock(nn.Module):
    def __init__(self, width, head_count, hidden, pre_norm=True):
        super().__init__()
        self.pre_norm = pre_norm
        self.attention = Attention(width, head_count)
        self.feed_forward = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))
        self.norm_1 = nn.LayerNorm(width)
        self.norm_2 = nn.LayerNorm(width)

    def forward(self, x, mask=None):
        raise NotImplementedError("Attention, then feed-forward, each with its norm and its residual connection.")


# %% tags=["check"]
def _twin(block, width, head_count, hidden):
    """PyTorch's layer with the block's weights."""
    layer = nn.TransformerEncoderLayer(
        width, head_count, hidden, dropout=0.0, batch_first=True, norm_first=block.pre_norm
    )
    with torch.no_grad():
        layer.self_attn.in_proj_weight.copy_(block.attention.project_in.weight)
        layer.self_attn.in_proj_bias.copy_(block.attention.project_in.bias)
    layer.self_attn.out_proj.load_state_dict(block.attention.project_out.state_dict())
    layer.linear1.load_state_dict(block.feed_forward[0].state_dict())
    layer.linear2.load_state_dict(block.feed_forward[2].state_dict())
    layer.norm1.load_state_dict(block.norm_1.state_dict())
    layer.norm2.load_state_dict(block.norm_2.state_dict())
    return layer


for _pre_norm in (False, True):
    torch.manual_seed(5)
    _block = EncoderBlock(16, 4, 32, pre_norm=_pre_norm)
    nn.init.normal_(_block.norm_1.weight)
    nn.init.normal_(_block.norm_2.bias)
    _x = torch.randn(2, 6, 16)
    _mask = torch.ones(6, 6, dtype=torch.bool).tril()
    with torch.no_grad():
        _yours, _torch = _block(_x), _twin(_block, 16, 4, 32)(_x)
        _name = "pre-norm" if _pre_norm else "post-norm"
        assert _yours.shape == _x.shape, f"The shape stays {tuple(_x.shape)}, not {tuple(_yours.shape)}."
        assert torch.allclose(_yours, _torch, atol=1e-5), (
            f"{_name}: nn.TransformerEncoderLayer gives other numbers (difference {(_yours - _torch).abs().max():.2f}). "
            "Two sublayers, two residual sums; the norm stands outside the sum (post) or inside the sublayer's input (pre)."
        )
        _torch = _twin(_block, 16, 4, 32)(_x, src_mask=~_mask)
        assert torch.allclose(_block(_x, _mask), _torch, atol=1e-5), f"{_name}: the mask must reach the attention."
    print(f"{_name}: the same as nn.TransformerEncoderLayer")


# %% tags=["solution"]
class EncoderBlock(nn.Module):
    def __init__(self, width, head_count, hidden, pre_norm=True):
        super().__init__()
        self.pre_norm = pre_norm
        self.attention = Attention(width, head_count)
        self.feed_forward = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))
        self.norm_1 = nn.LayerNorm(width)
        self.norm_2 = nn.LayerNorm(width)

    def forward(self, x, mask=None):
        if self.pre_norm:
            x = x + self.attention(self.norm_1(x), mask)
            return x + self.feed_forward(self.norm_2(x))
        x = self.norm_1(x + self.attention(x, mask))
        return self.norm_2(x + self.feed_forward(x))


# %% [markdown]
# ## 4. Sentences of different lengths
#
# A batch is a rectangle, so short sequences are filled up with a padding symbol. No token may attend to padding, or a
# sentence's result would depend on its neighbours in the batch.
#
# ### Exercise 4: Padding
#
# 1. `padding_mask(lengths, longest)`: booleans of shape $(B, 1, 1, n)$, `True` for real tokens. The axes of size 1
#    broadcast over heads and queries.
# 2. `mean_of_tokens(states, lengths)`: the mean over the **real** tokens, from $(B, n, d)$ to $(B, d)$.
#    This is how sentence embedding models pool.


# %% tags=["exercise"]
def padding_mask(lengths, longest):
    raise NotImplementedError("Return booleans of shape (B, 1, 1, longest).")


def mean_of_tokens(states, lengths):
    raise NotImplementedError("Return the mean over the real tokens of each sequence.")


# %% tags=["check"]
_lengths = torch.tensor([3, 5])
_mask = padding_mask(_lengths, 5)
assert _mask.shape == (2, 1, 1, 5), f"The shape must be (2, 1, 1, 5), not {tuple(_mask.shape)}."
assert _mask[:, 0, 0].tolist() == [[True, True, True, False, False], [True] * 5], (
    "True for real tokens, False for padding."
)
torch.manual_seed(6)
_block = EncoderBlock(16, 4, 32)
_x = torch.randn(2, 5, 16)
with torch.no_grad():
    _padded = _block(_x, padding_mask(_lengths, 5))
    _alone = _block(_x[:1, :3])
    assert torch.allclose(_padded[:1, :3], _alone, atol=1e-5), (
        "The padding changed the real tokens of the short sequence."
    )
    _mean = mean_of_tokens(_padded, _lengths)
assert _mean.shape == (2, 16), f"One vector a sequence: (2, 16), not {tuple(_mean.shape)}."
assert torch.allclose(_mean[1], _padded[1].mean(dim=0), atol=1e-5), "The full sequence's mean is wrong."
assert torch.allclose(_mean[0], _alone[0].mean(dim=0), atol=1e-5), (
    "The padding counts in the mean: zero it, divide by the length."
)
print("Right: padding leaves no trace.")


# %% tags=["solution"]
def padding_mask(lengths, longest):
    return (torch.arange(longest)[None, :] < lengths[:, None])[:, None, None, :]


def mean_of_tokens(states, lengths):
    real = padding_mask(lengths, states.shape[1])[:, 0, 0, :, None]  # (B, n, 1)
    return (states * real).sum(dim=1) / lengths[:, None]


# %% [markdown]
# ## 5. How an encoder is trained without labels: BERT's masking
#
# An encoder sees both sides of a word, so "predict the next word" would be no task. BERT hides words instead. Of all tokens,
# 15 % are chosen; of the chosen ones 80 % become the symbol `[MASK]`, 10 % become a random token and 10 % stay. The
# loss counts the chosen tokens only. The random and the unchanged ones are there because `[MASK]` never occurs later in
# use: the model must not learn that other tokens can be trusted.
#
# ### Exercise 5: Choose and mask
#
# Return `(inputs, targets)`. `targets` holds the original token at chosen places and $-100$ elsewhere; `cross_entropy`
# ignores $-100$. Do not change `tokens`. Draw with `torch.rand(..., generator=generator)` and `torch.randint`.


# %% tags=["exercise"]
def mask_tokens(tokens, mask_token, vocabulary_size, generator, share=0.15):
    raise NotImplementedError("Return (inputs, targets).")


# %% tags=["check"]
_tokens = torch.randint(10, 1000, (400, 100), generator=torch.Generator().manual_seed(0))
_before = _tokens.clone()
_inputs, _targets = mask_tokens(_tokens, 3, 1000, torch.Generator().manual_seed(1))
assert torch.equal(_tokens, _before), "The tokens themselves must stay: work on a clone."
_chosen = _targets != -100
assert abs(_chosen.float().mean() - 0.15) < 0.01, f"15 % are chosen; yours are {_chosen.float().mean():.1%}."
assert torch.equal(_targets[_chosen], _tokens[_chosen]), "Targets at chosen places are the ORIGINAL tokens."
assert torch.equal(_inputs[~_chosen], _tokens[~_chosen]), "Places that were not chosen must stay as they were."
_masked = (_inputs[_chosen] == 3).float().mean()
_same = (_inputs[_chosen] == _tokens[_chosen]).float().mean()
assert abs(_masked - 0.8) < 0.03, f"80 % of the chosen become the mask; yours are {_masked:.1%}."
assert abs(_same - 0.1) < 0.02, f"10 % of the chosen stay as they are; yours are {_same:.1%}."
_random = _inputs[_chosen & (_inputs != 3) & (_inputs != _tokens)]
assert len(_random.unique()) > 200, "The random tokens must come from the whole vocabulary."
print(f"Right: {_chosen.float().mean():.1%} chosen, of these {_masked:.1%} masked and {_same:.1%} unchanged.")


# %% tags=["solution"]
def mask_tokens(tokens, mask_token, vocabulary_size, generator, share=0.15):
    chosen = torch.rand(tokens.shape, generator=generator) < share
    lot = torch.rand(tokens.shape, generator=generator)
    random_tokens = torch.randint(vocabulary_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (lot < 0.8), mask_token, tokens)
    inputs = torch.where(chosen & (lot >= 0.8) & (lot < 0.9), random_tokens, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %% [markdown]
# ## 6. An encoder that learns to reverse
#
# The task: read 8 digits, say at each position the digit of the mirrored position. The token at position 0 must fetch from
# position 7. This needs order, so a model without positions cannot do it.


# %%
class Encoder(nn.Module):
    def __init__(self, symbols, width=64, depth=2, head_count=4, with_positions=True, pre_norm=True, longest=16):
        super().__init__()
        self.embedding = nn.Embedding(symbols, width)
        self.register_buffer("positions", sinusoids(longest, width) * float(with_positions))
        self.blocks = nn.ModuleList(EncoderBlock(width, head_count, 2 * width, pre_norm) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.scores = nn.Linear(width, symbols)

    def forward(self, tokens, mask=None):
        x = self.embedding(tokens) + self.positions[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, mask)
        return self.scores(self.norm(x))


def train_to_reverse(steps=120, **options):
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    model = Encoder(10, **options)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(steps):
        tokens = torch.randint(10, (64, 8), generator=generator)
        loss = F.cross_entropy(model(tokens).flatten(0, 1), tokens.flip(1).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    tokens = torch.randint(10, (500, 8), generator=generator)
    with torch.no_grad():
        hits = (model(tokens).argmax(dim=-1) == tokens.flip(1)).float().mean().item()
    return model, losses, hits


model, with_losses, with_hits = train_to_reverse(with_positions=True)
_, without_losses, without_hits = train_to_reverse(with_positions=False)
print(f"digits right on new sequences: {with_hits:.1%} with positions, {without_hits:.1%} without")
assert with_hits > 0.95
assert without_hits < 0.4

# %%
sequence = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
print("read:", sequence[0].tolist())
print("said:", model(sequence).argmax(dim=-1)[0].tolist())

# Where does the first block look? The mean over its heads of the attention weights, over 200 sequences.
tokens = torch.randint(10, (200, 8), generator=torch.Generator().manual_seed(9))
with torch.no_grad():
    block = model.blocks[0]
    x = block.norm_1(model.embedding(tokens) + model.positions[:8])
    q, k, _ = block.attention.project_in(x).view(200, 8, 3, 4, 16).permute(2, 0, 3, 1, 4)
    weights = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(16), dim=-1).mean(dim=(0, 1))

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
left.plot(with_losses, label="with positions")
left.plot(without_losses, label="without positions")
left.axhline(math.log(10), color="grey", linestyle="--", label="guessing: log 10")
left.set(xlabel="step", ylabel="cross-entropy (nats)", title="Learning to reverse 8 digits", ylim=(0, 2.6))
left.legend()
shown = right.imshow(weights, cmap="Blues", vmin=0)
right.set(xlabel="position looked at (key)", ylabel="position looking (query)", title="Attention weights, first block")
figure.colorbar(shown, ax=right, label="mean weight")
plt.show()

# %% [markdown]
# Without positions every token sees the same bag of digits, and the best it can do is to guess from the bag. With them, the
# attention finds the mirrored position: the dark line from one corner to the other.
#
# Now the order of normalisation. Two blocks learn with either. Take twelve narrow ones, with the same data and rate:

# %%
deep = {}
for name, pre_norm in (("post-norm", False), ("pre-norm", True)):
    _, deep[name], hits = train_to_reverse(pre_norm=pre_norm, depth=12, width=32)
    print(f"{name:9} digits right after 120 steps: {hits:.1%}")
figure, axes = plt.subplots(figsize=(6.5, 3.5))
for name, losses in deep.items():
    axes.plot(losses, label=name)
axes.set(xlabel="step", ylabel="cross-entropy (nats)", title="Twelve blocks, the same data and rate", ylim=(0, 2.6))
axes.legend()
plt.show()

# %% [markdown]
# The pre-norm stack learns earlier: its residual road is open from the first block to the last. The post-norm stack
# normalises after each sum, and a deep one starts later. Such models are trained with a slow start of the learning rate
# (warm-up), as the original Transformer was.

# %% [markdown]
# ## What to remember
#
# - Attention moves information between tokens, the feed-forward network works on each token alone.
# - Positions must be given; without them an encoder sees a bag.
# - Pre-norm keeps gradients of one size in deep stacks; the original Transformer is post-norm.
# - Test a mask by checking that what is masked leaves no trace.
#
# ## What to read next
#
# - Note 02-transformer-architecture and note 03-positional-encoding.
# - Note 18-bert-and-encoder-models and note 04-bert-vs-gpt: what an encoder is good for and what a decoder is.
# - Paper 1706.03762, sections 3.1, 3.3 and 3.5; paper 1810.04805 (BERT), section 3.1, for the masking.
# - Paper 2104.09864: positions as rotations of queries and keys.
# - Notebook 06_gpt_from_scratch: the same block with a causal mask becomes a language model.
