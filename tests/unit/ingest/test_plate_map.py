import pytest

from cellswap.errors import BadInput
from cellswap.ingest.plate_map import Content, read

HEADER = "ORF,Gene,Plate,Row,Column,wellId\n"


def written(tmp_path, text):
    path = tmp_path / "map.csv"
    path.write_text(HEADER + text)
    return path


def test_strains_blanks_and_controls(tmp_path):
    path = written(tmp_path, "BLANK,BLANK,1,1,1,r01c01\nYNL088W,TOP2,1,1,2,r01c02\n,Whi5,1,2,1,r02c01\n,,1,2,2,\n")
    assert read(path, "any name: the map has one plate").wells == {
        "A01": Content(None, None, "BLANK"),
        "A02": Content("YNL088W", "TOP2", None),
        "B01": Content(None, None, "Whi5"),
        "B02": Content(None, None, "BLANK"),
    }


def test_the_rows_of_one_plate_among_several(tmp_path):
    path = written(tmp_path, "YNL088W,TOP2,007,1,1,\nYAL001C,TFC3,7,1,1,\n")
    assert read(path, "007").wells == {"A01": Content("YNL088W", "TOP2", None)}
    with pytest.raises(BadInput, match=r"map\.csv: names the plates 007, 7, not 'x'; say which with --plate"):
        read(path, "x")


def test_rows_that_cannot_be_used_are_told_and_the_rest_is_kept(tmp_path):
    path = written(tmp_path, "YA,A,1,1,1,\nYB,B,1,x,2,\nYC,C,1,1,3,r01c04\nYD,D,1,2,1,\nYE,E,1,2,1,\nYA,A,1,1,1,\n")
    found = read(path, "1")
    assert found.wells == {"A01": Content("YA", "A", None)}
    assert [(place, reason) for place, reason, _ in found.rejects] == [
        ("map.csv row 3", "plate map row is not readable"),
        ("map.csv row 4", "plate map row is not readable"),
        ("map.csv row 6", "well stands twice in the plate map"),
    ]


def test_a_map_without_its_columns(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("well,orf\nA01,YNL088W\n")
    with pytest.raises(BadInput, match=r"map\.csv: expected columns that are not there: ORF, .* found: well, orf"):
        read(path, "1")


def test_the_real_map(shared):
    wells = read(shared / "data/cyclenet_fields/tables/plate_map_GFParray.csv", "1").wells
    assert len(wells) == 384
    assert sum(holds.orf is not None for holds in wells.values()) == 370
    assert wells["B01"] == Content("YOL089C", "HAL9", None)
    assert wells["A01"] == Content(None, None, "BLANK")
    assert wells["A04"] == Content(None, None, "Whi5")
