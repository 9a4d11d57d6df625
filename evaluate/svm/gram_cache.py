"""Scalar products of the few hundred rows that Newton steps keep coming back to, kept from step to step and fold to fold."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cellswap.evaluate.svm.exact_products import Rows

CAPACITY = 1024  # 4 MB of products; where more rows are wanted at once, nothing is kept
Indices = NDArray[np.int64]


class Kept(NamedTuple):
    """The rows that have a place, each row's place (-1: none), each place's row, products by place, and how many there are.

    Of the products only those of a place with itself and later ones are there.
    """

    rows: Rows
    place: Indices
    owner: Indices
    products: Rows
    n_kept: Indices


def nothing_kept(n: int, d: int) -> Kept:
    """Room for n rows of width d."""
    size = min(n, CAPACITY)
    rows, products = np.empty((size, d), np.float32), np.empty((size, size), np.float32)
    return Kept(rows, np.full(n, -1), np.empty(size, np.int64), products, np.zeros(1, np.int64))


@numba.njit(cache=True, nogil=True)
def keep(x: Rows, which: Indices, kept: Kept) -> None:
    """Give each row of `which` a place; where room runs out, all others lose theirs."""
    lacking = which[kept.place[which] < 0]
    if kept.n_kept[0] + len(lacking) > len(kept.rows):
        kept.place[:] = -1
        kept.n_kept[0] = 0
        lacking = which
    first = kept.n_kept[0]
    last = first + len(lacking)
    for j in range(len(lacking)):
        kept.place[lacking[j]] = first + j
        kept.owner[first + j] = lacking[j]
        kept.rows[first + j] = x[lacking[j]]
    kept.products[:last, first:last] = np.dot(kept.rows[:last], kept.rows[first:last].T)
    kept.n_kept[0] = last


@numba.njit(cache=True, nogil=True)
def kept_places(wanted: NDArray[np.bool_], kept: Kept) -> Indices:
    """The places of the wanted rows, in order."""
    out, m = np.empty(kept.n_kept[0], np.int64), 0
    for place in range(kept.n_kept[0]):
        out[m] = place
        m += wanted[kept.owner[place]]
    return out[:m]


@numba.njit(cache=True, nogil=True)
def gram(places: NDArray[np.uint32], kept: Kept) -> Rows:
    """The products (m, m) of the rows at m places, in order: upper triangle only."""
    m = len(places)
    out = np.empty((m, m), np.float32)
    for i in range(m):
        row = kept.products[places[i]]
        for j in range(i, m):
            out[i, j] = row[places[j]]
    return out
