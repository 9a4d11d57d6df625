"""The crops that swaps are composed of: one scan of the pixels, and every crop that some swap shows kept once.

Reading pairs where they lie costs a row group a crop; keeping the needed ones costs memory once, as docs/architecture.md has it under
"Physical design". What does not fit under the limit goes into a file without a name, which is gone with the process however it ends.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cellswap.errors import CellswapError, at
from cellswap.extract.read import row_groups, rows_of
from cellswap.store import pixels
from cellswap.store.progress import Progress

THREADS = 4
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Room:
    """What is kept of a crop, and where: `cells` says whether the pixels of all cells are, too; `limit` is in bytes."""

    crop_size: int
    channels: tuple[str, ...]
    cells: bool
    limit: int
    scratch: Path


@dataclass(frozen=True)
class Kept:
    """Crops (n, channels, size, size) as stored, masks and cells as packed bits (n, size * size / 8), and who lacks what.

    `lacks` has one array (n,) for 'pixels', each channel, 'mask' and 'cells'.
    """

    crops: NDArray[Any]
    bits: dict[str, NDArray[np.uint8]]
    lacks: dict[str, Bools]

    def masks(self, name: str, which: NDArray[np.int64]) -> Bools:
        """The masks (n, size, size) of some crops: 'mask' or 'cells'."""
        return pixels.unpack_masks(self.bits[name][which], self.crops.shape[-1])


def gather(places: pa.Table, room: Room, progress: Progress | None = None) -> Kept:
    """The crops at these places (file, place; NULL where a crop has no pixels), in this order, files one after the other."""
    files = list(_files(places))
    kept = _empty(len(places), _dtype([path for path, _, _ in files], room), room)
    with ThreadPoolExecutor(THREADS) as pool:
        for n in pool.map(lambda file: _read(kept, room, *file), files):
            if progress:
                progress.step(n)
    kept.lacks["mask"] |= ~kept.bits["mask"].any(1)
    return kept


def _files(places: pa.Table) -> Iterator[tuple[str, int, NDArray[np.int64]]]:
    """Each file, the number of its first crop, and the crops' places in it."""
    there = places.filter(places.column("file").is_valid())
    coded = there.column("file").combine_chunks().dictionary_encode()
    of, names = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    place = there.column("place").to_numpy()
    for i, name in enumerate(names):
        first, last = np.searchsorted(of, (i, i + 1))
        yield name, int(first), place[first:last]


def _dtype(files: list[str], room: Room) -> np.dtype[Any]:
    """The dtype that holds the pixels of all files without loss."""
    found = [np.dtype("u1")]
    for path in files:
        schema = pq.read_schema(path)
        kinds = (schema.field(name).type for name in room.channels)
        found += [pixels.DTYPES[k.byte_width // room.crop_size**2] for k in kinds if pa.types.is_fixed_size_binary(k)]
    return np.result_type(*found)


def _empty(n: int, dtype: np.dtype[Any], room: Room) -> Kept:
    shape = (n, len(room.channels), room.crop_size, room.crop_size)
    width = room.crop_size**2 // 8
    names = ("mask", "cells") if room.cells else ("mask",)
    lacks = {name: np.ones(n, bool) for name in ("pixels", *room.channels, *names)}
    return Kept(_room_for(shape, dtype, room), {name: np.zeros((n, width), "u1") for name in names}, lacks)


def _room_for(shape: tuple[int, ...], dtype: np.dtype[Any], room: Room) -> NDArray[Any]:
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    if n_bytes <= room.limit:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile(dir=room.scratch) as file:
        try:
            os.posix_fallocate(file.fileno(), 0, n_bytes)  # else a full disk would show as a bus error while writing
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise CellswapError(
                    f"{room.scratch}: no room for {n_bytes / 1e9:.1f} GB of crops; free some space, raise --memory-limit, "
                    "or do one --settings at a time"
                ) from error
            raise
        return np.memmap(file, dtype, "r+", shape=shape)


def _read(kept: Kept, room: Room, path: str, first: int, places: NDArray[np.int64]) -> int:
    columns = [*room.channels, *kept.bits]
    with at(Path(path).name), pq.ParquetFile(path) as file:
        for group, here, inside in row_groups(file.metadata, places):
            _put(kept, first + np.flatnonzero(here), rows_of(file, group, inside, columns), room)
    return len(places)


def _put(kept: Kept, where: NDArray[np.int64], rows: pa.Table, room: Room) -> None:
    kept.lacks["pixels"][where] = False
    for name in rows.column_names:
        column = rows.column(name)
        there = column.is_valid().to_numpy()
        kept.lacks[name][where] = ~there
        if not there.any():
            continue
        column = column if there.all() else column.filter(pa.array(there))
        if name in kept.bits:
            kept.bits[name][where[there]] = pixels.mask_bits(column)
        else:
            kept.crops[where[there], room.channels.index(name)] = pixels.decode(column, room.crop_size)
