"""Label images made elsewhere (Cellpose, StarDist, ilastik, by hand): which file belongs to a field, and its labels.

Any positive ids are kept as they are. A pickle can run code when it is opened, so none is: not `_seg.npy`, nor an array
of objects. Whether the labels may be cells is asked in plausible_mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.ingest import image_sources, label_arrays, mask_template, regular_files, tiff, zarr_images
from cellswap.ingest.field_files import FieldFiles, some
from cellswap.ingest.image_parts import Planes, Source
from cellswap.ingest.regular_files import said

ENDINGS = (".tif", ".tiff", ".png", ".npy", ".npz", *label_arrays.HDF5)
PICKLES = ("_seg.npy", ".pkl", ".pickle")
# Above these numbers a float has no room for every whole number, so labels may have run together.
EXACT = {np.dtype(np.float16): 2**11, np.dtype(np.float32): 2**24, np.dtype(np.float64): 2**53}
MOST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Masks:
    """A folder of label images, and how their names go on after the field's name (empty: any way); or a template of their names."""

    folder: Path
    ending: str
    template: str = ""


@dataclass(frozen=True)
class Sorted:
    """Fields with the files that may be their label image, and the names of images that are no field's."""

    fields: list[FieldFiles]
    idle: list[str] = field(default_factory=list)
    dust: list[str] = field(default_factory=list)


def sort(masks: Masks, fields: Iterable[FieldFiles]) -> Sorted:
    """Each field with the files of the folder whose name begins with its own; a file is that field's whose name fits furthest.

    So `s1_2.png` is the field s1_2's and not s1's, whether that one has an image of its own or not.
    """
    made = list(fields)
    if masks.template:
        return Sorted(mask_template.filled(masks.template, made))
    owner = {name: i for i, of in enumerate(made) for name in of.names}
    found: dict[int, list[Path]] = {}
    sorted_out = Sorted([])
    for entry in regular_files.entries(masks.folder):
        if regular_files.is_dust(entry.name):
            sorted_out.dust.append(entry.name)
        elif (name := _longest(entry.name, owner)) is not None:
            found.setdefault(owner[name], []).append(Path(entry.path))
        elif entry.name.lower().endswith(ENDINGS):
            sorted_out.idle.append(said(entry.name))
    return replace(sorted_out, fields=[replace(of, masks=tuple(found.get(i, ()))) for i, of in enumerate(made)])


def _longest(file: str, names: dict[str, int]) -> str | None:
    """The longest of the names that the file's goes on from, with nothing or a mark after it: r01c01f1 is not r01c01f10."""
    return next((file[:n] for n in range(len(file), 0, -1) if file[:n] in names and not file[n : n + 1].isalnum()), None)


def choose(masks: Masks, of: FieldFiles) -> Path:
    """The one label image of a field; BadInput where there is none, more than one, or a pickle only."""
    if masks.template:
        return mask_template.chosen(masks.template, of)
    pickles = [f for f in of.masks if f.name.endswith(PICKLES)]
    found = [f for f in of.masks if f.suffix.lower() in ENDINGS and f not in pickles and f.stem.endswith(masks.ending)]
    if len(found) == 1:
        return found[0]
    place = said(masks.folder.name)
    if found:
        raise BadInput(
            f"{len(found)} label images in {place} may be this field's ({some(said(f.name) for f in found)});"
            " choose with --mask-ending, such as _labeled"
        )
    if pickles:
        raise BadInput(
            f"{said(pickles[0].name)} is a Python pickle, which can run code when it is opened: refused; export the masks as PNG or TIFF"
        )
    others = f"; {some(said(f.name) for f in of.masks)} are not of that kind, or end otherwise" if of.masks else ""
    raise BadInput(f"no label image in {place} begins with {' or '.join(of.names)} (endings: {', '.join(ENDINGS)}){others}")


def read(path: Path, shape: tuple[int, ...], dataset: str = "") -> tuple[NDArray[np.int64], np.dtype[np.generic], bytes]:
    """The labels (h, w), 0 outside, the dtype that they had in the file, and its bytes; of an HDF5 file those of that dataset.

    Raises BadInput, without the path, where the file holds anything else than whole numbers of this shape.
    """
    if path.name.endswith(PICKLES):
        raise BadInput("a Python pickle, which can run code when it is opened: refused; export the masks as PNG or TIFF")
    content = regular_files.read(path)
    readers = {".png": label_arrays.png, ".npy": label_arrays.npy, ".npz": label_arrays.npz}
    readers |= dict.fromkeys(label_arrays.HDF5, partial(label_arrays.hdf5, dataset=dataset))
    labels = readers.get(path.suffix.lower(), tiff.decode)(content, shape)
    if labels.shape != shape:
        raise BadInput(f"expected labels of the field's shape {shape}, found {labels.shape}")
    return _whole(labels), labels.dtype, content


def taken(source: Source, shape: tuple[int, ...], dataset: str = "") -> tuple[NDArray[np.int64], np.dtype[np.generic], Iterator[bytes]]:
    """As `read`, of a file or of a label image in a Zarr folder, with the bytes block by block."""
    if isinstance(source, Path):
        labels, kind, content = read(source, shape, dataset)
        return labels, kind, iter([content])
    if not isinstance(source.part, Planes):
        raise BadInput("expected a label image of a Zarr folder")
    found = zarr_images.numbers(source.part)
    if found.shape != shape:
        raise BadInput(f"expected labels of the field's shape {shape}, found {found.shape}")
    return _whole(found), found.dtype, image_sources.raw(source)


def _whole(labels: NDArray[np.generic]) -> NDArray[np.int64]:
    """The labels as int64; BadInput where one is no whole number, below 0, or may have been rounded."""
    kind = labels.dtype
    if kind.kind not in "iuf":
        raise BadInput(f"expected whole numbers, one for each cell, found {kind}")
    if kind.kind == "f" and not (np.isfinite(labels).all() and np.array_equal(np.floor(labels), labels)):
        raise BadInput(f"expected whole numbers, one for each cell, found others in {kind}")
    least, most = labels.min(), labels.max()
    if least < 0:
        raise BadInput(f"expected 0 and positive labels, found {least}")
    if kind.kind == "f" and most > EXACT.get(kind, 0):
        raise BadInput(f"found the label {most:.0f} in {kind}, which rounds whole numbers above {EXACT.get(kind, 0)}; save whole numbers")
    if int(most) > MOST:
        raise BadInput(f"found the label {most}, more than {MOST}; number the cells anew, from 1")
    return labels.astype(np.int64)
