"""Fields of one plate as a layout finds them one after the other, with what could not be used of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cellswap.errors import BadInput, shown
from cellswap.ingest import plate_map, regular_files
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing
from cellswap.ingest.image_parts import PLAIN, View
from cellswap.ingest.plate_map import Content, PlateMap, Reject
from cellswap.ingest.regular_files import said


@dataclass(frozen=True)
class Plate:
    """A file or folder of one plate, what it is called, its map where there is one, and what of stacks to read.

    `pages` says what plain pages are (channels or fields), `well` of which well files are that name none, `mapped` that a table of
    wells is given too; `labels` is the name of label images among the channels.
    """

    path: Path
    plate: str | None
    map_file: Path | None
    replicate: int
    view: View = PLAIN
    pages: str | None = None
    well: str | None = None
    mapped: bool = False
    labels: str | None = None


@dataclass
class Gathered:
    """What was found of a plate so far; a field without its plate's map holds nothing that anybody says."""

    source: Plate
    plate: str
    known: PlateMap | None
    fields: dict[str, FieldFiles] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dust: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)

    def add(self, made: FieldFiles) -> None:
        """One more field; BadInput where it has the place of another."""
        key = made.field_id("")
        if key in self.fields:
            raise BadInput(f"another field is also well {made.well}, site {made.site}: give each its own name")
        self.fields[key] = made

    def holds(self, well: str) -> Content:
        """What a well holds by the plate map; BadInput where the map has no such well."""
        if self.known is None:
            return NO_MAP
        if well not in self.known.wells:
            raise BadInput(f"the plate map names no well {well}: add a row for it; ORF empty where there is none")
        return self.known.wells[well]

    def pass_over(self, names: tuple[str, ...], n: int, used: Mapping[str, int]) -> None:
        """Remember the channels that no role is for."""
        self.idle += [(names[i] if i < len(names) else "") or str(i + 1) for i in range(n) if i not in used.values()]

    def listing(self, pixel_size_um: float | None = None) -> Listing:
        """All of it; BadInput, as one line, where nothing can be read as a field."""
        if not self.fields and self.rejects:
            place, reason, detail = self.rejects[0]
            more = f" (and {len(self.rejects) - 1} more like it)" if len(self.rejects) > 1 else ""
            raise BadInput(f"{said(self.source.path)}: nothing can be read as a field: {place}: {detail or reason}{more}")
        if self.idle:
            self.notes.append(f"{len(self.idle)} channels that the store has no role for, such as {shown(self.idle[0])}, passed over")
        wells = self.known.on(self.plate) if self.known else {}
        rejects = [*self.rejects, *(self.known.rejects if self.known else [])]
        notes = [*(self.known.notes if self.known else []), *self.notes]
        return Listing(list(self.fields.values()), wells, rejects, notes, self.dust, pixel_size_um=pixel_size_um)


def begun(source: Plate, plate: str) -> Gathered:
    """Nothing yet of a plate of that name; BadInput for a name that is no text, and for a map that can't be read."""
    name = source.plate or plate
    if why := regular_files.no_text(name):
        raise BadInput(f"{said(name)}: the name is {why}, so it can't name the plate; give one with --plate NAME")
    return Gathered(source, name, plate_map.read(source.map_file, name) if source.map_file else None)
