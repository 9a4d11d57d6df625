"""Fields from any table of files: a row a field with a column of paths for each channel, or a row a file with a column of channels.

Columns are named by options, or found where they are called as the field calls them; those of CellProfiler's tables are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from cellswap.errors import BadInput, UnknownName, at, shown
from cellswap.ingest import image_folder, metadata, names, text_table
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing, roles, some
from cellswap.ingest.layouts import cellprofiler, listed
from cellswap.ingest.layouts.cellprofiler import FileColumn
from cellswap.ingest.layouts.listed import Named
from cellswap.ingest.rows import UNKNOWN
from cellswap.ingest.wells import well

PATH, CHANNEL = ("path", "file", "filename"), ("channel",)
SITE = ("Metadata_Site", "site", "Metadata_Field", "field")
NUMBER = "ImageNumber"
OR = "or the columns of each channel's paths with --path CHANNEL=COLUMN"
_FILES = (cellprofiler.FILE, cellprofiler.FOLDER, cellprofiler.URL)
Row = dict[str, str | None]


@dataclass(frozen=True)
class Columns:
    """What columns of a table are called, where their own names don't tell; `paths` are COLUMN, or CHANNEL=COLUMN for each channel."""

    paths: tuple[str, ...] = ()
    channel: str | None = None
    plate: str | None = None
    well: str | None = None
    site: str | None = None


FOUND = Columns()


@dataclass(frozen=True)
class Source:
    """A table, what its columns are called, the folder of its images where they are not where it says, and what it does not say."""

    file: Path
    columns: Columns
    images: Path | None
    plate_map: Path | None
    replicate: int


@dataclass(frozen=True)
class Key:
    """The columns of plate, well and site, None for one that a table lacks."""

    plate: str | None
    well: str | None
    site: str | None

    def of(self, row: Row) -> tuple[str | None, ...]:
        """What a row says of these, as it is written; UNKNOWN where there is no such column."""
        return tuple(UNKNOWN if name is None else names.word(row[name]) for name in (self.plate, self.well, self.site))


@dataclass
class Entry:
    """One field as the table has it: its first row, plate, well and site as they are written, its files, and its other columns."""

    row: int
    key: tuple[str | None, ...]
    files: list[Named] = field(default_factory=list)
    said: Mapping[str, str] = field(default_factory=dict)


def list_fields(source: Source, channels: dict[str, str]) -> Listing:
    """The fields that a table lists; BadInput where it lacks a column, or none of its files is there."""
    with at(source.file):
        table, n_blank = text_table.without_blank(text_table.read(source.file))
        if table.is_empty():
            raise BadInput("expected a row for each field or image file, found the header only")
        columns = [name for name in table.columns if name != text_table.ROW]
        key = _key(columns, source.columns)
        table = table.with_columns(text_table.whole(name) for name in {key.site, NUMBER} & set(columns))
        entries, notes = _entries(table, key, source.columns, channels)
        known = roles(channels)
        wanted = (one.path for of in entries for one in of.files if one.path and known.of(one.channel))
        files = image_folder.located(wanted, source.file.parent, source.images)
        if files.why and not files.paths:
            raise BadInput(files.summary())
    found = listed.Found(source.plate_map)
    reading = _Reading(source.replicate, channels, files)
    for of in entries:
        found.add(f"{source.file.name} row {of.row}", _called(of), partial(reading.field, of))
    notes += [files.summary()] if files.why else []
    notes += [text_table.blank_note(source.file.name, n_blank)] if n_blank else []
    made = found.listing(notes)
    return replace(made, fields=_with_names(made.fields))


def _key(columns: list[str], asked: Columns) -> Key:
    """The columns that say where a field is; a table of CellProfiler's may lack them, since its images have numbers."""
    numbered = cellprofiler.is_one(columns)
    found = []
    for what, name, usual in (("plate", asked.plate, metadata.PLATE), ("well", asked.well, metadata.WELL)):
        there = None if name else text_table.found_column(columns, usual)
        found.append(None if numbered and not (name or there) else text_table.column(columns, name, usual, f"name it with --{what} COLUMN"))
    site = text_table.column(columns, asked.site, SITE) if asked.site else text_table.found_column(columns, (*SITE, NUMBER))
    return Key(found[0], found[1], site)


def _entries(table: pl.DataFrame, key: Key, asked: Columns, channels: Mapping[str, str]) -> tuple[list[Entry], list[str]]:
    """The fields of the table's rows, and what was passed over."""
    columns = [name for name in table.columns if name != text_table.ROW]
    lacking = [what for what, name in vars(key).items() if name is None]
    notes = []
    if lacking:
        notes.append(f"the table has no column of {' and '.join(lacking)}, {UNKNOWN} in the ids; name it with --{lacking[0]} COLUMN")
    by_channel, idle = _by_channel(columns, asked, channels)
    if by_channel:
        notes += [f"columns of channels that the store has no role for, passed over: {some(map(shown, idle))}"] * bool(idle)
        taken = {name for one in by_channel.values() for name in (one.file, one.folder)}
        return _one_a_row(table, key, by_channel, taken), notes
    path = text_table.column(columns, asked.paths[0] if asked.paths else None, PATH, f"name it with --path COLUMN, {OR}")
    channel = _channel_column(columns, asked, channels)
    if channel:
        notes += listed.idle_note(table[channel].to_list(), channels)
    return _some_rows_each(table, key, path, channel, next(iter(channels))), notes


def _channel_column(columns: list[str], asked: Columns, channels: Mapping[str, str]) -> str | None:
    """The column of channels; None where the store has one channel, and no column says of which a file is."""
    if len(channels) == 1 and not asked.channel and not text_table.found_column(columns, CHANNEL):
        return None
    return text_table.column(columns, asked.channel, CHANNEL, f"name it with --channel COLUMN, {OR}")


def _by_channel(columns: list[str], asked: Columns, channels: Mapping[str, str]) -> tuple[dict[str, FileColumn], list[str]]:
    """The columns of paths by role, and those of other channels; none where a row is a file."""
    if not asked.paths:
        return cellprofiler.channels(columns, channels) if cellprofiler.is_one(columns) and not asked.channel else ({}, [])
    if len(asked.paths) == 1 and (asked.paths[0] in columns or "=" not in asked.paths[0]):
        return {}, []
    if asked.channel:
        raise BadInput("--channel: a column of channels has no effect beside --path CHANNEL=COLUMN; leave one out")
    known, found = roles(channels), dict[str, FileColumn]()
    for text in asked.paths:
        channel, mark, name = text.partition("=")
        if not mark:
            raise BadInput(f"--path {shown(text)}: expected CHANNEL=COLUMN for each channel, or one COLUMN beside --channel COLUMN")
        if (role := known.of(channel)) is None:
            raise UnknownName("channel of --path", channel, {*channels, *channels.values()})
        if role in found:
            raise BadInput(f"--path {shown(text)}: the channel {channel} is named twice")
        found[role] = cellprofiler.column(columns, text_table.column(columns, name, ()))
    return found, []


def _one_a_row(table: pl.DataFrame, key: Key, by_channel: Mapping[str, FileColumn], taken: set[str | None]) -> list[Entry]:
    kept = [name for name in table.columns if name not in taken and name != text_table.ROW and not name.startswith(_FILES)]
    return [
        Entry(
            row[text_table.ROW],
            key.of(row),
            [Named(row[text_table.ROW], role, path) for role, one in by_channel.items() if (path := one.path(row))],
            _words(row, kept),
        )
        for row in table.iter_rows(named=True)
    ]


def _some_rows_each(table: pl.DataFrame, key: Key, path: str, channel: str | None, only: str) -> list[Entry]:
    """Fields of which each row is a file, of the channel that a column says or of the `only` one."""
    kept = [name for name in table.columns if name not in (path, channel, text_table.ROW)]
    found: dict[tuple[str | None, ...], Entry] = {}
    for row in table.iter_rows(named=True):
        of = found.setdefault(key.of(row), Entry(row[text_table.ROW], key.of(row), said=_words(row, kept)))
        of.files.append(Named(row[text_table.ROW], (row[channel] or "") if channel else only, row[path]))
        of.said = {name: word for name, word in of.said.items() if row[name] == word}
    return list(found.values())


def _words(row: Row, columns: Sequence[str]) -> dict[str, str]:
    return {name: word for name in columns if (word := row[name]) is not None}


def _called(of: Entry) -> str:
    return " ".join(shown(piece) if piece else "?" for piece in of.key)


@dataclass
class _Reading:
    """What all fields of a table share, and which row took each file."""

    replicate: int
    channels: dict[str, str]
    files: image_folder.Located
    taken: dict[Path, int] = field(default_factory=dict)

    def field(self, of: Entry) -> FieldFiles:
        """The field, as if no plate map were there; BadInput where it is not whole, or another field has one of its files."""
        plate, place, site = of.key
        if not (plate and place and site):
            raise BadInput("its plate, well or site is empty")
        name = place if place == UNKNOWN else well(place)
        found = listed.files(of.files, self.channels, self.files.find)
        for path in found.values():
            if (row := self.taken.setdefault(path, of.row)) != of.row:
                raise BadInput(f"{shown(path.name)} is a file of the field in row {row} too; give each its own")
        return FieldFiles(plate, name, site, self.replicate, NO_MAP, found, (), said=of.said)


def _with_names(fields: list[FieldFiles]) -> list[FieldFiles]:
    """The fields with the beginnings that their label images may have: names of files only where no other field has one so called."""
    uses = Counter(path.stem for of in fields for path in set(of.channels.values()))
    return [
        replace(of, names=(f"{of.plate}_{of.well}_{of.site}", *(path.stem for path in of.channels.values() if uses[path.stem] == 1)))
        for of in fields
    ]
