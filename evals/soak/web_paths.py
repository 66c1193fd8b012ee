"""Cases of the part `web`: paths that lead out of a page's folders, and uploads with names, sizes and numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

from evals.soak.web_reader import API, Reader, form_of
from evals.soak.web_server import UPLOAD_MEGABYTES
from evals.soak.web_world import HELD_BACK, Case, World, files_in

SERVED = {200, 206}
MARK = "written-by-an-upload-5eed"
LONG = "x" * 5_000
NAMES = (
    "../outside.md", "../../../../outside.md", "/etc/outside.md", "..\\..\\outside.md", "C:\\outside.md",
    "....//....//outside.md", "%2e%2e%2foutside.md", "a/../../outside.md", "~/outside.md", "..", ".", "", " ",
    ".bashrc", f"{LONG}.md", "a\tb.md", "con.md", "aux", "a.md ", "\u202efdp.md", "a\u200b.md", "日本.md",
    "<img src=x onerror=alert(1)>.md", "'; drop table documents; --.md", "$(touch outside).md", "|outside.md",
    "sitecustomize.py", "index.html", "a.md/", "//host/share/a.md", "NUL:", "a" * 255 + ".md",
)  # fmt: skip


def paths() -> Iterator[Case]:
    """Every way of naming a file that we know, at every address that takes a name, and in every event of the page."""
    for who in ("alone", "anna"):
        for name, target in _targets():
            yield Case(f"{who} {name}", partial(_asked, who=who, target=target))
        for name, value in _values():
            yield Case(f"{who} add_document {name}", partial(_added, who=who, value=value))
        yield Case(f"{who} events with files", partial(_events_with_files, who=who))
    for value in ("@", "@/..", "x'", "../../outside.txt"):
        yield Case(f"conversation {value}", partial(_restored, value=value))


def clicks(actions: list[str]) -> Iterator[Case]:
    """Each of the page's own buttons with paths as its value."""
    for action in actions:
        yield Case(f"{action} with paths", partial(_clicked, action=action))


def _targets() -> Iterator[tuple[str, str]]:
    """Names and targets; @ stands for the file outside, % for the folder of uploads, ~ for the home."""
    forms = {
        "absolute": "@", "double slash": "/@", "file scheme": "file://@", "dots": "%/../../../outside.txt",
        "encoded dots": "%/%2e%2e/%2e%2e/%2e%2e/outside.txt", "encoded slashes": "%/..%2f..%2f..%2foutside.txt",
        "twice encoded": "%/%252e%252e/%252e%252e/%252e%252e/outside.txt", "backslashes": "%\\..\\..\\..\\outside.txt",
        "encoded backslashes": "%/..%5c..%5c..%5coutside.txt", "more dots": "%/....//....//....//outside.txt",
        "zero byte": "@%00.md", "overlong": "%/%c0%ae%c0%ae/%c0%ae%c0%ae/outside.txt", "relative": "../../outside.txt",
        "semicolon": "%/..;/..;/..;/outside.txt", "link": "%/folder/link.txt",
        "linked folder": "%/folder/out/outside.txt", "folder": "%", "home": "~",
        "record": "~/learner.sqlite", "conversations": "~/conversations.sqlite",
        "log": "~/logs/study.log", "catalogue": "~/library/catalogue.sqlite3", "users": "~/../../users.json",
        "passwords": "/etc/passwd", "environment": "/proc/self/environ", "own folder": "/proc/self/cwd/pyproject.toml",
        "handle": "/dev/fd/3", "program": f"{Path(__file__)}",
    }  # fmt: skip
    for name, form in forms.items():
        yield f"file={name}", f"{API}/file={form}"
    for name in ("absolute", "dots", "encoded slashes", "link", "passwords"):
        yield f"file/ {name}", f"{API}/file/{forms[name]}"
        yield f"documents/ {name}", f"/documents/{forms[name]}.pdf"
    for place in ("/static/", "/assets/", "/svelte/", "/pwa_icon/", f"{API}/custom_component/1/client/component/"):
        for name, way in {
            "dots": "../../../../../../../../etc/passwd",
            "encoded": "..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
            "absolute": "%2fetc%2fpasswd",
        }.items():
            yield f"{place}{name}", place + way
    for target in (
        f"{API}/proxy=/etc/passwd", f"{API}/deep_link?session_hash=../../outside", "/?deep_link=../../outside",
        f"{API}/upload_progress?upload_id=../../outside", f"{API}/stream/x/y/0/playlist-file", f"{API}/vibe-code",
        f"{API}/run-history/records/x/y/assets/..%2f..%2foutside.txt", f"{API}/profiling/traces", "/monitoring",
        "/my-data.zip/../../outside.txt", "/documents/..%2f..%2foutside.txt%00.pdf", f"{API}/runs",
    ):  # fmt: skip
        yield target, target


def _values() -> Iterator[tuple[str, str]]:
    yield from {
        "absolute": "@", "dots": "%/../../../outside.txt", "link": "%/folder/link.txt", "relative": "../outside.txt",
        "linked folder": "%/folder/out/outside.txt", "passwords": "/etc/passwd", "folder": "%", "nothing": "",
        "record": "~/learner.sqlite", "list": '["@"]', "tilde": "~root/.ssh/id_rsa",
    }.items()  # fmt: skip


def _prepared(world: World, who: str) -> Path:
    """The folder of uploads of a reader, with links in it that lead out, as another program could make them."""
    uploads = world.home_of(who) / "uploads"
    folder = uploads / "folder"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / "link.txt").symlink_to(world.outside)
        (folder / "out").symlink_to(world.folder)
    return uploads


def _filled(world: World, who: str, form: str) -> str:
    if form.startswith("~root"):
        return form
    form = form.replace("@", str(world.outside)).replace("%/", f"{_prepared(world, who)}/")
    form = str(_prepared(world, who)) if form == "%" else form
    return form.replace("~", str(world.home_of(who))) if form.startswith("~") else form


def _asked(world: World, *, who: str, target: str) -> str:
    place, sign, form = target.partition("=") if target.startswith(f"{API}/file=") else ("", "", target)
    if form.startswith(("@", "%", "~", "file://@", "/@")):
        target = f"{place}{sign}{_filled(world, who, form)}"
    for prefix in (f"{API}/file/", "/documents/"):
        if target.startswith(prefix) and target[len(prefix)] in "@%":
            target = prefix + _filled(world, who, target[len(prefix) :])
    reply = world.readers[who].get(quote(target, safe="/%?=&\\;:@[]+~$!'()*,"))
    if held := _held(reply.text):
        return f"{target} gives {held}"
    outside = not target.startswith(("/?", f"{API}/deep_link", f"{API}/upload_progress"))
    if reply.status in SERVED and outside:
        return f"{target} is answered with {reply.status}: {reply.text[:80]!r}"
    return ""


def _added(world: World, *, who: str, value: str) -> str:
    path = _filled(world, who, value)
    found = []
    for meta in ({}, {"meta": {"_type": "gradio.FileData"}}, {"url": f"file://{path}", "orig_name": "a.md"}):
        told = world.readers[who].call("add_document", file={"path": path, **meta})
        found += [held for held in (_held(told),) if held]
        found += [f"it was {word}" for word in ("added", "unchanged") if f'"status": "{word}"' in told]
    if world.outside.read_text(encoding="utf-8") not in HELD_BACK:
        found.append("the file was changed")
    return "; ".join(found)


def _events_with_files(world: World, *, who: str) -> str:
    reader, found, tried = world.readers[who], [], 0
    for where, trigger in (("upload", "upload"), ("attach", "upload")):
        for form in ("@", "%/folder/link.txt", "/etc/passwd"):
            path = _filled(world, who, form)
            told = reader.do(where, trigger, [[{"path": path, "meta": {"_type": "gradio.FileData"}}]])
            tried += 1
            if '"success":false' not in told.replace(" ", ""):
                found.append(f"{where} takes {form}")
    documents = reader.call("documents")
    return "; ".join([*found, *(["it is in the library"] if "outside" in documents else [])])


def _clicked(world: World, *, action: str) -> str:
    found = []
    for form in ("@", "../../outside.txt", "..\\..\\outside.txt", "%/folder/link.txt", "/etc/passwd\0.pdf"):
        told = world.alone.click(action, _filled(world, "alone", form), answer="../../outside.txt")
        found += [f"{form} gives {held}" for held in (_held(told),) if held]
    if not world.outside.is_file() or world.outside.read_text(encoding="utf-8") not in HELD_BACK:
        found.append("the file was changed")
    return "; ".join(found)


def _restored(world: World, *, value: str) -> str:
    shown = world.alone.get(f"/?conversation={quote(_filled(world, 'alone', value), safe='')}").text
    event = next(name for name in world.alone.events() if name[1] == "load")
    told = world.alone.do(*event, [], query={"conversation": _filled(world, "alone", value)})
    return _held(shown + told)


def uploads() -> Iterator[Case]:
    """Names that lead elsewhere, too large files, too many, forms that lie about their length."""
    for number, name in enumerate(NAMES):
        yield Case(f"name {number} {name[:20]!r}", partial(_named, name=name))
    most = UPLOAD_MEGABYTES << 20
    for size, is_taken in ((most, True), (most + 1, False), (most * 4, False), (most * 12, False)):
        yield Case(f"{size:,} bytes", partial(_sized, size=size, is_taken=is_taken))
    for count, is_taken in ((100, True), (5_000, False)):
        yield Case(f"{count} files at once", partial(_counted, count=count, is_taken=is_taken))
    for header in ({"Content-Length": "5"}, {"Content-Type": "multipart/form-data"}, {"Content-Type": "text/plain"}):
        yield Case(f"form with {header}", partial(_malformed, headers=header))
    yield Case("a long body to an event", _long_event)
    yield Case("a long login", _long_login)


def _named(world: World, *, name: str) -> str:
    before = _tree(world)
    reply = world.anna.upload(name, MARK.encode())
    if reply.status >= 500:
        return f"it is answered with {reply.status}: {reply.text[:80]}"
    if reply.status == 200:
        path = Path(json.loads(reply.text)[0])
        if not path.resolve().is_relative_to(world.home_of("anna") / "uploads"):
            return f"it lies at {path}"
    return "; ".join(f"{path} was written" for path in _tree(world) - before)


def _tree(world: World) -> set[Path]:
    """All files of the world that hold what an upload held, outside of the folders for that."""
    found = {path for path in files_in(world.folder) if path.is_file() and "uploads" not in path.parts}
    return {path for path in found if path.stat().st_size < 1_000 and MARK.encode() in path.read_bytes()}


def _sized(world: World, *, size: int, is_taken: bool) -> str:
    reply = world.anna.upload("a.md", b"x" * size)
    world.anna.close()
    expected = 200 if is_taken else 413
    return "" if reply.status == expected else f"it is answered with {reply.status}"


def _counted(world: World, *, count: int, is_taken: bool) -> str:
    body, kind = form_of([(f"{number}.md", b"x") for number in range(count)])
    reply = world.anna.ask("POST", f"{API}/upload", body, {"Content-Type": kind})
    world.anna.close()
    return "" if (reply.status == 200) == is_taken and reply.status < 500 else f"it is answered with {reply.status}"


def _malformed(world: World, *, headers: dict[str, str]) -> str:
    reader = Reader(f"http://{world.anna.name}", world.heard)
    reader.cookie = world.anna.cookie
    reply = reader.upload("a.md", MARK.encode(), headers)
    reader.close()
    return "" if 400 <= reply.status < 500 else f"it is answered with {reply.status}: {reply.text[:80]}"


def _long_event(world: World) -> str:
    reply = world.anna.ask("POST", f"{API}/queue/join", b"[" * (33 << 20), {"Content-Type": "application/json"})
    world.anna.close()
    return "" if reply.status == 413 else f"it is answered with {reply.status}"


def _long_login(world: World) -> str:
    reply = world.stranger.ask("POST", "/login", b"username=" + b"x" * 100_000)
    world.stranger.close()
    return "" if reply.status == 413 else f"it is answered with {reply.status}"


def _held(text: str) -> str:
    return next((one for one in HELD_BACK if one in text), "")
