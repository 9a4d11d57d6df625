"""Cholesky for a Newton step: a float32 product factored in float64."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.products import MATHS, Rows, Vector


@numba.njit(cache=True, nogil=True)
def factor(product: Rows, h: float) -> tuple[bool, NDArray[Any]]:
    """Cholesky's lower triangle L with LL' = product + h I, in float64; false where that is not positive definite."""
    matrix = product.astype(np.float64)
    for j in range(matrix.shape[0]):
        matrix[j, j] += h
    try:
        return True, np.linalg.cholesky(matrix)
    except Exception:  # noqa: BLE001 - numba can catch no narrower one, and cholesky raises one
        return False, matrix


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def solve(lower: NDArray[Any], x: Vector) -> None:
    """Solve LL'z = x in place."""
    n = lower.shape[0]
    for j in range(n):
        total = x[j]
        for k in range(j):
            total -= lower[j, k] * x[k]
        x[j] = total / lower[j, j]
    for j in range(n - 1, -1, -1):
        x[j] /= lower[j, j]
        for k in range(j):
            x[k] -= lower[j, k] * x[j]
