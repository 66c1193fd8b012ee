"""One HTML file with the figures of a run, plots, and every question with its passages; it loads nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from evals.bootstrap import Interval
from evals.html_text import marked
from evals.metrics import METRICS
from evals.outcome import Found, Outcome
from evals.plots import COLOURS, bar_chart
from evals.spans import holds
from evals.tables import Row, System, grouped, rows_of, seconds_of
from evals.thresholds import Scores

STYLE = Path(__file__).parent / "data" / "report.css"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""No script, no picture, nothing from anywhere: a passage that slipped through as markup could do nothing."""
SHOWN_PASSAGES = 5


def html_report(systems: Sequence[System], facts: Mapping[str, Any], baseline: Scores | None = None) -> str:
    """The whole page. The first system is ours; the questions are shown for it."""
    ours = systems[0]
    sections = [
        _metrics_section(systems, baseline),
        _plot_section(systems),
        *[_group_section(ours.outcomes, name) for name in ("split", "kind")],
        _seconds_section(systems),
        _questions_section(ours.outcomes),
    ]
    return page_of(f"Evaluation of {ours.name}", facts, sections)


def page_of(title: str, facts: Mapping[str, Any], sections: Sequence[str]) -> str:
    """The frame of a page: its style, its policy, a heading and the facts; `sections` are HTML."""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{escape(title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>",
        f"<body><h1>{escape(title)}</h1>",
        f"<p class='facts'>{' · '.join(escape(f'{name}: {value}') for name, value in facts.items())}</p>",
        *sections,
        "</body></html>",
    ]
    return "\n".join(parts)


def _metrics_section(systems: Sequence[System], baseline: Scores | None) -> str:
    tables = [{row.metric: row for row in rows_of(system.outcomes)} for system in systems]
    ours = {row.metric: row for row in rows_of(systems[0].outcomes, baseline)}
    names = [name for name in METRICS if any(name in table for table in tables)]
    changes = any(row.change for row in ours.values())
    head = ["metric", *(system.name for system in systems), *(["change"] if changes else [])]
    body = []
    for name in names:
        cells = [_value_cell(table.get(name)) for table in [ours, *tables[1:]]]
        change = [_change_cell(ours.get(name))] if changes else []
        body.append([escape(METRICS[name].label), *cells, *change])
    note = "Mean over the questions that have the metric; in brackets the 95 per cent interval by drawing them again."
    if changes:
        note += " Change: against the stored baseline, over the questions that both have."
    return f"<h2>Figures</h2><p class='facts'>{note}</p>{table_of(head, body)}"


def _plot_section(systems: Sequence[System]) -> str:
    shown = systems[:COLOURS]
    tables = [{row.metric: row.value for row in rows_of(system.outcomes)} for system in shown]
    rows: list[tuple[str, list[Interval | None]]] = [
        (entry.label, [table.get(name) for table in tables])
        for name, entry in METRICS.items()
        if any(name in table for table in tables)
    ]
    legend = "".join(
        f"<span><i class='bar{number}'></i>{escape(system.name)}</span>" for number, system in enumerate(shown)
    )
    return f"<h2>Plot</h2><p class='legend'>{legend}</p>{bar_chart(rows, 'All metrics')}"


def _group_section(outcomes: Sequence[Outcome], field: str) -> str:
    groups = grouped(outcomes, lambda outcome: str(getattr(outcome, field)))
    tables = {name: {row.metric: row for row in rows_of(part)} for name, part in groups.items()}
    names = [name for name in METRICS if any(name in table for table in tables.values())]
    head = ["metric", *(f"{name} ({len(part)})" for name, part in groups.items())]
    body = [
        [escape(METRICS[name].label), *(_short_cell(table.get(name)) for table in tables.values())] for name in names
    ]
    return f"<h2>By {field}</h2>{table_of(head, body)}"


def _seconds_section(systems: Sequence[System]) -> str:
    head = ["system", "answer, median", "answer, 95th percentile", "search, median", "search, 95th percentile"]
    body = [
        [escape(system.name), *(f"{value:.3f} s" if value else "" for value in seconds_of(system.outcomes).values())]
        for system in systems
    ]
    return f"<h2>Time</h2>{table_of(head, body)}"


def _questions_section(outcomes: Sequence[Outcome]) -> str:
    missed = [outcome for outcome in outcomes if outcome.missed]
    others = [outcome for outcome in outcomes if not outcome.missed]
    return "\n".join(
        [
            f"<h2>Missed questions ({len(missed)})</h2>",
            *map(_question, missed),
            f"<h2>Other questions ({len(others)})</h2>",
            *map(_question, others),
        ]
    )


def _question(outcome: Outcome) -> str:
    css = " class='missed'" if outcome.missed else ""
    scores = " · ".join(f"{METRICS[name].label} {value:.2f}" for name, value in outcome.scores.items())
    right = ", ".join(map(str, outcome.right_pages)) or "none: the right reply is a refusal"
    quotes = [span.quote for span in outcome.evidence]
    parts = [
        f"<details{css}><summary>{escape(outcome.question)} <span class='id'>{escape(outcome.id)}, "
        f"{escape(outcome.kind)}, {escape(outcome.split)}</span></summary>",
        f"<p><b>Right pages:</b> {escape(right)}</p>",
        f"<p><b>Reference:</b> {escape(outcome.reference)}</p>" if outcome.reference else "",
        _answer(outcome),
        f"<p><b>Found:</b> {len(outcome.found)} passages</p>" if outcome.found else "",
        *[_passage(item, outcome, quotes) for item in outcome.found[:SHOWN_PASSAGES]],
        f"<p class='verdict'>{escape(scores)}</p></details>",
    ]
    return "".join(parts)


def _answer(outcome: Outcome) -> str:
    if outcome.error:
        return f"<p class='down'><b>Error:</b> {escape(outcome.error)}</p>"
    if not outcome.answer:
        return ""
    claims = "".join(
        f"<li>{escape(claim.text)} <span class='verdict'>{escape(claim.support)}"
        f"{', numbers not on the cited pages: ' + str(claim.missing_numbers) if claim.missing_numbers else ''}</span>"
        "</li>"
        for claim in outcome.claims
    )
    cited = "".join(
        f"<blockquote{' class=right' if item.on_page else ''}><cite>[{item.number}] "
        f"{escape(item.document)}#{item.page_number}, {'on its page' if item.on_page else 'NOT on its page'}"
        f"</cite>{escape(item.quote)}</blockquote>"
        for item in outcome.citations
    )
    listed = f"<p><b>Its claims:</b></p><ul class='claims'>{claims}</ul>" if claims else ""
    answer = f"<p><b>Answer:</b></p><blockquote>{escape(outcome.answer)}</blockquote>"
    return f"{answer}{listed}{'<p><b>Cited spans:</b></p>' + cited if cited else ''}"


def _passage(item: Found, outcome: Outcome, quotes: Sequence[str]) -> str:
    is_right = item.page in outcome.right_pages
    held = any(holds(item.text, quote) for quote in quotes)
    said = "right page, holds the evidence" if is_right and held else "right page" if is_right else ""
    css = " class='right'" if is_right else ""
    text = marked(item.text, quotes if is_right else ())
    return f"<blockquote{css}><cite>{escape(str(item.page))} {said}</cite>{text}</blockquote>"


def _value_cell(row: Row | None) -> str:
    if row is None:
        return ""
    value = row.value
    return f"{value.mean:.1%} <span class='range'>({value.low:.1%} to {value.high:.1%}, {value.count})</span>"


def _short_cell(row: Row | None) -> str:
    return f"{row.value.mean:.1%}" if row else ""


def _change_cell(row: Row | None) -> str:
    if row is None or row.change is None:
        return ""
    change = row.change
    css = "down" if change.high < 0 else "up" if change.low > 0 else "range"
    return f"<span class='{css}'>{change.mean:+.1%} ({change.low:+.1%} to {change.high:+.1%})</span>"


def table_of(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """`head` is plain text, `body` is HTML."""
    top = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
    return f"<div class='wide'><table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>"
