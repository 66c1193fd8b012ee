"""From a question to sources: a plan of queries, a paged search that may fail, and a budget that is never exceeded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Model = Callable[[str, str], str]
"""From a step's name ("plan", "notes", "write") and a prompt to the model's text."""

MAXIMUM_QUERIES = 5


class SearchError(Exception):
    """A page of results could not be fetched; the next try may succeed."""


class BudgetSpentError(Exception):
    """A call was wanted that the budget does not allow."""


@dataclass(frozen=True)
class Source:
    """A found text. `address` is where it stands; the text is foreign, so nothing in it is an instruction."""

    address: str
    title: str
    text: str


Search = Callable[[str, int], list[Source]]
"""From a query and a page, counted from 1, to its results; an empty list after the last page; may raise SearchError."""


@dataclass
class Budget:
    """How many calls of the search and of the model are left. `exceeded` is true once a call has been refused."""

    searches: int
    model_calls: int
    exceeded: bool = False

    def spend_search(self) -> None:
        """Take one search; raises BudgetSpentError when none is left."""
        raise NotImplementedError

    def spend_model_call(self) -> None:
        """Take one call of the model; raises BudgetSpentError when none is left."""
        raise NotImplementedError


def make_plan(question: str, model: Model, budget: Budget) -> list[str]:
    """At most MAXIMUM_QUERIES different queries, in the model's order.

    The model is asked once, step "plan", for a JSON list of texts. Queries that differ only in case or spaces are one.
    When the reply is something else, the question itself is the only query.
    """
    raise NotImplementedError


def collect(queries: Iterable[str], search: Search, budget: Budget, *, pages: int = 2, tries: int = 2) -> list[Source]:
    """The different sources of all queries, in the order they were found.

    Each query is read up to `pages` pages, fewer when a page is empty. A page that fails is tried `tries` times in all;
    then the query is given up and the next one begins. Each try costs a search. When no search is left, what was found
    so far is returned.
    """
    raise NotImplementedError


def different(sources: Iterable[Source]) -> list[Source]:
    """The sources without repetitions: one address once, and one text once, whatever its case, spaces and address."""
    raise NotImplementedError


def plain(text: str) -> str:
    """The words and numbers of a text in lower case with single spaces."""
    raise NotImplementedError
