"""The notes on foundations, architectures and training: their worked numbers and code, computed again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pytest
from test_curriculum_notes import body_of, softmax, stands_in


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Models this small lose more by waiting for a second thread than they gain."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run_code_of(stem: str) -> dict[str, object]:
    """The names that the note's Python blocks leave behind, run one after the other."""
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", body_of(stem), re.S)
    assert blocks, f"{stem} has no code"
    for block in blocks:
        exec(compile(block, stem, "exec"), names)
    return names


def number(value: object) -> float:
    assert isinstance(value, float)
    return value


def listed(values: list[float], digits: int = 3) -> str:
    return "(" + ", ".join(f"{value:.{digits}f}" for value in values) + ")"


def test_mathematics_numbers() -> None:
    stem, scores, rate, squared_length = "11-math-refresher", [3.0, 1.0, 0.0], 0.5, 1 + 4
    chances = softmax(scores)
    loss = -math.log(chances[1])
    slope = [chance - target for chance, target in zip(chances, (0, 1, 0), strict=True)]
    stands_in(stem, listed(chances), f"{loss:.3f}", f"{math.exp(loss):.3f}", listed(slope))
    for value in slope:
        stands_in(stem, f"({value:.3f}, {2 * round(value, 3):.3f})")
    moved = [score - rate * squared_length * value for score, value in zip(scores, slope, strict=True)]
    stands_in(stem, listed(moved), f"to ${-math.log(softmax(moved)[1]):.3f}$")
    around = [-math.log(softmax([3, 1 + step, 0])[1]) for step in (1e-4, -1e-4)]
    assert round((around[0] - around[1]) / 2e-4, 3) == round(slope[1], 3) == -0.886
    stands_in(stem, f"{512 * 512:,}", f"{4 * (512 + 512):,}")


def test_the_step_of_the_network_note() -> None:
    stem = "12-neural-networks"
    names = run_code_of(stem)
    second, first = names["second"], names["first"]
    assert isinstance(second, list)
    assert isinstance(first, list)
    assert second == pytest.approx([1.1, 1.0])
    assert first[0] == pytest.approx([1.05, 0.6])
    assert first[1] == [-1.0, 0.25]
    prediction = 1.1 * (1.05 + 2 * 0.6)
    assert number(names["loss"]) == pytest.approx(0.5 * (prediction - 3) ** 2)
    stands_in(stem, f"{prediction:.3f}", f"{number(names['loss']):.3f}", f"{2 * 512 * 2048 + 2048 + 512:,}")


def test_gradients_of_the_network_note_agree_with_autograd() -> None:
    import torch

    first = torch.tensor([[1.0, 0.5], [-1.0, 0.25]], requires_grad=True)
    second = torch.tensor([1.0, 1.0], requires_grad=True)
    loss = (second @ torch.relu(first @ torch.tensor([1.0, 2.0])) - 3) ** 2 / 2
    torch.autograd.backward(loss)
    assert first.grad is not None
    assert second.grad is not None
    assert loss.item() == 0.5
    assert first.grad.tolist() == [[-1, -2], [0, 0]]
    assert second.grad.tolist() == [-2, 0]


@pytest.mark.usefixtures("one_thread")
def test_the_loop_of_the_pytorch_note_learns() -> None:
    losses = run_code_of("13-pytorch")["losses"]
    assert isinstance(losses, list)
    assert losses[-1] < losses[0] / 20


def test_pytorch_numbers() -> None:
    import torch

    x = torch.tensor(3.0, requires_grad=True)
    for expected in (8, 16):
        torch.autograd.backward(x**2 + 2 * x)
        assert x.grad is not None
        assert x.grad.item() == expected
    values = torch.tensor([1.0, 2.0, 3.0])
    mistaken = ((values[:, None] - values) ** 2).mean().item()
    stands_in("13-pytorch", f"12/9 = {mistaken:.3f}", f"{32 * 128 * 768:,}", f"{110e6 * 16 / 1e9:.2f} GB")
    assert 32 * 128 * 768 * 4 == 12 * 2**20


def training_cost(seconds: float) -> str:
    """Operations of the paper's eight cards, as LaTeX writes them."""
    mantissa, power = f"{seconds * 8 * 9.5e12:.2e}".split("e+")
    return rf"{mantissa} \cdot 10^{{{power}}}"


def test_numbers_recomputed_from_the_transformer_paper() -> None:
    stem, feed_forward = "15-reading-attention-is-all-you-need", 12 * 2 * 512 * 1024
    stands_in(stem, training_cost(12 * 3600), training_cost(3.5 * 86_400), f"{feed_forward:,}")
    stands_in(stem, f"{65 - feed_forward / 1e6:.1f} million", f"${100_000 * 0.4 / 3600:.1f}$ hours")
    rates = [512**-0.5 * min(step**-0.5, step * 4000**-1.5) for step in (4000, 100_000)]
    stands_in(stem, f"${rates[0]:.4f}$", f"${rates[1]:.5f}$")
    assert max(min(step**-0.5, step * 4000**-1.5) for step in range(1, 10_000)) == pytest.approx(4000**-0.5)


def test_comparing_two_models() -> None:
    stem, tasks, first, second = "20-frontier-2025", 200, 20, 12
    disagreements, gap = first + second, (first - second) / tasks
    error = math.sqrt(disagreements - (first - second) ** 2 / tasks) / tasks
    tail = sum(math.comb(disagreements, wins) for wins in range(first, disagreements + 1)) / 2**disagreements
    stands_in(stem, f"{error:.4f}", f"${gap / error:.2f}$ standard errors", f"${2 * tail:.3f}$")
    stands_in(stem, f"${1.96**2 * (disagreements / tasks - gap**2) / gap**2:.0f}$ tasks")
    separate = math.sqrt(0.75 * 0.25 / tasks + 0.71 * 0.29 / tasks)
    stands_in(stem, f"{separate:.4f}", f"{6 * tasks / 150:.1f} cents", f"{2 * tasks / 142:.1f} with the second")
    assert (150 - 142) / tasks == gap


def test_convolution_numbers() -> None:
    stem, line, kernel = "14-cnns-and-rnns", (1, 2, 3, 0, 1), (1, 0, -1)
    outputs = [sum(w * line[start + j] for j, w in enumerate(kernel)) for start in range(3)]
    stands_in(stem, f"({', '.join(map(str, outputs))})", f"{32 * (16 * 9 + 1):,}")
    places = 28 * 28
    stands_in(stem, rf"{places * 16:,} \cdot {places * 32:,} = {places * 16 * places * 32:,}")
    ordinary = next(depth for depth in range(2000) if 1 + 2 * depth >= 1024)
    doubling = next(depth for depth in range(2000) if 1 + 2 * (2**depth - 1) >= 1024)
    stands_in(stem, f"takes {ordinary} ordinary", f"or {doubling} when")


def test_recurrence_numbers() -> None:
    states = [0.0]
    for value in (1, 0, 0):
        states.append(math.tanh(value + 0.5 * states[-1]))
    stands_in("14-cnns-and-rnns", *(f"${state:.3f}$" for state in states[1:]))
    stands_in("14-cnns-and-rnns", f"${0.9**50:.3f}$", f"${1.1**50:.1f}$")


@pytest.mark.usefixtures("one_thread")
def test_the_small_gpt_of_the_note() -> None:
    import torch
    from torch import nn

    names = run_code_of("16-transformer-from-scratch")
    new_model, loss_of = names["SmallGpt"], names["loss_of"]
    assert callable(new_model)
    assert callable(loss_of)
    torch.manual_seed(0)
    model = new_model()
    assert isinstance(model, nn.Module)
    count = sum(weight.numel() for weight in model.parameters())
    stands_in("16-transformer-from-scratch", f"{count:,}", f"{math.log(65):.3f}", f"{8 * 4 * 32 * 32:,}")
    tokens = torch.randint(65, (8, 33))
    assert loss_of(model, tokens).item() == pytest.approx(math.log(65), abs=0.05)
    changed = tokens[:, :32].clone()
    changed[:, 20] = (changed[:, 20] + 1) % 65
    moved = (model(changed) - model(tokens[:, :32])).abs().amax(dim=(0, 2))
    assert moved[:20].max() == 0
    assert moved[20:].min() > 0
    nn.init.normal_(model.get_parameter("token.weight"))
    assert loss_of(model, tokens).item() > 2 * math.log(65)


@pytest.mark.usefixtures("one_thread")
def test_the_small_gpt_learns_one_batch_by_heart() -> None:
    import torch
    from torch import nn

    names = run_code_of("16-transformer-from-scratch")
    new_model, loss_of = names["SmallGpt"], names["loss_of"]
    assert callable(new_model)
    assert callable(loss_of)
    torch.manual_seed(0)
    model, tokens = new_model(vocabulary=20, width=32, depth=2), torch.randint(20, (2, 17))
    assert isinstance(model, nn.Module)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        loss = loss_of(model, tokens)
        torch.autograd.backward(loss)
        optimizer.step()
    assert loss_of(model, tokens).item() < 0.3


def test_decoder_numbers() -> None:
    stem, width, heads = "17-gpt-architecture", 4096, 8
    attention, feed_forward = 2 * width**2 + 2 * width * heads * 128, 3 * width * 14_336
    layers, embeddings = 32 * (attention + feed_forward), 2 * 32_000 * width
    stands_in(stem, *(f"{count:,}" for count in (attention, feed_forward, layers, embeddings, layers + embeddings)))
    per_token = 2 * 32 * heads * 128 * 2
    stands_in(stem, f"= {per_token:,}$ bytes a token", f"= {32 * 4096:,}$ tokens")
    assert [per_token * count / 2**30 for count in (8192, 8192 * 4, 4096)] == [1, 4, 0.5]
    assert 32 * 1024 / 4096 == 8
    stands_in(stem, f"{12 * 48 * 1600**2 + 50_257 * 1600 + 1024 * 1600:,}")


def test_encoder_numbers() -> None:
    stem, starts, ends = "18-bert-and-encoder-models", (1, 4, 2), (0, 1, 5)
    stands_in(stem, f"{3 * 768:,}", f"{2 * 768:,}", f"{100 * 3 * 768 / 110e6:.3f}%", listed(softmax(starts)))
    spans = {(i + 1, j + 1): starts[i] + ends[j] for i in range(3) for j in range(i, 3)}
    best = max(spans, key=lambda span: spans[span])
    stands_in(stem, f"from token {best[0]} to token {best[1]} the best, with a score of ${spans[best]}$")
    bert, roberta = 256 * 10**6, 8192 * 500_000
    stands_in(
        stem, f"{bert / 1e8:.2f} \\cdot 10^8", f"{roberta / 1e9:.2f} \\cdot 10^9", f"${roberta / bert:.0f}$ times"
    )
    losses = [-math.log(softmax([value / heat for value in (0.8, 0.3, 0.1)])[0]) for heat in (1, 0.1)]
    stands_in(stem, f"${losses[0]:.3f}$ without", f"${losses[1]:.3f}$ with")


def test_training_numbers() -> None:
    stem, highest, lowest, warmup, steps = "19-training-and-fine-tuning", 2e-4, 2e-5, 100, 1000

    def rate(step: int) -> float:
        if step <= warmup:
            return highest * step / warmup
        return lowest + (highest - lowest) / 2 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))

    for step, place in ((50, "step 50"), (550, "step 550"), (1000, "the end")):
        mantissa, power = f"{rate(step):.1e}".split("e-0")
        stands_in(stem, f"${mantissa} \\cdot 10^{{-{power}}}$ at {place}")
    adapter = 32 * 2 * 8 * (4096 + 4096)
    stands_in(stem, f"${6.7 * 16:.1f}$ GB", f"${6.7 * 2:.1f}$ GB", f"{adapter:,}", f"${adapter * 16 / 1e6:.1f}$ MB")
    stands_in(stem, f"${2000 * 3 // 16}$ steps", f"{100 * 12 / 20:.0f}% of the signal")
