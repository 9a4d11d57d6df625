"""A batch of rows becomes one Parquet file, whole or not at all, named after its keys.

Doing a batch twice gives the same file name; readers never see half a file (`files.whole_file`), and every part says what
it is (`seal`).
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.store import condition_sums, files, seal
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
    "MAP(VARCHAR, VARCHAR)": pa.map_(pa.string(), pa.string()),
}
_EVERY_FILE: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True}
# Row groups of 1,024 crops and 8 crops a page: measured best for scans and scattered reads alike (docs/architecture.md, "Physical design").
_PIXEL_FILES: dict[str, Any] = {"use_dictionary": False, "data_page_size": 8 * 8192 - 1, "write_batch_size": 8}
_EMBEDDING_FILES: dict[str, Any] = {
    "use_dictionary": ["condition"],
    "column_encoding": {"embedding.list.element": "BYTE_STREAM_SPLIT"},
}
# Where a condition is not: every plate's parts span most names, so their least and greatest shut out little. 2 kB a row group;
# older versions of pyarrow can't write it, and a part without it is only slower to look a condition up in.
if "bloom_filter_options" in inspect.signature(pq.ParquetWriter).parameters:
    _EMBEDDING_FILES["bloom_filter_options"] = {"condition": {"ndv": 1024, "fpp": 0.01}}
# A condition has about a thousand cells: looking it up decodes all vectors of the row groups that it is in.
_ROW_GROUP = {"pixels": 1024, "embeddings": 8192}
EMPTY = "part-empty.parquet"
NOBODY = ""  # the run of a part that no run wrote


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


@dataclass(frozen=True)
class Part:
    """A part that was written: its name from `tables/` on, such as crops/part-0123456789abcdef.parquet, and its rows."""

    name: str
    n_rows: int

    @property
    def table(self) -> str:
        """The table that it is a part of."""
        return self.name.partition("/")[0]

    @property
    def partition(self) -> dict[str, str]:
        """The folders that it lies in, of a table that has some."""
        folders = (folder.partition("=") for folder in self.name.split("/")[1:-1])
        return {key: value for key, _, value in folders}


@contextmanager
def open_part(
    store: Store, name: str, keys: tuple[str, ...], run_id: str, partition: Mapping[str, str] | None = None
) -> Iterator[PartWriter]:
    """A writer for one part of any size, in flat memory; the part appears, sealed, when the block ends."""
    path = part_path(store, name, keys, partition)
    with files.whole_file(path, alone=False) as partial:
        writer = PartWriter(partial, store.schema(name), run_id, path.relative_to(store.tables).as_posix())
        try:
            yield writer
            writer.finish()
        finally:
            writer.close()
        seal.close(partial)


def write(
    store: Store,
    name: str,
    keys: tuple[str, ...],
    rows: pa.Table | Mapping[str, Any],
    run_id: str,
    partition: Mapping[str, str] | None = None,
) -> Part:
    """The part that is written from all its rows (every stored column but run_id)."""
    with open_part(store, name, keys, run_id, partition) as writer:
        writer.write(rows)
    return writer.part


class PartWriter:
    """Appends Arrow tables to a part; the first one fixes the width of vectors and pixel columns."""

    def __init__(self, path: Path, of: Table, run_id: str, name: str) -> None:
        self.n_rows = 0
        self._path, self._table, self._run_id, self._name = path, of, run_id, name
        self._writer: pq.ParquetWriter | None = None

    @property
    def part(self) -> Part:
        """What has been written."""
        return Part(self._name, self.n_rows)

    def write(self, rows: pa.Table | Mapping[str, Any]) -> None:
        """Append rows; a column that is missing, not known or of another type is a bug and raises ValueError.

        Rows of `embeddings` come without their conditions' sums, which are made here.
        """
        made = self._conform(condition_sums.beside(rows) if self._table.name == "embeddings" else rows)
        if self._writer is None:
            extra = {"pixels": _PIXEL_FILES, "embeddings": _EMBEDDING_FILES}.get(self._table.name, {})
            self._writer = pq.ParquetWriter(self._path, made.schema, **_EVERY_FILE, **extra)
            self._writer.add_key_value_metadata(seal.words(self._name, self._run_id))
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


def empty_path(store: Store, name: str) -> Path:
    """Where the empty part of a table is, or will be."""
    nowhere = dict.fromkeys(table(name).partition, "none")
    return folder(store, name, nowhere or None) / EMPTY


def write_empty(store: Store, name: str) -> None:
    """Give a table its empty part, so that a glob over it always finds a file."""
    path = empty_path(store, name)
    if not path.exists():
        with files.whole_file(path) as partial:
            writer = pq.ParquetWriter(partial, arrow_schema(store.schema(name)), **_EVERY_FILE)
            writer.add_key_value_metadata(seal.words(path.relative_to(store.tables).as_posix(), NOBODY))
            writer.close()
            seal.close(partial)
