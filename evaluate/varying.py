"""Whether anything varies: of features that are all constant a classifier learns nothing, and its answers are those of a coin."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import numpy as np
from numpy.typing import NDArray

from cellswap import sql
from cellswap.evaluate.problem import CONSTANT
from cellswap.evaluate.tasks import EmbeddingSet

BLOCK = 64
# In units of the feature's size: what the order of additions in a forward pass leaves of equal crops.
ROUNDING = 4 * np.finfo(np.float32).eps
SHOWN = 5


def varies(blocks: Iterable[NDArray[np.float32]]) -> bool:
    """Whether some feature of rows (n, d), given in blocks, differs by more than rounding; most often the first two rows tell."""
    first: NDArray[np.float32] | None = None
    for block in blocks:
        if first is None and len(block):
            first = block[0]
        if first is not None and (np.abs(block - first) > ROUNDING * np.maximum(np.abs(block), np.abs(first))).any():
            return True
    return False


def some_vary(x: NDArray[np.float32], which: NDArray[np.bool_]) -> bool:
    """The same of the rows of `which` (n,); ends of the classes first, as equal classes stand in blocks."""
    at = np.flatnonzero(which)
    order = np.concatenate([at[[0, -1]], at]) if len(at) else at
    return varies(x[order[start : start + BLOCK]] for start in range(0, len(order), BLOCK))


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
