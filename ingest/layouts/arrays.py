"""Crops as arrays: images (n, channels, h, w) or (n, h, w, channels), masks (n, h, w), and a table with a row a crop.

In `.npy`, `.npz`, `.h5` or `.zarr` files; a mask is of truth values, or of labels of which the centre's counts. Crops of another size than
the store's are brought to it: by the mean of areas where they are larger, between pixels where they are smaller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cellswap.errors import BadInput, shown
from cellswap.ingest import array_files, cell_table, crop_sizes, text_table
from cellswap.ingest.array_files import Array, Place
from cellswap.ingest.crop_source import Block
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

    @property
    def has_masks(self) -> bool:
        """Whether masks come with the crops."""
        return self.masks is not None

    def checked(self, cells: pl.DataFrame, size: int, jobs: int) -> Layout:  # noqa: ARG002 - as every source
        """Itself; BadInput where the arrays are not of these cells, or of crops of another size."""
        check(self, cells, size)
        return self

    def stamps(self, cells: pl.DataFrame) -> pl.DataFrame:
        """One stamp for all fields: names, sizes and times of the files, and the table's words."""
        digest = hashlib.sha256(repr((self.axes, self.channels, self.resize)).encode())
        for path in self.files:
            for member in sorted(path.rglob("*")) if path.is_dir() else [path]:
                facts = member.stat()
                digest.update(f"{member.name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
        digest.update(cells.write_csv().encode())
        return cells.select(pl.col("field_id").unique(maintain_order=True), pl.lit(digest.hexdigest()).alias("stamp"))

    def named(self, cells: pl.DataFrame) -> list[str]:  # noqa: ARG002 - the same for all
        """The names of the files."""
        return [path.name for path in self.files]

    def facts(self, cells: pl.DataFrame) -> list[str]:
        """Of each cell in words its row, its shape and its dtype."""
        with self.opened() as reader:
            images = reader.images
            row = cells["_row"] if "_row" in cells.columns else range(len(cells))
            return [f"{self.images.called} row {i}, {' x '.join(map(str, images.shape[1:]))} {images.dtype}" for i in row]

    @contextmanager
    def opened(self) -> Iterator[_Open]:
        """The arrays, open."""
        with ExitStack() as stack:
            images = stack.enter_context(array_files.opened(self.images))
            yield _Open(self, images, stack.enter_context(array_files.opened(self.masks)) if self.masks else None)


@dataclass(frozen=True)
class _Open:
    """The arrays of a layout, open; cells say in `_row` where in them they stand."""

    layout: Layout
    images: Array
    masks: Array | None

    @property
    def n_bytes(self) -> int:
        return int(np.prod(self.images.shape[1:])) * self.images.dtype.itemsize

    def read(self, cells: pl.DataFrame, size: int, *, masks: bool = True) -> Block:
        rows = cells["_row"].to_numpy().astype(np.int64)
        return read(self.layout, self.images, self.masks if masks else None, rows, size)


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


def check(layout: Layout, cells: pl.DataFrame, size: int) -> None:
    """BadInput where the arrays are not of these cells' crops in the store's size, or of a kind of number that pixels can't be."""
    with array_files.opened(layout.images) as images:
        if layout.axes not in AXES or len(images.shape) != 4:
            raise BadInput(f"expected {' or '.join(AXES)}, four axes; found {layout.axes}, an array {images.shape}")
        channels, height, width = _shape(images, layout.axes)
        found = f"found {images.shape[0]:,} crops of {channels} channels, {height} x {width} px"
        _check_rows(cells, images.shape[0], found)
        if channels != len(layout.channels):
            raise BadInput(f"{found}; expected {len(layout.channels)} channels: {', '.join(layout.channels)} (--channels, --axes)")
        if (height, width) != (size, size) and layout.resize != size:
            raise BadInput(f"{found}; this store has crops of {size} px: --resize {size}, or another store")
        if images.dtype not in (*pixels.DTYPES.values(), np.dtype("f8")):
            raise BadInput(f"pixels of {images.dtype}: expected uint8, uint16, float32 or float64")
        n = images.shape[0]
    if layout.masks:
        with array_files.opened(layout.masks) as masks:
            if masks.shape != (n, height, width):
                raise BadInput(f"expected masks {(n, height, width)}, one a crop and of its size, found {masks.shape}")
            if masks.dtype.kind not in "biu":
                raise BadInput(f"expected truth values or whole numbers, found {masks.dtype}")


def _check_rows(cells: pl.DataFrame, n: int, found: str) -> None:
    """BadInput unless the table has a row for each of n crops in their order, or says for each cell which of them is its own."""
    if "_row" not in cells.columns:
        if len(cells) != n:
            raise BadInput(f"{found}; expected {len(cells):,}, a row of the table each")
        return
    beyond = cells.with_row_index("_at").filter(pl.col("_row") >= n)
    if len(beyond):
        raise BadInput(
            f"{found}; {len(beyond)} rows of the table name a later one, the first is row {beyond['_at'][0]}: {beyond['_row'][0]}"
        )


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
    channels = {name: crop_sizes.sized(one, size) for name, one in zip(layout.channels, of_channel, strict=True)}
    if masks is None:
        return Block(channels, None, None, None)
    return Block(channels, *crop_sizes.masks_of(masks.take(rows), size))


def rows_of(cells: pl.DataFrame, table: pl.DataFrame, column: str) -> pl.DataFrame:
    """The cells with the row of an array, from 0, that a column says of each, in `_row`; BadInput where it says none, or one twice."""
    text_table.need(table, [column], cell_table.OWN)
    rows = table.select(text_table.number(column)).to_series()
    wrong = table.with_row_index("_at").filter((rows.is_null() | (rows < 0) | (rows != rows.floor())).fill_null(value=True))
    if len(wrong):
        found = f"row {wrong['_at'][0]} from 0: {shown(wrong[column][0] or 'nothing')}"
        raise BadInput(
            f"--row {column}: expected whole numbers from 0, which row of the array a crop is; found {len(wrong)} others, {found}"
        )
    twice = rows.filter(rows.is_duplicated())
    if len(twice):
        raise BadInput(
            f"--row {column}: {twice.n_unique()} rows of the array stand more than once, such as {int(twice[0])}; a row is one cell"
        )
    return cells.with_columns(rows.cast(pl.Int64).alias("_row"))


def called(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The channels of an array in their order: those named, else all of the store's; BadInput for one that it lacks, or twice."""
    names = tuple(filter(None, (name.strip() for name in text.split(",")))) or known
    for name in names:
        if name not in known or names.count(name) > 1:
            raise BadInput(f"--channels {shown(text)}: expected channels of the store, each once: {', '.join(known)}; found {shown(name)}")
    return names
