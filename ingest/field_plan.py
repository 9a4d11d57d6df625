"""Which fields are left to read: those that the store lacks and, where that is asked for, those whose files have changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

import pyarrow.parquet as pq

from cellswap.errors import BadInput
from cellswap.ingest import field_inputs, label_images, regular_files
from cellswap.ingest.field_files import FieldFiles, Listing, some
from cellswap.ingest.field_inputs import Known
from cellswap.ingest.recipe import Recipe
from cellswap.ingest.regular_files import said
from cellswap.store import database, parts, records, work
from cellswap.store.folder import Store


@dataclass(frozen=True)
class Redo:
    """All fields of some parts, which are read anew to take the parts' place."""

    fields: tuple[FieldFiles, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a command has to do: the wells' fields that are not in the store, how many are, and what to read anew.

    `changed` are fields that stay as they are though their files have changed, each with what is different.
    """

    wells: list[tuple[FieldFiles, ...]]
    n_there: int
    changed: dict[str, str] = field(default_factory=dict)
    redo: list[Redo] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def n_fields(self) -> int:
        """Fields left to do."""
        return sum(len(fields) for fields in self.wells) + sum(len(redo.fields) for redo in self.redo)


def plan(store: Store, listing: Listing, recipe: Recipe, shard: str | None = None, *, again: bool = False) -> Plan:
    """The fields left to do, by well; BadInput where a name would not make a key, or an option names what is not there."""
    for files in listing.fields:
        check_names(recipe.screen, files.plate, files.site)
    _check_empty_wells(listing.fields, recipe)
    fields, notes = _with_masks(listing, recipe)
    known = _known(store, recipe.screen)
    wells = [tuple(of_well) for _, of_well in groupby(sorted(fields, key=_well_key), _well_key)]
    mine = work.shard(wells, shard) if shard else wells
    left = [tuple(f for f in of_well if f.field_id(recipe.screen) not in known) for of_well in mine]
    there = {f.field_id(recipe.screen): f for of_well in mine for f in of_well if f.field_id(recipe.screen) in known}
    changed = _changed(store, there, known, recipe) | (held_otherwise(there, known) if listing.attributes is not None else {})
    redo = [*_redo(store, there, changed, again=again)]
    read_anew = {f.field_id(recipe.screen) for each in redo for f in each.fields}
    if n := len(read_anew - changed.keys()):
        notes.append(f"{n} fields are read anew: a part of what the store had of them, or of a field stored with them, is gone")
    stay = {field_id: what for field_id, what in changed.items() if field_id not in read_anew}
    return Plan([of_well for of_well in left if of_well], len(there) - len(read_anew), stay, redo, notes)


def check_names(*names: str) -> None:
    """BadInput where a name can't be part of an id."""
    for name in names:
        if not name or "/" in name or not regular_files.is_text(name):
            raise BadInput(
                f"'{said(name)}': the name of a screen, plate or site may not be empty or hold a / or what is no text,"
                " it is part of the ids"
            )


def _check_empty_wells(fields: list[FieldFiles], recipe: Recipe) -> None:
    unknown = sorted(recipe.empty_wells - {files.well for files in fields})
    if unknown:
        raise BadInput(f"--empty-wells: no field is of {some(unknown)}")


def _with_masks(listing: Listing, recipe: Recipe) -> tuple[list[FieldFiles], list[str]]:
    """The fields with their label images where such are given, and what to say of files that are none of them."""
    found = label_images.sort(recipe.masks, listing.fields) if recipe.masks else label_images.Sorted(listing.fields)
    notes = listing.notes.copy()
    if found.idle:
        notes.append(f"{len(found.idle)} label images begin with no field's name: {some(found.idle)}")
    if dust := [*listing.dust, *found.dust]:
        notes.append(f"{len(dust)} files or folders that other systems leave, such as {said(dust[0])}, passed over")
    return found.fields, notes


def _known(store: Store, screen: str) -> dict[str, Known]:
    with database.connect(store) as connection:
        rows = connection.execute("SELECT field_id, files, sha256, stamp, condition FROM fields WHERE screen = ?", [screen]).fetchall()
    return {field_id: Known(tuple(files), sha256, stamp, condition) for field_id, files, sha256, stamp, condition in rows}


def _changed(store: Store, there: dict[str, FieldFiles], known: dict[str, Known], recipe: Recipe) -> dict[str, str]:
    """Fields in the store whose files are not those that they were read from, with what is different."""
    found: dict[str, str] = {}
    for field_id, files in there.items():
        try:
            now = field_inputs.sources(files, store.channels, recipe.masks)
            what = field_inputs.changed(now, known[field_id], files.beside)
        except BadInput as error:
            what = str(error)
        if what:
            found[field_id] = what
    return found


def held_otherwise(there: dict[str, FieldFiles], known: dict[str, Known]) -> dict[str, str]:
    """Fields in the store whose well has another condition by the table of wells than when they were read."""
    return {
        field_id: f"its well had {known[field_id].condition or 'no condition'} when it was read, now {files.holds.condition or 'none'}"
        for field_id, files in there.items()
        if files.holds.condition != known[field_id].condition
    }


def _redo(store: Store, there: dict[str, FieldFiles], changed: dict[str, str], *, again: bool) -> Iterator[Redo]:
    """The parts that are to be made anew, with all fields that they hold; why one can't be is added to what is different.

    Those are the parts of a batch that has lost one, and with `again` those of changed fields.
    """
    lost = records.lost_names(store)
    for path in sorted(parts.folder(store, "fields").glob("part-*.parquet")) if lost or (changed and again) else []:
        held = pq.read_table(path, columns=["field_id"])["field_id"].to_pylist()
        mine = [field_id for field_id in held if (field_id in there and path.name in lost) or (field_id in changed and again)]
        if not mine:
            continue
        if lacking := [field_id for field_id in held if field_id not in there]:
            for field_id in mine:
                why = changed.get(field_id, "a part of what was read is lost")
                changed[field_id] = f"{why}; it is stored together with {some(lacking)}, which must be there too to read it anew"
            continue
        yield Redo(tuple(there[field_id] for field_id in held), (path.name,))


def _well_key(files: FieldFiles) -> tuple[int, str, str]:
    return files.replicate, files.plate, files.well
