"""Products of float32 rows with float64 vectors, summed in float64: what certifies, and what the solvers refine with.

Sums may be reassociated (`reassoc`), which lets them use wide registers; NaN and infinity keep their meaning. Four rows
are taken at a time, so that what they are multiplied with is read once for them.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Vector = NDArray[np.float64]
Floats = NDArray[np.floating]
MATHS = {"reassoc", "contract", "nsz"}


@numba.njit(cache=True, nogil=True)
def times(x: Rows, w: Vector) -> Vector:
    """X w, for rows x (n, d)."""
    return times_each(x, w.reshape(1, -1))[0]


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def times_each(x: Rows, weights: Floats) -> Floats:
    """X w for each of k weights (k, d), as (k, n) and in their precision; x is read once for all."""
    n, zero = x.shape[0], weights.dtype.type(0)
    out = np.empty((weights.shape[0], n), weights.dtype)
    for i in range(0, n - n % 4, 4):
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(weights.shape[0]):
            w, a0, a1, a2, a3 = weights[j], zero, zero, zero, zero
            for k in range(w.shape[0]):
                a0 += x0[k] * w[k]
                a1 += x1[k] * w[k]
                a2 += x2[k] * w[k]
                a3 += x3[k] * w[k]
            out[j, i], out[j, i + 1], out[j, i + 2], out[j, i + 3] = a0, a1, a2, a3
    for i in range(n - n % 4, n):
        for j in range(weights.shape[0]):
            row, w, total = x[i], weights[j], zero
            for k in range(w.shape[0]):
                total += row[k] * w[k]
            out[j, i] = total
    return out


@numba.njit(cache=True, nogil=True)
def add_rows(x: Rows, weight: Vector, out: Vector) -> None:
    """Add X' weight to `out`; rows of weight 0 are not read."""
    which = np.flatnonzero(weight)
    add_some(x, which, weight[which], out)


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def scaled(x: Rows, which: NDArray[np.int64], middle: Vector, weight: Vector, out: Floats) -> None:
    """Set the first rows of `out` to (x_i - middle) sqrt(weight_i) for the i of `which`."""
    for j in range(which.shape[0]):
        row, root, put = x[which[j]], np.sqrt(weight[which[j]]), out[j]
        for k in range(row.shape[0]):
            put[k] = (row[k] - middle[k]) * root


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def squared_lengths(x: Rows) -> Vector:
    """|x_i|^2 of each row."""
    out = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        row, total = x[i], 0.0
        for k in range(row.shape[0]):
            total += np.float64(row[k]) * np.float64(row[k])
        out[i] = total
    return out


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def times_some(x: Rows, which: NDArray[np.int64], w: Vector) -> Vector:
    """x_i w for the i of `which`."""
    out = np.empty(which.shape[0])
    for j in range(which.shape[0]):
        row, total = x[which[j]], 0.0
        for k in range(w.shape[0]):
            total += row[k] * w[k]
        out[j] = total
    return out


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def add_some(x: Rows, which: NDArray[np.int64], weight: Vector, out: Vector) -> None:
    """Add x_i weight_j to `out` for the j-th i of `which`."""
    n = which.shape[0]
    for j in range(0, n - n % 4, 4):
        x0, x1, x2, x3 = x[which[j]], x[which[j + 1]], x[which[j + 2]], x[which[j + 3]]
        a0, a1, a2, a3 = weight[j], weight[j + 1], weight[j + 2], weight[j + 3]
        for k in range(out.shape[0]):
            out[k] += (a0 * x0[k] + a1 * x1[k]) + (a2 * x2[k] + a3 * x3[k])
    for j in range(n - n % 4, n):
        row = x[which[j]]
        for k in range(out.shape[0]):
            out[k] += weight[j] * row[k]


@numba.njit(cache=True, nogil=True)
def column_means(x: Rows) -> Vector:
    """The mean of each column (d,)."""
    out = np.zeros(x.shape[1])
    add_some(x, np.arange(x.shape[0]), np.full(x.shape[0], 1.0 / x.shape[0]), out)
    return out


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def less(x: Rows, middle: Rows) -> tuple[Rows, np.float32]:
    """Every row less `middle` (d,), and the largest squared length of such a row (NaN where one is)."""
    out, longest = np.empty_like(x), np.float32(0)
    for i in range(x.shape[0]):
        square = np.float32(0)
        for k in range(x.shape[1]):
            out[i, k] = x[i, k] - middle[k]
            square += out[i, k] * out[i, k]
        longest = longest if square <= longest or np.isnan(longest) else square
    return out, longest


@numba.njit(cache=True, nogil=True)
def take(x: Rows, which: NDArray[np.int64]) -> Rows:
    """The rows of `which`."""
    out = np.empty((which.shape[0], x.shape[1]), np.float32)
    for j in range(which.shape[0]):
        out[j] = x[which[j]]
    return out
