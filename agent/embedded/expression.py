"""Formulas as learners type them (`x^2 sin(x)/3`), read strictly and written as Python."""

from __future__ import annotations

import ast
import re

FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log", "sqrt", "floor", "ceil"}
)
_PLAIN_FUNCTIONS = frozenset({"abs", "round", "min", "max"})
_ARITHMETIC_FUNCTIONS = FUNCTIONS | {"factorial", "gcd", "comb"}
CONSTANTS = frozenset({"pi", "e"})
LONGEST_CHARACTERS = 200
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "^", "²": "^2", "³": "^3", "√": "sqrt "})
_WORDS: tuple[tuple[str, str], ...] = (
    (r"\b(?:to the power of|to the power)\b", "^"),
    (r"\bdivided by\b|\bover\b", "/"),
    (r"\bmultiplied by\b|\btimes\b", "*"),
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\bsquared\b", "^2"),
    (r"\bcubed\b", "^3"),
    (r"\b(?:the )?(?:square root|root) of\b", "sqrt "),
    (r"(\d+(?:\.\d+)?)\s*(?:%|percent) of\b", r"\1/100*"),
    (r"\bln\b", "log"),
    (r"\barc(sin|cos|tan)\b", r"a\1"),
)
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?:,\d{3})+)(?![\d,])(?!\s*[\])])")
_BARE_ARGUMENT = re.compile(
    rf"\b({'|'.join(sorted(FUNCTIONS, key=len, reverse=True))})\s*(?!\s*\()"
    r"(\d+(?:\.\d+)?(?:\s*\*?\s*[a-z]\b)?|[a-z]\b|pi\b)"
)
_NAMES = re.compile(r"[A-Za-z_]\w*")
_Node = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Constant,
    ast.Name,
    ast.Call,
    ast.Load,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.UAdd,
    ast.USub,
)


def read_formula(text: str, *, variables: bool = True) -> ast.Expression | None:
    """The formula that a text is, and nothing else; None when it is anything else.

    Args:
        text: e.g. "2x^2 + sin x".
        variables: whether single letters may stand for unknowns; without them it is arithmetic.
    """
    written = _rewritten(text)
    if not written or len(written) > LONGEST_CHARACTERS:
        return None
    try:
        tree = ast.parse(written, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    allowed = _PLAIN_FUNCTIONS | (FUNCTIONS if variables else _ARITHMETIC_FUNCTIONS)
    return tree if all(_is_allowed(node, tree, allowed, variables) for node in ast.walk(tree)) else None


def _is_allowed(node: ast.AST, tree: ast.AST, functions: frozenset[str], variables: bool) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return name in functions and 1 <= len(arguments) <= 4
        case ast.Call():
            return False
        case ast.Name(id=name):
            called = any(isinstance(other, ast.Call) and other.func is node for other in ast.walk(tree))
            return called or name in CONSTANTS or (variables and len(name) == 1 and name.islower())
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(node, _Node)


def _rewritten(text: str) -> str:
    """The text in Python's signs: words as signs, `2x` as `2*x`, `sin x` as `sin(x)`."""
    text = text.strip(" \t\n?!.=;`$").translate(_SIGNS)
    for pattern, sign in _WORDS:
        text = re.sub(pattern, sign, text, flags=re.IGNORECASE)
    text = _THOUSANDS.sub(lambda match: match[1] + match[2].replace(",", ""), text)
    text = re.sub(r"^\s*(?:y|f\(x\))\s*=\s*", "", text)
    text = _BARE_ARGUMENT.sub(r"\1(\2)", text)
    text = text.replace("**", "^")
    names = FUNCTIONS | _PLAIN_FUNCTIONS | _ARITHMETIC_FUNCTIONS
    if any(len(name) > 1 and name not in names and name not in CONSTANTS for name in _NAMES.findall(text)):
        return ""
    text = re.sub(r"(?<![A-Za-z_])(\d+(?:\.\d+)?)\s*(?=[A-Za-z(])", r"\1*", text)
    text = re.sub(r"\)\s*(?=[A-Za-z0-9(])", ")*", text)
    text = re.sub(r"(?<![A-Za-z])([a-z]|pi)\s+(?=[A-Za-z0-9(])", r"\1*", text)
    return re.sub(r"(?<![A-Za-z])([a-z])(?=\()", r"\1*", text).replace("^", "**")


def variables_of(tree: ast.Expression) -> tuple[str, ...]:
    """The unknowns of a formula, in the order of the alphabet."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return tuple(
        sorted(
            {
                node.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Name) and id(node) not in called and node.id not in CONSTANTS
            }
        )
    )


def does_something(tree: ast.Expression) -> bool:
    """Whether there is anything to compute: an operation or a function, not a bare number."""
    return any(isinstance(node, ast.BinOp | ast.Call) for node in ast.walk(tree))


class _Named(ast.NodeTransformer):
    def __init__(self, module: str) -> None:
        self._module = module

    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = node.id
        if name == "e" and self._module == "sp":
            name = "E"
        known = FUNCTIONS | _ARITHMETIC_FUNCTIONS | CONSTANTS | {"E"}
        if name in known:
            renamed = _IN_MODULE.get((self._module, name), name)
            return ast.Attribute(ast.Name(self._module, ast.Load()), renamed, ast.Load())
        return node


_IN_MODULE = {
    ("np", "asin"): "arcsin",
    ("np", "acos"): "arccos",
    ("np", "atan"): "arctan",
    ("sp", "ceil"): "ceiling",
}


def as_python(tree: ast.Expression, module: str = "") -> str:
    """The formula in Python, its functions and constants taken from `module` ("math", "np" or "sp")."""
    return ast.unparse(_Named(module).visit(tree) if module else tree)
