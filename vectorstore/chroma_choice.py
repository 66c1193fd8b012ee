"""Which Chroma a library has: none, the embedded one in its folder, or a server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from vectorstore.chroma_index import ChromaIndex
from vectorstore.chroma_server import ChromaServerIndex, check_chroma_url, collection_name
from vectorstore.dense_index import DenseIndex

if TYPE_CHECKING:
    from vectorstore.catalogue import Catalogue

FOLDER = "chroma"
AGAIN_SECONDS = 30.0
"""A server that is away is looked for so often."""


def dense_index(catalogue: Catalogue, folder: Path, *, server_url: str, read_only: bool) -> DenseIndex:
    """The index of the library in `folder`.

    Raises:
        SettingsError: the address is none of a server.
    """
    if read_only:
        return DenseIndex(catalogue, None)
    if not server_url:
        return DenseIndex(catalogue, lambda name: ChromaIndex(folder / FOLDER, name))
    check_chroma_url(server_url)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)  # else what is deleted from now on would stay in it
    collection = collection_name(catalogue, folder)
    return DenseIndex(
        catalogue,
        lambda name: ChromaServerIndex(server_url, collection, name),
        again_seconds=AGAIN_SECONDS,
    )
