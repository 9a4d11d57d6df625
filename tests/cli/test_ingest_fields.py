"""`cellswap ingest fields` as a user runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import tifffile

TABLES = ("intensity_histograms", "pixels", "crops", "backgrounds", "field_previews", "fields")


def counts(cellswap, path):
    return json.loads(
        cellswap("sql", "SELECT field_id, n_cells, n_crops FROM fields ORDER BY 1", "--store", path, "--format", "json").stdout
    )


def test_the_real_fields(cellswap, shared, tmp_path):
    data = shared / "data/cyclenet_fields"
    cellswap("init", "store")
    options = (
        "--plate",
        "1",
        "--plate-map",
        data / "tables/plate_map_GFParray.csv",
        "--screen",
        "cyclenet",
        "--store",
        "store",
    )
    plan = cellswap("ingest", "fields", data / "images", *options, "--dry-run")
    assert plan.stdout.startswith("3 fields of 2 wells to read, 0 are in the store\nabout ")
    done = cellswap("ingest", "fields", data / "images", *options)
    found = counts(cellswap, "store")
    n_cells = sum(f["n_cells"] for f in found)
    n_crops = sum(f["n_crops"] for f in found)
    assert [f["field_id"] for f in found] == ["cyclenet/1/1/A01/f01", "cyclenet/1/1/A01/f02", "cyclenet/1/1/B01/f02"]
    assert (found[2]["n_cells"], found[2]["n_crops"]) == (0, 0)
    assert f"{n_cells} in, {n_crops} kept, {n_cells - n_crops} dropped ({n_cells - n_crops} crop would leave the field)" in done.stderr
    assert "wells: 384 rows" in done.stderr
    assert done.stdout == ""
    query = "SELECT condition, count(*) FILTER (kept) > 0 FROM cell_free_windows GROUP BY 1 ORDER BY 1 NULLS FIRST"
    assert cellswap("sql", query, "--store", "store", "--format", "csv").stdout.splitlines()[1:] == [
        ",True",
        "YOL089C,True",
    ]
    assert cellswap("check", "--store", "store").stdout == "every rule holds\n"
    again = cellswap("ingest", "fields", data / "images", *options)
    assert "0 of 0 fields read, 3 were there already" in again.stderr
    assert " crop would leave the field); all of it was there already, nothing was written\n" in again.stderr


def test_the_labs_label_images_instead(cellswap, shared, tmp_path):
    data = shared / "data/cyclenet_fields"
    cellswap("init", "store")
    cellswap(
        "ingest",
        "fields",
        data / "images",
        "--masks",
        data / "labels",
        "--mask-ending",
        "_labeled",
        "--store",
        "store",
        "--jobs",
        "1",
    )
    labelled = [len(np.unique(tifffile.imread(p))) - 1 for p in sorted((data / "labels").glob("*_labeled.tiff"))]
    assert [f["n_cells"] for f in counts(cellswap, "store")] == labelled
    ids = cellswap(
        "sql",
        "SELECT min(cell::INT), count(*) FROM crops WHERE mask_area_px < 205 AND field_id LIKE '%A01/f01'",
        "--store",
        "store",
        "--format",
        "csv",
    )
    assert ids.stdout.splitlines()[1].split(",")[0] != "1"  # the lab's ids start at 2 and have gaps


BAD = [
    (("empty",), "no file is named like r01c01f01p01-ch1sk1fk1fl1.tiff"),
    (("plate_x", "--layout", "phenx"), "unknown layout 'phenx'; did you mean phenix"),
    (("plate_x", "--plate-map", "map.csv"), "error: map.csv: expected a CSV file, found no such file"),
    (("plate_x", "--masks", "nowhere"), "--masks nowhere: expected a folder of label images"),
    (("plate_x", "--screen", "a/b"), "'a/b': the name may not be empty or hold a /"),
    (("plate_x", "--time", "3"), "--time 3: the folder's images are of the time point 1"),
    (("plate_x", "--segment-in", "dna"), "--segment-in dna: the store's channels are protein, nucleus, cytoplasm"),
    (("plate_x", "--empty-wells", "A01,Q09"), "--empty-wells: no field is of Q09"),
    (("plate_x", "--empty-wells", "A01,99"), "--empty-wells: '99' is no well name"),
    ((os.fsdecode(b"plaque_\xe9"),), r"plaque_\xe9: the folder's name is not UTF-8 text"),
]


def test_bad_arguments_are_one_line_and_write_nothing(cellswap, draw_plate, tmp_path):
    draw_plate("r01c01f01")
    draw_plate("r01c01f01", folder=os.fsdecode(b"plaque_\xe9"))
    (tmp_path / "empty").mkdir()
    cellswap("init", "store")
    before = sorted(str(p) for p in (tmp_path / "store/tables").rglob("*.parquet"))
    for arguments, expected in BAD:
        done = cellswap("ingest", "fields", *arguments, "--store", "store", check=False)
        assert done.returncode == 2
        assert expected in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert sorted(str(p) for p in (tmp_path / "store/tables").rglob("*.parquet")) == before


def test_killed_and_run_again_gives_what_one_run_gives(cellswap, draw_plate, tmp_path):
    folder = draw_plate(*(f"r01c{n:02d}f01" for n in range(1, 13)))
    for name in ("once", "killed"):
        cellswap("init", name)
    cellswap("ingest", "fields", folder, "--store", "once", "--jobs", "2")
    command = [
        str(Path(sys.executable).parent / "cellswap"),
        "ingest",
        "fields",
        str(folder),
        "--store",
        "killed",
        "--jobs",
        "1",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    fields = tmp_path / "killed/tables/fields"
    while len(list(fields.glob("part-*.parquet"))) < 3 and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = len(list(fields.glob("part-*.parquet"))) - 1
    rerun = cellswap("ingest", "fields", folder, "--store", "killed", "--jobs", "1")
    assert f"{12 - done} of {12 - done} fields read, {done} were there already" in rerun.stderr
    query = " UNION ALL ".join(
        f"SELECT '{t}' AS t, count(*) AS n, bit_xor(hash(t2)) AS h FROM (SELECT * EXCLUDE run_id FROM {t}) AS t2" for t in TABLES
    )
    assert cellswap("sql", query, "--store", "killed").stdout == cellswap("sql", query, "--store", "once").stdout


def test_what_was_asked_for_is_stored_and_changed_files_are_read_anew(cellswap, draw_plate, tmp_path):
    folder = draw_plate("r01c01f01", folder=os.fsdecode(b"plaque_\xe9"))
    cellswap("init", "store")
    options = ("--plate", "p1", "--store", "store", "--jobs", "1")
    for locale in ("C", "C.UTF-8"):
        cellswap("ingest", "fields", folder, *options, "--time", "1", "--empty-wells", "A01", LC_ALL=locale)
    query = "SELECT arguments FROM runs WHERE command = 'ingest fields'"
    (first,) = json.loads(cellswap("sql", query, "--store", "store", "--format", "json").stdout)
    arguments = json.loads(first["arguments"]) if isinstance(first["arguments"], str) else first["arguments"]
    assert arguments["path"].endswith(r"plaque_\xe9")
    assert (arguments["time"], arguments["empty_wells"], arguments["segment_in"]) == (1, ["A01"], "cytoplasm")
    for path in folder.iterdir():
        tifffile.imwrite(path, tifffile.imread(path)[:, ::-1].copy())
    changed = cellswap("ingest", "fields", folder, *options, check=False)
    assert changed.returncode == 2
    assert "p1/A01/f01: field is in the store, but its files have changed" in changed.stderr
    assert "--again" in changed.stderr
    assert "1 of these were read from files that are others now" in cellswap("ingest", "fields", folder, *options, "--dry-run").stdout
    assert "1 of 1 fields read, 0 were there already" in cellswap("ingest", "fields", folder, *options, "--again").stderr
    assert cellswap("check", "--store", "store").stdout == "every rule holds\n"
