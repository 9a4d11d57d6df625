"""Semismooth Newton on the augmented Lagrangian of linear SVMs: float32 matrices, float64 vectors, compiled.

Minimise |w|^2 / 2 + sum c_i max(0, s_i) with s_i = 1 - y_i (x_i w + b). For multipliers l and a width h the augmented
Lagrangian smooths each hinge: a_i = clip(l_i + s_i / h, 0, c_i). All multipliers here carry their row's sign, u_i = y_i a_i,
so that u_i = clip(y_i l_i + (y_i - x_i w - b) / h, low_i, high_i). For a given w the intercept is chosen so that sum u_i = 0,
hence a is feasible for the dual at every step, and v = X'u, D = sum |u| - |v|^2 / 2 bound the optimum from below. The gradient
is g = w - v; once it is small beside the gap, l becomes a and h shrinks. Only rows strictly inside the clip enter a Newton
step: 50 to 250 of 2,000.

Several machines that differ in their penalties (folds: a row held out has none) step together, so that each step's product
with the rows reads them once for all. A step's direction and its effect on the scores f and on v are float32; what they are
added to starts in float64 and is computed so again when an answer is doubted. That is iterative refinement: float32 slows
convergence, but does not bound it.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.svm.cholesky import backward, factor, forward
from cellswap.evaluate.svm.exact_products import MATHS, Rows, Vector, add_rows, add_some, take, times_each, times_some
from cellswap.evaluate.svm.gram_cache import Kept, gram, keep, kept_places

# Half the squared gradient is a part of the gap: multipliers are renewed once it is no more than this share of it.
INNER_SHARE, SHRINK = 0.8, 0.5
# Rows whose multiplier would be inside bounds wider by this share of c are given their products with those inside.
NEAR = 0.2
RUNNING, FAILED, TOO_LONG, REACHED = -2, -1, 0, 1


class Hinges(NamedTuple):
    """Each row's class y (-1, 1), the bounds of its signed multiplier and that multiplier, and the width h of the hinge."""

    y: Vector
    low: Vector
    high: Vector
    old: Vector
    h: float


class Point(NamedTuple):
    """Weights w, scores f = (x - mean) w, v = X'u, intercept b (for centred rows), and the steps taken to them; u and those v counts."""

    w: Vector
    f: Vector
    v: Vector
    b: float
    steps: int
    u: Vector
    counted: Vector


class Machines(NamedTuple):
    """k machines: row penalties c (k, n), old multipliers (k, n), w (k, d), f (k, n), v (k, d), b (k,), widths h (k,) and steps (k,)."""

    c: Vector
    old: Vector
    w: Vector
    f: Vector
    v: Vector
    b: Vector
    h: Vector
    steps: NDArray[np.int64]


class Duals(NamedTuple):
    """Of k machines the bounds of the signed multipliers, those multipliers u, and those that v counts, all (k, n)."""

    low: Vector
    high: Vector
    u: Vector
    counted: Vector


class Aim(NamedTuple):
    """The least width of the hinges, the relative gap to reach, and what may be spent on a machine (see `cost`)."""

    least: float
    tolerance: float
    budget: float


class Progress(NamedTuple):
    """How each machine ended (RUNNING, FAILED: not positive definite or not finite, TOO_LONG, REACHED), what its steps cost."""

    ends: NDArray[np.int64]
    spent: Vector


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def multipliers(hinges: Hinges, f: Vector, b: float, u: Vector) -> tuple[float, float]:
    """Set u to clip(old + (y - f - b) / h, low, high); gives its sum and how many rows are strictly inside."""
    y, low, high, old, h = hinges
    total, inside, inverse = 0.0, 0.0, 1.0 / h
    for i in range(f.shape[0]):
        raw = old[i] + (y[i] - f[i] - b) * inverse
        u[i] = min(max(raw, low[i]), high[i])
        total += u[i]
        inside += 1.0 if (raw > low[i]) & (raw < high[i]) else 0.0
    return total, inside


@numba.njit(cache=True, nogil=True)
def intercept(hinges: Hinges, f: Vector, b: float, u: Vector) -> float:
    """The b at which sum u = 0, by Newton inside a bracket; sets u. The sum falls as b grows, from C n_+ to -C n_-."""
    low, high, step = -np.inf, np.inf, 1.0
    most = hinges.high.max()
    for _ in range(200):
        total, inside = multipliers(hinges, f, b, u)
        if abs(total) <= 1e-11 * (1.0 + inside) * most:
            return b
        low, high = (b, high) if total > 0.0 else (low, b)
        b += total * hinges.h / inside if inside > 0.0 else np.sign(total) * step
        if not low < b < high:
            if np.isinf(high):
                b = low + step
            elif np.isinf(low):
                b = high - step
            else:
                b = 0.5 * (low + high)
                if b in (low, high):
                    return b
        step *= 2.0
    return b


@numba.njit(cache=True, nogil=True)
def settle(x: Rows, hinges: Hinges, point: Point) -> float:
    """The b that makes u feasible; u and v are brought up to it, by the rows that changed."""
    b = intercept(hinges, point.f, point.b, point.u)
    add_rows(x, point.u - point.counted, point.v)
    point.counted[:] = point.u
    return b


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def bounds(hinges: Hinges, point: Point, b: float) -> tuple[float, float]:
    """|w|^2 / 2 + sum c max(0, s), and sum |u| - |v|^2 / 2."""
    y, low, high = hinges.y, hinges.low, hinges.high
    loss, total = 0.0, 0.0
    for i in range(y.shape[0]):
        loss += max(0.0, (low[i] + high[i]) * (y[i] - point.f[i] - b))
        total += abs(point.u[i])
    return 0.5 * np.dot(point.w, point.w) + loss, total - 0.5 * np.dot(point.v, point.v)


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def slope(hinges: Hinges, raw: Vector, p: Vector, t: float) -> tuple[float, float]:
    """How the smoothed hinges change at multipliers raw - t p before the clip: first derivative in t, and second, over h."""
    low, high = hinges.low, hinges.high
    first, second = 0.0, 0.0
    for i in range(raw.shape[0]):
        there = raw[i] - t * p[i]
        first -= min(max(there, low[i]), high[i]) * p[i]
        second += p[i] * p[i] if (there > low[i]) & (there < high[i]) else 0.0
    return first, second


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def length(hinges: Hinges, point: Point, q: Rows, dw: Vector, db: float) -> float:
    """The step length at which the derivative along (dw, db) is 0: it is piecewise linear and rises; scores go along q."""
    y, h = hinges.y, hinges.h
    raw, p = np.empty(q.shape[0]), np.empty(q.shape[0])
    for i in range(q.shape[0]):
        raw[i] = hinges.old[i] + (y[i] - point.f[i] - point.b) / h
        p[i] = (q[i] + db) / h
    w_dw, dw_dw = np.dot(point.w, dw), np.dot(dw, dw)
    low, high, t = 0.0, np.inf, 1.0
    for _ in range(60):
        first, second = slope(hinges, raw, p, t)
        first = first * h + w_dw + t * dw_dw
        if not abs(first) > 1e-10 * (abs(w_dw) + dw_dw):
            return t
        low, high = (t, high) if first < 0.0 else (low, t)
        t -= first / (second * h + dw_dw)
        if not low < t < high:
            t = 2.0 * low + 1.0 if np.isinf(high) else 0.5 * (low + high)
            if t in (low, high):
                return t
    return t


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def within(hinges: Hinges, point: Point, b: float, margin: float) -> NDArray[np.bool_]:
    """The rows whose multiplier before the clip is inside bounds wider by `margin` of their distance; none held out."""
    y, low, high, old, h = hinges
    out = np.empty(y.shape[0], np.bool_)
    for i in range(y.shape[0]):
        raw, more = old[i] + (y[i] - point.f[i] - b) / h, margin * (high[i] - low[i])
        out[i] = (raw > low[i] - more) & (raw < high[i] + more)
    return out


@numba.njit(cache=True, nogil=True)
def few(inside: NDArray[np.bool_], kept: Kept, g: Vector, h: float) -> tuple[bool, Vector, float]:
    """Newton's direction (dw, db) with at most as many inside rows as columns: a system of the rows' size."""
    places = kept_places(inside, kept)
    system, dw = gram(places.astype(np.uint32), kept), -g
    if not factor(system, h):
        return False, dw, 0.0
    p1, p2 = times_some(kept.rows, places, g), np.ones(places.shape[0])
    forward(system, p1, p2)
    db = np.dot(p1, p2) / np.dot(p2, p2)
    p1 -= p2 * db
    backward(system, p1)
    add_some(kept.rows, places, p1, dw)
    return True, dw, db


@numba.njit(cache=True, nogil=True)
def many(x: Rows, inside: NDArray[np.int64], g: Vector, h: float) -> tuple[bool, Vector, float]:
    """The same with more inside rows than columns: a system of the columns' size, bordered by the intercept."""
    rows = take(x, inside)
    system = np.dot(rows.T, rows)
    if not factor(system, h):
        return False, g, 0.0
    sums = np.zeros(rows.shape[1])
    add_rows(rows, np.ones(rows.shape[0]), sums)
    q1, q2 = h * g, sums.copy()
    forward(system, q1, q2)
    db = np.dot(q1, q2) / (rows.shape[0] - np.dot(q2, q2))
    q1 += q2 * db
    backward(system, q1)
    return True, -q1, db


@numba.njit(cache=True, nogil=True)
def direction(x: Rows, kept: Kept, hinges: Hinges, point: Point, b: float) -> tuple[bool, Vector, float, int]:
    """Newton's direction (dw, db) and how many rows it is made from; false where its system is not positive definite."""
    inside = within(hinges, point, b, 0.0)
    which, g = np.flatnonzero(inside), point.w - point.v
    m = which.shape[0]
    if m == 0:
        return True, -g, 0.0, m
    if m > min(x.shape[1], kept.rows.shape[0]):
        return *many(x, which, g, hinges.h), m
    if kept.place[which].min() < 0:
        near = np.flatnonzero(within(hinges, point, b, NEAR))
        keep(x, near if near.shape[0] <= kept.rows.shape[0] else which, kept)
    return *few(inside, kept, g, hinges.h), m


@numba.njit(cache=True, nogil=True)
def cost(m: int, n: int, d: int) -> float:
    """What a step with m inside rows costs, about, in float64 multiplications of a large matrix product."""
    small, large = min(m, d), max(m, d)
    return 0.2 * small * small * large + 0.6 * small**3 + 2.0 * n * d + 1e6


@numba.njit(cache=True, nogil=True)
def begin(n: int) -> Progress:
    """Of n machines that are to run."""
    return Progress(np.full(n, RUNNING), np.zeros(n))


@numba.njit(cache=True, nogil=True)
def looked_at(x: Rows, hinges: Hinges, point: Point, aim: Aim) -> tuple[int, float, bool]:
    """Whether a machine goes on (RUNNING) or how it ends, its intercept, and whether its multipliers are to be renewed."""
    b = settle(x, hinges, point)
    upper, lower = bounds(hinges, point, b)
    gap = upper - lower
    if not np.isfinite(gap):
        return FAILED, b, False
    # At least one step: where the features hardly matter beside the loss, weights of 0 would pass for an answer.
    if gap <= aim.tolerance * upper and point.steps > 0:
        return REACHED, b, True
    g = point.w - point.v
    return RUNNING, b, 0.5 * np.dot(g, g) <= INNER_SHARE * gap


@numba.njit(cache=True, nogil=True)
def machine(y: Vector, machines: Machines, duals: Duals, k: np.intp) -> tuple[Hinges, Point]:
    """The k-th machine; its arrays are parts of theirs."""
    point = Point(machines.w[k], machines.f[k], machines.v[k], machines.b[k], machines.steps[k], duals.u[k], duals.counted[k])
    return Hinges(y, duals.low[k], duals.high[k], machines.old[k], machines.h[k]), point


@numba.njit(cache=True, nogil=True)
def propose(x: Rows, kept: Kept, hinges: Hinges, point: Point, aim: Aim) -> tuple[int, float, float, tuple[Vector, float, int]]:
    """How a machine ends or that it goes on, its intercept, its width, and Newton's direction with what `direction` says of it.

    Its multipliers and their pull are brought up to date.
    """
    end, b, renew = looked_at(x, hinges, point, aim)
    h = max(aim.least, SHRINK * hinges.h) if renew and end == RUNNING else hinges.h
    hinges = Hinges(hinges.y, hinges.low, hinges.high, hinges.old, h)
    if renew:
        hinges.old[:] = point.u
    if end != RUNNING:
        return end, b, h, (point.w, 0.0, 0)
    if renew:
        b = settle(x, hinges, Point(point.w, point.f, point.v, b, point.steps, point.u, point.counted))
    good, dw, db, m = direction(x, kept, hinges, point, b)
    return RUNNING if good else FAILED, b, h, (dw, db, m)


@numba.njit(cache=True, nogil=True)
def newton(x: Rows, y: Vector, kept: Kept, machines: Machines, progress: Progress, aim: Aim) -> None:
    """Minimise the machines that are running, from where they are to feasible dual points, or until the budget is spent."""
    (n, d), (ends, spent) = x.shape, progress
    low, high = np.minimum(machines.c * y, 0.0), np.maximum(machines.c * y, 0.0)
    duals = Duals(low, high, machines.old.copy(), machines.old.copy())
    dw, db = np.zeros(machines.w.shape), np.zeros(ends.shape[0])
    while True:
        for k in np.flatnonzero(ends == RUNNING):
            hinges, point = machine(y, machines, duals, k)
            ends[k], machines.b[k], machines.h[k], move = propose(x, kept, hinges, point, aim)
            dw[k], db[k], m = move
            spent[k] += cost(m, n, d)
            if ends[k] == RUNNING and spent[k] > aim.budget:
                ends[k] = TOO_LONG
        on = np.flatnonzero(ends == RUNNING)
        if on.shape[0] == 0:
            return
        q = times_each(x, dw[on].astype(np.float32))
        for j, k in enumerate(on):
            hinges, point = machine(y, machines, duals, k)
            t = length(hinges, point, q[j], dw[k], db[k])
            point.w[:] += t * dw[k]
            point.f[:] += t * q[j]
            machines.b[k] += t * db[k]
            machines.steps[k] += 1
