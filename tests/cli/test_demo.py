"""The demo: the finding and its undoing from nothing to a report, and nothing twice when it is run again."""

import json
import runpy
from importlib.resources import files

import pytest

from cellswap.cli import demo
from cellswap.extract import loading
from cellswap.store import folder, locked

from ..conftest import ROOT  # noqa: TID252 - tests are no package

COOKBOOK = runpy.run_path(str(ROOT / "docs" / "make_cookbook.py"))


@pytest.mark.slow
def test_the_demo_goes_from_nothing_to_a_report_and_again_does_nothing(cellswap, tmp_path):
    first = cellswap("demo", "d")
    assert first.stdout == ""
    store = tmp_path / "d/store"

    def rows(query):
        return json.loads(cellswap("sql", query, "--format", "json", "--store", store).stdout)

    assert cellswap("check", "--store", store).stdout == "every rule holds\n"
    counted = "SELECT model, setting, count(*) AS n, min(n_folds) AS folds, sum(n_unconverged) AS bad FROM accuracy_by_pair"
    pairs = rows(f"{counted} WHERE source <> 'published' GROUP BY ALL ORDER BY ALL")
    settings = {"baseline": 105, "cell_free_swap": 1365, "diff_class_swap": 1365, "masked": 105, "same_class_swap": 105}
    models = ("ordinary", "robust")
    assert pairs == [{"model": m, "setting": s, "n": n, "folds": 5, "bad": 0} for m in models for s, n in settings.items()]

    ordinary, robust = rows("FROM drop_by_model WHERE source <> 'published' ORDER BY model")
    assert ordinary["drop"] > 0.05
    assert robust["drop"] < 0.6 * ordinary["drop"]
    query = "SELECT model, same_to_diff AS lost, same_to_diff_low AS low, same_to_diff_high AS high FROM robustness_line"
    lines = rows(f"{query} ORDER BY model")
    assert [line["model"] for line in lines] == ["ordinary", "robust"]
    assert all(line["low"] < line["lost"] < line["high"] for line in lines)
    assert f"ordinary: baseline {ordinary['baseline']:.3f}" in first.stderr
    assert "The paper's finding appears: neighbours cost the ordinary network" in first.stderr

    counted = "SELECT model, crops, count(*) > 20 AS most, avg(distance) < avg(distance_uniform) AS better FROM proportions_against_truth"
    predicted = rows(f"{counted} WHERE form = 'argmax' GROUP BY ALL ORDER BY ALL")
    both = ("masked", "original")
    assert [(row["model"], row["crops"], row["most"]) for row in predicted] == [(m, c, True) for m in models for c in both]
    assert all(row["better"] for row in predicted if row["crops"] == "original")  # than equal shares of all classes
    assert "Distance of predicted proportions from the true ones, 0 to 1, mean over " in first.stderr

    with locked.connect(folder.read(store)) as connection:  # the cookbook says that all its queries run here
        queries = [found["query"] for found in COOKBOOK["QUERY"].finditer(COOKBOOK["PAGE"].read_text(encoding="utf-8"))]
        empty = [query for query in queries if not locked.run(connection, query).fetchall()]
    assert (len(queries), len(empty)) == (20, 1)
    assert "n < wanted" in empty[0]  # no set of the demo's plan is short

    tables = ("crops", "pixels", "embeddings", "pair_accuracy", "proportions", "condition_classes", "published_localization_accuracy")
    assert rows("SELECT count(*) AS n FROM truth_cells")[0]["n"] > 4000
    before = {name: rows(f"SELECT count(*) AS n FROM {name}") for name in tables}
    assert "trained by cellswap train on screen simulated" in (tmp_path / "d/report/index.html").read_text(encoding="utf-8")
    report = [p for p in (tmp_path / "d/report").rglob("*") if p.is_file() and p.parent.name != "images" and p.stem != "galleries"]
    assert sum(p.stat().st_size for p in report) < 4_500_000
    cellswap("demo", "d")
    assert {name: rows(f"SELECT count(*) AS n FROM {name}") for name in tables} == before


@pytest.mark.parametrize("inside", ["notes.txt", "store/store.json", "screen/screen.json", "report/index.html", "demo.json.x.partial/y"])
def test_it_writes_into_no_folder_of_others(cellswap, tmp_path, inside):
    mine = tmp_path / "d" / inside
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    done = cellswap("demo", "d", check=False)
    said = "error: d: the folder is not empty and not a former demo's (demo.json is not in it); give a new or an empty one\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert [path for path in (tmp_path / "d").rglob("*") if path.is_file()] == [mine]
    assert mine.read_text() == "mine"


def test_a_demo_that_was_killed_at_its_first_step_goes_on(cellswap, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "demo.json.host-1-abc.partial").write_text("{")
    (tmp_path / "d" / "screen").write_text("a file, where the demo wants a folder")
    assert cellswap("demo", "d", check=False).returncode == 2
    (tmp_path / "d" / "screen").unlink()
    demo._begin(tmp_path / "d")
    (tmp_path / "d" / "more.txt").write_text("beside a demo")
    demo._begin(tmp_path / "d")


@pytest.mark.parametrize("name", ["ordinary", "robust"])
def test_its_weights_are_small_and_say_how_they_were_made(name):
    path = files("cellswap.extract").joinpath("demo_weights", f"pifia-narrow-{name}.safetensors")
    assert path.stat().st_size < 2_000_000
    model = loading.load(loading.Wanted("pifia-narrow", path), "protein")
    robust = "swap" if name == "robust" else "none"
    assert f"robust {robust}, split by field, seed 0" in model.weights.note
    assert len(model.weights.conditions) > 100
