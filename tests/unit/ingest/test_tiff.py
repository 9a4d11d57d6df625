import io
import os
import resource
import struct
import zlib

import numpy as np
import pytest
import tifffile

from cellswap.errors import BadInput
from cellswap.ingest.tiff import decode, image_of, read_channel

IMAGE = np.arange(1, 30 * 40 + 1).reshape(30, 40)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", ">u2"])
def test_kept_kinds_come_back_as_they_were(tmp_path, kind):
    path = tmp_path / "a.tif"
    image = (IMAGE % 251).astype(kind)
    tifffile.imwrite(path, image, byteorder=">" if kind == ">u2" else "<")
    found, content = read_channel(path)
    assert found.dtype == np.dtype(kind).newbyteorder("=")
    assert np.array_equal(found, image)
    assert content == path.read_bytes()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.zeros((30, 40), "u2"), "all pixels are zero"),
        (np.where(IMAGE == 5, np.nan, 1).astype("f4"), "1 pixels are NaN or infinite"),
        (IMAGE.astype("i4"), "expected pixels of uint8, uint16 or float32, found int32"),
        (np.ones((30, 40, 3), "u1"), r"expected one 2-D image, found 3 samples a pixel \(RGB\), the shape \(30, 40, 3\)"),
        (np.ones((2, 30, 40), "u2"), "expected one 2-D image, found 2 pages"),
    ],
)
def test_what_is_in_the_file_is_looked_at(tmp_path, image, expected):
    photometric = "rgb" if image.shape[-1] == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.tif", image, photometric=photometric)
    with pytest.raises(BadInput, match=expected):
        read_channel(tmp_path / "a.tif")


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_file_cut_short(tmp_path, compression, share):
    path = tmp_path / "a.tif"
    image = np.random.default_rng(1).integers(1, 60_000, (100, 100)).astype("u2")
    tifffile.imwrite(path, image, compression=compression)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(BadInput, match=r"cut short|damaged"):
        read_channel(path)


@pytest.mark.parametrize(("content", "expected"), [(b"", "empty"), (b"II*\0", "damaged"), (b"<html>not found</html>", "not a TIFF")])
def test_what_is_no_tiff(tmp_path, content, expected):
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(BadInput, match=expected):
        read_channel(tmp_path / "a.tif")


def test_no_file(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_channel(tmp_path / "a.tif")


WORDS = IMAGE.astype(np.uint16)


def written(image=WORDS, **facts):
    content = io.BytesIO()
    tifffile.imwrite(content, image, **{"photometric": "minisblack"} | facts)
    return content.getvalue()


def pyramid(*, subfiletype):
    content = io.BytesIO()
    with tifffile.TiffWriter(content) as file:
        file.write(WORDS, subifds=1)
        file.write(WORDS[::2, ::2] if subfiletype else WORDS, subfiletype=subfiletype)
    return content.getvalue()


def by_hand(width, height, bits, strip, **more):
    """A little TIFF of one strip with just these tags: what libraries don't write."""
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: len(strip)}
    tags |= {int(tag[1:]): value for tag, value in more.items()}
    tags = {tag: value for tag, value in sorted(tags.items()) if value is not None}
    strip += b"\0" * (len(strip) % 2)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(strip)) + strip + struct.pack("<H", len(tags)) + entries + bytes(4)


CLAIMS = {
    "inverted": (written(photometric="miniswhite"), r"0 is white \(MinIsWhite\)"),
    "palette": (written(WORDS.astype("u1"), photometric="palette", colormap=np.zeros((3, 256), "u2")), "places in a palette"),
    "planes of colour": (written(np.ones((3, 30, 40), "u1"), photometric="rgb", planarconfig="separate"), r"3 samples a pixel \(RGB\)"),
    "grey and alpha": (written(np.ones((30, 40, 2), "u1"), planarconfig="contig"), "2 samples a pixel"),
    "ImageJ's stack": (written(np.stack([WORDS] * 5), imagej=True, truncate=True), "found a stack of 5 in one page"),
    "tifffile's stack": (written(np.stack([WORDS] * 5), truncate=True), "found a stack of 5 in one page|shape"),
    "ImageJ's calibration": (written(imagej=True, metadata={"cf": 0, "c0": -32768.0, "c1": 1.0}), "ImageJ says that the values are -32768"),
    "mirrored": (written(extratags=[(274, 3, 1, 3, True)]), "turned or mirrored"),
    "more images beside": (pyramid(subfiletype=0), r"1 more beside it \(SubIFDs\)"),
    "a thumbnail": (written(subfiletype=1), "smaller copy or a mask"),
    "signed": (written(IMAGE.astype("i2")), "found int16"),
    "complex": (written(IMAGE.astype("c8")), "found complex64"),
    "half": (written((IMAGE % 9).astype("f2")), "found float16"),
    "no word of black": (by_hand(4, 1, 8, bytes([1, 2, 3, 4]), _262=None), "does not say whether 0 is black or white"),
    "a curve": (written(extratags=[(291, 3, 1, 3, True)]), "a curve for its greys"),
    "lossy": (by_hand(4, 1, 8, bytes([1, 2, 3, 4]), _259=7), "compressed as JPEG, which may lose values"),
    "huge": (by_hand(30_000, 30_000, 8, bytes(10)), "cut short|30,000 x 30,000 pixels are more"),
    "huge and squeezed": (by_hand(30_000, 30_000, 8, zlib.compress(bytes(10)), _259=8), "30,000 x 30,000 pixels are more than the"),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_a_file_says_of_itself_is_not_passed_over(claim):
    content, expected = CLAIMS[claim]
    with pytest.raises(BadInput, match=expected):
        image_of(content)


def test_a_level_of_a_pyramid_beside_an_image_is_no_other_image():
    assert np.array_equal(image_of(pyramid(subfiletype=1)), WORDS)


@pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits", "zstd", "lzma"])
@pytest.mark.parametrize("predictor", [False, True])
def test_lossless_compression_and_predictors_give_the_values(compression, predictor):
    assert np.array_equal(image_of(written(compression=compression, predictor=predictor)), WORDS)


def test_values_packed_in_12_bits_are_unpacked():
    # 0xABC, 0x123, 0xFFF, 0x001
    assert image_of(by_hand(4, 1, 12, bytes([0xAB, 0xC1, 0x23, 0xFF, 0xF0, 0x01]))).tolist() == [[0xABC, 0x123, 0xFFF, 0x001]]
    assert image_of(by_hand(4, 1, 4, bytes([0x1F, 0x02]))).tolist() == [[1, 15, 0, 2]]


def test_a_strip_that_swells_is_not_let_to():
    """40 x 30 bytes that are 400 MB when they are decoded."""
    swelling = zlib.compress(bytes(400_000_000), 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput):
        image_of(by_hand(40, 30, 8, swelling, _259=8))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_labels_may_be_places_in_a_palette_and_of_any_dtype():
    assert np.array_equal(decode(CLAIMS["palette"][0]), WORDS.astype("u1"))
    assert np.array_equal(decode(CLAIMS["signed"][0]), IMAGE)
    with pytest.raises(BadInput, match=r"the field's shape \(30, 41\), found \(30, 40\)"):
        decode(written(), (30, 41))


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.tif")
    (tmp_path / "zero.tif").symlink_to("/dev/zero")
    (tmp_path / "folder.tif").mkdir()
    (tmp_path / "real.tif").write_bytes(written())
    (tmp_path / "link.tif").symlink_to("real.tif")
    for name, expected in (("pipe", "a named pipe"), ("zero", "a device"), ("folder", "a folder")):
        with pytest.raises(BadInput, match=f"expected a regular file, found {expected}"):
            read_channel(tmp_path / f"{name}.tif")
    assert np.array_equal(read_channel(tmp_path / "link.tif")[0], WORDS)
