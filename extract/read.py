"""Pixels of the crops that are to be embedded, in batches, each row group of the store read once a chunk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cellswap.errors import at
from cellswap.extract.todo import Work
from cellswap.store import pixels


@dataclass(frozen=True)
class Need:
    """What is read of a crop: its size in pixels, the channels in the network's order, and whether its mask."""

    crop_size: int
    channels: tuple[str, ...]
    mask: bool


@dataclass(frozen=True)
class Batch:
    """Some crops of a work: their places in its rows (n,), pixels (n, C, size, size) as stored, masks (n, size, size) or None.

    `absent` are places of rows that lack a channel or the mask, with what they lack; without a channel there are no pixels,
    without a mask the mask is empty.
    """

    places: NDArray[np.int64]
    crops: NDArray[Any]
    masks: NDArray[np.bool_] | None
    absent: dict[int, str]


def batches(work: Work, need: Need, size: int) -> Iterator[Batch]:
    """The work's crops in batches of `size` (the last one smaller), in the order in which they lie in the files."""
    held: list[Batch] = []
    n_held = 0
    for piece in _pieces(work, need):
        held.append(piece)
        n_held += len(piece.places)
        if n_held >= size:
            joined = _join(held)
            full = n_held // size * size
            yield from (_cut(joined, start, start + size) for start in range(0, full, size))
            held, n_held = [_cut(joined, full, n_held)], n_held - full
    if held and (n_held or any(piece.absent for piece in held)):
        yield _join(held)


def _pieces(work: Work, need: Need) -> Iterator[Batch]:
    """One batch for each row group in which some of the crops lie."""
    files = work.rows.column("file").combine_chunks().dictionary_encode()
    file_of = files.indices.to_numpy()
    place_in_file = work.rows.column("place").to_numpy()
    for i, path in enumerate(files.dictionary.to_pylist()):
        mine = np.flatnonzero(file_of == i)
        mine = mine[np.argsort(place_in_file[mine])]
        with at(Path(path).name):
            yield from _from_file(path, mine, place_in_file[mine], need)


def _from_file(path: str, mine: NDArray[np.int64], places: NDArray[np.int64], need: Need) -> Iterator[Batch]:
    columns = [*need.channels, *(["mask"] if need.mask else [])]
    for here, rows in row_groups(path, places, columns):
        yield _decode(rows, mine[here], need)


def row_groups(path: str, places: NDArray[np.int64], columns: list[str]) -> Iterator[tuple[NDArray[np.bool_], pa.Table]]:
    """Rows of a file at ascending places, row group by row group: which of the places lie in it, and their rows."""
    with pq.ParquetFile(path) as file:
        ends = np.cumsum([file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)])
        group_of = np.searchsorted(ends, places, side="right")
        for g in np.unique(group_of):
            here = group_of == g
            start = ends[g - 1] if g else 0
            rows = file.read_row_group(int(g), columns)
            if len(rows) > here.sum():
                rows = rows.take(places[here] - start)
            yield here, rows


def _decode(rows: pa.Table, places: NDArray[np.int64], need: Need) -> Batch:
    absent: dict[int, str] = {}
    whole = np.ones(len(rows), bool)
    for name in rows.column_names:
        without = rows.column(name).is_null().to_numpy()
        absent |= dict.fromkeys(places[without].tolist(), f"no {name}" if name == "mask" else f"no {name} channel")
        if name != "mask":  # the crop itself is there, and its other settings can do without
            whole &= ~without
    if not whole.all():
        rows, places = rows.filter(pa.array(whole)), places[whole]
    size = need.crop_size
    if not len(rows):
        return Batch(places, np.empty((0, len(need.channels), size, size), "u1"), _no_masks(need), absent)
    crops = np.stack([pixels.decode(rows.column(name), size) for name in need.channels], axis=1)
    return Batch(places, crops, _masks(rows.column("mask"), size) if need.mask else None, absent)


def _masks(column: pa.ChunkedArray, size: int) -> NDArray[np.bool_]:
    """The masks (n, size, size), empty where there is none."""
    there = column.is_valid().to_numpy()
    masks = np.zeros((len(there), size, size), bool)
    if there.any():
        masks[there] = pixels.decode_mask(column.filter(pa.array(there)), size)
    return masks


def _no_masks(need: Need) -> NDArray[np.bool_] | None:
    return np.empty((0, need.crop_size, need.crop_size), bool) if need.mask else None


def _join(held: list[Batch]) -> Batch:
    if len(held) == 1:
        return held[0]
    full = [piece for piece in held if len(piece.places)] or held[:1]
    masks = [piece.masks for piece in full if piece.masks is not None]
    absent = {place: what for piece in held for place, what in piece.absent.items()}
    return Batch(
        np.concatenate([piece.places for piece in full]),
        np.concatenate([piece.crops for piece in full]),
        np.concatenate(masks) if masks else None,
        absent,
    )


def _cut(batch: Batch, start: int, stop: int) -> Batch:
    """Rows start to stop; what is absent goes with the first cut."""
    masks = None if batch.masks is None else batch.masks[start:stop]
    return Batch(batch.places[start:stop], batch.crops[start:stop], masks, {} if start else batch.absent)
