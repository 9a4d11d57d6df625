"""The matrix of an interior point's step, I + X_c' T X_c: rows of little weight in float32, those of hardly any left out.

Rows whose T |x|^2 add up to less than 0.01 are left out, and those next are multiplied in float32 until they add up to what
it can tell from 1: beside I either changes the direction little, and what the direction is held to is computed from all rows
in float64.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.svm.cholesky import add_products, add_products_fine
from cellswap.evaluate.svm.exact_products import Rows, Vector, scaled, times

LEFT_OUT = 1e-2
COARSE = 1.0 / float(np.finfo(np.float32).eps)
# Rows whose products are added at a time: scaled in float64 they are no more than fits a core's own cache.
BLOCK = 256
# Weights are added up by size, in as many steps from one power of two to the next, between the least and the most.
STEPS, LEAST, MOST, SIZES = 4, 2.0**-60, 2.0**100, 4 * 160 + 1
Indices = NDArray[np.int64]


class Room(NamedTuple):
    """A block of rows and a matrix (d, d), in float32 and in float64; a step's matrix is the upper triangle of the last."""

    coarse_block: Rows
    fine_block: Vector
    coarse: Rows
    matrix: Vector


def room_for(d: int) -> Room:
    """Room for rows of width d; not set to anything."""
    blocks = np.empty((BLOCK, d), np.float32), np.empty((BLOCK, d))
    return Room(*blocks, np.empty((d, d), np.float32), np.empty((d, d)))


@numba.njit(cache=True, nogil=True)
def weights(x: Rows, square: Vector, t: Vector, middle: Vector) -> Vector:
    """t_i |x_i - middle|^2 of each row."""
    out, offset = times(x, middle), np.dot(middle, middle)
    for i in range(out.shape[0]):
        out[i] = t[i] * max(square[i] - 2.0 * out[i] + offset, 0.0)
    return out


@numba.njit(cache=True, nogil=True, error_model="numpy")
def by_weight(weight: Vector) -> tuple[Indices, int, int]:
    """The rows that float32 is enough for, then the others, in a list; where the first begin in it, and the others."""
    n = weight.shape[0]
    size, total, count = np.empty(n, np.int64), np.zeros(SIZES), np.zeros(SIZES, np.int64)
    for i in range(n):
        # What is not a number is put among the least: it makes no sum end, so that every row is kept.
        size[i] = max(min(int(STEPS * np.log2(min(weight[i], MOST) / LEAST + 1.0)), SIZES - 1), 0)
        total[size[i]] += weight[i]
        count[size[i]] += 1
    reached, first, second, place = 0.0, 0, 0, 0
    for k in range(SIZES):
        reached, count[k], place = reached + total[k], place, place + count[k]
        first = place if reached < LEFT_OUT else first
        second = place if reached < COARSE else second
    order = np.empty(n, np.int64)
    for i in range(n):
        order[count[size[i]]] = i
        count[size[i]] += 1
    return order, first, second


@numba.njit(cache=True, nogil=True)
def set_matrix(x: Rows, square: Vector, t: Vector, middle: Vector, room: Room) -> None:
    """Set room.matrix, for rows x (n, d) of squared lengths `square`, their T, and their mean weighted with it."""
    n, d = x.shape
    order, first, second = by_weight(weights(x, square, t, middle))
    room.coarse[:] = np.float32(0.0)
    for start in range(first, second, BLOCK):
        which = order[start : min(start + BLOCK, second)]
        scaled(x, which, middle, t, room.coarse_block)
        add_products(room.coarse_block[: which.shape[0]], room.coarse)
    for i in range(d):
        for j in range(i, d):
            room.matrix[i, j] = room.coarse[i, j]
        room.matrix[i, i] += 1.0
    for start in range(second, n, BLOCK):
        which = order[start : min(start + BLOCK, n)]
        scaled(x, which, middle, t, room.fine_block)
        add_products_fine(room.fine_block[: which.shape[0]], room.matrix)
