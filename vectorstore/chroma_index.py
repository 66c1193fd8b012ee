"""The Chroma index: chunk ids and vectors, rebuilt from the catalogue whenever it is in doubt."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ingestion.document import ChunkId, DocumentId
from vectorstore.embedder import FloatMatrix

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

COLLECTION = "chunks"

CONFIGURATION = {
    "hnsw": {
        "space": "cosine",
        "ef_construction": 200,
        "ef_search": 200,
        "max_neighbors": 32,
        # Chroma 1.5.9 killed while it writes its index file may not open again; it never writes
        # it below this number of rows, and replays its own log when it is opened.
        "sync_threshold": 1_000_000,
    }
}

log = logging.getLogger(__name__)


class ChromaFaultError(Exception):
    """Chroma failed; the library goes on with the exact index and rebuilds this one."""


class ChromaAwayError(ChromaFaultError):
    """The server of Chroma does not answer; what it holds may be whole."""


class ChromaIndex:
    """One Chroma collection. Not safe to use from several threads at once; one per folder."""

    largest_batch = 5_000
    """Chroma 1.5.9 refuses more than 5,461 rows at once."""

    def __init__(self, folder: Path, embedder_name: str) -> None:
        self._folder = folder
        self.embedder_name = embedder_name
        self._client: Client | None = None
        self._collection: Collection | None = None

    def open(self) -> bool:
        """Open or make the collection; False when what is there belongs to another embedder.

        Raises:
            ChromaFaultError: the folder cannot be opened by Chroma.
        """
        with chroma_faults():
            import chromadb
            from chromadb.config import Settings

            self._folder.mkdir(parents=True, exist_ok=True)
            settings = Settings(anonymized_telemetry=False)
            self._client = cast("Client", chromadb.PersistentClient(str(self._folder), settings=settings))
            self._collection = self._client.get_or_create_collection(
                COLLECTION,
                configuration=CONFIGURATION,  # type: ignore[arg-type]
                metadata={"embedder": self.embedder_name},
                embedding_function=None,
            )
            return (self._collection.metadata or {}).get("embedder") == self.embedder_name

    def close(self) -> None:
        """Release the folder; Chroma keeps one client for a path in a process until then."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            try:
                with chroma_faults():
                    client.close()
            except ChromaFaultError as error:
                log.warning("Chroma did not close: %s", error)

    def wipe(self) -> None:
        """Close, remove the folder and open an empty collection.

        Raises:
            ChromaFaultError: not even an empty folder can be opened.
        """
        self.remove()
        self.open()

    def remove(self) -> bool:
        """Close, and remove the folder; False when there was none."""
        self.close()
        self._forget_failed_start()
        if not self._folder.is_dir():
            self._folder.unlink(missing_ok=True)
            return False
        shutil.rmtree(self._folder, ignore_errors=True)
        return True

    def ids(self) -> set[ChunkId]:
        """Ids of all chunks in the index."""
        with chroma_faults():
            return {ChunkId(chunk_id) for chunk_id in self._opened().get(include=[])["ids"]}

    def count(self) -> int:
        """Number of chunks in the index."""
        with chroma_faults():
            return int(self._opened().count())

    def add(self, chunk_ids: Sequence[ChunkId], vectors: FloatMatrix, document_id: DocumentId) -> None:
        """Add or overwrite chunks of one document; `vectors` has shape (chunks, dimension)."""
        with chroma_faults():
            for start in range(0, len(chunk_ids), self.largest_batch):
                window = slice(start, start + self.largest_batch)
                ids = list(chunk_ids[window])
                self._opened().upsert(
                    ids=list(ids),
                    embeddings=vectors[window],
                    metadatas=[{"document_id": document_id}] * len(ids),
                )

    def delete(self, chunk_ids: Sequence[ChunkId]) -> None:
        """Remove chunks; unknown ids are fine."""
        with chroma_faults():
            for start in range(0, len(chunk_ids), self.largest_batch):
                self._opened().delete(ids=list(chunk_ids[start : start + self.largest_batch]))

    def search(self, vector: FloatMatrix, limit: int) -> list[tuple[ChunkId, float]]:
        """Nearest chunks and their cosine similarity (-1 to 1), best first; one query vector."""
        with chroma_faults():
            found = self._opened().query(query_embeddings=vector.reshape(1, -1), n_results=limit, include=["distances"])
        distances: Any = found["distances"]
        pairs = zip(found["ids"][0], distances[0], strict=True)
        # The one place where distance becomes similarity: Chroma's cosine distance is 1 - cosine.
        return [(ChunkId(chunk_id), 1.0 - float(distance)) for chunk_id, distance in pairs]

    def _forget_failed_start(self) -> None:
        """Drop what Chroma 1.5.9 keeps of a client for this path that did not start."""
        with suppress(ChromaFaultError), chroma_faults():
            from chromadb.api.shared_system_client import SharedSystemClient

            SharedSystemClient._release_system(str(self._folder))

    def _opened(self) -> Collection:
        if self._collection is None:
            raise ChromaFaultError("the index is closed")
        return self._collection


@contextmanager
def chroma_faults() -> Iterator[None]:
    """Turn whatever Chroma raises, panics of its Rust part included, into one error.

    Raises:
        ChromaFaultError: for anything raised inside.
    """
    try:
        yield
    except (ChromaFaultError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # pyo3's PanicException is no Exception
        if type(error).__module__.startswith(("httpx", "httpcore")):
            raise ChromaAwayError(f"{type(error).__name__}: {error}") from error
        raise ChromaFaultError(f"{type(error).__name__}: {error}") from error
