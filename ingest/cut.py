"""Crops around cells: boxes and facts from labels, pixels from channels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Crops whose pixels, in float64, stay in a processor's cache: 2 MB at 64 px.
TOGETHER = 64
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Image = NDArray[np.generic]


@dataclass(frozen=True)
class Cells:
    """All cells of a field, one entry each: the source's label, area in px^2, centroid in pixels (y down, x right).

    `numbered` (h, w) is the label image with label[i] written as i + 1.
    """

    label: Ints
    area: Ints
    centre_y: Floats
    centre_x: Floats
    numbered: NDArray[np.int32]


@dataclass(frozen=True)
class Crops:
    """The crops inside the field: `cell` is each one's place in Cells, (y0, x0) its first pixel.

    `mask` (n, size, size) is the centre cell, `cells` every cell that the crop shows. `n_off` further crops don't have one
    cell at their centre: that pixel is not its own (it is bent around something else), or its label is of several cells.
    """

    cell: Ints
    y0: Ints
    x0: Ints
    mask: NDArray[np.bool_]
    cells: NDArray[np.bool_]
    n_neighbours: Ints
    neighbour_share: Floats
    n_off: int


def find_cells(labels: NDArray[np.integer]) -> Cells:
    """The cells of a label image with any positive labels, ascending; a label may have gaps and separate parts."""
    found, numbered = number(labels)
    flat = numbered.ravel()
    area = np.bincount(flat, minlength=len(found))[1:]
    rows, columns = np.divmod(np.flatnonzero(flat), labels.shape[1])
    inside = flat[flat > 0]
    centre_y = np.bincount(inside, rows, len(found))[1:] / area
    centre_x = np.bincount(inside, columns, len(found))[1:] / area
    return Cells(found[1:].astype(np.int64), area, centre_y, centre_x, numbered)


def number(labels: NDArray[np.integer]) -> tuple[NDArray[np.integer], NDArray[np.int32]]:
    """The labels that occur, 0 first whether it does or not, and the place of each pixel's among them."""
    if int(labels.max()) > labels.size:  # ids too great to count up to
        found, place = np.unique(np.append(labels.ravel(), 0), return_inverse=True)
        return found, place[:-1].reshape(labels.shape).astype(np.int32)
    counts = np.bincount(labels.ravel())
    counts[0] += 1
    return np.flatnonzero(counts), (np.cumsum(counts > 0, dtype=np.int32) - 1)[labels]


def cut(cells: Cells, size: int, several: Collection[int] = ()) -> Crops:
    """The crops that lie wholly in the field and have at their centre, the pixel nearest to the centroid, their own cell.

    `several` are labels that are of more than one cell.
    """
    y0, x0 = (np.floor(centre + 0.5).astype(np.int64) - size // 2 for centre in (cells.centre_y, cells.centre_x))
    height, width = cells.numbered.shape
    inside = np.flatnonzero((y0 >= 0) & (x0 >= 0) & (y0 + size <= height) & (x0 + size <= width))
    own = cells.numbered[y0[inside] + size // 2, x0[inside] + size // 2] == inside + 1
    cell = inside[own & ~np.isin(cells.label[inside], list(several))]
    shown = np.asarray(windows(cells.numbered, y0[cell], x0[cell], size), np.int32)
    mask = shown == (cell + 1)[:, None, None]
    others = np.count_nonzero(shown, axis=(1, 2)) - np.count_nonzero(mask, axis=(1, 2))
    n_off = len(inside) - len(cell)
    return Crops(cell, y0[cell], x0[cell], mask, shown > 0, _neighbours(shown, mask), others / size**2, n_off)


def windows(image: Image, y0: Ints, x0: Ints, size: int) -> NDArray[np.generic]:
    """Copies (n, size, size) of the image from each (y0, x0) on."""
    if min(image.shape) < size or not len(y0):
        return np.empty((0, size, size), image.dtype)
    return np.lib.stride_tricks.sliding_window_view(image, (size, size))[y0, x0]


def means_and_stds(crops: NDArray[np.generic]) -> tuple[Floats, Floats]:
    """Each crop's mean and population standard deviation, in float64."""
    n, n_pixels = len(crops), crops.shape[1] * crops.shape[2]
    mean, std = np.empty(n), np.empty(n)
    for start in range(0, n, TOGETHER):
        here = slice(start, start + TOGETHER)
        flat = crops[here].reshape(-1, n_pixels).astype(np.float64)
        mean[here] = flat.mean(axis=1)
        flat -= mean[here, None]
        std[here] = np.sqrt(np.einsum("ij,ij->i", flat, flat) / n_pixels)
    return mean, std


def _neighbours(shown: NDArray[np.int32], mask: NDArray[np.bool_]) -> Ints:
    """For each crop the number of labels that it shows beside its own."""
    n = np.zeros(len(shown), np.int64)
    for i, (labels, own) in enumerate(zip(shown, mask, strict=True)):
        n[i] = np.count_nonzero(np.bincount(labels[~own])[1:])
    return n
