"""The pictures of prerequisites: every node once, no overlap, edges go down, text is text."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from curriculum.load import load_curriculum
from ui.graph_layout import NODE_HEIGHT, NODE_WIDTH, crossings, lay_out
from ui.graph_picture import GraphNode, graph_svg


def needs_of(kind):
    curriculum = load_curriculum()
    return {one.id: one.prerequisite_ids for one in getattr(curriculum, kind)}


@pytest.mark.parametrize("kind", ["topics", "papers"])
def test_the_roadmaps_graphs_are_drawn_whole(kind):
    needs = needs_of(kind)
    layout = lay_out(needs)
    assert [node.id for node in layout.nodes] == list(needs)
    assert {(edge.source, edge.target) for edge in layout.edges} == {(a, b) for b, many in needs.items() for a in many}
    for one, other in combinations(layout.nodes, 2):
        apart = abs(one.x - other.x) >= NODE_WIDTH - 1e-6 or abs(one.y - other.y) >= NODE_HEIGHT - 1e-6
        assert apart, (one, other)
    for node in layout.nodes:
        assert 0 <= node.x <= layout.width - NODE_WIDTH
        assert 0 <= node.y <= layout.height - NODE_HEIGHT


@pytest.mark.parametrize("kind", ["topics", "papers"])
def test_edges_go_down_from_one_box_to_the_other_and_through_none(kind):
    layout = lay_out(needs_of(kind))
    boxes = {node.id: node for node in layout.nodes}
    for edge in layout.edges:
        heights = [y for _, y in edge.points]
        assert heights == sorted(heights)
        source, target = boxes[edge.source], boxes[edge.target]
        assert edge.points[0] == (source.x + NODE_WIDTH / 2, source.y + NODE_HEIGHT)
        assert edge.points[-1] == (target.x + NODE_WIDTH / 2, target.y)
        for x, y in edge.points[1:-1]:
            inside = [box for box in layout.nodes if box.y <= y <= box.y + NODE_HEIGHT]
            assert not [box for box in inside if box.x < x < box.x + NODE_WIDTH], edge


def test_a_layer_is_the_longest_way():
    layout = lay_out({"a": [], "b": ["a"], "c": ["b", "a"], "d": [], "e": ["c", "d", "unknown"]})
    assert {node.id: node.layer for node in layout.nodes} == {"a": 0, "b": 1, "c": 2, "d": 0, "e": 3}


def test_the_order_avoids_crossings_that_can_be_avoided():
    layout = lay_out({"a": [], "b": [], "c": [], "x": ["c"], "y": ["b"], "z": ["a"]})
    centre = {node.id: node.x for node in layout.nodes}
    assert (centre["a"] - centre["b"]) * (centre["z"] - centre["y"]) > 0
    assert (centre["b"] - centre["c"]) * (centre["y"] - centre["x"]) > 0
    assert crossings([["a", "b"], ["x", "y"]], {"x": ["b"], "y": ["a"]}) == 1
    assert crossings([["a", "b"], ["x", "y"]], {"x": ["a"], "y": ["b"]}) == 0


def test_a_chain_is_straight_and_the_same_every_time():
    needs = {"a": [], "b": ["a"], "c": ["b"]}
    assert len({node.x for node in lay_out(needs).nodes}) == 1
    assert lay_out(needs) == lay_out(needs)
    assert lay_out(needs_of("topics")) == lay_out(needs_of("topics"))


def test_a_circle_and_an_empty_graph():
    with pytest.raises(ValueError, match="circle"):
        lay_out({"a": ["b"], "b": ["a"]})
    assert lay_out({}).nodes == ()


LONG = "Attention is a very long title of a paper that goes on and on and says still more"
EVIL = '"><script>alert(1)</script> & <b>'


def test_all_text_of_the_picture_is_escaped():
    nodes = [
        GraphNode(EVIL, EVIL, (), "done", "<", EVIL, f"?read={EVIL}", EVIL),
        GraphNode("b", "B", (EVIL,), "open", "○", "open", "?read=topic:b", "topic:b"),
    ]
    svg = graph_svg("topics", EVIL, nodes)
    root = ElementTree.fromstring(svg)
    assert {element.tag.split("}")[1] for element in root.iter()} == {
        "svg", "defs", "marker", "path", "g", "a", "title", "rect", "text", "tspan",
    }  # fmt: skip
    assert root.get("aria-label") == EVIL
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", svg)


def test_a_node_says_its_state_without_colour_and_what_it_needs():
    nodes = [
        GraphNode("a", "Vectors", (), "done", "✓", "done", "?read=topic:a", "topic:a"),
        GraphNode("b", LONG, ("a",), "free", "○", "free",
                  "?read=topic:b", "topic:b"),
    ]  # fmt: skip
    root = ElementTree.fromstring(graph_svg("topics", "Topics", nodes))
    first, second = root.iter("{http://www.w3.org/2000/svg}a")
    assert first.get("aria-label") == "Vectors. done."
    assert second.get("aria-label").endswith("free. Needs: Vectors.")
    assert second.get("href") == "?read=topic:b"
    shown = [text for text in second.itertext() if text.strip()]
    assert "○" in shown
    assert "free" in shown
    assert any(text.endswith("…") for text in shown)
