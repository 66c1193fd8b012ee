"""The notes on foundations, architectures and training: their worked numbers and code, computed again."""

from __future__ import annotations

import math
import re

import pytest
from test_curriculum_notes import body_of, softmax, stands_in


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
    loss.backward()
    assert first.grad is not None
    assert second.grad is not None
    assert loss.item() == 0.5
    assert first.grad.tolist() == [[-1, -2], [0, 0]]
    assert second.grad.tolist() == [-2, 0]


def test_the_loop_of_the_pytorch_note_learns() -> None:
    losses = run_code_of("13-pytorch")["losses"]
    assert isinstance(losses, list)
    assert losses[-1] < losses[0] / 20


def test_pytorch_numbers() -> None:
    import torch

    x = torch.tensor(3.0, requires_grad=True)
    for expected in (8, 16):
        (x**2 + 2 * x).backward()
        assert x.grad is not None
        assert x.grad.item() == expected
    values = torch.tensor([1.0, 2.0, 3.0])
    mistaken = ((values[:, None] - values) ** 2).mean().item()
    stands_in("13-pytorch", f"12/9 = {mistaken:.3f}", f"{32 * 128 * 768:,}", f"{110e6 * 16 / 1e9:.2f} GB")
    assert 32 * 128 * 768 * 4 == 12 * 2**20
