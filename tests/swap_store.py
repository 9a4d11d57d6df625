"""A small store to plan swaps in: proteins of three classes, crops of noise around a bright cell, windows without cells."""

from __future__ import annotations

import numpy as np

from cellswap.store import parts, pixels, runs
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.schema import table
from tests import labelled

CLASSES = {"ER": 3, "nucleus": 3, "cytoplasm": 3}
BLANK = {"VARCHAR": "none", "INTEGER": 1, "BIGINT": 1, "DOUBLE": 1.0, "BOOLEAN": True, "VARCHAR[]": []}


def fill(
    store: Store,
    conditions: dict[str, list[int]] | None = None,
    n_windows: int = 4,
    field: str = "1",
    on: tuple[int, str] = (1, "p"),
    **crops: object,
) -> dict[str, np.ndarray]:
    """Write the store; pixels by crop id, (2, 64, 64) uint16 of protein and cytoplasm.

    `conditions` gives each class the numbers of crops of its proteins, `on` their replicate and plate; `crops` are columns of the table
    crops, and `masks` of fields. Filled again with another field or place, the store has both.
    """
    conditions = conditions or {name: [8] * n for name, n in CLASSES.items()}
    with runs.record(store, "test", {}) as run:
        shown: dict[str, np.ndarray] = {}
        names = {(c, i): f"Y{k:03d}{'ABC'[i % 3]}{i}" for k, (c, n) in enumerate(conditions.items()) for i in range(len(n))}
        named = list(names.values())
        labelled.put(store, ("all",), {"condition": named, "class": [c for c, _ in names]}, run.run_id)
        for (name, i), condition in names.items():
            n = conditions[name][i]
            if n:
                shown |= _condition(store, run.run_id, condition, (n, n_windows), (*on, field), crops)
        first = _field_id(named[0], (*on, field))
        _put(store, "intensity_histograms", run.run_id, first, {
            "field_id": [first], "basis": "field", "value": 0.0, "n_pixels": 1,
        })  # fmt: skip
    return shown


def statistics(shown: dict[str, np.ndarray]) -> dict[tuple[str, str], tuple[float, float]]:
    """Mean and standard deviation of each protein and channel over all pixels of its crops, all of which are kept."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    crops = {crop_id: image for crop_id, image in shown.items() if not crop_id.rsplit("/", 1)[1].startswith("w")}
    for condition in {crop_id.split("/")[3] for crop_id in crops}:
        pixels = np.stack([image for crop_id, image in crops.items() if crop_id.split("/")[3] == condition]).astype(float)
        for i, role in enumerate(("protein", "cytoplasm")):
            found[condition, role] = pixels[:, i].mean(), pixels[:, i].std()
    return found


def mask_of(n: int) -> np.ndarray:
    """Round masks (n, 64, 64), each a little greater than the one before."""
    y, x = np.mgrid[:64, :64]
    return np.stack([(y - 32) ** 2 + (x - 32) ** 2 < (11 + i / 2) ** 2 for i in range(n)])


def _field_id(condition: str, where: tuple[int, str, str]) -> str:
    replicate, plate, field = where
    return f"s/{replicate}/{plate}/{condition}/{field}"


def _condition(
    store: Store, run_id: str, condition: str, sizes: tuple[int, int], where: tuple[int, str, str], more: dict[str, object]
) -> dict[str, np.ndarray]:
    n, n_windows = sizes
    replicate, plate, field = where
    rng = np.random.default_rng([*condition.encode(), *field.encode()])
    field_id = _field_id(condition, where)
    image = rng.integers(100, 400 + 3 * rng.integers(100), (n + n_windows, 2, 64, 64)).astype("u2")
    image[:n] += (mask_of(n)[:, None] * 900).astype("u2")
    ids = [f"{field_id}/{i:02d}" for i in range(n)] + [f"{field_id}/w{i:02d}" for i in range(n_windows)]
    place = {"field_id": field_id, "screen": "s", "replicate": replicate, "plate": plate, "well": "A01", "condition": condition}
    mean, std = image.mean((2, 3)), image.std((2, 3))
    facts = {
        f"{role}_{what}": values[:, i].tolist()
        for i, role in enumerate(("protein", "cytoplasm"))
        for what, values in (("mean", mean), ("std", std))
    }
    of_crops = {k: v[:n] for k, v in facts.items()}
    _put(store, "crops", run_id, field_id, place | of_crops | {
        "crop_id": ids[:n], "cell": ids[:n], "has_pixels": True, "mask_area_px": mask_of(n).sum((1, 2)).tolist(),
        "y0": 0, "x0": [70 * i for i in range(n)], "y1": 64, "x1": [70 * i + 64 for i in range(n)],
    } | {name: value for name, value in more.items() if name != "masks"})  # fmt: skip
    of_windows = {k: v[n:] for k, v in facts.items()}
    if n_windows:
        _put(store, "backgrounds", run_id, field_id, place | of_windows | {
            "crop_id": ids[n:], "distance_px": 60.0, "variance": 1.0, "empty": True,
            "y0": 0, "x0": 0, "y1": 64, "x1": 64,
        })  # fmt: skip
    bits = pixels.encode_mask(mask_of(n)).to_pylist()
    cells = pixels.encode_mask(np.roll(mask_of(n), 20, 2) | mask_of(n)).to_pylist()
    width = bits and len(bits[0])
    empty = [bytes(width)] * n_windows if width else [None] * n_windows
    parts.write(store, "pixels", (field_id,), {
        "crop_id": ids, "protein": pixels.encode(image[:, 0]), "nucleus": [None] * len(ids), "cytoplasm": pixels.encode(image[:, 1]),
        "mask": bits + [None] * n_windows, "cells": cells + empty,
    }, run_id)  # fmt: skip
    _put(store, "fields", run_id, field_id, place | {
        "site": field, "n_cells": n, "n_crops": n, "masks": more.get("masks", "given"), "files": [[]], "field_id": [field_id],
    })  # fmt: skip
    return dict(zip(ids, image, strict=True))


def _put(store: Store, name: str, run_id: str, key: str, some: dict[str, object]) -> None:
    """Write one part: lists as given, single values repeated, NULL or something blank for the rest."""
    n = next(len(v) for v in some.values() if isinstance(v, list))
    blank = {c.name: None if c.nullable else BLANK[c.type] for c in table(name, YEAST.names).own_columns}
    rows = {k: v if isinstance(v, list) and len(v) == n else [v] * n for k, v in (blank | some).items()}
    parts.write(store, name, (key,), rows, run_id)
