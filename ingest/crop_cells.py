"""From the files of cells to images: every cell that can be read, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, at
from cellswap.ingest import centre_mask, tiff
from cellswap.ingest.centre_mask import Cells
from cellswap.ingest.crop_files import Group
from cellswap.ingest.crop_layout import Cell, CropLayout


@dataclass(frozen=True)
class CropImages:
    """One cell: its channels (size, size) by role, and the centre cell's mask with its neighbours."""

    cell: Cell
    channels: dict[str, NDArray[np.generic]]
    found: Cells


def read(cells: list[Cell], group: Group, layout: CropLayout, size: int) -> tuple[list[CropImages], list[tuple[str, str, str]]]:
    """The cells that are whole, and (place, reason, detail) of each one that is not."""
    kept: list[CropImages] = []
    rejects: list[tuple[str, str, str]] = []
    for cell in cells:
        missing = [channel for channel in layout.roles if channel not in cell.files]
        if missing:
            there = ", ".join(sorted(cell.files))
            rejects.append((cell.place, "missing channel", f"expected {', '.join(layout.roles)}, found {there}"))
            continue
        try:
            kept.append(_images(cell, group, layout, size))
        except BadInput as error:
            rejects.append((cell.place, "not readable", str(error)))
    return _of_one_dtype(kept, rejects)


def _images(cell: Cell, group: Group, layout: CropLayout, size: int) -> CropImages:
    channels = {}
    for channel, role in layout.roles.items():
        with at(cell.files[channel]):
            channels[role] = _sized(tiff.image_of(_bytes(cell.files[channel], group)), size)
    if layout.mask is None:
        return CropImages(cell, channels, centre_mask.find(channels[layout.marker]))
    if layout.mask not in cell.files:
        return CropImages(cell, channels, centre_mask.NOTHING)
    with at(cell.files[layout.mask]):
        mask = _given(_sized(tiff.decode(_bytes(cell.files[layout.mask], group)), size))
    return CropImages(cell, channels, Cells(mask, None, None))


def _bytes(name: str, group: Group) -> bytes:
    if name in group.faults:
        raise BadInput(group.faults[name])
    return group.contents[name]


def _sized(image: NDArray[np.generic], size: int) -> NDArray[np.generic]:
    if image.shape != (size, size):
        raise BadInput(f"expected {size} x {size} pixels as all of this store, found {' x '.join(map(str, image.shape))}")
    return image


def _given(image: NDArray[np.generic]) -> NDArray[np.bool_] | None:
    """The mask in a file of two values, zero outside; None where it is empty."""
    values = np.unique(image[image != 0])
    if len(values) > 1:
        raise BadInput(f"expected a mask of 0 and one other value, found {len(values) + 1} values")
    return image != 0 if len(values) else None


def _of_one_dtype(kept: list[CropImages], rejects: list[tuple[str, str, str]]) -> tuple[list[CropImages], list[tuple[str, str, str]]]:
    """A part holds pixels of one dtype: the commonest of each channel."""
    kinds = Counter(tuple(image.dtype.name for image in crop.channels.values()) for crop in kept)
    if len(kinds) < 2:
        return kept, rejects
    most = kinds.most_common(1)[0][0]
    same = [crop for crop in kept if tuple(image.dtype.name for image in crop.channels.values()) == most]
    for crop in kept:
        dtypes = tuple(image.dtype.name for image in crop.channels.values())
        if dtypes != most:
            detail = f"expected {', '.join(most)} as most crops of {crop.cell.gene}, found {', '.join(dtypes)}"
            rejects.append((crop.cell.place, "another dtype", detail))
    return same, rejects
