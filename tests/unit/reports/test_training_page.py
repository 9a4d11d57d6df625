"""The page of training: curves of each training, and networks side by side."""

from __future__ import annotations

import json

import pytest
import vl_convert

from cellswap.reports.ask import Source
from cellswap.reports.pages import training
from cellswap.store import database

from ...report_store import write  # noqa: TID252 - tests are no package

BASE = {"network": "pifia-narrow", "screen": "s", "split_by": "field", "seed": 0, "n_images": 64, "n_labels": 3}
CLASSIFIER = {
    "layer": "conv8", "pooling": "avg", "class_by": "localization", "class_1": "ER", "class_2": "nucleus", "grouped_by": "nothing",
    "folds": "5",
    "n_train": 80, "n_test": 20, "n_class_1": 50, "n_class_2": 50, "c": 1.0, "scheme": "certified", "route": "newton", "converged": True,
}  # fmt: skip


@pytest.fixture
def page(store):
    """The page of a store with two trainings, of which one is over, one network's classifiers, and two predictions of one protein."""
    metrics = [
        BASE | {"training_id": f"t-{robust}", "robust": robust, "epoch": epoch, "side": side, "loss": 1 / epoch, "accuracy": accuracy}
        for robust in ("none", "swap")
        for epoch in (1, 2)
        for side, accuracy in (("train", 0.5), ("val", 0.4))
    ]
    metrics.append(BASE | {"training_id": "t-none", "robust": "none", "epoch": 2, "side": "test", "loss": 0.6, "accuracy": 0.45})
    write(store, "training_metrics", "train", metrics)
    accuracy = {"baseline": 0.95, "same_class_swap": 0.9, "cell_free_swap": 0.8, "diff_class_swap": 0.7}
    write(store, "pair_accuracy", "evaluate", [
        CLASSIFIER | {"model": "m", "setting": setting, "task_id": setting, "fold": 0, "accuracy": figure,
                      "background": "Golgi" if setting in {"cell_free_swap", "diff_class_swap"} else None}
        for setting, figure in accuracy.items()
    ])  # fmt: skip
    write(store, "pair_condition_accuracy", "evaluate", [
        {"task_id": setting, "condition": condition, "class": place, "n_tested": 100, "n_right": round(100 * accuracy[setting]) + more}
        for setting in ("same_class_swap", "diff_class_swap")
        for condition, place, more in (("A", "ER", 0), ("B", "nucleus", -6 if setting == "diff_class_swap" else 0), ("C", "nucleus", 2))
    ])  # fmt: skip
    places = {"A": "ER", "B": "nucleus", "C": "nucleus", "D": None}
    write(store, "proteins", "labels", [{"condition": condition, "class": place, "classes": []} for condition, place in places.items()])
    write(store, "training_conditions", "extract", [{"model": "m", "condition": condition} for condition in ("A", "D")])
    share = {("original", "ER"): 0.6, ("original", "nucleus"): 0.4, ("masked", "ER"): 0.9, ("masked", "nucleus"): 0.1}
    for run, scheme in (("evaluate", "adam"), ("again", "exact")):
        write(store, "proportions", run, [
            {"model": "m", "layer": "d2", "pooling": "none", "scheme": scheme, "crops": crops, "form": "argmax", "screen": "s",
             "condition": "D", "class": place, "share": figure, "n_crops": 20}
            for (crops, place), figure in share.items()
        ])  # fmt: skip
    write(store, "truth_conditions", "simulate", [
        {"screen": "s", "condition": "D", "class": place, "proportion": figure, "brightness": 1.0}
        for place, figure in (("ER", 0.8), ("nucleus", 0.2))
    ])  # fmt: skip
    with database.connect(store) as connection:
        return training.page(Source(store, connection, None))


def test_networks_stand_side_by_side_with_their_drop(page):
    [row] = page.items[0].answer.rows.to_pylist()
    shown = {name: row[name] for name in ("model", "baseline", "same_class_swap", "cell_free_swap", "diff_class_swap", "masked")}
    assert shown == {"model": "m", "baseline": 0.95, "same_class_swap": 0.9, "cell_free_swap": 0.8, "diff_class_swap": 0.7, "masked": None}
    assert row["drop"] == pytest.approx(0.2)
    assert (row["n_classes"], row["fewest_images"], row["weights"]) == (2, 50, None)


def test_what_training_saw_stands_beside_what_it_never_saw(page):
    shown = [
        (row["unit"], row["seen"], row["same_class_swap"], row["diff_class_swap"], row["drop"], row["three_se"], row["n"])
        for row in page.items[1].answer.rows.to_pylist()
    ]
    spread = 3 * 0.06 / 2  # of the drops 0.26 and 0.2: sample deviation 0.06 / sqrt(2), over sqrt(2)
    expected = [
        ("proteins", "in training", 0.9, 0.7, 0.2, None, 1),
        ("proteins", "never seen", 0.91, 0.68, 0.23, spread, 2),
        ("localizations", "in training", 0.9, 0.7, 0.2, None, 1),
        ("localizations", "never seen", 0.9, 0.7, 0.2, None, 1),
    ]
    for row, wanted in zip(shown, expected, strict=True):
        assert row[:2] == wanted[:2]
        assert row[2:] == pytest.approx(wanted[2:])
    assert vl_convert.vegalite_to_svg(json.dumps(page.items[1].body.spec, allow_nan=False)).count("<path") > 6


def test_the_prediction_closest_to_the_truth_stands_first(page):
    assert [panel["title"]["text"] for panel in page.items[3].body.spec["concat"]] == ["argmax: adam: d2: s", "argmax: exact: d2: s"]
    rows = [row for row in page.items[3].answer.rows.to_pylist() if row["scheme"] == "adam"]
    assert [(row["prediction"], row["n"], row["three_se"], row["share_top_right"]) for row in rows] == [
        ("m, adam, masked crops", 1, None, 1.0), ("m, adam, original crops", 1, None, 1.0),
    ]  # fmt: skip
    assert [row["distance"] for row in rows] == pytest.approx([0.1, 0.2])
    drawn = vl_convert.vegalite_to_svg(json.dumps(page.items[3].body.spec, allow_nan=False))
    assert "m, adam, masked crops" in drawn


def test_each_training_has_its_panel(page):
    spec = page.items[5].body.spec
    assert [panel["title"]["text"] for panel in spec["concat"]] == ["pifia-narrow, ordinary (none)", "pifia-narrow, robust: swap (swap)"]
    drawn = vl_convert.vegalite_to_svg(json.dumps(spec, allow_nan=False))
    assert drawn.count("<path") > 10


def test_a_training_under_way_has_no_test(page):
    rows = {row["robust"]: row for row in page.items[6].answer.rows.to_pylist()}
    assert (rows["none"]["epochs"], rows["none"]["kept"], rows["none"]["test_accuracy"], rows["none"]["n_test"]) == (2, 2, 0.45, 64)
    assert (rows["swap"]["epochs"], rows["swap"]["kept"], rows["swap"]["test_accuracy"]) == (2, None, None)
