"""`python -m evals run`: ask the questions, keep what is finished, and write the figures as JSON and as a page."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import StudyError
from evals.assistant import OpenAssistant, library_files, open_assistant
from evals.baselines import keyword_search, run_search, tutorial_search
from evals.cases import Case, cases_of, check_spans, without_files
from evals.keeping import Kept, code_digest, files_digest
from evals.outcome import Outcome
from evals.run import run_question
from evals.scoring import Scorer
from evals.tables import System, figures_of, rows_of
from evals.thresholds import Scores, faults, judge, load_scores, load_thresholds, save_scores

if TYPE_CHECKING:
    from rich.console import Console

    from agent.llm import ModelOptions

SUITES = ("retrieval", "answers", "agent", "judge", "all")
SETS = ("golden", "questions", "small")
SPLITS = ("dev", "test", "bar")
BESIDE = ("bm25", "tutorial")
DATA = Path(__file__).parent / "data"
SMALL = DATA / "small"


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
    run.add_argument("--beside", choices=BESIDE, nargs="*", default=[], help="searches that are measured beside")
    run.add_argument("--papers", type=Path, default=papers, help="folder of the PDFs")
    run.add_argument("--without-notes", action="store_true", help="leave the teaching notes out")
    run.add_argument("--home", type=Path, help="data folder to keep and use again; a fresh one when left out")
    run.add_argument("--out", type=Path, help="folder for the results; `evals` in the data folder when left out")
    run.add_argument("--fresh", action="store_true", help="do not go on with an interrupted run")
    run.add_argument("--accept", action="store_true", help="store this run as the baseline of later ones")
    run.add_argument("--verbose", action="store_true", help="list every missed question with its answer")


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it starts."""

    suite: str
    set: str
    model: str
    cases: tuple[Case, ...]
    paths: tuple[Path, ...]
    out: Path

    @property
    def name(self) -> str:
        """Names the run's files, and its entry in the baseline."""
        return f"{self.set}-{self.suite}-{self.model.replace('/', '-').replace(':', '-')}"


def run_command(options: argparse.Namespace, console: Console, *, reach: ModelOptions, results: Path) -> int:
    """Run what the options name; 0 when the gate is green, 1 when it is red.

    Raises:
        StudyError: it could not run, or was interrupted by a fault; what is finished is kept.
    """
    plan = plan_of(options, results)
    for line in _dropped(plan, options):
        console.print(line, markup=False)
    folder = nullcontext(str(options.home)) if options.home else tempfile.TemporaryDirectory()
    started = time.perf_counter()
    with folder as home, open_assistant(Path(home), plan.paths, model=plan.model, options=reach) as (assistant, report):
        scorer = assistant.scorer()
        facts = {
            "set": plan.set,
            "suite": plan.suite,
            "model": plan.model,
            "questions": len(plan.cases),
            "documents": len(plan.paths),
            "pages": sum(file.pages for file in report.files),
            "passages": sum(file.chunks for file in report.files),
            "measured at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        }
        outcomes = _ask_all(plan, assistant, scorer, console, fresh=options.fresh)
        systems = [System(plan.model, tuple(outcomes))]
        systems += _beside(plan, assistant, scorer, options.beside)
    facts["seconds"] = round(time.perf_counter() - started)
    baseline = load_scores(DATA / "baseline.json").get(plan.name, {})
    write_results(plan, systems, facts, baseline)
    _print(console, plan, systems, baseline, verbose=options.verbose)
    if options.accept:
        _accept(plan, outcomes)
    return _gate(console, plan, outcomes)


def plan_of(options: argparse.Namespace, results: Path) -> Plan:
    """What the options ask for, its data checked.

    Raises:
        StudyError: the data has faults, a span does not stand in its source, or nothing is left to ask.
    """
    name = options.set or ("questions" if options.split == "bar" else "golden")
    papers = SMALL if name == "small" else options.papers
    paths = tuple(library_files(papers, notes=name != "small" and not options.without_notes))
    files = {path.stem: path for path in paths}
    cases = [case for case in load_cases(name) if options.split in (None, case.split)]
    cases, _ = without_files(cases, files)
    check_spans(cases, files)
    if options.limit:
        cases = evenly(cases, options.limit)
    if not cases:
        raise StudyError(
            f"No question of the {name} set is left to ask.", hint="Choose another --split, or name the --papers."
        )
    return Plan(options.suite, name, options.model, tuple(cases), paths, options.out or results)


def load_cases(name: str) -> list[Case]:
    """The cases of the golden set or of the earlier questions."""
    if name == "golden":
        from evals.golden_reading import load_golden

        return cases_of(load_golden())
    from evals.questions import DEFAULT_FILE, load_questions

    return cases_of(load_questions(SMALL / "questions.toml" if name == "small" else DEFAULT_FILE))


def thresholds_file(name: str) -> Path:
    """The file of the set's thresholds."""
    return SMALL / "thresholds.toml" if name == "small" else DATA / f"{name}-thresholds.toml"


def evenly(cases: Sequence[Case], count: int) -> list[Case]:
    """So many of the cases, at equal distances, so that every part of the set has its share."""
    if count >= len(cases):
        return list(cases)
    return [cases[place * len(cases) // count] for place in range(count)]


def write_results(plan: Plan, systems: Sequence[System], facts: dict[str, Any], baseline: Scores) -> None:
    """Write the figures with every answer (JSON), the page, and a line for the trend of later runs."""
    from evals.html_report import html_report

    plan.out.mkdir(parents=True, exist_ok=True)
    values = {
        "facts": facts,
        "systems": [figures_of(system, baseline if number == 0 else None) for number, system in enumerate(systems)],
        "questions": [outcome.to_dict() for outcome in systems[0].outcomes],
    }
    text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
    (plan.out / f"{plan.name}.json").write_text(text, encoding="utf-8")
    page = html_report(systems, facts, baseline)
    (plan.out / f"{plan.name}.html").write_text(page, encoding="utf-8")
    means = {row.metric: round(row.value.mean, 4) for row in rows_of(systems[0].outcomes)}
    with (plan.out / "history.jsonl").open("a", encoding="utf-8") as history:
        history.write(json.dumps({**facts, "metrics": means}) + "\n")


def _ask_all(plan: Plan, assistant: OpenAssistant, scorer: Scorer, console: Console, *, fresh: bool) -> list[Outcome]:
    with _kept(plan, console, fresh=fresh) as kept:
        outcomes = []
        for number, case in enumerate(plan.cases, start=1):
            outcome = kept.get(case)
            mark = "kept"
            if outcome is None:
                outcome = run_question(assistant, case, scorer=scorer, answers=plan.suite != "retrieval")
                kept.add(case, outcome)
                mark = "miss" if outcome.missed else "ok"
            outcomes.append(outcome)
            console.print(f"{number}/{len(plan.cases)} {mark:4} {outcome.seconds:5.2f} s  {case.id}", highlight=False)
    return outcomes


@contextmanager
def _kept(plan: Plan, console: Console, *, fresh: bool) -> Iterator[Kept]:
    circumstances = [plan.suite, plan.model, code_digest(), files_digest(plan.paths)]
    kept = Kept(plan.out / f"{plan.name}.partial.jsonl", circumstances)
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


def _print(console: Console, plan: Plan, systems: Sequence[System], baseline: Scores, *, verbose: bool) -> None:
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
    console.print(f"Report: {plan.out / plan.name}.html", highlight=False, soft_wrap=True, markup=False)


def _gate(console: Console, plan: Plan, outcomes: Sequence[Outcome]) -> int:
    """Compare with the thresholds of the set; a metric that the suite does not measure is left out."""
    thresholds = load_thresholds(thresholds_file(plan.set), baseline=False)
    red = faults([verdict for verdict in judge(outcomes, thresholds) if verdict.value or verdict.metric == "errors"])
    for sentence in red:
        console.print(f"Below the bar: {sentence}.", style="red", markup=False)
    return 1 if red else 0


def _accept(plan: Plan, outcomes: Sequence[Outcome]) -> None:
    thresholds = load_thresholds(thresholds_file(plan.set), baseline=False)
    path = DATA / "baseline.json"
    save_scores(path, {**load_scores(path), plan.name: thresholds.scores_of(outcomes)})


def _dropped(plan: Plan, options: argparse.Namespace) -> list[str]:
    _, dropped = without_files(load_cases(plan.set), [path.stem for path in plan.paths])
    if not dropped:
        return []
    return [f"{len(dropped)} questions are left out: their documents are not in {options.papers}."]
