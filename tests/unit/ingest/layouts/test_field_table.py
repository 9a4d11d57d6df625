"""Tables of files in anybody's words: which columns are taken, which files are meant, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from cellswap.errors import BadInput
from cellswap.ingest import metadata
from cellswap.ingest.layouts.field_table import Columns, Source, list_fields

CHANNELS = {"DNA": "OrigDNA", "Mito": "OrigMito"}
WIDE = "Metadata_Plate,Metadata_Well,Metadata_Site,FileName_OrigDNA,PathName_OrigDNA,FileName_OrigMito,PathName_OrigMito\n"


def listing(tmp_path, text, channels=CHANNELS, images=None, files=("d1.tif", "m1.tif", "d2.tif", "m2.tif"), **columns):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    path = tmp_path / "files.csv"
    path.write_text(text, encoding="utf-8")
    return list_fields(Source(path, Columns(**columns), images, None, 1), channels)


def said(found):
    return [(f.field_id("s"), {role: path.name for role, path in f.channels.items()}) for f in found.fields]


TWO = [
    ("s/1/p1/A01/1", {"DNA": "d1.tif", "Mito": "m1.tif"}),
    ("s/1/p1/A02/1", {"DNA": "d2.tif", "Mito": "m2.tif"}),
]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (WIDE + "p1,A1,1,d1.tif,,m1.tif,\np1,a02,1.0,d2.tif,.,m2.tif,.\n", {}),
        (WIDE.replace("Orig", "") + "p1,A1,1,d1.tif,,m1.tif,\np1,A2,1,d2.tif,,m2.tif,\n", {}),
        ("plate,WELL,site,path,channel\np1,A1,1,d1.tif,DNA\np1,A1,1,m1.tif,OrigMito\np1,A2,1,d2.tif,dna\np1,A2,1,m2.tif,Mito\n", {}),
        (
            "Barcode;Position;Fov;nuc;mito\np1;A1;1;d1.tif;m1.tif\np1;A2;1;d2.tif;m2.tif\n",
            {"plate": "Barcode", "well": "Position", "site": "fov", "paths": ("DNA=nuc", "OrigMito=mito")},
        ),
        (
            "plate,well,site,image,stain\np1,A1,1,d1.tif,DNA\np1,A1,1,m1.tif,Mito\np1,A2,1,d2.tif,DNA\np1,A2,1,m2.tif,Mito\n",
            {"paths": ("image",), "channel": "stain"},
        ),
        ("plate,well,site,URL_DNA,URL_Mito\np1,A1,1,file:d1.tif,file:m1.tif\np1,A2,1,file:d%32.tif,file:m2.tif\n", {}),
    ],
)
def test_the_same_fields_from_every_kind_of_table(tmp_path, text, columns):
    found = listing(tmp_path, text, **columns)
    assert said(found) == TWO
    assert (found.rejects, found.notes) == ([], [])


def test_parquet_is_read_as_csv_is(tmp_path):
    listing(tmp_path, WIDE + "p1,A1,1,d1.tif,,m1.tif,\n")
    rows = {"plate": ["p1", "p1"], "well": ["A1", "A2"], "site": [1, 1], "FileName_DNA": ["d1.tif", "d2.tif"]}
    pl.DataFrame(rows | {"FileName_Mito": ["m1.tif", "m2.tif"]}).write_parquet(tmp_path / "files.parquet")
    assert said(list_fields(Source(tmp_path / "files.parquet", Columns(), None, None, 1), CHANNELS)) == TWO


def test_images_as_recorded_go_before_those_that_a_pipeline_made(tmp_path):
    header = "plate,well,site,FileName_DNA,FileName_OrigDNA,FileName_Mito,FileName_Overlay\n"
    found = listing(tmp_path, header + "p1,A1,1,d2.tif,d1.tif,m1.tif,x.png\n")
    assert said(found) == TWO[:1]
    assert found.notes == ["columns of channels that the store has no role for, passed over: FileName_Overlay"]
    with pytest.raises(BadInput, match="columns FileName_DNA and FileName_dna may both be the channel DNA; choose with --path DNA=COLUMN"):
        listing(tmp_path, header.replace("OrigDNA", "dna") + "p1,A1,1,d2.tif,d1.tif,m1.tif,x.png\n", {"DNA": "dNA", "Mito": "m"})


def test_a_store_of_one_channel_needs_no_column_of_channels(tmp_path):
    assert said(listing(tmp_path, "plate,well,site,file\np1,A1,1,d1.tif\n", {"DNA": "w1"})) == [("s/1/p1/A01/1", {"DNA": "d1.tif"})]
    with pytest.raises(BadInput, match="no column 'channel'; name it with --channel COLUMN, or the columns of each"):
        listing(tmp_path, "plate,well,site,file\np1,A1,1,d1.tif\n")


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (WIDE, {}, "found the header only"),
        (WIDE + "p1,A1,1,d1.tif,,m1.tif,\n", {"plate": "Metadata_Plat"}, "no column 'Metadata_Plat'; did you mean Metadata_Plate"),
        ("Plaet,well,site,path,channel\np1,A1,1,d1.tif,DNA\n", {}, "no column 'Metadata_Plate'.*name it with --plate COLUMN.*Plaet, well"),
        ("plate,well,site,imag\np1,A1,1,d1.tif\n", {"paths": ("image",)}, "no column 'image'; did you mean imag"),
        ("plate,well,dna,mito\np1,A1,d1.tif,m1.tif\n", {"paths": ("DNA=dna", "ER=mito")}, "unknown channel of --path 'ER'.*DNA, Mito"),
        ("plate,well,dna,mito\np1,A1,d1.tif,m1.tif\n", {"paths": ("DNA=dna", "mito")}, "--path mito: expected CHANNEL=COLUMN"),
        ("plate,well,dna,mito\np1,A1,d1.tif,m1.tif\n", {"paths": ("DNA=dna", "OrigDNA=mito")}, "the channel OrigDNA is named twice"),
        ("plate,well,dna,mito\np1,A1,d1.tif,m1.tif\n", {"paths": ("DNA=dna", "Mito=m"), "channel": "x"}, "leave one out"),
        (WIDE + "p1,A1,1,d9.tif,,m9.tif,\n", {}, "2 of the 2 files that it names are not found, the first d9.tif: no such file; give"),
        (WIDE + "p1,A1,1,d1.tif,D:\\data,m1.tif,D:\\data\n", {}, r"on a drive of Windows.*; give --images \S+, which has a file d1.tif"),
        ("plate,well,site,URL_DNA,URL_Mito\np1,A1,1,s3://b/d.tif,s3://b/m.tif\n", {}, "another machine, and nothing is fetched; give --im"),
    ],
)
def test_a_table_that_can_not_be_read_is_one_line(tmp_path, text, columns, message):
    with pytest.raises(BadInput, match=message) as caught:
        listing(tmp_path, text, **columns)
    assert str(caught.value).startswith(str(tmp_path / "files.csv"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("p1,A2,1,d2.tif,,,", "no file of the channel Mito (OrigMito)"),
        ("p1,A2,1,d2.tif,,d2.tif,", "row 3: d2.tif is another channel of the field too"),
        ("p1,A2,1,d2.tif,,m1.tif,", "m1.tif is a file of the field in row 2 too; give each its own"),
        ("p1,A1,1,d2.tif,,m2.tif,", "another field is also plate p1, well A01, site 1"),
        ("p1,,1,d2.tif,,m2.tif,", "its plate, well or site is empty"),
        ("p1,Z99,1,d2.tif,,m2.tif,", "row 26, column 99: expected 1 to 32 and 1 to 48"),
        ("p1,A2,1,d9.tif,,m2.tif,", "row 3: no such file"),
    ],
)
def test_a_row_that_is_not_usable_is_told_and_the_others_are_kept(tmp_path, row, message):
    found = listing(tmp_path, f"{WIDE}p1,A1,1,d1.tif,,m1.tif,\n{row}\n")
    assert said(found) == TWO[:1]
    ((place, reason, detail),) = found.rejects
    assert (place, reason) == ("files.csv row 3", "field is not usable")
    assert message in detail


def test_paths_of_another_machine_are_found_in_the_folder_of_images(tmp_path):
    text = WIDE + "".join(f"p{n},A1,1,d.tif,C:\\scr\\p{n}\\Images,m.tif,/mnt/x/p{n}/Images/\n" for n in (1, 2))
    names = [f"raw/p{n}/Images/{channel}.tif" for n in (1, 2) for channel in "dm"]
    found = listing(tmp_path, text, images=tmp_path / "raw", files=names)
    assert [(f.plate, f.channels["DNA"], f.channels["Mito"]) for f in found.fields] == [
        (f"p{n}", tmp_path / f"raw/p{n}/Images/d.tif", tmp_path / f"raw/p{n}/Images/m.tif") for n in (1, 2)
    ]
    with pytest.raises(BadInput, match=r"--images .*nowhere: expected the folder that holds the images"):
        listing(tmp_path, text, images=tmp_path / "nowhere", files=())


def test_cellprofilers_images_are_told_apart_by_their_numbers(tmp_path):
    text = "ImageNumber,FileName_OrigDNA,FileName_OrigMito\n1,d1.tif,m1.tif\n2,d2.tif,m2.tif\n"
    found = listing(tmp_path, text)
    assert [f.field_id("s") for f in found.fields] == ["s/1/-/-/1", "s/1/-/-/2"]
    assert found.notes == ["the table has no column of plate and well, - in the ids; name it with --plate COLUMN"]


def test_what_wells_hold_is_joined(tmp_path):
    found = listing(tmp_path, WIDE + "p1,A1,1,d1.tif,,m1.tif,\n")
    (tmp_path / "wells.csv").write_text("Metadata_Plate,Metadata_Well,drug\np1,A01,taxol\n")
    joined = metadata.applied(found, metadata.Asked(tmp_path / "wells.csv", ("drug", "Metadata_Plate")))
    assert [f.holds.condition for f in joined.fields] == ["taxol@p1"]


def test_names_of_files_that_several_plates_have_choose_no_label_image(tmp_path):
    text = WIDE + "".join(f"p{n},A1,1,d.tif,p{n},m{n}.tif,p{n}\n" for n in (1, 2))
    found = listing(tmp_path, text, files=["p1/d.tif", "p2/d.tif", "p1/m1.tif", "p2/m2.tif"])
    assert [f.names for f in found.fields] == [("p1_A01_1", "m1"), ("p2_A01_1", "m2")]
    assert [dict(replace(f).said) for f in found.fields] == [
        {"Metadata_Plate": f"p{n}", "Metadata_Well": "A1", "Metadata_Site": "1"} for n in (1, 2)
    ]
