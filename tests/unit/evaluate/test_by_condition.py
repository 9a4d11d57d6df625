"""Counts by protein and the images furthest on the wrong side, on two classes small enough to count by hand."""

from __future__ import annotations

import numpy as np

from cellswap.evaluate.by_condition import Outcome, by_condition, furthest
from cellswap.evaluate.sample.embedded_images import Block


def block(images: str, condition: list[int], names: list[str]) -> Block:
    n = len(images)
    return Block(np.zeros((n, 1), np.float32), np.full(n, ""), list(images), np.array(condition), names)


ER = block("abcd", [0, 1, 1, -1], ["P", "Q"])
NUCLEUS = block("efg", [0, 0, 0], ["R"])
# Below 0 is the ER: b and d are wrong, c is called nucleus by a score of 0, e is not a number, f is wrong.
ONE = Outcome("t", ("ER", "nucleus"), (ER, NUCLEUS), np.array([0, 1, 0, 1, 0, 1, 0]), np.array([-1, 0.5, 0, 3, np.nan, -0.7, 2]))


def test_counts_by_condition() -> None:
    found = {name: list(np.asarray(column)) for name, column in by_condition([ONE, ONE]).items()}
    assert found == {
        "task_id": ["t"] * 6,
        "class": ["ER", "ER", "nucleus"] * 2,
        "condition": ["P", "Q", "R"] * 2,
        "n_tested": [1, 2, 3] * 2,
        "n_right": [1, 0, 1] * 2,
    }


def test_the_furthest_come_first() -> None:
    assert furthest([ONE], 2) == {
        "task_id": ["t", "t"],
        "rank": [1, 2],
        "fold": [1, 1],
        "image_id": ["d", "f"],
        "class": ["ER", "nucleus"],
        "called": ["nucleus", "ER"],
        "decision": [3.0, -0.7],
    }
    assert furthest([ONE])["image_id"] == ["d", "f", "b", "c"]


def test_nothing_gives_empty_columns() -> None:
    assert [len(column) for column in (*by_condition([]).values(), *furthest([]).values())] == [0] * 12
