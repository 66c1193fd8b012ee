"""The retrieval metrics on rankings worked out by hand, and what counts as holding the evidence."""

import math

import pytest

from evals.cases import Evidence
from evals.outcome import Found
from evals.questions import PageReference
from evals.retrieval import each_once, ndcg_at, recall_at, reciprocal_rank, with_stand_ins
from evals.spans import holds, span_ranking

A5, A6, B1, C2 = PageReference("a", 5), PageReference("a", 6), PageReference("b", 1), PageReference("c", 2)


@pytest.mark.parametrize(
    ("found", "right", "depth", "recall"),
    [
        ([A5, A6], {A5}, 1, 1.0),
        ([A6, A5], {A5}, 1, 0.0),
        ([A6, A5, B1], {A5, C2}, 5, 0.5),
        ([A6, A6, A6, A5], {A5}, 2, 1.0),
        ([PageReference("b", 5)], {A5}, 5, 0.0),
        ([A5], set(), 5, 0.0),
        ([], {A5}, 5, 0.0),
    ],
)
def test_recall(found, right, depth, recall):
    assert recall_at(found, right, depth) == recall


def test_ndcg_by_hand():
    second, third = 1 / math.log2(3), 1 / math.log2(4)
    assert ndcg_at([A5, A6], {A5}, 10) == 1.0
    assert ndcg_at([A6, A5], {A5}, 10) == pytest.approx(second) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg_at([A6, A5, B1], {A5, B1}, 10) == pytest.approx((second + third) / (1 + second))
    assert ndcg_at([A5, A6, B1], {A5, B1, C2}, 10) == pytest.approx((1 + third) / (1 + second + third))
    assert ndcg_at([A6, B1, A5], {A5}, 2) == 0.0
    assert ndcg_at([A6, A6, A5], {A5}, 10) == pytest.approx(second), "a page that comes twice takes one place"
    assert ndcg_at([A5], set(), 10) == ndcg_at([], {A5}, 10) == 0.0


def test_ndcg_at_a_depth_below_the_number_of_right_pages_can_still_be_one():
    assert ndcg_at([A5, B1, C2], {A5, B1, C2}, 2) == 1.0


def test_reciprocal_rank_by_hand():
    assert reciprocal_rank([A6, B1, A5], {A5}) == pytest.approx(1 / 3)
    assert reciprocal_rank([A6, A6, A5], {A5}) == 0.5
    assert reciprocal_rank([A6], {A5}) == 0.0
    assert each_once([A6, A5, A6, B1]) == [A6, A5, B1]


EVIDENCE = "The queen is the only bee that lays fertilised eggs, and she leaves her cell after 16 days."


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (f"Bees. {EVIDENCE} More.", True),
        ("The queen is the only bee that lays ferti-\nlised eggs, and she leaves her cell after 16 days.", True),
        ("The queen is the only bee that lays fertilised eggs, and", True),
        ("lays fertilised eggs, and she leaves her cell after 16 days. A drone needs 24.", True),
        ("The *queen* is the only bee that lays fertilised eggs, and she leaves her [cell](x.md) after 16 days.", True),
        ("The queen is a bee that lays fertilised eggs", False),
        ("", False),
    ],
)
def test_what_holds_the_evidence(text, held):
    assert holds(text, EVIDENCE) is held


def test_half_of_a_short_evidence_is_not_enough():
    assert holds("h = 8 parallel attention layers", "h = 8 parallel attention layers")
    assert not holds("we use parallel attention layers", "h = 8 parallel attention layers")
    assert not holds("anything", "")


def test_passages_become_a_ranking_of_evidences():
    first, second = "the first of the two evidences stands here", "and the second of them stands over there"
    evidence = [Evidence(A5, first), Evidence(A5, second)]
    texts = ["nothing", f"{first}, {second}", "nothing more", first]
    ranking = span_ranking([Found(A5, str(number), text) for number, text in enumerate(texts)], evidence)
    assert ranking == [-1, 0, 1, -3, 0]
    assert recall_at(ranking, {0, 1}, 5) == 1.0
    assert reciprocal_rank(ranking, {0, 1}) == 0.5


def test_the_evidence_counts_on_its_own_page_only():
    evidence = [Evidence(A5, EVIDENCE)]
    assert span_ranking([Found(A6, "1", EVIDENCE), Found(A5, "2", EVIDENCE)], evidence) == [-1, 0]


def test_a_page_that_states_the_whole_answer_stands_for_all_pages_that_are_missing():
    assert with_stand_ins([A6, B1, C2], [A5, B1], {A6}) == [A5, B1, B1, C2]
    assert with_stand_ins([B1, A6, C2], [A5, B1], {A6}) == [B1, A5, C2]
    assert with_stand_ins([A5, A6], [A5], {A6}) == [A5, A6], "nothing is missing, so it is one more page"
    assert with_stand_ins([C2, A5], [A5], set()) == [C2, A5]
    assert ndcg_at(with_stand_ins([A6, C2], [A5, B1], {A6}), [A5, B1], 10) == 1.0


def test_a_passage_that_states_the_whole_answer_stands_for_all_evidence_that_is_missing():
    evidence = [Evidence(A5, EVIDENCE), Evidence(B1, "a drone leaves its cell after 24 days")]
    also = [Evidence(C2, "the queen needs 16 days and a drone needs 24")]
    found = [Found(A5, "1", EVIDENCE), Found(A6, "2", also[0].quote), Found(C2, "3", also[0].quote)]
    assert span_ranking(found, evidence, also) == [0, -2, 1]
    assert span_ranking(found, evidence) == [0, -2, -3]
