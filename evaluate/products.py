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


@numba.njit(cache=True, nogil=True)
def add_rows(x: Rows, weight: Vector, out: Vector) -> None:
    """Add X' weight to `out`; rows of weight 0 are not read."""
    which = np.flatnonzero(weight)
    add_some(x, which, weight[which], out)


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
    """Add x_i weight_j to `out` for the j-th i of `which`; four rows at a time, since `out` is read and written for each."""
    n = which.shape[0]
    for j in range(0, n - n % 4, 4):
        x0, x1, x2, x3 = x[which[j]], x[which[j + 1]], x[which[j + 2]], x[which[j + 3]]
        a0, a1, a2, a3 = weight[j], weight[j + 1], weight[j + 2], weight[j + 3]
        for k in range(out.shape[0]):
            first = a0 * np.float64(x0[k]) + a1 * np.float64(x1[k])
            out[k] += first + (a2 * np.float64(x2[k]) + a3 * np.float64(x3[k]))
    for j in range(n - n % 4, n):
        row = x[which[j]]
        for k in range(out.shape[0]):
            out[k] += weight[j] * np.float64(row[k])


@numba.njit(cache=True, nogil=True)
def column_means(x: Rows) -> Vector:
    """The mean of each column (d,)."""
    out = np.zeros(x.shape[1])
    add_some(x, np.arange(x.shape[0]), np.full(x.shape[0], 1.0 / x.shape[0]), out)
    return out


@numba.njit(cache=True, nogil=True)
def less(x: Rows, middle: Vector) -> tuple[Rows, float]:
    """Every row less `middle`, and the largest squared length of such a row (NaN where one is)."""
    out, longest = np.empty_like(x), 0.0
    for i in range(x.shape[0]):
        for k in range(x.shape[1]):
            out[i, k] = np.float64(x[i, k]) - middle[k]
        square = np.dot(out[i], out[i])
        longest = square if not square <= longest else longest
    return out, longest


@numba.njit(cache=True, nogil=True)
def take(x: Rows, which: NDArray[np.int64]) -> Rows:
    """The rows of `which`."""
    out = np.empty((which.shape[0], x.shape[1]), np.float32)
    for j in range(which.shape[0]):
        out[j] = x[which[j]]
    return out
