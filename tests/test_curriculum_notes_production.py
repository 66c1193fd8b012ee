"""The worked numbers of the notes on production, computed again, and their code."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from test_curriculum_notes import body_of, stands_in


def names_of(stem: str) -> dict[str, Any]:
    """What the one Python block of a note defines."""
    blocks = re.findall(r"```python\n(.*?)```", body_of(stem), re.S)
    assert len(blocks) == 1
    space: dict[str, Any] = {}
    exec(blocks[0], space)
    return space


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


def test_a_repeated_request_is_carried_out_once() -> None:
    create_run = names_of("33-api-design")["create_run"]
    results: dict[str, tuple[str, str]] = {}
    calls: list[str] = []

    def model(request: str) -> str:
        calls.append(request)
        return request.upper()

    assert [create_run("k", "hello", results, model) for _ in range(2)] == ["HELLO", "HELLO"]
    assert calls == ["hello"]
    with pytest.raises(ValueError, match="another request"):
        create_run("k", "other", results, model)


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
    assert 1 / 8 < chance
    assert math.exp(-10) < 1 / 20_000
