"""How a view finds its files: SELECTs over a table's parts, in a store that a connection knows or that a catalog lies in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cellswap.store.schema import Table

STORE_VARIABLE = "cellswap_store"
CATALOG = "cellswap.duckdb"
# Its comment says where the catalog was built. A sequence, because no list of tables shows it.
BUILT_AT = "cellswap_catalog"
# A database that DuckDB opened from a file has its overflow beside it, and no other word of it says where that file is.
_TEMPORARY = "current_setting('temp_directory')"
_BESIDE = rf"'[/\\]{CATALOG.replace('.', '[.]')}[.]tmp$'"


@dataclass(frozen=True)
class Place:
    """Where a store's folder is: a SQL expression, and a condition that raises an error where it is the wrong one."""

    root: str
    check: str = "true"


BESIDE_THE_CATALOG = Place("cellswap_root()", "cellswap_is_here()")


def catalog_facts(built_at: str) -> Iterator[str]:
    """Statements for what a catalog's views need to find the folder in which it lies, wherever that was moved or copied.

    A catalog that was attached to another database can't know where it lies, and reads `built_at`, a literal of SQL, if it is
    there still. Whatever may lead to another store than its own raises an error that says how to name the store.
    """
    variable = f"getvariable('{STORE_VARIABLE}')"
    here = f"CASE WHEN regexp_matches({_TEMPORARY}, {_BESIDE}) THEN regexp_replace({_TEMPORARY}, {_BESIDE}, '') ELSE {built_at} END"
    file = f"'/{CATALOG}'"
    alone = f"count(*) = 1 AND bool_and(path = {here} || {file})"
    in_place = f"count(*) FILTER (place = {built_at}) = 1 AND bool_or(place = {built_at} AND path = {built_at} || {file})"
    wrong = (
        f"'this catalog was built for the store ' || {built_at} || ', and is not the one that DuckDB opened: open STORE/{CATALOG} itself,"
        f" or say where its store is: SET VARIABLE {STORE_VARIABLE} = ''/place/of/store'''"
    )
    catalogs = f"SELECT database_name, comment AS place FROM duckdb_sequences() WHERE sequence_name = '{BUILT_AT}'"
    yield f"CREATE SEQUENCE {BUILT_AT}"
    yield f"COMMENT ON SEQUENCE {BUILT_AT} IS {built_at}"
    yield f"CREATE MACRO {BESIDE_THE_CATALOG.root} AS coalesce({variable}, {here})"
    yield (
        f"CREATE MACRO {BESIDE_THE_CATALOG.check} AS (SELECT CASE WHEN {variable} IS NOT NULL OR ({alone})"
        f" OR ({here} = {built_at} AND {in_place}) THEN true ELSE error({wrong}) END"
        f" FROM duckdb_databases() JOIN ({catalogs}) USING (database_name))"
    )


def parquet(table: Table, place: Place, within: Sequence[str] = ()) -> str:
    """SELECT of a table's rows from its parts; a partition's values come from the last folders of a part's path alone.

    With the first values of the partition, `within`, it looks into their folder and no other: a view of one layer must not list the
    parts of all.
    """
    depth = len(table.partition)
    values = {key: f"split_part(filename, '/', {i - depth - 1})[{len(key) + 2}:]" for i, key in enumerate(table.partition)}
    columns = ", ".join(f'{values.get(c.name, _named(c.name))}::{c.type} AS "{c.name}"' for c in table.columns)
    folders = (f"{key}={_as_it_stands(value)}" for key, value in zip(table.partition, within, strict=False))
    glob = "/".join(("/tables", table.name, *folders, *("*" * (depth - len(within))), "*.parquet")).replace("'", "''")
    # DuckDB would look for key=value in the whole path, that of the store among it.
    named = ", filename = true" if depth else ""
    return f"SELECT {columns} FROM read_parquet({place.root} || '{glob}', hive_partitioning = false{named}) WHERE {place.check}"


def json(glob: str, types: Mapping[str, str], place: Place) -> str:
    """SELECT of these columns, whose types are given, from the JSON files that the glob finds in the store's folder."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    return f"SELECT * FROM read_json({place.root} || '{glob}', columns = {{{columns}}}, hive_partitioning = false) WHERE {place.check}"


def _as_it_stands(text: str) -> str:
    """The text as a part of a glob that finds it alone."""
    return re.sub(r"([*?[])", r"[\1]", text)


def _named(column: str) -> str:
    return f'"{column}"'
