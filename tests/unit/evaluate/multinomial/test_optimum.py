"""Multinomial logistic regression to its optimum: scikit-learn's problem, in flat memory, with progress."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from cellswap.evaluate.multinomial import optimum, softmax
from cellswap.evaluate.multinomial.optimum import exact
from cellswap.evaluate.multinomial.softmax import Training
from tests.unit.evaluate.multinomial.test_softmax import CLASSES, data


@pytest.mark.parametrize("k", [2, 3])
def test_the_optimum_is_scikit_learns_whatever_the_features_scale(k: int) -> None:
    x, y = data(k=k)
    x = (x * [1, 30, 0.1, 1, 0] + [0, 500, 0, -3, 7]).astype(np.float32)  # one feature is constant
    found = exact(x, y, CLASSES[:k])
    theirs = LogisticRegression(tol=1e-10, max_iter=100_000, solver="newton-cholesky").fit(x.astype(np.float64), y)
    p = theirs.predict_proba(x.astype(np.float64))
    assert softmax.probabilities(found, x) == pytest.approx(p, abs=1e-4)
    weight = theirs.coef_ if k > 2 else np.concatenate([0 * theirs.coef_, theirs.coef_])
    assert found.weight == pytest.approx(weight, abs=1e-3)
    assert (found.converged, found.loss) == (True, pytest.approx(softmax.cross_entropy(found, x, y)))
    assert found.loss is not None
    assert found.loss < softmax.by_adam(x, y, CLASSES[:k], Training()).loss  # type: ignore[operator]


def test_gradient_is_that_of_the_loss() -> None:
    x, y = data(k=3)
    rng = np.random.default_rng(0)
    weight, bias, away = rng.normal(size=(3, 5)), rng.normal(size=3), rng.normal(size=(3, 6))
    value = [
        optimum.penalised(softmax.Classifier(CLASSES, weight + h * away[:, :5], bias + h * away[:, 5]), x, y)[0] for h in (-1e-6, 1e-6)
    ]
    _, at_weight, at_bias = optimum.penalised(softmax.Classifier(CLASSES, weight, bias), x, y)
    slope = float(np.sum(np.column_stack([at_weight, at_bias]) * away))
    assert (value[1] - value[0]) / 2e-6 == pytest.approx(slope, rel=1e-6)


class Counted:
    """Rows that say how many were read at once at most."""

    def __init__(self, x: NDArray[np.float32]) -> None:
        self.shape, self._x, self.most = x.shape, x, 0

    def __getitem__(self, places: slice) -> NDArray[np.float32]:
        found = self._x[places]
        self.most = max(self.most, len(found))
        return found


def test_rows_are_never_held_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = data()
    whole = exact(x, y, CLASSES)
    monkeypatch.setattr(softmax, "BLOCK", 64)
    rows = Counted(x)
    found = exact(rows, y, CLASSES)
    assert rows.most == 64
    assert found.weight == pytest.approx(whole.weight, abs=1e-5)


def test_steps_that_end_before_the_tolerance_are_no_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimum, "STEPS", 2)
    found = exact(*data(), CLASSES)
    assert (found.steps, found.converged) == (2, False)


def test_progress_ends_with_the_whole() -> None:
    steps: list[int] = []

    class Bar:
        def step(self, n: int = 1) -> None:
            steps.append(n)

    fall = optimum._Fall(Bar())
    for gradient in (1.0, 0.5, 0.9, 1e-3, 1e-7):
        fall.to(gradient)
    assert sum(steps) == 100
    assert steps[:2] == [5, 45]
