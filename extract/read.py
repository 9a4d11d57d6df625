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
from cellswap.extract.pipeline import in_order
from cellswap.extract.todo import Work
from cellswap.store import pixels

Job = tuple[str, pq.FileMetaData, int, NDArray[np.int64], NDArray[np.int64]]


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


def batches(work: Work, need: Need, size: int, threads: int = 1) -> Iterator[Batch]:
    """The work's crops in batches of `size` (the last one smaller), in the order in which they lie in the files."""
    held: list[Batch] = []
    n_held = 0
    for piece in in_order(lambda job: _piece(job, need), _jobs(work), threads):
        held.append(piece)
        n_held += len(piece.places)
        if n_held >= size:
            joined = _join(held)
            full = n_held // size * size
            yield from (_cut(joined, start, start + size) for start in range(0, full, size))
            held, n_held = [_cut(joined, full, n_held)], n_held - full
    if held and (n_held or any(piece.absent for piece in held)):
        yield _join(held)


def _jobs(work: Work) -> Iterator[Job]:
    """Each row group in which some of the crops lie: file and footer, number, the crops' places in the work's rows and in the group."""
    files = work.rows.column("file").combine_chunks().dictionary_encode()
    file_of = files.indices.to_numpy()
    place_in_file = work.rows.column("place").to_numpy()
    for i, path in enumerate(files.dictionary.to_pylist()):
        mine = np.flatnonzero(file_of == i)
        mine = mine[np.argsort(place_in_file[mine])]
        with at(Path(path).name):
            metadata = pq.read_metadata(path)
            for group, here, inside in row_groups(metadata, place_in_file[mine]):
                yield path, metadata, group, mine[here], inside


def _piece(job: Job, need: Need) -> Batch:
    path, metadata, group, places, inside = job
    with at(Path(path).name), pq.ParquetFile(path, metadata=metadata) as file:
        return _decode(rows_of(file, group, inside, [*need.channels, *(["mask"] if need.mask else [])]), places, need)


def row_groups(metadata: pq.FileMetaData, places: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_], NDArray[np.int64]]]:
    """The row groups of a file in which ascending places lie: number, which of the places lie in it (n,), and where in it."""
    ends = np.cumsum([metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)])
    group_of = np.searchsorted(ends, places, side="right")
    for g in np.unique(group_of):
        here = group_of == g
        yield int(g), here, places[here] - (ends[g - 1] if g else 0)


def rows_of(file: pq.ParquetFile, group: int, inside: NDArray[np.int64], columns: list[str]) -> pa.Table:
    """The rows of a row group at ascending places in it."""
    rows = file.read_row_group(group, columns)
    return rows.take(inside) if len(rows) > len(inside) else rows


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
