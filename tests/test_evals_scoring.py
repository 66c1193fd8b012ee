"""The answer metrics without a judge on answers written by hand: support, citations, numbers, refusals, facts."""

from pathlib import Path

import pytest

from agent.events import Answer, Citation, SentenceCheck
from evals.baselines import run_search
from evals.cases import Case, Evidence
from evals.citations import CitationOutcome, stands_in
from evals.outcome import Found
from evals.questions import PageReference
from evals.scoring import Scorer, check_claims, citation_scores, claim_scores, precision_score, retrieval_scores

PAGE = PageReference("tides", 1)
TEXT = "The largest tidal range is found in the Bay of Fundy, at 16 metres. In the Baltic Sea the range is small."
FIRST, SECOND = TEXT[:67], TEXT[68:]
CASE = Case(
    "largest",
    "dev",
    "numeric",
    "Where is the largest tidal range?",
    answerable=True,
    reference="In the Bay of Fundy, at 16 metres.",
    facts=(("Bay of Fundy",), (r"\b16 metres", r"\b52 feet")),
    evidence=(Evidence(PAGE, "found in the Bay of Fundy, at 16 metres"),),
    pages=(PAGE,),
)


def citation(number=1, quote=FIRST, page=1):
    start = max(0, TEXT.find(quote))
    return Citation(
        number=number,
        document_id="tides",
        title="How tides work",
        arxiv_id=None,
        page_number=page,
        page_label=str(page),
        section="",
        chunk_id="c",
        start=start,
        end=start + len(quote),
        quote=quote,
        supported="supported",
    )


def answer(text, *citations, refused=False, exempt=()):
    sentences = tuple(SentenceCheck(0, len(said), said, (), "exempt", 1.0) for said in exempt)
    return Answer(
        text=text,
        sentences=sentences,
        citations=citations,
        refused=refused,
        model="scripted",
        seconds=0.1,
        first_token_seconds=0.1,
    )


def pages(document_id, page_number):
    return TEXT if page_number == 1 else ""


def scores_of(text, *citations, **more):
    return claim_scores(check_claims(answer(text, *citations, **more), pages))


GOOD = "The largest tidal range is found in the Bay of Fundy, at 16 metres [1]."


def test_a_sentence_that_its_span_carries():
    assert scores_of(GOOD, citation()) == {"claim_support": 1.0, "citation_recall": 1.0, "numbers_in_source": 1.0}


def test_the_span_counts_and_not_the_whole_page():
    assert scores_of(GOOD, citation(quote=SECOND))["claim_support"] == 0.0


def test_an_altered_number_is_not_in_the_source():
    found = scores_of(GOOD.replace("16", "17"), citation())
    assert found["numbers_in_source"] == 0.0
    assert found["citation_recall"] == 0.0


def test_a_number_must_stand_on_the_cited_page_and_not_on_another():
    assert scores_of(GOOD, citation(page=2))["numbers_in_source"] == 0.0


def test_a_sentence_without_a_citation_supports_nothing():
    found = scores_of(f"{GOOD} Tides in the Mediterranean are famous for their regular double ebb.", citation())
    assert (found["claim_support"], found["citation_recall"]) == (0.5, 0.5)
    assert found["numbers_in_source"] == 1.0


def test_what_the_tutor_exempts_is_not_a_claim():
    said = "Your roadmap holds this in its topic on tides and currents."
    found = scores_of(f"{GOOD} {said}", citation(), exempt=(said,))
    assert found["claim_support"] == 1.0


def test_an_answer_without_claims_has_no_scores():
    assert claim_scores(check_claims(answer("Shall I look again?"), pages)) == {}


def test_citation_precision_looks_at_each_number_alone():
    text = "The largest tidal range is found in the Bay of Fundy, at 16 metres [1][2]."
    assert precision_score(answer(text, citation(), citation(2, SECOND))) == {"citation_precision": 0.5}
    assert precision_score(answer(text, citation())) == {"citation_precision": 0.5}, "2 stands for nothing"
    assert precision_score(answer("Nothing is cited here at all, as you see.")) == {}


def outcome_of(page, on_page=True):
    return CitationOutcome(1, "tides", page, FIRST, on_page, ("source",))


def test_citations_on_their_page_and_the_right_page_among_them():
    assert citation_scores(CASE, [outcome_of(1)]) == {"right_page_cited": 1.0, "citation_on_page": 1.0}
    assert citation_scores(CASE, [outcome_of(2), outcome_of(2, False)]) == {
        "right_page_cited": 0.0,
        "citation_on_page": 0.5,
    }
    assert citation_scores(CASE, []) == {"right_page_cited": 0.0}
    assert citation_scores(CASE, [outcome_of(1, False)])["right_page_cited"] == 0.0


def test_every_fact_must_be_stated_in_one_of_its_wordings():
    def facts(text):
        return Scorer().of_answer(CASE, answer(text, citation()), [outcome_of(1)], pages)[0]

    assert facts(GOOD)["fact_stated"] == facts(GOOD)["fact_first"] == 1.0
    assert facts("In the Bay of Fundy, at 52 feet [1].")["fact_stated"] == 1.0
    assert facts("In the Bay of Fundy [1].")["fact_stated"] == 0.0
    later = facts("In the Bay of Fundy [1].\n\nIt is 16 metres [1].")
    assert (later["fact_stated"], later["fact_first"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("answerable", "refused", "scores"),
    [
        (True, True, {"answered": 0.0, "fact_stated": 0.0, "fact_first": 0.0}),
        (False, True, {"refused": 1.0}),
        (False, False, {"refused": 0.0}),
    ],
)
def test_a_refusal_is_right_where_nothing_answers(answerable, refused, scores):
    case = CASE if answerable else Case("x", "dev", "off-topic", "?", answerable=False)
    assert Scorer().of_answer(case, answer(GOOD, citation(), refused=refused), [], pages) == (scores, ())


COLUMNS = (
    "Specifically\n4 We use a crawler.\n"
    "we take an open-source recreation of the WebText cor\ufffe4 Its range\npus of 2019."
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("an open-source recreation of the WebText corpus of 2019.", True),
        ("Specifically we take an open-source recreation", True),
        ("an open-source recreation of the WebText", True),
        ("an open-source recreation of the WebText corpus of 2018.", False),
        ("an open-source recreation of the Webtexts corpus of 2019.", False),
        ("we use a crawler recreation of the WebText", False),
        ("Specifically we take an open-source recreation of the WebText corpus of 2019.", False),
        ("", False),
    ],
)
def test_a_quote_may_be_parted_once_by_a_columns_end(quote, found):
    assert stands_in(quote, COLUMNS) is found


def test_retrieval_by_hand_at_page_and_span():
    found = [
        Found(PageReference("tides", 2), "a", TEXT),
        Found(PAGE, "b", SECOND),
        Found(PAGE, "c", FIRST),
    ]
    scores = retrieval_scores(CASE, found)
    assert (scores["page_mrr"], scores["span_mrr"]) == (0.5, pytest.approx(1 / 3))
    assert scores["page_hit_5"] == scores["page_recall_5"] == scores["span_recall_5"] == 1.0
    assert scores["page_ndcg_10"] == pytest.approx(0.6309, abs=1e-4)
    assert scores["span_ndcg_10"] == pytest.approx(0.5)
    assert Scorer().of_retrieval(Case("x", "dev", "off-topic", "?", answerable=False), found) == {}


def test_a_search_alone_is_measured_like_ours():
    found = [Found(PAGE, "c", FIRST)]
    unanswerable = Case("x", "dev", "off-topic", "?", answerable=False)
    outcomes = run_search("bm25", lambda question, limit: found, [CASE, unanswerable])
    assert [item.id for item in outcomes] == ["largest"]
    assert outcomes[0].scores == retrieval_scores(CASE, found)
    assert outcomes[0].rank == 1
    assert Path(outcomes[0].found_pages[0].document).name == "tides"


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Tasks | MNLI-m (Acc) | SQuAD (F1)", True),
        ("BERT | 84.4 | 88.5", True),
        ("BERT | 84.5 | 88.5", False),
        ("≈ 4 × 10 10 tokens (6.7)", True),
        ("≈ 5 × 10 10 tokens (6.7)", False),
        ("MNLI-m (Acc) SQuAD (F1)", False),
    ],
)
def test_each_word_of_a_row_or_formula_stands_on_the_page_in_any_order(quote, found):
    page = "Tasks MNLI-m SQuAD\n(Acc) (F1)\nBERT 84.4 88.5\n≈ 4 × tokens 10 10\n(6.7)"
    assert stands_in(quote, page) is found
