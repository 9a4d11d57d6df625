"""Crops for a store, written straight into its tables."""

from __future__ import annotations

import numpy as np

from cellswap.store import parts, pixels
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.schema import table


def write_crops(store: Store, crops: np.ndarray, masks: np.ndarray, field: str = "field", **more: object) -> list[str]:
    """The ids of crops (n, 64, 64, 2) that are now in the store, alternately of two proteins, in two parts of pixels.

    The channels are protein and cytoplasm; `more` are columns of the table crops.
    """
    n = len(crops)
    columns = dict.fromkeys((c.name for c in table("crops", YEAST.names).own_columns), [None] * n)
    columns |= {
        "crop_id": [f"screen/1/{field}/{i:02d}" for i in range(n)],
        "field_id": [f"screen/1/{field}"] * n,
        "screen": ["screen"] * n,
        "replicate": [1] * n,
        "condition": ["YAL001C" if i % 2 else "YBR002W" for i in range(n)],
        "cell": [str(i) for i in range(n)],
        "has_pixels": [True] * n,
        "mask_area_px": masks.sum((1, 2)).tolist(),
        "protein_mean": crops[..., 0].mean((1, 2), dtype=float).tolist(),
    } | more
    parts.write(store, "crops", (field,), columns, "golden")
    of_field: dict[str, object] = {c.name: [None] for c in table("fields", YEAST.names).own_columns}
    of_field |= {name: columns[name][:1] for name in ("field_id", "screen", "replicate", "plate", "well", "condition")}
    of_field |= {"site": [field], "n_cells": [n], "n_crops": [n], "masks": ["given"], "files": [[]]}
    parts.write(store, "fields", (field,), of_field, "golden")
    for piece in (slice(0, 5), slice(5, n)):
        rows = {
            "crop_id": columns["crop_id"][piece],
            "protein": pixels.encode(crops[piece, ..., 0]),
            "nucleus": [None] * len(crops[piece]),
            "cytoplasm": pixels.encode(crops[piece, ..., 1]),
            "mask": pixels.encode_mask(masks[piece]),
            "cells": [None] * len(crops[piece]),
        }
        parts.write(store, "pixels", (field, str(piece.start)), rows, "golden")
    return columns["crop_id"]
