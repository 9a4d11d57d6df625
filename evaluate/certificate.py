"""How far a linear SVM's weights are from the optimum, in float64: the relative duality gap of libsvm's problem.

Primal P(w, b) = |w|^2 / 2 + sum c_i max(0, 1 - y_i (x_i w + b)); dual D(a) = sum a_i - |sum a_i y_i x_i|^2 / 2 for
0 <= a_i <= c_i and sum a_i y_i = 0. For any feasible a, D(a) <= optimum <= P(w, b), so (P - D) / P bounds how far P is off.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def objective(
    x: NDArray[np.float32], y: NDArray[np.float64], c: NDArray[np.float64], w: NDArray[np.float64], b: float
) -> float:
    """P(w, b) for rows x (n, d), classes y of -1 and 1, and each row's penalty c (0 leaves a row out)."""
    total = 0.0
    for k in range(w.shape[0]):
        total += 0.5 * w[k] * w[k]
    for i in range(x.shape[0]):
        if c[i] > 0.0:
            score = b
            for k in range(w.shape[0]):
                score += np.float64(x[i, k]) * w[k]
            total += c[i] * max(0.0, 1.0 - y[i] * score)
    return total


@numba.njit(cache=True, nogil=True)
def make_feasible(a: NDArray[np.float64], y: NDArray[np.float64], c: NDArray[np.float64]) -> None:
    """Clip a into its bounds and scale the heavier class so that sum a_i y_i = 0, in place."""
    heavy = np.zeros(2)
    for i in range(a.shape[0]):
        if not a[i] > 0.0:
            a[i] = 0.0
        elif a[i] > c[i]:
            a[i] = c[i]
        heavy[1 if y[i] > 0.0 else 0] += a[i]
    if heavy[0] == 0.0 or heavy[1] == 0.0:
        a[:] = 0.0
        return
    for i in range(a.shape[0]):
        side = 1 if y[i] > 0.0 else 0
        if heavy[side] > heavy[1 - side]:
            a[i] *= heavy[1 - side] / heavy[side]


@numba.njit(cache=True, nogil=True)
def dual(x: NDArray[np.float32], y: NDArray[np.float64], a: NDArray[np.float64]) -> float:
    """D(a) for a feasible a."""
    v = np.zeros(x.shape[1])
    total = 0.0
    for i in range(x.shape[0]):
        if a[i] > 0.0:
            total += a[i]
            weight = a[i] * y[i]
            for k in range(x.shape[1]):
                v[k] += weight * np.float64(x[i, k])
    square = 0.0
    for k in range(v.shape[0]):
        square += v[k] * v[k]
    return total - 0.5 * square


@numba.njit(cache=True, nogil=True)
def relative_gap(
    x: NDArray[np.float32],
    y: NDArray[np.float64],
    c: NDArray[np.float64],
    w: NDArray[np.float64],
    b: float,
    a: NDArray[np.float64],
) -> float:
    """(P - D) / P, with a made feasible first (in place); NaN where anything is NaN. P is 0 only where no row has a penalty."""
    make_feasible(a, y, c)
    primal = objective(x, y, c, w, b)
    return (primal - dual(x, y, a)) / primal if primal != 0.0 else 0.0
