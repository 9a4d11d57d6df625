"""Label images made elsewhere (Cellpose, StarDist, ilastik, by hand): which file belongs to a field, and its labels.

Any positive ids are kept as they are. A pickle can run code when it is opened, so none is: not `_seg.npy`, nor an array
of objects.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cellswap.errors import BadInput
from cellswap.ingest import tiff

ENDINGS = (".tif", ".tiff", ".png", ".npy", ".npz")
PICKLES = ("_seg.npy", ".pkl", ".pickle")
MEMBERS = ("masks", "labels", "arr_0")


@dataclass(frozen=True)
class Masks:
    """A folder of label images, and how their names go on after the field's name (empty: any way)."""

    folder: Path
    ending: str


def find(masks: Masks, names: tuple[str, ...]) -> Path:
    """The one label image of a field; BadInput where there is none, more than one, or a pickle only."""
    begins = [f for f in sorted(masks.folder.iterdir()) if any(_goes_on(f.name, name) for name in names)]
    pickles = [f.name for f in begins if f.name.endswith(PICKLES)]
    found = [
        f for f in begins if f.suffix.lower() in ENDINGS and f.name not in pickles and f.stem.endswith(masks.ending)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f.name for f in found[:4])
        raise BadInput(
            f"{len(found)} label images in {masks.folder.name} may be this field's ({listed}); choose with --mask-ending, such as _labeled"
        )
    if pickles:
        raise BadInput(
            f"{pickles[0]} is a Python pickle, which can run code when it is opened: refused; export the masks as PNG or TIFF"
        )
    raise BadInput(
        f"no label image in {masks.folder.name} begins with {' or '.join(names)} (endings: {', '.join(ENDINGS)})"
    )


def _goes_on(file: str, name: str) -> bool:
    """Whether the file's name is this name, with nothing or a mark after it: r01c01f1 is not r01c01f10."""
    return file.startswith(name) and not file[len(name) :][:1].isalnum()


def read(path: Path, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """The labels (h, w), 0 outside; BadInput, without the path, where the file holds anything else than that."""
    if path.name.endswith(PICKLES):
        raise BadInput(
            "a Python pickle, which can run code when it is opened: refused; export the masks as PNG or TIFF"
        )
    readers = {".png": _png, ".npy": _npy, ".npz": _npz}
    labels = readers.get(path.suffix.lower(), tiff.decode)(path.read_bytes())
    if labels.shape != shape:
        raise BadInput(f"expected labels of the field's shape {shape}, found {labels.shape}")
    whole = labels.astype(np.int64)
    if labels.dtype.kind not in "iuf" or (labels.dtype.kind == "f" and not np.array_equal(whole, labels)):
        raise BadInput(f"expected whole numbers, one for each cell, found {labels.dtype}")
    if whole.min() < 0:
        raise BadInput(f"expected 0 and positive labels, found {whole.min()}")
    return whole


def _png(content: bytes) -> NDArray[np.generic]:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            return np.asarray(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadInput("not a PNG file, or a damaged one") from error


def _npy(content: bytes) -> NDArray[np.generic]:
    try:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            raise BadInput(
                "an array of Python objects (a pickle), which can run code when it is opened: refused; export the masks as PNG or TIFF"
            ) from error
        raise BadInput("not an NPY file, or a damaged one") from error


def _npz(content: bytes) -> NDArray[np.generic]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as members:
            return members[_member(members.files)]
    except BadInput:
        raise
    except Exception as error:  # zipfile's, zlib's and numpy's own
        raise BadInput("not an NPZ file of plain arrays, or a damaged one") from error


def _member(names: list[str]) -> str:
    """Which array of an archive holds the labels."""
    found = next((name for name in MEMBERS if name in names), names[0] if len(names) == 1 else None)
    if found is None:
        raise BadInput(f"expected one array, or one called {', '.join(MEMBERS)}; found {', '.join(names)}")
    return found
