"""Scalar products of the few hundred rows that Newton steps keep coming back to, kept from step to step and fold to fold."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.products import Rows, take

CAPACITY = 1024  # 4 MB of products; where more rows are wanted at once, nothing is kept


class Kept(NamedTuple):
    """Which place each of n rows has (-1: none), the rows that have one, their products, and how many there are."""

    place: NDArray[np.int64]
    rows: Rows
    products: Rows
    n_kept: NDArray[np.int64]


def nothing_kept(n: int, d: int) -> Kept:
    """Room for n rows of width d."""
    size = min(n, CAPACITY)
    return Kept(
        np.full(n, -1), np.empty((size, d), np.float32), np.empty((size, size), np.float32), np.zeros(1, np.int64)
    )


@numba.njit(cache=True, nogil=True)
def keep(x: Rows, which: NDArray[np.int64], kept: Kept) -> None:
    """Give each row of `which` a place; where room runs out, all others lose theirs."""
    lacking = which[kept.place[which] < 0]
    if kept.n_kept[0] + len(lacking) > len(kept.rows):
        kept.place[:] = -1
        kept.n_kept[0] = 0
        lacking = which
    if len(lacking) == 0:
        return
    first = kept.n_kept[0]
    last = first + len(lacking)
    for j in range(len(lacking)):
        kept.place[lacking[j]] = first + j
        kept.rows[first + j] = x[lacking[j]]
    kept.products[first:last, :last] = np.dot(kept.rows[first:last], kept.rows[:last].T)
    kept.products[:first, first:last] = kept.products[first:last, :first].T
    kept.n_kept[0] = last


@numba.njit(cache=True, nogil=True)
def gram(x: Rows, which: NDArray[np.int64], kept: Kept) -> Rows:
    """The products (m, m) of the m rows of `which` with each other."""
    m = len(which)
    if m > len(kept.rows):
        rows = take(x, which)
        return np.dot(rows, rows.T)
    keep(x, which, kept)
    out = np.empty((m, m), np.float32)
    for i in range(m):
        row = kept.products[kept.place[which[i]]]
        for j in range(m):
            out[i, j] = row[kept.place[which[j]]]
    return out
