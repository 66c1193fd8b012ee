"""Two pictures for the roadmap: which topic needs which, and which paper to read before which."""

from __future__ import annotations

from ui.graph_picture import GraphNode, graph_svg
from ui.roadmap_state import MARKS, RoadmapState
from ui.roadmap_topic import paper_item
from ui.translation import _


def _zoom() -> str:
    return (
        f'<div class="graph-tools" role="group" aria-label="{_("Zoom")}">'
        f'<button type="button" class="quiet-button" data-zoom="in" aria-label="{_("Larger")}">+</button>'
        f'<button type="button" class="quiet-button" data-zoom="out" aria-label="{_("Smaller")}">−</button>'
        f'<button type="button" class="quiet-button" data-zoom="reset">{_("Whole picture")}</button>'
        f'<span class="hint">{_("Drag to move; wheel or two fingers to zoom; Tab goes from box to box.")}</span></div>'
    )


def topic_graph(state: RoadmapState) -> str:
    """Which topic needs which, with how far each is."""
    nodes = []
    for topic in state.curriculum.topics:
        mark = state.mark(topic)
        shown = MARKS[mark]
        nodes.append(
            GraphNode(
                id=topic.id,
                title=topic.title,
                needs=topic.prerequisite_ids,
                state=mark,
                sign=shown.sign,
                caption=_(shown.caption),
                address=f"?read=topic:{topic.id}",
                opens=f"topic:{topic.id}",
            )
        )
    legend = " ".join(
        f'<span class="state-{mark}"><span class="mark" aria-hidden="true">{shown.sign}</span> {_(shown.words)}</span>'
        for mark, shown in MARKS.items()
    )
    return _frame(graph_svg("topics", _("Which topic needs which"), nodes), f'<p class="graph-legend">{legend}</p>')


def _frame(picture: str, legend: str) -> str:
    return (
        f'{legend}{_zoom()}<div class="graph-frame" tabindex="0" role="group" '
        f'aria-label="{_("Picture; plus and minus zoom, arrows move, 0 shows all")}">{picture}</div>'
    )


def papers_html(state: RoadmapState) -> str:
    """Which paper to read before which, and all of them as a list."""
    papers = state.curriculum.papers
    nodes = [
        GraphNode(
            id=paper.id,
            title=paper.title,
            needs=paper.prerequisite_ids,
            state="roadmap" if paper.origin == "roadmap" else "ours",
            sign="●" if paper.origin == "roadmap" else "+",
            caption=f"{paper.authors}, {paper.year}",
            address=f"?read=paper:{paper.id}",
            opens=f"paper:{paper.id}",
        )
        for paper in papers
    ]
    legend = (
        '<p class="graph-legend"><span class="state-roadmap"><span class="mark" aria-hidden="true">●</span> '
        f'{_("paper of the roadmap")}</span> <span class="state-ours"><span class="mark" aria-hidden="true">+</span> '
        f"{_('added by us')}</span></p>"
    )
    lines = "".join(f"<li>{paper_item(paper)}</li>" for paper in papers)
    title = _("All {count} papers as a list").format(count=len(papers))
    return (
        f"{_frame(graph_svg('papers', _('Which paper to read before which'), nodes), legend)}"
        f'<details class="part" data-keep="paper-list"><summary><span class="part-title">{title}</span></summary>'
        f'<ul class="material">{lines}</ul></details>'
    )
