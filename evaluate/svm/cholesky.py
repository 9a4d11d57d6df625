"""Cholesky for a Newton step, in float32 as the products are: the step needs a direction, not its last digits.

The interior point's is in float64. LAPACK and BLAS are called themselves: numba's `cholesky` would give two copies of the
matrix, and its `dot` both triangles. Compiled code that is kept on disk knows them by the names announced here.
"""

from __future__ import annotations

from collections.abc import Callable

import llvmlite.binding
import numba
import numpy as np
from numba import types
from numba.extending import get_cython_function_address

from cellswap.evaluate.svm.exact_products import MATHS, Rows, Vector

_texts, _numbers, _singles, _doubles = (types.CPointer(kind) for kind in (types.uint8, types.int32, types.float32, types.float64))


def _routine(name: str, library: str, *arguments: types.CPointer) -> Callable[..., object]:
    """A routine of scipy's own BLAS or LAPACK, for compiled code."""
    address = get_cython_function_address(f"scipy.linalg.cython_{library}", name)
    llvmlite.binding.add_symbol(f"cellswap_{name}", address)
    return types.ExternalFunction(f"cellswap_{name}", types.void(*arguments))


_spotrf = _routine("spotrf", "lapack", _texts, _numbers, _singles, _numbers, _numbers)
_dpotrf = _routine("dpotrf", "lapack", _texts, _numbers, _doubles, _numbers, _numbers)
_dpotrs = _routine("dpotrs", "lapack", _texts, _numbers, _numbers, _doubles, _numbers, _doubles, _numbers, _numbers)
_ssyrk = _routine(
    "ssyrk", "blas", _texts, _texts, _numbers, _numbers, _singles, _singles, _numbers, _singles, _singles, _numbers
)  # fmt: skip
_dsyrk = _routine(
    "dsyrk", "blas", _texts, _texts, _numbers, _numbers, _doubles, _doubles, _numbers, _doubles, _doubles, _numbers
)  # fmt: skip
# As Fortran sees it, whose columns are these rows.
_LOWER, _AS_IT_IS = np.frombuffer(b"L", np.uint8), np.frombuffer(b"N", np.uint8)


@numba.njit(cache=True, nogil=True)
def factor(matrix: Rows, h: float) -> bool:
    """Put R with R'R = matrix + h I in the upper triangle's place, all that is read; false where there is none."""
    for j in range(matrix.shape[0]):
        matrix[j, j] += np.float32(h)
    size, info = np.array([matrix.shape[0]], np.int32), np.zeros(1, np.int32)
    _spotrf(_LOWER.ctypes, size.ctypes, matrix.ctypes, size.ctypes, info.ctypes)
    return info[0] == 0


@numba.njit(cache=True, nogil=True)
def factor_fine(matrix: Vector) -> bool:
    """The same in float64, of the matrix (d, d) itself."""
    size, info = np.array([matrix.shape[0]], np.int32), np.zeros(1, np.int32)
    _dpotrf(_LOWER.ctypes, size.ctypes, matrix.ctypes, size.ctypes, info.ctypes)
    return info[0] == 0


@numba.njit(cache=True, nogil=True)
def solve_fine(upper: Vector, x: Vector) -> None:
    """Solve R'R s = x in place, for the R of `factor_fine`."""
    size, one, info = np.array([upper.shape[0]], np.int32), np.ones(1, np.int32), np.zeros(1, np.int32)
    _dpotrs(_LOWER.ctypes, size.ctypes, one.ctypes, upper.ctypes, size.ctypes, x.ctypes, size.ctypes, info.ctypes)


@numba.njit(cache=True, nogil=True)
def add_products(rows: Rows, out: Rows) -> None:
    """Add rows' rows, of rows (m, d) float32, to the upper triangle of `out` (d, d) float32."""
    m, d, one = np.array([rows.shape[0]], np.int32), np.array([rows.shape[1]], np.int32), np.ones(1, np.float32)
    _ssyrk(
        _LOWER.ctypes, _AS_IT_IS.ctypes, d.ctypes, m.ctypes, one.ctypes, rows.ctypes, d.ctypes, one.ctypes, out.ctypes,
        d.ctypes,
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def add_products_fine(rows: Vector, out: Vector) -> None:
    """The same in float64."""
    m, d, one = np.array([rows.shape[0]], np.int32), np.array([rows.shape[1]], np.int32), np.ones(1)
    _dsyrk(
        _LOWER.ctypes, _AS_IT_IS.ctypes, d.ctypes, m.ctypes, one.ctypes, rows.ctypes, d.ctypes, one.ctypes, out.ctypes,
        d.ctypes,
    )  # fmt: skip


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
