"""DuckDB over the parts: views at every connection, and a catalog file for other tools."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cellswap import sql
from cellswap.errors import BrokenStore
from cellswap.store import protein_sums, view_names
from cellswap.store.folder import Store
from cellswap.store.schema import RUNS, TABLES, Table
from cellswap.store.vocabulary import LOCALIZATIONS

STORE_VARIABLE = "cellswap_store"
MADE_OF = "catalog_made_of"
STORE_FACTS_MEANING = "One row: what all crops of this store have in common, from store.json."
STORE_FACTS: dict[str, tuple[str, str, str]] = {
    "format": ("INTEGER", "version of the store's format", ""),
    "crop_size": ("INTEGER", "height and width of every crop", "px"),
    "channels": ("MAP(VARCHAR, VARCHAR)", "channel name in the files, by role", ""),
    "pixel_size_um": ("DOUBLE", "size of a pixel in the sample; NULL where nobody stated it", "um"),
}
LOCALIZATIONS_MEANING = "The paper's 15 classes, in the order of the authors' result files."


def connect(store: Store) -> duckdb.DuckDBPyConnection:
    """A connection in memory with every table and view of the store as a temporary view.

    Temporary views work from any directory, after the store was moved, and read-only. Nothing is fetched: no extension
    is needed, and DuckDB may not install one.
    """
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")  # a file that was replaced is read anew
    connection.execute("SET enable_progress_bar = false")  # it would write into stdout, among the data, after two seconds
    root = quoted(str(store.path))
    with _readable(store):
        for statement in _statements(store, root, "TEMP VIEW"):
            connection.execute(statement)
    return connection


@contextmanager
def _readable(store: Store) -> Iterator[None]:
    """BrokenStore where views can't be made over the store's files."""
    try:
        yield
    except duckdb.IOException as error:
        first = str(error).splitlines()[0]
        raise BrokenStore(f"{store.path}: a table is missing ({first}); mend it with: cellswap init {store.path}") from error
    except duckdb.BinderException as error:
        first = str(error).splitlines()[0]
        raise BrokenStore(f"{store.path}: its tables are not those of this version of cellswap ({first}); make the store anew") from error


def build_catalog(store: Store) -> Path:
    """Write STORE/cellswap.duckdb anew: views only, every table, view and column commented.

    The views look at the folder in which they were built; where the store was moved since, `SET VARIABLE
    cellswap_store = '/new/place'` points them at it, and so does any cellswap command that writes. It is built beside
    and moved into place, so that readers who hold the old one are never shut out; where the same one is there, it stays.
    """
    root = f"coalesce(getvariable('{STORE_VARIABLE}'), {quoted(str(store.path))})"
    statements = [*_statements(store, root, "VIEW"), *_comments(store)]
    # DuckDB keeps the columns' types with a view, and refuses the view where its own next version gives others.
    made_of = hashlib.sha256("\n".join([duckdb.__version__, *statements]).encode()).hexdigest()
    if _made_of(store.catalog) == made_of:
        return store.catalog
    partial = store.path / f"cellswap.duckdb.{os.getpid()}.partial"
    partial.unlink(missing_ok=True)
    try:
        with _readable(store), duckdb.connect(str(partial), config={"autoinstall_known_extensions": "false"}) as connection:
            connection.begin()  # one transaction: each of a thousand would wait for the disk
            for statement in (*statements, f"CREATE MACRO {MADE_OF}() AS {quoted(made_of)}"):
                connection.execute(statement)
            connection.commit()
        partial.replace(store.catalog)
    finally:
        partial.unlink(missing_ok=True)
    return store.catalog


def _made_of(catalog: Path) -> str | None:
    """The digest of what made a catalog: DuckDB's version and the statements; None where there is none that can be read."""
    if not catalog.exists():
        return None
    try:
        with duckdb.connect(str(catalog), read_only=True) as connection:
            found = connection.execute(f"SELECT {MADE_OF}()").fetchone()
    except duckdb.Error:
        return None
    return found[0] if found else None


def embedding_views(store: Store) -> dict[str, tuple[str, str, str, int]]:
    """For each view of embeddings with a fixed width: model, layer, pooling and the width."""
    widths: dict[view_names.Layer, int] = {}
    for folder in sorted((store.tables / "embeddings").glob("model=*/layer=*/pooling=*")):
        footers = (pq.read_metadata(part) for part in folder.glob("setting=*/part-*.parquet"))
        footer = next((f for f in footers if f.num_rows), None)
        if footer is None:
            continue
        model, layer, pooling = (piece.partition("=")[2] for piece in folder.parts[-3:])
        kind = footer.schema.to_arrow_schema().field("embedding").type
        width = kind.list_size if pa.types.is_fixed_size_list(kind) else 0
        if width:
            widths[model, layer, pooling] = width
    return {name: (*layer, widths[layer]) for layer, name in view_names.of_layers(widths).items()}


def describe_all(store: Store) -> Iterator[tuple[str, str, str, dict[str, tuple[str, str]]]]:
    """Every table and view: name, kind, meaning, and {column: (meaning, unit)}."""
    for table in (*TABLES.values(), RUNS):
        yield table.name, "table", table.meaning, {c.name: (c.meaning, c.unit) for c in table.columns}
    yield (
        "store_facts",
        "view",
        STORE_FACTS_MEANING,
        {name: (text, unit) for name, (_, text, unit) in STORE_FACTS.items()},
    )
    yield (
        "localizations",
        "view",
        LOCALIZATIONS_MEANING,
        {"rank": ("place in that order, from 0", ""), "localization": ("the class", "")},
    )
    for view in sql.views():
        yield view.name, "view", view.meaning, {c.name: (c.meaning, c.unit) for c in view.columns}
    for name, (model, layer, pooling, width) in embedding_views(store).items():
        meaning = f"Embeddings of {model}, layer {layer}, pooling {pooling}, as FLOAT[{width}]."
        columns = {c.name: (c.meaning, c.unit) for c in TABLES["embeddings"].columns if c.name not in protein_sums.COLUMNS}
        yield name, "view", meaning, columns
        meaning = f"Mean embedding of each protein in each setting, over all screens: {model}, layer {layer}, pooling {pooling}."
        own = {"orf": ("the centre cells' protein", ""), "n": ("images averaged", ""), "embedding": ("the mean vector", "")}
        yield view_names.of_proteins(name), "view", meaning, {"setting": columns["setting"], **own}


def _statements(store: Store, root: str, kind: str) -> Iterator[str]:
    """CREATE statements for all tables and views; `root` is a SQL expression for the store's folder."""
    for table in TABLES.values():
        yield f"CREATE {kind} {table.name} AS {_scan(table, root)}"
    yield f"CREATE {kind} runs AS {_scan_json(root, '/runs/*.json', {c.name: c.type for c in RUNS.columns})}"
    yield f"CREATE {kind} store_facts AS {_scan_json(root, '/store.json', {n: t for n, (t, _, _) in STORE_FACTS.items()})}"
    ranked = ", ".join(f"({rank}, {quoted(name)})" for rank, name in enumerate(LOCALIZATIONS))
    yield f"CREATE {kind} localizations AS SELECT * FROM (VALUES {ranked}) AS v(rank, localization)"
    for view in sql.views():
        yield f"CREATE {kind} {view.name} AS {view.text}"
    for name, (model, layer, pooling, width) in embedding_views(store).items():
        yield (
            f"CREATE {kind} {name} AS SELECT * EXCLUDE ({', '.join(protein_sums.COLUMNS)})"
            f" REPLACE (embedding::FLOAT[{width}] AS embedding) FROM embeddings"
            f" WHERE model = {quoted(model)} AND layer = {quoted(layer)} AND pooling = {quoted(pooling)}"
        )
        yield f"CREATE {kind} {view_names.of_proteins(name)} AS {_protein_means(model, layer, pooling, width)}"


def _protein_means(model: str, layer: str, pooling: str, width: int) -> str:
    """SELECT of the mean vector of each protein, from the sums that stand beside the vectors."""
    means = ", ".join(f"sum(protein_sum[{i}]) / sum(protein_n)" for i in range(1, width + 1))
    return (
        f"SELECT setting, orf, sum(protein_n)::BIGINT AS n, [{means}]::FLOAT[{width}] AS embedding FROM embeddings"
        f" WHERE model = {quoted(model)} AND layer = {quoted(layer)} AND pooling = {quoted(pooling)} AND protein_n IS NOT NULL"
        " GROUP BY setting, orf"
    )


def _comments(store: Store) -> Iterator[str]:
    """COMMENT statements for all tables, views and columns: for other tools, so in the catalog alone."""
    for name, _, meaning, columns in describe_all(store):
        yield f"COMMENT ON VIEW {name} IS {quoted(meaning)}"
        for column, (text, unit) in columns.items():
            yield f'COMMENT ON COLUMN {name}."{column}" IS {quoted(f"{text} [{unit}]" if unit else text)}'


def _scan(table: Table, root: str) -> str:
    columns = ", ".join(f'"{c.name}"::{c.type} AS "{c.name}"' for c in table.columns)
    depth = "/".join("*" for _ in table.partition)
    glob = f"/tables/{table.name}/{depth + '/' if depth else ''}*.parquet"
    hive = ""
    if table.partition:
        types = ", ".join(f"{key}: VARCHAR" for key in table.partition)
        hive = f", hive_partitioning = true, hive_types = {{{types}}}"
    return f"SELECT {columns} FROM read_parquet({root} || '{glob}'{hive or ', hive_partitioning = false'})"


def _scan_json(root: str, glob: str, types: Mapping[str, str]) -> str:
    columns = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in types.items())
    return f"SELECT * FROM read_json({root} || '{glob}', columns = {{{columns}}})"


def quoted(text: str) -> str:
    """The text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
