"""The filters of crops and windows and the pooled statistics of a protein, from raw pixels in numpy (paper 3.1, 3.2, D.1)."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from cellswap.store import database, parts
from cellswap.store.create import create
from cellswap.store.facts import Asked
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import whole

ROLES = ("protein", "nucleus", "cytoplasm")
FIELD = {
    "screen": "s",
    "replicate": 1,
    "plate": "p",
    "well": "A01",
    "site": "1",
    "n_cells": 1,
    "n_crops": 1,
    "masks": "given",
}
CROP = {
    "screen": "s",
    "replicate": 1,
    "plate": "p",
    "well": "A01",
    "field_id": "f",
    "has_pixels": True,
}


def put(store: Store, name: str, some: dict[str, object], key: str = "all") -> None:
    parts.write(store, name, (key,), whole(name, some), "run")


def put_crops(store: Store, n: int, **more: object) -> None:
    put(store, "fields", FIELD | {"field_id": ["f"], "files": [[]]}, "f")
    ids = [f"f/{i:03}" for i in range(n)]
    put(
        store,
        "crops",
        CROP | {"crop_id": ids, "cell": ids, "condition": "YAL001C", "mask_area_px": 1000, "protein_mean": 1e6} | more,
    )


def put_pixels(store: Store, basis: str, pixels: np.ndarray, screen: str = "s") -> None:
    """A field, and the histogram of all its pixels."""
    field = f"{screen}/{basis}"
    put(store, "fields", FIELD | {"screen": screen, "field_id": [field], "files": [[]]}, field)
    values, n = np.unique(pixels, return_counts=True)
    rows = {
        "field_id": [field] * len(values),
        "basis": [basis] * len(values),
        "value": values.tolist(),
        "n_pixels": n.tolist(),
    }
    parts.write(store, "intensity_histograms", (field,), rows, "run")


def asked(store: Store, query: str) -> list[tuple]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("pixels", [np.arange(100), np.arange(20).repeat(5), np.r_[np.zeros(5), np.arange(1, 96)], np.arange(7)])
def test_the_threshold_of_intensity_is_the_5th_percentile_of_all_pixels(store, pixels):
    put_pixels(store, "field", pixels)
    put_crops(store, 1)
    expected = float(np.quantile(pixels, 0.05, method="inverted_cdf"))
    assert asked(store, "SELECT screen, basis, n_pixels, threshold FROM intensity_thresholds") == [("s", "field", len(pixels), expected)]


def test_histograms_of_fields_are_merged_and_crops_count_only_where_no_field_is(store):
    put_pixels(store, "field", np.arange(100, 300))
    put_pixels(store, "crop", np.arange(1000, 1100))
    put_pixels(store, "crop", np.arange(2000, 2100), screen="t")
    put(store, "fields", FIELD | {"field_id": ["s/2"], "files": [[]]}, "s/2")
    parts.write(store, "intensity_histograms", ("s/2",), {
        "field_id": ["s/2"] * 50, "basis": ["field"] * 50, "value": list(range(50)), "n_pixels": [1] * 50,
    }, "run")  # fmt: skip
    both = np.r_[np.arange(100, 300), np.arange(50)]
    assert asked(store, "SELECT screen, basis, n_pixels, threshold FROM intensity_thresholds ORDER BY 1") == [
        ("s", "field", 250, np.quantile(both, 0.05, method="inverted_cdf")),
        ("t", "crop", 100, np.quantile(np.arange(2000, 2100), 0.05, method="inverted_cdf")),
    ]


def test_crops_are_kept_from_the_threshold_on(store):
    put_pixels(store, "field", np.arange(1, 101))
    put_crops(store, 4, protein_mean=[4.99, 5.0, 5.01, 6.0])
    dim = "mean intensity under the 5th percentile"
    assert asked(store, "SELECT reason, kept FROM crop_filter ORDER BY crop_id") == [(dim, False)] + [(None, True)] * 3


@pytest.mark.parametrize("size", [64, 40])
def test_masks_from_5_to_95_per_cent_of_the_crop_are_kept(size, tmp_path):
    store = create(tmp_path / "store", Asked(size))
    put_pixels(store, "field", np.zeros(1))
    areas = [
        0,
        *sorted({round(share * size**2) + d for share in (0.05, 0.06, 0.94, 0.95) for d in (-1, 0, 1)}),
        size**2,
    ]
    put_crops(store, len(areas) + 1, mask_area_px=[*areas, None])
    expected = [
        "mask under 5% of the crop" if 20 * area < size**2 else "mask over 95% of the crop" if 20 * area > 19 * size**2 else None
        for area in areas
    ]
    assert {None, *expected[:1], *expected[-1:]} == set(expected)
    found = asked(store, "SELECT reason FROM crop_filter ORDER BY crop_id")
    assert [reason for (reason,) in found] == [*expected, "no mask of the centre cell"]


TWICE = {"replicate": [1, 1, 2, 2]}


def test_each_replicate_has_its_own_threshold_of_intensity(store):
    for replicate, start in ((1, 1), (2, 1001)):
        put(store, "fields", FIELD | {"field_id": [f"f{replicate}"], "files": [[]], "replicate": replicate}, f"f{replicate}")
        values = list(range(start, start + 100))
        rows = {"field_id": [f"f{replicate}"] * 100, "basis": ["field"] * 100, "value": values, "n_pixels": [1] * 100}
        parts.write(store, "intensity_histograms", (f"f{replicate}",), rows, "run")
    put_crops(store, 4, protein_mean=[4.0, 6.0, 6.0, 1006.0], **TWICE)
    query = "SELECT replicate, threshold FROM intensity_thresholds ORDER BY 1"
    assert asked(store, query) == [(1, 5.0), (2, 1005.0)]
    # over both replicates together it would be 10, and neither of the first would be kept
    assert [kept for (kept,) in asked(store, "SELECT kept FROM crop_filter ORDER BY crop_id")] == [False, True, False, True]


def test_each_replicate_has_its_own_threshold_of_windows(store):
    kept = windows(store, np.array([1.0, 2.0, 10.0, 20.0]), np.array([True, False, True, False]), **TWICE)
    assert list(kept.values()) == [True, False, True, False]
    query = "SELECT DISTINCT replicate, threshold, n_certain FROM cell_free_windows ORDER BY 1"
    assert asked(store, query) == [(1, 1.0, 1), (2, 10.0, 1)]


def windows(store: Store, variance: np.ndarray, empty: np.ndarray, **more: object) -> dict[str, bool]:
    ids = [f"f/w{i:03}" for i in range(len(variance))]
    same = {k: CROP[k] for k in ("screen", "replicate", "plate", "well", "field_id")} | {
        "condition": "YAL001C",
        "distance_px": 60.0,
    }
    put(
        store,
        "backgrounds",
        same
        | {
            "crop_id": ids,
            "variance": variance.tolist(),
            "empty": empty.tolist(),
            "y0": 0,
            "x0": 0,
            "y1": 64,
            "x1": 64,
        }
        | more,
    )
    return dict(asked(store, "SELECT crop_id, kept FROM cell_free_windows ORDER BY 1"))


def test_windows_are_kept_up_to_the_95th_percentile_of_certainly_empty_ones(store):
    rng = np.random.default_rng(0)
    variance, empty = rng.gamma(3, 2, 120), np.arange(120) % 3 > 0
    variance[~empty] += 4  # those that may show a cell vary more, and don't decide
    threshold = np.quantile(variance[empty], 0.95)
    kept = windows(store, variance, empty)
    assert list(kept.values()) == (variance <= threshold).tolist()
    [found] = asked(store, "SELECT DISTINCT threshold, n_certain FROM cell_free_windows")
    assert found == (pytest.approx(threshold, rel=1e-12), 80)


def test_a_window_at_the_threshold_is_kept(store):
    assert list(windows(store, np.array([1.0, 1.0, 1.0, 2.0]), np.array([True, True, True, False])).values()) == [True] * 3 + [False]


# A protein's mean and deviation, over the raw pixels of its kept crops.


@pytest.fixture
def pooled(store) -> tuple[dict[str, np.ndarray], duckdb.DuckDBPyConnection]:
    """Pixels (n, 3 channels, 16, 16) of two proteins' kept crops; a crop with too small a mask, and one of no protein, are far off."""
    rng = np.random.default_rng(8)
    level = rng.uniform(100, 4000, (9, 3, 1, 1))
    pixels = rng.normal(level, level / rng.uniform(2, 20, (9, 3, 1, 1)), (9, 3, 16, 16))
    pixels[[3, 8]] += 50_000
    mean, std = pixels.mean((2, 3)), pixels.std((2, 3))
    facts = {f"{role}_{what}": v[:, i].tolist() for i, role in enumerate(ROLES) for what, v in (("mean", mean), ("std", std))}
    area = [1000] * 9
    area[3] = 10
    put_pixels(store, "field", np.zeros(1))
    put_crops(store, 9, condition=["YAL001C"] * 6 + ["YBR002W"] * 2 + [None], mask_area_px=area, **facts)
    return {"YAL001C": pixels[[0, 1, 2, 4, 5]], "YBR002W": pixels[6:8]}, database.connect(store)


def test_a_conditions_statistics_are_those_of_all_pixels_of_its_kept_crops(pooled):
    pixels, connection = pooled
    found = connection.execute("SELECT condition, channel, mean, std, n_crops FROM condition_stats").fetchall()
    expected = {
        (condition, role): (p[:, i].mean(), p[:, i].std(), len(p)) for condition, p in pixels.items() for i, role in enumerate(ROLES)
    }
    assert {(condition, role): n for condition, role, _, _, n in found} == {key: n for key, (_, _, n) in expected.items()}
    for condition, role, mean, std, _ in found:
        assert (mean, std) == pytest.approx(expected[condition, role][:2], rel=1e-12)


def test_a_conditions_statistics_are_those_of_one_plate_of_one_replicate(store):
    put_pixels(store, "field", np.zeros(1))
    where = {"replicate": [1, 1, 1, 2, 2, 1], "plate": ["p", "p", "q", "p", "p", None]}
    put_crops(store, 6, **where, protein_mean=[1.0, 3.0, 10.0, 100.0, 104.0, 7.0], protein_std=[0.0, 0.0, 2.0, 3.0, 3.0, 1.0])
    query = "SELECT replicate, plate, mean, std, n_crops FROM condition_stats WHERE channel = 'protein' ORDER BY ALL"
    # of two equal crops 100 and 104 with a spread of 3 each the variance is 9 + 4
    expected = [(1, "p", 2.0, 1.0, 2), (1, "q", 10.0, 2.0, 1), (1, None, 7.0, 1.0, 1), (2, "p", 102.0, 13**0.5, 2)]
    assert asked(store, query) == [pytest.approx(row) if row[1] else row for row in expected]
