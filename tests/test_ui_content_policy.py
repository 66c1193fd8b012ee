"""The policy that goes with every answer: which scripts it lets run, and what it leaves alone."""

import asyncio
import base64
import hashlib

import pytest

from ui.content_policy import OTHER_POLICY, PDF_POLICY, ContentPolicy, page_policy, scripts_in

PAGE = '<html><head><script>one()</script><script src="/x.js"></script><script type="module">two("<b>")</script>'


def answered(*messages, headers=(), path="/"):
    """What is sent of an application that answers with these messages, and the headers it was asked with."""
    sent, asked = [], []

    async def application(scope, receive, send):
        asked.extend(scope["headers"])
        for message in messages:
            await send(message)

    async def keep(message):
        sent.append(message)

    asyncio.run(ContentPolicy(application)({"type": "http", "path": path, "headers": list(headers)}, None, keep))
    return sent, asked


def start(kind, *more):
    return {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), *more]}


def body(text, more=False):
    return {"type": "http.response.body", "body": text.encode(), "more_body": more}


def policy_of(message):
    found = [value.decode() for name, value in message["headers"] if name == b"content-security-policy"]
    assert len(found) == 1
    return found[0]


def test_a_page_may_run_the_scripts_it_came_with_and_no_other():
    sent, asked = answered(
        start(b"text/html; charset=utf-8"),
        body(PAGE[:30], more=True),
        body(PAGE[30:]),
        headers=[(b"accept", b"text/html,*/*"), (b"accept-encoding", b"gzip")],
    )
    policy = policy_of(sent[0])
    for script in ("one()", 'two("<b>")'):
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert b"".join(message["body"] for message in sent[1:]).decode() == PAGE
    assert b"accept-encoding" not in dict(asked), "a packed page could not be read"
    for rule in ("default-src 'none'", "connect-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "http:" not in policy
    assert "https:" not in policy


def test_our_own_scripts_may_run_where_gradio_puts_them_later():
    from ui.theme import page_head

    (ours,) = scripts_in(page_head())
    digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
    sent, _ = answered(start(b"text/html"), body("<html>"))
    assert digest in policy_of(sent[0])


@pytest.mark.parametrize(
    ("kind", "policy"),
    [
        (b"application/json", OTHER_POLICY),
        (b"image/svg+xml", OTHER_POLICY),
        (b"text/event-stream", OTHER_POLICY),
        (b"application/pdf", PDF_POLICY),
    ],
)
def test_other_answers_pass_at_once_with_a_policy_of_their_own(kind, policy):
    sent, _ = answered(start(kind), body("a", more=True), body("b"))
    assert policy_of(sent[0]) == policy
    assert [message["body"] for message in sent[1:]] == [b"a", b"b"]


def test_html_that_is_not_the_page_runs_no_script():
    sent, _ = answered(start(b"text/html"), body("<script>one()</script>"), path="/gradio_api/file=x.html")
    assert policy_of(sent[0]) == OTHER_POLICY
    assert "script-src" not in OTHER_POLICY
    assert OTHER_POLICY.startswith("default-src 'none'")


def test_a_policy_that_an_answer_brings_stays():
    sent, _ = answered(start(b"text/html", (b"Content-Security-Policy", b"default-src 'none'")), body("x"))
    assert [value for name, value in sent[0]["headers"] if name.lower() == b"content-security-policy"] == [
        b"default-src 'none'"
    ]


def test_a_page_that_never_ends_goes_out_without_scripts(monkeypatch):
    monkeypatch.setattr("ui.content_policy.MOST_BYTES", 10)
    sent, _ = answered(start(b"text/html"), body("<script>x()</script>", more=True), body("more"))
    digest = base64.b64encode(hashlib.sha256(b"x()").digest()).decode()
    assert digest not in policy_of(sent[0])
    assert [message["body"] for message in sent[1:]] == [b"<script>x()</script>", b"more"]


def test_a_script_is_taken_once():
    assert page_policy(["a", "a"]).count("sha256-") == 1
