"""From a question to sources: a plan of queries, a paged search that may fail, and a budget that is never exceeded."""

from __future__ import annotations

import json
import re
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
        if self.searches <= 0:
            self.exceeded = True
            raise BudgetSpentError("No search is left.")
        self.searches -= 1

    def spend_model_call(self) -> None:
        """Take one call of the model; raises BudgetSpentError when none is left."""
        if self.model_calls <= 0:
            self.exceeded = True
            raise BudgetSpentError("No call of the model is left.")
        self.model_calls -= 1


def make_plan(question: str, model: Model, budget: Budget) -> list[str]:
    """At most MAXIMUM_QUERIES different queries, in the model's order.

    The model is asked once, step "plan", for a JSON list of texts. Queries that differ only in case or spaces are one.
    When the reply is something else, the question itself is the only query.
    """
    budget.spend_model_call()
    reply = model("plan", f"Reply with a JSON list of up to {MAXIMUM_QUERIES} search queries for:\n{question}")
    try:
        value = json.loads(reply)
    except ValueError:
        value = None
    texts = [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
    queries: dict[str, str] = {}
    for text in texts:
        if plain(text):
            queries.setdefault(plain(text), text)
    return list(queries.values())[:MAXIMUM_QUERIES] or [question]


def collect(queries: Iterable[str], search: Search, budget: Budget, *, pages: int = 2, tries: int = 2) -> list[Source]:
    """The different sources of all queries, in the order they were found.

    Each query is read up to `pages` pages, fewer when a page is empty. A page that fails is tried `tries` times in all;
    then the query is given up and the next one begins. Each try costs a search. When no search is left, what was found
    so far is returned.
    """
    found: list[Source] = []
    try:
        for query in queries:
            for page in range(1, pages + 1):
                results = _page(query, page, search, budget, tries)
                if not results:
                    break
                found.extend(results)
    except BudgetSpentError:
        pass
    return different(found)


def different(sources: Iterable[Source]) -> list[Source]:
    """The sources without repetitions: one address once, and one text once, whatever its case, spaces and address."""
    kept: list[Source] = []
    addresses, texts = set(), set()
    for source in sources:
        if source.address not in addresses and plain(source.text) not in texts:
            kept.append(source)
        addresses.add(source.address)
        texts.add(plain(source.text))
    return kept


def plain(text: str) -> str:
    """The words and numbers of a text in lower case with single spaces."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _page(query: str, page: int, search: Search, budget: Budget, tries: int) -> list[Source]:
    """The results of one page; none when every try failed."""
    for _ in range(tries):
        budget.spend_search()
        try:
            return search(query, page)
        except SearchError:
            continue
    return []
