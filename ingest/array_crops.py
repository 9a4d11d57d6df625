"""Crops in arrays, with a table, into the store: fields batch by batch, each batch's parts with `fields` last."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cellswap.errors import BadInput
from cellswap.ingest import array_files, bare_cells, cell_table, cut, overlaps
from cellswap.ingest.histograms import histogram
from cellswap.ingest.layouts import arrays
from cellswap.ingest.layouts.arrays import Block, Layout
from cellswap.ingest.rows import complete
from cellswap.store import database, parts, pixels, progress, runs
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.pool import workers
from cellswap.store.runs import Run

# Pixels of a batch's crops in memory at a time.
BLOCK_BYTES = 32 << 20
BATCH_CROPS = 10_000
# Crops of one condition in one field among which shared pixels are searched for.
MOST_SEARCHED = 4096


@dataclass(frozen=True)
class Batch:
    """Whole fields: their cells in the order of their ids, with the row of each in the arrays."""

    store: Store
    layout: Layout
    cells: pl.DataFrame
    stamp: str
    run_id: str

    @property
    def keys(self) -> tuple[str, ...]:
        """What names its parts."""
        return _keys(self.cells)


@dataclass
class Outcome:
    """What became of a batch: its parts, or the hash of its contents alone; how many crops show no cell, or were not searched."""

    written: list[Part] = field(default_factory=list)
    n_without_mask: int = 0
    n_not_searched: int = 0


def stamp(layout: Layout, cells: pl.DataFrame) -> str:
    """What tells whether arrays or table have changed: names, sizes and times of the files, and the table's words."""
    digest = hashlib.sha256(repr((layout.axes, layout.channels, layout.resize)).encode())
    for path in layout.files:
        for member in sorted(path.rglob("*")) if path.is_dir() else [path]:
            facts = member.stat()
            digest.update(f"{member.name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    digest.update(cells.select(pl.exclude("_row")).write_csv().encode())
    return digest.hexdigest()


def write(store: Store, layout: Layout, cells: pl.DataFrame, run: Run, *, again: bool, jobs: int) -> None:
    """Write the crops of every field that the store does not have; of the others say whether they have changed.

    With `again` those take the place of what the store has. BadInput where the arrays do not fit, or fields are of other crops.
    """
    arrays.check(layout, len(cells), store.crop_size)
    cell_table.refuse_doubled(cells)
    numbered = cells.with_row_index("_row").sort("crop_id")
    mark = stamp(layout, cells)
    todo, n_there = _todo(store, numbered, mark, again=again)
    batches = [Batch(store, layout, of, mark, run.run_id) for of in todo]
    with progress.shown("ingest crops", sum(len(batch.cells) for batch in batches), "crops") as bar:
        for batch, outcome in _outcomes(batches, jobs):
            run.wrote(*outcome.written)
            _note(run, outcome)
            bar.step(len(batch.cells))
    if n_there:
        run.remark(f"{n_there} of {len(cells)} crops were in the store already")
    runs.join(store, run)
    run.keep(run.n_written("crops"))
    run.note("only crops exist: the intensity filter is taken from the pixels of all crops, not of full fields")
    if layout.resize:
        run.note(f"crops were brought to {layout.resize} px: by the mean of areas where they were larger, between pixels where smaller")


def _todo(store: Store, numbered: pl.DataFrame, mark: str, *, again: bool) -> tuple[list[pl.DataFrame], int]:
    """The cells of each batch to do, and how many are done; fields that are there are looked at by what they were read from."""
    with database.connect(store) as connection:
        connection.register("offered", cell_table.arrow(numbered.select("field_id").unique()))
        rows = connection.sql("SELECT f.field_id, f.stamp, f.n_crops FROM fields AS f SEMI JOIN offered USING (field_id)").to_arrow_table()
    there = pl.DataFrame(pl.from_arrow(rows))
    sizes = numbered.group_by("field_id", maintain_order=True).len()
    changed = sizes.join(there, on="field_id").filter(pl.col("stamp").ne_missing(mark) | (pl.col("n_crops") != pl.col("len")))
    if len(changed) and not again:
        raise BadInput(
            f"{len(changed)} of {len(sizes)} fields, such as {changed['field_id'].min()}, are in the store already, and arrays or table"
            " have changed since they were read, or others were: --again puts these in their place, another --screen beside them"
        )
    before = pl.col("len").cum_sum() - pl.col("len")
    numbers = sizes.select("field_id", (before // BATCH_CROPS).alias("_batch"))
    done = [] if len(changed) else there["field_id"].to_list()
    left = numbered.join(numbers, on="field_id", maintain_order="left").filter(~pl.col("field_id").is_in(done))
    found = [of.drop("_batch") for _, of in left.group_by("_batch", maintain_order=True)]
    if len(changed):
        _refuse_parted(store, found, set(there["field_id"].to_list()))
    return found, len(numbered) - len(left)


def _keys(cells: pl.DataFrame) -> tuple[str, ...]:
    """What names the parts of these cells' fields."""
    return ("arrays", bare_cells.digest(cells["field_id"].unique().sort()))


def _refuse_parted(store: Store, found: list[pl.DataFrame], there: set[str]) -> None:
    """BadInput where a part of the store that is to be replaced holds other fields than a batch of these."""
    mine = {parts.part_path(store, "fields", _keys(cells)).name for cells in found}
    for path in sorted(parts.folder(store, "fields").glob("part-*.parquet")):
        held = set(pl.read_parquet(path, columns=["field_id"])["field_id"].to_list())
        if held & there and path.name not in mine:
            raise BadInput(
                f"--again: the store has {min(held & there)} beside other fields than these, which would be lost; give the whole table that"
                " was read before, or these another --screen"
            )


def _note(run: Run, outcome: Outcome) -> None:
    counts = Counter({"no cell at their centre in the masks": outcome.n_without_mask})
    if outcome.n_not_searched:
        run.note(f"more than {MOST_SEARCHED:,} crops stand under one field and condition: shared pixels were not searched for among them")
    for what, n in counts.items():
        if n:
            run.remark(f"{n} crops have {what}: they are stored without a mask")


def do(batch: Batch) -> Outcome:
    """Write a batch's parts, `fields` last."""
    store, layout, outcome = batch.store, batch.layout, Outcome()
    rows = batch.cells["_row"].to_numpy().astype(np.int64)
    writer = _Facts(batch)
    with ExitStack() as stack:
        images = stack.enter_context(array_files.opened(layout.images))
        masks = stack.enter_context(array_files.opened(layout.masks) if layout.masks else nullcontext())
        part = stack.enter_context(parts.open_part(store, "pixels", batch.keys, batch.run_id))
        step = max(1, BLOCK_BYTES // max(1, int(np.prod(images.shape[1:])) * images.dtype.itemsize))
        for start in range(0, len(rows), step):
            block = arrays.read(layout, images, masks, rows[start : start + step], store.crop_size)
            part.write(writer.add(batch.cells.slice(start, step), block))
        found = _searched(batch, images, outcome)
    outcome.n_without_mask = writer.n_without_mask
    tables = {"crops": writer.crops(), "intensity_histograms": writer.histograms(), "crop_overlaps_found": found, "fields": writer.fields()}
    outcome.written = [part.part, *(parts.write(store, name, batch.keys, made, batch.run_id) for name, made in tables.items())]
    return outcome


class _Facts:
    """What is known of a batch's crops and fields once all of its blocks have been added."""

    def __init__(self, batch: Batch) -> None:
        self.n_without_mask = 0
        self._batch = batch
        self._facts: list[pl.DataFrame] = []
        self._counted: dict[str, Counter[float]] = {}
        self._digests: dict[str, Any] = {}

    def add(self, cells: pl.DataFrame, block: Block) -> dict[str, Any]:
        """The block's rows of `pixels`; its facts are kept."""
        store, n = self._batch.store, len(cells)
        bits = None if block.mask is None else block.mask.reshape(n, -1).sum(axis=1)
        there = np.ones(n, bool) if bits is None else bits > 0
        area = pl.Series([None] * n, dtype=pl.Int32) if bits is None else pl.Series(np.where(there, bits, 0), dtype=pl.Int32)
        self.n_without_mask += int((~there).sum())
        facts = {"mask_area_px": area.set(pl.Series(~there), None)}
        if block.cells is not None and block.mask is not None:
            facts["n_neighbours"] = pl.Series(block.n_neighbours, dtype=pl.Int32)
            facts["neighbour_share"] = pl.Series((block.cells & ~block.mask).mean(axis=(1, 2)))
        for name, shown in block.channels.items():
            mean, std = cut.means_and_stds(shown)
            facts |= {f"{name}_mean": pl.Series(mean), f"{name}_std": pl.Series(std)}
        self._facts.append(cells.with_columns(one.alias(name) for name, one in facts.items()))
        self._count(cells["field_id"].to_list(), block)
        columns: dict[str, Any] = {"crop_id": cells["crop_id"].to_list()}
        for name in store.facts.names:
            columns[name] = pixels.encode(block.channels[name]) if name in block.channels else pa.nulls(n, pa.binary())
        columns["mask"] = _packed(block.mask, there, n, store.crop_size)
        columns["cells"] = _packed(block.cells, np.ones(n, bool), n, store.crop_size)
        return columns

    def _count(self, fields: list[str], block: Block) -> None:
        """Count the signal's values and hash the bytes of each field."""
        signal = block.channels[self._batch.store.signal]
        names = np.array(fields)
        ends = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(names)]
        for start, stop in pairwise(ends):
            values, counts = histogram(np.ascontiguousarray(signal[start:stop]))
            self._counted.setdefault(fields[start], Counter()).update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
            digest = self._digests.setdefault(fields[start], hashlib.sha256())
            for one in (*block.channels.values(), *([] if block.mask is None else [block.mask])):
                digest.update(np.ascontiguousarray(one[start:stop]))

    def crops(self) -> pa.Table:
        """The rows of `crops`."""
        frame = pl.concat(self._facts).with_columns(pl.lit(value=True).alias("has_pixels"), pl.col("mask_area_px").alias("area_px"))
        return complete(frame, self._batch.store.schema("crops"))

    def histograms(self) -> dict[str, list[Any]]:
        """The rows of `intensity_histograms`."""
        rows = [(name, value, n) for name, counted in sorted(self._counted.items()) for value, n in sorted(counted.items())]
        names, values, counts = map(list, zip(*rows, strict=True))
        return {"field_id": names, "basis": ["crops"] * len(names), "value": values, "n_pixels": counts}

    def fields(self) -> pa.Table:
        """The rows of `fields`."""
        batch = self._batch
        files = [path.name for path in batch.layout.files]
        made = cell_table.fields(batch.cells, "given" if batch.layout.masks else "none").with_columns(
            pl.lit(files, pl.List(pl.String)).alias("files"),
            pl.col("field_id").replace_strict({name: digest.hexdigest() for name, digest in self._digests.items()}).alias("sha256"),
            pl.lit(batch.stamp).alias("stamp"),
        )
        return complete(made, batch.store.schema("fields"))


def _packed(masks: NDArray[np.bool_] | None, there: NDArray[np.bool_], n: int, size: int) -> pa.Array:
    if masks is None:
        return pa.nulls(n, pa.binary(pixels.mask_bytes(size)))
    packed = pixels.encode_mask(masks)
    return packed if there.all() else packed.take(pa.array(np.arange(n), mask=~there))


def _searched(batch: Batch, images: array_files.Array, outcome: Outcome) -> dict[str, list[Any]]:
    """Pairs of crops without a place that show the same pixels, among those of one field and condition."""
    found: dict[str, list[Any]] = {"crop_a": [], "crop_b": [], "dy": [], "dx": [], "shared_px": []}
    unplaced = batch.cells.filter(pl.any_horizontal(pl.col("y0", "x0").is_null()))
    for _, cells in unplaced.group_by("field_id", "condition", maintain_order=True):
        if len(cells) > MOST_SEARCHED:
            outcome.n_not_searched += len(cells)
            continue
        block = arrays.read(batch.layout, images, None, cells["_row"].to_numpy().astype(np.int64), batch.store.crop_size)
        pairs = overlaps.find(np.stack(list(block.channels.values()), axis=1))
        ids = cells["crop_id"].to_list()
        found["crop_a"] += [ids[i] for i in pairs.a]
        found["crop_b"] += [ids[i] for i in pairs.b]
        for name in ("dy", "dx", "shared_px"):
            found[name] += getattr(pairs, name).tolist()
    return found


def _outcomes(batches: list[Batch], jobs: int) -> Iterator[tuple[Batch, Outcome]]:
    """Every batch with its outcome."""
    if jobs <= 1 or len(batches) < 2:
        yield from ((batch, do(batch)) for batch in batches)
        return
    with workers(min(jobs, len(batches))) as pool:
        running: list[tuple[Batch, Future[Outcome]]] = [(batch, pool.submit(do, batch)) for batch in batches]
        yield from ((batch, future.result()) for batch, future in running)
