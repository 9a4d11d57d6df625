"""Products of multipliers and slacks, which an interior point keeps alike, and how far a move can go before one is below 0."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from cellswap.evaluate.svm.exact_products import MATHS, Vector

# Shares of a correction that are tried.
SHARES = 5
# Products may differ from their aim by this factor before they are corrected.
SPREAD = 10.0
# A step ends at this share of what would bring the first multiplier or slack to 0.
SHORT = 0.995


class Point(NamedTuple):
    """Where an interior point is, or how it moves: weights w, intercept b, X w, multipliers a, slacks u and xi."""

    w: Vector
    b: float
    f: Vector
    a: Vector
    u: Vector
    xi: Vector


@numba.njit(cache=True, nogil=True, fastmath=MATHS)
def _sum(x: Vector, more: Vector, size: float) -> Vector:
    out = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        out[i] = x[i] + size * more[i]
    return out


@numba.njit(cache=True, nogil=True)
def add(at: Point, move: Point, size: float) -> Point:
    """The sum at + size move."""
    w, f, b = _sum(at.w, move.w, size), _sum(at.f, move.f, size), at.b + size * move.b
    return Point(w, b, f, _sum(at.a, move.a, size), _sum(at.u, move.u, size), _sum(at.xi, move.xi, size))


@numba.njit(cache=True, nogil=True, fastmath=MATHS, error_model="numpy")
def mean_product(c: float, at: Point) -> float:
    """The mean of a u and (c - a) xi over all rows."""
    total = 0.0
    for i in range(at.a.shape[0]):
        total += at.a[i] * at.u[i] + (c - at.a[i]) * at.xi[i]
    return total / (2 * at.a.shape[0])


@numba.njit(cache=True, nogil=True, fastmath=MATHS, error_model="numpy")
def longest(c: float, at: Point, move: Point, more: Point, least: float) -> tuple[float, float]:
    """The share of `more`, from `least` to 1, with which one can go furthest along move + share more; and how far.

    That is at most 1 / SHORT, and keeps a, c - a, u and xi at or above 0.
    """
    shares, worst = np.empty(SHARES), np.full(SHARES, SHORT)
    for j in range(SHARES):
        shares[j] = least + (1.0 - least) * j / (SHARES - 1)
    for i in range(at.a.shape[0]):
        a, rest, u, xi = 1.0 / at.a[i], 1.0 / (c - at.a[i]), 1.0 / at.u[i], 1.0 / at.xi[i]
        for j in range(SHARES):
            da = move.a[i] + shares[j] * more.a[i]
            du, dxi = move.u[i] + shares[j] * more.u[i], move.xi[i] + shares[j] * more.xi[i]
            worst[j] = max(worst[j], -da * a, da * rest, -du * u, -dxi * xi)
    best = 0
    for j in range(1, SHARES):
        best = j if worst[j] < worst[best] else best
    return shares[best], 1.0 / worst[best]


@numba.njit(cache=True, nogil=True)
def second_order(move: Point, aim: float) -> tuple[Vector, Vector]:
    """For each row what a u and (c - a) xi should gain: their aim, less what the move's own product adds to them (Mehrotra)."""
    n = move.a.shape[0]
    k1, k2 = np.empty(n), np.empty(n)
    for i in range(n):
        k1[i], k2[i] = aim - move.a[i] * move.u[i], aim + move.a[i] * move.xi[i]
    return k1, k2


@numba.njit(cache=True, nogil=True)
def nearer(product: float, aim: float) -> float:
    """What to add to a product to bring it within SPREAD of its aim; where it is too large, no more than that bound off it."""
    wanted = min(max(product, aim / SPREAD), aim * SPREAD)
    return max(wanted - product, -aim * SPREAD)


@numba.njit(cache=True, nogil=True)
def corrections(c: float, there: Point, aim: float) -> tuple[Vector, Vector]:
    """For each row what a u and (c - a) xi lack at a point ahead, which may lie outside their bounds."""
    n = there.a.shape[0]
    k1, k2 = np.empty(n), np.empty(n)
    for i in range(n):
        k1[i] = nearer(there.a[i] * there.u[i], aim)
        k2[i] = nearer((c - there.a[i]) * there.xi[i], aim)
    return k1, k2
