"""Predictions as learners write them, beside what a program shows."""

import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curriculum.prediction_values import Misconception
from learner.prediction import compare


def exercise(expected, kind="text", tolerance=0.0, **misconceptions):
    known = tuple(Misconception(answer, explanation) for explanation, answer in misconceptions.items())
    return SimpleNamespace(expected=expected, kind=kind, tolerance=tolerance, misconceptions=known)


def verdict(answer, *arguments, **options):
    return compare(answer, exercise(*arguments, **options)).verdict


RIGHT = [
    # numbers
    ("0.5", "0.5", "number"),
    ("about 0.5", "0.5", "number"),
    ("~0.5", "0.5", "number"),
    ("≈ .5 or so", "0.5", "number"),
    ("1/2", "0.5", "number"),
    ("one half", "0.5", "number"),
    ("50%", "0.5", "number"),
    ("50 percent", "50.0", "number"),
    ("0,5", "0.5", "number"),
    ("12,288", "12288", "number"),
    ("12_288", "12288", "number"),
    ("12288 parameters", "12288", "number"),
    ("It prints 12288.", "12288", "number"),
    ("4 * 4 = 16", "16", "number"),
    ("16 (because 4 * 4)", "16", "number"),
    ("16, since each of the 4 has 4", "16", "number"),
    ("2^10", "1024", "number"),
    ("1.5 million", "1500000", "number"),
    ("−2", "-2.0", "number"),
    ("-inf", "-inf", "number"),
    ("NaN", "nan", "number"),
    ("1e-3", "0.001", "number"),
    ("three", "3", "number"),
    # shapes
    ("(2,3)", "(2, 3)", "shape"),
    ("2x3", "(2, 3)", "shape"),
    ("2 × 3", "(2, 3)", "shape"),
    ("[2, 3]", "(2, 3)", "shape"),
    ("torch.Size([2, 3])", "(2, 3)", "shape"),
    ("2 by 3", "(2, 3)", "shape"),
    ("the shape is (2, 3)", "(2, 3)", "shape"),
    ("3", "(3,)", "shape"),
    ("()", "()", "shape"),
    ("a scalar", "()", "shape"),
    # yes or no
    ("yes", "True", "boolean"),
    ("It is true.", "True", "boolean"),
    ("T", "True", "boolean"),
    ("no, it isn't", "False", "boolean"),
    ("not equal", "False", "boolean"),
    ("false", "False", "boolean"),
    # exceptions
    ("it raises ValueError", "ValueError", "exception"),
    ("a value error!", "ValueError", "exception"),
    ("ValueError: operands could not be broadcast", "ValueError", "exception"),
    ("json.JSONDecodeError", "JSONDecodeError", "exception"),
    # text
    ("['a','b']", "['a', 'b']", "text"),
    ('["a", "b"]', "['a', 'b']", "text"),
    ("a, b", "['a', 'b']", "text"),
    ("  HELLO   world ", "hello world", "text"),
    ("It prints hello world", "hello world", "text"),
    ("1 2\n3 4", "[[1 2]\n [3 4]]", "text"),
    ("array([1., 2.])", "[1. 2.]", "text"),
    ("1\r\n2\r\n\r\n3\n", "1\n2\n3", "text"),
    ("0.50 0.5", "0.5 0.50", "text"),
]


@pytest.mark.parametrize(("answer", "expected", "kind"), RIGHT)
def test_right_however_it_is_written(answer, expected, kind):
    comparison = compare(answer, exercise(expected, kind))
    assert (comparison.verdict, comparison.outcome) == ("right", 1.0)


CLOSE = [
    ("13", "12", "number", "off by one"),
    ("-12", "12", "number", "sign is not"),
    ("0.3", "0.28", "number", "too high"),
    ("1024", "1", "number", "scale"),
    ("between 12 and 14", "12", "number", "only one"),
    ("(3, 2)", "(2, 3)", "shape", "order is not"),
    ("(2, 3)", "(2, 1, 3)", "shape", "length 1 is missing"),
    ("(2, 1, 3)", "(2, 3)", "shape", "length 1 is too many"),
    ("(2, 4)", "(2, 3)", "shape", "Axis 1 is 3 long, not 4"),
    ("(2, 3) or (3, 2)", "(2, 3)", "shape", "only one counts"),
    ("error", "ValueError", "exception", "ValueError"),
    ("it raises a TypeError", "ValueError", "exception", "with ValueError"),
    ("b, a", "['a', 'b']", "text", "another order"),
    ("1\n2\n4", "1\n2\n3", "text", "Line 3 differs: you said “4”; the program shows “3”"),
    ("1\n2", "1\n2\n3", "text", "3 lines, you said 2: “3” comes next"),
    ("1\n2\n3", "1\n2", "text", "only 2 of the 3"),
]


@pytest.mark.parametrize(("answer", "expected", "kind", "words"), CLOSE)
def test_close_with_the_difference_in_words(answer, expected, kind, words):
    comparison = compare(answer, exercise(expected, kind))
    assert (comparison.verdict, comparison.outcome) == ("close", 0.5)
    assert words in comparison.differences


WRONG = [
    ("500", "12", "number", "too high"),
    ("2", "1", "number", "too high"),
    ("1.0", "0.0", "number", "too high"),
    ("inf", "1.0", "number", "You said inf"),
    ("1.0", "nan", "number", "shows nan"),
    ("a big one", "12.5", "number", "12.5"),
    ("banana", "12.5", "number", "a number"),
    ("it raises an error", "12", "number", "without an error"),
    ("(2, 3)", "(2, 3, 4)", "shape", "You said 2 axes, there are 3"),
    ("banana", "(2, 3)", "shape", "a shape"),
    ("no", "True", "boolean", "shows True"),
    ("yes and no", "True", "boolean", "yes or no"),
    ("(3, 3)", "ValueError", "exception", "ends with ValueError"),
    ("no error", "ValueError", "exception", "ends with ValueError"),
    ("x", "['a', 'b']", "text", "you said “x”"),
]


@pytest.mark.parametrize(("answer", "expected", "kind", "words"), WRONG)
def test_wrong_with_the_difference_in_words(answer, expected, kind, words):
    comparison = compare(answer, exercise(expected, kind))
    assert (comparison.verdict, comparison.outcome) == ("wrong", 0.0)
    assert words.casefold() in comparison.differences.casefold()


@pytest.mark.parametrize(
    "answer", ["", "  \n", "?", "I don't know", "i dont know.", "IDK", "no idea!", "I'm not sure", "skip", "…"]
)
@pytest.mark.parametrize("kind", ["text", "number"])
def test_no_prediction_is_met_gently(answer, kind):
    comparison = compare(answer, exercise("12", kind))
    if answer != "…":
        assert "that is fine" in comparison.differences
    assert (comparison.outcome, comparison.verdict, comparison.misconception) == (0.0, "wrong", "")
    assert "12" in comparison.differences


def test_tolerance_is_absolute_and_ends_where_it_says():
    assert verdict("0.69", "0.6931", "number", 0.005) == "right"
    assert "More exactly" in compare("0.69", exercise("0.6931", "number", 0.005)).differences
    assert verdict("0.68", "0.6931", "number", 0.005) == "close"
    assert verdict("0.1", "0.1", "number") == "right"
    assert verdict("0.30000000000000004", "0.3", "number") == "right"
    assert verdict("0.33 0.67", "[0.3333 0.6667]", "text", 0.01) == "right"
    assert verdict("0.3 0.6", "[0.3333 0.6667]", "text", 0.01) == "wrong"


def test_one_line_for_several_is_right_and_says_so():
    comparison = compare("1, 2, 3", exercise("1\n2\n3"))
    assert comparison.verdict == "right"
    assert comparison.differences == "The program shows it on 3 lines."


def test_a_known_misconception_is_wrong_even_when_it_is_near():
    known = exercise("12", "number", counts_the_start="13", forgets_the_bias="0.5")
    comparison = compare("I think 13", known)
    assert (comparison.verdict, comparison.outcome) == ("wrong", 0.0)
    assert comparison.misconception == "counts_the_start"
    assert compare("0.502", known).misconception == "forgets_the_bias"
    assert compare("11", known).misconception == ""
    assert compare("11", known).verdict == "close"


def test_a_misconception_may_be_of_another_kind_than_the_output():
    known = exercise("(2, 3)", "shape", cannot_broadcast="ValueError", one_number="6", flat="(6,)")
    assert compare("it fails", known).misconception == "cannot_broadcast"
    assert compare("ValueError", known).misconception == "cannot_broadcast"
    assert compare("6", known).misconception == "one_number"
    raising = exercise("ValueError", "exception", broadcasts="(2, 3)", true="True", printed="a\nb")
    assert compare("2x3", raising).misconception == "broadcasts"
    assert compare("yes", raising).misconception == "true"
    assert compare("a\nb", raising).misconception == "printed"


def test_words_of_the_type_count_only_where_the_program_prints_them():
    assert verdict("array([1, 2])", "[1 2]") == "right"
    assert verdict("[1 2]", "array([1, 2])") != "right"


def test_signs_and_joined_letters_matter():
    assert verdict("1 2", "[-1 2]") != "right"
    assert verdict("low", "['l', 'o', 'w']") != "right"
    assert verdict("3 - 4", "3 -4") != "right"
    assert verdict("snake_case", "snake case") != "right"


def test_a_long_difference_is_cut():
    comparison = compare("x " * 5000, exercise("y " * 3000))
    assert len(comparison.differences) < 250


answers = st.text(max_size=200) | st.text(alphabet="0123456789.,/-+eE%x()[] \n=^*kinfnao", max_size=200)
kinds = st.sampled_from(
    [("number", "12.5"), ("shape", "(2, 3)"), ("boolean", "True"), ("exception", "ValueError"), ("text", "a\n[1 2]")]
)


@given(answers, kinds)
@settings(max_examples=400, deadline=None)
def test_any_answer_gets_a_verdict(answer, kind):
    comparison = compare(answer, exercise(kind[1], kind[0], misled="7", other="KeyError"))
    assert comparison.outcome == {"right": 1.0, "close": 0.5, "wrong": 0.0}[comparison.verdict]
    assert comparison.verdict == "right" or comparison.differences
    assert not (comparison.verdict == "right" and comparison.misconception)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_as_python_writes_it_is_right(value):
    assert verdict(repr(value), repr(value), "number") == "right"
    assert verdict(f"about {value!r}", repr(value), "number") == "right"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
def test_a_shape_is_right_in_every_notation(sizes):
    expected = repr(tuple(sizes))
    for answer in (repr(sizes), expected, "x".join(map(str, sizes)), f"torch.Size({sizes})"):
        assert verdict(answer, expected, "shape") == "right"


lines = st.lists(st.text(alphabet="abc 01", min_size=1).filter(str.strip), min_size=1, max_size=6)


@given(lines)
def test_printed_text_is_right_whatever_its_spaces_and_case(lines):
    expected = "\n".join(lines)
    assert verdict(expected, expected) == "right"
    assert verdict("\n\n".join(f"  {line.upper()} " for line in lines), expected) == "right"


@given(lines, st.data())
def test_a_changed_line_is_not_right_and_is_named(lines, data):
    place = data.draw(st.integers(0, len(lines) - 1))
    changed = [*lines[:place], "zebra", *lines[place + 1 :]]
    comparison = compare("\n".join(changed), exercise("\n".join(lines)))
    assert comparison.verdict != "right"
    assert len(lines) == 1 or f"Line {place + 1} differs" in comparison.differences


@pytest.mark.parametrize(
    "part", ["1 ", "(", "a.", "1 by ", "9", "not ", "no error ", " ", "1/", "-", "'", "=", "\n", "1e"]
)
@pytest.mark.parametrize("kind", [("number", "1"), ("shape", "(1,)"), ("boolean", "True"), ("exception", "KeyError")])
def test_a_huge_answer_takes_no_time(part, kind):
    begun = time.process_time()
    compare(part * 500_000, exercise(kind[1], kind[0], misled="a b c", other="17"))
    assert time.process_time() - begun < 1.0
