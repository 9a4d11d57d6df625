"""Products of float32 rows with float64 vectors, summed in float64: what certifies, and what the solvers refine with.

Sums may be reassociated (`reassoc`), which lets them use wide registers; NaN and infinity keep their meaning.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Vector = NDArray[np.float64]
MATHS = {"reassoc", "contract", "nsz"}


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def times(x: Rows, w: Vector) -> Vector:
    """X w, for rows x (n, d)."""
    out = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        total = 0.0
        for k in range(x.shape[1]):
            total += np.float64(x[i, k]) * w[k]
        out[i] = total
    return out


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def add_rows(x: Rows, weight: Vector, out: Vector) -> None:
    """Add X' weight to `out`; rows of weight 0 are not read."""
    for i in range(x.shape[0]):
        if weight[i] != 0.0:
            for k in range(x.shape[1]):
                out[k] += weight[i] * np.float64(x[i, k])


@numba.njit(cache=True, nogil=True)
def scaled(x: Rows, which: NDArray[np.int64], middle: Vector, weight: Vector, out: NDArray[np.floating]) -> None:
    """Set the first rows of `out` to (x_i - middle) sqrt(weight_i) for the i of `which`."""
    for j in range(which.shape[0]):
        i = which[j]
        root = np.sqrt(weight[i])
        for k in range(x.shape[1]):
            out[j, k] = (np.float64(x[i, k]) - middle[k]) * root


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def times_some(x: Rows, which: NDArray[np.int64], w: Vector) -> Vector:
    """x_i w for the i of `which`."""
    out = np.empty(which.shape[0])
    for j in range(which.shape[0]):
        row, total = x[which[j]], 0.0
        for k in range(w.shape[0]):
            total += np.float64(row[k]) * w[k]
        out[j] = total
    return out


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def add_some(x: Rows, which: NDArray[np.int64], weight: Vector, out: Vector) -> None:
    """Add x_i weight_j to `out` for the j-th i of `which`."""
    for j in range(which.shape[0]):
        row = x[which[j]]
        for k in range(out.shape[0]):
            out[k] += weight[j] * np.float64(row[k])
