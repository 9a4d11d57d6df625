"""Kept products of rows, against numpy: as rows are added, and when room runs out."""

from __future__ import annotations

import numpy as np

from cellswap.evaluate.svm import gram_cache
from cellswap.evaluate.svm.gram_cache import Kept, keep, kept_places, nothing_kept


def check(x: np.ndarray, which: np.ndarray, kept: Kept) -> None:
    keep(x, which, kept)
    wanted = np.zeros(len(x), bool)
    wanted[which] = True
    places = kept_places(wanted, kept)
    owners = kept.owner[places]
    assert sorted(owners) == sorted(which)
    np.testing.assert_array_equal(kept.rows[places], x[owners])
    found = gram_cache.gram(places.astype(np.uint32), kept)
    np.testing.assert_allclose(np.triu(found), np.triu(x[owners] @ x[owners].T), rtol=1e-4, atol=1e-4)


def test_products_of_rows_that_come_one_group_after_another(monkeypatch) -> None:
    monkeypatch.setattr(gram_cache, "CAPACITY", 40)
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(200, 7)).astype(np.float32)
    kept = nothing_kept(*x.shape)
    counts = []
    for _ in range(12):
        check(x, np.sort(drawn.permutation(200)[:12]), kept)
        counts.append(int(kept.n_kept[0]))
    assert max(counts) <= 40
    assert 12 in counts[1:]  # room ran out, and only what was wanted then was kept
