"""Five folds of a linear SVM to a certified relative duality gap: Newton where it works, interior point where the data is hard.

The full data is solved first, from a quarter of its rows, and each fold starts from that solution. Whatever an algorithm
says of its answer, a fold is only called converged by the float64 certificate on the weights as returned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellswap.evaluate import interior_point
from cellswap.evaluate.certificate import best_intercept, gap_below, objective
from cellswap.evaluate.gram import nothing_kept
from cellswap.evaluate.newton import REACHED, Aim, Hinges
from cellswap.evaluate.problem import Fit, Problem
from cellswap.evaluate.products import column_means, less, times
from cellswap.evaluate.rounds import Data, State, pull, stage

# Widths of the smoothed hinges at first, for a quarter of the rows, all of them, and a fold; and at least. In units of 1 / C.
WIDTHS, LEAST = (0.15, 0.1, 0.2), 0.01
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

    state: State
    b: float


def fit_folds(problem: Problem, gap: float) -> list[Fit]:
    """One fit a fold; `converged` says whether the relative duality gap in float64 is at most `gap`."""
    mean = column_means(problem.x)
    near, longest = less(problem.x, mean)
    data = Data(problem.x, near, mean, nothing_kept(*problem.x.shape))
    start = _start(problem, data) if longest * problem.c <= LONGEST_ROW else None
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
    """A rough solution of the whole data, by way of every fourth row; None where Newton fails.

    A row's penalty is that share of C which a fold's training rows are of all: loss and penalty then balance as in a fold.
    """
    y, (n, d) = problem.y, data.near.shape
    share = 1.0 - float(np.mean(problem.test_fold >= 0)) / problem.n_folds
    c, budget = problem.c * share, _budget(n, d)
    state, b = State(np.zeros(d), np.zeros(n), np.zeros(n), np.zeros(d)), 0.0
    quarter = np.where(np.arange(n) % 4 == 0, 4.0 * c, 0.0)
    if len(np.unique(y[::4])) == 2:
        aim = Aim(LEAST / c, ROUGH[0], SHARE_QUARTER * budget)
        found = stage(data, Hinges(y, quarter, state.a, WIDTHS[0] / c), state, b, aim)
        if found.end != REACHED:
            return None
        b = found.b
        state.a[:] /= 4.0
        state.v[:] /= 4.0
    aim = Aim(LEAST / c, ROUGH[1], SHARE_ALL * budget)
    found = stage(data, Hinges(y, np.full(n, c), state.a, WIDTHS[1] / c), state, b, aim)
    state.a[:] /= share
    state.v[:] /= share
    return Start(state, found.b) if found.end == REACHED else None


def _by_newton(problem: Problem, data: Data, fold: int, start: Start, gap: float) -> Fit | None:
    """The fold's fit from the whole data's solution; None where it can't be certified."""
    c, tested = problem.c, problem.test_fold == fold
    penalties = np.where(tested, 0.0, c)
    state = State(*(part.copy() for part in start.state))
    pull(data, np.where(tested, -problem.y * state.a, 0.0), state.v)
    state.a[tested] = 0.0
    aim = Aim(LEAST / c, gap, SHARE_FOLD * _budget(*data.near.shape))
    found = stage(data, Hinges(problem.y, penalties, state.a, WIDTHS[2] / c), state, start.b, aim)
    if not found.gap <= gap:
        return None
    return Fit(state.w, found.raw_b, found.gap, True, found.steps, "newton")


def _by_interior_point(problem: Problem, fold: int, gap: float) -> Fit:
    train = problem.test_fold != fold
    point, steps = interior_point.solve(problem.x[train], problem.y[train], problem.c, 0.5 * gap)
    a, penalties, score = np.zeros(len(train)), np.where(train, problem.c, 0.0), times(problem.x, point.w)
    a[train] = point.a
    b = best_intercept(score, problem.y, penalties)
    found = gap_below(objective(score, problem.y, penalties, point.w, b), problem.x, problem.y, penalties, a)
    return Fit(point.w, b, found, bool(found <= gap), steps, "interior_point")
