"""Checks of project 5: made functions, made folders with code, and a model that follows a script."""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

BUGGY = "def area(width, height):\n    return width + height\n"
TEST = (
    "import unittest\nfrom shapes import area\n\n\nclass TestArea(unittest.TestCase):\n"
    "    def test_area(self):\n        self.assertEqual(area(%d, %d), %d)\n"
)


def call_of(number: int, name: str, arguments: Any) -> dict[str, Any]:
    """One call as a model sends it."""
    return {"id": f"call-{number}", "name": name, "arguments": arguments}


def scripted(replies: list[Any], heard: list[Any]) -> Callable[..., dict[str, Any]]:
    """A model that plays its replies in order (the last one again and again) and keeps what it was shown."""

    def model(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> dict[str, Any]:
        heard.append((messages, tools))
        reply = replies[min(len(heard), len(replies)) - 1]
        if isinstance(reply, str):
            return {"role": "assistant", "content": reply}
        return {"role": "assistant", "content": "", "tool_calls": reply}

    return model


def error_of(tools: Any, act: Callable[[], Any]) -> str:
    """The text of the ToolError that the act raises; "no error: RESULT" when it raises none."""
    try:
        return f"no error: {act()!r}"
    except NotImplementedError:
        raise
    except tools.ToolError as error:
        return str(error)
    except Exception as error:
        return f"not a ToolError: {type(error).__name__}: {error}"


def check_schema(project: Any) -> None:
    """The JSON schema is read from the signature."""
    tools = project.load("tools")

    def plot(title: str, points: list[float], kind: Literal["line", "bar"], size: int = 3, grid: bool = True) -> str:
        """Draw points.

        More about it.
        """
        return title

    tool = tools.tool_from_function(plot)
    expected = {
        "title": {"type": "string"},
        "points": {"type": "array", "items": {"type": "number"}},
        "kind": {"type": "string", "enum": ["line", "bar"]},
        "size": {"type": "integer", "default": 3},
        "grid": {"type": "boolean", "default": True},
    }
    seen = tool.schema["properties"]
    for name, schema in expected.items():
        assert seen.get(name) == schema, f"The parameter {name} has the schema {seen.get(name)}, expected {schema}."
    required = sorted(tool.schema["required"])
    assert required == ["kind", "points", "title"], f"Required are {required}: exactly those without a default."
    assert tool.schema.get("additionalProperties") is False, "Forbid additional properties in the schema."
    assert (tool.name, tool.description) == ("plot", "Draw points."), (
        f"The tool is {tool.name!r}, {tool.description!r}: take the name and the first line of the docstring."
    )

    def unclear(what) -> str:  # type: ignore[no-untyped-def]
        """Do something."""
        return str(what)

    try:
        tools.tool_from_function(unclear)
    except TypeError:
        return
    raise AssertionError("A parameter without an annotation was accepted: raise TypeError, a schema would be a guess.")


def check_arguments(project: Any) -> None:
    """Wrong calls never reach the function, and the error names each wrong parameter."""
    tools, runs = project.load("tools"), []

    def order(item: str, count: int, tags: list[str] = [], express: bool = False) -> str:  # noqa: B006
        """Order something."""
        runs.append(item)
        return f"{count} {item}"

    def broken(item: str) -> str:
        """Fail."""
        raise ZeroDivisionError("no parts left")

    registry = tools.Registry([order, broken])
    good: list[Any] = [{"item": "nut", "count": 4}, '{"item": "nut", "count": 4, "tags": ["a"], "express": true}']
    for arguments in good:
        assert registry.call("order", arguments) == "4 nut", f"The right call {arguments!r} did not give '4 nut'."
    runs.clear()
    wrong: list[tuple[Any, list[str]]] = [
        ({"item": "nut"}, ["count"]),
        ({"item": "nut", "count": "four"}, ["count", "integer"]),
        ({"item": "nut", "count": True}, ["count", "integer"]),
        ({"item": 5, "count": 2.5}, ["item", "count"]),
        ({"item": "nut", "count": 1, "colour": "red"}, ["colour"]),
        ({"item": "nut", "count": 1, "tags": ["a", 2]}, ["tags"]),
        ({"item": "nut", "count": 1, "express": 1}, ["express"]),
        ("{item: nut}", ["JSON"]),
        ("[1]", ["object"]),
    ]
    for arguments, named in wrong:
        text = error_of(tools, lambda a=arguments: registry.call("order", a))
        missing = [word for word in named if word not in text]
        assert not missing, f"The call with {arguments!r} gave {text!r}; name {missing} in a ToolError."
        assert not runs, f"The function ran with {arguments!r}: check all arguments before calling it."
    text = error_of(tools, lambda: registry.call("ordr", {}))
    assert "order" in text.replace("ordr", ""), f"An unknown tool gave {text!r}; list the known names in a ToolError."
    text = error_of(tools, lambda: registry.call("broken", {"item": "x"}))
    assert "no parts left" in text.replace("not a ToolError", ""), f"A failing tool gave {text!r}; say what it raised."
    assert not text.startswith("not a"), f"A failing tool raised {text!r}: turn every exception into a ToolError."


def made_folder(root: Path, chance: random.Random) -> tuple[Path, Path]:
    """A workspace with a fault in its code, and a file beside it that holds a secret."""
    folder = root / "space"
    (folder / "inner").mkdir(parents=True)
    width, height = chance.randrange(3, 40), chance.randrange(3, 40)
    (folder / "shapes.py").write_text(BUGGY, encoding="utf-8")
    (folder / "test_shapes.py").write_text(TEST % (width, height, width * height), encoding="utf-8")
    (folder / "inner" / "notes.txt").write_text("one\nthe width is wide\nthree\n", encoding="utf-8")
    (folder / "picture.bin").write_bytes(b"\0width\0")
    secret = root / "space-secret.txt"
    secret.write_text("TOP SECRET width", encoding="utf-8")
    (folder / "door.txt").symlink_to(secret)
    return folder, secret


def check_confined(project: Any) -> None:
    """No path leads out of the folder: not "..", not an absolute one, not a link, for reading or writing."""
    tools = project.load("workspace")
    with tempfile.TemporaryDirectory() as name:
        folder, secret = made_folder(Path(name), random.Random(51))
        space = tools.Workspace(folder)
        assert "width" in space.read_file("inner/../shapes.py"), "A path that stays inside was refused."
        for path in ("../space-secret.txt", str(secret), "inner/../../space-secret.txt", "door.txt"):
            for act in (lambda p=path: space.read_file(p), lambda p=path: space.replace_text(p, "TOP", "LOW")):
                text = error_of(tools, act)
                told = "no error" not in text and "not a ToolError" not in text
                assert told, f"The path {path!r} gave {text!r}: resolve it first, then ask whether it is in the folder."
        assert secret.read_text(encoding="utf-8") == "TOP SECRET width", "A file outside of the folder was changed."
        assert "SECRET" not in space.search("width"), "A search read through a link that leads out of the folder."


def check_reading(project: Any) -> None:
    """Reading gives numbered lines, search gives places, an edit wants a text that occurs once."""
    tools = project.load("workspace")
    with tempfile.TemporaryDirectory() as name:
        folder, _ = made_folder(Path(name), random.Random(52))
        space = tools.Workspace(folder)
        seen = space.read_file("inner/notes.txt", 2, 3)
        assert seen == "2: the width is wide\n3: three", f"Lines 2 to 3 came back as {seen!r}: number them from 1."
        hits = space.search("width").splitlines()
        assert "inner/notes.txt:2: the width is wide" in hits, f"The search gave {hits}: write path:line: content."
        assert not [hit for hit in hits if "picture" in hit], "The search read a binary file: leave those out."
        missing = space.search("no such words")
        assert missing.startswith("No line"), f"A search without hits gave {missing!r}: say so in words."
        (folder / "many.txt").write_text("needle\n" * 500, encoding="utf-8")
        count = len(space.search("needle").splitlines())
        assert count <= 60, f"A search gave {count} lines: cut it and say how many more there are."
        text = error_of(tools, lambda: space.replace_text("many.txt", "needle", "pin"))
        assert "500" in text, (
            f"Replacing a text that occurs 500 times gave {text!r}: refuse and say how often it occurs."
        )
        space.replace_text("shapes.py", "width + height", "width * height")
        content = (folder / "shapes.py").read_text(encoding="utf-8")
        assert content == BUGGY.replace("+", "*"), f"After the edit the file holds {content!r}."


def check_tests_run(project: Any) -> None:
    """Tests run in a child: passed, failed, ended at the time limit, and without our environment."""
    workspace = project.load("workspace")
    with tempfile.TemporaryDirectory() as name:
        folder, _ = made_folder(Path(name), random.Random(53))
        space = workspace.Workspace(folder, test_seconds=20)
        seen = space.run_tests()
        assert seen.startswith("failed"), f"Failing tests gave {seen[:60]!r}: begin with 'failed'."
        assert "AssertionError" in seen, "The report of the failing test is missing: give the child's output as well."
        (folder / "shapes.py").write_text(BUGGY.replace("+", "*"), encoding="utf-8")
        seen = space.run_tests()
        assert seen.startswith("passed"), f"Passing tests gave {seen[:60]!r}: begin with 'passed'."
        os.environ["PROJECT_FIVE_KEY"] = "key-4711"
        try:
            (folder / "test_shapes.py").write_text("import os\nprint(dict(os.environ))\n", encoding="utf-8")
            seen = space.run_tests()
        finally:
            del os.environ["PROJECT_FIVE_KEY"]
        assert "key-4711" not in seen, "The tests can read a key of our environment: give the child only what it needs."
        endless = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        (folder / "test_shapes.py").write_text(endless, encoding="utf-8")
        begun = time.monotonic()
        seen = workspace.Workspace(folder, test_seconds=0.5).run_tests()
        took = time.monotonic() - begun
        assert took < 5, f"Endless tests held for {took:.0f} s with a limit of 0.5 s: end the whole process group."
        assert seen.startswith("too long"), f"Endless tests gave {seen[:60]!r}: begin with 'too long'."


def check_mends_a_fault(project: Any) -> None:
    """A scripted model finds a fault, mends it and sees the tests pass."""
    assistant = project.load("assistant")
    heard: list[Any] = []
    with tempfile.TemporaryDirectory() as name:
        folder, _ = made_folder(Path(name), random.Random(54))
        space = project.load("workspace").Workspace(folder)
        registry = assistant.Registry([space.read_file, space.search, space.replace_text, space.run_tests])
        edit = json.dumps({"path": "shapes.py", "old": "width + height", "new": "width * height"})
        first = [call_of(1, "run_tests", {}), call_of(2, "read_file", '{"path": "shapes.py"}')]
        model = scripted([first, [call_of(3, "replace_text", edit)], [call_of(4, "run_tests", "{}")], "Mended."], heard)
        outcome = assistant.run_task("Mend area.", model, registry)
    assert (outcome.answer, outcome.stopped) == ("Mended.", "answer"), (
        f"The outcome was {outcome.answer!r}, {outcome.stopped!r}; expected the model's answer."
    )
    last = heard[-1][0]
    results = [(message["id"], message["content"]) for message in last if message["role"] == "tool"]
    ids = [id_ for id_, _ in results]
    assert ids == ["call-1", "call-2", "call-3", "call-4"], f"Results have the ids {ids}: one for each call, in order."
    firsts = [content.splitlines()[0] for _, content in results]
    assert (firsts[0], firsts[3]) == ("failed", "passed"), f"The model saw {firsts}: tests should fail, then pass."
    roles = [message["role"] for message in last]
    assert roles == ["user", "assistant", "tool", "tool", "assistant", "tool", "assistant", "tool"], (
        f"The roles of the messages are {roles}: the calls must stand before their results."
    )
    names = {tool["name"] for tool in heard[0][1]}
    assert names == {"read_file", "search", "replace_text", "run_tests"}, f"The model was told of the tools {names}."


def check_errors_return(project: Any) -> None:
    """Errors go back to the model as results, and the loop goes on."""
    assistant, heard = project.load("assistant"), []

    def double(number: int) -> str:
        """Twice a number."""
        return str(2 * number)

    calls = [
        call_of(1, "dubble", {"number": 2}),
        call_of(2, "double", "{number"),
        call_of(3, "double", {"number": "x"}),
    ]
    model = scripted([calls, [call_of(4, "double", {"number": 21})], "42"], heard)
    registry = assistant.Registry([double])
    text = error_of(assistant, lambda: heard.append(assistant.run_task("Double 21.", model, registry)))
    assert text.startswith("no error"), f"A wrong call ended the run with {text!r}: give the error back to the model."
    outcome = heard.pop()
    assert outcome.answer == "42", f"After three wrong calls the answer was {outcome.answer!r}, expected '42'."
    contents = [message["content"] for message in heard[-1][0] if message["role"] == "tool"]
    assert all(content.startswith("Error:") for content in contents[:3]), (
        f"Wrong calls gave {contents[:3]}: 'Error: …'."
    )
    assert contents[3:] == ["42"], f"The right call gave {contents[3:]}, expected ['42']."


def check_loop_ends(project: Any) -> None:
    """An endless loop ends: after the turns, or when the same call comes again and again."""
    assistant = project.load("assistant")
    runs: list[int] = []

    def look(place: int) -> str:
        """Look somewhere."""
        runs.append(place)
        return "nothing"

    registry = assistant.Registry([look])
    heard: list[Any] = []
    model = scripted([[call_of(n, "look", {"place": n})] for n in range(50)], heard)
    outcome = assistant.run_task("Find it.", model, registry, assistant.Limits(turns=6, repeats=3))
    assert len(heard) == 6, f"The model was asked {len(heard)} times with a limit of 6 turns."
    assert outcome.stopped == "turns", f"At the limit of turns `stopped` is {outcome.stopped!r}, expected 'turns'."
    runs.clear()
    same: list[Any] = [[call_of(n, "look", ({"place": 7}, '{ "place": 7 }')[n % 2])] for n in range(50)]
    outcome = assistant.run_task("Find it.", scripted(same, []), registry, assistant.Limits(turns=40, repeats=3))
    assert len(runs) == 3, f"The same call ran {len(runs)} times, 3 were allowed: compare name and parsed arguments."
    assert outcome.stopped == "repeats", f"After repeated calls `stopped` is {outcome.stopped!r}, expected 'repeats'."


def check_long_results(project: Any) -> None:
    """A long result is trimmed: beginning and end stay, and the model is told."""
    assistant, heard = project.load("assistant"), []
    chance = random.Random(55)
    text = "START " + "".join(chance.choices("abcdefgh \n", k=9000)) + " END OF REPORT"

    def report() -> str:
        """A long report."""
        return text

    model = scripted([[call_of(1, "report", {})], "done"], heard)
    assistant.run_task("Report.", model, assistant.Registry([report]), assistant.Limits(result_characters=600))
    seen = heard[-1][0][-1]["content"]
    assert len(seen) <= 600, f"A result of 9,000 characters reached the model with {len(seen)}; the limit is 600."
    assert seen.startswith("START"), "The beginning of a long result was lost."
    assert seen.endswith("END OF REPORT"), (
        "The end of a long result was lost: that is where reports have their summary."
    )
    assert str(len(text)) in seen, "The trimmed result does not say how long it was; put the number into the note."
    for limit in (600, 10_000, 61):
        assert len(assistant.trimmed(text, limit)) <= limit, f"`trimmed` exceeds its limit of {limit}."
    assert assistant.trimmed("short", 600) == "short", "A short result was changed."
