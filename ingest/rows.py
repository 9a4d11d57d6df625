"""Rows of a table with every column that its schema has."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from cellswap.store import parts
from cellswap.store.schema import Table

# What stands in an id where plate, well or site is not known.
UNKNOWN = "-"


def complete(frame: pl.DataFrame, of: Table) -> pa.Table:
    """The frame as rows of a table: its columns in the schema's order and types, NULL where the frame has none."""
    given = frame.to_arrow()
    fields = [field for field in parts.arrow_schema(of) if field.name != "run_id"]
    columns = [given[f.name].cast(f.type) if f.name in given.column_names else _nulls(f, len(frame)) for f in fields]
    return pa.Table.from_arrays(columns, [field.name for field in fields])


def _nulls(field: pa.Field, n: int) -> pa.Array:
    if not field.nullable:
        raise ValueError(f"expected values for the column {field.name}, found none")
    return pa.nulls(n, field.type)
