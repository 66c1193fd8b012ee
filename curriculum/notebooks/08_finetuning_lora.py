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
# # 08. Fine-tune with LoRA
#
# **Goal.** You can adapt a model by training a few per cent of its parameters, and you can say when that is enough.
#
# **What you will build.** A small Transformer that learns a made-up language; LoRA written out by hand; the same with
# the library `peft`; a comparison of losses, parameter counts and memory.
#
# **Time.** About 75 minutes. **Prerequisites.** Notebook 06 (a GPT from scratch); the note `06-lora`.

# %%
import warnings

warnings.filterwarnings("ignore", message="IProgress")  # a hint on progress bars that none of the cells has

# %%
import copy
import math

import matplotlib.pyplot as plt
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from torch.nn import functional

torch.manual_seed(8)
torch.set_num_threads(1)  # the matrices are small: a second thread costs more than it brings

# %% [markdown]
# ## 1. A language whose best loss we know
#
# Real fine-tuning hides an important number: how low can the loss go? Here we make the language, so we know. A language
# is a table of rules: after the symbols $u, v$ comes the symbol $R[v, u]$ with probability 0.9, and any symbol at random
# otherwise. With $V$ symbols the right one has probability $p = 0.9 + 0.1/V$, each other one $q = 0.1/V$. No model can
# have a lower loss than the entropy
#
# $$H = -p \ln p - (V - 1)\, q \ln q$$
#
# Three languages: the **base** language for pretraining; a **dialect** of it, in which two pairs of symbols have
# exchanged their roles; and an **unrelated** language with new random rules.

# %%
SYMBOLS, LENGTH, WIDTH = 12, 16, 48


def make_texts(rules: Tensor, count: int, seed: int) -> Tensor:
    """Sequences of a language, shape (count, LENGTH + 1)."""
    source = torch.Generator().manual_seed(seed)
    texts = torch.randint(SYMBOLS, (count, LENGTH + 1), generator=source)
    for place in range(2, LENGTH + 1):
        follows = torch.rand(count, generator=source) < 0.9
        texts[:, place] = torch.where(follows, rules[texts[:, place - 1], texts[:, place - 2]], texts[:, place])
    return texts


source = torch.Generator().manual_seed(1)
base_rules = torch.randint(SYMBOLS, (SYMBOLS, SYMBOLS), generator=source)
exchange = torch.arange(SYMBOLS)
exchange[[3, 7, 5, 11]] = exchange[[7, 3, 11, 5]]
dialect_rules = exchange[base_rules][exchange][:, exchange]
unrelated_rules = torch.randint(SYMBOLS, (SYMBOLS, SYMBOLS), generator=source)
rules = {"base": base_rules, "dialect": dialect_rules, "unrelated": unrelated_rules}
train_texts = {name: make_texts(table, 6000, seed=10) for name, table in rules.items()}
test_texts = {name: make_texts(table, 500, seed=20) for name, table in rules.items()}

right, other = 0.9 + 0.1 / SYMBOLS, 0.1 / SYMBOLS
best_loss = -right * math.log(right) - (SYMBOLS - 1) * other * math.log(other)
changed = (dialect_rules != base_rules).float().mean().item()
print(f"No model can be better than {best_loss:.3f}. The dialect changes {changed:.0%} of the rules.")

# %% [markdown]
# ## 2. The model and its pretraining
#
# Two Transformer blocks, as in notebook 06. Each linear layer has a name of its own, because LoRA picks layers by name.


# %%
class Block(nn.Module):
    """Causal self-attention and a feed-forward network, each with a residual connection."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm, self.forward_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.output = nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, states: Tensor) -> Tensor:
        """(batch, length, WIDTH) -> the same shape."""
        batch, length, _ = states.shape
        normed = self.attention_norm(states)
        heads = [
            layer(normed).view(batch, length, 4, WIDTH // 4).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        ]
        mixed = functional.scaled_dot_product_attention(*heads, is_causal=True)
        states = states + self.output(mixed.transpose(1, 2).reshape(batch, length, WIDTH))
        return states + self.down(functional.gelu(self.up(self.forward_norm(states))))


class SmallTransformer(nn.Module):
    """Predicts the next symbol at each place."""

    def __init__(self) -> None:
        super().__init__()
        self.symbols, self.places = nn.Embedding(SYMBOLS, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.Sequential(Block(), Block())
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, SYMBOLS)

    def forward(self, texts: Tensor) -> Tensor:
        """(batch, length) symbols -> (batch, length, SYMBOLS) logits."""
        states = self.symbols(texts) + self.places(torch.arange(texts.shape[1]))
        return self.head(self.norm(self.blocks(states)))


def loss_of(model: nn.Module, texts: Tensor) -> Tensor:
    """Mean cross-entropy from the third symbol on: only there a rule applies."""
    logits = model(texts[:, :-1])[:, 1:]
    return functional.cross_entropy(logits.reshape(-1, SYMBOLS), texts[:, 2:].reshape(-1))


def train(model: nn.Module, language: str, *, steps: int, rate: float) -> list[float]:
    """Trains what is not frozen; returns the loss of each step."""
    source = torch.Generator().manual_seed(0)
    wanted = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(wanted, lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    losses = []
    for _ in range(steps):
        chosen = torch.randint(len(train_texts[language]), (40,), generator=source)
        loss = loss_of(model, train_texts[language][chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def test_loss(model: nn.Module, language: str) -> float:
    """Loss on texts that were not trained on."""
    return loss_of(model, test_texts[language]).item()


base = SmallTransformer()
pretraining_losses = train(base, "base", steps=500, rate=4e-3)
start = {name: test_loss(base, name) for name in rules}
print({name: round(loss, 3) for name, loss in start.items()}, "guessing:", round(math.log(SYMBOLS), 3))
assert start["base"] < best_loss + 0.1, "The base model should know its language before we adapt it."

# %% [markdown]
# On the dialect the pretrained model is *worse than guessing*: it is sure of what is now wrong.
#
# ## 3. LoRA by hand
#
# The pretrained weight $W_0 \in \mathbb{R}^{d \times k}$ is frozen. Beside it stand two thin matrices
# $A \in \mathbb{R}^{r \times k}$ and $B \in \mathbb{R}^{d \times r}$:
#
# $$h = W_0 x + b + \frac{\alpha}{r}\, B A x$$
#
# $A$ starts random and $B$ starts at zero, so at the first step nothing has changed. The factor $\alpha / r$ keeps the
# size of the update roughly the same when you try another rank.
#
# ### Exercise 1: the forward pass
#
# Batches are rows: `inputs` has shape (…, k), so transpose $A$ and $B$ where needed.


# %% tags=["exercise"]
class LoraLinear(nn.Module):
    """A frozen linear layer with a trainable low-rank update."""

    def __init__(self, layer: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(rank, layer.in_features) / math.sqrt(layer.in_features))
        self.b = nn.Parameter(torch.zeros(layer.out_features, rank))
        self.scale = alpha / rank

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., in) -> (..., out)."""
        return self.layer(inputs)  # your code: add the scaled low-rank update


# %% tags=["check"]
checked = LoraLinear(nn.Linear(5, 3), rank=2, alpha=6)
sample = torch.randn(4, 5)
assert torch.allclose(checked(sample), checked.layer(sample)), "B is zero at the start, so nothing may change yet."
with torch.no_grad():
    checked.b.copy_(torch.randn(3, 2))
wanted = checked.layer(sample) + 3 * sample @ (checked.b @ checked.a).T
assert checked(sample).shape == (4, 3), f"The result must have shape (4, 3), yours has {tuple(checked(sample).shape)}."
assert torch.allclose(checked(sample), wanted, atol=1e-5), "Add scale * (inputs A^T) B^T; here the scale is 6 / 2 = 3."
checked(sample).sum().backward()
assert checked.layer.weight.grad is None, "The frozen weight must get no gradient."
assert checked.a.grad is not None, "A must get a gradient."
print("Exercise 1 is right.")


# %% tags=["solution"]
class LoraLinear(nn.Module):
    """A frozen linear layer with a trainable low-rank update."""

    def __init__(self, layer: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(rank, layer.in_features) / math.sqrt(layer.in_features))
        self.b = nn.Parameter(torch.zeros(layer.out_features, rank))
        self.scale = alpha / rank

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., in) -> (..., out)."""
        return self.layer(inputs) + self.scale * (inputs @ self.a.T @ self.b.T)


# %% [markdown]
# Multiply in this order, `(inputs @ a.T) @ b.T`. The product $BA$ is as large as $W_0$, and forming it in each step
# would waste what LoRA saves.
#
# Now every linear layer inside the blocks gets its update. The copy leaves the base model as it is.

# %%
LAYERS = ["query", "key", "value", "output", "up", "down"]


def with_lora(model: SmallTransformer, rank: int, layers: list[str]) -> SmallTransformer:
    """A copy whose named layers have LoRA; everything else is frozen."""
    torch.manual_seed(rank)
    adapted = copy.deepcopy(model).requires_grad_(False)
    for block in adapted.blocks:
        for name in layers:
            setattr(block, name, LoraLinear(getattr(block, name), rank, alpha=2 * rank))
    return adapted


def trainable_count(model: nn.Module) -> int:
    """Number of parameters that training changes."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


adapted = with_lora(base, 4, LAYERS)
assert abs(test_loss(adapted, "dialect") - start["dialect"]) < 1e-5, "Training must begin at the pretrained model."
shapes = [(WIDTH, WIDTH)] * 8 + [(4 * WIDTH, WIDTH)] * 2 + [(WIDTH, 4 * WIDTH)] * 2  # (out, in) in both blocks
print(f"{trainable_count(adapted):,} of {trainable_count(base):,} parameters are trained")

# %% [markdown]
# ### Exercise 2: count before you train
#
# Write the number of trained parameters from the shapes alone. `shapes` has one pair (out, in) for each
# adapted layer; ours stand in the cell above.


# %% tags=["exercise"]
def lora_parameters(shapes: list[tuple[int, int]], rank: int) -> int:
    """Trained parameters of LoRA on layers of these shapes (out, in)."""
    return 0  # your code


# %% tags=["check"]
assert lora_parameters([(4096, 4096)], 8) == 65_536, "One matrix of 4096 x 4096 with rank 8: 8 * (4096 + 4096)."
assert lora_parameters([(3, 5), (7, 2)], 2) == 34, "Layers may have different shapes: 2 * (3 + 5) + 2 * (7 + 2)."
assert lora_parameters(shapes, 4) == trainable_count(adapted), "It must agree with what PyTorch counts for our model."
print("Exercise 2 is right.")


# %% tags=["solution"]
def lora_parameters(shapes: list[tuple[int, int]], rank: int) -> int:
    """Trained parameters of LoRA on layers of these shapes (out, in)."""
    return sum(rank * (rows + columns) for rows, columns in shapes)


# %% [markdown]
# ## 4. What it saves, and what not
#
# Training with Adam keeps, for each **trained** parameter, a gradient and two running averages. With numbers of $c$ bytes
# for frozen weights and 4 bytes for everything that is trained:
#
# $$M = c\, N_{\text{frozen}} + 4\,(1 + 1 + 2)\, N_{\text{trained}} + \text{activations}$$
#
# The activations are not saved: gradients still flow through all layers, down to the first LoRA.
#
# ### Exercise 3: memory of weights and optimiser
#
# Leave the activations out. In full fine-tuning `frozen` is 0.


# %% tags=["exercise"]
def training_bytes(frozen: int, trained: int, bytes_per_frozen: float) -> float:
    """Memory for weights, gradients and Adam's averages, without activations."""
    return 0.0  # your code


# %% tags=["check"]
assert training_bytes(0, 1_000, 2) == 16_000, "A trained parameter takes 16 bytes: itself, its gradient, two averages."
assert training_bytes(1_000, 0, 2) == 2_000, "A frozen parameter takes only its own bytes."
assert training_bytes(7_000_000_000, 40_000_000, 0.5) == 4.14e9, (
    "7e9 weights in 4 bits (QLoRA) and 40e6 in LoRA: 4.14 GB."
)
print("Exercise 3 is right.")


# %% tags=["solution"]
def training_bytes(frozen: int, trained: int, bytes_per_frozen: float) -> float:
    """Memory for weights, gradients and Adam's averages, without activations."""
    return bytes_per_frozen * frozen + 16 * trained


# %%
cases = {
    "all weights": training_bytes(0, 7_000_000_000, 2),
    "LoRA, base in 16 bits": training_bytes(7_000_000_000, 40_000_000, 2),
    "LoRA, base in 4 bits": training_bytes(7_000_000_000, 40_000_000, 0.5),
}
for name, amount in cases.items():
    print(f"7 billion parameters, {name:22} {amount / 1e9:6.1f} GB without activations")

# %% [markdown]
# ## 5. Merging
#
# For use, add the update to the weight once: $W = W_0 + \frac{\alpha}{r} B A$. The model then has its old shape and its
# old speed.
#
# ### Exercise 4: merge one layer
#
# Return a new `nn.Linear` with the same bias. Do not change the layer that you are given.


# %% tags=["exercise"]
def merged(module: LoraLinear) -> nn.Linear:
    """A plain layer that computes the same."""
    return copy.deepcopy(module.layer)  # your code: add the update to the copy's weight, inside torch.no_grad()


# %% tags=["check"]
module = LoraLinear(nn.Linear(WIDTH, 20), rank=3, alpha=6)
with torch.no_grad():
    module.b.copy_(torch.randn(20, 3))
before = module.layer.weight.clone()
plain = merged(module)
sample = torch.randn(6, WIDTH)
assert type(plain) is nn.Linear, "The result is a plain nn.Linear."
assert torch.allclose(plain(sample), module(sample), atol=1e-4), (
    "Merged and unmerged layer must agree: W0 + scale * B A."
)
assert torch.equal(module.layer.weight, before), "Leave the frozen weight as it is: work on a copy."
print("Exercise 4 is right.")


# %% tags=["solution"]
def merged(module: LoraLinear) -> nn.Linear:
    """A plain layer that computes the same."""
    layer = copy.deepcopy(module.layer)
    with torch.no_grad():
        layer.weight += module.scale * (module.b @ module.a)
    return layer


# %% [markdown]
# ## 6. Three ways to learn the dialect
#
# All weights; only the output layer (a cheap and common first try); LoRA of rank 4. The learning rate of LoRA is higher:
# small matrices that start at zero bear and need larger steps. Compare methods only after each has had its own rate.

# %%
STEPS = 160
full = copy.deepcopy(base)
head_only = copy.deepcopy(base).requires_grad_(False)
head_only.head.requires_grad_(True)
curves = {
    "all weights": train(full, "dialect", steps=STEPS, rate=3e-3),
    "output layer only": train(head_only, "dialect", steps=STEPS, rate=1e-2),
    "LoRA, rank 4": train(adapted, "dialect", steps=STEPS, rate=1e-2),
}
for name, model in zip(curves, (full, head_only, adapted), strict=True):
    lines = f"dialect {test_loss(model, 'dialect'):.3f}, base language {test_loss(model, 'base'):.3f}"
    print(f"{name:18} {trainable_count(model):6,} trained   {lines}")

figure, axes = plt.subplots(figsize=(6.5, 3.5))
for name, losses in curves.items():
    smooth = torch.tensor(losses).unfold(0, 10, 1).mean(1)
    axes.plot(range(10, STEPS + 1), smooth, label=name)
axes.axhline(best_loss, color="black", linestyle=":", label="best possible")
axes.set(xlabel="step", ylabel="training loss (mean of 10)", title="Learning the dialect", ylim=(0.4, 3))
axes.legend()
plt.show()

# %% [markdown]
# Look at the last column: every adapted model has *forgotten* the base language. LoRA does not prevent that. But its
# base weights are untouched, so taking the update away brings the old model back.
#
# ## 7. How low is the rank of the change?
#
# LoRA rests on the hypothesis that the change $\Delta W = W_{\text{full}} - W_0$ has a low *intrinsic rank*. We have full
# fine-tuning here, so we can look: the singular values of $\Delta W$ say how much a matrix of each rank could carry. And
# we can try ranks on two targets.

# %%
ranks = [1, 2, 4, 8]
rank_losses: dict[str, list[float]] = {"dialect": [], "unrelated": []}
for language, losses_found in rank_losses.items():
    for rank in ranks:
        if (language, rank) == ("dialect", 4):
            losses_found.append(test_loss(adapted, language))  # trained above
            continue
        trial = with_lora(base, rank, LAYERS)
        train(trial, language, steps=STEPS, rate=1e-2)
        losses_found.append(test_loss(trial, language))

figure, (left, right_axes) = plt.subplots(1, 2, figsize=(9, 3.4))
for name in ("blocks.0.value", "blocks.1.down"):
    change = full.get_submodule(name).weight - base.get_submodule(name).weight
    values = torch.linalg.svdvals(change.detach())
    carried = (values**2).cumsum(0) / (values**2).sum()
    left.plot(range(1, WIDTH + 1), carried, label=name)
left.set(xlabel="rank", ylabel="share of the squared change", title="What a low rank could carry", ylim=(0, 1.02))
left.legend()
for language, losses_found in rank_losses.items():
    right_axes.plot(ranks, losses_found, marker="o", label=language)
right_axes.axhline(best_loss, color="black", linestyle=":", label="best possible")
right_axes.set_xscale("log", base=2)
right_axes.set_xticks(ranks, [str(rank) for rank in ranks])
right_axes.set(xlabel="rank of LoRA", ylabel="test loss", title="The dialect needs less than new rules")
right_axes.legend()
figure.tight_layout()
plt.show()

# %% [markdown]
# The dialect is the base language with renamed symbols: a small change, and a small rank goes far. The unrelated
# language needs new rules, and ranks 1 and 2 fall far behind. (Rank 8 is enough for both here, but in a model of width
# 48 that is no longer low.) The authors of LoRA do not expect a small rank to work for every task either. Note also that
# in the left picture the update of full fine-tuning is not *exactly* of low rank. There are many ways to the same loss,
# and nothing asked it for a short one.

# %% [markdown]
# ## 8. Merged, and the same with peft
#
# First the whole adapted model, merged layer by layer with the function of exercise 4:

# %%
served = copy.deepcopy(adapted)
for block in served.blocks:
    for name in LAYERS:
        setattr(block, name, merged(getattr(block, name)))
difference = (served(test_texts["dialect"][:, :-1]) - adapted(test_texts["dialect"][:, :-1])).abs().max().item()
print(f"Largest difference of a logit after merging: {difference:.1e}")
assert difference < 1e-3, "Merging must not change what the model computes."
assert sum(p.numel() for p in served.parameters()) == sum(p.numel() for p in base.parameters())

# %% [markdown]
# `peft` finds layers by the end of their names. Its A starts from another random distribution, so the numbers differ a
# little; parameter count and method are the same. We give it the same rank, scale, data and steps.

# %%
torch.manual_seed(4)
settings = LoraConfig(r=4, lora_alpha=8, target_modules=LAYERS, lora_dropout=0.0, bias="none")
library_model = get_peft_model(copy.deepcopy(base), settings)
assert trainable_count(library_model) == lora_parameters(shapes, 4), "peft trains as many parameters as our own LoRA."
train(library_model, "dialect", steps=STEPS, rate=1e-2)
by_hand, by_library = test_loss(adapted, "dialect"), test_loss(library_model, "dialect")
print(
    f"test loss on the dialect: by hand {by_hand:.3f}, peft {by_library:.3f}, all weights {test_loss(full, 'dialect'):.3f}"
)
assert abs(by_hand - by_library) < 0.15, "The two should come out close to each other."
unmerged_logits = library_model(test_texts["dialect"][:, :-1])
merged_logits = library_model.merge_and_unload()(test_texts["dialect"][:, :-1])
assert torch.allclose(unmerged_logits, merged_logits, atol=1e-3), "merge_and_unload must not change the model either."

# %% [markdown]
# ## What to take with you
#
# - LoRA trains $r(d + k)$ parameters instead of $dk$, and starts exactly at the pretrained model.
# - It saves gradients, optimiser state and storage for each task. It does not save activations, nor the served weights.
# - The rank you need depends on how far the task is from what the model knows. Try some, and measure.
# - Keep a test for the *old* abilities: fine-tuning forgets.
#
# ## What to read next
#
# - Papers: *LoRA: Low-Rank Adaptation of Large Language Models*, *QLoRA: Efficient Finetuning of Quantized LLMs*.
# - Notes: `06-lora`, `19-training-and-fine-tuning`, `07-rlhf-and-dpo`.
# - Notebook 09 changes what a model does without training anything.
