"""Crops that a table lists, by the command: files or rows of an array, a dry run, and options that have no effect."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from PIL import Image

PLACES = ["--condition", "drug", "--class", "moa", "--as", "mechanism", "--plate", "plate", "--well", "well", "--field", "site"]
CELLS = [*PLACES, "--cell", "cell", "--y", "y", "--x", "x", "--jobs", "1", "--store", "s"]


@pytest.fixture
def table(cellswap, tmp_path):
    """Six crops of two channels in files and in an array, and their table, beside a store."""
    cellswap("init", "s", "--crop-size", "64", "--channels", "DNA=ch1,Golgi=ch2", "--signal", "Golgi")
    crops = np.random.default_rng(2).integers(1, 250, (6, 2, 64, 64)).astype(np.uint8)
    rows = []
    for i, crop in enumerate(crops):
        for name, one in zip(("dna", "golgi"), crop, strict=True):
            Image.fromarray(one).save(tmp_path / f"{i}_{name}.png")
        cell = {"drug": f"d{i % 2}", "moa": f"m{i % 2}", "plate": "p", "well": "A1", "site": 1, "cell": i, "y": 50 + 70 * i, "x": 50}
        rows.append({"dna_file": f"{i}_dna.png", "golgi_file": f"{i}_golgi.png", "row": 5 - i} | cell)
    np.save(tmp_path / "crops.npy", crops[::-1])
    pl.DataFrame(rows).write_csv(tmp_path / "cells.csv")
    return crops


def means(cellswap, screen):
    query = f"SELECT DNA_mean, Golgi_mean FROM crops WHERE screen = '{screen}' ORDER BY cell"
    rows = cellswap("sql", "--store", "s", query, "--format", "csv").stdout.splitlines()[1:]
    return np.array([row.split(",") for row in rows], float)


def test_files_and_rows_of_an_array_are_the_same_crops(cellswap, table):
    files = ["cells.csv", "--layout", "table", "--path", "DNA=dna_file", "--path", "Golgi=golgi_file"]
    plan = cellswap("ingest", "crops", *files, *CELLS, "--dry-run").stdout.splitlines()
    assert plan[:2] == [
        "6 crops of 1 fields, without masks",
        "  table/1/p/A01/1/0: 0_dna.png, 0_golgi.png: 64 x 64 uint8; condition d0, class m0",
    ]
    assert plan[-2:] == ["2 conditions: d0 (3), d1 (3)", "2 classes: m0 (3), m1 (3)"]
    assert means(cellswap, "table").size == 0
    cellswap("ingest", "crops", *files, *CELLS)
    cellswap("ingest", "crops", "cells.csv", "--layout", "table", "--array", "crops.npy", "--row", "row", "--screen", "array", *CELLS)
    for screen in ("table", "array"):
        np.testing.assert_allclose(means(cellswap, screen), table.mean(axis=(2, 3)))
    labels = cellswap("sql", "--store", "s", "SELECT name, class FROM labels WHERE scheme = 'mechanism' ORDER BY 1", "--format", "csv")
    assert labels.stdout.splitlines()[1:] == ["d0,m0", "d1,m1"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--layout", "table", "--array", "crops.npy"], "--array: expected --row COL too"),
        (["--layout", "table", "--metadata", "cells.csv"], "--metadata: no effect with --layout table; leave it out"),
        (["--layout", "pci", "--path", "x", "--dry-run"], "--path, --dry-run: no effect with --layout pci; leave them out"),
        (["--layout", "arrays"], "--metadata: expected a table with a row for each crop"),
        (["--layout", "table", "--path", "dna_file", "--images", "gone"], "--images gone: expected the folder from which"),
        (["--layout", "table", "--path", "DNA=dna_file", "--class", "moa"], "Golgi is this store's signal"),
        (["--layout", "table", "--path", "Golgi=dna_file", "--class", "moa"], "--class and --as: expected both"),
    ],
)
def test_what_is_refused(cellswap, table, words, said):
    done = cellswap("ingest", "crops", "cells.csv", *words, "--store", "s", check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert said in done.stderr
