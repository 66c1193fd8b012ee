"""The web side: what a reader, another user, another page or a stranger can reach over HTTP that is not theirs.

Two real pages run, one for the learner of this machine and one for users with a login, each in a process of its own
(the short form has the second only); what computes embeddings and the chat model are light. Each case sends requests
and says what went wrong.
Every group has cases that must succeed or be seen, so that a page that answers nothing does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evals.soak.counts import Count
from evals.soak.web_fetching import fetching
from evals.soak.web_origins import origins, rates, rebinding
from evals.soak.web_paths import clicks, paths, uploads
from evals.soak.web_starts import secrets, starts
from evals.soak.web_users import users
from evals.soak.web_world import Case, World, opened

if TYPE_CHECKING:
    from evals.soak.soak import Soak

SHORT_EACH = 12
"""The short form makes every so many-th case of a group that has many."""
FEW = 40
"""A group of so few cases is made whole."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that try one promise."""

    what: str
    asked: int
    """Fewest cases that the promise speaks of."""
    cases: Callable[[World, bool], Iterable[Case]]
    """Given whether the form is short."""


def _named_files(world: World, short: bool) -> Iterator[Case]:
    yield from paths()
    yield from clicks(world.alone.actions())


GROUPS = (
    Group("paths in addresses, calls and the page's own buttons lead to no file that is not the reader's", 200,
          _named_files),
    Group("uploads with names that lead elsewhere, too large or too many: refused, or kept in their folder", 40,
          lambda world, short: uploads()),
    Group("addresses that are named to the page, or that arXiv's answers lead to, are not asked", 250,
          lambda world, short: fetching()),
    Group("conversations, documents, files, quizzes, notes, exports and events of a user stay unseen and unchanged "
          "by others", 100, lambda world, short: users(world)),
    Group("acts that another page sends are refused", 240, lambda world, short: origins()),
    Group("names that were made to lead here are not answered", 30, lambda world, short: rebinding(world)),
    Group("starts that would let others in without a login are refused; Gradio's variables open nothing", 20,
          lambda world, short: starts(world, short=short)),
    Group("keys and passwords stand in no answer, log, trace, file or export", 25,
          lambda world, short: secrets(short=short)),
    Group("who guesses passwords or floods the page has to wait, and nobody else", 6,
          lambda world, short: rates(short=short)),
)  # fmt: skip
"""In their order: keys are looked for in what the groups before left, and after the last the readers have to wait."""


def measure(soak: Soak) -> Sequence[Count]:
    """Run the cases of all groups against the served pages.

    Raises:
        StudyError: a page does not start.
    """
    with opened(soak.folder("web") / ("short" if soak.short else "full"), short=soak.short) as world:
        return [counted(group, world, short=soak.short) for group in GROUPS]


def counted(group: Group, world: World, *, short: bool) -> Count:
    """The count of a group; a case that breaks off has failed."""
    cases = list(group.cases(world, short))
    if short and len(cases) > FEW:
        cases = [*cases[:-1:SHORT_EACH], cases[-1]]
    failed = []
    for case in cases:
        try:
            fault = case.run(world)
        except Exception as error:  # noqa: BLE001 - whatever it is, the case did not pass
            fault = f"{type(error).__name__}: {error}"
        if fault:
            failed.append(f"{case.name}: {fault[:200]}")
    return Count(what=group.what, tried=len(cases), failed=len(failed), asked=group.asked, note="; ".join(failed[:8]))
