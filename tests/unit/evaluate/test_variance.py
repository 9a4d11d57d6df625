"""Variance components: against the textbook, against all pairs by hand, and against a construction of known parts."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.errors import BadInput
from cellswap.evaluate.variance import Crossed, components, draws, observed, shares


def crossed(rng: np.random.Generator, a: int, b: int, d: int, missing: float = 0.0, spreads: tuple[float, ...] = (1, 1, 1)) -> Crossed:
    """Vectors of normal parts: standard deviations of centre, background and both in each of d dimensions."""
    centre, background, both = spreads
    y = centre * rng.normal(size=(a, 1, d)) + background * rng.normal(size=(1, b, d)) + both * rng.normal(size=(a, b, d)) + 3
    there = rng.random((a, b)) >= missing
    conditions = [np.array([f"{side}{i // 2}" for i in range(n)]) for side, n in (("c", a), ("b", b))]
    return Crossed(np.where(there[..., None], y, 0).astype(np.float32), there, [f"crop{i}" for i in range(a)], *conditions)


def two_way(y: np.ndarray) -> list[float]:
    """Components of a complete two-way table from its mean squares, summed over dimensions."""
    a, b, _ = y.shape
    rows, columns, all_ = y.mean(1, keepdims=True), y.mean(0, keepdims=True), y.mean((0, 1))
    ms_both = ((y - rows - columns + all_) ** 2).sum() / ((a - 1) * (b - 1))
    ms_rows, ms_columns = b * ((rows - all_) ** 2).sum() / (a - 1), a * ((columns - all_) ** 2).sum() / (b - 1)
    return [(ms_rows - ms_both) / b, (ms_columns - ms_both) / a, ms_both]


def test_a_complete_design_is_the_analysis_of_variance() -> None:
    design = crossed(np.random.default_rng(1), 7, 5, 70)
    np.testing.assert_allclose(observed(design), two_way(design.vectors.astype(float)), rtol=1e-9)


def test_an_incomplete_weighted_design_is_the_mean_over_all_pairs() -> None:
    rng = np.random.default_rng(2)
    design = crossed(rng, 6, 5, 3, missing=0.3)
    u, v = rng.integers(0, 3, 6).astype(float), rng.integers(0, 3, 5).astype(float)
    sums = {kind: np.zeros(2) for kind in ("row", "column", "neither")}
    cells = np.argwhere(design.there)
    for i, j in cells:
        for k, m in cells:
            half = ((design.vectors[i, j].astype(float) - design.vectors[k, m]) ** 2).sum() / 2
            if i != k and j == m:
                sums["row"] += u[i] * u[k] * v[j] * np.array([half, 1])
            elif i == k and j != m:
                sums["column"] += u[i] * v[j] * v[m] * np.array([half, 1])
            elif i != k:
                sums["neither"] += u[i] * u[k] * v[j] * v[m] * np.array([half, 1])
    row, column, neither = (total / n for total, n in sums.values())
    np.testing.assert_allclose(
        components(design, u[None], v[None])[0], [neither - column, neither - row, row + column - neither], rtol=1e-9
    )


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_known_components_are_found_without_bias(missing: float) -> None:
    rng = np.random.default_rng(3)
    found = np.mean([observed(crossed(rng, 12, 10, 8, missing, (1.0, 0.5, 0.7))) for _ in range(300)], axis=0)
    np.testing.assert_allclose(found, [8.0, 2.0, 8 * 0.49], rtol=0.06)


def test_the_interval_covers_the_background_share() -> None:
    covered = []
    truth = 0.25 / (1 + 0.25 + 0.49)
    for trial in range(150):
        design = crossed(np.random.default_rng(trial), 40, 40, 6, spreads=(1.0, 0.5, 0.7))
        u, v = draws(design.centre_conditions, 200, trial), draws(design.background_conditions, 200, -trial + 10**6)
        low, high = np.nanquantile(shares(components(design, u, v))[:, 1], [0.025, 0.975])
        covered.append(low <= truth <= high)
    # 150 trials of 95% stray by 3.5 points in 95 of 100 cases; quantiles of a skewed ratio cost a little
    assert 0.88 <= np.mean(covered) <= 0.99


def test_too_few_images_are_refused_with_their_count() -> None:
    design = crossed(np.random.default_rng(1), 3, 3, 2)
    lone = Crossed(design.vectors, np.eye(3, dtype=bool), design.centres, design.centre_conditions, design.background_conditions)
    with pytest.raises(BadInput, match="3 images of 3 centres on 3 backgrounds: expected two or more of both, crossed"):
        observed(lone)


def test_shares_of_nothing_are_no_numbers() -> None:
    assert np.isnan(shares(np.zeros(3))).all()
