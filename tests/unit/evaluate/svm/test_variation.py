"""Whether anything varies beyond what rounding leaves."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.evaluate.svm.variation import some_vary, varies

NEXT = np.nextafter(np.float32(0.1), np.float32(1))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (np.full((200, 3), 0.1), False),
        (np.zeros((200, 3)), False),
        (np.where(np.arange(600).reshape(200, 3) % 7, 0.1, NEXT), False),
        (np.eye(200, 3), True),
        (np.vstack([np.ones((199, 3)), [[1, 1, 1.001]]]), True),
        (np.vstack([np.zeros((199, 3)), [[0, 1e-30, 0]]]), True),
        (np.full((1, 3), 5.0), False),
        (np.empty((0, 3)), False),
    ],
)
def test_rounding_is_no_variation(rows: np.ndarray, found: bool) -> None:
    x = rows.astype("f4")
    assert some_vary(x, np.ones(len(x), bool)) is found
    assert varies(x[start : start + 7] for start in range(0, len(x), 7)) is found


def test_only_the_rows_asked_for_count() -> None:
    x = np.ones((100, 2), "f4")
    x[50] = 3
    assert not some_vary(x, np.arange(100) != 50)
    assert some_vary(x, np.arange(100) > 10)
