"""The embedded model: reads the intent, calls the tools, quotes what answers, refuses what does not."""

import pytest
from fake_library import FakeEmbedder, make_passage
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agent.embedded.compose import Reader, answer_text
from agent.embedded.evidence import collect, pick, understand, weigh_words
from agent.embedded.intent import foreign_language, recognise, with_context, without_politeness
from agent.embedded.model import EmbeddedChatModel
from agent.embedded.question import form_score, question_kind
from agent.embedded.support import measure_support
from agent.embedded.told import CONNECT_HINT
from agent.refusal import is_refusal

EMBED = FakeEmbedder().embed
READER = Reader(EMBED)
TOOLS = ("search_library", "read_pages", "list_library", "roadmap")

HEADS = (
    "Multi-head attention lets the model attend to different positions. In this work we employ h = 8 parallel "
    "attention layers, or heads. For each of these we use a key dimension of 64."
)
COST = "The total cost is similar to that of single-head attention with full dimensionality."
BERT = "BERT is pre-trained with a masked language model objective on unlabeled text."


def passage(text, number, **options):
    return {"number": number, **make_passage(text, **options).to_dict()}


PASSAGES = [
    passage(HEADS, 1),
    passage(COST, 2, start=900),
    passage(BERT, 3, title="BERT", arxiv_id="1810.04805"),
]


# Intent


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Hello!", "greeting"),
        ("what can you do?", "greeting"),
        ("Which papers do you have in the library?", "library"),
        ("list my library", "library"),
        ("What should I study next?", "roadmap"),
        ("What is in part 4 of the roadmap?", "roadmap"),
        ("Read page 3 of the LoRA paper", "read"),
        ("Summarize the ReAct paper", "read"),
        ("What is the LoRA paper about?", "read"),
        ("Who wrote the LoRA paper?", "about"),
        ("When was BERT published?", "about"),
        ("When was the model trained?", "search"),
        ("What is the paper's batch size?", "search"),
        ("Summarize attention", "search"),
        ("show section 3.2 of Attention Is All You Need", "read"),
        ("How many heads does the base model use?", "search"),
        ("Warum teilt man durch die Wurzel und was ist das?", "language"),
        ("Pourquoi est-ce que les auteurs divisent par la racine ?", "language"),
        ("注意力机制是什么？", "language"),
    ],
)
def test_intent_is_recognised(question, kind):
    assert recognise(question).kind == kind


@pytest.mark.parametrize(
    "question",
    ["Who are the authors of LLaMA?", "What is the DPO loss?", "Why BERT?", "Explain la in LaMDA", "RLHF"],
)
def test_english_questions_are_not_taken_for_another_language(question):
    assert foreign_language(question) == ""


def test_reading_names_pages_section_and_document():
    pages = recognise("please read pages 3 to 5 of the LoRA paper")
    assert (pages.first_page, pages.last_page, pages.document) == (3, 5, "the LoRA paper")
    section = recognise("Show section 3.2.1 of BERT.")
    assert (section.section, section.document) == ("3.2.1", "BERT")


def test_a_comparison_searches_for_the_whole_and_for_each_side():
    assert recognise("What is the difference between LoRA and full fine-tuning?").queries[1:] == (
        "LoRA",
        "full fine-tuning",
    )


def test_politeness_is_not_searched_for():
    assert without_politeness("Explain attention like I'm new to it") == "What is attention?"
    assert without_politeness("Explain why dot products are scaled") == "Explain why dot products are scaled"
    assert without_politeness("What is LoRA, in simple terms?").startswith("What is LoRA")
    assert without_politeness("Hi, could you please explain to me what LoRA is?") == "what LoRA is?"
    assert without_politeness("LoRA?") == "LoRA?"


def test_a_follow_up_is_searched_with_the_question_before_it():
    assert with_context("Why?", "How large is the vocabulary of BERT?") == "How large is the vocabulary of BERT: Why?"
    alone = "How many layers does the large model of BERT have in the first paper on it by the same authors?"
    assert with_context(alone, "What is LoRA?") == alone
    for named in ("What is BERT?", "What are embeddings?", "What is a tokenizer?"):
        assert with_context(named, "What is LoRA?") == named, "it is short, and names its subject"
    assert with_context("What is it?", "Explain LoRA").endswith("What is it?")


# Question forms


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many heads are used?", "number"),
        ("What BLEU score does it reach?", "number"),
        ("When was BERT published?", "year"),
        ("Who proposed LoRA?", "person"),
        ("Why are dot products scaled?", "reason"),
        ("What is LoRA?", "definition"),
        ("How is BERT trained?", "manner"),
        ("Which corpora were chosen?", "open"),
    ],
)
def test_the_form_of_the_answer_is_read_from_the_question(question, kind):
    assert question_kind(question) == kind


def test_a_number_that_the_question_itself_states_is_no_answer():
    question = "How many heads does GPT-3 175 use?"
    assert form_score("number", question, "It uses 96 heads.") == 1.0
    assert form_score("number", question, "GPT-3 175 is large.") == 0.0
    assert form_score("number", question, "It uses eight heads.") > 0.5


# Evidence and support


def test_the_answering_sentence_comes_first_and_sentences_are_not_repeated():
    candidates = collect(understand("How many parallel attention heads are employed?"), PASSAGES, embed=EMBED)
    picked = pick(candidates, 10)
    assert "h = 8" in picked[0].text
    assert picked[0].number == 1
    texts = [item.text for item in picked]
    assert len(set(texts)) == len(texts) == len(candidates.evidence)


def test_a_sentence_that_leans_on_the_one_before_brings_it_along_and_both_are_used_once():
    text = "LoRA freezes the pretrained weights. This reduces the number of trainable parameters greatly."
    candidates = collect(understand("What does LoRA reduce?"), [passage(text, 1)], embed=EMBED)
    picked = pick(candidates, 5)
    assert [item.text for item in picked if "reduces" in item.text][0] == text
    assert sum("freezes" in item.text for item in picked) == 1


def test_words_that_only_ask_weigh_little():
    weights = weigh_words("What is the main reason the authors report for BLEU?", lambda words: [0.9] * len(words))
    assert weights["bleu"] == 0.9
    assert weights["author"] < 0.5
    assert weights["reason"] < 0.5


def test_support_names_what_no_passage_speaks_of():
    question = "How many experts does the Mixtral router choose?"
    candidates, support = READER.read(question, PASSAGES)
    assert candidates.evidence
    assert not support.enough
    assert "Mixtral" in support.missing


def test_no_passages_means_no_support():
    asked = understand("BLEU?")
    support = measure_support(asked, collect(asked, [], embed=EMBED), [])
    assert (support.enough, support.similarity, support.missing) == (False, 0.0, ("BLEU",))


def test_an_acronym_meets_its_meaning():
    text = "The final model achieves 97%-98% accuracy on NSP."
    asked = understand("How accurate is next sentence prediction?", glossary={"NSP": "next sentence prediction"})
    (found,) = collect(asked, [passage(text, 1)], embed=EMBED).evidence
    (without,) = collect(
        understand("How accurate is next sentence prediction?"), [passage(text, 1)], embed=EMBED
    ).evidence
    assert found.coverage > without.coverage
    assert found.similarity > without.similarity
    assert found.text == text


def test_the_title_that_a_question_names_is_not_what_it_asks_about():
    asked = understand("How long was the model of Attention Is All You Need trained?", ["Attention Is All You Need"])
    assert "attent" not in asked.wanted
    assert "train" in asked.wanted


# Composition


def test_an_answer_is_quotes_with_their_numbers():
    text = answer_text("How many parallel attention layers or heads does this work employ?", PASSAGES, READER)
    assert text.startswith("“In this work we employ h = 8 parallel attention layers, or heads.” [1]")
    assert not is_refusal(text)


def test_an_unanswerable_question_is_refused_with_the_missing_words():
    text = answer_text("How long should I boil an egg?", PASSAGES, READER)
    assert is_refusal(text)
    assert "egg" in text


def test_the_papers_own_reference_numbers_do_not_pass_for_ours():
    passages = [passage("Dropout layers [12] are used in each of the encoder blocks [3, 4].", 7)]
    text = answer_text("Where are dropout layers used in encoder blocks?", passages, READER)
    assert "[12]" not in text
    assert "[3, 4]" not in text
    assert text.endswith("[7]")


def test_notes_stand_under_their_own_heading():
    told = "Attention heads run in parallel in multi-head attention layers. Heads of this work are parallel layers."
    note = passage(told, 4, kind="markdown", title="Note")
    text = answer_text("How many parallel attention layers or heads does this work employ?", [*PASSAGES, note], READER)
    lead, below = text.split("\n\n", 1)
    assert lead.startswith("“In this work we employ h = 8 parallel attention layers, or heads.” [1]")
    assert below.startswith("From the study notes:") or below.startswith("More from the papers:")
    assert text.index("study notes:") < text.rindex("[4]")


def test_headings_and_list_marks_are_not_quoted():
    text = "The attention heads of the model\n\n- Attention heads of the model run in parallel layers."
    candidates = collect(understand("What do the attention heads of the model do?"), [passage(text, 1)], embed=EMBED)
    assert [item.text for item in candidates.evidence] == ["Attention heads of the model run in parallel layers."]


# The model in its loop


def model():
    return EmbeddedChatModel(embed=EMBED)


def respond(messages):
    return model().bind(tool_names=list(TOOLS)).invoke(messages)


def result(name, passages, call="1", query="q"):
    artifact = {"kind": "passages", "query": query, "passages": passages}
    return ToolMessage("…", name=name, tool_call_id=call, artifact=artifact)


def test_it_searches_then_reads_around_then_answers():
    question = HumanMessage("How many parallel attention layers or heads does this work employ?")
    search = respond([question])
    assert [call["name"] for call in search.tool_calls] == ["search_library"]
    reading = respond([question, search, result("search_library", PASSAGES)])
    assert {call["name"] for call in reading.tool_calls} == {"read_pages"}
    assert len(reading.tool_calls) == 2
    answer = respond(
        [question, search, result("search_library", PASSAGES), reading, result("read_pages", PASSAGES[:1])]
    )
    assert not answer.tool_calls
    assert "h = 8" in answer.text


def test_it_calls_no_tool_that_is_not_there():
    answer = model().invoke([HumanMessage("How many heads?")])
    assert not answer.tool_calls
    assert is_refusal(answer.text)


def test_streamed_pieces_make_the_same_answer():
    question = HumanMessage("Which attention layers are parallel heads?")
    messages = [
        question,
        AIMessage("", tool_calls=[]),
        result("search_library", PASSAGES),
        result("read_pages", []),
    ]
    pieces = list(model().stream(messages))
    assert len(pieces) > 5
    assert "".join(piece.text for piece in pieces) == model().invoke(messages).text


def test_a_failed_tool_is_told_in_its_own_sentence():
    failed = ToolMessage("No document is called X.", name="read_pages", tool_call_id="1", status="error")
    answer = respond([HumanMessage("Read page 3 of X"), AIMessage(""), failed])
    assert answer.text == "No document is called X."


def test_the_roadmap_is_told_as_a_list():
    told = ToolMessage(
        "…", name="roadmap", tool_call_id="1", artifact={"text": "Roadmap: 2 parts.\nPart 1: A.\nPapers:\n- B"}
    )
    answer = respond([HumanMessage("What should I study next?"), AIMessage(""), told])
    assert answer.text == "Roadmap: 2 parts.\n\n- Part 1: A.\n\nPapers:\n\n- B"


def test_a_side_that_found_nothing_does_not_take_the_other_sides_passages():
    question = HumanMessage("What is the difference between Mamba and BERT?")
    search = respond([question])
    steps = [result("search_library", PASSAGES), result("search_library", []), result("search_library", PASSAGES[2:])]
    mamba, bert = respond([question, search, *steps]).text.split("**BERT**")
    assert "masked language model" not in mamba
    assert is_refusal(mamba)
    assert "masked language model" in bert


def test_reading_without_its_tool_is_refused():
    assert is_refusal(model().invoke([HumanMessage("Read page 3 of the LoRA paper")]).text)


def test_authors_and_year_come_from_the_list_of_documents():
    paper = {"kind": "pdf", "title": "LoRA: Low-Rank Adaptation", "arxiv_id": "2106.09685", "year": 2021, "pages": 26}
    note = {"kind": "markdown", "title": "LoRA", "arxiv_id": None, "year": None, "authors": "", "pages": 1}
    listed = ToolMessage(
        "…", name="list_library", tool_call_id="1", artifact={"documents": [note, {**paper, "authors": "Edward Hu"}]}
    )
    answer = respond([HumanMessage("Who wrote the LoRA paper?"), AIMessage(""), listed])
    assert answer.text == "*LoRA: Low-Rank Adaptation* (2021, arXiv 2106.09685) is by Edward Hu."
    other = {**paper, "title": "A Study of LoRA", "authors": "Someone Else"}
    both = listed.model_copy(update={"artifact": {"documents": [other, *listed.artifact["documents"]]}})
    assert "Edward Hu" in respond([HumanMessage("Who wrote the LoRA paper?"), AIMessage(""), both]).text
    unknown = respond([HumanMessage("Who wrote the Mamba paper?"), AIMessage(""), listed])
    assert is_refusal(unknown.text)


def test_a_summary_is_the_abstract_in_its_order():
    abstract = passage(
        "We propose a new simple network architecture. It needs no recurrence at all. Its training takes twelve hours.",
        1,
        section="Abstract",
    )
    body = passage("The dominant models are based on recurrence and need much time.", 2, section="1 Introduction")
    read = ToolMessage("…", name="read_pages", tool_call_id="1", artifact={"passages": [body, abstract]})
    answer = respond([HumanMessage("Summarize the Attention paper"), AIMessage(""), read])
    assert answer.text.startswith("From the abstract:")
    assert answer.text.index("simple network") < answer.text.index("twelve hours")
    assert "dominant" not in answer.text
    assert answer.text.count("simple network") == 1


def test_a_refuted_misconception_does_not_lead_the_answer():
    text = "It is a misconception that RAG stops all errors: it reduces them. RAG first searches and then answers."
    candidates = collect(understand("How does RAG work?"), [passage(text, 1)], embed=EMBED)
    assert pick(candidates, 1)[0].text == "RAG first searches and then answers."


def test_a_greeting_says_what_it_can_do_and_how_to_get_more():
    answer = respond([HumanMessage("hi")])
    assert CONNECT_HINT in answer.text
    assert not answer.tool_calls


def test_a_comparison_has_a_block_for_each_side():
    question = HumanMessage("What is the difference between multi-head attention and BERT?")
    search = respond([question])
    assert len(search.tool_calls) == 3
    steps = [
        result("search_library", PASSAGES),
        result("search_library", PASSAGES[:1]),
        result("search_library", PASSAGES[2:]),
    ]
    answer = respond([question, search, *steps])
    assert "**multi-head attention**" in answer.text
    assert "**BERT**" in answer.text
    assert "masked language model" in answer.text
