"""Plates left out once each, and plans that part plates or proteins: on two replicates and two plates of each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.svm import SVC

from cellswap.errors import BadInput
from cellswap.evaluate import layers, neighbours, pairs, robustness
from cellswap.evaluate.layers import LayersOptions
from cellswap.evaluate.neighbours import NeighboursOptions
from cellswap.evaluate.pairs import PairsOptions
from cellswap.evaluate.robustness import RobustnessOptions
from cellswap.evaluate.sample.embedded_images import Drawing, Wanted
from cellswap.evaluate.svm.fitting import Solver
from cellswap.store import database, parts, runs
from cellswap.store.check import check
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import Fill, Screen, described, measure, whole

# A and D are of nucleus, B and E of cytoplasm
SCREEN = Screen({"A": 20, "B": 20, "C": 0, "D": 20, "E": 20}, in_field=1)
ONE_CLASS = (
    "{} folds test images of one class alone, such as {} of toy/last/avg/baseline/cytoplasm or nucleus: the other class has none there"
)
PLACES = [(1, "p1"), (1, "p2"), (2, "p3"), (2, "p4")]


def rows(store: Store, query: str) -> list[tuple]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def on_plates(store: Store, of: dict[str, list[int]]) -> None:
    """Put the crops of each protein in turn onto the named ones of four plates, two of each replicate; all, where none is named."""
    with database.connect(store) as connection:
        crops = connection.sql("SELECT * EXCLUDE (run_id) FROM crops ORDER BY crop_id").to_arrow_table().to_pylist()
        field = connection.sql("SELECT * EXCLUDE (run_id) FROM fields LIMIT 1").to_arrow_table().to_pylist()[0]
    number = dict.fromkeys(SCREEN.crops, 0)
    for crop in crops:
        which = of.get(crop["condition"], [0, 1, 2, 3])
        crop["replicate"], crop["plate"] = PLACES[which[number[crop["condition"]] % len(which)]]
        number[crop["condition"]] += 1
    parts.write(store, "crops", ("all",), pa.Table.from_pylist(crops), "test")
    histogram = {"field_id": ["second"], "basis": ["field"], "value": [1.0], "n_pixels": [1]}
    second = {name: [value] for name, value in (field | {"field_id": "second", "replicate": 2}).items()}
    parts.write(store, "fields", ("second",), second, "test")
    parts.write(store, "intensity_histograms", ("second",), histogram, "test")


def sweep(store: Store, folds: str | None = None, **drawing: object) -> runs.Run:
    return measure(pairs, store, PairsOptions(drawing=Drawing(folds=folds, **drawing), solver=Solver("libsvm")))


def alone(store: Store, test: str) -> tuple[float, int]:
    """scikit-learn's accuracy on the crops that meet a condition, trained on all others; and how many these are."""
    query = "SELECT embedding, class = 'nucleus', {} FROM crop_filter JOIN v USING (crop_id)"
    query = f"WITH v AS (SELECT crop_id, embedding FROM embeddings WHERE setting = 'baseline') {query}"
    found = rows(store, query.format(test))
    x, y, tested = (np.array([row[i] for row in found]) for i in range(3))
    return SVC(kernel="linear", C=1).fit(x[~tested], y[~tested]).score(x[tested], y[tested]), int(tested.sum())


def test_four_plates_give_four_folds_each_tested_by_training_on_the_others(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    on_plates(store, {})
    run, papers = sweep(store, "plate"), sweep(store)
    found = rows(
        store, f"SELECT folds, grouped_by, fold, accuracy, n_test, n_test_1, n_train FROM pair_accuracy WHERE run_id = '{run.run_id}'"
    )
    expected = [("plate", "plate", i, alone(store, f"plate = '{p}'")[0], 20, 10, 60) for i, (_, p) in enumerate(PLACES)]
    assert sorted(found) == expected
    assert (run.summary(), run.notes) == ("1 in, 1 kept, 0 dropped", [])
    assert run.run_id != papers.run_id
    assert rows(store, f"SELECT DISTINCT folds, grouped_by FROM pair_accuracy WHERE run_id = '{papers.run_id}'") == [("5", "nothing")]
    for view in ("accuracy_by_pair", "accuracy_by_class", "accuracy_by_setting", "accuracy_by_condition"):
        assert rows(store, f"SELECT DISTINCT source, folds FROM {view} ORDER BY 2") == [(papers.run_id, "5"), (run.run_id, "plate")]
    with database.connect(store) as connection:
        assert [b for b in check(connection) if b.table in {"pair_accuracy", "accuracy_by_pair"}] == []


def test_a_plate_with_one_class_alone_is_tested_and_said_and_every_image_counts_alike(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    on_plates(store, {"A": [0, 1], "D": [0, 1, 1]})  # no nucleus on p3 and p4
    run = sweep(store, "plate")
    each = [alone(store, f"plate = '{plate}'") for _, plate in PLACES]
    assert [n for _, n in each] == [10 + 7 + 10, 10 + 13 + 10, 10, 10]
    assert run.notes == [ONE_CLASS.format("2 of 4", "fold 2")]
    [(accuracy, n_folds)] = rows(store, "SELECT accuracy, n_folds FROM accuracy_by_pair")
    assert (accuracy, n_folds) == (pytest.approx(sum(a * n for a, n in each) / 80), 4)
    assert rows(store, "SELECT sum(n_right) / sum(n_tested), sum(n_tested) FROM pair_condition_accuracy") == [(pytest.approx(accuracy), 80)]


def test_fields_are_left_out_once_each(store: Store, fill: Fill) -> None:
    fill(Screen({"A": 6, "B": 9}, in_field=3))
    run = sweep(store, "field")
    assert rows(store, "SELECT folds, grouped_by, count(*), sum(n_test) FROM pair_accuracy GROUP BY ALL") == [("field", "field", 5, 15)]
    assert run.notes == [ONE_CLASS.format("5 of 5", "fold 0")]


def test_another_number_of_folds_is_another_run(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    five, same, three = sweep(store), sweep(store, "5"), sweep(store, "3")
    assert five.run_id == same.run_id != three.run_id
    assert rows(store, f"SELECT folds, count(*) FROM pair_accuracy WHERE run_id = '{three.run_id}' GROUP BY 1") == [("3", 3)]
    options = PairsOptions(drawing=Drawing(folds="plate"))
    on_plates(store, {})
    assert described(pairs, store, options)[0].endswith(": 1 classifiers of a fold for each plate, 1 of them left to do here")


def test_one_plate_and_folds_against_groups_are_refused(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    one = "class cytoplasm has images of 1 plate, folds that keep a plate on one side need at least 2"
    with pytest.raises(BadInput, match=one):
        sweep(store, "plate")
    with pytest.raises(BadInput, match="--folds plate keeps each plate on one side; leave --group protein out"):
        sweep(store, "plate", grouped_by="condition")
    with pytest.raises(BadInput, match="--folds six: expected a number of folds"):
        sweep(store, "six")


def test_layers_are_compared_by_plates_left_out(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    on_plates(store, {"A": [0], "D": [1], "B": [0, 1, 1], "E": [1, 2]})
    of = {"wanted": Wanted(settings=("baseline",)), "solver": Solver("libsvm")}
    five, run = measure(layers, store, LayersOptions(**of)), measure(layers, store, LayersOptions(**of, folds="plate"))
    assert five.run_id != run.run_id
    each = [alone(store, f"plate = '{plate}'") for plate in ("p1", "p2", "p3")]
    query = "SELECT folds, accuracy FROM accuracy_by_layer WHERE source = '{}'"
    assert rows(store, query.format(run.run_id)) == [("plate", pytest.approx(sum(a * n for a, n in each) / 80))]
    assert rows(store, query.format(five.run_id))[0][0] == "5"
    assert any("1 of 3 folds test images of one class alone" in note for note in run.notes)


# A plan that parts plates or proteins.


def plan(store: Store, split: str, test: str, settings: tuple[str, ...] = ("baseline", "same_class_swap")) -> None:
    """A plan of all crops; those that meet the condition are of its test side, and are drawn last, as a plan draws them."""
    query = f"SELECT crop_id, condition, class, if({test}, 'test', 'train') AS side FROM crop_filter ORDER BY class, side DESC, crop_id"
    crops = rows(store, query)
    made = [
        (
            setting,
            name,
            None if setting == "baseline" else name,
            k,
            crop if setting == "baseline" else f"plan-1/{crop}",
            crop,
            condition,
            side,
        )
        for setting in settings
        for name in ("nucleus", "cytoplasm")
        for k, (crop, condition, side) in enumerate(row[:2] + row[3:] for row in crops if row[2] == name)
    ]
    names = ("setting", "class", "background_class", "draw", "image_id", "centre_crop_id", "centre_condition", "split")
    swaps = dict(zip(names, map(list, zip(*made, strict=True)), strict=True))
    parts.write(store, "swaps", ("plan-1",), whole("swaps", swaps | {"plan_id": "plan-1"}), "test")
    facts = {"plan_id": ["plan-1"], "kind": "sets", "scheme": "localization", "split": split, "images": 40}
    parts.write(store, "plans", ("plan-1",), whole("plans", facts | {"conditions": "image", "replacement": "backgrounds"}), "test")


def embed_swaps(store: Store) -> None:
    """Give the swaps of the plan the vectors of their centres, and noise on top."""
    found = rows(store, "SELECT s.image_id, s.centre_crop_id, s.centre_condition, e.embedding FROM swaps AS s"
                 " JOIN embeddings AS e ON e.image_id = s.centre_crop_id WHERE s.setting = 'same_class_swap' ORDER BY 1")  # fmt: skip
    ids, crops, conditions, vectors = map(list, zip(*found, strict=True))
    noise = np.random.default_rng(3).normal(0, 1, (len(ids), 6))
    columns = {"image_id": ids, "crop_id": crops, "condition": conditions}
    columns["embedding"] = pa.FixedSizeListArray.from_arrays(pa.array((np.array(vectors) + noise).astype("f4").ravel()), 6)
    names = {"model": "toy", "layer": "last", "pooling": "avg", "setting": "same_class_swap"}
    parts.write(store, "embeddings", ("swaps",), columns, "test", names)


@pytest.mark.parametrize(("split", "test"), [("plate", "plate IN ('p2', 'p4')"), ("condition", "condition IN ('D', 'E')")])
def test_a_plan_with_a_split_trains_on_one_side_and_tests_on_the_other(store: Store, fill: Fill, split: str, test: str) -> None:
    fill(SCREEN)
    on_plates(store, {})
    plan(store, split, test)
    embed_swaps(store)
    run, papers = sweep(store, plan_id="plan-1"), measure(pairs, store, PairsOptions(Wanted(settings=("baseline",))))
    found = rows(store, "SELECT folds, grouped_by, fold, n_test, n_test_1, n_train, overlap_share, accuracy FROM pair_accuracy"
                 f" WHERE run_id = '{run.run_id}' AND setting = 'baseline'")  # fmt: skip
    assert found == [(f"{split} split", split, 0, 40, 20, 40, 0.0, alone(store, test)[0])]
    tested = f"SELECT DISTINCT condition, n_tested FROM pair_condition_accuracy WHERE run_id = '{run.run_id}' ORDER BY 1"
    conditions = [(name, 10) for name in "ABDE"] if split == "plate" else [(name, 20) for name in "DE"]
    assert rows(store, tested) == conditions
    assert rows(store, "SELECT source, folds FROM accuracy_by_setting WHERE setting = 'baseline' AND aggregation = 'as_described'"
                " ORDER BY 2") == [(papers.run_id, "5"), (run.run_id, f"{split} split")]  # fmt: skip
    measure(robustness, store, RobustnessOptions(resamples=200))
    query = "SELECT drop, low, high, n_conditions, reason, folds FROM robustness_drops WHERE setting_to = 'same_class_swap'"
    [(drop, low, high, n_conditions, reason, folds)] = rows(store, query)
    [(before,), (after,)] = rows(store, f"SELECT accuracy FROM pair_accuracy WHERE run_id = '{run.run_id}' ORDER BY setting")
    assert (drop, folds) == (pytest.approx(before - after), f"{split} split")
    if split == "plate":
        assert (n_conditions, reason) == (4, None)
        assert low <= drop <= high
        assert low < high
        assert rows(store, "SELECT folds, to_same FROM robustness_line") == [("plate split", pytest.approx(drop))]
        assert rows(store, "SELECT round(estimate - accuracy, 12) FROM robustness JOIN accuracy_by_setting AS a USING (source)"
                    " WHERE setting_to IS NULL AND setting = 'baseline' AND aggregation = 'as_described'") == [(0,)]  # fmt: skip
    else:  # one protein a class is tested, of which there is no spread
        assert (n_conditions, low, reason) == (2, None, "one protein alone has no spread: cytoplasm, nucleus")


def test_crops_that_stand_on_both_sides_of_a_split_are_counted(store: Store, fill: Fill) -> None:
    fill(Screen({"A": 20, "B": 20}, in_field=10))  # 40 px apart in a row, 64 px wide: each shows pixels of the next
    plan(store, "plate", "crop_id LIKE '%9'", ("baseline",))
    run = sweep(store, plan_id="plan-1")
    # each tenth crop is tested, and the one before it is trained on
    assert rows(store, "SELECT n_test, overlap_share FROM pair_accuracy") == [(4, 1.0)]
    assert run.rows_kept == 1


def test_fewer_images_are_taken_of_both_sides_of_a_split(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    on_plates(store, {})
    plan(store, "plate", "plate = 'p2'", ("baseline",))
    sweep(store, plan_id="plan-1", images=20)
    assert rows(store, "SELECT n_train, n_test, n_class_1, n_class_2 FROM pair_accuracy") == [(32, 8, 20, 20)]


def test_a_class_without_a_test_image_is_refused(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    plan(store, "condition", "condition = 'D'", ("baseline",))
    with pytest.raises(BadInput, match=r"found one: nucleus \(class cytoplasm has images on 1 side of the plan's split by protein"):
        sweep(store, plan_id="plan-1")


def test_a_split_is_not_mixed_by_folds_groups_or_neighbours(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    plan(store, "condition", "condition IN ('D', 'E')")
    for options in ({"folds": "5"}, {"folds": "plate"}):
        with pytest.raises(BadInput, match="plan-1: it parts proteins into train and test, which would be mixed again"):
            sweep(store, plan_id="plan-1", **options)
    with pytest.raises(BadInput, match="plan-1: it parts proteins, and is used so; leave --group field out"):
        sweep(store, plan_id="plan-1", grouped_by="field")
    with pytest.raises(BadInput, match="plan-1: it parts proteins into train and test"):
        measure(neighbours, store, NeighboursOptions(drawing=Drawing(plan_id="plan-1")))
