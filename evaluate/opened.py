"""What every measure reads and writes."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cellswap.store.folder import Store


@dataclass(frozen=True)
class Opened:
    """A store, and a connection to its views; what a measure's `ask` draws lies in temporary tables of the connection."""

    store: Store
    connection: duckdb.DuckDBPyConnection
