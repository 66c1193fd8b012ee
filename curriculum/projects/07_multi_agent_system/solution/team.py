"""A supervisor and its specialists as a LangGraph graph: decide, work side by side, collect, and decide again."""

from __future__ import annotations

import operator
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from protocol import SUPERVISOR, Message, ProtocolError, check_message
from records import Assignment, Decision, Limits, Outcome, Span, Specialist, Supervisor, View, Work


@dataclass(frozen=True)
class Finished:
    """What one run of a specialist gave: its work, or why there is none."""

    message: Message
    work: Work | None
    fault: str
    seconds: float


class State(TypedDict):
    """What flows through the graph: tasks given out, and what came back, one entry a task."""

    ready: list[Message]
    finished: Annotated[list[Finished], operator.add]


def run_team(
    task: str, supervisor: Supervisor, specialists: Mapping[str, Specialist], limits: Limits | None = None
) -> Outcome:
    """Let the team work until the supervisor answers or a limit is reached.

    In a turn the supervisor decides once. Assignments whose needs are met run at the same time, those that wait begin
    when the keys stand on the board; what waits for a key that nobody is going to write is refused. Refused as well:
    specialists that are unknown or failed too often, and an assignment that is already done or under way (same
    receiver, same words). The reason for a refusal names the receiver.

    An exception of a specialist (with its text), a return value that is no Work, and an entry for a key that belongs
    to another become a failure message and touch nobody else's results. A turn brings something new when it changes
    the board or a specialist says what it has not said before.

    Results are written down in the order of their tasks. The trace has a line for each decision and then one for each
    work, failed ones too.
    """
    return _Run(task, supervisor, specialists, limits or Limits()).go()


class _Run:
    """One run: nodes of the graph that share an outcome. Only `work` runs in parallel, and it changes nothing."""

    def __init__(
        self, task: str, supervisor: Supervisor, specialists: Mapping[str, Specialist], limits: Limits
    ) -> None:
        self.task, self.supervisor, self.specialists, self.limits = task, supervisor, specialists, limits
        self.outcome = Outcome()
        self.waiting: list[Assignment] = []
        self.refused: list[str] = []
        self.given: set[tuple[str, str]] = set()
        self.failures: Counter[str] = Counter()
        self.turn = self.idle = self.collected = 0
        self.something_new, self.over = True, False

    def go(self) -> Outcome:
        graph = StateGraph(State)
        graph.add_node("decide", self.decide)
        graph.add_node("work", self.work)
        graph.add_node("collect", self.collect)
        graph.add_edge(START, "decide")
        graph.add_conditional_edges("decide", self.after_decide, ["work", "decide", END])
        graph.add_edge("work", "collect")
        graph.add_conditional_edges("collect", self.after_collect, ["work", "decide", END])
        start: State = {"ready": [], "finished": []}
        graph.compile().invoke(start, {"recursion_limit": 1000})
        return self.outcome

    def decide(self, state: State) -> dict[str, Any]:
        """Ask the supervisor and sort what it wants."""
        self.turn += 1
        self.idle = 0 if self.something_new else self.idle + 1
        self.something_new = False
        stop = self._limit_reached()
        if stop:
            self.outcome.stopped, self.over = stop, True
            return {"ready": []}
        view = View(self.task, self.turn, tuple(self.outcome.messages), self.outcome.board.snapshot(),
                    tuple(self._available()), tuple(self.refused))  # fmt: skip
        begun = time.perf_counter()
        decision: Decision = self.supervisor(view)
        seconds = time.perf_counter() - begun
        self.outcome.trace.append(Span(self.turn, SUPERVISOR, "decide", decision.tokens, seconds, worked=True))
        self.refused = []
        if decision.answer:
            self.outcome.answer, self.outcome.stopped, self.over = decision.answer, "answer", True
            return {"ready": []}
        self._accept(decision.assignments)
        return {"ready": self._begin()}

    def work(self, message: Message) -> dict[str, Any]:
        """Run one specialist; whatever it raises is caught here."""
        begun = time.perf_counter()
        work, fault = None, ""
        try:
            work = self.specialists[message.receiver](message.text, self.outcome.board.snapshot())
            if not isinstance(work, Work) or not work.text.strip():
                work, fault = None, "It returned no work."
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        return {"finished": [Finished(message, work, fault, time.perf_counter() - begun)]}

    def collect(self, state: State) -> dict[str, Any]:
        """Write down what came back, in the order in which the tasks were given, and begin what was waiting."""
        news = sorted(state["finished"][self.collected :], key=lambda finished: finished.message.number)
        self.collected = len(state["finished"])
        for finished in news:
            self._record(finished)
        return {"ready": self._begin()}

    def after_decide(self, state: State) -> list[Send] | str:
        """To the specialists, to the supervisor again when nothing could be given out, or to the end."""
        if self.over:
            return END
        return [Send("work", message) for message in state["ready"]] or "decide"

    def after_collect(self, state: State) -> list[Send] | str:
        """To the specialists that waited, or to the supervisor."""
        return [Send("work", message) for message in state["ready"]] or "decide"

    def _limit_reached(self) -> Literal["turns", "idle", "tokens"] | None:
        if sum(self.outcome.tokens.values()) >= self.limits.tokens:
            return "tokens"
        if self.idle >= self.limits.idle_turns:
            return "idle"
        return "turns" if self.turn > self.limits.turns else None

    def _available(self) -> list[str]:
        return [name for name in self.specialists if self.failures[name] < self.limits.failures]

    def _accept(self, assignments: tuple[Assignment, ...]) -> None:
        """Let wait what may be done, and say why the rest may not."""
        for assignment in assignments:
            key = _key(assignment.receiver, assignment.task)
            if assignment.receiver not in self._available():
                self.refused.append(f"{assignment.receiver} is unknown or has failed too often.")
            elif not key[1] or key in self.given:
                self.refused.append(f"{assignment.receiver} has done this already, or there is no task.")
            else:
                self.given.add(key)
                self.waiting.append(assignment)

    def _begin(self) -> list[Message]:
        """Messages for all whose needs are met; when there are none, what still waits is refused."""
        there = self.outcome.board.snapshot().keys()
        able = [each for each in self.waiting if set(each.needs) <= there and each.receiver in self._available()]
        if not able:
            self.refused += [f"{each.receiver} could not begin: {each.task}" for each in self.waiting]
            self.given -= {_key(each.receiver, each.task) for each in self.waiting}
            self.waiting = []
        self.waiting = [each for each in self.waiting if each not in able]
        return [self._send(SUPERVISOR, each.receiver, "task", each.task) for each in able]

    def _record(self, finished: Finished) -> None:
        """The result or failure as a message, the entries on the board, a line in the trace."""
        name, work, fault = finished.message.receiver, finished.work, finished.fault
        if work is not None:
            try:
                before = self.outcome.board.snapshot()
                self.outcome.board.write(name, work.entries)
                self.something_new |= self.outcome.board.snapshot() != before or not self._said(name, work.text)
                self._send(name, SUPERVISOR, "result", work.text, finished.message.number)
            except ProtocolError as error:
                fault = str(error)
        if fault:
            self.failures[name] += 1
            self.given.discard(_key(name, finished.message.text))
            self._send(name, SUPERVISOR, "failure", fault, finished.message.number)
        tokens = work.tokens if work else 0
        self.outcome.trace.append(Span(self.turn, name, "work", tokens, finished.seconds, worked=not fault))

    def _said(self, name: str, text: str) -> bool:
        return any(message.sender == name and message.text == text for message in self.outcome.messages)

    def _send(
        self,
        sender: str,
        receiver: str,
        kind: Literal["task", "result", "failure"],
        text: str,
        reply_to: int | None = None,
    ) -> Message:
        message = Message(len(self.outcome.messages) + 1, sender, receiver, kind, text, reply_to)
        check_message(message, self.outcome.messages, self.specialists.keys())
        self.outcome.messages.append(message)
        return message


def _key(receiver: str, task: str) -> tuple[str, str]:
    """Equal for the same task to the same specialist, whatever its case and spaces."""
    return receiver, " ".join(task.lower().split())
