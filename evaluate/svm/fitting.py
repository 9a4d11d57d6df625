"""Fit one classifier's folds by one of three schemes (paper 3.4: hinge loss, C = 1, unpenalised intercept, raw features)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cellswap.errors import UnknownName
from cellswap.evaluate.svm import certified, libsvm
from cellswap.evaluate.svm.problem import HELD_IN, Fit, Problem, learned_nothing
from cellswap.evaluate.svm.variation import some_vary


@dataclass(frozen=True)
class Solver:
    """How classifiers are fitted: the scheme, libsvm's C, the relative duality gap to reach, and whether features are scaled."""

    scheme: str = "certified"
    c: float = 1.0
    gap: float = 1e-6
    standardize: bool = False


Scheme = Callable[[Problem, float], list[Fit]]
SCHEMES: dict[str, Scheme] = {
    "certified": certified.fit_folds,
    "libsvm": lambda problem, _: libsvm.fit_folds(problem, libsvm.UNCAPPED),
    "libsvm-capped": lambda problem, _: libsvm.fit_folds(problem, libsvm.AUTHORS_CAP),
}


def check(solver: Solver) -> None:
    """Raise UnknownName for a scheme that there is none of."""
    if solver.scheme not in SCHEMES:
        raise UnknownName("scheme", solver.scheme, SCHEMES)


def fit_folds(problem: Problem, solver: Solver) -> list[Fit]:
    """One fit a fold, by the solver's scheme; for a fold in whose training rows no feature varies, one that says so."""
    still = {fold for fold in range(problem.n_folds) if not some_vary(problem.x, problem.test_fold != fold)}
    if len(still) == problem.n_folds:
        return [learned_nothing(problem)] * problem.n_folds
    return [learned_nothing(problem) if fold in still else fit for fold, fit in enumerate(_fitted(problem, solver))]


def _fitted(problem: Problem, solver: Solver) -> list[Fit]:
    fit = SCHEMES[solver.scheme]
    if not solver.standardize:
        return fit(problem, solver.gap)
    return [_in_raw_units(problem, fold, fit, solver.gap) for fold in range(problem.n_folds)]


def _in_raw_units(problem: Problem, fold: int, fit: Scheme, gap: float) -> Fit:
    """The fold's fit on features scaled by its own training rows; the weights returned are for the raw features."""
    train = problem.x[problem.test_fold != fold].astype(np.float64)
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[std == 0] = 1.0  # a constant feature stays what it is: nothing
    scaled = ((problem.x - mean) / std).astype(np.float32)
    alone = Problem(scaled, problem.y, np.where(problem.test_fold == fold, 0, HELD_IN), problem.c)
    found = fit(alone, gap)[0]
    w = found.w / std
    return replace(found, w=w, b=found.b - float(mean @ w))
