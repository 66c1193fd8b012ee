"""Requests to compute and plot, written as programs that run; words that are no formula stay words."""

from __future__ import annotations

import ast
import contextlib
import io

import matplotlib
import pytest

from agent.embedded.expression import as_python, read_formula
from agent.embedded.formulas import formula_code

matplotlib.use("Agg")


def value_of(code):
    """What a program prints and the value of its last expression, run here: it is of our own making."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    names, out = {}, io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "<cell>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
    return value if value is not None else out.getvalue()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("compute 2+3*4", 14),
        ("what is 17 * 23?", 391),
        ("2^10", 1024),
        ("what is 15% of 80", 12),
        ("1,000 * 3", 3000),
        ("what is 5 squared", 25),
        ("12 divided by 8", 1.5),
        ("dot product of [1,2] and [3,4]", 11),
        ("cosine similarity of [1, 0] and [1, 0]", 1),
    ],
)
def test_arithmetic(text, value):
    assert value_of(formula_code(text)) == pytest.approx(value)


def test_roots_and_logarithms():
    assert value_of(formula_code("sqrt(2)/3")) == pytest.approx(2**0.5 / 3)
    assert value_of(formula_code("calculate the square root of 2 plus 1")) == pytest.approx(2**0.5 + 1)
    assert value_of(formula_code("compute exp(-1)")) == pytest.approx(0.36787944)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("factor x^2-1", "(x - 1)*(x + 1)"),
        ("derivative of x^3 sin x", "x**3*cos(x) + 3*x**2*sin(x)"),
        ("differentiate 3x^2 + y with respect to y", "1"),
        ("integrate x e^x from 0 to 1", "1"),
        ("integral of 1/(1+x^2) from -inf to inf", "pi"),
        ("solve x^2 = 4 for x", "[-2, 2]"),
        ("find the roots of x^2 - 5x + 6", "[2, 3]"),
        ("expand (x+1)^2", "x**2 + 2*x + 1"),
        ("simplify (x^2-1)/(x-1)", "x + 1"),
    ],
)
def test_calculus_by_sympy(text, shown):
    assert str(value_of(formula_code(text))) == shown


def test_statistics_and_softmax():
    assert value_of(formula_code("mean and std of 1, 2, 3")).split() == ["mean:", "2.0", "std:", "0.816496580927726"]
    assert "10" in value_of(formula_code("what is the sum of 1 2 3 4"))
    assert "[0.0159 0.1173 0.8668]" in value_of(formula_code("softmax of [1,2,3] with temperature 0.5"))


@pytest.mark.parametrize(
    "text",
    [
        "plot sin(x) from 0 to 10",
        "plot sin x between 0 and 2pi",
        "plot x^2 and 2x+1 from -2 to 2",
        "graph y = exp(-x^2)",
        "plot sigmoid, relu and tanh",
        "plot gelu vs relu",
        "plot softmax for temperatures 0.5, 1 and 2",
        "draw the positional encoding",
    ],
)
def test_plots_draw_something(text):
    from matplotlib import pyplot

    pyplot.close("all")
    value_of(formula_code(text))
    (axes, *_) = pyplot.gcf().axes
    assert axes.lines or axes.patches or axes.images
    pyplot.close("all")


def test_each_temperature_is_printed_and_weights_sum_to_one():
    printed = value_of(formula_code("plot softmax for temperatures 0.5, 1 and 2"))
    assert [line.split(":")[0] for line in printed.splitlines()] == [
        "temperature 0.5",
        "temperature 1",
        "temperature 2",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "What is GPT-3?",
        "What is 3.2?",
        "24/7",
        "2023-2024",
        "what is x?",
        "is 2+2=4",
        "plot the loss against compute",
        "what is the mean of attention weights?",
        "derivative of softmax",
        "integrate retrieval into agents",
        "solve the alignment problem",
        "expand on the method",
        "what is 10^18 flops",
        "compute __import__('os').system('x')",
        "plot ().__class__",
        "compute " + "9" * 300,
        "compute (((((" + "(" * 500,
    ],
)
def test_words_are_no_formula(text):
    assert formula_code(text) == ""


def test_only_listed_names_are_read():
    assert read_formula("open(1)") is None
    assert read_formula("x.real") is None
    assert read_formula("[x for x in 1]") is None
    assert read_formula("x") is not None
    assert read_formula("x", variables=False) is None
    assert as_python(read_formula("2x sin x"), "np") == "2 * x * np.sin(x)"
