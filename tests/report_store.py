"""A small store with rows in every table that a report shows, and with names that attack a page."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa

from cellswap.store import parts, pixels, runs
from cellswap.store.folder import Store
from cellswap.store.vocabulary import LOCALIZATIONS, SETTINGS
from tests import labelled

HOSTILE = "</script><script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\">"
CONDITIONS = ("YAL001C", "YBR002W", "YCR003W")
CLASSES = ("nucleus", "ER", None)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def fill(store: Store) -> str:
    """Write the rows; the id of the run that wrote them."""
    with runs.record(store, "ingest stand-in", {"name": HOSTILE, "path": "/disk/of/somebody/plate_map.csv"}) as run:
        run.note(f"a note {HOSTILE}")
        run.drop("a file.tif", "truncated", HOSTILE)
        run.keep(30)
        run.inputs["plate_map.csv"] = ("2" * 64, 120)
        _conditions_and_crops(store, run.run_id)
        _fields_and_pixels(store, run.run_id)
        _published(store, run.run_id)
        _own(store, run.run_id)
        _plan(store, run.run_id)
    return run.run_id


def crop_ids() -> list[str]:
    """Ids of the 30 crops, each with pixels."""
    return [str(row["crop_id"]) for row in _crops()]


def write(store: Store, table: str, run_id: str, rows: list[dict[str, object]], key: str = "report") -> None:
    """Rows of one table; a column that they do not name is NULL, or the least of its type where it may not be."""
    if table == "proteins":
        labelled.put(store, (key, run_id), {name: [row.get(name) for row in rows] for name in rows[0]}, run_id)
        return
    least = {"VARCHAR": "", "VARCHAR[]": [], "BOOLEAN": False}
    columns = {c.name: None if c.nullable else least.get(c.type, 0) for c in store.schema(table).own_columns}
    rows = [columns | row for row in rows]
    parts.write(store, table, (key, run_id), {name: [row[name] for row in rows] for name in columns}, run_id)


def _crops() -> list[dict[str, object]]:
    """30 cells of three proteins in three fields on two plates: every fifth has too small a mask."""
    return [
        {
            "crop_id": f"screen/1/{1 + i % 2}/A0{1 + i % 3}/1/{i:02d}",
            "field_id": f"screen/1/{1 + i % 2}/A0{1 + i % 3}/1",
            "screen": "screen",
            "replicate": 1,
            "plate": str(1 + i % 2),
            "well": f"A0{1 + i % 3}",
            "condition": CONDITIONS[i % 3],
            "cell": str(i),
            "centre_y": 40.0 + i,
            "centre_x": 40.0,
            "y0": 8 + i,
            "x0": 8,
            "y1": 72 + i,
            "x1": 72,
            "has_pixels": True,
            "area_px": 300 + i,
            "mask_area_px": 100 if i % 5 == 0 else 400 + 10 * i,
            "n_neighbours": 1,
            "neighbour_share": 0.1,
            "protein_mean": 200.0 + i,
            "protein_std": 20.0,
            "cytoplasm_mean": 400.0,
            "cytoplasm_std": 30.0,
        }
        for i in range(30)
    ]


def _conditions_and_crops(store: Store, run_id: str) -> None:
    genes = ("ABC1", HOSTILE, "DEF3")
    write(
        store,
        "proteins",
        run_id,
        [
            {"condition": condition, "gene": gene, "classes": [c for c in (place,) if c], "class": place}
            for condition, gene, place in zip(CONDITIONS, genes, CLASSES, strict=True)
        ],
    )
    write(store, "crops", run_id, _crops())
    write(
        store,
        "wells",
        run_id,
        [
            {
                "screen": "screen",
                "plate": plate,
                "well": f"A0{i + 1}",
                "plate_row": 0,
                "plate_column": i,
                "condition": CONDITIONS[i],
                "gene": genes[i],
            }
            for plate in "12"
            for i in range(3)
        ],
    )


def _fields_and_pixels(store: Store, run_id: str) -> None:
    fields = {row["field_id"]: row for row in _crops()}
    write(
        store,
        "fields",
        run_id,
        [
            {
                **{k: row[k] for k in ("screen", "replicate", "plate", "well", "condition")},
                "field_id": name,
                "site": "1",
                "height": 200,
                "width": 200,
                "n_cells": 7,
                "n_crops": 5,
                "masks": "segmented",
                "files": ["a.tif"],
                "sha256": "0" * 64,
            }
            for name, row in fields.items()
        ],
    )
    write(store, "field_previews", run_id, [{"field_id": name, "channel": "cytoplasm", "png": PNG} for name in fields])
    write(
        store,
        "intensity_histograms",
        run_id,
        [{"field_id": name, "basis": "field", "value": float(value), "n_pixels": 100} for name in fields for value in range(100, 300, 10)],
    )
    ids = [str(row["crop_id"]) for row in _crops()] + ["window/1"]
    drawn = np.random.default_rng(1).integers(100, 500, (len(ids), 64, 64)).astype("u2")
    masks = np.zeros((len(ids), 64, 64), bool)
    masks[:, 20:40, 20:45] = True
    parts.write(
        store,
        "pixels",
        ("report",),
        {
            "crop_id": ids,
            **dict(
                zip(store.channels, (pixels.encode(drawn), pa.nulls(len(ids), pa.binary()), pixels.encode(drawn[:, ::-1])), strict=True)
            ),
            "mask": pixels.encode_mask(masks),
            "cells": pixels.encode_mask(masks),
        },
        run_id,
    )
    first = next(iter(fields.values()))
    write(
        store,
        "backgrounds",
        run_id,
        [
            {
                **{k: first[k] for k in ("field_id", "screen", "replicate", "plate", "well", "condition")},
                "crop_id": "window/1",
                "y0": 0,
                "x0": 100,
                "y1": 64,
                "x1": 164,
                "n_windows": 1,
                "distance_px": 60.0,
                "variance": 9.0,
                "empty": True,
                "protein_mean": 110.0,
                "protein_std": 3.0,
            }
        ],
    )


def _plan(store: Store, run_id: str) -> None:
    """One swap of each setting that is composed."""
    crops = [str(row["crop_id"]) for row in _crops()]
    write(store, "plans", run_id, [{"plan_id": "plan-1", "kind": "sets", "screen": "screen", "replicate": 1, "split": "none", "images": 1}])
    settings = {"same_class_swap": crops[2], "diff_class_swap": crops[4], "cell_free_swap": "window/1"}
    swaps = [
        {
            "plan_id": "plan-1", "setting": setting, "class": "nucleus", "background_class": "ER", "draw": 0,
            "image_id": f"plan-1/{setting}/nucleus/ER/0000", "centre_crop_id": crops[1], "centre_condition": CONDITIONS[1],
            "background_crop_id": behind, "background_condition": CONDITIONS[0],
        }
        for setting, behind in settings.items()
    ]  # fmt: skip
    write(store, "swaps", run_id, swaps)


def _published(store: Store, run_id: str) -> None:
    """Raw results of three networks that fall with the setting, and printed figures that agree with none of them."""
    networks = (("pifia", "conv8"), ("pci", "conv4_1"), ("deeploc", "conv5"))
    raw = [
        {"model": model, "layer": layer, "setting": setting, "class_1": a, "class_2": b, "background": background}
        | {"accuracy": 0.97 - 0.05 * m - 0.02 * s - 0.0005 * i, "std_dev": 0.01}
        for m, (model, layer) in enumerate(networks)
        for s, setting in enumerate(SETTINGS)
        for i, (a, b) in enumerate(combinations(LOCALIZATIONS, 2))
        for background in (LOCALIZATIONS[:4] if setting in {"diff_class_swap", "cell_free_swap"} else (None,))
        if background not in {a, b}
    ]
    printed = [{"model": m, "setting": s, "accuracy": 0.9, "three_se": 0.02} for m, _ in networks for s in SETTINGS]
    write(store, "published_pair_accuracy", run_id, raw)
    write(store, "published_accuracy", run_id, printed)
    write(
        store,
        "published_localization_accuracy",
        run_id,
        [row | {"localization": name} for row in printed for name in LOCALIZATIONS],
    )
    write(
        store,
        "published_layer_accuracy",
        run_id,
        [{"model": "pifia", "layer": f"conv{i}", "accuracy": 0.9 + 0.01 * i, "best": i == 8} for i in range(1, 9)],
    )


def _own(store: Store, run_id: str) -> None:
    write(
        store,
        "models",
        run_id,
        [
            {
                "model": "tiny",
                "network": "tiny",
                "weights_file": "tiny.safetensors",
                "weights_sha256": "1" * 64,
                "weights_note": "pseudo-random",
                "n_parameters": 12,
            }
        ],
    )
    write(
        store,
        "pair_accuracy",
        run_id,
        [
            {
                "task_id": f"tiny/conv1/{setting}",
                "model": "tiny",
                "layer": "conv1",
                "pooling": "avg",
                "setting": setting,
                "class_by": "localization",
                "class_1": "ER",
                "class_2": "nucleus",
                "grouped_by": "nothing",
                "fold": fold,
                "accuracy": 0.5 + 0.1 * fold,
                "n_train": 8,
                "n_test": 2,
                "n_class_1": 5,
                "n_class_2": 5,
                "overlap_share": 0.5,
                "c": 1.0,
                "standardized": False,
                "scheme": "libsvm",
                "route": "libsvm",
                "converged": fold > 0,
            }
            for setting in ("baseline", "masked")
            for fold in range(5)
        ],
    )
