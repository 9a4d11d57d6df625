"""How far a linear SVM's weights are from the optimum, in float64: the relative duality gap of libsvm's problem.

Primal P(w, b) = |w|^2 / 2 + sum c_i max(0, 1 - y_i (x_i w + b)); dual D(a) = sum a_i - |sum a_i y_i x_i|^2 / 2 for
0 <= a_i <= c_i and sum a_i y_i = 0. For any feasible a, D(a) <= optimum <= P(w, b), so (P - D) / P bounds how far P is off.
"""

from __future__ import annotations

import numba
import numpy as np

from cellswap.evaluate.svm.exact_products import MATHS, Rows, Vector, add_rows, times


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def objective(score: Vector, y: Vector, c: Vector, w: Vector, b: float) -> float:
    """P(w, b) for scores X w (n,), classes y of -1 and 1, and each row's penalty c (0 leaves a row out)."""
    total = 0.0
    for k in range(w.shape[0]):
        total += 0.5 * w[k] * w[k]
    for i in range(score.shape[0]):
        if c[i] > 0.0:
            total += c[i] * max(0.0, 1.0 - y[i] * (score[i] + b))
    return total


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def make_feasible(a: Vector, y: Vector, c: Vector) -> None:
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


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def dual(x: Rows, y: Vector, a: Vector) -> float:
    """D(a) for a feasible a."""
    v = np.zeros(x.shape[1])
    add_rows(x, a * y, v)
    return a.sum() - 0.5 * np.dot(v, v)


@numba.njit(cache=True, nogil=True)
def best_intercept(score: Vector, y: Vector, c: Vector) -> float:
    """The intercept of least hinge loss for scores X w; where an interval is best, its middle, as libsvm takes it.

    All rows that count have one penalty C. Row i's hinge has its corner at b = y_i - x_i w, and the loss's slope there
    rises by C, from -C n_+: so it is 0 between the n_+-th and the next of the sorted corners.
    """
    train = c > 0.0
    n_up = int(np.sum(y[train] > 0))
    corners = np.partition(y[train] - score[train], n_up)
    return 0.5 * (corners[:n_up].max() + corners[n_up])


@numba.njit(cache=True, nogil=True)
def relative_gap(x: Rows, y: Vector, c: Vector, w: Vector, b: float, a: Vector) -> float:
    """(P - D) / P, with a made feasible first (in place); NaN where anything is NaN. P is 0 only where no row has a penalty."""
    return gap_below(objective(times(x, w), y, c, w, b), x, y, c, a)


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def gap_below(primal: float, x: Rows, y: Vector, c: Vector, a: Vector) -> float:
    """The same for a P(w, b) already known."""
    make_feasible(a, y, c)
    return (primal - dual(x, y, a)) / primal if primal != 0.0 else 0.0
