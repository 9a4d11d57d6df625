"""Harmony's index of a plate's images, in the shape in which each version of it writes one."""

import pytest

from cellswap.errors import BadInput
from cellswap.ingest.layouts.phenix import Source, list_fields

CHANNELS = {"DNA": "HOECHST 33342", "ER": "Alexa 488"}
V5, V6 = "http://www.perkinelmer.com/PEHH/HarmonyV5", "43B7B12E-A92E-4CAA-8A7C-D7F2B5C0F7C5"
DYES = {1: "HOECHST 33342", 2: "Alexa 488"}


def of_image(channel, size, version):
    number, dye = f"<ChannelID>{channel}</ChannelID>", f"<ChannelName>{DYES[channel]}</ChannelName>"
    pixel = f'<ImageResolutionX Unit="m">{size}</ImageResolutionX><ImageResolutionY Unit="m">{size}</ImageResolutionY>'
    own = number + (dye + pixel if version == V5 else "")
    return (
        f"<Image Version='1'><id>0101K1F1P1R{channel}</id><State>Ok</State><URL>r01c01f01p01-ch{channel}sk1fk1fl1.tiff</URL>"
        f"<Row>1</Row><Col>1</Col><FieldID>1</FieldID><PlaneID>1</PlaneID><TimepointID>1</TimepointID>{own}</Image>"
    )


def of_map(size):
    """Later versions say of each channel, once, what V5 says of each image."""
    return "".join(
        f'<Entry ChannelID="{n}"><ChannelName>{dye}</ChannelName><ImageResolutionX Unit="m">{size}</ImageResolutionX></Entry>'
        for n, dye in DYES.items()
    )


def index(version=V5, sizes=("2.9E-07", "2.9E-07"), before=""):
    images = "".join(of_image(channel, size, version) for channel, size in zip(DYES, sizes, strict=True))
    entries = of_map(sizes[0]) if version == V6 else '<Entry ChannelID="1"><FlatfieldProfile>{Background: {}}</FlatfieldProfile></Entry>'
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{before}<EvaluationInputData xmlns="{version}" Version="1"><User>someone</User>'
        "<InstrumentType>Phenix</InstrumentType><Plates><Plate><PlateID>x17</PlateID><MeasurementID>4</MeasurementID><Name>plate 17</Name>"
        f'<PlateRows>16</PlateRows><Well id="0101" /></Plate></Plates><Maps><Map>{entries}</Map></Maps><Images>{images}</Images>'
        "</EvaluationInputData>"
    )


def export(tmp_path, text, name="Index.idx.xml", images=(1, 2)):
    folder = tmp_path / "export/Images"
    folder.mkdir(parents=True)
    for channel in images:
        (folder / f"r01c01f01p01-ch{channel}sk1fk1fl1.tiff").touch()
    (folder / name).write_text(text)
    return Source(folder.parent, None, None, 1)


@pytest.mark.parametrize("version", [V5, V6, "urn:another"])
def test_names_plate_and_size(tmp_path, version):
    made = index(V6 if version == V6 else V5).replace(V5, version)
    found = list_fields(export(tmp_path, made, "Index.xml" if version == V6 else "Index.idx.xml"), CHANNELS)
    (field,) = found.fields
    assert (field.plate, field.well, field.site) == ("plate 17", "A01", "f01")
    assert {role: path.name for role, path in field.channels.items()} == {
        "DNA": "r01c01f01p01-ch1sk1fk1fl1.tiff", "ER": "r01c01f01p01-ch2sk1fk1fl1.tiff",
    }  # fmt: skip
    assert found.pixel_size_um == pytest.approx(0.29)
    assert found.notes == []


def test_numbers_still_name_channels_and_what_is_not_there_is_counted(tmp_path):
    source = export(tmp_path, index(), images=(1,))
    found = list_fields(source, {"DNA": "ch1"})
    assert [path.name for path in found.fields[0].channels.values()] == ["r01c01f01p01-ch1sk1fk1fl1.tiff"]
    assert found.notes == ["1 images that Index.idx.xml lists are not there, such as r01c01f01p01-ch2sk1fk1fl1.tiff"]
    lacking = list_fields(source, CHANNELS)
    assert lacking.fields == []
    assert "found the channels HOECHST 33342" in lacking.rejects[0][2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (index(before='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'), r"Index.idx.xml: XML with a document type \(DOCTYPE\)"),
        (index()[:-30], "Index.idx.xml: not XML, or damaged: .*; move it away"),
        (index().replace("Alexa 488", "HOECHST").replace(">2<", ">1<"), "the channel 1 is called HOECHST 33342 and HOECHST"),
        (index(sizes=("2.9E-07", "1.4E-07")), "pixels of 0.29 and 0.14 um"),
        (index(sizes=("nan", "nan")), "expected the size of a pixel in m over 0, found 'nan'"),
    ],
)
def test_an_index_that_contradicts_itself(tmp_path, text, expected):
    with pytest.raises(BadInput, match=expected):
        list_fields(export(tmp_path, text), CHANNELS)


def test_an_empty_index_says_nothing(tmp_path):
    (field,) = list_fields(export(tmp_path, ""), {"DNA": "ch1", "ER": "ch2"}).fields
    assert field.plate == "export"
