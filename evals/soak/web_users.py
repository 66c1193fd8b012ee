"""Cases of the part `web`: what one user has, asked for by another one and by nobody.

Anna's conversation, document, quiz, note and upload hold a word of their own; bert sends every event of the page with
every value that her page's buttons carry. Whatever he is answered must not hold the word, and her data must stay.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from evals.soak.small_library import SMALL_PDFS
from evals.soak.web_reader import API, Reader
from evals.soak.web_world import HELD_BACK, PASSWORDS, Case, World, files_in

WORD = "quokka7731"
TEXT = f"# On the {WORD}\n\nThe {WORD} is described here, at some length, by anna alone.\n"
_BUTTON = re.compile(r'<button\b[^>]*\bname="([\w-]+)"[^>]*\bvalue="([^"]*)"')
_PRIVATE = (
    "/", "/config", f"{API}/info", f"{API}/openapi.json", f"{API}/app_id", f"{API}/startup-events", "/my-data.zip",
    f"{API}/heartbeat/x", f"{API}/queue/data?session_hash=x", "/theme.css", "/static/img/logo.svg",
    f"{API}/file=/etc/passwd",
    "/login/../config", "//config", "/config/", "/%63onfig", "/config;login", "/Login", "/health/../config",
    "/LOGIN/config", "/login%2f..%2fconfig", f"{API}/runs", "/monitoring", "/robots.txt",
)  # fmt: skip
_ACTING = (f"{API}/upload", f"{API}/queue/join", f"{API}/call/v2/documents", f"{API}/run/predict", f"{API}/cancel")
_CALLS = ("ask", "ask about", "search", "documents", "progress", "due", "make_quiz", "answer_quiz", "add_document")
_COOKIES = ("", "x", "study-session-@=x", "study-session-@=" + "A" * 43, 'study-session-@="', "study-session-@=\u00e9")


def plant(world: World) -> None:
    """Make what anna has, and gather what her page's buttons carry."""
    anna, texts = world.anna, world.texts
    upload = anna.uploaded("quokka.md", TEXT.encode())
    document = anna.value_of("add_document", file={"path": upload, "meta": {"_type": "gradio.FileData"}})
    pdf = sorted(SMALL_PDFS.glob("*.pdf"))[0]
    upload = anna.uploaded(pdf.name, pdf.read_bytes())
    paper = anna.value_of("add_document", file={"path": upload, "meta": {"_type": "gradio.FileData"}})
    conversation = anna.value_of("ask", question=f"What is the {WORD}?")["conversation_id"]
    quiz = anna.value_of("make_quiz", count=1)
    texts |= {
        "document": document["document_id"], "pdf": paper["document_id"], "conversation": conversation,
        "quiz": quiz["quiz_id"], "question": quiz["questions"][0]["question_id"],
        "upload": anna.uploaded("kept.md", TEXT.encode()),
    }  # fmt: skip
    gone = anna.uploaded("gone.md", TEXT.replace("length", "breadth").encode())
    gone_id = anna.value_of("add_document", file={"path": gone, "meta": {"_type": "gradio.FileData"}})["document_id"]
    shown = anna.click("delete_document", gone_id)
    anna.do("note-title", "submit", ["", f"Of the {WORD}", "A note."])
    for event in {name: None for name in anna.events() if name[1] == "load"}:
        shown += anna.do(*event, [], query={"conversation": conversation})
    for action, value in (("open_conversation", conversation), ("open_document", texts["document"])):
        shown += anna.click(action, value)
    shown += anna.do("library-query", "submit", [WORD])
    texts["shown"] = shown.replace('\\"', '"')


def values_of(world: World) -> dict[str, set[str]]:
    """What to send with each of the page's own buttons: what anna's carry, and her ids in the forms they have."""
    found: dict[str, set[str]] = {}
    for action, value in _BUTTON.findall(world.texts["shown"]):
        found.setdefault(action, set()).add(html.unescape(value))
    ids = {world.texts[name] for name in ("document", "pdf", "conversation", "quiz", "question", "upload")}
    turns = {value for values in found.values() for value in values if world.texts["conversation"] in value}
    generic = ids | turns | {f"{world.texts['quiz']}:{world.texts['question']}", f"{world.texts['document']}:1"}
    return {action: found.get(action, set()) | generic for action in world.anna.actions()}


def users(world: World) -> Iterator[Case]:
    """Anna's things by bert, by each button, endpoint, address and stream; then by a stranger."""
    plant(world)
    for action, values in values_of(world).items():
        yield Case(f"bert clicks {action}", partial(_clicked, action=action, values=sorted(values)))
    for name in _CALLS:
        yield Case(f"bert calls {name}", partial(_called, name=name))
    home = world.home_of("anna")
    files = [path for path in files_in(home) if path.is_file() and "chroma" not in path.parts]
    for path in files:
        yield Case(f"bert asks for {path.name}", partial(_file, path=str(path)))
    for event in ("upload", "attach"):
        yield Case(f"bert's {event} names anna's upload", partial(_file_event, event=event))
    yield Case("bert opens anna's PDF", _pdf)
    yield Case("bert's export", _export)
    yield Case("bert's page with anna's conversation", _restored)
    for name, way in (("queue", _queue), ("call", _call), ("cancel", _cancel), ("reset", _reset)):
        yield Case(f"bert and anna's events: {name}", way)
    for target in _PRIVATE:
        yield Case(f"a stranger asks for {target}", partial(_strange, method="GET", target=target))
    for target in _ACTING:
        yield Case(f"a stranger posts to {target}", partial(_strange, method="POST", target=target))
    for cookie in _COOKIES:
        yield Case(f"a cookie {cookie[:24]!r}", partial(_cookie, cookie=cookie))
    yield Case("a cookie after its logout", _logged_out)
    yield Case("what counts is seen", _is_seen)


def _judged(world: World, told: str, before: str) -> str:
    found = [f"it shows {word}" for word in (WORD, *HELD_BACK) if word in told]
    if world.stays("anna") != before:
        found.append("anna's data changed")
    return "; ".join(found)


def _clicked(world: World, *, action: str, values: list[str]) -> str:
    before, told = world.stays("anna"), ""
    for value in values:
        if WORD not in value:
            told += world.bert.click(action, value, answer="taken over")
    return _judged(world, told, before)


def _called(world: World, *, name: str) -> str:
    before, texts = world.stays("anna"), world.texts
    upload = {"path": texts["upload"], "meta": {"_type": "gradio.FileData"}}
    known: Mapping[str, Mapping[str, Any]] = {
        "ask": {"question": "And then?", "conversation_id": texts["conversation"]},
        "ask about": {"question": "What does the note describe that anna alone has?"},
        "search": {"query": "described here, at some length, by anna alone", "document": texts["document"]},
        "make_quiz": {"topic": texts["document"]},
        "answer_quiz": {"quiz_id": texts["quiz"], "question_id": texts["question"], "answer": "skip"},
        "add_document": {"file": upload},
    }
    told = world.bert.call(name.partition(" ")[0], **known.get(name, {}))
    if name in ("ask", "answer_quiz", "add_document") and '"error"' not in told:
        return f"it is not refused: {told[:100]}"
    return _judged(world, told, before)


def _file(world: World, *, path: str) -> str:
    reply = world.bert.get(f"{API}/file={quote(path)}")
    return f"it is answered with {reply.status}" if reply.status not in (403, 404) else ""


def _file_event(world: World, *, event: str) -> str:
    before = world.stays("anna")
    file = {"path": world.texts["upload"], "orig_name": "kept.md", "meta": {"_type": "gradio.FileData"}}
    told = world.bert.do(event, "upload", [[file]])
    if '"success":false' not in told.replace(" ", ""):
        return "it is taken"
    return _judged(world, told.replace(world.texts["upload"], ""), before)


def _pdf(world: World) -> str:
    target = f"/documents/{world.texts['pdf']}.pdf"
    mine, other = world.anna.get(target), world.bert.get(target)
    if not mine.text.startswith("%PDF"):
        return f"anna herself gets {mine.status}"
    return f"it is answered with {other.status}" if other.status != 404 else ""


def _export(world: World) -> str:
    data = world.bert.get("/my-data.zip").text.encode("latin-1")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        whole = b"".join(archive.read(name) + name.encode() for name in archive.namelist())
    mine = world.anna.get("/my-data.zip").text.encode("latin-1")
    with zipfile.ZipFile(io.BytesIO(mine)) as archive:
        if not any(WORD.encode() in archive.read(name) for name in archive.namelist()):
            return "anna's own does not hold her word"
    return "it holds anna's word" if WORD.encode() in whole else ""


def _restored(world: World) -> str:
    before, told = world.stays("anna"), ""
    for event in {name: None for name in world.bert.events() if name[1] == "load"}:
        told += world.bert.do(*event, [], query={"conversation": world.texts["conversation"]})
    return _judged(world, told, before)


def _queue(world: World) -> str:
    session = uuid4().hex
    body = {"data": [WORD, 1, ""], "fn_index": world.anna.endpoints["search"], "session_hash": session}
    world.anna.post(f"{API}/queue/join", body)
    stream = f"{API}/queue/data?session_hash={session}"
    if WORD in world.bert.stream(stream):
        return "bert hears it"
    return "" if WORD in world.anna.stream(stream) else "anna does not hear it any more"


def _call(world: World) -> str:
    begun = json.loads(world.anna.post(f"{API}/call/v2/search", {"query": WORD}).text)["event_id"]
    if WORD in world.bert.stream(f"{API}/call/v2/search/{begun}") + world.bert.stream(f"{API}/call/search/{begun}"):
        return "bert hears it"
    return "" if WORD in world.anna.stream(f"{API}/call/v2/search/{begun}") else "anna does not hear it any more"


def _cancel(world: World) -> str:
    return _disturbed(world, "cancel", {"fn_index": world.anna.endpoints["ask"]})


def _reset(world: World) -> str:
    return _disturbed(world, "reset", {})


def _disturbed(world: World, path: str, values: Mapping[str, Any]) -> str:
    begun = json.loads(world.anna.post(f"{API}/call/v2/ask", {"question": f"What is the {WORD}?"}).text)["event_id"]
    world.bert.post(f"{API}/{path}", {"event_id": begun, "session_hash": begun, **values})
    told = world.anna.stream(f"{API}/call/v2/ask/{begun}")
    return "" if "event: complete" in told else f"anna's answer is lost: {told[:80]}"


def _strange(world: World, *, method: str, target: str) -> str:
    reply = world.stranger.ask(method, target, b"{}" if method == "POST" else b"")
    return "" if reply.status in (401, 404) else f"it is answered with {reply.status}: {reply.text[:80]!r}"


def _cookie(world: World, *, cookie: str) -> str:
    reader = Reader(f"http://{world.stranger.name}", world.heard)
    reader.cookie = cookie.replace("@", str(reader.port))
    reply = reader.get("/config")
    reader.close()
    return "" if reply.status == 401 else f"it is answered with {reply.status}"


def _logged_out(world: World) -> str:
    reader = Reader(f"http://{world.stranger.name}", world.heard)
    reader.log_in("anna", PASSWORDS["anna"])
    if reader.get("/config").status != 200:
        return "the login does not work"
    reader.ask("POST", "/logout")
    status = reader.get("/config").status
    reader.close()
    return "" if status == 401 else f"it is answered with {status}"


def _is_seen(world: World) -> str:
    """The same events with anna's own cookie show her word, and change her data."""
    before = world.stays("anna")
    told = world.anna.click("open_conversation", world.texts["conversation"])
    told += world.anna.click("open_document", world.texts["document"])
    world.anna.click("rename_conversation", world.texts["conversation"], answer="Of another name")
    judged = _judged(world, told, before)
    return "" if WORD in judged and "changed" in judged else f"anna's own acts are not seen: {judged}"
