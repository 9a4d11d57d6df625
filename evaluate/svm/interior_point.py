"""Mehrotra's interior point for a linear SVM, in float64: for data that float32 cannot hold or on which Newton stalls.

Dual multipliers a in (0, c) with slacks u (margin exceeded) and xi (margin missed): u - xi = y (X w + b) - 1, a u = mu,
(c - a) xi = mu, w = X'(ya), y'a = 0. Each step solves (I + X_c' T X_c) dw = r with T = 1 / (u / a + xi / (c - a)) and
X_c = X less its T-weighted mean, which takes the intercept out. Nearly all of a step's time goes into that matrix, so each is
used several times: Mehrotra's predictor and corrector, then Gondzio's correctors, which bring products that have come away
from mu back to it and so make the step longer. Of each correction that share is taken which makes it longest (Gondzio 1996,
Computational Optimization and Applications 6; Colombo and Gondzio 2008, the same journal 41).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from cellswap.evaluate.svm.central_path import SHORT, Point, add, corrections, longest, mean_product, second_order
from cellswap.evaluate.svm.cholesky import factor_fine, solve_fine
from cellswap.evaluate.svm.exact_products import Rows, Vector, add_rows, squared_lengths, times
from cellswap.evaluate.svm.normal_matrix import Room, room_for, set_matrix

MOST_STEPS = 80
# Gondzio's correctors for a step; by how much each should lengthen it, and the share of that below which it is the last.
CORRECTORS, LONGER, WORTH = 2, 0.5, 0.1
# A step as long as this needs no corrector.
LONG = 0.95


class Training(NamedTuple):
    """Training rows x (n, d) float32, their classes y of -1 and 1, each row's squared length, the penalty c."""

    x: Rows
    y: Vector
    square: Vector
    c: float


class Residuals(NamedTuple):
    """How far a point is from each equation, and its bounds on the optimum."""

    of_slacks: Vector
    of_weights: Vector
    of_balance: float
    primal: float
    dual: float


class System(NamedTuple):
    """A step's equations: each row's T, their sum, the mean of the rows weighted with it, R with R'R = I + X_c' T X_c."""

    t: Vector
    total: float
    middle: Vector
    upper: Vector


def solve(x: Rows, y: Vector, c: float, tolerance: float) -> tuple[Point, int]:
    """The optimum for rows x (n, d) to a relative duality gap of `tolerance`, or the last point reached; and the steps taken."""
    return _solve(Training(x, y, squared_lengths(x), float(c)), room_for(x.shape[1]), tolerance)


@numba.njit(cache=True, nogil=True)
def _solve(rows: Training, room: Room, tolerance: float) -> tuple[Point, int]:
    point = _start(rows)
    for step in range(MOST_STEPS):
        left = _residuals(rows, point)
        # Also ends where it is NaN: the certificate will say so.
        if not left.primal - left.dual > tolerance * left.primal:
            return point, step
        good, point = _step(rows, room, point, left)
        if not good:
            return point, step
    return point, MOST_STEPS


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _start(rows: Training) -> Point:
    (n, d), n_up = rows.x.shape, 0.0
    for i in range(n):
        n_up += 1.0 if rows.y[i] > 0.0 else 0.0
    half, a = 0.5 * rows.c * min(n_up, n - n_up), np.empty(n)
    for i in range(n):
        a[i] = half / (n_up if rows.y[i] > 0.0 else n - n_up)
    return Point(np.zeros(d), 0.0, np.zeros(n), a, np.full(n, 1.0), np.full(n, 2.0))


@numba.njit(cache=True, nogil=True)
def _pull(x: Rows, weight: Vector) -> Vector:
    out = np.zeros(x.shape[1])
    add_rows(x, weight, out)
    return out


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _residuals(rows: Training, at: Point) -> Residuals:
    n, loss, n_up, n_down = rows.y.shape[0], 0.0, 0.0, 0.0
    slacks, up, down = np.empty(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        margin = rows.y[i] * (at.f[i] + at.b) - 1.0
        slacks[i] = at.u[i] - at.xi[i] - margin
        loss += max(0.0, -margin)
        (up if rows.y[i] > 0.0 else down)[i] = at.a[i]
        n_up += up[i]
        n_down += down[i]
    v_up, v_down, fewer = _pull(rows.x, up), _pull(rows.x, down), min(n_up, n_down)
    weights, pulled = np.empty(v_up.shape[0]), 0.0
    for k in range(v_up.shape[0]):
        weights[k] = at.w[k] - (v_up[k] - v_down[k])
        pulled += (v_up[k] * (fewer / n_up) - v_down[k] * (fewer / n_down)) ** 2
    primal, dual = 0.5 * np.dot(at.w, at.w) + rows.c * loss, 2.0 * fewer - 0.5 * pulled
    return Residuals(slacks, weights, n_up - n_down, primal, dual)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _step(rows: Training, room: Room, at: Point, left: Residuals) -> tuple[bool, Point]:
    """Predictor and correctors; false where the matrix can't be factored."""
    n, total = rows.y.shape[0], 0.0
    t, k1, k2 = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        a, rest, u, xi = at.a[i], rows.c - at.a[i], at.u[i], at.xi[i]
        t[i], k1[i], k2[i] = 1.0 / (u / a + xi / rest), -a * u, -rest * xi
        total += t[i]
    middle = _pull(rows.x, t)
    for k in range(middle.shape[0]):
        middle[k] /= total
    set_matrix(rows.x, rows.square, t, middle, room)
    if not factor_fine(room.matrix):
        return False, at
    system = System(t, total, middle, room.matrix)
    move, size = _corrected(rows, at, system, _direction(rows, at, left, system, (k1, k2)))
    return True, add(at, move, min(1.0, max(SHORT, 1.0 - mean_product(rows.c, at)) * size))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _direction(rows: Training, at: Point, left: Residuals, system: System, wanted: tuple[Vector, Vector]) -> Point:
    """The move that brings what is left to 0 and adds what is wanted to the products a u and (c - a) xi, to first order."""
    (k1, k2), (t, total, middle, upper), n = wanted, system, rows.y.shape[0]
    rho, weight, shift = np.empty(n), np.empty(n), left.of_balance
    for i in range(n):
        rho[i] = k1[i] / at.a[i] - k2[i] / (rows.c - at.a[i]) + left.of_slacks[i]
        weight[i] = rows.y[i] * t[i] * rho[i]
        shift += weight[i]
    shift /= total
    for i in range(n):
        weight[i] -= t[i] * shift
    dw = _pull(rows.x, weight)
    for k in range(dw.shape[0]):
        dw[k] -= left.of_weights[k]
    solve_fine(upper, dw)
    db, df, da, du, dxi = shift - np.dot(middle, dw), times(rows.x, dw), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        da[i] = t[i] * (rho[i] - rows.y[i] * (df[i] + db))
        du[i] = (k1[i] - at.u[i] * da[i]) / at.a[i]
        dxi[i] = (k2[i] + at.xi[i] * da[i]) / (rows.c - at.a[i])
    return Point(dw, db, df, da, du, dxi)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _corrected(rows: Training, at: Point, system: System, move: Point) -> tuple[Point, float]:
    """The predictor's move after Mehrotra's correction and Gondzio's, and how far one can go along it."""
    c, mu, still = rows.c, mean_product(rows.c, at), add(move, move, -1.0)
    done = Residuals(still.f, still.w, 0.0, 0.0, 0.0)
    size = longest(c, at, move, still, 1.0)[1]
    aim = mu * (mean_product(c, add(at, move, size)) / mu) ** 3
    more = _direction(rows, at, done, system, second_order(move, aim))
    share, size = longest(c, at, move, more, min(1.0, size * size))
    move = add(move, more, share)
    for _ in range(CORRECTORS):
        if size >= LONG:
            break
        ahead = min(1.0, size + LONGER)
        more = _direction(rows, at, done, system, corrections(c, add(at, move, ahead), aim))
        share, longer = longest(c, at, move, more, size * ahead)
        if not longer > size:
            break
        move, gained, size = add(move, more, share), longer - size, longer
        if gained < WORTH * LONGER:
            break
    return move, size
