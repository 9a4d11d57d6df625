"""Cells without pixels into the store: crops, fields and wells of vectors that others made, and what the store has of them already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import duckdb
import numpy as np
import polars as pl

from cellswap import sql
from cellswap.errors import BadInput, shown
from cellswap.ingest import cell_table
from cellswap.ingest.rows import complete
from cellswap.store import database, parts
from cellswap.store.folder import Store
from cellswap.store.runs import Run

# In the place of where masks come from: the crops are elsewhere, and were filtered by whoever made the vectors.
ELSEWHERE = "elsewhere"
# Cells of a part; whole fields.
PART_ROWS = 200_000


def digest(names: Iterable[str]) -> str:
    """A hash over names in their order."""
    return hashlib.md5("\n".join(names).encode(), usedforsecurity=False).hexdigest()


def new(store: Store, cells: pl.DataFrame) -> pl.DataFrame:
    """The cells whose fields the store does not have; BadInput where it has a cell otherwise, or other cells of a field."""
    with database.connect(store) as connection:
        connection.register("given_cells", cell_table.arrow(cells.select("crop_id", "field_id", "condition")))
        rows = connection.sql(sql.query("given_cells")).to_arrow_table()
    found = pl.DataFrame(pl.from_arrow(rows))
    _refuse(found.filter("field_there"))
    return cells.join(found.filter("field_there").select("crop_id"), on="crop_id", how="anti", maintain_order="left")


def _refuse(found: pl.DataFrame) -> None:
    """BadInput for cells of fields that the store has, where it does not have them, or with another condition."""
    lost = found.filter(~pl.col("cell_there"))
    if len(lost):
        raise BadInput(
            f"{len(lost)} cells are none that the store has of their fields, such as {shown(lost['crop_id'][0])}; are they named as before?"
            " Cells of another data set need another --screen"
        )
    other = found.filter(pl.col("condition").is_not_null() & pl.col("condition").ne_missing(pl.col("condition_there")))
    if len(other):
        crop, here, there = other.select("crop_id", "condition", "condition_there").row(0)
        raise BadInput(
            f"{len(other)} cells have another condition in the store, such as {shown(crop)}: {shown(there or 'none')} there,"
            f" {shown(here)} here; another data set needs another --screen"
        )


def write(store: Store, cells: pl.DataFrame, run: Run) -> None:
    """Write wells, and of whole fields at a time crops without pixels and then the fields themselves."""
    if cells.is_empty():
        return
    write_wells(store, cell_table.of_wells(cells), run)
    fields = cell_table.fields(cells, ELSEWHERE)
    before = np.cumsum(fields["n_crops"].to_numpy()) - fields["n_crops"].to_numpy()
    numbered = fields.with_columns(pl.Series("_part", before // PART_ROWS))
    for (_,), of_part in numbered.group_by("_part", maintain_order=True):
        here = cells.join(of_part.select("field_id"), on="field_id", how="semi").sort("crop_id")
        keys = ("vectors", digest(of_part["field_id"]))
        crops = here.with_columns(pl.lit(value=False).alias("has_pixels"))
        run.wrote(parts.write(store, "crops", keys, complete(crops, store.schema("crops")), run.run_id))
        run.wrote(parts.write(store, "fields", keys, complete(of_part, store.schema("fields")), run.run_id))


def write_wells(store: Store, wells: pl.DataFrame, run: Run) -> None:
    """Write the wells that the store does not have."""
    with database.connect(store) as connection:
        there = _wells(connection)
    lacking = wells.join(there, on=["screen", "plate", "well"], how="anti", maintain_order="left")
    if len(lacking):
        names = lacking.select(pl.concat_str("screen", "plate", "well", separator="/")).to_series()
        run.wrote(parts.write(store, "wells", ("vectors", digest(names)), complete(lacking, store.schema("wells")), run.run_id))


def _wells(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(connection.sql("SELECT screen, plate, well FROM wells").to_arrow_table()))
