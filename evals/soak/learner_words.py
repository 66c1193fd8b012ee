"""What a learner writes: questions, sentences, and documents that were never there before."""

from __future__ import annotations

import random
import re

from evals.soak.hostile_pdfs import one_page, stream

SUBJECTS = (
    *("attention", "the key dimension", "low-rank adaptation", "a tokenizer", "beam search", "a vector store"),
    *("retrieval", "reranking", "an embedding", "cosine similarity", "a learning rate", "dropout", "quantization"),
    *("a context window", "prompt injection", "an agent", "a tool call", "evaluation", "fine-tuning", "a mixture"),
)
ASKING = ("What is {}?", "How does {} work?", "Why is {} used?", "What are the limits of {}?")
WORDS: tuple[str, ...] = tuple(
    re.findall(
        r"\w+",
        "the model reads a passage and keeps what it needs while weights of each layer change by small steps until "
        "loss falls and answers stay close to their sources so a learner can follow every number back to its page",
    )
)


class Words:
    """One learner's words, which chance decides."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self._name = name
        self._chance = chance
        self._number = 0

    def word(self) -> str:
        """One that the documents are made of."""
        return self._chance.choice(WORDS)

    def question(self) -> str:
        """A question that notes of the library may answer."""
        return self._chance.choice(ASKING).format(self._chance.choice(SUBJECTS))

    def sentence(self, words: int) -> str:
        """So many words, and a number that makes it another sentence than all before."""
        said = " ".join(self.word() for _ in range(words))
        return f"{said.capitalize()} {self._chance.randrange(10**6)}."

    def document(self) -> tuple[str, bytes]:
        """The name and content of a note, or of a PDF."""
        number, text = self.number(), [self.sentence(14) for _ in range(self._chance.randint(6, 24))]
        if number % 3:
            sections = "\n\n".join(f"## Part {place}\n\n{one}" for place, one in enumerate(text))
            return f"paper-{self._name}-{number}.md", f"# Paper {number} of {self._name}\n\n{sections}\n".encode()
        lines = "".join(f"({one}) Tj T* " for one in (f"Paper {number} of {self._name}", *text))
        return f"paper-{self._name}-{number}.pdf", one_page(stream(f"BT /F1 9 Tf 14 TL 60 720 Td {lines}ET".encode()))

    def number(self) -> int:
        """One more than the last."""
        self._number += 1
        return self._number
