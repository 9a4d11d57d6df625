"""Windows of a field that may be free of cells (paper D.1): far from every cell's centre, not at the border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from cellswap.ingest.cut import Cells, Floats, Ints
from cellswap.store import work

# In crops: of the paper's 64 px, 32 px from window to window, 50 px from every cell's centre (paper D.1), 16 px without any mask around.
STRIDE, FAR, CERTAIN = 1 / 2, 50 / 64, 1 / 4


@dataclass(frozen=True)
class Windows:
    """Windows by their first pixel; `distance` to the nearest cell's centre in px (infinite without cells).

    `empty`: no mask within a quarter of a crop. `n_found` counts all that were far enough, of which these are a draw.
    """

    y0: Ints
    x0: Ints
    distance: Floats
    empty: NDArray[np.bool_]
    n_found: int


NONE = Windows(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_), 0)


def find(cells: Cells, size: int, most: int, field_id: str) -> Windows:
    """The field's windows, at most `most`, drawn by the field's name."""
    y0, x0 = grid(cells.numbered.shape, size)
    distance = _distances(cells, y0, x0, size)
    far = np.flatnonzero(distance >= FAR * size)
    drawn = np.random.default_rng(work.seed(field_id, "cell-free windows")).permutation(len(far))[:most]
    chosen = far[np.sort(drawn)]
    y0, x0 = y0[chosen], x0[chosen]
    return Windows(y0, x0, distance[chosen], certainly_empty(cells.numbered > 0, y0, x0, size), len(far))


def grid(shape: tuple[int, ...], size: int) -> tuple[Ints, Ints]:
    """First rows and columns of all windows at a stride of half a crop that do not touch the field's border."""
    stride = int(STRIDE * size)
    rows, columns = (np.arange(stride, n - size, stride, dtype=np.int64) for n in shape)
    y0, x0 = np.meshgrid(rows, columns, indexing="ij")
    return y0.ravel(), x0.ravel()


def certainly_empty(covered: NDArray[np.bool_], y0: Ints, x0: Ints, size: int) -> NDArray[np.bool_]:
    """Whether no covered pixel lies in the window or within a quarter of a crop around it."""
    total = np.zeros((covered.shape[0] + 1, covered.shape[1] + 1), np.int64)
    total[1:, 1:] = covered.cumsum(axis=0).cumsum(axis=1)
    around = int(CERTAIN * size)
    top, left = (np.maximum(first - around, 0) for first in (y0, x0))
    bottom = np.minimum(y0 + size + around, covered.shape[0])
    right = np.minimum(x0 + size + around, covered.shape[1])
    return total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left] == 0


def _distances(cells: Cells, y0: Ints, x0: Ints, size: int) -> Floats:
    """From each window's centre to the nearest cell's centroid; infinite where there is no cell."""
    if not len(cells.label):
        return np.full(len(y0), np.inf)
    centres = np.column_stack([cells.centre_y, cells.centre_x])
    middle = (size - 1) / 2
    return KDTree(centres).query(np.column_stack([y0 + middle, x0 + middle]))[0]
