import numpy as np
import pytest
import tifffile

from cellswap.errors import BadInput
from cellswap.ingest.tiff import read_channel

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
        (np.ones((30, 40, 3), "u1"), r"expected one 2-D image, found the shape \(30, 40, 3\)"),
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


@pytest.mark.parametrize(
    ("content", "expected"), [(b"", "empty"), (b"II*\0", "damaged"), (b"<html>not found</html>", "not a TIFF")]
)
def test_what_is_no_tiff(tmp_path, content, expected):
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(BadInput, match=expected):
        read_channel(tmp_path / "a.tif")


def test_no_file(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_channel(tmp_path / "a.tif")
