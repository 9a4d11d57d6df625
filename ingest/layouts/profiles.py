"""Profiles as CellProfiler, pycytominer and `cellswap export` write them: CSV or Parquet, one row a cell.

Columns that begin with `Metadata_` say what the cell is, as do texts; all other columns of numbers are features, in their order, but for
CellProfiler's own keys. Source: https://github.com/cytomining/pycytominer, `cyto_utils/features.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cellswap.errors import BadInput, first_line, shown
from cellswap.ingest import cell_table, text_file
from cellswap.ingest.vector_file import VectorFile, of_export

METADATA = "Metadata_"
KEYS = ("ImageNumber", "ObjectNumber")
# What is looked at of a CSV file to know its columns.
HEAD = 1 << 20
BLOCK = 16 << 20


@dataclass(frozen=True)
class _Columns:
    """The columns of a file: those that say what the cell is, and the features."""

    metadata: list[str]
    features: list[str]


def opened(path: Path, pattern: str | None, named: tuple[str, ...]) -> VectorFile:
    """The features (float32) of a file, all or those whose names the pattern fits, and its other columns as text; `named` are no features.

    BadInput where it is no such table, or has no column of numbers.
    """
    parquet = cell_table.is_parquet(path)
    schema = _parquet_schema(path) if parquet else _csv_schema(path)
    columns = _sorted(schema, pattern, named)
    metadata = _whole(path, columns.metadata, parquet=parquet)
    source = json.loads((schema.metadata or {}).get(b"cellswap", b"null"))

    def blocks(_rows: int) -> Iterator[NDArray[np.float32]]:
        for batch in _batches(path, columns.features, pa.float32(), parquet=parquet):
            yield _matrix(batch)

    notes = [f"{len(columns.features)} columns were read as features, {shown(columns.features[0])} to {shown(columns.features[-1])}"]
    if keys := [name for name in KEYS if name in columns.metadata]:
        notes.append(f"{', '.join(keys)}: CellProfiler's keys, no features")
    if source is None and "Metadata_CropID" in columns.metadata:
        source = {}
    return VectorFile(
        len(metadata), len(columns.features), blocks, (path,), metadata, tuple(notes), of_export(source) if source is not None else None
    )


def _sorted(schema: pa.Schema, pattern: str | None, named: tuple[str, ...]) -> _Columns:
    numbers = [f.name for f in schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)]
    free = [name for name in numbers if not name.startswith(METADATA) and name not in (*named, *KEYS)]
    features = [name for name in free if pattern is None or fnmatchcase(name, pattern)]
    if not features:
        what = f"columns of numbers like {pattern}" if pattern else "columns of numbers"
        raise BadInput(f"expected {what} beside {METADATA}*, found none; columns: {', '.join(map(shown, schema.names[:12]))}")
    return _Columns([name for name in schema.names if name not in free], features)


def _parquet_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"expected a Parquet file, found a damaged one ({first_line(error)})") from error


def _csv_schema(path: Path) -> pa.Schema:
    with _csv(path, None, None) as reader:
        return reader.schema


def _csv(path: Path, columns: list[str] | None, kind: pa.DataType | None) -> pc.CSVStreamingReader:
    """A CSV file block by block; its beginning is looked at as that of any table is."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    text = text_file.of(head if len(head) < HEAD else head[: head.rfind(b"\n") + 1] or head)
    if b"\0" in head:
        raise BadInput("expected a table in UTF-8, found another coding: save it as CSV (UTF-8)")
    wanted = {} if columns is None else {"include_columns": columns, "column_types": dict.fromkeys(columns, kind)}
    try:
        return pc.open_csv(
            path, pc.ReadOptions(block_size=BLOCK, skip_rows=text.header_row - 1), pc.ParseOptions(delimiter=text.separator),
            pc.ConvertOptions(strings_can_be_null=True, **wanted),
        )  # fmt: skip
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"expected a table, which can't be read as one ({first_line(error)})") from error


def _batches(path: Path, columns: list[str], kind: pa.DataType, *, parquet: bool) -> Iterator[pa.RecordBatch]:
    try:
        if parquet:
            for batch in pq.ParquetFile(path).iter_batches(8192, columns=columns):
                yield batch.select(columns)
        else:
            with _csv(path, columns, kind) as reader:
                yield from reader
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"its rows can't be read ({first_line(error)})") from error


def _whole(path: Path, columns: list[str], *, parquet: bool) -> pl.DataFrame:
    """The columns of text; of a file without any, a row each."""
    if not columns and parquet:
        return pl.DataFrame({"row": np.arange(pq.read_metadata(path).num_rows)}).cast(pl.String)
    found = list(_batches(path, columns or _csv_schema(path).names[:1], pa.string(), parquet=parquet))
    frame: Any = pl.from_arrow(pa.Table.from_batches(found)) if found else pl.DataFrame()
    return cell_table.as_text(frame)


def _matrix(batch: pa.RecordBatch) -> NDArray[np.float32]:
    """The columns as rows of one matrix, NaN where there is nothing."""
    out = np.empty((batch.num_rows, batch.num_columns), np.float32)
    with np.errstate(over="ignore"):
        for i, column in enumerate(batch.columns):
            out[:, i] = column.to_numpy(zero_copy_only=False)
    return out
