"""`python -m evals run`: ask the questions, keep what is finished, and write the figures as JSON and as a page."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import StudyError
from evals.assistant import OpenAssistant, open_assistant
from evals.baselines import keyword_search, run_search, tutorial_search
from evals.keeping import Kept, code_digest, files_digest
from evals.metrics import METRICS
from evals.outcome import Outcome
from evals.plan import DATA, SETS, Plan, plan_of, thresholds_file
from evals.results import write_results
from evals.run import run_question
from evals.run_judge import judge_answers, judge_of
from evals.scoring import Scorer
from evals.tables import System, rows_of
from evals.thresholds import Scores, Thresholds, faults, judge, load_scores, load_thresholds, save_scores

if TYPE_CHECKING:
    from rich.console import Console

    from agent.llm import ModelOptions

SUITES = ("retrieval", "answers", "agent", "judge", "all")
SPLITS = ("dev", "test", "bar")
BESIDE = ("bm25", "tutorial")


def add_run_parser(commands: Any, papers: Path) -> None:
    """Add `run` to the subparsers of `python -m evals`."""
    run = commands.add_parser("run", help="ask the questions, print the figures and write the report")
    run.add_argument("--suite", choices=SUITES, default="answers", help="what is measured; answers when left out")
    run.add_argument(
        "--set", choices=SETS, help="golden (the default), the earlier questions, or the gate's small library"
    )
    run.add_argument("--split", choices=SPLITS, help="only these questions; all when left out")
    run.add_argument("--limit", type=int, help="only so many questions, taken evenly from the set")
    run.add_argument("--model", default="embedded", help="chat model as provider/model")
    run.add_argument("--judge", default="", help="model that judges, as provider/model (suites judge and all)")
    run.add_argument(
        "--price", type=float, nargs=2, metavar=("IN", "OUT"), help="dollars a million tokens of the judge"
    )
    run.add_argument("--beside", choices=BESIDE, nargs="*", default=[], help="searches that are measured beside")
    run.add_argument("--papers", type=Path, default=papers, help="folder of the PDFs")
    run.add_argument("--without-notes", action="store_true", help="leave the teaching notes out")
    run.add_argument("--home", type=Path, help="data folder to keep and use again; a fresh one when left out")
    run.add_argument("--out", type=Path, help="folder for the results; `evals` in the data folder when left out")
    run.add_argument("--fresh", action="store_true", help="do not go on with an interrupted run")
    run.add_argument("--accept", action="store_true", help="store this run as the baseline of later ones")
    run.add_argument("--verbose", action="store_true", help="list every missed question with its answer")


def run_command(
    options: argparse.Namespace, console: Console, *, reach: ModelOptions, results: Path, sandbox: Path
) -> int:
    """Run what the options name; 0 when the gate is green, 1 when it is red.

    Raises:
        StudyError: it could not run, or was interrupted; what is finished is kept.
    """
    plan = plan_of(options, results)
    if plan.left_out:
        count = len(plan.left_out)
        console.print(f"{count} questions are left out: their documents are not in {options.papers}.", markup=False)
    with nullcontext(str(options.home)) if options.home else tempfile.TemporaryDirectory() as home:
        red = 0
        if plan.suite != "agent":
            red = _run_questions(plan, options, console, reach, Path(home))
        if plan.suite in ("agent", "all"):
            _run_agent(plan, options, console, reach, Path(home), sandbox)
    return red


def _run_questions(plan: Plan, options: argparse.Namespace, console: Console, reach: ModelOptions, home: Path) -> int:
    judge_model = judge_of(options, reach, plan.out)
    started = time.perf_counter()
    with (
        _kept(plan, fresh=options.fresh) as kept,
        open_assistant(home, plan.paths, model=plan.model, options=reach) as (assistant, report),
    ):
        scorer = assistant.scorer()
        facts = {
            **_facts(plan),
            "questions": len(plan.cases),
            "pages": sum(file.pages for file in report.files),
            "passages": sum(file.chunks for file in report.files),
        }
        outcomes = _ask_all(plan, assistant, scorer, console, kept)
        if judge_model is not None:
            outcomes, told = judge_answers(judge_model, assistant.embedder, outcomes, console, price=options.price)
            facts |= told
        systems = [System(plan.model, tuple(outcomes)), *_beside(plan, assistant, scorer, options.beside)]
    facts["seconds"] = round(time.perf_counter() - started)
    baseline = load_scores(DATA / "baseline.json").get(plan.name, {})
    thresholds = load_thresholds(thresholds_file(plan.set), baseline=False)
    red = _red(outcomes, thresholds)
    write_results(plan, systems, facts, baseline, thresholds=thresholds, red=red)
    _print(console, plan, systems, baseline, facts, verbose=options.verbose)
    if options.accept:
        _accept(plan, outcomes, thresholds)
    for sentence in red:
        console.print(f"Below the bar: {sentence}.", style="red", markup=False)
    return 1 if red else 0


def _run_agent(
    plan: Plan, options: argparse.Namespace, console: Console, reach: ModelOptions, home: Path, sandbox: Path
) -> None:
    """Follow the tasks with all tools; code runs in the sandbox, arXiv is not reached."""
    from evals.run_agent import agent_tasks, follow_tasks, intervals_of, write_tasks

    tasks = agent_tasks(options.split, options.limit)
    opened = open_assistant(home, plan.paths, model=plan.model, options=reach, sandbox=sandbox)
    with opened as (assistant, _):
        outcomes = follow_tasks(tasks, assistant, console)
    path = plan.out / f"{plan.files.replace('-all-', '-agent-')}.json"
    write_tasks(path, outcomes, {**_facts(plan), "tasks": len(tasks)})
    for name, value in intervals_of(outcomes).items():
        label = METRICS[name].label
        console.print(f"{label}: {value.mean:.1%} ({value.low:.0%} to {value.high:.0%})", highlight=False)
    console.print(f"Report: {path.with_suffix('.html')}", highlight=False, soft_wrap=True, markup=False)


def _facts(plan: Plan) -> dict[str, Any]:
    return {
        "set": plan.set,
        "suite": plan.suite,
        "split": plan.split or "all",
        "model": plan.model,
        "documents": len(plan.paths),
        "measured at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def _ask_all(plan: Plan, assistant: OpenAssistant, scorer: Scorer, console: Console, kept: Kept) -> list[Outcome]:
    """Every question that has no finished result; a turn that failed is asked again by the next run."""
    outcomes = []
    for number, case in enumerate(plan.cases, start=1):
        outcome = kept.get(case)
        mark = "kept"
        if outcome is None:
            outcome = run_question(assistant, case, scorer=scorer, answers=plan.suite != "retrieval")
            mark = "miss" if outcome.missed else "ok"
            if not outcome.error:
                kept.add(case, outcome)
        outcomes.append(outcome)
        console.print(f"{number}/{len(plan.cases)} {mark:4} {outcome.seconds:5.2f} s  {case.id}", highlight=False)
    return outcomes


@contextmanager
def _kept(plan: Plan, *, fresh: bool) -> Iterator[Kept]:
    circumstances = [plan.suite, plan.model, code_digest(), files_digest(plan.paths)]
    kept = Kept(plan.out / f"{plan.files}.partial.jsonl", circumstances)
    if fresh:
        kept.forget()
    try:
        yield kept
    except KeyboardInterrupt:
        raise StudyError(
            "The run was interrupted.", hint="The finished results are kept: the same command goes on from there."
        ) from None
    kept.forget()


def _beside(plan: Plan, assistant: OpenAssistant, scorer: Scorer, names: Sequence[str]) -> list[System]:
    systems = []
    if "bm25" in names:
        search = keyword_search(assistant.library, lambda document_id: assistant.file(document_id).stem)
        systems.append(System("BM25 alone", tuple(run_search("bm25", search, plan.cases, scorer=scorer))))
    if "tutorial" in names:
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            tutorial_search(plan.paths, Path(folder)) as search,
        ):
            systems.append(System("tutorial pipeline", tuple(run_search("tutorial", search, plan.cases))))
    return systems


def _print(
    console: Console,
    plan: Plan,
    systems: Sequence[System],
    baseline: Scores,
    facts: dict[str, Any],
    *,
    verbose: bool,
) -> None:
    from rich.table import Table

    from evals.report import missed_lines

    table = Table(title=f"{plan.set} set, suite {plan.suite}, model {plan.model}: {len(plan.cases)} questions")
    for column in ("metric", *(system.name for system in systems), "change"):
        table.add_column(column, justify="left" if column == "metric" else "right")
    rows = {row.metric: row for row in rows_of(systems[0].outcomes, baseline)}
    others = [{row.metric: row for row in rows_of(system.outcomes)} for system in systems[1:]]
    for name, row in rows.items():
        cells = [f"{found.value.mean:.1%}" if (found := other.get(name)) else "" for other in others]
        value = f"{row.value.mean:.1%} ({row.value.low:.0%} to {row.value.high:.0%})"
        table.add_row(row.label, value, *cells, f"{row.change.mean:+.1%}" if row.change else "")
    console.print(table)
    for paragraph in missed_lines(systems[0].outcomes) if verbose else ():
        console.print(f"\n{paragraph}", markup=False, highlight=False, soft_wrap=True)
    for name, value in facts.items():
        if name.startswith("judge"):
            console.print(f"{name}: {value}", markup=False, highlight=False)
    console.print(f"Report: {plan.out / plan.files}.html", highlight=False, soft_wrap=True, markup=False)


def _red(outcomes: Sequence[Outcome], thresholds: Thresholds) -> list[str]:
    """The sentences of the gate; a metric that the suite does not measure is left out."""
    return faults([verdict for verdict in judge(outcomes, thresholds) if verdict.value or verdict.metric == "errors"])


def _accept(plan: Plan, outcomes: Sequence[Outcome], thresholds: Thresholds) -> None:
    path = DATA / "baseline.json"
    save_scores(path, {**load_scores(path), plan.name: thresholds.scores_of(outcomes)})
