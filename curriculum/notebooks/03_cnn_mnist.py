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
# # 03. CNN for image classification
#
# **Goal.** Understand what a convolution computes, how far one of its outputs can see, and why that suits images.
# Train a small network on handwritten digits and read its mistakes from a confusion matrix.
#
# **What you will build.** A convolution by hand, a receptive-field calculator, a convolutional network of about 56,000
# parameters, its confusion matrix, and one step of a recurrent network for comparison.
#
# **Time.** About 75 minutes. The cells themselves run in under half a minute.
#
# **Prerequisites.** Notebook 02_simple_nn: layers, cross-entropy, training and validation data.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(0)

# %% [markdown]
# ## 1. The data
#
# The digits that come with scikit-learn: 1,797 grey pictures of 8 by 8 pixels. They need no download and train in
# seconds. If a file `mnist.npz` with the arrays `x_train` and `y_train` lies in the working folder, the first 6,000
# pictures of MNIST (28 by 28 pixels) are used instead; training then takes a few minutes.


# %%
def load_images():
    local = Path("mnist.npz")
    if local.is_file():
        with np.load(local) as arrays:
            return arrays["x_train"][:6000] / 255.0, arrays["y_train"][:6000]
    digits = load_digits()
    return digits.images / 16.0, digits.target


pixels, classes = load_images()
images = torch.from_numpy(pixels).float()[:, None]  # (n, channels = 1, height, width)
labels = torch.from_numpy(classes).long()
rest, test = train_test_split(np.arange(len(labels)), test_size=0.2, stratify=classes, random_state=0)
train, valid = train_test_split(rest, test_size=0.2, stratify=classes[rest], random_state=0)
print("images", tuple(images.shape), "| training", len(train), "validation", len(valid), "test", len(test))

# %%
figure, panels = plt.subplots(1, 10, figsize=(11, 1.6))
for digit, panel in enumerate(panels):
    panel.imshow(images[labels == digit][0, 0], cmap="gray_r")
    panel.set_title(str(digit))
    panel.axis("off")
figure.suptitle("One picture of each class", y=1.1)
plt.show()

# %% [markdown]
# Three sets with three purposes: the training set fits the parameters, the validation set compares choices, the test set
# is looked at once, at the end. `stratify` keeps the share of each digit equal in all three.
#
# ## 2. Convolution
#
# A small table of weights, the **kernel**, slides over the image. At each place it is multiplied entry by entry with the
# pixels under it, and the products are summed:
#
# $$(x * w)_{ij} = \sum_{a=0}^{k-1} \sum_{b=0}^{k-1} x_{i+a,\, j+b} \; w_{ab}$$
#
# Mathematics calls this cross-correlation; its convolution flips the kernel first. Deep-learning libraries do not flip
# and say convolution. For learned weights it makes no difference.
#
# Two ideas are in the formula. **Locality:** an output looks at $k \times k$ neighbouring pixels only.
# **Shared weights:** the same kernel works at every place, so an edge detector is learned once.
#
# ### Exercise 1: Convolution by hand
#
# `image` has the shape $(H, W)$, `kernel` $(k, k)$. Put `padding` rows and columns of zeros on every side, then slide
# with step 1. Loops over the output places are fine; do not call `conv2d`. Hint: `F.pad(image, (left, right, top, bottom))`.


# %% tags=["exercise"]
def convolve(image, kernel, padding=0):
    raise NotImplementedError("Slide the kernel over the padded image.")


# %% tags=["check"]
_image = torch.arange(30.0).reshape(5, 6)
_kernel = torch.tensor([[1.0, 2.0, 0.0], [0.0, -1.0, 1.0], [3.0, 0.0, -2.0]])
for _padding in (0, 1):
    _yours = convolve(_image, _kernel, padding=_padding)
    _torch = F.conv2d(_image[None, None], _kernel[None, None], padding=_padding)[0, 0]
    assert tuple(_yours.shape) == tuple(_torch.shape), (
        f"With padding {_padding} the output has the shape {tuple(_torch.shape)}, not {tuple(_yours.shape)}."
    )
    assert not torch.allclose(
        _yours, F.conv2d(_image[None, None], _kernel.flip(0, 1)[None, None], padding=_padding)[0, 0]
    ), "You flipped the kernel. Deep-learning libraries do not."
    assert torch.allclose(_yours, _torch), (
        "conv2d gives other numbers. Multiply each k x k window with the kernel and sum."
    )
print("Right, with and without padding.")


# %% tags=["solution"]
def convolve(image, kernel, padding=0):
    padded = F.pad(image, (padding, padding, padding, padding))
    size = len(kernel)
    height, width = padded.shape[0] - size + 1, padded.shape[1] - size + 1
    output = torch.zeros(height, width)
    for row in range(height):
        for column in range(width):
            output[row, column] = (padded[row : row + size, column : column + size] * kernel).sum()
    return output


# %%
edges = {
    "picture": None,
    "horizontal edges": torch.tensor([[-1.0, -1, -1], [0, 0, 0], [1, 1, 1]]),
    "vertical edges": torch.tensor([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]]),
    "blur": torch.full((3, 3), 1 / 9),
}
figure, panels = plt.subplots(1, 4, figsize=(10, 2.8))
for panel, (name, kernel) in zip(panels, edges.items(), strict=True):
    picture = images[train[3], 0]
    shown = panel.imshow(picture if kernel is None else convolve(picture, kernel, padding=1), cmap="coolwarm")
    panel.set_title(name)
    panel.axis("off")
    figure.colorbar(shown, ax=panel, fraction=0.046)
plt.tight_layout()
plt.show()

# %% [markdown]
# Move the picture, and the output moves with it. This is **equivariance**, and it follows from the shared weights.

# %%
picture = F.pad(images[train[3], 0], (3, 3, 3, 3))
kernel = edges["vertical edges"]
moved_first = convolve(picture.roll(2, dims=1), kernel, padding=1)
moved_last = convolve(picture, kernel, padding=1).roll(2, dims=1)
print("convolution of the moved picture equals the moved convolution:", torch.allclose(moved_first, moved_last))
assert torch.allclose(moved_first, moved_last)

# %% [markdown]
# ## 3. Sizes and numbers of parameters
#
# With $n$ pixels along an axis, kernel $k$, stride $s$ and padding $p$, the output has
#
# $$\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$
#
# places. A layer with $c_\text{in}$ input and $c_\text{out}$ output channels has $c_\text{out} (c_\text{in} k^2 + 1)$
# parameters: a kernel through all input channels and one bias for each output channel. The image size does not matter.
#
# ### Exercise 2: Plan a layer
#
# Write both functions.


# %% tags=["exercise"]
def output_size(size, kernel, stride=1, padding=0):
    raise NotImplementedError("Return the number of output places along one axis.")


def parameter_count(channels_in, channels_out, kernel):
    raise NotImplementedError("Return the number of weights and biases.")


# %% tags=["check"]
for _size, _k, _stride, _padding in ((28, 3, 1, 1), (28, 5, 1, 0), (224, 7, 2, 3), (8, 2, 2, 0), (9, 2, 2, 0)):
    _layer = nn.Conv2d(3, 4, _k, _stride, _padding)
    _true = _layer(torch.zeros(1, 3, _size, _size)).shape[-1]
    _yours = output_size(_size, _k, _stride, _padding)
    assert _yours == _true, f"{_size} pixels, kernel {_k}, stride {_stride}, padding {_padding}: {_true}, not {_yours}."
for _in, _out, _k in ((1, 32, 3), (3, 64, 7), (32, 64, 1)):
    _true = sum(parameter.numel() for parameter in nn.Conv2d(_in, _out, _k).parameters())
    _yours = parameter_count(_in, _out, _k)
    assert _yours == _true, (
        f"{_in} to {_out} channels with kernel {_k}: {_true} parameters, not {_yours}. Count the biases."
    )
print("Right.")


# %% tags=["solution"]
def output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def parameter_count(channels_in, channels_out, kernel):
    return channels_out * (channels_in * kernel**2 + 1)


# %%
places = 28 * 28
print("28 x 28 picture to 32 maps of the same size")
print(f"  fully connected: {places * 32 * places + 32 * places:>12,} parameters")
print(f"  3 x 3 kernels:   {parameter_count(1, 32, 3):>12,} parameters")

# %% [markdown]
# ## 4. The receptive field
#
# The receptive field of an output is the patch of the input that can change it. For layers with kernels $k_l$ and
# strides $s_l$, in order from the input:
#
# $$r = 1 + \sum_l (k_l - 1) \prod_{i < l} s_i$$
#
# A kernel of size 3 adds 2, but measured in places of its own input. After a stride of 2 each such place is 2 pixels.
# A pooling layer counts like a convolution with the same kernel and stride.
#
# ### Exercise 3: How far does it see?
#
# `layers` is a list of pairs (kernel, stride). Return the width of the receptive field in pixels.


# %% tags=["exercise"]
def receptive_field(layers):
    raise NotImplementedError("Add (kernel - 1) times the product of the earlier strides for each layer.")


# %% tags=["check"]
def _measured(layers):
    """The number of input pixels with a gradient from one output, along one axis."""
    modules = [nn.Conv1d(1, 1, kernel, stride) for kernel, stride in layers]
    for module in modules:
        nn.init.ones_(module.weight)
    line = torch.zeros(1, 1, 200, requires_grad=True)
    output = nn.Sequential(*modules)(line) if modules else line
    output[0, 0, output.shape[-1] // 2].backward()
    used = line.grad[0, 0].nonzero().squeeze(1)
    return int(used.max() - used.min()) + 1


for _layers in ([], [(3, 1)], [(3, 1), (3, 1)], [(3, 1), (2, 2), (3, 1)], [(7, 2), (3, 2), (3, 1), (3, 1)]):
    _yours = receptive_field(_layers)
    assert _yours == _measured(_layers), (
        f"Layers {_layers}: gradients reach {_measured(_layers)} pixels, you say {_yours}. "
        "A stride widens what comes AFTER its layer."
    )
print("Right. Gradients reach exactly that many pixels.")


# %% tags=["solution"]
def receptive_field(layers):
    width, step = 1, 1
    for kernel, stride in layers:
        width += (kernel - 1) * step
        step *= stride
    return width


# %% [markdown]
# ## 5. The network
#
# Convolution, ReLU, convolution, ReLU, pooling, convolution, ReLU. Then the mean over all places gives one number a
# channel (*global average pooling*), and a linear layer makes ten scores of them.


# %%
def new_network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


network = new_network()
print(f"{sum(parameter.numel() for parameter in network.parameters()):,} parameters")
print("receptive field before the average:", receptive_field([(3, 1), (3, 1), (2, 2), (3, 1)]), "pixels")
value = images[:2]
for module in network:
    value = module(value)
    print(f"{type(module).__name__:<18} {tuple(value.shape)}")

# %% [markdown]
# Look at each shape before you train. Most faults of a network are visible here.


# %%
def accuracy(model, rows):
    model.eval()
    with torch.no_grad():
        hits = (model(images[rows]).argmax(dim=1) == labels[rows]).float().mean().item()
    model.train()
    return hits


def fit(model, epochs, rate=3e-3, batch_size=64):
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    generator = torch.Generator().manual_seed(0)
    rows = torch.from_numpy(train)
    history = []
    for _ in range(epochs):
        losses = []
        for batch in rows[torch.randperm(len(rows), generator=generator)].split(batch_size):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        history.append((float(np.mean(losses)), accuracy(model, valid)))
    return history


history = fit(network, epochs=15)
print(f"loss {history[0][0]:.3f} -> {history[-1][0]:.3f}, validation accuracy {history[-1][1]:.1%}")
assert history[-1][1] > 0.95

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
left.plot(range(1, 16), [loss for loss, _ in history], marker=".")
left.set(xlabel="epoch", ylabel="cross-entropy (nats)", title="Training loss", yscale="log")
right.plot(range(1, 16), [hits for _, hits in history], marker=".", color="tab:orange")
right.set(xlabel="epoch", ylabel="accuracy", title="Validation accuracy", ylim=(0, 1.02))
plt.tight_layout()
plt.show()

# %% [markdown]
# ## 6. Which digits does it mix up?
#
# One number hides where the mistakes are. In the **confusion matrix** $C$, the entry $C_{tp}$ counts the pictures of the
# true class $t$ that were called $p$. The diagonal holds the right answers.
#
# $$\text{recall}_c = \frac{C_{cc}}{\sum_p C_{cp}}, \qquad \text{precision}_c = \frac{C_{cc}}{\sum_t C_{tc}}$$
#
# ### Exercise 4: Count the confusions
#
# Return the matrix of whole numbers, shape (class_count, class_count), and two lists of floats: recall and precision of
# each class. A class that never occurs, or is never predicted, gets 0.0.


# %% tags=["exercise"]
def confusion(true, predicted, class_count):
    raise NotImplementedError("Return (matrix, recalls, precisions).")


# %% tags=["check"]
_true, _predicted = torch.tensor([0, 0, 0, 1, 1, 2]), torch.tensor([0, 0, 1, 1, 1, 0])
_matrix, _recalls, _precisions = confusion(_true, _predicted, 4)
_matrix = torch.as_tensor(_matrix)
assert _matrix.shape == (4, 4), "One row and one column for each of the four classes."
assert _matrix.sum() == 6, f"Every picture is counted once: the sum is 6, not {int(_matrix.sum())}."
assert _matrix[2, 0] == 1, "Rows are true classes and columns predictions: the 2 that was called 0 is entry [2, 0]."
assert _matrix.tolist() == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], "The counts are wrong."
assert np.allclose(_recalls, [2 / 3, 1, 0, 0]), f"Recall divides by the row. Expected [0.667, 1, 0, 0], got {_recalls}."
assert np.allclose(_precisions, [2 / 3, 2 / 3, 0, 0]), (
    f"Precision divides by the column and 0/0 is 0. Got {_precisions}."
)
print("Right.")


# %% tags=["solution"]
def confusion(true, predicted, class_count):
    matrix = torch.zeros(class_count, class_count, dtype=torch.long)
    for row, column in zip(true.tolist(), predicted.tolist(), strict=True):
        matrix[row, column] += 1
    right = matrix.diagonal().float()
    recalls = (right / matrix.sum(dim=1).clamp(min=1)).tolist()
    precisions = (right / matrix.sum(dim=0).clamp(min=1)).tolist()
    return matrix, recalls, precisions


# %%
with torch.no_grad():
    predicted = network(images[test]).argmax(dim=1)
matrix, recalls, precisions = confusion(labels[test], predicted, 10)
print(f"accuracy on the test pictures: {accuracy(network, test):.1%}")
figure, axes = plt.subplots(figsize=(5.5, 4.8))
shown = axes.imshow(matrix, cmap="Blues")
for row in range(10):
    for column in range(10):
        if matrix[row, column]:
            colour = "white" if row == column else "black"
            axes.text(column, row, int(matrix[row, column]), ha="center", va="center", color=colour)
axes.set(xlabel="predicted", ylabel="true", title="Confusion matrix (test)", xticks=range(10), yticks=range(10))
figure.colorbar(shown, label="pictures")
plt.show()

# %% [markdown]
# ## 7. What does the average over all places buy?
#
# A fully connected network learns each place separately. The convolutional one shares its kernels, and the final mean
# forgets where a feature was. So moving the pictures by one pixel, which training never did, should hurt it less.
# Measure such a claim instead of believing it:

# %%
height = images.shape[-1]
torch.manual_seed(0)
dense = nn.Sequential(nn.Flatten(), nn.Linear(height * height, 256), nn.ReLU(), nn.Linear(256, 10))
fit(dense, epochs=15)


def moved_accuracy(model, pixels_right):
    moved = F.pad(images[test], (pixels_right, 0, 0, 0))[..., :height]
    with torch.no_grad():
        return (model(moved).argmax(dim=1) == labels[test]).float().mean().item()


print("moved right by   fully connected   convolutional")
for shift in (0, 1, 2):
    print(f"{shift} pixels {moved_accuracy(dense, shift):>18.1%} {moved_accuracy(network, shift):>15.1%}")

# %% [markdown]
# Both lose: equivariance is not invariance, padding and pooling break it at the borders, and a picture of 8 pixels is
# nearly all border. Compare how much each loses. In practice one also trains on moved copies (augmentation).
#
# ## 8. The other family: recurrent networks
#
# A convolution shares its weights over *places*. A recurrent network shares them over *time*: it reads a sequence step by
# step and carries a state $h$.
#
# $$h_t = \tanh(x_t W_x^\top + b_x + h_{t-1} W_h^\top + b_h), \qquad h_0 = 0$$
#
# The state of step $t$ needs that of step $t - 1$, so the steps cannot run at once. A gradient from step $t$ to step 1
# passes through $t - 1$ products with $W_h$ and shrinks or grows with each. Attention, in the next notebook, removes both
# limits.
#
# ### Exercise 5: A recurrent network by hand
#
# `sequence` has the shape $(T, d)$; `weight_x` is $(h, d)$, `weight_h` is $(h, h)$, the biases are $(h,)$. Return all
# states as one tensor of shape $(T, h)$.


# %% tags=["exercise"]
def recurrent_states(sequence, weight_x, weight_h, bias_x, bias_h):
    raise NotImplementedError("Carry the state from step to step and stack all states.")


# %% tags=["check"]
torch.manual_seed(2)
_rnn = nn.RNN(8, 5)
_sequence = torch.randn(6, 8)
with torch.no_grad():
    _states = recurrent_states(_sequence, _rnn.weight_ih_l0, _rnn.weight_hh_l0, _rnn.bias_ih_l0, _rnn.bias_hh_l0)
    _torch = _rnn(_sequence)[0]
assert tuple(_states.shape) == (6, 5), f"One state for each of the 6 steps: (6, 5), not {tuple(_states.shape)}."
assert torch.allclose(_states[0], _torch[0], atol=1e-6), (
    "The first state is wrong: start from zeros, and mind both biases."
)
assert torch.allclose(_states, _torch, atol=1e-6), (
    "The later states are wrong: step t must use the state of step t - 1."
)
print("Right: the same as nn.RNN.")


# %% tags=["solution"]
def recurrent_states(sequence, weight_x, weight_h, bias_x, bias_h):
    state = torch.zeros(len(weight_h))
    states = []
    for item in sequence:
        state = torch.tanh(weight_x @ item + bias_x + weight_h @ state + bias_h)
        states.append(state)
    return torch.stack(states)


# %%
figure, axes = plt.subplots(figsize=(6, 3.2))
for scale in (0.5, 1.0, 1.5):
    torch.manual_seed(0)
    weight_h = nn.init.orthogonal_(torch.empty(32, 32)) * scale
    start = torch.zeros(32, requires_grad=True)
    state, norms = start, []
    for _ in range(30):
        state = torch.tanh(weight_h @ state + 0.01 * torch.randn(32))
        norms.append(torch.autograd.grad(state.sum(), start, retain_graph=True)[0].norm().item())
    axes.plot(range(1, 31), norms, marker=".", label=f"recurrent weights scaled by {scale}")
axes.set(xlabel="steps", ylabel="size of the gradient", yscale="log", title="A gradient on its way to the first state")
axes.legend()
plt.show()

# %% [markdown]
# With 0.5 the gradient halves at each step: after 30 steps a billionth is left. With 1.5 it grows until tanh saturates.
# LSTM and GRU cells add gates so that a state can pass through a step unchanged.
#
# ## What to remember
#
# - A convolution is a small dot product at every place, with the same weights.
# - Compute output sizes and receptive fields before you train.
# - Read a confusion matrix, not only an accuracy. Use the test set once.
# - Weights shared over places fit images; weights shared over time fit sequences, at the price of doing steps in order.
#
# ## What to read next
#
# - Notebook 04_attention_from_scratch: every position sees every other in one step.
# - Note 14-cnns-and-rnns: both families, with sources.
# - Note 01-attention: what recurrence costs and how attention avoids it.
# - Paper 1706.03762, section 4: convolution, recurrence and attention compared in one table.
