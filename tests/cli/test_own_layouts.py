"""Layouts that an installed package offers: the example of docs/architecture.md as it stands, and what is refused of others."""

from __future__ import annotations

import re
import tomllib

import numpy as np
import pytest

from ..conftest import ROOT  # noqa: TID252 - tests are no package

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("### A layout of one's own")[2]


def block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture
def install(tmp_path):
    """A package with a module and its entry points, installed into a folder; what finds it there."""

    def put(name, module, points):
        place = tmp_path / "site"
        facts = place / f"{name}-1.0.dist-info"
        facts.mkdir(parents=True)
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = "".join(f"{point} = {value}\n" for point, value in points.items())
        (facts / "entry_points.txt").write_text(f"[cellswap.layouts]\n{lines}")
        (place / f"{name}.py").write_text(module)
        return {"PYTHONPATH": str(place), "CELLSWAP_STORE": str(tmp_path / "store")}

    return put


@pytest.fixture
def crops(tmp_path):
    """Six crops (3, 64, 64) of two wells in files WELL_SITE_CELL.npy."""
    found = np.random.default_rng(3).integers(1, 4000, (6, 3, 64, 64)).astype(np.uint16)
    (tmp_path / "crops").mkdir()
    for i, crop in enumerate(found):
        np.save(tmp_path / "crops" / f"{'AB'[i % 2]}1_{i // 2}_c{i}.npy", crop)
    return found


def test_the_example_of_the_page_reads_crops(cellswap, install, crops):
    points = tomllib.loads(block("toml"))["project"]["entry-points"]["cellswap.layouts"]
    more = install("our_layouts", block("python"), points)
    cellswap("init", "store")
    cellswap("ingest", "crops", "crops", "--layout", "ours", "--jobs", "1", **more)
    rows = cellswap(
        "sql", "SELECT crop_id, condition, nucleus_mean FROM crops ORDER BY cell", "--format", "csv", **more
    ).stdout.splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [
        [f"ours/1/-/{'AB'[i % 2]}01/{i // 2}/c{i}", f"{'AB'[i % 2]}1"] for i in range(6)
    ]  # fmt: skip
    assert [float(row.split(",")[2]) for row in rows[1:]] == pytest.approx(crops[:, 1].mean(axis=(1, 2)))


def test_a_broken_package_and_a_doubled_name_are_said_in_a_line(cellswap, install):
    module = "def one(path):\n    return 3\n"
    points = {"crops.gone": "theirs:gone", "crops.pci": "theirs:one", "crops.three": "theirs:one", "fields.three": "theirs:one"}
    more = install("theirs", module, points)
    cellswap("init", "store")

    def said(*words):
        done = cellswap("ingest", *words, check=False, **more)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        return done.stderr

    assert "the layout crops.gone (theirs:gone) of the package theirs can't be loaded (AttributeError" in said(
        "crops", ".", "--layout", "gone"
    )
    assert "--layout pci: offered by Cellswap itself and by the package theirs" in said("crops", ".", "--layout", "pci")
    assert "--layout three: expected a function that gives a Listed of the package that offers it, found int" in said(
        "crops", ".", "--layout", "three"
    )
    assert "unknown layout 'thre'; did you mean three" in said("crops", ".", "--layout", "thre")
    assert "all layouts of crops: arrays, gone, pci, pifia, table, three" in said("crops", ".", "--layout", "thre")
    assert "unknown layout 'thre'; did you mean three" in said("fields", ".", "--layout", "thre")


OTHERS = """
import numpy as np
import polars as pl

from cellswap.ingest.layouts.table import Columns, Listed
from cellswap.ingest.vector_file import VectorFile


def labels(path):
    table = pl.DataFrame([line.split() for line in path.read_text().splitlines()], ["who", "what"], orient="row")
    return Listed(table, Columns("who", ("what",)), "theirs")


def vectors(path, name):
    made = np.loadtxt(path, np.float32)
    return VectorFile(*made.shape, lambda rows: (made[i : i + rows] for i in range(0, len(made), rows)), (path,))
"""


def test_labels_and_vectors_of_a_package(cellswap, install, tmp_path):
    more = install("others", OTHERS, {"labels.lines": "others:labels", "vectors.text": "others:vectors"})
    cellswap("init", "store")
    (tmp_path / "labels.txt").write_text("DrugA actin\nDrugB tubulin\n")
    cellswap("ingest", "labels", "labels.txt", "--layout", "lines", **more)
    found = cellswap("sql", "SELECT name, class FROM labels WHERE scheme = 'theirs' ORDER BY 1", "--format", "csv", **more).stdout
    assert found.splitlines()[1:] == ["DrugA,actin", "DrugB,tubulin"]
    np.savetxt(tmp_path / "vectors.txt", np.arange(12.0).reshape(4, 3))
    (tmp_path / "cells.csv").write_text("drug\nDrugA\nDrugA\nDrugB\nDrugB\n")
    words = ["--metadata", "cells.csv", "--condition", "drug", "--model", "m", "--layer", "l", "--jobs", "1"]
    cellswap("ingest", "vectors", "vectors.txt", "--layout", "text", *words, **more)
    found = cellswap("sql", "SELECT sum(list_sum(embedding)), count(*) FROM embeddings", "--format", "csv", **more).stdout
    assert found.splitlines()[1:] == ["66.0,4"]
