"""`cellswap ingest fields --layout table` as a user runs it: CellProfiler's tables, label images by a template, places of cells."""

from __future__ import annotations

import csv
import json

import h5py
import numpy as np
import pytest
import tifffile

CELLS = [(40, 50, 14), (90, 60, 12), (70, 120, 15), (10, 100, 9)]  # y, x, radius; the last leaves the field
SIZE = 160
OPTIONS = ("--layout", "table", "--metadata", "wells.csv", "--condition", "drug,Metadata_Plate", "--store", "store")
MASKS = ("--masks", "masks/{plate}_{well}_{site}_cp_masks.tif")


@pytest.fixture
def screen(tmp_path, draw_field):
    """Two plates of two wells, as CellProfiler's load_data.csv lists them on another machine; names repeat from plate to plate."""
    rows, wells = [], []
    y, x = np.mgrid[:SIZE, :SIZE]
    labels = np.zeros((SIZE, SIZE), np.uint16)
    for n, (cy, cx, radius) in enumerate(CELLS, 1):
        labels[np.hypot(y - cy, x - cx) <= radius] = 3 * n
    (tmp_path / "masks").mkdir()
    for plate in ("BR1", "BR2"):
        (tmp_path / "images" / plate).mkdir(parents=True)
        for well, drug in (("B02", "taxol"), ("B03", "DMSO")):
            row = {"Metadata_Plate": plate, "Metadata_Well": well, "Metadata_Site": 1}
            for k, channel in enumerate(("DNA", "AGP"), 1):
                image = draw_field([(float(a), float(b), float(r)) for a, b, r in CELLS], SIZE) + 10 * k
                tifffile.imwrite(tmp_path / "images" / plate / f"{well}-ch{k}.tiff", image.astype(np.uint16))
                row |= {f"FileName_Orig{channel}": f"{well}-ch{k}.tiff", f"PathName_Orig{channel}": f"D:\\screens\\{plate}"}
            tifffile.imwrite(tmp_path / "masks" / f"{plate}_{well}_1_cp_masks.tif", labels)
            rows.append(row)
            wells.append({"Metadata_Plate": plate, "Metadata_Well": well, "drug": drug})
    written(tmp_path / "load_data.csv", rows)
    written(tmp_path / "wells.csv", wells)
    return labels


def written(path, rows):
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)


@pytest.fixture
def ask(cellswap):
    """What a query of the store answers."""
    return lambda query: [tuple(row.values()) for row in json.loads(cellswap("sql", query, "--store", "store", "--format", "json").stdout)]


@pytest.fixture
def made(cellswap, screen):
    """A store for the screen."""
    return cellswap("init", "store", "--channels", "DNA=DNA,AGP=AGP", "--signal", "DNA", "--marker", "AGP", "--crop-size", 32)


def test_a_dry_run_shows_the_first_fields_and_writes_nothing(cellswap, made, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    (tmp_path / "masks/BR2_B03_1_cp_masks.tif").rename(tmp_path / "masks/other.tif")
    said = cellswap("ingest", "fields", "load_data.csv", "--images", "images", *MASKS, *OPTIONS, "--dry-run").stdout
    (tmp_path / "masks/other.tif").rename(tmp_path / "masks/BR2_B03_1_cp_masks.tif")
    lines = said.splitlines()
    assert lines[0] == "4 fields of 4 wells to read, 0 are in the store"
    assert lines[2] == "1 of 4 fields have no label image, such as screen/1/BR2/B03/1: no file masks/BR2_B03_1_cp_masks.tif"
    shown = [line.split() for line in lines[3:]]
    assert (shown[0][:3], shown[0][4:]) == (["plate", "well", "site"], ["DNA", "AGP", "masks"])
    assert shown[2] == ["BR1", "B02", "1", "taxol@BR1", "B02-ch1.tiff", "B02-ch2.tiff", "BR1_B02_1_cp_masks.tif"]
    assert len(shown) == 6
    assert sorted(tmp_path.rglob("*")) == before


def test_load_data_of_another_machine_with_label_images(cellswap, made, ask, screen, tmp_path):
    done = cellswap("ingest", "fields", "load_data.csv", "--images", "images", *MASKS, *OPTIONS, "--jobs", 1)
    assert "16 in, 12 kept, 4 dropped (4 crop would leave the field)" in done.stderr
    assert ask("SELECT condition, count(*)::INT, sum(area_px)::INT FROM crops GROUP BY 1 ORDER BY 1") == [
        (condition, 3, int(np.isin(screen, (3, 6, 9)).sum())) for condition in ("DMSO@BR1", "DMSO@BR2", "taxol@BR1", "taxol@BR2")
    ]
    again = cellswap("ingest", "fields", "load_data.csv", "--images", "images", *MASKS, *OPTIONS)
    assert "0 of 0 fields read, 4 were there already" in again.stderr
    assert cellswap("check", "--store", "store").stdout == "every rule holds\n"


def test_columns_are_named_and_the_record_says_which(cellswap, made, ask, tmp_path):
    columns = ("--path", "DNA=FileName_OrigDNA", "--path", "AGP=FileName_OrigAGP", "--plate", "Metadata_Plate", "--site", "Metadata_Site")
    cellswap("ingest", "fields", "load_data.csv", "--images", "images", *columns, *MASKS, *OPTIONS, "--jobs", 1)
    assert ask("SELECT count(*)::INT FROM fields") == [(4,)]
    records = (json.loads(path.read_text()) for path in (tmp_path / "store/runs").glob("ingest-fields-*.json"))
    (arguments,) = (record["arguments"] for record in records)
    assert (arguments["path"], arguments["plate"], arguments["table_path"]) == ("load_data.csv", "Metadata_Plate", [columns[1], columns[3]])


def test_label_images_in_one_hdf5_file_give_the_same(cellswap, made, ask, screen, tmp_path):
    for plate in ("BR1", "BR2"):
        with h5py.File(tmp_path / f"masks/{plate}.h5", "w") as file:
            for well in ("B02", "B03"):
                file[f"{well}/labels"] = screen
    cellswap("ingest", "fields", "load_data.csv", "--images", "images", "--masks", "masks/{plate}.h5:{well}/labels", *OPTIONS, "--jobs", 1)
    assert ask("SELECT count(*)::INT, sum(area_px)::INT FROM crops") == [(12, 4 * int(np.isin(screen, (3, 6, 9)).sum()))]


def test_places_of_cells_make_crops_without_masks(cellswap, made, ask, tmp_path):
    rows = [
        {
            "Metadata_Plate": plate,
            "Metadata_Well": well,
            "Metadata_Site": 1,
            "ObjectNumber": n,
            "Location_Center_X": x,
            "Location_Center_Y": y,
        }
        for plate in ("BR1", "BR2")
        for well in ("B02", "B03")
        for n, (y, x, _) in enumerate(CELLS, 1)
    ]
    written(tmp_path / "Cells.csv", rows)
    done = cellswap("ingest", "fields", "load_data.csv", "--images", "images", "--objects", "Cells.csv", *OPTIONS, "--jobs", 1)
    assert "16 in, 12 kept, 4 dropped (4 crop would leave the field)" in done.stderr
    assert "note: cells are known by their places in Cells.csv alone: their crops have no mask" in done.stderr
    assert ask(
        "SELECT cell, y0 + 16, x0 + 16, area_px, reason FROM crops AS c JOIN crop_filter USING (crop_id)"
        " WHERE c.condition = 'taxol@BR1' ORDER BY 1"
    ) == [(str(n), y, x, None, None) for n, (y, x, _) in enumerate(CELLS[:3], 1)]
    assert ask("SELECT masks, count(*)::INT FROM fields GROUP BY 1") == [("none", 4)]
    assert ask("SELECT count(*)::INT, count(mask)::INT, count(cells)::INT FROM pixels") == [(12, 0, 0)]
    assert ask("SELECT count(*)::INT FROM backgrounds") == [(0,)]
    assert cellswap("check", "--store", "store").stdout == "every rule holds\n"
    rows[0]["Location_Center_X"] += 5
    written(tmp_path / "Cells.csv", rows)
    moved = cellswap("ingest", "fields", "load_data.csv", "--images", "images", "--objects", "Cells.csv", *OPTIONS, check=False)
    assert "what is read beside, such as places of cells, are not those that it was read from" in moved.stderr


BAD = [
    (MASKS, "8 of the 8 files that it names are not found, the first D:\\screens\\BR1/B02-ch1.tiff"),
    (("--images", "images", "--masks", "masks/{plate}_{wel}.tif"), "unknown name in braces 'wel'; did you mean well"),
    (("--images", "images", "--masks", "masks/{plate}_{well}.tif"), "none of 4 label images is there; expected the first at"),
    (("--images", "images", "--masks", "masks", "--objects", "Cells.csv"), "--objects and label images both say where cells are"),
    (("--images", "images", "--y", "row"), "--y: no effect without --objects TABLE"),
    (("--images", "images", "--plate", "Metadata_Plat"), "no column 'Metadata_Plat'; did you mean Metadata_Plate"),
    (("--images", "masks"), "8 of the 8 files that it names are not found, the first"),
]


def test_bad_options_are_one_line_and_write_nothing(cellswap, made, tmp_path):
    before = sorted((tmp_path / "store/tables").rglob("*.parquet"))
    for arguments, expected in BAD:
        done = cellswap("ingest", "fields", "load_data.csv", *arguments, *OPTIONS, check=False)
        assert done.returncode == 2
        assert expected in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    idle = cellswap("ingest", "fields", "images/BR1", "--well", "w", "--images", "images", "--store", "store", check=False)
    assert "--well, --images: no effect with --layout phenix; leave them out" in idle.stderr
    assert sorted((tmp_path / "store/tables").rglob("*.parquet")) == before


def test_a_label_image_of_another_size_is_told_and_the_others_are_read(cellswap, made, screen, tmp_path):
    tifffile.imwrite(tmp_path / "masks/BR1_B02_1_cp_masks.tif", screen[:80])
    done = cellswap("ingest", "fields", "load_data.csv", "--images", "images", *MASKS, *OPTIONS, "--jobs", 1)
    assert "screen/1/BR1/B02/1: field is not readable" in done.stderr
    assert "expected labels of the field's shape (160, 160), found (80, 160)" in done.stderr
    assert "3 of 4 fields read" in done.stderr


def test_the_real_example_of_cellprofiler(cellswap, shared, ask):
    data = shared.whole("data/formats/cellprofiler_example_human")
    cellswap("init", "store", "--channels", "DNA=DNA,PH3=PH3,cellbody=cellbody", "--signal", "DNA", "--crop-size", 32)
    done = cellswap(
        "ingest", "fields", data / "Image.csv", "--layout", "table", "--images", data, "--objects", data / "Cells.csv", "--store", "store"
    )
    with (data / "Cells.csv").open() as file:
        centres = {row["ObjectNumber"]: (float(row["Location_Center_Y"]), float(row["Location_Center_X"])) for row in csv.DictReader(file)}
    whole = {cell: (round(y), round(x)) for cell, (y, x) in centres.items() if all(16 <= round(c) <= 512 - 16 for c in (y, x))}
    assert f"289 in, {len(whole)} kept" in done.stderr
    found = {cell: (y, x) for cell, y, x in ask("SELECT cell, y0 + 16, x0 + 16 FROM crops")}
    assert found == whole
    assert cellswap("check", "--store", "store").stdout == "every rule holds\n"
