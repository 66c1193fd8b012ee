"""A graph of prerequisites as SVG: boxes that are links, a mark for each state, arrows between them. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ui.graph_layout import NODE_HEIGHT, NODE_WIDTH, Edge, Placed, lay_out
from ui.markup import escape_html
from ui.translation import _

_LINE_CHARACTERS = 21
_LINES = 3
_LINE_HEIGHT = 15.0


@dataclass(frozen=True, slots=True)
class GraphNode:
    """What one box of the picture shows."""

    id: str
    title: str
    needs: tuple[str, ...]
    state: str
    """A word of ours that the style knows, e.g. "done"."""
    sign: str
    """One character that tells the state without colour."""
    caption: str
    """The state in words, below the title."""
    address: str
    """The link's target within the page, e.g. "?read=paper:gpt2"."""
    opens: str
    """What the page opens on a click, e.g. "paper:gpt2"."""


def graph_svg(name: str, label: str, nodes: Sequence[GraphNode]) -> str:
    """The picture; `name` is a word of ours that no other picture of the page has."""
    layout = lay_out({node.id: node.needs for node in nodes})
    placed = {place.id: place for place in layout.nodes}
    edges = "".join(_edge(edge, name) for edge in layout.edges)
    boxes = "".join(_node(node, placed[node.id], nodes) for node in nodes)
    width, height = layout.width, layout.height
    return (
        f'<svg class="graph-picture" xmlns="http://www.w3.org/2000/svg" role="group" aria-label="{escape_html(label)}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" data-width="{width:.0f}" data-height="{height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">'
        f'<defs><marker id="arrow-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" '
        'markerUnits="userSpaceOnUse" orient="auto"><path class="graph-arrow" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
        f'<g aria-hidden="true">{edges}</g>{boxes}</svg>'
    )


def _edge(edge: Edge, name: str) -> str:
    (x, y), *rest = edge.points
    path = [f"M{x:.1f} {y:.1f}"]
    for (left, top), (right, bottom) in pairwise([(x, y), *rest]):
        middle = (top + bottom) / 2
        straight = abs(left - right) < 0.5
        path.append(
            f"V{bottom:.1f}"
            if straight
            else f"C{left:.1f} {middle:.1f} {right:.1f} {middle:.1f} {right:.1f} {bottom:.1f}"
        )
    return (
        f'<path class="graph-edge" data-from="{escape_html(edge.source)}" data-to="{escape_html(edge.target)}" '
        f'd="{" ".join(path)}" marker-end="url(#arrow-{name})"/>'
    )


def _node(node: GraphNode, place: Placed, nodes: Sequence[GraphNode]) -> str:
    titles = {one.id: one.title for one in nodes}
    needed = [titles[one] for one in node.needs if one in titles]
    needs = f" {_('Needs: {titles}.').format(titles='; '.join(needed))}" if needed else ""
    told = f"{node.title}. {node.caption}.{needs}"
    lines = textwrap.wrap(node.title, _LINE_CHARACTERS, max_lines=_LINES, placeholder=" …") or [""]
    x, y = place.x, place.y
    first = y + (NODE_HEIGHT - 16 - len(lines) * _LINE_HEIGHT) / 2 + 12
    spans = "".join(
        f'<tspan x="{x + 30:.1f}" y="{first + index * _LINE_HEIGHT:.1f}">{escape_html(line)}</tspan>'
        for index, line in enumerate(lines)
    )
    return (
        f'<a class="graph-node state-{node.state}" href="{escape_html(node.address)}" '
        f'data-node="{escape_html(node.id)}" data-opens="{escape_html(node.opens)}" aria-label="{escape_html(told)}">'
        f"<title>{escape_html(told)}</title>"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{NODE_WIDTH:.0f}" height="{NODE_HEIGHT:.0f}" rx="9"/>'
        f'<text class="graph-sign" x="{x + 17:.1f}" y="{y + NODE_HEIGHT / 2 + 1:.1f}" aria-hidden="true">'
        f"{escape_html(node.sign)}</text>"
        f'<text class="graph-title" aria-hidden="true">{spans}</text>'
        f'<text class="graph-caption" x="{x + 30:.1f}" y="{y + NODE_HEIGHT - 9:.1f}" aria-hidden="true">'
        f"{escape_html(textwrap.shorten(node.caption, 28, placeholder=' …'))}</text></a>"
    )
