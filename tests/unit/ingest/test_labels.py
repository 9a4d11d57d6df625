"""Label tables: what is written, what is dropped and why, and that nothing is lost silently."""

from __future__ import annotations

import gzip
import shutil

import pyarrow.parquet as pq
import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.ingest import labels
from cellswap.ingest.layouts.huh import COLUMNS
from cellswap.store import database, parts, runs

HEADER = ["yORF", "gene name", "abundance", *COLUMNS]
CELLS = "set,split,plate,row,column,frame,image,cell,label\n"


def huh_row(condition, *seen, gene="", abundance="125", **flags):
    return ",".join([condition, gene, abundance, *(flags.get(c.replace(" ", "_"), "T" if c in seen else "F") for c in COLUMNS)])


def write(path, *rows, header=HEADER):
    path.write_text("\n".join([",".join(header), *rows]) + "\n", encoding="utf-8")
    return path


def ingest(store, path, *, replace=False):
    with runs.record(store, "ingest labels", {"path": path, "replace": replace}) as run:
        labels.write_huh(store, path, run, replace=replace)
    return run


def ingest_cells(store, path, screen="deepyeast", *, replace=False):
    with runs.record(store, "ingest labels", {"path": path, "screen": screen, "replace": replace}) as run:
        labels.write_cells(store, path, screen, run, replace=replace)
    return run


def rows(store, query):
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


CONDITIONS = "SELECT condition, gene, classes, class, abundance, abundance_note FROM condition_classes ORDER BY condition"


def test_a_condition_has_a_single_class_only_where_one_flag_of_all_23_is_set(store, tmp_path):
    table = write(
        tmp_path / "t.csv",
        huh_row("YAL002W", "endosome", gene="VPS8", abundance="736"),
        huh_row("YAL001C", "nucleus", "cytoplasm", gene="TFC3"),
        huh_row("YAL003W", "early Golgi", abundance="low signal"),
        huh_row("YAL004W", "ER", "punctate composite"),
        huh_row("YAL005C", abundance=""),
    )
    run = ingest(store, table)
    assert rows(store, CONDITIONS) == [
        ("YAL001C", "TFC3", ["cytoplasm", "nucleus"], None, 125.0, None),
        ("YAL002W", "VPS8", ["endosome"], "endosome", 736.0, None),
        ("YAL003W", None, ["early Golgi"], None, None, "low signal"),
        ("YAL004W", None, ["ER", "punctate composite"], None, 125.0, None),
        ("YAL005C", None, [], None, None, None),
    ]
    assert (run.rows_in, run.rows_kept, list(run.inputs)) == (5, 5, ["t.csv"])


def test_the_table_of_the_package_gives_2573_conditions_of_a_single_class(store):
    run = ingest(store, None)
    assert rows(store, "SELECT count(*), count(class), count(abundance) FROM condition_classes") == [(4155, 2573, 3570)]
    assert run.rejects == []


def test_the_published_table_is_the_one_in_the_package(store, shared):
    ingest(store, shared / "data/huh/yeastgfp.csv")
    run = ingest(store, None)
    assert run.remarks == ["huh.csv of this package: the store has exactly these labels already; nothing was written"]


def test_bad_rows_are_dropped_with_their_row_and_reason(store, tmp_path):
    table = write(
        tmp_path / "t.csv",
        huh_row("YAL001C", "nucleus"),
        huh_row("", "nucleus"),
        huh_row("YAL001C", "ER"),
        huh_row("YAL002W", "ER", spindle_pole="yes"),
        huh_row("YAL003W", "ER", bud=""),
    )
    run = ingest(store, table)
    assert [row[0] for row in rows(store, CONDITIONS)] == ["YAL001C"]
    assert run.rejects == [
        ("t.csv row 3", "missing ORF", "expected a systematic name such as YAL001C, found nothing"),
        ("t.csv row 4", "doubled ORF", "YAL001C stands in row 2 already"),
        ("t.csv row 5", "localization is not T or F", "spindle pole: expected T or F, found yes"),
        ("t.csv row 6", "localization is not T or F", "bud: expected T or F, found nothing"),
    ]
    assert rows(store, "SELECT place, reason FROM rejects ORDER BY place") == [r[:2] for r in run.rejects]
    assert (run.rows_in, run.rows_kept) == (5, 1)


def test_an_unknown_class_drops_the_conditions_that_have_it(store, tmp_path):
    table = write(
        tmp_path / "t.csv",
        huh_row("YAL001C", "ER") + ",F",
        huh_row("YAL002W", "ER") + ",T",
        header=[*HEADER, "eisosome"],
    )
    run = ingest(store, table)
    assert [row[0] for row in rows(store, CONDITIONS)] == ["YAL001C"]
    assert run.rejects == [("t.csv row 3", "unknown localization", "eisosome: the vocabulary has no such localization")]
    assert "the column 'eisosome' is no localization" in run.notes[0]


def test_a_missing_column_stops(store, tmp_path):
    table = write(tmp_path / "t.csv", "YAL001C,,1,T", header=["yORF", "gene name", "abundance", "nucleus"])
    with pytest.raises(
        BadInput,
        match=r"t\.csv: no columns 'actin', 'bud neck', .* and 14 more; .*its columns are orf, gene",
    ):
        ingest(store, table)
    assert rows(store, "SELECT status FROM runs WHERE command = 'ingest labels'") == [("failed",)]


@pytest.mark.parametrize(("content", "said"), [(b"", "the file is empty"), (b"\x80\x04\x95\xff\x00", "expected"), (None, "no such file")])
def test_something_else_than_a_table_is_one_clear_line(store, tmp_path, content, said):
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=said) as error:
        ingest(store, path)
    assert str(error.value).startswith(f"{path}: expected")
    assert "\n" not in str(error.value)


def test_other_conditions_do_not_replace_those_that_are_there(store, tmp_path):
    ingest(store, write(tmp_path / "a.csv", huh_row("YAL001C", "ER"), huh_row("YAL002W", "ER")))
    other = write(tmp_path / "b.csv", huh_row("YAL003W", "actin"))
    with pytest.raises(BadInput, match=r"b\.csv: .*other labels of the scheme localization already \(of 2 conditions\).*--replace"):
        ingest(store, other)
    assert len(rows(store, CONDITIONS)) == 2
    ingest(store, other, replace=True)
    assert [row[0] for row in rows(store, CONDITIONS)] == ["YAL003W"]


def test_the_same_table_again_is_fine_and_writes_nothing(store, tmp_path):
    table = write(tmp_path / "a.csv", huh_row("YAL001C", "ER"))
    first = ingest(store, table)
    part = parts.part_path(store, "labels", ("localization",))
    before = part.stat().st_mtime_ns
    again = ingest(store, table)
    assert (part.stat().st_mtime_ns, again.rows_kept, again.run_id) == (before, 1, first.run_id)
    assert again.remarks == ["a.csv: the store has exactly these labels already; nothing was written"]


def test_conditions_and_genes_are_read_whatever_their_capitals_and_words_for_nothing_are_none(store, tmp_path):
    table = write(
        tmp_path / "t.csv",
        huh_row("yal001c", "nucleus", gene="TFC3"),
        huh_row(" YAL001C ", "ER"),
        huh_row("NA", "ER"),
        huh_row("YAL002W", "ER", gene="#N/A", abundance="nan"),
        huh_row("YAL003W", "ER", gene="1-Oct"),
        "," * (len(HEADER) - 1),
    )
    run = ingest(store, table)
    assert rows(store, "SELECT condition, gene, abundance FROM condition_classes ORDER BY 1") == [
        ("YAL001C", "TFC3", 125.0),
        ("YAL002W", None, None),
        ("YAL003W", "1-Oct", 125.0),
    ]
    assert [(place, reason) for place, reason, _ in run.rejects] == [("t.csv row 3", "doubled ORF"), ("t.csv row 4", "missing ORF")]
    assert run.notes[0] == "t.csv: 1 blank rows were passed over"
    assert run.notes[1].startswith("1 names in t.csv look like dates, for example 1-Oct: ")


def test_the_table_of_the_package_says_whose_conditions_it_has(store, tmp_path):
    assert "these are proteins of budding yeast" in ingest(store, None).notes[0]
    assert ingest(store, write(tmp_path / "a.csv", huh_row("YAL001C", "ER")), replace=True).notes == []


def test_conditions_of_wells_that_the_table_lacks_are_counted(store, tmp_path):
    places = {"screen": ["s"] * 3, "plate": ["p"] * 3, "well": ["A01", "A02", "A03"], "plate_row": [0] * 3, "plate_column": [0, 1, 2]}
    holds = {"condition": ["YAL001C", "MCM2", "yal001c"], "gene": [None] * 3, "content": [None] * 3, "attributes": [None] * 3}
    parts.write(store, "wells", ("t",), places | holds, "r")
    [note] = ingest(store, write(tmp_path / "a.csv", huh_row("YAL001C", "ER"))).notes
    assert note.startswith("2 of 3 ORFs of the store's wells and fields are no proteins of this table, for example MCM2, yal001c:")
    assert "1 are only spelled otherwise (yal001c is YAL001C here)" in note


# Cell-level labels.

WELLS = "FROM wells LEFT JOIN well_labels USING (screen, plate, well)"


def write_cells(path, *lines):
    with gzip.open(path, "wt") as file:
        file.write(CELLS + "\n".join(lines) + "\n")
    return path


def test_a_label_list_gives_crops_without_pixels_wells_and_fields(store, tmp_path):
    path = write_cells(tmp_path / "cells.csv.gz", "main,train,10,15,5,6,15188,94,cell periphery", "main,val,2,1,24,0,9,1,er")
    ingest_cells(store, tmp_path)
    crops = """SELECT crop_id, c.field_id, c.screen, c.replicate, c.plate, c.well, c.condition, cell, class, split, c.has_pixels
        FROM crops AS c JOIN crop_classes USING (crop_id) ORDER BY ALL"""
    assert rows(store, crops) == [
        (
            "deepyeast/1/10/O05/6/94",
            "deepyeast/1/10/O05/6",
            "deepyeast",
            1,
            "10",
            "O05",
            None,
            "94",
            "cell periphery",
            "train",
            False,
        ),
        (
            "deepyeast/1/2/A24/0/1",
            "deepyeast/1/2/A24/0",
            "deepyeast",
            1,
            "2",
            "A24",
            None,
            "1",
            "ER",
            "val",
            False,
        ),
    ]
    assert rows(store, f"SELECT plate, well, plate_row, plate_column, condition, class {WELLS} ORDER BY ALL") == [
        ("10", "O05", 14, 4, None, "cell periphery"),
        ("2", "A24", 0, 23, None, "ER"),
    ]
    fields = rows(store, "SELECT field_id, site, n_cells, n_crops, masks, files, sha256 FROM fields ORDER BY ALL")
    assert fields == [
        ("deepyeast/1/10/O05/6", "6", 1, 1, "none", [], None),
        ("deepyeast/1/2/A24/0", "0", 1, 1, "none", [], None),
    ]
    assert path.is_file()


def test_bad_rows_of_a_label_list_are_dropped_with_their_row_and_reason(store, tmp_path):
    write_cells(
        tmp_path / "cells.csv.gz",
        "main,train,1,1,1,0,1,1,er",
        "main,train,1,17,1,0,1,1,er",
        "main,train,1,1,2,0,1,,er",
        "main,train,1,1,3,0,1,1,nukleus",
        "main,train,1,1,1,0,1,1,er",
        "main,train,1,x,1,0,1,1,er",
    )
    run = ingest_cells(store, tmp_path)
    assert [(place, reason) for place, reason, _ in run.rejects] == [
        ("cells.csv.gz row 3", "no such well"),
        ("cells.csv.gz row 4", "missing value"),
        ("cells.csv.gz row 5", "unknown localization"),
        ("cells.csv.gz row 6", "doubled cell"),
        ("cells.csv.gz row 7", "no such well"),
    ]
    assert run.rejects[0][2] == "expected row 1-16 and column 1-24, found row 17 and column 1"
    assert run.rejects[2][2] == "unknown localization 'nukleus'; did you mean nucleus, nucleolus"
    assert (run.rows_in, run.rows_kept) == (6, 1)


def test_numbers_with_a_nought_behind_blank_rows_and_words_for_nothing(store, tmp_path):
    write_cells(
        tmp_path / "cells.csv.gz", "main,train,10.0,15.0,5.0,6.0,15188.0,94.0,er", "main,train,NA,1,1,0,1,1,er", ",,,,,,,,", ",,,,,,,,"
    )
    run = ingest_cells(store, tmp_path)
    assert rows(store, "SELECT crop_id, plate, well FROM crops") == [("deepyeast/1/10/O05/6/94", "10", "O05")]
    assert run.rejects == [("cells.csv.gz row 3", "missing value", "plate: found nothing")]
    assert run.notes == ["cells.csv.gz: 2 blank rows were passed over"]


def test_a_well_of_two_labels_has_none_and_the_run_says_so(store, tmp_path):
    write_cells(
        tmp_path / "cells.csv.gz",
        "main,train,1,1,1,0,1,1,er",
        "main,train,1,1,1,0,1,2,actin",
        "main,train,1,1,2,0,1,2,actin",
    )
    run = ingest_cells(store, tmp_path)
    assert rows(store, f"SELECT well, class {WELLS} ORDER BY well") == [
        ("A01", None),
        ("A02", "actin"),
    ]
    assert run.notes == ["1 wells hold cells of more than one label; they have no label of their own"]


def test_other_labels_of_the_same_screen_are_refused_and_another_screen_is_not(store, tmp_path):
    write_cells(tmp_path / "cells.csv.gz", "main,train,1,1,1,0,1,1,er")
    ingest_cells(store, tmp_path)
    ingest_cells(store, tmp_path)
    write_cells(tmp_path / "cells.csv.gz", "main,train,1,1,1,0,1,1,actin")
    with pytest.raises(BadInput, match="the screen deepyeast has other labels already"):
        ingest_cells(store, tmp_path)
    ingest_cells(store, tmp_path, "second")
    ingest_cells(store, tmp_path, replace=True)
    assert rows(store, "SELECT screen, class FROM crop_classes ORDER BY 1") == [
        ("deepyeast", "actin"),
        ("second", "actin"),
    ]


def test_the_real_list_is_read_whole(store, shared):
    run = ingest_cells(store, shared / "data/deepyeast_labels")
    assert (run.rows_in, run.rows_kept, dict(run.written)) == (
        100_000,
        100_000,
        {"crops": 100_000, "wells": 1852, "labels": 101_852, "fields": 7030},
    )


# The command.


def test_the_command_says_what_it_wrote_and_what_next(cellswap, tmp_path):
    cellswap("init", "s")
    done = cellswap("ingest", "labels", "--store", "s")
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "ingest labels: 4155 in, 4155 kept, 0 dropped",
        "  conditions: 4155 rows",
        "  labels: 5610 rows",
        "  note: these are proteins of budding yeast, the table of Huh et al. 2003 that ships with the package; other cells need their own",
        "next: cellswap ingest published --store s",
    ]


def test_a_command_that_is_run_again_says_what_was_there(cellswap, tmp_path):
    cellswap("init", "s")
    cellswap("ingest", "labels", "--store", "s")
    again = cellswap("ingest", "labels", "--store", "s").stderr.splitlines()
    assert again[0] == "ingest labels: 4155 in, 4155 kept, 0 dropped; all of it was there already, nothing was written"
    assert not any(line.endswith(" rows") for line in again)
    for part in (tmp_path / "s/tables/labels").glob("part-*.parquet"):
        if pq.read_metadata(part).num_rows:
            part.unlink()
    mended = cellswap("ingest", "labels", "--store", "s").stderr.splitlines()
    assert mended[:2] == [
        "ingest labels: 4155 in, 4155 kept, 0 dropped; a part of it was there already, this time was written:",
        "  labels: 5610 rows",
    ]


def test_an_unknown_layout_and_a_missing_list_are_one_line(cellswap, tmp_path):
    cellswap("init", "s")
    wrong = cellswap("ingest", "labels", "--layout", "hu", "--store", "s", check=False)
    said = "unknown layout 'hu'; did you mean huh; all layouts of labels: attributes, deepyeast, huh, opencell, table"
    assert (wrong.returncode, wrong.stderr) == (2, f"error: {said}\n")
    missing = cellswap("ingest", "labels", "--layout", "deepyeast", "--store", "s", check=False)
    assert missing.returncode == 2
    assert missing.stderr == "error: --layout deepyeast: expected a PATH, the list cells.csv.gz or its folder\n"
    assert UnknownName.exit_code == 2
    shutil.rmtree(tmp_path / "s")
