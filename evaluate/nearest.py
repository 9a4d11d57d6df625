"""Nearest neighbours by brute force, exactly and in blocks: the matrix of all distances is never held.

Candidates are found in float32, some more than are asked for, and put in order by float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Two = tuple[Any, Any]  # tensors
QUERIES, TILE = 512, 8192  # 16 MB of scores; half or twice as much took as long
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


def nearest(vectors: NDArray[np.float32], together: NDArray[np.int64], k: int, *, cosine: bool, device: str = "cpu") -> Neighbours:
    """Each image's k nearest among those of another number in `together` (n,): cosine of unit vectors, or Euclidean distance."""
    index = np.full((len(vectors), k), NOBODY)
    similarity = np.full((len(vectors), k), -np.inf)
    for here, found in blocks(vectors, together, k, cosine=cosine, device=device):
        n = found.index.shape[1]
        index[here, :n], similarity[here, :n] = found.index, found.similarity
    return Neighbours(index, similarity)


def blocks(
    vectors: NDArray[np.float32], together: NDArray[np.int64], k: int, *, cosine: bool, device: str = "cpu"
) -> Iterator[tuple[slice, Neighbours]]:
    """The neighbours of one block of images after another, as `nearest`, with the block's places."""
    vectors = np.ascontiguousarray(vectors)
    for start, found in _candidates(vectors, together, min(k + SPARE, len(vectors)), cosine=cosine, device=device):
        here = slice(start, start + len(found))
        exact = _similarity(vectors[here], vectors, found, cosine=cosine)
        exact[together[found] == together[here, None]] = -np.inf
        # equally near: the first one
        order = np.lexsort((found, -exact), axis=1)[:, :k]
        index, similarity = np.take_along_axis(found, order, 1), np.take_along_axis(exact, order, 1)
        index[np.isneginf(similarity)] = NOBODY
        yield here, Neighbours(index, similarity)


def _similarity(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], found: NDArray[np.int64], *, cosine: bool
) -> NDArray[np.float64]:
    """Of each query (m, d) to its candidates, places (m, k) in the vectors (n, d): in float64, without a copy of the candidates."""
    similarity = np.empty(found.shape)
    (_dot if cosine else _minus_squared)(queries, vectors, found, similarity)
    return similarity


# Additions in another order, so that eight are done at once, change the sixteenth digit.
@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _dot(queries: NDArray, vectors: NDArray, found: NDArray, out: NDArray) -> None:
    for i in range(len(queries)):
        for j in range(found.shape[1]):
            a, b, total = queries[i], vectors[found[i, j]], 0.0
            for c in range(len(a)):
                total += np.float64(a[c]) * np.float64(b[c])
            out[i, j] = total


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _minus_squared(queries: NDArray, vectors: NDArray, found: NDArray, out: NDArray) -> None:
    for i in range(len(queries)):
        for j in range(found.shape[1]):
            a, b, total = queries[i], vectors[found[i, j]], 0.0
            for c in range(len(a)):
                apart = np.float64(a[c]) - np.float64(b[c])
                total -= apart * apart
            out[i, j] = total


def _candidates(
    vectors: NDArray[np.float32], together: NDArray[np.int64], k: int, *, cosine: bool, device: str
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """For each block of queries its first place and the k best candidates (m, k), in no order; itself where there are fewer."""
    import torch

    x = torch.from_numpy(vectors).to(device)
    group = torch.from_numpy(together.astype(np.int32)).to(device)
    # |a - b|^2 orders as |b|^2 - 2 ab does
    offset = torch.zeros(len(x), device=device) if cosine else -0.5 * torch.linalg.vector_norm(x, dim=1).square()
    room = torch.empty(QUERIES * TILE, device=device)  # one for all blocks: fresh memory has to be cleared first
    better = _better_on_host if device == "cpu" else _better
    for start in range(0, len(x), QUERIES):
        here = slice(start, start + QUERIES)
        n = len(x[here])
        best = torch.full((n, k), -torch.inf, device=device)
        which = torch.arange(start, start + n, device=device)[:, None].repeat(1, k)
        for first in range(0, len(x), TILE):
            tile = slice(first, first + TILE)
            shape = n, len(x[tile])
            scores = torch.addmm(offset[tile], x[here], x[tile].T, out=room[: shape[0] * shape[1]].view(shape))
            best, which = better((best, which), scores, (group[here], group[tile]), first)
        yield start, which.cpu().numpy()


def _better(kept: Two, scores: torch.Tensor, groups: Two, first: int) -> Two:
    """The best of those kept and of a tile's scores, with their places."""
    import torch

    best, which = kept
    scores.masked_fill_(groups[0][:, None] == groups[1][None], -np.inf)
    top, at = scores.topk(min(best.shape[1], scores.shape[1]))
    best, order = torch.cat([best, top], 1).topk(best.shape[1])
    return best, torch.cat([which, at + first], 1).gather(1, order)


def _better_on_host(kept: Two, scores: torch.Tensor, groups: Two, first: int) -> Two:
    """The same with a heap a row: most scores are compared once, with the worst that is kept; twice as fast as to select."""
    best, which, tile, own, group = (one.numpy() for one in (*kept, scores, *groups))
    _push(best, which, tile, own, group, first)
    return kept


@njit(nogil=True, cache=True)
def _push(best: NDArray, which: NDArray, scores: NDArray, own: NDArray, group: NDArray, first: int) -> None:
    """Push scores onto heaps whose root, in place 0, is the worst."""
    k = best.shape[1]
    for i in range(len(scores)):
        worst = best[i, 0]
        for j in range(scores.shape[1]):
            score = scores[i, j]
            if score > worst and group[j] != own[i]:
                at, child = 0, 1
                while child < k:
                    if child + 1 < k and best[i, child + 1] < best[i, child]:
                        child += 1
                    if best[i, child] >= score:
                        break
                    best[i, at], which[i, at] = best[i, child], which[i, child]
                    at, child = child, 2 * child + 1
                best[i, at], which[i, at] = score, first + j
                worst = best[i, 0]


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
