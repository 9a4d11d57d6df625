"""Cells in the cytoplasm channel: where the logarithm of the light is concave, cut at necks, out to a share of each cell's own height.

Touching yeast cells are parted by a dark line that no threshold finds, since bright cells outshine it; the Laplacian of
the logarithm finds it at any brightness. What is left together is cut where the distance to the outside has a neck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellswap.ingest import filters
from cellswap.ingest.filters import Image, Labels, Mask
from cellswap.ingest.illumination import flatten
from cellswap.ingest.necks import join


@dataclass(frozen=True)
class Segmentation:
    """What the method takes for given: lengths in pixels, for cells of 10 to 40 px; stored with the run."""

    smoothing_px: float = 1.0
    noise_factor: float = 12.0  # a pixel is lit where it stands so many standard deviations of the noise over the background
    log_offset: float = 0.08  # of the typical lit pixel: keeps the logarithm flat where it is dark
    concave_px: float = 2.0  # scale of the Laplacian: half the width of the line between two touching cells
    vacuole_area_px: int = 300
    vacuole_light: float = 0.45  # of the light around: a vacuole is brighter than the gap inside a ring of cells
    min_depth_px: float = 1.5  # half the width of the thinnest bud
    wide_neck: float = 0.8  # of the thinner side's half width: two pieces with a wider neck are one cell
    edge_light: float = 0.45  # of the cell's own mean: where it ends
    edge_growth_px: int = 3
    min_area_px: int = 40
    max_area_px: int = 6000
    cell_noise_factor: float = 25.0  # mean contrast of a cell, in standard deviations of the noise
    cell_light: float = 0.15  # of the field's median cell: what is dimmer is out of focus or debris
    small_area_px: int = 150
    small_cell_light: float = 0.25  # the same for anything smaller than that


def segment(image: NDArray[np.generic], how: Segmentation) -> Labels:
    """Cells (h, w) int32 numbered from 1 without gaps, 0 outside; an image without cells gives none."""
    signal, noise = flatten(image, how.smoothing_px)
    lit = signal > max(how.noise_factor * noise, np.finfo(np.float32).tiny)
    if np.count_nonzero(lit) < how.min_area_px:
        return np.zeros(image.shape, np.int32)
    body = bodies(signal, lit, how)
    cells = grow(signal, cut(body, how), how)
    return judge(tidy(cells), signal, noise, how)


def bodies(signal: Image, lit: Mask, how: Segmentation) -> Mask:
    """Where the light is concave: nearly each cell by itself, vacuoles included."""
    offset = max(how.log_offset * float(np.median(signal[lit])), float(signal[lit].min()))
    bend = filters.laplacian(np.log(np.maximum(signal, 0) + np.float32(offset)), how.concave_px)
    body = lit & (bend < 0) & (signal > offset)
    return filters.opened(body | vacuoles(~body, signal, how))


def vacuoles(outside: Mask, signal: Image, how: Segmentation) -> Mask:
    """The parts of `outside` that are dark places inside a cell: small, closed in, and not as dark as a gap between cells."""
    parts = filters.parts(outside)
    area = np.bincount(parts.ravel())
    own = np.bincount(parts.ravel(), signal.ravel())
    around = np.bincount(parts.ravel(), filters.highest(signal, 7).ravel())
    inside = (area <= how.vacuole_area_px) & (own > how.vacuole_light * around)
    inside[0] = False
    return inside[parts]


def cut(body: Mask, how: Segmentation) -> Labels:
    """Pieces of the bodies, parted at their necks."""
    depth = filters.smoothed(filters.depth(body), 1.0) * body
    pieces = filters.flooded(-depth, filters.tops(depth, how.min_depth_px), body)
    return join(pieces, depth, how.wide_neck)


def grow(signal: Image, pieces: Labels, how: Segmentation) -> Labels:
    """The pieces out to where the light falls under a share of each one's own mean, so a bright cell's halo is not cell."""
    cells = pieces
    for _ in range(how.edge_growth_px):
        cells = np.where(cells == 0, filters.spread(cells, np.maximum), cells)
    mean = np.bincount(pieces.ravel(), signal.ravel()) / np.maximum(1, np.bincount(pieces.ravel()))
    return np.where(signal > how.edge_light * mean[cells], cells, 0).astype(np.int32)


def tidy(cells: Labels) -> Labels:
    """The cells without whiskers and holes, and each only its largest connected part."""
    opened = filters.shrunk_and_grown(fill(cells))
    parts = filters.parts_of_each(opened)
    area = np.bincount(parts.ravel())
    owner = np.zeros(len(area), np.int32)
    owner[parts.ravel()] = opened.ravel()
    largest = np.zeros(int(cells.max()) + 1, area.dtype)
    np.maximum.at(largest, owner, area)
    return np.where(area[parts] == largest[opened], opened, 0).astype(np.int32)


def fill(cells: Labels) -> Labels:
    """The labels with every hole filled that lies within a single cell."""
    holes = filters.parts(cells == 0)
    far = np.iinfo(np.int32).max
    highest = filters.spread(cells, np.maximum)
    lowest = filters.spread(np.where(cells > 0, cells, far).astype(np.int32), np.minimum)
    rim = (holes > 0) & (highest > 0)
    n = int(holes.max()) + 1
    most, least = np.zeros(n, np.int32), np.full(n, far, np.int32)
    np.maximum.at(most, holes[rim], highest[rim])
    np.minimum.at(least, holes[rim], lowest[rim])
    most[np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]])] = 0
    return np.where((holes > 0) & (most == least)[holes], most[holes], cells).astype(np.int32)


def judge(cells: Labels, signal: Image, noise: float, how: Segmentation) -> Labels:
    """The labels that look like a cell by area and light, numbered anew."""
    area = np.bincount(cells.ravel())
    light = np.bincount(cells.ravel(), signal.ravel()) / np.maximum(1, area)
    sized = (area >= how.min_area_px) & (area <= how.max_area_px) & (light > how.cell_noise_factor * noise)
    sized[0] = False
    typical = float(np.median(light[sized])) if sized.any() else 0.0
    wanted = np.where(area < how.small_area_px, how.small_cell_light, how.cell_light) * typical
    kept = sized & (light >= wanted)
    return np.where(kept, np.cumsum(kept), 0).astype(np.int32)[cells]
