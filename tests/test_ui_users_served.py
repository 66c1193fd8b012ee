"""The page of several users over HTTP: nothing without a login, nothing of another's with one."""

import logging
import re
import time
import uuid
import warnings
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fake_services import PAPER
from served_page import free_port, serving_fake_users

from agent.conversations import ConversationStore
from evals.soak import event_stream
from ui.accounts import passwords
from ui.accounts.users import UserFile

AT = datetime(2026, 11, 1, tzinfo=UTC)
SECRETS = {"anna": "correct horse battery", "bert": "staple of the horse"}
HTML = {"Accept": "text/html"}
UPLOAD = "gradio_api/upload"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("users") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", passwords.Cost(n=2**4))
        for name, password in SECRETS.items():
            UserFile(folder).add(name, password, at=AT)
    return folder


@pytest.fixture(scope="module")
def served(home):
    with serving_fake_users(home, free_port()) as page:
        yield page


@pytest.fixture(scope="module")
def reader(served):
    """Makes clients with their own cookies, logged in where a name is given."""
    with ExitStack() as opened:

        def make(name=""):
            client = opened.enter_context(httpx.Client(base_url=served.address, timeout=30, trust_env=False))
            if name:
                taken = client.post("/login", data={"username": name, "password": SECRETS[name]})
                assert taken.status_code == 200, taken.text
            return client

        yield make


@pytest.fixture(scope="module")
def anna(reader):
    return reader("anna")


@pytest.fixture(scope="module")
def bert(reader):
    return reader("bert")


def call(client, name, **arguments):
    """The answer of an endpoint: by its event, as curl does it."""
    event = client.post(f"/gradio_api/call/v2/{name}", json=arguments).json()["event_id"]
    return answer_of(client, name, event)


def answer_of(client, name, event):
    text = client.get(f"/gradio_api/call/v2/{name}/{event}").text
    return event_stream.answer_of(text) if "event: complete" in text else text


def upload(client, name, content):
    (path,) = client.post(f"/{UPLOAD}", files={"files": (name, content)}).json()
    return path


def home_of(home, name):
    file = UserFile(home)
    return file.home_of(file.find(name))


def test_nothing_but_the_form_is_answered_without_a_login(reader):
    stranger = reader()
    paths = (
        "/", "/config", "/gradio_api/info", "/theme.css", "/robots.txt", "/gradio_api/app_id", "/gradio_api/user",
        f"/documents/{PAPER}.pdf", "/my-data.zip", "/gradio_api/file=/etc/passwd", "/gradio_api/startup-events",
        "/gradio_api/heartbeat/x", "/gradio_api/queue/data?session_hash=x", "/svelte/x", "/static/img/logo.svg",
        "/login/../config", "//config", "/nothing",
    )  # fmt: skip
    for path in paths:
        assert stranger.get(path).status_code == 401, path
        assert stranger.get(path, headers=HTML).status_code == 303, path
    for path in (f"/{UPLOAD}", "/gradio_api/queue/join", "/gradio_api/call/v2/documents", "/gradio_api/reset"):
        assert stranger.post(path, json={}).status_code == 401, path
    assert stranger.put("/config").status_code == 401
    told = {"status": "ok", "library": "ready", "model": "embedded", "version": "1"}
    assert stranger.get("/health").json() == told
    form = stranger.get("/login")
    assert form.status_code == 200
    assert 'autocomplete="current-password"' in form.text
    assert form.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in form.headers["content-security-policy"]


def test_a_login_gives_a_cookie_that_scripts_and_other_sites_do_not_get(reader):
    stranger = reader()
    for name, password in (("anna", "wrong"), ("nobody", SECRETS["anna"]), ("", ""), ("anna", SECRETS["bert"])):
        refused = stranger.post("/login", data={"username": name, "password": password})
        assert (refused.status_code, refused.json()) == (401, {"detail": "Name or password is wrong."})
        assert "set-cookie" not in refused.headers
    taken = stranger.post("/login", data={"username": "Anna", "password": SECRETS["anna"]})
    flags = taken.headers["set-cookie"]
    assert re.match(r"study-session-\d+=[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax$", flags)
    behind_tls = stranger.post(
        "/login",
        data={"username": "anna", "password": SECRETS["anna"]},
        headers={"X-Forwarded-Proto": "https"},
    )
    assert "; Secure" in behind_tls.headers["set-cookie"]


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/?conversation=1", "/?conversation=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\tx", "/"),
        ("/logout", "/"),
    ],
)
def test_a_browser_is_led_back_and_never_elsewhere(wanted, led_to, reader):
    data = {"username": "anna", "password": SECRETS["anna"]}
    led = reader().post("/login", params={"next": wanted}, data=data, headers=HTML)
    assert (led.status_code, led.headers["location"]) == (303, led_to)
    shown = reader().get("/login", params={"next": f'{wanted}"><script>'}).text
    assert "<script>" not in shown


def test_conversations_are_their_users(anna, bert, home):
    answer = call(anna, "ask", question="Why?")
    identity = answer["conversation_id"]
    other = call(bert, "ask", question="And now?", conversation_id=identity)
    assert other["error"] == f'There is no conversation "{identity}".'
    own = ConversationStore(home_of(home, "anna") / "conversations.sqlite")
    assert identity in {one.id for one in own.list()}
    others = ConversationStore(home_of(home, "bert") / "conversations.sqlite")
    assert identity not in {one.id for one in others.list()}


def test_documents_and_their_files_are_their_users(anna, bert):
    path = upload(anna, "okapi.md", b"# Okapi\n\nThe word is okapi.")
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    added = call(anna, "add_document", file=file)
    assert added["status"] == "added"
    for client, count in ((anna, 3), (bert, 2)):
        assert len(call(client, "documents")["documents"]) == count
    for client in (anna, bert):
        assert client.get(f"/documents/{PAPER}.pdf").status_code == 200
        assert client.get(f"/documents/{added['document_id']}.pdf").status_code == 404


def test_the_learners_record_is_its_users(anna, bert, home):
    quiz = call(anna, "make_quiz", count=1)
    question = quiz["questions"][0]["question_id"]
    arguments = {"quiz_id": quiz["quiz_id"], "question_id": question, "answer": "skip"}
    assert call(bert, "answer_quiz", **arguments)["error"] == "This quiz is not in your record."
    assert "verdict" in call(anna, "answer_quiz", **arguments)


def test_an_upload_is_its_users_by_address_and_by_name(anna, bert, home):
    """Neither served to another, nor taken from another's call, nor copied by a component that is handed its path."""
    path = upload(anna, "mine.md", b"# Mine\n\nThe word is okapi.")
    assert Path(path).is_relative_to(home_of(home, "anna") / "uploads")
    for form in (path, f"/{path}", path.replace("anna-", "./anna-")):
        assert anna.get(f"/gradio_api/file={path}").status_code == 200
        taken = bert.get(f"/gradio_api/file={form}")
        assert taken.status_code == 403
        assert "okapi" not in taken.text
    for meta in ({}, {"meta": {"_type": "gradio.FileData"}}):
        answer = call(bert, "add_document", file={"path": path, **meta})
        assert "okapi" not in str(answer)
        assert "added" not in str(answer)
    assert Path(path).exists()
    again = upload(bert, "mine.md", b"# Mine\n\nThe word is okapi.")
    assert Path(again).is_relative_to(home_of(home, "bert") / "uploads"), "the same content is another's file"
    for own in ("conversations.sqlite", "files/a.pdf"):
        assert anna.get(f"/gradio_api/file={home_of(home, 'anna') / own}").status_code == 403


def functions_with_files(config):
    """The events that take what a component for files holds, with that input's place."""
    kinds = {one["id"]: one["type"] for one in config["components"]}
    for event in config["dependencies"]:
        places = [place for place, one in enumerate(event["inputs"]) if kinds.get(one) in ("file", "uploadbutton")]
        if places:
            yield event["id"], places[0], len(event["inputs"]), kinds[event["inputs"][places[0]]]


def test_no_handler_of_the_page_takes_another_users_upload(anna, bert, home):
    path = upload(anna, "secret.md", b"# Secret\n\nThe word is quagga.")
    config = bert.get("/config").json()
    tried = 0
    for function, place, count, kind in functions_with_files(config):
        file = {"path": path, "orig_name": "secret.md", "meta": {"_type": "gradio.FileData"}}
        data = [None] * count
        data[place] = [file]
        session = uuid.uuid4().hex
        body = {"data": data, "fn_index": function, "session_hash": session, "event_data": None, "trigger_id": None}
        joined = bert.post("/gradio_api/queue/join", json=body)
        assert joined.status_code == 200, joined.text
        with bert.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as answer:
            lines = [line for line in answer.iter_lines() if "process_completed" in line]
        assert '"success":false' in lines[0].replace(" ", ""), (function, kind)
        tried += 1
    assert tried >= 2
    copies = [one for one in home_of(home, "bert").rglob("*") if one.is_file() and b"quagga" in one.read_bytes()]
    assert not copies
    assert Path(path).exists()


def heard_by(client, path):
    """What a stream of events says; Gradio breaks off where it knows no such event or session."""
    heard = []
    with suppress(httpx.RemoteProtocolError), client.stream("GET", path) as answer:
        heard.extend(answer.iter_lines())
    return "".join(heard)


def test_events_of_one_user_are_not_heard_by_another(anna, bert):
    event = anna.post("/gradio_api/call/v2/search", json={"query": "okapi"}).json()["event_id"]
    assert "okapi" not in heard_by(bert, f"/gradio_api/call/v2/search/{event}")
    assert answer_of(anna, "search", event)["query"] == "okapi"

    session = uuid.uuid4().hex
    function = next(one for one in anna.get("/config").json()["dependencies"] if one["api_name"] == "search")["id"]
    body = {"data": ["quagga", 1, ""], "fn_index": function, "session_hash": session}
    assert anna.post("/gradio_api/queue/join", json=body).status_code == 200
    stream = f"/gradio_api/queue/data?session_hash={session}"
    assert "quagga" not in heard_by(bert, stream)
    assert "quagga" in heard_by(anna, stream)


def test_events_of_one_user_are_not_cancelled_by_another(anna, bert):
    functions = {one["api_name"]: one["id"] for one in anna.get("/config").json()["dependencies"]}
    ended = {}
    for canceller in (bert, anna):
        event = anna.post("/gradio_api/call/v2/ask", json={"question": "Say it slowly"}).json()["event_id"]
        body = {"session_hash": event, "fn_index": functions["ask"], "event_id": event}
        time.sleep(0.5)
        assert canceller.post("/gradio_api/cancel", json=body).status_code == 200
        with anna.stream("GET", f"/gradio_api/call/v2/ask/{event}") as answer:
            ended[canceller] = next((line for line in answer.iter_lines() if line.startswith("data: ")), "")
    assert "conversation_id" in ended[bert]
    assert "conversation_id" not in ended[anna]


def test_gradios_own_client_logs_in(served):
    from gradio_client import Client
    from gradio_client.exceptions import AuthenticationError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"verbose": False, "analytics_enabled": False}
        client = Client(served.address, auth=("bert", SECRETS["bert"]), **options)
        assert client.predict("query", api_name="/search")["query"] == "query"
        client.close()
        with pytest.raises(AuthenticationError):
            Client(served.address, auth=("bert", "wrong password"), **options)


def test_other_pages_can_neither_log_in_nor_out_nor_act(reader):
    client = reader("anna")
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    data = {"username": "bert", "password": SECRETS["bert"]}
    assert client.post("/login", data=data, headers=foreign).status_code == 403
    assert client.post("/logout", headers=foreign).status_code == 403
    assert client.get("/logout").status_code == 405
    assert client.post("/gradio_api/call/v2/documents", json={}, headers=foreign).status_code == 403
    assert (
        client.get("/config", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    )
    assert client.get("/config").status_code == 200


def test_a_logout_ends_the_login_and_no_other(served, reader):
    one, other = reader("anna"), reader("anna")
    kept = dict(one.cookies)
    assert one.post("/logout").headers["location"] == "/login"
    assert one.get("/config").status_code == 401
    assert httpx.get(f"{served.address}/config", cookies=kept, trust_env=False).status_code == 401
    assert other.get("/config").status_code == 200


def test_the_page_names_its_user_and_has_a_way_out(anna, bert, served):
    for client, name, other in ((anna, "anna", "bert"), (bert, "bert", "anna")):
        config = client.get("/config").text
        assert f'class=\\"account-name\\">{name}<' in config
        assert other not in config.replace(str(client.base_url), "")


def test_a_removed_user_and_an_old_password_are_out_at_once(home, monkeypatch, reader):
    monkeypatch.setattr(passwords, "COST", passwords.Cost(n=2**4))
    file = UserFile(home)
    file.add("carl", "carl has a horse", at=AT)
    monkeypatch.setitem(SECRETS, "carl", "carl has a horse")
    client = reader("carl")
    assert client.get("/gradio_api/app_id").status_code == 200
    file.set_password("carl", "carl has another")
    assert client.get("/gradio_api/app_id").status_code == 401
    monkeypatch.setitem(SECRETS, "carl", "carl has another")
    client = reader("carl")
    file.remove("carl")
    assert client.get("/gradio_api/app_id").status_code == 401


def test_uploads_are_as_large_as_the_setting_says(anna):
    for megabytes, status in ((5, 413), (42, 413)):
        content = b"x" * (megabytes << 20)
        assert anna.post(f"/{UPLOAD}", files={"files": ("a.md", content)}).status_code == status
    assert anna.post("/login", data={"username": "x" * 20_000, "password": "y"}).status_code == 413
    assert anna.post("/login", data={"username": "x" * 15_000, "password": "y"}).status_code == 400
    assert anna.post("/login", content=b"{}", headers={"Content-Type": "application/json"}).status_code == 401
    assert anna.post("/login", files={"username": ("a", b"x")}).status_code in (400, 401)


def test_guessing_is_slowed_down_and_nothing_secret_is_logged(served, home, reader):
    stranger = reader()
    guesses = [stranger.post("/login", data={"username": "bert", "password": f"guess {n}"}) for n in range(6)]
    assert [one.status_code for one in guesses][-1] == 429
    assert int(guesses[-1].headers["retry-after"]) > 60
    right = stranger.post("/login", data={"username": "bert", "password": SECRETS["bert"]}, headers=HTML)
    assert right.status_code == 429
    assert "Too many failed logins; try again in 15 minutes." in right.text
    tokens = [value for one in (reader("anna"),) for value in one.cookies.values()]
    log = (home / "logs" / "study.log").read_text(encoding="utf-8") + served.output()
    assert "anna logged in" in log
    for secret in (*SECRETS.values(), *tokens, "guess 1", *(user.password for user in UserFile(home).users())):
        assert secret not in log
    assert logging.getLevelName(10) in log, "it holds every level"
