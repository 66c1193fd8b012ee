"""The served page over HTTP: what it sends, what it refuses, and its named endpoints."""

import re
import warnings

import httpx
import pytest
from served_page import free_port, serving_fakes


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("served") / "home"
    with serving_fakes(home, free_port()) as page:
        yield page


@pytest.fixture
def client(served):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from gradio_client import Client

        client = Client(served.address, verbose=False, analytics_enabled=False)
        yield client
        client.close()


def get(served, path):
    return httpx.get(served.address + path, timeout=20, trust_env=False)


def test_the_page_carries_its_own_script_style_and_fonts(served):
    html = get(served, "/").text
    assert "studyPage" in html
    assert "<title>" in html or "Study assistant" in html
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?https?://", html)
    assert "fonts.googleapis" not in html
    assert "Source Sans Pro" not in get(served, "/theme.css").text


def test_files_of_the_machine_are_not_served(served, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    for path in (secret, "/etc/passwd", "app.py"):
        assert get(served, f"/gradio_api/file={path}").status_code in (403, 404)


def test_only_the_documented_endpoints_are_named(client):
    named = set(client.view_api(return_format="dict", print_info=False)["named_endpoints"])
    assert named == {"/ask", "/search", "/documents"}


def test_ask_answers_with_checked_citations(client):
    answer = client.predict("Why?", "", api_name="/ask")
    assert [citation["number"] for citation in answer["citations"]] == [1, 2]
    assert answer["sentences"][0]["support"] == "supported"
    assert answer["conversation_id"]
    failed = client.predict("please fail", "", api_name="/ask")
    assert failed == {"error": "The model does not answer.", "hint": "Wait."}


def test_search_and_documents(client):
    assert client.predict("attention", 3, api_name="/search")[0]["page_number"] == 2
    assert {document["title"] for document in client.predict(api_name="/documents")} == {
        "Attention Is All You Need",
        "LoRA: a note",
    }
