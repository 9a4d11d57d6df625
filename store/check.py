"""Does every row keep the rules of the schema: keys, nulls, checks, references, runs?

A crop of a field that is not there yet breaks none while its run has not come to its end: the run goes on, or is asked again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from cellswap import sql
from cellswap.store import schema, wording
from cellswap.store.schema import Table


@dataclass(frozen=True)
class Broken:
    """One rule that rows break: how many, and one of them."""

    table: str
    rule: str
    n: int
    example: str


def check(connection: duckdb.DuckDBPyConnection) -> Iterator[Broken]:
    """Every rule of the schema that is broken, and every view whose key is not unique."""
    [(channels, signal)] = connection.execute("SELECT map_keys(channels), signal FROM store_facts").fetchall()
    names = tuple(channels)
    for table in (schema.table(name, names, signal) for name in schema.TABLES):
        if not connection.execute(f"FROM {table.name} LIMIT 1").fetchone():
            continue  # most stores lack most tables, and each rule is a query
        for rule, query in _rules(table):
            # of a table in folders, each folder is told apart
            of = ", ".join(table.partition) or "ALL"
            found = f"SELECT count(*), min(q) FROM ({query}) AS q GROUP BY {of} HAVING count(*) > 0 ORDER BY 2"
            for n, example in connection.execute(found).fetchall():
                yield Broken(table.name, rule, n, str(example))
    for view in sql.views(names, signal):
        key = ", ".join(view.key)
        rows = connection.execute(f"SELECT {key}, count(*) AS n FROM {view.name} GROUP BY {key} HAVING count(*) > 1").fetchall()
        if rows:
            yield Broken(view.name, f"one row for each ({key})", len(rows), str(rows[0]))


def _rules(table: Table) -> Iterator[tuple[str, str]]:
    """For each rule of a table, a query for the rows that break it."""
    key = ", ".join(table.key)
    yield (
        f"one row for each ({key})",
        f"SELECT {key}, count(*) AS n FROM {table.name} GROUP BY {key} HAVING count(*) > 1",
    )
    for column in table.columns:
        if not column.nullable:
            yield f"{column.name} is not null", f"SELECT {key} FROM {table.name} WHERE {column.name} IS NULL"
        if column.type == "FLOAT[]" and not column.nullable:  # a sum of faulty vectors would say it twice
            faulty = f"NOT isfinite(list_sum({column.name}::DOUBLE[]))"
            yield f"{column.name} holds no NaN or infinity", f"SELECT {key} FROM {table.name} WHERE {faulty}"
        if column.check:
            yield column.check, f"SELECT {key}, {column.name} FROM {table.name} WHERE NOT ({column.check})"
    for column, other, other_column in table.references:
        missing = (
            f"SELECT {key} FROM {table.name} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {other_column} FROM {other})"
            f" AND run_id NOT IN (SELECT run_id FROM runs WHERE NOT coalesce(complete, false))"
        )
        yield f"{column} is in {other}.{other_column}", missing
    for text, query in table.rules:
        yield wording.said(text), query
    yield "run_id is in runs", f"SELECT {key}, run_id FROM {table.name} WHERE run_id NOT IN (SELECT run_id FROM runs)"
