import os

import pytest

from cellswap.errors import BadInput
from cellswap.ingest.layouts.phenix import Source, list_fields
from cellswap.ingest.layouts.phenix_names import Pick
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
    assert found.fields[0].channels == {role: folder / f"r01c01f12p01-{c}sk1fk1fl1.tiff" for role, c in CHANNELS.items()}
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
    plate_map.write_text("ORF,Gene,Plate,Row,Column,wellId\nYA,A,x,1,1,\nBLANK,,x,4,1,\nYC,C,x,3,1,\n")
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


def names(found):
    return [sorted(path.name for path in field.channels.values()) for field in found.fields]


@pytest.mark.parametrize("tail", ["sk{}fk1fl1", "t{}", "sk1fk{}fl1", "sk1fk1fl{}"])
def test_another_time_of_a_field_never_takes_its_place(tmp_path, tail):
    wanted = [f"r01c01f01p01-ch{n}{tail.format(1)}.tiff" for n in (1, 2, 3)]
    others = [f"r01c01f01p01-ch{n}{tail.format(k)}.tiff" for n in (1, 2, 3) for k in (2, 10)]
    found = list_fields(Source(touch(tmp_path / "p", *wanted, *others), None, None, 1), CHANNELS)
    assert names(found) == [wanted]
    assert sorted(place for place, _, _ in found.rejects) == sorted(others)
    assert all(reason.startswith("another ") and " 1 is read" in detail for _, reason, detail in found.rejects)


def test_a_time_and_a_plane_are_chosen(tmp_path):
    everything = [f"r01c01f01p{p}-ch0{n}t0{t}.tiff" for n in (1, 2, 3) for p in ("01", "02") for t in (1, 2)]
    folder = touch(tmp_path / "p", *everything)
    found = list_fields(Source(folder, None, None, 1, Pick(plane=2, time=2)), CHANNELS)
    assert names(found) == [[f"r01c01f01p02-ch0{n}t02.tiff" for n in (1, 2, 3)]]
    assert found.fields[0].names == ("r01c01f01p02", "r01c01f01")
    assert len(found.rejects) == 9
    with pytest.raises(BadInput, match="--time 7: the folder's images are of the time point 1, 2"):
        list_fields(Source(folder, None, None, 1, Pick(time=7)), CHANNELS)


def test_the_first_time_is_the_folders_and_not_each_fields(tmp_path):
    folder = touch(tmp_path / "p", *three("r01c01f01"), *(n.replace("sk1", "sk2") for n in three("r01c02f01")))
    found = list_fields(Source(folder, None, None, 1), CHANNELS)
    assert [field.well for field in found.fields] == ["A01"]
    assert {reason for _, reason, _ in found.rejects} == {"another time point"}


def test_new_names_in_folders_of_their_wells(tmp_path):
    files = [f"{w}/{w}f01p01-ch0{n}t01.tiff" for w in ("r01c01", "r02c03") for n in (1, 2, 3)]
    for well in ("r01c01", "r02c03"):
        (tmp_path / "P7/images" / well).mkdir(parents=True)
    touch(tmp_path / "P7/images", *files, "r01c01/r05c05f01p01-ch01t01.tiff")
    for given in (tmp_path / "P7", tmp_path / "P7/images"):
        found = list_fields(Source(given, None, None, 1), CHANNELS)
        assert [field.field_id("s") for field in found.fields] == ["s/1/P7/A01/f01", "s/1/P7/B03/f01"]
        assert found.rejects == [
            ("r05c05f01p01-ch01t01.tiff", "file lies in another well's folder", "it lies in r01c01; move it, or mend its name")
        ]
    found = list_fields(Source(tmp_path / "P7/images/r01c01", None, None, 1), CHANNELS)
    assert found.fields[0].field_id("s") == "s/1/P7/A01/f01"


@pytest.mark.parametrize(
    ("twin", "said"),
    [
        ("r01c01f01p01-ch01sk1fk1fl1.tiff", "r01c01f01p01-ch01sk1fk1fl1.tiff and r01c01f01p01-ch1sk1fk1fl1.tiff"),
        ("r01c01f01p01-ch1t1.tiff", "are both its protein channel"),
        ("r01c01f01p01-ch1sk1fk1fl1.tif", "are both its protein channel"),
        ("R01C01F01P01-CH1SK1FK1FL1.TIFF", "are both its protein channel"),
        ("r01c01f001p01-ch1sk1fk1fl1.tiff", "are both its protein channel"),
        ("r01c01f01p001-ch1sk1fk1fl1.tiff", "are both its protein channel"),
        ("r01c01/r01c01f01p01-ch1sk1fk1fl1.tiff", "are both its protein channel"),
    ],
)
def test_two_files_of_one_place_are_refused_by_name(tmp_path, twin, said):
    (tmp_path / "p/r01c01").mkdir(parents=True)
    found = list_fields(Source(touch(tmp_path / "p", *three("r01c01f01"), *three("r01c01f02"), twin), None, None, 1), CHANNELS)
    assert [field.site for field in found.fields] == ["f02"]
    ((place, reason, detail),) = found.rejects
    assert (place.lower(), reason) == (place.lower(), "two files are one channel of the field")
    assert said in detail


def test_a_missing_channel_says_which_there_are(tmp_path):
    found = list_fields(Source(touch(tmp_path / "p", "r01c01f01p01-ch01t01.tiff", "r01c01f01p01-ch05t01.tiff"), None, None, 1), CHANNELS)
    ((_, reason, detail),) = found.rejects
    assert reason == "channel is missing"
    assert detail.startswith("no file of the channel nucleus (ch2), cytoplasm (ch3); found the channels ch01, ch05; the store expects")


def test_what_is_no_image_of_the_users(tmp_path):
    dust = [*(f"._{name}" for name in three("r01c01f01")), ".DS_Store"]
    folder = touch(tmp_path / "p", *three("r01c01f01"), *dust, "r01c01f01p01-ch4t1.tiff")
    (folder / "__MACOSX").mkdir()
    found = list_fields(Source(folder, None, None, 1), CHANNELS)
    assert (len(found.fields), found.rejects) == (1, [])
    assert len(found.dust) == 5
    assert found.notes == ["1 files of channels that the store has no role for, passed over: 1 of ch4"]


def test_only_regular_files_and_names_that_are_text(tmp_path):
    folder = touch(tmp_path / "p", *three("r01c01f01"), *three("r01c02f01")[1:], *three("r01c03f01")[1:])
    (folder / three("r01c02f01")[0]).symlink_to("/dev/zero")
    os.mkfifo(folder / three("r01c03f01")[0])
    (folder / os.fsdecode(b"copie-\xe9.tiff")).touch()
    (folder / "a\x1b[31m.tiff").touch()
    found = list_fields(Source(folder, None, None, 1), CHANNELS)
    assert [field.well for field in found.fields] == ["A01"]
    assert {(place, detail.partition("; found")[0]) for place, _, detail in found.rejects} == {
        ("copie-\\xe9.tiff", "its name is not UTF-8 text; expected a name like r01c01f01p01-ch1sk1fk1fl1.tiff"),
        ("a\\x1b[31m.tiff", "its name is not printable: it holds \\x1b; expected a name like r01c01f01p01-ch1sk1fk1fl1.tiff"),
        ("r01c02f01p01-ch1sk1fk1fl1.tiff", "expected a file, found a device"),
        ("r01c03f01p01-ch1sk1fk1fl1.tiff", "expected a file, found a named pipe"),
        ("r01c02f01p01", "no file of the channel protein (ch1)"),
        ("r01c03f01p01", "no file of the channel protein (ch1)"),
    }


def test_a_folder_whose_name_is_no_text_needs_a_plate(tmp_path):
    folder = touch(tmp_path / os.fsdecode(b"plaque_\xe9t\xe9"), *three("r01c01f01"))
    with pytest.raises(BadInput, match=r"plaque_\\xe9t\\xe9: the folder's name is not UTF-8 text.*--plate NAME"):
        list_fields(Source(folder, None, None, 1), CHANNELS)
    assert list_fields(Source(folder, "p1", None, 1), CHANNELS).fields[0].plate == "p1"
    folder = touch(tmp_path / "plate\x1b[2J", *three("r01c01f01"))
    with pytest.raises(BadInput, match=r"plate\\x1b\[2J: the folder's name is not printable: it holds \\x1b, so .*--plate NAME"):
        list_fields(Source(folder, None, None, 1), CHANNELS)


def test_folders_that_are_not_looked_into_are_named(tmp_path):
    (tmp_path / "p/Measurement 1/Images").mkdir(parents=True)
    touch(tmp_path / "p/Measurement 1/Images", *three("r01c01f01"))
    with pytest.raises(BadInput, match=r"its folders \(Measurement 1\) are not looked into"):
        list_fields(Source(tmp_path / "p", None, None, 1), CHANNELS)
    (tmp_path / "p/images").mkdir()
    touch(tmp_path / "p", *three("r01c01f01"))
    touch(tmp_path / "p/images", *three("r01c01f01"))
    with pytest.raises(BadInput, match="both hold images; give the one that you mean"):
        list_fields(Source(tmp_path / "p", None, None, 1), CHANNELS)
