"""Sums of vectors by condition, kept beside the vectors: means of ten million without reading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from cellswap.store import vectors

COLUMNS = ("condition_n", "condition_sum")


def beside(rows: pa.Table | Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `embeddings` given, and with them `condition_n` (n int32) and `condition_sum` (n lists of float32).

    Both have a value in the first of rows of one condition that follow each other, and NULL in the others and where there
    is no condition. Sums are made in float64 and rounded once. They stand in the file of their vectors, so that no one sees
    the ones without the others. A vector that is missing or of another width is a bug and raises ValueError.
    """
    columns = {name: rows[name] for name in (rows if isinstance(rows, Mapping) else rows.column_names)}
    condition = _array(columns["condition"], pa.string()).cast(pa.string())
    lists = _array(columns["embedding"], pa.list_(pa.float32()))
    codes = condition.dictionary_encode().indices.fill_null(-1).to_numpy()
    first = np.flatnonzero(np.diff(codes, prepend=-2))
    n = np.diff(first, append=len(codes)).astype(np.int32)
    place = np.full(len(codes), -1)
    place[first] = np.arange(len(first))
    of_row = pa.array(place, mask=(place < 0) | (codes < 0))
    return columns | {"condition_n": pa.array(n).take(of_row), "condition_sum": _sums(lists, first).take(of_row)}


def _sums(lists: pa.Array, first: np.ndarray) -> pa.Array:
    widths = vectors.widths(lists)
    if len(widths) > 1 or None in widths:
        raise ValueError(f"embeddings: expected vectors of one width in a part, found {widths}")
    matrix = vectors.stacked(lists)
    with np.errstate(over="ignore", invalid="ignore"):  # `check` finds vectors that are no numbers
        summed = np.add.reduceat(matrix, first, axis=0, dtype=np.float64).astype(np.float32)
    ends = np.arange(len(summed) + 1, dtype=np.int32) * summed.shape[1]
    return pa.ListArray.from_arrays(ends, summed.ravel())


def _array(values: Any, kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - whatever Arrow can read
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    return values if isinstance(values, pa.Array) else pa.array(values, kind)
