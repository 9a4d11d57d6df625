"""Vectors as one array (n, width) in an `.npy`, `.npz`, `.h5` or `.zarr` file: a row each, and nothing else is known of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import array_files
from cellswap.ingest.vector_file import VectorFile

NAMES = ("embeddings", "vectors", "features", "arr_0", "X")


def opened(path: Path, name: str | None, room: Path) -> VectorFile:
    """The vectors of the array of that name, or of the only one; BadInput where it is no matrix."""
    place = array_files.located(path, name, NAMES, room)
    with array_files.opened(place) as array, at(place.called):
        if len(array.shape) != 2:
            raise BadInput(f"expected vectors (n, width), found an array {array.shape}")
        n, width = array.shape
    return VectorFile(n, width, partial(array_files.blocks, place), (path,))
