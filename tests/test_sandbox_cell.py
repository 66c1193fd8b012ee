"""The code that runs cells in a guest, here without any wall: what it returns, shows and remembers."""

import base64
import dataclasses
import sys

import pytest

from sandbox.answers import flood_characters, result_from
from sandbox.guest_cell import CellRunner
from sandbox.values import SandboxLimits

LIMITS = SandboxLimits(output_characters=200, value_characters=100, figures=2, figure_pixels=500_000)


@pytest.fixture
def run(monkeypatch):
    """Runs a cell and gives its result; cells of one test share variables."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    for name in [name for name in sys.modules if name == "matplotlib.pyplot"]:
        monkeypatch.delitem(sys.modules, name)
    printed = []
    runner = CellRunner(printed.append)

    def run(code, limits=LIMITS):
        printed.clear()
        fields = dataclasses.asdict(limits) | {"flood_characters": flood_characters(limits)}
        answer = runner.run(code, fields)
        return result_from(answer, text="".join(printed), seconds=0, wall="none", limits=limits)

    return run


def test_value_text_and_variables(run):
    result = run("import sys\nx = 20\nprint('hello')\nprint('there', file=sys.stderr)\nx + 1")
    assert (result.status, result.text, result.value) == ("ok", "hello\nthere\n", "21")
    assert run("x").value == "20"


@pytest.mark.parametrize(
    "code", ["", "# nothing", "x = 1", "None", "5;", "def f():\n    return 1", "import os\nos.getcwd;"]
)
def test_no_value(run, code):
    result = run(code)
    assert (result.status, result.value, result.error) == ("ok", "", "")


def test_a_cell_is_the_main_module(run):
    assert run("if __name__ == '__main__':\n    print('main')").text == "main\n"
    result = run(
        "import dataclasses, pickle\n@dataclasses.dataclass\nclass A:\n    x: int\npickle.loads(pickle.dumps(A(3)))"
    )
    assert result.value == "A(x=3)"


def test_the_traceback_shows_only_the_learners_lines(run):
    result = run("import json\ndef load(text):\n    return json.loads(text)\nload('{')")
    assert result.status == "error"
    assert result.error.splitlines()[:4] == [
        "Traceback (most recent call last):",
        '  File "<cell 1>", line 4, in <module>',
        "    load('{')",
        '  File "<cell 1>", line 3, in load',
    ]
    assert "json.decoder.JSONDecodeError" in result.error
    assert "guest_cell" not in result.error
    assert "decoder.py" not in result.error


def test_an_earlier_cells_lines_are_shown(run):
    run("def f():\n    return 1 / 0")
    assert "    return 1 / 0" in run("f()").error


def test_causes_are_kept_and_trimmed(run):
    result = run("try:\n    int('x')\nexcept ValueError as e:\n    raise KeyError('k') from e")
    assert "direct cause" in result.error
    assert result.error.count("Traceback") == 2


def test_syntax_errors_have_a_caret(run):
    result = run("x = (1,\ny = 2")
    assert result.error.splitlines() == [
        '  File "<cell 1>", line 1',
        "    x = (1,",
        "        ^",
        "SyntaxError: '(' was never closed",
    ]


def test_endless_recursion(run):
    result = run("def a(n): return b(n)\ndef b(n): return a(n)\na(0)")
    assert result.error.endswith("RecursionError: maximum recursion depth exceeded")
    assert len(result.error) < 3_000
    assert "A function called itself too many times" in result.notices[0]


def test_memory(run):
    result = run("'x' * (1 << 62)")
    assert result.status == "memory"
    assert result.notices == ("The program asked for more memory than the limit of 1,024 MB.",)


def test_printing_is_cut_then_ended(run):
    few = run("print('x' * 300)")
    assert (few.status, len(few.text), few.notices) == ("ok", 200, ("The output was cut at 200 characters.",))
    many = run("n = 0\nwhile True:\n    n += 1\n    print('x' * 99)")
    assert many.status == "error"
    assert many.error == "The cell printed too much and was ended."
    assert run("n").value == "41", "variables live on"


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("raise SystemExit", "ok", ""),
        ("raise SystemExit(0)", "ok", ""),
        ("raise SystemExit('done')", "error", "SystemExit: done"),
        ("raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
        (
            "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
            "error",
            "E: <exception str() failed>",
        ),
        ("class V:\n    def __repr__(self): return 5\nV()", "error", "TypeError: __repr__ returned non-string"),
        ("raise Exception('e' * 50_000)", "error", "eee"),
    ],
)
def test_odd_ends(run, code, status, error):
    result = run(code)
    assert result.status == status
    assert error in result.error
    assert len(result.error) <= 8_000


def test_values_are_cut(run):
    result = run("'v' * 500")
    assert len(result.value) == 100
    assert result.notices == ("The value was cut at 100 characters.",)


def test_what_is_not_there_is_explained(run):
    assert "numpy, sympy, matplotlib" in run("import no_such_package").notices[0]


def test_figures(run):
    drawn = run(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.figure(figsize=(1, 2))\nplt.plot([1])"
    )
    assert [(one.width, one.height) for one in drawn.figures] == [(640, 480), (100, 200)]
    assert (drawn.value, drawn.text, drawn.error) == ("", "", "")
    assert run("plt.get_fignums()").value == "[]", "figures are closed at the end of a cell"
    many = run("for n in range(5):\n    plt.figure(figsize=(1, 1))")
    assert len(many.figures) == 2
    assert many.notices == ("Only the first 2 figures are shown; 3 more were left out.",)
    large = run("plt.figure(figsize=(1000, 1000))\nplt.show()\n'on'")
    assert (large.figures, large.value) == ((), "'on'")
    assert "A figure of 100,000 x 100,000 pixels was not drawn" in large.notices[0]


def test_a_figure_that_cannot_be_drawn(run):
    result = run("import matplotlib.pyplot as plt\nplt.title('$x^{$')\n")
    assert result.status == "error"
    assert result.notices == ("A figure could not be drawn.",)
    assert "ParseFatalException" in result.error or "ValueError" in result.error
    shown = run("plt.title('$x^{$')\nplt.show()")
    assert "plt.show()" in shown.error


def test_figures_before_a_fault_are_kept(run):
    result = run("import matplotlib.pyplot as plt\nplt.plot([1])\n1 / 0")
    assert (result.status, len(result.figures)) == ("error", 1)


def test_figures_travel_as_text(run):
    assert base64.b64encode(run("import matplotlib.pyplot as plt\nplt.plot([1])").figures[0].png).startswith(b"iVBOR")
