"""Walking through a paper and comparing papers: which passages are gathered, and what is made of them."""

from __future__ import annotations

import json

import pytest
from agent_desk import ask, calls, desk, results, said, steps
from fake_library import FakeEmbedder, FakeLibrary, fake_roadmap, make_passage

from agent.context import Limits
from agent.embedded.lore import lore_of
from agent.embedded.model import EmbeddedChatModel
from agent.hands import Hands
from agent.tools.aspects import DATA, EVIDENCE, IDEA, LIMITS, METHOD, PROBLEM, all_aspects, gather, named_aspect
from agent.tools.compare_papers import ComparePapersArguments
from agent.tools.explain_paper import ExplainPaperArguments, walk_through
from agent.tools.mentions import later_passages, mention_pattern, names_of, roadmap_paper
from agent.tools.named_paper import find_paper
from agent.tutor import Tutor
from curriculum.load import load_curriculum
from errors import DocumentNotFoundError

CURRICULUM = load_curriculum()
LORA, DPO = "LoRA: Low-Rank Adaptation of Large Language Models", "Direct Preference Optimization: Your Language Model"
NOTE = "LoRA, low-rank adaptation"
QLORA = "QLoRA: Efficient Finetuning of Quantized LLMs"

SECTIONS = {
    "Abstract": "As models grow larger, full fine-tuning of all their parameters becomes prohibitively expensive. "
    "We propose Low-Rank Adaptation, or LoRA, which freezes the pretrained weights and adds small matrices to them.",
    "1 Introduction": "Existing techniques often introduce inference latency, which is a problem for many systems.",
    "4 Our Method": "During training, the weight matrix is frozen, while the two small matrices receive all updates.",
    "5 Experiments > 5.2 Results": "LoRA outperforms full fine-tuning on 6 of 9 tasks, with an accuracy of 91.6%.",
    "5 Experiments > 5.1 Data": "The models were trained on a corpus of 42 thousand examples of restaurant reviews.",
    "6 Limitations": "It is not straightforward to batch inputs of different tasks, which remains a clear limitation.",
    "8 Conclusion": "There are many directions for future work, such as combining it with other efficient methods.",
    "References": "Someone et al. We propose a method that outperforms all others and has a limitation. 2019.",
    "A Prompts": "We propose the following prompt, which outperforms everything: Answer the question.",
}


def paper(title, arxiv_id, sections, *, first=0):
    return [
        make_passage(text, title=title, arxiv_id=arxiv_id, page=place + 1, section=section, start=first)
        for place, (section, text) in enumerate(sections.items())
    ]


def shelf():
    later = "QLoRA builds on LoRA (Hu et al., 2021) and extends it to weights of four bits each, unlike earlier work."
    note = "LoRA freezes the pretrained weights and trains a pair of small matrices beside each frozen weight matrix."
    return FakeLibrary(
        [
            *paper(LORA, "2106.09685", SECTIONS),
            *paper(DPO, "2305.18290", {"Abstract": "We introduce a simple loss that needs no reward model at all."}),
            make_passage(later, title=QLORA, arxiv_id="2305.14314", section="1 Introduction"),
            make_passage(note, title=NOTE, arxiv_id=None, kind="markdown", section="LoRA > The idea"),
        ]
    )


def long_shelf():
    sections = {section: " ".join([text] * 12) for section, text in SECTIONS.items()}
    return FakeLibrary(paper(LORA, "2106.09685", sections))


def document(library, title):
    return next(one for one in library.documents() if one.title == title)


# Gathering


@pytest.mark.parametrize(
    ("aspect", "section"),
    [
        (PROBLEM, "Abstract"),
        (IDEA, "Abstract"),
        (METHOD, "4 Our Method"),
        (EVIDENCE, "5 Experiments > 5.2 Results"),
        (LIMITS, "6 Limitations"),
        (DATA, "5 Experiments > 5.1 Data"),
    ],
)
def test_an_aspect_is_gathered_from_the_sections_that_speak_of_it(aspect, section):
    library = shelf()
    found = gather(library, document(library, LORA), aspect, limit=3)
    assert section in {passage.section for passage in found}
    assert {passage.title for passage in found} == {LORA}
    assert [passage.page_number for passage in found] == sorted(passage.page_number for passage in found)


def test_bibliography_and_prompts_are_never_gathered():
    library = shelf()
    for aspect in (PROBLEM, IDEA, METHOD, EVIDENCE, LIMITS, DATA):
        sections = {passage.section for passage in gather(library, document(library, LORA), aspect, limit=50)}
        assert not sections & {"References", "A Prompts"}


def test_limits_are_not_taken_from_what_is_said_of_others():
    library = shelf()
    sections = {passage.section for passage in gather(library, document(library, LORA), LIMITS, limit=50)}
    assert not sections & {"Abstract", "1 Introduction"}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("data", "Data"),
        ("the datasets", "Data"),
        ("limitations", "Limits"),
        ("training objective", "Training and objective"),
    ],
)
def test_aspects_are_named_by_their_usual_words(words, name):
    assert named_aspect(words).name == name


def test_other_aspects_are_searched_by_their_words_and_none_means_the_usual():
    assert named_aspect("carbon footprint").query == "carbon footprint"
    assert len(all_aspects([])) == 6
    assert [aspect.name for aspect in all_aspects(["data", "dataset", " "])] == ["Data"]


# Names and later work


def test_a_paper_is_known_by_its_names():
    library = shelf()
    found = document(library, LORA)
    names = names_of(found, roadmap_paper(CURRICULUM, found))
    assert {"LoRA", "2106.09685", "Hu et al., 2021"} <= set(names)
    pattern = mention_pattern(names)
    assert pattern.search("as in LoRA, we")
    assert pattern.search("(Hu et al., 2021)")
    assert not pattern.search("QLoRA")
    assert not mention_pattern([]).search("anything")


def test_later_documents_that_mention_it_are_found():
    library = shelf()
    found = later_passages(library, document(library, LORA), ["LoRA"])
    assert [passage.title for passage in found][0] == QLORA
    assert LORA not in {passage.title for passage in found}


def test_the_paper_goes_before_a_note_of_the_same_name():
    library = FakeLibrary(
        [
            make_passage("A note.", title="Attention", arxiv_id=None, kind="markdown"),
            make_passage("We propose.", title="Attention Is All You Need", arxiv_id="1706.03762"),
        ]
    )
    for name in ("attention", "the attention paper", "Attention Is All You Need", "1706.03762v5", "AIAYN"):
        assert find_paper(name, library, CURRICULUM).title == "Attention Is All You Need"
    with pytest.raises(DocumentNotFoundError, match="Few-Shot") as raised:
        find_paper("GPT-3", library, CURRICULUM)
    assert "2005.14165" in raised.value.hint


def test_newcomers_get_the_study_note_first_and_the_roadmap_names_what_builds_on_it():
    walk = walk_through(shelf(), CURRICULUM, "LoRA", "newcomer")
    assert walk.aspects[0][0] == "In plain words"
    assert {passage.title for passage in walk.aspects[0][1]} == {NOTE}
    assert [paper.title for paper in walk.followers] == [QLORA]
    names = [name for name, _ in walk_through(shelf(), CURRICULUM, "LoRA", "engineer").aspects]
    assert names == ["Problem", "Idea", "Method", "Evidence", "Limits", "What came after"]


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ("newcomer", "newcomer"),
        ("for beginners", "newcomer"),
        ("PhD", "researcher"),
        (None, "engineer"),
        (3, "engineer"),
    ],
)
def test_levels_are_read_kindly(given, level):
    assert ExplainPaperArguments.model_validate({"paper": "x", "level": given}).level == level


@pytest.mark.parametrize(
    ("given", "papers"),
    [
        (["LoRA", "DPO"], ["LoRA", "DPO"]),
        ("LoRA and DPO", ["LoRA", "DPO"]),
        ("LoRA, DPO; BERT", ["LoRA", "DPO", "BERT"]),
        ([{"title": "LoRA"}, None], ["LoRA"]),
        (None, []),
    ],
)
def test_papers_to_compare_are_read_kindly(given, papers):
    assert ComparePapersArguments.model_validate({"papers": given}).papers == papers


# Through the graph, with a model and with the rules


def open_tutor(home, library):
    glossary = dict(CURRICULUM.glossary)
    model = EmbeddedChatModel(embed=FakeEmbedder().embed, lore=lore_of(CURRICULUM), glossary=glossary)
    return Tutor.open(
        home,
        library,
        model_loader=lambda name: model,
        default_model="fake/one",
        roadmap=fake_roadmap(),
        limits=Limits(context_tokens=32_000),
        hands=Hands(curriculum=CURRICULUM),
    )


def supports(events):
    return {check.support for check in events[-1].answer.sentences}


def test_a_walk_through_quotes_every_aspect_with_its_citation(tmp_path):
    events = ask(open_tutor(tmp_path, shelf()), "Walk me through the LoRA paper")
    text = said(events)
    headings = ["**Problem**", "**Idea**", "**Method**", "**Evidence**", "**Limits**", "**What came after**"]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "which freezes the pretrained weights" in text.split("**Idea**")[1].split("**Method**")[0]
    assert "not straightforward" in text.split("**Limits**")[1]
    assert "QLoRA builds on LoRA" in text.split("**What came after**")[1]
    assert supports(events) <= {"supported", "exempt"}
    assert events[-1].answer.citations


def test_an_aspect_without_support_says_so(tmp_path):
    bare = FakeLibrary(paper(LORA, "2106.09685", {"Abstract": SECTIONS["Abstract"]}))
    text = said(ask(open_tutor(tmp_path, bare), "Walk me through the LoRA paper"))
    assert "No passage of the paper speaks plainly of this." in text.split("**Limits**")[1]
    assert "You could add papers that build on it" in text


def test_a_newcomer_reads_the_note_and_what_short_forms_mean(tmp_path):
    events = ask(open_tutor(tmp_path, shelf()), "explain the LoRA paper to a newcomer")
    text = said(events)
    assert text.index("**In plain words**") < text.index("**Problem**")
    assert supports(events) <= {"supported", "exempt"}


def test_a_comparison_is_a_table_with_a_citation_in_each_cell(tmp_path):
    events = ask(open_tutor(tmp_path, shelf()), "compare the LoRA and DPO papers")
    text = said(events)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[0] == "| Aspect | LoRA | Direct Preference Optimization |"
    assert {row.count("|") for row in rows} == {4}
    assert "“We introduce a simple loss that needs no reward model at all.” [" in text
    assert "no passage found" in text
    assert supports(events) <= {"supported", "exempt"}
    (step,) = steps(events)
    assert step.details["kind"] == "comparison"
    json.dumps(step.details)  # plain values only
    assert [column["title"] for column in step.details["columns"]] == [LORA, DPO]


def test_a_paper_that_is_not_there_is_said_with_what_to_do(tmp_path):
    events = ask(open_tutor(tmp_path, shelf()), "walk me through the BERT paper")
    assert "add 1810.04805" in said(events)
    assert not events[-1].answer.refused
    events = ask(open_tutor(tmp_path / "two", shelf()), "compare the LoRA paper and 2106.09685 on data")
    assert "two different papers" in said(events)


def test_a_model_reads_which_passages_speak_of_what_within_its_budget(tmp_path):
    call = calls(("e", "explain_paper", {"paper": "LoRA", "level": "engineer"}))
    limits = Limits(context_tokens=6000)
    tutor, chat = desk(tmp_path, call, "Done.", shelf=long_shelf(), curriculum=CURRICULUM, limits=limits)
    ask(tutor, "Explain LoRA")
    told = results(chat.history[-1])["e"]
    assert "Which passages speak of which aspect:\nProblem: [1]" in told
    assert "more passages were left out" in told
    assert len(told) < limits.tool_result_characters + 600
    assert told.count("⟦quoted material⟧") == 1


def test_quoted_pipes_do_not_break_the_table(tmp_path):
    library = FakeLibrary(
        [
            *paper(
                LORA, "2106.09685", {"Abstract": "We propose a method for the norm |x| of all weights, called LoRA."}
            ),
            *paper(DPO, "2305.18290", {"Abstract": "We introduce a simple loss that needs no reward model at all."}),
        ]
    )
    events = ask(open_tutor(tmp_path, library), "compare the LoRA and DPO papers on idea")
    (row,) = [line for line in said(events).splitlines() if line.startswith("| Core idea")]
    assert r"\|x\|" in row
    assert supports(events) <= {"supported", "exempt"}
