"""Crops as arrays: images (n, channels, h, w) or (n, h, w, channels), masks (n, h, w), and a table with a row a crop.

In `.npy`, `.npz`, `.h5` or `.zarr` files; a mask is of truth values, or of labels of which the centre's counts. Crops of another size than
the store's are brought to it: by the mean of areas where they are larger, between pixels where they are smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize, resize_local_mean

from cellswap.errors import BadInput, shown
from cellswap.ingest import array_files
from cellswap.ingest.array_files import Array, Place
from cellswap.store import pixels

IMAGES, MASKS = ("images", "crops", "X", "arr_0"), ("masks", "labels", "mask")
AXES = ("NCHW", "NHWC")


@dataclass(frozen=True)
class Layout:
    """Where crops stand and how: the axes, the names of their channels in order, and the size that they are brought to (0: none)."""

    images: Place
    masks: Place | None
    axes: str
    channels: tuple[str, ...]
    resize: int = 0
    files: tuple[Path, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Block:
    """Some crops: each channel (n, size, size) by name, masks (n, size, size) or none, and pixels of any cell where masks were labels."""

    channels: dict[str, NDArray[Any]]
    mask: NDArray[np.bool_] | None
    cells: NDArray[np.bool_] | None
    n_neighbours: list[int] | None


def located(path: Path, masks: str | None, array: str | None, room: Path) -> tuple[Place, Place | None]:
    """Where the images are, and the masks: the array of that name in the same file, or a file of their own."""
    images = array_files.located(path, array, IMAGES, room)
    if masks is None:
        return images, None
    other = files_of(path, masks)[-1]
    return images, array_files.located(other, None if other != path else masks, MASKS, room)


def files_of(path: Path, masks: str | None) -> tuple[Path, ...]:
    """The files of the crops and of the masks, where those are a file and not an array of the crops' own."""
    other = Path(masks or "")
    return (path, other) if other.suffix.lower() in array_files.ENDINGS and other != path else (path,)


def check(layout: Layout, n: int, size: int) -> None:
    """BadInput where the arrays are not of n crops of the store's size, or of a kind of number that pixels can't be."""
    with array_files.opened(layout.images) as images:
        if layout.axes not in AXES or len(images.shape) != 4:
            raise BadInput(f"expected {' or '.join(AXES)}, four axes; found {layout.axes}, an array {images.shape}")
        channels, height, width = _shape(images, layout.axes)
        found = f"found {images.shape[0]:,} crops of {channels} channels, {height} x {width} px"
        if images.shape[0] != n:
            raise BadInput(f"{found}; expected {n:,}, a row of the table each")
        if channels != len(layout.channels):
            raise BadInput(f"{found}; expected {len(layout.channels)} channels: {', '.join(layout.channels)} (--channels, --axes)")
        if (height, width) != (size, size) and layout.resize != size:
            raise BadInput(f"{found}; this store has crops of {size} px: --resize {size}, or another store")
        if images.dtype not in (*pixels.DTYPES.values(), np.dtype("f8")):
            raise BadInput(f"pixels of {images.dtype}: expected uint8, uint16, float32 or float64")
    if layout.masks:
        with array_files.opened(layout.masks) as masks:
            if masks.shape != (n, height, width):
                raise BadInput(f"expected masks {(n, height, width)}, one a crop and of its size, found {masks.shape}")
            if masks.dtype.kind not in "biu":
                raise BadInput(f"expected truth values or whole numbers, found {masks.dtype}")


def _shape(images: Array, axes: str) -> tuple[int, int, int]:
    """Channels, height and width."""
    _, a, b, c = images.shape
    return (a, b, c) if axes == "NCHW" else (c, a, b)


def read(layout: Layout, images: Array, masks: Array | None, rows: NDArray[np.int64], size: int) -> Block:
    """The crops of these rows; BadInput for pixels that are not finite."""
    found = images.take(rows)
    if found.dtype.kind == "f":
        found = found.astype(np.float32, copy=False)
        if not np.isfinite(found).all():
            bad = rows[~np.isfinite(found).all(axis=(1, 2, 3))]
            raise BadInput(
                f"{layout.images.called}: {len(bad)} crops have pixels that are NaN or infinite, the first is row {bad.min()} from 0"
            )
    of_channel = found.transpose(1, 0, 2, 3) if layout.axes == "NCHW" else found.transpose(3, 0, 1, 2)
    channels = {name: _sized(one, size) for name, one in zip(layout.channels, of_channel, strict=True)}
    if masks is None:
        return Block(channels, None, None, None)
    return Block(channels, *_masks(masks.take(rows), size))


def _masks(found: NDArray[Any], size: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None, list[int] | None]:
    """The centre's own pixels, and of labels those of all cells and how many others each crop shows."""
    if found.dtype.kind == "b" or found.max(initial=0) <= 1:
        return _sized_mask(found != 0, size), None, None
    centre = found[:, found.shape[1] // 2, found.shape[2] // 2]
    own = (found == centre[:, None, None]) & (centre != 0)[:, None, None]
    others = [int(np.count_nonzero(np.setdiff1d(np.unique(one), (0, label)))) for one, label in zip(found, centre, strict=True)]
    return _sized_mask(own, size), _sized_mask(found != 0, size), others


def _sized(crops: NDArray[Any], size: int) -> NDArray[Any]:
    """Crops (n, h, w) in the store's size and their own dtype."""
    if crops.shape[1:] == (size, size):
        return crops
    out = np.empty((len(crops), size, size))
    for i, crop in enumerate(crops.astype(np.float64)):
        out[i] = _one_sized(crop, size)
    return (np.rint(out) if crops.dtype.kind == "u" else out).astype(crops.dtype)


def _one_sized(crop: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    if min(crop.shape) >= size:
        return np.asarray(resize_local_mean(crop, (size, size), preserve_range=True))
    return np.asarray(resize(crop, (size, size), order=1, mode="edge", anti_aliasing=False, preserve_range=True))


def _sized_mask(masks: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Masks in the store's size: a pixel is in where more than half of it was."""
    return masks if masks.shape[1:] == (size, size) else _sized(masks.astype(np.float32), size) > 0.5


def called(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The channels of an array in their order: those named, else all of the store's; BadInput for one that it lacks, or twice."""
    names = tuple(filter(None, (name.strip() for name in text.split(",")))) or known
    for name in names:
        if name not in known or names.count(name) > 1:
            raise BadInput(f"--channels {shown(text)}: expected channels of the store, each once: {', '.join(known)}; found {shown(name)}")
    return names
