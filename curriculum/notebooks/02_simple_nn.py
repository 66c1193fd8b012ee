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
# # 02. Build a simple neural network
#
# **Goal.** Understand a neural network down to its last derivative: write one in NumPy, check its gradients with
# numbers, then let PyTorch do the same and get the same values.
#
# **What you will build.** A two-layer classifier with its own backward pass, a gradient checker, and the two curves that
# show when a network starts to memorise.
#
# **Time.** About 75 minutes. The cells themselves run in under half a minute.
#
# **Prerequisites.** Notebook 01_pytorch_basics: shapes, broadcasting, the training loop. The chain rule.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

torch.set_num_threads(2)
torch.manual_seed(0)

# %% [markdown]
# ## 1. Data that no straight line separates
#
# Three arms of a spiral, two numbers a point, three classes.


# %%
def spirals(points_per_class, noise, seed):
    generator = np.random.default_rng(seed)
    points, classes = [], []
    for number in range(3):
        radius = np.linspace(0.1, 1.0, points_per_class)
        angle = radius * 4.0 + number * 2 * np.pi / 3 + generator.normal(0, noise, points_per_class)
        points.append(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
        classes.append(np.full(points_per_class, number))
    return np.concatenate(points), np.concatenate(classes)


inputs, labels = spirals(100, noise=0.15, seed=0)
figure, axes = plt.subplots(figsize=(4.5, 4))
axes.scatter(inputs[:, 0], inputs[:, 1], c=labels, s=10, cmap="viridis")
axes.set(xlabel="first input", ylabel="second input", title="Three classes", aspect="equal")
plt.show()

# %% [markdown]
# ## 2. The model
#
# $$Z = X W_1 + b_1, \qquad H = \max(0, Z), \qquad S = H W_2 + b_2$$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $X$ | inputs, one row an example | $n \times 2$ |
# | $Z, H$ | hidden layer before and after the activation | $n \times h$ |
# | $S$ | scores ("logits"), one column a class | $n \times 3$ |
#
# The activation $\max(0, z)$ (ReLU) is not decoration. Without it two layers are one:
# $(X W_1) W_2 = X (W_1 W_2)$, and a product of matrices is a matrix.

# %%
generator = np.random.default_rng(1)
first, second = generator.normal(size=(2, 16)), generator.normal(size=(16, 3))
print("two layers without activation equal one:", np.allclose((inputs @ first) @ second, inputs @ (first @ second)))

# %% [markdown]
# ## 3. The loss
#
# The softmax turns a row of scores into probabilities; the cross-entropy is the mean surprise about the true classes:
#
# $$p_{ic} = \frac{e^{s_{ic}}}{\sum_k e^{s_{ik}}}, \qquad L = -\frac{1}{n} \sum_i \log p_{i y_i}$$
#
# A computer cannot form $e^{1000}$. But the softmax does not change when the same number is taken from all scores of a
# row. Taking the largest leaves exponents of at most 0:
#
# $$\log p_{ic} = (s_{ic} - m_i) - \log \sum_k e^{s_{ik} - m_i}, \qquad m_i = \max_k s_{ik}$$
#
# ### Exercise 1: A cross-entropy that does not overflow
#
# Return the mean loss as a number. `scores` has the shape $(n, C)$, `classes` holds $n$ whole numbers.
# Hint: `log_probabilities[np.arange(n), classes]` picks one entry a row.


# %% tags=["exercise"]
def cross_entropy(scores, classes):
    raise NotImplementedError("Write the mean cross-entropy, with the largest score taken away first.")


# %% tags=["check"]
_scores = np.array([[2.0, 1.0, 0.1], [0.0, 0.0, 0.0]])
_loss = cross_entropy(_scores, np.array([0, 2]))
assert np.ndim(_loss) == 0, "The loss is one number: the mean over the rows."
assert np.isclose(_loss, (0.4170300 + np.log(3)) / 2, atol=1e-5), (
    f"The loss of the example is 0.75782, not {_loss:.5f}."
)
with np.errstate(all="ignore"):
    _large = cross_entropy(np.array([[1000.0, 0.0], [0.0, -1000.0]]), np.array([0, 1]))
assert np.isfinite(_large), "Large scores overflow. Take the largest score of each row away before the exponential."
assert np.isclose(_large, 500.0), (
    f"Those scores give a loss of 500, not {_large}. Never take the logarithm of a rounded 0."
)
assert _scores[0, 0] == 2.0, "Leave the scores as they were: `scores -= ...` changes the caller's array."
print("Right. Example loss:", round(float(_loss), 5))


# %% tags=["solution"]
def cross_entropy(scores, classes):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_probabilities[np.arange(len(classes)), classes].mean()


# %% [markdown]
# A model that knows nothing gives each of $C$ classes the probability $1/C$, a loss of $\log C$. For three classes this
# is 1.0986. **A fresh network that starts far above $\log C$ has a fault** in its initialisation or its loss.


# %%
def new_parameters(hidden, seed=0, inputs=2, classes=3):
    generator = np.random.default_rng(seed)
    return {
        "W1": generator.normal(0, np.sqrt(2 / inputs), (inputs, hidden)),
        "b1": np.zeros(hidden),
        "W2": generator.normal(0, np.sqrt(1 / hidden) * 0.1, (hidden, classes)),
        "b2": np.zeros(classes),
    }


def forward(parameters, inputs):
    """The scores, and the values that the backward pass needs."""
    z = inputs @ parameters["W1"] + parameters["b1"]
    h = np.maximum(0, z)
    return h @ parameters["W2"] + parameters["b2"], {"x": inputs, "z": z, "h": h}


parameters = new_parameters(hidden=32)
scores, _ = forward(parameters, inputs)
print(f"loss of the fresh network {cross_entropy(scores, labels):.4f}, log 3 = {np.log(3):.4f}")

# %% [markdown]
# ## 4. A referee for gradients
#
# Before you derive a gradient, build the test for it. The central difference needs nothing but the loss:
#
# $$\frac{\partial L}{\partial \theta_i} \approx \frac{L(\theta_i + \epsilon) - L(\theta_i - \epsilon)}{2 \epsilon}$$
#
# Its error shrinks like $\epsilon^2$, that of the one-sided difference only like $\epsilon$. In 64-bit numbers
# $\epsilon = 10^{-5}$ is a good choice: a much smaller one loses digits in the subtraction.
#
# ### Exercise 2: The numerical gradient
#
# `loss` is a function without arguments that reads `array`. Change one entry of `array` at a time, call `loss()` twice,
# and **put the entry back**. Return an array of the shape of `array`. Hint: `for index in np.ndindex(array.shape)`.


# %% tags=["exercise"]
def numerical_gradient(loss, array, epsilon=1e-5):
    raise NotImplementedError("Write the central difference for every entry of the array.")


# %% tags=["check"]
_point = np.array([[1.0, -2.0], [0.5, 3.0]])
_before = _point.copy()
_gradient = numerical_gradient(lambda: (_point**3).sum(), _point)
assert np.array_equal(_point, _before), "The array must be as it was before the call: put each entry back."
assert _gradient.shape == _point.shape, f"The gradient has the shape {_point.shape}, not {np.shape(_gradient)}."
assert np.allclose(_gradient, 3 * _before**2, rtol=1e-7), "The derivative of x ** 3 is 3 x ** 2."
_coarse = numerical_gradient(lambda: (_point**3).sum(), _point, epsilon=0.1)
assert np.allclose(_coarse - 3 * _before**2, 0.01), (
    "With epsilon 0.1 the central difference of x ** 3 is off by exactly 0.01. Use both sides and divide by 2 epsilon."
)
print("Right.")


# %% tags=["solution"]
def numerical_gradient(loss, array, epsilon=1e-5):
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + epsilon
        above = loss()
        array[index] = kept - epsilon
        below = loss()
        array[index] = kept
        gradient[index] = (above - below) / (2 * epsilon)
    return gradient


# %% [markdown]
# ## 5. The backward pass
#
# Go from the loss to the parameters. Write $\delta$ for the derivative of the loss with respect to a layer's input sum.
#
# $$\delta_S = \frac{P - Y}{n}$$
#
# Here $P$ are the probabilities and $Y$ the true classes as rows of zeros with a single one. Then
#
# $$\frac{\partial L}{\partial W_2} = H^\top \delta_S, \qquad
# \frac{\partial L}{\partial b_2} = \sum_i \delta_{S,i}, \qquad
# \frac{\partial L}{\partial H} = \delta_S W_2^\top$$
#
# $$\delta_Z = \frac{\partial L}{\partial H} \odot [Z > 0], \qquad
# \frac{\partial L}{\partial W_1} = X^\top \delta_Z, \qquad
# \frac{\partial L}{\partial b_1} = \sum_i \delta_{Z,i}$$
#
# Two habits save hours. A derivative has the shape of the thing it belongs to, so shapes tell you where the transpose
# goes. And whatever was broadcast forwards (the bias, to $n$ rows) is summed backwards.
#
# ### Exercise 3: Backpropagation
#
# Return a dictionary with the gradients of `W1`, `b1`, `W2` and `b2`. `kept` holds `x`, `z` and `h` from `forward`.


# %% tags=["exercise"]
def backward(parameters, kept, scores, classes):
    raise NotImplementedError("Write the gradients of W1, b1, W2 and b2.")


# %% tags=["check"]
_parameters = new_parameters(hidden=5, seed=3)
_parameters["b1"] += np.random.default_rng(4).normal(0, 0.3, 5)
_parameters["W2"] *= 10
_x, _y = inputs[::25], labels[::25]
_scores, _kept = forward(_parameters, _x)
_yours = backward(_parameters, _kept, _scores, _y)
assert set(_yours) == {"W1", "b1", "W2", "b2"}, "Return the gradients under the names W1, b1, W2 and b2."
for _name in ("W2", "b2", "W1", "b1"):
    _numeric = numerical_gradient(lambda: cross_entropy(forward(_parameters, _x)[0], _y), _parameters[_name])
    assert _yours[_name].shape == _numeric.shape, (
        f"{_name}: the shape must be {_numeric.shape}, not {_yours[_name].shape}."
    )
    _error = np.abs(_yours[_name] - _numeric).max() / (np.abs(_numeric).max() + 1e-12)
    _hint = (
        "Is the loss a mean, so delta_S is divided by n?"
        if _name.endswith("2")
        else "Is the derivative zero where z is not positive?"
    )
    assert _error < 1e-6, f"{_name} differs from the numerical gradient by {_error:.1e} of its size. {_hint}"
    print(f"{_name}: relative difference {_error:.1e}")


# %% tags=["solution"]
def backward(parameters, kept, scores, classes):
    count = len(classes)
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    delta_s = exponentials / exponentials.sum(axis=1, keepdims=True)  # (n, C)
    delta_s[np.arange(count), classes] -= 1
    delta_s /= count
    delta_z = (delta_s @ parameters["W2"].T) * (kept["z"] > 0)  # (n, h)
    return {
        "W2": kept["h"].T @ delta_s,
        "b2": delta_s.sum(axis=0),
        "W1": kept["x"].T @ delta_z,
        "b1": delta_z.sum(axis=0),
    }


# %% [markdown]
# ## 6. Train it

# %%
parameters = new_parameters(hidden=64)
losses = []
for _ in range(1500):
    scores, kept = forward(parameters, inputs)
    losses.append(cross_entropy(scores, labels))
    gradients = backward(parameters, kept, scores, labels)
    for name, gradient in gradients.items():
        parameters[name] -= 0.5 * gradient
accuracy = (forward(parameters, inputs)[0].argmax(axis=1) == labels).mean()
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, accuracy on the training data {accuracy:.1%}")
assert losses[-1] < 0.3

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
left.plot(losses)
left.axhline(np.log(3), color="grey", linestyle="--", label="log 3: knows nothing")
left.set(xlabel="step", ylabel="cross-entropy (nats)", title="Training loss", ylim=(0, None))
left.legend()
axis = np.linspace(-1.2, 1.2, 200)
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
regions = forward(parameters, grid)[0].argmax(axis=1).reshape(200, 200)
right.contourf(axis, axis, regions, levels=[-0.5, 0.5, 1.5, 2.5], cmap="viridis", alpha=0.35)
right.scatter(inputs[:, 0], inputs[:, 1], c=labels, s=8, cmap="viridis")
right.set(xlabel="first input", ylabel="second input", title="Regions of the network", aspect="equal")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## 7. The same network in PyTorch
#
# `nn.Linear` stores its weight as (outputs, inputs), the transpose of ours. With the same numbers inside, the losses and
# the gradients must agree. If they do, both are very probably right.

# %%
start = new_parameters(hidden=64)
model = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.ReLU(), torch.nn.Linear(64, 3)).double()
with torch.no_grad():
    for layer, number in ((model[0], "1"), (model[2], "2")):
        layer.weight.copy_(torch.from_numpy(start[f"W{number}"].T))
        layer.bias.copy_(torch.from_numpy(start[f"b{number}"]))

torch_inputs, torch_labels = torch.from_numpy(inputs), torch.from_numpy(labels)
loss = torch.nn.functional.cross_entropy(model(torch_inputs), torch_labels)
loss.backward()
scores, kept = forward(start, inputs)
ours = backward(start, kept, scores, labels)
print("same loss:     ", np.isclose(loss.item(), cross_entropy(scores, labels)))
print("same gradients:", np.allclose(model[0].weight.grad.numpy().T, ours["W1"]))
assert np.allclose(model[0].weight.grad.numpy().T, ours["W1"])
assert np.allclose(model[2].bias.grad.numpy(), ours["b2"])

# %% [markdown]
# `cross_entropy` of PyTorch takes **scores**, not probabilities: the softmax is inside. A model that ends in a softmax
# and is then given to `cross_entropy` applies it twice. It still learns, slowly and badly, and nothing warns you.
#
# ## 8. How large should the first weights be?
#
# A layer sums `fan_in` products. With independent weights of variance $v$ and zero mean, the variance of the sum is
# $v \cdot \text{fan\_in} \cdot E[x^2]$. A ReLU keeps half of the mean square. To keep $E[x^2]$ the same from layer to
# layer, one needs
#
# $$v \cdot \text{fan\_in} \cdot \tfrac{1}{2} = 1 \quad\Longrightarrow\quad v = \frac{2}{\text{fan\_in}}$$
#
# This is known as He initialisation (He and others, 2015).
#
# ### Exercise 4: Keep the signal alive
#
# Return a weight matrix of shape (fan_in, fan_out) with normal entries of mean 0 and the variance above. Use `generator`.


# %% tags=["exercise"]
def initial_weights(fan_in, fan_out, generator):
    raise NotImplementedError("Return normal weights with variance 2 / fan_in.")


# %% tags=["check"]
_w = initial_weights(400, 300, np.random.default_rng(0))
assert _w.shape == (400, 300), f"The shape must be (fan_in, fan_out) = (400, 300), not {_w.shape}."
assert abs(_w.mean()) < 0.001, "The mean must be 0."
assert abs(_w.var() * 400 - 2) < 0.05, (
    f"The variance must be 2 / fan_in = {2 / 400}, not {_w.var():.5f}. NumPy's `scale` is the standard deviation."
)
_signal = np.random.default_rng(1).normal(size=(200, 400))
for _depth in range(20):
    _signal = np.maximum(0, _signal @ initial_weights(400, 400, np.random.default_rng(_depth)))
assert 0.2 < (_signal**2).mean() < 5, f"After 20 layers the mean square is {(_signal**2).mean():.2e}, not about 1."
print(f"Right. Mean square after 20 layers: {(_signal**2).mean():.2f}")


# %% tags=["solution"]
def initial_weights(fan_in, fan_out, generator):
    return generator.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


# %%
figure, axes = plt.subplots(figsize=(6, 3.5))
for factor, name in ((0.5, "half the standard deviation"), (1.0, "variance 2 / fan_in"), (1.5, "one and a half times")):
    signal = np.random.default_rng(0).normal(size=(200, 256))
    sizes = []
    for depth in range(20):
        signal = np.maximum(0, signal @ (factor * initial_weights(256, 256, np.random.default_rng(depth))))
        sizes.append(np.sqrt((signal**2).mean()))
    axes.plot(range(1, 21), sizes, marker=".", label=name)
axes.set(
    xlabel="layer",
    ylabel="root mean square of the activations",
    yscale="log",
    title="The signal through 20 layers",
    xticks=range(0, 21, 5),
)
axes.legend()
plt.show()

# %% [markdown]
# ## 9. Overfitting
#
# Now few points with much noise, and a large network. Training data are what the parameters see. Validation data decide
# nothing but when to stop.


# %%
def noisy_spirals(points_per_class, seed):
    points, classes = spirals(points_per_class, noise=0.6, seed=seed)
    return torch.from_numpy(points).float(), torch.from_numpy(classes)


train_inputs, train_labels = noisy_spirals(25, seed=10)
valid_inputs, valid_labels = noisy_spirals(100, seed=11)


def learning_curves(weight_decay, steps=500):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(2, 128), torch.nn.ReLU(), torch.nn.Linear(128, 128), torch.nn.ReLU())
    model = model.append(torch.nn.Linear(128, 3))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=weight_decay)
    curves = {"training": [], "validation": []}
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(model(train_inputs), train_labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            curves["training"].append(loss.item())
            curves["validation"].append(torch.nn.functional.cross_entropy(model(valid_inputs), valid_labels).item())
    return curves


curves = learning_curves(weight_decay=0.0)
regular = learning_curves(weight_decay=2.0)

# %%
figure, axes = plt.subplots(figsize=(7, 4))
axes.plot(curves["training"], color="tab:blue", label="training")
axes.plot(curves["validation"], color="tab:red", label="validation")
axes.plot(regular["validation"], color="tab:red", linestyle=":", label="validation, weight decay 2")
axes.axvline(int(np.argmin(curves["validation"])), color="grey", linestyle="--", label="lowest validation loss")
axes.set(xlabel="step", ylabel="cross-entropy (nats)", title="The network memorises its 75 points", ylim=(0, None))
axes.legend()
plt.show()
print(f"lowest validation loss {min(curves['validation']):.3f}, at the end {curves['validation'][-1]:.3f}")

# %% [markdown]
# The training loss goes to zero and tells nothing about new points. The validation loss falls, turns and rises: the
# network becomes very sure of answers that are wrong. Three remedies: more data, a penalty on large weights
# (weight decay), and stopping in time.
#
# ### Exercise 5: Early stopping
#
# Return the number (from 0) of the step whose parameters you would keep. Stop as soon as the loss has not been **below
# the best so far** for `patience` steps in a row; what comes later is never seen. If that never happens, the best of all.


# %% tags=["exercise"]
def stopping_step(validation_losses, patience):
    raise NotImplementedError("Return the best step seen before patience runs out.")


# %% tags=["check"]
assert stopping_step([3, 2, 1, 2, 3, 4], patience=2) == 2, "The best step of 3, 2, 1, 2, 3, 4 is number 2."
assert stopping_step([5, 4, 4.5, 4.6, 1], patience=2) == 1, "After two steps without a new best, the 1 is never seen."
assert stopping_step([5, 4, 4.5, 4.6, 1], patience=3) == 4, "With patience 3 the run lives to see the 1."
assert stopping_step([3, 2, 1], patience=1) == 2, "A run that never stops keeps its best step."
assert stopping_step([2, 2, 2, 1], patience=2) == 0, "An equal loss is no new best, so patience runs out."
_kept = stopping_step(curves["validation"], patience=50)
print(f"Right. Here: keep step {_kept}, with a validation loss of {curves['validation'][_kept]:.3f}")


# %% tags=["solution"]
def stopping_step(validation_losses, patience):
    best_step, best_loss = 0, float("inf")
    for step, loss in enumerate(validation_losses):
        if loss < best_loss:
            best_step, best_loss = step, loss
        elif step - best_step >= patience:
            break
    return best_step


# %% [markdown]
# ## What to remember
#
# - Backpropagation is the chain rule with shapes: transpose where the shapes ask for it, sum what was broadcast.
# - Check every gradient you write with central differences, in 64-bit numbers.
# - Know the loss of a model that knows nothing, and compare the first step with it.
# - A low training loss alone means little. Look at data that the parameters have not seen.
#
# ## What to read next
#
# - Notebook 03_cnn_mnist: layers that share their weights over an image.
# - Note 12-neural-networks: the same in short, with a worked example.
# - Note 02-transformer-architecture: where these two-layer networks stand in a Transformer ("feed-forward").
# - Paper 1706.03762, section 3.3: the same two-layer network with a ReLU, applied at every position.
