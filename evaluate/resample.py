"""Accuracies under a bootstrap over conditions: which conditions are drawn, and what each classifier's accuracy then is.

A resample draws, within each class of n conditions, n - 1 of them with replacement: of n would understate a variance by the
factor (n - 1) / n, and classes have few conditions (Rao and Wu 1988). One resample serves all classifiers and settings, so
that differences between settings are paired. Classifiers are not fitted anew: the interval is that of the tested conditions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellswap.store import work

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """The images of one class in all classifiers that have it: `n_tested` and `n_right` are (classifiers, conditions).

    `task` are the classifiers' places, and `share` what part of a classifier's images are of this class.
    """

    name: str
    task: NDArray[np.int64]
    share: Floats
    n_tested: Floats
    n_right: Floats

    @property
    def n_conditions(self) -> int:
        """How many conditions the class has."""
        return self.n_tested.shape[1]


def draws(side: Side, n_resamples: int, seed: int) -> Floats:
    """How often each condition is drawn, (1 + n_resamples, conditions); the first row draws each once: what was observed."""
    n = side.n_conditions
    rng = np.random.default_rng(work.seed("robustness", seed, side.name, n))
    drawn = rng.multinomial(max(n - 1, 1), np.full(n, 1 / n), n_resamples)
    return np.concatenate([np.ones((1, n)), drawn]).astype(np.float64)


def accuracies(sides: list[Side], n_tasks: int, n_resamples: int, seed: int) -> Floats:
    """Each classifier's accuracy (1 + n_resamples, n_tasks); the first row is the observed one.

    A class counts for its share of a classifier's images, however many images the drawn conditions have. Where a classifier
    tested no image of the drawn conditions, the class's observed accuracy stands in.
    """
    total = np.zeros((1 + n_resamples, n_tasks))
    for side in sides:
        drawn = draws(side, n_resamples, seed)
        tested = drawn @ side.n_tested.T
        right = drawn @ side.n_right.T
        with np.errstate(invalid="ignore"):
            accuracy = right / tested
        accuracy = np.where(tested > 0, accuracy, accuracy[:1])
        total[:, side.task] += side.share * accuracy
    return total


def by_class(classes: NDArray[np.str_]) -> Floats:
    """What each classifier (n, 2 classes) counts for in the mean over classes of their classifiers' means (paper 3.4)."""
    names, place, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return (1 / counts)[place.reshape(classes.shape)].sum(axis=1) / len(names)


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap standard error and percentile interval."""

    estimate: float
    std_error: float
    low: float
    high: float


def interval(statistic: Floats, level: float) -> Interval:
    """The interval of a statistic (1 + n_resamples,) of which the first is the observed one."""
    low, high = np.quantile(statistic[1:], [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(statistic[0]), float(statistic[1:].std(ddof=1)), float(low), float(high))
