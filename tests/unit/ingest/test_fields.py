"""The stage on small fields: what is in every table, and that nothing is lost, doubled or half-written."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cellswap.errors import BadInput
from cellswap.ingest import field_plan, well_rows
from cellswap.ingest import fields as stage
from cellswap.ingest.field_batch import TABLES
from cellswap.ingest.label_images import Masks
from cellswap.ingest.layouts.fields import Source, list_fields
from cellswap.ingest.recipe import Recipe
from cellswap.ingest.segment import Segmentation
from cellswap.store import database, files, integrity, parts, pixels, runs
from cellswap.store.check import check

RECIPE = Recipe("s", Segmentation(), 64, None)


def ingest(store, folder, recipe=RECIPE, *, again=False, **more):
    facts = {"layout": "phenix", "plate": None, "plate_map": None, "replicate": 1} | more
    listing = list_fields(Source(folder, **facts), store.channels)
    with runs.record(store, "ingest fields", {}) as run:
        stage.reject_all(run, listing.rejects)
        well_rows.write(store, listing, recipe.screen, run)
        stage.write(store, field_plan.plan(store, listing, recipe, again=again), recipe, run, 1)
    return run


def rows(store, query):
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def whole(store):
    """Every row of every table but its run."""
    with database.connect(store) as connection:
        return {name: connection.execute(f"SELECT * EXCLUDE run_id FROM {name} ORDER BY ALL").fetchall() for name in (*TABLES, "wells")}


def test_one_field_in_every_table(store, draw_plate):
    folder = draw_plate("r01c02f03")
    run = ingest(store, folder)
    assert run.summary() == "4 in, 3 kept, 1 dropped (1 crop would leave the field)"
    field_id = "s/1/plate_x/A02/f03"
    files = [f"r01c02f03p01-ch{n}sk1fk1fl1.tiff" for n in (1, 2, 3)]
    expected = (field_id, "plate_x", "A02", "f03", None, 200, 200, 4, 3, "segmented", files)
    assert rows(store, "SELECT field_id, plate, well, site, condition, height, width, n_cells, n_crops, masks, files FROM fields") == [
        expected
    ]
    crops = rows(
        store,
        "SELECT crop_id, cell, y0, x0, y1, x1, has_pixels, n_neighbours, round(centre_y), round(centre_x) FROM crops ORDER BY centre_x",
    )
    assert [row[8:] for row in crops] == [(80, 70), (80, 91), (120, 110)]
    assert [row[7] for row in crops] == [1, 2, 2]
    assert all(row[0] == f"{field_id}/y{row[2] + 32:04d}x{row[3] + 32:04d}" for row in crops)
    assert all((row[4] - row[2], row[5] - row[3], row[6]) == (64, 64, True) for row in crops)
    assert rows(store, "SELECT sum(n_pixels) FROM intensity_histograms") == [(200 * 200,)]
    assert rows(store, "SELECT channel, png[1:4]::VARCHAR FROM field_previews") == [("cytoplasm", "\\x89PNG")]
    with database.connect(store) as connection:
        assert list(check(connection)) == []


def test_pixels_are_those_of_the_files(store, draw_plate):
    folder = draw_plate("r01c01f01")
    ingest(store, folder)
    images = {role: tifffile.imread(folder / f"r01c01f01p01-{name}sk1fk1fl1.tiff") for role, name in store.channels.items()}
    with database.connect(store) as connection:
        found = connection.sql("SELECT * FROM pixels JOIN crops USING (crop_id) ORDER BY crop_id").to_arrow_table()
        windows = connection.sql("SELECT * FROM pixels JOIN backgrounds USING (crop_id) ORDER BY crop_id").to_arrow_table()
    for table, n in ((found, 3), (windows, len(windows))):
        assert len(table) == n > 0
        for role, image in images.items():
            crops = pixels.decode(table[role], 64)
            cut = [image[y : y + 64, x : x + 64] for y, x in zip(table["y0"].to_pylist(), table["x0"].to_pylist(), strict=True)]
            assert np.array_equal(crops, cut)
            assert table[f"{role}_mean"].to_pylist() == pytest.approx([c.mean() for c in cut])
            assert table[f"{role}_std"].to_pylist() == pytest.approx([c.std() for c in cut])
    masks = pixels.decode_mask(found["mask"], 64)
    assert masks.sum(axis=(1, 2)).tolist() == found["mask_area_px"].to_pylist() == found["area_px"].to_pylist()
    assert masks[:, 32, 32].all()
    assert windows["mask"].null_count == len(windows)
    cells = pixels.decode_mask(found["cells"], 64)
    assert (cells >= masks).all()
    others = (cells & ~masks).mean(axis=(1, 2)).tolist()
    assert others == pytest.approx(found["neighbour_share"].to_pylist())
    in_windows = pixels.decode_mask(windows["cells"], 64)
    assert not in_windows[windows["empty"].to_numpy()].any()
    condition = pixels.decode(windows["protein"], 64)
    assert windows["variance"].to_pylist() == pytest.approx(condition.reshape(len(condition), -1).var(axis=1))


def test_a_second_run_does_nothing_and_a_new_field_is_added(store, draw_plate):
    folder = draw_plate("r01c01f01", "r01c02f01")
    ingest(store, folder)
    before = whole(store)
    again = ingest(store, folder)
    assert (again.rows_kept, again.remarks[0]) == (6, "0 of 0 fields read, 2 were there already; 0 cells")
    assert whole(store) == before
    draw_plate("r01c01f02")
    added = ingest(store, folder)
    assert (added.rows_kept, added.remarks[0]) == (9, "1 of 1 fields read, 2 were there already; 4 cells")
    assert rows(store, "SELECT well, site FROM fields ORDER BY ALL") == [("A01", "f01"), ("A01", "f02"), ("A02", "f01")]


@pytest.mark.parametrize("broken", ["pixels", "fields"])
def test_killed_between_two_parts_and_run_again(store, draw_plate, monkeypatch, broken):
    folder = draw_plate("r01c01f01", "r01c01f02")
    real = files.whole_file

    def killed(path, **how):
        if path.parent.name == broken:
            raise KeyboardInterrupt
        return real(path, **how)

    monkeypatch.setattr(files, "whole_file", killed)
    with pytest.raises(KeyboardInterrupt):
        ingest(store, folder)
    monkeypatch.undo()
    assert rows(store, "FROM fields") == []
    draw_plate("r01c01f03")
    ingest(store, folder)
    assert rows(store, "SELECT count(*), count(DISTINCT crop_id) FROM crops") == [(9, 9)]
    with database.connect(store) as connection:
        assert list(check(connection)) == []


def test_what_a_killed_batch_left_is_not_doubled_by_another(store, draw_plate):
    folder = draw_plate("r01c01f01", "r01c02f01")
    ingest(store, folder)
    lost = next(p for p in parts.folder(store, "fields").glob("part-*.parquet") if rows(store, f"SELECT 1 FROM '{p}' WHERE well = 'A01'"))
    lost.unlink()
    draw_plate("r01c01f02")
    ingest(store, folder)
    assert rows(store, "SELECT field_id, count(*) FROM crops GROUP BY 1 ORDER BY 1") == [
        ("s/1/plate_x/A01/f01", 3),
        ("s/1/plate_x/A01/f02", 3),
        ("s/1/plate_x/A02/f01", 3),
    ]


def unread(run):
    """What was not kept but for cells at the border of fields that are done."""
    return [reject for reject in run.rejects if reject[1] != "crop would leave the field"]


def spoil_truncated(path):
    path.write_bytes(path.read_bytes()[:1000])


def spoil_shape(path):
    tifffile.imwrite(path, np.ones((100, 200), np.uint16))


def spoil_zeros(path):
    tifffile.imwrite(path, np.zeros((200, 200), np.uint16))


def spoil_nan(path):
    tifffile.imwrite(path, np.full((200, 200), np.nan, np.float32))


def spoil_text(path):
    path.write_text("not an image")


def spoil_kind(path):
    tifffile.imwrite(path, np.full((200, 200), 3, np.uint8))


SPOILS = {
    "r01c01": (spoil_truncated, "cut short"),
    "r01c02": (spoil_shape, "shape (100, 200), but the protein channel has (200, 200)"),
    "r01c03": (spoil_zeros, "all pixels are zero"),
    "r01c04": (spoil_nan, "40000 pixels are NaN"),
    "r01c05": (spoil_text, "not a TIFF"),
    "r01c06": (spoil_kind, "the nucleus channel is uint8, in the well's other fields uint16"),
}


def test_a_bad_file_costs_its_field_only_and_is_read_once_mended(store, draw_plate):
    folder = draw_plate(*(f"{well}f0{site}" for well in SPOILS for site in (1, 2)))
    for well, (spoil, _) in SPOILS.items():
        spoil(folder / f"{well}f02p01-ch2sk1fk1fl1.tiff")
    run = ingest(store, folder)
    assert rows(store, "SELECT site, count(*) FROM fields GROUP BY 1") == [("f01", len(SPOILS))]
    rejects = [r for r in run.rejects if r[1] == "field is not readable"]
    for n, (reject, (well, (spoil, expected))) in enumerate(zip(rejects, SPOILS.items(), strict=True), 1):
        assert reject[0] == f"s/1/plate_x/A0{n}/f02"
        assert expected in reject[2]
        assert reject[2].startswith(f"{well}f02p01-ch2sk1fk1fl1.tiff: ") or spoil is spoil_kind
    draw_plate(*(f"{well}f02" for well in SPOILS))
    ingest(store, folder)
    assert rows(store, "SELECT site, count(*) FROM fields GROUP BY 1 ORDER BY 1") == [("f01", 6), ("f02", 6)]


def test_floats_and_bytes_keep_their_kind(store, draw_plate):
    folder = draw_plate("r01c01f01", "r01c02f01")
    for path in folder.glob("r01c01*"):
        tifffile.imwrite(path, (tifffile.imread(path) / 7).astype(np.float32))
    for path in folder.glob("r01c02*"):
        tifffile.imwrite(path, (tifffile.imread(path) // 14).astype(np.uint8))
    ingest(store, folder)
    assert rows(
        store,
        "SELECT well, octet_length(protein) // 4096, count(*) FROM crops JOIN pixels USING (crop_id) GROUP BY ALL ORDER BY 1",
    ) == [("A01", 4, 3), ("A02", 1, 3)]


def test_masks_made_elsewhere_keep_their_ids(store, draw_plate, tmp_path):
    folder = draw_plate("r01c01f01", "r01c01f02")
    (tmp_path / "masks").mkdir()
    labels = np.zeros((200, 200), np.uint16)
    labels[90:110, 90:110] = 500
    labels[100:105, 105:115] = 7
    tifffile.imwrite(tmp_path / "masks/r01c01f01p01_cp_masks.tif", labels)
    (tmp_path / "masks/r01c01f02p01_seg.npy").write_bytes(b"")
    run = ingest(store, folder, Recipe("s", Segmentation(), 0, Masks(tmp_path / "masks", "")))
    assert rows(store, "SELECT cell, area_px, mask_area_px FROM crops ORDER BY 1") == [("500", 375, 375), ("7", 50, 50)]
    assert rows(store, "SELECT site, n_cells, masks FROM fields") == [("f01", 2, "given")]
    assert rows(store, "FROM backgrounds") == []
    assert "r01c01f02p01_seg.npy is a Python pickle" in run.rejects[0][2]


def test_without_a_cytoplasm_channel_a_channel_to_segment_in_must_be_named(tmp_path, draw_plate):
    from cellswap.ingest.recipe import seen_in
    from cellswap.store.create import create
    from cellswap.store.facts import Asked

    store = create(tmp_path / "protein_only", Asked(64, {"protein": "ch3"}))
    expected = r"no marker channel to segment cells in \(it has protein\); give label images with --masks DIR, .*--segment-in"
    with pytest.raises(BadInput, match=expected):
        seen_in(store, RECIPE)
    with pytest.raises(BadInput, match="--segment-in nucleus: the store's channels are protein"):
        seen_in(store, replace(RECIPE, segment_in="nucleus"))
    assert seen_in(store, replace(RECIPE, masks=Masks(tmp_path, ""))) == "protein"
    run = ingest(store, draw_plate("r01c01f01"), replace(RECIPE, segment_in="protein"))
    assert rows(store, "SELECT n_cells FROM fields") == [(4,)]
    assert any("segmented in the protein channel" in note for note in run.notes)
    assert rows(store, "SELECT count(protein) > 3 FROM pixels") == [(True,)]


def test_wells_from_the_plate_map_and_a_map_that_says_otherwise(store, draw_plate, tmp_path):
    plate_map = tmp_path / "map.csv"
    header = "ORF,Gene,Plate,Row,Column,wellId\n"
    plate_map.write_text(header + "YA,A,plate_x,1,1,\nBLANK,BLANK,plate_x,1,2,\n,Whi5,plate_x,2,1,\n")
    folder = draw_plate("r01c01f01", "r01c02f01")
    ingest(store, folder, plate_map=plate_map)
    ingest(store, folder, plate_map=plate_map)
    assert rows(store, "SELECT plate, well, plate_row, plate_column, condition, gene, content FROM wells ORDER BY well") == [
        ("plate_x", "A01", 0, 0, "YA", "A", None),
        ("plate_x", "A02", 0, 1, None, None, "BLANK"),
        ("plate_x", "B01", 1, 0, None, None, "Whi5"),
    ]
    assert rows(store, "SELECT well, condition FROM fields ORDER BY 1") == [("A01", "YA"), ("A02", None)]
    plate_map.write_text(header + "YB,B,plate_x,1,1,\n")
    with pytest.raises(BadInput, match="well A01: the plate map says YB, the store has YA there"):
        ingest(store, folder, plate_map=plate_map)


def test_shards_share_the_wells(store, draw_plate):
    listing = list_fields(Source(draw_plate("r01c01f01", "r01c01f02", "r01c02f01", "r02c01f01"), "phenix", None, None, 1), store.channels)
    plans = [field_plan.plan(store, listing, RECIPE, f"{i}/2") for i in (1, 2)]
    assert [[f.well for f in well] for made in plans for well in made.wells] == [["A01", "A01"], ["B01"], ["A02"]]
    with pytest.raises(BadInput, match="may not be empty or hold a /"):
        field_plan.plan(store, listing, replace(RECIPE, screen="a/b"))


def test_only_windows_that_vary_no_more_than_empty_ones_are_cell_free(store, draw_field, draw_plate):
    folder = draw_plate("r01c01f01")
    for channel in (1, 2, 3):
        image = draw_field([(60, 60, 11), (60, 84, 11)], 360)
        tifffile.imwrite(folder / f"r01c02f01p01-ch{channel}sk1fk1fl1.tiff", image)
    ingest(store, folder)
    ingest(store, draw_plate("r01c01f01", folder="crowded"), Recipe("t", Segmentation(), 64, None))
    query = """SELECT c.screen, c.kept, c.reason, b.variance <= c.threshold, count(*) > 0
               FROM cell_free_windows AS c JOIN backgrounds AS b USING (crop_id) GROUP BY ALL ORDER BY ALL"""
    assert rows(store, query) == [
        ("s", False, "varies more than 95% of certainly empty windows", False, True),
        ("s", True, None, True, True),
        ("t", False, "no certainly empty window in the replicate", None, True),
    ]
    certain = rows(store, "SELECT quantile_cont(variance, 0.95), count(*) FROM backgrounds WHERE empty AND screen = 's'")
    assert rows(store, "SELECT DISTINCT threshold, n_certain FROM cell_free_windows WHERE screen = 's'") == certain


def write_field(folder, name, images):
    """One field of a plate: `images` by channel number."""
    folder.mkdir(exist_ok=True)
    for number, image in images.items():
        tifffile.imwrite(folder / f"{name}p01-ch{number}sk1fk1fl1.tiff", image)


def broad(draw_field):
    """Cells larger than any that the segmentation takes, so that it finds none."""
    return draw_field([(100, 100, 60), (260, 260, 60), (100, 260, 55)], 360)


def test_a_field_in_which_nothing_was_found_is_not_yet_empty(store, draw_field, tmp_path):
    for site, image in (("f01", broad(draw_field)), ("f02", draw_field([], 360))):
        write_field(tmp_path / "p", f"r01c01{site}", dict.fromkeys((1, 2, 3), image))
    run = ingest(store, tmp_path / "p")
    assert rows(store, "SELECT site, n_cells FROM fields ORDER BY 1") == [("f01", 0), ("f02", 0)]
    assert rows(store, "SELECT DISTINCT right(field_id, 3), empty FROM backgrounds") == [("f02", True)]
    (note,) = run.notes
    assert note.startswith("1 fields without any cell found are not taken for empty, since something stands in them (s/1/p/A01/f01: ")
    assert "--empty-wells" in note


@pytest.mark.parametrize("how", ["option", "plate map"])
def test_a_field_is_empty_where_somebody_says_so(store, draw_field, tmp_path, how):
    write_field(tmp_path / "p", "r01c01f01", dict.fromkeys((1, 2, 3), broad(draw_field)))
    (tmp_path / "map.csv").write_text("ORF,Gene,Plate,Row,Column,wellId\nBLANK,BLANK,p,1,1,\n")
    recipe = replace(RECIPE, empty_wells=frozenset({"A01"})) if how == "option" else RECIPE
    run = ingest(store, tmp_path / "p", recipe, plate_map=tmp_path / "map.csv" if how == "plate map" else None)
    assert rows(store, "SELECT count(*) > 0, bool_and(empty) FROM backgrounds") == [(True, True)]
    (note,) = run.notes
    assert note.startswith("1 fields are taken for empty as somebody says, though something stands in them (s/1/p/A01/f01: ")


def test_a_well_said_to_be_empty_keeps_the_cells_that_it_has(store, draw_plate):
    run = ingest(store, draw_plate("r01c01f01"), replace(RECIPE, empty_wells=frozenset({"A01"})))
    assert rows(store, "SELECT n_crops FROM fields") == [(3,)]
    assert "1 fields of wells that are said to be empty have 4 cells (s/1/plate_x/A01/f01: 4 cells), which are kept" in run.notes
    with pytest.raises(BadInput, match="--empty-wells: no field is of B02"):
        ingest(store, draw_plate("r01c01f01"), replace(RECIPE, empty_wells=frozenset({"B02"})))


def test_windows_are_not_certain_where_cells_were_missed(store, draw_field, tmp_path):
    """A mask that knows one cell of many: what is far from it is full of cells."""
    centres = [(y, x) for y in range(40, 400, 40) for x in range(40, 400, 40)]
    image = draw_field([(y, x, 11) for y, x in centres], 420)
    write_field(tmp_path / "p", "r01c01f01", dict.fromkeys((1, 2, 3), image))
    y, x = np.mgrid[:420, :420]
    (tmp_path / "masks").mkdir()
    np.save(tmp_path / "masks/r01c01f01.npy", (np.hypot(y - 40, x - 40) < 11).astype(np.uint16))
    run = ingest(store, tmp_path / "p", replace(RECIPE, masks=Masks(tmp_path / "masks", "")))
    assert rows(store, "SELECT count(*) > 20, count(*) FILTER (empty) FROM backgrounds") == [(True, 0)]
    assert run.notes[0].startswith("1 fields show something in the windows that are far from every cell found (s/1/p/A01/f01: ")


def test_labels_that_are_no_single_cell_give_no_crop_and_are_counted(store, draw_plate, tmp_path):
    folder = draw_plate("r01c01f01", "r01c01f02", "r01c01f03")
    y, x = np.mgrid[:200, :200]
    labels = np.zeros((200, 200), np.uint8)
    for label, cy, cx in ((255, 50, 60), (255, 150, 60), (7, 100, 100), (9, 120, 140)):
        labels[np.hypot(y - cy, x - cx) < 9] = label
    labels[(np.hypot(y - 60, x - 130) < 20) & (np.hypot(y - 60, x - 130) > 12)] = 3  # a ring: its centre is not its own
    (tmp_path / "masks").mkdir()
    np.save(tmp_path / "masks/r01c01f01.npy", labels)
    np.save(tmp_path / "masks/r01c01f02.npy", np.zeros_like(labels))
    np.save(tmp_path / "masks/r01c01f03.npy", (labels > 0).astype(np.uint8))
    np.save(tmp_path / "masks/other.npy", labels)
    run = ingest(store, folder, replace(RECIPE, masks=Masks(tmp_path / "masks", "")))
    assert rows(store, "SELECT cell FROM crops ORDER BY 1") == [("7",), ("9",)]
    assert rows(store, "SELECT site, n_cells, n_crops FROM fields ORDER BY 1") == [("f01", 4, 2), ("f02", 0, 0)]
    rejects = {(place[-3:], reason): detail for place, reason, detail in run.rejects}
    assert rejects["f01", "no single cell at the crop's centre"].startswith("2 of 4 cells: ")
    assert "the label 1 lies in 5 separate places: a mask of in and out" in rejects["f03", "field is not readable"]
    said = "\n".join(run.notes)
    assert "1 labels of 1 label images lie in several parts far from each other (s/1/plate_x/A01/f01: r01c01f01.npy: label 255" in said
    assert "1 label images reach the last number of their dtype (s/1/plate_x/A01/f01: r01c01f01.npy, uint8)" in said
    assert "1 label images have no label at all (s/1/plate_x/A01/f02: r01c01f02.npy)" in said
    assert "1 fields without any cell found are not taken for empty" in said
    assert "1 label images begin with no field's name: other.npy" in said


def test_a_field_that_is_smaller_than_a_crop_says_so(store, draw_field, tmp_path):
    image = draw_field([(25, 150, 11)], 300)[:50]
    write_field(tmp_path / "p", "r01c01f01", dict.fromkeys((1, 2, 3), image))
    run = ingest(store, tmp_path / "p")
    assert run.rejects == [
        ("s/1/p/A01/f01", "field is smaller than a crop", "the field (50 x 300) is smaller than a crop of 64: 1 of 1 cells")
    ]


def test_changed_files_are_named_and_read_anew_where_that_is_asked_for(store, draw_plate, draw_field):
    folder = draw_plate("r01c01f01", "r01c01f02", "r01c02f01")
    ingest(store, folder)
    before = whole(store)
    image = draw_field([(100, 100, 11)], 200)
    tifffile.imwrite(folder / "r01c01f02p01-ch3sk1fk1fl1.tiff", image)
    run = ingest(store, folder)
    assert whole(store) == before
    ((place, reason, detail),) = unread(run)
    assert (place, reason) == ("s/1/plate_x/A01/f02", "field is in the store, but its files have changed")
    assert "r01c01f02p01-ch3sk1fk1fl1.tiff" in detail
    assert "read them anew with the same command and --again" in run.notes[0]
    run = ingest(store, folder, again=True)
    assert unread(run) == []
    assert sorted(place for place, _, _ in run.rejects) == ["s/1/plate_x/A01/f01", "s/1/plate_x/A02/f01"]
    assert run.written_now["fields"] == 2
    after = whole(store)
    assert [(row[0], row[9], row[10]) for row in after["fields"]] == [
        ("s/1/plate_x/A01/f01", 4, 3),
        ("s/1/plate_x/A01/f02", 1, 1),
        ("s/1/plate_x/A02/f01", 4, 3),
    ]
    for name in before:
        column = 1 if name in {"crops", "backgrounds"} else 0
        others = [row for row in before[name] if "/A01/f02" not in str(row[column])]
        assert [row for row in after[name] if "/A01/f02" not in str(row[column])] == others
    with database.connect(store) as connection:
        assert list(check(connection)) == []
    assert ingest(store, folder, again=True).written_now == {}


def test_what_cannot_be_read_anew_stays(store, draw_plate):
    folder = draw_plate("r01c01f01", "r01c01f02")
    ingest(store, folder)
    before = whole(store)
    spoil_truncated(folder / "r01c01f02p01-ch2sk1fk1fl1.tiff")
    run = ingest(store, folder, again=True)
    assert whole(store) == before
    ((place, _, detail),) = unread(run)
    assert place == "s/1/plate_x/A01/f02"
    assert detail.endswith("the fields stored with it stay as they were")
    for path in folder.glob("r01c01f01*"):
        path.unlink()
    run = ingest(store, folder, again=True)
    assert whole(store) == before
    assert unread(run)[0][2].endswith("it is stored together with s/1/plate_x/A01/f01, which must be there too to read it anew")


def test_killed_while_it_is_read_anew_it_is_read_by_the_next_run(store, draw_plate, draw_field, monkeypatch):
    folder = draw_plate("r01c01f01", "r01c01f02")
    ingest(store, folder)
    tifffile.imwrite(folder / "r01c01f02p01-ch3sk1fk1fl1.tiff", draw_field([(100, 100, 11)], 200))
    real = Path.replace

    def killed(self, target):
        if target.parent.name == "crops":
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        ingest(store, folder, again=True)
    monkeypatch.undo()
    ingest(store, folder)
    assert rows(store, "SELECT site, n_cells, n_crops FROM fields ORDER BY 1") == [("f01", 4, 3), ("f02", 1, 1)]
    assert rows(store, "SELECT count(*), count(DISTINCT crop_id) FROM crops") == [(4, 4)]
    with database.connect(store) as connection:
        assert list(check(connection)) == []


def test_touched_files_are_the_same_and_another_label_image_is_not(store, draw_plate, tmp_path):
    folder = draw_plate("r01c01f01")
    (tmp_path / "masks").mkdir()
    labels = np.zeros((200, 200), np.uint16)
    labels[90:110, 90:110] = 5
    np.save(tmp_path / "masks/r01c01f01.npy", labels)
    recipe = replace(RECIPE, masks=Masks(tmp_path / "masks", ""))
    ingest(store, folder, recipe)
    for path in folder.iterdir():
        os.utime(path, ns=(1, 1))
    assert ingest(store, folder, recipe).rejects == []  # their bytes were read, and are the same
    np.save(tmp_path / "masks/r01c01f01.npy", labels * 2)
    assert [reject[0] for reject in ingest(store, folder, recipe).rejects] == ["s/1/plate_x/A01/f01"]
    assert "now there are" in ingest(store, folder).rejects[0][2]
    ingest(store, folder, recipe, again=True)
    assert rows(store, "SELECT cell, (SELECT files[4] FROM fields) FROM crops") == [("10", "r01c01f01.npy")]


@pytest.mark.parametrize("table", ["intensity_histograms", "pixels", "crops", "backgrounds", "field_previews", "fields", "field_doubts"])
def test_a_part_that_is_lost_is_made_anew_by_the_same_command(store, draw_plate, table):
    folder = draw_plate("r01c01f01", "r02c02f01")
    ingest(store, folder)
    before = whole(store)
    lost = [path for path in sorted((store.tables / table).glob("part-*.parquet")) if path.name != parts.EMPTY]
    for path in lost[:1]:
        path.unlink()
        assert [damage.file for damage in integrity.damages(store)] == [f"tables/{table}/{path.name}"]
    ingest(store, folder)
    assert (whole(store), integrity.damages(store)) == (before, [])


def test_a_lost_part_stays_missing_where_its_files_are_gone(store, draw_plate):
    folder = draw_plate("r01c01f01", "r02c02f01")
    ingest(store, folder)
    lost, *_ = [path for path in sorted((store.tables / "backgrounds").glob("part-*.parquet")) if path.name != parts.EMPTY]
    kept = len(rows(store, "FROM crops"))
    lost.unlink()
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(BadInput):
        ingest(store, folder)
    assert len(rows(store, "FROM crops")) == kept
    assert [damage.file for damage in integrity.damages(store)] == [f"tables/backgrounds/{lost.name}"]
