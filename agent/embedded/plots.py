"""Requests to plot a function, written as matplotlib programs by rule."""

from __future__ import annotations

import re

from agent.embedded.expression import as_python, read_formula, variables_of

_VERB = (
    r"^(?:plot|graph|draw|sketch|visuali[sz]e)\s+(?:me\s+)?(?:a |the )?(?:graph of |curve of |plot of |functions? )?"
    r"(?:the )?"
)
_BOUND = r"[-+]?(?:\d+(?:\.\d+)?\s*\*?\s*(?:pi)?|pi)"
_RANGE = re.compile(
    rf"\s*,?\s*(?:for\s+[a-z]\s*(?:=|in)?\s*)?(?:from|between|in|on|over)?\s*\[?\s*(?P<low>{_BOUND})"
    rf"\s*(?:to|and|,|\.\.)\s*(?P<high>{_BOUND})\s*\]?$",
    re.IGNORECASE,
)
_RANGE_MARK = re.compile(r"\b(?:from|between|in|on|over|for)\b|\[", re.IGNORECASE)
_NAMED: dict[str, str] = {
    "sigmoid": "1 / (1 + np.exp(-x))",
    "logistic": "1 / (1 + np.exp(-x))",
    "tanh": "np.tanh(x)",
    "relu": "np.maximum(x, 0)",
    "leaky relu": "np.where(x > 0, x, 0.01 * x)",
    "gelu": "0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))",
    "silu": "x / (1 + np.exp(-x))",
    "swish": "x / (1 + np.exp(-x))",
    "softplus": "np.log1p(np.exp(x))",
    "sine": "np.sin(x)",
    "cosine": "np.cos(x)",
}
_NAME_TAIL = re.compile(r"\s*(?:functions?|activations?|curves?)$", re.IGNORECASE)
_SOFTMAX = re.compile(
    rf"{_VERB}softmax(?: function| outputs?| weights| probabilities)?"
    r"(?:\s+(?:of|for)\s+(?P<vector>\[[-+\d.,\s]+\]))?"
    r"(?:\s+(?:for|at|with|over)\s+(?:the |different |several |various )?temperatures?(?:\s+of)?\s*"
    r"(?P<temperatures>[\d.,\s]*(?:and\s+[\d.]+)?))?$",
    re.IGNORECASE,
)
_POSITIONS = re.compile(rf"{_VERB}(?:sinusoidal )?positional encodings?\b.{{0,40}}$", re.IGNORECASE)
_MOST_CURVES = 5


def plot_code(text: str) -> str:
    """The program that draws what the text asks for; empty when no rule reads it."""
    if match := _SOFTMAX.match(text):
        return _softmax(match)
    if _POSITIONS.match(text):
        return _POSITIONAL
    if match := re.match(_VERB + r"(?P<rest>.+)$", text, re.IGNORECASE):
        return _curves(match["rest"])
    return ""


def _curves(rest: str) -> str:
    low, high = "-5", "5"
    if (match := _RANGE.search(rest)) and _RANGE_MARK.search(match.group()):
        low, high = _bound(match["low"]), _bound(match["high"])
        rest = rest[: match.start()]
    curves = []
    for part in re.split(r"\s*,\s*and\s+|\s*,\s+|\s+and\s+|\s+(?:vs|versus|against)\.?\s+(?!x$)", rest):
        part = re.sub(r"^the\s+|\s+(?:vs|versus|against)\.?\s+x$|\s+of x$", "", part.strip(), flags=re.IGNORECASE)
        curve = _curve(part)
        if not curve:
            return ""
        curves.append((part.replace("\\", " ").replace('"', "'"), curve))
    if not 1 <= len(curves) <= _MOST_CURVES:
        return ""
    lines = [f'plt.plot(x, {curve}, label="{label}")' for label, curve in curves]
    return "\n".join(
        ["import matplotlib.pyplot as plt", "import numpy as np", "", f"x = np.linspace({low}, {high}, 400)", *lines]
        + ['plt.xlabel("x")', "plt.legend()", "plt.grid(alpha=0.3)", "plt.show()"]
    )


def _curve(part: str) -> str:
    """The formula of one curve over x, in numpy; empty when it is none."""
    name = _NAME_TAIL.sub("", part.lower()).removesuffix("(x)").strip()
    if name in _NAMED:
        return _NAMED[name]
    tree = read_formula(part)
    if tree is None or variables_of(tree) not in (("x",), ("t",)):
        return ""
    variable = variables_of(tree)[0]
    written = as_python(tree, "np")
    return written if variable == "x" else re.sub(r"\bt\b", "x", written)


def _bound(text: str) -> str:
    text = text.replace(" ", "").lower()
    return re.sub(r"(?<=\d)\*?pi", "*np.pi", text) if re.search(r"\dpi|\d\*pi", text) else text.replace("pi", "np.pi")


def _softmax(match: re.Match[str]) -> str:
    scores = re.findall(r"[-+]?\d+(?:\.\d+)?", match["vector"] or "") or ["2.0", "1.0", "0.5", "0.0", "-1.0"]
    temperatures = [one for one in re.findall(r"\d+(?:\.\d+)?", match["temperatures"] or "") if float(one)] or ["1"]
    return f"""import matplotlib.pyplot as plt
import numpy as np

scores = np.array([{", ".join(scores)}])
temperatures = [{", ".join(temperatures)}]
width = 0.8 / len(temperatures)
for place, temperature in enumerate(temperatures):
    weights = np.exp((scores - scores.max()) / temperature)
    weights /= weights.sum()
    print(f"temperature {{temperature}}: {{weights.round(3)}}")
    plt.bar(np.arange(len(scores)) + place * width, weights, width, label=f"temperature {{temperature}}")
plt.xticks(np.arange(len(scores)), [f"score {{score:g}}" for score in scores])
plt.ylabel("softmax weight")
plt.legend()
plt.show()"""


_POSITIONAL = """import matplotlib.pyplot as plt
import numpy as np

positions, size = 100, 64
place = np.arange(positions)[:, None]
pair = np.arange(0, size, 2)[None, :]
angle = place / 10000 ** (pair / size)
encoding = np.zeros((positions, size))
encoding[:, 0::2] = np.sin(angle)
encoding[:, 1::2] = np.cos(angle)
plt.imshow(encoding, aspect="auto", cmap="RdBu")
plt.xlabel("component")
plt.ylabel("position")
plt.colorbar()
plt.title("Sinusoidal positional encoding")
plt.show()"""
