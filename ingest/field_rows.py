"""From one field's images and labels to its rows in every table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap.ingest import backgrounds, cut, empty_fields, overlay, places
from cellswap.ingest.backgrounds import Windows
from cellswap.ingest.cut import Cells, Crops
from cellswap.ingest.doubts import Doubt
from cellswap.ingest.field_files import FieldFiles
from cellswap.ingest.field_inputs import Inputs
from cellswap.ingest.histograms import histogram
from cellswap.ingest.places import Places
from cellswap.ingest.rows import UNKNOWN
from cellswap.store import pixels

Columns = dict[str, Any]


@dataclass(frozen=True)
class FieldImages:
    """What was read of a field: each channel (h, w) by name, labels (h, w), and where they came from.

    `seen_in` is the channel that shows the cells; `masks` is `segmented`, `given` or `none`; `inputs` are the files;
    `several` are labels of several cells each, `doubts` what else speaks against a given mask.
    """

    channels: dict[str, NDArray[np.generic]]
    labels: NDArray[np.integer]
    seen_in: str
    masks: str
    inputs: Inputs
    several: frozenset[int] = frozenset()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What rows are made of a field: its screen, the signal, the size of crops, the most windows, and whether it is said to be empty."""

    screen: str
    signal: str
    size: int
    most_windows: int
    said_empty: bool = False


@dataclass(frozen=True)
class FieldRows:
    """A field's rows by table, in the order in which the tables are to appear, how many cells gave no crop, and what is in doubt."""

    tables: dict[str, Columns]
    n_cells: int
    n_crops: int
    n_off: int
    n_windows: int
    n_windows_found: int
    doubts: tuple[Doubt, ...]


def rows(files: FieldFiles, images: FieldImages, wanted: Wanted) -> FieldRows:
    """All rows of a field: histogram, pixels, crops, windows, preview, and the field itself last."""
    size, place = wanted.size, _place(files, wanted.screen)
    cells, crops, windows, doubts = _found(files, images, wanted)
    values, counts = histogram(images.channels[wanted.signal])
    n = len(values)
    of_crops = _pixels(images, crops.y0, crops.x0, size)
    of_windows = _pixels(images, windows.y0, windows.x0, size)
    made = {
        "intensity_histograms": {
            "field_id": [place.field_id] * n,
            "basis": ["field"] * n,
            "value": values,
            "n_pixels": counts,
        },
        "crops": place.columns(len(crops.cell)) | _crop_columns(place.field_id, cells, crops, size) | _channel_facts(of_crops),
        "backgrounds": place.columns(len(windows.y0)) | _window_columns(place.field_id, windows, size) | _channel_facts(of_windows),
        "field_previews": {
            "field_id": [place.field_id],
            "channel": [images.seen_in],
            "png": [overlay.preview(images.channels[images.seen_in], images.labels)],
        },
        "fields": _field_columns(place, files, images, len(cells.label), len(crops.cell)),
    }
    variance = np.square(np.asarray(made["backgrounds"][f"{wanted.signal}_std"], np.float64))
    made["backgrounds"]["variance"] = variance
    ids = made["crops"]["crop_id"] + made["backgrounds"]["crop_id"]
    made["pixels"] = _pixel_columns(ids, of_crops, of_windows, crops.mask)
    made["pixels"]["cells"] = _cells(crops, cut.windows(cells.numbered, windows.y0, windows.x0, size).astype(bool))
    if files.places is not None:
        _without_masks(made, files.places, crops)
    found = (len(cells.label), len(crops.cell), crops.n_off, len(windows.y0), windows.n_found)
    return FieldRows(made, *found, (*images.doubts, *doubts))


def _found(files: FieldFiles, images: FieldImages, wanted: Wanted) -> tuple[Cells, Crops, Windows, Sequence[Doubt]]:
    """A field's cells, their crops, the windows far from all cells, and what is in doubt; no windows where cells have no masks."""
    if files.places is not None:
        cells = places.cells(files.places, images.labels.shape)
        return cells, places.cut(cells, wanted.size), backgrounds.NONE, ()
    cells = cut.find_cells(images.labels)
    crops = cut.cut(cells, wanted.size, images.several)
    far = backgrounds.find(cells, wanted.size, wanted.most_windows, files.field_id(wanted.screen))
    windows, doubts = empty_fields.judged(images.channels, cells, far, wanted.size, said_empty=wanted.said_empty)
    return cells, crops, windows, doubts


def _without_masks(made: dict[str, Columns], of: Places, crops: Crops) -> None:
    """Take out what only masks could tell, and call the cells as their source does."""
    n = len(crops.cell)
    made["crops"] |= {name: [None] * n for name in ("area_px", "mask_area_px", "n_neighbours", "neighbour_share")}
    made["crops"]["cell"] = [of.names[i] for i in crops.cell]
    for name in ("mask", "cells"):
        made["pixels"][name] = pa.nulls(n, made["pixels"][name].type)


@dataclass(frozen=True)
class _Place:
    """The columns that every row of a field shares."""

    field_id: str
    screen: str
    replicate: int
    plate: str | None
    well: str | None
    condition: str | None

    def columns(self, n: int) -> Columns:
        return {name: [value] * n for name, value in vars(self).items()}


def _place(files: FieldFiles, screen: str) -> _Place:
    plate, well = (None if name == UNKNOWN else name for name in (files.plate, files.well))
    return _Place(files.field_id(screen), screen, files.replicate, plate, well, files.holds.condition)


def _pixels(images: FieldImages, y0: cut.Ints, x0: cut.Ints, size: int) -> dict[str, NDArray[np.generic]]:
    return {role: cut.windows(image, y0, x0, size) for role, image in images.channels.items()}


def _crop_columns(field_id: str, cells: Cells, crops: Crops, size: int) -> Columns:
    cell, none = crops.cell, [None] * len(crops.cell)
    return {
        "crop_id": [f"{field_id}/y{y:04d}x{x:04d}" for y, x in zip(crops.y0 + size // 2, crops.x0 + size // 2, strict=True)],
        "cell": [str(label) for label in cells.label[cell]],
        "split": none,
        "centre_y": cells.centre_y[cell],
        "centre_x": cells.centre_x[cell],
        **_box(crops.y0, crops.x0, size),
        "has_pixels": [True] * len(cell),
        "area_px": cells.area[cell],
        "mask_area_px": np.count_nonzero(crops.mask, axis=(1, 2)),
        "n_neighbours": crops.n_neighbours,
        "neighbour_share": crops.neighbour_share,
    }


def _window_columns(field_id: str, windows: Windows, size: int) -> Columns:
    return {
        "crop_id": [f"{field_id}/w{y:04d}x{x:04d}" for y, x in zip(windows.y0, windows.x0, strict=True)],
        **_box(windows.y0, windows.x0, size),
        "distance_px": [float(d) if np.isfinite(d) else None for d in windows.distance],
        "n_windows": [windows.n_found] * len(windows.y0),
        "empty": windows.empty,
    }


def _box(y0: cut.Ints, x0: cut.Ints, size: int) -> Columns:
    return {"y0": y0, "x0": x0, "y1": y0 + size, "x1": x0 + size}


def _channel_facts(crops: dict[str, NDArray[np.generic]]) -> Columns:
    facts: Columns = {}
    for name, of_channel in crops.items():
        facts[f"{name}_mean"], facts[f"{name}_std"] = cut.means_and_stds(of_channel)
    return facts


def _field_columns(place: _Place, files: FieldFiles, images: FieldImages, n_cells: int, n_crops: int) -> Columns:
    height, width = images.labels.shape
    return place.columns(1) | {
        "site": [files.site],
        "height": [height],
        "width": [width],
        "n_cells": [n_cells],
        "n_crops": [n_crops],
        "masks": [images.masks],
        "files": [list(images.inputs.names)],
        "sha256": [images.inputs.sha256],
        "stamp": [images.inputs.stamp],
    }


def _pixel_columns(
    ids: list[str],
    of_crops: dict[str, NDArray[np.generic]],
    of_windows: dict[str, NDArray[np.generic]],
    mask: NDArray[np.bool_],
) -> Columns:
    """Crops first, with their masks; then windows, which have none."""
    columns: Columns = {"crop_id": ids}
    for name, shown in of_crops.items():
        both = np.concatenate([shown, of_windows[name]])
        columns[name] = pixels.encode(both) if len(both) else pa.nulls(0, pa.binary())
    n_windows = len(ids) - len(mask)
    packed = pa.binary(pixels.mask_bytes(mask.shape[1]))
    masks = pixels.encode_mask(mask) if len(mask) else pa.nulls(0, packed)
    columns["mask"] = pa.concat_arrays([masks, pa.nulls(n_windows, packed)])
    return columns


def _cells(crops: Crops, in_windows: NDArray[np.bool_]) -> pa.Array:
    """The pixels of any cell, of crops and then of windows: a window is far from every centre, but may show a cell's edge."""
    shown = np.concatenate([crops.cells, in_windows])
    return pixels.encode_mask(shown) if len(shown) else pa.nulls(0, pa.binary(pixels.mask_bytes(shown.shape[1])))
