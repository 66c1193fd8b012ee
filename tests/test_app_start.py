"""`python app.py`: bad starts are one sentence and exit code 2, and Ctrl-C closes cleanly."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from served_page import ROOT, environment, free_port, run_app, serving_app

from errors import HomeError, PortInUseError, SettingsError
from ui.accounts.policy import is_loopback
from ui.accounts.users import UserFile
from ui.launch import check_address, check_home, prepare_environment


def one_sentence(stderr):
    lines = stderr.strip().splitlines()
    assert len(lines) == 1, stderr
    assert "Traceback" not in stderr
    return lines[0]


def test_a_port_in_use_is_one_sentence_that_names_it(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, stderr = run_app(tmp_path / "home", STUDY_PORT=str(port))
    assert code == 2
    sentence = one_sentence(stderr)
    assert f"Port {port} is in use" in sentence
    assert "STUDY_PORT=" in sentence


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    code, _, stderr = run_app(tmp_path / "file")
    assert code == 2
    assert "cannot be used" in one_sentence(stderr)
    assert "STUDY_HOME=" in stderr


def test_a_bad_setting_is_one_sentence(tmp_path):
    code, _, stderr = run_app(tmp_path / "home", STUDY_PORT="many", STUDY_PROT="1")
    assert code == 2
    sentence = one_sentence(stderr)
    assert "STUDY_PORT='many'" in sentence
    assert "STUDY_PROT is not a setting" in sentence


def test_other_machines_are_refused_for_want_of_a_login(tmp_path):
    code, _, stderr = run_app(tmp_path / "home", STUDY_HOST="0.0.0.0")
    assert code == 2
    assert "Nobody could log in" in one_sentence(stderr)
    assert "python -m ui users add NAME" in stderr


@pytest.mark.slow
def test_the_page_is_served_and_ctrl_c_closes_it(tmp_path):
    with serving_app(tmp_path / "home", free_port()) as served:
        served.wait_for_output("Ctrl-C ends it.")
    assert served.process.returncode == 0, served.output()
    assert f"Study assistant: {served.address}" in served.output()
    assert "Closing." in served.output()
    assert "Traceback" not in served.output()
    assert (tmp_path / "home" / "logs" / "study.log").exists()


@pytest.mark.slow
def test_with_users_the_page_asks_for_a_login_and_beyond_this_machine_too(tmp_path):
    home = tmp_path / "home"
    UserFile(home).add("anna", "correct horse", at=datetime.now(UTC))
    with serving_app(home, free_port(), STUDY_HOST="0.0.0.0") as served:
        served.wait_for_output("Ctrl-C ends it.")
        with httpx.Client(base_url=served.address, trust_env=False, timeout=60) as reader:
            assert reader.get("/config").status_code == 401
            reader.post("/login", data={"username": "anna", "password": "correct horse"})
            assert "anna" in reader.get("/config").text
    assert served.process.returncode == 0, served.output()
    assert "Readers log in; 1 can." in served.output()
    assert "Traceback" not in served.output()
    assert not (home / "conversations.sqlite").exists(), "nothing is written beside the users' folders"
    for variables in ({"STUDY_LOGIN": "off", "STUDY_HOST": "0.0.0.0"}, {"STUDY_LOGIN": "maybe"}):
        code, _, stderr = run_app(home, **variables)
        assert code == 2
        assert "STUDY_LOGIN" in one_sentence(stderr)


def test_starting_imports_nothing_heavy(tmp_path):
    code = (
        "import sys, app; from settings import Settings;"
        "app.build_services(Settings.from_environment());"
        "print(sorted({'torch','chromadb','gradio','langchain','sentence_transformers','bm25s'} & set(sys.modules)))"
    )
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(home), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.3.4.5", True), ("0.0.0.0", False), ("me", False)],
)
def test_only_loopback_is_open(host, loopback):
    assert is_loopback(host) is loopback


def test_address_and_home_are_checked_before_anything_is_loaded(tmp_path):
    with pytest.raises(SettingsError, match="no port 70000"):
        check_address("127.0.0.1", 70000)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUseError, match="in use"):
            check_address("127.0.0.1", taken.getsockname()[1])
    for host in ("not.a.machine.invalid", "192.0.2.1"):
        with pytest.raises(SettingsError, match="has no address"):
            check_address(host, free_port())
    check_address("127.0.0.1", free_port())
    check_home(tmp_path / "new" / "home")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HomeError, match="cannot be used"):
        check_home(tmp_path / "file" / "home")


def test_no_variable_of_gradios_reaches_it(tmp_path, monkeypatch):
    """GRADIO_DEBUG=1 kept the start from coming back, GRADIO_VIBE_MODE=1 lets readers change the program."""
    with monkeypatch.context() as patch:
        for name in ("GRADIO_DEBUG", "GRADIO_VIBE_MODE", "GRADIO_SHARE", "GRADIO_ALLOWED_PATHS", "GRADIO_NEW_IN_2027"):
            patch.setenv(name, "1")
        before = dict(os.environ)
        try:
            prepare_environment(tmp_path)
            left = {name: value for name, value in os.environ.items() if name.startswith("GRADIO_")}
        finally:
            os.environ.clear()
            os.environ.update(before)
    assert left["GRADIO_TEMP_DIR"] == str(tmp_path / "uploads")
    assert set(left.values()).isdisjoint({"1"})
