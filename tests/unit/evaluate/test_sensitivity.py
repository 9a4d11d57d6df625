"""The split of variance on a small factorial plan: what is written, and what is refused."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate import sensitivity
from cellswap.evaluate.sensitivity import SensitivityOptions
from cellswap.store import database, parts, runs
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import described, whole
from tests.unit.evaluate.conftest import measure as whole_measure


def fill(store: Store, vectors: np.ndarray, kind: str = "factorial", skip: int = 0) -> None:
    """A plan of centres x backgrounds with their vectors (a, b, d), without the last `skip`; two crops a protein, all ER on nucleus."""
    a, b, d = vectors.shape
    cross = list(product(range(a), range(b)))
    names = {"plan_id": "plan-f", "setting": "diff_class_swap", "class": "ER", "background_class": "nucleus", "split": None}
    names |= {"image_id": [f"i{i}/{j}" for i, j in cross], "draw": list(range(a * b))}
    for side, at in (("centre", 0), ("background", 1)):
        names |= {f"{side}_crop_id": [f"{side}{c[at]:02}" for c in cross], f"{side}_condition": [f"{side[0]}{c[at] // 2}" for c in cross]}
    parts.write(store, "swaps", ("plan-f",), whole("swaps", names), "test")
    plan = {"plan_id": ["plan-f"], "kind": kind, "split": "none", "conditions": "image", "replacement": "none"}
    parts.write(store, "plans", ("plan-f",), whole("plans", plan), "test")
    n = a * b - skip
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1, d)[:n].astype("f4").ravel()), d)
    rows = {
        "image_id": names["image_id"][:n],
        "crop_id": names["centre_crop_id"][:n],
        "condition": names["centre_condition"][:n],
        "embedding": column,
    }
    for setting in ("diff_class_swap", "diff_class_swap+dilate3"):
        where = {"model": "toy", "layer": "last", "pooling": "avg", "setting": setting}
        parts.write(store, "embeddings", ("f",), rows, "test", where)
    parts.write(store, "models", ("toy",), whole("models", {"model": ["toy"]}), "test")


def measure(store: Store, plan_id: str | None = None) -> runs.Run:
    return whole_measure(sensitivity, store, SensitivityOptions(plan_id, resamples=100))


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def test_shares_of_each_variant(store: Store) -> None:
    rng = np.random.default_rng(1)
    fill(store, 2 * rng.normal(size=(10, 1, 40)) + rng.normal(size=(1, 8, 40)), skip=3)
    run = measure(store)
    assert (dict(run.written), run.summary()) == ({"sensitivity_cells": 20, "sensitivity": 6}, "2 in, 2 kept, 0 dropped")
    assert run.notes[0] == "plan-f/toy/last/avg/dilate3: 3 of 80 images have no vector; the incomplete design is split without bias"
    columns = "variant, n_images, n_missing, n_centre_conditions, n_background_conditions, reason"
    assert rows(store, f"SELECT {columns} FROM sensitivity_by_layer ORDER BY 1") == [
        ("dilate3", 77, 3, 5, 4, None),
        ("paper", 77, 3, 5, 4, None),
    ]
    [shares] = rows(store, "SELECT centre_share, background_share, both_share FROM sensitivity_by_layer WHERE variant = 'paper'")
    # ten centres and eight backgrounds stray from what they are drawn from; that both together explain nothing is built in
    np.testing.assert_allclose(shares, (0.8, 0.2, 0.0), atol=0.08)
    assert abs(shares[2]) < 0.01
    assert rows(store, "SELECT count(*) FROM sensitivity WHERE NOT share BETWEEN low - 0.05 AND high + 0.05") == [(0,)]


def test_vectors_that_are_all_equal_have_no_share(store: Store) -> None:
    fill(store, np.ones((6, 6, 3)))
    measure(store)
    found = rows(store, "SELECT DISTINCT share, low, n_resamples, reason FROM sensitivity")
    assert found == [(None, None, 0, "all vectors are equal")]
    assert rows(store, "SELECT DISTINCT displacement FROM sensitivity_cells") == [(None,)]


def test_few_conditions_have_shares_but_no_interval(store: Store) -> None:
    fill(store, np.random.default_rng(1).normal(size=(4, 6, 3)))
    measure(store)
    reason = "the centres are of 2 proteins; an interval over proteins needs at least 3"
    assert rows(store, "SELECT DISTINCT share IS NULL, low, reason FROM sensitivity") == [(False, None, reason)]


def test_bad_plans_and_vectors_are_refused(store: Store) -> None:
    with pytest.raises(BadInput, match="expected one factorial plan, found none; make it with: cellswap plan --factorial 60x60"):
        measure(store)
    vectors = np.random.default_rng(1).normal(size=(6, 6, 3))
    vectors[2, 3, 1] = np.nan
    fill(store, vectors)
    with pytest.raises(BadInput, match=r"diff_class_swap: 1 vectors hold NaN or infinity \(the first is of i2/3\)"):
        measure(store)
    with pytest.raises(UnknownName, match="unknown plan 'plan-g'; did you mean plan-f"):
        measure(store, "plan-g")
    fill(store, vectors, kind="sets")
    with pytest.raises(BadInput, match="plan-f is a plan of sets; expected each centre on each background"):
        measure(store, "plan-f")


@pytest.mark.parametrize("jitter", [0.0, 1.5e-8])
def test_of_vectors_that_are_all_equal_there_are_no_shares(store: Store, jitter: float) -> None:
    fill(store, 0.1 + jitter * np.random.default_rng(1).integers(0, 2, (10, 8, 40)))
    run = measure(store)
    assert set(rows(store, "SELECT variance, share, low, n_resamples, reason FROM sensitivity")) == {
        (0.0, None, None, 0, "all vectors are equal"),
    }  # fmt: skip
    assert set(rows(store, "SELECT displacement FROM sensitivity_cells")) == {(None,)}
    said = "no feature varies among its 80 images, so there are no shares"
    assert run.notes == [f"plan-f/toy/last/avg/{variant}: {said}" for variant in ("dilate3", "paper")]


def test_a_dry_run_says_which_layers_are_split(store: Store) -> None:
    fill(store, np.random.default_rng(1).normal(size=(6, 6, 3)))
    run = measure(store)
    for plan_id, seed, n_left in (("plan-f", 0, 0), (None, 1, 2)):
        first, *more = described(sensitivity, store, SensitivityOptions(plan_id, resamples=100, seed=seed))
        assert first.endswith(f": 2 layers on plan-f, 100 resamples each, {n_left} of them left to do")
        assert first.startswith(run.run_id) == (n_left == 0)
        assert more == ["  plan-f/toy/last/avg/dilate3: diff_class_swap+dilate3", "  plan-f/toy/last/avg/paper: diff_class_swap"]
