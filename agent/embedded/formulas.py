"""Requests to compute, plot or solve, written as short programs by rule; what no rule reads is left alone."""

from __future__ import annotations

import ast
import re

from agent.embedded.expression import as_python, does_something, read_formula, variables_of
from agent.embedded.plots import plot_code

_COMPUTE = r"(?:(?:compute|calculate|evaluate|work out|what(?:['’]?s| is| are)|how much is)\s+)"
_ARITHMETIC = re.compile(rf"^{_COMPUTE}?(?:the (?:value|result) of\s+)?(?P<formula>[^=]+?)\s*=?\s*\??$", re.IGNORECASE)
_OF = r"(?:\s+of)?(?:\s+the)?(?:\s+(?:function|expression|polynomial|equation|numbers?|list|vectors?))?\s*:?\s+"
_BY = r"(?:\s+(?:with respect to|w\.?r\.?t\.?|by|for)\s+(?P<variable>[a-z]))?"
_BOUND = r"[-+]?(?:\d+(?:\.\d+)?|pi|inf(?:inity)?|∞)"
_CALCULUS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "diff",
            rf"^(?:{_COMPUTE}?(?:the )?(?:first )?derivative{_OF}|differentiate\s+|find the derivative{_OF})"
            rf"(?P<formula>.+?){_BY}$",
        ),
        (
            "integrate",
            rf"^(?:{_COMPUTE}?(?:the )?(?:definite |indefinite )?(?:integral|antiderivative){_OF}|integrate\s+)"
            rf"(?P<formula>.+?){_BY}(?:\s+from\s+(?P<low>{_BOUND})\s+to\s+(?P<high>{_BOUND}))?(?:\s*d[a-z])?$",
        ),
        ("factor", rf"^(?:factor(?:i[sz]e)?\s+|{_COMPUTE}?the factors{_OF})(?P<formula>.+)$"),
        ("expand", r"^(?:expand|multiply out)\s+(?P<formula>.+)$"),
        ("simplify", r"^simplify\s+(?P<formula>.+)$"),
        ("solve", rf"^(?:solve\s+|find the roots{_OF}|{_COMPUTE}?(?:the )?roots{_OF})(?P<formula>.+?){_BY}$"),
    )
)
_NUMBERS = r"(?P<numbers>\[?\s*[-+]?\d[\d\s.,;+\-eand\]]*)"
_STATISTIC = r"mean|average|median|std|standard deviation|variance|sum|minimum|maximum|min|max"
_STATISTICS = re.compile(
    rf"^{_COMPUTE}?(?:the )?(?P<names>(?:{_STATISTIC})"
    rf"(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)(?:the )?(?:{_STATISTIC}))*)"
    rf"\s+(?:of|for)\s*:?\s*(?:the (?:numbers|list|values)\s+)?{_NUMBERS}$",
    re.IGNORECASE,
)
_STATISTIC_CODE = {
    "mean": "np.mean",
    "average": "np.mean",
    "median": "np.median",
    "std": "np.std",
    "standard deviation": "np.std",
    "variance": "np.var",
    "sum": "np.sum",
    "minimum": "np.min",
    "min": "np.min",
    "maximum": "np.max",
    "max": "np.max",
}
_VECTOR = r"[\[(]\s*[-+\d.,\s]+[\])]"
_SOFTMAX = re.compile(
    rf"^{_COMPUTE}?(?:the )?softmax(?:\s+of)?(?:\s*\(\s*|\s+|(?=[\[(]))(?P<vector>{_VECTOR})\s*\)?"
    r"(?:\s+(?:with|at|for)(?: a)? temperature(?: of)?\s*=?\s*(?P<temperature>\d+(?:\.\d+)?))?$",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"^{_COMPUTE}?(?:the )?(?P<name>dot product|inner product|cosine similarity|cosine)\s+(?:of|between)\s+"
    rf"(?P<a>{_VECTOR})\s*(?:and|,|with)\s*(?P<b>{_VECTOR})$",
    re.IGNORECASE,
)


def formula_code(text: str) -> str:
    """The program for a request to compute something; empty when no rule reads it."""
    text = " ".join(text.split()).strip(" ?.!")
    for write in (plot_code, _statistics, _vectors, _calculus, _arithmetic):
        if code := write(text):
            return code
    return ""


def _arithmetic(text: str) -> str:
    match = _ARITHMETIC.match(text)
    tree = read_formula(match["formula"], variables=False) if match else None
    if tree is None or not does_something(tree) or not re.search(r"\d", text):
        return ""
    if re.fullmatch(r"\d+(?:[-/.]\d+)+", text):
        return ""
    needs_math = any(isinstance(node, ast.Call | ast.Name) for node in ast.walk(tree))
    written = as_python(tree, "math" if needs_math else "")
    return f"import math\n\n{written}" if "math." in written else written


def _statistics(text: str) -> str:
    match = _STATISTICS.match(text)
    numbers = _numbers(match["numbers"]) if match else []
    if match is None or len(numbers) < 2:
        return ""
    names = re.split(r"\s*,\s*and\s+|\s*,\s*|\s+and\s+", match["names"].lower())
    lines = [f'print("{_bare(name)}:", {_STATISTIC_CODE[_bare(name)]}(values))' for name in names]
    return "\n".join(["import numpy as np", "", f"values = np.array([{', '.join(numbers)}])", *lines])


def _bare(name: str) -> str:
    return name.removeprefix("the ").strip()


def _vectors(text: str) -> str:
    if match := _SOFTMAX.match(text):
        temperature = match["temperature"]
        scores = f"np.array([{', '.join(_numbers(match['vector']))}])" + (f" / {temperature}" if temperature else "")
        return (
            f"import numpy as np\n\nscores = {scores}\nweights = np.exp(scores - scores.max())\n"
            'weights /= weights.sum()\nprint(weights.round(4))\nprint("sum:", weights.sum())'
        )
    if match := _PAIR.match(text):
        a, b = (", ".join(_numbers(match[side])) for side in ("a", "b"))
        lines = ["import numpy as np", "", f"a = np.array([{a}])", f"b = np.array([{b}])"]
        cosine = match["name"].lower().startswith("cosine")
        result = "a @ b / (np.linalg.norm(a) * np.linalg.norm(b))" if cosine else "a @ b"
        return "\n".join([*lines, f"float({result})"])
    return ""


def _numbers(text: str) -> list[str]:
    return re.findall(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)


def _calculus(text: str) -> str:
    for name, pattern in _CALCULUS:
        if (match := pattern.match(text)) and (code := _symbolic(name, match)):
            return code
    return ""


def _symbolic(name: str, match: re.Match[str]) -> str:
    left, equals, right = match["formula"].partition("=")
    tree = read_formula(left)
    other = read_formula(right) if equals else None
    if tree is None or (equals and (other is None or name != "solve")):
        return ""
    named = match.groupdict()
    unknowns = sorted({*variables_of(tree), *(variables_of(other) if other else ())})
    variable = named.get("variable") or ("x" if "x" in unknowns or not unknowns else unknowns[0])
    if not unknowns or variable not in unknowns:
        return ""
    written = as_python(tree, "sp")
    if equals and other:
        written = f"sp.Eq({written}, {as_python(other, 'sp')})"
    symbols = " ".join(unknowns)
    lines = ["import sympy as sp", "", f'{", ".join(unknowns)} = sp.symbols("{symbols}")']
    arguments = [written]
    if name == "integrate" and named.get("low"):
        arguments.append(f"({variable}, {_bound(named['low'])}, {_bound(named['high'])})")
    elif name in ("diff", "integrate", "solve"):
        arguments.append(variable)
    return "\n".join([*lines, f"sp.{name}({', '.join(arguments)})"])


def _bound(text: str | None) -> str:
    text = (text or "").lower().replace("∞", "oo").replace("infinity", "oo").replace("inf", "oo")
    return text.replace("oo", "sp.oo").replace("pi", "sp.pi")
