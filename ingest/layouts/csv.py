"""A CSV that lists the files: field, channel, path, plate, well, and where known site, condition (or orf), gene, replicate.

One row a file; paths are relative to the CSV; `channel` is the channel's name in the store, or its role.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import plate_map, text_table
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing, missing, roles
from cellswap.ingest.layouts import csv_paths
from cellswap.ingest.plate_map import Content, PlateMap, Reject
from cellswap.ingest.regular_files import said
from cellswap.ingest.wells import well

COLUMNS = ("field", "channel", "path", "plate", "well")
PER_FIELD = ("plate", "well", "site", "condition", "gene", "replicate")
CALLED = {"orf": "condition"}  # as people of yeast call it
Row = dict[str, str | None]


def list_fields(file: Path, map_file: Path | None, replicate: int, channels: dict[str, str]) -> Listing:
    """The fields that a CSV lists; BadInput where it is no CSV or lacks a column."""
    with at(file):
        table = text_table.spelled(text_table.read(file), (*COLUMNS, *PER_FIELD, *CALLED))
        table = table.rename({theirs: ours for theirs, ours in CALLED.items() if theirs in table.columns and ours not in table.columns})
        text_table.need(table, COLUMNS)
        if table.is_empty():
            raise BadInput("expected a row for each image file, found the header only")
    by_field: dict[str, list[Row]] = {}
    for row in table.iter_rows(named=True):
        by_field.setdefault(row["field"] or "", []).append(row)
    maps: dict[str, PlateMap] = {}
    fields: dict[str, FieldFiles] = {}
    rejects: list[Reject] = []
    for name, rows in by_field.items():
        try:
            made = _held(_field(file.parent, rows, replicate, channels), map_file, maps)
            _add(fields, made)
        except BadInput as error:
            place = f"{file.name} row {rows[0][text_table.ROW]}"
            rejects.append((place, "field is not usable", f"field '{name}': {error}"))
    rejects += [reject for known in maps.values() for reject in known.rejects]
    made_fields = [fields[key] for key in sorted(fields)]
    notes = [note for known in maps.values() for note in known.notes]
    notes += [*_idle_note(table["channel"].to_list(), channels), *_shared_note(made_fields)]
    return Listing(made_fields, _wells(maps, made_fields), rejects, notes)


def _add(fields: dict[str, FieldFiles], made: FieldFiles) -> None:
    key = made.field_id("")
    if key in fields:
        raise BadInput(f"another field is also plate {made.plate}, well {made.well}, site {made.site}: give each its own site")
    fields[key] = made


def _field(folder: Path, rows: list[Row], replicate: int, channels: dict[str, str]) -> FieldFiles:
    """The field of these rows, as if no plate map were there."""
    first = rows[0]
    for column in PER_FIELD:
        if len({row.get(column) for row in rows}) > 1:
            raise BadInput(f"its rows differ in the column {column}")
    if not (first["field"] and first["plate"] and first["well"]):
        raise BadInput("field, plate and well may not be empty")
    files = _channels(folder, rows, channels)
    if detail := missing(files, channels, (row["channel"] or "" for row in rows)):
        raise BadInput(detail)
    number = first.get("replicate") or str(replicate)
    if not number.isdigit() or int(number) < 1:
        raise BadInput(f"expected a replicate from 1, found '{number}'")
    holds = Content(first.get("condition"), first.get("gene"), None)
    names = (first["field"], *(path.stem for path in files.values()))
    return FieldFiles(first["plate"], well(first["well"]), first.get("site") or first["field"], int(number), holds, files, names)


def _channels(folder: Path, rows: list[Row], channels: dict[str, str]) -> dict[str, Path]:
    """The field's files by role; rows of channels that the store has no role for are passed over."""
    known = roles(channels)
    files: dict[str, Path] = {}
    for row in rows:
        role = known.of(row["channel"] or "")
        if role is None:
            continue
        if role in files:
            raise BadInput(f"the channel {row['channel']} is listed twice")
        if not row["path"]:
            raise BadInput(f"row {row[text_table.ROW]}: the path is empty")
        with at(f"row {row[text_table.ROW]}"):
            path = csv_paths.find(folder, row["path"])
        if path in files.values():
            raise BadInput(f"row {row[text_table.ROW]}: {row['path']} is another channel of the field too; give each its own file")
        files[role] = path
    return {role: files[role] for role in channels if role in files}


def _held(field: FieldFiles, map_file: Path | None, maps: dict[str, PlateMap]) -> FieldFiles:
    """The field with what its well holds by the plate map, where there is one."""
    if map_file is None:
        return field
    if field.plate not in maps:
        maps[field.plate] = plate_map.read(map_file, field.plate)
    found = maps[field.plate].wells.get(field.well)
    if found is None:
        raise BadInput(f"the plate map names no well {field.well} on plate {field.plate}")
    return replace(field, holds=found)


def _wells(maps: dict[str, PlateMap], fields: list[FieldFiles]) -> dict[tuple[str, str], Content]:
    named = {(field.plate, field.well): field.holds for field in fields if field.holds != NO_MAP}
    return named | {(plate, name): content for plate, known in maps.items() for name, content in known.wells.items()}


def _idle_note(named: list[str | None], channels: dict[str, str]) -> list[str]:
    """What to say of rows whose channel the store has no role for."""
    known = roles(channels)
    idle = [name or "" for name in named if known.of(name or "") is None]
    return [f"{len(idle)} rows of channels that the store has no role for, such as '{idle[0]}', passed over"] if idle else []


def _shared_note(fields: list[FieldFiles]) -> list[str]:
    """What to say of files that more than one field is made of: rows that were copied and not mended, perhaps."""
    uses = Counter(path for field in fields for path in field.channels.values())
    shared = [path for path, n in uses.items() if n > 1]
    if not shared:
        return []
    example = f"{said(shared[0].name)} for {uses[shared[0]]}"
    return [f"{len(shared)} files are listed for more than one field, such as {example}: their cells count as often"]
