"""`status` counts what is embedded of each screen's kept crops and of each plan, and what is missing."""

import numpy as np
import pyarrow as pa
import pytest

from cellswap.store import database, parts
from cellswap.store.schema import table
from cellswap.store.status import Embedded, status_of

from ...crops import write_crops  # noqa: TID252 - tests are no package

N = 6


def rows_of(name, n, **columns):
    blank = dict.fromkeys((c.name for c in table(name).stored if c.name != "run_id"), [None] * n)
    return blank | {key: value if isinstance(value, list) else [value] * n for key, value in columns.items()}


def embed(store, setting, ids, model="net"):
    partition = {"model": model, "layer": "last", "pooling": "avg", "setting": setting}
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(2 * len(ids), np.float32)), 2)
    rows = rows_of("embeddings", len(ids), image_id=ids) | {"embedding": vectors}
    parts.write(store, "embeddings", (setting, *ids), rows, "r", partition)


def plan(store, plan_id, sets):
    for setting, ids in sets.items():
        draws = {"plan_id": plan_id, "setting": setting, "class": "ER", "draw": list(range(len(ids))), "image_id": ids}
        parts.write(store, "swaps", (plan_id, setting), rows_of("swaps", len(ids), **draws), "r")


@pytest.fixture
def crops(store):
    masks = np.zeros((N, 64, 64), bool)
    masks[:, 20:40, 20:40] = True
    ids = write_crops(store, np.random.default_rng(1).integers(100, 900, (N, 64, 64, 2)).astype(np.uint16), masks)
    with database.connect(store) as connection:
        kept = {row[0] for row in connection.execute("SELECT crop_id FROM crop_filter WHERE kept").fetchall()}
    assert kept == set(ids)
    return ids


def shown(store):
    return [str(line) for line in status_of(store).embedded]


def test_a_store_without_embeddings_says_nothing(store, crops):
    assert status_of(store).embedded == []


def test_crops_that_have_no_vector_yet_are_missing(store, crops):
    embed(store, "baseline", crops)
    embed(store, "masked", crops[:4])
    assert status_of(store).embedded == [
        Embedded("net", "last", "avg", "baseline", "kept crops of screen", N, N),
        Embedded("net", "last", "avg", "masked", "kept crops of screen", N, 4),
    ]
    assert shown(store)[1] == "net/last/avg/masked: 4 of 6 kept crops of screen, 2 missing"


def test_a_plan_counts_its_own_images_and_settings_without_any(store, crops):
    plan(store, "plan-a", {"baseline": crops[:2], "diff_class_swap": ["a/0", "a/1", "a/2"], "cell_free_swap": ["f/0"]})
    plan(store, "plan-b", {"diff_class_swap": ["b/0"]})
    embed(store, "baseline", crops[:2])
    embed(store, "diff_class_swap", ["a/0", "a/2"])
    embed(store, "diff_class_swap+dilate3", ["a/1"])
    assert shown(store) == [
        "net/last/avg/baseline: 2 of 2 images of plan-a, all there",
        "net/last/avg/baseline: 2 of 6 kept crops of screen, 4 missing",
        "net/last/avg/cell_free_swap: 0 of 1 images of plan-a, 1 missing",
        "net/last/avg/diff_class_swap: 2 of 3 images of plan-a, 1 missing",
        "net/last/avg/diff_class_swap+dilate3: 1 of 3 images of plan-a, 2 missing",
    ]


def test_models_are_counted_apart(store, crops):
    embed(store, "baseline", crops[:1], "one")
    embed(store, "baseline", crops[1:], "two")
    assert [(line.model, line.there, line.missing) for line in status_of(store).embedded] == [("one", 1, 5), ("two", 5, 1)]


def test_the_command_shows_it(store, crops, cellswap):
    embed(store, "masked", crops[:4])
    assert "  net/last/avg/masked: 4 of 6 kept crops of screen, 2 missing\n" in cellswap("status", "--store", store.path).stdout
