"""How the variance of vectors in a crossed design splits: centre, background, and what neither explains alone.

Half the mean squared distance of two images estimates, without bias, in any design, complete or not: sigma_centre + sigma_both
where they share the background, sigma_background + sigma_both where they share the centre, and the sum of all three where
they share neither. In a complete design this is the two-way analysis of variance. Pairs are never listed: sums over rows,
columns and the whole give them. Weights on centres and backgrounds make it a bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput

Floats = NDArray[np.float64]
BLOCK = 64  # dimensions at a time: all sums run over dimensions, so memory does not grow with their number


@dataclass(frozen=True)
class Crossed:
    """Vectors (centres, backgrounds, d) float32, 0 where `there` (centres, backgrounds) is false; centres by crop, conditions."""

    vectors: NDArray[np.float32]
    there: NDArray[np.bool_]
    centres: list[str]
    centre_conditions: NDArray[np.str_]
    background_conditions: NDArray[np.str_]


@dataclass(frozen=True)
class Sums:
    """Squared lengths, summed over dimensions: of each image, of each centre's and background's weighted sums, and of the total."""

    image: Floats
    by_centre: Floats
    by_background: Floats
    total: Floats


def components(crossed: Crossed, u: Floats, v: Floats) -> Floats:
    """Variance of centre, background and both, (resamples, 3), for weights u (resamples, centres) and v (resamples, backgrounds).

    NaN where a resample has no two images that share neither, or only one, of centre and background.
    """
    there = crossed.there.astype(np.float64)
    sums = _sums(crossed, u, v)
    n_i, n_j = v @ there.T, u @ there
    spread_i = n_i * (v @ sums.image.T) - sums.by_centre
    spread_j = n_j * (u @ sums.image) - sums.by_background
    n = (u * n_i).sum(1)
    everything = n * (u * (v @ sums.image.T)).sum(1) - sums.total
    twice = np.einsum("ri,ij,rj->r", u**2, there, v**2, optimize=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        same_background = (v * spread_j).sum(1) / (v * (n_j**2 - u**2 @ there)).sum(1)
        same_centre = (u * spread_i).sum(1) / (u * (n_i**2 - v**2 @ there.T)).sum(1)
        neither = (everything - (u**2 * spread_i).sum(1) - (v**2 * spread_j).sum(1)) / (
            n**2 - (u**2 * n_i**2).sum(1) - (v**2 * n_j**2).sum(1) + twice
        )
        return np.stack([neither - same_centre, neither - same_background, same_background + same_centre - neither], axis=1)


def _sums(crossed: Crossed, u: Floats, v: Floats) -> Sums:
    a, b, d = crossed.vectors.shape
    sums = Sums(np.zeros((a, b)), np.zeros((len(u), a)), np.zeros((len(u), b)), np.zeros(len(u)))
    for start in range(0, d, BLOCK):
        y = crossed.vectors[:, :, start : start + BLOCK].astype(np.float64)
        # Distances do not know where the origin is; near the mean, sums lose no digits.
        y = np.where(crossed.there[:, :, None], y - y[crossed.there].mean(axis=0), 0.0)
        sums.image[:] += (y**2).sum(axis=2)
        for r in range(0, len(u), 16):
            some = slice(r, r + 16)
            by_centre = np.tensordot(v[some], y, (1, 1))
            sums.by_centre[some] += (by_centre**2).sum(axis=2)
            sums.by_background[some] += (np.tensordot(u[some], y, (1, 0)) ** 2).sum(axis=2)
            sums.total[some] += (np.einsum("ri,rid->rd", u[some], by_centre) ** 2).sum(axis=1)
    return sums


def observed(crossed: Crossed) -> Floats:
    """The three components of the design as it is, (3,).

    Raises BadInput where images are missing so that no two share what must be shared.
    """
    a, b = crossed.there.shape
    found = components(crossed, np.ones((1, a)), np.ones((1, b)))[0]
    if not np.isfinite(found).all():
        n = int(crossed.there.sum())
        raise BadInput(f"{n} images of {a} centres on {b} backgrounds: expected two or more of both, crossed; embed more of the plan")
    return found


def shares(parts: Floats) -> Floats:
    """Each component as a share of their sum, last axis alike; NaN where the sum is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        total = parts.sum(axis=-1, keepdims=True)
        return np.where(total > 0, parts / total, np.nan)


def draws(conditions: NDArray[np.str_], n_resamples: int, seed: int) -> Floats:
    """How often each image side is drawn, (n_resamples, sides): conditions are drawn, n - 1 of n with replacement."""
    names, condition = np.unique(conditions, return_inverse=True)
    n = len(names)
    return np.random.default_rng(seed).multinomial(max(n - 1, 1), np.full(n, 1 / n), n_resamples)[:, condition].astype(np.float64)
