"""Each kind of rule of the schema is found when rows break it."""

import numpy as np
import pytest

from cellswap.store import database, parts
from cellswap.store.check import check
from cellswap.store.schema import table

CONDITION = {
    "condition": ["YAL001C"], "gene": ["TFC3"],
    "abundance": [125.0], "abundance_note": [None], "purity": [None],
}  # fmt: skip
ACCURACY = {"model": ["pifia"], "setting": ["baseline"], "accuracy": [0.946], "three_se": [0.02]}


def broken(store):
    with database.connect(store) as connection:
        return [(b.table, b.rule, b.n) for b in check(connection) if b.rule != "run_id is in runs"]


def test_a_sound_store_breaks_no_rule(store):
    assert broken(store) == []
    parts.write(store, "conditions", ("labels",), CONDITION, "run-1")
    assert broken(store) == []


def test_a_doubled_key_is_found(store):
    parts.write(store, "conditions", ("one",), CONDITION, "run-1")
    parts.write(store, "conditions", ("two",), CONDITION, "run-1")
    assert broken(store) == [("conditions", "one row for each (condition)", 1), ("condition_classes", "one row for each (condition)", 1)]


@pytest.mark.parametrize(
    ("table", "rows", "rule"),
    [
        ("conditions", {**CONDITION, "condition": [""]}, "condition <> ''"),
        ("conditions", {**CONDITION, "abundance": [-1.0]}, "abundance > 0"),
        ("published_accuracy", {**ACCURACY, "accuracy": [94.6]}, "accuracy BETWEEN 0 AND 1"),
    ],
)
def test_a_broken_check_is_found(store, table, rows, rule):
    parts.write(store, table, ("x",), rows, "run-1")
    [(found_table, found_rule, n)] = broken(store)
    assert (found_table, n) == (table, 1)
    assert found_rule.startswith(rule)


def test_vectors_that_are_no_numbers_are_counted_for_each_model_layer_and_setting(store):
    parts.write(store, "models", ("m",), {c.name: [1 if c.type == "BIGINT" else "m"] for c in table("models").own_columns}, "run-1")
    bad = {"baseline": [[1.0, 2.0], [np.nan, 0.0], [np.inf, -np.inf]], "masked": [[3.0, np.inf], [0.0, 1.0], [3e38, 3e38]]}
    for setting, vectors in bad.items():
        names = {"model": "m", "layer": "l", "pooling": "avg", "setting": setting}
        rows = {"image_id": ["a", "b", "c"], "crop_id": [None] * 3, "condition": [None] * 3, "embedding": vectors}
        parts.write(store, "embeddings", ("x",), rows, "run-1", names)
    with database.connect(store) as connection:
        found = [(b.table, b.rule, b.n, b.example) for b in check(connection) if b.rule != "run_id is in runs"]
    key = "{{'model': 'm', 'layer': 'l', 'pooling': 'avg', 'setting': '{}', 'image_id': '{}'}}"
    assert found == [
        ("embeddings", "embedding holds no NaN or infinity", 2, key.format("baseline", "b")),
        ("embeddings", "embedding holds no NaN or infinity", 1, key.format("masked", "a")),
    ]


def test_a_row_without_its_run_and_a_row_without_its_field_are_found(store):
    parts.write(
        store,
        "intensity_histograms",
        ("x",),
        {"field_id": ["f"], "basis": ["field"], "value": [1.0], "n_pixels": [2]},
        "gone",
    )
    with database.connect(store) as connection:
        rules = {(b.table, b.rule) for b in check(connection)}
    assert rules == {
        ("intensity_histograms", "field_id is in fields.field_id"),
        ("intensity_histograms", "run_id is in runs"),
    }
