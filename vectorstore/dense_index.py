"""Dense search: Chroma where it is ready, the exact product everywhere else.

Chroma is checked against the catalogue when the library opens, and repaired: missing chunks are
added, foreign ones removed, and a folder that cannot be used is made anew. A large library is
checked in the background, while the exact index answers. In a still larger one the exact index
answers alone (docs/decisions/015-which-index-answers.md).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from ingestion.document import ChunkId, DocumentId
from vectorstore.catalogue import Catalogue
from vectorstore.chroma_index import ChromaAwayError, ChromaFaultError, ChromaIndex
from vectorstore.embedder import FloatMatrix
from vectorstore.exact_index import ExactIndex
from vectorstore.scope import Scope

BACKGROUND_CHUNKS = 3_000
"""From this size on Chroma is opened in the background (10,000 chunks take it some seconds)."""

CHROMA_CHUNKS = 20_000
"""Above this size Chroma is left out: it would build its graph for a minute at each start, and find less."""

log = logging.getLogger(__name__)


class DenseIndex:
    """Nearest chunks of the catalogue's current embedder. Safe to use from several threads."""

    def __init__(
        self, catalogue: Catalogue, chroma: Callable[[str], ChromaIndex] | None, *, again_seconds: float = 0.0
    ) -> None:
        """`chroma` makes the index for an embedder's name; None for the exact product alone.

        `again_seconds` is the pause before a Chroma that failed is tried again; with 0 the next start does it.
        """
        self._catalogue = catalogue
        self._make = chroma
        self._again_seconds = again_seconds
        self._closing = threading.Event()
        self._exact = ExactIndex(catalogue)
        self._chroma: ChromaIndex | None = None
        self._lock = threading.RLock()
        """Held for as long as one change or one question to Chroma takes."""
        self._repairing = threading.RLock()
        """Held while Chroma is made ready, which may take long."""
        self._thread: threading.Thread | None = None
        self._searcher: threading.Thread | None = None
        """Looks for a server that is away."""
        self._closed = False
        self._left_out = False
        """True when the library was too large for Chroma; the next start looks again."""
        self.notes: list[str] = []
        """One sentence for each repair since the library was opened."""

    @property
    def ready(self) -> bool:
        """True when Chroma answers unfiltered searches."""
        return self._chroma is not None

    def open(self, first: Callable[[], object] = lambda: None) -> None:
        """Check and repair Chroma; in the background when the library is large.

        What such a library's first search would read from the catalogue is read before, and `first` is done.
        """
        if self._make is None:
            return
        self._closed = False
        self._closing.clear()

        def prepare() -> None:
            first()
            self._exact.follow()
            self.repair()
            self._look_again()

        if self._again_seconds or self._catalogue.counts()["chunks"] >= BACKGROUND_CHUNKS:
            self._thread = threading.Thread(target=prepare, name="chroma-check", daemon=True)
            self._thread.start()
        else:
            self.repair()

    def wait(self) -> None:
        """Wait for a check that is under way in the background."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Release Chroma's folder; waits for a check that is under way."""
        self._closed = True
        self._closing.set()
        self.wait()
        if self._searcher is not None:
            self._searcher.join()
        with self._lock:
            if self._chroma is not None:
                self._chroma.close()
                self._chroma = None

    def search(self, vector: FloatMatrix, limit: int, scope: Scope | None = None) -> list[tuple[ChunkId, float]]:
        """Nearest chunks and their cosine similarity, best first; `vector` has shape (dimension,)."""
        # Whoever adds a document holds the lock for a moment; a question does not wait for that.
        if scope is None and self._chroma is not None and self._lock.acquire(blocking=False):
            try:
                if self._chroma is not None:
                    return self._chroma.search(vector, limit)
            except ChromaFaultError as error:
                self._give_up(error)
            finally:
                self._lock.release()
        return self._exact.search(vector, limit, scope)

    def add(self, document_id: DocumentId) -> None:
        """Take in a document that was just written to the catalogue."""
        with self._lock:
            if self._chroma is None:
                return  # the check that makes Chroma ready will find it
            try:
                chunk_ids, vectors = self._catalogue.document_vectors(document_id, self._embedder_name())
                if self._chroma.count() + len(chunk_ids) > CHROMA_CHUNKS:
                    self._leave_out()
                else:
                    self._chroma.add(chunk_ids, vectors, document_id)
            except ChromaFaultError as error:
                self._give_up(error)

    def delete(self, chunk_ids: Sequence[ChunkId]) -> None:
        """Forget chunks that were just removed from the catalogue."""
        with self._lock:
            if self._chroma is None or not chunk_ids:
                return
            try:
                self._chroma.delete(chunk_ids)
            except ChromaFaultError as error:
                self._give_up(error)

    def exchange(self, document_id: DocumentId, gone: Sequence[ChunkId], change: Callable[[], object]) -> None:
        """Do `change`, which gives a document other chunks in the catalogue; `gone` are its chunks before.

        Searches meanwhile are answered by the exact index, which has the document before and after.
        """
        with self._lock:
            change()
            self.delete(gone)
            self.add(document_id)

    def faults(self) -> list[str]:
        """One sentence for each difference between Chroma and the catalogue; waits for a check that is under way."""
        self.wait()
        with self._lock:
            if self._left_out:
                return []
            if self._chroma is None:
                return ["The Chroma index is not open."]
            try:
                found, owners = self._chroma.ids(), self._catalogue.embedded_chunks(self._embedder_name())
            except ChromaFaultError as error:
                return [f"The Chroma index cannot be read ({error})."]
        missing, foreign = len(owners.keys() - found), len(found - owners.keys())
        sentences = [f"The Chroma index lacks {missing} chunks."] if missing else []
        return sentences + ([f"The Chroma index has {foreign} chunks of no document."] if foreign else [])

    def repair(self) -> None:
        """Make Chroma equal to the catalogue, from nothing if need be; on failure the exact index stays.

        Documents may come and go meanwhile: what the catalogue holds in the end is what counts.
        """
        with self._repairing:
            index = self._take_index()
            if index is None:
                return
            for attempt in ("open", "wipe"):
                try:
                    self._bring_up(index, wipe=attempt == "wipe")
                    return
                except ChromaAwayError as error:
                    self._note(f"The Chroma server is away; the exact index answers ({error}).")
                    break
                except ChromaFaultError as error:
                    self._note(f"The Chroma index could not be used and is built again ({error}).")
            index.close()
            log.warning("Chroma does not work here; searches use the exact index.")

    def rebuild(self) -> None:
        """Make Chroma anew from the catalogue, for a new embedder."""
        with self._lock:
            if self._chroma is not None:
                self._chroma.close()
                self._chroma = None
        self.repair()

    def _take_index(self) -> ChromaIndex | None:
        """The index to be made ready, which nobody searches meanwhile; None when there is to be none."""
        with self._lock:
            if self._make is None or self._closed:
                return None
            if self._catalogue.counts()["chunks"] > CHROMA_CHUNKS:
                self._leave_out()
                return None
            self._left_out = False
            index, self._chroma, name = self._chroma, None, self._embedder_name()
            if index is not None and index.embedder_name != name:
                index.close()
                index = None
            return index or self._make(name)

    def _bring_up(self, index: ChromaIndex, *, wipe: bool) -> None:
        if wipe:
            index.wipe()
        elif not index.open():
            self._note("The Chroma index belongs to another embedding model and is built again.")
            index.wipe()
        generation = -1
        while not self._publish(index, generation):
            tell = generation < 0 and not wipe
            generation = self._catalogue.generation()
            self._fill(index, tell=tell)

    def _fill(self, index: ChromaIndex, *, tell: bool) -> None:
        owners = self._catalogue.embedded_chunks(index.embedder_name)
        found = index.ids()
        foreign = sorted(found - owners.keys())
        missing = {owners[chunk_id] for chunk_id in owners.keys() - found}
        if (foreign or missing) and tell:
            self._note(
                "The Chroma index was brought up to date:"
                f" {len(missing)} documents added, {len(foreign)} chunks removed."
            )
        index.delete(foreign)
        for document_id in sorted(missing):
            if self._closed:
                return  # the next start goes on from here
            index.add(*self._catalogue.document_vectors(document_id, index.embedder_name), document_id)
        self._probe(index)

    def _publish(self, index: ChromaIndex, generation: int) -> bool:
        """Let the index answer if it is up to date; who adds or deletes from now on does so in it, too."""
        with self._lock:
            if self._closed or index.embedder_name != self._embedder_name():
                index.close()  # who changes the embedder builds another one
                return True
            if self._catalogue.generation() != generation:
                return False
            self._chroma = index
            return True

    def _probe(self, index: ChromaIndex) -> None:
        """Ask for a known vector.

        Raises:
            ChromaFaultError: the answer does not hold it.
        """
        for summary in self._catalogue.documents():
            chunk_ids, vectors = self._catalogue.document_vectors(summary.id, index.embedder_name)
            if chunk_ids:
                found = index.search(vectors[0], min(5, index.count()))
                if not found or found[0][1] < 0.99:
                    raise ChromaFaultError("a stored vector is not found")
                return

    def _leave_out(self) -> None:
        """Give Chroma up and remove what it holds, so that nothing deleted later stays in it."""
        self._left_out = True
        index, self._chroma = self._chroma, None
        if index is None and self._make is not None:
            index = self._make(self._embedder_name())
        with suppress(ChromaFaultError):
            if index is None or not index.remove():
                return
            self._note(f"The library has more than {CHROMA_CHUNKS:,} chunks; the exact index answers without Chroma.")

    def _embedder_name(self) -> str:
        return self._catalogue.embedder_name() or ""

    def _look_again(self) -> None:
        """Try a Chroma that failed again and again in the background, where that is wanted."""
        is_looking = self._searcher is not None and self._searcher.is_alive()
        if self._again_seconds and not self._closed and not is_looking and self._chroma is None:
            self._searcher = threading.Thread(target=self._search_server, name="chroma-again", daemon=True)
            self._searcher.start()

    def _search_server(self) -> None:
        while not self._closing.wait(self._again_seconds) and self._chroma is None and not self._left_out:
            self.repair()

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes[-1:]:  # a server that stays away is told of once
            self.notes.append(sentence)
            log.info(sentence)

    def _give_up(self, error: ChromaFaultError) -> None:
        if self._chroma is not None:
            self._chroma.close()
        self._chroma = None
        when = "looked for again" if self._again_seconds else "checked at the next start"
        self._note(f"Chroma failed and is {when}; the exact index answers ({error}).")
        self._look_again()
