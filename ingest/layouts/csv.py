"""A CSV that lists the files: field, channel, path, plate, well, and where known site, condition (or orf), gene, replicate.

One row a file; paths are relative to the CSV; `channel` is the channel's name in the store, or its role.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import text_table
from cellswap.ingest.field_files import FieldFiles, Listing
from cellswap.ingest.layouts import csv_paths, listed
from cellswap.ingest.layouts.listed import Named
from cellswap.ingest.plate_map import Content
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
    found = listed.Found(map_file)
    for name, rows in by_field.items():
        found.add(f"{file.name} row {rows[0][text_table.ROW]}", name, partial(_field, file.parent, rows, replicate, channels))
    return found.listing(listed.idle_note(table["channel"].to_list(), channels))


def _field(folder: Path, rows: list[Row], replicate: int, channels: dict[str, str]) -> FieldFiles:
    """The field of these rows, as if no plate map were there."""
    first = rows[0]
    for column in PER_FIELD:
        if len({row.get(column) for row in rows}) > 1:
            raise BadInput(f"its rows differ in the column {column}")
    if not (first["field"] and first["plate"] and first["well"]):
        raise BadInput("field, plate and well may not be empty")
    named = [Named(int(row[text_table.ROW] or 0), row["channel"] or "", row["path"]) for row in rows]
    files = listed.files(named, channels, partial(csv_paths.find, folder))
    number = first.get("replicate") or str(replicate)
    if not number.isdigit() or int(number) < 1:
        raise BadInput(f"expected a replicate from 1, found '{number}'")
    holds = Content(first.get("condition"), first.get("gene"), None)
    names = (first["field"], *(path.stem for path in files.values()))
    return FieldFiles(first["plate"], well(first["well"]), first.get("site") or first["field"], int(number), holds, files, names)
