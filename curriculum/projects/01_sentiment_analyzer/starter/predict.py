"""Labels for lines of text: `python predict.py MODEL_FILE < reviews.txt`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from analyzer import SentimentAnalyzer


def report(analyzer: SentimentAnalyzer, lines: Iterable[str]) -> list[str]:
    """For each line its label and the probability of that label with two decimals, e.g. "positive 0.97"."""
    raise NotImplementedError("One line for each text.")


if __name__ == "__main__":
    for told in report(SentimentAnalyzer.load(Path(sys.argv[1])), sys.stdin):
        print(told)
