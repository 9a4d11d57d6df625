"""Exports open in the tools that they are for, and hold the store's own numbers."""

from __future__ import annotations

import json

import anndata
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pycytominer
import pytest
from pycytominer.cyto_utils import infer_cp_features

from cellswap.errors import BadInput, UnknownName
from cellswap.reports import anndata_file, export
from cellswap.store import database, parts, runs

from ...report_store import fill, write  # noqa: TID252 - tests are no package


@pytest.fixture
def embedded(store):
    """30 cells of three proteins with two layers; the second layer lacks three, and one cell's protein is not known."""
    run_id = fill(store)
    rng = np.random.default_rng(4)
    with database.connect(store) as connection:
        cells = connection.sql("SELECT crop_id, condition FROM crops ORDER BY condition, crop_id").fetchall()
    cells[-1] = (cells[-1][0], None)
    for layer, width, n in (("d2", 12, 30), ("conv1", 3, 27)):
        ids = [crop for crop, _ in cells[:n]]
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(rng.random(n * width), pa.float32()), width)
        rows = {"image_id": ids, "crop_id": ids, "condition": [condition for _, condition in cells[:n]], "embedding": vectors}
        partition = {"model": "tiny", "layer": layer, "pooling": "avg", "setting": "baseline"}
        parts.write(store, "embeddings", ("test",), rows, run_id, partition)
    return store


@pytest.fixture
def expected(embedded):
    """Crop, protein, plate, well, site and vector of each cell, asked of the store in another way."""
    query = """
        SELECT e.crop_id, e.condition, c.plate, c.well, f.site, e.embedding
        FROM embeddings AS e JOIN crops AS c USING (crop_id) JOIN fields AS f USING (field_id)
        WHERE layer = 'd2' ORDER BY e.condition NULLS LAST, e.crop_id
    """
    with database.connect(embedded) as connection:
        return connection.sql(query).fetchall()


def written(store, path, form, *layers):
    with database.connect(store) as connection:
        wanted = export.choose(connection, export.Wanted("", tuple((name, "") for name in layers), ("baseline",)), None)
        made, source = export.batches(connection, wanted), export.provenance(connection, wanted)
        if form == "anndata":
            return anndata_file.write(made, path, source)
        return export.write_profiles(made, path, form, source)


def test_anndata_reads_the_file(embedded, expected, tmp_path):
    assert written(embedded, tmp_path / "cells.h5ad", "anndata", "d2") == 30
    cells = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert (cells.n_obs, cells.n_vars, list(cells.obsm)) == (30, 0, ["X_tiny_d2"])
    names = ["crop_id", "condition", "plate", "well", "site"]
    assert cells.obs[names].astype(object).where(cells.obs[names].notna(), None).to_numpy().tolist() == [list(row[:5]) for row in expected]
    assert list(cells.obs_names) == [f"baseline:{row[0]}" for row in expected]
    np.testing.assert_array_equal(cells.obsm["X_tiny_d2"], np.array([row[5] for row in expected], np.float32))
    assert json.loads(cells.uns["cellswap"]["network"])["weights_sha256"] == "1" * 64
    assert [run["command"] for run in json.loads(cells.uns["cellswap"]["runs"])] == ["ingest stand-in"]
    few = cells[cells.obs["well"] == "A01"].copy()
    assert few.n_obs == 10


@pytest.fixture
def in_all_ways(embedded):
    """The 30 cells masked too, and swaps of two plans that share their centres."""
    run_id = fill_plan(embedded)
    with database.connect(embedded) as connection:
        crops = connection.sql("SELECT crop_id, condition FROM crops ORDER BY condition, crop_id").fetchall()
        swaps = connection.sql("SELECT setting, image_id, centre_crop_id, centre_condition FROM swaps ORDER BY ALL").fetchall()
    images = [("masked", crop, crop, condition) for crop, condition in crops] + swaps
    for setting in dict.fromkeys(image[0] for image in images):
        _, image_id, crop_id, condition = zip(*sorted(image for image in images if image[0] == setting), strict=True)
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(range(12 * len(condition)), pa.float32()), 12)
        partition = {"model": "tiny", "layer": "d2", "pooling": "avg", "setting": setting}
        rows = {"image_id": image_id, "crop_id": crop_id, "condition": condition, "embedding": vectors}
        parts.write(embedded, "embeddings", ("test",), rows, run_id, partition)
    return embedded


def fill_plan(store):
    """A second plan with the swaps of the first; its run."""
    with runs.record(store, "plan", {}) as run, database.connect(store) as connection:
        swaps = connection.sql("SELECT * EXCLUDE (run_id) FROM swaps").to_arrow_table().to_pylist()
        again = [swap | {"plan_id": "plan-2", "image_id": swap["image_id"].replace("plan-1", "plan-2")} for swap in swaps]
        plan = {"plan_id": "plan-2", "kind": "sets", "screen": "screen", "replicate": 1, "split": "none", "images": 1}
        write(store, "plans", run.run_id, [plan])
        write(store, "swaps", run.run_id, again)
    return run.run_id


def test_every_row_has_a_name_of_its_own_and_the_file_is_written_again(in_all_ways, tmp_path, recwarn):
    settings = ("baseline", "masked", "same_class_swap", "diff_class_swap", "cell_free_swap")
    with database.connect(in_all_ways) as connection:
        wanted = export.choose(connection, export.Wanted("", (("d2", ""),), settings), None)
        n = anndata_file.write(export.batches(connection, wanted), tmp_path / "all.h5ad", export.provenance(connection, wanted))
    cells = anndata.read_h5ad(tmp_path / "all.h5ad")
    assert (n, cells.n_obs) == (66, 66)
    assert cells.obs_names.is_unique
    assert cells.var_names.is_unique
    assert cells.obs["setting"].value_counts().to_dict() == {"baseline": 30, "masked": 30} | dict.fromkeys(settings[2:], 2)
    if int(pd.__version__.split(".")[0]) > 2:
        pytest.skip("this anndata writes no texts of this pandas, whatever they come from")
    masked = cells[cells.obs["setting"] == "masked"].copy()
    masked.write_h5ad(tmp_path / "masked.h5ad")
    again = anndata.read_h5ad(tmp_path / "masked.h5ad")
    assert list(again.obs_names) == list(masked.obs_names)
    pd.testing.assert_frame_equal(again.obs, masked.obs)
    assert not recwarn.list


def test_csv_keeps_plates_and_wells_as_they_are_written(in_all_ways, tmp_path):
    fill_plate_007(in_all_ways)
    written(in_all_ways, tmp_path / "cells.csv", "csv", "d2")
    names = ["Metadata_Plate", "Metadata_Well", "Metadata_Site"]
    cells = pd.read_csv(tmp_path / "cells.csv", dtype=dict.fromkeys(names, str))
    assert cells.query("Metadata_CropID == 'late/1'")[names].to_numpy().tolist() == [["007", "E05", "01"]]


def fill_plate_007(store):
    """A cell on plate 007, well E05, site 01: none of them is a number."""
    with runs.record(store, "test", {}) as run:
        where = {"field_id": "late", "screen": "screen", "replicate": 1, "plate": "007", "well": "E05", "condition": "YAL001C"}
        box = {"y0": 0, "x0": 0, "y1": 64, "x1": 64}
        write(store, "crops", run.run_id, [where | box | {"crop_id": "late/1", "cell": "1", "has_pixels": True}])
        write(store, "fields", run.run_id, [where | {"site": "01", "n_cells": 1, "n_crops": 1, "masks": "given", "files": []}])
        one_vector(store, run.run_id, "late/1", "late/1", "YAL001C")


def one_vector(store, run_id, image_id, crop_id, condition):
    """One more row of d2."""
    vectors = pa.FixedSizeListArray.from_arrays(pa.array([-0.5] * 12, pa.float32()), 12)
    rows = {"image_id": [image_id], "crop_id": [crop_id], "condition": [condition], "embedding": vectors}
    parts.write(store, "embeddings", ("late",), rows, run_id, {"model": "tiny", "layer": "d2", "pooling": "avg", "setting": "baseline"})


def test_texts_that_a_spreadsheet_would_run_stand_behind_an_apostrophe(embedded, tmp_path):
    with runs.record(embedded, "test", {}) as run:
        write(embedded, "proteins", run.run_id, [
            {"condition": "YZZ001C", "gene": "=cmd|' /C calc'!A0", "classes": ["ER"], "class": "ER"}
        ], "late")  # fmt: skip
        one_vector(embedded, run.run_id, "@SUM(1)", None, "YZZ001C")

    def row(*, safe):
        with database.connect(embedded) as connection:
            wanted = export.choose(connection, export.Wanted("", (("d2", ""),), ("baseline",)), None)
            export.write_profiles(export.batches(connection, wanted), tmp_path / "cells.csv", "csv", {}, safe=safe)
        cells = pd.read_csv(tmp_path / "cells.csv")
        late = cells[cells["Metadata_ORF"] == "YZZ001C"]
        return late[["Metadata_Gene", "Metadata_ImageID", "Cells_tiny_d2_00"]].to_numpy().tolist()

    assert row(safe=False) == [["=cmd|' /C calc'!A0", "@SUM(1)", -0.5]]
    assert row(safe=True) == [["'=cmd|' /C calc'!A0", "'@SUM(1)", -0.5]]


def test_batches_give_the_same_rows(embedded, tmp_path, monkeypatch):
    written(embedded, tmp_path / "whole.parquet", "parquet", "d2", "conv1")
    monkeypatch.setattr(export, "BATCH_ROWS", 5)
    assert written(embedded, tmp_path / "parts.parquet", "parquet", "d2", "conv1") == 27
    assert pq.read_table(tmp_path / "parts.parquet").equals(pq.read_table(tmp_path / "whole.parquet"))
    written(embedded, tmp_path / "parts.h5ad", "anndata", "d2", "conv1")
    with h5py.File(tmp_path / "parts.h5ad") as file:
        assert {name: file["obsm"][name].shape for name in file["obsm"]} == {"X_tiny_d2": (27, 12), "X_tiny_conv1": (27, 3)}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_pandas_and_pycytominer_read_profiles(embedded, expected, tmp_path, form):
    path = tmp_path / f"profiles.{form}"
    written(embedded, path, form, "d2")
    cells = pd.read_csv(path, dtype={"Metadata_Plate": str}) if form == "csv" else pd.read_parquet(path)
    features = [f"Cells_tiny_d2_{i:02d}" for i in range(12)]
    assert infer_cp_features(cells) == features
    assert cells["Metadata_CropID"].tolist() == [row[0] for row in expected]
    np.testing.assert_array_equal(cells[features].to_numpy(np.float32), np.array([row[5] for row in expected], np.float32))
    wells = pycytominer.aggregate(cells, strata=["Metadata_Plate", "Metadata_Well"], operation="mean")
    of_one = [row[5] for row in expected if row[2:4] == ("1", "A01")]
    got = wells.query("Metadata_Plate == '1' and Metadata_Well == 'A01'")[features].to_numpy()[0]
    np.testing.assert_allclose(got, np.mean(of_one, axis=0), rtol=1e-6)


def test_parquet_keeps_its_source_and_text_stays_text(embedded, tmp_path):
    written(embedded, tmp_path / "p.parquet", "parquet", "d2")
    schema = pq.read_schema(tmp_path / "p.parquet")
    assert schema.field("Metadata_Plate").type == pa.string()
    assert json.loads(schema.metadata[b"cellswap"])["layers"] == '["d2/avg"]'


def test_what_is_not_there_is_named(embedded, store, tmp_path):
    with database.connect(embedded) as connection:

        def choose(model, *layers, setting="baseline", pooling=None):
            asked = export.Wanted(model, tuple((name, "") for name in layers), (setting,))
            return export.choose(connection, asked, pooling)

        with pytest.raises(UnknownName, match="unknown model 'tinny'; did you mean tiny"):
            choose("tinny")
        with pytest.raises(BadInput, match="expected --layer, for tiny has conv1, d2"):
            choose("tiny")
        with pytest.raises(UnknownName, match="unknown layer of tiny 'd3'; did you mean d2"):
            choose("tiny", "d3")
        with pytest.raises(UnknownName, match="unknown setting of tiny 'masked'; known are baseline"):
            choose("tiny", "d2", setting="masked")
        with pytest.raises(BadInput, match="--pooling max: tiny has no such vectors of d2"):
            choose("tiny", "d2", pooling="max")
        assert export.left_out(connection, choose("tiny", "d2", "conv1")) == 3


def test_a_failure_leaves_the_older_file(embedded, tmp_path):
    path = tmp_path / "cells.h5ad"
    path.write_text("the older one")
    odd = {"image_id": ["odd"], "crop_id": ["odd"], "condition": ["YAL001C"]}
    vector = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2.0], pa.float32()), 2)
    partition = {"model": "tiny", "layer": "d2", "pooling": "avg", "setting": "baseline"}
    parts.write(embedded, "embeddings", ("odd",), odd | {"embedding": vector}, "run", partition)
    with pytest.raises(BadInput, match=r"tiny_d2: expected vectors of one width, found \[2, 12\]"):
        written(embedded, path, "anndata", "d2")
    assert path.read_text() == "the older one"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("cells")] == ["cells.h5ad"]


def test_the_command_says_what_it_wrote(embedded, cellswap, tmp_path):
    done = cellswap("export", "csv", "--layer", "d2", "--layer", "conv1", "-o", "c.csv", "--store", embedded.path)
    assert done.stderr == ("c.csv: 27 images of tiny_d2, tiny_conv1 in baseline\n  left out: 3 images that lack one of these layers\n")
    folder = cellswap("export", "csv", "--layer", "d2", "-o", ".", "--store", embedded.path, check=False)
    assert (folder.returncode, folder.stderr) == (2, "error: -o .: expected a file to write, found a folder\n")
    none = cellswap("export", "csv", "-o", "c.csv", "--store", embedded.path, "--model", "pifia", check=False)
    assert (none.returncode, none.stderr) == (2, "error: unknown model 'pifia'; known are tiny\n")
