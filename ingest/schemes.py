"""Writes schemes: classes, conditions and labels. What the store has already is never lost silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from cellswap.errors import BadInput
from cellswap.ingest import names
from cellswap.ingest.rows import complete
from cellswap.store import database, parts, records
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import Run
from cellswap.store.schema import Table
from cellswap.store.schema import table as table_of

CONDITION, WELL, CROP = "condition", "well", "crop"
KEY = table_of("labels").key
_SCREEN = pl.when(pl.col("of") == CONDITION).then(pl.lit("")).otherwise(pl.col("name").str.split("/").list.first()).alias("screen")


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
    """A scheme to write: its classes in their order with whether each is used, and labels (name, class, grade).

    `of` says what the labels are of: of `conditions`, or of wells or crops of one screen, whose labels are replaced by themselves.
    """

    name: str
    classes: pl.DataFrame
    labels: pl.DataFrame
    conditions: pl.DataFrame | None = None
    of: str = CONDITION
    screen: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the part of its labels."""
        return (self.name,) if self.of == CONDITION else (self.name, self.of, self.screen)

    def rows(self, of: Table) -> pa.Table:
        """Its labels as rows of that table."""
        return complete(self.labels.with_columns(scheme=pl.lit(self.name), of=pl.lit(self.of)), of)


def write(store: Store, scheme: Scheme, place: str, run: Run, *, replace: bool) -> None:
    """Write what the store lacks of a scheme: its classes and conditions first, for the labels name both."""
    if not replace:
        refuse_others(store, scheme, place)
    written = write_what_differs(store, scheme, run)
    run.wrote(*written)
    if not written:
        run.remark(f"{place}: the store has exactly these labels already; nothing was written")


def refuse_others(store: Store, scheme: Scheme, place: str) -> None:
    """BadInput where the store has other labels in the place of these."""
    if differs(store, scheme):
        n = _labelled(store, scheme).rows["name"].n_unique()
        raise BadInput(
            f"{place}: the store has other labels of the scheme {scheme.name} already (of {n} {scheme.of}s); to put these in their place:"
            " --replace, or give these another name with --as"
        )


def differs(store: Store, scheme: Scheme) -> bool:
    """Whether the store has labels in the place of these, and other ones."""
    return _labelled(store, scheme).differs(scheme.rows(store.schema("labels")), KEY)


def write_what_differs(store: Store, scheme: Scheme, run: Run) -> list[Part]:
    """The parts that are written so that the store has a scheme's classes, conditions and labels; none where it has them."""
    there, rows = _labelled(store, scheme), scheme.rows(store.schema("labels"))
    conditions = [] if scheme.conditions is None else write_conditions(store, scheme.name, scheme.conditions, there, run)
    classes = _write_classes(store, scheme, run)
    return [*conditions, *classes, *_write_changed(store, "labels", scheme.keys, rows, there, run)]


def _labelled(store: Store, scheme: Scheme) -> Existing:
    """The labels that the store has in the place of these."""
    return Existing(existing(store, "labels", scheme=scheme.name).rows.filter(_stands_for(scheme)))


def _stands_for(scheme: Scheme) -> pl.Expr:
    return (pl.col("of") == scheme.of) & (scheme.screen == _SCREEN)


def write_conditions(store: Store, scheme: str, new: pl.DataFrame, labelled: Existing, run: Run) -> list[Part]:
    """Add conditions to those that the store has; what is known of one already stays where the table does not say it.

    Those that only the labels of before knew, whose place the table takes, go with them.
    """
    there = existing(store, "conditions")
    whole = pl.DataFrame(pl.from_arrow(complete(new, store.schema("conditions"))))
    others = there.rows.join(whole, on="condition", how="anti")
    elsewhere = existing(store, "labels", of=CONDITION).rows.filter(pl.col("scheme") != scheme)["name"].to_list()
    gone = set(labelled.rows["name"].to_list()) - set(elsewhere)
    others = others.filter(~pl.col("condition").is_in(sorted(gone)))
    known = whole.join(there.rows, on="condition", how="left", suffix="_there")
    said = [pl.coalesce(name, f"{name}_there").alias(name) for name in whole.columns[1:]]
    rows = complete(pl.concat([others, known.select("condition", *said)]).sort("condition"), store.schema("conditions"))
    return _write_changed(store, "conditions", ("labels",), rows, there, run)


def _write_classes(store: Store, scheme: Scheme, run: Run) -> list[Part]:
    """Write a scheme's classes: those that are there keep their order, new ones come after them.

    One that had labels and has none any more stays, unused and named, so that what was measured with it can be read.
    """
    there, new = existing(store, "classes", scheme=scheme.name), scheme.classes.select("scheme", "class", "used")
    labels = existing(store, "labels", scheme=scheme.name).rows
    others = labels.filter(_stands_for(scheme).not_())["class"].to_list()
    lost = sorted(set(labels["class"].to_list()) - {*new["class"].to_list(), *others})
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
    """The parts of a table that hold rows of these keys; of labels, those of this scheme, kind and screen."""
    told = [pl.col("scheme"), pl.col("of"), _SCREEN] if name == "labels" else [pl.col(table_of(name).key[0])]
    wanted = set(rows.select(told).unique().iter_rows())
    files = [path for path in sorted(parts.folder(store, name).glob("part-*.parquet")) if path.name != parts.EMPTY]
    return [path for path in files if wanted & set(pl.scan_parquet(path).select(told).unique().collect().iter_rows())]


def existing(store: Store, name: str, **values: str) -> Existing:
    """The rows of a table, or those with these values in columns."""
    where = " AND ".join(["true", *(f'"{column}" = ${column}' for column in values)])
    key = ", ".join(f'"{column}"' for column in table_of(name).key)
    with database.connect(store) as connection:
        found = connection.sql(f"SELECT * EXCLUDE (run_id) FROM {name} WHERE {where} ORDER BY {key}", params=values).to_arrow_table()
        return Existing(pl.DataFrame(pl.from_arrow(found)))
