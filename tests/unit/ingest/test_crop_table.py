"""Crops that a table lists become rows and pixels as their files have them; what does not fit is refused in a line, with its count."""

from __future__ import annotations

import os

import numpy as np
import polars as pl
import pytest
import tifffile
from PIL import Image

from cellswap.errors import BadInput
from cellswap.ingest import crop_preview, listed_crops
from cellswap.ingest.cell_table import Columns
from cellswap.ingest.listed_crops import How
from cellswap.store import check, database, runs

from .conftest import ask, stored

N, SIZE = 8, 64
CELLS = Columns(("drug",), "plate", "well", "site", "cell", "y", "x")
EACH = ("protein=p", "nucleus=n", "cytoplasm=c")


@pytest.fixture(autouse=True)
def _no_catalog(monkeypatch):
    """The catalog file has its own tests; here it would be most of the time."""
    monkeypatch.setattr(database, "build_catalog", lambda store: store.catalog)


@pytest.fixture
def cut():
    """8 crops (n, 3, 64, 64) of one field of noise, each 30 px right and 2 down of the one before of its site."""
    field = np.random.default_rng(5).integers(1, 4000, (3, 300, 300)).astype(np.uint16)
    return np.stack([field[:, 68 + i : 132 + i, 8 + 15 * i : 72 + 15 * i] for i in range(N)])


@pytest.fixture
def table(tmp_path, cut):
    """Their files, and the table of them: a channel a file (p, n, c), all in one (all: TIFF, npy: NPY, last: channels last), masks (m)."""
    (tmp_path / "img").mkdir()
    rows = []
    for i, crop in enumerate(cut):
        names = {"p": f"{i}_p.tif", "n": f"{i}_n.png", "c": f"{i}_c.npy", "all": f"{i}.tif", "npy": f"{i}.npy", "last": f"{i}_last.npy"}
        place = {name: tmp_path / "img" / file for name, file in names.items()}
        tifffile.imwrite(place["p"], crop[0])
        Image.fromarray(crop[1]).save(place["n"])
        np.save(place["c"], crop[2])
        tifffile.imwrite(place["all"], crop, photometric="minisblack")
        np.save(place["npy"], crop)
        np.save(place["last"], np.asfortranarray(crop.transpose(1, 2, 0)))
        Image.fromarray(labels(i).astype(np.uint8)).save(tmp_path / "img" / f"{i}_m.png")
        cell = {"drug": f"d{i % 3}", "plate": "p", "well": "B2", "site": f"{i % 2}", "cell": f"c{i}", "y": 100 + i, "x": 40 + 15 * i}
        rows.append({name: f"img\\{file}" for name, file in names.items()} | {"m": f"img/{i}_m.png"} | cell)
    return pl.DataFrame(rows)


def labels(i):
    """The centre's own pixels as 7 + i, and 4 rows of another cell."""
    found = np.zeros((SIZE, SIZE), np.int64)
    found[20:44, 20:44], found[:4] = 7 + i, 3
    return found


def given(store, tmp_path, table, columns=CELLS, **how):
    table.write_csv(tmp_path / "table.csv")
    return listed_crops.in_files(store, tmp_path / "table.csv", columns, How(**how), "screen")


def ingest(store, tmp_path, table, *, again=False, jobs=1, columns=CELLS, **how):
    found = given(store, tmp_path, table, columns, **how)
    with runs.record(store, "ingest crops", {"layout": "table", "again": again}) as run:
        listed_crops.write(store, found, run, scheme=None, again=again, jobs=jobs)
    return run


@pytest.mark.parametrize(
    "how",
    [{"paths": EACH}, {"paths": ("all",)}, {"paths": ("npy",)}, {"paths": ("last",), "axes": "NHWC"}],
    ids=["each", "tiff", "npy", "last"],
)
def test_pixels_are_those_of_the_files(store, tmp_path, cut, table, how):
    run = ingest(store, tmp_path, table, mask="m", **how)
    for i, name in enumerate(("protein", "nucleus", "cytoplasm")):
        np.testing.assert_array_equal(stored(store, name), cut[:, i])
    np.testing.assert_array_equal(stored(store, "mask"), [labels(i) == 7 + i for i in range(N)])
    np.testing.assert_array_equal(stored(store, "cells"), [labels(i) > 0 for i in range(N)])
    row = "SELECT crop_id, condition, mask_area_px, n_neighbours, neighbour_share, y0, x1, protein_mean FROM crops WHERE cell = 'c5'"
    assert ask(store, row) == [("screen/1/p/B02/1/c5", "d2", 576, 1, 4 / 64, 73, 147, cut[5, 0].mean())]
    assert ask(store, "SELECT site, n_cells, n_crops, masks FROM fields ORDER BY 1") == [(site, 4, 4, "given") for site in "01"]
    assert (run.rows_kept, run.rejects) == (N, [])
    with database.connect(store) as connection:
        assert list(check.check(connection)) == []


def test_files_of_a_field_are_named_with_it(store, tmp_path, table):
    ingest(store, tmp_path, table, paths=EACH)
    [(files,)] = ask(store, "SELECT files FROM fields WHERE site = '1'")
    assert sorted(files) == sorted(f"{i}_{end}" for i in (1, 3, 5, 7) for end in ("p.tif", "n.png", "c.npy"))
    assert ask(store, "SELECT DISTINCT masks FROM fields") == [("none",)]


def test_several_processes_write_the_same(store, tmp_path, table, monkeypatch):
    from cellswap.ingest import array_crops, crop_survey

    monkeypatch.setattr(array_crops, "BATCH_CROPS", 4)
    monkeypatch.setattr(crop_survey, "CHUNK", 5)
    ingest(store, tmp_path, table, paths=EACH, jobs=2)
    assert ask(store, "SELECT count(*), count(DISTINCT crop_id) FROM pixels") == [(N, N)]


@pytest.mark.parametrize("masks", [[False, True], [0, 1], [0, 255]])
def test_truth_values_have_no_neighbours(store, tmp_path, table, masks):
    kind = bool if isinstance(masks[0], bool) else np.uint8
    for i in range(N):
        Image.fromarray(np.array(masks, kind)[(labels(i) > 3).astype(int)]).save(tmp_path / "img" / f"{i}_m.png")
    ingest(store, tmp_path, table, paths=EACH, mask="m")
    np.testing.assert_array_equal(stored(store, "mask"), [labels(i) > 3 for i in range(N)])
    assert ask(store, "SELECT DISTINCT n_neighbours FROM crops") == [(None,)]


def test_crops_without_a_place_are_searched_for_shared_pixels(store, tmp_path, table):
    ingest(store, tmp_path, table, paths=EACH, columns=Columns((), "plate", "well", "site", "cell"))
    query = "SELECT split_part(crop_a, '/', 6), split_part(crop_b, '/', 6), dy, dx, shared_px FROM crop_overlaps_found ORDER BY ALL"
    assert ask(store, query) == [(f"c{i}", f"c{i + 2}", 2, 30, 62 * 34) for i in range(N - 2)]


def test_too_many_to_be_searched_are_counted(store, tmp_path, table, monkeypatch):
    from cellswap.ingest import array_crops

    monkeypatch.setattr(array_crops, "MOST_SEARCHED", 3)
    run = ingest(store, tmp_path, table, paths=EACH, columns=Columns((), "plate", "well", "site", "cell"))
    assert any(note.startswith("8 crops have no place, and more than 3 of one condition") for note in run.notes)


def test_crops_of_other_sizes_are_brought_to_the_stores(store, tmp_path, cut, table):
    for i in (1, 4):
        place = tmp_path / "img" / f"{i}.npy"
        np.save(place, cut[i].repeat(i + 1, axis=1).repeat(i + 1, axis=2))
        Image.fromarray(labels(i).astype(np.uint8).repeat(i + 1, axis=0).repeat(i + 1, axis=1)).save(tmp_path / "img" / f"{i}_m.png")
    said = r"2 of 8 images are not of 64 px, such as row 1 from 0: .*1\.npy, 128 x 128 px; this store has crops of 64 px: --resize 64"
    with pytest.raises(BadInput, match=said):
        ingest(store, tmp_path, table, paths=("npy",))
    run = ingest(store, tmp_path, table, paths=("npy",), mask="m", resize=SIZE, columns=Columns((), "plate", "well", "site", "cell"))
    assert any(note.startswith("8 crops have no place and were brought to another size") for note in run.notes)
    np.testing.assert_array_equal(stored(store, "nucleus"), cut[:, 1])
    np.testing.assert_array_equal(stored(store, "mask"), [labels(i) == 7 + i for i in range(N)])
    assert any(note.startswith("crops were brought to 64 px") for note in run.notes)


def test_three_colours_are_channels_where_somebody_says_so(store, tmp_path, cut, table):
    small = (cut // 16).astype(np.uint8)
    for i, crop in enumerate(small):
        Image.fromarray(crop.transpose(1, 2, 0)).save(tmp_path / "img" / f"{i}.png")
    table = table.with_columns(("img/" + pl.int_range(N).cast(pl.String) + ".png").alias("rgb"))
    with pytest.raises(BadInput, match=r"8 of 8 images are colour pictures, such as row 0 from 0: .*--channels A,B,C"):
        ingest(store, tmp_path, table, paths=("rgb",))
    ingest(store, tmp_path, table, paths=("rgb",), channels="cytoplasm,protein,nucleus")
    np.testing.assert_array_equal(stored(store, "cytoplasm"), small[:, 0])
    np.testing.assert_array_equal(stored(store, "nucleus"), small[:, 2])


def test_what_cannot_be_read_is_left_out_and_counted(store, tmp_path, cut, table):
    whole = (tmp_path / "img/2.npy").read_bytes()
    (tmp_path / "img/2.npy").write_bytes(whole[:1000])
    np.save(tmp_path / "img/3.npy", np.zeros_like(cut[3]))
    run = ingest(store, tmp_path, table, paths=("npy",))
    assert [(place, reason) for place, reason, _ in run.rejects] == [(f"screen/1/p/B02/{i % 2}/c{i}", "unreadable") for i in (2, 3)]
    assert "2.npy: an NPY file that is cut short" in run.rejects[0][2]
    assert "3.npy: all pixels of a channel are zero" in run.rejects[1][2]
    assert ask(store, "SELECT site, n_cells, n_crops FROM fields ORDER BY 1") == [("0", 4, 3), ("1", 4, 3)]
    again = ingest(store, tmp_path, table, paths=("npy",))
    assert "8 of 8 crops were in the store already" in again.remarks
    (tmp_path / "img/2.npy").write_bytes(whole)
    with pytest.raises(BadInput, match=r"1 of 2 fields, such as screen/1/p/B02/0, are in the store already"):
        ingest(store, tmp_path, table, paths=("npy",))
    ingest(store, tmp_path, table, paths=("npy",), again=True)
    assert ask(store, "SELECT site, n_crops FROM fields ORDER BY 1") == [("0", 4), ("1", 3)]
    with database.connect(store) as connection:
        assert list(check.check(connection)) == []


def test_rows_that_are_added_are_read_beside_the_others(store, tmp_path, table):
    ingest(store, tmp_path, table.filter(pl.col("site") == "0"), paths=EACH)
    run = ingest(store, tmp_path, table, paths=EACH)
    assert run.remarks[0] == "4 of 8 crops were in the store already"
    assert ask(store, "SELECT count(*) FROM crops") == [(N,)]


def test_a_dry_run_says_what_would_be_and_writes_nothing(store, tmp_path, table):
    before = sorted(tmp_path.rglob("*"))
    found = given(store, tmp_path, table.with_columns(pl.when(pl.col("cell") != "c1").then("drug").alias("drug")), paths=EACH, mask="m")
    lines = crop_preview.lines(store, found.source, found.cells, again=False, jobs=1)
    assert lines == [
        "8 crops of 2 fields, with masks",
        *(
            f"  screen/1/p/B02/{i % 2}/c{i}: {i}_p.tif, {i}_n.png, {i}_c.npy: 64 x 64 uint16; condition {said}, class -"
            for i, said in enumerate(("d0", "-", "d2", "d0", "d1"))
        ),
        "3 conditions: d0 (3), d1 (2), d2 (2)",
        "  1 crops have no condition",
        "  8 crops have no class",
    ]
    assert sorted(tmp_path.rglob("*")) == sorted({*before, tmp_path / "table.csv"})


def with_column(name, row, value):
    return lambda t: t.with_columns(pl.when(pl.int_range(N) == row).then(pl.lit(value)).otherwise(name).alias(name))


def wider(folder):
    np.save(folder / "3.npy", np.ones((3, 60, 64), np.uint16))


@pytest.mark.parametrize(
    ("change", "how", "message"),
    [
        (lambda t: t.head(0), {}, "table.csv: expected a row for each crop, found none"),
        (lambda t: t, {"paths": ("protien=p",)}, "unknown channel of the store 'protien'; did you mean protein"),
        (lambda t: t, {"paths": ("protein=pp",)}, "no column 'pp'; did you mean p; its columns are p, n, c, all"),
        (lambda t: t, {"paths": ()}, "--path: expected one column of paths, --path COL, or one for each channel"),
        (lambda t: t, {"paths": ("protein=p", "protein=n")}, "--path: expected one column of paths"),
        (lambda t: t, {"paths": ("nucleus=n",)}, "protein is this store's signal, which every crop needs; found nucleus"),
        (lambda t: t, {"paths": ("npy",), "mask": "mm"}, "no column 'mm'; did you mean m; its columns are "),
        (lambda t: t, {"paths": ("p",)}, r"8 of 8 images have another number of channels than 3 .*row 0 from 0: .*0_p\.tif, which has 1"),
        (with_column("p", 2, "img/gone.tif"), {}, r"1 of 8 files of p are not there, the first is row 2 from 0: img/gone\.tif"),
        (with_column("p", 2, "0_p.tif"), {}, r"1 of 8 files .*it is there from .*img: --images .*img"),
        (with_column("p", 2, "/mnt/a/img/2_p.tif"), {}, r"img/2_p\.tif is there: write paths in the table from img/2_p\.tif on"),
        (with_column("p", 2, None), {}, "1 of 8 rows have no path in p, the first is row 2 from 0"),
        (with_column("p", 2, "img/5_p.tif"), {}, r"1 files stand more than once in the table, such as .*5_p\.tif in rows 2 and 5"),
        (with_column("cell", 2, "c0"), {}, "1 cells stand in more than one row, such as screen/1/p/B02/0/c0 in rows 0 and 2"),
        (with_column("p", 2, "table.csv"), {"paths": ("p",)}, "have another number of channels"),
        (lambda t: t, {"paths": ("npy",), "axes": "CHW"}, "--axes: expected NCHW or NHWC, found CHW"),
    ],
)
def test_what_does_not_fit(store, tmp_path, table, change, how, message):
    with pytest.raises(BadInput, match=message):
        ingest(store, tmp_path, change(table), **{"paths": EACH} | how)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (wider, r"1 of 8 images are not of 64 px, such as row 3 from 0: .*3\.npy, 60 x 64 px"),
        (lambda f: np.save(f / "3.npy", np.ones((3, 64, 64), np.uint8)), r"several dtypes: 7 of uint16 \(0\.npy\), 1 of uint8 \(3\.npy\)"),
        (lambda f: Image.new("L", (64, 60)).save(f / "3_m.png"), r"1 of 8 masks .*_m\.png: 60 x 64 px, its image 64 x 64"),
        (lambda f: Image.new("RGB", (64, 64)).save(f / "3_m.png"), r"1 of 8 images are colour pictures, .*3_m\.png"),
        (lambda f: [np.save(f / f"{i}.npy", np.ones((3, 64, 64), np.int32)) for i in range(N)], r"pixels of int32, such as row 0 from 0"),
    ],
)  # fmt: skip
def test_files_that_do_not_fit(store, tmp_path, table, write, message):
    write(tmp_path / "img")
    with pytest.raises(BadInput, match=message):
        ingest(store, tmp_path, table, paths=("npy",), mask="m")


def test_a_pickle_and_a_pipe_are_never_opened(store, tmp_path, table):
    np.save(tmp_path / "img/3.npy", np.array([{"a": 1}], object), allow_pickle=True)
    run = ingest(store, tmp_path, table, paths=("npy",))
    assert "an array of Python objects (a pickle), which can run code when it is opened" in run.rejects[0][2]
    (tmp_path / "img/3.npy").unlink()
    os.mkfifo(tmp_path / "img/3.npy")
    with pytest.raises(BadInput, match="1 of 8 files of npy are not there"):
        ingest(store, tmp_path, table, paths=("npy",), again=True)


def test_rows_of_an_array_are_those_that_the_table_says(store, tmp_path, cut, table):
    np.save(tmp_path / "crops.npy", np.concatenate([cut[::-1], cut]))
    table = table.with_columns((N - 1 - pl.int_range(N)).alias("row"), (15 + pl.int_range(N)).alias("far"))
    table.write_parquet(tmp_path / "cells.parquet")

    def read(row):
        files = (tmp_path / "crops.npy", tmp_path / "cells.parquet")
        with (
            listed_crops.in_array(store, *files, CELLS, How(row=row), "screen") as found,
            runs.record(store, "ingest crops", {}) as run,
        ):
            listed_crops.write(store, found, run, scheme=None, again=False, jobs=1)

    read("row")
    np.testing.assert_array_equal(stored(store, "protein"), cut[:, 0])
    with pytest.raises(BadInput, match=r"--row site: 2 rows of the array stand more than once, such as 0"):
        read("site")
    with pytest.raises(BadInput, match=r"--row drug: expected whole numbers from 0, .*; found 8 others, row 0 from 0: d0"):
        read("drug")
    with pytest.raises(
        BadInput, match=r"found 16 crops of 3 channels, 64 x 64 px; 7 rows of the table name a later one, the first is row 1"
    ):
        read("far")
