"""Tables of objects: each cell goes to its field and pixel, and what has no place is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cellswap.errors import BadInput
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing
from cellswap.ingest.object_tables import Asked, placed
from cellswap.ingest.places import Places, cells, cut

NOTE = (
    "cells are known by their places in Cells.csv alone: their crops have no mask, so that they are looked at as they are and no"
    " swap is made of them"
)
FIELDS = [FieldFiles("p1", well, "1", 1, NO_MAP, {}, (), said={"ImageNumber": str(n)}) for n, well in ((1, "A01"), (2, "A02"))]


def of(tmp_path, text, fields=FIELDS, **columns):
    path = tmp_path / "Cells.csv"
    path.write_text(text, encoding="utf-8")
    return placed(Listing(list(fields), {}, []), Asked(path, **columns))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("ImageNumber,ObjectNumber,Location_Center_X,Location_Center_Y\n2,1,20,10.5\n1,1,4,3\n1,2,6,5\n", {}),
        ("Metadata_ImageNumber,ObjectNumber,AreaShape_Center_X,AreaShape_Center_Y,x,y\n2.0,1.0,20,10.5,0,0\n1,1,4,3,,\n1,2,6,5,,\n", {}),
        ("plate,well,site,y,x\np1,a2,1,10.5,20\np1,A1,1.0,3,4\np1,A01,1,5,6\n", {}),
        ("Barcode,Metadata_Well,fov,row,col\np1,a2,1,10.5,20\np1,A1,1,3,4\np1,A01,1,5,6\n",
         {"plate": "Barcode", "site": "fov", "y": "row", "x": "col"}),
    ],
)  # fmt: skip
def test_the_same_places_from_every_kind_of_table(tmp_path, text, columns):
    found = of(tmp_path, text, **columns)
    assert [f.places for f in found.fields] == [Places(("1", "2"), (3.0, 5.0), (4.0, 6.0)), Places(("1",), (10.5,), (20.0,))]
    assert (found.rejects, found.notes) == ([], [NOTE])


def test_rows_without_a_place_are_told(tmp_path):
    text = "ImageNumber,y,x\n1,3,4\n1,2.6,4.4\n1,nan,4\n1,,4\n,3,4\n7,1,1\n"
    found = of(tmp_path, text)
    assert found.fields[0].places == Places(("1",), (3.0,), (4.0,))
    assert found.rejects == [
        ("Cells.csv row 3", "cell is where another is", "their centres are the same pixel"),
        ("Cells.csv row 4", "cell has no place", "expected numbers in y and x"),
        ("Cells.csv row 5", "cell has no place", "expected numbers in y and x"),
        ("Cells.csv row 6", "cell has no field", "what says its field is empty"),
    ]
    assert found.notes == [
        NOTE,
        "1 of 2 fields have no cell in Cells.csv, such as 1/p1/A02/1",
        "1 cells of Cells.csv are of 1 fields that are not read, such as 7: passed over",
    ]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (
            "ImageNumber,y\n1,3\n",
            {},
            "no columns 'Location_Center_Y', 'Location_Center_X'; expected Location_Center_Y and",
        ),
        ("ImageNumber,y,x\n1,3,4\n", {"y": "row"}, "no column 'row'; its columns are ImageNumber, y, x"),
        ("Image,y,x\n1,3,4\n", {}, "expected columns that say of which field a cell is: ImageNumber here and"),
        ("ImageNumber,y,x\n8,3,4\n", {}, "its cells are of other fields than the list's: ImageNumber say 8 here, 1 there; is this"),
        ("ImageNumber,y,x\n", {}, "expected a row for each cell, found the header only"),
        ("ImageNumber,y,x\n1,a,4\n", {}, r"expected a row for each cell: Cells.csv row 2, cell has no place \(expected numbers"),
    ],
)
def test_a_table_that_can_not_be_read_is_one_line(tmp_path, text, columns, message):
    with pytest.raises(BadInput, match=message) as caught:
        of(tmp_path, text, **columns)
    assert str(caught.value).startswith(str(tmp_path / "Cells.csv"))


def test_numbers_that_two_fields_have_tell_nothing(tmp_path):
    fields = [replace(f, said={"ImageNumber": "1"}) for f in FIELDS]
    with pytest.raises(BadInput, match="ImageNumber here and, once a field, in the list of files"):
        of(tmp_path, "ImageNumber,y,x\n1,3,4\n", fields)


def test_crops_are_cut_around_the_nearest_pixel_and_only_whole():
    found = cells(Places(("a", "b", "c"), (4.5, 3.49, 10.0), (8.0, 8.0, 10.0)), (16, 12))
    crops = cut(found, 8)
    assert (crops.cell.tolist(), crops.y0.tolist(), crops.x0.tolist()) == ([0], [1], [4])
    assert not crops.mask.any()
