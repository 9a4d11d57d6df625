"""Exact neighbours in blocks, beside scikit-learn's; and mean distances beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from cellswap.evaluate import nearest
from cellswap.evaluate.calling import Labelled, counted, majority, over_half

N, D = 300, 7


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(4).normal(2, [1, 5, 0.1, 1, 1, 1, 0], (N, D)).astype(np.float32)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "QUERIES", 64)
    monkeypatch.setattr(nearest, "TILE", 70)


@pytest.mark.parametrize("cosine", [True, False])
def test_neighbours_are_scikit_learns(vectors: np.ndarray, cosine: bool) -> None:
    x = nearest.unit(vectors) if cosine else nearest.standardized(vectors)
    found = nearest.nearest(x, np.arange(N), 11, cosine=cosine)
    metric = "cosine" if cosine else "euclidean"
    distance, index = NearestNeighbors(n_neighbors=11, metric=metric, algorithm="brute").fit(x.astype(float)).kneighbors()
    assert (found.index == index).all()
    np.testing.assert_allclose(found.similarity, 1 - distance if cosine else -(distance**2), atol=1e-6)


def test_images_of_one_group_are_no_neighbours(vectors: np.ndarray) -> None:
    together = np.repeat(np.arange(N // 60), 60)
    found = nearest.nearest(vectors, together, 20, cosine=False)
    assert (together[found.index] != together[:, None]).all()
    far = ((vectors[:, None].astype(float) - vectors[None]) ** 2).sum(2)
    far[together[:, None] == together[None]] = np.inf
    assert (found.index == np.argsort(far, axis=1, kind="stable")[:, :20]).all()


def test_an_accelerator_selects_what_heaps_do(vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    together = np.repeat(np.arange(N // 60), 60)
    found = nearest.nearest(vectors, together, 20, cosine=False)
    monkeypatch.setattr(nearest, "_better_on_host", nearest._better)
    assert (nearest.nearest(vectors, together, 20, cosine=False).index == found.index).all()


def test_where_too_few_may_be_asked_nobody_is() -> None:
    found = nearest.nearest(np.eye(4, dtype=np.float32), np.array([0, 0, 0, 1]), 3, cosine=True)
    assert found.index.tolist() == [[3, -1, -1], [3, -1, -1], [3, -1, -1], [0, 1, 2]]
    labelled = Labelled(np.eye(4, dtype=np.float32), np.array([0, 0, 1, 1]), ["a", "b"], np.array([0, 0, 0, 1]))
    assert majority(found, labelled).tolist() == [1, 1, 1, 0]
    alone = nearest.nearest(np.eye(4, dtype=np.float32), np.zeros(4, np.int64), 3, cosine=True)
    assert majority(alone, labelled).tolist() == over_half(alone, labelled, 3).tolist() == [-1] * 4


def test_balanced_accuracy_is_scikit_learns_leave_one_out(vectors: np.ndarray) -> None:
    label = np.random.default_rng(1).integers(0, 3, N)
    x = nearest.standardized(vectors + 2 * label[:, None].astype(np.float32))
    labelled = Labelled(x, label, ["a", "b", "c"], np.arange(N))
    rows = counted(labelled, majority(nearest.nearest(x, labelled.together, 11, cosine=False), labelled))
    called = [
        KNeighborsClassifier(11, algorithm="brute").fit(np.delete(x, i, 0), np.delete(label, i)).predict(x[i : i + 1])[0] for i in range(N)
    ]
    mean_recall = np.mean(np.array(rows["n_right"]) / np.array(rows["n_images"]))
    assert mean_recall == pytest.approx(balanced_accuracy_score(label, called), abs=1e-12)
    assert rows["n_called"] == np.bincount(called, minlength=3).tolist()


def test_weights_and_threshold_of_dino() -> None:
    # neighbours of image 0: cosines 1, 0.9, 0.9 of classes b, a, a: weights 1, 0.24, 0.24
    found = nearest.Neighbours(np.array([[3, 1, 2]]), np.array([[1.0, 0.9, 0.9]]))
    labelled = Labelled(np.zeros((4, 1), np.float32), np.array([0, 0, 0, 1]), ["a", "b"], np.arange(4))
    assert over_half(found, labelled, 3).tolist() == [1]
    tied = nearest.Neighbours(np.array([[3, 1]]), np.array([[0.5, 0.5]]))
    assert over_half(tied, labelled, 2).tolist() == [-1]  # one half is not over one half
    assert over_half(tied, labelled, 1).tolist() == [1]


def test_of_equal_votes_the_first_class_by_name_wins_as_in_scikit_learn() -> None:
    label = np.array([2, 1, 0, 2, 1, 0, 2, 1, 2, 1, 0])  # four of b, four of c, three of a
    x = np.arange(1, 12, dtype=np.float32)[:, None]
    labelled = Labelled(np.r_[x, [[0]]].astype(np.float32), np.r_[label, 0], ["a", "b", "c"], np.arange(12))
    found = nearest.nearest(labelled.vectors, labelled.together, 11, cosine=False)
    assert found.index[11].tolist() == list(range(11))
    called = KNeighborsClassifier(11, algorithm="brute").fit(x, label).predict([[0.0]])
    assert majority(found, labelled)[11] == called[0] == 1


def test_of_equally_near_images_the_first_is_taken() -> None:
    x = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1], [3, 3]], np.float32)
    assert nearest.nearest(x, np.arange(6), 2, cosine=False).index[0].tolist() == [1, 2]
    turned = nearest.unit(np.array([[1, 0], [0, 1], [0, 2], [0, 3], [1, 1]], np.float32))
    assert nearest.nearest(turned, np.arange(5), 3, cosine=True).index[0].tolist() == [4, 1, 2]


def test_mean_distances(vectors: np.ndarray) -> None:
    label = np.array([0] * 100 + [1] * 199 + [2])
    within, overall = nearest.mean_distances(vectors, label)
    np.testing.assert_allclose(within[:2], [pdist(vectors[:100]).mean(), pdist(vectors[100:299]).mean()], rtol=1e-6)
    assert np.isnan(within[2])
    assert overall == pytest.approx(pdist(vectors).mean(), rel=1e-6)


@pytest.mark.parametrize(("cosine", "called"), [(0.9510, 1), (0.9520, 0)])
def test_the_temperature_is_0_07(cosine: float, called: int) -> None:
    # two of class a outweigh one of class b at cosine 1 where 2 exp((cosine - 1) / 0.07) > 1: from 1 - 0.07 ln 2 = 0.95148 on
    found = nearest.Neighbours(np.array([[3, 1, 2]]), np.array([[1.0, cosine, cosine]]))
    labelled = Labelled(np.zeros((4, 1), np.float32), np.array([0, 0, 0, 1]), ["a", "b"], np.arange(4))
    assert over_half(found, labelled, 3).tolist() == [called]


@pytest.mark.parametrize("share", [0.45, 0.5, 0.55])
def test_a_class_needs_over_half_of_the_weight(share: float) -> None:
    # weights of the classes b, a and c: 1, and two halves of what is left
    weight = (1 - share) / share / 2
    found = nearest.Neighbours(np.array([[1, 0, 2]]), 1 + np.array([[0, np.log(weight), np.log(weight)]]) * 0.07)
    labelled = Labelled(np.zeros((3, 1), np.float32), np.array([0, 1, 2]), ["a", "b", "c"], np.arange(3))
    assert over_half(found, labelled, 3).tolist() == [1 if share > 0.5 else -1]
