"""The layouts of full fields, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.ingest import offered
from cellswap.ingest.field_files import Listing
from cellswap.ingest.image_parts import View
from cellswap.ingest.layouts import csv, field_table, ome_zarr, phenix, stack
from cellswap.ingest.layouts.field_table import FOUND, Columns
from cellswap.ingest.layouts.gathered import Plate
from cellswap.ingest.layouts.phenix_names import FIRST, Pick

LAYOUTS = ("phenix", "csv", "table", "stack", "ome-zarr")
OF_PARTS = {"stack": stack.list_fields, "ome-zarr": ome_zarr.list_fields}  # where a channel is a part of a file


@dataclass(frozen=True)
class Parts:
    """What is asked of files with several planes, as gathered.Plate has it; the plane and time of the view stand in Source.pick too."""

    project: str | None = None
    pages: str | None = None
    well: str | None = None
    labels: str | None = None
    mapped: bool = False


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
    parts: Parts = Parts()


def list_fields(source: Source, channels: dict[str, str]) -> Listing:
    """The fields at a source, by one of LAYOUTS or of an installed package; BadInput for no layout, or a path that is not of it."""
    own = offered.layout(offered.FIELDS, source.layout, dict.fromkeys(LAYOUTS))
    if own is not None:
        return offered.made(source.layout, own, Listing, source, channels)
    _refuse_idle(source)
    if source.layout in OF_PARTS:
        view, asked = View(source.parts.project, source.pick.time), source.parts
        plate = (source.path, source.plate, source.plate_map, source.replicate)
        return OF_PARTS[source.layout](Plate(*plate, view, asked.pages, asked.well, asked.mapped, asked.labels), channels)
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


def _refuse_idle(source: Source) -> None:
    """BadInput for options that say nothing about this layout."""
    asked, of_parts = source.parts, source.layout in OF_PARTS
    given = {
        "--project": asked.project if not of_parts else None,
        "--pages": asked.pages if source.layout != "stack" else None,
        "--well": asked.well if source.layout != "stack" else None,
        "--masks-in": asked.labels if source.layout != "ome-zarr" else None,
    }
    if idle := [name for name, value in given.items() if value is not None]:
        raise BadInput(f"{', '.join(idle)}: no effect with --layout {source.layout}; leave {'it' if len(idle) == 1 else 'them'} out")
    if of_parts and source.pick.plane is not None:
        raise BadInput(f"--plane {source.pick.plane}: with --layout {source.layout} it is --project {source.pick.plane}")
