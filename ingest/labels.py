"""Writes labels: schemes of conditions from tables, cells of DeepYeast. Labels that are there already are never lost silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from cellswap.errors import BadInput, at
from cellswap.ingest import attributes, cell_table, names, schemes, screens, text_table, unmatched
from cellswap.ingest.layouts import deepyeast, huh, table
from cellswap.ingest.layouts.table import Columns
from cellswap.ingest.rows import complete
from cellswap.ingest.schemes import Scheme
from cellswap.store import parts, presets
from cellswap.store.folder import Store
from cellswap.store.runs import Run

SHIPPED = "these are proteins of budding yeast, the table of Huh et al. 2003 that ships with the package; other cells need their own"


def write_huh(store: Store, path: Path | None, run: Run, *, replace: bool) -> None:
    """Write the scheme `class` of the Huh table at `path`, else of the copy in the package.

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
    sifted = huh.conditions(table_read)
    if sifted.kept.is_empty():
        raise BadInput(f"{path}: no row could be kept of {len(table_read)}, for example {_first(sifted.rejects)}")
    labels = sifted.kept.select(pl.col("condition").alias("name"), pl.col("classes").alias("class")).explode("class").drop_nulls("class")
    conditions = sifted.kept.drop("classes", "class")
    classes = pl.DataFrame(presets.classes(presets.YEAST.preset))
    if path is None:
        run.note(SHIPPED)
    if n_blank:
        run.note(text_table.blank_note(place, n_blank))
    if dates := names.date_note(sifted.kept["gene"].drop_nulls(), place):
        run.note(dates)
    text_table.drop_all(run.drop, place, sifted.rejects)
    run.keep(len(conditions))
    scheme = Scheme(presets.PAPERS_SCHEME, classes, labels, conditions)
    schemes.write(store, scheme, place, run, replace=replace)
    if path:
        run.read(path)
    unmatched.note_idle(store, scheme, run)
    unmatched.note_unlabelled(store, run)


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of labels: the columns that say them, the scheme's name, and of wells the screen where it is named."""

    columns: Columns
    scheme: str
    screen: str | None = None
    replace: bool = False


def write_table(store: Store, path: Path, wanted: Wanted, run: Run, rows: pl.DataFrame | None = None) -> None:
    """Write a scheme from a table of conditions, wells or crops and their classes, or from the `rows` that a layout found there.

    Raises BadInput as `table.labels`, for a table without any class, and for other labels without `replace`.
    """
    with at(path):
        sifted = table.labels(path, wanted.columns) if rows is None else table.sifted(_counted(rows), wanted.columns)
    if sifted.kept.is_empty():
        raise BadInput(f"{path}: no row could be kept, for example {_first(sifted.rejects)}")
    if sifted.kept["class"].null_count() == len(sifted.kept):
        raise BadInput(f"{path}: no {wanted.columns.of} has a class in {', '.join(wanted.columns.classes)}")
    if path.is_file():
        run.read(path)
    text_table.drop_all(run.drop, path.name, sifted.rejects)
    _write(store, path.name, sifted.kept, wanted, run)


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as `text_table.read` gives them: text, each with its number."""
    return cell_table.as_text(rows).with_row_index(text_table.ROW)


def write_attributes(store: Store, wanted: Wanted, run: Run) -> None:
    """Write a scheme whose classes are what tables of wells said of the store's conditions.

    Raises BadInput as `write_table`, UnknownName for what no table said.
    """
    sifted = table.sifted(attributes.rows(store, wanted.columns), wanted.columns)
    if sifted.kept["class"].null_count() == len(sifted.kept):
        raise BadInput(f"no condition of the store has a class in {', '.join(wanted.columns.classes)}")
    _write(store, "the wells of the store", sifted.kept, wanted, run)


def _write(store: Store, place: str, rows: pl.DataFrame, wanted: Wanted, run: Run) -> None:
    """Write labels (name, class or NULL, grade) of conditions, or of the wells or crops of each screen."""
    of, named = wanted.columns.of, screens.named(store, rows, wanted.columns.of, wanted.screen)
    run.keep(named["name"].n_unique())
    labels = named.drop_nulls("class")
    found = sorted(labels["class"].unique(), key=lambda name: (name.casefold(), name))
    classes = pl.DataFrame({"scheme": wanted.scheme, "class": found, "rank": range(len(found)), "used": True})
    conditions = named.select(pl.col("name").alias("condition")).unique(maintain_order=True) if of == schemes.CONDITION else None
    given = [
        Scheme(wanted.scheme, classes, mine.drop("screen"), conditions, of, str(screen))
        for (screen,), mine in labels.group_by("screen", maintain_order=True)
    ]
    for scheme in given if not wanted.replace else ():
        schemes.refuse_others(store, scheme, place)
    for scheme in given:
        schemes.write(store, scheme, place, run, replace=wanted.replace)
        unmatched.note_idle(store, scheme, run)
    _note_classes(wanted.scheme, named, of, run)
    if of == schemes.CONDITION:
        unmatched.note_unlabelled(store, run)


def _note_classes(scheme: str, named: pl.DataFrame, of: str, run: Run) -> None:
    """Say how many conditions, wells or crops have no class, or several, and so none to be told apart by."""
    counted = named.group_by("name", maintain_order=True).agg(pl.col("class").count())
    labels = named.drop_nulls("class")
    run.remark(f"scheme {scheme}: {labels['class'].n_unique()} classes of {len(counted)} {of}s, {len(labels)} labels")
    for found, what in ((pl.col("class") > 1, "several classes"), (pl.col("class") == 0, "no class")):
        if which := counted.filter(found)["name"].to_list():
            run.note(f"{len(which)} of {len(counted)} {of}s have {what} in {scheme} ({names.some(which)}): no classifier takes them")


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
    given = _schemes(labels, screen)
    _refuse(store, crops, given[0], replace=replace)
    run.read(source)
    if labels.n_blank:
        run.note(text_table.blank_note(source.name, labels.n_blank))
    if mixed := labels.wells["class"].null_count():
        run.note(f"{mixed} wells hold cells of more than one label; they have no label of their own")
    text_table.drop_all(run.drop, source.name, labels.rejects)
    run.keep(len(crops))
    run.wrote(parts.write(store, "crops", ("labels", screen), crops, run.run_id))
    run.wrote(parts.write(store, "wells", ("labels", screen), complete(labels.wells, store.schema("wells")), run.run_id))
    for scheme in given:
        run.wrote(*schemes.write_what_differs(store, scheme, run))
    run.wrote(parts.write(store, "fields", ("labels", screen), complete(labels.fields, store.schema("fields")), run.run_id))


def _schemes(labels: deepyeast.Labels, screen: str) -> tuple[Scheme, Scheme]:
    """The labels of a list's crops, and those of its wells."""
    of_crops = labels.crops.select(pl.col("crop_id").alias("name"), "class")
    well = pl.concat_str("screen", "plate", "well", separator="/").alias("name")
    of_wells = labels.wells.drop_nulls("class").select(well, "class")
    classes = pl.DataFrame(presets.classes(presets.YEAST.preset))
    return (
        Scheme(presets.PAPERS_SCHEME, classes, of_crops, of=schemes.CROP, screen=screen),
        Scheme(presets.PAPERS_SCHEME, classes, of_wells, of=schemes.WELL, screen=screen),
    )


def _refuse(store: Store, crops: pa.Table, of_crops: Scheme, *, replace: bool) -> None:
    """BadInput where a label list would take the place of other cells or labels of its screen, and `replace` is not set."""
    there = schemes.existing(store, "crops", screen=of_crops.screen)
    if there.rows["has_pixels"].any():
        raise BadInput(f"the screen {of_crops.screen} has crops with pixels already; give these labels a name of their own with --screen")
    differs = there.differs(crops, ("crop_id",)) or schemes.differs(store, of_crops)
    if differs and not replace:
        raise BadInput(f"the screen {of_crops.screen} has other labels already ({len(there.rows)}); to put these in their place: --replace")


def _first(rejects: list[tuple[int, str, str]]) -> str:
    return "row {}: {} ({})".format(*rejects[0]) if rejects else "there is none"
