"""Faults on purpose: processes killed, files damaged, servers that answer wrongly. `make soak` counts what came of it.

How to add a part:

1. Write a module with `measure(soak: Soak) -> Sequence[Count]`: one `Count` for each promise, with what was tried, how
   often, how often it failed, how many failures are allowed (0 as a rule) and how many tries the promise speaks of.
2. Name it in `PARTS` of `evals/soak/soak.py`. It then runs by `python -m evals.soak NAME`, and `all` has it too.
3. Take chance from `soak.chance(...)`, which the seed decides, and `soak.short` for the small form that a test runs in
   a few seconds. What takes minutes is cut into tries and given to `soak.ledger(NAME).fill(keys, attempt)`: each
   outcome is kept, so that an interrupted run, or one with `--seconds`, goes on where it stopped.
4. Count a try that could not be made as failed or leave it out of `tried`; never count it as passed. A part that cannot
   run raises a `StudyError` and is shown as not measured.
"""
