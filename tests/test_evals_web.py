"""The web side in its short form, and that each of its judges can find a fault."""

import os
from types import SimpleNamespace

import pytest

from evals.soak import web, web_fetching, web_origins, web_paths, web_users
from evals.soak.soak import Soak
from evals.soak.web_reader import Heard, Reply, form_of
from evals.soak.web_world import KEYS, OUTSIDE, Canary, Case


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="reads what a process listens on from Linux")
def test_the_short_form_keeps_its_promises(tmp_path):
    counts = web.measure(Soak(work=tmp_path, short=True))
    assert [f"{count.what}: {count.note}" for count in counts if count.failed > count.bar] == []
    assert len(counts) == len(web.GROUPS)
    assert min(count.tried for count in counts) > 0


def test_a_case_that_breaks_off_or_finds_something_has_failed():
    def broken(world):
        raise OSError("no connection")

    cases = [Case("good", lambda world: ""), Case("bad", lambda world: "it is served"), Case("broken", broken)]
    count = web.counted(web.Group("things", 3, lambda world, short: cases), None, short=False)
    assert (count.tried, count.failed) == (3, 2)
    assert count.note == "bad: it is served; broken: OSError: no connection"


def test_the_short_form_keeps_the_last_case_in_which_things_must_be_seen():
    tried = []
    cases = [Case(str(number), lambda world, number=number: tried.append(number) or "") for number in range(100)]
    web.counted(web.Group("things", 3, lambda world, short: cases), None, short=True)
    assert tried[-1] == 99
    assert len(tried) == 10


def answering(status=200, text="", **headers):
    reply = Reply(status, headers, text)
    return SimpleNamespace(
        get=lambda *_, **__: reply,
        ask=lambda *_, **__: reply,
        call=lambda *_, **__: text,
        click=lambda *_, **__: text,
        do=lambda *_, **__: text,
        endpoints={"ask": 1},
        port=7860,
        name="127.0.0.1:7860",
    )


@pytest.fixture
def careless(tmp_path):
    """A world whose page gives everything to everybody."""
    page = answering(text=f"{OUTSIDE} {web_users.WORD} added")
    (tmp_path / "outside.txt").write_text(OUTSIDE)
    canary = Canary()
    yield SimpleNamespace(
        readers={"alone": page, "anna": page},
        alone=page,
        anna=page,
        bert=page,
        stranger=page,
        texts={"upload": "x", "conversation": "x", "pdf": "x", "document": "x", "quiz": "x", "question": "x"},
        folder=tmp_path,
        outside=tmp_path / "outside.txt",
        home_of=lambda _: tmp_path,
        canary=canary,
        network=lambda: canary.asked,
        stays=lambda _: "",
    )
    canary.close()


@pytest.mark.parametrize("who", ["alone", "anna"])
def test_a_page_that_serves_every_file_fails(careless, who):
    assert "gives" in web_paths._asked(careless, who=who, target="/gradio_api/file=@")
    assert OUTSIDE in web_paths._added(careless, who=who, value="@")
    assert "gives" in web_paths._clicked(careless, action="open_document")


def test_a_page_that_keeps_nobody_apart_fails(careless):
    assert "it shows" in web_users._clicked(careless, action="open_conversation", values=["x"])
    assert "not refused" in web_users._called(careless, name="ask")
    assert web_users._file(careless, path="/x") == "it is answered with 200"
    assert web_users._strange(careless, method="GET", target="/").startswith("it is answered with 200")


def test_a_page_that_knows_no_origin_and_no_name_fails(careless):
    for name, headers in web_origins.ORIGINS.items():
        fault = web_origins._foreign(careless, who="alone", act="event", headers=headers)
        assert fault == "it is answered with 200", name
    assert "answered with 200" in web_origins._as_host(careless, who="alone", host="evil.example")


def test_a_page_that_asks_an_address_fails(careless):
    def way(world, address):
        world.canary.asked.append(address)
        return OUTSIDE

    found = web_fetching._tried(careless, address="http://127.0.0.1:@/", way=way)
    address = f"http://127.0.0.1:{careless.canary.port}/"
    assert found == f"asked: {address}; the service was reached; its answer was shown"


def test_a_key_in_an_answer_is_heard():
    heard = Heard(tuple(KEYS.values()))
    heard.hear("GET /", "nothing of it")
    heard.hear("GET /config", f"x{KEYS['HF_TOKEN']}x")
    assert heard.leaks == ["hf_planted_5… in the answer to GET /config"]


def test_names_of_files_stand_in_a_form_as_they_are():
    body, kind = form_of([("../a.md", b"text")])
    assert b'filename="../a.md"' in body
    assert kind.removeprefix("multipart/form-data; boundary=").encode() in body
