"""Plate maps, labels and crops as people save them, by the commands: what is matched, what is noted, what is refused."""

import io
import zipfile

import numpy as np
import pytest
import tifffile

HEADER = "ORF,Gene,Plate,Row,Column,wellId"


@pytest.fixture
def ingest(cellswap, draw_plate, tmp_path):
    """Reads one drawn field of well A01 with a plate map; what it says, and the well with its localization."""
    cellswap("init", "s")
    cellswap("ingest", "labels", "--store", "s")
    draw_plate("r01c01f01", folder="p1")

    def run(content: bytes, *more, check=True):
        (tmp_path / "map.csv").write_bytes(content)
        done = cellswap("ingest", "fields", "p1", "--plate-map", "map.csv", "--store", "s", "--jobs", "1", *more, check=check)
        query = "SELECT f.condition, content, p.class FROM fields f JOIN wells USING (plate, well)"
        query += " LEFT JOIN condition_classes p ON p.condition = f.condition"
        return done, cellswap("sql", "--store", "s", query, "--format", "csv").stdout.splitlines()[1:]

    return run


def test_a_map_saved_otherwise_gives_the_conditions_own_spelling(ingest):
    done, rows = ingest(f"{HEADER};\n".replace(",", ";").encode("utf-16") + " ymr056c ;AAC1;P1;1.0;1.0;\n;;;;;\n".encode("utf-16-le"))
    assert rows == ["YMR056C,,mitochondrion"]
    notes = [line for line in done.stderr.splitlines() if line.startswith("  note: ")]
    assert "  note: map.csv: 1 blank rows were passed over" in notes
    assert "  note: the ORFs of 1 wells were read in another spelling, for example ymr056c as YMR056C" in notes


def test_a_word_for_nothing_is_no_condition(ingest):
    done, rows = ingest(f"{HEADER}\n#N/A,,p1,1,1,\n".encode())
    assert rows == [",#N/A,"]
    assert "note: 1 wells hold no strain: the word for their ORF is #N/A, which was read as nothing" in done.stderr


def test_a_name_that_no_condition_has_is_noted(ingest):
    done, rows = ingest(f"{HEADER}\nYZZ999W,1-Oct,p1,1,1,\n".encode())
    assert rows == ["YZZ999W,,"]
    assert "note: 1 wells name 1 ORFs that no protein of the store has, for example YZZ999W" in done.stderr
    assert "note: 1 names in wells look like dates, for example 1-Oct" in done.stderr


def test_a_map_of_another_plate_is_refused(ingest):
    done, rows = ingest(f"{HEADER}\nYMR056C,AAC1,p2,1,1,\n".encode(), check=False)
    assert (done.returncode, rows) == (2, [])
    assert "map.csv: names the plate p2, not 'p1', which the images are of; give the map of that plate" in done.stderr


def test_a_sheet_is_refused_and_nothing_reaches_the_terminal_raw(ingest):
    done, _ = ingest(b"PK\x03\x04" + bytes(60), check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "found an Excel workbook" in done.stderr
    assert "\0" not in done.stderr


def test_a_list_of_fields_is_settled_as_a_map_is(cellswap, draw_plate, tmp_path):
    cellswap("init", "s")
    cellswap("ingest", "labels", "--store", "s")
    draw_plate("r01c01f01", "r01c02f01", folder="p1")
    lines = ["field;channel;path;plate;well;ORF"]
    for well, condition in (("r01c01", "ymr056c"), ("r01c02", "NA")):
        lines += [f"{well};ch{i};p1/{well}f01p01-ch{i}sk1fk1fl1.tiff;x;{well};{condition}" for i in (1, 2, 3)]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    done = cellswap("ingest", "fields", "list.csv", "--layout", "csv", "--store", "s", "--jobs", "1")
    rows = cellswap(
        "sql", "--store", "s", "SELECT well, condition, content FROM wells ORDER BY well", "--format", "csv"
    ).stdout.splitlines()
    assert rows[1:] == ["A01,YMR056C,", "A02,,NA"]
    assert "note: 1 wells hold no strain" in done.stderr


def test_crops_that_changed_are_named_and_read_anew_where_asked(cellswap, tmp_path):
    cellswap("init", "s")
    drawn = np.random.default_rng(1)

    def write(n):
        with zipfile.ZipFile(tmp_path / "crops.zip", "w") as archive:
            for cell in range(n):
                for channel in ("gfp", "rfp"):
                    held = io.BytesIO()
                    tifffile.imwrite(held, drawn.integers(100, 4000, (64, 64)).astype(np.uint16))
                    archive.writestr(f"AAC1/AAC1_1_rfp_{cell}_{channel}.tif", held.getvalue())

    command = ("ingest", "crops", "crops.zip", "--layout", "pci", "--store", "s", "--jobs", "1")
    write(2)
    cellswap(*command)
    write(2)
    done = cellswap(*command, check=False)
    assert done.returncode == 2
    said = "AAC1: files changed since they were read (the 4 files of AAC1-1, such as AAC1/AAC1_1_rfp_0_gfp.tif, have other bytes"
    assert said in done.stderr
    done = cellswap(*command, "--again")
    assert "note: the crops of 1 proteins were read anew from changed files" in done.stderr
    assert "in the store already" in cellswap(*command).stderr
