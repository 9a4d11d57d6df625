"""`cellswap ingest fields` of stacks, OME-Zarr and nuclei, as a user runs it."""

import json

import numpy as np
import pytest
import tifffile

NUCLEI = ("--segment-from", "DNA", "--cell-diameter", "22")


@pytest.fixture
def pages(tmp_path, draw_field):
    """Two files of three pages each: each file a channel, each page a field of three nuclei."""
    (tmp_path / "plate").mkdir()
    fields = [draw_field([(80, 70 + n, 11), (80, 93 + n, 11), (120, 140, 12)], 200) for n in range(3)]
    for name, gain in (("nuclei", 1.0), ("cells", 0.5)):
        with tifffile.TiffWriter(tmp_path / f"plate/{name}.tif") as file:
            for image in fields:
                file.write((image * gain).astype("u2"), metadata=None)
    return tmp_path / "plate"


def asked(cellswap, query):
    return json.loads(cellswap("sql", query, "--store", "store", "--format", "json").stdout)


def test_pages_as_fields_from_a_look_to_a_change(cellswap, pages):
    cellswap("init", "store", "--channels", "DNA=nuclei,cell=cells", "--signal", "cell")
    unsaid = cellswap("ingest", "fields", pages, "--layout", "stack", "--store", "store", *NUCLEI, check=False)
    assert (unsaid.returncode, len(unsaid.stderr.splitlines())) == (2, 1)
    assert "does not say what its 3 pages are: say --pages channels, or --pages fields" in unsaid.stderr
    command = ("ingest", "fields", pages, "--layout", "stack", "--pages", "fields", "--store", "store", "--jobs", "1")
    look = cellswap(*command, "--dry-run").stdout.splitlines()
    assert look[:3] == [
        "plate plate, well A01, site p1:",
        "  DNA: nuclei.tif page 1, 200 x 200 uint16",
        "  cell: cells.tif page 1, 200 x 200 uint16",
    ]
    assert "3 fields of 1 wells to read, 0 are in the store" in look
    assert look[-1].startswith("before it can run: the store has no marker channel")
    assert sorted(look) == sorted(set(look))  # nothing is said twice
    assert cellswap(*command, check=False).returncode == 2
    assert asked(cellswap, "SELECT count(*) AS n FROM fields") == [{"n": 0}]
    done = cellswap(*command, *NUCLEI)
    assert "3 of 3 fields read" in done.stderr
    assert asked(cellswap, "SELECT site, n_cells, masks, files FROM fields ORDER BY ALL") == [
        {"site": f"p{n}", "n_cells": 3, "masks": "segmented", "files": [f"nuclei.tif page {n}", f"cells.tif page {n}"]} for n in (1, 2, 3)
    ]
    assert "0 of 0 fields read, 3 were there already" in cellswap(*command, *NUCLEI).stderr
    image = tifffile.imread(pages / "nuclei.tif")
    image[1] += 1
    with tifffile.TiffWriter(pages / "nuclei.tif") as file:
        for page in image:
            file.write(page, metadata=None)
    changed = cellswap(*command, *NUCLEI, check=False).stderr
    assert "A01/p2: field is in the store, but its files have changed" in changed
    assert "1 fields in the store were read from files that are others now" in changed
    assert "3 of 3 fields read" in cellswap(*command, *NUCLEI, "--again").stderr
    assert cellswap("check", "--store", "store").stdout == "every rule holds\n"


def test_an_ome_zarr_plate_with_its_labels(cellswap, tmp_path, draw_field):
    zarr = pytest.importorskip("zarr")
    root = zarr.open_group(str(tmp_path / "p.zarr"), mode="w", zarr_format=3)
    root.attrs["ome"] = {"version": "0.5", "plate": {"wells": [{"path": "A/1"}]}}
    root.create_group("A/1").attrs["ome"] = {"version": "0.5", "well": {"images": [{"path": "0"}]}}
    shown = draw_field([(80, 70, 11), (120, 140, 12)], 200)
    truth = np.zeros((200, 200), "u4")
    truth[70:90, 60:80], truth[110:130, 130:150] = 5, 9
    for place, data, axes in (("A/1/0", np.stack([shown, shown // 2]), "cyx"), ("A/1/0/labels/cells", truth, "yx")):
        group = root.create_group(place)
        group.create_array("0", data=data, chunks=(64,) * data.ndim)
        group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": [{"name": a} for a in axes], "datasets": [{"path": "0"}]}]}
    root["A/1/0/labels"].attrs["ome"] = {"version": "0.5", "labels": ["cells"]}
    cellswap("init", "store", "--channels", "DNA=1,ER=2", "--signal", "ER")
    command = ("ingest", "fields", "p.zarr", "--layout", "ome-zarr", "--masks-in", "cells", "--store", "store", "--jobs", "1")
    look = cellswap(*command, "--dry-run").stdout.splitlines()
    assert look[:4] == [
        "plate p, well A01, site 0:",
        "  DNA: A/1/0/0 at 0, 200 x 200 uint16",
        "  ER: A/1/0/0 at 1, 200 x 200 uint16",
        "  labels: A/1/0/labels/cells/0",
    ]
    cellswap(*command)
    assert asked(cellswap, "SELECT cell, area_px FROM crops ORDER BY ALL") == [{"cell": "5", "area_px": 400}, {"cell": "9", "area_px": 400}]
    assert asked(cellswap, "SELECT masks FROM fields") == [{"masks": "given"}]


BAD = [
    (("--layout", "stack", "--plane", "2", *NUCLEI), "--plane 2: with --layout stack it is --project 2"),
    (("--project", "max", *NUCLEI), "--project: no effect with --layout phenix"),
    (("--layout", "stack", "--masks-in", "x"), "--masks-in: no effect with --layout stack"),
    (("--layout", "stack", "--project", "sum", *NUCLEI), "--project 'sum': expected max, mean or the number of a plane"),
    (("--layout", "stack", "--pages", "rows", *NUCLEI), "--pages 'rows': expected channels or fields"),
    (("--layout", "stack", "--segment-from", "dna", "--cell-diameter", "9"), "--segment-from dna: the store's channels are"),
    (("--layout", "stack", "--pages", "fields"), "a store of the preset cell-painting: say where its cells are"),
]


def test_bad_options_are_one_line(cellswap, pages):
    cellswap("init", "store", "--preset", "cell-painting")
    for options, expected in BAD:
        done = cellswap("ingest", "fields", pages, *options, "--store", "store", check=False)
        assert done.returncode == 2
        assert expected in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
