"""Feature vectors on a plane: UMAP where it is installed, else the first two principal components."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import lacking
from cellswap.store import compiled

FEWEST = 100
NEIGHBOURS = 15
EPOCHS = 200  # what umap-learn takes beyond 10,000 rows; under that it takes 500, which moves little and takes most of the time
WITHOUT_UMAP = "PCA, as umap-learn is not installed (pip install 'cellswap[map]')"
TOO_FEW = f"PCA, as UMAP of fewer than {FEWEST} images says nothing"


def how(n: int) -> str:
    """What makes a map of n images: UMAP, or PCA and why."""
    if n < FEWEST:
        return TOO_FEW
    try:
        version("umap-learn")  # a module named umap may be another package's, or what a removed one left behind
    except PackageNotFoundError:
        return WITHOUT_UMAP
    try:
        _class()
    except Exception as error:  # noqa: BLE001 - made for another numba or numpy it may raise anything
        return f"PCA, as a map needs {lacking(error, 'umap', 'map')}"
    return "UMAP"


def flatten(vectors: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """Places (n, 2) of vectors (n, d): each dimension in units of its spread, then UMAP (15 neighbours) or PCA as `how` says.

    A dimension that never changes, or is no number, counts for nothing. The same on any number of cores.
    """
    spread = vectors.std(axis=0, dtype=np.float64)
    used = np.isfinite(spread) & (spread > 0)
    scaled = (vectors[:, used] - vectors[:, used].mean(axis=0, dtype=np.float64)) / spread[used]
    return _umap(scaled, seed) if how(len(vectors)) == "UMAP" else _components(scaled)


def _components(scaled: NDArray[Any]) -> NDArray[np.float64]:
    """The first two principal components; zeros where there are fewer."""
    left, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    places = np.zeros((len(scaled), 2))
    n = min(2, len(sizes))
    places[:, :n] = left[:, :n] * sizes[:n]
    return places


def _umap(scaled: NDArray[Any], seed: int) -> NDArray[np.float64]:
    umap = _class()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that a seed means one thread, which is what is wanted
        fitted = umap(n_neighbors=NEIGHBOURS, min_dist=0.1, n_epochs=EPOCHS, random_state=seed % 2**32, n_jobs=1)
        return np.asarray(fitted.fit_transform(scaled.astype(np.float32)), np.float64)


def _class() -> Any:  # noqa: ANN401 - umap-learn is optional and not typed
    """umap-learn's class, with a place for the code that it compiles."""
    for package in ("umap", "pynndescent"):
        spec = find_spec(package)
        if spec and spec.origin:
            compiled.keep(Path(spec.origin).parent)
    with _without_tensorflow(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP  # pyright: ignore[reportMissingImports]
    return UMAP


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    """Let umap-learn find no TensorFlow, of which it would load all for a class that is not used, and which talks."""
    if "tensorflow" in sys.modules:
        yield
        return
    sys.modules["tensorflow"] = None  # pyright: ignore[reportArgumentType]
    try:
        yield
    finally:
        del sys.modules["tensorflow"]
