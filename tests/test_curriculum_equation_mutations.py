"""Checks that can fail: a plainly wrong formula in the check's key line makes it fail, in the sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curriculum.equations import find_equation
from sandbox.sandbox import PythonSandbox, open_sandbox

CONVERSATION = "mutations"
"""All checks share one session: each defines all it uses."""

# equation, key line (or a piece of it that occurs once), wrong variant: what the mistake is
MUTATIONS = [
    ("scaling-loss-parameters", "(n_c / n) ** alpha_n", "(n / n_c) ** alpha_n"),  # upside down
    ("scaling-loss-data", "d_c / target ** (1 / alpha_d)", "d_c / target**alpha_d"),  # exponent not inverted
    ("scaling-critical-batch", "b_star / loss ** (1 / alpha_b)", "b_star / loss**alpha_b"),
    ("scaling-loss-parameters-data", "(n_c / n) ** (alpha_n / alpha_d) + d_c", "(n_c / n) ** alpha_n + d_c"),
    ("scaling-data-for-size", "(1 + threshold) ** (1 / alpha_d) - 1", "(1 + threshold) ** alpha_d - 1"),
    ("scaling-loss-parameters-steps", "floor(n) + (s_c / s) ** alpha_s", "floor(n) * (s_c / s) ** alpha_s"),
    ("scaling-optimal-allocation", "1 / (1 / alpha_s + 1 / alpha_b + 1 / alpha_n)", "alpha_s + alpha_b + alpha_n"),
    ("scaling-compute-exponent", "1 / (1 / alpha_s + 1 / alpha_b + 1 / alpha_n)", "1 / (1 / alpha_s + 1 / alpha_n)"),
    ("scaling-parameter-count", "12 * n_layer * d**2", "10 * n_layer * d**2"),
    ("scaling-training-compute", "times(grad_hidden, w_1.T)", "None"),  # a backward pass without input gradients
    ("scaling-minimum-steps", "s_min = steps / (1 + b_crit / batches)", "s_min = steps / (1 + batches / b_crit)"),
    ("scaling-suboptimal-size", "ratio**-alpha_n", "ratio**alpha_n"),
    ("instructgpt-reward-loss", "-np.mean(np.log(sigmoid(gaps)))", "-np.mean(np.log(sigmoid(-gaps)))"),  # loser wins
    ("instructgpt-reward-bias", "shifted = raw + bias", "shifted = raw * bias"),
    ("instructgpt-ppo-ptx", "reward - beta * np.log(policy / sft)", "reward + beta * np.log(policy / sft)"),
    (
        "instructgpt-token-penalty",
        "policy[before, after] / sft[before, after])  #",
        "policy[before, after])  #",
    ),  # no KL
    ("cai-soft-label", "np.exp(log_a) / (np.exp(log_a) + np.exp(log_b))", "np.exp(log_a)"),  # not normalised
    ("cai-soft-label-loss", " - (1 - p) * log_sigmoid(-gap)", ""),  # only the winner's term
    ("cai-clamped-label", "np.minimum(np.maximum(p, low), high)", "np.maximum(np.minimum(p, low), high)"),
    ("llama-rms-norm", "np.sqrt(np.mean(a**2, axis=1, keepdims=True))", "np.abs(a).mean(axis=1, keepdims=True)"),
    ("llama-swiglu", "Fraction(2, 3) * 4 * d", "Fraction(1) * 4 * d"),
    ("llama-rotary-embedding", "even * np.sin(angle) + odd", "even * np.sin(angle) - odd"),  # no rotation any more
    ("llama-cosine-schedule", "np.cos(np.pi *", "np.cos(2 * np.pi *"),
    ("llama-carbon", "watts * pue / 1e6", "watts / pue / 1e6"),
    ("mistral-sliding-window", "(j <= i) & (j >= i - w)", "j <= i"),  # no window
    ("mistral-attention-span", "j >= i - window", "j > i - window"),  # a window one token shorter
    ("mistral-rolling-buffer", "cache[i % window] = i", "cache[min(i, window - 1)] = i"),
    ("mistral-grouped-query-cache", "return 2 * n_layers * n_kv", "return n_layers * n_kv"),  # keys without values
    ("roberta-dynamic-masking", "return 1 - (1 - p) ** m", "return p * m"),
    ("cot-majority-answer", "np.argmax(votes", "np.argmin(votes"),
    ("react-back-off", "trusted = count >= threshold", "trusted = count < threshold"),
    ("react-webshop-score", "covered.all(axis=1)", "covered.any(axis=1)"),
    ("reflexion-policy", "likes[list(memory)] = -np.inf", "likes[list(memory)] += 5.0"),  # repeats its failures
    ("reflexion-false-positive", "(1 - a) * f / ((1 - a) * f + a * s)", "(1 - a) * f"),
    ("chinchilla-optimal-allocation", "beta / (alpha + beta), alpha / (alpha", "alpha / (alpha + beta), beta / (alpha"),
    ("hh-elo", "(elo_b - elo_a) / 400", "(elo_a - elo_b) / 400"),
    ("mixtral-gating", "top[kept] = logits[kept]", "top = logits"),  # all experts
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PythonSandbox]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    python = open_sandbox(folder)
    if not python.available:
        python.close()
        pytest.skip(python.why_off)
    yield python
    python.close()


@pytest.mark.parametrize(("equation_id", "right", "wrong"), MUTATIONS, ids=[row[0] for row in MUTATIONS])
def test_a_wrong_formula_fails_the_check(sandbox, equation_id, right, wrong):
    check = find_equation(equation_id).check
    assert check.count(right) == 1, "the key line changed: renew this test"
    assert sandbox.run(CONVERSATION, check).status == "ok"
    result = sandbox.run(CONVERSATION, check.replace(right, wrong))
    assert result.status == "error"
    assert "AssertionError" in result.error
