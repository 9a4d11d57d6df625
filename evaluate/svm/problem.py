"""One classifier's data and what a fit of it gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HELD_IN = -1
# The route of a fit without any: no feature of its training rows varies, so nothing can be learned.
CONSTANT = "constant"


@dataclass(frozen=True)
class Problem:
    """Rows x (n, d) float32, classes y of -1.0 and 1.0, the fold that tests each row (-1: none), and the penalty C."""

    x: NDArray[np.float32]
    y: NDArray[np.float64]
    test_fold: NDArray[np.int64]
    c: float = 1.0

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        return int(self.test_fold.max()) + 1


@dataclass(frozen=True)
class Fit:
    """The weights of one fold, w (d,) and b, with what is known of their quality.

    `gap` is the relative duality gap in float64 on these very weights, NaN where it is not a number.
    """

    w: NDArray[np.float64]
    b: float
    gap: float
    converged: bool
    iterations: int
    route: str

    @property
    def tells(self) -> bool:
        """Whether anything was learned; else its decisions are a coin's."""
        return self.route != CONSTANT


def learned_nothing(problem: Problem) -> Fit:
    """The fit of a fold in whose training rows no feature varies."""
    return Fit(np.zeros(problem.x.shape[1]), 0.0, 0.0, True, 0, CONSTANT)


def decisions(problem: Problem, fits: list[Fit]) -> NDArray[np.float64]:
    """The decision value (n,) float64 of each row from the fit of the fold that tests it; NaN where none does, or it learned nothing."""
    found = np.full(len(problem.y), np.nan)
    for fold, fit in enumerate(fits):
        if not fit.tells:
            continue
        test = problem.test_fold == fold
        found[test] = problem.x[test].astype(np.float64) @ fit.w + fit.b
    return found


def accuracy(problem: Problem, fold: int, fit: Fit) -> float:
    """Share of the fold's test rows on their class's side, 0.5 where nothing was learned; a score of 0 is libsvm's second class."""
    if not fit.tells:
        return 0.5
    test = problem.test_fold == fold
    scores = problem.x[test].astype(np.float64) @ fit.w + fit.b
    return float(np.mean((scores >= 0.0) == (problem.y[test] > 0.0)))
