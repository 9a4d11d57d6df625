"""The layouts of full fields, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cellswap.errors import BadInput, UnknownName
from cellswap.ingest.field_files import Listing
from cellswap.ingest.layouts import csv, field_table, phenix
from cellswap.ingest.layouts.field_table import FOUND, Columns
from cellswap.ingest.layouts.phenix_names import FIRST, Pick

LAYOUTS = ("phenix", "csv", "table")


@dataclass(frozen=True)
class Source:
    """Where fields are and what their source does not say itself; of a table `plate` is the column that says it."""

    path: Path
    layout: str
    plate: str | None
    plate_map: Path | None
    replicate: int
    pick: Pick = FIRST
    columns: Columns = FOUND
    images: Path | None = None


def list_fields(source: Source, channels: dict[str, str]) -> Listing:
    """The fields at a source; UnknownName for a layout that is none, BadInput for a path that is not of it."""
    if source.layout not in LAYOUTS:
        raise UnknownName("layout", source.layout, LAYOUTS)
    if source.layout == "phenix":
        folder = phenix.Source(source.path, source.plate, source.plate_map, source.replicate, source.pick)
        return phenix.list_fields(folder, channels)
    if source.layout == "table":
        if source.pick != FIRST:
            raise BadInput("--plane, --time: the table's own rows say which files to read; leave the option out")
        columns = replace(source.columns, plate=source.plate)
        return field_table.list_fields(
            field_table.Source(source.path, columns, source.images, source.plate_map, source.replicate), channels
        )
    if source.plate:
        raise BadInput("--plate: the CSV's own column plate says it; leave the option out")
    if source.pick != FIRST:
        raise BadInput("--plane, --time: the CSV's own rows say which files to read; leave the option out")
    return csv.list_fields(source.path, source.plate_map, source.replicate, channels)
