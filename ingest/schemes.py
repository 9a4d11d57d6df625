"""Writes schemes: classes, conditions and labels. What the store has already is never lost silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.errors import BadInput
from cellswap.ingest import names
from cellswap.ingest.rows import complete
from cellswap.store import database, parts, records
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import Run
from cellswap.store.schema import table as table_of


@dataclass(frozen=True)
class Existing:
    """What the store holds of a table: the rows without their run, in the order of the key."""

    rows: pl.DataFrame

    def differs(self, new: pa.Table, key: tuple[str, ...]) -> bool:
        """Whether there are rows and they are not these."""
        return len(self.rows) > 0 and not self.is_same(new, key)

    def is_same(self, new: pa.Table, key: tuple[str, ...]) -> bool:
        """Whether they are these."""
        return self.rows.equals(pl.DataFrame(pl.from_arrow(new)).sort(key))


@dataclass(frozen=True)
class Scheme:
    """A scheme to write: its classes in their order with whether each is used, its conditions, and their labels (name, class, grade)."""

    name: str
    classes: pl.DataFrame
    conditions: pl.DataFrame
    labels: pl.DataFrame


def write(store: Store, scheme: Scheme, place: str, run: Run, *, replace: bool) -> None:
    """Write what the store lacks of a scheme: its classes and conditions first, for the labels name both."""
    rows = complete(scheme.labels.with_columns(pl.lit(scheme.name).alias("scheme")), store.schema("labels"))
    there = existing(store, "labels", "scheme", scheme.name)
    if there.differs(rows, ("scheme", "name", "class")) and not replace:
        n = there.rows["name"].n_unique()
        raise BadInput(
            f"{place}: the store has other labels of the scheme {scheme.name} already (of {n} conditions); to put these in their place:"
            " --replace, or give these another name with --as"
        )
    written = [
        *_write_conditions(store, scheme, there, run),
        *_write_classes(store, scheme, there, run),
        *_write_changed(store, "labels", (scheme.name,), rows, there, run),
    ]
    run.wrote(*written)
    if not written:
        run.remark(f"{place}: the store has exactly these labels already; nothing was written")


def _write_conditions(store: Store, scheme: Scheme, labelled: Existing, run: Run) -> list[Part]:
    """Add conditions to those that the store has; what is known of one already stays where the table does not say it.

    Those that only the labels of before knew, whose place the table takes, go with them.
    """
    there, new = existing(store, "conditions"), scheme.conditions
    whole = pl.DataFrame(pl.from_arrow(complete(new, store.schema("conditions"))))
    others = there.rows.join(whole, on="condition", how="anti")
    elsewhere = existing(store, "labels").rows.filter(pl.col("scheme") != scheme.name)["name"].to_list()
    gone = set(labelled.rows["name"].to_list()) - set(elsewhere)
    others = others.filter(~pl.col("condition").is_in(sorted(gone)))
    known = whole.join(there.rows, on="condition", how="left", suffix="_there")
    said = [pl.coalesce(name, f"{name}_there").alias(name) for name in whole.columns[1:]]
    rows = complete(pl.concat([others, known.select("condition", *said)]).sort("condition"), store.schema("conditions"))
    return _write_changed(store, "conditions", ("labels",), rows, there, run)


def _write_classes(store: Store, scheme: Scheme, labelled: Existing, run: Run) -> list[Part]:
    """Write a scheme's classes: those that are there keep their order, new ones come after them.

    One that had labels and has none any more stays, unused and named, so that what was measured with it can be read.
    """
    there, new = existing(store, "classes", "scheme", scheme.name), scheme.classes.select("scheme", "class", "used")
    lost = sorted(set(labelled.rows["class"].to_list()) - set(new["class"].to_list()))
    if lost:
        run.note(f"{len(lost)} classes of {scheme.name} are in this table no more ({names.some(lost)}): they are kept as unused ones")
    both = (
        there.rows.sort("rank")
        .select("scheme", "class", "used")
        .join(new, on=["scheme", "class"], how="left", suffix="_new", maintain_order="left")
    )
    used = pl.coalesce("used_new", pl.when(pl.col("class").is_in(lost)).then(False).otherwise(pl.col("used")))
    kept, known = both.select("scheme", "class", used.alias("used")), there.rows["class"].to_list()
    whole = pl.concat([kept, new.filter(~pl.col("class").is_in(known))])
    rows = complete(whole.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("rank")), store.schema("classes"))
    return _write_changed(store, "classes", (scheme.name,), rows, there, run)


def _write_changed(store: Store, name: str, keys: tuple[str, ...], rows: pa.Table, there: Existing, run: Run) -> list[Part]:
    """Write one part of a table where it says something else than the store, and take away the parts whose rows it has now."""
    if there.is_same(rows, table_of(name).key):
        return []
    before = [] if there.rows.is_empty() else _parts_with(store, name, there.rows)
    part = parts.write(store, name, keys, rows, run.run_id)
    for old in before:
        if old != parts.part_path(store, name, keys):
            old.unlink()
            run.note(f"{old.name} of the table {name} was replaced")
    records.forget(store, {old.name for old in before})
    return [part]


def _parts_with(store: Store, name: str, rows: pl.DataFrame) -> list[Path]:
    """The parts of a table that hold rows of these keys."""
    first = table_of(name).key[0]
    wanted = set(rows[first].to_list())
    files = sorted(parts.folder(store, name).glob("part-*.parquet"))
    return [path for path in files if path.name != parts.EMPTY and set(pq.read_table(path, columns=[first])[first].to_pylist()) & wanted]


def existing(store: Store, name: str, column: str = "", value: str = "") -> Existing:
    """The rows of a table, or those with a value in a column."""
    where = f"WHERE {column} = $value" if column else ""
    with database.connect(store) as connection:
        query = f"SELECT * EXCLUDE (run_id) FROM {name} {where} ORDER BY {', '.join(table_of(name).key)}"
        found = connection.sql(query, params={"value": value} if column else {}).to_arrow_table()
        return Existing(pl.DataFrame(pl.from_arrow(found)))
