"""The paper's figures on the first page: its printed Table 1 where the raw results are not in the store."""

import pytest

from cellswap.reports.ask import Source
from cellswap.reports.pages import overview
from cellswap.store import database, runs

from ...report_store import write  # noqa: TID252 - tests have no package of their own to name

PRINTED = {"baseline": (0.946, 0.02), "same_class_swap": (0.939, 0.013), "diff_class_swap": (0.843, 0.022)}


@pytest.fixture
def printed_only(store):
    """A store that has three figures of the printed Table 1, and no raw results."""
    with runs.record(store, "ingest published", {}) as run:
        rows = [{"model": "pifia", "setting": s, "accuracy": a, "three_se": se} for s, (a, se) in PRINTED.items()]
        write(store, "published_accuracy", run.run_id, rows)
        write(store, "published_layer_accuracy", run.run_id, [{"model": "pifia", "layer": "conv8", "accuracy": 0.946, "best": True}])
    return store


def rows_of(store, name):
    with database.connect(store) as connection:
        items = overview.page(Source(store, connection)).items
    return next(item for item in items if item.answer.name == name).answer.rows.to_pylist()


def test_the_printed_table_stands_in_a_panel_of_its_own(printed_only):
    rows = rows_of(printed_only, "headline")
    assert [(r["setting"], r["accuracy"], r["three_se"], r["printed"]) for r in rows] == [
        ("baseline", 0.946, 0.02, 0.946),
        ("same_class_swap", 0.939, 0.013, 0.939),
        ("diff_class_swap", 0.843, 0.022, 0.843),
    ]
    same = ("model", "layer", "pooling", "source", "panel", "n_classes", "n_classifiers", "fewest_images")
    assert {tuple(r[name] for name in same) for r in rows} == {
        ("pifia", "conv8", "avg", "printed", "printed in the paper, Table 1", None, None, None)
    }


def test_a_printed_drop_has_no_interval(printed_only):
    rows = {r["quantity"]: r for r in rows_of(printed_only, "robustness")}
    assert {name: (r["value"], r["printed"], r["three_se"]) for name, r in rows.items()} == {
        "accuracy of real crops": (0.946, 0.946, 0.02),
        "drop: same_class_swap to diff_class_swap": (0.096, 0.096, None),
        "drop: baseline to same_class_swap": (0.007, 0.007, None),
        "drop: baseline to diff_class_swap": (0.103, 0.103, None),
    }
    lacking = {(r["low"], r["high"], r["reason"], r["source"]) for r in rows.values()}
    assert lacking == {(None, None, "not in the printed Table 1", "printed")}


def test_raw_results_take_the_place_of_the_printed_table(full_store):
    for name in ("headline", "robustness"):
        rows = rows_of(full_store, name)
        assert "printed" not in {r["source"] for r in rows}
        assert {r["printed"] is None for r in rows if r["source"] == "published"} == {False}
