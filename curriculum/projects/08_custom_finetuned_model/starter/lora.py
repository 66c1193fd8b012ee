"""LoRA by hand: each linear layer gets a low-rank update, and only the updates are trained."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional


class LoRALinear(nn.Module):
    """W x + b + (alpha / rank) B A x, with W and b frozen.

    A is the parameter `lora_a`, shape (rank, inputs), and begins at random; B is `lora_b`, shape (outputs, rank), and
    begins at zero. So the model is at first exactly the one that was pretrained. The frozen layer is `base`.
    """

    def __init__(self, base: nn.Linear, *, rank: int, alpha: float) -> None:
        raise NotImplementedError

    def forward(self, values: Tensor) -> Tensor:
        """The layer's output, shape (..., outputs), for values of shape (..., inputs)."""
        update = functional.linear(functional.linear(values, self.lora_a), self.lora_b)
        return self.base(values) + self.scale * update

    def merged(self) -> nn.Linear:
        """A new plain layer with the same output; this one stays as it is."""
        raise NotImplementedError


def add_adapters(model: nn.Module, *, rank: int, alpha: float) -> None:
    """Put a LoRALinear in the place of every nn.Linear of the model and freeze all other parameters."""
    raise NotImplementedError


def merge_adapters(model: nn.Module) -> nn.Module:
    """A copy of the model with plain linear layers and the same output; the model stays as it is."""
    raise NotImplementedError


def adapter_state(model: nn.Module) -> dict[str, Tensor]:
    """Copies of the adapters' weights by their names in the model, and nothing else."""
    raise NotImplementedError


def load_adapter_state(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put the weights into the model's adapters; raises ValueError when names or shapes are not the same."""
    raise NotImplementedError


def trainable_share(model: nn.Module) -> float:
    """Which part of the model's parameters is trained, from 0 to 1."""
    raise NotImplementedError
