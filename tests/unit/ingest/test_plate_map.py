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
    assert read(path, "1").wells == {
        "A01": Content(None, None, "BLANK"),
        "A02": Content("YNL088W", "TOP2", None),
        "B01": Content(None, None, "Whi5"),
        "B02": Content(None, None, "BLANK"),
    }


def test_the_rows_of_one_plate_among_several(tmp_path):
    path = written(tmp_path, "YNL088W,TOP2,007,1,1,\nYAL001C,TFC3,7,1,1,\n")
    assert read(path, "007").wells == {"A01": Content("YNL088W", "TOP2", None)}
    with pytest.raises(BadInput, match=r"map\.csv: names the plates 007, 7, not 'x', which the images are of; give .* --plate"):
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
    with pytest.raises(BadInput, match=r"map\.csv: no columns 'Gene', .*; its columns are well, ORF"):
        read(path, "1")


def test_the_real_map(shared):
    wells = read(shared / "data/cyclenet_fields/tables/plate_map_GFParray.csv", "1").wells
    assert len(wells) == 384
    assert sum(holds.condition is not None for holds in wells.values()) == 370
    assert wells["B01"] == Content("YOL089C", "HAL9", None)
    assert wells["A01"] == Content(None, None, "BLANK")
    assert wells["A04"] == Content(None, None, "Whi5")


NOTHING = Content(None, None, "BLANK")


@pytest.mark.parametrize("word", ["NA", "#N/A", "nan", "-", "null", "None"])
def test_a_word_for_nothing_is_no_strain_and_no_empty_well(tmp_path, word):
    path = written(tmp_path, f"{word},,1,1,1,\n{word},Whi5,1,1,2,\nYAL001C,{word},1,1,3,\n")
    wells = {"A01": Content(None, None, word), "A02": Content(None, None, "Whi5"), "A03": Content("YAL001C", None, None)}
    assert read(path, "1").wells == wells


@pytest.mark.parametrize("word", ["BLANK", "blank", "Empty", "(empty)", "empty well", ""])
def test_an_empty_well_is_blank(tmp_path, word):
    assert read(written(tmp_path, f"{word},,1,1,1,\n"), "1").wells == {"A01": NOTHING}


def test_whole_numbers_with_a_nought_behind_are_rows_and_columns(tmp_path):
    path = written(tmp_path, "YA,A,1.0,1.0,2.0,\nYB,B,1.0,2,3.0,B03\nYC,C,1.0,1.5,1,\n")
    found = read(path, "1")
    assert found.wells == {"A02": Content("YA", "A", None), "B03": Content("YB", "B", None)}
    assert found.rejects == [
        ("map.csv row 4", "plate map row is not readable", "expected Row and Column counted from 1, found '1.5' and '1'")
    ]


def test_blank_rows_are_counted_not_listed(tmp_path):
    found = read(written(tmp_path, "YA,A,1,1,1,\n,,,,,\n,,,,,\n , ,,,,\n"), "1")
    assert (found.wells, found.rejects) == ({"A01": Content("YA", "A", None)}, [])
    assert found.notes == ("map.csv: 3 blank rows were passed over",)


def test_a_map_of_one_plate_is_not_used_for_another(tmp_path):
    path = written(tmp_path, "YA,A,BR00117024,1,1,\n")
    with pytest.raises(BadInput, match="names the plate BR00117024, not 'BR00117012', which the images are of; give the map of that plate"):
        read(path, "BR00117012")
    assert list(read(path, "br00117024 ").wells) == ["A01"]
    two = written(tmp_path, "YA,A,7,1,1,\nYB,B,8,1,1,\n")
    with pytest.raises(BadInput, match=r"names the plates 7, 8, not '007', .* \(spreadsheets take the zeros of 007 away\)"):
        read(two, "007")


def test_a_map_that_names_no_plate_is_taken_for_any_and_says_so(tmp_path):
    found = read(written(tmp_path, "YA,A,,1,1,\n"), "p7")
    assert (list(found.wells), found.rejects) == (["A01"], [])
    assert found.notes == ("map.csv: the column Plate is empty, so its wells were taken for the plate 'p7'",)


def test_a_row_without_a_plate_among_rows_with_one_is_dropped(tmp_path):
    found = read(written(tmp_path, "YA,A,1,1,1,\nYB,B,,1,2,\n"), "1")
    assert list(found.wells) == ["A01"]
    assert [(place, reason) for place, reason, _ in found.rejects] == [("map.csv row 3", "plate map row names no plate")]


def test_two_spellings_of_one_strain_are_one_and_two_strains_are_none(tmp_path):
    found = read(written(tmp_path, "YAL001C,TFC3,1,1,1,\nyal001c,tfc3,1,1,1,\nYA,A,1,1,2,\nYB,\x1b[2J,1,1,2,\n"), "1")
    assert list(found.wells) == ["A01"]
    assert found.rejects == [("map.csv row 5", "well stands twice in the plate map", "A02 is YA (A) and YB (\\x1b[2J); neither is used")]
