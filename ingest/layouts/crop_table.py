"""Crops as a table lists them: a row a cell, with the path of its image, or of one image a channel, and perhaps of its mask.

PNG, TIFF or NPY. A mask is of truth values (0 and 1, or 0 and 255), or of labels of which the centre's counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cellswap.errors import BadInput, shown
from cellswap.ingest import crop_images, crop_paths, crop_sizes, crop_survey
from cellswap.ingest.crop_paths import FILE, MASK
from cellswap.ingest.crop_source import Block, Reject
from cellswap.ingest.crop_survey import How
from cellswap.ingest.layouts import arrays
from cellswap.store import pixels

DTYPES = tuple(str(kind) for kind in pixels.DTYPES.values())
KEPT = (*DTYPES, "float64")


@dataclass(frozen=True)
class Files:
    """Crops whose cells have the paths of their files in columns FILE0, FILE1, ... (one for all `channels`, or one each) and MASK.

    `colours` says that red, green and blue may be three of them.

    `dtypes` are those of each channel's pixels and `n_bytes` those of a crop, once `checked` has looked.
    """

    channels: tuple[str, ...]
    n_paths: int
    has_masks: bool
    axes: str = "NCHW"
    resize: int = 0
    colours: bool = False
    dtypes: tuple[str, ...] = ()
    n_bytes: int = 0

    @property
    def columns(self) -> list[str]:
        """The columns of images."""
        return [f"{FILE}{i}" for i in range(self.n_paths)]

    @property
    def _all_paths(self) -> list[str]:
        return [*self.columns, MASK] if self.has_masks else self.columns

    def checked(self, cells: pl.DataFrame, size: int, jobs: int) -> Files:
        """Itself with what the headers say; BadInput where they don't fit these cells, the store's channels, or crops of that size."""
        long = _long(cells, self.columns)
        looked = crop_survey.look(long["path"].unique(maintain_order=True).to_list(), How(self.axes, self.colours), jobs)
        seen = long.join(looked, on="path", maintain_order="left")
        _refuse_colours(seen)
        self._check_channels(seen)
        dtypes = tuple(_one_dtype(seen.filter(pl.col("of") == i), name) for i, name in enumerate(self._called))
        self._check_sizes(seen, size)
        if self.has_masks:
            _check_masks(cells, seen, jobs)
        largest = seen.select((pl.col("channels") * pl.col("height") * pl.col("width")).max()).item() or 1
        return replace(self, dtypes=dtypes, n_bytes=int(largest) * self.n_paths * max(np.dtype(kind).itemsize for kind in dtypes))

    @property
    def _called(self) -> tuple[str, ...]:
        return self.channels if self.n_paths > 1 else (", ".join(self.channels),)

    def _check_channels(self, seen: pl.DataFrame) -> None:
        wanted = 1 if self.n_paths > 1 else len(self.channels)
        other = seen.filter(pl.col("channels") != wanted)
        if len(other):
            raise BadInput(
                f"{len(other):,} of {len(seen):,} images have another number of channels than {wanted} ({self._called[0]}), such as"
                f" {crop_survey.example(other)}, which has {other.sort('_at')['channels'][0]}; --channels names them in their order, --axes"
                " says whether they come first (NCHW) or last (NHWC)"
            )

    def _check_sizes(self, seen: pl.DataFrame, size: int) -> None:
        other = seen.filter((pl.col("height") != size) | (pl.col("width") != size))
        if len(other) and self.resize != size:
            first = other.sort("_at").row(0, named=True)
            raise BadInput(
                f"{len(other):,} of {len(seen):,} images are not of {size} px, such as {crop_survey.example(other)},"
                f" {first['height']} x {first['width']} px; this store has crops of {size} px: --resize {size}, or another store"
            )

    def stamps(self, cells: pl.DataFrame) -> pl.DataFrame:
        """For each field a stamp: names, sizes and times of its files, and its rows of the table."""
        columns = self._all_paths
        how = repr((self.axes, self.channels, self.resize, self.colours, self.has_masks)).encode()
        made = []
        for (field,), of in cells.sort("crop_id").group_by("field_id", maintain_order=True):
            digest = hashlib.sha256(how + of.drop(columns).write_csv().encode())
            for path in of.select(columns).rows():
                digest.update(repr([_stat(one) for one in path]).encode())
            made.append((field, digest.hexdigest()))
        return pl.DataFrame(made, {"field_id": pl.String, "stamp": pl.String}, orient="row")

    def named(self, cells: pl.DataFrame) -> list[str]:
        """The names of these cells' files."""
        return [shown(Path(path).name) for row in cells.select(self._all_paths).rows() for path in row if path]

    def facts(self, cells: pl.DataFrame) -> list[str]:
        """Of each cell in words its files, with the shape and dtype of the first."""
        return [_said(row) for row in cells.select(self.columns).rows()]

    @contextmanager
    def opened(self) -> Iterator[Files]:
        """Itself: each file is opened when it is read."""
        yield self

    def read(self, cells: pl.DataFrame, size: int, *, masks: bool = True) -> Block:
        """The crops of these cells, without those that can't be read."""
        images: list[list[NDArray[Any]]] = []
        found: list[NDArray[Any]] = []
        kept, rejects = np.ones(len(cells), bool), list[Reject]()
        with_masks = masks and self.has_masks
        columns = ["crop_id", *self.columns, *([MASK] if with_masks else [])]
        for i, (name, *paths) in enumerate(cells.select(columns).rows()):
            try:
                crop = self._channels(paths[: self.n_paths], size)
                mask = _mask(paths[-1], crop[0].shape) if with_masks else None
            except BadInput as error:
                kept[i] = False
                rejects.append((name, "unreadable", str(error)))
                continue
            images.append([crop_sizes.sized(one[None], size)[0] for one in crop])
            found += [] if mask is None else [mask]
        empty = [np.empty((0, size, size), kind) for kind in self._dtype_each]
        channels = {
            name: np.stack([crop[i] for crop in images]) if images else empty[i] for i, name in enumerate(self.channels)
        }  # fmt: skip
        of_masks = crop_sizes.masks_of(found, size) if with_masks else (None, None, None)
        return Block(channels, *of_masks, None if kept.all() else kept, tuple(rejects))

    @property
    def _dtype_each(self) -> tuple[str, ...]:
        made = self.dtypes if self.n_paths > 1 else self.dtypes * len(self.channels)
        return tuple("float32" if kind == "float64" else kind for kind in made)

    def _channels(self, paths: Sequence[str], size: int) -> list[NDArray[Any]]:
        """A cell's channels (h, w) as its files have them."""
        made: list[NDArray[Any]] = []
        for path, kind in zip(paths, self.dtypes, strict=True):
            try:
                made += list(_image(Path(path), self.axes, kind))
            except BadInput as error:
                raise BadInput(f"{shown(Path(path).name)}: {error}") from error
        if len(made) != len(self.channels) or any(one.shape != made[0].shape for one in made):
            raise BadInput(f"expected {len(self.channels)} channels of one size, found {', '.join(str(one.shape) for one in made)}")
        if made[0].shape != (size, size) and self.resize != size:
            raise BadInput(f"expected {size} x {size} px, found {made[0].shape}; has the file changed since the command began?")
        return made


def listed(cells: pl.DataFrame, paths: crop_paths.Paths, axes: str, resize: int) -> tuple[Files, pl.DataFrame]:
    """The source of crops in these files, and the cells with their paths; BadInput for paths that can't be meant."""
    if axes not in arrays.AXES:
        raise BadInput(f"--axes: expected {' or '.join(arrays.AXES)}, found {shown(axes)}")
    files = Files(paths.channels, len(paths.columns), bool(paths.mask), axes, resize, paths.named)
    return files, cells.with_columns(crop_paths.resolved(paths))


def _image(path: Path, axes: str, kind: str) -> NDArray[Any]:
    found = crop_images.planes(path, axes)
    if str(found.dtype) != kind:
        raise BadInput(f"expected pixels of {kind}, found {found.dtype}; has the file changed since the command began?")
    if found.dtype.kind == "f":
        found = found.astype(np.float32, copy=False)
        if not np.isfinite(found).all():
            raise BadInput(f"{np.count_nonzero(~np.isfinite(found))} pixels are NaN or infinite")
    if not found.any(axis=(1, 2)).all():
        raise BadInput("all pixels of a channel are zero; was it recorded?")
    return found


def _mask(path: str | None, shape: tuple[int, ...]) -> NDArray[Any]:
    """A crop's mask or labels; without a path nothing is in it."""
    if path is None:
        return np.zeros(shape, np.uint8)
    found = crop_images.numbers(Path(path))
    if found.shape != shape or found.dtype.kind not in "biu":
        raise BadInput(f"{shown(Path(path).name)}: expected truth values or whole numbers {shape}, found {found.dtype} {found.shape}")
    return found


def _long(cells: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """A row a path: which column it is of (`of`) and in which row of the table it stands (`_at`, from 0)."""
    numbered = cells.with_row_index("_at")
    return pl.concat([numbered.select("_at", pl.lit(i).alias("of"), pl.col(name).alias("path")) for i, name in enumerate(columns)])


def _refuse_colours(seen: pl.DataFrame) -> None:
    wrong = seen.filter(pl.col("fault").str.starts_with(crop_survey.COLOURS))
    if len(wrong):
        raise BadInput(
            f"{len(wrong):,} of {len(seen):,} images are colour pictures, such as {crop_survey.example(wrong)}; expected one number a pixel"
            " and channel. Save each in grey; or, where red, green and blue are three channels of the store, name them: --channels A,B,C"
        )


def _one_dtype(seen: pl.DataFrame, channel: str) -> str:
    """The dtype of a channel's pixels; BadInput where images differ, none can be read, or pixels can't be such numbers."""
    counted = seen.drop_nulls("dtype").group_by("dtype").agg(pl.len(), pl.col("_at").min(), pl.col("path").sort_by("_at").first())
    counted = counted.sort("len", "dtype", descending=True)
    if counted.is_empty():
        first = seen.sort("_at").row(0, named=True)
        raise BadInput(f"none of {len(seen):,} images can be read, such as {crop_survey.example(seen)}: {first['fault']}")
    if len(counted) > 1:
        words = [f"{n:,} of {kind} ({shown(Path(path).name)})" for kind, n, _, path in counted.rows()]
        raise BadInput(f"images of {channel} have several dtypes: {', '.join(words)}; expected one, convert the fewer")
    if (kind := counted["dtype"][0]) not in KEPT:
        raise BadInput(f"pixels of {kind}, such as {crop_survey.example(counted)}: expected {', '.join(DTYPES)} or float64")
    return kind


def _check_masks(cells: pl.DataFrame, seen: pl.DataFrame, jobs: int) -> None:
    """BadInput for masks of another size than their images, or with colours."""
    long = _long(cells, [MASK]).drop_nulls("path")
    looked = crop_survey.look(long["path"].unique(maintain_order=True).to_list(), How("NCHW", colours=False), jobs)
    masks = long.join(looked, on="path", maintain_order="left")
    _refuse_colours(masks)
    image = seen.filter(pl.col("of") == 0).select("_at", pl.col("height").alias("h"), pl.col("width").alias("w"))
    other = masks.join(image, on="_at").filter((pl.col("height") != pl.col("h")) | (pl.col("width") != pl.col("w")))
    if len(other):
        first = other.sort("_at").row(0, named=True)
        raise BadInput(
            f"{len(other):,} of {len(masks):,} masks are of another size than their image, such as {crop_survey.example(other)}:"
            f" {first['height']} x {first['width']} px, its image {first['h']} x {first['w']}"
        )


def _stat(path: str | None) -> tuple[object, ...]:
    if path is None:
        return ()
    found = Path(path).stat()
    return (Path(path).name, found.st_size, found.st_mtime_ns)


def _said(paths: Sequence[str]) -> str:
    try:
        found = crop_images.facts(Path(paths[0]))
        what = f"{' x '.join(map(str, found.shape))} {found.dtype}"
    except BadInput as error:
        what = str(error)
    return f"{', '.join(shown(Path(path).name) for path in paths)}: {what}"
