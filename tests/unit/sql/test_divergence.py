"""The divergence of two classifiers on a protein, against numpy: direction, unit, clipping, yardstick and summary (paper 4.5)."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.store import database, parts
from cellswap.store.vocabulary import LOCALIZATIONS
from tests.unit.evaluate.conftest import whole

CLIP = 1e-10
SAME = {"model": "pifia", "layer": "d2", "pooling": "none", "scheme": "adam", "form": "mean", "n_crops": 20}


def write(store, original: np.ndarray, masked: np.ndarray) -> None:
    """Shares (proteins, classes) of two classifiers."""
    n, k = original.shape
    names = {"condition": [f"Y{i:03}" for i in range(n) for _ in range(k)], "class": [*LOCALIZATIONS[:k]] * n}
    for crops, shares in (("original", original), ("masked", masked)):
        rows = whole("proportions", SAME | names | {"crops": crops, "setting": crops, "share": shares.ravel().tolist()})
        parts.write(store, "proportions", ("run", crops), rows, "run")


def expected(original: np.ndarray, masked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """KL(original || masked) and KL(original || uniform) in nats, both sides clipped, as the authors' notebook has it."""
    p, q = np.maximum(original, CLIP), np.maximum(masked, CLIP)
    return (p * np.log(p / q)).sum(1), (p * np.log(p * p.shape[1])).sum(1)


def found(store) -> np.ndarray:
    with database.connect(store) as connection:
        return np.array(connection.execute("SELECT kl, kl_uniform FROM proportion_divergence ORDER BY condition").fetchall()).T


def test_shares_of_nothing_are_clipped_at_1e_10(store):
    original = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 1.0]])
    masked = np.array([[0, 1.0, 0], [0, 0.25, 0.75], [0, 0, 1.0]])
    write(store, original, masked)
    kl, uniform = expected(original, masked)
    assert kl[0] == pytest.approx(-np.log(CLIP), rel=1e-6)
    np.testing.assert_allclose(found(store), [kl, uniform], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("k", [3, 15])
def test_it_is_kl_of_the_original_from_the_masked_in_nats(store, k):
    rng = np.random.default_rng(k)
    original, masked = rng.dirichlet(np.full(k, 0.5), (2, 40))
    masked[::2] = 0.9 * original[::2] + 0.1 * masked[::2]  # these differ less than from the uniform distribution
    write(store, original, masked)
    kl, uniform = expected(original, masked)
    np.testing.assert_allclose(found(store), [kl, uniform], rtol=1e-12)
    with database.connect(store) as connection:
        columns = 'n, "min", q25, "median", q75, mean, "max", std, n_exceeding_uniform, share_exceeding_uniform'
        [row] = connection.execute(f"SELECT {columns} FROM kl_summary WHERE source = 'run'").fetchall()
    over = kl > uniform
    assert 0 < over.sum() < 40
    quartiles = np.quantile(kl, [0, 0.25, 0.5, 0.75])
    assert row == pytest.approx((40, *quartiles, kl.mean(), kl.max(), kl.std(ddof=1), over.sum(), over.mean()), rel=1e-12)
