"""A small GPT, given: you need not change it. Words in, the scores of each next word out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Causal self-attention and a feed-forward network, each added to what comes in."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.first_norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        """Hidden states, shape (batch, length, width), after the block."""
        batch, length, width = hidden.shape
        three = self.query_key_value(self.first_norm(hidden)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = three.permute(2, 0, 3, 1, 4)  # each (batch, heads, length, width / heads)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        hidden = hidden + self.dropout(self.mix(mixed.transpose(1, 2).reshape(batch, length, width)))
        return hidden + self.dropout(self.down(functional.gelu(self.up(self.second_norm(hidden)))))


class TinyLanguageModel(nn.Module):
    """Embeddings, blocks, and a head over the vocabulary."""

    def __init__(
        self, vocabulary_size: int, *, width: int = 48, layers: int = 2, heads: int = 4, context: int = 32,
        dropout: float = 0.1
    ) -> None:  # fmt: skip
        super().__init__()
        self.context = context
        self.words, self.places = nn.Embedding(vocabulary_size, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList([Block(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary_size)

    def forward(self, ids: Tensor) -> Tensor:
        """Scores of the next word, shape (batch, length, vocabulary), for ids of shape (batch, length)."""
        hidden = self.words(ids) + self.places(torch.arange(ids.shape[1]))
        for block in self.blocks:
            hidden = block(hidden)
        return self.head(self.norm(hidden))
