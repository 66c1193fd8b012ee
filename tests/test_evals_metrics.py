"""The figures on values worked out by hand, and that a planted fault lowers them."""

from collections.abc import Sequence

import pytest

from agent.events import SentenceCheck, Support
from evals.answers import count_support, first_paragraph, percentile, states_fact, support_shares
from evals.questions import PageReference
from evals.retrieval import first_right_rank, hit_share, mean_reciprocal_rank

A5, A6, B1 = PageReference("a", 5), PageReference("a", 6), PageReference("b", 1)


def sentence(support: Support) -> SentenceCheck:
    return SentenceCheck(0, 1, "x", (1,), support, 1.0)


@pytest.mark.parametrize(
    ("found", "right", "rank"),
    [
        ([A5, A6], {A5}, 1),
        ([A6, B1, A5], {A5}, 3),
        ([A6, B1, A5], {A5, B1}, 2),
        ([A6, B1], {A5}, None),
        ([PageReference("b", 5)], {A5}, None),
        ([], {A5}, None),
    ],
)
def test_first_right_rank(found: Sequence[PageReference], right: set[PageReference], rank: int | None) -> None:
    assert first_right_rank(found, right) == rank


def test_hits_and_reciprocal_rank_by_hand() -> None:
    ranks = [1, 2, None, 6]
    assert hit_share(ranks, 1) == 0.25
    assert hit_share(ranks, 5) == 0.5
    assert hit_share(ranks, 6) == 0.75
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 1 / 2 + 1 / 6) / 4)
    assert hit_share([], 5) == mean_reciprocal_rank([]) == 0.0


@pytest.mark.parametrize(
    ("text", "patterns", "stated"),
    [
        ("It uses **8** parallel heads [1].", [r"\b8 parallel heads"], True),
        ("A score of 28.4 [1, 2] BLEU", [r"28\.4 BLEU"], True),
        ("a score\nof 28.4", [r"score of 28\.4"], True),
        ("e\ufb00icient", ["efficient"], True),
        ("It has 18 heads.", [r"\b8 heads"], False),
        ("The answer is [8].", [r"\b8\b"], False),
        ("", ["x"], False),
    ],
)
def test_states_fact(text: str, patterns: list[str], stated: bool) -> None:
    assert states_fact(text, patterns) is stated


def test_the_first_paragraph_ends_at_an_empty_line() -> None:
    assert first_paragraph("\nIt is 8 [1].\nSo.\n\nMore: 16.") == "It is 8 [1].\nSo."
    assert first_paragraph("") == ""


def test_support_is_shared_among_the_sentences_that_need_a_source() -> None:
    counts = count_support([sentence("supported"), sentence("supported"), sentence("partly"), sentence("exempt")])
    assert counts == {"supported": 2, "partly": 1, "unsupported": 0, "uncited": 0, "exempt": 1}
    other = count_support([sentence("unsupported")])
    assert support_shares([counts, other]) == {
        "supported": 0.5,
        "partly": 0.25,
        "unsupported": 0.25,
        "uncited": 0.0,
    }
    assert set(support_shares([]).values()) == {0.0}


def test_percentile_is_the_nearest_rank() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert percentile(values, 0.5) == 2.0
    assert percentile(values, 0.95) == 4.0
    assert percentile(values, 0.0) == 1.0
    assert percentile([], 0.5) == 0.0
