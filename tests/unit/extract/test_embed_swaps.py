"""Composed images through the engine, on a small store with a network of one's own."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from cellswap.errors import BadInput, CellswapError, UnknownName
from cellswap.extract import todo
from cellswap.extract.channels import parse
from cellswap.extract.embed_swaps import Planned
from cellswap.extract.swaps import gather, plan
from cellswap.store import database, folder, parts
from cellswap.store.check import check
from cellswap.store.runs import Run

from ... import swap_store  # noqa: TID252 - tests are no package
from .conftest import rows

N_IMAGES = 6
TWO = {"feeding": parse("protein,cytoplasm", 3, replicate=False), "preprocessing": "none"}
COUNTS = "SELECT setting, count(*), count(DISTINCT image_id) FROM embeddings GROUP BY 1 ORDER BY 1"


@pytest.fixture(scope="module")
def filled(empty, tmp_path_factory):
    """A store with crops and a plan, to copy; with its pixels by crop id and the plan's id."""
    store = folder.read(shutil.copytree(empty, tmp_path_factory.mktemp("filled") / "store"))
    images = swap_store.fill(store)
    return store, images, make(store)


@pytest.fixture
def images(filled, store):
    """Pixels by crop id of a store that can be planned in, and that has a plan."""
    shutil.copytree(filled[0].path, store.path, dirs_exist_ok=True)
    return filled[1]


@pytest.fixture
def planned(filled, images):
    return filled[2]


def make(store, **more):
    options = plan.Options("s", **({"images": N_IMAGES} | more))
    with database.connect(store) as connection:
        made = plan.make(connection, options)
    plan.write(store, made, Run("plan", "plan", {}, datetime.now(UTC)))
    return made.plan_id


@pytest.fixture
def compose(embed, store):
    """Embed a plan with the network `Three` fed with raw composed pixels; the run."""

    def run(plan_id, variant="", **more):
        options = {"layers": ("0",), "model": TWO, "planned": Planned(plan_id, variant)} | more
        return embed(store, "Three", **options)

    return run


def files(store):
    return sorted(p.name for p in (store.tables / "embeddings").rglob("*.parquet") if p.name != parts.EMPTY)


def vectors(store, setting, model="Three"):
    query = f"SELECT image_id, embedding FROM embeddings WHERE setting = '{setting}' AND model = '{model}' ORDER BY 1"
    return dict(rows(store, query))


def by_hand(store, images, own, plan_id, setting):
    """The vectors of a plan's setting, one image at a time in numpy; each side in units of its protein's crops on its own plate."""
    module = __import__(own).Three()
    crops = {}
    for crop_id, image in images.items():
        place, name = crop_id.split("/")[1:4], crop_id.rsplit("/", 1)[1]
        if not name.startswith("w"):
            crops.setdefault(tuple(place), []).append(image.astype(float))
    masks = swap_store.mask_of(8)
    query = f"""
        SELECT image_id, centre_crop_id, centre_condition, background_crop_id, background_condition FROM swaps
        WHERE plan_id = '{plan_id}' AND setting = '{setting}'
    """
    made = {}
    for image_id, *pair in rows(store, query):
        halves = []
        for crop_id in (pair[0], pair[2]):
            same = np.stack(crops[tuple(crop_id.split("/")[1:4])])
            mean, std = (value[:, None, None] for value in (same.mean((0, 2, 3)), same.std((0, 2, 3))))
            halves.append((images[crop_id] - mean) / std)
        composed = np.where(masks[int(pair[0][-2:])], *halves)
        fed = torch.zeros(1, 3, 64, 64)
        fed[0, :2] = torch.from_numpy(composed)
        made[image_id] = module(fed).detach().mean((2, 3)).numpy()[0]
    return made


@pytest.mark.parametrize("setting", ["same_class_swap", "diff_class_swap", "cell_free_swap"])
def test_the_engine_gives_what_composing_by_hand_gives(store, images, planned, compose, own, setting):
    run = compose(planned, settings=(setting,))
    expected = by_hand(store, images, own, planned, setting)
    found = vectors(store, setting)
    assert found.keys() == expected.keys()
    assert len(found) == (18 if setting == "same_class_swap" else 36) == run.rows_kept
    for image_id, vector in expected.items():
        assert np.allclose(found[image_id], vector, atol=1e-5), image_id


def test_each_side_takes_the_statistics_of_its_own_plate_and_replicate(store, compose, own):
    some = {"ER": [8, 8], "nucleus": [8, 8]}
    images = swap_store.fill(store, some) | swap_store.fill(store, some, on=(1, "q"), field="2")
    images |= swap_store.fill(store, {"ER": [4, 4], "nucleus": [4, 4]}, on=(2, "p"), field="3")
    for setting in ("diff_class_swap", "cell_free_swap"):
        plan_id = make(store, images=30, settings=(setting,))
        drawn = rows(store, f"SELECT DISTINCT split_part(centre_crop_id, '/', 3) FROM swaps WHERE plan_id = '{plan_id}' ORDER BY 1")
        assert drawn == [("p",), ("q",)]
        run = compose(plan_id, settings=(setting,))
        expected = by_hand(store, images, own, plan_id, setting)
        found = vectors(store, setting)
        assert all(np.allclose(found[image_id], vector, atol=1e-5) for image_id, vector in expected.items())
        assert len(expected) == 60 == run.rows_kept
        assert not any("standardized by fewer" in note for note in run.notes)  # 4 crops lie in another replicate than the plan's


def test_a_second_replicate_leaves_a_plan_of_the_first_as_it_is(store, images, planned, compose):
    swap_store.fill(store, on=(2, "p"), field="2")
    assert compose(planned, settings=("same_class_swap",)).rows_kept == 18
    assert make(store) == planned


def test_a_condition_with_few_crops_on_a_plate_is_counted_and_one_without_any_drops_the_swap(store, compose):
    swap_store.fill(store, {"ER": [8, 8], "nucleus": [8, 8]})
    swap_store.fill(store, {"ER": [4, 4], "nucleus": [4, 0]}, on=(1, "q"), field="2")
    plan_id = make(store, images=60, replacement="both", settings=("diff_class_swap",))
    run = compose(plan_id, settings=("diff_class_swap",))
    counted = "3 of 6 proteins on a plate of a replicate are standardized by fewer than 5 kept crops"
    assert [note for note in run.notes if "standardized" in note] == [f"{counted}, such as Y000A0 on plate q of replicate 1 (4)"]


def test_a_window_on_a_plate_where_its_condition_has_no_crop_has_nothing_to_be_standardized_with(store, compose):
    images = swap_store.fill(store, {"ER": [8, 8], "nucleus": [8, 8]})
    moved = {"plate": "q", "crop_id": "s/1/q/Y001A0/1/w00"}
    with database.connect(store) as connection:
        window = (
            connection.sql("SELECT * EXCLUDE (run_id) FROM backgrounds WHERE crop_id = 's/1/p/Y001A0/1/w00'")
            .to_arrow_table()
            .to_pylist()[0]
        )
        pixels = (
            connection.sql("SELECT * EXCLUDE (run_id) FROM pixels WHERE crop_id = 's/1/p/Y001A0/1/w00'").to_arrow_table().to_pylist()[0]
        )
    parts.write(store, "backgrounds", ("q",), {name: [value] for name, value in (window | moved).items()}, "run")
    parts.write(store, "pixels", ("q",), {name: [value] for name, value in (pixels | {"crop_id": moved["crop_id"]}).items()}, "run")
    plan_id = make(store, images=60, replacement="both", settings=("cell_free_swap",))
    run = compose(plan_id, settings=("cell_free_swap",))
    query = f"SELECT count(*) FROM swaps WHERE plan_id = '{plan_id}' AND background_crop_id = '{moved['crop_id']}'"
    [(n,)] = rows(store, query)
    assert n > 0
    assert images
    assert run.rows_kept == 120 - n
    assert rows(store, "SELECT DISTINCT reason, count(*) FROM rejects GROUP BY 1") == [("no statistics of the background's protein", n)]


def test_rows_name_the_image_the_centre_and_its_condition(store, planned, compose):
    compose(planned, settings=("diff_class_swap",))
    named = "SELECT image_id, crop_id, condition FROM embeddings ORDER BY ALL"
    drawn = "SELECT image_id, centre_crop_id, centre_condition FROM swaps"
    drawn += f" WHERE plan_id = '{planned}' AND setting = 'diff_class_swap' ORDER BY ALL"
    assert rows(store, named) == rows(store, drawn)
    stored = rows(store, "SELECT condition, image_id FROM embeddings WHERE condition LIKE 'Y000%'")
    assert stored == sorted(stored)
    with database.connect(store) as connection:
        assert [b for b in check(connection) if b.table in {"embeddings", "swaps", "pixels"} and "runs" not in b.rule] == []


def test_all_five_settings_and_only_the_planned_crops(store, images, planned, compose):
    run = compose(planned)
    assert rows(store, COUNTS) == [
        ("baseline", 18, 18), ("cell_free_swap", 36, 36), ("diff_class_swap", 36, 36), ("masked", 18, 18), ("same_class_swap", 18, 18),
    ]  # fmt: skip
    assert run.rows_kept == 126
    for setting in ("baseline", "masked"):
        wanted = rows(store, f"SELECT centre_crop_id FROM swaps WHERE plan_id = '{planned}' AND setting = '{setting}'")
        assert set(vectors(store, setting)) == {crop for (crop,) in wanted}
    again = compose(planned)
    assert (again.rows_in, again.written) == (0, {})
    assert compose(planned, planned=None).rows_kept == 2 * (72 - 18)  # all other crops, the planned ones not twice
    assert all(n == distinct for _, n, distinct in rows(store, COUNTS))


def test_batch_size_shards_and_scratch_file_change_nothing(store, planned, compose, monkeypatch):
    monkeypatch.setattr(todo, "CHUNK_ROWS", 5)
    kinds = []
    room_for = gather._room_for
    monkeypatch.setattr(gather, "_room_for", lambda *a: kinds.append(type(made := room_for(*a))) or made)
    compose(planned, settings=("diff_class_swap",))
    compose(planned, settings=("diff_class_swap",), batch_size=1, model=TWO | {"name": "one"}, planned=Planned(planned, "", 0))
    for shard in ("2/3", "1/3", "3/3"):
        run = compose(planned, settings=("diff_class_swap",), shard=shard, model=TWO | {"name": "sharded"}, batch_size=4)
        assert 0 < run.rows_kept < 36
    assert kinds == [np.ndarray, np.memmap, np.ndarray, np.ndarray, np.ndarray]
    assert list(store.path.glob("tmp*")) == []
    whole = vectors(store, "diff_class_swap")
    for model in ("one", "sharded"):
        other = vectors(store, "diff_class_swap", model)
        assert other.keys() == whole.keys()
        assert all(np.allclose(other[k], v, atol=1e-5) for k, v in whole.items())


def test_a_killed_run_goes_on_where_it_stopped(store, planned, compose, monkeypatch):
    monkeypatch.setattr(todo, "CHUNK_ROWS", 5)
    write, n = parts.write, iter(range(100))

    def dies(store, name, *rest):
        if name == "embeddings" and next(n) == 3:
            raise KeyboardInterrupt
        return write(store, name, *rest)

    monkeypatch.setattr(parts, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        compose(planned, settings=("diff_class_swap",))
    assert len(files(store)) == 3
    monkeypatch.setattr(parts, "write", write)
    run = compose(planned, settings=("diff_class_swap",))
    assert run.rows_kept == 24
    assert "12 swaps were done before" in run.remarks
    assert rows(store, COUNTS) == [("diff_class_swap", 36, 36)]


def test_a_variant_is_a_setting_of_its_own(store, images, planned, compose):
    run = compose(planned, "dilate3")
    assert [n[0] for n in rows(store, COUNTS)] == ["cell_free_swap+dilate3", "diff_class_swap+dilate3", "same_class_swap+dilate3"]
    compose(planned, "shift", settings=("diff_class_swap",))
    compose(planned, settings=("diff_class_swap",))
    assert run.rows_kept == 90
    found = [vectors(store, s) for s in ("diff_class_swap", "diff_class_swap+dilate3", "diff_class_swap+shift")]
    assert found[0].keys() == found[1].keys() == found[2].keys()
    for image_id in found[0]:
        assert len({tuple(v[image_id]) for v in found}) == 3
    with database.connect(store) as connection:
        assert [b for b in check(connection) if b.table == "embeddings" and "runs" not in b.rule] == []
    with pytest.raises(UnknownName, match="unknown variant 'blur'"):
        compose(planned, "blur")
    with pytest.raises(UnknownName, match=r"unknown setting of plan-.* with variant raw 'baseline'"):
        compose(planned, "raw", settings=("baseline",))


def test_a_plan_that_is_out_of_date_is_refused_and_its_results_stay(store, planned, compose):
    compose(planned, settings=("same_class_swap",))
    before = vectors(store, "same_class_swap")
    swap_store.fill(store, field="3", screen="another")
    assert compose(planned, settings=("same_class_swap",)).rows_kept == 0, "another screen's crops are none of its business"
    swap_store.fill(store, field="2")
    told = rf"{planned}: the kept crops of s have changed .*72 then, 144 now.*plan again with: cellswap plan"
    with pytest.raises(BadInput, match=told):
        compose(planned)
    assert vectors(store, "same_class_swap") == before
    again = make(store)
    assert again != planned
    assert compose(again, settings=("same_class_swap",)).rows_kept == 18
    with pytest.raises(UnknownName, match=f"unknown plan 'plan-0'.*{planned}"):
        compose("plan-0")


def change(store, column, crop_id):
    """Make a column of the table pixels NULL for one crop, or drop its row."""
    for path in (store.tables / "pixels").glob("part-*.parquet"):
        table = pq.read_table(path)
        ids = table.column("crop_id").to_pylist()
        if crop_id not in ids:
            continue
        if column is None:
            table = table.filter(pa.array([i != crop_id for i in ids]))
        else:
            field = table.schema.field(column)
            values = [None if i == crop_id else v for i, v in zip(ids, table.column(column).to_pylist(), strict=True)]
            table = table.set_column(table.column_names.index(column), field.with_nullable(True), pa.array(values, field.type))
        pq.write_table(table, path)


def test_what_can_t_be_composed_is_rejected_with_its_reason(store, planned, compose):
    swapped = f"FROM swaps WHERE plan_id = '{planned}' AND setting = 'diff_class_swap'"
    drawn = rows(store, f"SELECT centre_crop_id, background_crop_id {swapped}")
    centres = sorted({c for c, _ in drawn} - {b for _, b in drawn})
    backgrounds = sorted({b for _, b in drawn} - {c for c, _ in drawn})
    change(store, "mask", centres[0])
    change(store, None, centres[1])
    change(store, "cytoplasm", backgrounds[0])
    change(store, None, backgrounds[1])
    change(store, "cells", backgrounds[2])
    run = compose(planned, "shift", settings=("diff_class_swap",))
    expected = {}
    reasons = [
        (0, centres[1], "no pixels of the centre"),
        (0, centres[0], "no mask of the centre"),
        (1, backgrounds[1], "no pixels of the background"),
        (1, backgrounds[0], "no cytoplasm channel of the background"), (1, backgrounds[2], "the background's cells were not looked for"),
    ]  # fmt: skip
    for image_id, *pair in rows(store, f"SELECT image_id, centre_crop_id, background_crop_id {swapped}"):
        for side, crop_id, reason in reasons:
            if pair[side] == crop_id:
                expected.setdefault(f"{image_id} (diff_class_swap+shift)", reason)
    assert {reason for _, _, reason in reasons} == set(expected.values())
    assert {place: reason for place, reason, _ in run.rejects} == expected
    assert (run.rows_in, run.rows_kept) == (36, 36 - len(expected))
    missing = compose(planned, settings=("baseline",))
    baseline = rows(store, f"SELECT centre_crop_id FROM swaps WHERE plan_id = '{planned}' AND setting = 'baseline'")
    gone = [c for c in (centres[1], backgrounds[1]) if (c,) in baseline]
    assert sorted(missing.rejects) == sorted((f"{c} (baseline)", "no pixels", "") for c in gone)


def test_a_condition_without_spread_is_named(store, compose):
    images = swap_store.fill(store, cytoplasm_std=0.0, cytoplasm_mean=5.0)
    plan_id = make(store)
    first = min(crop.split("/")[3] for crop in images)
    with pytest.raises(BadInput, match=f"protein {first}: its cytoplasm channel has no spread over all kept crops"):
        compose(plan_id, settings=("diff_class_swap",))
    assert compose(plan_id, "raw", settings=("diff_class_swap",)).rows_kept == 36  # nothing is divided


def test_classes_that_are_short(store, compose):
    swap_store.fill(store, {"ER": [8, 8], "nucleus": [1], "cytoplasm": [4], "vacuole": []})
    with database.connect(store) as connection:
        made = plan.make(connection, plan.Options("s", images=N_IMAGES, classes=("ER", "nucleus", "cytoplasm", "vacuole")))
    told = [str(s) for s in made.short]
    lone = "1 crops of 1 proteins (Y001A0 1)"
    assert f"same_class_swap: nucleus on nucleus: 0 of 6 images; centres {lone}; backgrounds {lone}" in told
    assert "baseline: vacuole: 0 of 6 images; centres none" in told
    assert "diff_class_swap: vacuole on ER: 0 of 6 images; centres none; backgrounds 16 crops of 2 proteins (Y000A0 8, Y000B1 8)" in told
    plan.write(store, made, Run("plan", "plan", {}, datetime.now(UTC)))
    compose(made.plan_id, settings=("diff_class_swap",))
    found = """
        SELECT s.class, s.background_class, count(*) FROM embeddings JOIN swaps AS s USING (image_id)
        GROUP BY ALL ORDER BY ALL
    """
    assert rows(store, found) == [
        ("ER", "cytoplasm", 6), ("ER", "nucleus", 6), ("cytoplasm", "ER", 4), ("cytoplasm", "nucleus", 4),
        ("nucleus", "ER", 1), ("nucleus", "cytoplasm", 1),
    ]  # fmt: skip


def test_a_full_disk_is_told_before_anything_is_written(store, planned, compose, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gather.os, "posix_fallocate", full)
    with pytest.raises(CellswapError, match=r"no room for 0\.0 GB of crops; free some space, raise --memory-limit"):
        compose(planned, settings=("diff_class_swap",), planned=Planned(planned, "", 0))
    assert files(store) == []


def test_a_store_without_a_plan(store, compose):
    with pytest.raises(BadInput, match="the store has no plan; make one with: cellswap plan"):
        compose("plan-1")


def test_requests_that_make_no_sense(store, images, embed, compose):
    with pytest.raises(BadInput, match=r"--settings diff_class_swap: .* add --plan PLAN_ID"):
        embed(store, "Three", settings=("diff_class_swap",), layers=("0",), model=TWO)
    plan_id = make(store, settings=("baseline", "diff_class_swap"))
    with pytest.raises(UnknownName, match=r"unknown setting of plan-.* 'masked'"):
        compose(plan_id, settings=("masked",))
    with pytest.raises(BadInput, match="leave out --screen and --all-crops"):
        compose(plan_id, screen="s")
    only_real = make(store, settings=("baseline",))
    with pytest.raises(BadInput, match="it has no swaps that --variant feather could change"):
        compose(only_real, "feather")


def test_a_factorial_plan_is_embedded(store, images, compose):
    plan_id = make(store, factorial=(6, 6))
    compose(plan_id)
    assert rows(store, COUNTS) == [("diff_class_swap", 24, 24), ("same_class_swap", 12, 12)]
