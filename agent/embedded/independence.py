"""Whether the parts of a message are questions of their own, or one question whose parts need one another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.embedded.evidence import ASKING_WORDS
from agent.words import content_stems, stem

FEWEST_TOPIC_WORDS = 2
_ASKS = re.compile(
    r"(?:(?:in|on|for|by|with|at|under|after) )?"
    r"(?:what|how|why|which|when|who|whose|where|do|does|did|is|are|was|were)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|his|her|ones?|both|each|either|same|others?|such|there"
    r"|then|former|latter)\b",
    re.IGNORECASE,
)
_ASKING = frozenset(stem(word) for word in ASKING_WORDS)


def are_independent(parts: Sequence[str]) -> bool:
    """Whether each part is a whole question about something else, so that each is best looked up by itself.

    "What is LoRA's rank, and how many GPUs trained the Transformer?" is two; "What is attention, and how does it
    work?" is one, as is a question whose parts speak of the same thing or are too short to say of what.
    """
    topics = [set(content_stems(part)) - _ASKING for part in parts]
    return (
        len(parts) > 1
        and all(_ASKS.match(part) for part in parts)
        and not any(_LEANS.search(part) for part in parts)
        and all(len(topic) >= FEWEST_TOPIC_WORDS for topic in topics)
        and sum(map(len, topics)) == len(set().union(*topics))
    )
