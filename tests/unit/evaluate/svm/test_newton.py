"""Machines that step together are solved as if each were alone."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.evaluate.svm import certified
from cellswap.evaluate.svm.exact_products import times, times_each
from cellswap.evaluate.svm.problem import HELD_IN, Problem
from tests.unit.evaluate.svm.hard_data import features
from tests.unit.evaluate.svm.test_certified import primal, problem_of


@pytest.mark.parametrize("name", ["few rows inside", "more rows inside than columns"])
def test_folds_together_reach_what_each_reaches_alone(name: str) -> None:
    problem = problem_of(features(300, *((60, 1.5) if name == "few rows inside" else (6, 0.3))))
    together = certified.fit_folds(problem, 1e-8)
    assert [(fit.route, fit.converged) for fit in together] == [("newton", True)] * 5
    for fold, fit in enumerate(together):
        alone = Problem(problem.x, problem.y, np.where(problem.test_fold == fold, 0, HELD_IN), problem.c)
        found = certified.fit_folds(alone, 1e-8)[0]
        assert found.converged
        values = [primal(problem, fold, each.w, each.b) for each in (fit, found)]
        assert values[0] == pytest.approx(values[1], rel=2e-8)
        np.testing.assert_allclose(fit.w, found.w, atol=3e-3 * np.abs(found.w).max())


@pytest.mark.parametrize("n", [1, 3, 4, 9])
def test_products_with_several_weights(n: int) -> None:
    drawn = np.random.default_rng(0)
    x, weights = drawn.normal(size=(n, 21)).astype(np.float32), drawn.normal(size=(3, 21))
    np.testing.assert_allclose(times_each(x, weights), weights @ x.T.astype(float), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(times(x, weights[1]), x.astype(float) @ weights[1], rtol=1e-12, atol=1e-13)
    single = times_each(x, weights.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, weights @ x.T.astype(float), rtol=1e-4, atol=1e-4)
