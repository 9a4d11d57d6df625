"""Neighbours on a small store: what is written, what is refused, and that doing it again does nothing."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import f1_score, recall_score

from cellswap.errors import BadInput
from cellswap.evaluate import neighbours
from cellswap.evaluate.neighbours import NeighboursOptions
from cellswap.evaluate.sample.embedded_images import Drawing
from cellswap.store import database, parts
from cellswap.store.check import check
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import Fill, Screen, described, measure, vectors, whole

THREE = Screen({"A": 40, "B": 60, "C": 50})


def test_one_row_a_class_and_way_of_calling(store: Store, fill: Fill) -> None:
    fill(THREE)
    first, again = measure(neighbours, store, NeighboursOptions()), measure(neighbours, store, NeighboursOptions())
    assert (dict(first.written_now), dict(again.written_now)) == ({"label_distances": 3, "neighbour_accuracy": 18}, {})
    measure(neighbours, store, NeighboursOptions(drawing=Drawing(grouped_by="condition"), methods=("pci",)))
    with database.connect(store) as connection:
        found = connection.execute(
            "SELECT left_out, method, k, n_images, n_classes, n_smallest, balanced_accuracy > 0.5 FROM neighbours_by_layer ORDER BY ALL"
        ).fetchall()
        assert list(check(connection)) == []
    # where a class is one protein and its images may not be asked, nobody calls it
    assert found == [
        ("condition", "pci", 11, 150, 3, 40, False),
        *(("nothing", "dino", k, 150, 3, 40, True) for k in (1, 3, 5, 10, 20)), ("nothing", "pci", 11, 150, 3, 40, True),
    ]  # fmt: skip


def test_a_dry_run_says_which_sets_are_measured_and_which_classes_are_not_used(store: Store, fill: Fill) -> None:
    fill(THREE)
    [part] = (store.tables / "embeddings" / "model=toy").rglob("part-*.parquet")
    pq.write_table(pq.read_table(part, filters=[("condition", "!=", "C")], partitioning=None), part)
    first, *more = described(neighbours, store, NeighboursOptions())
    assert first.endswith(": 1 layers and settings by pci and dino, 1 of them left to do")
    assert more == [
        "  toy/last/avg/baseline: 100 images",
        "  not used: toy/last/avg/baseline/ER: class ER: none of its 50 kept crops has a vector",
    ]
    measure(neighbours, store, NeighboursOptions())
    assert described(neighbours, store, NeighboursOptions())[0].endswith(" 0 of them left to do")


def test_too_few_images_are_dropped_with_their_number(store: Store, fill: Fill) -> None:
    fill(Screen({"A": 5, "B": 6}))
    run = measure(neighbours, store, NeighboursOptions())
    assert run.rejects == [
        ("toy/last/avg/baseline", "no neighbours to ask", "toy/last/avg/baseline: 11 images; 20 nearest neighbours need at least 21")
    ]


def test_a_class_without_a_vector_and_images_that_may_ask_nobody_are_named(store: Store, fill: Fill) -> None:
    fill(THREE)
    [part] = (store.tables / "embeddings" / "model=toy").rglob("part-*.parquet")
    pq.write_table(pq.read_table(part, filters=[("condition", "!=", "C")], partitioning=None), part)
    run = measure(neighbours, store, NeighboursOptions(methods=("pci",)))
    said = "class ER: none of its 50 kept crops has a vector"
    assert (run.rows_kept, run.rejects) == (1, [("toy/last/avg/baseline/ER", "class too small", said)])
    again = measure(neighbours, store, NeighboursOptions(methods=("pci",)))
    assert again.remarks == ["1 of 1 layers and settings were done before; nothing was left to do"]
    run = measure(neighbours, store, NeighboursOptions(drawing=Drawing(grouped_by="plate"), methods=("pci",)))
    assert run.rows_kept == 0
    assert run.rejects[-1][2].startswith("toy/last/avg/baseline: all 100 images are of one group or centre cell")


def test_vectors_that_are_not_numbers_are_refused(store: Store, fill: Fill) -> None:
    broken = vectors(THREE)
    broken[3, 2] = np.nan
    fill(THREE, broken)
    with pytest.raises(BadInput, match="toy/last/avg/baseline: 1 vectors hold NaN or infinity"):
        measure(neighbours, store, NeighboursOptions())


def test_a_device_that_is_not_there_is_refused(store: Store, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(THREE)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(BadInput, match=r"^--device cuda: this machine has none that torch .* can use; leave --device out$"):
        measure(neighbours, store, NeighboursOptions(device="cuda"))


def test_of_vectors_that_are_all_equal_none_is_nearer(store: Store, fill: Fill) -> None:
    fill(THREE, np.full((150, 6), 0.1, "f4"))
    run = measure(neighbours, store, NeighboursOptions())
    why = "toy/last/avg/baseline: no feature varies among its 150 images, so none is nearer than another"
    assert run.rejects == [("toy/last/avg/baseline", "no neighbours to ask", why)]
    assert run.notes == ["toy/last/avg/baseline: no feature varies: all 150 vectors are equal"]
    assert run.written_now == {}


def test_figures_of_a_layer_are_means_over_classes(store: Store) -> None:
    counts = {"a": (10, 9, 12), "b": (30, 6, 7), "c": (60, 60, 75)}  # images, called rightly, called so
    n, right, called = (list(column) for column in zip(*counts.values(), strict=True))
    names = {"model": "m", "layer": "l", "pooling": "avg", "setting": "baseline", "method": "pci", "k": 11, "left_out": "nothing"}
    given = names | {"class_by": "condition", "class": list(counts), "n_images": n, "n_right": right, "n_called": called}
    parts.write(store, "neighbour_accuracy", ("x",), whole("neighbour_accuracy", given), "run")
    true = np.repeat(list(counts), n)
    guess = ["a"] * 9 + ["b"] + ["b"] * 6 + ["a"] * 3 + ["c"] * 15 + [""] * 6 + ["c"] * 60
    with database.connect(store) as connection:
        columns = "balanced_accuracy, macro_f1, accuracy, n_classes, n_images, n_smallest, n_not_called"
        [found] = connection.execute(f"SELECT {columns} FROM neighbours_by_layer").fetchall()
    f1 = f1_score(true, guess, average="macro", labels=list(counts))
    recall = recall_score(true, guess, average="macro", labels=list(counts))
    assert found == pytest.approx((recall, f1, 75 / 100, 3, 100, 10, 6), rel=1e-12)
