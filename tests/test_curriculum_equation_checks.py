"""Every equation's check runs in the sandbox and passes; with its formula spoiled, it fails."""

from __future__ import annotations

import re

import pytest

from curriculum.equations import load_equations
from sandbox.sandbox import PythonSandbox, open_sandbox
from sandbox.webassembly import WebAssemblyWall
from settings import default_cache

EQUATIONS = {equation.id: equation for equation in load_equations()}
FEWEST_CHECKS = 40
WRONG = {
    "attention-scaled-dot-product": ("/ np.sqrt(d_k)", "* np.sqrt(d_k)"),
    "attention-dot-product-variance": ("products / np.sqrt(d_k)", "products / d_k"),
    "attention-causal-mask": ("np.tril(", "np.triu("),
    "attention-multi-head": ("d_k = d_model // h", "d_k = d_model"),
    "attention-residual-layer-norm": ("layer_norm(x + x @ w)", "layer_norm(x @ w)"),
    "attention-feed-forward": ("np.maximum(0, x @ w_1 + b_1)", "(x @ w_1 + b_1)"),
    "attention-positional-encoding": ("np.cos(angles)", "np.sin(angles)"),
    "attention-layer-complexity": ("return n * d * n", "return n * d * d"),
    "attention-learning-rate": ("np.minimum(", "np.maximum("),
    "attention-label-smoothing": ("+ smoothing / classes", "+ smoothing"),
    "lora-full-fine-tuning-objective": ("sum(np.log(table[before, after])", "sum((table[before, after])"),
    "lora-parameter-efficient-objective": ("slope = gradient(", "slope = -gradient("),
    "lora-forward-pass": ("b = np.zeros((d, r))", "b = np.ones((d, r))"),
    "lora-scaling": ("first_step(r, alpha / r)", "first_step(r, alpha)"),
    "lora-parameter-count": ("return 2 * adapted", "return adapted"),
    "lora-subspace-similarity": ("/ min(i, j)", "/ max(i, j)"),
    "lora-amplification-factor": ("np.linalg.norm(delta_w) /", "np.linalg.norm(w) /"),
    "dpo-bradley-terry": ("np.exp(r_1) / (np.exp(r_1) + np.exp(r_2))", "r_1 / (r_1 + r_2)"),
    "dpo-reward-loss": ("sigmoid(r[winners] - r[losers])", "sigmoid(r[winners] + r[losers])"),
    "dpo-kl-objective": ("slope = reward - beta * np.log(policy / reference)", "slope = reward"),
    "dpo-optimal-policy": ("np.exp(reward / beta)", "np.exp(reward)"),
    "dpo-reward-reparameterisation": ("np.log(optimal / reference)", "np.log(optimal)"),
    "dpo-preference-of-policies": ("beta * np.log(optimal / reference)", "np.log(optimal / reference)"),
    "dpo-loss": ("gradient = -beta", "gradient = beta"),
    "dpo-gradient": ("weight = sigmoid(r[loser] - r[winner])", "weight = sigmoid(r[winner] - r[loser])"),
    "dpo-projection": ("return r - beta * np.log(", "return r - np.log("),
    "dpo-plackett-luce": ("strengths[k:].sum()", "strengths.sum()"),
    "bert-input-embedding": ("segment_table[segments] + positions", "segment_table[segments]"),
    "bert-masking-procedure": ("draw < 0.8)", "draw < 0.5)"),
    "bert-masked-lm-loss": ("both = 3 * left + np.roll(x, -1)", "both = 3 * left"),
    "bert-next-sentence-prediction": ("np.where(is_next[:, None], topic, other)", "other"),
    "bert-classification-loss": ("probabilities - np.eye(classes)[label]", "probabilities"),
    "bert-span-start": ("return shifted / shifted.sum()", "return shifted"),
    "bert-span-score": ("np.tril_indices(words, k=-1)", "np.triu_indices(words, k=1)"),
    "gpt-pretraining-objective": ("contexts(k), u[3:]", "contexts(k), u[2:-1]"),
    "gpt-transformer-decoder": ("np.tril(", "np.triu("),
    "gpt-classifier": ("np.tril(np.ones((length, length))) == 1", "np.ones((length, length)) == 1"),
    "gpt-fine-tuning-objective": ("one_hot - np.exp(", "one_hot + np.exp("),
    "gpt-combined-objective": ("+ weight * gradient(w, text)", "- weight * gradient(w, text)"),
    "gpt2-factorisation": ("conditional(x[:i])[x[i]]", "conditional(())[x[i]]"),
    "gpt2-residual-initialisation": ("output_variance(n, 1 / np.sqrt(n))", "output_variance(n, 1 / n)"),
    "gpt2-byte-level-bpe": ("meaning[pair[0]] + meaning[pair[1]]", "meaning[pair[1]] + meaning[pair[0]]"),
    "gpt2-perplexity": ("-np.sum(log_probabilities) / units", "-np.mean(log_probabilities)"),
}
"""A line of each check, and the same line with a plain mistake."""
FORGET = """
for name in [name for name in globals() if not name.startswith("__")]:
    del globals()[name]
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """The learner's own sandbox; skipped where no wall is to be had."""
    sandbox = open_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield from usable(sandbox)


@pytest.fixture(scope="module")
def webassembly():
    """The wall that every system has, and whose integers have 32 bits; skipped until it has been compiled."""
    folder = default_cache() / "sandbox"
    yield from usable(PythonSandbox(folder, walls=[WebAssemblyWall(folder)]))


def usable(sandbox):
    if not sandbox.available:
        reason = sandbox.why_off
        sandbox.close()
        pytest.skip(f"code cannot be run here: {reason}")
    yield sandbox
    sandbox.close()


def run(sandbox, code):
    """The result of a check that gets no name of an earlier one; modules stay loaded, which saves a second for each."""
    forgotten = sandbox.run("checks", FORGET)
    assert forgotten.status == "ok", forgotten.error
    return sandbox.run("checks", code)


def assert_passes(sandbox, equation_id):
    check = EQUATIONS[equation_id].check
    result = run(sandbox, check)
    assert result.status == "ok", result.error
    assert 2 <= len(result.text.strip().splitlines()) <= 6, result.text
    assert all(re.search("[A-Za-z]", line) for line in result.text.strip().splitlines()), result.text
    assert len(result.figures) == check.count("plt.show()")
    assert result.notices == ()


def test_there_are_at_least_forty_checks_and_a_mistake_for_many_of_them():
    assert len(EQUATIONS) >= FEWEST_CHECKS
    assert len(WRONG) >= FEWEST_CHECKS
    assert set(WRONG) <= set(EQUATIONS)


def test_a_check_needs_nothing_of_an_earlier_one(sandbox):
    assert run(sandbox, "leftover = 1").status == "ok"
    assert run(sandbox, "leftover").status == "error"


@pytest.mark.parametrize("equation_id", EQUATIONS)
def test_a_check_passes_and_shows_what_it_found(sandbox, equation_id):
    assert_passes(sandbox, equation_id)


@pytest.mark.slow
@pytest.mark.parametrize("equation_id", EQUATIONS)
def test_a_check_passes_in_webassembly_too(webassembly, equation_id):
    assert_passes(webassembly, equation_id)


@pytest.mark.parametrize("equation_id", WRONG)
def test_a_check_fails_when_its_formula_is_wrong(sandbox, equation_id):
    right, wrong = WRONG[equation_id]
    check = EQUATIONS[equation_id].check
    assert right in check
    result = run(sandbox, check.replace(right, wrong, 1))
    assert result.status == "error"
    assert "AssertionError" in result.error, result.error
