"""Where the nodes of a graph of prerequisites stand: layers from top to bottom, few crossings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

NODE_WIDTH, NODE_HEIGHT = 204.0, 76.0
COLUMN_GAP, ROW_GAP = 22.0, 46.0
MARGIN = 20.0
_BEND_WIDTH = 10.0
"""Room for an edge that passes a layer."""
_SWEEPS = 24
_ALIGNMENTS = 12

Point = tuple[float, float]
_Layers = list[list[str]]
_Links = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A node's box; x and y are those of its upper left corner."""

    id: str
    x: float
    y: float
    layer: int


@dataclass(frozen=True, slots=True)
class Edge:
    """From what is needed to what needs it, through `points` from top to bottom."""

    source: str
    target: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawn graph, in pixels at full size."""

    nodes: tuple[Placed, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


def lay_out(needs: Mapping[str, Sequence[str]]) -> Layout:
    """The layout of nodes that each name the nodes they need; names that are no node are left out.

    A node's layer is the longest way to it, so every edge goes down. Within the layers the order is improved by the
    mean place of the neighbours (Sugiyama's barycentre rule), and the order with the fewest crossings is kept.
    """
    known = {node: [one for one in dict.fromkeys(needed) if one in needs] for node, needed in needs.items()}
    layer = _longest_ways(known)
    layers, above, chains = _with_bends(known, layer)
    layers = _ordered(layers, above)
    centres = _centres(layers, above)
    left = min((centres[one] - _width(one) / 2 for one in centres), default=0.0) - MARGIN
    placed = tuple(
        Placed(node, centres[node] - left - NODE_WIDTH / 2, _top(layer[node]), layer[node]) for node in known
    )
    edges = tuple(
        Edge(source, target, _points(chain, layer[source], centres, left)) for (source, target), chain in chains.items()
    )
    right = max((centres[one] + _width(one) / 2 for one in centres), default=0.0)
    height = _top(len(layers)) - ROW_GAP + MARGIN if layers else 2 * MARGIN
    return Layout(placed, edges, right - left + MARGIN, height)


def _longest_ways(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The layer of each node.

    Raises:
        ValueError: the nodes need each other in a circle.
    """
    layer: dict[str, int] = {}
    while len(layer) < len(needs):
        ready = [node for node in needs if node not in layer and all(one in layer for one in needs[node])]
        if not ready:
            raise ValueError("the graph has a circle")
        for node in ready:
            layer[node] = 1 + max((layer[one] for one in needs[node]), default=-1)
    return layer


def _with_bends(
    needs: Mapping[str, Sequence[str]], layer: Mapping[str, int]
) -> tuple[_Layers, dict[str, list[str]], dict[tuple[str, str], list[str]]]:
    """Layers in which long edges have a bend on each layer they pass, who is above whom, and each edge's chain."""
    layers: _Layers = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    above: dict[str, list[str]] = {}
    chains: dict[tuple[str, str], list[str]] = {}
    for node in needs:
        layers[layer[node]].append(node)
        above[node] = []
    for target, needed in needs.items():
        for source in needed:
            chain = [source]
            for row in range(layer[source] + 1, layer[target]):
                bend = f"\0{source}\0{target}\0{row}"
                layers[row].append(bend)
                above[bend] = [chain[-1]]
                chain.append(bend)
            above[target].append(chain[-1])
            chains[source, target] = [*chain, target]
    return layers, above, chains


def _reversed(above: _Links) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {node: [] for node in above}
    for node, upper in above.items():
        for one in upper:
            below[one].append(node)
    return below


def _ordered(layers: _Layers, above: _Links) -> _Layers:
    below = _reversed(above)
    best, fewest = layers, crossings(layers, above)
    current = [list(row) for row in layers]
    for sweep in range(_SWEEPS):
        downward = sweep % 2 == 0
        rows = range(1, len(current)) if downward else range(len(current) - 2, -1, -1)
        for row in rows:
            place = {node: index for index, node in enumerate(current[row - 1 if downward else row + 1])}
            links = above if downward else below
            current[row] = _by_barycentre(current[row], links, place)
        found = crossings(current, above)
        if found < fewest:
            best, fewest = [list(row) for row in current], found
    return best


def _by_barycentre(row: Sequence[str], links: _Links, place: Mapping[str, int]) -> list[str]:
    def key(item: tuple[int, str]) -> tuple[float, int]:
        index, node = item
        places = [place[one] for one in links[node]]
        return (sum(places) / len(places) if places else float(index), index)

    return [node for _, node in sorted(enumerate(row), key=key)]


def crossings(layers: _Layers, above: _Links) -> int:
    """How many pairs of edges between neighbouring layers cross."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {node: index for index, node in enumerate(upper)}
        edges = [(place[one], index) for index, node in enumerate(lower) for one in above[node]]
        total += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for number, a in enumerate(edges) for b in edges[:number])
    return total


def _centres(layers: _Layers, above: _Links) -> dict[str, float]:
    """The middle of each node and bend: near the mean of its neighbours, without overlaps in its layer."""
    below = _reversed(above)
    centre: dict[str, float] = {}
    for row in layers:
        centre.update(zip(row, _spread(row, [0.0] * len(row)), strict=True))
    for turn in range(_ALIGNMENTS):
        for row in layers if turn % 2 == 0 else reversed(layers):
            wanted = []
            for node in row:
                near = [*above[node], *below[node]]
                wanted.append(sum(centre[one] for one in near) / len(near) if near else centre[node])
            centre.update(zip(row, _spread(row, wanted), strict=True))
    return centre


def _spread(row: Sequence[str], wanted: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep order and gaps: pooled means of neighbours."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (_width(left) + _width(right)) / 2 + COLUMN_GAP)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        pools.append((want - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, count), (last, many) = pools[-2], pools[-1]
            pools[-2:] = [((mean * count + last * many) / (count + many), count + many)]
    bases = [mean for mean, count in pools for _ in range(count)]
    return [base + offset for base, offset in zip(bases, offsets, strict=False)]


def _width(node: str) -> float:
    return _BEND_WIDTH if node.startswith("\0") else NODE_WIDTH


def _top(row: int) -> float:
    return MARGIN + row * (NODE_HEIGHT + ROW_GAP)


def _points(chain: Iterable[str], row: int, centres: Mapping[str, float], left: float) -> tuple[Point, ...]:
    """Out of the source's lower side, straight through the layers it passes, into the target's upper side."""
    points: list[Point] = []
    for index, node in enumerate(chain):
        x, top = centres[node] - left, _top(row + index)
        if index:
            points.append((x, top))
        points.append((x, top + NODE_HEIGHT))
    return tuple(points[:-1])
