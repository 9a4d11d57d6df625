"""The conditions of cells that a table gave, and their classes, beside those that the store has."""

from __future__ import annotations

import polars as pl

from cellswap.errors import BadInput, shown
from cellswap.ingest import cell_table, labels
from cellswap.ingest.labels import Existing, Scheme
from cellswap.ingest.layouts import table
from cellswap.store.folder import Store
from cellswap.store.runs import Run


def write(store: Store, cells: pl.DataFrame, scheme: str | None, place: str, run: Run) -> None:
    """Write what the store lacks of the cells' conditions, and in a scheme of their classes; without one, conditions alone.

    BadInput where a condition has two classes, or another one than in the store.
    """
    named = pl.DataFrame({"condition": cell_table.conditions(cells)}, schema={"condition": pl.String})
    if scheme is None:
        if len(named):
            run.wrote(*labels.write_conditions(store, Scheme("", pl.DataFrame(), named, pl.DataFrame()), _nobody(store), run))
        return
    found = cell_table.one_class_each(cells)
    there = labels.existing(store, "labels", "scheme", scheme).rows
    _refuse_others(found, there, scheme)
    both = pl.concat([there.select("name", "class", "grade"), found.with_columns(pl.lit(None, pl.Int32).alias("grade"))])
    both = both.unique(["name", "class"], keep="first", maintain_order=True)
    everyone = pl.concat([named, both.select(pl.col("name").alias("condition"))]).unique(maintain_order=True)
    classes = labels.existing(store, "classes", "scheme", scheme).rows.sort("rank").select("scheme", "class", "used")
    new = sorted({*found["class"]} - {*classes["class"]}, key=lambda name: (name.casefold(), name))
    table.refuse_alike([*classes["class"], *new])
    added = pl.DataFrame({"scheme": [scheme] * len(new), "class": new, "used": [True] * len(new)}, schema=classes.schema)
    labels.write_scheme(store, Scheme(scheme, pl.concat([classes, added]), everyone, both), place, run, replace=True)


def _nobody(store: Store) -> Existing:
    return labels.existing(store, "labels", "scheme", "")


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
