"""Which images each fold tests, and what share of them shows pixels that the fold was trained on (paper 3.4)."""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.store import wording

N_FOLDS = 5


def too_few(name: str, n_images: int, n_groups: int, grouped_by: str) -> str | None:
    """Why a class can't be split into five folds; None where it can."""
    if n_images < N_FOLDS:
        return f"class {name} has {n_images} images, five folds need at least {N_FOLDS}"
    if grouped_by != "nothing" and n_groups < 2:
        group = wording.said(grouped_by)
        kept = f"folds that keep {wording.with_article(group)} on one side need at least 2"
        return f"class {name} has images of {n_groups} {group}, {kept}"
    return None


def test_folds(n_1: int, n_2: int, groups: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The fold (0 to 4) that tests each image, for n_1 images of the first class and then n_2 of the second.

    Without groups: scikit-learn's StratifiedKFold without shuffling, as the paper. With groups (n_1 + n_2 numbers):
    StratifiedGroupKFold, images of one group all in one fold. Raises BadInput where a fold would lack a class in training
    or have nothing to test.
    """
    if groups is None:
        return _stratified(n_1, n_2)
    n_groups = len(np.unique(groups))
    if n_groups < N_FOLDS:
        raise BadInput(f"{n_groups} groups in the two classes together, five folds need at least {N_FOLDS}")
    from sklearn.model_selection import StratifiedGroupKFold

    y = _classes(n_1, n_2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it warns of classes with few members; looked at below
        folds = _numbered(StratifiedGroupKFold(N_FOLDS).split(np.zeros(len(y)), y, groups), len(y))
    _look_at(folds, y)
    return folds


@lru_cache(maxsize=64)
def _stratified(n_1: int, n_2: int) -> NDArray[np.int64]:
    from sklearn.model_selection import StratifiedKFold

    y = _classes(n_1, n_2)
    folds = _numbered(StratifiedKFold(N_FOLDS).split(np.zeros(len(y)), y), len(y))
    folds.setflags(write=False)  # one array serves many classifiers
    return folds


def _classes(n_1: int, n_2: int) -> NDArray[np.int64]:
    return np.repeat([0, 1], [n_1, n_2])


def _numbered(splits: object, n: int) -> NDArray[np.int64]:
    folds = np.empty(n, np.int64)
    for fold, (_, test) in enumerate(splits):  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues]
        folds[test] = fold
    return folds


def _look_at(folds: NDArray[np.int64], y: NDArray[np.int64]) -> None:
    for fold in range(N_FOLDS):
        test = folds == fold
        if not test.any() or len(np.unique(y[~test])) < 2:
            what = "test" if not test.any() else "train on in one class"
            raise BadInput(f"fold {fold} has no image to {what}: the groups are too few or too uneven")


def overlap_shares(folds: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each fold, the share of its test images that show pixels of a training image; a[i] and b[i] are rows that overlap."""
    apart = folds[a] != folds[b]
    leaks = np.zeros(len(folds), bool)
    leaks[a[apart]] = True
    leaks[b[apart]] = True
    return np.bincount(folds, leaks, N_FOLDS) / np.bincount(folds, minlength=N_FOLDS)
