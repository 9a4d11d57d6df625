"""The conditions of cells that a table gave, and their classes, beside those that the store has."""

from __future__ import annotations

import polars as pl

from cellswap.errors import BadInput, shown
from cellswap.ingest import cell_table, schemes
from cellswap.ingest.layouts import table
from cellswap.ingest.schemes import CONDITION, Scheme
from cellswap.store import classes, database
from cellswap.store.folder import Store
from cellswap.store.runs import Run


def ready(store: Store, cells: pl.DataFrame, scheme: str | None) -> Scheme:
    """The cells' conditions, and with a scheme's name their classes beside those that the store has of it; nothing is written.

    BadInput where a condition has two classes, or another one than in the store.
    """
    named = pl.DataFrame({"condition": cell_table.conditions(cells)}, schema={"condition": pl.String})
    if scheme is None:
        return Scheme("", pl.DataFrame(), pl.DataFrame(), named)
    found = cell_table.one_class_each(cells)
    there = schemes.existing(store, "labels", scheme=scheme, of=CONDITION).rows
    _refuse_others(found, there, scheme)
    both = pl.concat([there.select("name", "class", "grade"), found.with_columns(pl.lit(None, pl.Int32).alias("grade"))])
    both = both.unique(["name", "class"], keep="first", maintain_order=True)
    everyone = pl.concat([named, both.select(pl.col("name").alias("condition"))]).unique(maintain_order=True)
    known = schemes.existing(store, "classes", scheme=scheme).rows.sort("rank").select("scheme", "class", "used")
    new = sorted({*found["class"]} - {*known["class"]}, key=lambda name: (name.casefold(), name))
    table.refuse_alike([*known["class"], *new])
    added = pl.DataFrame({"scheme": [scheme] * len(new), "class": new, "used": [True] * len(new)}, schema=known.schema)
    return Scheme(scheme, pl.concat([known, added]), both, everyone)


def write(store: Store, scheme: Scheme, place: str, run: Run) -> None:
    """Write what the store lacks of these conditions and classes."""
    if scheme.name:
        schemes.write(store, scheme, place, run, replace=True)
    elif scheme.conditions is not None and len(scheme.conditions):
        run.wrote(*schemes.write_conditions(store, "", scheme.conditions, schemes.existing(store, "labels", scheme=""), run))


def of_conditions(store: Store, scheme: Scheme) -> pl.DataFrame:
    """The class of each condition that has one that is used, as name and class: by these labels, else as the store's views show it."""
    if scheme.name:
        used = scheme.labels.join(scheme.classes.filter("used"), on="class")
        return used.filter(pl.len().over("name") == 1).select("name", "class")
    with database.connect(store) as connection:
        classes.scheme(connection)
        query = "SELECT condition AS name, class FROM condition_classes WHERE class IS NOT NULL"
        return pl.DataFrame(pl.from_arrow(connection.execute(query).to_arrow_table()))


def _refuse_others(found: pl.DataFrame, there: pl.DataFrame, scheme: str) -> None:
    other = found.join(there.select("name", pl.col("class").alias("there")), on="name").filter(
        (pl.col("class") != pl.col("there")) & ~pl.col("name").is_in(there.join(found, on=["name", "class"])["name"].implode())
    )
    if len(other):
        name, label, before = other.sort("name").row(0)
        raise BadInput(
            f"{other['name'].n_unique()} conditions have other classes in the store's scheme {scheme}, such as {shown(name)}:"
            f" {shown(before)} there, {shown(label)} here; give these another name with --as"
        )
