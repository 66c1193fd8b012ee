"""Training that can be repeated, perplexity that can be trusted, checkpoints and a model card."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from lora import adapter_state, add_adapters, load_adapter_state
from model import TinyLanguageModel
from torch import Tensor
from torch.nn import functional


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
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(ids) - 1, model.context):
            window = ids[start : start + model.context + 1]
            scores = model(window[None, :-1])[0]
            total += float(functional.cross_entropy(scores, window[1:], reduction="sum"))
            count += len(window) - 1
    model.train(was_training)
    return math.exp(total / count)


def pretrain(model: TinyLanguageModel, general: Tensor, settings: Settings) -> list[float]:
    """Train all parameters on general text; the loss of each step."""
    return _train(model, general, general, settings)


def fine_tune(model: TinyLanguageModel, domain: Tensor, general: Tensor, settings: Settings) -> list[float]:
    """Add adapters and train them, and only them, on domain text with a share of general text; the losses.

    The same seed gives the same adapters and losses.
    """
    torch.manual_seed(settings.seed)
    add_adapters(model, rank=settings.rank, alpha=settings.alpha)
    return _train(model, domain, general, settings)


def fingerprint(model: TinyLanguageModel) -> str:
    """A text that is the same for the same base weights, with and without adapters, and different for others."""
    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        if "lora_" not in name:
            digest.update(name.replace(".base.", ".").encode() + weight.numpy().tobytes())
    return digest.hexdigest()


def save_checkpoint(path: Path, model: TinyLanguageModel, settings: Settings) -> None:
    """Write the adapters, the settings and the fingerprint of the base; the base's weights are not written."""
    torch.save(
        {"adapters": adapter_state(model), "settings": asdict(settings), "base": fingerprint(model)},
        path,
    )


def load_checkpoint(path: Path, base: TinyLanguageModel) -> Settings:
    """Add the saved adapters to the base model and give back the settings.

    Raises ValueError when the adapters were trained on another base. The file is read as data: it cannot run code.
    """
    saved = torch.load(path, weights_only=True)
    if saved["base"] != fingerprint(base):
        raise ValueError("These adapters were trained on another base model.")
    settings = Settings(**saved["settings"])
    add_adapters(base, rank=settings.rank, alpha=settings.alpha)
    load_adapter_state(base, saved["adapters"])
    return settings


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
    if not (facts.name.strip() and facts.purpose.strip() and facts.limits.strip()):
        raise ValueError("Name, purpose and limits must be told.")
    settings = facts.settings
    return f"""# {facts.name}

## Purpose

{facts.purpose}

## Data

{facts.train_texts} texts for training and {facts.test_texts} other texts for the test; no text is in both.

## Training

LoRA of rank {settings.rank} on all linear layers: {facts.trainable_share:.1%} of the parameters are trained.
{settings.steps} steps, batch {settings.batch}, learning rate {settings.learning_rate}, seed {settings.seed}.
Share of general text in each batch: {settings.replay_share}.

## Results

| perplexity | before | after |
|---|---|---|
| domain | {facts.domain_before:.2f} | {facts.domain_after:.2f} |
| general | {facts.general_before:.2f} | {facts.general_after:.2f} |

## Limits

{facts.limits}
"""


def _train(model: TinyLanguageModel, main: Tensor, other: Tensor, settings: Settings) -> list[float]:
    """Train what requires a gradient on windows at random places; the loss of each step."""
    torch.manual_seed(settings.seed)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=settings.learning_rate)
    others = round(settings.batch * settings.replay_share)
    losses = []
    model.train()
    for _ in range(settings.steps):
        windows = torch.cat(
            [_windows(main, settings.batch - others, model.context), _windows(other, others, model.context)]
        )
        scores = model(windows[:, :-1])
        loss = functional.cross_entropy(scores.flatten(0, 1), windows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def _windows(ids: Tensor, count: int, length: int) -> Tensor:
    """Windows of length + 1 ids, shape (count, length + 1)."""
    starts = torch.randint(len(ids) - length, (count,)).tolist()
    return torch.stack([ids[start : start + length + 1] for start in starts]) if count else ids.new_empty(0, length + 1)
