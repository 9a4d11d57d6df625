"""How a classifier's test images fare: each condition's counts, and the images that lie furthest on the wrong side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap.evaluate.sample.embedded_images import Block
from cellswap.evaluate.svm.problem import HELD_IN

WORST = 5


@dataclass(frozen=True)
class Outcome:
    """One classifier's test images over all folds: the two classes' blocks, and for each image its fold and decision value.

    `decision` (n,) is of the fold that tested the image; below 0 it calls the first class, else the second; NaN where the fold
    learned nothing, or none tested the image.
    """

    task_id: str
    classes: tuple[str, str]
    blocks: tuple[Block, Block]
    test_fold: NDArray[np.int64]
    decision: NDArray[np.float64]

    @property
    def is_second(self) -> NDArray[np.bool_]:
        """Whether an image is of the second class."""
        return np.arange(len(self.decision)) >= len(self.blocks[0].vectors)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether an image is classified rightly; a score of 0 is libsvm's second class.

        Where nothing was learned, every second image of each condition: of the first class the first is right, of the second the second.
        """
        by_coin = np.concatenate([_every_second(block.condition, start) for start, block in enumerate(self.blocks)])
        return np.where(np.isnan(self.decision), by_coin, (self.decision >= 0.0) == self.is_second)


def _every_second(condition: NDArray[np.int64], start: int) -> NDArray[np.bool_]:
    """Of images in order of condition every second one, from `start` on: as near to half of each condition as can be."""
    chosen = np.zeros(len(condition), bool)
    chosen[np.argsort(condition, kind="stable")[start::2]] = True
    return chosen


def by_condition(outcomes: list[Outcome]) -> dict[str, pa.Array | list[str] | NDArray[np.int64]]:
    """The columns of `pair_condition_accuracy` for some classifiers."""
    sides = [side for one in outcomes for side in _sides(one)]
    counts = [len(names) for _, _, names, _, _ in sides]
    return {
        "task_id": _repeated([task_id for task_id, *_ in sides], counts),
        "class": _repeated([name for _, name, *_ in sides], counts),
        "condition": [condition for _, _, names, _, _ in sides for condition in names],
        "n_tested": np.concatenate([_NONE, *(n_tested for *_, n_tested, _ in sides)]),
        "n_right": np.concatenate([_NONE, *(n_right for *_, n_right in sides)]),
    }


_NONE = np.empty(0, np.int64)
_Side = tuple[str, str, list[str], NDArray[np.int64], NDArray[np.int64]]


def _sides(one: Outcome) -> list[_Side]:
    """For both classes the classifier's and class's name, the conditions, and how many of their images were tested and right."""
    right, tested, start, found = one.right, one.test_fold != HELD_IN, 0, []
    for name, block in zip(one.classes, one.blocks, strict=True):
        here = slice(start, start + len(block.vectors))
        known = (block.condition >= 0) & tested[here]
        n = len(block.condition_names)
        n_tested = np.bincount(block.condition[known], minlength=n)
        n_right = np.bincount(block.condition[known & right[here]], minlength=n)
        names = [name for name, n_of in zip(block.condition_names, n_tested, strict=True) if n_of]
        found.append((one.task_id, name, names, n_tested[n_tested > 0], n_right[n_tested > 0]))
        start += len(block.vectors)
    return found


def _repeated(names: list[str], counts: list[int]) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(np.repeat(np.arange(len(names)), counts)))


def furthest(outcomes: list[Outcome], worst: int = WORST) -> dict[str, list[object]]:
    """The columns of `misclassified`: of each classifier the `worst` test images furthest on the wrong side."""
    rows = [row for one in outcomes for row in _furthest(one, worst)]
    return {name: [row[i] for row in rows] for i, name in enumerate(_COLUMNS)}


_COLUMNS = ("task_id", "rank", "fold", "image_id", "class", "called", "decision")


def _furthest(one: Outcome, worst: int) -> list[tuple[object, ...]]:
    wrong = np.flatnonzero(~one.right & np.isfinite(one.decision))
    order = wrong[np.argsort(-np.abs(one.decision[wrong]), kind="stable")[:worst]]
    first, second = one.blocks
    rows: list[tuple[object, ...]] = []
    for rank, i in enumerate(order.tolist(), 1):
        in_second = i >= len(first.vectors)
        image_id = second.image_ids[i - len(first.vectors)] if in_second else first.image_ids[i]
        names = one.classes[in_second], one.classes[not in_second]
        rows.append((one.task_id, rank, int(one.test_fold[i]), image_id, *names, float(one.decision[i])))
    return rows
