"""Cholesky for a Newton step, in float32 as the products are: the step needs a direction, not its last digits.

LAPACK's own `spotrf` is called, which numba's `cholesky` would give two copies of the matrix. Compiled code that is kept
on disk knows it by the name under which it is announced here.
"""

from __future__ import annotations

import llvmlite.binding
import numba
import numpy as np
from numba import types
from numba.extending import get_cython_function_address

from cellswap.evaluate.products import MATHS, Rows, Vector

llvmlite.binding.add_symbol("cellswap_spotrf", get_cython_function_address("scipy.linalg.cython_lapack", "spotrf"))
_letters, _numbers, _matrix = (types.CPointer(kind) for kind in (types.uint8, types.int32, types.float32))
_spotrf = types.ExternalFunction("cellswap_spotrf", types.void(_letters, _numbers, _matrix, _numbers, _numbers))
_LOWER = np.frombuffer(b"L", np.uint8)  # as Fortran sees it, whose columns are these rows


@numba.njit(cache=True, nogil=True)
def factor(matrix: Rows, h: float) -> bool:
    """Put R with R'R = matrix + h I in the upper triangle's place, all that is read; false where there is none."""
    for j in range(matrix.shape[0]):
        matrix[j, j] += np.float32(h)
    size, info = np.array([matrix.shape[0]], np.int32), np.zeros(1, np.int32)
    _spotrf(_LOWER.ctypes, size.ctypes, matrix.ctypes, size.ctypes, info.ctypes)
    return info[0] == 0


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def forward(upper: Rows, x: Vector, z: Vector) -> None:
    """Solve R't = x and R't = z, both in place; four rows of R at a time, since x and z are read and written for each."""
    n = upper.shape[0]
    for j in range(0, n, 4):
        last = min(j + 4, n)
        for i in range(j, last):
            for k in range(j, i):
                x[i] -= upper[k, i] * x[k]
                z[i] -= upper[k, i] * z[k]
            x[i] /= upper[i, i]
            z[i] /= upper[i, i]
        if last == n:
            break
        r0, r1, r2, r3 = upper[j], upper[j + 1], upper[j + 2], upper[j + 3]
        x0, x1, x2, x3 = x[j], x[j + 1], x[j + 2], x[j + 3]
        z0, z1, z2, z3 = z[j], z[j + 1], z[j + 2], z[j + 3]
        for k in range(last, n):
            x[k] -= (r0[k] * x0 + r1[k] * x1) + (r2[k] * x2 + r3[k] * x3)
            z[k] -= (r0[k] * z0 + r1[k] * z1) + (r2[k] * z2 + r3[k] * z3)


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def backward(upper: Rows, x: Vector) -> None:
    """Solve R s = x in place, four rows at a time from the end."""
    n = upper.shape[0]
    for last in range(n, 0, -4):
        j = max(last - 4, 0)
        if last - j == 4:
            r0, r1, r2, r3 = upper[j], upper[j + 1], upper[j + 2], upper[j + 3]
            a0, a1, a2, a3 = 0.0, 0.0, 0.0, 0.0
            for k in range(last, n):
                a0 += r0[k] * x[k]
                a1 += r1[k] * x[k]
                a2 += r2[k] * x[k]
                a3 += r3[k] * x[k]
            x[j] -= a0
            x[j + 1] -= a1
            x[j + 2] -= a2
            x[j + 3] -= a3
        start = last if last - j == 4 else n
        for i in range(last - 1, j - 1, -1):
            for k in range(i + 1, start):
                x[i] -= upper[i, k] * x[k]
            x[i] /= upper[i, i]
