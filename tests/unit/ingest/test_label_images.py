import io
import os
import struct
import zipfile
import zlib

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from cellswap.errors import BadInput
from cellswap.ingest.field_files import NO_MAP, FieldFiles
from cellswap.ingest.label_images import Masks, choose, read, sort

LABELS = np.zeros((20, 30), np.int64)
LABELS[2:6, 3:9] = 7
LABELS[10:15, 3:9] = 60_000


def labels_of(path, shape=LABELS.shape):
    return read(path, shape)[0]


def write(path, labels=LABELS):
    kind = path.suffix
    if kind == ".png":
        Image.fromarray(labels.astype(np.uint16)).save(path)
    elif kind == ".npy":
        np.save(path, labels)
    elif kind == ".h5":
        with h5py.File(path, "w") as file:
            file["deep/labels"] = labels
            file["deep/flows"] = np.zeros(3)
    elif kind == ".npz":
        np.savez(path, masks=labels, flows=np.zeros(3))
    else:
        tifffile.imwrite(path, labels.astype(np.uint16))
    return path


@pytest.mark.parametrize("ending", ["tif", "tiff", "png", "npy", "npz", "h5"])
def test_every_kind_of_file_gives_the_same_labels(tmp_path, ending):
    path = write(tmp_path / f"a.{ending}")
    labels, kind, content = read(path, LABELS.shape)
    assert np.array_equal(labels, LABELS)
    assert kind == (np.int64 if ending in {"npy", "npz", "h5"} else np.uint16)
    assert content == path.read_bytes()


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (LABELS[:10], r"expected labels of the field's shape \(20, 30\), found \(10, 30\)"),
        (LABELS[None], r"expected labels of the field's shape \(20, 30\), found \(1, 20, 30\)"),
        (LABELS - 1, "expected 0 and positive labels, found -1"),
        (LABELS + 0.5, "expected whole numbers"),
        (np.where(LABELS, np.nan, 0), "expected whole numbers"),
        (LABELS > 0, "expected whole numbers, one for each cell, found bool"),
        (LABELS.astype("c8"), "expected whole numbers, one for each cell, found complex64"),
        ((LABELS * 300).astype("f4"), "found the label 18000000 in float32, which rounds whole numbers above 16777216"),
        (LABELS.astype("u8") + np.uint64(2**63), "found the label 9223372036854835808, more than 9223372036854775807"),
    ],
)
def test_what_is_no_label_image(tmp_path, labels, expected):
    with pytest.raises(BadInput, match=expected):
        read(write(tmp_path / "a.npy", labels), LABELS.shape)


@pytest.mark.parametrize("array", [np.asfortranarray(LABELS), LABELS.astype(">i4"), LABELS.astype("f4"), LABELS.astype("u8")])
def test_an_array_comes_in_any_order(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", array)
    for name in ("a.npy", "a.npz"):
        assert np.array_equal(labels_of(tmp_path / name), LABELS)


def png(colour, depth, rows):
    """A PNG of these rows' bytes, one number a pixel, by the standard: no library writes all kinds."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", len(rows[0]) * 8 // depth, len(rows), depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_greys_of_few_bits_are_not_spread(tmp_path):
    (tmp_path / "a.png").write_bytes(png(0, 4, [[0x01, 0x20], [0x0F, 0x00]]))
    assert labels_of(tmp_path / "a.png", (2, 4)).tolist() == [[0, 1, 2, 0], [0, 15, 0, 0]]
    (tmp_path / "b.png").write_bytes(png(0, 2, [[0b00011011]]))
    assert labels_of(tmp_path / "b.png", (1, 4)).tolist() == [[0, 1, 2, 3]]


def test_a_palette_is_places(tmp_path):
    image = Image.fromarray((LABELS % 251).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, *range(255, 0, -1), *range(255)] + [9] * 200)
    image.save(tmp_path / "a.png")
    assert np.array_equal(labels_of(tmp_path / "a.png"), LABELS % 251)
    tifffile.imwrite(tmp_path / "a.tif", (LABELS % 251).astype(np.uint8), photometric="palette", colormap=np.zeros((3, 256), np.uint16))
    assert np.array_equal(labels_of(tmp_path / "a.tif"), LABELS % 251)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("RGB", "colours"), ("RGBA", "colours with transparency"), ("LA", "grey with transparency"), ("1", "one bit a pixel")],
)
def test_colours_and_bits_are_no_labels(tmp_path, mode, expected):
    Image.fromarray((LABELS > 0).astype(np.uint8) * 255).convert(mode).save(tmp_path / "a.png")
    with pytest.raises(BadInput, match=expected):
        read(tmp_path / "a.png", LABELS.shape)


def test_a_moving_png_is_several_images(tmp_path):
    frames = [Image.fromarray((LABELS % 251 + i).astype(np.uint8)) for i in range(2)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(BadInput, match="expected one image, found several"):
        read(tmp_path / "a.png", LABELS.shape)


def test_a_header_that_claims_more_is_not_believed(tmp_path):
    huge = np.lib.format.header_data_from_array_1_0(np.zeros(1, np.int64)) | {"shape": (60_000, 60_000)}
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, huge)
    (tmp_path / "a.npy").write_bytes(content.getvalue())
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("masks.npy", content.getvalue())
    good = write(tmp_path / "good.png").read_bytes()
    (tmp_path / "a.png").write_bytes(good[:16] + struct.pack(">II", 60_000, 60_000) + good[24:])
    for name in ("a.npy", "a.npz", "a.png"):
        with pytest.raises(BadInput, match=r"expected labels of the field's shape \(20, 30\), found \(60000, 60000\)"):
            read(tmp_path / name, LABELS.shape)


def test_an_archive_with_two_label_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", masks=LABELS, labels=LABELS)
    with pytest.raises(BadInput, match=r"expected one array, or one called masks or labels or arr_0; found masks, labels"):
        read(tmp_path / "a.npz", LABELS.shape)


def test_pickles_are_refused_unopened(tmp_path):
    class Boom:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was opened",))

    for name in ("a_seg.npy", "a.npy", "a.npz"):
        path = tmp_path / name
        array = np.array([Boom()], object)
        (np.savez if name == "a.npz" else np.save)(path, array, allow_pickle=True)
        with pytest.raises(BadInput, match=r"pickle|plain arrays"):
            read(path, LABELS.shape)


@pytest.mark.parametrize("name", ["a.png", "a.npy", "a.npz", "a.tif"])
def test_damaged_files(tmp_path, name):
    path = write(tmp_path / name)
    for content in (b"", b"nothing like it", path.read_bytes()[:-60]):
        path.write_bytes(content)
        with pytest.raises(BadInput):
            read(path, LABELS.shape)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(BadInput, match="expected a regular file, found a named pipe"):
        read(tmp_path / "a.png", LABELS.shape)


def field(*names):
    return FieldFiles("p", "A01", names[0], 1, NO_MAP, {}, names)


def test_the_label_image_of_a_field(tmp_path):
    for name in (
        "r01c01f01p01_labeled.tiff",
        "r01c01f01p01_imm.tiff",
        "r01c01f010p01.png",
        "r01c01f02p01_seg.npy",
        "notes.txt",
        "._r01c01f01p01_labeled.tiff",
    ):
        (tmp_path / name).touch()
    found = sort(Masks(tmp_path, ""), [field("r01c01f01p01", "r01c01f01"), field("r01c01f02p01"), field("r01c01f03p01")])
    first, second, third = found.fields
    assert choose(Masks(tmp_path, "_labeled"), first).name == "r01c01f01p01_labeled.tiff"
    with pytest.raises(BadInput, match=r"2 label images .* --mask-ending"):
        choose(Masks(tmp_path, ""), first)
    with pytest.raises(BadInput, match=r"r01c01f02p01_seg\.npy is a Python pickle"):
        choose(Masks(tmp_path, ""), second)
    with pytest.raises(BadInput, match=r"no label image in .* begins with r01c01f03p01"):
        choose(Masks(tmp_path, ""), third)
    assert (found.idle, found.dust) == (["r01c01f010p01.png"], ["._r01c01f01p01_labeled.tiff"])


def test_an_image_belongs_to_the_field_whose_name_fits_furthest(tmp_path):
    (tmp_path / "s1_2.png").touch()
    alone, second = sort(Masks(tmp_path, ""), [field("s1"), field("s1_2")]).fields
    assert (alone.masks, second.masks) == ((), (tmp_path / "s1_2.png",))


def test_the_dataset_of_an_hdf5_file(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["one"], file["two"] = LABELS[..., None], LABELS * 2
        file["text"] = np.full(LABELS.shape, b"x")
    assert np.array_equal(read(path, LABELS.shape, "one")[0], LABELS)
    assert np.array_equal(read(path, LABELS.shape, "/two")[0], LABELS * 2)
    for dataset, message in (("", "found one, text, two"), ("three", "no dataset three; it has"), ("text", "expected whole numbers")):
        with pytest.raises(BadInput, match=message):
            read(path, LABELS.shape, dataset)
    with pytest.raises(BadInput, match=r"expected labels of the field's shape \(9, 9\), found \(20, 30\)"):
        read(path, (9, 9), "two")


def test_an_hdf5_file_that_looks_into_others_is_refused(tmp_path):
    write(tmp_path / "other.h5")
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["labels"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "deep/labels")
    layout = h5py.VirtualLayout(LABELS.shape, LABELS.dtype)
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "deep/labels", LABELS.shape, LABELS.dtype)
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("labels", layout)
    (tmp_path / "text.h5").write_text("no")
    for name, message in (("link", "found none"), ("virtual", "stand in another file"), ("text", "not an HDF5 file, or a damaged one")):
        with pytest.raises(BadInput, match=message):
            read(tmp_path / f"{name}.h5", LABELS.shape)
