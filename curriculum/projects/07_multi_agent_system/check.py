"""Checks of project 7: made messages, and teams whose supervisor and specialists follow scripts."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any


def error_of(act: Callable[[], Any]) -> str:
    """The name of the exception that the act raises; "" when it raises none."""
    try:
        act()
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__
    return ""


def scripted(team: Any, decisions: list[Any], views: list[Any]) -> Callable[[Any], Any]:
    """A supervisor that plays its decisions in order, the last one again and again, and keeps what it saw."""

    def supervisor(view: Any) -> Any:
        views.append(view)
        decision = decisions[min(len(views), len(decisions)) - 1]
        return decision(view) if callable(decision) else decision

    return supervisor


def assign(team: Any, *tasks: tuple[Any, ...], tokens: int = 0) -> Any:
    """A decision with these (receiver, task, needed keys...) assignments."""
    return team.Decision(tuple(team.Assignment(who, what, tuple(needs)) for who, what, *needs in tasks), tokens=tokens)


def check_protocol(project: Any) -> None:
    """Messages that break a rule are refused: number, text, direction, and answers without an open task."""
    protocol = project.load("protocol")
    message = protocol.Message
    names = ["ann", "bob"]
    earlier = [message(1, "supervisor", "ann", "task", "Count."), message(2, "supervisor", "bob", "task", "Read.")]
    answered = [*earlier, message(3, "ann", "supervisor", "result", "7", 1)]
    good = [
        ([], message(1, "supervisor", "bob", "task", "Go.")),
        (earlier, message(3, "bob", "supervisor", "failure", "No book.", 2)),
        (answered, message(4, "bob", "supervisor", "result", "Done.", 2)),
    ]
    wrong = [
        (earlier, message(5, "ann", "supervisor", "result", "7", 1), "a number that is not the next"),
        (earlier, message(3, "ann", "supervisor", "result", "  ", 1), "no text"),
        (earlier, message(3, "supervisor", "cara", "task", "Go."), "an unknown receiver"),
        (earlier, message(3, "ann", "bob", "task", "Go."), "a task from a specialist"),
        (earlier, message(3, "ann", "bob", "result", "7", 1), "a result that goes to a specialist"),
        (earlier, message(3, "ann", "supervisor", "result", "7", 2), "an answer to the task of another"),
        (earlier, message(3, "ann", "supervisor", "result", "7"), "an answer to nothing"),
        (answered, message(4, "ann", "supervisor", "result", "8", 1), "a second answer to one task"),
        (answered, message(4, "ann", "supervisor", "failure", "8", 3), "an answer to an answer"),
        (earlier, message(3, "ann", "supervisor", "gossip", "7", 1), "an unknown kind"),
    ]
    for before, each in good:
        seen = error_of(lambda b=before, e=each: protocol.check_message(e, b, names))
        assert not seen, f"The right message {each} raised {seen}."
    for before, each, what in wrong:
        seen = error_of(lambda b=before, e=each: protocol.check_message(e, b, names))
        assert seen == "ProtocolError", f"A message with {what} gave {seen or 'no error'}; raise ProtocolError."


def check_board(project: Any) -> None:
    """A key belongs to its first author, versions are kept, and a refused write changes nothing."""
    protocol = project.load("protocol")
    board = protocol.Board()
    board.write("ann", {"count": "7", "unit": "km"})
    board.write("ann", {"count": "8"})
    seen = error_of(lambda: board.write("bob", {"note": "x", "count": "9"}))
    assert seen == "ProtocolError", f"Writing over the entry of another gave {seen or 'no error'}: raise ProtocolError."
    snapshot = board.snapshot()
    assert snapshot == {"count": "8", "unit": "km"}, f"The board is {snapshot}: a refused write must change nothing."
    assert board.history("count") == ["7", "8"], f"The history is {board.history('count')}, expected ['7', '8']."
    snapshot["count"] = "spoilt"
    assert board.snapshot()["count"] == "8", "Changing a snapshot changed the board: give out a copy."


def check_team_answers(project: Any) -> None:
    """Tasks reach their specialists, results and entries reach the supervisor, and its answer ends the work."""
    team, chance, views = project.load("team"), random.Random(73), []
    numbers = chance.sample(range(100, 999), 4)
    heard = []

    def adder(task: str, board: Any) -> Any:
        heard.append(task)
        return team.Work("Added.", {"sum": str(sum(map(int, task.split())))}, tokens=5)

    def checker(task: str, board: Any) -> Any:
        return team.Work(f"The sum is {board['sum']}.", tokens=7)

    first = assign(team, ("adder", " ".join(map(str, numbers))))
    last = lambda view: team.Decision(answer=view.messages[-1].text)  # noqa: E731
    supervisor = scripted(team, [first, assign(team, ("checker", "Check.")), last], views)
    outcome = team.run_team("Add.", supervisor, {"adder": adder, "checker": checker})
    expected = f"The sum is {sum(numbers)}."
    assert outcome.answer == expected, f"The answer is {outcome.answer!r}, expected {expected!r}."
    assert outcome.stopped == "answer", f"`stopped` is {outcome.stopped!r}, expected 'answer'."
    assert heard == [" ".join(map(str, numbers))], f"The adder was given {heard}."
    kinds = [(message.sender, message.kind) for message in outcome.messages]
    assert kinds == [("supervisor", "task"), ("adder", "result"), ("supervisor", "task"), ("checker", "result")], (
        f"The messages were {kinds}: each task is followed by its answer."
    )
    assert views[1].board == {"sum": str(sum(numbers))}, f"The supervisor saw the board {views[1].board}."


def check_side_by_side(project: Any) -> None:
    """Independent tasks run at the same time, and their order in the record does not depend on who is quick."""
    team = project.load("team")
    for _ in range(3):
        barrier = threading.Barrier(3, timeout=5)

        def meet(task: str, board: Any, barrier: threading.Barrier = barrier) -> Any:
            barrier.wait()
            if task == "first":
                threading.Event().wait(0.05)
            return team.Work(f"{task} done")

        tasks = [("ann", "first"), ("bob", "second"), ("cara", "third")]
        supervisor = scripted(team, [assign(team, *tasks), team.Decision(answer="ready")], [])
        outcome = team.run_team("Meet.", supervisor, dict.fromkeys(("ann", "bob", "cara"), meet))
        failed = [message.text for message in outcome.messages if message.kind == "failure"]
        assert not failed, f"Three tasks that wait for one another failed with {failed}: they did not run side by side."
        texts = [message.text for message in outcome.messages if message.kind == "result"]
        assert texts == ["first done", "second done", "third done"], (
            f"Results were written down as {texts}: sort them by their tasks, or no run can be compared with another."
        )


def check_needs(project: Any) -> None:
    """A task begins when what it needs is on the board; what can never begin is refused, not run."""
    team, views, order = project.load("team"), [], []

    def work(task: str, board: Any) -> Any:
        order.append((task, sorted(board)))
        return team.Work(f"{task} done", {task: "there"})

    tasks = [("bob", "roof", "walls"), ("cara", "walls", "floor"), ("ann", "floor"), ("dora", "garden", "seeds")]
    supervisor = scripted(team, [assign(team, *tasks), team.Decision(answer="house")], views)
    team.run_team("Build.", supervisor, dict.fromkeys(("ann", "bob", "cara", "dora"), work))
    expected = [("floor", []), ("walls", ["floor"]), ("roof", ["floor", "walls"])]
    assert order == expected, f"The work was done as {order}, expected {expected}."
    assert len(views) == 2, f"The supervisor decided {len(views)} times; one decision is enough for all that waits."
    refused = " ".join(views[1].refused)
    assert "dora" in refused, f"The supervisor was told {views[1].refused!r}; tell it that dora could not begin."


def check_limits(project: Any) -> None:
    """The team ends after its turns, and when its tokens are spent."""
    team = project.load("team")

    def work(task: str, board: Any) -> Any:
        return team.Work(f"{task} done", {task: "new"}, tokens=100)

    def more(view: Any) -> Any:
        return assign(team, ("ann", f"step {view.turn}"), tokens=10)

    views: list[Any] = []
    outcome = team.run_team("Go.", scripted(team, [more], views), {"ann": work}, team.Limits(turns=5))
    assert len(views) == 5, f"The supervisor decided {len(views)} times with a limit of 5 turns."
    assert outcome.stopped == "turns", f"At the limit of turns `stopped` is {outcome.stopped!r}, expected 'turns'."
    assert len(outcome.board.snapshot()) == 5, "The work of the last turn is not on the board: keep what was made."
    views.clear()
    outcome = team.run_team("Go.", scripted(team, [more], views), {"ann": work}, team.Limits(turns=50, tokens=300))
    assert len(views) == 3, f"With 110 tokens a turn and 300 in all the supervisor decided {len(views)} times, not 3."
    assert outcome.stopped == "tokens", f"With its tokens spent `stopped` is {outcome.stopped!r}, expected 'tokens'."


def check_no_ping_pong(project: Any) -> None:
    """Work that is done is not done again, and a team that goes in circles ends."""
    team = project.load("team")
    runs: list[str] = []

    def polite(task: str, board: Any) -> Any:
        runs.append(task)
        return team.Work("I agree with the other one.")

    views: list[Any] = []
    same = [
        assign(team, ("ann", "Check bob.")),
        assign(team, ("bob", "Check ann.")),
        assign(team, ("ann", "check  BOB.")),
    ]
    outcome = team.run_team(
        "Agree.", scripted(team, same, views), {"ann": polite, "bob": polite}, team.Limits(turns=40)
    )
    assert runs == ["Check bob.", "Check ann."], f"The runs were {runs}: a task that is done must not be given again."
    assert views[3].refused, "The supervisor was not told that its assignment was refused."
    assert outcome.stopped == "idle", f"A team that goes in circles ended by {outcome.stopped!r}, expected 'idle'."
    views.clear()

    def around(view: Any) -> Any:
        return assign(team, (("ann", "bob")[view.turn % 2], f"Check again, round {view.turn}."))

    limits = team.Limits(turns=40, idle_turns=3)
    outcome = team.run_team("Agree.", scripted(team, [around], views), {"ann": polite, "bob": polite}, limits)
    assert outcome.stopped == "idle", f"New words for an old task went on until {outcome.stopped!r}, expected 'idle'."
    assert len(views) <= 6, (
        f"It took {len(views)} decisions to notice that nothing new came; 3 idle turns were allowed."
    )


def check_failures(project: Any) -> None:
    """A failing specialist becomes a message, touches nobody else, and gets no more tasks after two failures."""
    team, views = project.load("team"), []

    def broken(task: str, board: Any) -> Any:
        raise OSError("the disk is full")

    def sound(task: str, board: Any) -> Any:
        return team.Work(f"{task} done", {f"{task} by sound": "kept"})

    def thief(task: str, board: Any) -> Any:
        return team.Work("Mine!", {"one by sound": "stolen"})

    def lazy(task: str, board: Any) -> Any:
        return None

    decisions = [
        assign(team, ("sound", "one"), ("broken", "read")),
        assign(team, ("broken", "read"), ("sound", "two"), ("thief", "take"), ("lazy", "sleep")),
        assign(team, ("broken", "read once more"), ("sound", "three")),
        team.Decision(answer="enough"),
    ]
    names = {"sound": sound, "broken": broken, "thief": thief, "lazy": lazy}
    outcome = team.run_team("Go.", scripted(team, decisions, views), names)
    failures = [(message.sender, message.text) for message in outcome.messages if message.kind == "failure"]
    senders = [sender for sender, _ in failures]
    assert senders == ["broken", "broken", "thief", "lazy"], (
        f"Failure messages came from {senders}: two of broken, one for a stolen entry, one for no work."
    )
    assert "disk is full" in failures[0][1], f"The failure reads {failures[0][1]!r}: say what was raised."
    board = outcome.board.snapshot()
    assert board == {f"{task} by sound": "kept" for task in ("one", "two", "three")}, (
        f"The board is {board}: the failure of one must not touch the results of another."
    )
    assert "broken" not in views[2].available, "After two failures broken is still offered to the supervisor."
    assert "broken" in " ".join(views[3].refused), "A task for a specialist that failed too often was not refused."


def check_trace(project: Any) -> None:
    """The trace has a line for each decision and each work, and the tokens add up."""
    team, chance = project.load("team"), random.Random(79)
    costs = [chance.randrange(1, 50) for _ in range(4)]

    def work(task: str, board: Any) -> Any:
        if task == "fail":
            raise ValueError("no")
        return team.Work(f"{task} done", tokens=costs[int(task)])

    decisions = [
        assign(team, ("ann", "0"), ("bob", "1"), tokens=11),
        assign(team, ("bob", "2"), ("bob", "3"), ("ann", "fail"), tokens=13),
        team.Decision(answer="end", tokens=17),
    ]
    outcome = team.run_team("Go.", scripted(team, decisions, []), {"ann": work, "bob": work})
    seen = [(span.turn, span.agent, span.worked) for span in outcome.trace]
    expected = [(1, "supervisor", True), (1, "ann", True), (1, "bob", True), (2, "supervisor", True)]
    expected += [(2, "bob", True), (2, "bob", True), (2, "ann", False), (3, "supervisor", True)]
    assert seen == expected, f"The trace is {seen}, expected {expected}."
    bill = {"supervisor": 41, "ann": costs[0], "bob": costs[1] + costs[2] + costs[3]}
    assert outcome.tokens == bill, f"The tokens are {outcome.tokens}, expected {bill}."
    assert all(span.seconds >= 0 for span in outcome.trace), "A line of the trace has no seconds."
