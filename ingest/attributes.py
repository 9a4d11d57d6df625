"""What tables of wells said of conditions, as rows of a table of labels."""

from __future__ import annotations

import hashlib

import polars as pl

from cellswap.errors import BadInput, UnknownName
from cellswap.ingest import text_table
from cellswap.ingest.layouts.table import Columns
from cellswap.store import database
from cellswap.store.folder import Store

CONDITION = "_condition"  # no table has a column of that name


def columns(classes: tuple[str, ...], separator: str | None, *, several: bool) -> Columns:
    """Where `rows` says what."""
    return Columns(CONDITION, classes, None, separator, several)


def rows(store: Store, of: Columns) -> pl.DataFrame:
    """A row for each condition and what was said of it, in a column a class; UnknownName for what was said of no well.

    Raises BadInput where nothing was said of any.
    """
    with database.connect(store) as connection:
        told = connection.execute(
            "SELECT condition, attributes FROM wells WHERE condition IS NOT NULL AND attributes IS NOT NULL"
        ).fetchall()
    known = {name for _, attributes in told for name in attributes}
    if not known:
        raise BadInput("no well with a condition has attributes; give such with: cellswap ingest fields PATH --metadata TABLE")
    for name in of.classes:
        if name not in known:
            raise UnknownName("attribute", name, known)
    said = sorted({(condition, *(attributes.get(name) or "" for name in of.classes)) for condition, attributes in told})
    found = pl.DataFrame(said, [CONDITION, *of.classes], orient="row", schema_overrides=dict.fromkeys((CONDITION, *of.classes), pl.String))
    return found.with_columns(pl.all().replace("", None)).with_row_index(text_table.ROW, 1)


def digest(store: Store) -> str:
    """A hash over what tables of wells said of the store's conditions, after which a run that reads it is named."""
    with database.connect(store) as connection:
        query = "SELECT condition, attributes FROM wells WHERE condition IS NOT NULL ORDER BY screen, plate, well"
        told = connection.execute(query).fetchall()
    return hashlib.sha256(repr(told).encode()).hexdigest()
