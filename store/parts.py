"""A batch of rows becomes one Parquet file, whole or not at all, named after its keys.

Doing a batch twice gives the same file name; readers never see half a file, because it is written under a name that
ends in `.partial`, fsynced and renamed (DESIGN: a killed writer's `.partial` matches no glob of ours).
"""

from __future__ import annotations

import errno
import hashlib
import inspect
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.errors import BadInput, CellswapError
from cellswap.store import protein_sums
from cellswap.store.folder import Store
from cellswap.store.schema import Column, Table, table

_ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
    "VARCHAR[]": pa.list_(pa.string()),
    "FLOAT[]": pa.list_(pa.float32()),
}
# Row groups of 1,024 crops and 8 crops a page: measured best for scans and scattered reads alike (DESIGN section 7).
_PIXEL_FILES: dict[str, Any] = {"use_dictionary": False, "data_page_size": 8 * 8192 - 1, "write_batch_size": 8}
_EMBEDDING_FILES: dict[str, Any] = {
    "use_dictionary": ["orf"],
    "column_encoding": {"embedding.list.element": "BYTE_STREAM_SPLIT"},
}
# Where a protein is not: every plate's parts span most names, so their least and greatest shut out little. 2 kB a row group;
# older versions of pyarrow can't write it, and a part without it is only slower to look a protein up in.
if "bloom_filter_options" in inspect.signature(pq.ParquetWriter).parameters:
    _EMBEDDING_FILES["bloom_filter_options"] = {"orf": {"ndv": 1024, "fpp": 0.01}}
# A protein has about a thousand cells: looking it up decodes all vectors of the row groups that it is in.
_ROW_GROUP = {"pixels": 1024, "embeddings": 8192}
EMPTY = "part-empty.parquet"


def arrow_schema(of: Table) -> pa.Schema:
    """The Arrow schema of a table's files, with each meaning and unit in the metadata."""
    return pa.schema([_field(column) for column in of.stored], metadata={"table": of.name, "meaning": of.meaning})


def _field(column: Column) -> pa.Field:
    facts = {"meaning": column.meaning, "unit": column.unit, "source": column.source}
    return pa.field(column.name, _ARROW[column.type], column.nullable, {k: v for k, v in facts.items() if v})


def folder(store: Store, name: str, partition: Mapping[str, str] | None = None) -> Path:
    """The folder that holds the parts of a table, or of one partition of it."""
    values = partition or {}
    if tuple(values) != table(name).partition:
        raise ValueError(f"{name} is partitioned by {table(name).partition}, not {tuple(values)}")
    return store.tables.joinpath(name, *(f"{key}={value}" for key, value in values.items()))


def part_path(store: Store, name: str, keys: tuple[str, ...], partition: Mapping[str, str] | None = None) -> Path:
    """Where the part with these keys is, or will be."""
    digest = hashlib.sha256("\x1f".join(keys).encode()).hexdigest()[:16]
    return folder(store, name, partition) / f"part-{digest}.parquet"


@contextmanager
def full_disk_said(place: Path) -> Iterator[None]:
    """Turn the system's error about a full disk into one line that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise CellswapError(
                f"{place}: the disk is full; nothing was half-written. Free some space and run the same command again"
            ) from error
        if error.errno == errno.EFBIG:
            raise CellswapError(f"{place}: a file outgrew what this process may write (ulimit -f); nothing was half-written") from error
        raise


def make_folder(place: Path) -> None:
    """Make the folder, with those above it, where it is not there; BadInput where it can't be."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{place}: can't make this folder ({error.strerror}); give another place") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A `.partial` path to write to; renamed to `path` if the block ends well, removed if not."""
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with full_disk_said(path.parent):
            yield partial
            with partial.open("rb+") as written:
                os.fsync(written.fileno())
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def open_part(
    store: Store, name: str, keys: tuple[str, ...], run_id: str, partition: Mapping[str, str] | None = None
) -> Iterator[PartWriter]:
    """A writer for one part of any size, in flat memory; the part appears when the block ends."""
    with whole_file(part_path(store, name, keys, partition)) as partial:
        writer = PartWriter(partial, table(name), run_id)
        try:
            yield writer
            writer.finish()
        finally:
            writer.close()


def write(
    store: Store,
    name: str,
    keys: tuple[str, ...],
    rows: pa.Table | Mapping[str, Any],
    run_id: str,
    partition: Mapping[str, str] | None = None,
) -> int:
    """Write one part from all its rows (every stored column but run_id); how many rows it has."""
    with open_part(store, name, keys, run_id, partition) as part:
        part.write(rows)
    return part.n_rows


class PartWriter:
    """Appends Arrow tables to a part; the first one fixes the width of vectors and pixel columns."""

    def __init__(self, path: Path, of: Table, run_id: str) -> None:
        self.n_rows = 0
        self._path, self._table, self._run_id = path, of, run_id
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: pa.Table | Mapping[str, Any]) -> None:
        """Append rows; a column that is missing, not known or of another type is a bug and raises ValueError.

        Rows of `embeddings` come without their proteins' sums, which are made here.
        """
        made = self._conform(protein_sums.beside(rows) if self._table.name == "embeddings" else rows)
        if self._writer is None:
            extra = {"pixels": _PIXEL_FILES, "embeddings": _EMBEDDING_FILES}.get(self._table.name, {})
            self._writer = pq.ParquetWriter(self._path, made.schema, compression="zstd", compression_level=1, **extra)
        self._writer.write_table(made, row_group_size=_ROW_GROUP.get(self._table.name, 65_536))
        self.n_rows += made.num_rows

    def finish(self) -> None:
        """Make sure that there is a file, even of no rows."""
        if self._writer is None:
            self.write(arrow_schema(self._table).empty_table().drop_columns(["run_id"]))

    def close(self) -> None:
        """Write the footer."""
        if self._writer is not None:
            self._writer.close()

    def _conform(self, rows: pa.Table | Mapping[str, Any]) -> pa.Table:
        wanted = arrow_schema(self._table)
        given = list(rows) if isinstance(rows, Mapping) else rows.column_names
        names = [name for name in wanted.names if name != "run_id"]
        if set(given) != set(names):
            raise ValueError(f"{self._table.name}: expected the columns {names}, found {sorted(given)}")
        columns, fields = [], []
        n_rows = 0
        for name in names:
            field = wanted.field(name)
            column = _column(rows[name], field)
            n_rows = len(column)
            columns.append(column)
            fields.append(field.with_type(column.type))
        columns.append(pa.array([self._run_id] * n_rows, pa.string()))
        fields.append(wanted.field("run_id"))
        return pa.Table.from_arrays(columns, schema=pa.schema(fields, wanted.metadata))


def _column(values: Any, field: pa.Field) -> pa.Array | pa.ChunkedArray:  # noqa: ANN401 - whatever Arrow can read
    """The values as the field's type; vectors and pixels keep their fixed width."""
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        if _is_fixed(values.type):
            return values
        return values if values.type == field.type else values.cast(field.type)
    return pa.array(values, field.type)


def _is_fixed(kind: pa.DataType) -> bool:
    return pa.types.is_fixed_size_binary(kind) or pa.types.is_fixed_size_list(kind)


def write_empty(store: Store, name: str) -> None:
    """Give a table its empty part, so that a glob over it always finds a file."""
    nowhere = dict.fromkeys(table(name).partition, "none")
    path = folder(store, name, nowhere or None) / EMPTY
    if not path.exists():
        with whole_file(path) as partial:
            pq.write_table(arrow_schema(table(name)).empty_table(), partial, compression="zstd")
