"""The checker: planted faults must be marked, true sentences must not, and nothing of the text may change."""

from __future__ import annotations

import pytest
from fake_library import FakeEmbedder, make_passage
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.citations import check_answer
from agent.similarity import similarity_of

RESULTS = make_passage(
    "On the WMT 2014 English-to-German translation task, the big transformer model outperforms the best "
    "previously reported models by more than 2.0 BLEU, establishing a new state-of-the-art BLEU score of 28.4. "
    "Training took 3.5 days on 8 P100 GPUs. Even our base model surpasses all previously published models "
    "[12, 13] and ensembles.",
    page=8,
    section="6 Results",
)
BERT = make_passage(
    "In contrast to earlier work, BERT uses masked language models to enable pretrained deep bidirectional "
    "representations. BERT-large has 340M parameters. We mask 15% of all tokens at random.",
    title="BERT",
    arxiv_id="1810.04805",
    page=2,
    section="3 BERT",
)
SCALED = make_passage(
    "We suspect that for large values of dk, the dot products grow large in magnitude, pushing the softmax "
    "function into regions where it has extremely small gradients. To counteract this effect, we scale the dot "
    "products by the square root of dk. The model contains no recurrence and no convolution.",
    page=4,
    section="3.2.1 Scaled Dot-Product Attention",
)
SOURCES = {1: RESULTS, 2: BERT, 3: SCALED}


def verdicts(text: str, **options) -> list[str]:
    return [check.support for check in check_answer(text, SOURCES, **options)[0]]


@pytest.mark.parametrize(
    "sentence",
    [
        "The big Transformer reaches a BLEU score of 28.4 on English-to-German [1].",
        "Training took 3.5 days on eight P100 GPUs [1].",
        "BERT-large has 340 million parameters [2].",
        "BERT-large has 340M parameters.[2]",
        "BERT masks 15 percent of all tokens at random. [2]",
        "BERT masks 15 % of the tokens at random 【2】.",
        "It masks 15% of tokens at random [2, p. 2].",
        "The dot products grow large in magnitude for large values of $d_k$ [3].",
        "The model contains no recurrence and no convolution [3].",
        "**BERT** uses *masked language models* [2].",
        "| BERT-large | 340M parameters [2] |",
        "Large dot products push the softmax into regions with extremely small gradients [3].",
    ],
)
def test_true_sentences_are_supported(sentence):
    assert verdicts(sentence) == ["supported"]


@pytest.mark.parametrize(
    "sentence",
    [
        "The big Transformer reaches a BLEU score of 29.4 on English-to-German [1].",  # altered number
        "Training took 35 days on 8 P100 GPUs [1].",
        "BERT-large has 340 billion parameters [2].",  # altered unit
        "BERT-large has 340 parameters times 10^9, that is 3400M [2].",
        "BERT masks 51% of all tokens at random [2].",
        "BERT-large has 340M parameters [1].",  # swapped citation
        "The dot products grow large in magnitude for large values of dk [2].",
        "GPT-4 was trained on thirteen trillion tokens of web text [2].",  # made up
        "Dropout is applied to the embeddings [3].",
        "The model contains recurrence and convolution [3].",  # denial dropped
        "BERT does not use masked language models [2].",  # denial added
        "The big transformer underperforms the best previously reported models [1].",  # opposite word
        "Everything here is right [9].",  # no such passage
    ],
)
def test_planted_faults_are_not_supported(sentence):
    assert verdicts(sentence) == ["unsupported"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Training took 3.5 days on six P100 GPUs [1].",  # a spelled number that is not there
        "“BERT uses masked language models to enable deep unidirectional ones” [2].",  # misquoted
        "BERT-large has 340M parameters [2][9].",  # one of two numbers does not exist
        "In GPT-9, BERT-large has 340M parameters [2].",  # a name with a number that is not there
    ],
)
def test_doubtful_sentences_are_partly_supported_at_best(sentence):
    assert verdicts(sentence)[0] in ("partly", "unsupported")


@pytest.mark.parametrize(
    "sentence",
    [
        "## Results in 2017",
        "Why are the dot products scaled?",
        "The two main reasons are:",
        "Hello!",
        "Sure, happy to help.",
        "Not found in your library.",
        "I could not find the training cost in your library.",
        "The passages do not mention the learning rate.",
        "Let me know if you want more detail!",
        "Would you like me to explain the softmax?",
        "**Key idea**",
        "You could add a paper or note on it in the Library tab.",
    ],
)
def test_sentences_that_claim_nothing_are_exempt(sentence):
    assert verdicts(sentence) == ["exempt"]


@pytest.mark.parametrize(
    "sentence",
    [
        "The moon is made of green cheese.",
        "I could not find it in your library, but GPT-4 was trained on thirteen trillion tokens.",
        "It does not include an encoder.",
        "Add and norm layers follow each sub-layer.",
        "There is no evidence that dropout helps translation.",
        "GPT-4 has 1800000 parameters:",
        "It is 28.4.",
    ],
)
def test_claims_without_a_number_are_uncited(sentence):
    assert verdicts(sentence) == ["uncited"]


def test_a_citation_does_not_cover_the_sentence_before_it():
    text = "The moon is made of green cheese. BERT-large has 340M parameters [2]."
    assert verdicts(text) == ["uncited", "supported"]


def test_numbers_after_the_full_stop_belong_to_the_sentence_before():
    text = "BERT-large has 340M parameters. [2] The moon is made of green cheese."
    assert verdicts(text) == ["supported", "uncited"]


def test_each_list_item_stands_for_itself():
    text = "It has two parts:\n\n- BERT-large has 340M parameters [2]\n- the moon is made of cheese\n"
    assert verdicts(text) == ["exempt", "supported", "uncited"]


def test_code_formulas_and_links_hold_no_citations():
    text = (
        "BERT-large has 340M parameters [2].\n\n```python\nx[1] = y[9]  # wrong [3]\n```\n\n"
        "$$ a[1] = b[9] $$\n\nThe square root of $d_k[9]$ scales the dot products [3]. See `a[9]` and "
        "[1](https://example.org/9).\n"
    )
    checks, citations = check_answer(text, SOURCES)
    assert [number for check in checks for number in check.numbers] == [2, 3]
    assert [citation.number for citation in citations] == [2, 3]


def test_two_passages_can_carry_a_sentence_together():
    text = "BERT-large has 340M parameters, while the big transformer scores 28.4 BLEU [1][2]."
    checks, citations = check_answer(text, SOURCES)
    assert checks[0].support == "supported"
    assert {citation.supported for citation in citations} == {"partly"}


def test_a_verbatim_quote_is_fully_supported_and_its_span_is_exact():
    text = "“Even our base model surpasses all previously published models [12, 13] and ensembles.” [1]"
    checks, citations = check_answer(text, SOURCES)
    assert [(check.support, check.score, check.numbers) for check in checks] == [("supported", 1.0, (1,))]
    assert citations[0].quote == "Even our base model surpasses all previously published models [12, 13] and ensembles."


def test_a_quote_of_two_sentences_stays_whole():
    text = "“BERT-large has 340M parameters. We mask 15% of all tokens at random.” [2] It is 3.5 days."
    assert verdicts(text) == ["supported", "uncited"]


@pytest.mark.parametrize(
    "quote", ["masked lan-\nguage models to enable pretrained", "MASKED  language models to enable"]
)
def test_quotes_are_compared_without_case_spaces_and_hyphens(quote):
    assert check_answer(f'It says "{quote}" [2].', SOURCES)[0][0].support == "supported"


def test_a_true_quote_does_not_carry_a_false_number_beside_it():
    text = 'With 999 layers, "the dot products grow large in magnitude" [3].'
    assert verdicts(text) == ["unsupported"]


def test_a_number_has_a_citation_for_each_span_it_stands_for():
    text = "Bananas are yellow tropical fruit [2]. BERT-large has 340M parameters [2]. Large: 340M parameters [2]."
    citations = check_answer(text, SOURCES)[1]
    assert [citation.number for citation in citations] == [2] * len(citations)
    assert len({(citation.start, citation.end) for citation in citations}) == len(citations)
    by_sentence = {place: citation for citation in citations for place in citation.sentences}
    assert by_sentence[0].supported == "unsupported"
    assert by_sentence[1].quote == "BERT-large has 340M parameters."
    assert by_sentence[1].supported == "supported"
    assert sorted(by_sentence) == [0, 1, 2]


def test_the_embedding_helps_a_paraphrase_only():
    similarity = similarity_of(FakeEmbedder())
    assert verdicts("BERT-large has 999M parameters [2].", similarity=similarity) == ["unsupported"]
    calls = []

    def near(sentence, others):
        calls.append(sentence)
        return [0.9 for _ in others]

    paraphrase = "Scaling stops dot products of growing magnitude from saturating softmax outputs [3]."
    assert verdicts(paraphrase) != ["supported"]
    assert verdicts(paraphrase, similarity=near) == ["supported"]
    assert calls


def test_trusted_text_needs_no_citation():
    assert verdicts("Phase 2 covers retrieval.", trusted=["Phase 2: retrieval"]) == ["exempt"]
    assert verdicts("Phase 3 covers retrieval.", trusted=["Phase 2: retrieval"]) == ["uncited"]


def test_other_scripts_do_not_break_it():
    text = "变换器模型在英德翻译上达到 28.4 BLEU [1]。这是对的。 Größe: 340M параметров [2]. 🎉"
    checks, _ = check_answer(text, SOURCES)
    assert all(text[check.start : check.end] == check.text for check in checks)


PIECES = st.sampled_from(
    [
        "BERT-large has 340M parameters",
        " [1]",
        "[2, 3]",
        "[9]",
        ". ",
        "? ",
        "\n\n",
        "- ",
        "# ",
        "| a |",
        "```\n",
        "$",
        "$$",
    ]
    + [
        '"',
        "“",
        "”",
        "\\(",
        "\\[",
        "[1](http://x)",
        "no ",
        "28.4",
        "é",
        "🎉",
        "\u200b",
        "[",
        "]",
        "1-3",
        "\n",
        " ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_whatever_the_text_every_span_is_exact_and_in_order(text):
    checks, citations = check_answer(text, SOURCES)
    assert all(text[check.start : check.end] == check.text for check in checks)
    assert all(before.end <= after.start for before, after in zip(checks, checks[1:], strict=False))
    spans = [(citation.number, citation.start, citation.end) for citation in citations]
    assert len(set(spans)) == len(spans)
    cited = {(number, place) for place, check in enumerate(checks) for number in check.numbers if number in SOURCES}
    assert cited == {(citation.number, place) for citation in citations for place in citation.sentences}
    for citation in citations:
        source = SOURCES[citation.number]
        assert source.start <= citation.start < citation.end <= source.end
        assert source.text[citation.start - source.start : citation.end - source.start] == citation.quote
    assert check_answer(text, SOURCES) == (checks, citations)


def test_a_long_answer_is_checked_quickly():
    import time

    started = time.process_time()
    check_answer("BERT-large has 340M parameters [2][1][3]. " * 200 + "\\(" * 2000 + "$" * 2000, SOURCES)
    assert time.process_time() - started < 5


def test_a_quote_with_formulas_in_latex_is_verbatim():
    source = make_passage(
        "Scores are divided by $\\sqrt{d_k}$ (Vaswani et al. 2017, p. 4). "
        "Their dot product has variance $d_k$, so a typical score grows like $\\sqrt{d_k}$. With $d_k = 64$ it is 8."
    )
    true = "“Their dot product has variance $d_k$, so a typical score grows like $\\sqrt{d_k}$.” [1]"
    altered = true.replace("\\sqrt{d_k}", "\\sqrt{n_k}")
    sentences, citations = check_answer(true, {1: source})
    assert sentences[0].support == "supported"
    assert citations[0].quote.endswith("grows like $\\sqrt{d_k}$."), "the span takes the whole formula"
    assert check_answer(altered, {1: source})[0][0].support != "supported"


def test_a_bold_line_is_a_heading_also_with_a_subscript_in_it():
    sentences, _ = check_answer("**1. Why divide by the root of d_k**\n\nBecause.", {}, similarity=None)
    assert sentences[0].support == "exempt"
