"""The curriculum as the rest of the project sees it."""

from __future__ import annotations

from curriculum.contents import Contents
from curriculum.describe import describe


class Curriculum(Contents):
    """The roadmap, able to speak about itself."""

    __slots__ = ()

    def describe(self, topic: str = "") -> str:
        """What the roadmap says about a topic, part, paper or list; the whole path without a topic."""
        return describe(self, topic)

    @property
    def aliases(self) -> dict[str, str]:
        """Every name of a paper, to its arXiv id, or to its title when it is not on arXiv."""
        return {
            name: paper.arxiv_id or paper.title
            for paper in self.papers
            for name in dict.fromkeys((paper.title, *paper.aliases))
        }
