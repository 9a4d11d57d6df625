"""A screen on disk: the same for any number of workers, whole after being killed, in a form that ingest reads."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile

from cellswap.errors import BadInput
from cellswap.ingest.layouts.phenix import Source, list_fields
from cellswap.ingest.simulate import run
from cellswap.ingest.simulate.screen import PRESETS

TINY = PRESETS["tiny"]
SMALL = replace(TINY, localizations=("nucleus",), multiple=0, plates=1, cells_per_protein=8, field_size=128, fields_per_well=2)
CHANNELS = {"protein": "ch1", "nucleus": "ch2", "cytoplasm": "ch3"}


def hashes(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screen") / "tiny"
    run.draw(run.plan(folder, TINY), 1)
    return folder


def test_the_same_bytes_for_two_workers(tiny, tmp_path):
    run.draw(run.plan(tmp_path / "again", TINY), 2)
    assert hashes(tmp_path / "again") == hashes(tiny)


def test_another_seed_gives_other_images(tmp_path):
    for seed in (0, 1):
        run.draw(run.plan(tmp_path / str(seed), replace(SMALL, seed=seed)), 1)
    images = [{v for k, v in hashes(tmp_path / seed).items() if k.endswith("fl1.tiff")} for seed in "01"]
    assert images[0]
    assert not images[0] & images[1]


def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run.draw(run.plan(whole, SMALL), 1)
    plan = run.plan(killed, SMALL)
    assert len(plan.left) == 3
    run.draw(run.Plan(killed, SMALL, plan.wells, plan.left[:1]), 1)
    done = {path: path.stat().st_mtime_ns for path in killed.rglob("*fl1.tiff")}
    again = run.plan(killed, SMALL)
    assert again.left == plan.left[1:]
    run.draw(again, 1)
    assert hashes(killed) == hashes(whole)
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert run.plan(killed, SMALL).left == []


def test_a_folder_with_another_screen_is_refused(tmp_path):
    run.draw(run.plan(tmp_path / "a", SMALL), 1)
    with pytest.raises(BadInput, match="seed 0, not 5"):
        run.plan(tmp_path / "a", replace(SMALL, seed=5))
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="new or empty folder"):
        run.plan(tmp_path / "other", SMALL)


def test_the_layout_and_the_map_are_read_as_a_microscope_s(tiny):
    for plate in ("plate01", "plate02"):
        listing = list_fields(Source(tiny / plate, None, tiny / "plate_map.csv", 1), CHANNELS)
        assert listing.rejects == []
        with (tiny / "plate_map.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["Plate"] == plate]
        orfs = {row["ORF"] for row in rows} - {"BLANK"}
        assert {field.holds.condition for field in listing.fields} - {None} == orfs
        assert len(listing.fields) == len(rows) == len(orfs) + TINY.empty_wells


def test_images_are_three_channels_of_counts(tiny):
    images = sorted(tiny.glob("plate*/*.tiff"))
    assert len(images) == 3 * 11
    assert {(tifffile.imread(p).shape, tifffile.imread(p).dtype) for p in images} == {((256, 256), np.dtype("uint16"))}


def test_truth_lies_in_its_field_and_on_its_label(tiny):
    rows = pa.concat_tables(pq.read_table(p) for p in sorted((tiny / "truth/truth_cells").iterdir())).to_pylist()
    assert len(rows) > 100
    for row in rows:
        replicate, plate, well, site = row["field_id"].split("/")
        name = f"r{ord(well[0]) - 64:02d}c{well[1:]}{site}p01.tiff"
        labels = tifffile.imread(tiny / "truth/labels" / replicate / plate / name)
        y, x = np.nonzero(labels == row["cell"])
        assert (len(y), y.mean(), x.mean()) == pytest.approx((row["area_px"], row["centre_y"], row["centre_x"]))
        on_edge = min(y.min(), x.min()) == 0 or max(y.max(), x.max()) == 255
        assert row["at_border"] == on_edge


def test_cells_show_only_what_their_protein_may(tiny):
    shares = pq.read_table(tiny / "truth/truth_conditions/all.parquet").to_pylist()
    allowed = {(row["condition"], row["class"]) for row in shares}
    rows = pa.concat_tables(pq.read_table(p) for p in (tiny / "truth/truth_cells").iterdir()).to_pylist()
    assert {(row["condition"], row["class"]) for row in rows} == allowed
