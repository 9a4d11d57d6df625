"""Mehrotra's interior point for a linear SVM, in float64: for data that float32 cannot hold or on which Newton stalls.

Dual multipliers a in (0, c) with slacks u (margin exceeded) and xi (margin missed): u - xi = y (X w + b) - 1, a u = mu,
(c - a) xi = mu, w = X'(ya), y'a = 0. Each step solves (I + X_c' T X_c) dw = r with T = 1 / (u / a + xi / (c - a)) and
X_c = X less its T-weighted mean, which takes the intercept out. Rows whose T |x|^2 add up to less than 0.01 are left out of
that matrix, and those next are multiplied in float32 until they add up to what it can tell from 1: beside I either changes
the direction little, and the residuals are computed from all rows in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellswap.evaluate.products import Rows, Vector, add_rows, scaled, times

LEFT_OUT = 1e-2
COARSE = 1.0 / float(np.finfo(np.float32).eps)
MOST_STEPS = 80


@dataclass
class Point:
    """Where the interior point is: weights and intercept, multipliers a, slacks u and xi."""

    w: Vector
    b: float
    a: Vector
    u: Vector
    xi: Vector


@dataclass(frozen=True)
class Training:
    """Training rows x (n, d) float32, their classes y of -1 and 1, each row's squared length, the penalty c, and room."""

    x: Rows
    y: Vector
    square: Vector
    c: float
    coarse: Rows
    fine: Vector


@dataclass(frozen=True)
class Residuals:
    """How far a point is from each equation, and its bounds on the optimum."""

    of_slacks: Vector
    of_weights: Vector
    of_balance: float
    primal: float
    dual: float


def solve(x: Rows, y: Vector, c: float, tolerance: float) -> tuple[Point, int]:
    """The optimum for rows x (n, d) to a relative duality gap of `tolerance`, or the last point reached; and the steps taken."""
    square = np.einsum("ij,ij->i", x, x, dtype=np.float64)
    rows = Training(x, y, square, c, np.empty(x.shape, np.float32), np.empty(x.shape))
    point = _start(rows)
    for step in range(MOST_STEPS):
        left = _residuals(rows, point)
        if (
            not left.primal - left.dual > tolerance * left.primal
        ):  # also ends where it is NaN: the certificate will say so
            return point, step
        with np.errstate(all="ignore"):
            moved = _step(rows, point, left)
        if moved is None:
            return point, step
        point = moved
    return point, MOST_STEPS


def _start(rows: Training) -> Point:
    n_up = np.sum(rows.y > 0)
    fewer = min(n_up, len(rows.y) - n_up)
    a = np.where(rows.y > 0, fewer / n_up, fewer / (len(rows.y) - n_up)) * 0.5 * rows.c
    ones = np.ones(len(rows.y))
    return Point(np.zeros(rows.x.shape[1]), 0.0, a, ones.copy(), 2.0 * ones)


def _pull(x: Rows, weight: Vector) -> Vector:
    out = np.zeros(x.shape[1])
    add_rows(x, weight, out)
    return out


def _residuals(rows: Training, at: Point) -> Residuals:
    margin = rows.y * (times(rows.x, at.w) + at.b) - 1.0
    up = rows.y > 0
    v_up, v_down = _pull(rows.x, np.where(up, at.a, 0.0)), _pull(rows.x, np.where(up, 0.0, at.a))
    n_up, n_down = float(at.a[up].sum()), float(at.a[~up].sum())
    fewer = min(n_up, n_down)
    feasible = v_up * (fewer / n_up) - v_down * (fewer / n_down)
    return Residuals(
        of_slacks=at.u - at.xi - margin,
        of_weights=at.w - (v_up - v_down),
        of_balance=n_up - n_down,
        primal=float(0.5 * at.w @ at.w + rows.c * np.maximum(0.0, -margin).sum()),
        dual=float(2.0 * fewer - 0.5 * feasible @ feasible),
    )


def _step(rows: Training, at: Point, left: Residuals) -> Point | None:
    """Predictor, then corrector with the centring that it suggests; None where the matrix can't be factored."""
    from scipy.linalg import LinAlgError, cho_factor

    rest = rows.c - at.a
    t = 1.0 / (at.u / at.a + at.xi / rest)
    middle = _pull(rows.x, t) / t.sum()
    try:
        factor = cho_factor(_matrix(rows, t, middle), overwrite_a=True, check_finite=True)
    except (LinAlgError, ValueError):
        return None
    mu = float(at.a @ at.u + rest @ at.xi) / (2 * len(rows.y))
    k1, k2 = -at.a * at.u, -rest * at.xi
    guess = _direction(rows, at, left, (t, middle, factor), (k1, k2))
    size = _longest(at, guess, rest)
    there = float(
        (at.a + size * guess.a) @ (at.u + size * guess.u) + (rest - size * guess.a) @ (at.xi + size * guess.xi)
    )
    centred = mu * (there / (2 * len(rows.y)) / mu) ** 3
    k1 += centred - guess.a * guess.u
    k2 += centred + guess.a * guess.xi
    move = _direction(rows, at, left, (t, middle, factor), (k1, k2))
    size = min(1.0, max(0.995, 1.0 - mu) * _longest(at, move, rest))
    return Point(
        at.w + size * move.w, at.b + size * move.b, at.a + size * move.a, at.u + size * move.u, at.xi + size * move.xi
    )


def _matrix(rows: Training, t: Vector, middle: Vector) -> Vector:
    """I + X_c' T X_c over the rows that matter; those of little weight in float32."""
    weight = t * np.maximum(rows.square - 2.0 * times(rows.x, middle) + middle @ middle, 0.0)
    order = np.argsort(weight)
    reached = np.cumsum(weight[order])
    first, second = np.searchsorted(reached, (LEFT_OUT, COARSE))
    matrix = np.eye(rows.x.shape[1])
    for which, room in ((order[first:second], rows.coarse), (order[second:], rows.fine)):
        if len(which):
            part = room[: len(which)]
            scaled(rows.x, which, middle, t, part)
            matrix += part.T @ part
    return matrix


def _direction(
    rows: Training,
    at: Point,
    left: Residuals,
    system: tuple[Vector, Vector, tuple[Vector, bool]],
    wanted: tuple[Vector, Vector],
) -> Point:
    from scipy.linalg import cho_solve

    t, middle, factor = system
    k1, k2 = wanted
    rest = rows.c - at.a
    rho = k1 / at.a - k2 / rest + left.of_slacks
    pull = rows.y * t * rho
    shift = (pull.sum() + left.of_balance) / t.sum()
    dw = cho_solve(factor, _pull(rows.x, pull) - left.of_weights - t.sum() * shift * middle, check_finite=False)
    db = float(shift - middle @ dw)
    da = t * (rho - rows.y * (times(rows.x, dw) + db))
    return Point(dw, db, da, (k1 - at.u * da) / at.a, (k2 + at.xi * da) / rest)


def _longest(at: Point, move: Point, rest: Vector) -> float:
    """The longest step, at most 1 over 0.995, that keeps a, c - a, u and xi at or above 0."""
    size = 1.0 / 0.995
    for value, change in ((at.a, move.a), (rest, -move.a), (at.u, move.u), (at.xi, move.xi)):
        falling = change < 0.0
        if falling.any():
            size = min(size, float(np.min(-value[falling] / change[falling])))
    return size
