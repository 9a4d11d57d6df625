"""Pairs and triplets on the images that a plan drew."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate import pairs
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.pairs import PairsOptions
from cellswap.evaluate.sample import swap_plan
from cellswap.evaluate.sample.embedded_images import Drawing, Wanted, embedding_sets
from cellswap.store import database, parts
from tests.unit.evaluate.conftest import Screen, ask, measure, whole

SCREEN = Screen({"A": 20, "B": 20, "C": 20}, in_field=1)
OWN = {"A": "nucleus", "B": "cytoplasm", "C": "ER"}
SETTINGS = ("baseline", "masked", "same_class_swap", "diff_class_swap", "cell_free_swap")


def plan(store, plan_id, n=10, settings=SETTINGS, **facts):
    """A plan of n images a set, of crops in the store, each second crop from `start` on; its images by setting."""
    crops = rows(store, "SELECT crop_id, condition FROM crops ORDER BY 1")
    made = {name: [] for name in ("setting", "class", "background_class", "draw", "image_id", "centre_crop_id", "centre_condition")}
    for setting in settings:
        for condition, own in OWN.items():
            others = {"baseline": [None], "masked": [None], "same_class_swap": [own]}.get(setting, [b for b in OWN.values() if b != own])
            for behind in others:
                mine = [c for c, of in crops if of == condition][::-1][:n]
                for k, crop in enumerate(mine):
                    image = crop if behind is None else f"{plan_id}/{setting}/{own}/{behind}/{k:04d}"
                    for name, value in zip(made, (setting, own, behind, k, image, crop, condition), strict=True):
                        made[name].append(value)
    made |= {"plan_id": plan_id}
    parts.write(store, "swaps", (plan_id,), whole("swaps", made), "test")
    kinds = {"plan_id": [plan_id], "kind": "sets", "scheme": "localization", "split": "none"} | facts
    kinds |= {"replacement": "backgrounds", "conditions": "image"}
    parts.write(store, "plans", (plan_id,), whole("plans", kinds), "test")
    return made


def embed(store, made, setting, n=None):
    """Give the planned images of a setting, or of a variant of it, vectors of noise."""
    which = [i for i, s in enumerate(made["setting"]) if s == setting.partition("+")[0]][:n]
    ids = [made["image_id"][i] for i in which]
    noise = np.random.default_rng(3).normal(0, 1, (len(ids), 6)).astype("f4")
    columns = {
        "image_id": ids,
        "crop_id": [made["centre_crop_id"][i] for i in which],
        "condition": [made["centre_condition"][i] for i in which],
    }
    columns["embedding"] = pa.FixedSizeListArray.from_arrays(pa.array(noise.ravel()), 6)
    names = {"model": "toy", "layer": "last", "pooling": "avg", "setting": setting}
    parts.write(store, "embeddings", (made["plan_id"], setting), columns, "test", names)


def without_vectors(store, condition):
    """Take the vectors of a protein out of the part that `fill` wrote."""
    [part] = (store.tables / "embeddings" / "model=toy").rglob("part-*.parquet")
    pq.write_table(pq.read_table(part, filters=[("condition", "!=", condition)], partitioning=None), part)


def run_sweep(store, plan_id=None, settings=(), **drawing):
    return measure(pairs, store, PairsOptions(Wanted(settings=settings), Drawing(plan_id=plan_id, **drawing)))


def rows(store, query):
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def screen(store, fill):
    fill(SCREEN)  # all crops, baseline
    return store


def test_pairs_and_triplets_of_a_plan(screen):
    made = plan(screen, "plan-1")
    for setting in (*SETTINGS[1:], "diff_class_swap+dilate3"):
        embed(screen, made, setting)
    run = run_sweep(screen, "plan-1")
    assert (run.rows_kept, run.dropped) == (3 * 3 + 3 * 3, {})
    assert "images as plan-1 drew them" in run.notes
    found = """
        SELECT setting, class_1, class_2, background, n_1, n_2, plan_id FROM accuracy_by_pair
        WHERE source <> 'published' AND setting IN ('baseline', 'same_class_swap', 'diff_class_swap', 'diff_class_swap+dilate3')
        ORDER BY ALL
    """
    three = [("ER", "nucleus"), ("cytoplasm", "ER"), ("cytoplasm", "nucleus")]
    third = {("ER", "nucleus"): "cytoplasm", ("cytoplasm", "ER"): "nucleus", ("cytoplasm", "nucleus"): "ER"}
    assert rows(screen, found) == sorted(
        (setting, *pair, third[pair] if "diff" in setting else None, 10, 10, "plan-1")
        for setting in ("baseline", "diff_class_swap", "diff_class_swap+dilate3", "same_class_swap")
        for pair in three
    )
    query = "SELECT DISTINCT setting, n_classifiers, fewest_images FROM accuracy_by_setting WHERE source <> 'published' ORDER BY 1"
    variants = rows(screen, query)
    assert variants == [(s, 3, 10) for s in sorted((*SETTINGS, "diff_class_swap+dilate3"))]


def test_images_come_in_the_plans_order(screen):
    made = plan(screen, "plan-1")
    embed(screen, made, "diff_class_swap")
    with database.connect(screen) as connection:
        pairs.ask(Opened(screen, connection), PairsOptions(drawing=Drawing(plan_id="plan-1", images=7)))
        drawn = connection.execute(
            "SELECT DISTINCT class, background, position, image_id FROM drawn WHERE background IS NOT NULL ORDER BY ALL"
        ).fetchall()
    assert [d[3] for d in drawn] == [f"plan-1/diff_class_swap/{c}/{b}/{k:04d}" for c, b, k, _ in drawn]
    assert len(drawn) == 3 * 2 * 7


def test_plans_are_never_mixed(screen):
    embed(screen, plan(screen, "plan-1"), "diff_class_swap")
    assert run_sweep(screen).rows_kept == 6  # the only plan, so baseline's images are the plan's too
    assert rows(screen, "SELECT DISTINCT setting, plan_id, n_class_1 FROM pair_accuracy ORDER BY 1") == [
        ("baseline", "plan-1", 10), ("diff_class_swap", "plan-1", 10),
    ]  # fmt: skip
    embed(screen, plan(screen, "plan-2", 8), "diff_class_swap")
    with pytest.raises(BadInput, match="swaps of 2 plans are embedded; say which with --plan: plan-1, plan-2"):
        run_sweep(screen)
    run_sweep(screen, "plan-2")
    assert rows(screen, "SELECT DISTINCT n_class_1 FROM pair_accuracy WHERE plan_id = 'plan-2'") == [(8,)]
    assert run_sweep(screen, settings=("baseline",)).rows_kept == 3  # no swaps, no plan
    assert rows(screen, "SELECT DISTINCT n_class_1 FROM pair_accuracy WHERE plan_id IS NULL") == [(20,)]
    with pytest.raises(UnknownName, match="unknown plan 'plan-3'"):
        run_sweep(screen, "plan-3")


def test_what_a_plan_does_not_have_is_said(screen):
    made = plan(screen, "plan-1", settings=("diff_class_swap", "same_class_swap"))
    embed(screen, made, "diff_class_swap", 55)
    embed(screen, plan(screen, "plan-2"), "same_class_swap")
    run = run_sweep(screen, "plan-1")
    assert run.rows_kept == 3
    assert "toy/last/avg/diff_class_swap: 5 of 60 planned images have no vector" in run.notes
    assert sorted(run.rejects) == [
        ("toy/last/avg/baseline", "images not planned", "plan-1 has no such setting"),
        ("toy/last/avg/same_class_swap", "images not planned", "none of the 30 images of plan-1 is embedded"),
    ]
    assert rows(screen, "SELECT DISTINCT n_class_1, n_class_2 FROM pair_accuracy ORDER BY ALL") == [(5, 10), (10, 10)]
    with pytest.raises(BadInput, match=r"found none that can be used \(plan-1 has no such setting\)$"):
        run_sweep(screen, "plan-1", settings=("baseline",))


@pytest.mark.parametrize(
    ("facts", "drawing", "message"),
    [
        ({"kind": "factorial"}, {}, "plan-1: each centre stands on many backgrounds"),
        ({"split": "condition"}, {"folds": "5"}, "plan-1: it parts proteins into train and test"),
        ({}, {"class_by": "condition"}, "--by protein: the classes of plan-1 are those of the scheme localization"),
    ],
)
def test_plans_that_are_not_for_pairs(screen, facts, drawing, message):
    embed(screen, plan(screen, "plan-1", **facts), "diff_class_swap")
    with pytest.raises(BadInput, match=message):
        run_sweep(screen, "plan-1", **drawing)


def test_a_crop_that_a_plan_drew_twice_is_no_fault(screen):
    made = plan(screen, "plan-1", settings=("baseline",))
    path = parts.part_path(screen, "swaps", ("plan-1",))
    path.unlink()
    made["image_id"][1], made["centre_crop_id"][1] = made["image_id"][0], made["centre_crop_id"][0]
    parts.write(screen, "swaps", ("plan-1",), whole("swaps", made), "test")
    run_sweep(screen, "plan-1")
    assert rows(screen, "SELECT DISTINCT n_class_1, n_class_2 FROM pair_accuracy") == [(10, 10)]
    assert rows(screen, "SELECT max(overlap_share) > 0 FROM pair_accuracy") == [(False,)]  # the two stand in one fold


def test_a_class_without_any_vector_and_sets_that_are_short_are_named(screen):
    made = plan(screen, "plan-1", images=12)
    embed(screen, made, "same_class_swap", 20)  # of nucleus and cytoplasm; none of ER
    run = run_sweep(screen, "plan-1", settings=("same_class_swap",))
    assert run.rows_kept == 1
    assert run.rejects == [("toy/last/avg/same_class_swap/ER", "class too small", "class ER: none of its 10 planned images has a vector")]
    assert "plan-1: 3 of 3 sets have fewer images than wanted, the smallest 10 of 12: see the view plan_sets" in run.notes


def test_a_class_of_kept_crops_without_any_vector_is_named(store, fill):
    fill(SCREEN)
    without_vectors(store, "C")
    run = run_sweep(store)
    said = "class ER: none of its 20 kept crops has a vector"
    assert (run.rows_kept, run.rejects) == (1, [("toy/last/avg/baseline/ER", "class too small", said)])
    with pytest.raises(BadInput, match=rf"found one: nucleus \({said}\)"):
        ask(pairs, store, PairsOptions(Wanted(classes=("ER", "nucleus"))))
    assert run_sweep(store, class_by="condition").rejects == [
        ("toy/last/avg/baseline/C", "class too small", "class C: none of its 20 kept crops has a vector")
    ]


def test_of_a_plan_with_a_split_both_sides_of_a_set_count_together(screen):
    made = plan(screen, "plan-1", n=10, settings=("same_class_swap",), images=10)
    parts.part_path(screen, "swaps", ("plan-1",)).unlink()
    parts.write(screen, "swaps", ("plan-1",), whole("swaps", made | {"split": ["train", "test"] * 15}), "test")
    embed(screen, made, "same_class_swap")
    with database.connect(screen) as connection:
        sets = embedding_sets(connection, Wanted(settings=("same_class_swap",)))
        assert swap_plan.gaps(connection, sets, "plan-1") == swap_plan.Gaps({}, ("images as plan-1 drew them",))
