import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.sentences import split_sentences


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "We follow Devlin et al. (2019) in this.",
        "J. Devlin et al. proposed BERT [12].",
        "Results by W. Zaremba and A. Karpathy are kept.",
        "See Fig. 3 and Eq. (1) in Sec. 3.2 for details.",
        "However, e.g. the U.S. Army (cf. Smith et al. 2019) disagrees.",
        "This is better, i.e. Lower is better.",
        "Values of 2.8, 3.7, 6.0 and 9.5 TFLOPS for K80.",
        "For models vs. Humans we count approx. 5 errors.",
        "Dr. Who and Prof. Smith agree.",
        "The score is 28.4 BLEU on newstest2014.",
        "Was it worth it?",
        "It costs $3.50 per 1.5M tokens.",
        "1. First things come first.",
        "(a) This is the first item.",
    ],
)
def test_a_single_sentence_stays_whole(sentence):
    assert sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    "parts",
    [
        ["The size is N.", "We set N = 3.5.", "Is it large?", "No!"],
        ["It beats GPT [3].", "It is small."],
        ["It beats GPT.[3]", "It is small."],
        ["It was found earlier. [4, 5]", "We agree."],
        ["The library is tensor2tensor.1", "Because the use grew, we stop."],
        ["He said “it works.”", "She left."],
        ["We find this, etc.", "The end is near."],
        ["We use LoRA et al.", "This is odd."],
        ["It is 5 p.m.", "We leave now."],
        ["(See Appendix A.)", "Then go on."],
        ["Sales rose.", "iPhone users grew.", "word2vec stayed."],
        ["你好。", "世界！"],
        ["Wait...", "More came."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(parts):
    assert sentences(" ".join(parts)) == parts


def test_blank_lines_list_items_and_table_rows_end_sentences():
    text = "A title\n\nSome prose that is\nwrapped. More\n- one\n- two\n1. first\n2. second\n| a |\n| c |"
    assert sentences(text) == [
        "A title",
        "Some prose that is\nwrapped.",
        "More",
        "- one",
        "- two",
        "1. first",
        "2. second",
        "| a |",
        "| c |",
    ]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab. A1?!\n[(\"'$-|`,", max_size=80))
def test_spans_are_in_order_and_lose_nothing(text):
    spans = split_sentences(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


def test_long_text_takes_little_time():
    assert len(split_sentences("This is one sentence of many. " * 5000)) == 5000
    assert split_sentences("a" * 200_000) == [(0, 200_000)]
    assert len(split_sentences("." * 50_000)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Scores are scaled (Vaswani et al. 2017, p. 4) so that gradients stay usable.",
        "Three controls fell short (Wei et al. 2022, Section 3.3, pp. 5 and 6) of full chains.",
    ],
)
def test_a_page_number_does_not_end_a_sentence(text):
    assert split_sentences(f"{text} Then we stop.") == [(0, len(text)), (len(text) + 1, len(text) + 14)]
