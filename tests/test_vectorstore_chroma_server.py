"""A library whose Chroma is a server: a real one on this machine, which comes, goes, hangs and loses what it had."""

import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from served_page import free_port
from toy_embedder import ToyEmbedder

from errors import SettingsError
from vectorstore import chroma_choice, chroma_server
from vectorstore.chroma_server import check_chroma_url
from vectorstore.library import Library

CHROMA = Path(sys.executable).with_name("chroma")
START_SECONDS = 60
WORDS = ("fox", "whale", "tide", "glass")


@contextmanager
def chroma_run(folder, port):
    """`chroma run`, on this machine only."""
    command = [str(CHROMA), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/v2/heartbeat", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(happens):
    ends_at = time.monotonic() + START_SECONDS
    while not happens():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with chroma_run(tmp_path_factory.mktemp("chroma"), free_port()) as url:
        yield url


@pytest.fixture
def notes(tmp_path):
    paths = []
    for word in WORDS:
        path = tmp_path / f"{word}.md"
        path.write_text(f"# On the {word}\n\nThe {word} is described here, at some length.\n", encoding="utf-8")
        paths.append(path)
    return paths


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(chroma_choice, "AGAIN_SECONDS", 0.2)


def open_library(folder, url):
    return Library.open(folder, ToyEmbedder(), chroma_url=url)


def found(library, question):
    return [passage.chunk_id for passage in library.search(question)]


@contextmanager
def client_of(url):
    import chromadb

    client = chromadb.HttpClient(port=int(url.rpartition(":")[2]))
    try:
        yield client
    finally:
        sessions = chroma_server._sessions(client)
        client.close()
        for session in sessions:
            session.close()


def collections(url):
    with client_of(url) as client:
        return {one.name: set(one.get(include=[])["ids"]) for one in client.list_collections()}


def chunk_ids(library):
    return set(library._catalogue.embedded_chunks(ToyEmbedder().name))


def test_the_server_answers_as_the_embedded_chroma_does(server, notes, tmp_path):
    with open_library(tmp_path / "served", server) as served, open_library(tmp_path / "own", "") as own:
        for library in (served, own):
            library.add(notes)
        served._dense.wait()
        assert served._dense.ready
        vector = ToyEmbedder().embed(["the whale"])[0]
        ours, theirs = (dict(library._dense.search(vector, 4)) for library in (own, served))
        assert ours.keys() == theirs.keys()
        assert all(ours[key] == pytest.approx(theirs[key], abs=1e-5) for key in ours)
        assert not (tmp_path / "served" / "chroma").exists()
        assert served.check().faults == ()


def test_the_server_holds_ids_and_vectors_of_what_is_there_and_no_text(server, notes, tmp_path):
    before = set(collections(server))
    with open_library(tmp_path / "library", server) as library:
        library.add(notes)
        library._dense.wait()
        wait_until(lambda: library._dense.ready)
        (name,) = set(collections(server)) - before
        assert collections(server)[name] == chunk_ids(library)
        library.delete(library.documents()[0].id)
        assert collections(server)[name] == chunk_ids(library)
        with client_of(server) as client:
            kept = client.get_collection(name, embedding_function=None).get(include=["documents", "metadatas"])
        assert not any(kept["documents"] or ())
        assert {key for one in kept["metadatas"] for key in one} == {"document_id"}


def test_libraries_that_are_copies_of_one_have_collections_of_their_own(server, notes, tmp_path):
    import shutil

    with open_library(tmp_path / "first", server) as first:
        first.add(notes[:2])
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    before = collections(server)
    with open_library(tmp_path / "second", server) as second:
        second.add(notes[2:])
        second._dense.wait()
        after = collections(server)
        assert all(after[name] == ids for name, ids in before.items())
        (name,) = after.keys() - before.keys()
        assert after[name] == chunk_ids(second)


def test_a_server_that_is_away_stops_nothing_and_is_used_when_it_comes(notes, tmp_path):
    port = free_port()
    started = time.monotonic()
    with open_library(tmp_path / "library", f"http://127.0.0.1:{port}") as library:
        library.add(notes)
        assert found(library, "whale")
        assert time.monotonic() - started < START_SECONDS
        assert not library._dense.ready
        wait_until(lambda: any("is away" in note for note in library._dense.notes))
        with chroma_run(tmp_path / "chroma", port) as url:
            wait_until(lambda: library._dense.ready)
            assert collections(url).popitem()[1] == chunk_ids(library)
        assert found(library, "whale"), "the server is gone again, and the exact index answers"
        assert not library._dense.ready
        library.delete(library.documents()[0].id)
        with chroma_run(tmp_path / "chroma", port) as url:
            wait_until(lambda: library._dense.ready)
            assert collections(url).popitem()[1] == chunk_ids(library), "what was deleted meanwhile is gone there, too"


def test_a_server_that_lost_everything_gets_it_again(notes, tmp_path):
    port = free_port()
    with chroma_run(tmp_path / "one", port) as url, open_library(tmp_path / "library", url) as library:
        library.add(notes)
        library._dense.wait()
        assert library._dense.ready
    with chroma_run(tmp_path / "two", port) as url, open_library(tmp_path / "library", url) as library:
        library._dense.wait()
        assert library._dense.ready
        assert collections(url).popitem()[1] == chunk_ids(library)


def test_a_server_that_takes_requests_and_never_answers_holds_up_nobody_for_long(notes, tmp_path, monkeypatch):
    monkeypatch.setattr(chroma_server, "ANSWER_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with open_library(tmp_path / "library", f"http://127.0.0.1:{silent.getsockname()[1]}") as library:
            library.add(notes)
            assert found(library, "whale")
            library._dense.wait()
            assert not library._dense.ready
        assert not [one for one in threading.enumerate() if one.name.startswith("chroma-")]


def test_every_request_to_the_server_has_an_end(server, tmp_path):
    index = chroma_server.ChromaServerIndex(server, "study-timeout", "toy@1")
    assert index.open()
    assert index._client._server._session.timeout.read == chroma_server.ANSWER_SECONDS
    assert index.remove()
    assert not index.remove()


@pytest.mark.parametrize("url", ["chroma:8000", "ftp://chroma", "http://", "http://chroma:8000/api", "http://x:99999"])
def test_what_is_no_address_is_refused(url, tmp_path):
    with pytest.raises(SettingsError, match="not the address of a Chroma server"):
        check_chroma_url(url)
    with pytest.raises(SettingsError):
        open_library(tmp_path / "library", url)
    open_library(tmp_path / "library", "").close()


def test_addresses_of_servers_are_taken():
    for url in ("http://chroma:8000", "https://chroma.example/", "http://[::1]:8000"):
        check_chroma_url(url)
