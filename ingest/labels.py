"""Writes labels: schemes of conditions from tables, cells of DeepYeast. Labels that are there already are never lost silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.errors import BadInput, at
from cellswap.ingest import names, text_table
from cellswap.ingest.layouts import deepyeast, huh, table
from cellswap.ingest.layouts.table import Columns
from cellswap.ingest.rows import complete
from cellswap.store import database, parts, presets, records
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import Run
from cellswap.store.schema import table as table_of

SHIPPED = "these are proteins of budding yeast, the table of Huh et al. 2003 that ships with the package; other cells need their own"


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


def write_huh(store: Store, path: Path | None, run: Run, *, replace: bool) -> None:
    """Write the scheme `localization` of the Huh table at `path`, else of the copy in the package.

    Raises BadInput where the store holds other labels of it and `replace` is not set.
    """
    place = path.name if path else huh.SHIPPED
    with at(path or place):
        table_read = huh.read(path)
    for column in huh.unknown_columns(table_read):
        run.note(
            f"{place}: the column '{column}' is no localization of the vocabulary; it was not read, and no row that has T there was kept"
        )
    table_read, n_blank = text_table.without_blank(table_read)
    sifted = huh.proteins(table_read)
    if sifted.kept.is_empty():
        raise BadInput(f"{path}: no row could be kept of {len(table_read)}, for example {_first(sifted.rejects)}")
    labels = sifted.kept.select(pl.col("orf").alias("name"), pl.col("localizations").alias("class")).explode("class").drop_nulls("class")
    conditions = sifted.kept.rename({"orf": "condition"}).drop("localizations", "localization")
    classes = pl.DataFrame(presets.classes(presets.YEAST.preset))
    if path is None:
        run.note(SHIPPED)
    if n_blank:
        run.note(text_table.blank_note(place, n_blank))
    if dates := names.date_note(sifted.kept["gene"].drop_nulls(), place):
        run.note(dates)
    text_table.drop_all(run.drop, place, sifted.rejects)
    run.keep(len(conditions))
    write_scheme(store, Scheme("localization", classes, conditions, labels), place, run, replace=replace)
    if path:
        run.read(path)
    _note_unmatched(store, run)


def write_table(store: Store, path: Path, columns: Columns, scheme: str, run: Run, *, replace: bool) -> None:
    """Write a scheme from a table of conditions and their classes; BadInput as `table.labels`, or for other labels without `replace`."""
    with at(path):
        sifted = table.labels(path, columns)
    if sifted.kept.is_empty():
        raise BadInput(f"{path}: no row could be kept, for example {_first(sifted.rejects)}")
    labels = sifted.kept.drop_nulls("class")
    if labels.is_empty():
        raise BadInput(f"{path}: no condition has a class in {', '.join(columns.classes)}")
    run.read(path)
    text_table.drop_all(run.drop, path.name, sifted.rejects)
    conditions = sifted.kept.select(pl.col("name").alias("condition")).unique(maintain_order=True)
    run.keep(len(conditions))
    found = sorted(labels["class"].unique(), key=lambda name: (name.casefold(), name))
    classes = pl.DataFrame({"scheme": scheme, "class": found, "rank": range(len(found)), "used": True})
    write_scheme(store, Scheme(scheme, classes, conditions, labels), path.name, run, replace=replace)
    _note_classes(scheme, conditions, labels, run)
    _note_unmatched(store, run)


def write_scheme(store: Store, scheme: Scheme, place: str, run: Run, *, replace: bool) -> None:
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
        *write_conditions(store, scheme, there, run),
        *_write_classes(store, scheme, there, run),
        *_write_changed(store, "labels", (scheme.name,), rows, there, run),
    ]
    run.wrote(*written)
    if not written:
        run.remark(f"{place}: the store has exactly these labels already; nothing was written")


def write_conditions(store: Store, scheme: Scheme, labelled: Existing, run: Run) -> list[Part]:
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


def _note_classes(scheme: str, conditions: pl.DataFrame, labels: pl.DataFrame, run: Run) -> None:
    """Say how many conditions have no class, or several, and so none to be told apart by."""
    counted = labels.group_by("name", maintain_order=True).len()
    several = counted.filter(pl.col("len") > 1)["name"].to_list()
    without = conditions.join(labels, left_on="condition", right_on="name", how="anti")["condition"].to_list()
    run.remark(f"scheme {scheme}: {labels['class'].n_unique()} classes of {len(conditions)} conditions, {len(labels)} labels")
    for found, what in ((several, "several classes"), (without, "no class")):
        if found:
            run.note(
                f"{len(found)} of {len(conditions)} conditions have {what} in {scheme} ({names.some(found)}): no classifier takes them"
            )


def _note_unmatched(store: Store, run: Run) -> None:
    """Say which ORFs of the store's wells and fields none of its proteins has."""
    known, held = names.known(store), names.held(store)
    lost = sorted(set(held) - set(known.orfs.values()))
    if lost:
        near = [f"{orf} is {known.orf(orf)} here" for orf in lost if known.has(orf)]
        hint = f"; {len(near)} are only spelled otherwise ({names.some(near)}): ingest these fields anew, as another screen" if near else ""
        run.note(
            f"{len(lost)} of {len(held)} ORFs of the store's wells and fields are no proteins of this table, for example"
            f" {names.some(lost)}: they have no localization{hint}"
        )


def write_cells(store: Store, path: Path, screen: str, run: Run, *, replace: bool) -> None:
    """Write `crops`, `wells` and then `fields` of a label list; a crop has no pixels.

    Raises BadInput where the screen holds other crops and `replace` is not set, or crops with pixels at all.
    """
    source = deepyeast.list_of(path)
    with at(source):
        labels = deepyeast.labels(path, screen)
    if labels.crops.is_empty():
        raise BadInput(f"{source}: no row could be kept, for example {_first(labels.rejects)}")
    crops = complete(labels.crops, store.schema("crops"))
    _refuse(existing(store, "crops", "screen", screen), crops, screen, replace=replace)
    run.read(source)
    if labels.n_blank:
        run.note(text_table.blank_note(source.name, labels.n_blank))
    if labels.mixed_wells:
        run.note(f"{labels.mixed_wells} wells hold cells of more than one label; they have no localization in the table wells")
    text_table.drop_all(run.drop, source.name, labels.rejects)
    run.keep(len(crops))
    for name, rows in (
        ("crops", crops),
        ("wells", complete(labels.wells, store.schema("wells"))),
        ("fields", complete(labels.fields, store.schema("fields"))),
    ):
        run.wrote(parts.write(store, name, ("labels", screen), rows, run.run_id))


def _refuse(existing: Existing, crops: pa.Table, screen: str, *, replace: bool) -> None:
    if existing.rows["has_pixels"].any():
        raise BadInput(f"the screen {screen} has crops with pixels already; give these labels a name of their own with --screen")
    if existing.differs(crops, ("crop_id",)) and not replace:
        raise BadInput(f"the screen {screen} has other labels already ({len(existing.rows)}); to put these in their place: --replace")


def existing(store: Store, name: str, column: str = "", value: str = "") -> Existing:
    """The rows of a table, or those with a value in a column."""
    where = f"WHERE {column} = $value" if column else ""
    with database.connect(store) as connection:
        query = f"SELECT * EXCLUDE (run_id) FROM {name} {where} ORDER BY {', '.join(table_of(name).key)}"
        found = connection.sql(query, params={"value": value} if column else {}).to_arrow_table()
        return Existing(pl.DataFrame(pl.from_arrow(found)))


def _first(rejects: list[tuple[int, str, str]]) -> str:
    return "row {}: {} ({})".format(*rejects[0]) if rejects else "there is none"
