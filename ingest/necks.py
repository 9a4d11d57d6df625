"""Which pieces of a foreground are one cell: those that join by a neck nearly as wide as the thinner of the two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cellswap.ingest.filters import Labels

ROUNDS = 3


def join(pieces: Labels, depth: NDArray[np.float32], wide_neck: float) -> Labels:
    """The labels with those joined whose neck is wider than `wide_neck` times the smaller one's half width.

    `depth` is the distance to the outside: its maximum over a piece is the half width, over a border the neck's.
    """
    for _ in range(ROUNDS):
        first, second, neck = borders(pieces, depth)
        half_width = np.zeros(int(pieces.max()) + 1, depth.dtype)
        np.maximum.at(half_width, pieces.ravel(), depth.ravel())
        wide = neck > wide_neck * np.minimum(half_width[first], half_width[second])
        if not wide.any():
            break
        n = len(half_width)
        graph = coo_array((np.ones(wide.sum(), bool), (first[wide], second[wide])), shape=(n, n))
        pieces = connected_components(graph, directed=False)[1].astype(np.int32)[pieces]
    return pieces


def borders(pieces: Labels, depth: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """For each pair of labels that touch: the lower, the higher, and the greatest depth on their border."""
    sides, depths = [], []
    for here, there in (
        ((slice(None, -1),), (slice(1, None),)),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        a, b = pieces[here], pieces[there]
        touch = (a != b) & (a > 0) & (b > 0)
        sides.append(np.sort(np.stack([a[touch], b[touch]]), axis=0))
        depths.append(np.minimum(depth[here][touch], depth[there][touch]))
    lower, higher = np.concatenate(sides, axis=1).astype(np.int64)
    n = int(pieces.max()) + 1
    pairs, place = np.unique(lower * n + higher, return_inverse=True)
    neck = np.zeros(len(pairs), depth.dtype)
    np.maximum.at(neck, place, np.concatenate(depths))
    return pairs // n, pairs % n, neck
