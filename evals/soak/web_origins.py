"""Cases of the part `web`: requests that other pages send, names that lead here by deceit, guesses, floods."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import urlencode

from evals.soak.web_reader import API, FORM, JSON, Reader, form_of
from evals.soak.web_world import PASSWORDS, Case, World

EVIL = "https://evil.example"
ORIGINS: Mapping[str, Mapping[str, str]] = {
    "another origin": {"Origin": EVIL},
    "another port": {"Origin": "http://127.0.0.1:9"},
    "the same port of another name": {"Origin": "http://evil.example:@"},
    "a name that begins alike": {"Origin": "http://127.0.0.1.evil.example:@"},
    "a name before an at sign": {"Origin": "http://127.0.0.1:@@evil.example"},
    "no origin at all, said": {"Origin": "null"},
    "an origin that is none": {"Origin": "http://[evil"},
    "another scheme": {"Origin": "chrome-extension://abcdef"},
    "another referrer": {"Referer": f"{EVIL}/page"},
    "a browser's word": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "another port, a browser's word": {"Sec-Fetch-Site": "same-site"},
    "a form of another page": {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
                               "Sec-Fetch-Dest": "document"},
}  # fmt: skip
HOSTS = (
    "evil.example", "evil.example:PORT", "127.0.0.1.evil.example:PORT", "localhost.evil.example", "localhost.example",
    "0.0.0.0:PORT", "[::]:PORT", "192.0.2.1:PORT", "169.254.169.254", "evil.example@127.0.0.1",
    "127.0.0.1:PORT@evil.example", "", "[::1", "2130706433:PORT", "localhost:PORT#evil.example",
    "localhost/evil.example",
    "\u006c\u006f\u0063\u0061\u006c\u04bb\u043e\u0455\u0442",
)  # fmt: skip
GUESSES = 6


def origins() -> Iterator[Case]:
    """Each act of the page, as another page would send it, with every sign by which that shows."""
    for who in ("alone", "anna"):
        for act in _acts():
            for name, headers in ORIGINS.items():
                yield Case(f"{who} {act} from {name}", partial(_foreign, who=who, act=act, headers=headers))
        yield Case(f"{who} data in a frame", partial(_framed, who=who))
        yield Case(f"{who} data as a script", partial(_included, who=who))
        yield Case(f"{who} asks beforehand", partial(_beforehand, who=who))
        yield Case(f"{who} a socket of another page", partial(_socket, who=who))
        yield Case(f"{who} the page itself acts", partial(_itself, who=who))


def rebinding(world: World) -> Iterator[Case]:
    """Names that were made to lead to this machine, where nobody logs in and where somebody does."""
    for host in HOSTS:
        yield Case(f"login as {host[:30]!r}", partial(_as_host, who="stranger", host=host))
    if not world.has_own_page:
        return
    for host in HOSTS:
        yield Case(f"alone as {host[:30]!r}", partial(_as_host, who="alone", host=host))
    yield Case("two names", _two_hosts)
    yield Case("a name of a proxy", _forwarded)
    yield Case("the names of this machine", _own_names)


def rates(*, short: bool) -> Iterator[Case]:
    """Guesses of passwords, and more requests than one may send."""
    yield Case("guesses from one address", _guesses)
    yield Case("a guess too many, with the right password", _too_many)
    if not short:  # each costs a quarter of a second of a core
        yield Case("guesses with other names", _guesses_of_names)
    yield Case("a user who floods", partial(_flood, who="bert", others=("anna",)))
    yield Case("a stranger who floods", partial(_flood, who="stranger", others=("anna",)))
    yield Case("this machine floods", partial(_flood, who="alone", others=()))


def _acts() -> dict[str, tuple[str, str, bytes | str, Mapping[str, str]]]:
    """Method, target, body and headers, by what it does."""
    form, kind = form_of([("evil.md", b"# Evil")])
    body = '{"data": [], "fn_index": 0, "session_hash": "x"}'
    return {
        "upload": ("POST", f"{API}/upload", form, {"Content-Type": kind}),
        "event": ("POST", f"{API}/queue/join", body, JSON),
        "event as text": ("POST", f"{API}/queue/join", body, {"Content-Type": "text/plain"}),
        "event without the queue": ("POST", f"{API}/run/predict", body, JSON),
        "endpoint": ("POST", f"{API}/call/v2/documents", "{}", JSON),
        "endpoint as a form": ("POST", f"{API}/call/v2/ask", "question=x", FORM),
        "cancel": ("POST", f"{API}/cancel", '{"session_hash": "x", "fn_index": 0, "event_id": "x"}', JSON),
        "logout": ("POST", "/logout", "", FORM),
        "login": ("POST", "/login", urlencode({"username": "bert", "password": PASSWORDS["bert"]}), FORM),
        "delete": ("DELETE", "/config", "", {}),
    }


def _foreign(world: World, *, who: str, act: str, headers: Mapping[str, str]) -> str:
    method, target, body, own = _acts()[act]
    reader = world.readers[who]
    signs = {name: value.replace("@", str(reader.port), 1) for name, value in headers.items()}
    reply = reader.ask(method, target, body, {**own, **signs})
    if act == "logout" and who == "anna" and reader.get("/config").status != 200:
        return "it logs anna out"
    return "" if reply.status == 403 else f"it is answered with {reply.status}"


def _framed(world: World, *, who: str) -> str:
    signs = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    reply, page = world.readers[who].ask("GET", "/", headers=signs), world.readers[who].get("/")
    policy = page.headers.get("content-security-policy", "") + page.headers.get("x-frame-options", "")
    if "frame-ancestors" not in policy and "SAMEORIGIN" not in policy:
        return "the page may be framed"
    return "" if reply.status == 403 else f"it is answered with {reply.status}"


def _included(world: World, *, who: str) -> str:
    signs = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    statuses = {world.readers[who].ask("GET", path, headers=signs).status for path in ("/config", "/my-data.zip")}
    return "" if statuses == {403} else f"it is answered with {statuses}"


def _beforehand(world: World, *, who: str) -> str:
    signs = {"Origin": EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    reply = world.readers[who].ask("OPTIONS", f"{API}/queue/join", headers=signs)
    plain = world.readers[who].ask("GET", "/config", headers={"Origin": EVIL})
    allowed = [one for one in (reply, plain) if one.headers.get("access-control-allow-origin")]
    return "it is allowed" if allowed or plain.status != 403 else ""


def _socket(world: World, *, who: str) -> str:
    reader = world.readers[who]
    for path in ("/", f"{API}/queue/join", f"{API}/queue/data"):
        lines = (
            f"GET {path} HTTP/1.1", f"Host: {reader.name}", f"Origin: {EVIL}", f"Cookie: {reader.cookie}",
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        )  # fmt: skip
        told = _raw(reader, "\r\n".join(lines) + "\r\n\r\n")
        if b" 101 " in told.partition(b"\r\n")[0]:
            return f"{path} opens one"
    return ""


def _itself(world: World, *, who: str) -> str:
    """The same acts of the page's own are not refused."""
    reader = world.readers[who]
    signs = {"Origin": f"http://{reader.name}", "Sec-Fetch-Site": "same-origin"}
    method, target, body, own = _acts()["endpoint"]
    status = reader.ask(method, target, body, {**own, **signs}).status
    return "" if status == 200 else f"it is answered with {status}"


def _as_host(world: World, *, who: str, host: str) -> str:
    reader = world.alone if who == "alone" else world.stranger
    found = []
    for target in ("/", "/config", "/my-data.zip", f"{API}/info"):
        reply = reader.ask("GET", target, headers={"Host": host.replace("PORT", str(reader.port))})
        wanted = (400,) if who == "alone" else (400, 401)
        found += [f"{target} is answered with {reply.status}"] if reply.status not in wanted else []
    return "; ".join(found)


def _two_hosts(world: World) -> str:
    names = [("Host", world.alone.name), ("Host", "evil.example")]
    replies = [world.alone.ask("GET", "/config", headers=order) for order in (names, names[::-1])]
    world.alone.close()
    return "" if all(one.status == 400 for one in replies) else f"it is answered with {[one.status for one in replies]}"


def _forwarded(world: World) -> str:
    """What a proxy says of the visitor's name does not take the place of the name that was asked for."""
    signs = {"Host": "evil.example", "X-Forwarded-Host": world.alone.name, "X-Original-Host": "localhost"}
    status = world.alone.ask("GET", "/config", headers=signs).status
    return "" if status == 400 else f"it is answered with {status}"


def _own_names(world: World) -> str:
    port = world.alone.port
    names = (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}")
    found = {name: world.alone.ask("GET", "/config", headers={"Host": name}).status for name in names}
    return "" if set(found.values()) == {200} else f"{found}"


def _guesses(world: World) -> str:
    statuses = [world.stranger.log_in("bert", f"guess {number}").status for number in range(GUESSES)]
    return "" if statuses[0] == 401 and statuses[-1] == 429 else f"they are answered with {statuses}"


def _too_many(world: World) -> str:
    reply = world.stranger.log_in("bert", PASSWORDS["bert"])
    if reply.status != 429 or world.stranger.cookie:
        return f"it is answered with {reply.status}"
    return "" if world.bert.get("/config").status == 200 else "bert himself is logged out"


def _guesses_of_names(world: World) -> str:
    """Names that are no user's count by the address, too."""
    statuses = [world.stranger.log_in(f"nobody{number}", "guess").status for number in range(25)]
    return "" if 429 in statuses else "they are never told to wait"


def _flood(world: World, *, who: str, others: tuple[str, ...]) -> str:
    reader: Reader = getattr(world, who)
    for _ in range(world.per_minute * 2):
        reply = reader.get("/robots.txt")
        if reply.status == 429:
            break
    else:
        return f"{world.per_minute * 2} requests are answered"
    if not reply.headers.get("retry-after", "").isdigit():
        return "it is not told how long to wait"
    waiting = [name for name in others if getattr(world, name).get("/robots.txt").status != 200]
    return f"{waiting} have to wait, too" if waiting else ""


def _raw(reader: Reader, text: str) -> bytes:
    with socket.create_connection((reader.host, reader.port), timeout=10) as connection:
        connection.sendall(text.encode())
        return connection.recv(4_096)
