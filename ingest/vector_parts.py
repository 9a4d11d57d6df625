"""Vectors that others made into parts of `embeddings`: block by block in the file's order, in each part a condition's rows together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.ingest import cell_table
from cellswap.ingest.bare_cells import digest
from cellswap.ingest.vector_file import VectorFile, regrouped
from cellswap.store import parts, progress, records
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import Run
from cellswap.store.vectors import stacked

LEAST_BYTES, MOST_BYTES, PARTS = 32 << 20, 256 << 20, 200


@dataclass(frozen=True)
class Layer:
    """Where the vectors go."""

    model: str
    layer: str
    pooling: str

    def partition(self, setting: str) -> dict[str, str]:
        """The folders of a setting."""
        return {"model": self.model, "layer": self.layer, "pooling": self.pooling, "setting": setting}


@dataclass(frozen=True)
class Piece:
    """The rows of a block that make one part: their images, by condition and name, and their places in the block."""

    setting: str
    images: pl.DataFrame
    places: NDArray[np.int64]
    path: Path
    keys: tuple[str, ...]


@dataclass(frozen=True)
class How:
    """Whether other vectors may take the place of those that are there, and how many blocks are written at a time."""

    again: bool = False
    jobs: int = 1


@dataclass
class Tally:
    """What was found while blocks were read: vectors that are no numbers, and parts that are there with other vectors."""

    n_bad: int = 0
    first_bad: int = -1
    changed: list[Piece] = field(default_factory=list)
    same: list[int] = field(default_factory=list)


def block_rows(file: VectorFile) -> int:
    """How many rows are read at a time: more of a large file, so that it has few parts, within what memory allows."""
    bound = min(max(file.n * file.width * 4 // PARTS, LEAST_BYTES), MOST_BYTES)
    return max(1, bound // (4 * file.width))


def pieces(store: Store, images: pl.DataFrame, layer: Layer, rows: int) -> list[list[Piece]]:
    """The parts of each block of so many images."""
    made = []
    for start in range(0, len(images), rows):
        block = images.slice(start, rows).with_row_index("_at").sort("setting", "condition", "image_id", nulls_last=True)
        made.append([_piece(store, layer, str(setting), of) for (setting,), of in block.group_by("setting", maintain_order=True)])
    return made


def _piece(store: Store, layer: Layer, setting: str, of: pl.DataFrame) -> Piece:
    keys = ("vectors", digest(of["image_id"]))
    path = parts.part_path(store, "embeddings", keys, layer.partition(setting))
    return Piece(setting, of.select("image_id", "crop_id", "condition"), of["_at"].to_numpy().astype(np.int64), path, keys)


def elsewhere(store: Store, layer: Layer, made: list[list[Piece]], *, again: bool) -> list[Path]:
    """The parts of the layer, beside those to be made, that have vectors of these images: the new ones are to take their place.

    BadInput where that was not asked for (`again`), or they have vectors of other images, too, which would be lost.
    """
    old: list[Path] = []
    mine = [piece for block in made for piece in block]
    for setting in sorted({piece.setting for piece in mine}):
        images = pl.concat(piece.images["image_id"] for piece in mine if piece.setting == setting)
        there = set(parts.folder(store, "embeddings", layer.partition(setting)).glob("part-*.parquet"))
        for path in sorted(there - {piece.path for piece in mine}):
            held = pl.read_parquet(path, columns=["image_id"], hive_partitioning=False)["image_id"]
            if n := int(held.is_in(images.implode()).sum()):
                _refuse(layer, setting, n, len(held) - n, again=again)
                old.append(path)
    return old


def _refuse(layer: Layer, setting: str, n: int, n_others: int, *, again: bool) -> None:
    where = f"{layer.model}/{layer.layer}/{layer.pooling}/{setting}"
    if not again:
        raise BadInput(
            f"{where}: the store has vectors of {n} of these images already, in parts of other images than these; to put these in their"
            " place: --again, or give these another --layer or --model"
        )
    if n_others:
        raise BadInput(f"--again: {where}: {n_others} images that the store has beside these would be lost; give them all in one file")


def write(store: Store, file: VectorFile, layer: Layer, made: list[list[Piece]], run: Run, how: How) -> Tally:
    """Write every block's parts, and look whether those that are there hold the same vectors: with `again` others take their place.

    Where anything is wrong, what this run wrote is taken away before BadInput says so. At most as many blocks as `jobs` and two
    are in memory.
    """
    tally, waiting = Tally(), deque[Future[list[Part]]]()
    rows = block_rows(file)
    if how.again:  # what is there is replaced only by vectors that are known to be whole
        for start, block, _ in _blocks(file, rows, made):
            _numbers(block, start, tally)
        if tally.n_bad:
            _say(tally, file, layer)
    former = set() if run.complete else {store.tables / name for name, part in run.parts.items() if part.table == "embeddings"}
    with progress.shown("ingest vectors", file.n, "vectors") as bar, ThreadPoolExecutor(how.jobs) as pool:
        for start, block, of_block in _blocks(file, rows, made):
            numbers = _numbers(block, start, tally)
            if not tally.n_bad:
                waiting.append(pool.submit(_write_block, store, numbers, layer, of_block, (run.run_id, tally, how.again)))
            if len(waiting) > how.jobs:
                run.wrote(*waiting.popleft().result())
            bar.step(len(block))
        for done in waiting:
            run.wrote(*done.result())
    if tally.n_bad or (tally.changed and not how.again):
        _undo(run, store, former)
        _say(tally, file, layer)
    return tally


def _blocks(file: VectorFile, rows: int, made: list[list[Piece]]) -> Iterator[tuple[int, NDArray[Any], list[Piece]]]:
    n = 0
    for number, block in enumerate(regrouped(file.blocks(rows), rows)):
        if block.shape[1] != file.width or number >= len(made):
            raise BadInput(f"expected {file.n} vectors of {file.width} numbers; the file has changed while it was read")
        yield n, block, made[number]
        n += len(block)
    if n != file.n:
        raise BadInput(f"expected {file.n} vectors, found {n}; the file has changed while it was read")


def _numbers(block: NDArray[Any], start: int, tally: Tally) -> NDArray[np.float32]:
    """The block as float32; rows that then are not finite are told."""
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = block.astype(np.float32, copy=False)
        whole = np.isfinite(numbers.sum(axis=1, dtype=np.float64))
    if not whole.all():
        tally.first_bad = start + int(np.flatnonzero(~whole)[0]) if not tally.n_bad else tally.first_bad
        tally.n_bad += int((~whole).sum())
    return numbers


def _write_block(
    store: Store, numbers: NDArray[np.float32], layer: Layer, of_block: list[Piece], how: tuple[str, Tally, bool]
) -> list[Part]:
    run_id, tally, again = how
    written = []
    for piece in of_block:
        vectors = numbers[piece.places]
        if piece.path.is_file():
            if _same(piece, vectors):
                tally.same.append(len(vectors))
                continue
            tally.changed.append(piece)
            if not again:
                continue
        columns = dict(zip(piece.images.columns, cell_table.arrow(piece.images).columns, strict=True))
        columns["embedding"] = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
        written.append(parts.write(store, "embeddings", piece.keys, columns, run_id, layer.partition(piece.setting)))
    return written


def _same(piece: Piece, vectors: NDArray[np.float32]) -> bool:
    """Whether the part that is there holds these vectors, bit by bit."""
    held = stacked(pq.ParquetFile(piece.path).read(["embedding"])["embedding"])
    return held.shape == vectors.shape and np.array_equal(held.view(np.uint32), np.ascontiguousarray(vectors).view(np.uint32))


def _undo(run: Run, store: Store, former: set[Path]) -> None:
    """Take away what this run wrote, in earlier tries that did not come to their end too."""
    for path in {*former, *(store.tables / name for name, part in run.now.items() if part.table == "embeddings")}:
        path.unlink(missing_ok=True)
    gone = [name for name in run.parts if not (store.tables / name).is_file()]
    for name in gone:
        run.parts.pop(name, None)
        run.now.pop(name, None)
        run.missing.pop(name, None)


def _say(tally: Tally, file: VectorFile, layer: Layer) -> None:
    if tally.n_bad:
        raise BadInput(
            f"{tally.n_bad} of {file.n} vectors hold NaN or infinity, the first is row {tally.first_bad} from 0; nothing was written"
        )
    n = sum(len(piece.images) for piece in tally.changed)
    raise BadInput(
        f"{layer.model}/{layer.layer}/{layer.pooling}: the store has other vectors of {n} of these images, such as"
        f" {tally.changed[0].images['image_id'][0]}; to put these in their place: --again, or give these another --layer or --model"
    )


def forget(store: Store, old: list[Path]) -> None:
    """Take away parts whose images have new vectors now."""
    for path in old:
        path.unlink(missing_ok=True)
    if old:
        records.forget(store, {path.name for path in old})
