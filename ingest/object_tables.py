"""Places of cells from a table of objects: CellProfiler's `Cells.csv` or `Nuclei.csv`, or any table with columns y and x.

A row is a cell. Its field is that of the same ImageNumber, or of the same plate, well and site, in the list of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import floor
from pathlib import Path

import polars as pl

from cellswap.errors import BadInput, at, shown
from cellswap.ingest import field_inputs, metadata, names, text_table
from cellswap.ingest.field_files import FieldFiles, Listing, some
from cellswap.ingest.layouts.field_table import NUMBER, SITE
from cellswap.ingest.places import Places
from cellswap.ingest.plate_map import Reject
from cellswap.ingest.rows import UNKNOWN
from cellswap.ingest.wells import well

NUMBERS = (NUMBER, f"Metadata_{NUMBER}")
# Row and column of a cell's centre; CellProfiler counts pixels from 0 and writes x first.
CENTRES = (("Location_Center_Y", "Location_Center_X"), ("AreaShape_Center_Y", "AreaShape_Center_X"), ("y", "x"))
CELL = ("ObjectNumber", "Metadata_ObjectNumber", "cell")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A table of objects, and its columns of plate, well, site, y and x where other names hold than the usual ones."""

    path: Path
    plate: str | None = None
    well: str | None = None
    site: str | None = None
    y: str | None = None
    x: str | None = None

    @property
    def facts(self) -> dict[str, object]:
        """For a run's record and its name: a table that has changed gives another run; BadInput where it can't be read."""
        columns = {"objects_y": self.y, "objects_x": self.x}
        return {"objects": self.path, **columns, "objects_sha256": field_inputs.sha256([self.path])}


def placed(listing: Listing, asked: Asked) -> Listing:
    """The listing, each field with the places of its cells; BadInput where the table lacks a column, or has cells of none of the fields."""
    with at(asked.path):
        rows, _ = text_table.without_blank(text_table.read(asked.path))
        columns = [name for name in rows.columns if name != text_table.ROW]
        keys, of_field = _keys(columns, asked, listing.fields)
        y, x = _centre(columns, asked)
        name = text_table.found_column(columns, CELL)
        called = text_table.whole(name) if name else pl.lit(None, pl.String)
        rows = rows.select(
            text_table.ROW, called.alias("_name"), text_table.number(y).alias("_y"), text_table.number(x).alias("_x"),
            *(text_table.whole(one) for one in keys),
        )  # fmt: skip
        read = _read(rows, asked.path.name, f"{y} and {x}")
        _refuse_others(read, {of_field(of) for of in listing.fields}, keys)
    fields = [replace(of, places=read.places(of_field(of))) for of in listing.fields]
    notes = [*listing.notes, *_notes(read, fields, {of_field(of) for of in fields}, asked.path.name)]
    return replace(listing, fields=fields, rejects=[*listing.rejects, *read.rejects], notes=notes)


def _keys(columns: list[str], asked: Asked, fields: list[FieldFiles]) -> tuple[list[str], Callable[[FieldFiles], Key]]:
    """The columns that say of which field a cell is, and what they would say of a field."""
    sites = any(of.site != UNKNOWN for of in fields)
    usual = ((asked.plate, metadata.PLATE), (asked.well, metadata.WELL), *([(asked.site, SITE)] if sites else []))
    own = [text_table.found_column(columns, [*filter(None, [name]), *others]) for name, others in usual]
    if all(own) and not any(of.plate == UNKNOWN for of in fields):
        return [name for name in own if name], lambda of: (of.plate, of.well, of.site)[: len(own)]
    number = text_table.found_column(columns, NUMBERS)
    numbers = [of.said.get(NUMBER) for of in fields]
    if number and None not in numbers and len(set(numbers)) == len(numbers):
        return [number], lambda of: (of.said[NUMBER],)
    raise BadInput(
        f"expected columns that say of which field a cell is: {NUMBER} here and, once a field, in the list of files, or plate, well and"
        f" site (--plate, --well, --site); its columns are {some(map(shown, columns))}"
    )


def _centre(columns: list[str], asked: Asked) -> tuple[str, str]:
    """The columns of a centre's row and column."""
    if asked.y or asked.x:
        y = text_table.column(columns, asked.y, ("y",), "name it with --y COLUMN")
        return y, text_table.column(columns, asked.x, ("x",), "name it with --x COLUMN")
    for pair in CENTRES:
        y, x = (text_table.found_column(columns, [name]) for name in pair)
        if y and x:
            return y, x
    known = " or ".join(" and ".join(pair) for pair in CENTRES)
    raise text_table.no_column(CENTRES[0], columns, f"expected {known}, or others named with --y COLUMN --x COLUMN")


@dataclass
class _Read:
    """The cells of each field by its key, in the order of their rows: (name, y, x)."""

    cells: dict[Key, list[tuple[str, float, float]]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)

    def places(self, key: Key) -> Places:
        """The cells of one field."""
        found = self.cells.get(key, [])
        return Places(tuple(name for name, _, _ in found), tuple(y for _, y, _ in found), tuple(x for _, _, x in found))


def _read(rows: pl.DataFrame, file: str, centre: str) -> _Read:
    """Every row that names a field and a centre; of several cells whose centres are one pixel the first."""
    read, pixels = _Read(), set[tuple[Key, int, int]]()
    for row, name, y, x, *said in rows.iter_rows():
        try:
            key = _key(said)
        except BadInput as error:
            read.rejects.append((f"{file} row {row}", "cell has no field", str(error)))
            continue
        if y is None or x is None:
            read.rejects.append((f"{file} row {row}", "cell has no place", f"expected numbers in {centre}"))
        elif (pixel := (key, floor(y + 0.5), floor(x + 0.5))) in pixels:
            read.rejects.append((f"{file} row {row}", "cell is where another is", "their centres are the same pixel"))
        else:
            pixels.add(pixel)
            of = read.cells.setdefault(key, [])
            of.append((name or str(len(of) + 1), y, x))
    return read


def _key(said: list[str | None]) -> Key:
    """What a row says of its field, wells as the store writes them."""
    words = [names.word(one) for one in said]
    if None in words:
        raise BadInput("what says its field is empty")
    found = [one for one in words if one]
    return tuple(found) if len(found) == 1 else (found[0], well(found[1]), *found[2:])


def _refuse_others(read: _Read, wanted: set[Key], keys: list[str]) -> None:
    if not read.cells:
        why = ": {}, {} ({})".format(*read.rejects[0]) if read.rejects else ", found the header only"
        raise BadInput(f"expected a row for each cell{why}")
    if wanted and not wanted & read.cells.keys():
        theirs, ours = (shown(" ".join(key)) for key in (min(read.cells), min(wanted)))
        raise BadInput(
            f"its cells are of other fields than the list's: {', '.join(map(shown, keys))} say {theirs} here, {ours} there; is this the"
            " table of these images?"
        )


def _notes(read: _Read, fields: list[FieldFiles], wanted: set[Key], file: str) -> Iterator[str]:
    yield (
        f"cells are known by their places in {file} alone: their crops have no mask, so that they are looked at as they are and no"
        " swap is made of them"
    )
    if bare := [of for of in fields if of.places and not of.places.names]:
        yield f"{len(bare)} of {len(fields)} fields have no cell in {file}, such as {bare[0].field_id('')[1:]}"
    if idle := sorted(read.cells.keys() - wanted):
        n = sum(len(read.cells[key]) for key in idle)
        yield f"{n} cells of {file} are of {len(idle)} fields that are not read, such as {shown(' '.join(idle[0]))}: passed over"
