"""Five folds of a linear SVM to a certified relative duality gap: Newton where it works, interior point where the data is hard.

The full data is solved first, from a quarter of its rows, and the folds start from that solution, and step together. Whatever an algorithm
says of its answer, a fold is only called converged by the float64 certificate on the weights as returned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellswap.evaluate.svm import interior_point
from cellswap.evaluate.svm.certificate import best_intercept, gap_below, objective
from cellswap.evaluate.svm.exact_products import Vector, column_means, less, times
from cellswap.evaluate.svm.gram_cache import Kept, nothing_kept
from cellswap.evaluate.svm.newton import REACHED, Aim, Machines, begin, newton
from cellswap.evaluate.svm.newton_rounds import Data, certify, pull
from cellswap.evaluate.svm.problem import Fit, Problem

# Widths of the smoothed hinges at first, for a quarter of the rows, all of them, and a fold; and at least. In units of 1 / C.
WIDTHS, LEAST = (0.15, 0.1, 0.2), 0.01
# Relative gaps of the first two stages.
ROUGH = (1e-2, 5e-3)
# Beyond this squared length of a row, float32 products are coarser than the width of the smoothed hinge.
LONGEST_ROW = 0.05 * 0.01 / np.finfo(np.float32).eps
# What Newton may spend on a stage before the interior point takes over, as a share of what that would cost for one fold.
SHARE_QUARTER, SHARE_ALL, SHARE_FOLD = 0.45, 0.9, 1.1
INTERIOR_POINT_STEPS = 10


@dataclass(frozen=True)
class Start:
    """A rough solution of the whole data, which folds start from: weights, scores, signed multipliers, their pull, intercept."""

    w: Vector
    f: Vector
    u: Vector
    v: Vector
    b: float


def fit_folds(problem: Problem, gap: float) -> list[Fit]:
    """One fit a fold; `converged` says whether the relative duality gap in float64 is at most `gap`."""
    mean = column_means(problem.x).astype(np.float32)
    near, longest = less(problem.x, mean)
    fits: list[Fit | None] = [None] * problem.n_folds
    if longest * problem.c <= LONGEST_ROW:
        fits = _by_newton(problem, Data(problem.x, problem.y, near, mean.astype(np.float64)), gap)
    return [fit or _by_interior_point(problem, fold, gap) for fold, fit in enumerate(fits)]


def _budget(n: int, d: int) -> float:
    """What the interior point costs for one fold, about, in the unit of `newton.cost`: its matrix, factor, products, the rest.

    The rest is that of 2,000 rows: of few rows either way is fast, and Newton has the time it needs.
    """
    return INTERIOR_POINT_STEPS * (0.25 * n * d * d + d**3 / 3 + 40.0 * n * d + 8e6)


def _machines(c: Vector, start: Start, width: float) -> Machines:
    """One machine for each row of penalties c (k, n), all from one start."""
    k = len(c)
    u, w, f, v = (np.tile(part, (k, 1)) for part in (start.u, start.w, start.f, start.v))
    return Machines(c, u, w, f, v, np.full(k, start.b), np.full(k, width), np.zeros(k, np.int64))


def _solved(data: Data, kept: Kept, alone: Machines, aim: Aim) -> Start | None:
    """Where Newton takes a single machine; None where it fails."""
    progress = begin(1)
    newton(data.near, data.y, kept, alone, progress, aim)
    if progress.ends[0] != REACHED:
        return None
    return Start(alone.w[0], alone.f[0], alone.old[0], alone.v[0], float(alone.b[0]))


def _quarter(data: Data, c: float, budget: float) -> Start | None:
    """A rough solution of every fourth row, as a start for all; zeros where those are of one class."""
    n, d = data.near.shape
    some = Data(data.rows[::4], data.y[::4].copy(), data.near[::4].copy(), data.mean)
    size = len(some.y)
    if len(np.unique(some.y)) < 2:
        return Start(np.zeros(d), np.zeros(n), np.zeros(n), np.zeros(d), 0.0)
    nowhere = Start(np.zeros(d), np.zeros(size), np.zeros(size), np.zeros(d), 0.0)
    alone = _machines(np.full((1, size), 4.0 * c), nowhere, WIDTHS[0] / c)
    found = _solved(some, nothing_kept(size, d), alone, Aim(LEAST / c, ROUGH[0], budget))
    if found is None:
        return None
    u = np.zeros(n)
    u[::4] = found.u / 4.0
    return Start(found.w, times(data.near, found.w), u, found.v / 4.0, found.b)


def _start(problem: Problem, data: Data, kept: Kept) -> Start | None:
    """A rough solution of the whole data, by way of every fourth row; None where Newton fails.

    A row's penalty is that share of C which a fold's training rows are of all: loss and penalty then balance as in a fold.
    """
    n, d = data.near.shape
    share = 1.0 - float(np.mean(problem.test_fold >= 0)) / problem.n_folds
    c, budget = problem.c * share, _budget(n, d)
    rough = _quarter(data, c, SHARE_QUARTER * budget)
    if rough is None:
        return None
    alone = _machines(np.full((1, n), c), rough, WIDTHS[1] / c)
    found = _solved(data, kept, alone, Aim(LEAST / c, ROUGH[1], SHARE_ALL * budget))
    if found is None:
        return None
    f = times(data.rows, found.w) - data.mean @ found.w
    return Start(found.w, f, found.u / share, found.v / share, found.b)


def _by_newton(problem: Problem, data: Data, gap: float) -> list[Fit | None]:
    """The folds' fits from the whole data's solution; None for those that can't be certified."""
    kept = nothing_kept(*data.near.shape)
    start = _start(problem, data, kept)
    if start is None:
        return [None] * problem.n_folds
    tested = problem.test_fold == np.arange(problem.n_folds)[:, None]
    machines = _machines(np.where(tested, 0.0, problem.c), start, WIDTHS[2] / problem.c)
    for fold, held_out in enumerate(tested):
        pull(data, np.where(held_out, -start.u, 0.0), machines.v[fold])
        machines.old[fold, held_out] = 0.0
    found = certify(data, kept, machines, Aim(LEAST / problem.c, gap, SHARE_FOLD * _budget(*data.near.shape)))
    return [
        Fit(machines.w[fold], float(found.b[fold]), float(found.gap[fold]), True, int(found.steps[fold]), "newton")
        if found.gap[fold] <= gap else None
        for fold in range(problem.n_folds)
    ]  # fmt: skip


def _by_interior_point(problem: Problem, fold: int, gap: float) -> Fit:
    train = problem.test_fold != fold
    point, steps = interior_point.solve(problem.x[train], problem.y[train], problem.c, 0.5 * gap)
    a, penalties, score = np.zeros(len(train)), np.where(train, problem.c, 0.0), times(problem.x, point.w)
    a[train] = point.a
    b = best_intercept(score, problem.y, penalties)
    found = gap_below(objective(score, problem.y, penalties, point.w, b), problem.x, problem.y, penalties, a)
    return Fit(point.w, b, found, bool(found <= gap), steps, "interior_point")
