import pytest

from cellswap.errors import BadInput
from cellswap.ingest.layouts.phenix import Source, list_fields
from cellswap.ingest.plate_map import Content

CHANNELS = {"protein": "ch1", "nucleus": "ch2", "cytoplasm": "ch3"}


def touch(folder, *names):
    folder.mkdir(exist_ok=True, parents=True)
    for name in names:
        (folder / name).touch()
    return folder


def three(field):
    return [f"{field}p01-ch{n}sk1fk1fl1.tiff" for n in (1, 2, 3)]


def test_fields_channels_and_wells(tmp_path):
    folder = touch(
        tmp_path / "P7" / "Images",
        *three("r02c11f01"),
        *three("r01c01f12"),
        "r01c01f12p01-ch4sk1fk1fl1.tiff",
        "Index.xml",
    )
    found = list_fields(Source(tmp_path / "P7", None, None, 2), CHANNELS)
    assert [f.field_id("s") for f in found.fields] == ["s/2/P7/A01/f12", "s/2/P7/B11/f01"]
    assert found.fields[0].channels == {
        role: folder / f"r01c01f12p01-{c}sk1fk1fl1.tiff" for role, c in CHANNELS.items()
    }
    assert found.fields[0].names == ("r01c01f12p01", "r01c01f12")
    assert found.rejects == []
    assert found.wells == {}


def test_what_is_left_out_is_told(tmp_path):
    names = [
        *three("r01c01f01"),
        *three("r03c01f01")[:2],
        "r01c01f01p02-ch1sk1fk1fl1.tiff",
        "overview.tif",
        *three("r02c01f01"),
        *three("r04c01f01"),
    ]
    folder = touch(tmp_path / "plate", *names)
    plate_map = tmp_path / "map.csv"
    plate_map.write_text("ORF,Gene,Plate,Row,Column,wellId\nYA,A,1,1,1,\nBLANK,,1,4,1,\nYC,C,1,3,1,\n")
    found = list_fields(Source(folder, "x", plate_map, 1), CHANNELS)
    assert [(f.well, f.holds) for f in found.fields] == [
        ("A01", Content("YA", "A", None)),
        ("D01", Content(None, None, "BLANK")),
    ]
    assert [(place, reason) for place, reason, _ in found.rejects] == [
        ("overview.tif", "file name is not of this layout"),
        ("r01c01f01p02-ch1sk1fk1fl1.tiff", "another plane"),
        ("r02c01f01p01", "well is not in the plate map"),
        ("r03c01f01p01", "channel is missing"),
    ]
    assert "cytoplasm (ch3)" in {place: detail for place, _, detail in found.rejects}["r03c01f01p01"]
    assert found.wells[("x", "C01")] == Content("YC", "C", None)


@pytest.mark.parametrize("names", [[], ["a.tif"]])
def test_a_folder_without_such_files(tmp_path, names):
    with pytest.raises(BadInput, match=r"no file is named like .* --layout csv"):
        list_fields(Source(touch(tmp_path / "p", *names), None, None, 1), CHANNELS)


def test_no_folder(tmp_path):
    with pytest.raises(BadInput, match="expected a folder of Phenix images, found no such folder"):
        list_fields(Source(tmp_path / "none", None, None, 1), CHANNELS)
