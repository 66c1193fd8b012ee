"""LoRA by hand: each linear layer gets a low-rank update, and only the updates are trained."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional


class LoRALinear(nn.Module):
    """W x + b + (alpha / rank) B A x, with W and b frozen.

    A is the parameter `lora_a`, shape (rank, inputs), and begins at random; B is `lora_b`, shape (outputs, rank), and
    begins at zero. So the model is at first exactly the one that was pretrained. The frozen layer is `base`.
    """

    def __init__(self, base: nn.Linear, *, rank: int, alpha: float) -> None:
        super().__init__()
        self.base = base
        self.scale = alpha / rank
        self.lora_a = nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, rank))
        self.base.requires_grad_(False)

    def forward(self, values: Tensor) -> Tensor:
        """The layer's output, shape (..., outputs), for values of shape (..., inputs)."""
        update = functional.linear(functional.linear(values, self.lora_a), self.lora_b)
        return self.base(values) + self.scale * update

    def merged(self) -> nn.Linear:
        """A new plain layer with the same output; this one stays as it is."""
        layer = copy.deepcopy(self.base)
        with torch.no_grad():
            layer.weight += self.scale * self.lora_b @ self.lora_a
        return layer


def add_adapters(model: nn.Module, *, rank: int, alpha: float) -> None:
    """Put a LoRALinear in the place of every nn.Linear of the model and freeze all other parameters."""
    model.requires_grad_(False)
    for parent, name, layer in _layers(model, nn.Linear):
        setattr(parent, name, LoRALinear(layer, rank=rank, alpha=alpha))


def merge_adapters(model: nn.Module) -> nn.Module:
    """A copy of the model with plain linear layers and the same output; the model stays as it is."""
    merged = copy.deepcopy(model)
    for parent, name, layer in _layers(merged, LoRALinear):
        setattr(parent, name, layer.merged())
    return merged


def adapter_state(model: nn.Module) -> dict[str, Tensor]:
    """Copies of the adapters' weights by their names in the model, and nothing else."""
    return {name: weight.detach().clone() for name, weight in model.named_parameters() if "lora_" in name}


def load_adapter_state(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put the weights into the model's adapters; raises ValueError when names or shapes are not the same."""
    own = {name: weight for name, weight in model.named_parameters() if "lora_" in name}
    if {name: weight.shape for name, weight in own.items()} != {name: weight.shape for name, weight in state.items()}:
        raise ValueError("The saved adapters do not fit the model's.")
    with torch.no_grad():
        for name, weight in own.items():
            weight.copy_(state[name])


def trainable_share(model: nn.Module) -> float:
    """Which part of the model's parameters is trained, from 0 to 1."""
    counts = [(weight.numel(), weight.requires_grad) for weight in model.parameters()]
    return sum(count for count, trained in counts if trained) / sum(count for count, _ in counts)


def _layers(model: nn.Module, kind: type[nn.Module]) -> list[tuple[nn.Module, str, nn.Module]]:
    """All layers of a kind with their parents and names; layers inside of a LoRALinear are not looked at."""
    return [
        (parent, name, layer)
        for parent in model.modules()
        if not isinstance(parent, LoRALinear)
        for name, layer in parent.named_children()
        if isinstance(layer, kind)
    ]
