"""The centre cell's mask in a crop that came without one, found in the channel that fills whole cells.

The crop is centred on a cell, so its brightness at the centre says what a cell is here: the edge of a blurred cell lies
where it falls to half its height over the background. Cells that touch are told apart in a stricter foreground, half
the height of the brightest pixels near by, which keeps a dim cell off a bright one that has no dark line between, and
by its shape (watershed on the distance to its edge).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import convex_hull_image, disk, h_maxima
from skimage.segmentation import watershed

Image = NDArray[np.float64]
Mask = NDArray[np.bool_]
Labels = NDArray[np.integer]

SMOOTH_PX = 1.0
# How far from the centre the cell's nearest pixel may lie.
REACH_PX = 4
CENTRE_RADIUS_PX = 6
BACKGROUND_PERCENTILE = 5
# A vacuole or a blurred side that opens to the outside is part of the cell where it is this high and the cell bends round it.
BAY_HEIGHT = 0.25
NEAR_BY = disk(6)
SQUARE = np.ones((3, 3), np.bool_)
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.bool_)
# The centre must stand this many times the noise of the smoothed crop over the background.
LEAST_CONTRAST = 4.0
LEAST_AREA_PX = 30
# What is narrower than this share of the cell's radius is a hair, not the cell.
HAIR = 0.35
PAD = 16
# A mask whose centroid lies farther from the centre holds more than the centre cell, and is cut anew.
OFF_CENTRE_PX = 5.0


@dataclass(frozen=True)
class Cut:
    """Where a cell's edge lies, as a share of the centre's height, and how much narrower (half width) a neck must be.

    Two bumps of a shape are two cells where the neck between them is at least `neck_px` narrower than the thinner.
    """

    edge: float
    neck_px: float


CUTS = (Cut(0.45, 0.75), Cut(0.45, 0.25), Cut(0.6, 0.1), Cut(0.75, 0.1))


@dataclass(frozen=True)
class Cells:
    """What a crop shows: the centre cell's mask (h, w), or None, and how many others cover which share of the crop.

    `all_cells` (h, w) are the pixels of any cell, None where the others were not looked for.
    """

    mask: NDArray[np.bool_] | None
    n_neighbours: int | None
    neighbour_share: float | None
    all_cells: NDArray[np.bool_] | None = None


NOTHING = Cells(None, None, None)


@dataclass(frozen=True)
class _Heights:
    """A smoothed crop as height over the background, and the height of the cell at its centre."""

    height: Image
    centre: float


def find(marker: NDArray[np.generic]) -> Cells:
    """The cells of a crop (h, w) in its marker channel; no mask where no cell stands at the centre.

    Neighbours are those at least nearly half as bright as the centre cell.
    """
    heights = _heights(marker)
    if heights is None:
        return NOTHING
    for cut in CUTS:
        labels = _split(heights, cut)
        centre = _at_centre(labels)
        mask = _whole(labels, centre, heights) if centre else labels < 0
        if mask.sum() >= LEAST_AREA_PX and _off_centre(mask) <= OFF_CENTRE_PX:
            return _beside(mask, np.where(mask, 0, labels * (labels != centre)))
    return NOTHING


def _beside(mask: Mask, others: Labels) -> Cells:
    areas = np.bincount(others.ravel())[1:]
    seen = areas[areas >= LEAST_AREA_PX]
    return Cells(mask, len(seen), float(seen.sum() / mask.size), mask | (others > 0))


def _off_centre(mask: Mask) -> float:
    """How far the mask's centroid lies from the crop's centre."""
    y, x = np.nonzero(mask)
    return float(np.hypot(y.mean() - (mask.shape[0] - 1) / 2, x.mean() - (mask.shape[1] - 1) / 2))


def _heights(marker: NDArray[np.generic]) -> _Heights | None:
    """The crop over its background, or None where the centre hardly differs from it."""
    pixels = marker.astype(np.float64)
    smooth = ndimage.gaussian_filter(pixels, SMOOTH_PX)
    height = smooth - np.percentile(smooth, BACKGROUND_PERCENTILE)
    centre = float(np.median(height[_from_centre(smooth.shape) <= CENTRE_RADIUS_PX]))
    rough = pixels - smooth
    noise = 1.4826 * float(np.median(np.abs(rough - np.median(rough))))
    # Smoothing leaves 1 / (2 sqrt(pi) sigma) of white noise.
    visible = centre > LEAST_CONTRAST * noise / (2 * np.sqrt(np.pi) * SMOOTH_PX)
    return _Heights(height, centre) if visible and centre > 0 else None


def _from_centre(shape: tuple[int, ...]) -> NDArray[np.float64]:
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(y - (shape[0] - 1) / 2, x - (shape[1] - 1) / 2)


def _split(heights: _Heights, cut: Cut) -> Labels:
    """Labels, one a cell: touching cells are cut at the neck between them."""
    foreground = _filled(heights.height > cut.edge * heights.centre)
    near = ndimage.grey_dilation(ndimage.gaussian_filter(heights.height, 1.5), footprint=NEAR_BY)
    strict = foreground & _filled(heights.height > cut.edge * near)
    # A cell goes on beyond the crop's border, so the border is no edge.
    inside = np.pad(_opened(strict), PAD, mode="symmetric")
    depth = ndimage.gaussian_filter(_distance(inside) - _distance(~inside), 1.0)
    peaks, _ = _pieces(np.asarray(h_maxima(depth, cut.neck_px), np.bool_) & inside, SQUARE)
    mask = np.pad(_opened(foreground), PAD, mode="symmetric")
    return np.asarray(watershed(-depth, peaks, mask=mask))[PAD:-PAD, PAD:-PAD]


def _at_centre(labels: Labels) -> int:
    """The label nearest to the crop's centre, 0 where none is within reach."""
    distance = np.where(labels > 0, _from_centre(labels.shape), np.inf)
    place = np.unravel_index(np.argmin(distance), labels.shape)
    return int(labels[place]) if distance[place] <= REACH_PX else 0


def _whole(labels: Labels, centre: int, heights: _Heights) -> Mask:
    """The centre cell without hairs and holes, and with the bays that are not dark."""
    own = labels == centre
    hair = max(2.0, HAIR * float(np.sqrt(own.sum() / np.pi)))
    mask = _largest(_shaved(own, hair))
    if not mask.any():
        return mask
    bays = np.asarray(convex_hull_image(mask), np.bool_) & (heights.height > BAY_HEIGHT * heights.centre)
    free = (labels == 0) | own
    return _filled(_largest(_shaved(mask | (bays & free), hair) | mask))


def _shaved(mask: Mask, radius: float) -> Mask:
    """Opening with a disk, which leaves a cell alone where the crop's border cuts it."""
    core = _distance(np.pad(mask, PAD, mode="edge")) > radius
    return (_distance(~core) <= radius)[PAD:-PAD, PAD:-PAD] if core.any() else np.zeros_like(mask)


def _opened(mask: Mask) -> Mask:
    """Opening with the smallest element: single pixels of noise go."""
    return np.asarray(ndimage.binary_opening(np.pad(mask, 2, mode="edge"), CROSS), np.bool_)[2:-2, 2:-2]


def _filled(mask: Mask) -> Mask:
    """The mask with what it encloses; by labels, since SciPy's own way walks in from the border step by step."""
    around, n = _pieces(~mask, CROSS)
    open_ = np.zeros(n + 1, np.bool_)
    for edge in (around[0], around[-1], around[:, 0], around[:, -1]):
        open_[edge] = True
    open_[0] = False
    return ~open_[around]


def _distance(mask: Mask) -> Image:
    return np.asarray(ndimage.distance_transform_edt(mask), np.float64)


def _pieces(mask: Mask, element: Mask) -> tuple[Labels, int]:
    labels = np.zeros(mask.shape, np.int32)
    return labels, int(np.asarray(ndimage.label(mask, element, output=labels)))


def _largest(mask: Mask) -> Mask:
    pieces, n = _pieces(mask, CROSS)
    return pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:])) if n else mask
