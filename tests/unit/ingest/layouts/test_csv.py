import pytest

from cellswap.errors import BadInput
from cellswap.ingest.layouts.csv import list_fields
from cellswap.ingest.plate_map import Content

CHANNELS = {"protein": "gfp", "cytoplasm": "rfp"}
HEADER = "field,channel,path,plate,well,site,orf,gene\n"


def written(tmp_path, rows, header=HEADER):
    path = tmp_path / "files.csv"
    path.write_text(header + rows)
    return path


def test_a_field_by_channel_name_or_role(tmp_path):
    rows = "a,gfp,img/a1.tif,P1,A1,1,YA,A\na,cytoplasm,/abs/a2.tif,P1,A1,1,YA,A\na,dic,img/a3.tif,P1,A1,1,YA,A\n"
    found = list_fields(written(tmp_path, rows), None, 3, CHANNELS)
    (field,) = found.fields
    assert field.field_id("s") == "s/3/P1/A01/1"
    assert field.holds == Content("YA", "A", None)
    assert {role: str(path) for role, path in field.channels.items()} == {
        "protein": str(tmp_path / "img/a1.tif"),
        "cytoplasm": "/abs/a2.tif",
    }
    assert field.names == ("a", "a1", "a2")
    assert found.wells == {("P1", "A01"): Content("YA", "A", None)}
    assert found.rejects == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("b,gfp,b1.tif,P1,A2,1,,\n", r"no file of the channel cytoplasm \(rfp\)"),
        ("b,gfp,b1.tif,P1,A2,1,,\nb,rfp,b2.tif,P2,A2,1,,\n", "its rows differ in the column plate"),
        ("b,gfp,b1.tif,P1,A2,1,,\nb,gfp,b2.tif,P1,A2,1,,\nb,rfp,b2.tif,P1,A2,1,,\n", "the channel gfp is listed twice"),
        ("b,gfp,b1.tif,P1,99,1,,\nb,rfp,b2.tif,P1,99,1,,\n", "'99' is no well name"),
        ("b,gfp,,P1,A2,1,,\nb,rfp,b2.tif,P1,A2,1,,\n", "row 4: the path is empty"),
        ("b,gfp,b1.tif,,A2,1,,\nb,rfp,b2.tif,,A2,1,,\n", "field, plate and well may not be empty"),
        ("b,gfp,b1.tif,P1,A1,1,,\nb,rfp,b2.tif,P1,A1,1,,\n", "another field is also plate P1, well A01, site 1"),
    ],
)
def test_a_bad_field_is_told_and_the_others_are_kept(tmp_path, rows, expected):
    good = "a,gfp,a1.tif,P1,A1,1,YA,A\na,rfp,a2.tif,P1,A1,1,YA,A\n"
    found = list_fields(written(tmp_path, good + rows), None, 1, CHANNELS)
    assert [f.well for f in found.fields] == ["A01"]
    ((place, reason, detail),) = found.rejects
    assert (place, reason) == ("files.csv row 4", "field is not usable")
    assert expected.replace("\\", "") in detail


def test_the_plate_map_says_what_a_well_holds(tmp_path):
    rows = "a,gfp,a1.tif,P1,A1,1,,\na,rfp,a2.tif,P1,A1,1,,\nb,gfp,b1.tif,P1,B1,1,,\nb,rfp,b2.tif,P1,B1,1,,\n"
    plate_map = tmp_path / "map.csv"
    plate_map.write_text("ORF,Gene,Plate,Row,Column,wellId\nYA,A,P1,1,1,\n")
    found = list_fields(written(tmp_path, rows), plate_map, 1, CHANNELS)
    assert [(f.well, f.holds.orf) for f in found.fields] == [("A01", "YA")]
    assert "names no well B01" in found.rejects[0][2]


def test_a_list_that_is_none(tmp_path):
    with pytest.raises(BadInput, match=r"files\.csv: expected columns that are not there: channel; found: field, path, plate, well"):
        list_fields(written(tmp_path, "", "field,path,plate,well\n"), None, 1, CHANNELS)
    with pytest.raises(BadInput, match="found the header only"):
        list_fields(written(tmp_path, ""), None, 1, CHANNELS)
