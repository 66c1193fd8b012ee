"""What ranks beside the two scores: words that stand together, what is asked for, names that are left out."""

from datetime import UTC, datetime

import pytest
from toy_embedder import ToyEmbedder

from ingestion.document import Chunk
from vectorstore.asking import DEFINES, NAMES, PLACE, asked_for, only_asks
from vectorstore.closeness import PAIRS_SHARE, WORDS_SHARE, Wanted, closeness
from vectorstore.fusion import BONUSES, PAGE_FACTOR, Candidate, fuse
from vectorstore.keywords import keywords
from vectorstore.library import Library
from vectorstore.reports import DocumentSummary
from vectorstore.titles import of_the_kind_asked, without_names


def make_chunk(text, *, name="c1", kind="text", section="", page=1):
    return Chunk(name, "d", page, 0, len(text), text, section, kind, int(name[1:]))


def make_summary(name, title, kind="pdf"):
    return DocumentSummary(name, kind, title, "", None, 2020, f"{name}.x", 5, 9, datetime(2026, 1, 1, tzinfo=UTC), ())


PAPER = make_summary("paper", "LoRA: Low-Rank Adaptation of Large Language Models")
NOTE = make_summary("note", "LoRA: low-rank adaptation", "markdown")
OTHER = make_summary("other", "Bread", "markdown")


# Words that stand together


def rarity(words):
    return [1.0 if word == "unknown" else 0.5 for word in words]


def test_words_that_stand_together_earn_more_than_words_far_apart():
    wanted = Wanted.of("the learning rate of the adapter", rarity)
    near = "Ovens are hot. The adapter has a learning rate. Bread is good. Salt. Water."
    far = "The adapter is small. Ovens are hot. Bread is good. Salt is not. We like learning. It has a rate."
    assert closeness(near, wanted) == pytest.approx(WORDS_SHARE + PAIRS_SHARE / 2)
    assert closeness(far, wanted) == pytest.approx(WORDS_SHARE * 2 / 3)
    assert closeness("Ovens are hot.", wanted) == closeness("", wanted) == 0.0


def test_a_word_that_no_passage_has_takes_nothing_away():
    assert Wanted.of("unknown adapter", rarity).weights == {keywords("adapter")[0]: 0.5}
    assert closeness("An adapter.", Wanted.of("unknown", rarity)) == 0.0


def test_british_and_american_spelling_are_one_word():
    for british, american in (
        ("normalisation of normalised layers", "normalization of normalized layers"),
        ("tokenise", "tokenize"),
        ("analysing behaviour", "analyzing behavior"),
        ("modelling labelled data", "modeling labeled data"),
    ):
        assert keywords(british) == keywords(american)
    assert keywords("revised")[0] == keywords("revision")[0]
    assert keywords("precise")[0] == keywords("precision")[0]
    assert keywords("surprising")[0] == keywords("surprisingly")[0]


# What is asked for


@pytest.mark.parametrize(
    ("question", "text", "bonus"),
    [
        ("What is mean pooling?", "Key terms\n\nMean pooling averages the vectors.", DEFINES),
        ("What is an agent, in the words of our notes?", "An agent is a program in a loop.", DEFINES),
        ("What is a head?", "A head, the layer on top, is small.", DEFINES),
        ("What does PPO-ptx mean?", "with updates of the pretraining distribution (PPO-ptx).", NAMES),
        ("How does the paper define perplexity?", "This is called perplexity.", NAMES),
        ("What is mean pooling?", "We apply mean pooling to all vectors.", 0.0),
        ("What is the reason for which the authors leave the encoder frozen?", "The reason is cost.", 0.0),
        ("How many heads are there?", "A head is a layer.", 0.0),
        ("What is an agent?", "A travel agent is a person.", 0.0),
    ],
)
def test_a_sentence_that_says_what_a_thing_is_earns_more(question, text, bonus):
    assert asked_for(question).bonus(make_chunk(text)) == bonus


@pytest.mark.parametrize(
    ("question", "kind", "text", "bonus"),
    [
        ("What does Figure 2 plot?", "caption", "Figure 2: Loss over time.", PLACE),
        ("What does the second figure show?", "caption", "0.1\n\n0.2\n\nFigure 2. Loss over time.", PLACE),
        ("Which row of Table 12 is best?", "table", "Table 12: Results\n1 2 3", PLACE),
        ("What does Figure 2 plot?", "caption", "Figure 21: Loss over time.", 0.0),
        ("What does Figure 2 plot?", "caption", "Table 2: Loss over time.", 0.0),
        ("What does Figure 2 plot?", "text", "The loss, see Figure 2.", 0.0),
        ("How many figures are there?", "caption", "Figure 2: Loss over time.", 0.0),
    ],
)
def test_a_figure_or_table_that_is_asked_for_earns_more(question, kind, text, bonus):
    assert asked_for(question).bonus(make_chunk(text, kind=kind)) == bonus


def test_a_list_of_questions_answers_none():
    assert only_asks("Questions\n\n1. Why scale?\n2. Why rotate?")
    assert not only_asks("Why scale?\n\nBecause large products saturate the softmax.")
    assert not only_asks("Why scale?\n\nWhy rotate?\n\nBoth are answered here.\n\nAnd here.")
    questions = Candidate(make_chunk("Questions\n\n1. Why scale?\n2. Why rotate?"), 0.9, 9.0)
    answer = Candidate(make_chunk("Scaling keeps gradients alive.", name="c2", page=2), 0.8, 7.0)
    least = Candidate(make_chunk("Beside the point.", name="c3", page=3), 0.1, 1.0)
    assert [found.chunk.id for found, _ in fuse([questions, answer, least], boosts={})] == ["c2", "c1", "c3"]


# Pages and appendices


def test_further_passages_of_a_page_and_of_an_appendix_sink_a_little():
    chunks = [make_chunk("one", name="c1"), make_chunk("two", name="c2"), make_chunk("three", name="c3", page=2)]
    ranked = fuse([Candidate(chunk, 0.5, 8.0) for chunk in chunks], boosts={})
    assert [found.chunk.id for found, _ in ranked] == ["c1", "c3", "c2"]
    assert ranked[2][1] == pytest.approx(ranked[0][1] * PAGE_FACTOR)
    detail = Candidate(make_chunk("four", name="c4", page=3, section="C.2 Details > Loss"), 0.5, 8.0)
    text = Candidate(make_chunk("five", name="c5", page=4, section="A Transformer"), 0.5, 8.0)
    numbered = Candidate(make_chunk("six", name="c6", page=5, section="3 Model"), 0.5, 8.0)
    scores = {found.chunk.id: score for found, score in fuse([detail, text, numbered], boosts={})}
    assert scores["c4"] < scores["c5"] == scores["c6"]


# Names


def test_the_names_of_a_document_are_left_out_of_the_question():
    aliases = {"low-rank adaptation": "LoRA: Low-Rank"}
    assert without_names("Which rank does LoRA's authors use?", PAPER, aliases) == "Which rank does authors use?"
    assert without_names("What is low-rank adaptation for?", PAPER, aliases) == "What is for?"
    assert without_names("Explorations  of rank", PAPER, aliases) == "Explorations  of rank"


def test_papers_or_notes_are_meant_where_one_of_them_is_asked_for():
    found = {"paper": 0.5, "note": 1.0}
    documents = [PAPER, NOTE, OTHER]
    assert of_the_kind_asked("What is LoRA?", documents, found) == found
    assert of_the_kind_asked("What does the LoRA paper say?", documents, found) == {"paper": 0.5}
    assert of_the_kind_asked("What stands in Table 2 of LoRA?", documents, found) == {"paper": 0.5}
    assert of_the_kind_asked("What does the paper say?", documents, {"note": 1.0}) == {"note": 1.0}
    assert of_the_kind_asked("What do our notes say?", documents, {}) == {"note": 0.5, "other": 0.5}


def test_inside_a_named_document_its_name_decides_nothing(tmp_path):
    source = tmp_path / "zebra.md"
    source.write_text(
        "# Zebra: a model of stripes\n\n## Praise\n\nZebra, Zebra, Zebra: we thank Zebra and the friends of Zebra.\n\n"
        "## Cost\n\nTraining took ninety hours on one machine.\n\n## Shape\n\nIt has forty layers, all alike.\n",
        encoding="utf-8",
    )
    with Library.open(tmp_path / "library", ToyEmbedder()) as library:
        library.add([source])
        best = library.search("How many hours did the training of Zebra take?")[0]
        assert best.section.endswith("Cost")
        assert library.search("Zebra")[0].section.endswith("Praise"), "alone, the name is all there is to look for"


def test_a_bonus_is_worked_out_for_the_best_and_leaves_nobody_out():
    chunks = [make_chunk(f"word{number}", name=f"c{number}", page=number) for number in range(BONUSES + 5)]
    heard = []
    ranked = fuse(
        [Candidate(chunk, 1 - chunk.position / 100, 0.0) for chunk in chunks],
        boosts={},
        bonus=lambda chunk: heard.append(chunk.id) or (0.9 if chunk.position == 7 else 0.0),
    )
    assert len(ranked) == BONUSES + 5
    assert len(heard) == BONUSES
    assert ranked[0][0].chunk.position == 7
