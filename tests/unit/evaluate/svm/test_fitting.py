"""The penalty, the tolerance and the scaling that were asked for, against scikit-learn on each fold's own training rows."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import CompletedProcess

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from cellswap.evaluate import heldout
from cellswap.evaluate.sample.folds import test_folds as folds_of
from cellswap.evaluate.sample.heldout_split import HeldoutOptions
from cellswap.evaluate.svm import fitting
from cellswap.evaluate.svm.fitting import Solver
from cellswap.evaluate.svm.problem import Problem
from cellswap.store import database
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import Fill, Screen, measure, vectors
from tests.unit.evaluate.svm.hard_data import features

SCHEMES = ("certified", "libsvm")
ATOL = {"certified": 1e-4, "libsvm": 3e-3}  # libsvm stops sooner
SMALL = 0.003  # a penalty so small that it decides which images are called rightly


def uneven(n: int = 120) -> Problem:
    """Features of unlike spread; those that fold 0 tests are far out, so that their mean and spread are others."""
    x = features(n, 6) * np.array([1, 30, 0.1, 5, 1, 1], np.float32)
    test_fold = folds_of(n // 2, n // 2, None)
    x[test_fold == 0] += 40
    return Problem(x.astype(np.float32), np.repeat([-1.0, 1.0], n // 2), test_fold, 0.05)


def theirs(problem: Problem, fold: int) -> SVC:
    train = problem.test_fold != fold
    return make_pipeline(StandardScaler(), SVC(kernel="linear", C=problem.c, tol=1e-9)).fit(
        problem.x[train].astype(float), problem.y[train]
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_features_are_scaled_by_the_mean_and_deviation_of_training_rows_alone(scheme: str) -> None:
    problem = uneven()
    fits = fitting.fit_folds(problem, Solver(scheme, problem.c, 1e-9, standardize=True))
    for fold, fit in enumerate(fits):
        x = problem.x[problem.test_fold != fold].astype(float)
        np.testing.assert_allclose(x @ fit.w + fit.b, theirs(problem, fold).decision_function(x), rtol=0, atol=ATOL[scheme])


def test_without_scaling_the_features_are_raw() -> None:
    problem = uneven()
    fit = fitting.fit_folds(problem, Solver("libsvm", problem.c))[1]
    train = problem.test_fold != 1
    machine = SVC(kernel="linear", C=problem.c).fit(problem.x[train], problem.y[train])
    np.testing.assert_allclose(fit.w, machine.coef_[0], rtol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_fold_is_called_converged_above_the_gap_that_was_asked_for(seed: int) -> None:
    x = features(240, 12) + np.random.default_rng(seed).normal(0, 0.3, (240, 12)).astype(np.float32)
    problem = Problem(x.astype(np.float32), np.repeat([-1.0, 1.0], 120), folds_of(120, 120, None))
    for gap in (1e-3, 1e-6, 1e-8):
        fits = fitting.fit_folds(problem, Solver(gap=gap))
        assert [fit.gap <= gap for fit in fits] == [True] * 5
        for fold, fit in enumerate(fits):
            assert objective(problem, fold, fit.w, fit.b) <= (1 + gap) * optimum(problem, fold)


def objective(problem: Problem, fold: int, w: np.ndarray, b: float) -> float:
    train = problem.test_fold != fold
    slack = np.maximum(0, 1 - problem.y[train] * (problem.x[train].astype(float) @ w + b))
    return float(0.5 * w @ w + problem.c * slack.sum())


def optimum(problem: Problem, fold: int) -> float:
    """An upper bound of the optimum, from libsvm at a tolerance of 1e-10."""
    train = problem.test_fold != fold
    machine = SVC(kernel="linear", C=problem.c, tol=1e-10).fit(problem.x[train].astype(float), problem.y[train])
    return objective(problem, fold, machine.coef_[0], machine.intercept_[0])


# The same by way of the commands, from the options to the tables.

TWO = Screen({"A": 60, "B": 60})


def drawn(store: Store) -> tuple[np.ndarray, np.ndarray]:
    """The images of the two classes in drawing order, cytoplasm first."""
    with database.connect(store) as connection:
        x = [
            [row[0] for row in connection.execute(
                "SELECT embedding FROM embeddings JOIN condition_classes USING (condition) WHERE class = $1"
                " ORDER BY md5('pairs/' || $1 || '/' || image_id)", [name],
            ).fetchall()]
            for name in ("cytoplasm", "nucleus")
        ]  # fmt: skip
    return np.concatenate([np.array(part) for part in x]), np.repeat([0, 1], [len(part) for part in x])


def test_the_command_fits_with_the_penalty_and_scaling_that_it_was_given(
    store: Store, fill: Fill, cellswap: Callable[..., CompletedProcess[str]]
) -> None:
    raw = vectors(TWO) * np.array([1, 1, 200, 200, 0.1, 1], np.float32)
    fill(TWO, raw)
    for more in (("--C", SMALL), ("--standardize",)):
        cellswap("evaluate", "pairs", "--store", store.path, "--jobs", 1, *more)
    x, y = drawn(store)
    test_fold = folds_of(60, 60, None)
    expected = {
        (c, scaled): [
            make_pipeline(StandardScaler(with_mean=scaled, with_std=scaled), SVC(kernel="linear", C=c, tol=1e-8))
            .fit(x[test_fold != fold], y[test_fold != fold])
            .score(x[test_fold == fold], y[test_fold == fold])
            for fold in range(5)
        ]
        for c, scaled in ((SMALL, False), (1.0, True), (1.0, False))
    }
    assert len({tuple(folds) for folds in expected.values()}) == 3  # so the data tell them apart
    del expected[1.0, False]  # the default
    with database.connect(store) as connection:
        query = "SELECT c, standardized, list(accuracy ORDER BY fold) FROM pair_accuracy GROUP BY run_id, c, standardized"
        found = {(c, scaled): folds for c, scaled, folds in connection.execute(query).fetchall()}
    assert {key: np.round(folds, 9).tolist() for key, folds in found.items()} == {
        key: np.round(folds, 9).tolist() for key, folds in expected.items()
    }


def test_what_is_held_out_is_tested_with_the_penalty_that_was_given(store: Store, fill: Fill) -> None:
    screen = Screen({f"Y{i}": 30 for i in range(6)}, width=6)
    x = vectors(screen)
    fill(screen, x)
    measure(heldout, store, HeldoutOptions(solver=Solver("libsvm", SMALL)))
    with database.connect(store) as connection:
        side = dict(connection.execute("SELECT name, side FROM heldout_split").fetchall())
        query = """SELECT accuracy FROM heldout_accuracy WHERE evaluation = 'condition_held_out'
            AND (class_1, class_2) = ('cytoplasm', 'nucleus')"""
        [(accuracy,)] = connection.execute(query).fetchall()
    condition = np.repeat(list(screen.crops), 30)
    here = np.isin(condition, ["Y0", "Y1", "Y3", "Y4"])  # nucleus and cytoplasm: CLASSES[i % 3]
    train, test = (here & np.array([side[name] == which for name in condition]) for which in ("train", "test"))
    y = np.isin(condition, ["Y0", "Y3"])
    scores = {c: SVC(kernel="linear", C=c, tol=1e-8).fit(x[train], y[train]).score(x[test], y[test]) for c in (SMALL, 1.0)}
    assert scores[SMALL] != scores[1.0]
    assert accuracy == pytest.approx(scores[SMALL])
