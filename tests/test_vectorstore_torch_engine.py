"""What torch keeps of the shapes it has met."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vectorstore import torch_engine

SHAPES, MEGABYTES_OF_ALL = 400, 100
"""By themselves oneDNN and torch keep some 220 MB for so many shapes."""
MANY_SHAPES = f"""
import re
from vectorstore.torch_engine import keep_few_kernels
keep_few_kernels()
import torch
from vectorstore.packed_linear import packed_linear

def megabytes():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

torch.set_num_threads(1)
layer = packed_linear(torch.nn.Linear(64, 64).to(torch.bfloat16), gelu=False)
with torch.inference_mode():
    layer(torch.zeros(1, 64, dtype=torch.bfloat16))
    before = megabytes()
    for rows in range(2, {SHAPES}):
        layer(torch.zeros(rows, 64, dtype=torch.bfloat16))
print("grew by", megabytes() - before)
"""


def test_many_shapes_do_not_pile_up():
    pytest.importorskip("torch")
    if not Path("/proc/self/status").exists():
        pytest.skip("What a process holds is read from /proc, which this system lacks.")
    kept = {name: value for name, value in os.environ.items() if name not in torch_engine.KERNEL_CACHES}
    told = subprocess.run(
        [sys.executable, "-c", MANY_SHAPES],
        cwd=Path(__file__).parents[1],
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "RuntimeError" in told.stderr or "NotImplementedError" in told.stderr:
        pytest.skip("torch cannot pack bf16 layers on this processor")
    grew = re.search(r"grew by ([\d.]+)", told.stdout)
    assert grew, told.stderr
    assert float(grew[1]) < MEGABYTES_OF_ALL


def test_what_the_user_set_stays(monkeypatch):
    first, second = torch_engine.KERNEL_CACHES
    monkeypatch.setenv(first, "7")
    monkeypatch.setenv(second, "")
    monkeypatch.delenv(second)
    torch_engine.keep_few_kernels()
    assert (os.environ[first], os.environ[second]) == ("7", str(torch_engine.KEPT_KERNELS))
