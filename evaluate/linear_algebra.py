"""Cholesky for a Newton step, in float32 as the products are: the step needs a direction, not its last digits."""

from __future__ import annotations

import numba
import numpy as np

from cellswap.evaluate.products import MATHS, Rows, Vector


@numba.njit(cache=True, nogil=True)
def factor(matrix: Rows, h: float) -> tuple[bool, Rows]:
    """Cholesky's lower triangle L with LL' = matrix + h I (added in place); false where that is not positive definite."""
    for j in range(matrix.shape[0]):
        matrix[j, j] += np.float32(h)
    try:
        return True, np.linalg.cholesky(matrix)
    except Exception:  # noqa: BLE001 - numba can catch no narrower one, and cholesky raises one
        return False, matrix


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def solve(lower: Rows, x: Vector) -> None:
    """Solve LL'z = x in place."""
    n = lower.shape[0]
    for j in range(n):
        total = x[j]
        for k in range(j):
            total -= np.float64(lower[j, k]) * x[k]
        x[j] = total / lower[j, j]
    for j in range(n - 1, -1, -1):
        x[j] /= lower[j, j]
        for k in range(j):
            x[k] -= np.float64(lower[j, k]) * x[j]
