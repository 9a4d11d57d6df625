"""Crops that a table lists, in arrays or files, into the store: fields batch by batch, each batch's parts with `fields` last."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from cellswap.errors import BadInput
from cellswap.ingest import bare_cells, cell_table, overlaps
from cellswap.ingest.block_rows import Rows
from cellswap.ingest.crop_source import Reader, Reject, Source
from cellswap.store import database, parts, progress, runs
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
    """Whole fields: their cells in the order of their ids, with what the source must know of each, and the fields' stamps."""

    store: Store
    source: Source
    cells: pl.DataFrame
    stamps: pl.DataFrame
    run_id: str

    @property
    def keys(self) -> tuple[str, ...]:
        """What names its parts."""
        return _keys(self.cells["field_id"])


@dataclass
class Outcome:
    """What became of a batch: its parts, what could not be read, how many crops show no cell, and how many were not searched."""

    written: list[Part] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    n_without_mask: int = 0
    n_not_searched: int = 0


@dataclass(frozen=True)
class Todo:
    """What is left of a table: the cells of each batch, how many cells are done, and how many fields are new or have changed."""

    batches: list[pl.DataFrame]
    stamps: pl.DataFrame
    n_there: int
    n_changed: int
    n_fields: int


def write(store: Store, source: Source, cells: pl.DataFrame, run: Run, *, again: bool, jobs: int) -> None:
    """Write the crops of every field that the store does not have; of the others say whether they have changed.

    With `again` those take the place of what the store has. BadInput where files or arrays do not fit, or fields are of other crops.
    """
    ready = source.checked(cells, store.crop_size, jobs)
    todo = plan(store, ready, cells, again=again)
    batches = [Batch(store, ready, of, todo.stamps.join(of, on="field_id", how="semi"), run.run_id) for of in todo.batches]
    outcomes: list[Outcome] = []
    with progress.shown("ingest crops", sum(len(batch.cells) for batch in batches), "crops") as bar:
        for batch, outcome in _outcomes(batches, jobs):
            run.wrote(*outcome.written)
            outcomes.append(outcome)
            bar.step(len(batch.cells))
    if todo.n_there:
        run.remark(f"{todo.n_there} of {len(cells)} crops were in the store already")
    runs.join(store, run)
    run.keep(run.n_written("crops"))
    _note(run, outcomes)
    run.note("only crops exist: the intensity filter is taken from the pixels of all crops, not of full fields")
    if not source.has_masks:
        run.note("the crops came without masks (--masks, --mask): they are looked at as they are and no swap is made of them")
    if source.resize:
        if n := cells["y0"].null_count():
            run.note(f"{n} crops have no place and were brought to another size, where shared pixels may differ: overlaps may be missed")
        run.note(f"crops were brought to {source.resize} px: by the mean of areas where they were larger, between pixels where smaller")


def plan(store: Store, source: Source, cells: pl.DataFrame, *, again: bool) -> Todo:
    """What is left to do; fields that are there are looked at by what they were read from.

    BadInput for two rows of one cell, for fields that have changed where `again` is not set, and where it is for parts of the store
    that hold other fields too.
    """
    cell_table.refuse_doubled(cells)
    stamps = source.stamps(cells)
    numbered = (cells if "_row" in cells.columns else cells.with_row_index("_row")).sort("crop_id")
    there = _there(store, numbered)
    sizes = numbered.group_by("field_id", maintain_order=True).len()
    now = sizes.join(stamps.rename({"stamp": "now"}), on="field_id", maintain_order="left")
    changed = now.join(there, on="field_id").filter(pl.col("stamp").ne_missing(pl.col("now")) | (pl.col("n_cells") != pl.col("len")))
    if len(changed) and not again:
        raise BadInput(
            f"{len(changed)} of {len(sizes)} fields, such as {changed['field_id'].min()}, are in the store already, and files or table"
            " have changed since they were read, or others were: --again puts these in their place, another --screen beside them"
        )
    held = _parts_of(store, set(changed["field_id"]), set(sizes["field_id"])) if len(changed) else []
    batches = [numbered.filter(pl.col("field_id").is_in(names)) for names in held]
    batches += _batches(numbered, sizes.join(there, on="field_id", how="anti", maintain_order="left"))
    return Todo(batches, stamps, len(numbered) - sum(map(len, batches)), len(changed), len(sizes))


def _there(store: Store, numbered: pl.DataFrame) -> pl.DataFrame:
    """Of the fields that the store has: what they were read from, and how many cells were listed."""
    with database.connect(store) as connection:
        connection.register("offered", cell_table.arrow(numbered.select("field_id").unique()))
        rows = connection.sql("SELECT f.field_id, f.stamp, f.n_cells FROM fields AS f SEMI JOIN offered USING (field_id)").to_arrow_table()
    return pl.DataFrame(pl.from_arrow(rows))


def _batches(numbered: pl.DataFrame, new: pl.DataFrame) -> list[pl.DataFrame]:
    """The cells of fields that the store does not have, whole fields at a time."""
    before = pl.col("len").cum_sum() - pl.col("len")
    numbers = new.select("field_id", (before // BATCH_CROPS).alias("_batch"))
    left = numbered.join(numbers, on="field_id", maintain_order="left")
    return [of.drop("_batch") for _, of in left.group_by("_batch", maintain_order=True)]


def _keys(fields: pl.Series) -> tuple[str, ...]:
    """What names the parts of these fields."""
    return ("arrays", bare_cells.digest(fields.unique().sort()))


def _parts_of(store: Store, changed: set[str], offered: set[str]) -> list[list[str]]:
    """The fields of each part that has one of those that have changed.

    BadInput where a part holds fields that are not offered, or was written by something else: they would be lost.
    """
    found = []
    for path in sorted(parts.folder(store, "fields").glob("part-*.parquet")):
        held = pl.read_parquet(path, columns=["field_id"])["field_id"]
        if changed.isdisjoint(held):
            continue
        if not offered.issuperset(held) or path != parts.part_path(store, "fields", _keys(held)):
            raise BadInput(
                f"--again: the store has {min(changed & set(held))} beside other fields than these, which would be lost; give the whole"
                " table that was read before, or these another --screen"
            )
        found.append(held.to_list())
    return found


def _note(run: Run, outcomes: list[Outcome]) -> None:
    """What was found out about all batches."""
    if n := sum(outcome.n_not_searched for outcome in outcomes):
        run.note(
            f"{n} crops have no place, and more than {MOST_SEARCHED:,} of one condition stand under one field: shared pixels were not"
            " searched for among them, so that nobody knows which overlap"
        )
    if n := sum(outcome.n_without_mask for outcome in outcomes):
        run.remark(f"{n} crops have no cell at their centre in the masks: they are stored without a mask")


def do(batch: Batch) -> Outcome:
    """Write a batch's parts, `fields` last."""
    store, outcome = batch.store, Outcome()
    rows = Rows(store, batch.source, batch.cells)
    with batch.source.opened() as reader, parts.open_part(store, "pixels", batch.keys, batch.run_id) as part:
        step = max(1, BLOCK_BYTES // max(1, reader.n_bytes))
        for start in range(0, len(batch.cells), step):
            cells = batch.cells.slice(start, step)
            block = reader.read(cells, store.crop_size)
            outcome.rejects += block.rejects
            cells = cells if block.kept is None else cells.filter(pl.Series(block.kept))
            if len(cells):
                part.write(rows.add(cells, block))
        found = _searched(batch, reader, outcome)
    outcome.n_without_mask = rows.n_without_mask
    tables = {"crops": rows.crops(), "intensity_histograms": rows.histograms(), "crop_overlaps_found": found}
    if outcome.rejects or parts.part_path(store, runs.REJECTS, batch.keys).is_file():
        tables[runs.REJECTS] = runs.reject_columns((*reject, 1) for reject in outcome.rejects)
    tables["fields"] = rows.fields(batch.stamps)
    outcome.written = [part.part, *(parts.write(store, name, batch.keys, made, batch.run_id) for name, made in tables.items())]
    return outcome


def _searched(batch: Batch, reader: Reader, outcome: Outcome) -> dict[str, list[Any]]:
    """Pairs of crops without a place that show the same pixels, among those of one field and condition."""
    found: dict[str, list[Any]] = {"crop_a": [], "crop_b": [], "dy": [], "dx": [], "shared_px": []}
    unplaced = batch.cells.filter(pl.any_horizontal(pl.col("y0", "x0").is_null()))
    for _, cells in unplaced.group_by("field_id", "condition", maintain_order=True):
        if len(cells) > MOST_SEARCHED:
            outcome.n_not_searched += len(cells)
            continue
        block = reader.read(cells, batch.store.crop_size, masks=False)
        pairs = overlaps.find(np.stack(list(block.channels.values()), axis=1))
        ids = (cells if block.kept is None else cells.filter(pl.Series(block.kept)))["crop_id"].to_list()
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
