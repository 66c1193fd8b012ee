"""The pure parts of search: words, titles, fusion, expansion."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from errors import DocumentNotFoundError
from ingestion.document import Chunk
from vectorstore.fusion import Candidate, fuse, without_duplicates
from vectorstore.keywords import keywords
from vectorstore.reports import DocumentSummary
from vectorstore.searching import expand
from vectorstore.titles import find, mentioned_documents, short_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPT-2", ["gpt2", "gpt"]),
        ("GPT2", ["gpt2"]),
        ("a dropout of 0.1", ["dropout", "0.1"]),
        ("d_k", ["dk"]),
        ("dk", ["dk"]),
        ("28.4 BLEU.", ["28.4", "bleu"]),
        ("the models' attention heads", ["model", "attent", "head"]),
        ("self-attention", ["selfattent", "self", "attent"]),
        ("What is the?", []),
        ("注意力机制", ["注意", "意力", "力机", "机制"]),
        ("用BERT模型", ["用", "bert", "模型"]),
        ("été naïve", ["été", "naïve"]),
        ("x" * 100, []),
    ],
)
def test_words_of_a_text(text, expected):
    assert keywords(text) == expected


def make_summary(number, title, arxiv_id=None):
    return DocumentSummary(
        f"{number:016}", "pdf", title, "", arxiv_id, None, f"{number}.pdf", 1, 1, datetime(2026, 1, 1, tzinfo=UTC), ()
    )


PAPERS = [
    make_summary(1, "Attention Is All You Need", "1706.03762"),
    make_summary(2, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", "1810.04805"),
    make_summary(3, "RoBERTa: A Robustly Optimized BERT Pretraining Approach", "1907.11692"),
    make_summary(4, "LoRA: Low-Rank Adaptation of Large Language Models", "2106.09685"),
    make_summary(5, "Language Models are Unsupervised Multitask Learners"),
    make_summary(6, "Attention"),
]
ALIASES = {"GPT-2": "Language Models are Unsupervised", "Transformer": "1706.03762"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What rank does the LoRA paper use?", {4: 1.0}),
        ("What is lora?", {4: 0.5}),
        ("How many heads in 1706.03762v7?", {1: 1.0}),
        ("In Attention is all you need, why scale?", {1: 1.0}),
        ("How large is BERT's vocabulary?", {2: 0.5}),
        ("how large is bert", {2: 0.5}),
        ("How is RoBERTa trained?", {3: 0.5}),
        ("To what context size was GPT-2 expanded?", {5: 0.5}),
        ("What about GPT-2.5?", {}),
        ("How does attention work?", {}),
        ("explore the flora", {}),
    ],
)
def test_documents_that_a_question_names(question, expected):
    found = mentioned_documents(question, PAPERS, ALIASES)
    assert found == {f"{number:016}": weight for number, weight in expected.items()}


def test_a_pdf_is_also_called_by_its_file():
    paper = replace(PAPERS[4], source_name="gpt2.pdf")
    for question in ("What context has GPT-2?", "what context has gpt2?"):
        assert mentioned_documents(question, [paper], {}) == {paper.id: 0.5}
    assert mentioned_documents("What context has GPT-3?", [paper], {}) == {}
    assert mentioned_documents("A paper on main memory", [replace(paper, source_name="main.pdf")], {}) == {}


def test_short_names_of_titles():
    assert short_names("BERT: Pre-training of Transformers") == ["BERT"]
    assert short_names("Retrieval-Augmented Generation (RAG) for Tasks") == ["RAG"]
    assert short_names("A very long beginning of a title: and more") == []


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("1706.03762", 1),
        ("arXiv:1810.04805v2", 2),
        ("bert", 2),
        ("the LoRA paper", 4),
        ("gpt-2", 5),
        ("attention is al you need", 1),
        ("unsupervised multitask learners", 5),
        (f"{3:016}", 3),
        ("4.pdf", 4),
    ],
)
def test_find_by_reference(reference, number):
    assert find(reference, PAPERS, ALIASES).id == f"{number:016}"


@pytest.mark.parametrize("reference", ["", "   ", "zzz", "9999.99999"])
def test_unknown_reference_names_the_nearest(reference):
    with pytest.raises(DocumentNotFoundError) as caught:
        find(reference, PAPERS, ALIASES)
    assert caught.value.hint.startswith("Nearest: ")
    with pytest.raises(DocumentNotFoundError, match="is called"):
        find(reference, [], {})


def make_candidate(name, text, similarity, keyword_score, *, kind="text", document="d", page=1):
    chunk = Chunk(name, document, page, 0, len(text), text, "", kind, int(name[-1]))
    return Candidate(chunk, similarity, keyword_score)


def names(ranked):
    return [candidate.chunk.id for candidate, _ in ranked]


def test_fusion_weighs_both_rankings():
    both = make_candidate("c1", "both", 0.6, 8.0)
    dense = make_candidate("c2", "dense only", 0.7, 0.0)
    words = make_candidate("c3", "words only", 0.1, 9.0)
    assert names(fuse([dense, words, both], boosts={})) == ["c1", "c3", "c2"]
    assert names(fuse([dense, words, both], boosts={}, dense=False)) == ["c3", "c1", "c2"]
    assert fuse([], boosts={}) == []


def test_references_sink_and_named_documents_rise():
    reference = make_candidate("c1", "list of references", 0.9, 9.0, kind="reference")
    text = make_candidate("c2", "an explanation", 0.75, 5.0)
    named = make_candidate("c3", "another explanation", 0.68, 4.5, document="e")
    worst = make_candidate("c4", "beside the point", 0.5, 1.0)
    assert names(fuse([reference, text, named, worst], boosts={})) == ["c2", "c3", "c1", "c4"]
    assert names(fuse([reference, text, named, worst], boosts={"e": 1.0})) == ["c3", "c2", "c1", "c4"]


def test_near_duplicates_of_a_page_are_shown_once():
    first = make_candidate("c1", "alpha beta gamma delta epsilon", 0.9, 1.0)
    near = make_candidate("c2", "alpha beta gamma delta", 0.8, 1.0)
    elsewhere = make_candidate("c3", "alpha beta gamma delta", 0.7, 1.0, page=2)
    copy = make_candidate("c4", "alpha beta gamma delta epsilon", 0.6, 1.0, document="e", page=9)
    ranked = [(candidate, candidate.similarity) for candidate in (first, near, elsewhere, copy)]
    assert names(without_duplicates(ranked, 4)) == ["c1", "c3"]
    assert names(without_duplicates(ranked, 1)) == ["c1"]


def test_expansion_goes_both_ways_and_only_for_whole_words():
    glossary = {"RLHF": "reinforcement learning from human feedback", "CoT": "chain of thought"}
    assert expand("What is RLHF?", glossary) == "What is RLHF? (reinforcement learning from human feedback)"
    assert expand("does chain of thought help", glossary) == "does chain of thought help (CoT)"
    assert expand("cotton", glossary) == "cotton"
    assert expand("what is rlhf", glossary) == "what is rlhf (reinforcement learning from human feedback)"
    assert expand("a cot for RAG", {"RAG": "retrieval-augmented generation"}).endswith("generation)")
    assert expand("a rag", {"RAG": "retrieval-augmented generation"}) == "a rag"
    assert expand("CoT is chain of thought", glossary) == "CoT is chain of thought"
