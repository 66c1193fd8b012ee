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
# # 01. PyTorch tensors and autograd
#
# **Goal.** Know what a tensor is, what broadcasting and views do, and how PyTorch computes derivatives.
# At the end you can write a training loop without a recipe and name the mistakes that make one fail in silence.
#
# **What you will build.** Derivatives of a small model twice, by hand and by autograd, and a linear regression trained
# by a loop of your own.
#
# **Time.** About 60 minutes. The cells themselves run in a few seconds.
#
# **Prerequisites.** Python and NumPy. From mathematics: the derivative and the chain rule.
#
# The exercises are cells with a stub. Replace the `raise NotImplementedError` and run the check below it.
# A folded cell after each check holds one possible solution.

# %%
import math

import matplotlib.pyplot as plt
import torch

torch.set_num_threads(2)
torch.manual_seed(0)

# %% [markdown]
# ## 1. A tensor is numbers, a shape, a type and a place
#
# A tensor is an array of numbers of one type. Four of its properties explain most error messages:
#
# | property | example | meaning |
# |---|---|---|
# | `shape` | `(2, 3)` | how many entries along each axis |
# | `dtype` | `torch.float32` | the type of every entry |
# | `device` | `cpu` | the memory that holds the entries |
# | `requires_grad` | `False` | whether autograd follows what is computed from it |

# %%
table = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print(table.shape, table.dtype, table.device, table.requires_grad)
print("mean of each column:", table.mean(dim=0))
print("mean of each row:   ", table.mean(dim=1))

# %% [markdown]
# `dim` names the axis that **disappears**. `table.mean(dim=0)` runs down the rows and leaves one number a column.
#
# Whole numbers become `int64` and numbers with a point become `float32`. Derivatives need floating point numbers.

# %%
print(torch.tensor([1, 2]).dtype, torch.tensor([1.0, 2.0]).dtype)
try:
    torch.tensor([1, 2], requires_grad=True)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# ## 2. Broadcasting
#
# Two tensors of different shapes can be combined entry by entry when their shapes are compatible.
# Line the shapes up at the **right**. In each column the two sizes must be equal, or one of them must be 1 or absent.
# An axis of size 1, or an absent one, is repeated. No memory is copied for the repetition.
#
# ```
#   (4, 3)        (4, 1)        (5, 1, 3)         (4, 3)
#      (3)        (1, 3)           (2, 3)            (4)
#   ------        ------        ---------        ------
#   (4, 3)        (4, 3)        (5, 2, 3)         error
# ```

# %%
column = torch.arange(4.0).reshape(4, 1)
row = torch.arange(3.0).reshape(1, 3)
print((column * 10 + row).shape)
print(column * 10 + row)

# %% [markdown]
# ### The mistake that gives no error
#
# A model's output often has the shape $(n, 1)$ while the targets have the shape $(n,)$. Their difference is not $n$
# numbers but $n \times n$: each prediction minus **every** target. The loss is a number, the loop runs, and the model
# learns to predict the mean.

# %%
prediction = torch.tensor([[1.0], [2.0], [3.0]])
target = torch.tensor([1.0, 2.0, 3.0])
print("difference has the shape", tuple((prediction - target).shape))
print("wrong loss:", (prediction - target).square().mean().item())
print("right loss:", (prediction.squeeze(1) - target).square().mean().item())

# %% [markdown]
# ### Exercise 1: Squared distances without a loop
#
# Given $a$ of shape $(n, d)$ and $b$ of shape $(m, d)$, compute $D_{ij} = \sum_k (a_{ik} - b_{jk})^2$ of shape
# $(n, m)$. Use broadcasting and no loop. Hint: give $a$ the shape $(n, 1, d)$ with `a[:, None, :]`.


# %% tags=["exercise"]
def squared_distances(a, b):
    raise NotImplementedError("Write squared_distances(a, b) with broadcasting.")


# %% tags=["check"]
_a, _b = torch.randn(5, 3), torch.randn(4, 3)
_distances = squared_distances(_a, _b)
assert _distances.shape == (5, 4), f"The shape must be (5, 4), not {tuple(_distances.shape)}."
_expected = torch.tensor([[((p - q) ** 2).sum() for q in _b] for p in _a])
assert torch.allclose(_distances, _expected, atol=1e-5), "Entry (i, j) must be the sum of squares of a[i] - b[j]."
assert squared_distances(_a, _a).diagonal().abs().max() < 1e-5, "The distance of a point to itself is 0."
print("Right. Result shape:", tuple(_distances.shape))


# %% tags=["solution"]
def squared_distances(a, b):
    differences = a[:, None, :] - b[None, :, :]  # (n, m, d)
    return differences.square().sum(dim=-1)


# %% [markdown]
# ## 3. Views and copies
#
# The entries of a tensor lie in one line of memory, its **storage**. The shape and the *strides* say how to walk through
# it. With strides $(s_0, s_1)$, entry $(i, j)$ lies at place $i s_0 + j s_1$. Operations that only change the walk
# return a **view**: a second tensor on the same storage.

# %%
numbers = torch.arange(6)
grid = numbers.view(2, 3)
print("grid:      shape", tuple(grid.shape), "strides", grid.stride())
print("grid.T:    shape", tuple(grid.T.shape), "strides", grid.T.stride())
grid[0, 0] = 100
print("the first number is now", numbers[0].item(), "- the two share their storage")

# %% [markdown]
# The transposed grid is no longer stored row by row: it is not *contiguous*. `view` cannot describe its flat form with
# one stride and refuses. `reshape` returns a view where that is possible and a copy where it is not.

# %%
try:
    grid.T.view(6)
except RuntimeError as error:
    print("RuntimeError:", str(error).split(".")[0])
print(grid.T.reshape(6))

# %% [markdown]
# ### Exercise 2: Who shares memory?
#
# Let `base = torch.arange(12).reshape(3, 4)`. Say for each expression whether its result shares its storage with `base`, so
# that a change of one is a change of the other.
# Fill in `True` or `False`. Decide before you try it out.

# %% tags=["exercise"]
shares_memory = {
    "base[1]": None,
    "base[:, ::2]": None,
    "base[[0, 2]]": None,  # a list as an index
    "base.T": None,
    "base.T.reshape(12)": None,
    "base.reshape(2, 6)": None,
    "base[base > 5]": None,
    "base.clone()": None,
    "base.expand(2, 3, 4)": None,
}

# %% tags=["check"]
for _expression, _answer in shares_memory.items():
    assert isinstance(_answer, bool), f"Write True or False for {_expression}."
    _base = torch.arange(12).reshape(3, 4)
    _result = eval(_expression, {"base": _base})
    _same = _result.untyped_storage().data_ptr() == _base.untyped_storage().data_ptr()
    assert _answer == _same, (
        f"Not so for {_expression}. Slices, transposing and expanding only change the walk through the storage; "
        "lists and masks as indices, clone, and a reshape that no strides can describe make a copy."
    )
assert len(shares_memory) == 9, "Keep all nine expressions."
print("All nine are right.")

# %% tags=["solution"]
shares_memory = {
    "base[1]": True,
    "base[:, ::2]": True,
    "base[[0, 2]]": False,
    "base.T": True,
    "base.T.reshape(12)": False,
    "base.reshape(2, 6)": True,
    "base[base > 5]": False,
    "base.clone()": False,
    "base.expand(2, 3, 4)": True,
}

# %% [markdown]
# ## 4. Derivatives by hand
#
# Take one number $x$, a weight $w$, a bias $b$ and a target $t$:
#
# $$z = w x + b, \qquad e = z - t, \qquad L = e^2$$
#
# The chain rule goes backwards, from the loss to the parameters:
#
# $$\frac{\partial L}{\partial e} = 2e, \qquad
# \frac{\partial L}{\partial z} = 2e \cdot 1, \qquad
# \frac{\partial L}{\partial w} = 2e \cdot x, \qquad
# \frac{\partial L}{\partial b} = 2e$$
#
# Each step multiplies what came from above by one local derivative. This is all that backpropagation is.

# %%
x, t = 3.0, 10.0
w, b = 2.0, 1.0
e = (w * x + b) - t
print(f"by hand:  dL/dw = {2 * e * x}, dL/db = {2 * e}")

w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
loss = ((w * x + b) - t) ** 2
loss.backward()
print(f"autograd: dL/dw = {w.grad.item()}, dL/db = {b.grad.item()}")

# %% [markdown]
# While the forward pass runs, autograd writes down a graph: each result keeps a `grad_fn`, which knows the local
# derivative and the inputs. `backward()` walks this graph from the loss to the **leaves**. Leaves are the tensors that
# you made yourself with `requires_grad=True`; only they receive a `.grad`.

# %%
node = loss.grad_fn
while node is not None:
    print(type(node).__name__)
    node = node.next_functions[0][0] if node.next_functions else None

# %% [markdown]
# ### Exercise 3: The gradient of logistic regression
#
# Inputs $X$ have the shape $(n, d)$, targets $y \in \{0, 1\}$ the shape $(n,)$, weights $w$ the shape $(d,)$.
#
# $$p = \sigma(Xw), \qquad L = -\frac{1}{n} \sum_i \left[ y_i \log p_i + (1 - y_i) \log(1 - p_i) \right]$$
#
# With $\sigma'(z) = \sigma(z)(1 - \sigma(z))$ almost everything cancels, and $\partial L / \partial z_i = (p_i - y_i)/n$.
# Go one step further and write $\partial L / \partial w$ as a tensor of shape $(d,)$, **without** autograd.


# %% tags=["exercise"]
def logistic_gradient(inputs, targets, weights):
    raise NotImplementedError("Write the gradient of the mean loss with respect to the weights.")


# %% tags=["check"]
_generator = torch.Generator().manual_seed(1)
_inputs = torch.randn(20, 4, generator=_generator)
_targets = (torch.rand(20, generator=_generator) > 0.5).float()
_weights = torch.randn(4, generator=_generator, requires_grad=True)
torch.nn.functional.binary_cross_entropy_with_logits(_inputs @ _weights, _targets).backward()
_yours = logistic_gradient(_inputs, _targets, _weights.detach())
assert _yours.shape == (4,), f"The gradient has the shape of the weights, (4,), not {tuple(_yours.shape)}."
assert not torch.allclose(_yours, 20 * _weights.grad, atol=1e-5), "The loss is a mean: divide by the number of rows."
assert not torch.allclose(_yours, -_weights.grad, atol=1e-5), "The sign is the wrong way round: it is p - y."
assert torch.allclose(_yours, _weights.grad, atol=1e-5), (
    "Autograd finds another gradient. Each z_i = X_i w, so dz_i/dw = X_i."
)
print("By hand:", _yours)
print("Autograd:", _weights.grad)


# %% tags=["solution"]
def logistic_gradient(inputs, targets, weights):
    probabilities = torch.sigmoid(inputs @ weights)  # (n,)
    return inputs.T @ (probabilities - targets) / len(targets)


# %% [markdown]
# ## 5. A training loop
#
# Gradient descent repeats four steps:
#
# 1. forward: compute the loss from the parameters;
# 2. backward: compute the derivative of the loss for each parameter;
# 3. step: move each parameter against its derivative, $\theta \leftarrow \theta - \eta \, \partial L / \partial \theta$;
# 4. clear the derivatives, because **`backward()` adds to `.grad`** and does not replace it.

# %%
w = torch.tensor(1.0, requires_grad=True)
for repetition in range(3):
    (w * 2).backward()
    print(f"after backward number {repetition + 1}: w.grad = {w.grad.item()} (the derivative is 2 every time)")

# %% [markdown]
# The update in step 3 is not part of the model, so autograd must not follow it: `with torch.no_grad()`.
# Without it, changing a leaf in place is an error, and `w = w - rate * w.grad` makes a new tensor that is no leaf and
# has no `.grad`.

# %%
w = torch.tensor(1.0, requires_grad=True)
(w**2).backward()
try:
    w -= 0.1 * w.grad
except RuntimeError as error:
    print("RuntimeError:", error)
new_w = w - 0.1 * w.grad
print("is the new tensor a leaf?", new_w.is_leaf)

# %% [markdown]
# Here is data for a linear regression: rents that depend on the floor area, with noise. Both are scaled to about 1.

# %%
generator = torch.Generator().manual_seed(7)
area = torch.rand(80, 1, generator=generator) * 2 - 1
rent = 1.5 * area.squeeze(1) + 0.4 + 0.2 * torch.randn(80, generator=generator)
print(area.shape, rent.shape)

# %% [markdown]
# ### Exercise 4: Train a linear regression
#
# Start with `weight` of shape $(1,)$ and `bias` of shape $()$, both zero. Repeat `steps` times the four steps above for
# the loss $\frac{1}{n} \sum_i (x_i w + b - t_i)^2$. Use autograd, `torch.no_grad()` and no `torch.optim`.
# Return `(weight, bias, losses)`; `losses` is a list of Python floats, the loss before each step.


# %% tags=["exercise"]
def train(inputs, targets, steps=100, rate=0.2):
    raise NotImplementedError("Write the training loop.")


# %% tags=["check"]
_weight, _bias, _losses = train(area, rent, steps=100, rate=0.2)
assert len(_losses) == 100, f"One loss for each of the 100 steps, not {len(_losses)}."
assert all(isinstance(value, float) for value in _losses), (
    "Keep loss.item(), a float. A tensor would keep its graph alive."
)
assert abs(_losses[0] - rent.square().mean().item()) < 1e-4, (
    "With weights of zero the first loss is the mean of rent ** 2."
)
assert all(later <= earlier + 1e-6 for earlier, later in zip(_losses, _losses[1:], strict=False)), (
    "The loss must fall in every step. If it swings, clear .grad after each step."
)
_design = torch.cat([area, torch.ones(80, 1)], dim=1)
_best = torch.linalg.lstsq(_design, rent[:, None]).solution.squeeze(1)
assert abs(_weight.item() - _best[0].item()) < 1e-2, (
    f"The weight must come close to {_best[0]:.3f}; it is {_weight.item():.3f}."
)
assert abs(_bias.item() - _best[1].item()) < 1e-2, (
    f"The bias must come close to {_best[1]:.3f}; it is {_bias.item():.3f}."
)
print(f"weight {_weight.item():.3f}, bias {_bias.item():.3f}; least squares gives {_best[0]:.3f} and {_best[1]:.3f}")


# %% tags=["solution"]
def train(inputs, targets, steps=100, rate=0.2):
    weight = torch.zeros(1, requires_grad=True)
    bias = torch.zeros((), requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = (inputs @ weight + bias - targets).square().mean()
        loss.backward()
        with torch.no_grad():
            for parameter in (weight, bias):
                parameter -= rate * parameter.grad
                parameter.grad = None
        losses.append(loss.item())
    return weight, bias, losses


# %%
weight, bias, losses = train(area, rent)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5))
left.plot(losses)
left.axhline(0.2**2, color="grey", linestyle="--", label="variance of the noise")
left.set(xlabel="step", ylabel="mean squared error", title="The loss falls to the noise", yscale="log")
left.legend()
line = torch.linspace(-1, 1, 2)
right.scatter(area, rent, s=12, label="data")
right.plot(line, (line * weight + bias).detach(), color="tab:orange", label="fitted line")
right.set(xlabel="floor area (scaled)", ylabel="rent (scaled)", title="The fitted line")
right.legend()
plt.tight_layout()
plt.show()

# %% [markdown]
# The same with PyTorch's parts: `nn.Linear` holds the parameters, `optim.SGD` makes the step, `zero_grad` clears.
# Nothing in it is new to you.

# %%
model = torch.nn.Linear(1, 1)
torch.nn.init.zeros_(model.weight)
torch.nn.init.zeros_(model.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
for _ in range(100):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(area).squeeze(1), rent)
    loss.backward()
    optimizer.step()
print(f"weight {model.weight.item():.3f}, bias {model.bias.item():.3f}")
assert math.isclose(model.weight.item(), weight.item(), abs_tol=1e-4)

# %% [markdown]
# ## 6. `no_grad`, `detach` and their traps
#
# | tool | what it does | use it for |
# |---|---|---|
# | `with torch.no_grad():` | records no graph in the block | updates, evaluation |
# | `tensor.detach()` | the same numbers, cut off from the graph, **same storage** | targets, plots |
# | `tensor.item()` | one Python number | logs |
# | `model.eval()` | changes dropout and batch norm; it does **not** stop recording | evaluation, together with `no_grad` |
#
# Two traps. First: `detach()` is a view, so writing into the detached tensor changes the original. Second: summing up
# losses as tensors (`total += loss`) keeps the graph of every step in memory.

# %%
original = torch.ones(3, requires_grad=True)
cut = original.detach()
cut[0] = 50.0
print("original after writing into the detached tensor:", original.data)

total = torch.zeros(())
for _ in range(3):
    total = total + (original * 2).sum()
print("a sum of loss tensors still has a graph:", total.grad_fn)

# %% [markdown]
# ### Exercise 5: A target that must not move
#
# Some methods compare a prediction with a target that the same model computed: value learning in reinforcement learning,
# or a student and a teacher network. The target must count as a constant. Otherwise the model can lower the loss by
# moving the target towards the prediction.
#
# Write the loss $\left(v(s) - [\,r + \gamma\, v(s')\,]\right)^2$, averaged over the batch. No gradient may flow through the
# part in brackets. `value` is a module; it maps states of shape $(n, d)$ to $(n, 1)$, rewards have the shape $(n,)$.
# Mind the shapes.


# %% tags=["exercise"]
def bootstrapped_loss(value, states, rewards, next_states, discount=0.9):
    raise NotImplementedError("Write the loss with a fixed target.")


# %% tags=["check"]
_generator = torch.Generator().manual_seed(3)
_value = torch.nn.Linear(2, 1)
with torch.no_grad():
    _value.weight.copy_(torch.tensor([[0.5, -1.0]]))
    _value.bias.fill_(0.1)
_states, _next = torch.randn(6, 2, generator=_generator), torch.randn(6, 2, generator=_generator)
_rewards = torch.randn(6, generator=_generator)
_v = (_states @ _value.weight.T + _value.bias).squeeze(1).detach()
_y = _rewards + 0.9 * (_next @ _value.weight.T + _value.bias).squeeze(1).detach()
_loss = bootstrapped_loss(_value, _states, _rewards, _next)
assert _loss.shape == (), "The loss is one number: take the mean."
assert torch.isclose(_loss, (_v - _y).square().mean()), (
    "The number is wrong. A likely cause: (n, 1) minus (n,) gives (n, n). Squeeze the model's output first."
)
_loss.backward()
_wanted = (2 * (_v - _y)[:, None] * _states).mean(dim=0)
assert torch.allclose(_value.weight.grad.squeeze(0), _wanted, atol=1e-5), (
    "The loss is right and its gradient is not: the target still passes gradients. Detach it or compute it in no_grad."
)
print("Right: the gradient comes from the prediction only.")


# %% tags=["solution"]
def bootstrapped_loss(value, states, rewards, next_states, discount=0.9):
    prediction = value(states).squeeze(1)
    with torch.no_grad():
        target = rewards + discount * value(next_states).squeeze(1)
    return (prediction - target).square().mean()


# %% [markdown]
# ## What to remember
#
# - Shapes are lined up at the right. Print them when a loss looks odd.
# - A view shares memory with its base. `clone()` makes a copy of its own.
# - `backward()` adds up. Clear the derivatives in every step.
# - Updates happen in `no_grad`, targets are detached, logs are floats.
#
# ## What to read next
#
# - Notebook 02_simple_nn: several layers, and their backward pass written out in NumPy.
# - Note 13-pytorch: the same in short, with its misconceptions.
# - Note 01-attention, "The mathematics": read each formula as shapes, as you did here.
# - Paper 1706.03762 (Attention Is All You Need), section 3.2.1: one formula of matrix products and a softmax, which you
#   will write in notebook 04_attention_from_scratch.
