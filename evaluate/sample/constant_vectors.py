"""What is said of drawn vectors and of fits in which nothing varies."""

from __future__ import annotations

import duckdb

from cellswap import sql
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.svm.problem import CONSTANT

SHOWN = 5


def equal(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet]) -> tuple[str, ...]:
    """Notes on embedding sets whose drawn vectors are all equal, or those of some class; none where vectors differ."""
    found = (_equal_in(connection, one) for one in sets)
    return tuple(note for note in found if note)


def _equal_in(connection: duckdb.DuckDBPyConnection, of: EmbeddingSet) -> str | None:
    rows = connection.execute(sql.query("equal_vectors"), {**of.names, "set_number": of.number}).fetchall()
    still = [(name, background, n) for name, background, n, low, high in rows if low == high and n > 1]
    if not still:
        return None
    if len({value for *_, low, high in rows for value in (low, high)}) == 1:
        return f"{of}: no feature varies: all {sum(n for _, _, n, *_ in rows)} vectors are equal"
    names = [f"{name}{f' on {background}' if background else ''} ({n})" for name, background, n in still]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{of}: no feature varies within {len(names)} of {len(rows)} classes: {', '.join(names[:SHOWN])}{more}"


def by_chance(connection: duckdb.DuckDBPyConnection, table: str, run_id: str) -> list[str]:
    """Notes on the fits of a run whose training images had no feature that varies, set by set."""
    query = f"""
        SELECT concat_ws('/', model, layer, pooling, setting), count(*) FILTER (route = '{CONSTANT}') AS still, count(*),
            max(n_train + n_test) FILTER (route = '{CONSTANT}')
        FROM {table} WHERE run_id = ? GROUP BY ALL HAVING still > 0 ORDER BY ALL
    """
    return [
        f"{of}: no feature of the training images varies in {n} of {n_all} fits (of up to {n_images} images): their accuracy is 0.5, chance"
        for of, n, n_all, n_images in connection.execute(query, [run_id]).fetchall()
    ]
