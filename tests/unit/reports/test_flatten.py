"""Feature vectors on a plane: what lies apart stays apart, the same twice."""

import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from cellswap.reports import flatten


def two_groups(n):
    made = np.random.default_rng(5).normal(size=(n, 6))
    made[: n // 2, :4] += 20
    made[:, 5] = np.nan  # a dimension that counts for nothing
    return made


def test_few_images_get_principal_components():
    vectors = two_groups(40)
    assert flatten.how(40).startswith("PCA")
    places = flatten.flatten(vectors, 1)
    assert places.shape == (40, 2)
    sides = places[:, 0] > 0
    assert set(sides[:20]) != set(sides[20:])
    assert len(set(sides[:20])) == len(set(sides[20:])) == 1
    assert np.array_equal(places, flatten.flatten(vectors, 2))


@pytest.mark.parametrize("vectors", [np.ones((3, 4)), np.zeros((1, 4)), np.arange(3.0)[:, None]])
def test_too_little_for_a_plane_is_no_error(vectors):
    places = flatten.flatten(vectors, 1)
    assert places.shape == (len(vectors), 2)
    assert np.isfinite(places).all()


@pytest.mark.slow
def test_umap_tells_groups_apart_and_does_it_again():
    vectors = two_groups(120)
    assert flatten.how(120) == "UMAP"
    places = flatten.flatten(vectors, 1)
    centres = places[:60].mean(0), places[60:].mean(0)
    assert np.linalg.norm(centres[0] - centres[1]) > places[:60].std() + places[60:].std()
    assert np.array_equal(places, flatten.flatten(vectors, 1))


def test_a_umap_that_cannot_be_imported_is_said_and_the_map_made_otherwise(monkeypatch):
    class Failing:
        def find_spec(self, name, *_):
            if name == "umap":
                raise ModuleNotFoundError("No module named 'pynndescent'", name="pynndescent")

    for name in [name for name in sys.modules if name.partition(".")[0] == "umap"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Failing(), *sys.meta_path])
    assert flatten.how(120) == (
        "PCA, as a map needs umap, which is installed but needs pynndescent, which is not; install that with: pip install pynndescent"
    )
    assert flatten.flatten(two_groups(120), 1).shape == (120, 2)


def test_principal_components_are_those_of_scaled_vectors():
    vectors = np.random.default_rng(3).normal(size=(40, 5)) @ np.diag([1, 100, 0.01, 5, 1]) + 7
    places = flatten.flatten(vectors, 1)
    expected = PCA(2, svd_solver="full").fit_transform(StandardScaler().fit_transform(vectors))
    np.testing.assert_allclose(np.abs(places), np.abs(expected), atol=1e-9)
