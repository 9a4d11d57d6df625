"""Tables of wells: what becomes the condition, what stays beside it, and what is said of all that does not match."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cellswap.errors import BadInput
from cellswap.ingest import field_plan, metadata, well_names, well_rows
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing
from cellswap.ingest.field_inputs import Known
from cellswap.ingest.metadata import Asked
from cellswap.ingest.names import Known as KnownNames
from cellswap.ingest.plate_map import Content
from cellswap.store import database, runs

HEADER = "Metadata_Plate,Metadata_Well,compound,moa\n"


def listing(*wells, holds=NO_MAP):
    fields = [FieldFiles(plate, well, "1", 1, holds, {}, ()) for plate, well in wells]
    return Listing(fields, {}, [])


def applied(tmp_path, text, wells, condition=("compound",), **columns):
    path = tmp_path / "wells.csv"
    path.write_text(text, encoding="utf-8")
    return metadata.applied(listing(*wells), Asked(path, condition, **columns))


def test_plate_and_well_are_found_and_wells_read_however_they_are_written(tmp_path):
    text = "PLATE,metadata_well,Compound,moa,dose\n007,a1,taxol,tubulin,1.0\n007,A02,DMSO,NA,\n"
    found = applied(tmp_path, text, [("007", "A01"), ("007", "A02")])
    assert [(f.well, f.holds) for f in found.fields] == [("A01", Content("taxol", None, None)), ("A02", Content("DMSO", None, None))]
    assert found.wells == {("007", "A01"): Content("taxol", None, None), ("007", "A02"): Content("DMSO", None, None)}
    assert found.attributes == {
        ("007", "A01"): {"Compound": "taxol", "moa": "tubulin", "dose": "1.0"},
        ("007", "A02"): {"Compound": "DMSO"},
    }
    assert (found.rejects, found.notes) == ([], [])


def test_a_condition_of_several_columns_is_joined_and_needs_all_of_them(tmp_path):
    text = HEADER + "p1,A1,taxol,tubulin\np2,A1,taxol,tubulin\np2,A2,,tubulin\n"
    found = applied(tmp_path, text, [("p1", "A01"), ("p2", "A01"), ("p2", "A02")], ("compound", "Metadata_Plate"))
    assert [f.holds.condition for f in found.fields] == ["taxol@p1", "taxol@p2", None]
    assert found.notes == [
        "1 of 3 wells with images have no condition in wells.csv (A02 of p2): where such a well has no cells, say so with --empty-wells"
    ]


def test_wells_that_one_side_alone_has_are_counted(tmp_path):
    text = HEADER + "p1,A1,taxol,\np1,B1,DMSO,\np9,A1,DMSO,\n,C1,DMSO,\np1,??,DMSO,\n"
    found = applied(tmp_path, text, [("p1", "A01"), ("p1", "A02"), ("p2", "A01")])
    assert [f.holds.condition for f in found.fields] == ["taxol", None, None]
    assert list(found.wells) == [("p1", "A01"), ("p1", "B01")]
    assert found.notes == [
        "2 of 3 wells with images are not in wells.csv (A02 of p1, A01 of p2): their cells have no condition",
        "2 of 3 wells of wells.csv have no image (B01 of p1, A01 of p9)",
    ]
    assert [(place, reason) for place, reason, _ in found.rejects] == [
        ("wells.csv row 5", "row of wells is not readable"),
        ("wells.csv row 6", "row of wells is not readable"),
    ]


def test_a_column_that_differs_within_a_well_is_not_kept_of_it(tmp_path):
    text = "plate,well,compound,site\np1,A1,taxol,1\np1,A1,taxol,2\n"
    found = applied(tmp_path, text, [("p1", "A01")])
    assert found.attributes == {("p1", "A01"): {"compound": "taxol"}}
    assert found.notes == ["wells.csv: columns that differ within wells are not kept of these: site (1)"]


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        (
            HEADER,
            {"condition": ("compond",)},
            r"wells.csv: no column 'compond'; did you mean compound; its columns are Metadata_Plate, .*moa",
        ),
        ("p,well,compound\n", {}, "no column 'Metadata_Plate'.*; name it with --plate-column; its columns are p, well, compound"),
        ("plate,w,compound\n", {}, "no column 'Metadata_Well'.*; name it with --well-column; its columns are plate, w, compound"),
        ("plate,well,compound\n", {"plate": "Barcode"}, "no column 'Barcode'; its columns are"),
        (
            HEADER + "p1,A1,a,\np1,A01,b,\n",
            {},
            "rows 2 and 3 are both of plate p1, well A01, and give it the conditions a and b; expected one",
        ),
        (HEADER, {}, "expected a row for each plate and well, found the header only"),
        (HEADER + "p1,x,a,\n", {}, r"expected a row for each plate and well: row 2, row of wells is not readable \('x' is no well name"),
        (HEADER + "p1,A1,a,\np1,A01,,\n", {}, "rows 2 and 3 are both of plate p1, well A01, and give it the conditions a and none"),
        (HEADER + "7,A1,a,\n", {}, r"names the plates 7, none of the images' \(007\); spreadsheets take the zeros of 007 away"),
        (HEADER + "x,A1,a,\n", {}, r"names the plates x, none of the images' \(007\); is this the table of these images"),
        (HEADER + '007,A1,"a\tb",\n', {}, r"'a\\tb': the name of a condition may not hold line ends, tabs or other control characters"),
    ],
)
def test_what_is_no_such_table_is_refused_in_a_line(tmp_path, text, columns, said):
    plate = "p1" if "p1" in text else "007"
    with pytest.raises(BadInput, match=said) as error:
        applied(tmp_path, text, [(plate, "A01")], **columns)
    assert "\n" not in str(error.value)


def test_a_list_that_says_itself_what_wells_hold_is_not_overruled(tmp_path):
    with pytest.raises(BadInput, match="the list of files says itself what the well A01 of plate p1 holds"):
        metadata.applied(listing(("p1", "A01"), holds=Content("YAL001C", None, None)), Asked(tmp_path / "no.csv", ("compound",)))


def test_a_parquet_file_is_read_as_a_csv_file_is(tmp_path):
    path = tmp_path / "wells.parquet"
    rows = {"Metadata_Plate": [7, 7], "Metadata_Well": ["A1", "A2"], "compound": ["taxol", None], "dose": [0.5, None]}
    pl.DataFrame(rows).write_parquet(path)
    found = metadata.read(Asked(path, ("compound",)))
    assert {key: (held.condition, held.attributes) for key, held in found.wells.items()} == {
        ("7", "A01"): ("taxol", {"compound": "taxol", "dose": "0.5"}),
        ("7", "A02"): (None, {}),
    }
    pl.DataFrame({"plate": ["7"], "well": ["A1"], "compound": [["a"]]}).write_parquet(path)
    with pytest.raises(BadInput, match="expected columns of text and numbers, found others: compound"):
        metadata.read(Asked(path, ("compound",)))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(BadInput, match="a Parquet file that can't be read"):
        metadata.read(Asked(path, ("compound",)))


def test_a_changed_table_gives_another_run(tmp_path):
    path = tmp_path / "wells.csv"
    path.write_text("a", encoding="utf-8")
    first = Asked(path, ("x",)).facts
    path.write_text("b", encoding="utf-8")
    assert Asked(path, ("x",)).facts["metadata_sha256"] != first["metadata_sha256"]


def held(store, tmp_path, text, *, again=False):
    found = well_names.settled(applied(tmp_path, text, [("p1", "A01"), ("p1", "A02")]), KnownNames({}, {}, {}))
    with runs.record(store, "ingest fields", {"text": text, "again": again}) as run:
        well_rows.write(store, found, "s", run, again=again)
    with database.connect(store) as connection:
        return run, connection.execute(
            "SELECT plate, well, plate_row, plate_column, condition, attributes['moa'] FROM wells ORDER BY ALL"
        ).fetchall()


def test_wells_keep_what_the_table_says_until_they_are_to_be_read_anew(store, tmp_path):
    first = HEADER + "p1,A1,taxol,tubulin\np1,A2,DMSO,control\n"
    _, rows = held(store, tmp_path, first)
    assert rows == [("p1", "A01", 0, 0, "taxol", "tubulin"), ("p1", "A02", 0, 1, "DMSO", "control")]
    run, same = held(store, tmp_path, first.replace("tubulin", "microtubules"))
    assert same == rows
    [note] = run.notes
    assert note.startswith("the table says something else of 1 wells than the store has (A01 of p1): these wells stay as they are; read")
    run, anew = held(store, tmp_path, first.replace("tubulin", "microtubules"), again=True)
    assert anew == [("p1", "A01", 0, 0, "taxol", "microtubules"), rows[1]]
    with database.connect(store) as connection:
        attributes = connection.execute("SELECT condition, attribute, value, n_wells FROM condition_attributes ORDER BY ALL").fetchall()
    assert attributes == [
        ("DMSO", "compound", "DMSO", 1), ("DMSO", "moa", "control", 1), ("taxol", "compound", "taxol", 1),
        ("taxol", "moa", "microtubules", 1),
    ]  # fmt: skip


def test_a_field_whose_well_has_another_condition_now_has_changed():
    there = {"f": FieldFiles("p", "A01", "1", 1, Content("DMSO", None, None), {"protein": Path("x")}, ())}
    known = Known(("x",), None, None, "taxol")
    assert field_plan.held_otherwise(there, {"f": known}) == {"f": "its well had taxol when it was read, now DMSO"}
    assert field_plan.held_otherwise(there, {"f": Known(("x",), None, None, "DMSO")}) == {}
