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
    assert [(f.well, f.holds.condition) for f in found.fields] == [("A01", "YA")]
    assert "names no well B01" in found.rejects[0][2]


def test_a_list_that_is_none(tmp_path):
    with pytest.raises(BadInput, match=r"files\.csv: no column 'channel'; its columns are field, path, plate, well"):
        list_fields(written(tmp_path, "", "field,path,plate,well\n"), None, 1, CHANNELS)
    with pytest.raises(BadInput, match="found the header only"):
        list_fields(written(tmp_path, ""), None, 1, CHANNELS)


def test_channels_of_other_capitals_and_noughts_are_the_same(tmp_path):
    rows = "a,CH01,a1.tif,P1,A1,1,,\na,Ch2,a2.tif,P1,A1,1,,\na,ch3,a3.tif,P1,A1,1,,\n"
    found = list_fields(written(tmp_path, rows), None, 1, {"protein": "ch1", "nucleus": "ch2"})
    assert {role: path.name for role, path in found.fields[0].channels.items()} == {"protein": "a1.tif", "nucleus": "a2.tif"}
    assert found.notes == ["1 rows of channels that the store has no role for, such as 'ch3', passed over"]


def test_capitals_tell_channels_apart_where_they_must(tmp_path):
    rows = "a,ch1,a1.tif,P1,A1,1,,\na,CH1,a2.tif,P1,A1,1,,\nb,Ch1,b1.tif,P1,A2,1,,\nb,CH1,b2.tif,P1,A2,1,,\n"
    found = list_fields(written(tmp_path, rows), None, 1, {"protein": "ch1", "nucleus": "CH1"})
    assert [{role: path.name for role, path in field.channels.items()} for field in found.fields] == [
        {"protein": "a1.tif", "nucleus": "a2.tif"}
    ]
    assert "no file of the channel protein (ch1); found the channels CH1, Ch1; the store expects" in found.rejects[0][2]


def test_one_file_is_not_two_channels_and_of_two_fields_only_with_a_note(tmp_path):
    rows = "a,gfp,a1.tif,P1,A1,1,,\na,rfp,a1.tif,P1,A1,1,,\n"
    rows += "".join(f"{f},gfp,x1.tif,P1,{w},1,,\n{f},rfp,{f}2.tif,P1,{w},1,,\n" for f, w in (("b", "B1"), ("c", "C1")))
    found = list_fields(written(tmp_path, rows), None, 1, CHANNELS)
    assert [field.well for field in found.fields] == ["B01", "C01"]
    assert "row 3: a1.tif is another channel of the field too" in found.rejects[0][2]
    assert found.notes == ["1 files are listed for more than one field, such as x1.tif for 2: their cells count as often"]


def test_wells_of_1536(tmp_path):
    rows = "".join(f"{i},{c},{i}{c}.tif,P1,{w},1,,\n" for i, w in enumerate(("AF48", "aa1", "P24", "AG1")) for c in ("gfp", "rfp"))
    found = list_fields(written(tmp_path, rows), None, 1, CHANNELS)
    assert sorted(field.well for field in found.fields) == ["AA01", "AF48", "P24"]
    assert "'AG1' is no well name" in found.rejects[0][2]
