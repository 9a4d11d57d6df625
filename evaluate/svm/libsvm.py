"""The authors' classifier: scikit-learn's SVC with a linear kernel, one fit a fold, uncapped or stopped at 100,000 iterations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.svm.certificate import relative_gap
from cellswap.evaluate.svm.problem import Fit, Problem

AUTHORS_CAP = 100_000
UNCAPPED = -1


def fit_folds(problem: Problem, max_iter: int) -> list[Fit]:
    """One fit a fold; `converged` is false where libsvm stopped at `max_iter`, and the gap is that of its own dual."""
    return [_fit(problem, fold, max_iter) for fold in range(problem.n_folds)]


def _fit(problem: Problem, fold: int, max_iter: int) -> Fit:
    from sklearn.svm import SVC

    train = problem.test_fold != fold
    machine = SVC(kernel="linear", C=problem.c, max_iter=max_iter).fit(problem.x[train], problem.y[train])
    w, b = machine.coef_[0].astype(float), float(machine.intercept_[0])
    penalties = np.where(train, problem.c, 0.0)
    gap = relative_gap(problem.x, problem.y, penalties, w, b, _multipliers(machine.support_, machine.dual_coef_[0], train))
    return Fit(w, b, gap, bool(machine.fit_status_ == 0), int(machine.n_iter_[0]), "libsvm")


def _multipliers(support: NDArray[np.int64], signed: NDArray[np.float64], train: NDArray[np.bool_]) -> NDArray[np.float64]:
    a = np.zeros(len(train))
    a[np.flatnonzero(train)[support]] = np.abs(signed)
    return a
