"""One classifier's data and what a fit of it gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HELD_IN = -1


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


def decisions(problem: Problem, fits: list[Fit]) -> NDArray[np.float64]:
    """The decision value (n,) float64 of each row from the fit of the fold that tests it; NaN for rows that no fold tests."""
    found = np.full(len(problem.y), np.nan)
    for fold, fit in enumerate(fits):
        test = problem.test_fold == fold
        found[test] = problem.x[test].astype(np.float64) @ fit.w + fit.b
    return found


def accuracy(problem: Problem, fold: int, fit: Fit) -> float:
    """Share of the fold's test rows that fall on their class's side; a score of 0 is libsvm's second class."""
    test = problem.test_fold == fold
    scores = problem.x[test].astype(np.float64) @ fit.w + fit.b
    return float(np.mean((scores >= 0.0) == (problem.y[test] > 0.0)))
