"""The light that falls on a field without any cell: slow, uneven (vignetting), to be taken away before a threshold is set."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cellswap.ingest.filters import Image, smoothed

TILE_PX = 120
TILE_PERCENTILE = 20.0


def background(image: Image) -> Image:
    """The background (h, w) float32 in counts: a low percentile of each tile, smoothed and joined by straight lines.

    A low percentile is a background value wherever a fifth of a tile is free of cells; the median over 3 x 3 tiles
    takes out those that are not.
    """
    rows, columns = (_edges(n) for n in image.shape)
    tiles = [
        [np.percentile(image[top:bottom:2, left:right:2], TILE_PERCENTILE) for left, right in pairwise(columns)]
        for top, bottom in pairwise(rows)
    ]
    smooth = np.asarray(ndimage.median_filter(np.array(tiles, np.float32), 3, mode="nearest"), np.float32)
    return (_weights(rows) @ smooth @ _weights(columns).T).astype(np.float32)


def flatten(image: NDArray[np.generic], smoothing_px: float) -> tuple[Image, float]:
    """The image less its background, smoothed, in counts, and the noise in it.

    The noise is a robust standard deviation of the pixels under the background: cells lie above it and do not count,
    unevenness that is left does.
    """
    counts = np.asarray(image, np.float32)
    signal = smoothed(counts - background(counts), smoothing_px)
    under = signal[signal < 0]
    return signal, 1.4826 * float(np.median(-under)) if under.size else 0.0


def _edges(n: int) -> list[int]:
    return [round(edge) for edge in np.linspace(0, n, max(1, round(n / TILE_PX)) + 1)]


def _weights(edges: list[int]) -> Image:
    """For each pixel (rows) how much each tile (columns) counts: linear between the tiles' centres."""
    centres = [(first + last) / 2 for first, last in pairwise(edges)]
    place = np.interp(np.arange(edges[-1]), centres, np.arange(len(centres)))
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(len(centres)))).astype(np.float32)
