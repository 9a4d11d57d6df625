"""A store with crops of known places and embeddings of known difficulty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from cellswap.evaluate.opened import Opened
from cellswap.store import database, parts, runs
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.schema import table
from tests import labelled

SET = {"model": "toy", "layer": "last", "pooling": "avg", "setting": "baseline"}
CLASSES = ("nucleus", "cytoplasm", "ER")


@dataclass(frozen=True)
class Screen:
    """How many crops each protein has, how many of them stand in one field, and the vectors' width."""

    crops: dict[str, int]
    in_field: int = 10
    width: int = 6


Fill = Callable[..., None]


def measure(stage: ModuleType, store: Store, options: object) -> runs.Run:
    """The run of one measure, as its command does it."""
    with database.connect(store) as connection:
        opened = Opened(store, connection)
        asked = stage.ask(opened, options)
        with runs.record(store, f"evaluate {stage.__name__.rpartition('.')[2]}", asked.arguments, asked.run_id) as run:
            stage.run(opened, asked, run)
            stage.count(opened, asked, run)
    return run


def ask(stage: ModuleType, store: Store, options: object) -> Any:
    """What a measure is asked."""
    with database.connect(store) as connection:
        return stage.ask(Opened(store, connection), options)


def described(stage: ModuleType, store: Store, options: object) -> list[str]:
    """What a measure says that it would do."""
    with database.connect(store) as connection:
        opened = Opened(store, connection)
        return stage.describe(opened, stage.ask(opened, options))


def vectors(screen: Screen) -> NDArray[np.float32]:
    """Overlapping classes: each protein's mean is a unit apart from the others'."""
    drawn = np.random.default_rng(5)
    means = np.eye(screen.width)[: len(screen.crops)]
    which = np.repeat(np.arange(len(screen.crops)), list(screen.crops.values()))
    return np.maximum(means[which] + drawn.normal(0.5, 0.8, (len(which), screen.width)), 0).astype(np.float32)


@pytest.fixture(autouse=True)
def _no_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog file has its own tests; here it would be most of the time."""
    monkeypatch.setattr(database, "build_catalog", lambda store: store.catalog)


@pytest.fixture
def fill(store: Store) -> Fill:
    """Put a screen into the store: ORF i has the localization CLASSES[i % 3]; each field's crops stand 40 px apart in a row."""

    def run(screen: Screen, embeddings: NDArray[np.float32] | None = None, **names: str) -> None:
        with runs.record(store, "test", {}) as recorded:
            _write(store, screen, recorded.run_id, vectors(screen) if embeddings is None else embeddings, SET | names)

    return run


def _write(store: Store, screen: Screen, run_id: str, embeddings: NDArray[np.float32], names: dict[str, str]) -> None:
    conditions = list(screen.crops)
    single = [CLASSES[i % len(CLASSES)] for i in range(len(conditions))]
    labelled.put(store, ("all",), {"condition": conditions, "class": single}, run_id)
    condition = [name for name, n in screen.crops.items() for _ in range(n)]
    place = [i for n in screen.crops.values() for i in range(n)]
    field = [f"s/1/p1/{o}/{i // screen.in_field}" for o, i in zip(condition, place, strict=True)]
    crop = [f"{f}/{i:04}" for f, i in zip(field, place, strict=True)]
    x0 = [40 * (i % screen.in_field) for i in place]
    unique = list(dict.fromkeys(field))
    same = {"screen": "s", "replicate": 1, "plate": "p1", "well": "A01"}
    parts.write(
        store,
        "fields",
        ("all",),
        whole(
            "fields",
            same
            | {
                "field_id": unique,
                "site": "1",
                "n_cells": [field.count(name) for name in unique],
                "n_crops": [field.count(name) for name in unique],
                "masks": "given",
                "files": [[] for _ in unique],
            },
        ),
        run_id,
    )
    parts.write(store, "crops", ("all",), whole("crops", same | {
        "crop_id": crop, "field_id": field, "condition": condition, "cell": crop, "has_pixels": True, "mask_area_px": 1000,
        "protein_mean": 9.0, "protein_std": 1.0, "y0": 0, "x0": x0, "y1": 64, "x1": [x + 64 for x in x0],
    }), run_id)  # fmt: skip
    parts.write(store, "pixels", ("all",), whole("pixels", {"crop_id": crop, "protein": b"no image"}), run_id)
    parts.write(
        store,
        "intensity_histograms",
        ("all",),
        {"field_id": unique[:1], "basis": ["field"], "value": [1.0], "n_pixels": [1]},
        run_id,
    )
    parts.write(store, "models", (names["model"],), whole("models", {"model": [names["model"]], "weights_sha256": "0"}), run_id)
    vectors_column = pa.FixedSizeListArray.from_arrays(pa.array(embeddings.ravel()), embeddings.shape[1])
    parts.write(
        store,
        "embeddings",
        ("all",),
        {"image_id": crop, "crop_id": crop, "condition": condition, "embedding": vectors_column},
        run_id,
        names,
    )


def another_screen(store: Store) -> None:
    """Beside the screen s of `fill` the same fields, crops and vectors once more, as the screen t."""
    other = "SELECT * EXCLUDE (run_id) REPLACE ('t' AS screen, 't' || crop_id AS crop_id, 't' || field_id AS field_id) FROM crops"
    vector = "SELECT 't' || image_id AS image_id, 't' || crop_id AS crop_id, condition, embedding FROM embeddings WHERE setting = '{}'"
    field = "SELECT * EXCLUDE (run_id) REPLACE ('t' AS screen, 't' || field_id AS field_id) FROM fields"
    with runs.record(store, "test", {}) as run, database.connect(store) as connection:
        settings = [setting for (setting,) in connection.execute("SELECT DISTINCT setting FROM embeddings").fetchall()]
        embedded = [("embeddings", vector.format(setting), SET | {"setting": setting}) for setting in settings]
        for name, query, where in (("fields", field, None), ("crops", other, None), *embedded):
            parts.write(store, name, ("t",), connection.sql(query).to_arrow_table(), run.run_id, where)


BLANK = {"BLOB": b"", "VARCHAR": "none", "INTEGER": 1, "BIGINT": 1, "DOUBLE": 1.0, "BOOLEAN": True, "VARCHAR[]": []}


def whole(name: str, some: dict[str, object]) -> dict[str, list[object]]:
    """All columns of a table: lists as given, single values repeated, NULL or something blank for the rest."""
    n = next(len(v) for v in some.values() if isinstance(v, list))
    blank = {c.name: None if c.nullable else BLANK[c.type] for c in table(name, YEAST.names).own_columns}
    return {k: v if isinstance(v, list) and len(v) == n else [v] * n for k, v in (blank | some).items()}
