"""Held-out proteins and plates: who is on which side, the figures, and what cannot be parted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.svm import SVC

from cellswap.errors import BadInput
from cellswap.evaluate import heldout, layers
from cellswap.evaluate.layers import LayersOptions
from cellswap.evaluate.sample import embedded_images, heldout_split, tasks
from cellswap.evaluate.sample.embedded_images import Wanted
from cellswap.evaluate.sample.heldout_split import HeldoutOptions
from cellswap.evaluate.sample.tasks import Share
from cellswap.store import database, parts, runs
from cellswap.store.folder import Store
from tests.unit.evaluate.conftest import CLASSES, SET, Fill, Screen, another_screen, ask, measure, vectors, whole

Command = Callable[..., CompletedProcess[str]]
# Two classes of three proteins, one of two and one that has a single protein: CLASSES[i % 3].
SCREEN = Screen({f"Y{i:02}": 20 + i for i in range(9)}, width=9)
TWO_WEIGHTS = "toy/last/avg/baseline: expected one weights file a model, found 2 under this name; extract each under its own"
LONE = Screen({"A": 20, "B": 20, "C": 20, "D": 20, "E": 20}, width=6)


def hold_out(store: Store, options: HeldoutOptions | None = None) -> runs.Run:
    return measure(heldout, store, options or HeldoutOptions())


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def test_each_class_holds_out_a_fifth_of_its_conditions_and_no_condition_is_on_both_sides(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    hold_out(store)
    found = rows(store, "SELECT class, name, side, n_images, role, split_by, setting FROM heldout_split ORDER BY name")
    assert [row[:2] + row[3:] for row in found] == [
        (CLASSES[i % 3], f"Y{i:02}", 20 + i, "centre", "condition", "baseline") for i in range(9)
    ]
    for name in CLASSES:
        assert sorted(row[2] for row in found if row[0] == name) == ["test", "train", "train"]


def test_screens_are_not_mixed(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    another_screen(store)
    for by in ("condition", "plate"):
        with pytest.raises(BadInput, match=r"of 2 screens: s \(\d+ crops\), t \(\d+ crops\); say which with --screen"):
            hold_out(store, HeldoutOptions(by=by))
    hold_out(store, HeldoutOptions(screen="t"))
    assert rows(store, "SELECT sum(n_images) FROM heldout_split") == [(sum(SCREEN.crops.values()),)]
    with pytest.raises(BadInput, match="--by protein: no kept crop of screen u with a vector has a single localization"):
        hold_out(store, HeldoutOptions(screen="u"))


def test_a_screen_alone_is_the_same_run_named_or_not(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    assert hold_out(store).run_id == hold_out(store, HeldoutOptions(screen="s")).run_id


def test_figures_are_those_of_scikit_learn_trained_on_one_side(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    hold_out(store)
    side = dict(rows(store, "SELECT name, side FROM heldout_split"))
    condition = np.repeat(list(SCREEN.crops), list(SCREEN.crops.values()))
    single = np.array([CLASSES[int(name[1:]) % 3] for name in condition])
    test, x = np.array([side[name] == "test" for name in condition]), vectors(SCREEN)
    expected = []
    for one, two in (("ER", "nucleus"), ("cytoplasm", "ER"), ("cytoplasm", "nucleus")):
        here, y = np.isin(single, (one, two)), single == two
        train, held = here & ~test, here & test
        score = SVC(kernel="linear", tol=1e-8).fit(x[train], y[train]).score(x[held], y[held])
        expected.append((one, two, pytest.approx(score, abs=0.02), int(train.sum()), int(held.sum()), 0.0, True))
    query = """SELECT class_1, class_2, accuracy, n_train, n_test, overlap_share, converged FROM heldout_accuracy
        WHERE evaluation = 'condition_held_out' AND fold = 0 ORDER BY ALL"""
    assert rows(store, query) == expected


def test_five_folds_mix_the_same_images_so_that_crops_of_one_field_meet(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    hold_out(store)
    query = """SELECT class_1, class_2, count(*), sum(n_test), min(n_class_1 + n_class_2), min(overlap_share) > 0.5
        FROM heldout_accuracy WHERE evaluation = 'five_fold_cv' GROUP BY ALL ORDER BY ALL"""
    n = {name: sum(20 + i for i in range(9) if CLASSES[i % 3] == name) for name in CLASSES}
    pairs = (("ER", "nucleus"), ("cytoplasm", "ER"), ("cytoplasm", "nucleus"))
    assert rows(store, query) == [(a, b, 5, n[a] + n[b], n[a] + n[b], True) for a, b in pairs]


def test_a_class_with_one_condition_is_refused_with_a_sentence_and_counted(store: Store, fill: Fill) -> None:
    fill(LONE)
    run = hold_out(store)
    reason = "class ER has 1 protein, a held-out split needs 2 or more"
    assert run.rejects == [("toy/last/avg/baseline: ER", "class cannot be held out", reason)]
    assert (run.rows_in, run.rows_kept) == (2, 1)
    query = "SELECT n_classes, n_refused FROM heldout_by_setting WHERE source <> 'published'"
    assert rows(store, query) == [(2, 1)]


def test_fits_that_did_not_converge_are_counted_once_in_every_mean_and_both_sides_are_named(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    run = hold_out(store)
    [part] = [p for p in (store.tables / "heldout_accuracy").glob("part-*") if p.name != parts.EMPTY]
    rows_of = pq.read_table(part)
    first = [i == 0 for i in range(len(rows_of))]
    kept = pc.if_else(pa.array(first), pa.scalar(False), rows_of["converged"])
    pq.write_table(rows_of.set_column(rows_of.schema.get_field_index("converged"), "converged", kept), part)
    loose = {rows_of["class_1"][0].as_py(), rows_of["class_2"][0].as_py()}
    assert rows(store, "SELECT n_unconverged FROM heldout_by_setting WHERE source <> 'published'") == [(1,)]
    query = "SELECT localization, n_unconverged FROM heldout_compared"
    assert dict(rows(store, query)) == {name: int(name in loose) for name in CLASSES}
    sides = rows(store, "SELECT string_agg(name, ', ' ORDER BY name) FROM heldout_split GROUP BY side ORDER BY side")
    (test,), (train,) = sides
    query = f"cellswap sql \"FROM heldout_split WHERE run_id = '{run.run_id}'\""
    assert run.remarks == [f"tested on 3 proteins ({test}), trained on 6 proteins ({train}): {query}"]
    two = hold_out(store, HeldoutOptions(Wanted(classes=("ER", "nucleus")))).remarks[0]
    assert two.startswith("tested on 2 proteins (")
    assert hold_out(store).remarks[1] == "3 of 3 classifiers were done before; nothing was left to do"


def test_one_plate_cannot_be_held_out_and_nothing_is_left(store: Store, fill: Fill, cellswap: Command) -> None:
    fill(SCREEN)
    done = cellswap("evaluate", "heldout", "--by", "plate", "--store", store.path, check=False)
    assert done.returncode == 2
    assert "class ER has 1 plate, a held-out split needs 2 or more" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_plates_are_drawn_so_that_most_classes_are_on_both_sides() -> None:
    # Only plate c has all classes beside another plate.
    classes = {"ER": {"a": 80, "c": 20}, "nucleus": {"b": 70, "c": 30}, "Golgi": {"d": 9, "e": 9, "c": 5}, "actin": {"a": 50}}
    assert heldout_split.plates_held_out(classes, seed=0) == {"c"}
    assert heldout_split.plates_held_out(classes, seed=1) == {"c"}


@pytest.mark.parametrize(
    ("sides", "reason"),
    [
        ((0, 9, 1), "class ER has 1 plate, a held-out split needs 2 or more"),
        ((9, 0, 3), "class ER has images of 3 plates, none of them to test on"),
        ((0, 9, 3), "class ER has images of 3 plates, none of them to train on"),
        ((3, 1, 2), "class ER has 4 images, five folds need at least 5"),
        ((4, 1, 2), None),
    ],
)
def test_why_a_class_cannot_be_held_out(sides: tuple[int, int, int], reason: str | None) -> None:
    assert heldout.why_not(heldout.Sides(0, None, "ER", *sides, placed=True), "plate") == reason


def plan(store: Store, split: str, test: tuple[str, ...], n_missing: int = 0) -> None:
    """A plan of the very crops, and of some that have no vector; the first proteins' crops are drawn first."""
    with database.connect(store) as connection:
        crops = connection.execute("SELECT crop_id, condition, class FROM crop_filter ORDER BY ALL").fetchall()
    crops += [(f"missing/{i}", "Y00", "nucleus") for i in range(n_missing)]
    with runs.record(store, "plan", {}) as run:
        parts.write(store, "plans", ("p",), whole("plans", {
            "plan_id": ["plan-1"], "kind": "sets", "split": split, "images": 99, "conditions": None, "replacement": None,
        }), run.run_id)  # fmt: skip
        ids, conditions, single = map(list, zip(*crops, strict=True))
        parts.write(store, "swaps", ("p",), whole("swaps", {
            "plan_id": "plan-1", "setting": "baseline", "class": single, "draw": list(range(len(ids))), "image_id": ids,
            "centre_crop_id": ids, "centre_condition": conditions,
            "split": ["test" if condition in test else "train" for condition in conditions],
        }), run.run_id)  # fmt: skip


def test_a_plan_with_a_split_decides_and_what_it_lacks_is_said(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    plan(store, "condition", ("Y00", "Y01", "Y05"), n_missing=4)
    run = hold_out(store, HeldoutOptions(plan_id="plan-1"))
    assert rows(store, "SELECT DISTINCT name FROM heldout_split WHERE side = 'test' ORDER BY 1") == [("Y00",), ("Y01",), ("Y05",)]
    assert run.notes == [
        "images as plan-1 drew them",
        "toy/last/avg/baseline: 4 of 220 planned images have no vector",
        "plan-1: 3 of 3 sets have fewer images than wanted, the smallest 72 of 99: see the view plan_sets",
    ]


def test_a_plan_that_parts_nothing_or_something_else_is_refused(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    for split, parts_what in (("none", "nothing"), ("plate", "plates")):
        plan(store, split, ("Y00",))
        with pytest.raises(BadInput, match=f"plan-1: it parts {parts_what}, expected a plan that"):
            ask(heldout, store, HeldoutOptions(plan_id="plan-1"))


def test_vectors_that_are_not_numbers_are_refused_with_their_number(store: Store, fill: Fill) -> None:
    bad = vectors(SCREEN)
    bad[3, 1] = np.inf
    fill(SCREEN, bad)
    with pytest.raises(BadInput, match="1 vectors hold NaN or infinity"):
        ask(heldout, store, HeldoutOptions())


def test_doing_it_again_writes_nothing_and_another_seed_is_another_split(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    first = hold_out(store)
    assert dict(first.written_now) == {"heldout_split": 9, "heldout_accuracy": 18}
    again = hold_out(store)
    assert (again.run_id, dict(again.written_now), again.rows_kept) == (first.run_id, {}, 3)
    assert hold_out(store, replace(HeldoutOptions(), seed=3)).run_id != first.run_id


def plan_of_triplets(store: Store, without: str | None = None) -> None:
    """Cell-free swaps of every class on every other, with proteins parted; each has a vector, but those on one class."""
    with database.connect(store) as connection:
        crops = connection.execute("SELECT crop_id, condition, class FROM crop_filter ORDER BY ALL").fetchall()
    swaps = [
        {"class": own, "background_class": behind, "draw": k, "centre_crop_id": crop, "centre_condition": condition}
        | {"split": "test" if condition in {"Y00", "Y01", "Y02"} else "train", "background_condition": f"behind {behind}"}
        | {"image_id": f"plan-1/{own}/{behind}/{k}", "plan_id": "plan-1", "setting": "cell_free_swap"}
        for own in CLASSES
        for behind in CLASSES
        if behind != own
        for k, (crop, condition, _) in enumerate(row for row in crops if row[2] == own)
    ]
    columns: dict[str, object] = {name: [row[name] for row in swaps] for name in swaps[0]}
    facts: dict[str, object] = {"plan_id": ["plan-1"], "kind": "sets", "split": "condition", "n_short": 0}
    facts |= {"conditions": None, "replacement": None}
    embedded = [row for row in swaps if row["background_class"] != without]
    drawn = np.random.default_rng(2).normal(0, 1, (len(embedded), 9)).astype("f4")
    drawn[np.arange(len(embedded)), [CLASSES.index(str(row["class"])) for row in embedded]] += 2
    with runs.record(store, "plan", {}) as run:
        parts.write(store, "plans", ("p",), whole("plans", facts), run.run_id)
        parts.write(store, "swaps", ("p",), whole("swaps", columns), run.run_id)
        parts.write(store, "embeddings", ("p",), {
            "image_id": [row["image_id"] for row in embedded], "crop_id": [row["centre_crop_id"] for row in embedded],
            "condition": [row["centre_condition"] for row in embedded],
            "embedding": pa.FixedSizeListArray.from_arrays(pa.array(drawn.ravel()), 9),
        }, run.run_id, SET | {"setting": "cell_free_swap"})  # fmt: skip


def test_triplets_of_a_plan_are_held_out_as_the_paper_does(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    plan_of_triplets(store)
    run = hold_out(store, HeldoutOptions(Wanted(settings=("cell_free_swap",))))
    assert run.notes == ["images as plan-1 drew them"]
    query = """SELECT class_1, class_2, background, n_train, n_test, plan_id, accuracy > 0.6 FROM heldout_accuracy
        WHERE evaluation = 'condition_held_out' ORDER BY ALL"""
    # of class i, protein i is held out with 20 + i crops; proteins i + 3 and i + 6 have 49 + 2 i
    third = {("ER", "nucleus"): "cytoplasm", ("cytoplasm", "ER"): "nucleus", ("cytoplasm", "nucleus"): "ER"}
    place = {name: i for i, name in enumerate(CLASSES)}
    assert rows(store, query) == [
        (a, b, behind, 98 + 2 * (place[a] + place[b]), 40 + place[a] + place[b], "plan-1", True) for (a, b), behind in sorted(third.items())
    ]
    sides = rows(store, "SELECT role, count(DISTINCT name), sum(n_images) FROM heldout_split GROUP BY 1 ORDER BY 1")
    assert sides == [("background", 3, 432), ("centre", 9, 432)]


def test_a_plan_whose_images_are_short_says_how_many(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    plan_of_triplets(store, without="ER")
    run = hold_out(store, HeldoutOptions(Wanted(settings=("cell_free_swap",))))
    lost = sum(20 + i for i in range(9) if CLASSES[i % 3] != "ER")
    assert run.notes[1] == f"toy/last/avg/cell_free_swap: {lost} of 432 planned images have no vector"
    assert run.rows_kept == 2
    assert run.rejects == [
        (f"toy/last/avg/cell_free_swap: {name} on ER", heldout.CANNOT, f"class {name}: none of its {n} planned images has a vector")
        for name, n in (("cytoplasm", 72), ("nucleus", 69))
    ]
    assert rows(store, "SELECT n_refused FROM heldout_by_setting WHERE source <> 'published'") == [(2,)]


def test_shards_make_one_run_between_them(store: Store, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "CHUNK", 1)
    fill(SCREEN)
    for shard, n in (("1/2", 2), ("2/2", 1)):
        run = hold_out(store, HeldoutOptions(share=Share(shard)))
        assert run.written_now["heldout_accuracy"] == 6 * n
        left = [] if shard == "2/2" else ["1 of 3 classifiers are left to other shards"]
        assert run.notes == left
    assert rows(store, "SELECT count(*), count(DISTINCT task_id), count(DISTINCT run_id) FROM heldout_accuracy") == [(18, 3, 1)]


def test_two_weights_under_one_name_are_refused(store: Store, fill: Fill) -> None:
    fill(SCREEN)
    parts.write(store, "models", ("again",), whole("models", {"model": ["toy"], "weights_sha256": "1"}), "test")
    with pytest.raises(BadInput, match=TWO_WEIGHTS):
        ask(heldout, store, HeldoutOptions())
    with pytest.raises(BadInput, match=TWO_WEIGHTS):
        ask(layers, store, LayersOptions())


def test_where_nothing_varies_both_ways_of_testing_are_at_chance(store: Store, fill: Fill) -> None:
    fill(SCREEN, np.ones((sum(SCREEN.crops.values()), 3), "f4"))
    run = hold_out(store)
    assert rows(store, "SELECT DISTINCT evaluation, accuracy, route FROM heldout_accuracy ORDER BY 1") == [
        ("condition_held_out", 0.5, "constant"), ("five_fold_cv", 0.5, "constant"),
    ]  # fmt: skip
    assert [note.partition(" (")[0] for note in run.notes if "varies" in note] == [
        f"toy/last/avg/baseline: no feature varies: all {sum(SCREEN.crops.values())} vectors are equal",
        "toy/last/avg/baseline: no feature of the training images varies in 18 of 18 fits",
    ]


def test_a_fifth_of_ten_conditions_and_of_twenty_images_is_tested(store: Store, fill: Fill) -> None:
    fill(Screen({f"Y{i:02}": 12 for i in range(30)}, width=30))
    hold_out(store, HeldoutOptions(images=20))
    sides = rows(store, "SELECT class, side, count(*), sum(n_images) FROM heldout_split GROUP BY ALL ORDER BY ALL")
    assert [row[:2] + row[3:] for row in sides] == [(name, side, n) for name in sorted(CLASSES) for side, n in (("test", 4), ("train", 16))]
    with database.connect(store) as connection:
        sets = embedded_images.embedding_sets(connection, Wanted())
        held = heldout_split.held_out(connection, sets, HeldoutOptions())
    of = {f"Y{i:02}": CLASSES[i % 3] for i in range(30)}
    assert {name: sum(of[condition] == name for condition in held) for name in CLASSES} == dict.fromkeys(CLASSES, 2)
