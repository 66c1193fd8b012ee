"""Training that can be repeated, perplexity that can be trusted, checkpoints and a model card."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lora import adapter_state, add_adapters, load_adapter_state  # noqa: F401
from model import TinyLanguageModel  # noqa: F401
from torch import Tensor


@dataclass(frozen=True)
class Settings:
    """How a model is trained; `replay_share` of each batch of fine-tuning is general text, against forgetting."""

    steps: int = 200
    learning_rate: float = 3e-3
    batch: int = 24
    seed: int = 0
    rank: int = 4
    alpha: float = 8.0
    replay_share: float = 0.25


def perplexity(model: TinyLanguageModel, ids: Tensor) -> float:
    """exp of the mean loss over ids[1:], each predicted once, in windows of the model's context.

    Dropout is off while it measures, and the model is left in the mode it was in.
    """
    raise NotImplementedError


def pretrain(model: TinyLanguageModel, general: Tensor, settings: Settings) -> list[float]:
    """Train all parameters on general text; the loss of each step."""
    raise NotImplementedError


def fine_tune(model: TinyLanguageModel, domain: Tensor, general: Tensor, settings: Settings) -> list[float]:
    """Add adapters and train them, and only them, on domain text with a share of general text; the losses.

    The same seed gives the same adapters and losses.
    """
    raise NotImplementedError


def fingerprint(model: TinyLanguageModel) -> str:
    """A text that is the same for the same base weights, with and without adapters, and different for others."""
    raise NotImplementedError


def save_checkpoint(path: Path, model: TinyLanguageModel, settings: Settings) -> None:
    """Write the adapters, the settings and the fingerprint of the base; the base's weights are not written."""
    raise NotImplementedError


def load_checkpoint(path: Path, base: TinyLanguageModel) -> Settings:
    """Add the saved adapters to the base model and give back the settings.

    Raises ValueError when the adapters were trained on another base. The file is read as data: it cannot run code.
    """
    raise NotImplementedError


@dataclass(frozen=True)
class CardFacts:
    """What a model card tells in numbers and words."""

    name: str
    purpose: str
    train_texts: int
    test_texts: int
    trainable_share: float
    domain_before: float
    domain_after: float
    general_before: float
    general_after: float
    limits: str
    settings: Settings


def model_card(facts: CardFacts) -> str:
    """The card as Markdown: # name, then ## Purpose, ## Data, ## Training, ## Results, ## Limits, none empty.

    Data gives both counts of texts. Training gives the share that is trained in per cent with one decimal, and steps,
    rank, seed and replay share. Results give all four perplexities with two decimals. Raises ValueError when name,
    purpose or limits are blank: a card without limits misleads.
    """
    raise NotImplementedError
