"""Nearest neighbours by brute force, exactly and in blocks: the matrix of all distances is never held.

Candidates are found in float32, some more than are asked for, and put in order by float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

QUERIES, TILE = 1024, 16_384
SPARE = 8
NOBODY = -1


@dataclass(frozen=True)
class Neighbours:
    """For each image its k nearest, nearest first: places `index` (n, k), -1 where too few may be asked, and `similarity` (n, k) float64.

    Similarity is the cosine, or minus the squared Euclidean distance.
    """

    index: NDArray[np.int64]
    similarity: NDArray[np.float64]


def standardized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features (n, d) less their mean, in units of their standard deviation; a constant feature is 0."""
    mean, std = vectors.mean(axis=0, dtype=np.float64), vectors.std(axis=0, dtype=np.float64)
    return ((vectors - mean) / np.where(std > 0, std, 1.0)).astype(np.float32)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (n, d) of length 1; one that is all zero stays so."""
    length = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1.0)).astype(np.float32)


def nearest(
    vectors: NDArray[np.float32], together: NDArray[np.int64], k: int, *, cosine: bool, device: str = "cpu"
) -> Neighbours:
    """Each image's k nearest among those of another number in `together` (n,): cosine of unit vectors, or Euclidean distance."""
    n = len(vectors)
    index = np.full((n, k), NOBODY)
    similarity = np.full((n, k), -np.inf)
    for start, found in _candidates(vectors, together, min(k + SPARE, n), cosine=cosine, device=device):
        here = slice(start, start + len(found))
        exact = _similarity(vectors[here], vectors[found], cosine=cosine)
        exact[together[found] == together[here, None]] = -np.inf
        # equally near: the first one
        order = np.lexsort((found, -exact), axis=1)[:, :k]
        similarity[here, : order.shape[1]] = np.take_along_axis(exact, order, 1)
        index[here, : order.shape[1]] = np.take_along_axis(found, order, 1)
    index[np.isneginf(similarity)] = NOBODY
    return Neighbours(index, similarity)


def _similarity(queries: NDArray[np.float32], found: NDArray[np.float32], *, cosine: bool) -> NDArray[np.float64]:
    """Of each query (m, d) to its candidates (m, k, d), in float64."""
    if cosine:
        return np.einsum("md,mkd->mk", queries.astype(np.float64), found.astype(np.float64))
    return -np.square(found.astype(np.float64) - queries[:, None].astype(np.float64)).sum(axis=2)


def _candidates(
    vectors: NDArray[np.float32], together: NDArray[np.int64], k: int, *, cosine: bool, device: str
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """For each block of queries its first place and the k best candidates (m, k) of every tile, best of tiles kept."""
    import torch

    x = torch.from_numpy(np.ascontiguousarray(vectors)).to(device)
    group = torch.from_numpy(np.ascontiguousarray(together)).to(device)
    # |a - b|^2 orders as |b|^2 - 2 ab does
    offset = torch.zeros(len(x), device=device) if cosine else -0.5 * (x * x).sum(1)
    for start in range(0, len(x), QUERIES):
        here = slice(start, start + QUERIES)
        best = torch.full((len(x[here]), 0), -torch.inf, device=device)
        which = torch.zeros((len(best), 0), dtype=torch.int64, device=device)
        for first in range(0, len(x), TILE):
            tile = slice(first, first + TILE)
            scores = x[here] @ x[tile].T + offset[tile]
            scores.masked_fill_(group[here, None] == group[None, tile], -torch.inf)
            top, at = scores.topk(min(k, scores.shape[1]))
            best, which = torch.cat([best, top], 1), torch.cat([which, at + first], 1)
            best, kept = best.topk(min(k, best.shape[1]))
            which = which.gather(1, kept)
        yield start, which.cpu().numpy()


def mean_distances(vectors: NDArray[np.float32], label: NDArray[np.int64]) -> tuple[NDArray[np.float64], float]:
    """Mean Euclidean distance between two images of each label (labels,), NaN of a label of one image; and between any two."""
    import torch

    x, n_labels = torch.from_numpy(np.ascontiguousarray(vectors)), int(label.max()) + 1
    one_hot = torch.nn.functional.one_hot(torch.from_numpy(label), n_labels).to(torch.float64)
    within, total = np.zeros(n_labels), 0.0
    for start in range(0, len(x), QUERIES):
        here = slice(start, start + QUERIES)
        for first in range(0, len(x), TILE):
            tile = slice(first, first + TILE)
            # no matrix product: that would give an image a distance from itself
            far = torch.cdist(x[here], x[tile], compute_mode="donot_use_mm_for_euclid_dist").to(torch.float64)
            total += float(far.sum())
            within += ((far @ one_hot[tile]) * one_hot[here]).sum(0).numpy()
    n = np.bincount(label, minlength=n_labels).astype(float)
    with np.errstate(invalid="ignore"):
        return within / (n * (n - 1)), total / (len(x) * (len(x) - 1))
