"""Semismooth Newton on the augmented Lagrangian of a linear SVM: float32 matrices, float64 vectors, compiled.

Minimise |w|^2 / 2 + sum c_i max(0, s_i) with s_i = 1 - y_i (x_i w + b). For multipliers l and a width h the augmented
Lagrangian smooths each hinge: a_i = clip(l_i + s_i / h, 0, c_i). For a given w the intercept is chosen so that
sum y_i a_i = 0, hence a is feasible for the dual at every step, and v = X'(ya), D = sum a - |v|^2 / 2 bound the optimum
from below. The gradient is g = w - v; once it is small beside the gap, l becomes a and h shrinks. Only rows strictly inside
the clip enter a Newton step: 50 to 170 of 2,000. Rows with c_i = 0 are left out.

A step's direction and its effect on the scores f and on v are float32; what they are added to starts in float64 and is
computed so again when an answer is doubted. That is iterative refinement: float32 slows convergence, but does not bound it.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.gram import Kept, gram
from cellswap.evaluate.linear_algebra import factor, solve
from cellswap.evaluate.products import MATHS, Rows, Vector, add_rows, add_some, take, times_some

# Half the squared gradient is a part of the gap: multipliers are renewed once it is no more than this share of it.
INNER_SHARE, SHRINK = 0.8, 0.5
FAILED, TOO_LONG, REACHED = -1, 0, 1


class Part(NamedTuple):
    """Rows with a penalty (less the mean), which of all rows they are, and all rows (less the mean) with kept products."""

    near: Rows
    which: NDArray[np.int64]
    everything: Rows
    kept: Kept


class Hinges(NamedTuple):
    """Each row's class y (-1, 1), penalty c and multiplier l, and the width h over which its hinge is smoothed."""

    y: Vector
    c: Vector
    old: Vector
    h: float


class Dual(NamedTuple):
    """The multipliers a, those that v = X'(y a) counts, and v."""

    a: Vector
    counted: Vector
    v: Vector


class Point(NamedTuple):
    """Weights w, scores f = (x - mean) w, v = X'(y a) and intercept b (for centred rows)."""

    w: Vector
    f: Vector
    v: Vector
    b: float


class Aim(NamedTuple):
    """The least width of the hinges, the relative gap to reach, and what may be spent on it (see `cost`)."""

    least: float
    tolerance: float
    budget: float


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def multipliers(hinges: Hinges, f: Vector, b: float, a: Vector) -> tuple[float, float]:
    """Set a to clip(l + s / h, 0, c) for scores f + b; gives sum y a and how many rows are strictly inside."""
    y, c, old, h = hinges
    total, inside = 0.0, 0.0
    for i in range(f.shape[0]):
        raw = old[i] + (1.0 - y[i] * (f[i] + b)) / h
        a[i] = min(max(raw, 0.0), c[i])
        total += y[i] * a[i]
        inside += 1.0 if (raw > 0.0) & (raw < c[i]) else 0.0
    return total, inside


@numba.njit(cache=True, nogil=True)
def intercept(hinges: Hinges, f: Vector, b: float, a: Vector) -> float:
    """The b at which sum y a = 0, by Newton inside a bracket; sets a. The sum falls as b grows, from C n_+ to -C n_-."""
    low, high, step = -np.inf, np.inf, 1.0
    most = hinges.c.max()
    for _ in range(200):
        total, inside = multipliers(hinges, f, b, a)
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
def settle(part: Part, hinges: Hinges, f: Vector, b: float, dual: Dual) -> float:
    """The b that makes a feasible; a and v are brought up to it, by the rows that changed."""
    b = intercept(hinges, f, b, dual.a)
    add_rows(part.near, (dual.a - dual.counted) * hinges.y, dual.v)
    dual.counted[:] = dual.a
    return b


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def primal(hinges: Hinges, f: Vector, b: float, w: Vector) -> float:
    """|w|^2 / 2 + sum c max(0, s)."""
    total = 0.5 * np.dot(w, w)
    for i in range(f.shape[0]):
        total += hinges.c[i] * max(0.0, 1.0 - hinges.y[i] * (f[i] + b))
    return total


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def slope(hinges: Hinges, f: Vector, q: Vector, t: float) -> tuple[float, float]:
    """How the smoothed hinges change at scores f + t q: first derivative in t, and second."""
    y, c, old, h = hinges
    first, second = 0.0, 0.0
    for i in range(f.shape[0]):
        raw = old[i] + (1.0 - y[i] * (f[i] + t * q[i])) / h
        first -= min(max(raw, 0.0), c[i]) * y[i] * q[i]
        second += q[i] * q[i] if (raw > 0.0) & (raw < c[i]) else 0.0
    return first, second / h


@numba.njit(cache=True, nogil=True)
def length(hinges: Hinges, f: Vector, q: Vector, w: Vector, dw: Vector) -> float:
    """The step length at which the derivative along dw is 0: it is piecewise linear and rises; scores go from f along q."""
    w_dw, dw_dw = np.dot(w, dw), np.dot(dw, dw)
    low, high, t = 0.0, np.inf, 1.0
    for _ in range(60):
        first, second = slope(hinges, f, q, t)
        first += w_dw + t * dw_dw
        if not abs(first) > 1e-10 * (abs(w_dw) + dw_dw):
            return t
        low, high = (t, high) if first < 0.0 else (low, t)
        t -= first / (second + dw_dw)
        if not low < t < high:
            t = 2.0 * low + 1.0 if np.isinf(high) else 0.5 * (low + high)
            if t in (low, high):
                return t
    return t


@numba.njit(cache=True, nogil=True)
def few(part: Part, inside: NDArray[np.int64], g: Vector, h: float) -> tuple[bool, Vector, float]:
    """Newton's direction (dw, db) with at most as many inside rows as columns: a system of the rows' size."""
    good, lower = factor(gram(part.everything, part.which[inside], part.kept), h)
    if not good:
        return False, g, 0.0
    p1, p2 = times_some(part.near, inside, g), np.ones(inside.shape[0])
    solve(lower, p1)
    solve(lower, p2)
    db = p1.sum() / p2.sum()
    dw = -g
    add_some(part.near, inside, p1 - p2 * db, dw)
    return True, dw, db


@numba.njit(cache=True, nogil=True)
def many(part: Part, inside: NDArray[np.int64], g: Vector, h: float) -> tuple[bool, Vector, float]:
    """The same with more inside rows than columns: a system of the columns' size, bordered by the intercept."""
    rows = take(part.near, inside)
    good, lower = factor(np.dot(rows.T, rows), h)
    if not good:
        return False, g, 0.0
    sums = np.zeros(rows.shape[1])
    add_rows(rows, np.ones(rows.shape[0]), sums)
    q1, q2 = h * g, sums.copy()
    solve(lower, q1)
    solve(lower, q2)
    db = np.dot(sums, q1) / (rows.shape[0] - np.dot(sums, q2))
    return True, -q1 - q2 * db, db


@numba.njit(cache=True, nogil=True)
def direction(part: Part, inside: NDArray[np.int64], g: Vector, h: float) -> tuple[bool, Vector, float]:
    """Newton's direction (dw, db); false where its system is not positive definite in float32."""
    if inside.shape[0] == 0:
        return True, -g, 0.0
    return few(part, inside, g, h) if inside.shape[0] <= g.shape[0] else many(part, inside, g, h)


@numba.njit(cache=True, nogil=True)
def cost(m: int, n: int, d: int) -> float:
    """What a step with m inside rows costs, about, in float64 multiplications of a large matrix product."""
    small, large = min(m, d), max(m, d)
    return 0.2 * small * small * large + 0.6 * small**3 + 2.0 * n * d + 1e6


@numba.njit(cache=True, nogil=True)
def newton(part: Part, hinges: Hinges, point: Point, aim: Aim) -> tuple[int, float, float, int, float]:
    """Minimise from a point, whose w, f and v are changed, as are the hinges' multipliers, to a feasible dual point.

    Gives REACHED, TOO_LONG once the budget is spent, or FAILED (not positive definite, not finite); b; h; the steps taken;
    and what they cost.
    """
    y, c, old, h = hinges
    w, f, v, b = point
    d = w.shape[0]
    dual = Dual(old.copy(), old.copy(), v)
    end, steps, spent = TOO_LONG, 0, 0.0
    while spent < aim.budget:
        now = Hinges(y, c, old, h)
        b = settle(part, now, f, b, dual)
        upper = primal(now, f, b, w)
        gap = upper - (dual.a.sum() - 0.5 * np.dot(dual.v, dual.v))
        if not np.isfinite(gap):
            end = FAILED
            break
        # At least one step: where the features hardly matter beside the loss, weights of 0 would pass for an answer.
        if gap <= aim.tolerance * upper and steps > 0:
            end = REACHED
            break
        g = w - dual.v
        if 0.5 * np.dot(g, g) <= INNER_SHARE * gap:
            old[:] = dual.a
            h = max(aim.least, SHRINK * h)
            now = Hinges(y, c, old, h)
            b = settle(part, now, f, b, dual)
            g = w - dual.v
        inside = np.flatnonzero((dual.a > 0.0) & (dual.a < c))
        good, dw, db = direction(part, inside, g, h)
        if not good:
            end = FAILED
            break
        q = np.dot(part.near, dw.astype(np.float32)).astype(np.float64)
        t = length(now, f + b, q + db, w, dw)
        w += t * dw
        b += t * db
        f += t * q
        steps += 1
        spent += cost(inside.shape[0], f.shape[0], d)
    if end == REACHED:
        old[:] = dual.a
    return end, b, h, steps, spent
