"""Embeddings with what is known about each image, batch by batch, for other tools: CSV and Parquet.

The columns are named as CellProfiler's profiles are: `Metadata_Plate`, `Metadata_Well`, `Metadata_Site`, and for the
vector `Cells_<model>_<layer>_<place>`, which pycytominer takes for features by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pk
import pyarrow.csv as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cellswap import __version__, sql
from cellswap.errors import BadInput, UnknownName, at
from cellswap.store import files
from cellswap.store.vectors import stacked

BATCH_ROWS = 20_000
FORMULA = r"^([=+\-@\t\r\n\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}])"  # how a text begins that a spreadsheet takes for one
PROFILE_NAMES = {
    "plate": "Metadata_Plate",
    "well": "Metadata_Well",
    "site": "Metadata_Site",
    "screen": "Metadata_Screen",
    "replicate": "Metadata_Replicate",
    "condition": "Metadata_ORF",
    "gene": "Metadata_Gene",
    "class": "Metadata_Localization",
    "setting": "Metadata_Setting",
    "background_class": "Metadata_Background_Localization",
    "background_condition": "Metadata_Background_ORF",
    "image_id": "Metadata_ImageID",
    "crop_id": "Metadata_CropID",
    "field_id": "Metadata_FieldID",
    "centre_y": "Metadata_Center_Y",
    "centre_x": "Metadata_Center_X",
}


@dataclass(frozen=True)
class Wanted:
    """What to export: layers of one model, each (layer, pooling), in some settings."""

    model: str
    layers: tuple[tuple[str, str], ...]
    settings: tuple[str, ...]

    def names(self) -> list[str]:
        """For each layer a name of letters, digits and _: pifia_d2, or pifia_d2_max where two poolings of it are wanted."""
        once = [layer for layer, _ in self.layers]
        said = [(layer, pooling if once.count(layer) > 1 else "") for layer, pooling in self.layers]
        return [re.sub(r"\W", "_", "_".join(filter(None, (self.model, *pair)))) for pair in said]


@dataclass(frozen=True)
class Batch:
    """Some images: `facts` has a row each; `vectors` an array (rows, width) float32 for each layer, by name."""

    facts: pa.Table
    vectors: dict[str, NDArray[np.float32]]


def choose(connection: duckdb.DuckDBPyConnection, asked: Wanted, pooling: str | None) -> Wanted:
    """What was asked for, with what was left open filled in; UnknownName for what the store lacks.

    An empty model stands for the only one. Layers are taken with each pooling that they have, or the one given.
    """
    there = connection.execute("SELECT DISTINCT model, layer, pooling, setting FROM embeddings ORDER BY ALL").fetchall()
    models = sorted({row[0] for row in there})
    if not asked.model and len(models) != 1:
        raise BadInput(f"expected --model, for the store has embeddings of {', '.join(models) or 'no model yet'}")
    model = asked.model or models[0]
    _known("model", (model,), models)
    layers = sorted({row[1] for row in there if row[0] == model})
    names = tuple(layer for layer, _ in asked.layers)
    if not names and len(layers) != 1:
        raise BadInput(f"expected --layer, for {model} has {', '.join(layers)}")
    _known(f"layer of {model}", names, layers)
    pairs = dict.fromkeys((row[1], row[2]) for row in there if row[0] == model and row[2] == (pooling or row[2]))
    chosen = tuple(pair for name in names or layers for pair in pairs if pair[0] == name)
    if not chosen:
        raise BadInput(f"--pooling {pooling}: {model} has no such vectors of {', '.join(names or layers)}")
    _known(f"setting of {model}", asked.settings, {row[3] for row in there if (row[0], (row[1], row[2])) == (model, chosen[0])})
    return Wanted(model, chosen, asked.settings)


def _known(kind: str, names: tuple[str, ...], there: Iterator[str] | list[str] | set[str]) -> None:
    known = set(there)
    for name in names:
        if name not in known:
            raise UnknownName(kind, name, known)


def left_out(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> int:
    """How many images lack one of the layers, but not all: they are not exported."""
    if len(wanted.layers) == 1:
        return 0
    layers = [f"{layer}/{pooling}" for layer, pooling in wanted.layers]
    asked = {"model": wanted.model, "settings": list(wanted.settings), "layers": layers}
    [(n,)] = connection.execute(sql.query("export_partly"), asked).fetchall()
    return n


def batches(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> Iterator[Batch]:
    """Every image that has all the layers, by setting, condition and id; a condition's images stay together."""
    names = wanted.names()
    for condition in _conditions(connection, wanted):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW exported AS {_exported(wanted, condition)}")
        rows = connection.sql(sql.query("export")).to_arrow_table().combine_chunks()
        if rows.num_rows:
            lists = rows.column("vectors").combine_chunks()
            vectors = {name: _matrix(lists.field(i), name) for i, name in enumerate(names)}
            yield Batch(rows.drop_columns(["vectors"]), vectors)


def _exported(wanted: Wanted, condition: str) -> str:
    """SQL: the images with all the layers, their vectors in a struct."""
    tables = [
        f"(SELECT setting, image_id, crop_id, condition, embedding FROM embeddings WHERE model = {_text(wanted.model)}"
        f" AND layer = {_text(layer)} AND pooling = {_text(pooling)} AND {condition}) AS e{i}"
        for i, (layer, pooling) in enumerate(wanted.layers)
    ]
    joined = " ".join([tables[0], *(f"JOIN {table} USING (setting, image_id)" for table in tables[1:])])
    packed = ", ".join(f"v{i} := e{i}.embedding" for i in range(len(tables)))
    return f"SELECT setting, image_id, e0.crop_id, e0.condition, struct_pack({packed}) AS vectors FROM {joined}"


def _conditions(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> Iterator[str]:
    """SQL conditions that split the images into runs of conditions of at most BATCH_ROWS images, or a single condition."""
    layer, pooling = wanted.layers[0]
    for setting in wanted.settings:
        group: list[str] = []
        n_rows = 0
        asked = {"model": wanted.model, "layer": layer, "pooling": pooling, "setting": setting}
        for condition, n in connection.execute(sql.query("export_groups"), asked).fetchall():
            if group and (condition is None or n_rows + n > BATCH_ROWS):
                yield _between(setting, group)
                group, n_rows = [], 0
            if condition is None:
                yield f"setting = {_text(setting)} AND condition IS NULL"
            else:
                group.append(condition)
                n_rows += n
        if group:
            yield _between(setting, group)


def _between(setting: str, conditions: list[str]) -> str:
    return f"setting = {_text(setting)} AND condition BETWEEN {_text(conditions[0])} AND {_text(conditions[-1])}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _matrix(lists: pa.Array, name: str) -> NDArray[np.float32]:
    with at(name):
        return stacked(lists).astype(np.float32, copy=False)


def provenance(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> dict[str, str]:
    """Where the vectors come from, as texts: version, store, model with its weights' hash, layers, settings, runs (JSON)."""
    asked = {"model": wanted.model, "settings": list(wanted.settings)}
    found = connection.execute(sql.query("export_provenance"), asked).fetchall()
    network, made_by = found[0] if found else ("{}", "[]")
    [(channels, crop_size)] = connection.execute("SELECT channels::JSON, crop_size FROM store_facts").fetchall()
    layers = [f"{layer}/{pooling}" for layer, pooling in wanted.layers]
    return {
        "version": __version__,
        "network": str(network),
        "layers": json.dumps(layers),
        "settings": json.dumps(wanted.settings),
        "channels": str(channels),
        "crop_size": str(crop_size),
        "runs": str(made_by),
    }


def write_profiles(made: Iterator[Batch], path: Path, form: str, source: dict[str, str], *, safe: bool = False) -> int:
    """Write `csv` or `parquet` with CellProfiler's names, whole or not at all; how many rows. Parquet also keeps the source.

    `safe`: an apostrophe stands before each text that a spreadsheet would take for a formula.
    """
    n_rows = 0
    writer: pc.CSVWriter | pq.ParquetWriter | None = None
    with files.whole_file(path) as partial:
        for batch in made:
            rows = _harmless(_profiles(batch)) if safe else _profiles(batch)
            rows = rows.replace_schema_metadata({"cellswap": json.dumps(source)})
            if writer is None:
                opened = str(partial)
                writer = pc.CSVWriter(opened, rows.schema) if form == "csv" else pq.ParquetWriter(opened, rows.schema, compression="zstd")
            writer.write_table(rows)
            n_rows += rows.num_rows
        if writer is None:
            raise BadInput("no image has all the layers in these settings: cellswap status says what is embedded")
        writer.close()
    return n_rows


def _harmless(rows: pa.Table) -> pa.Table:
    """The rows with an apostrophe before texts that begin as a formula does."""
    for i, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            quoted = pk.replace_substring_regex(rows.column(i), FORMULA, r"'\1")  # pyright: ignore[reportAttributeAccessIssue] - made at import
            rows = rows.set_column(i, field, quoted)
    return rows


def _profiles(batch: Batch) -> pa.Table:
    """One flat table: metadata, then a column a place of each vector."""
    columns = {new: batch.facts.column(old) for old, new in PROFILE_NAMES.items()}
    for name, matrix in batch.vectors.items():
        digits = len(str(matrix.shape[1] - 1))
        columns |= {f"Cells_{name}_{i:0{digits}d}": pa.array(matrix[:, i]) for i in range(matrix.shape[1])}
    return pa.table(columns)
