"""What is let through to the page: origin, host, length, rate; and how failed logins and sessions are counted."""

import asyncio
import itertools
from datetime import UTC, datetime

import httpx
import pytest

from ui.accounts import attempts, passwords, sessions
from ui.accounts.attempts import Attempts, network_of
from ui.accounts.sessions import Sessions
from ui.accounts.users import UserFile
from ui.guard import MEGABYTE, Guard, GuardRules
from ui.request_rate import MOST_KEYS, RequestRate

HOME = "http://127.0.0.1:7860"
AT = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


async def echo(scope, receive, send):
    """Answers with the number of bytes that it read."""
    count, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RuntimeError("the reader went away")
        count, more = count + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"DENY")]})
    await send({"type": "http.response.body", "body": str(count).encode()})


def guarded(app=echo, *, own_names_only=True, per_minute=1000, clock=None, client=("127.0.0.1", 5)):
    rate = RequestRate(per_minute, now=clock or Clock())
    rules = GuardRules(rate=rate, upload_megabytes=1, own_names_only=own_names_only)
    transport = httpx.ASGITransport(app=Guard(app, rules), client=client, raise_app_exceptions=False)

    def request(method, path="/", base=HOME, content=None, **headers):
        async def send():
            async with httpx.AsyncClient(transport=transport, base_url=base) as session:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await session.request(method, path, content=content, headers=named)

        return asyncio.run(send())

    return request


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 200),  # curl, httpx, Gradio's client
        ("POST", {"origin": HOME}, 200),
        ("POST", {"origin": HOME, "sec_fetch_site": "same-origin"}, 200),
        ("POST", {"referer": f"{HOME}/?conversation=x"}, 200),
        ("POST", {"origin": "https://study.example", "sec_fetch_site": "same-origin"}, 200),  # a proxy changed Host
        ("POST", {"origin": "https://evil.example"}, 403),
        ("POST", {"origin": "http://127.0.0.1:9999"}, 403),
        ("POST", {"origin": "http://127.0.0.1.evil.example:7860"}, 403),
        ("POST", {"origin": "null"}, 403),
        ("POST", {"origin": "http://[evil"}, 403),
        ("POST", {"referer": "https://evil.example/"}, 403),
        ("POST", {"sec_fetch_site": "cross-site"}, 403),
        ("POST", {"sec_fetch_site": "same-site"}, 403),  # another port of this machine
        ("POST", {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}, 403),
        ("DELETE", {"origin": "https://evil.example"}, 403),
        ("PUT", {"sec_fetch_site": "cross-site"}, 403),
        ("GET", {}, 200),
        ("GET", {"sec_fetch_site": "none", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}, 200),
        ("GET", {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}, 200),
        ("GET", {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}, 403),
        ("GET", {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}, 403),
        ("GET", {"origin": "https://evil.example"}, 403),
        ("GET", {"referer": "https://evil.example/"}, 200),
        ("OPTIONS", {"origin": "https://evil.example", "sec_fetch_mode": "cors"}, 403),
    ],
)
def test_requests_of_other_pages_are_refused(method, headers, status):
    reached = []

    async def app(scope, receive, send):
        reached.append(scope["method"])
        await echo(scope, receive, send)

    assert guarded(app)(method, **headers).status_code == status
    assert bool(reached) == (status == 200)


@pytest.mark.parametrize(
    ("host", "own", "open_to_all"),
    [
        ("127.0.0.1:7860", 200, 200),
        ("localhost:9000", 200, 200),
        ("LOCALHOST", 200, 200),
        ("[::1]:7860", 200, 200),
        ("evil.example", 400, 200),
        ("127.0.0.1.evil.example:7860", 400, 200),
        ("localhost.evil.example", 400, 200),
        ("", 400, 200),
        ("[::1", 400, 200),
        ("localhost:9000#evil.example", 400, 200),
        ("evil.example@localhost", 400, 200),
    ],
)
def test_without_a_login_only_names_of_this_machine_are_answered(host, own, open_to_all):
    assert guarded()("GET", host=host).status_code == own
    assert guarded(own_names_only=False)("GET", host=host).status_code == open_to_all


def test_two_names_at_once_are_none():
    async def send(order):
        app = Guard(echo, GuardRules(rate=RequestRate(60), upload_megabytes=1, own_names_only=True))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HOME) as session:
            return await session.get("/", headers=[("host", name) for name in order])

    for order in (("evil.example", "localhost"), ("localhost", "evil.example")):
        assert asyncio.run(send(order)).status_code == 400


def test_every_answer_has_the_headers_and_keeps_those_it_has():
    headers = guarded()("GET").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers.get_list("x-frame-options") == ["DENY"]
    assert guarded()("POST", origin="null").headers["x-frame-options"] == "SAMEORIGIN"


def pieces(count):
    async def body():
        for _ in range(count):
            yield b"x" * MEGABYTE

    return body()


def test_bodies_are_limited_whether_or_not_they_say_their_length():
    request = guarded()
    assert request("POST", content=b"x" * 1000).text == "1000"
    assert request("POST", content=pieces(32)).text == str(32 * MEGABYTE)
    for content in (b"x" * (33 * MEGABYTE), pieces(33)):
        answer = request("POST", content=content)
        assert (answer.status_code, answer.text) == (413, "The request is too long; 32 MB are taken.")


def test_an_upload_may_be_ten_of_the_largest_files():
    request = guarded()
    for path in ("/gradio_api/upload", "/gradio_api/upload/"):
        assert request("POST", path, content=pieces(11)).status_code == 200
        assert request("POST", path, content=pieces(12)).status_code == 413
    assert request("POST", "/gradio_api/uploads", content=pieces(12)).status_code == 200


def test_too_many_requests_have_to_wait_and_others_need_not():
    clock = Clock()
    rate = RequestRate(60, now=clock)
    assert [rate.wait_seconds("anna") for _ in range(60)] == [0.0] * 60
    assert rate.wait_seconds("anna") == pytest.approx(1.0)
    assert rate.wait_seconds("bert") == 0.0
    clock.seconds += 1.0
    assert rate.wait_seconds("anna") == 0.0
    assert rate.wait_seconds("anna") > 0

    request = guarded(per_minute=2, clock=clock)
    assert [request("GET").status_code for _ in range(3)] == [200, 200, 429]
    assert request("GET").headers["retry-after"] == "30"


def test_the_rate_forgets_rather_than_grow():
    rate = RequestRate(60, now=Clock())
    for number in range(MOST_KEYS + 100):
        rate.wait_seconds(str(number))
    assert len(rate) == MOST_KEYS


def test_failed_logins_have_to_wait_by_name_and_address():
    clock = Clock()
    failed = Attempts(now=clock)
    assert [failed.begin("anna", "192.0.2.1") for _ in range(attempts.MOST_OF_PAIR)] == [0.0] * attempts.MOST_OF_PAIR
    assert failed.begin(" ANNA", "192.0.2.1") == attempts.WINDOW_SECONDS
    assert failed.begin("anna", "192.0.2.2") == 0.0, "a stranger must not lock a user out"
    assert failed.begin("bert", "192.0.2.1") == 0.0
    clock.seconds += attempts.WINDOW_SECONDS
    assert failed.begin("anna", "192.0.2.1") == 0.0


def test_one_address_cannot_try_many_names_nor_many_addresses_one_name():
    failed = Attempts(now=Clock())
    waits = [failed.begin(f"user{number}", "2001:db8::1") for number in range(attempts.MOST_OF_ADDRESS)]
    assert set(waits) == {0.0}
    assert failed.begin("someone", "2001:db8::2") > 0, "the same network of IPv6"
    assert failed.begin("someone", "2001:db8:0:1::2") == 0.0
    failed = Attempts(now=Clock())
    addresses = (f"10.0.{high}.{low}" for high, low in itertools.product(range(5), range(100)))
    waits = [failed.begin("anna", next(addresses)) for _ in range(attempts.MOST_OF_NAME + 1)]
    assert [wait > 0 for wait in waits] == [False] * attempts.MOST_OF_NAME + [True]


def test_a_login_that_succeeds_takes_its_attempts_back():
    failed = Attempts(now=Clock())
    for _ in range(200):
        assert failed.begin("anna", "192.0.2.1") == 0.0
        failed.succeeded("anna", "192.0.2.1")
    assert len(failed) == 0


def test_failures_are_forgotten_rather_than_grow(monkeypatch):
    monkeypatch.setattr(attempts, "MOST_KEYS", 50)
    failed = Attempts(now=Clock())
    for number in range(200):
        failed.begin(f"user{number}" * 100, f"10.0.0.{number}")
    assert len(failed) == 50


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8::7", "2001:db8::/64"), ("x", "x")],
)
def test_an_address_counts_as_its_network(address, network):
    assert network_of(address) == network


@pytest.fixture
def people(tmp_path, monkeypatch):
    monkeypatch.setattr(passwords, "COST", passwords.Cost(n=2**4))
    file = UserFile(tmp_path)
    return file, file.add("anna", "correct horse", at=AT), file.add("bert", "correct horse", at=AT)


def test_a_session_is_its_users_until_it_ends(people):
    file, anna, bert = people
    clock = Clock()
    logins = Sessions(file, now=clock)
    of_anna, of_bert = logins.open(anna), logins.open(bert)
    assert (logins.user_of(of_anna), logins.user_of(of_bert)) == (anna, bert)
    assert logins.user_of("") is logins.user_of(of_anna[:-1]) is logins.user_of("\ud800") is None
    assert of_anna not in repr(vars(logins))
    logins.close(of_anna)
    assert logins.user_of(of_anna) is None
    clock.seconds += sessions.IDLE_SECONDS + 1
    assert logins.user_of(of_bert) is None
    assert len(logins) == 0


def test_a_session_is_over_after_a_month_of_use(people):
    file, anna, _ = people
    clock = Clock()
    logins = Sessions(file, now=clock)
    token, days = logins.open(anna), 0
    while logins.user_of(token) is not None:
        clock.seconds += 86_400
        days += 1
    assert days == 31


def test_a_new_password_and_a_removal_end_sessions(people):
    file, anna, bert = people
    logins = Sessions(file)
    of_anna, of_bert = logins.open(anna), logins.open(bert)
    file.set_password("anna", "another password")
    file.remove("bert")
    assert logins.user_of(of_anna) is logins.user_of(of_bert) is None
    file.add("bert", "correct horse", at=AT)
    assert logins.user_of(of_bert) is None


def test_sessions_are_bounded(people):
    file, anna, bert = people
    logins = Sessions(file)
    of_bert = logins.open(bert)
    tokens = [logins.open(anna) for _ in range(sessions.MOST_OF_USER + 5)]
    known = [logins.user_of(token) is not None for token in tokens]
    assert known == [False] * 5 + [True] * sessions.MOST_OF_USER
    assert logins.user_of(of_bert) == bert
