"""Five folds of a linear SVM to a certified relative duality gap: Newton where it works, interior point where the data is hard.

The full data is solved first, from a quarter of its rows, and each fold starts from that solution. Whatever an algorithm
says of its answer, a fold is only called converged by the float64 certificate on the weights as returned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate import interior_point
from cellswap.evaluate.certificate import relative_gap
from cellswap.evaluate.gram import nothing_kept
from cellswap.evaluate.newton import REACHED, Aim, Data, Hinges, newton
from cellswap.evaluate.problem import Fit, Problem
from cellswap.evaluate.products import Vector, times

# Newton aims a little below the tolerance: the intercept is chosen anew for the answer, and sums are ordered otherwise.
AIM = 0.7
# Widths of the smoothed hinges at first, for a quarter of the rows, all of them, and a fold; and at least. In units of 1 / C.
WIDTHS, LEAST = (0.3, 0.1, 0.2), 0.01
# Relative gaps of the first two stages.
ROUGH = (1e-2, 5e-3)
# Beyond this squared length of a row, float32 products are coarser than the width of the smoothed hinge.
LONGEST_ROW = 0.05 * 0.01 / np.finfo(np.float32).eps
# What Newton may spend on a stage before the interior point takes over, as a share of what that would cost for one fold.
SHARE_QUARTER, SHARE_ALL, SHARE_FOLD = 0.25, 0.5, 1.0
INTERIOR_POINT_STEPS = 13


@dataclass(frozen=True)
class Start:
    """A rough solution of the whole data, which folds start from."""

    w: Vector
    b: float
    a: Vector


def fit_folds(problem: Problem, gap: float) -> list[Fit]:
    """One fit a fold; `converged` says whether the relative duality gap in float64 is at most `gap`."""
    mean = problem.x.mean(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # what is not a number stays so, and gets no certificate
        data = Data(problem.x, (problem.x - mean).astype(np.float32), mean, nothing_kept(*problem.x.shape))
    start = _start(problem, data)
    fits: list[Fit] = []
    for fold in range(problem.n_folds):
        fit = _by_newton(problem, data, fold, start, gap) if start else None
        if fit is None:
            start = None  # what is too hard for one fold is too hard for the next
            fit = _by_interior_point(problem, fold, gap)
        fits.append(fit)
    return fits


def _budget(n: int, d: int) -> float:
    """What the interior point costs for one fold, about, in the unit of `newton.cost`; the constant is numpy's own time a step."""
    return INTERIOR_POINT_STEPS * (0.5 * n * d * d + d**3 / 3 + 20.0 * n * d + 1.5e7)


def _start(problem: Problem, data: Data) -> Start | None:
    """A rough solution of the whole data, by way of every fourth row; None where float32 or Newton fails."""
    y, c = problem.y, problem.c
    n, d = data.near.shape
    if not np.einsum("ij,ij->i", data.near, data.near, dtype=np.float64).max() * c <= LONGEST_ROW:
        return None
    w, b, a, budget = np.zeros(d), 0.0, np.zeros(n), _budget(n, d)
    quarter = np.where(np.arange(n) % 4 == 0, 4.0 * c, 0.0)
    if len(np.unique(y[quarter > 0])) == 2:
        end, b, _ = newton(
            data, Hinges(y, quarter, a, WIDTHS[0] / c), w, b, Aim(LEAST / c, ROUGH[0], SHARE_QUARTER * budget)
        )
        if end != REACHED:
            return None
    a = np.minimum(a, c)
    end, b, _ = newton(
        data, Hinges(y, np.full(n, c), a, WIDTHS[1] / c), w, b, Aim(LEAST / c, ROUGH[1], SHARE_ALL * budget)
    )
    return Start(w, b, a) if end == REACHED else None


def _by_newton(problem: Problem, data: Data, fold: int, start: Start, gap: float) -> Fit | None:
    """The fold's fit from the whole data's solution; None where it can't be certified."""
    c, budget = problem.c, SHARE_FOLD * _budget(*data.near.shape)
    penalties = np.where(problem.test_fold == fold, 0.0, c)
    w, b, a = start.w.copy(), start.b, np.minimum(start.a, penalties)
    end, _, steps = newton(
        data, Hinges(problem.y, penalties, a, WIDTHS[2] / c), w, b, Aim(LEAST / c, AIM * gap, budget)
    )
    fit = _certified(problem, (w, a), penalties, gap, (steps, "newton"))
    return fit if end == REACHED and fit.converged else None


def _by_interior_point(problem: Problem, fold: int, gap: float) -> Fit:
    train = problem.test_fold != fold
    point, steps = interior_point.solve(problem.x[train], problem.y[train], problem.c, 0.5 * gap)
    a = np.zeros(len(train))
    a[train] = point.a
    return _certified(problem, (point.w, a), np.where(train, problem.c, 0.0), gap, (steps, "interior_point"))


def _certified(
    problem: Problem, solution: tuple[Vector, Vector], penalties: Vector, gap: float, how: tuple[int, str]
) -> Fit:  # fmt: skip
    w, a = solution
    b = best_intercept(times(problem.x, w), problem.y, penalties > 0)
    found = relative_gap(problem.x, problem.y, penalties, w, b, a.copy())
    return Fit(w, b, found, bool(found <= gap), *how)


def best_intercept(scores: Vector, y: Vector, train: NDArray[np.bool_]) -> float:
    """The intercept of least hinge loss for given scores X w; where an interval is best, its middle, as libsvm takes it.

    Row i's hinge has its corner at b = y_i - x_i w, and the loss's slope there rises by C, from -C n_+: so it is 0 between
    the n_+-th and the next of the sorted corners.
    """
    n_up = int(np.sum(y[train] > 0))
    corners = np.partition(y[train] - scores[train], (n_up - 1, n_up))
    return float(0.5 * (corners[n_up - 1] + corners[n_up]))
