"""Whether the page is well: what `/health` tells to everybody, and `python -m ui health` to a watching program."""

import json
import threading

import httpx
import pytest
from fake_services import fake_services
from served_page import free_port

from errors import StudyError
from ui.__main__ import main
from ui.health import ask_health, health_of


def test_the_page_tells_how_it_is_and_nothing_else(served):
    answer = served.when_ready()
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"status", "library", "model", "version"}
    assert (told["status"], told["library"], told["model"]) == ("ok", "ready", "embedded")
    assert answer.headers["cache-control"] == "no-store"
    assert httpx.post(f"{served.address}/health", trust_env=False).status_code == 405
    for text in ("study-assistant", "home", "/tmp", "lora"):
        assert text not in answer.text


def test_the_command_says_it_and_ends_with_zero(served, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("STUDY_HOME", str(tmp_path))
    monkeypatch.setenv("STUDY_PORT", served.address.rpartition(":")[2])
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert main(["health"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "ok"


def test_the_command_ends_with_two_when_nothing_answers(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("STUDY_HOME", str(tmp_path))
    monkeypatch.setenv("STUDY_PORT", str(free_port()))
    assert main(["health"]) == 2
    assert "No page answers at http://127.0.0.1" in capsys.readouterr().err


def test_a_library_on_its_way_is_well_and_one_that_failed_is_not(tmp_path):
    opened = threading.Event()
    services = fake_services(tmp_path / "home")
    rooms = services.open_rooms

    def slowly():
        opened.wait(30)
        return rooms()

    services.open_rooms = slowly
    services.start()
    assert (health_of(services).status, health_of(services).library) == ("ok", "loading")
    opened.set()
    services.rooms(30)
    assert health_of(services).library == "ready"

    failing = fake_services(tmp_path / "failing")
    failing.open_rooms = lambda: (_ for _ in ()).throw(StudyError("No."))
    failing.start()
    with pytest.raises(StudyError):
        failing.rooms(30)
    assert health_of(failing).status == "failed"
    assert health_of(failing).response().status_code == 503


def test_another_program_at_the_address_is_not_taken_for_the_page(served):
    with pytest.raises(StudyError, match="404"):
        ask_health(f"{served.address}/documents")
