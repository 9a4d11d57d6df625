"""How the images of one embedding set are called by their nearest neighbours, and how close together each class is.

Lu et al. 2019 (PCI): the majority of 11; Isselmann et al. 2025 (DINO): over half of the weight of 1 to 20, by cosine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.evaluate import nearest
from cellswap.evaluate.nearest import NOBODY, Neighbours
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.svm import variation
from cellswap.store.vectors import stacked

PCI_K = 11
DINO_KS = (1, 3, 5, 10, 20)
TEMPERATURE = 0.07
Columns = dict[str, list[object]]


@dataclass(frozen=True)
class Labelled:
    """Images of one embedding set: vectors (n, d), each one's class as a place in `classes`, and what may not be its neighbour."""

    vectors: NDArray[np.float32]
    label: NDArray[np.int64]
    classes: list[str]
    together: NDArray[np.int64]


def read(connection: duckdb.DuckDBPyConnection, chosen: EmbeddingSet) -> Labelled:
    """The drawn images of an embedding set. Images of one group, or else of one centre crop, are not each other's neighbours."""
    rows = connection.sql(sql.query("neighbour_vectors"), params={**chosen.names, "set_number": chosen.number}).to_arrow_table()
    if len(rows) == 0:
        raise BadInput("it has no image that is drawn")
    vectors = stacked(rows.column("embedding"))
    label, together = (rows.column(name).to_numpy(zero_copy_only=False).astype(str) for name in ("class", "together"))
    classes, place = np.unique(label, return_inverse=True)
    return Labelled(vectors, place, classes.tolist(), np.unique(together, return_inverse=True)[1])


def measure(labelled: Labelled, methods: tuple[str, ...], device: str) -> Iterator[tuple[str, int, NDArray[np.int64]]]:
    """Method, k, and the class that each image is called (-1: none), for each way of calling.

    Raises BadInput where there are fewer images than neighbours, one class, or vectors that are all equal.
    """
    n, asked = len(labelled.label), max(PCI_K if m == "pci" else max(DINO_KS) for m in methods)
    if n <= asked:
        raise BadInput(f"{n} images; {asked} nearest neighbours need at least {asked + 1}")
    if len(np.unique(labelled.together)) < 2:
        raise BadInput(f"all {n} images are of one group or centre cell, so none may be another's neighbour; choose another --group")
    if len(labelled.classes) < 2:
        raise BadInput(f"all {n} images are of {labelled.classes[0]}; neighbours tell two or more classes apart")
    if not variation.some_vary(labelled.vectors, np.ones(n, bool)):
        raise BadInput(f"no feature varies among its {n} images, so none is nearer than another")
    if "pci" in methods:
        x = nearest.standardized(labelled.vectors)
        found = nearest.nearest(x, labelled.together, PCI_K, cosine=False, device=device)
        yield "pci", PCI_K, majority(found, labelled)
    if "dino" in methods:
        x = nearest.unit(labelled.vectors)
        found = nearest.nearest(x, labelled.together, max(DINO_KS), cosine=True, device=device)
        for k in DINO_KS:
            yield "dino", k, over_half(found, labelled, k)


def majority(found: Neighbours, labelled: Labelled) -> NDArray[np.int64]:
    """The class that most neighbours have; of equals the first by name, as scikit-learn has it; -1 where nobody may be asked."""
    votes = _votes(found.index, (found.index != NOBODY).astype(np.float64), labelled)
    return np.where(votes.any(axis=1), votes.argmax(axis=1), NOBODY)


def over_half(found: Neighbours, labelled: Labelled, k: int) -> NDArray[np.int64]:
    """The class that over half of the weight exp(cosine / 0.07) of the k nearest has; -1 where none has."""
    index, cosine = found.index[:, :k], found.similarity[:, :k]
    # the nearest one's weight is 1: the shares are the same, and nothing overflows
    with np.errstate(invalid="ignore"):
        weight = np.where(index == NOBODY, 0.0, np.exp((cosine - cosine[:, :1]) / TEMPERATURE))
    votes = _votes(index, weight, labelled)
    return np.where(votes.max(axis=1) > 0.5 * votes.sum(axis=1), votes.argmax(axis=1), NOBODY)


def _votes(index: NDArray[np.int64], weight: NDArray[np.float64], labelled: Labelled) -> NDArray[np.float64]:
    votes = np.zeros((len(index), len(labelled.classes)))
    np.add.at(votes, (np.arange(len(index))[:, None], labelled.label[index]), weight)
    return votes


def counted(labelled: Labelled, called: NDArray[np.int64]) -> Columns:
    """For each class how many images it has, how many of them are called so, and how many of any class are."""
    n = len(labelled.classes)
    return {
        "class": list(labelled.classes),
        "n_images": np.bincount(labelled.label, minlength=n).tolist(),
        "n_right": np.bincount(labelled.label[called == labelled.label], minlength=n).tolist(),
        "n_called": np.bincount(called[called != NOBODY], minlength=n).tolist(),
    }


def distances(labelled: Labelled) -> Columns:
    """For each class the mean distance between two of its images, as it is and in units of that between any two."""
    within, overall = nearest.mean_distances(nearest.standardized(labelled.vectors), labelled.label)
    means = [float(x) if np.isfinite(x) else None for x in within]
    return {
        "class": list(labelled.classes),
        "n_images": np.bincount(labelled.label).tolist(),
        "mean_distance": list(means),
        "mean_distance_all": [overall] * len(means),
        "normalized": [x / overall if x is not None and overall > 0 else None for x in means],
    }
