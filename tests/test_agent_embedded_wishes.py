"""What the built-in model takes for a wish of its own, and what stays a question to the library."""

import pytest

from agent.embedded.add_wish import AddWish
from agent.embedded.arxiv_wish import ArxivWish
from agent.embedded.code_wish import CodeWish
from agent.embedded.equation_wish import EquationWish
from agent.embedded.exercise_wish import ExerciseWish, PredictionWish
from agent.embedded.intent import recognise
from agent.embedded.lore import Lore, lore_of
from agent.embedded.paper_wish import CompareWish, ExplainWish
from agent.embedded.plan import make_plan
from agent.embedded.quiz_wish import ToldWish
from agent.embedded.spelling import corrected
from agent.embedded.study_wish import StudyWish
from agent.embedded.turn_view import Memory
from agent.embedded.wishes import read_message
from curriculum.load import load_curriculum

FOUND = ({"arxiv_id": "2401.04088", "title": "Mixtral of Experts"}, {"arxiv_id": "2101.03961", "title": "Switch"})
NOTHING = Memory()
SEARCHED = Memory(found=FOUND)
ASKED = Memory(exercise={"id": "shape-of-scores"}, exercise_is_new=True, exercise_was=True, topic="shapes")
ASKED_BEFORE = Memory(exercise={"id": "shape-of-scores"}, exercise_was=True)
LORE = lore_of(load_curriculum())


def read(text, memory=NOTHING):
    return read_message(text, "", memory, LORE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("run: print(1)", CodeWish),
        ("Run this code:\n```python\nprint(1)\n```", CodeWish),
        ("what does this print?\n```\nprint(2**10)\n```", CodeWish),
        ("please run `sum(range(10))`", CodeWish),
        ("print('hello')", CodeWish),
        ("compute 2+3*4", CodeWish),
        ("calcualte 15% of 80", CodeWish),
        ("what's 17 * 23?", CodeWish),
        ("can you plot softmax for temperatures 0.5, 1 and 2?", CodeWish),
        ("plot sin(x) from 0 to 10", CodeWish),
        ("derivative of x^3", CodeWish),
        ("integrate x e^x from 0 to 1", CodeWish),
        ("mean and std of 1, 2, 3", CodeWish),
        ("reset my variables", CodeWish),
        ("find papers on mixture of experts on arXiv", ArxivWish),
        ("serach arxiv for state space models", ArxivWish),
        ("papers by yann lecun on arxiv since 2023", ArxivWish),
        ("look up 2305.18290 on arXiv", ArxivWish),
        ("Are there any papers on arXiv about speculative decoding?", ArxivWish),
        ("find recent papers about retrieval", ArxivWish),
        ("add 2305.18290", AddWish),
        ("Add https://arxiv.org/abs/2305.18290v2 to my library", AddWish),
        ("download the Mixtral paper", AddWish),
        ("explain equation 1 of the attention paper", EquationWish),
        ("explain the DPO loss", EquationWish),
        ("expalin the attention eqation", EquationWish),
        ("what does the attention equation mean?", EquationWish),
        ("derive the DPO objective", EquationWish),
        ("explain scaled dot-product attention", EquationWish),
        ("explain the LoRA paper", ExplainWish),
        ("walk me through attention is all you need", ExplainWish),
        ("Explain the DPO paper to a newcomer", ExplainWish),
        ("break down 2106.09685 in simple terms", ExplainWish),
        ("compare LoRA and DPO papers", CompareWish),
        ("compre the papers BERT, GPT and RoBERTa", CompareWish),
        ("compare 2106.09685 and 2305.18290 on data", CompareWish),
        ("give me a prediction exercise on attention", ExerciseWish),
        ("predict, then run", ExerciseWish),
        ("give me a coding exercise please", ExerciseWish),
        ("quiz me on lora please", ToldWish),
        ("test me", ToldWish),
        ("exam on LoRA, 10 questions", ToldWish),
        ("review what is due", ToldWish),
    ],
)
def test_a_wish_is_recognised(text, kind):
    assert isinstance(read(text), kind)


@pytest.mark.parametrize(
    "text",
    [
        "What is LoRA?",
        "How do you compute attention?",
        "How is the derivative of the loss computed?",
        "What does the paper find on long sequences?",
        "Explain attention",
        "Explain low-rank adaptation",
        "explain why the loss is divided by the temperature",
        "explain the training loss curve",
        "What is the difference between LoRA and full fine-tuning?",
        "compare BERT and GPT",
        "Compare LoRA and full fine-tuning on memory",
        "What is arXiv?",
        "Which papers talk about RLHF?",
        "find papers on RLHF in my library",
        "search the paper for its learning rate",
        "How do I plot softmax in matplotlib?",
        "What is GPT-3?",
        "GPT-2",
        "BERT, GPT",
        "24/7",
        "what is x?",
        "add a softmax layer to the model",
        "Add dropout: does it help?",
        "get the attention weights",
        "solve the alignment problem",
        "factor in the cost",
        "How does BERT predict tokens?",
        "predict the next token",
        "What is a prediction?",
        "explain the results of the LoRA paper",
        "explain how the LoRA paper trains",
        "Summarize the ReAct paper",
        "What is the LoRA paper about?",
        "Who wrote the LoRA paper?",
        "What should I study next?",
        "hello",
        "run time of attention?",
        "test set size of BERT",
        "what is computed in a compute-optimal model?",
    ],
)
def test_a_question_stays_a_question(text):
    wish = read(text)
    assert isinstance(wish, StudyWish)
    assert wish.intent == recognise(text)


def test_no_question_of_the_evaluation_is_taken_for_anything_else():
    from evals.questions import load_questions

    questions = load_questions()
    for item in (*questions.answerable, *questions.unanswerable):
        (only,) = make_plan(item.question, "", NOTHING, LORE).steps
        assert isinstance(only, StudyWish), item.question
        assert only.intent == recognise(item.question)


@pytest.mark.parametrize(
    ("text", "memory", "reference"),
    [
        ("add the first one", SEARCHED, "2401.04088"),
        ("add the 2nd paper to my library", SEARCHED, "2101.03961"),
        ("add number 2", SEARCHED, "2101.03961"),
        ("add it", SEARCHED, "2401.04088"),
        ("add the switch paper", SEARCHED, "2101.03961"),
        ("add the third one", SEARCHED, ""),
        ("add it", NOTHING, ""),
        ("add the DPO paper", NOTHING, "2305.18290"),
    ],
)
def test_a_paper_to_add_is_found_among_the_last_results(text, memory, reference):
    wish = read(text, memory)
    assert isinstance(wish, AddWish)
    assert [call.arguments["arxiv_id"] for call in wish.calls((), memory)] == ([reference] if reference else [])


def test_adding_what_is_not_known_says_what_to_do():
    assert "arXiv id" in read("add it").answer((), NOTHING, None)
    assert "only 2 papers" in read("add the fifth one", SEARCHED).answer((), SEARCHED, None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("find papers by Yann LeCun on arxiv since 2023", {"author": "Yann LeCun", "since": "2023"}),
        (
            "search for papers on agents since 2024-05 in cs.cl",
            {"query": "agents", "since": "2024-05", "category": "cs.CL"},
        ),
        ("look up 1706.03762v2 on arxiv", {"arxiv_id": "1706.03762v2"}),
        ("find mamba on arXiv", {"query": "mamba"}),
        ("find papers on DPO on arXiv", {"query": "DPO"}),
        ("find DPO on arXiv", {"arxiv_id": "2305.18290"}),
        ("find me the paper that introduced GQA", {"query": "GQA"}),
    ],
)
def test_a_search_names_query_author_date_and_category(text, wanted):
    (call,) = read(text).calls((), NOTHING)
    assert call.arguments == wanted


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("explain the LoRA paper like I'm five", "newcomer"),
        ("walk me through the LoRA paper in simple terms", "newcomer"),
        ("explain the LoRA paper for a researcher", "researcher"),
        ("explain the LoRA paper in depth", "researcher"),
        ("explain the LoRA paper as an engineer", "engineer"),
        ("explain the LoRA paper", "engineer"),
    ],
)
def test_the_level_of_a_walk_through(text, level):
    (call,) = read(text).calls((), NOTHING)
    assert call.arguments == {"paper": "LoRA", "level": level}


def test_a_comparison_names_its_aspects():
    (call,) = read("compare the LoRA paper with the DPO paper on data and results").calls((), NOTHING)
    assert call.arguments == {"papers": ["LoRA", "DPO"], "aspects": ["data", "results"]}


def test_an_equation_is_named_with_its_paper():
    (call,) = read("explain eq. 7 of 2305.18290").calls((), NOTHING)
    assert call.arguments == {"equation": "eq. 7", "paper": "2305.18290"}
    (call,) = read("Explain equation 1 of the attention paper").calls((), NOTHING)
    assert call.arguments == {"equation": "equation 1", "paper": "attention paper"}


def test_a_plot_that_is_no_formula_is_declined_with_what_can_be_plotted():
    assert "plot sin(x)" in read("plot the loss of GPT-3 against compute").answer((), NOTHING, None)


# The open exercise


@pytest.mark.parametrize(
    ("text", "prediction"),
    [
        ("(2, 3)", "(2, 3)"),
        ("I think it prints 3", "3"),
        ("my answer is True", "True"),
        ("is it 4?", "4"),
        ("1 + 1", "1 + 1"),
        ("array([1, 2])", "array([1, 2])"),
        ("[1 2 3]\n[4 5 6]", "[1 2 3]\n[4 5 6]"),
        ("a ValueError", "a ValueError"),
        ("skip", "skip"),
        ("I don't know", "I don't know"),
        ("show me", "show me"),
        ("rows that sum to one", "rows that sum to one"),
    ],
)
def test_a_short_message_after_an_exercise_answers_it(text, prediction):
    wish = read(text, ASKED)
    assert isinstance(wish, PredictionWish)
    assert wish.prediction == prediction


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("what is softmax?", StudyWish),
        ("explain broadcasting", StudyWish),
        ("why?", StudyWish),
        ("list my library", StudyWish),
        ("plot sin(x) from 0 to 10", CodeWish),
        ("compute 2+2", CodeWish),
        ("another one", ExerciseWish),
        ("give me a prediction exercise on shapes", ExerciseWish),
        ("compare LoRA and DPO papers", CompareWish),
        ("add 2305.18290", AddWish),
        ("word " * 100, StudyWish),
    ],
)
def test_another_wish_is_no_answer_to_the_exercise(text, kind):
    assert isinstance(read(text, ASKED), kind)


def test_later_only_what_looks_like_an_answer_is_one():
    assert isinstance(read("(2, 3)", ASKED_BEFORE), PredictionWish)
    assert isinstance(read("my answer: three", ASKED_BEFORE), PredictionWish)
    assert isinstance(read("attention heads", ASKED_BEFORE), StudyWish)
    assert isinstance(read("(2, 3)", NOTHING), StudyWish)


def test_another_one_keeps_the_topic_and_needs_an_exercise_before():
    assert read("another one", ASKED).topic == "shapes"
    assert isinstance(read("another one"), StudyWish)


# Spelling


def test_slips_are_mended_only_in_words_that_decide():
    assert corrected("serach arxive for papres, expalin and compre") == "search arxiv for papers, explain and compare"
    kept = "computer explains compared taper archive LoRA RoBERTa papers equations"
    assert corrected(kept) == kept


def test_without_names_a_title_needs_the_word_paper():
    assert isinstance(read_message("walk me through attention is all you need", "", NOTHING, Lore()), StudyWish)
    assert isinstance(read_message("walk me through the attention paper", "", NOTHING, Lore()), ExplainWish)


@pytest.mark.parametrize("text", ["compute softmax([1, 2, 3])", "softmax of (1, 2, 3)", "softmax [1,2,3]"])
def test_softmax_of_a_vector_is_computed_however_it_is_bracketed(text):
    wish = read(text)
    assert isinstance(wish, CodeWish)
    assert "np.array([1, 2, 3])" in wish.code


def test_an_explanation_of_the_last_prediction_is_told_again():
    result = {"kind": "exercise_result", "verdict": "wrong", "given": "3", "expected": "4", "explanation": "Four rows."}
    memory = Memory(result=result, exercise_was=True)
    for text in ("why was mine wrong?", "Why is it not right", "explain my answer"):
        assert "Four rows." in read(text, memory).answer((), memory, None)
    assert isinstance(read("why was mine wrong?"), StudyWish), "without a prediction it is a question"


def test_code_that_failed_is_explained():
    run = {"kind": "python", "code": "x[5]", "status": "error", "error": "IndexError: list index out of range"}
    memory = Memory(run=run, code="x[5]")
    for text in ("why did my code fail?", "what is wrong with my code?", "Why does this program not work?"):
        assert "places count from 0" in read(text, memory).answer((), memory, None)
    assert isinstance(read("why did my code fail?"), StudyWish)


def test_what_the_library_says_about_a_topic_is_searched_and_not_listed():
    assert recognise("What is in my library about ReAct?").queries == ("What is ReAct?",)
    assert recognise("What is in my library?").kind == "library"


def test_questions_to_library_and_roadmap_are_two_steps():
    plan = make_plan("What does LoRA train, and what should I study next?", "", NOTHING, LORE)
    assert [step.intent.kind for step in plan.steps] == ["search", "roadmap"]
    whole = make_plan("What does LoRA train and what does it leave frozen?", "", NOTHING, LORE)
    assert len(whole.steps) == 1
