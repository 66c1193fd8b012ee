"""How the grading of short answers agrees with hand-made labels, and that a worse grader falls below the bars."""

import io
from argparse import Namespace
from collections import Counter

import pytest
from rich.console import Console

from curriculum.question_values import ShortAnswer
from errors import StudyError
from evals.golden import SPLITS
from evals.grading import (
    POINTLESS,
    STYLES,
    Agreement,
    agreement,
    bank_by_id,
    judge,
    load_answers,
    our_grader,
    shortfalls,
)
from evals.grading_command import differences, packaged_similarity, report_of, run_grading

ANSWERS = load_answers()
BANK = bank_by_id()


def of(split):
    return [answer for answer in ANSWERS if answer.split == split]


def measured(grader, answers=ANSWERS):
    return agreement(judge(answers, grader))


# The data


def test_the_set_has_the_promised_size():
    styles = Counter(answer.style for answer in ANSWERS)
    assert len(ANSWERS) >= 100
    assert len({answer.question for answer in ANSWERS}) >= 25
    assert set(styles) == set(STYLES)
    for style in STYLES:
        splits = Counter(answer.split for answer in ANSWERS if answer.style == style)
        assert abs(splits["dev"] - splits["test"]) <= 1, style


def test_every_short_question_of_the_bank_has_answers_of_several_styles():
    short = {name for name, question in BANK.items() if isinstance(question.body, ShortAnswer)}
    for name in {answer.question for answer in ANSWERS}:
        assert len({answer.style for answer in ANSWERS if answer.question == name}) >= 3, name
    assert len({answer.question for answer in ANSWERS} & short) >= 25


def test_points_are_met_or_missing_about_equally_often():
    labels = [met for answer in ANSWERS for met in answer.met]
    assert 0.4 <= sum(labels) / len(labels) <= 0.6


# The grader


@pytest.mark.parametrize("split", SPLITS)
def test_words_alone_reach_the_bars(split, tell):
    found = measured(our_grader(), of(split))
    tell(f"short answers by words, {split}: {found.accuracy:.1%} alike, kappa {found.kappa:.2f}")
    assert shortfalls(found) == []


@pytest.mark.slow
@pytest.mark.parametrize("split", SPLITS)
def test_words_and_likeness_of_meaning_reach_the_bars(split, tell):
    found = measured(our_grader(packaged_similarity()), of(split))
    tell(f"short answers by words and likeness, {split}: {found.accuracy:.1%} alike, kappa {found.kappa:.2f}")
    assert shortfalls(found) == []


def test_no_answer_to_the_grader_or_off_the_topic_earns_a_point():
    judged = judge([answer for answer in ANSWERS if answer.style in ("wrong", "off-topic", "injection")], our_grader())
    assert [(one.answer.given, one.number) for one in judged if one.found] == []


@pytest.mark.parametrize(
    "worse",
    [
        lambda question, given: [True] * len(question.body.points),
        lambda question, given: [False] * len(question.body.points),
        lambda question, given: [len(given) > 60] * len(question.body.points),
        lambda question, given: [True, *[False] * (len(question.body.points) - 1)],
        lambda question, given: list(reversed(our_grader()(question, given))),
        lambda question, given: [any(word in given for word in point.text.split()) for point in question.body.points],
    ],
    ids=["all met", "none met", "by length", "first only", "points swapped", "any word of the point"],
)
def test_a_worse_grader_falls_below_the_bars(worse):
    assert shortfalls(measured(worse))


def test_a_grader_that_obeys_the_answer_is_found_by_its_style():
    def obedient(question, given):
        told = any(word in given.lower() for word in ("full marks", "mark every", "is_met", "award all"))
        return [True] * len(question.body.points) if told else our_grader()(question, given)

    judged = judge([answer for answer in ANSWERS if answer.style == "injection"], obedient)
    assert agreement(judged).accuracy == 0


# The figures


def test_kappa_by_hand():
    found = Agreement(met_found=20, met_missed=5, missing_found=10, missing_missed=15)
    assert found.points == 50
    assert found.accuracy == 0.7
    assert found.kappa == pytest.approx(0.4)
    assert Agreement(0, 0, 0, 0).kappa == Agreement(0, 0, 0, 0).accuracy == 0
    assert Agreement(10, 0, 0, 0).kappa == 0
    assert Agreement(5, 0, 0, 5).kappa == 1


def test_the_confusion_counts_each_case():
    answers = [answer for answer in ANSWERS if answer.met == (True, False)][:3]
    assert measured(lambda question, given: [True, True], answers) == Agreement(3, 0, 3, 0)
    assert measured(lambda question, given: [False, False], answers) == Agreement(0, 3, 0, 3)


def test_each_bar_is_told():
    assert len(shortfalls(Agreement(50, 0, 50, 0))) == 2
    assert shortfalls(Agreement(98, 0, 1, 1)) == ["Cohen's kappa: 0.66, the bar is 0.80"]
    assert shortfalls(Agreement(50, 0, 0, 50)) == []


# Reading and telling


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ('question = "no-such"', "no short question 'no-such'"),
        ('question = "attention-why-scale"', "no short question 'attention-why-scale'"),
        ("met = [true]", "mcp-consent has 2 points, the label is [True]"),
        ("met = [1, 0]", "mcp-consent has 2 points"),
        ('style = "brilliant"', "'brilliant' is no style"),
        ('split = "bar"', "'bar' no split"),
        ('style = "injection"', "an answer that is injection makes no point"),
        ('given = " "', "the answer is empty"),
    ],
)
def test_a_fault_of_a_label_is_named(tmp_path, changed, told):
    entry = {
        "question": '"mcp-consent"',
        "style": '"good"',
        "split": '"dev"',
        "given": '"The host."',
        "met": "[true, false]",
    }
    key, _, value = changed.partition(" = ")
    lines = "\n".join(f"{name} = {shown}" for name, shown in (entry | {key: value}).items())
    path = tmp_path / "answers.toml"
    path.write_text(f"[[answer]]\n{lines}\n[[answer]]\nquestion = 'second'\n", encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_answers(path)
    assert told in caught.value.message
    assert "answer 2" in caught.value.message


def test_the_same_answer_twice_and_a_broken_file_are_found(tmp_path):
    path = tmp_path / "answers.toml"
    one = '[[answer]]\nquestion = "mcp-consent"\nstyle = "partial"\nsplit = "dev"\n'
    one += 'given = "The host."\nmet = [true, false]\n'
    path.write_text(one + one, encoding="utf-8")
    with pytest.raises(StudyError, match="mcp-consent: the same answer twice"):
        load_answers(path)
    path.write_text("[[answer", encoding="utf-8")
    with pytest.raises(StudyError, match=r"answers\.toml cannot be read"):
        load_answers(path)


def test_the_report_tells_splits_styles_and_only_dev_differences():
    judged = judge(ANSWERS, lambda question, given: [True] * len(question.body.points))
    text = "\n".join(report_of("words", judged))
    assert "Below the bar (words, test): Cohen's kappa: 0.00" in text
    assert all(style in text for style in POINTLESS)
    shown = "\n".join(differences(judged))
    assert "too generous" in shown
    assert not any(answer.given in shown for answer in of("test"))


def test_the_command_ends_well_when_the_bars_are_reached():
    console = Console(file=io.StringIO(), width=200)
    assert run_grading(Namespace(words_only=True, verbose=True), console) == 0
    assert "words, dev: " in console.file.getvalue()
