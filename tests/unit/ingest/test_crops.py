"""Crops from folders and archives: what is written, what is dropped and why, and going on after a stop."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tarfile
import warnings
import zipfile
from collections import Counter

import numpy as np
import pytest
import tifffile

from cellswap.errors import BadInput
from cellswap.ingest import archives, crop_files, crops, labels
from cellswap.ingest.layouts import pci, pifia
from cellswap.store import check, database, integrity, parts, pixels, runs
from tests import labelled

RNG = np.random.default_rng(3)


def ingest(store, path, layout=pci.LAYOUT, screen="s", jobs=1):
    with runs.record(store, "ingest crops", {"path": path, "screen": screen}) as run:
        crops.write(store, crops.listed(path, layout, screen, run), run, jobs)
    return run


def rows(store, query):
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def image(level=100, dtype=np.float32):
    """A cell at the centre."""
    yy, xx = np.ogrid[:64, :64]
    cell = (yy - 31.5) ** 2 + (xx - 31.5) ** 2 < 100
    return (RNG.integers(5, 15, (64, 64)) + level * cell).astype(dtype)


def write_tiff(path, pixels_):
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, pixels_)


def write_pci(folder, gene, site, *cells):
    for cell in cells:
        for channel in ("gfp", "rfp"):
            write_tiff(folder / gene / f"{gene}_{site}_rfp_{cell}_{channel}.tif", image())


def write_pifia(folder, condition, *cells):
    for cell in cells:
        for channel in ("ch1", "ch2", "ch3"):
            write_tiff(folder / condition / f"{condition}_{channel}_{cell}.tiff", image(dtype=np.uint16))
        write_tiff(folder / condition / f"{condition}_mask_{cell}.tiff", (image() > 50).astype(np.uint8) * 255)


@pytest.fixture
def folder(tmp_path):
    """Two genes, three crops."""
    write_pci(tmp_path / "in", "AAC1", 1, 7, 12)
    write_pci(tmp_path / "in", "TCB2", 3, 1)
    return tmp_path / "in"


def with_conditions(store):
    with runs.record(store, "ingest labels", {}) as run:
        labels.write_huh(store, None, run, replace=False)


CROPS = "SELECT crop_id, field_id, condition, plate, well, cell, has_pixels, mask_area_px > 250, n_neighbours FROM crops ORDER BY 1"


def test_crops_fields_and_pixels_of_a_folder(store, folder):
    with_conditions(store)
    run = ingest(store, folder)
    assert rows(store, CROPS) == [
        ("s/1/-/-/AAC1-1/12", "s/1/-/-/AAC1-1", "YMR056C", None, None, "12", True, True, 0),
        ("s/1/-/-/AAC1-1/7", "s/1/-/-/AAC1-1", "YMR056C", None, None, "7", True, True, 0),
        ("s/1/-/-/TCB2-3/1", "s/1/-/-/TCB2-3", None, None, None, "1", True, True, 0),
    ]
    fields = rows(store, "SELECT site, n_cells, n_crops, masks, files[1], length(sha256) FROM fields ORDER BY 1")
    assert fields == [
        ("AAC1-1", 2, 2, "segmented", "AAC1/AAC1_1_rfp_12_gfp.tif", 64),
        ("TCB2-3", 1, 1, "segmented", "TCB2/TCB2_3_rfp_1_gfp.tif", 64),
    ]
    assert (run.rows_in, run.rows_kept) == (3, 3)
    assert "no protein of the store is called TCB2: their crops have none; ingest labels that name them and run this again" in run.notes
    with database.connect(store) as connection:
        assert list(check.check(connection)) == []
        found = connection.sql("SELECT protein, cytoplasm, mask, cells FROM pixels WHERE crop_id LIKE '%/12'").to_arrow_table()
        means = connection.execute("SELECT protein_mean, cytoplasm_std FROM crops WHERE crop_id LIKE '%/12'").fetchone()
    gfp, rfp = (tifffile.imread(folder / f"AAC1/AAC1_1_rfp_12_{channel}.tif") for channel in ("gfp", "rfp"))
    assert np.array_equal(pixels.decode(found["protein"], 64)[0], gfp)
    assert np.array_equal(pixels.decode(found["cytoplasm"], 64)[0], rfp)
    mask, cells = (pixels.decode_mask(found[name], 64)[0] for name in ("mask", "cells"))
    assert mask[32, 32]
    assert (cells >= mask).all()
    assert means == pytest.approx((gfp.mean(dtype=np.float64), rfp.std(dtype=np.float64)))
    total = rows(store, "SELECT basis, sum(n_pixels)::INTEGER FROM intensity_histograms GROUP BY 1")
    assert total == [("crops", 3 * 64 * 64)]


def test_an_archive_gives_the_same_rows_as_the_folder(store, folder, tmp_path):
    ingest(store, folder)
    expected = rows(store, CROPS)
    with tarfile.open(tmp_path / "a.tar.xz", "w:xz") as archive:
        archive.add(folder, "deep/inside")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in folder.rglob("*.tif"):
            archive.write(path, path.relative_to(folder))
    for name in ("a.tar.xz", "a.zip"):
        run = ingest(store, tmp_path / name, screen=name)
        assert run.rows_kept == 3
        same = [row[0].replace(name, "s", 1) for row in rows(store, CROPS.replace("FROM crops", f"FROM crops WHERE screen = '{name}'"))]
        assert same == [row[0] for row in expected]
    assert rows(store, "SELECT count(DISTINCT sha256) FROM fields") == [(2,)]


def test_each_bad_cell_is_one_line_and_the_rest_goes_on(store, folder):
    write_pci(folder, "BAD1", 1, *range(1, 10))
    bad = folder / "BAD1"
    (bad / "BAD1_1_rfp_1_gfp.tif").unlink()
    whole = (bad / "BAD1_1_rfp_2_rfp.tif").read_bytes()
    (bad / "BAD1_1_rfp_2_rfp.tif").write_bytes(whole[: len(whole) // 2])
    (bad / "BAD1_1_rfp_3_rfp.tif").write_bytes(b"no tiff at all")
    write_tiff(bad / "BAD1_1_rfp_4_gfp.tif", image()[:32])
    write_tiff(bad / "BAD1_1_rfp_5_gfp.tif", np.zeros((64, 64), np.float32))
    write_tiff(bad / "BAD1_1_rfp_6_gfp.tif", np.where(image() > 50, np.nan, 1).astype(np.float32))
    write_tiff(bad / "BAD1_1_rfp_7_gfp.tif", image(dtype=np.uint16))
    (bad / "cells_seg.npy").write_bytes(b"\x93NUMPY")
    (bad / "odd.tif").write_bytes(whole)
    (folder / "NONE1").mkdir()
    (folder / "notes.txt").write_text("hello")
    run = ingest(store, folder)
    assert {(place, reason) for place, reason, _ in run.rejects} == {
        ("BAD1, field 1, cell 1", "missing channel"),
        *((f"BAD1, field 1, cell {i}", "not readable") for i in range(2, 7)),
        ("BAD1, field 1, cell 7", "another dtype"),
        ("BAD1/cells_seg.npy", "refused"),
        ("BAD1/odd.tif", "not named as the layout says"),
        ("NONE1", "empty folder"),
    }
    details = {place: detail for place, _, detail in run.rejects}
    assert details["BAD1, field 1, cell 1"] == "expected gfp, rfp, found rfp"
    assert details["BAD1, field 1, cell 2"].startswith("BAD1/BAD1_1_rfp_2_rfp.tif: cut short")
    assert details["BAD1, field 1, cell 4"] == ("BAD1/BAD1_1_rfp_4_gfp.tif: expected 64 x 64 pixels as all of this store, found 32 x 64")
    assert details["BAD1, field 1, cell 5"].endswith("all pixels are zero; was this channel recorded?")
    assert "NaN" in details["BAD1, field 1, cell 6"]
    assert all("\n" not in detail for detail in details.values())
    assert rows(store, "SELECT cell FROM crops WHERE field_id LIKE '%BAD1%' ORDER BY 1") == [("8",), ("9",)]
    assert rows(store, "SELECT n_cells, n_crops FROM fields WHERE site = 'BAD1-1'") == [(9, 2)]
    assert "1 files that are no images were left alone" in run.notes


def test_a_condition_whose_cells_are_all_bad_writes_nothing(store, folder):
    write_tiff(folder / "ONE1/ONE1_1_rfp_1_gfp.tif", image())
    run = ingest(store, folder)
    assert run.rows_kept == 3
    assert rows(store, "SELECT count(*) FROM fields") == [(2,)]


def test_again_reads_nothing_and_a_mended_or_added_cell_is_taken_up(store, folder):
    whole = (folder / "AAC1/AAC1_1_rfp_7_rfp.tif").read_bytes()
    (folder / "AAC1/AAC1_1_rfp_7_rfp.tif").write_bytes(whole[:500])
    assert ingest(store, folder).rows_kept == 2
    assert ingest(store, folder).remarks[0] == "1 of 2 proteins were in the store already"  # that with the bad cell is tried again
    (folder / "AAC1/AAC1_1_rfp_7_rfp.tif").write_bytes(whole)
    ingest(store, folder)
    assert [row[5] for row in rows(store, CROPS)] == ["12", "7", "1"]
    again = ingest(store, folder)
    assert (again.rows_in, again.rows_kept, again.written["crops"]) == (3, 3, 3)
    assert again.remarks[0] == "2 of 2 proteins were in the store already"


def test_a_batch_that_was_killed_before_its_last_part_is_done_again(store, folder):
    ingest(store, folder)
    parts.part_path(store, "fields", ("crops", "s", "AAC1")).unlink()
    assert ingest(store, folder).remarks[:2] == [
        "1 parts that this run wrote are gone, or belong to one that is: they are made anew", "1 of 2 proteins were in the store already"
    ]  # fmt: skip
    assert len(rows(store, CROPS)) == 3


def test_other_crops_of_the_same_condition_do_not_replace_those_that_are_there(store, folder, tmp_path):
    ingest(store, folder)
    write_pci(tmp_path / "other", "AAC1", 2, 99)
    run = ingest(store, tmp_path / "other")
    assert [(place, reason) for place, reason, _ in run.rejects] == [("AAC1, field 2, cell 99", "other crops are in the store")]
    assert "give these another --screen" in run.rejects[0][2]
    assert len(rows(store, CROPS)) == 3


def test_a_condition_that_is_known_later_is_filled_in(store, folder):
    ingest(store, folder)
    assert rows(store, "SELECT DISTINCT condition FROM crops") == [(None,)]
    with_conditions(store)
    ingest(store, folder)
    assert rows(store, "SELECT DISTINCT condition FROM crops WHERE field_id LIKE '%AAC1%'") == [("YMR056C",)]


def test_pifia_names_three_channels_and_the_mask(store, tmp_path):
    with_conditions(store)
    write_pifia(tmp_path / "in", "NUP2", 0, 1, 2)
    write_tiff(tmp_path / "in/NUP2/NUP2_mask_1.tiff", np.zeros((64, 64), np.uint8))
    write_tiff(tmp_path / "in/NUP2/NUP2_mask_2.tiff", np.arange(64 * 64, dtype=np.uint16).reshape(64, 64))
    run = ingest(store, tmp_path / "in", pifia.LAYOUT)
    assert run.rejects == [
        (
            "NUP2, cell 2",
            "not readable",
            "NUP2/NUP2_mask_2.tiff: expected a mask of 0 and one other value, found 4096 values",
        )
    ]
    found = rows(store, "SELECT crop_id, condition, mask_area_px IS NULL, nucleus_mean > 0, n_neighbours FROM crops ORDER BY 1")
    assert found == [("s/1/-/-/NUP2/0", "YLR335W", False, True, None), ("s/1/-/-/NUP2/1", "YLR335W", True, True, None)]
    assert rows(store, "SELECT masks, n_cells, n_crops FROM fields") == [("given", 3, 2)]
    assert rows(store, "SELECT mask_area_px FROM crops WHERE cell = '0'") == [
        (int((tifffile.imread(tmp_path / "in/NUP2/NUP2_mask_0.tiff") > 0).sum()),)
    ]
    assert "names do not tell the field: the crops of a protein stand under one field" in run.notes
    write_pci(tmp_path / "p", "AAC1", 1, 1)
    with pytest.raises(BadInput, match="has crops of another layout"):
        ingest(store, tmp_path / "p", pci.LAYOUT)


def test_two_processes_write_what_one_does(store, folder):
    ingest(store, folder)
    one = rows(store, "SELECT crop_id, protein_mean, mask_area_px FROM crops ORDER BY 1")
    ingest(store, folder, screen="t", jobs=2)
    two = rows(
        store,
        "SELECT replace(crop_id, 't/', 's/'), protein_mean, mask_area_px FROM crops WHERE screen = 't' ORDER BY 1",
    )
    assert one == two


def test_overlaps_come_from_pixels_or_from_boxes(store, tmp_path):
    field = RNG.integers(1, 4000, (2, 100, 100)).astype(np.float32)
    for cell, (y, x) in enumerate([(0, 0), (20, 10)]):
        for channel, plane in zip(("gfp", "rfp"), field, strict=True):
            write_tiff(tmp_path / f"in/AAC1/AAC1_1_rfp_{cell}_{channel}.tif", plane[y : y + 64, x : x + 64])
    ingest(store, tmp_path / "in")
    assert rows(store, "SELECT * FROM crop_overlaps") == [("s/1/-/-/AAC1-1/0", "s/1/-/-/AAC1-1/1", 44 * 54)]
    boxed = {c: [None] * 3 for c in (f.name for f in parts.arrow_schema(store.schema("crops"))) if c != "run_id"}
    boxed |= {"crop_id": ["c", "a", "b"], "field_id": ["f", "f", "g"], "screen": ["x"] * 3, "replicate": [1] * 3}
    boxed |= {
        "cell": ["1"] * 3,
        "has_pixels": [False] * 3,
        "y0": [0, 60, 0],
        "x0": [0, 0, 0],
        "y1": [64, 124, 64],
        "x1": [64, 64, 64],
    }
    parts.write(store, "crops", ("boxed",), boxed, "r")
    assert rows(store, "SELECT * FROM crop_overlaps WHERE crop_a = 'a'") == [("a", "c", 4 * 64)]
    assert rows(store, "SELECT count(*) FROM crop_overlaps") == [(2,)]


def test_files_that_changed_under_their_names_are_named_and_not_mixed(store, folder):
    ingest(store, folder)
    before = rows(store, "SELECT crop_id, protein_mean FROM crops ORDER BY 1")
    write_tiff(folder / "AAC1/AAC1_1_rfp_7_gfp.tif", image(level=200))
    run = ingest(store, folder)
    assert [(place, reason) for place, reason, _ in run.rejects] == [("AAC1", "files changed since they were read")]
    assert "the 4 files of AAC1-1, such as AAC1/AAC1_1_rfp_12_gfp.tif" in run.rejects[0][2]
    assert rows(store, "SELECT crop_id, protein_mean FROM crops ORDER BY 1") == before
    write_pci(folder, "AAC1", 1, 99)  # a cell that is new does not carry the changed ones in
    assert [reason for _, reason, _ in ingest(store, folder).rejects] == ["files changed since they were read"]
    assert rows(store, "SELECT crop_id, protein_mean FROM crops ORDER BY 1") == before


def test_files_that_changed_are_read_anew_where_that_is_asked_for(store, folder, tmp_path):
    ingest(store, folder)
    changed = image(level=200)
    write_tiff(folder / "AAC1/AAC1_1_rfp_7_gfp.tif", changed)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in folder.rglob("*.tif"):
            archive.write(path, path.relative_to(folder))
    with runs.record(store, "ingest crops", {}) as run:
        crops.write(store, crops.listed(tmp_path / "a.zip", pci.LAYOUT, "s", run), run, 1, again=True)
    assert (run.rejects, run.rows_kept) == ([], 2)
    assert any(note.startswith("the crops of 1 proteins were read anew from changed files") for note in run.notes)
    [(mean,)] = rows(store, "SELECT protein_mean FROM crops WHERE crop_id LIKE '%/7'")
    assert mean == pytest.approx(changed.mean(dtype=np.float64))
    assert (ingest(store, folder).rejects, len(rows(store, CROPS))) == ([], 3)


def test_names_are_matched_whatever_their_capitals_and_a_match_by_gene_is_said(store, tmp_path):
    with_conditions(store)
    for name in ("Aac1", "ymr056c", "1-Oct"):
        write_pci(tmp_path / "in", name, 1, 1)
    run = ingest(store, tmp_path / "in")
    found = rows(store, "SELECT site, condition FROM fields ORDER BY 1")
    assert found == [("1-Oct-1", None), ("Aac1-1", "YMR056C"), ("ymr056c-1", "YMR056C")]
    assert (
        "1 of 3 names were matched by gene, not by ORF, for example Aac1 = YMR056C: right only where the crops are of the species"
        " of the store's proteins" in run.notes
    )
    assert "no protein of the store is called 1-Oct: their crops have none; ingest labels that name them and run this again" in run.notes
    assert any(note.startswith("1 names in folders look like dates, for example 1-Oct") for note in run.notes)


def test_a_condition_that_the_labels_call_otherwise_now_is_put_right(store, folder):
    with_conditions(store)
    ingest(store, folder)
    [(condition, gene)] = rows(store, "SELECT condition, gene FROM condition_classes WHERE gene = 'AAC1'")
    moved = {name: [None] for name in ("class", "abundance", "abundance_note", "purity")}
    for name, key in (("conditions", "labels"), ("labels", "localization")):
        parts.part_path(store, name, (key,)).unlink()
    labelled.put(store, ("t",), {"condition": ["YAL001C"], "gene": [gene], "classes": [[]], **moved}, "r")
    ingest(store, folder)
    assert (condition, rows(store, "SELECT DISTINCT condition FROM crops WHERE condition IS NOT NULL")) == ("YMR056C", [("YAL001C",)])


# Archives and folders that are not what they should be.


def test_what_a_system_left_is_counted_once_and_never_dropped(store, folder, tmp_path):
    junk = b"\x00\x05\x16\x07" + bytes(100)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in folder.rglob("*.tif"):
            archive.write(path, path.relative_to(folder))
            archive.writestr(f"__MACOSX/{path.parent.name}/._{path.name}", junk)
    for path in list(folder.rglob("*.tif")):
        (path.parent / f"._{path.name}").write_bytes(junk)
    (folder / "AAC1/.DS_Store").write_bytes(junk)
    (folder / "Thumbs.db").write_bytes(junk)
    for source, n, screen in ((tmp_path / "a.zip", 6, "zip"), (folder, 8, "folder")):
        run = ingest(store, source, screen=screen)
        assert (run.rejects, run.rows_kept) == ([], 3)
        [note] = [note for note in run.notes if "operating system" in note]
        assert note.startswith(f"{n} files of the operating system were passed over, such as ")


def test_a_member_over_the_limit_and_a_name_that_stands_twice_are_refused_by_name(store, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 100_000)
    monkeypatch.setattr(crop_files, "MOST_BYTES", 100_000)
    content = (folder / "AAC1/AAC1_1_rfp_7_gfp.tif").read_bytes()
    odd = {
        "AAC1/AAC1_1_rfp_7_gfp.tif": bytes(200_000),  # the same name as a whole one
        "AAC1/AAC1_1_rfp_12_gfp.tif": content,  # the same name twice
        "TCB2/TCB2_3_rfp_2_gfp.tif": bytes(150_000),
    }
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(folder, ".")
        for name, held in odd.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(held)
            archive.addfile(member, io.BytesIO(held))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*.tif"):
            archive.write(path, path.relative_to(folder))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, held in odd.items():
                archive.writestr(name, held)
    for name, lead in (("a.tar.gz", "./"), ("a.zip", "")):
        run = ingest(store, tmp_path / name, screen=name)
        said = {(place.removeprefix("./"), reason): detail for place, reason, detail in run.rejects}
        assert said == {
            ("AAC1/AAC1_1_rfp_7_gfp.tif", "refused"): "200,000 bytes: no crop is larger than 100,000",
            ("TCB2/TCB2_3_rfp_2_gfp.tif", "refused"): "150,000 bytes: no crop is larger than 100,000",
            ("AAC1/AAC1_1_rfp_12_gfp.tif", "refused"): (
                "the same name 2 times in the archive: which is meant? None was read; make the archive anew"
            ),
            ("AAC1, field 1, cell 12", "missing channel"): "expected gfp, rfp, found rfp",
        }, lead
        assert run.rows_kept == 2  # cell 7's own small file is read


def test_only_regular_files_of_a_folder_are_read(store, folder, tmp_path):
    write_pci(folder, "ODD1", 1, 1, 2, 3)
    odd = folder / "ODD1"
    for cell, put in ((1, lambda p: p.symlink_to("/dev/zero")), (2, os.mkfifo), (3, lambda p: p.symlink_to(tmp_path / "nothing"))):
        (odd / f"ODD1_1_rfp_{cell}_gfp.tif").unlink()
        put(odd / f"ODD1_1_rfp_{cell}_gfp.tif")
    (folder / "LINK1").symlink_to(folder / "AAC1")
    run = ingest(store, folder)
    assert run.rows_kept == 3
    assert {(place, reason) for place, reason, _ in run.rejects} == {
        ("ODD1/ODD1_1_rfp_1_gfp.tif", "refused"),
        ("ODD1/ODD1_1_rfp_2_gfp.tif", "refused"),
        ("ODD1, field 1, cell 1", "missing channel"),
        ("ODD1, field 1, cell 2", "missing channel"),
        ("ODD1, field 1, cell 3", "not readable"),
        ("LINK1", "refused"),
    }
    os.mkfifo(tmp_path / "a.zip")
    with pytest.raises(BadInput, match="found a device, pipe or socket"):
        ingest(store, tmp_path / "a.zip")


def test_too_much_of_one_condition_is_refused_and_the_rest_is_read(store, folder, monkeypatch):
    size = (folder / "AAC1/AAC1_1_rfp_7_gfp.tif").stat().st_size
    monkeypatch.setattr(crop_files, "MOST_GROUP_BYTES", 3 * size)
    run = ingest(store, folder)
    assert [(place, reason) for place, reason, _ in run.rejects] == [("AAC1", "too much of one protein")]
    assert (run.rows_in, run.rows_kept) == (3, 1)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.tar.xz", b"no archive", "the archive is damaged or cut short"),
        ("a.zip", b"no archive", "the archive is damaged or cut short"),
        ("a.csv", b"x", "expected a folder or an archive"),
        (None, None, "found no such file or folder"),
        ("", None, "expected crops named like AAC1/AAC1_1_rfp_10_gfp.tif"),
    ],
)
def test_something_else_than_crops_is_one_clear_line(store, tmp_path, name, content, said):
    path = tmp_path / "in" / (name or "")
    if name is None:
        path = tmp_path / "nowhere"
    elif content is None:
        path.mkdir(parents=True)
    else:
        path.parent.mkdir()
        path.write_bytes(content)
    with pytest.raises(BadInput, match=said) as error:
        ingest(store, path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_a_truncated_archive_is_refused_before_anything_is_written(store, folder, tmp_path):
    with tarfile.open(tmp_path / "a.tar.xz", "w:xz") as archive:
        archive.add(folder, ".")
    whole = (tmp_path / "a.tar.xz").read_bytes()
    (tmp_path / "a.tar.xz").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(BadInput, match="damaged or cut short"):
        ingest(store, tmp_path / "a.tar.xz")
    assert rows(store, "SELECT count(*) FROM crops") == [(0,)]


def test_names_that_lead_out_of_an_archive_and_links_are_refused(store, folder, tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(folder, ".")
        content = (folder / "AAC1/AAC1_1_rfp_7_gfp.tif").read_bytes()
        for name in ("../AAC1/AAC1_1_rfp_8_gfp.tif", "/AAC1/AAC1_1_rfp_9_gfp.tif"):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("AAC1/AAC1_1_rfp_10_gfp.tif")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    run = ingest(store, tmp_path / "a.tar")
    assert run.rows_kept == 3
    assert {(place, detail) for place, _, detail in run.rejects} == {
        ("../AAC1/AAC1_1_rfp_8_gfp.tif", "its name leads out of the archive"),
        ("/AAC1/AAC1_1_rfp_9_gfp.tif", "its name leads out of the archive"),
        ("AAC1/AAC1_1_rfp_10_gfp.tif", "a link or device, not a file"),
    }


def test_an_unknown_layout_names_the_known_ones():
    with pytest.raises(BadInput, match="unknown layout 'pfia'; did you mean pifia, pci; all layouts of crops: arrays, pci, pifia, table"):
        crops.layout_named("pfia")


# The real archive.


@pytest.mark.slow
def test_the_real_archive_is_read_whole(toy_store, shared):
    with (shared / "data/pci_toy_yeast_small/cells_all.csv").open(newline="") as file:
        listed = {f"pci/1/-/-/{r['gene']}-{r['field']}/{r['cell']}": r for r in csv.DictReader(file)}
    found = rows(toy_store, "SELECT crop_id, condition, protein_mean, cytoplasm_mean FROM crops")
    assert len(found) == len(listed) >= 90
    for crop_id, condition, gfp, rfp in found:
        row = listed[crop_id]
        assert condition == row["orf"]
        # The list has five decimals.
        assert (gfp, rfp) == pytest.approx((float(row["gfp_mean"]), float(row["rfp_mean"])), abs=6e-6)
    per_field = rows(toy_store, "SELECT list(n_crops ORDER BY site) FROM fields GROUP BY condition ORDER BY condition")
    of_field = Counter((r["orf"], r["field"]) for r in listed.values())
    conditions = sorted({condition for condition, _ in of_field})
    assert per_field == [([n for (of, _), n in sorted(of_field.items()) if of == condition],) for condition in conditions]
    assert rows(toy_store, "SELECT count(*) FILTER (kept) >= 0.98 * count(*) FROM crop_filter") == [(True,)]
    with database.connect(toy_store) as connection:
        assert list(check.check(connection)) == []


@pytest.mark.slow
def test_the_small_folder_is_part_of_what_the_archive_gave(toy_store, shared, tmp_path):
    shutil.copytree(toy_store.path, tmp_path / "copy")
    from cellswap.store import folder as stores

    run = ingest(stores.read(tmp_path / "copy"), shared / "data/pci_toy_yeast_small", screen="pci")
    assert run.notes[0] == "5 files that are no images were left alone"
    assert run.notes[1].startswith("3 of 3 names were matched by gene, not by ORF, for example AAC1 = YMR056C, AAC3 = YBR085W, AAH1 =")
    assert len(run.notes) == 2
    assert run.remarks == ["3 of 3 proteins were in the store already"]


@pytest.mark.parametrize("table", ["pixels", "crops", "intensity_histograms", "fields"])
def test_a_part_that_is_lost_is_made_anew_by_the_same_command(store, folder, table):
    ingest(store, folder)
    tables = ("pixels", "crops", "intensity_histograms", "fields", "crop_overlaps_found")
    before = [rows(store, f"SELECT * EXCLUDE (run_id) FROM {name} ORDER BY ALL") for name in tables]
    min(path for path in (store.tables / table).glob("part-*.parquet") if path.name != "part-empty.parquet").unlink()
    ingest(store, folder)
    assert [rows(store, f"SELECT * EXCLUDE (run_id) FROM {name} ORDER BY ALL") for name in tables] == before
    assert integrity.damages(store) == []
