"""The Dockerfile and the compose file, held against what they are made from; no image is built here."""

import re
import tomllib
from pathlib import Path

import yaml

from settings import Settings
from ui.__main__ import main
from ui.accounts.policy import login_is_on
from ui.health import HEALTH

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
KNOWN = {"FROM", "ARG", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


def instructions():
    """Each instruction of the Dockerfile with its argument, lines put together."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in lines)]


def of(kind):
    return [argument for name, argument in instructions() if name == kind]


def variables():
    """What the last stage sets in the environment."""
    return dict(pair.split("=", 1) for argument in of("ENV") for pair in argument.split())


def own_copies():
    """Files and folders of the project that are copied."""
    return [name for one in of("COPY") if not one.startswith("--from=") for name in one.split()[:-1]]


def test_only_known_instructions_in_two_stages():
    assert {name for name, _ in instructions()} <= KNOWN
    stages = of("FROM")
    assert len(stages) == 2
    assert stages[0] == "${PYTHON_IMAGE} AS build"
    assert stages[1] == "${PYTHON_IMAGE}"
    assert [one for one in of("COPY") if one.startswith("--from=")] == [
        "--from=build /opt/venv /opt/venv",
        "--from=build /app /app",
    ]


def test_python_is_pinned_and_as_new_as_the_project_asks():
    (image,) = [one.partition("=")[2] for one in of("ARG") if one.startswith("PYTHON_IMAGE=")]
    version = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+", image)
    assert version, "a version to the last number, and the system's name"
    wanted = re.fullmatch(r">=(\d+)\.(\d+)", PROJECT["project"]["requires-python"])
    assert tuple(map(int, version.groups())) >= tuple(map(int, wanted.groups()))
    classifier = f"Programming Language :: Python :: {version[1]}.{version[2]}"
    assert classifier in PROJECT["project"]["classifiers"]


def test_torch_comes_first_and_is_the_one_of_the_makefile():
    (torch,) = [one.partition("=")[2] for one in of("ARG") if one.startswith("TORCH=")]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"TORCH := {torch}\n" in makefile
    assert torch in PROJECT["project"]["dependencies"]
    installs = [one for one in of("RUN") if "pip install" in one]
    assert "${TORCH}" in installs[0]
    assert "${TORCH}" not in " ".join(installs[1:])
    for one in installs[:2]:
        assert "--constraint constraints.txt" in one


def test_everything_that_is_installed_is_copied_and_in_sight():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    shown = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert ignored[1] == "*"
    assert set(own_copies()) == shown
    for name in shown:
        assert (ROOT / name).exists(), name
    rooms = {one.partition(".")[0] for one in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    modules = {f"{one}.py" for one in PROJECT["tool"]["setuptools"]["py-modules"]}
    assert rooms | modules | {"pyproject.toml", "constraints.txt", "README.md", "LICENSE"} == shown


def test_it_runs_as_nobody_special_with_its_data_in_one_volume():
    assert of("USER") == ["study"]
    assert "useradd --uid 10001" in " ".join(of("RUN"))
    order = [name for name, _ in instructions()]
    assert max(place for place, name in enumerate(order) if name == "RUN") < order.index("USER")
    assert of("VOLUME") == ["/data"]
    for name in ("STUDY_HOME", "XDG_CACHE_HOME"):
        assert variables()[name].startswith("/data/")


def test_the_settings_of_the_image_are_settings_and_ask_for_a_login():
    own = {name: value for name, value in variables().items() if name.startswith("STUDY_")}
    settings = Settings.from_environment(own)
    assert of("EXPOSE") == [str(settings.port)]
    assert login_is_on(settings.login, settings.host, [object()])
    assert not [name for name in variables() if "KEY" in name or "PASSWORD" in name or "TOKEN" in name]


def test_the_healthcheck_is_a_command_that_is_there(monkeypatch, capsys):
    command = of("HEALTHCHECK")[0].partition(" CMD ")[2]
    assert command == '["python", "-m", "ui", "health"]'
    monkeypatch.setenv("STUDY_PORT", "1")
    assert main(["health"]) == 2
    assert "No page answers" in capsys.readouterr().err
    assert f"`GET {HEALTH}`" in (ROOT / "docs" / "container.md").read_text(encoding="utf-8")


def test_compose_publishes_the_page_alone_and_to_this_machine_alone():
    services = COMPOSE["services"]
    assert set(services) == {"app", "ollama", "chroma"}
    port = variables()["STUDY_PORT"]
    assert services["app"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    for name in ("ollama", "chroma"):
        assert "ports" not in services[name]
        assert "network_mode" not in services[name]
    assert services["chroma"]["networks"] == ["indexes"]
    assert COMPOSE["networks"]["indexes"] == {"internal": True}
    assert "indexes" not in services["ollama"]["networks"]


def test_compose_gives_the_page_no_more_than_it_needs():
    app = COMPOSE["services"]["app"]
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert app["security_opt"] == ["no-new-privileges:true"]
    assert app["volumes"] == ["data:/data"]
    assert [one.partition(":")[0] for one in app["tmpfs"]] == ["/tmp"]
    for name, value in app["environment"].items():
        assert name.startswith("STUDY_") or value == f"${{{name}:-}}", "a key is passed on, never written down"
    own = {name: value for name, value in app["environment"].items() if name.startswith("STUDY_")}
    settings = Settings.from_environment(own)
    assert settings.ollama_url == "http://ollama:11434"
    assert settings.chroma_url == "http://chroma:8000"


def test_images_are_pinned_and_chroma_is_the_one_that_is_installed():
    images = {name: one["image"].rpartition(":") for name, one in COMPOSE["services"].items()}
    for name, (_, _, tag) in images.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", tag), name
    assert f"chromadb=={images['chroma'][2]}" in PROJECT["project"]["dependencies"]
    assert images["app"][2] == PROJECT["project"]["version"]
    assert set(COMPOSE["volumes"]) == {"data", "ollama", "chroma"}
