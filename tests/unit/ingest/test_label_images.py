import numpy as np
import pytest
import tifffile
from PIL import Image

from cellswap.errors import BadInput
from cellswap.ingest.label_images import Masks, find, read

LABELS = np.zeros((20, 30), np.int64)
LABELS[2:6, 3:9] = 7
LABELS[10:15, 3:9] = 60_000


def write(path, labels=LABELS):
    kind = path.suffix
    if kind == ".png":
        Image.fromarray(labels.astype(np.uint16)).save(path)
    elif kind == ".npy":
        np.save(path, labels)
    elif kind == ".npz":
        np.savez(path, masks=labels, flows=np.zeros(3))
    else:
        tifffile.imwrite(path, labels.astype(np.uint16))
    return path


@pytest.mark.parametrize("ending", ["tif", "tiff", "png", "npy", "npz"])
def test_every_kind_of_file_gives_the_same_labels(tmp_path, ending):
    assert np.array_equal(read(write(tmp_path / f"a.{ending}"), LABELS.shape), LABELS)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (LABELS[:10], r"expected labels of the field's shape \(20, 30\), found \(10, 30\)"),
        (LABELS - 1, "expected 0 and positive labels, found -1"),
        (LABELS + 0.5, "expected whole numbers"),
        (LABELS > 0, "expected whole numbers, one for each cell, found bool"),
    ],
)
def test_what_is_no_label_image(tmp_path, labels, expected):
    with pytest.raises(BadInput, match=expected):
        read(write(tmp_path / "a.npy", labels), LABELS.shape)


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


def test_the_label_image_of_a_field(tmp_path):
    for name in (
        "r01c01f01p01_labeled.tiff",
        "r01c01f01p01_imm.tiff",
        "r01c01f010p01.png",
        "r01c01f02p01_seg.npy",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    names = ("r01c01f01p01", "r01c01f01")
    assert find(Masks(tmp_path, "_labeled"), names).name == "r01c01f01p01_labeled.tiff"
    with pytest.raises(BadInput, match=r"2 label images .* --mask-ending"):
        find(Masks(tmp_path, ""), names)
    with pytest.raises(BadInput, match=r"r01c01f02p01_seg\.npy is a Python pickle"):
        find(Masks(tmp_path, ""), ("r01c01f02p01",))
    with pytest.raises(BadInput, match=r"no label image in .* begins with r01c01f03p01"):
        find(Masks(tmp_path, ""), ("r01c01f03p01",))
