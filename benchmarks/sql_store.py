"""Stores of any number of embeddings, laid out as extract lays them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import labelled
import numpy as np
import pyarrow as pa

from cellswap.extract.todo import CHUNK_ROWS
from cellswap.store import parts
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.schema import table
from cellswap.store.vocabulary import LOCALIZATIONS, REAL, SETTINGS

WIDTH, PER_CONDITION, PLATES = 64, 1000, 10
BLANK = {"VARCHAR": "x", "INTEGER": 1, "BIGINT": 1, "DOUBLE": 1.0, "BOOLEAN": True, "VARCHAR[]": []}


def write(store: Store, name: str, key: str, n: int, some: Mapping[str, object]) -> None:
    blank = {c.name: None if c.nullable else BLANK[c.type] for c in table(name, YEAST.names).own_columns}
    rows = {k: v if isinstance(v, list) and len(v) == n else [v] * n for k, v in {**blank, **some}.items()}
    parts.write(store, name, (key,), rows, "benchmark")


def fill(store: Store, n: int, *, several: bool = False) -> None:
    """Half of n crops, with a vector each as they are and masked; conditions, plates and the paper's number of classifiers.

    With `several` every second condition is in two places.
    """
    names = conditions(n)
    places = [[LOCALIZATIONS[i % 15], *([LOCALIZATIONS[(i + 1) % 15]] if several and i % 2 else [])] for i in range(len(names))]
    labelled.put(store, names, places)
    rng = np.random.default_rng(3)
    for plate in range(PLATES):
        for start, condition in chunks(np.repeat(names[plate::PLATES], PER_CONDITION)):
            size = len(condition)
            ids = [f"c{plate}{i:08d}" for i in range(start, start + size)]
            write(store, "crops", f"{plate} {start}", size, {
                "crop_id": ids, "cell": ids, "condition": condition, "plate": str(plate), "well": "A01", "field_id": "f",
                "mask_area_px": rng.integers(100, 4000, size).tolist(), "protein_mean": rng.random(size).tolist(), "protein_std": 1.0,
            })  # fmt: skip
            for setting in REAL:
                embed(store, setting, f"{plate} {start}", ids, condition, rng.standard_normal((size, WIDTH), np.float32))
    classifiers(store)


def fill_unsorted(store: Store, n: int) -> None:
    """As many vectors as there are real crops, each of a condition drawn at random: no part is sorted."""
    rng = np.random.default_rng(9)
    for start, condition in chunks(rng.choice(conditions(n), n // 2)):
        ids = [f"c{i:09d}" for i in range(start, start + len(condition))]
        embed(store, "baseline", str(start), ids, condition, rng.standard_normal((len(condition), WIDTH), np.float32))


def conditions(n: int) -> list[str]:
    """The names of the conditions of n vectors, half of which are of real crops."""
    return [f"Y{i:06d}" for i in range(n // 2 // PER_CONDITION)]


def chunks(rows: np.ndarray) -> Iterator[tuple[int, list[str]]]:
    """Each chunk's first place and its rows, so many as extract puts into a part."""
    for start in range(0, len(rows), CHUNK_ROWS):
        yield start, rows[start : start + CHUNK_ROWS].tolist()


def embed(store: Store, setting: str, key: str, ids: list[str], condition: list[str], vectors: np.ndarray) -> None:
    lists = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), WIDTH)
    partition = {"model": "net", "layer": "d2", "pooling": "none", "setting": setting}
    parts.write(
        store, "embeddings", (key,), {"image_id": ids, "crop_id": ids, "condition": condition, "embedding": lists}, "benchmark", partition
    )


def classifiers(store: Store) -> None:
    """Five folds of every pair in each setting, and of every triplet in the two that have a third class."""
    cases = [
        (setting, a, b, third)
        for setting, of in SETTINGS.items()
        for i, a in enumerate(LOCALIZATIONS) for b in LOCALIZATIONS[i + 1 :]
        for third in (LOCALIZATIONS if of.class_behind == "another" else (None,))
    ]  # fmt: skip
    rows = [(*case, fold) for case in cases for fold in range(5)]
    names = ("setting", "class_1", "class_2", "background", "fold")
    some = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    write(store, "pair_accuracy", "all", len(rows), some | {
        "class_by": "localization", "accuracy": np.random.default_rng(1).random(len(rows)).tolist(),
    })  # fmt: skip
