"""Imports point one way: each room may import only the rooms named here."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEAVES = {"errors", "migration_runner"}
ALLOWED = {
    "errors": set(),
    "migration_runner": {"errors"},
    "settings": {"errors"},
    "curriculum": LEAVES,
    "ingestion": LEAVES,
    "vectorstore": LEAVES | {"ingestion"},
    "sandbox": LEAVES,
    "learner": LEAVES | {"curriculum"},
    "papers": LEAVES | {"curriculum", "ingestion", "vectorstore"},
    "agent": LEAVES | {"ingestion", "vectorstore", "curriculum", "sandbox", "learner", "papers"},
    "ui": LEAVES | {"ingestion", "vectorstore", "curriculum", "sandbox", "learner", "papers", "agent"},
    "evals": LEAVES | {"ingestion", "vectorstore", "curriculum", "sandbox", "learner", "papers", "agent"},
    "app": LEAVES | {"settings", "ui"},
}
DOWNSTREAM = {
    "curriculum/__main__.py": {"learner", "sandbox"},
    "vectorstore/__main__.py": {"curriculum"},
    "evals/bench/page_server.py": {"ui"},
    "evals/soak/mixed_server.py": {"ui"},
    "evals/soak/page_of_payloads.py": {"ui"},
    "evals/soak/shown_answer.py": {"ui"},
    "evals/soak/web_server.py": {"ui"},
}
"""Doors that may import rooms downstream or beside their own: `python -m curriculum verify` runs the bank's codes in
the sandbox, `check` shows that a lesson or project is done, which belongs into the learner's record, and
`python -m vectorstore search` tells the library the roadmap's acronyms, names, parts and topics. Nothing imports a
`__main__`, so no circle closes. What the page makes of an answer is asked of the page itself; nothing of it imports
`evals`."""
DOORS = {"__main__.py", "services.py", "from_settings.py"}
"""Entry points: the only files of a room that read the settings."""
HEAVY = {
    "torch",
    "sentence_transformers",
    "transformers",
    "chromadb",
    "bm25s",
    "gradio",
    "pypdfium2",
    "langchain",
}


def imports(path, *, top_level=False):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield (node.module or "").split(".")[0]


def files(room):
    """The room's modules; lessons and projects are code for learners, run in processes of their own, never imported."""
    if (ROOT / f"{room}.py").exists():
        return [ROOT / f"{room}.py"]
    return sorted(path for path in (ROOT / room).rglob("*.py") if not {"notebooks", "projects"} & set(path.parts))


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_room_imports_only_what_lies_upstream(room):
    assert files(room), f"{room} has no files"
    for path in files(room):
        allowed = ALLOWED[room] | {room} | ({"settings"} if path.name in DOORS else set())
        allowed |= DOWNSTREAM.get(path.relative_to(ROOT).as_posix(), set())
        found = {name for name in imports(path) if name in ALLOWED}
        assert found <= allowed, f"{path.relative_to(ROOT)} imports {sorted(found - allowed)}"


@pytest.mark.parametrize(
    "room",
    [
        "curriculum",
        "ingestion",
        "learner",
        "papers",
        "sandbox",
        "vectorstore",
        "ui",
        "app",
        "errors",
        "migration_runner",
        "settings",
    ],
)
def test_heavy_packages_are_not_imported_at_module_level(room):
    for path in files(room):
        heavy = HEAVY & set(imports(path, top_level=True))
        assert not heavy, f"{path.relative_to(ROOT)} imports {sorted(heavy)} when it is imported"
