"""DuckDB over the parts: views at every connection, and a catalog file for other tools."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cellswap import sql
from cellswap.errors import BrokenStore, CellswapError
from cellswap.store import classes, condition_sums, files, interrupts, parts, scans, scratch, view_names, word_views, wording
from cellswap.store.folder import Store
from cellswap.store.schema import RUNS, TABLES

MADE_OF = "catalog_made_of"
ELSEWHERE = "and not for the store in which it lies"  # which it reads all the same, where it is opened and not attached
STORE_FACTS_MEANING = "One row: what all crops of this store have in common, from store.json."
STORE_FACTS: dict[str, tuple[str, str, str]] = {
    "format": ("INTEGER", "version of the store's format", ""),
    "crop_size": ("INTEGER", "height and width of every crop", "px"),
    "channels": ("MAP(VARCHAR, VARCHAR)", "each channel's name in the files, by its name here", ""),
    "signal": ("VARCHAR", "the channel that filters and windows without cells look at", ""),
    "marker": ("VARCHAR", "the channel that shows whole cells; empty where none does", ""),
    "pixel_size_um": ("DOUBLE", "size of a pixel in the sample; NULL where nobody stated it", "um"),
    "preset": ("VARCHAR", "the preset that the store was made from; empty for none", ""),
    "intensity_quantile": ("DOUBLE", "a crop is not used whose signal's mean is under this quantile of its screen's pixels", "0-1"),
    "mask_share_min": ("DOUBLE", "a crop is not used of which the centre cell covers less", "0-1"),
    "mask_share_max": ("DOUBLE", "a crop is not used of which the centre cell covers more", "0-1"),
    "condition_word": ("VARCHAR", "what people call what all cells of a well have in common: protein, compound", ""),
    "class_word": ("VARCHAR", "what people call a class: localization, mechanism", ""),
}


@dataclass(frozen=True)
class _Instance:
    """A database in memory with the views of a store, what it was made of, and the connection that keeps it."""

    made_of: tuple[object, ...]
    root: duckdb.DuckDBPyConnection


# The last ones that were asked: making some hundred views takes a quarter of a second, and a command connects many times.
_instances: list[_Instance] = []
_MOST_INSTANCES = 2
_making = threading.Lock()


def connect(store: Store, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection in memory with every table and view of the store; what it makes is its own where it is temporary, as all must be.

    The views work from any directory, after the store was moved, and read-only. Nothing is fetched: no extension is needed, and
    DuckDB may not install one. On one thread sums are always added in the same order, so that what is asked twice is the same to
    the last digit; by default there are as many as cores. The views show the classes of `classes.asked`.
    """
    with _making:
        connection = _instance(store, threads).root.cursor()
    return _begun(connection)


def connect_alone(store: Store) -> duckdb.DuckDBPyConnection:
    """The same in a database of its own, whose settings can be changed and locked."""
    return _begun(_opened(_views(store), None, store))


def _begun(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    interrupts.stops(connection)
    connection.execute("SET enable_progress_bar = false")  # it would write into stdout, among the data, after two seconds
    for name, value in classes.asked().items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])
    return connection


def _instance(store: Store, threads: int | None) -> _Instance:
    """The one that is there, or a new one: the oldest goes when the last connection to it is closed."""
    views = _views(store)
    # a store that has lost a table since is to be told so
    made_of = (threads, views, *_without_parts(store))
    found = next((kept for kept in _instances if kept.made_of == made_of), None)
    if found is None:
        found = _Instance(made_of, _opened(views, threads, store))
    else:
        _instances.remove(found)
    _instances.append(found)
    del _instances[:-_MOST_INSTANCES]
    return found


# A process that is forked would wait for threads of a database that it does not have.
os.register_at_fork(before=_instances.clear)


def _views(store: Store) -> tuple[str, ...]:
    with _readable(store):
        return tuple(_statements(store, scans.Place(quoted(str(store.path)))))


def _opened(views: Iterable[str], threads: int | None, store: Store) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    if threads is not None:
        connection.execute(f"SET threads = {threads:d}")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL parquet_metadata_cache = true")  # a file that was replaced is read anew
    connection.execute("SET GLOBAL enable_external_file_cache = false")  # else it would hold what was read as long as this process lives
    connection.execute(f"SET temp_directory = {quoted(str(scratch.new_name('spill')))}")  # by default .tmp of the working directory
    with _readable(store):
        for statement in views:
            connection.execute(statement)
    return connection


@contextmanager
def _readable(store: Store) -> Iterator[None]:
    """BrokenStore where views can't be made over the store's files."""
    try:
        yield
    except duckdb.BinderException as error:
        raise BrokenStore(
            f"{store.path}: its tables are not those of this version of cellswap ({_first_line(error)}); make the store anew"
        ) from error
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        if lost := _without_parts(store):
            raise BrokenStore(
                f"{store.path}: a table is missing ({', '.join(lost)}); mend it with: cellswap init {shlex.quote(str(store.path))}"
            ) from error
        raise BrokenStore(f"{store.path}: its files can't be read ({_first_line(error)})") from error


def _without_parts(store: Store) -> list[str]:
    """The tables that have no file: DuckDB makes no view over none."""
    # looked for by name first: a folder may hold a hundred thousand parts, and every connection asks
    unsure = [table for name, table in TABLES.items() if not parts.empty_path(store, name).exists()]
    names = [table.name for table in unsure if not any((store.tables / table.name).glob("*/" * len(table.partition) + "*.parquet"))]
    return names if any(store.runs.glob("*.json")) else [*names, RUNS.name]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def build_catalog(store: Store) -> Path:
    """Write STORE/cellswap.duckdb anew: views only, every table, view and column commented.

    The views look at the folder in which the catalog lies, wherever the store was moved or copied. It is built in the temporary
    folder and moved into place whole, so that readers who hold the old one are never shut out, and the store's drive needs no
    locks; where the same one is there, it stays. Raises CellswapError where it can't be built, BrokenStore where the store's
    files can't be read: the store itself is as it was.
    """
    statements, made_of = _recipe(store)
    with scratch.folder("catalog") as room:
        if _said_of(store.catalog, room)[0] == made_of:
            return store.catalog
        with _readable(store), _buildable(store):
            _build(room / "new", (*statements, f"CREATE MACRO {MADE_OF}() AS {quoted(made_of)}"))
        with files.whole_file(store.catalog) as partial:
            shutil.copyfile(room / "new", partial)
    return store.catalog


def catalog_fault(store: Store) -> str | None:
    """What is wrong with STORE/cellswap.duckdb, in a line; None where it is the one that this version builds here."""
    if not store.catalog.is_file():
        return f"{store.catalog}: it is not there, so that other tools can't open the store"
    with scratch.folder("catalog") as room:
        made_of, built_at = _said_of(store.catalog, room)
    if made_of is None:
        return f"{store.catalog}: no catalog that this version of DuckDB can read"
    if built_at != str(store.path):
        return f"{store.catalog}: built for {built_at or 'another place'}, {ELSEWHERE}"
    if made_of != _recipe(store)[1]:
        return f"{store.catalog}: built before the store's views were what they are"
    return None


def _recipe(store: Store) -> tuple[list[str], str]:
    """The statements that make a catalog, and a digest over them and DuckDB's version.

    DuckDB keeps the columns' types with a view, and refuses the view where its own next version gives others.
    """
    built_at = quoted(str(store.path))
    with _readable(store):
        views = [*_statements(store, scans.BESIDE_THE_CATALOG), *_comments(store)]
    statements = [*scans.catalog_facts(built_at), *views]
    return statements, hashlib.sha256("\n".join([duckdb.__version__, *statements]).encode()).hexdigest()


def _build(path: Path, statements: Iterable[str]) -> None:
    with duckdb.connect(str(path), config={"autoinstall_known_extensions": "false"}) as connection:
        connection.begin()  # one transaction: each of a thousand would wait for the disk
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.execute("CHECKPOINT")  # closing writes it, too, and says nothing where the disk is full


@contextmanager
def _buildable(store: Store) -> Iterator[None]:
    """CellswapError where DuckDB can't write a database, though it can read the store."""
    try:
        yield
    except duckdb.Error as error:
        if _without_parts(store) or isinstance(error, duckdb.BinderException):
            raise
        reason = _first_line(error).split(". ", 1)[0]
        raise CellswapError(
            f"{store.catalog}: not built ({reason}); the store itself is whole. Put it on a local disk, or set TMPDIR to one,"
            f" and run: cellswap init {shlex.quote(str(store.path))}"
        ) from error


def _said_of(catalog: Path, room: Path) -> tuple[str | None, str | None]:
    """What a catalog says of itself: the digest of what made it, and where; None for what can't be read.

    A copy is asked, for DuckDB locks what it opens, which not every drive can do.
    """
    try:
        shutil.copyfile(catalog, room / "old")
        with duckdb.connect(str(room / "old"), read_only=True) as connection:
            (made_of,) = connection.execute(f"SELECT {MADE_OF}()").fetchall()[0]
            built = connection.execute("SELECT comment FROM duckdb_sequences() WHERE sequence_name = ?", [scans.BUILT_AT]).fetchall()
    except (duckdb.Error, OSError):
        return None, None
    return made_of, built[0][0] if built else None


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


def layers_there(store: Store) -> set[view_names.Layer]:
    """The layers that have a view: model, layer and pooling."""
    return {(model, layer, pooling) for model, layer, pooling, _ in embedding_views(store).values()}


def describe_all(store: Store) -> Iterator[tuple[str, str, str, dict[str, tuple[str, str]]]]:
    """Every table and view in the words of the store: name, kind, meaning, and {column: (meaning, unit)}."""
    said = wording.of(store.facts).said
    for name, kind, meaning, columns in _described(store):
        yield name, kind, said(meaning), {column: (said(text), said(unit)) for column, (text, unit) in columns.items()}


def _described(store: Store) -> Iterator[tuple[str, str, str, dict[str, tuple[str, str]]]]:
    """The same in the words in which it is written down, the paper's."""
    for table in (*map(store.schema, TABLES), RUNS):
        yield table.name, "table", table.meaning, {c.name: (c.meaning, c.unit) for c in table.columns}
    yield (
        "store_facts",
        "view",
        STORE_FACTS_MEANING,
        {name: (text, unit) for name, (_, text, unit) in STORE_FACTS.items()},
    )
    for view in (*word_views.views(wording.of(store.facts)), *sql.views(store.facts.names, store.signal)):
        yield view.name, "view", view.meaning, {c.name: (c.meaning, c.unit) for c in view.columns}
    for name, (model, layer, pooling, width) in embedding_views(store).items():
        meaning = f"Embeddings of {model}, layer {layer}, pooling {pooling}, as FLOAT[{width}]."
        columns = {c.name: (c.meaning, c.unit) for c in TABLES["embeddings"].columns if c.name not in condition_sums.COLUMNS}
        yield name, "view", meaning, columns
        meaning = f"Mean embedding of each protein in each setting, over all screens: {model}, layer {layer}, pooling {pooling}."
        own = {"condition": ("the centre cells' protein", ""), "n": ("images averaged", ""), "embedding": ("the mean vector", "")}
        yield view_names.of_conditions(name), "view", meaning, {"setting": columns["setting"], **own}


def _statements(store: Store, place: scans.Place) -> Iterator[str]:
    """CREATE statements for all tables and views of the store at this place."""
    for table in map(store.schema, TABLES):
        yield f"CREATE VIEW {table.name} AS {scans.parquet(table, place)}"
    yield f"CREATE VIEW runs AS {scans.json('/runs/*.json', {c.name: c.type for c in RUNS.columns}, place)}"
    facts = {name: kind for name, (kind, _, _) in STORE_FACTS.items()}
    yield f"CREATE VIEW store_facts AS {scans.json('/store.json', facts, place)}"
    for view in (*word_views.views(wording.of(store.facts)), *sql.views(store.facts.names, store.signal)):
        yield f"CREATE VIEW {view.name} AS {view.text}"
    for name, (*layer, width) in embedding_views(store).items():
        of_layer = scans.parquet(store.schema("embeddings"), place, layer)
        yield (
            f"CREATE VIEW {name} AS SELECT * EXCLUDE ({', '.join(condition_sums.COLUMNS)})"
            f" REPLACE (embedding::FLOAT[{width}] AS embedding) FROM ({of_layer})"
        )
        yield f"CREATE VIEW {view_names.of_conditions(name)} AS {_condition_means(of_layer, width)}"


def _condition_means(of_layer: str, width: int) -> str:
    """SELECT of the mean vector of each condition, from the sums that stand beside the vectors."""
    means = ", ".join(f"sum(condition_sum[{i}]) / sum(condition_n)" for i in range(1, width + 1))
    return (
        f"SELECT setting, condition, sum(condition_n)::BIGINT AS n, [{means}]::FLOAT[{width}] AS embedding FROM ({of_layer})"
        " WHERE condition_n IS NOT NULL GROUP BY setting, condition"
    )


def _comments(store: Store) -> Iterator[str]:
    """COMMENT statements for all tables, views and columns: for other tools, so in the catalog alone."""
    for name, _, meaning, columns in describe_all(store):
        yield f"COMMENT ON VIEW {name} IS {quoted(meaning)}"
        for column, (text, unit) in columns.items():
            yield f'COMMENT ON COLUMN {name}."{column}" IS {quoted(f"{text} [{unit}]" if unit else text)}'


def quoted(text: str) -> str:
    """The text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
