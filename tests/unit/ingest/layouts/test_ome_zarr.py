"""OME-Zarr plates that zarr writes, by the published layout of NGFF 0.4 and 0.5."""

import json
import shutil

import numpy as np
import pytest

from cellswap.errors import BadInput
from cellswap.ingest import field_inputs, image_sources, label_images, zarr_images
from cellswap.ingest.image_parts import PartOf, View, named
from cellswap.ingest.layouts.gathered import Plate
from cellswap.ingest.layouts.ome_zarr import list_fields

zarr = pytest.importorskip("zarr")
CHANNELS = {"DNA": "Hoechst", "ER": "ConA"}
AXES = [{"name": name} for name in "tczyx"]


def said(group, version, **facts):
    """Attributes as each version of NGFF has them."""
    if version == "0.5":
        group.attrs["ome"] = {"version": version} | facts
    else:
        group.attrs.update({key: value | {"version": version} if key in ("plate", "well") else value for key, value in facts.items()})


def image(group, data, version, axes=AXES, chunks=(1, 1, 1, 16, 16), **facts):
    for level, step in enumerate((1, 2)):
        group.create_array(str(level), data=data[..., ::step, ::step].copy(), chunks=chunks[-data.ndim :])
    scale = {"axes": axes[-data.ndim :], "datasets": [{"path": "0"}, {"path": "1"}], "version": version}
    said(group, version, multiscales=[scale], **facts)


def made(path, version="0.4", wells=("A/1", "B/2"), names=("Hoechst", "x", "ConA"), sizes=(2, 3, 4)):
    root = zarr.open_group(str(path), mode="w", zarr_format=2 if version == "0.4" else 3)
    said(root, version, plate={"name": "p7", "wells": [{"path": well} for well in wells]})
    pixels = {}
    for well in wells:
        group = root.create_group(well)
        said(group, version, well={"images": [{"path": "0"}, {"path": "1"}]})
        for site in "01":
            data = np.random.default_rng(len(pixels)).integers(1, 60_000, (*sizes, 30, 40)).astype("u2")
            place = group.create_group(site)
            image(place, data, version, omero={"channels": [{"label": name} for name in names]})
            labels = place.create_group("labels")
            said(labels, version, labels=["nuclei"])
            image(labels.create_group("nuclei"), (data[:, :1, :1] % 7).astype("i4"), version)
            pixels[well, site] = data
    return pixels


def plate(path, **more):
    return Plate(path, None, None, 1, **more)


def read(field):
    return {role: image_sources.read(PartOf(path, field.parts[role]))[0] for role, path in field.channels.items()}


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize(("project", "of_z"), [("max", lambda z: z.max(0)), ("2", lambda z: z[1])])
def test_wells_fields_channels_and_labels(tmp_path, version, project, of_z):
    pixels = made(tmp_path / "x.zarr", version)
    found = list_fields(plate(tmp_path / "x.zarr", view=View(project, 2), labels="nuclei"), CHANNELS)
    assert [f.field_id("s") for f in found.fields] == [f"s/1/p7/{w}/{s}" for w in ("A01", "B02") for s in "01"]
    assert found.notes == ["4 channels that the store has no role for, such as x, passed over"]
    for field, data in zip(found.fields, pixels.values(), strict=True):
        images = read(field)
        assert np.array_equal(images["DNA"], of_z(data[1, 0]))
        assert np.array_equal(images["ER"], of_z(data[1, 2]))
        labels, kind, _ = label_images.taken(field.labels, (30, 40))
        assert kind == np.int32
        assert np.array_equal(labels, data[1, 0, 0] % 7)


def test_only_the_planes_that_are_asked_are_read(tmp_path):
    made(tmp_path / "x.zarr")
    (field, *_) = list_fields(plate(tmp_path / "x.zarr", view=View("2", 1)), CHANNELS).fields
    for chunk in (tmp_path / "x.zarr/A/1/0/0").rglob("*"):
        place = chunk.relative_to(tmp_path / "x.zarr/A/1/0/0").as_posix().replace("/", ".")
        if chunk.is_file() and not chunk.name.startswith(".z") and not place.startswith(("0.0.1.", "0.2.1.")):
            chunk.write_bytes(b"damaged")
    assert read(field)["DNA"].shape == (30, 40)
    before = field_inputs.sources(field, CHANNELS, None)
    assert [named(source) for source in before] == ["A/1/0/0 at 0,0,1", "A/1/0/0 at 0,2,1"]
    files = image_sources.files(before[0])
    assert len(files) == 1 + 2 * 3  # .zarray and the chunks of one plane


def test_a_changed_or_lost_chunk_is_noticed(tmp_path):
    made(tmp_path / "x.zarr", "0.5")
    (field, *_) = list_fields(plate(tmp_path / "x.zarr", view=View("2", 1)), CHANNELS).fields
    before = field_inputs.sources(field, CHANNELS, None)
    known = field_inputs.Known(tuple(map(named, before)), field_inputs.sha256(before), field_inputs.stamp(before))
    assert field_inputs.changed(before, known) is None
    lost = image_sources.files(before[1])[-1]
    lost.unlink()
    assert "the bytes of one or more of A/1/0/0 at 0,0,1" in field_inputs.changed(before, known)
    assert image_sources.doubts(before[1])[0].n == 1
    image_sources.files(before[0])[-1].write_bytes(b"cut")
    with pytest.raises(BadInput, match="a chunk is damaged or cut short"):
        read(field)


def replaced(path, change):
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


BAD = [
    ({}, r"A/1/0: found 4 planes in depth \(z\): say with --project max, mean .*and 3 more like it"),
    ({"view": View("max")}, "found 2 time points: say with --time N"),
    ({"view": View("9", 1)}, "--project 9: found 4 planes"),
    ({"view": View("1", 1), "labels": "nucle"}, r"unknown label image \(--masks-in\) 'nucle'; did you mean nuclei"),
]


@pytest.mark.parametrize(("more", "expected"), BAD)
def test_what_is_asked_must_be_there(tmp_path, more, expected):
    made(tmp_path / "x.zarr")
    with pytest.raises(BadInput, match=expected):
        list_fields(plate(tmp_path / "x.zarr", **more), CHANNELS)


DAMAGE = [
    (".zattrs", lambda f: f["plate"].update(version="0.9"), "OME-Zarr of version 0.9; known are 0.4, 0.5"),
    (".zattrs", lambda f: f.clear(), "found a Zarr group without such metadata"),
    (".zattrs", lambda f: f["plate"].update(wells=[{"path": "../A/1"}]), "is no well name"),
    ("A/1/.zattrs", lambda f: f["well"].update(images=[{"path": "../../B/2/0"}]), "expected a path inside the Zarr folder"),
    ("A/1/0/.zattrs", lambda f: f.clear(), "expected an OME-Zarr image, which says `multiscales`"),
    ("A/1/0/.zattrs", lambda f: f["multiscales"][0].pop("axes"), "expected axes of t, c, z and y, x at the end, found none"),
    ("A/1/0/0/.zarray", lambda f: f.update(dtype="|O", filters=[{"id": "pickle"}]), "can't be opened|objects"),
    ("A/1/0/0/.zarray", lambda f: f.update(zarr_format=7), "no group or array|can't be opened"),
    (".zgroup", lambda f: f.update(zarr_format=7), "not a Zarr group"),
]


@pytest.mark.parametrize(("file", "change", "expected"), DAMAGE)
def test_a_plate_that_is_none_is_one_line(tmp_path, file, change, expected):
    made(tmp_path / "x.zarr", wells=("A/1",))
    shutil.rmtree(tmp_path / "x.zarr/A/1/1")
    replaced(tmp_path / "x.zarr/A/1/.zattrs", lambda f: f["well"].update(images=[{"path": "0"}]))
    replaced(tmp_path / "x.zarr" / file, change)
    with pytest.raises(BadInput, match=expected) as error:
        list_fields(plate(tmp_path / "x.zarr", view=View("max", 1)), CHANNELS)
    assert "\n" not in str(error.value)


def test_an_image_or_nothing_is_no_plate(tmp_path):
    made(tmp_path / "x.zarr")
    with pytest.raises(BadInput, match="found a single image: give the plate's folder"):
        list_fields(plate(tmp_path / "x.zarr/A/1/0"), CHANNELS)
    with pytest.raises(BadInput, match="not a Zarr group"):
        list_fields(plate(tmp_path / "none.zarr"), CHANNELS)


def test_floats_of_64_bits_are_refused(tmp_path):
    root = zarr.open_group(str(tmp_path / "x.zarr"), mode="w", zarr_format=2)
    image(root.create_group("A"), np.ones((30, 40)), "0.4")
    found = zarr_images.look(root, "A")
    assert (found.axes, found.sizes) == ("yx", (30, 40))
    with pytest.raises(BadInput, match="expected pixels of uint8, uint16 or float32, found float64"):
        zarr_images.check_kind(found.dtype)


def test_the_published_plate(shared):
    path = shared.whole("data/formats/plate-01.zarr")
    found = list_fields(plate(path), {"DNA": "1"})
    assert [(f.plate, f.well, f.site) for f in found.fields] == [("my_wonderful_plate", w, "0") for w in ("A01", "A02", "B01", "B02")]
    assert "2 wells have indices of another place than their path (A/2: rowIndex 1, columnIndex 0)" in found.notes[0]
    with pytest.raises(BadInput, match=r"A/1/0: no channel ER \(ConA\), DNA \(Hoechst\); found 1 channel without names: 1"):
        list_fields(plate(path), dict(reversed(CHANNELS.items())))
