"""The served page over HTTP: what it sends and refuses, and its named endpoints, by docs/api.md as it is written."""

from __future__ import annotations

import asyncio
import http.client
import http.server
import json
import re
import shlex
import shutil
import subprocess
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
import safehttpx
from served_page import free_port, serving_fakes
from starlette.exceptions import HTTPException

from agent.assemble import LEARNER
from evals.soak.event_stream import answer_of
from learner.store import LearnerStore

DOCUMENT = (Path(__file__).resolve().parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"
UPLOAD_MEGABYTES = 4
ROWS = {
    name: (arguments.strip(), answer)
    for name, arguments, answer in re.findall(r"^\| `(/\w+)` \|(.*?)\| (.*) \|$", DOCUMENT, re.MULTILINE)
}
"""Endpoint to what the document's table says of its arguments and of its answer."""
ENDPOINTS = set(ROWS)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    (folder / "notes.md").write_text(
        "# My notes\n\nScaling keeps the variance of the scores at one.\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def served(workplace):
    with serving_fakes(workplace / "home", free_port(), upload_megabytes=UPLOAD_MEGABYTES) as page:
        yield page


@pytest.fixture(scope="module")
def client(served):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from gradio_client import Client

        client = Client(served.address, verbose=False, analytics_enabled=False)
        yield client
        client.close()


@pytest.fixture(scope="module")
def shown(served, workplace):
    """The names that the document's Python leaves behind, and what it printed is thrown away."""
    names = {"print": lambda *_: None}
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.chdir(workplace)
        exec("\n".join(blocks("python")).replace(ADDRESS, served.address), names)
    yield names
    names["client"].close()


def get(served, path):
    return httpx.get(served.address + path, timeout=20, trust_env=False)


def test_the_page_carries_its_own_script_style_and_fonts(served):
    html = get(served, "/").text
    assert "studyPage" in html
    assert "<title>" in html or "Study assistant" in html
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?https?://", html)
    assert "fonts.googleapis" not in html
    assert "Source Sans Pro" not in get(served, "/theme.css").text


def test_the_tab_of_the_library_asks_for_its_table_when_it_is_opened(served):
    """What a page's own start sends to a tab that is being drawn just then, Gradio 6.31 may lose."""
    config = httpx.get(f"{served.address}/config", trust_env=False).json()
    names = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
    filled = [
        event["outputs"] for event in config["dependencies"] if [names["library-tab"], "select"] in event["targets"]
    ]
    assert any(names["documents"] in outputs for outputs in filled)


def test_files_of_the_machine_are_not_served(served, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    for path in (secret, "/etc/passwd", "app.py"):
        assert get(served, f"/gradio_api/file={path}").status_code in (403, 404)


def test_other_pages_and_other_names_of_this_machine_are_refused(served):
    call = f"{served.address}/gradio_api/call/v2/documents"
    for headers, status in (
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "evil.example"}, 400),
        ({"Origin": served.address, "Sec-Fetch-Site": "same-origin"}, 200),
    ):
        assert httpx.post(call, json={}, headers=headers, timeout=20, trust_env=False).status_code == status, headers
    upload = httpx.post(
        f"{served.address}/gradio_api/upload",
        files={"files": ("a.md", b"x")},
        headers={"Origin": "https://evil.example"},
        timeout=20,
        trust_env=False,
    )
    assert upload.status_code == 403


def raw(served, path):
    """A path as it is written, which httpx would tidy up first."""
    place = urlsplit(served.address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    connection.putrequest("GET", path)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


CLIMBS = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "....//", "..%252f")
ROUTES = (
    "/documents/{}.pdf",
    "/documents/{}",
    "/gradio_api/file={}",
    "/file={}",
    "/static/{}",
    "/assets/{}",
    "/svelte/{}",
    "/gradio_api/stream/x/x/x/{}",
    "/custom_component/x/server/component/{}",
    "/{}",
)


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_climbs_out_of_its_folder(served, workplace, route):
    """By each way to write `..`, and by a whole path; to a file of the machine and to one of the data folder."""
    home = workplace / "home"
    targets = ("etc/passwd", str(home / "conversations.sqlite").lstrip("/"))
    paths = [climb * 12 + target for climb in CLIMBS for target in targets]
    for path in (*paths, *(f"/{target}" for target in targets)):
        status, body = raw(served, route.format(path))
        assert b"root:" not in body, path
        assert b"SQLite format" not in body, path
        assert status != 500, path


@pytest.fixture
def elsewhere():
    """A server that notes what it was asked, in the place of one of the web."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"okapi")

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_the_page_fetches_no_address_that_a_request_names(served, elsewhere):
    address, asked = elsewhere
    public = "http://192.0.2.1/x.md"  # a documentation address: were it asked, the answer would be 502
    for url in (f"{address}/a.md", public, public.replace("http:", "HTTP:"), public.replace("http:", "https:")):
        assert get(served, f"/gradio_api/file={url}").status_code == 403, url
        assert get(served, f"/gradio_api/proxy={url}").status_code in (400, 403, 404), url
        call = f"{served.address}/gradio_api/call/v2/add_document"
        body = {"file": {"path": url, "url": url, "meta": {"_type": "gradio.FileData"}}}
        event = httpx.post(call, json=body, timeout=20, trust_env=False).json()["event_id"]
        answer = httpx.get(f"{call}/{event}", timeout=20, trust_env=False).text
        assert '"status": "added"' not in answer
        assert "okapi" not in answer
    assert asked == []


def test_gradio_asks_before_it_fetches_and_is_told_no():
    """That both of its ways to fetch ask the function that is replaced."""
    from gradio import processing_utils, route_utils

    from ui.no_fetching import keep_from_fetching

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(safehttpx, "async_validate_url", safehttpx.async_validate_url)
        keep_from_fetching()
        with pytest.raises(ValueError, match="Nothing is fetched from example"):
            asyncio.run(processing_utils.async_ssrf_protected_get("https://example.org/a"))
        request = SimpleNamespace(headers={}, method="GET")
        with pytest.raises(HTTPException) as refused:
            asyncio.run(route_utils.secure_url_stream_response("https://example.org/a", request))
        assert refused.value.status_code == 403


def test_an_upload_may_be_as_large_as_the_setting_says_and_no_larger(served, workplace):
    def upload(megabytes, name="../../../climb.md"):
        content = b"x" * (megabytes * 1024 * 1024)
        return httpx.post(
            f"{served.address}/gradio_api/upload", files={"files": (name, content)}, timeout=60, trust_env=False
        )

    taken = upload(1)
    (path,) = taken.json()
    assert Path(path).parent.parent == (workplace / "home" / "uploads").resolve()
    Path(path).unlink()
    assert upload(UPLOAD_MEGABYTES + 1).status_code == 413
    assert upload(UPLOAD_MEGABYTES * 11).status_code == 413
    long = httpx.post(f"{served.address}/gradio_api/queue/join", content=b" " * (33 << 20), timeout=60, trust_env=False)
    assert long.status_code == 413


def test_the_document_names_every_endpoint_with_its_arguments(client):
    published = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(published) == ENDPOINTS
    for name, endpoint in published.items():
        told = re.findall(r"(?:^|, )`(\w+)`", re.sub(r"\(.*?\)", "", ROWS[name][0]))
        assert [one["parameter_name"] for one in endpoint["parameters"]] == told, name
        assert endpoint["description"]


def test_the_python_of_the_document_does_what_it_says(shown, workplace):
    assert [citation["number"] for citation in shown["answer"]["citations"]] == [1, 2]
    assert shown["answer"]["sentences"][0]["support"] == "supported"
    assert shown["more"]["conversation_id"] == shown["answer"]["conversation_id"]
    assert [(passage["page"], passage["similarity"]) for passage in shown["found"]["passages"]] == [(2, 0.8)]
    assert (shown["added"]["status"], shown["added"]["title"]) == ("added", "notes")
    assert len(shown["quiz"]["questions"]) == 2
    assert "key" not in shown["quiz"]["questions"][0]
    assert shown["graded"]["score"] == {"score": 0.0, "total": 2, "sure_but_wrong": 0}
    acts = LearnerStore(workplace / "home" / LEARNER).evidence()
    assert {(act.conversation_id, act.details["confidence"]) for act in acts} == {("api", "low")}


def test_each_answer_has_what_the_document_says(client, shown):
    answers = {
        "/ask": shown["answer"],
        "/search": shown["found"],
        "/documents": client.predict(api_name="/documents"),
        "/add_document": shown["added"],
        "/due": client.predict(api_name="/due"),
        "/progress": client.predict(api_name="/progress"),
        "/make_quiz": shown["quiz"],
        "/answer_quiz": shown["graded"],
    }
    assert set(answers) == ENDPOINTS
    for name, answer in answers.items():
        fields = re.findall(r"`(\w+)`", ROWS[name][1].partition(", best first")[0].replace(" with `mastery`", ""))
        assert set(fields) <= set(answer), name
    assert answers["/due"]["next_seven_days"][0] == 2


def run(command, served, **filled):
    line = command.replace(ADDRESS, served.address)
    for name, value in filled.items():
        line = line.replace(name, value)
    words = [word for word in shlex.split(line, comments=True) if word != "\n"]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_of_the_document_works(served, workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (workplace / "notes.md").write_text("# More notes\n\nThe softmax saturates otherwise.\n", encoding="utf-8")
    text = "".join(blocks("bash"))
    search, searched, upload, add, added = re.findall(r"^curl (?:.*\\\n)*.*$", text, re.MULTILINE)
    event = json.loads(run(search, served))["event_id"]
    answer = run(searched, served, EVENT_ID=event)
    assert "event: complete\n" in answer
    found = answer_of(answer)
    assert found["passages"][0]["document"] == "Attention Is All You Need"
    (path,) = json.loads(run(upload, served))
    event = json.loads(run(add, served, UPLOADED_PATH=path))["event_id"]
    assert answer_of(run(added, served, EVENT_ID=event))["status"] == "added"
    assert not Path(path).exists(), "an upload is open to every reader until it is removed"


def test_faults_come_back_as_a_sentence_and_a_hint(client):
    calls = [
        ("/ask", ("please fail",), "The model does not answer."),
        ("/ask", ("Why?", "unknown"), 'There is no conversation "unknown".'),
        ("/search", (" ",), "The search has no query."),
        ("/search", ("x", "many"), "search cannot be called like this (limit: "),
        ("/progress", ("giraffes",), "The roadmap has no topic “giraffes”."),
        ("/make_quiz", ("giraffes",), "Neither the roadmap nor your library has “giraffes”."),
        ("/make_quiz", ("", 5, "exam"), "make_quiz cannot be called like this (mode: "),
        ("/answer_quiz", ("none", "none", "1"), "This quiz is not in your record."),
        ("/add_document", ("notes.md",), "add_document cannot be called like this (file: "),
        ("/add_document", ({},), "This is no uploaded file."),
    ]
    for name, arguments, sentence in calls:
        answer = client.predict(*arguments, api_name=name)
        assert set(answer) == {"error", "hint"}, name
        assert answer["error"].startswith(sentence), name
        assert answer["hint"], name


def test_an_act_that_asks_first_is_declined_and_told(client):
    answer = client.predict("with permission", api_name="/ask")
    assert answer["text"] == "Here it is."
    assert "run_python was declined: it asks first. Ask in the page." in answer["notices"]


def test_no_call_names_a_file_of_the_machine(served, tmp_path):
    """Neither as a plain object, nor as what an upload looks like; the fault does not show the file."""
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n\nThe word is okapi.\n", encoding="utf-8")
    call = f"{served.address}/gradio_api/call/v2/add_document"
    for meta in ({}, {"meta": {"_type": "gradio.FileData"}}):
        body = {"file": {"path": str(secret), **meta}}
        event = httpx.post(call, json=body, timeout=20, trust_env=False).json()["event_id"]
        answer = httpx.get(f"{call}/{event}", timeout=20, trust_env=False).text
        assert ("This is no uploaded file." in answer) != answer.startswith("event: error")
        assert "okapi" not in answer
    assert secret.exists()


def test_callers_at_the_same_time_get_their_own_answers(client):
    """Eight at once: each a conversation of its own, and a search answers the query that it was asked."""

    def one(number):
        found = client.predict(f"query {number}", api_name="/search")
        return found["query"], client.predict(f"Question {number}", api_name="/ask")["conversation_id"]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(8)))
    assert [query for query, _ in results] == [f"query {number}" for number in range(8)]
    assert len({identity for _, identity in results}) == 8


def test_what_the_page_keeps_private_has_no_name_in_the_api(client, served):
    for path in ("documents", "delete_document", "show_model", "open_conversation"):
        answer = httpx.post(f"{served.address}/gradio_api/call/v2/{path}", json={}, timeout=20, trust_env=False)
        assert (answer.status_code == 200) == (f"/{path}" in ENDPOINTS), path
