"""Multinomial logistic regression to its optimum, in flat memory: the penalised problem of scikit-learn, rows read block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.multinomial.softmax import Classifier, Labels, Rows, blocks, cross_entropy
from cellswap.store import progress
from cellswap.store.progress import Progress

# Mean loss + |weight|^2 / (2 C n), the bias unpenalised; the tolerance is of the gradient's greatest place.
C, TOLERANCE, STEPS = 1.0, 1e-6, 10_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """Mean and spread (d,) of the features: steps are taken in these units, of which the optimum knows nothing."""

    mean: Floats
    spread: Floats

    def raw(self, scaled: Floats) -> tuple[Floats, Floats]:
        """Weight (k, d) and bias (k,) for raw features, from the same for scaled ones, bias last (k, d + 1)."""
        weight = scaled[:, :-1] / self.spread
        return weight, scaled[:, -1] - weight @ self.mean

    def scaled(self, weight: Floats, bias: Floats) -> Floats:
        """The gradient for scaled features (k, d + 1) from that for raw ones."""
        return np.column_stack([(weight - np.outer(bias, self.mean)) / self.spread, bias])


def exact(x: Rows, y: Labels, classes: tuple[str, ...]) -> Classifier:
    """The one optimum of the penalised problem (C = 1), by L-BFGS in float64; `converged` says whether the tolerance was met."""
    from scipy.optimize import minimize

    units = _units(x)
    shape = (1 if len(classes) == 2 else len(classes), x.shape[1] + 1)  # of two classes one row, for the second
    with progress.shown("fit to the optimum", 100, "% of the gradient's fall") as bar:
        fall = _Fall(bar)

        def loss(flat: Floats) -> tuple[float, Floats]:
            value, weight, bias = penalised(_whole(units, flat.reshape(shape), classes), x, y)
            gradient = units.scaled(weight, bias)[-shape[0] :].ravel()
            fall.to(float(np.abs(gradient).max()))
            return value, gradient

        limits = {"gtol": TOLERANCE, "ftol": 0.0, "maxiter": STEPS, "maxfun": 2 * STEPS, "maxls": 50}
        found = minimize(loss, np.zeros(shape).ravel(), method="L-BFGS-B", jac=True, options=limits)
    fitted = _whole(units, found.x.reshape(shape), classes)
    met = bool(np.abs(found.jac).max() <= TOLERANCE)
    return Classifier(classes, fitted.weight, fitted.bias, int(found.nit), cross_entropy(fitted, x, y), met)


def _units(x: Rows) -> Units:
    n, total, squares = x.shape[0], np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for at in blocks(n):
        total += x[at].sum(axis=0, dtype=np.float64)
    for at in blocks(n):
        squares += ((x[at] - total / n) ** 2).sum(axis=0)
    spread = np.sqrt(squares / n)
    return Units(total / n, np.where(spread > 0, spread, 1.0))


def _whole(units: Units, scaled: Floats, classes: tuple[str, ...]) -> Classifier:
    weight, bias = units.raw(scaled)
    n_fixed = len(classes) - len(bias)
    return Classifier(classes, np.pad(weight, ((n_fixed, 0), (0, 0))), np.pad(bias, (n_fixed, 0)))


def penalised(fitted: Classifier, x: Rows, y: Labels) -> tuple[float, Floats, Floats]:
    """The penalised loss in nats, and its gradient at weight (k, d) and bias (k,)."""
    total, at_weight, at_bias = 0.0, np.zeros_like(fitted.weight), np.zeros_like(fitted.bias)
    for at in blocks(len(y)):
        rows, own = x[at].astype(np.float64), (np.arange(len(y[at])), y[at])
        p = rows @ fitted.weight.T + fitted.bias
        p -= p.max(axis=1, keepdims=True)
        total -= float(p[own].sum())
        np.exp(p, out=p)
        sums = p.sum(axis=1, keepdims=True)
        total += float(np.log(sums).sum())
        p /= sums
        p[own] -= 1.0
        at_weight += p.T @ rows
        at_bias += p.sum(axis=0)
    n, pull = len(y), fitted.weight / (C * len(y))
    return total / n + 0.5 * float(np.sum(fitted.weight * pull)), at_weight / n + pull, at_bias / n


class _Fall:
    """Progress in per cent: how far the gradient has come, in orders of magnitude, from its start to the tolerance."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._first, self._done = bar, 0.0, 0

    def to(self, gradient: float) -> None:
        """Say how great the gradient is now."""
        self._first = self._first or max(gradient, TOLERANCE)
        whole = np.log(self._first / TOLERANCE)
        share = np.log(self._first / max(gradient, TOLERANCE)) / whole if whole > 0 else 1.0
        if int(100 * share) > self._done:
            self._bar.step(int(100 * share) - self._done)
            self._done = int(100 * share)
