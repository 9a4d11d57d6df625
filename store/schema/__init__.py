"""Every table of the store: meaning, key, and each column's type, unit, source and check.

This is the only place where a table is written down. A column called {channel}_mean stands for
one a channel of the store. Parquet schemas, DuckDB's casts and comments, `describe`, `check`
and the schema page are made from it. `run_id` is added to every table by `Table.columns`.
"""

from __future__ import annotations

from functools import cache

from cellswap.errors import UnknownName
from cellswap.store.schema import crops, images, measures, published, results, screens, training, truth
from cellswap.store.schema.column import Column, Table
from cellswap.store.schema.runs import REJECTS, RUNS

__all__ = ["FORMAT", "RUNS", "TABLES", "Column", "Table", "table"]

FORMAT = 3  # 1 had no sums beside its vectors, 2 no seals of parts

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *screens.TABLES,
        *crops.TABLES,
        *images.TABLES,
        *results.TABLES,
        *training.TABLES,
        *measures.TABLES,
        *published.TABLES,
        *truth.TABLES,
        REJECTS,
    )
}


@cache
def table(name: str, channels: tuple[str, ...] = (), signal: str = "") -> Table:
    """The table of that name in a store of these channels, or UnknownName; without channels, columns of channels are left out."""
    if name not in TABLES:
        raise UnknownName("table", name, TABLES)
    return TABLES[name].of(channels, signal)
