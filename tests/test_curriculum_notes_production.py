"""The worked numbers of the notes on production, computed again."""

from __future__ import annotations

import math

from test_curriculum_notes import stands_in
from test_curriculum_notes_production_code import names_of


def test_deployment_numbers() -> None:
    stem = "32-deployment-strategies"
    in_progress = 20 * 6
    replicas = math.ceil(in_progress / (16 * 0.7))
    stands_in(stem, f"= {in_progress}$ requests", f"= {in_progress / 16}$", f"{16 * 0.7:.1f} \\rceil = {replicas}$")
    together = 0.999 * 0.995 * 0.998
    stands_in(stem, f"{together:.4f}", f"{(1 - together) * 30 * 24:.1f} hours", f"{1 - 0.005**2:.6f}")
    per_hour = 0.05 * 20 * 3600
    spread = math.sqrt(per_hour * 0.01 * 0.99)
    stands_in(stem, f"{per_hour / 60:.0f} requests per minute", f"${per_hour / 60 * 0.01:.1f}$", f"${spread:.2f}$")
    stands_in(stem, f"one hour {per_hour * 0.01:.0f} failures", f"failure rate of {per_hour * 0.02:.0f}")
    assert round(per_hour * 0.01 / spread) == 6


def test_api_numbers() -> None:
    stem = "33-api-design"
    stands_in(stem, f"takes ${0.5 + 300 * 0.02}$ seconds", f"= {3**3}$ calls")
    stands_in(stem, f"probability ${0.1**3:.3f}$", f"${sum(0.1**i for i in range(3)):.2f}$ attempts")
    stands_in(stem, "capacity 20", f"refuses {50 - 20}", f"after {20 / 5:.0f} seconds")


def test_container_numbers() -> None:
    stem = "34-containers"
    weights = 7e9 * 2 / 1e9
    fetch, load = (4 + weights) / 0.5, weights / 2
    stands_in(stem, f"is {weights:.0f} gigabytes", f"has {4 + weights:.0f} gigabytes", f"takes {fetch:.0f} seconds")
    stands_in(stem, f"another {load:.0f} seconds", f"after {fetch + load:.0f} seconds", f"${0.010 / 0.5}$ seconds")
    stands_in(stem, f"\\rceil = {math.ceil(4 * 84 / 60)}$", f"{fetch + load:.0f} = {6 * (fetch + load):.0f}$")


def test_serverless_numbers() -> None:
    stem = "35-serverless"
    month, per_request = 730 * 1.50, 4 * 0.001
    stands_in(
        stem, f"= {month:.0f}$", f"= {per_request}$", f"{month / per_request:,.0f}", f"{10_000 * per_request:.0f} and"
    )
    stands_in(stem, f"{150 / 3.6:.1f}\\%", f"${3600 * 0.001:.2f}$", f"${3.6 / 1.5:.1f}$ times")
    cold = 2 + 14 / 2
    chance = math.exp(-(1 / 300) * 600)
    stands_in(
        stem,
        f"adds {cold:.0f} seconds",
        f"= {chance:.3f}$",
        f"= {4 + chance * cold:.2f}$",
        f"takes {4 + cold:.0f} seconds",
    )
    assert chance > 1 / 8
    assert math.exp(-10) < 1 / 20_000


def wilson(correct: int, cases: int) -> tuple[str, str]:
    share, z = correct / cases, 1.96
    middle = share + z * z / (2 * cases)
    half = z * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases**2))
    return f"{(middle - half) / (1 + z * z / cases):.3f}", f"{(middle + half) / (1 + z * z / cases):.3f}"


def test_evaluation_numbers() -> None:
    stem = "36-evaluation-and-monitoring"
    stands_in(stem, *wilson(42, 50), *wilson(45, 50), *wilson(420, 500))
    ways = [math.comb(7, wins) for wins in (5, 6, 7)]
    stands_in(stem, f"2 \\cdot ({' + '.join(map(str, ways))}) / {2**7} = {2 * sum(ways) / 2**7:.3f}")
    assert 43 + 5 + 2 == 50
    assert 42 + 5 - 2 == 45
    times = [1] * 9 + [11]
    assert (sum(times) / 10, times[math.ceil(0.95 * 10) - 1]) == (2, 11)
    parts = [(now - then) * math.log(now / then) for then, now in [(0.5, 0.3), (0.3, 0.3), (0.2, 0.4)]]
    stands_in(stem, f"{parts[0]:.3f} + {parts[1]:.0f} + {parts[2]:.3f} = {sum(parts):.3f}", f"{0.9**5:.3f}")


def kappa(both: int, only_a: int, only_b: int, neither: int) -> tuple[float, float, float]:
    """Observed agreement, chance agreement, kappa."""
    total = both + only_a + only_b + neither
    observed, a, b = (both + neither) / total, (both + only_a) / total, (both + only_b) / total
    chance = a * b + (1 - a) * (1 - b)
    return observed, chance, (observed - chance) / (1 - chance)


def test_human_evaluation_numbers() -> None:
    stem = "37-human-evaluation"
    observed, chance, value = kappa(40, 20, 10, 30)
    stands_in(stem, f"p_o = {observed:.2f}", f"= {chance:.2f}$", f"= {value:.2f}$")
    observed, chance, value = kappa(90, 4, 4, 2)
    stands_in(stem, f"${observed:.2f}$", f"= {chance:.3f}$", f"\\kappa = {value:.3f}$")
    stands_in(stem, f"about ${(0.726 - 0.5) / 0.5:.2f}$")
    votes = 5020 + 4143
    share = 5020 / votes
    error = math.sqrt(share * (1 - share) / votes)
    stands_in(stem, f"5020 / {votes} = {share:.3f}$", f"${error:.4f}$")
    stands_in(stem, f"${share - 1.96 * error:.3f}$ to ${share + 1.96 * error:.3f}$")


def test_cost_numbers() -> None:
    stem = "38-cost-optimization"
    request = 2000 * 1e-6 + 400 * 4e-6
    cached_input = (500 + 1500 / 10) * 1e-6
    stands_in(stem, f"= {request:.4f}$", f"cost {100_000 * request:.0f} euro", f"${cached_input:.5f}$")
    factors = [(cached_input + 400 * 4e-6) / request, 0.80, 0.6 * 0.1 + 0.4]
    stands_in(stem, f"${cached_input + 400 * 4e-6:.5f}$", f"factor of ${factors[0]:.3f}$", f"= {factors[2]:.2f}$")
    stands_in(stem, f"= {math.prod(factors):.2f}$", f"${360 * math.prod(factors):.2f}$")
    strong, weak = request + 0.1 * 0.05, request / 10 + 0.5 * 0.05
    stands_in(stem, f"= {strong:.4f}$", f"= {weak:.5f}$")
    assert round(weak / strong) == 3


def test_caching_numbers() -> None:
    stem = "39-caching"
    stands_in(stem, f"= {0.01 + 0.7 * 4:.2f}$", f"= {6 * 0.5 / (1 + 6 * 0.5)}$")
    first, all_questions = (sum(1 / rank for rank in range(1, count + 1)) for count in (100, 1000))
    share = f"{100 * first / all_questions:.1f}\\%"
    stands_in(
        stem, f"{first:.3f} / {all_questions:.3f} = {share}", f"{100 * 0.0036 / 0.50:.2f}\\%", f"{0.02 * 0.5:.4f}"
    )
    token = 2 * 32 * 8 * 128 * 2
    stands_in(stem, f"{token:,}", f"${1500 * token / 2**20}$ MiB", f"takes {4096 * token // 2**20} MiB")
    stands_in(stem, f"take {32_768 * token // 2**30} GiB", f"factor of {32_768 // 4096}")


def test_batching_numbers() -> None:
    stem = "40-batching"
    assert 14 / 700 * 1000 == 20
    passes = {batch: 20 + 0.5 * batch for batch in (1, 8, 32, 128)}
    for batch, time in passes.items():
        stands_in(stem, f"| {batch} | {time:.1f} ms | {1000 * batch / time:,.0f} | {1000 / time:.1f} |")
    stands_in(stem, f"factor of ${32 * passes[1] / passes[32]:.1f}$", f"factor of ${passes[32] / passes[1]:.2f}$")
    stands_in(stem, f"factor of ${4 * passes[32] / passes[128]:.2f}$", f"slower by ${passes[128] / passes[32]:.2f}$")
    stands_in(stem, f"= {1000 / 0.5:,.0f}$ tokens", f"needs {2048 * 128 // 1024} MiB", f"= {8 * 1024 // 256}$.")
    stands_in(stem, f"= {4 * 500:,}$", f"fills {50 + 100 + 150 + 500}", f"{100 * 800 / 2000:.0f}%")
    stay = [1 / (10 - rate) for rate in (5, 9, 9.5)]
    stands_in(stem, f"${stay[0]}$ seconds at 5", f"{stay[1]:.0f} second at 9", f"{stay[2]:.0f} seconds at $9.5$")


def test_model_selection_numbers() -> None:
    stem = "41-model-selection"
    cascade, large, small = (0.7 * easy + 0.3 * hard for easy, hard in [(0.95, 0.8), (0.97, 0.8), (0.95, 0.4)])
    stands_in(stem, f"= {1 + 0.3 * 10:.0f}$ units", *(f"= {value:.3f}$" for value in (cascade, large, small)))
    stands_in(stem, f"saves {100 * (1 - 4 / 10):.0f}%", f"${100 * (large - cascade):.1f}$ points")
    longer, shorter = 6 * 7e9 * 1e12, 6 * 10e9 * 200e9
    stands_in(stem, *(f"{value / 1e22:.1f} \\cdot 10^{{22}}" for value in (shorter, longer, longer - shorter)))
    per_token = 2 * (10e9 - 7e9)
    stands_in(
        stem,
        f"${per_token / 1e9:.0f} \\cdot 10^{{9}}$",
        f"${(longer - shorter) / per_token / 1e12:.0f} \\cdot 10^{{12}}$",
    )


def best_of(prompts: int, accuracy: float, cases: int) -> float:
    """The expected best measured accuracy of equally good prompts (binomial, exact)."""
    at_most, expected, below = 0.0, 0.0, 0.0
    for right in range(cases + 1):
        at_most += math.comb(cases, right) * accuracy**right * (1 - accuracy) ** (cases - right)
        expected += right / cases * (at_most**prompts - below)
        below = at_most**prompts
    return expected


def largest_normal(count: int) -> float:
    """The expected largest of `count` standard normal values, by summing over a fine grid."""
    grid = [index / 1000 for index in range(-8000, 8000)]
    below = [(1 + math.erf(value / math.sqrt(2))) / 2 for value in grid]
    return sum(
        value * count * math.exp(-value * value / 2) / math.sqrt(2 * math.pi) * share ** (count - 1) / 1000
        for value, share in zip(grid, below, strict=True)
    )


def test_prompt_numbers() -> None:
    stem = "42-prompt-optimization"
    read = [400 + 8 * 120 + 100, 200 + 4 * 120 + 100]
    costs = []
    for tokens, written in zip(read, (250, 120), strict=True):
        parts = tokens * 1e-6, written * 4e-6
        costs.append(sum(parts))
        stands_in(stem, f"reads {tokens:,} tokens", f"${parts[0]:.5f} + {parts[1]:.5f} = {sum(parts):.5f}$")
        times = tokens / 2000, written / 50
        stands_in(stem, f"${times[0]:.2f} + {times[1]:.2f} = {sum(times):.2f}$")
    saved = costs[0] - costs[1]
    stands_in(stem, f"{100 * saved / costs[0]:.1f}\\%", f"${0.02 * 0.05:.4f}$", f"${saved:.4f}$ euro")
    stands_in(stem, f"${saved / 0.02:.2f}$ euro", f"${math.sqrt(0.8 * 0.2 / 50):.3f}$", f"${best_of(10, 0.8, 50):.2f}$")
    stands_in(stem, f"z_{{10}} = {largest_normal(10):.2f}")


def test_guardrail_numbers() -> None:
    stem = "43-safety-and-guardrails"
    passes = [math.prod(misses) for misses in [(0.10, 0.05, 0.20), (0.10, 0.05, 0.80)]]
    stands_in(stem, *(f"= {value:.3f}$" for value in passes))
    assert round(passes[1] / passes[0], 6) == 4
    stopped = 1 - 0.99 * 0.98 * 0.99
    stands_in(stem, f"= {100 * stopped:.2f}\\%", f"one user in {round(1 / stopped)}", f"= {1 - 0.99**100:.3f}$")
    stands_in(stem, f"${100 * (1 - 0.05 ** (1 / 175)):.2f}\\%$")


def test_filter_numbers() -> None:
    stem = "44-content-filtering"
    precision, recall = 0.994, 0.956
    passing = 1000 * recall / precision
    missed = passing - 956
    stands_in(
        stem,
        f"F_1 = {2 * precision * recall / (precision + recall):.3f}",
        f"= {passing:.1f}$",
        f"${missed:.1f}$ of them",
    )
    caught, false_alarms = 100 * (1 - missed / 1000), 9900 * (1 - recall)
    stands_in(stem, f"catches ${caught:.1f}\\%$", f"for ${caught:.1f}$ harmful and ${false_alarms:.1f}$ acceptable")
    stands_in(stem, f"{caught:.1f} / {caught + false_alarms:.1f} = {caught / (caught + false_alarms):.3f}$")
    stands_in(stem, f"(1 + 9) = {1 / (1 + 9):.2f}$")
    space = names_of(stem)
    for threshold in (0.85, 0.35):
        found = space["precision_recall"](space["scored"], threshold)
        stands_in(stem, f"${threshold}$ the precision is ${found[0]:.2f}$ and the recall ${found[1]:.2f}$")


def test_validation_numbers() -> None:
    stem = "45-output-validation"
    stands_in(stem, f"= {0.08**3:.6f}$", f"${(1 - 0.08**3) / (1 - 0.08):.4f}$ calls", f"${4 / 5:.2f}$")
    missed, good, found, alarms = 0.1 * 0.1, 0.9 * 0.95, 0.1 * 0.9, 0.9 * 0.05
    share = f"{100 * missed / (missed + good):.2f}\\%"
    stands_in(stem, f"{missed:.3f} / ({missed:.3f} + {good:.3f}) = {share}")
    stands_in(stem, f"{found:.3f} + {alarms:.3f} = {100 * (found + alarms):.1f}\\%")
    assert round(alarms / (found + alarms), 3) == 0.333


def test_injection_numbers() -> None:
    stem = "46-prompt-injection-defence"
    bits = 200 * math.log2(64)
    stands_in(stem, f"= {1 - 0.95**50:.3f}$", f"= {bits:,.0f}$ bits", f"is {bits / 8:.0f} bytes", f"= {3 * 4 * 2}$")
    assert 3 + 4 + 2 + 3 == 12
    stands_in(stem, f"{12 - 2} of the 12 tools")
