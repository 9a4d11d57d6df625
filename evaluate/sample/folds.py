"""Which images each fold tests, and what share of them shows pixels that the fold was trained on (paper 3.4).

How images are parted is a word: a number of folds ('5', the paper's), 'plate' or 'field' (each is left out once), or 'plate split' or
'condition split' (a plan parted them: its train side is trained on, its test side tested).
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

import duckdb
import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.evaluate.svm.problem import HELD_IN
from cellswap.store import wording

N_FOLDS = 5
PAPERS = str(N_FOLDS)
LEFT_OUT = ("plate", "field")
_SPLIT = " split"


def check(how: str) -> None:
    """Raise BadInput for a word that says no way of parting images."""
    if how not in LEFT_OUT and (not re.fullmatch("[1-9][0-9]*", how) or int(how) < 2):
        raise BadInput(f"--folds {how}: expected a number of folds, 2 or more, or plate or field, each of which is left out once")


def of_split(split: str) -> str:
    """The word for a plan's split by condition or plate."""
    return split + _SPLIT


def split_by(how: str) -> str | None:
    """What the plan parted; None where no plan did."""
    return how.removesuffix(_SPLIT) if how.endswith(_SPLIT) else None


def constant(how: str) -> int | str:
    """What stands for the folds in the name of a run: their number where they have one."""
    return int(how) if how.isdecimal() else how


def said(how: str) -> str:
    """How images are parted, in words."""
    if how.isdecimal():
        return f"{how} folds"
    return f"a fold for each {how}" if how in LEFT_OUT else f"the plan's {how}"


def too_few(name: str, n_images: int, n_groups: int, grouped_by: str, how: str = PAPERS) -> str | None:
    """Why a class can't be parted so; None where it can."""
    if by := split_by(how):
        split = f"the plan's split by {wording.said(by)}"
        sides = f"class {name} has images on {n_groups} side of {split}, expected some to train on and some to test"
        return sides if n_groups < 2 else None
    if how.isdecimal() and n_images < int(how):
        return f"class {name} has {n_images} images, {'five' if how == PAPERS else how} folds need at least {how}"
    if grouped_by != "nothing" and n_groups < 2:
        group = wording.said(grouped_by)
        kept = f"folds that keep {wording.with_article(group)} on one side need at least 2"
        return f"class {name} has images of {n_groups} {group}, {kept}"
    return None


def of(how: str, n_1: int, n_2: int, together: NDArray[np.str_] | None) -> NDArray[np.int64]:
    """The fold that tests each image, -1 for one that is trained on alone; for n_1 images of the first class and then n_2 of the second.

    `together` (n_1 + n_2) names what is on one side: the group, of a plan's split the side itself. Raises BadInput as `test_folds`.
    """
    if together is None:
        return test_folds(n_1, n_2, None, int(how))
    if split_by(how):
        return np.where(together == "test", 0, HELD_IN)
    groups = np.unique(together, return_inverse=True)[1]
    if how not in LEFT_OUT:
        return test_folds(n_1, n_2, groups, int(how))
    _look_at(groups, _classes(n_1, n_2))
    return groups


def test_folds(n_1: int, n_2: int, groups: NDArray[np.int64] | None, n_folds: int = N_FOLDS) -> NDArray[np.int64]:  # noqa: PT028 - no test
    """The fold (from 0) that tests each image, for n_1 images of the first class and then n_2 of the second.

    Without groups: scikit-learn's StratifiedKFold without shuffling, as the paper. With groups (n_1 + n_2 numbers):
    StratifiedGroupKFold, images of one group all in one fold. Raises BadInput where a fold would lack a class in training
    or have nothing to test.
    """
    if groups is None:
        return _stratified(n_1, n_2, n_folds)
    n_groups = len(np.unique(groups))
    if n_groups < n_folds:
        raise BadInput(f"{n_groups} groups in the two classes together, {n_folds} folds need at least as many")
    from sklearn.model_selection import StratifiedGroupKFold

    y = _classes(n_1, n_2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it warns of classes with few members; looked at below
        folds = _numbered(StratifiedGroupKFold(n_folds).split(np.zeros(len(y)), y, groups), len(y))
    _look_at(folds, y)
    return folds


@lru_cache(maxsize=64)
def _stratified(n_1: int, n_2: int, n_folds: int) -> NDArray[np.int64]:
    from sklearn.model_selection import StratifiedKFold

    y = _classes(n_1, n_2)
    folds = _numbered(StratifiedKFold(n_folds).split(np.zeros(len(y)), y), len(y))
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
    for fold in range(int(folds.max()) + 1):
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
    tested = folds != HELD_IN
    return np.bincount(folds[tested], leaks[tested]) / np.bincount(folds[tested])


def of_one_class(connection: duckdb.DuckDBPyConnection, table: str, run_id: str) -> tuple[str, ...]:
    """A note on the folds of a run in `table` that test images of one class alone; none where each tests both."""
    query = f"""
        SELECT count(*) FILTER (n_test_1 IN (0, n_test)), count(*),
            min(format('fold {{}} of {{}}', fold, task_id)) FILTER (n_test_1 IN (0, n_test))
        FROM {table} WHERE run_id = ?
    """
    n, n_folds, example = connection.execute(query, [run_id]).fetchall()[0]
    if not n:
        return ()
    return (f"{n} of {n_folds} folds test images of one class alone, such as {example}: the other class has none there",)
