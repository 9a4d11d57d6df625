"""docs/cookbook.md: every query runs, answers what the page says, and mixes no two screens, networks, layers, plans or sweeps."""

from __future__ import annotations

import importlib.util
import re
import shutil

import numpy as np
import polars as pl
import pytest

from cellswap.store import folder, locked

from .. import cookbook_store  # noqa: TID252 - tests are no package
from ..conftest import ROOT  # noqa: TID252 - tests are no package

PAGE = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^## (\d+)\. .*?^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
OVER_ALL_SCREENS = {"8", "16"}  # a view of a layer's proteins has means over all screens, as the page says


@pytest.fixture(scope="module")
def cookbook():
    spec = importlib.util.spec_from_file_location("make_cookbook", ROOT / "docs" / "make_cookbook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def drawn(cookbook, tmp_path_factory):
    """The store that the page shows."""
    return folder.read(cookbook.make_store(tmp_path_factory.mktemp("cookbook")))


def answers(store, number):
    with locked.connect(store) as connection:
        return locked.run(connection, QUERIES[number]).fetchall()


def test_twenty_questions_each_with_an_answer(cookbook):
    questions = re.findall(r"^## (\d+)\. .+\?$", PAGE, re.MULTILINE)
    assert questions == [str(i) for i in range(1, 21)] == list(QUERIES)
    shown = [found.group().rpartition("```text\n")[2].splitlines()[:-1] for found in cookbook.QUERY.finditer(PAGE)]
    assert len(shown) == PAGE.count("```sql") == 20
    assert min(map(len, shown)) >= 3  # names, a rule, and a row


@pytest.fixture(scope="module")
def stores(empty, tmp_path_factory):
    """A store with one of everything, the same with other networks, plans and sweeps beside, and that with another screen too."""
    place = tmp_path_factory.mktemp("beside")
    made = {name: folder.read(shutil.copytree(empty, place / name)) for name in ("one", "networks", "screens")}
    for name, store in made.items():
        cookbook_store.fill(store)
        if name != "one":
            cookbook_store.fill_beside(store, screens=name == "screens")
    return made


@pytest.mark.parametrize("number", QUERIES)
def test_what_else_a_store_holds_changes_no_row_of_an_answer(stores, number):
    one, many = answers(stores["one"], number), answers(stores["networks" if number in OVER_ALL_SCREENS else "screens"], number)
    assert one
    if number == "20":  # counts all that a layer has
        assert [row[:-1] for row in one] == [row[:-1] for row in many if row[0] == "ordinary"]
    else:
        assert [row for row in many if row in one] == one


def test_the_answers_on_two_networks_are_those_of_each(stores):
    # By hand: every classifier of a network has the same accuracy, 0.1 less in conv1.
    one, many = stores["one"], stores["networks"]
    assert [row[:6] for row in answers(one, "13")] == [
        ("ordinary", "conv1", 0.8, 0.5, 0.3, "avg"), ("ordinary", "d2", 0.9, 0.6, 0.3, "none")
    ]  # fmt: skip
    lost = {row[:2]: row[2:5] for row in answers(many, "13") if row[0] == "robust"}
    assert lost == {("robust", "conv1"): (0.7, 0.65, 0.05), ("robust", "d2"): (0.8, 0.75, 0.05)}
    hurt = {(row[0], row[2], row[3]) for row in answers(many, "12") if row[0] == "robust"}
    assert hurt == {("robust", 0.75, 2)}
    assert {row[2] for row in answers(one, "14")} == {0.9}
    assert [row[2:5] for row in answers(many, "17") if row[0] == "robust"] == [("certified", 18, 0)] * 2


def nearest_by_numpy(store, left_out):
    """Question 15 from the store's files: how often a cell's nearest of another field has its class, of how many cells."""
    tables = store.tables
    where = "model=ordinary/layer=d2/pooling=none/setting=baseline"
    vectors = pl.concat(pl.read_parquet(path) for path in sorted((tables / "embeddings" / where).glob("part-*.parquet")))
    crops = pl.concat(pl.read_parquet(path) for path in sorted((tables / "crops").glob("part-*.parquet")))
    labels = pl.concat(pl.read_parquet(path) for path in sorted((tables / "labels").glob("part-*.parquet")))
    single = labels.group_by(pl.col("name").alias("condition")).agg(pl.col("class")).filter(pl.col("class").list.len() == 1)
    classes = single.select("condition", pl.col("class").list.first().alias("class"))
    crops = crops.filter(pl.col("screen") == "simulated").select("crop_id", "plate", "field_id")
    cells = vectors.unique("image_id").join(crops, on="crop_id").join(classes.select("condition", "class"), on="condition")
    cells = cells.filter(pl.col("class").is_not_null())
    fields = {}
    for name, plate, field in cells.select("class", "plate", "field_id").iter_rows():
        if plate != "plate03":
            fields.setdefault(name, set()).add(field)
    kept = cells.filter(pl.col("class").is_in([name for name, found in fields.items() if len(found) > 1]))
    places = kept.select("class", "plate", "field_id").rows()
    unit = np.array([v / np.linalg.norm(v) for v in np.array(kept["embedding"].to_list(), float)])
    right = []
    for i, (name, plate, field) in enumerate(places):
        if plate == "plate03":
            continue
        others = [j for j, (_, p, f) in enumerate(places) if f != field and p != left_out]
        right.append(places[others[int(np.argmax(unit[others] @ unit[i]))]][0] == name)
    return round(float(np.mean(right)), 3), len(right), len({name for name, p, _ in places if p != "plate03"})


def test_the_nearest_with_and_without_a_plate_are_of_the_same_cells_and_classes(stores):
    expected = {"all plates": nearest_by_numpy(stores["one"], None), "without plate03": nearest_by_numpy(stores["one"], "plate03")}
    assert [row[1:] for row in expected.values()] == [(32, 3)] * 2
    for store in stores.values():
        assert {row[0]: row[1:] for row in answers(store, "15")} == expected


@pytest.mark.slow
def test_the_answers_are_still_the_same(cookbook, drawn):
    assert cookbook.page(drawn.path, PAGE).splitlines() == PAGE.splitlines()


@pytest.mark.slow
def test_the_pages_own_figures_are_those_of_the_files(drawn):
    rows = pl.concat(pl.read_parquet(path) for path in (drawn.tables / "pair_accuracy").glob("part-*.parquet"))
    pairs = rows.group_by("model", "layer", "setting", "class_1", "class_2", "background").agg(pl.col("accuracy").mean())
    third = pairs.filter(
        pl.col("background").is_null() | ((pl.col("background") != pl.col("class_1")) & (pl.col("background") != pl.col("class_2")))
    )
    sides = pl.concat(third.with_columns(pl.col(side).alias("class")) for side in ("class_1", "class_2"))
    of_class = sides.group_by("model", "layer", "setting", "class").agg(pl.col("accuracy").mean())
    figure = {row[:3]: row[3] for row in of_class.group_by("model", "layer", "setting").agg(pl.col("accuracy").mean()).iter_rows()}
    lost = {(m, y): round(figure[m, y, "baseline"] - figure[m, y, "diff_class_swap"], 3) for m, y, s in figure if s == "baseline"}
    assert {row[:2]: row[4] for row in answers(drawn, "13")} == pytest.approx(lost, abs=2e-3)
    assert len(lost) == 4
    hurt = third.filter(
        (pl.col("layer") == "d2") & (pl.col("setting") == "diff_class_swap")
        & ((pl.col("class_1") == "nucleus") | (pl.col("class_2") == "nucleus"))
    ).group_by("model", "background").agg(pl.col("accuracy").mean())  # fmt: skip
    assert {row[:2]: row[2] for row in answers(drawn, "12")} == pytest.approx({row[:2]: row[2] for row in hurt.iter_rows()}, abs=6e-4)
    got = {row[0]: row[1:] for row in answers(drawn, "15")}
    assert got == {"all plates": nearest_by_numpy(drawn, None), "without plate03": nearest_by_numpy(drawn, "plate03")}
