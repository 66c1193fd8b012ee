"""What a learner reads in answers of the embedded model: no stems, no code run together, no fragments."""

from types import SimpleNamespace

import pytest
from fake_library import FakeEmbedder, make_passage
from langchain_core.messages import HumanMessage

from agent.citations import check_answer
from agent.embedded.code_wish import CodeWish, read_code
from agent.embedded.compose import Reader, answer_text, compared_text
from agent.embedded.evidence import ASKING_WEIGHT, collect, understand, weigh_words
from agent.embedded.intent import recognise, with_context
from agent.embedded.levelled import LevelledWish, at_level
from agent.embedded.lore import Lore
from agent.embedded.paper_wish import read_compare
from agent.embedded.pieces import pieces_of
from agent.embedded.plan import make_plan
from agent.embedded.question import counted_noun
from agent.embedded.shelf import NamedPaper
from agent.embedded.spelling import mended
from agent.embedded.study_wish import study_wish
from agent.embedded.support import are_apart
from agent.embedded.turn_view import Done, Memory, view
from agent.refusal import is_refusal
from agent.study.next_step import NEXT, next_text
from agent.tools.named_paper import find_note
from agent.tools.quoting import BEGIN, END
from curriculum.load import load_curriculum
from learner.store import LearnerStore
from learner.study_desk import StudyDesk

READER = Reader(FakeEmbedder().embed)


def passage(text, number=1, **options):
    return {"number": number, **make_passage(text, **options).to_dict()}


def texts(text, **options):
    return [piece.text for piece in pieces_of([passage(text, **options)])]


# What is asked for


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("run 2**100", "2 ** 100"),
        ("Execute 3*4.", "3 * 4"),
        ("run sum(range(10))", "sum(range(10))"),
        ("run the LoRA experiment", None),
        ("evaluate BERT on GLUE", None),
    ],
)
def test_what_follows_run_is_run_where_it_is_arithmetic_or_python(text, code):
    wish = read_code(text, Memory())
    assert (wish.code if isinstance(wish, CodeWish) else None) == code


def test_the_second_side_of_a_comparison_ends_where_something_else_is_asked():
    assert recognise("RAG vs fine-tuning: when should I use which?").queries[1:] == ("RAG", "fine-tuning")
    assert recognise("LoRA versus full fine-tuning, which is better?").queries[1:] == ("LoRA", "full fine-tuning")
    assert recognise("Compare BERT: a model with GPT").queries[1:] == ("BERT", "GPT")


def test_the_sides_of_a_comparison_are_named_without_articles():
    told = [passage("A token is a piece of text that a model reads.")]
    assert "**token**:" in compared_text(told, [("a token", told), ("the word", told)], READER)


def test_two_tables_are_looked_up_and_are_no_papers_to_compare():
    question = "Compare table 3 of the attention paper with table 2"
    assert read_compare(question) is None
    assert recognise(question).queries == (question,)
    assert read_compare("Compare the LoRA paper with the BERT paper") is not None


def test_a_topic_without_a_note_is_explained_from_what_a_search_finds():
    plan = at_level(make_plan("Explain softmax to a beginner", "", Memory(), Lore()), "", frozenset(), Lore())
    (wish,) = plan.steps
    assert isinstance(wish, LevelledWish)
    assert [call.name for call in wish.calls((), Memory())] == ["study_mode"]
    unknown = Done("study_mode", {}, {}, "Neither the roadmap nor your library has “softmax”.", failed=True)
    (call,) = wish.calls([unknown], Memory())
    assert (call.name, call.arguments) == ("search_library", {"query": "What is softmax?"})


NOTES = [
    SimpleNamespace(title="Low-rank methods and LoRA", kind="markdown"),
    SimpleNamespace(title="LoRA: Low-Rank Adaptation", kind="pdf"),
    SimpleNamespace(title="LoRA, low-rank adaptation", kind="markdown"),
]


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("the note on LoRA", 2),
        ("my LoRA notes", 2),
        ("our note about low-rank methods", 0),
        ("LoRA", None),
        ("the LoRA paper", None),
        ("the note on diffusion", None),
        ("note", None),
    ],
)
def test_a_note_is_found_by_what_it_is_on(reference, place):
    found = find_note(reference, SimpleNamespace(documents=lambda: NOTES))
    assert found is (None if place is None else NOTES[place])


def test_a_summary_is_of_the_paper_whatever_its_length():
    for length in ("", " in 3 sentences", " in about five short sentences", ", in a few words"):
        assert recognise(f"Give me a summary of the transformer paper{length}").document == "the transformer paper"


def test_a_joke_is_no_question_to_the_library():
    assert recognise("Tell me a joke").kind == "greeting"


def test_a_note_is_summarised_as_a_paper_is():
    wanted = recognise("Summarise the note on LoRA")
    assert (wanted.kind, wanted.document) == ("read", "the note on LoRA")


# What is quoted


def test_a_refusal_names_the_learners_own_words():
    told = answer_text("What is the population of Iceland?", [passage("Heads attend to positions of words.")], READER)
    assert "No passage I found speaks of *population*, *Iceland*." in told


def test_a_refusal_without_any_passage_does_not_say_what_passages_lack():
    told = answer_text("How do residual connections help?", [], READER)
    assert is_refusal(told)
    assert "I found no passage near it: a longer question may help." in told
    assert "speaks of" not in told
    assert {check.support for check in check_answer(told, {})[0]} == {"exempt"}


def test_code_of_a_note_is_no_sentence():
    text = (
        "A chunk is a passage that is indexed as one unit.\n\n```text\nQ: A training run uses four of the chips for "
        "six hours and a day.\n```\n\nIt is cited as one unit, too, by the answer."
    )
    assert texts(text) == [
        "A chunk is a passage that is indexed as one unit.",
        "It is cited as one unit, too, by the answer.",
    ]
    open_end = (
        "Here is how the loop looks in the language:\n\n```python\nfor step in range(limit): answer = model(step)\n"
    )
    assert texts(open_end) == ["Here is how the loop looks in the language:"]


def test_one_misconception_does_not_bring_another_along():
    first = "It is a misconception that retrieval stops all wrong answers of a model."
    second = "It is a misconception that retrieval is nothing but a vector database."
    assert texts(f"{first} {second}") == [first, second]
    leaning = "LoRA freezes the weights of the model. It is then trained on few data."
    assert leaning in texts(leaning)


def test_the_first_mark_of_a_list_inside_of_a_sentence_stays():
    listed = "1) supervised fine-tuning of a model; 2) preference sampling and 3) optimization."
    assert texts(listed) == [listed]
    assert texts("1) Supervised fine-tuning of a large model.") == ["Supervised fine-tuning of a large model."]


def test_where_a_note_has_its_statements_from_is_no_sentence():
    stated = "LoRA freezes the weights of the model."
    receipts = '- Savings: [2106.09685, p. 1: "LoRA can reduce it"]\n- Unverified here: QLoRA is Dettmers et al. 2023.'
    assert texts(f"{stated}\n\n{receipts}") == [stated]


def test_an_answer_in_the_examples_of_a_prompt_is_no_sentence_of_the_paper():
    told = "A chain of thought is a series of steps that lead to an answer."
    assert texts(f"{told}\n\nA: There are 15 trees in the grove originally.") == [told]


def test_a_sentence_that_says_only_that_there_are_limits_brings_the_first_one():
    told = "LoRA also has its limitations. For example, batches of several tasks are not straightforward."
    answer = answer_text("What are the limitations of LoRA?", [passage(told)], READER)
    assert "“LoRA also has its limitations.” [1] “For example, batches" in answer


def test_the_figure_of_another_paper_is_not_the_one_that_is_pointed_to():
    other = passage("Figure 4: The best of all baselines for the model.", title="DPO", arxiv_id="2305.18290")
    own = passage("Figure 4: Perplexity of the model as it grows.", 2, title="GPT-2", arxiv_id="1900.00001")
    note = {**passage("Figure 4 plots perplexity of the model.", 3, title="GPT-2 read"), "document_kind": "markdown"}
    named = NamedPaper(own["document_id"], "GPT-2", ("GPT-2",))
    question = "What does Figure 4 of the GPT-2 paper plot?"
    found = collect(understand(question, papers=[named]), [other, own, note], embed=READER.embed).evidence
    assert {item.number: item.pointed for item in found} == {1: False, 2: True, 3: True}
    assert all(item.pointed for item in collect(understand(question), [other, own, note], embed=READER.embed).evidence)


def test_what_a_tool_could_not_do_is_told_without_the_marks_for_models():
    text = f"No document is called 'X'.\n{BEGIN}\nNearest: LoRA.\n{END}"
    told = study_wish("Read page 3 of X").answer([Done("read_pages", {}, {}, text, failed=True)], Memory(), READER)
    assert told == "No document is called 'X'. Nearest: LoRA."


def test_the_legend_of_a_figure_is_no_sentence():
    assert (
        texts("ReAct only hallucination ReAct only inefficient planning ReAct Reflexion hallucination steps" * 2) == []
    )
    cut = "Our intuition is that chain of thought helps the most when the task is challenging and requires"
    assert texts(cut) == [cut]


# What is understood


def test_a_word_for_limits_that_no_paper_uses_does_not_hide_the_limits():
    weights = weigh_words(
        "What are the disadvantages, downsides and shortcomings of LoRA?", lambda words: [1.0] * len(words)
    )
    assert weights.pop("lora") == 1.0
    assert set(weights.values()) == {ASKING_WEIGHT}


def test_slips_in_asking_words_are_mended_though_some_pdf_has_them():
    assert mended("wat is teh rank adn why", lambda words: [0.9 for _ in words]) == "what is the rank and why"
    known = {"backpropagation": 0.5, "is": 0.0, "what": 0.0}
    rarity = lambda words: [known.get(word, 1.0) for word in words]  # noqa: E731
    assert mended("what is backprop", rarity) == "what is backpropagation"
    assert mended("what is backprop", lambda words: [0.5 for _ in words]) == "what is backprop"


@pytest.mark.parametrize(
    ("previous", "question", "asked"),
    [
        (
            "What BLEU score does the big Transformer reach?",
            "Why does it not use recurrence?",
            "Why does Transformer not use recurrence?",
        ),
        ("What is multi-head attention?", "why is it better?", "why is multi-head attention better?"),
        ("How many parameters does GPT-2 have?", "what is its context length?", "what is GPT-2's context length?"),
        ("the LoRA paper", "What are its limits?", "What are the LoRA paper's limits?"),
        ("What is LoRA?", "and why?", "What is LoRA: and why?"),
        (
            "What is the difference between BERT and GPT?",
            "Which of them is bidirectional?",
            "What is the difference between BERT and GPT: Which of them is bidirectional?",
        ),
    ],
)
def test_a_pronoun_stands_for_what_the_question_before_was_about(previous, question, asked):
    assert with_context(question, previous) == asked


def test_a_pronoun_leads_back_over_a_follow_up():
    said = ["What is LoRA?", "Does it add inference latency?", "What are its disadvantages?"]
    assert view([HumanMessage(text) for text in said]).previous == "Does LoRA add inference latency?"
    assert with_context(said[-1], "Does LoRA add inference latency?") == "What are LoRA's disadvantages?"


def test_a_count_of_a_model_that_no_passage_tells_is_refused():
    told = passage("GPT-2 has up to 1.5 billion parameters in 48 layers and a context of 1024 tokens.")
    judge = passage("The GPT-4 prompt asks for the summary that is better.", 2, start=900)
    assert counted_noun("What is GPT-4's parameter count?") == "parameter"
    asked = understand("What is GPT-4's parameter count?")
    found = [told, judge]
    assert are_apart(asked, collect(asked, found, embed=READER.embed), found)
    other = understand("What is GPT-2's parameter count?")
    assert not are_apart(other, collect(other, found, embed=READER.embed), found)


# What comes next


def test_what_to_study_next_is_asked_of_the_record_and_not_of_the_outline():
    assert recognise("what should I study next?").topic == NEXT
    assert recognise("What should I read next, please?").topic == NEXT
    assert recognise("What should I study next after attention?").topic == "attention"
    assert recognise("What is in part 4 of the roadmap?").topic == "part 4"


def test_the_next_topic_is_told_with_its_reason_and_what_there_is_on_it(tmp_path):
    contents = load_curriculum()
    desk = StudyDesk(LearnerStore(tmp_path / "learner.sqlite"), questions=())
    first, *material = next_text(SimpleNamespace(curriculum=contents, desk=desk)).split("\n")
    title = contents.topics[0].title
    assert first.startswith(f"Next: {title}. “{title}”")
    assert f"Notes: {contents.notes_of(contents.topics[0].id)[0].title}" in material
    assert f"*quiz me on {title}*" in material[-1]
    assert next_text(SimpleNamespace(curriculum=contents, desk=None)) == ""
