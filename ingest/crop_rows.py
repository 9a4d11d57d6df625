"""From the crops of one condition to their rows in every table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap.ingest import cut, overlaps
from cellswap.ingest.crop_cells import CropImages
from cellswap.ingest.histograms import histogram
from cellswap.ingest.rows import UNKNOWN
from cellswap.store import pixels
from cellswap.store.schema import table

Columns = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """What all crops of a batch share; `masks` is segmented or given, `n_listed` the cells listed, by site.

    `channels` are the store's, `signal` the one of them that filters look at.
    """

    screen: str
    channels: tuple[str, ...]
    signal: str
    condition: str | None
    masks: str
    n_listed: Mapping[str, int]


def site_of(gene: str, site: str | None) -> str:
    """The site of a crop: a field of the condition, or the condition as a whole where the field is not known."""
    return f"{gene}-{site}" if site else gene


def stored_name(name: str) -> str:
    """A file's name as the store has it, the same from a folder and from any archive."""
    return "/".join(PurePosixPath(name).parts[-2:])


def sha256(names: Iterable[str], contents: Mapping[str, bytes]) -> str:
    """The hash over the bytes of these files, in the order in which the store names them."""
    digest = hashlib.sha256()
    for name in sorted(names, key=stored_name):
        digest.update(contents[name])
    return digest.hexdigest()


def rows(crops: list[CropImages], contents: Mapping[str, bytes], source: Source) -> dict[str, Columns]:
    """Rows by table, in the order in which the parts are to appear; crops in the order of their ids."""
    ordered = sorted(crops, key=lambda crop: _ids(crop, source))
    by_field = [(site, list(of_site)) for site, of_site in groupby(ordered, _site)]
    return {
        "pixels": _pixels(ordered, source),
        "crops": _crops(ordered, source),
        "intensity_histograms": _joined([_histogram(of_site, source) for _, of_site in by_field]),
        "crop_overlaps_found": _joined([_overlaps(of_site, source) for _, of_site in by_field]),
        "fields": _joined([_field(site, of_site, contents, source) for site, of_site in by_field]),
    }


def _site(crop: CropImages) -> str:
    return site_of(crop.cell.gene, crop.cell.site)


def _ids(crop: CropImages, source: Source) -> tuple[str, str]:
    field_id = f"{source.screen}/1/{UNKNOWN}/{UNKNOWN}/{_site(crop)}"
    return field_id, f"{field_id}/{crop.cell.cell}"


def _joined(many: list[Columns]) -> Columns:
    return {name: [value for one in many for value in one[name]] for name in many[0]}


def _pixels(crops: list[CropImages], source: Source) -> Columns:
    columns: Columns = {"crop_id": [_ids(crop, source)[1] for crop in crops]}
    for name in source.channels:
        there = name in crops[0].channels
        columns[name] = pixels.encode(np.stack([c.channels[name] for c in crops])) if there else pa.nulls(len(crops), pa.binary())
    size = crops[0].channels[source.signal].shape[0]
    columns["mask"] = _packed([crop.found.mask for crop in crops], size)
    columns["cells"] = _packed([crop.found.all_cells for crop in crops], size)
    return columns


def _packed(masks: list[NDArray[np.bool_] | None], size: int) -> pa.Array:
    bits = [None if mask is None else np.packbits(mask).tobytes() for mask in masks]
    return pa.array(bits, pa.binary(pixels.mask_bytes(size)))


def _crops(crops: list[CropImages], source: Source) -> Columns:
    n = len(crops)
    areas = [None if c.found.mask is None else int(c.found.mask.sum()) for c in crops]
    own: Columns = {
        "crop_id": [_ids(c, source)[1] for c in crops],
        "field_id": [_ids(c, source)[0] for c in crops],
        "screen": [source.screen] * n,
        "replicate": [1] * n,
        "condition": [source.condition] * n,
        "cell": [c.cell.cell for c in crops],
        "has_pixels": [True] * n,
        "area_px": areas,
        "mask_area_px": areas,
        "n_neighbours": [c.found.n_neighbours for c in crops],
        "neighbour_share": [c.found.neighbour_share for c in crops],
    }
    for role in crops[0].channels:
        own[f"{role}_mean"], own[f"{role}_std"] = cut.means_and_stds(np.stack([c.channels[role] for c in crops]))
    return {column.name: own.get(column.name, [None] * n) for column in table("crops", source.channels).own_columns}


def _histogram(crops: list[CropImages], source: Source) -> Columns:
    values, counts = histogram(np.stack([crop.channels[source.signal] for crop in crops]))
    n = len(values)
    return {"field_id": [_ids(crops[0], source)[0]] * n, "basis": ["crops"] * n, "value": values, "n_pixels": counts}


def _overlaps(crops: list[CropImages], source: Source) -> Columns:
    """Crops are in the order of their ids, so a pair's first is the one whose id sorts first."""
    found = overlaps.find(np.stack([np.stack(list(crop.channels.values())) for crop in crops]))
    ids = [_ids(crop, source)[1] for crop in crops]
    return {
        "crop_a": [ids[i] for i in found.a],
        "crop_b": [ids[i] for i in found.b],
        "dy": found.dy,
        "dx": found.dx,
        "shared_px": found.shared_px,
    }


def _field(site: str, crops: list[CropImages], contents: Mapping[str, bytes], source: Source) -> Columns:
    names = sorted((name for crop in crops for name in crop.cell.files.values()), key=stored_name)
    own: Columns = {
        "field_id": _ids(crops[0], source)[0],
        "screen": source.screen,
        "replicate": 1,
        "site": site,
        "condition": source.condition,
        "n_cells": source.n_listed[site],
        "n_crops": len(crops),
        "masks": source.masks,
        "files": [stored_name(name) for name in names],
        "sha256": sha256(names, contents),
    }
    return {column.name: [own.get(column.name)] for column in table("fields").own_columns}
