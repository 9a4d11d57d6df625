"""What wells hold, from a table in anybody's words: the condition of each well, and all else that the table says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from cellswap.errors import BadInput, at, shown
from cellswap.ingest import field_inputs, names, text_table
from cellswap.ingest.field_files import NO_MAP, Listing
from cellswap.ingest.plate_map import Content, Reject
from cellswap.ingest.wells import well

PLATE = ("Metadata_Plate", "plate")
WELL = ("Metadata_Well", "well")
CONDITION = "_condition"  # no table has a column of that name
Key = tuple[str, str]
Attributes = dict[str, str]


@dataclass(frozen=True)
class Asked:
    """A table of wells, the columns that together name the condition, and those of plate and well where other names hold."""

    path: Path
    condition: tuple[str, ...]
    plate: str | None = None
    well: str | None = None

    @property
    def facts(self) -> dict[str, object]:
        """For a run's record and its name: a table that has changed gives another run; BadInput where it can't be read."""
        columns = {"condition": ",".join(self.condition), "plate_column": self.plate, "well_column": self.well}
        return {"metadata": self.path, **columns, "metadata_sha256": field_inputs.sha256([self.path])}


@dataclass(frozen=True)
class Held:
    """What the table says of a well: its condition, None for none, and its other columns that say anything."""

    condition: str | None
    attributes: Attributes


@dataclass(frozen=True)
class Metadata:
    """Each well's row by (plate, well), rows that name none, and what a reader must know."""

    wells: dict[Key, Held]
    rejects: list[Reject]
    notes: list[str]


def applied(listing: Listing, asked: Asked) -> Listing:
    """The listing with what the table says of its wells; BadInput where the table can't be read so, or none of its plates is meant."""
    if taken := next((f for f in listing.fields if f.holds != NO_MAP), None):
        raise BadInput(
            f"--metadata: the list of files says itself what the well {taken.well} of plate {shown(taken.plate)} holds, in its columns"
            " condition and gene; leave out one of the two"
        )
    with at(asked.path):
        table = read(asked)
        called = _plates({key[0] for key in table.wells}, {f.plate for f in listing.fields})
    held = {(ours, name): holds for ours, theirs in called.items() for (plate, name), holds in table.wells.items() if plate == theirs}
    fields = [replace(f, holds=_content(held.get((f.plate, f.well)))) for f in listing.fields]
    made = {key: _content(holds) for key, holds in sorted(held.items())}
    notes = [*listing.notes, *table.notes, *_unmatched(listing, held, table, asked.path.name)]
    attributes = {key: holds.attributes for key, holds in held.items()}
    return replace(listing, fields=fields, wells=made, rejects=[*listing.rejects, *table.rejects], notes=notes, attributes=attributes)


def read(asked: Asked) -> Metadata:
    """The table's wells; BadInput, without the path, for a column that is not there and for rows that contradict each other."""
    rows = text_table.read(asked.path)
    columns = [column for column in rows.columns if column != text_table.ROW]
    plate = text_table.column(columns, asked.plate, PLATE, "name it with --plate-column")
    place = text_table.column(columns, asked.well, WELL, "name it with --well-column")
    found = list(dict.fromkeys(text_table.column(columns, name, (name,)) for name in asked.condition))
    rows, n_blank = text_table.without_blank(rows)
    named = rows.with_columns(text_table.joined(rows, found).alias(CONDITION))
    wells, rejects, differing = _by_well(named, (plate, place), [column for column in columns if column not in (plate, place)])
    if not wells:
        why = ": {}, {} ({})".format(*rejects[0]) if rejects else ", found the header only"
        raise BadInput(f"expected a row for each plate and well{why}")
    notes = [text_table.blank_note(asked.path.name, n_blank)] if n_blank else []
    if differing:
        which = ", ".join(f"{shown(column)} ({n})" for column, n in sorted(differing.items())[:8])
        notes.append(f"{asked.path.name}: columns that differ within wells are not kept of these: {which}")
    return Metadata(wells, [(f"{asked.path.name} {place}", reason, detail) for place, reason, detail in rejects], notes)


def _by_well(rows: pl.DataFrame, of: tuple[str, str], columns: list[str]) -> tuple[dict[Key, Held], list[Reject], Counter[str]]:
    """Each well once, (row, reason, detail) of rows that name no well, and in how many wells a column differs."""
    wells: dict[Key, Held] = {}
    first: dict[Key, int] = {}
    rejects: list[Reject] = []
    differing: dict[Key, set[str]] = {}
    for row in rows.iter_rows(named=True):
        number, condition = row[text_table.ROW], row[CONDITION]
        try:
            key = _key(row, of)
        except BadInput as error:
            rejects.append((f"row {number}", "row of wells is not readable", str(error)))
            continue
        said = {column: word for column in columns if (word := names.word(row[column])) is not None}
        there = wells.setdefault(key, Held(condition, said))
        if there.condition != condition:
            raise BadInput(
                f"rows {first[key]} and {number} are both of plate {shown(key[0])}, well {key[1]}, and give it the conditions"
                f" {_said(there.condition)} and {_said(condition)}; expected one"
            )
        first.setdefault(key, number)
        differing.setdefault(key, set()).update(c for c in columns if there.attributes.get(c) != said.get(c))
    kept = {key: replace(holds, attributes=_without(holds.attributes, differing[key])) for key, holds in wells.items()}
    return kept, rejects, Counter(column for found in differing.values() for column in found)


def _without(attributes: Attributes, columns: set[str]) -> Attributes:
    return {name: word for name, word in attributes.items() if name not in columns}


def _key(row: dict[str, str | None], of: tuple[str, str]) -> Key:
    plate, place = names.word(row[of[0]]), names.word(row[of[1]])
    if plate is None or place is None:
        raise BadInput(
            f"expected a plate in {of[0]} and a well in {of[1]}, found '{shown(row[of[0]] or '')}' and '{shown(row[of[1]] or '')}'"
        )
    return plate, well(place)


def _said(condition: str | None) -> str:
    return shown(condition) if condition else "none"


def _plates(named: set[str], wanted: set[str]) -> dict[str, str]:
    """How the table calls each plate of the images that it has; BadInput where it has none of them."""
    called = {plate: found for plate in sorted(wanted) if (found := names.plate_of(named, plate)) is not None}
    if called or not wanted:
        return called
    plate = min(wanted)
    zeros = any(one.lstrip("0") == plate.lstrip("0") for one in named)
    hint = f"; spreadsheets take the zeros of {shown(plate)} away: write its column as text" if zeros else ""
    raise BadInput(
        f"names the plates {_some(named)}, none of the images' ({_some(wanted)}){hint}; is this the table of these images? Another column"
        " of plates is named with --plate-column"
    )


def _content(holds: Held | None) -> Content:
    return Content(holds.condition, None, None) if holds and holds.condition else NO_MAP


def _unmatched(listing: Listing, held: dict[Key, Held], table: Metadata, file: str) -> Iterator[str]:
    """What to say of wells that only one of the two has, and of those without a condition."""
    images = {(f.plate, f.well) for f in listing.fields}
    if lost := sorted(images - held.keys()):
        yield f"{len(lost)} of {len(images)} wells with images are not in {file} ({_wells(lost)}): their cells have no condition"
    if bare := sorted(key for key in images & held.keys() if held[key].condition is None):
        yield (
            f"{len(bare)} of {len(images)} wells with images have no condition in {file} ({_wells(bare)}): where such a well has no cells,"
            " say so with --empty-wells"
        )
    n_idle = len(table.wells) - len(images & held.keys())
    if n_idle:
        others = sorted(set(table.wells) - (images & held.keys()))
        yield f"{n_idle} of {len(table.wells)} wells of {file} have no image ({_wells(others)})"


def _wells(keys: list[Key]) -> str:
    return ", ".join(f"{name} of {shown(plate)}" for plate, name in keys[: names.EXAMPLES]) + (" ..." if len(keys) > names.EXAMPLES else "")


def _some(plates: Iterable[str]) -> str:
    listed = sorted(plates)
    more = f" and {len(listed) - names.EXAMPLES} more" if len(listed) > names.EXAMPLES else ""
    return ", ".join(map(shown, listed[: names.EXAMPLES])) + more
