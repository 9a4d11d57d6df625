"""The layouts of full fields, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.ingest import offered
from cellswap.ingest.field_files import Listing
from cellswap.ingest.layouts import csv, phenix
from cellswap.ingest.layouts.phenix_names import FIRST, Pick

LAYOUTS = ("phenix", "csv")


@dataclass(frozen=True)
class Source:
    """Where fields are and what their source does not say itself."""

    path: Path
    layout: str
    plate: str | None
    plate_map: Path | None
    replicate: int
    pick: Pick = FIRST


def list_fields(source: Source, channels: dict[str, str]) -> Listing:
    """The fields at a source, by one of LAYOUTS or of an installed package; BadInput for no layout, or a path that is not of it."""
    own = offered.layout(offered.FIELDS, source.layout, dict.fromkeys(LAYOUTS))
    if own is not None:
        return offered.made(source.layout, own, Listing, source, channels)
    if source.layout == "phenix":
        folder = phenix.Source(source.path, source.plate, source.plate_map, source.replicate, source.pick)
        return phenix.list_fields(folder, channels)
    if source.plate:
        raise BadInput("--plate: the CSV's own column plate says it; leave the option out")
    if source.pick != FIRST:
        raise BadInput("--plane, --time: the CSV's own rows say which files to read; leave the option out")
    return csv.list_fields(source.path, source.plate_map, source.replicate, channels)
