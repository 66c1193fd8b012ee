"""The evals tab as HTML: the newest run beside its bars and the run before, trends, missed questions, the last runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ui.evals_reading import EvalsState, Missed, Run
from ui.markup import escape_html
from ui.plots import Bar, trend_svg
from ui.translation import _, counted, ngettext

COMMAND = "python -m evals run --set small --suite retrieval"
TREND_RUNS = 20
"""Most runs in a trend."""
_SHOWN_RUNS = 20
_SHOWN_MISSED = 50
_MAIN = (
    "page_hit_5",
    "span_ndcg_10",
    "fact_stated",
    "refused",
    "citation_on_page",
    "claim_support",
    "tool_choice",
    "answer_holds",
)
"""The metrics that have a trend, those of them that were measured."""
_CARD = '<section class="progress-card">'


def evals_html(state: EvalsState) -> str:
    """The whole tab."""
    faults = "".join(f'<p class="failure" role="alert">{escape_html(fault)}</p>' for fault in state.faults)
    if state.shown is None:
        return f"{faults}{_teaching(state.folder)}"
    alike = [run for run in state.runs if run.kind == state.shown.kind]
    labels = state.file.labels if state.file else {}
    return (
        f'<div class="evals">{faults}{_newest(state, state.shown, alike[1] if len(alike) > 1 else None, labels)}'
        f"{_trends(alike[:TREND_RUNS], state.shown, labels)}{_missed(state)}{_runs(state.runs)}</div>"
    )


def kind_label(kind: Sequence[str]) -> str:
    """A kind of run in words, for a list to choose from."""
    name, split, suite, model, noun = kind
    told = _("{set} set, split {split}, suite {suite}, model {model}")
    if noun == "task":
        told = _("tasks, suite {suite}, model {model}")
    elif split == "all":
        told = _("{set} set, suite {suite}, model {model}")
    return told.format(set=name, split=split, suite=suite, model=model)


def _teaching(folder: Path) -> str:
    before = _(
        "A run asks questions with known answers and measures what was found and said. This one takes under a minute, "
        "needs no model and no papers of yours:"
    )
    then = _(
        "Then open this tab again. It shows what is in {folder}: figures beside what they must reach, what changed "
        "since the run before, and the missed questions."
    ).format(folder=f"<code>{escape_html(str(folder))}</code>")
    return (
        f"{_CARD}<h2>{_('No run is here yet')}</h2><p>{before}</p><p><code>{COMMAND}</code></p><p>{then}</p></section>"
    )


# The newest run


def _newest(state: EvalsState, run: Run, before: Run | None, labels: Mapping[str, str]) -> str:
    red = "".join(f"<li>{escape_html(sentence)}.</li>" for sentence in run.red or ())
    told = _("There is no earlier run of this kind.")
    if before:
        told = _("The run before: {time}, {count} asked.").format(time=before.when, count=before.count)
    means = _(
        "In brackets: the 95% interval of the mean. What must be reached exactly must be by the mean itself, the rest "
        "by the interval."
    )
    head = _("Newest run: {kind}").format(kind=escape_html(kind_label(run.kind)))
    heads = (_("Figure"), _("now"), _("must reach"), _("before"), _("change"))
    rows = "".join(_row(name, state, run, before, labels) for name in run.metrics)
    return (
        f"{_CARD}<h2>{head}</h2>"
        f"<p>{_asked(run)} <b>{_gate(run)}</b></p>"
        f'{f"<ul>{red}</ul>" if red else ""}<p class="hint">{told} {means}</p>'
        f'<div class="table-frame" tabindex="0" role="region" aria-label="{_("Figures of the newest run")}">'
        f'<table class="plot-table"><thead><tr>{"".join(f"<th>{one}</th>" for one in heads)}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_report(state)}</section>"
    )


def _row(name: str, state: EvalsState, run: Run, before: Run | None, labels: Mapping[str, str]) -> str:
    now, bar = run.metrics[name], run.bars.get(name)
    span = state.file.intervals.get(name) if state.file else None
    earlier = before.metrics.get(name) if before else None
    cells = (
        f"{now:.1%}" + (f" ({_('{low:.0%} to {high:.0%}').format(low=span[0], high=span[1])})" if span else ""),
        "" if bar is None else _("{bar:.0%} exactly").format(bar=bar) if name in run.strict else f"{bar:.0%}",
        "" if earlier is None else f"{earlier:.1%}",
        "" if earlier is None else _("{change:+.1f} points").format(change=100 * (now - earlier)),
    )
    return f"<tr><td>{escape_html(_label(name, labels))}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _report(state: EvalsState) -> str:
    """Where the page of the run is: files of the machine are not served here, so it is named, not linked."""
    if state.file is None:
        told = _("The JSON of this run is not there; a new run writes it again.")
        return f'<p class="hint">{told}</p>'
    page = state.file.path.with_suffix(".html")
    if not page.is_file():
        return ""
    told = _("All questions with answers and passages: {file}. It opens with {command}").format(
        file=f"<code>{escape_html(str(page))}</code>",
        command=f"<code>python -m webbrowser -t {escape_html(page.resolve().as_uri())}</code>",
    )
    return f"<p>{told}</p>"


def _asked(run: Run) -> str:
    if run.noun == "task":
        told = ngettext("{time}, {count} task asked.", "{time}, {count} tasks asked.", run.count)
    else:
        told = ngettext("{time}, {count} question asked.", "{time}, {count} questions asked.", run.count)
    return told.format(time=run.when, count=run.count)


def _label(name: str, labels: Mapping[str, str]) -> str:
    return labels.get(name) or name.replace("_", " ")


def _gate(run: Run) -> str:
    if run.red is None:
        return _("No gate was recorded.")
    if not run.red:
        return _("Gate green.")
    return counted("Gate red: {count} fault.", "Gate red: {count} faults.", len(run.red))


# Trends


def _trends(alike: Sequence[Run], newest: Run, labels: Mapping[str, str]) -> str:
    plots = "".join(_trend(name, alike, newest, labels) for name in _MAIN if name in newest.metrics)
    if not plots:
        return ""
    told = _(
        "Runs of the same set, split, suite and model, the newest at the right. Dashed: what the figure must reach."
    )
    return f'{_CARD}<h2>{_("Trends")}</h2><p class="hint">{told}</p><div class="progress-pair">{plots}</div></section>'


def _trend(name: str, alike: Sequence[Run], newest: Run, labels: Mapping[str, str]) -> str:
    runs = [run for run in reversed(alike) if name in run.metrics]
    ends = {0, len(runs) - 1}
    points = [
        Bar(run.when[5:10] if place in ends else "", f"{run.when}: {run.metrics[name]:.1%}", run.metrics[name])
        for place, run in enumerate(runs)
    ]
    title = _label(name, labels)
    told = f"{title}: " + "; ".join(point.told for point in points)
    return f"<div><h3>{escape_html(title)}</h3>{trend_svg(told, points, threshold=newest.bars.get(name))}</div>"


# Missed questions and the last runs


def _missed(state: EvalsState) -> str:
    if state.file is None:
        return ""
    missed = state.file.missed
    if not missed:
        return f"{_CARD}<h2>{_('Missed questions: none')}</h2></section>"
    lines = "".join(map(_one_missed, missed[:_SHOWN_MISSED]))
    rest = len(missed) - _SHOWN_MISSED
    more = f"<p>{counted('And {count} more in the report.', 'And {count} more in the report.', rest)}</p>"
    more = more if rest > 0 else ""
    head = _("Missed questions: {count}").format(count=len(missed))
    return (
        f"{_CARD}<h2>{head}</h2><details><summary>{_('What was missing')}</summary>"
        f'<ul class="attempts">{lines}</ul>{more}</details></section>'
    )


def _one_missed(one: Missed) -> str:
    told = _("Right: {pages}.").format(pages=escape_html(one.right))
    right = f' <span class="hint">{told}</span>' if one.right else ""
    return f"<li><b>{escape_html(one.question)}</b> {escape_html('; '.join(one.faults))}.{right}</li>"


def _runs(runs: Sequence[Run]) -> str:
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{escape_html(cell)}</td>"
            for cell in (run.when, run.set, run.split, run.suite, run.model, str(run.count), _gate(run))
        )
        + "</tr>"
        for run in runs[:_SHOWN_RUNS]
    )
    rest = len(runs) - _SHOWN_RUNS
    more = f"<p>{counted('And {count} older.', 'And {count} older.', rest)}</p>" if rest > 0 else ""
    title = _("The last runs")
    heads = (_("When"), _("set"), _("split"), _("suite"), _("model"), _("asked"), _("gate"))
    return (
        f'{_CARD}<h2>{title}</h2><div class="table-frame" tabindex="0" role="region" aria-label="{title}">'
        f'<table class="plot-table"><thead><tr>{"".join(f"<th>{one}</th>" for one in heads)}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}</section>"
    )
