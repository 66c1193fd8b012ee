"""The Chroma index on a server: the same ids and vectors, in a collection of this library alone; no text leaves.

The catalogue stays the truth (docs/decisions/002): what the server has lost, or kept too long, is put right when it is
reached, and as long as it is not the exact index answers (docs/decisions/026).
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from errors import SettingsError
from vectorstore.chroma_index import CONFIGURATION, ChromaAwayError, ChromaIndex, chroma_faults

if TYPE_CHECKING:
    from chromadb.api.client import Client

    from vectorstore.catalogue import Catalogue

LIBRARY_ID = "library_id"
"""Name of the catalogue's value that tells one library from every other."""
ANSWER_SECONDS = 5.0
"""Longest wait for one answer. Chroma's own client waits for ever, and a search would with it."""
SERVER_HNSW: Any = {key: value for key, value in CONFIGURATION["hnsw"].items() if key != "sync_threshold"}
"""A server that is killed loses nothing that it cannot be given again, so it may write its graph when it likes."""
PORTS = {"http": 80, "https": 443}


def check_chroma_url(url: str) -> None:
    """See that it is the address of a server.

    Raises:
        SettingsError: it is not.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in PORTS and bool(parts.hostname) and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            f"{url!r} is not the address of a Chroma server.",
            hint="For example STUDY_CHROMA_URL=http://127.0.0.1:8000.",
        )


def collection_name(catalogue: Catalogue, folder: Path) -> str:
    """The library's own collection: by its id and its place, for new users' libraries are copies of one."""
    identity = catalogue.meta(LIBRARY_ID)
    if identity is None:
        identity = uuid4().hex
        catalogue.set_meta(LIBRARY_ID, identity)
    place = f"{identity} {folder.resolve()}"
    return f"study-{blake2b(place.encode(), digest_size=16).hexdigest()}"


class ChromaServerIndex(ChromaIndex):
    """One collection of a Chroma server. Not safe to use from several threads at once."""

    largest_batch = 1_000
    """2 MB of vectors: well below the 40 MB that the server takes, and written within the time."""

    def __init__(self, url: str, collection: str, embedder_name: str) -> None:
        super().__init__(Path(), embedder_name)
        self._url = url
        self._name = collection

    def open(self) -> bool:
        """Open or make the collection; False when what is there belongs to another embedder.

        Raises:
            ChromaFaultError: the server is away, or is none.
        """
        self.close()
        with chroma_faults():
            self._client = self._connect()
            self._collection = self._client.get_or_create_collection(
                self._name,
                configuration={"hnsw": SERVER_HNSW},
                metadata={"embedder": self.embedder_name},
                embedding_function=None,
            )
            return (self._collection.metadata or {}).get("embedder") == self.embedder_name

    def close(self) -> None:
        """Let go of the server; Chroma's client leaves its connections open."""
        sessions = [] if self._client is None else _sessions(self._client)
        super().close()
        for session in sessions:
            session.close()

    def wipe(self) -> None:
        """Delete the collection and make an empty one.

        Raises:
            ChromaFaultError: the server is away.
        """
        self.remove()
        self.open()

    def remove(self) -> bool:
        """Delete the collection, and close; False when the server had none.

        Raises:
            ChromaFaultError: the server is away.
        """
        from chromadb.errors import NotFoundError

        with chroma_faults():
            client = self._client or self._connect()
            try:
                client.delete_collection(self._name)
            except NotFoundError:
                return False
            finally:
                self._client = client
                self.close()
        return True

    def _connect(self) -> Client:
        """A client whose requests end in time.

        Raises:
            ChromaAwayError: nothing answers as a Chroma server does.
        """
        import chromadb
        import httpx
        from chromadb.config import Settings

        answer = httpx.get(f"{self._url.rstrip('/')}/api/v2/heartbeat", timeout=ANSWER_SECONDS)
        if answer.status_code != 200:
            raise ChromaAwayError(f"the server answers with {answer.status_code}")
        parts = urlsplit(self._url)
        client = chromadb.HttpClient(
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            ssl=parts.scheme == "https",
            settings=Settings(anonymized_telemetry=False),
        )
        for session in _sessions(client):
            session.timeout = httpx.Timeout(ANSWER_SECONDS)
        return cast("Client", client)


def _sessions(client: Any) -> list[Any]:
    """The HTTP clients inside Chroma's, which have no setting for their time, and which nobody else closes."""
    return [client._server._session, client._admin_client._server._session]
