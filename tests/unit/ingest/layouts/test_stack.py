"""Stacks that tifffile writes: which page is which channel, depth and time, and what is refused."""

from itertools import product

import numpy as np
import pytest
import tifffile

from cellswap.errors import BadInput
from cellswap.ingest import field_inputs, image_sources
from cellswap.ingest.image_parts import Pages, PartOf, View, named
from cellswap.ingest.layouts.gathered import Plate
from cellswap.ingest.layouts.stack import list_fields

CHANNELS = {"DNA": "Hoechst", "ER": "ConA"}
NUMBERED = {"DNA": "1", "ER": "2"}


def stack(*sizes, shape=(30, 40)):
    return np.random.default_rng(1).integers(1, 60_000, (*sizes, *shape)).astype("u2")


def write(path, image, axes, names=("Hoechst", "other", "ConA"), **more):
    path.parent.mkdir(exist_ok=True)
    facts = {"axes": axes, "Channel": {"Name": list(names)}}
    tifffile.imwrite(path, image, photometric="minisblack", ome=True, metadata=facts, **more)
    return path


def plain(path, image, **more):
    path.parent.mkdir(exist_ok=True)
    with tifffile.TiffWriter(path) as file:
        for page in image:
            file.write(page, metadata=None, photometric="minisblack", **more)
    return path


def plate(path, **more):
    return Plate(path, None, None, 1, **more)


def read(field):
    return {role: image_sources.read(PartOf(path, field.parts[role]))[0] for role, path in field.channels.items()}


@pytest.mark.parametrize("axes", ["TCZYX", "ZCTYX", "CZTYX"])
@pytest.mark.parametrize(("project", "made"), [("max", lambda z: z.max(0)), ("mean", lambda z: np.rint(z.mean(0))), ("3", lambda z: z[2])])
def test_channels_by_name_depths_projected_one_time(tmp_path, axes, project, made):
    sizes = {"T": 2, "C": 3, "Z": 4}
    image = stack(*(sizes[axis] for axis in axes[:3]))
    write(tmp_path / "p/A03_s2.ome.tif", image, axes)
    found = list_fields(plate(tmp_path / "p", view=View(project, 2)), CHANNELS)
    (field,) = found.fields
    assert (field.plate, field.well, field.site, field.names) == ("p", "A03", "s2", ("A03_s2",))
    ordered = np.moveaxis(image, [axes.index(axis) for axis in "TCZ"], [0, 1, 2])
    images = read(field)
    assert np.array_equal(images["DNA"], made(ordered[1, 0]))
    assert np.array_equal(images["ER"], made(ordered[1, 2]))
    assert images["ER"].dtype == np.uint16
    assert found.notes == ["1 channels that the store has no role for, such as other, passed over"]


def test_imagej_by_number_and_a_pyramid_at_its_full_size(tmp_path):
    image = stack(3, 2)
    (tmp_path / "p").mkdir()
    tifffile.imwrite(tmp_path / "p/r02c03f1.tif", image, imagej=True, metadata={"axes": "ZCYX"})
    with tifffile.TiffWriter(tmp_path / "p/B04.ome.tif") as file:
        file.write(image[0], subifds=1, tile=(16, 16), metadata={"axes": "CYX"}, photometric="minisblack")
        file.write(image[0, :, ::2, ::2], subfiletype=1, tile=(16, 16), photometric="minisblack")
    found = list_fields(plate(tmp_path / "p", view=View("max")), NUMBERED)
    first, second = sorted(found.fields, key=lambda f: f.well)
    assert (first.well, first.site, second.well, second.site) == ("B03", "f1", "B04", "1")
    assert np.array_equal(read(first)["ER"], image[:, 1].max(0))
    assert np.array_equal(read(second)["ER"], image[0, 1])


def test_plain_pages_are_what_somebody_says(tmp_path):
    for name, seed in (("nuclei", 0), ("cells", 5)):
        plain(tmp_path / f"p/{name}.tif", stack(4) + seed)
    channels = {"DNA": "nuclei", "cell": "cells"}
    with pytest.raises(BadInput, match=r"cells.tif: the file does not say what its 4 pages are: say --pages channels, or --pages fields"):
        list_fields(plate(tmp_path / "p"), channels)
    found = list_fields(plate(tmp_path / "p", pages="fields"), channels)
    assert [(f.well, f.site) for f in found.fields] == [("A01", f"p{n}") for n in (1, 2, 3, 4)]
    assert "2 files name no well" in found.notes[0]
    for n, field in enumerate(found.fields):
        images = read(field)
        assert np.array_equal(images["DNA"], stack(4)[n])
        assert np.array_equal(images["cell"], stack(4)[n] + 5)
    as_channels = list_fields(plate(tmp_path / "p", pages="channels", well="C02"), {"DNA": "ch4"})
    assert [(f.well, f.site, f.parts["DNA"]) for f in as_channels.fields] == [("C02", s, Pages((3,))) for s in ("cells", "nuclei")]


def test_names_of_plain_pages_name_channels(tmp_path):
    image = stack(2)
    with tifffile.TiffWriter(tmp_path / "A01.tif") as file:
        for name, page in zip(("ConA", "Hoechst"), image, strict=True):
            file.write(page, metadata=None, extratags=[(285, 2, None, name, False)])
    (field,) = list_fields(plate(tmp_path / "A01.tif", pages="channels"), CHANNELS).fields
    assert np.array_equal(read(field)["DNA"], image[1])


def two_shapes(path):
    with tifffile.TiffWriter(path) as file:
        file.write(stack()[0], metadata=None)
        file.write(stack(shape=(20, 40)), metadata=None)


BAD = [
    (lambda path: plain(path, stack(2)), {"pages": "channels"}, r"no channel DNA \(Hoechst\), ER \(ConA\); found 2 channels without names"),
    (lambda path: write(path, stack(2), "CYX", ("Hoechst", "x")), {}, r"no channel ER \(ConA\); found 2 channels: 1 \(Hoechst\), 2 \(x\)"),
    (lambda path: write(path, stack(2), "CYX", ("ConA", "ConA")), {}, "two channels are called ConA"),
    (lambda path: write(path, stack(3, 5), "CZYX"), {}, r"found 5 planes in depth \(z\): say with --project"),
    (lambda path: write(path, stack(3, 5), "CZYX"), {"view": View("6")}, r"--project 6: found 5 planes"),
    (lambda path: write(path, stack(3, 5), "CTYX"), {}, "found 5 time points: say with --time"),
    (lambda path: write(path, stack(3, 5), "CTYX"), {"view": View(None, 9)}, "--time 9: found 5 time points"),
    (lambda path: tifffile.imwrite(path, stack(1, shape=(30, 40, 3))[0].astype("u1"), photometric="rgb"), {}, "expected pages .* in grey"),
    (lambda path: write(path, stack(3), "CYX", compression="jpeg2000"), {}, "which may lose values"),
    (lambda path: write(path, stack(3).astype("i4"), "CYX"), {}, "found int32"),
    (lambda path: path.write_bytes(b"II*\0"), {}, "damaged"),
    (two_shapes, {"pages": "channels"}, "expected one image whose pages have one shape"),
]


@pytest.mark.parametrize(("make", "more", "expected"), BAD)
def test_what_can_not_be_read_is_one_line(tmp_path, make, more, expected):
    (tmp_path / "p").mkdir()
    make(tmp_path / "p/A01.tif")
    with pytest.raises(BadInput, match=expected) as error:
        list_fields(plate(tmp_path / "p", **more), CHANNELS)
    assert "\n" not in str(error.value)


def test_what_is_left_out_is_told(tmp_path):
    write(tmp_path / "p/A01_1.ome.tif", stack(3), "CYX")
    write(tmp_path / "p/A01-1.ome.tiff", stack(3), "CYX")
    write(tmp_path / "p/A02_B02.ome.tif", stack(3), "CYX")
    (tmp_path / "p/notes.txt").touch()
    found = list_fields(plate(tmp_path / "p"), CHANNELS)
    assert len(found.fields) == 1
    assert [(place, detail.partition(":")[0]) for place, _, detail in found.rejects] == [
        ("A01_1.ome.tif", "another field is also well A01, site 1"),
        ("A02_B02.ome.tif", "its name has the wells A02, B02; which one is it? Rename the file"),
    ]


@pytest.mark.parametrize(("name", "mapped"), list(product(["s1", "plate_f01"], [True, False])))
def test_a_well_is_only_said_where_nothing_hangs_on_it(tmp_path, name, mapped):
    write(tmp_path / f"p/{name}.ome.tif", stack(3), "CYX")
    if mapped:
        with pytest.raises(BadInput, match="its name has no well such as A01 or r01c01"):
            list_fields(plate(tmp_path / "p", mapped=True), CHANNELS)
    else:
        (field,) = list_fields(plate(tmp_path / "p"), CHANNELS).fields
        assert (field.well, field.site) == ("A01", name)


def test_a_page_that_is_cut_short_is_found_before_it_is_decoded(tmp_path):
    path = plain(tmp_path / "p/A01.tif", stack(2))
    whole = path.read_bytes()
    with tifffile.TiffFile(path) as file:
        last = file.pages[1].dataoffsets[0]
    path.write_bytes(whole[: last + 100])
    (field,) = list_fields(plate(tmp_path / "p", pages="channels"), NUMBERED).fields
    with pytest.raises(BadInput, match=r"cut short: expected .* bytes, found"):
        read(field)
    with pytest.raises(BadInput, match="cut short"):
        image_sources.described(PartOf(path, field.parts["ER"]))


def test_pages_that_are_lost_are_missed(tmp_path):
    path = plain(tmp_path / "p/A01.tif", stack(3))
    with tifffile.TiffFile(path) as file:
        second = file.pages[1].offset
    path.write_bytes(path.read_bytes()[: second - 2])
    with pytest.raises(BadInput, match=r"cut short or damaged .*invalid page offset"):
        list_fields(plate(tmp_path / "p", pages="channels"), {"DNA": "1"})


def test_a_jpeg_that_says_to_be_larger_is_not_decoded(tmp_path):
    path = plain(tmp_path / "p/A01.tif", stack(2).astype("u1"), compression="jpeg")
    (field,) = list_fields(plate(tmp_path / "p", pages="channels"), NUMBERED).fields
    assert np.abs(read(field)["DNA"].astype(int) - tifffile.imread(path, key=0)).max() == 0
    assert image_sources.doubts(PartOf(path, field.parts["DNA"]))[0].kind == "lossy"
    size = b"\xff\xc0\x00\x0b\x08\x00\x1e\x00\x28"
    assert size in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(size, b"\xff\xc0\x00\x0b\x08\xff\xff\xff\xff"))
    with pytest.raises(BadInput, match=r"a JPEG strip of \(65535, 65535\) pixels where the page has \(30, 40\)"):
        read(field)


def test_a_change_of_a_page_is_noticed_and_one_of_another_is_not(tmp_path):
    path = plain(tmp_path / "p/A01.tif", stack(3))
    (field,) = list_fields(plate(tmp_path / "p", pages="channels"), NUMBERED).fields
    before = field_inputs.sources(field, NUMBERED, None)
    known = field_inputs.Known(tuple(map(named, before)), field_inputs.sha256(before), field_inputs.stamp(before))
    for page, expected in ((2, None), (1, "the bytes of one or more of A01.tif page 1, A01.tif page 2")):
        image = stack(3)
        image[page] += 1
        plain(path, image)
        assert (field_inputs.changed(before, known) or "")[: len(expected or "")] == (expected or "")
    moved = [PartOf(path, Pages((2,))), before[1]]
    assert field_inputs.changed(moved, known) == "read from A01.tif page 1, A01.tif page 2; now there are A01.tif page 3, A01.tif page 2"


def test_a_document_type_is_refused(tmp_path):
    path = write(tmp_path / "p/A01.ome.tif", stack(3), "CYX")
    content = path.read_bytes()
    start = content.index(b"<OME ")
    kept = content.index(b">", start)
    harmful = b'<!DOCTYPE a SYSTEM "/etc/passwd"><OME '
    path.write_bytes(content[:start] + harmful + content[start + len(harmful) : kept] + content[kept:])
    with pytest.raises(BadInput, match=r"DOCTYPE|damaged|not XML"):
        list_fields(plate(tmp_path / "p"), CHANNELS)
