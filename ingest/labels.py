"""Writes label tables: proteins of Huh et al., cells of DeepYeast. Labels that are there already are never lost silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from cellswap.errors import BadInput, at
from cellswap.ingest import names, text_table
from cellswap.ingest.layouts import deepyeast, huh
from cellswap.ingest.rows import complete
from cellswap.store import database, parts
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import Run
from cellswap.store.schema import table

HUH_KEY = ("huh",)
SHIPPED = "these are proteins of budding yeast, the table of Huh et al. 2003 that ships with the package; other cells need their own"


@dataclass(frozen=True)
class Existing:
    """What the store holds of a table: the rows without their run, in the order of the key."""

    rows: pl.DataFrame

    def differs(self, new: pa.Table, key: tuple[str, ...]) -> bool:
        """Whether there are rows and they are not these."""
        return len(self.rows) > 0 and not self.rows.equals(pl.DataFrame(pl.from_arrow(new)).sort(key))


def write_proteins(store: Store, path: Path | None, run: Run, *, replace: bool) -> None:
    """Write `proteins` from the Huh table at `path`, else from the copy in the package.

    Raises BadInput where the store holds other proteins and `replace` is not set.
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
    rows = complete(sifted.kept, "proteins")
    existing = _existing(store, "proteins", "")
    if existing.differs(rows, ("orf",)) and not replace:
        raise BadInput(f"{place}: the store has other proteins already ({len(existing.rows)}); to put these in their place: --replace")
    if path:
        run.read(path)
    else:
        run.note(SHIPPED)
    if n_blank:
        run.note(text_table.blank_note(place, n_blank))
    if dates := names.date_note(sifted.kept["gene"].drop_nulls(), place):
        run.note(dates)
    text_table.drop_all(run.drop, place, sifted.rejects)
    run.keep(len(rows))
    if replace or existing.rows.is_empty():
        run.wrote(_write_whole(store, rows, run))
    else:
        run.remark(f"{place}: the store has exactly these proteins already; nothing was written")
    _note_unmatched(store, run)


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


def _write_whole(store: Store, rows: pa.Table, run: Run) -> Part:
    """Write `proteins` as one part, and take away the parts that it replaces once it stands."""
    part = parts.write(store, "proteins", HUH_KEY, rows, run.run_id)
    kept = {parts.EMPTY, parts.part_path(store, "proteins", HUH_KEY).name}
    for old in parts.folder(store, "proteins").glob("*.parquet"):
        if old.name not in kept:
            old.unlink()
            run.note(f"{old.name} of the table proteins was replaced")
    return part


def write_cells(store: Store, path: Path, screen: str, run: Run, *, replace: bool) -> None:
    """Write `crops`, `wells` and then `fields` of a label list; a crop has no pixels.

    Raises BadInput where the screen holds other crops and `replace` is not set, or crops with pixels at all.
    """
    source = deepyeast.list_of(path)
    with at(source):
        labels = deepyeast.labels(path, screen)
    if labels.crops.is_empty():
        raise BadInput(f"{source}: no row could be kept, for example {_first(labels.rejects)}")
    crops = complete(labels.crops, "crops")
    _refuse(_existing(store, "crops", screen), crops, screen, replace=replace)
    run.read(source)
    if labels.n_blank:
        run.note(text_table.blank_note(source.name, labels.n_blank))
    if labels.mixed_wells:
        run.note(f"{labels.mixed_wells} wells hold cells of more than one label; they have no localization in the table wells")
    text_table.drop_all(run.drop, source.name, labels.rejects)
    run.keep(len(crops))
    for name, rows in (
        ("crops", crops),
        ("wells", complete(labels.wells, "wells")),
        ("fields", complete(labels.fields, "fields")),
    ):
        run.wrote(parts.write(store, name, ("labels", screen), rows, run.run_id))


def _refuse(existing: Existing, crops: pa.Table, screen: str, *, replace: bool) -> None:
    if existing.rows["has_pixels"].any():
        raise BadInput(f"the screen {screen} has crops with pixels already; give these labels a name of their own with --screen")
    if existing.differs(crops, ("crop_id",)) and not replace:
        raise BadInput(f"the screen {screen} has other labels already ({len(existing.rows)}); to put these in their place: --replace")


def _existing(store: Store, name: str, screen: str) -> Existing:
    where = "WHERE screen = $screen" if screen else ""
    with database.connect(store) as connection:
        query = f"SELECT * EXCLUDE (run_id) FROM {name} {where} ORDER BY {', '.join(table(name).key)}"
        found = connection.sql(query, params={"screen": screen} if screen else {}).to_arrow_table()
        return Existing(pl.DataFrame(pl.from_arrow(found)))


def _first(rejects: list[tuple[int, str, str]]) -> str:
    return "row {}: {} ({})".format(*rejects[0]) if rejects else "there is none"
